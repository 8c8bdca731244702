//! How inputs reach terraform: environment variables, and files for what an environment cannot carry. The choice is
//! pure; the files live as long as the guard that wrote them. Never logs a value.

use super::literal::{NotKnown, Templates, escape_templates, render_json};
use super::variables::{Reading, Variables};
use crate::hcl::{Data, Value};
use crate::host::env::Env;
use crate::host::fs::{self, Access, FileError};
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Inputs that are null: an environment variable cannot say so. The reference uses the same name.
const NULLS_FILE: &str = ".terragrunt-null-vars.auto.tfvars.json";
/// Inputs that an environment cannot hold.
const LARGE_FILE: &str = ".terragrunt-large-vars.auto.tfvars.json";

/// The kernel's limit for one variable is 128 KiB with name, `=` and a closing zero.
const LARGEST: usize = 128 * 1024 - 1;
/// What all inputs together may take of the space that argv, environment and pointers share.
const LARGEST_SUM: usize = 768 * 1024;

/// An input that cannot be handed over.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    #[error("input `{name}` is not known: it depends on an output that was not read")]
    Unknown { name: String },
    #[error(transparent)]
    File(#[from] FileError),
}

/// Where each input goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Handover {
    /// `TF_VAR_` names with their values.
    pub env: Vec<(String, String)>,
    /// JSON members of the two files.
    nulls: BTreeMap<String, String>,
    large: BTreeMap<String, String>,
}

/// Sorts inputs by how they can travel. What the user set in the environment wins. `variables` is asked only where
/// the module's declarations matter.
///
/// # Errors
/// When an input is not known.
pub fn hand_over(
    inputs: Option<&Value>,
    env: &Env,
    variables: &dyn Fn() -> Variables,
) -> Result<Handover, InputError> {
    let declared = OnceCell::new();
    let declared = || declared.get_or_init(variables);
    let mut out = Handover::default();
    for (name, value) in inputs.and_then(Value::entries).into_iter().flatten() {
        let variable = format!("TF_VAR_{name}");
        if env.contains(&variable) {
            continue;
        }
        if value.is_null() {
            if declared().may_have(name) {
                out.nulls.insert(name.to_string(), "null".to_owned());
            }
            continue;
        }
        let unknown = |NotKnown| InputError::Unknown { name: name.to_string() };
        let text = text_of(name, value, declared).map_err(unknown)?;
        if variable.len() + 1 + text.len() < LARGEST {
            out.env.push((variable, text));
        } else if declared().may_have(name) {
            out.large.insert(name.to_string(), render_json(value, Templates::Plain).map_err(unknown)?);
        }
    }
    out.spill(inputs, declared)?;
    Ok(out)
}

/// Strings as they are, unless terraform would read them as an expression; all else as JSON.
fn text_of<'a>(name: &str, value: &Value, declared: impl Fn() -> &'a Variables) -> Result<String, NotKnown> {
    let Data::String(text) = &value.data else { return render_json(value, Templates::Escaped) };
    let has_template = text.contains("${") || text.contains("%{");
    if has_template && declared().reading(name) == Reading::Expression {
        return Ok(escape_templates(text));
    }
    Ok(text.to_string())
}

