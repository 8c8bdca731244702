//! A module whose state is in some backend, worked on by the real terraform alone.

use std::process::Output;

use crate::emulators::Place;
use crate::space::TestSpace;

/// A folder with a module that creates so many resources and has outputs.
pub struct Module {
    pub space: TestSpace,
}

/// What terraform left.
pub struct Told {
    pub code: Option<i32>,
    pub text: String,
}

impl Told {
    #[track_caller]
    pub fn success(self) -> Self {
        assert_eq!(self.code, Some(0), "{}", self.text);
        self
    }

    #[track_caller]
    pub fn failure(self) -> Self {
        assert_ne!(self.code, Some(0), "{}", self.text);
        self
    }

    #[track_caller]
    pub fn says(self, texts: &[&str]) -> Self {
        for text in texts {
            assert!(self.text.contains(text), "wanted `{text}` in: {}", self.text);
        }
        self
    }
}

impl Module {
    /// The module with its backend, initialised.
    pub fn initialised(place: &Place, key: &str) -> Self {
        let this = Self::written(place, key);
        this.terraform(&["init"]).success();
        this
    }

    pub fn written(place: &Place, key: &str) -> Self {
        let mut space = TestSpace::new();
        for (name, value) in place.env() {
            space.set_env(name, value);
        }
        space.write("backend.tf.json", &place.backend_file(key)).write(
            "main.tf",
            "variable \"word\" {\n  default = \"first\"\n}\nresource \"terraform_data\" \"it\" {\n  input = var.word\n}\noutput \"word\" {\n  value = terraform_data.it.output\n}\n",
        );
        Self { space }
    }

    /// Runs terraform without a question.
    pub fn terraform(&self, args: &[&str]) -> Told {
        let Output { status, stdout, stderr } = self
            .space
            .command("terraform", args)
            .env("TF_IN_AUTOMATION", "1")
            .env("TF_INPUT", "0")
            .env("NO_COLOR", "1")
            .output()
            .expect("terraform");
        let text = format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
        // The frame of a fault would cut sentences.
        Told { code: status.code(), text: text.replace("│ ", "") }
    }

    pub fn apply(&self, word: &str) -> Told {
        self.terraform(&["apply", "-auto-approve", &format!("-var=word={word}")])
    }
}
