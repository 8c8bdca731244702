//! `pin/lock-present`: a unit that needs providers has a lock file, terraform can read it, and git takes it up.

use super::locks::{self, Locking};
use crate::diag::{Code, Diagnostic};
use crate::pins::finding::Fix;
use crate::pins::rule::{Cx, Findings, Rule};
use crate::pins::survey::LockText;
use crate::provider::ProviderConstraints;

pub fn check(rule: &'static Rule, cx: &Cx<'_>, findings: &mut Findings) {
    for locking in locks::each(rule, cx) {
        // What is generated is in no commit, and its lock file comes and goes with it.
        let is_kept = !locking.unit.is_generated;
        let is_ignored = is_kept && cx.survey.around.ignored.contains(&locking.unit.lock_path);
        match &locking.unit.lock {
            LockText::Missing if !is_kept => {}
            LockText::Missing => missing(&locking, is_ignored, findings),
            LockText::Unreadable(why) => {
                let finding =
                    locking.of_file(&locking.unit.lock_path, format!("the lock file cannot be read: {why}"));
                findings.push(finding.about("lock file"));
            }
            LockText::Read { faults, .. } => {
                faults_of(&locking, faults, findings);
                if is_ignored {
                    findings.push(ignored(&locking));
                }
            }
        }
    }
}

fn missing(locking: &Locking<'_>, is_ignored: bool, findings: &mut Findings) {
    // Without providers, no lock file is written; where the code is not here, nobody knows.
    let Some((address, needed)) = locking.needs.and_then(|needs| needs.providers.iter().next()) else {
        return;
    };
    let also = if is_ignored { ", and git would ignore it" } else { "" };
    let finding =
        locking.of_file(&locking.unit.pinned.config_path, format!("the unit has no lock file{also}"));
    let finding =
        finding.and(needed.span, format!("{} is needed here, and not locked", locking.short(address)));
    findings.push(
        finding
            .about("lock file")
            .hint("`terrace pins lock` writes it; so does `init`, for its own platform"),
    );
}

fn ignored(locking: &Locking<'_>) -> crate::pins::Finding {
    let message = "git ignores the lock file, so nobody else gets it".to_owned();
    let finding = locking.of_file(&locking.unit.lock_path, message).about("ignored");
    finding.hint(
        "take `.terraform.lock.hcl` out of the `.gitignore`; `git check-ignore -v` says which one it is",
    )
}

fn faults_of(locking: &Locking<'_>, faults: &[Diagnostic], findings: &mut Findings) {
    for fault in faults.iter().filter(|fault| fault.code != Code::LockHash) {
        let finding = locking.of_fault(fault).fix(respelled(locking, fault));
        findings.push(if fault.is_error() { finding } else { finding.warning() });
    }
}

/// Constraints in another spelling, which terraform refuses: the same ones as it writes them.
fn respelled(locking: &Locking<'_>, fault: &Diagnostic) -> Option<Fix> {
    let span = fault.primary.as_ref()?.span;
    let quoted = locking.text(span)?;
    let text = quoted.strip_prefix('"')?.strip_suffix('"')?;
    // A version in another spelling looks like a constraint, too.
    let is_constraint = text.contains(['~', '>', '<', '=', ',']);
    let canonical = ProviderConstraints::parse(text).ok()?.to_string();
    (is_constraint && canonical != text).then(|| {
        Fix::one("write the constraints as terraform does".to_owned(), span, format!("\"{canonical}\""))
    })
}