impl Handover {
    /// Moves the largest into the file until the rest fits.
    fn spill<'a>(
        &mut self,
        inputs: Option<&Value>,
        declared: impl Fn() -> &'a Variables,
    ) -> Result<(), InputError> {
        let mut sum: usize = self.env.iter().map(|(name, text)| name.len() + text.len()).sum();
        while sum > LARGEST_SUM {
            let largest =
                self.env.iter().enumerate().max_by_key(|(_, (_, text))| text.len()).map(|(at, _)| at);
            let Some(largest) = largest else { break };
            let (variable, text) = self.env.swap_remove(largest);
            sum -= variable.len() + text.len();
            let name = variable.trim_start_matches("TF_VAR_");
            if let Some(value) =
                inputs.and_then(|inputs| inputs.find(name)).filter(|_| declared().may_have(name))
            {
                let json = render_json(value, Templates::Plain);
                let json = json.map_err(|NotKnown| InputError::Unknown { name: name.to_owned() })?;
                self.large.insert(name.to_owned(), json);
            }
        }
        Ok(())
    }

    /// Writes the files that are needed; they go when the guard does. Also removes what a killed run left.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn write_files(&self, working_dir: &Path) -> Result<TransientFiles, FileError> {
        let mut guard = TransientFiles::default();
        for (name, members) in [(NULLS_FILE, &self.nulls), (LARGE_FILE, &self.large)] {
            let path = working_dir.join(name);
            if members.is_empty() {
                let _ = fs::remove_file(&path);
                continue;
            }
            guard.files.push(TransientFile { path, text: json_object(members), identity: None });
        }
        guard.renew()?;
        Ok(guard)
    }
}

fn json_object(members: &BTreeMap<String, String>) -> String {
    let member =
        |(name, json): (&String, &String)| format!("{}:{json}", serde_json::Value::from(name.as_str()));
    format!("{{{}}}\n", members.iter().map(member).collect::<Vec<_>>().join(","))
}

/// Files that carry inputs and must not outlive the run.
#[derive(Debug, Default)]
#[must_use]
pub struct TransientFiles {
    files: Vec<TransientFile>,
}

#[derive(Debug)]
struct TransientFile {
    path: PathBuf,
    text: String,
    /// Of the file that we wrote: another run of the same unit may have put its own there.
    identity: Option<(u64, u64)>,
}

impl TransientFile {
    fn is_there(&self) -> bool {
        self.identity.is_some() && fs::identity(&self.path) == self.identity
    }
}

impl TransientFiles {
    /// Adds a file of that name, and writes it; an empty text only removes what a killed run left.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn add(&mut self, path: PathBuf, text: String) -> Result<(), FileError> {
        if text.is_empty() {
            let _ = fs::remove_file(&path);
            return Ok(());
        }
        self.files.push(TransientFile { path, text, identity: None });
        self.renew()
    }

    /// Writes what is not there, or not ours: another run may have replaced and removed it meanwhile.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn renew(&mut self) -> Result<(), FileError> {
        for file in self.files.iter_mut().filter(|file| !file.is_there()) {
            fs::write_atomic(&file.path, file.text.as_bytes(), Access::Private)?;
            file.identity = fs::identity(&file.path);
        }
        Ok(())
    }
}

impl Drop for TransientFiles {
    fn drop(&mut self) {
        for file in self.files.iter().filter(|file| file.is_there()) {
            // Gone already is as good; the next run looks again.
            let _ = fs::remove_file(&file.path);
        }
    }
}

