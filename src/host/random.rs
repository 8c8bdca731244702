//! Randomness from the operating system.

/// So many random bytes.
///
/// # Errors
/// When the system has no randomness to give.
pub fn bytes<const LENGTH: usize>() -> Result<[u8; LENGTH], getrandom::Error> {
    let mut bytes = [0u8; LENGTH];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

/// The system's randomness, for libraries that ask for a source of it.
#[must_use]
pub fn source() -> getrandom::SysRng {
    getrandom::SysRng
}

/// A random UUID (version 4) in its usual spelling.
///
/// # Errors
/// When the system has no randomness to give.
pub fn uuid() -> Result<String, getrandom::Error> {
    let mut bytes = bytes::<16>()?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let number = u128::from_be_bytes(bytes);
    let part = |shift: u32, digits: u32| (number >> shift) & ((1u128 << (digits * 4)) - 1);
    Ok(format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        part(96, 8),
        part(80, 4),
        part(64, 4),
        part(48, 4),
        part(0, 12)
    ))
}
