//! What differs between operating systems: the same functions on both sides, no `cfg` in the logic above.

#[cfg(unix)]
mod unix;
#[cfg(unix)]
pub use unix::*;
#[cfg(windows)]
mod windows;
#[cfg(windows)]
pub use windows::*;

#[cfg(any(target_os = "linux", target_os = "android"))]
mod record_lock;
#[cfg(any(target_os = "linux", target_os = "android"))]
pub use record_lock::{find_owner, try_lock};
#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod whole_lock;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub use whole_lock::{find_owner, try_lock};