/// Writes what terraform would get, for running it by hand: inputs that the module declares and the environment does
/// not set.
///
/// # Errors
/// When an input is not known or the disk refuses.
pub fn write_debug_file(
    inputs: Option<&Value>,
    env: &Env,
    variables: &Variables,
    unit_dir: &Path,
) -> Result<PathBuf, InputError> {
    let mut members = serde_json::Map::new();
    for (name, value) in inputs.and_then(Value::entries).into_iter().flatten() {
        if !variables.may_have(name) || env.contains(&format!("TF_VAR_{name}")) {
            continue;
        }
        let unknown = |NotKnown| InputError::Unknown { name: name.to_string() };
        let json = render_json(value, Templates::Plain).map_err(unknown)?;
        members.insert(name.to_string(), serde_json::from_str(&json).unwrap_or_default());
    }
    let path = unit_dir.join("terragrunt-debug.tfvars.json");
    let text = format!("{:#}\n", serde_json::Value::Object(members));
    fs::write_atomic(&path, text.as_bytes(), Access::Private)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::{InputError, LARGE_FILE, LARGEST, NULLS_FILE, hand_over};
    use crate::hcl::Value;
    use crate::host::env::Env;
    use crate::host::fs;
    use crate::run::variables::{Reading, Variables};

    fn variables() -> Variables {
        let declared =
            [("list", Reading::Expression), ("text", Reading::Literal), ("none", Reading::Literal)];
        Variables::of(declared.map(|(name, reading)| (name.to_owned(), reading)))
    }

    fn texts(inputs: Value, env: &Env) -> Vec<String> {
        let handover = hand_over(Some(&inputs), env, &variables).unwrap();
        handover.env.into_iter().map(|(name, text)| format!("{name}={text}")).collect()
    }

    #[test]
    fn each_type_travels_as_terraform_reads_it() {
        let inputs = Value::object([
            ("text", Value::string("a${b}")),
            ("list", Value::string(r#"["${b}"]"#)),
            ("object", Value::object([("a", Value::string("${b}"))])),
            ("number", Value::number(5_i64)),
            ("users", Value::string("ours")),
            ("none", Value::NULL),
        ]);
        let mut env = Env::default();
        env.set("TF_VAR_users", "theirs");
        assert_eq!(
            texts(inputs, &env),
            [
                r#"TF_VAR_list=["$${b}"]"#,
                "TF_VAR_number=5",
                r#"TF_VAR_object={"a":"$${b}"}"#,
                "TF_VAR_text=a${b}"
            ]
        );
    }

    #[test]
    fn nulls_and_large_inputs_go_through_files_that_vanish() {
        let folder = tempfile::tempdir().unwrap();
        let large = "x".repeat(LARGEST);
        let inputs = Value::object([
            ("none", Value::NULL),
            ("undeclared", Value::NULL),
            ("text", Value::string(large.as_str())),
        ]);
        let handover = hand_over(Some(&inputs), &Env::default(), &variables).unwrap();
        assert_eq!(handover.env, []);
        let nulls = folder.path().join(NULLS_FILE);
        let guard = handover.write_files(folder.path()).unwrap();
        assert_eq!(fs::read_text(&nulls).unwrap(), "{\"none\":null}\n");
        let text = fs::read_text(&folder.path().join(LARGE_FILE)).unwrap();
        assert_eq!(text, format!("{{\"text\":\"{large}\"}}\n"));
        #[cfg(unix)]
        assert_eq!(std::os::unix::fs::MetadataExt::mode(&fs::metadata(&nulls).unwrap()) & 0o777, 0o600);
        drop(guard);
        assert!(!fs::exists(&nulls) && !fs::exists(&folder.path().join(LARGE_FILE)));
    }

    #[test]
    fn two_runs_of_one_unit_leave_each_others_files_alone() {
        let folder = tempfile::tempdir().unwrap();
        let nulls = folder.path().join(NULLS_FILE);
        let handover =
            hand_over(Some(&Value::object([("none", Value::NULL)])), &Env::default(), &variables).unwrap();
        let mut first = handover.write_files(folder.path()).unwrap();
        let second = handover.write_files(folder.path()).unwrap();
        first.renew().unwrap();
        drop(second);
        assert!(fs::exists(&nulls), "the first still needs it");
        let third = handover.write_files(folder.path()).unwrap();
        drop(first);
        assert!(fs::exists(&nulls), "the third still needs it");
        drop(third);
        assert!(!fs::exists(&nulls));
    }

    #[test]
    fn many_inputs_do_not_overflow_the_environment() {
        let name = |at: usize| format!("n{at:02}");
        let inputs = Value::object((0..20).map(|at| (name(at), Value::string("y".repeat(100_000)))));
        let handover = hand_over(Some(&inputs), &Env::default(), &Variables::unknown).unwrap();
        let sum: usize = handover.env.iter().map(|(_, text)| text.len()).sum();
        assert!(sum <= 800_000 && handover.env.len() + handover.large.len() == 20);
    }

    #[test]
    fn an_unknown_input_is_named() {
        let inputs = Value::object([("a", Value::UNKNOWN)]);
        let error = hand_over(Some(&inputs), &Env::default(), &variables).unwrap_err();
        assert!(matches!(error, InputError::Unknown { name } if name == "a"));
    }
}
