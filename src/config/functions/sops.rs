//! `sops_decrypt_file`: a file's plain text, through the `sops` on PATH. Never says what it decrypted.

use super::Cx;
use crate::diag::Code;
use crate::hcl::{Fault, Value};
use crate::host::fs;
use crate::host::process::{Captured, Invocation, ProcessError};
use std::path::Path;
use std::sync::{Arc, PoisonError};

/// Decrypts a file, once a process; relative to the folder of the config that asks. What the unit's credentials command
/// adds to the environment is there for sops as well.
pub(super) fn sops_decrypt_file(cx: &Cx<'_>) -> Result<Value, Fault> {
    let args = cx.strings(1..=1)?;
    let evaluation = cx.scope.evaluation;
    let path = fs::clean(&evaluation.dir.join(&args[0]));
    evaluation.mark_read(path.clone());
    let slot = evaluation.session.memory.decrypted(path.clone());
    let mut remembered = slot.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(text) = &*remembered {
        return Ok(Value::string(text.clone()));
    }
    let text: Arc<str> = decrypt(cx, &path)?.into();
    *remembered = Some(text.clone());
    Ok(Value::string(text))
}

fn decrypt(cx: &Cx<'_>, path: &Path) -> Result<String, Fault> {
    if !fs::is_file(path) {
        return Err(cx.fault_of(0, format!("{} does not exist", path.display())));
    }
    let kind = format_of(path);
    let options = ["--decrypt", "--input-type", kind, "--output-type", kind];
    let evaluation = cx.scope.evaluation;
    let invocation = Invocation {
        program: "sops".into(),
        args: options.iter().map(Into::into).chain([path.into()]).collect(),
        cwd: evaluation.dir.clone(),
        env: evaluation.env.clone(),
    };
    let captured = invocation.capture().map_err(|error| match error {
        ProcessError::NotFound { .. } => coded(cx.fault_with_hint(
            "it needs the program `sops`, which is not on PATH",
            "install it from https://getsops.io",
        )),
        error => coded(cx.fault(error)),
    })?;
    if captured.code != 0 {
        return Err(failed(cx, path, &captured));
    }
    String::from_utf8(captured.stdout).map_err(|_| cx.fault("what it decrypted is not UTF-8"))
}

/// The format that sops itself would take the file for.
fn format_of(path: &Path) -> &'static str {
    let name = path.to_string_lossy();
    let endings =
        [(".json", "json"), (".yaml", "yaml"), (".yml", "yaml"), (".env", "dotenv"), (".ini", "ini")];
    endings.iter().find(|(ending, _)| name.ends_with(ending)).map_or("binary", |(_, format)| format)
}

fn coded(mut fault: Fault) -> Fault {
    *fault = fault.coded(Code::NotDecrypted);
    fault
}

fn failed(cx: &Cx<'_>, path: &Path, captured: &Captured) -> Fault {
    let said = String::from_utf8_lossy(&captured.stderr);
    let mut fault =
        cx.fault_of(0, format!("sops could not decrypt {} (exit code {})", path.display(), captured.code));
    if !said.trim().is_empty() {
        *fault = fault.detail(said.trim().to_owned());
    }
    fault = coded(fault);
    *fault =
        fault.hint("try `sops --decrypt` on the file in the folder of the unit, with the same environment");
    fault
}

#[cfg(test)]
mod tests {
    use super::format_of;
    use std::path::Path;

    #[test]
    fn the_ending_tells_the_format() {
        for (name, want) in [
            ("a.json", "json"),
            ("a.enc.yml", "yaml"),
            (".env", "dotenv"),
            ("prod.env", "dotenv"),
            ("a.ini", "ini"),
            ("a.txt", "binary"),
        ] {
            assert_eq!(format_of(Path::new(name)), want, "{name}");
        }
    }
}
