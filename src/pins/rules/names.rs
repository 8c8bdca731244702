//! What rules are called.

pub const LOCK_PRESENT: &str = "pin/lock-present";
pub const LOCK_COMPLETE: &str = "pin/lock-complete";
pub const LOCK_SATISFIED: &str = "pin/lock-satisfied";
pub const LOCK_HASHES: &str = "pin/lock-hashes";
pub const REGISTRY_HOST: &str = "pin/registry-host";
pub const TOOL_FILES: &str = "pin/tool-files";
pub const CI_REFS: &str = "pin/ci-refs";
pub const PROMOTION: &str = "pin/promotion";
pub const EXEMPTION: &str = "pin/exemption";
