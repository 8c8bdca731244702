//! Which of the two programs.

/// Which of the two programs it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Flavour {
    #[default]
    Terraform,
    Tofu,
}
