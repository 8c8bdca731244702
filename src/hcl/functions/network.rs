//! Address arithmetic: hosts and subnets of IPv4 and IPv6 prefixes.

use super::Function;
use super::args::{Outcome, number, number_of, row, text, text_of, whole};
use crate::hcl::{FunctionError, Value};
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

/// The rows of this module.
pub fn rows() -> Vec<Function> {
    vec![
        row("cidrhost", vec![text("prefix"), number("hostnum")], cidrhost),
        row("cidrnetmask", vec![text("prefix")], cidrnetmask),
        row("cidrsubnet", vec![text("prefix"), number("newbits"), number("netnum")], cidrsubnet),
        row("cidrsubnets", vec![text("prefix")], cidrsubnets).rest(number("newbits")),
    ]
}

/// An address in the low bits, and how many of its leading bits name the network.
#[derive(Clone, Copy)]
struct Network {
    address: u128,
    /// 32 or 128.
    size: u32,
    prefix: u32,
}

impl Network {
    /// The network of an address in it.
    fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = text.split_once('/')?;
        let (address, size) = match ipv4(address) {
            Some(address) => (u128::from(address), 32),
            None => (u128::from(address.parse::<Ipv6Addr>().ok()?), 128),
        };
        let digits = !prefix.is_empty() && prefix.bytes().all(|b| b.is_ascii_digit());
        let prefix = prefix.parse().ok().filter(|prefix| digits && *prefix <= size)?;
        let network = Self { address, size, prefix };
        Some(Self { address: address & !network.host_mask(), ..network })
    }

    /// One bit for each bit that hosts may use.
    fn host_mask(self) -> u128 {
        low_bits(self.size - self.prefix)
    }

    fn text_of(self, address: u128) -> String {
        match u32::try_from(address) {
            Ok(address) if self.size == 32 => Ipv4Addr::from(address).to_string(),
            _ => Ipv6Addr::from(address).to_string(),
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.text_of(self.address), self.prefix)
    }
}

fn low_bits(count: u32) -> u128 {
    if count >= 128 { u128::MAX } else { (1 << count) - 1 }
}

/// Leading zeros do not make a part octal.
fn ipv4(text: &str) -> Option<u32> {
    let mut parts = text.split('.');
    let mut address = 0;
    for _ in 0..4 {
        let part =
            parts.next().filter(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))?;
        address = address << 8 | u32::from(part.parse::<u8>().ok()?);
    }
    if parts.next().is_none() { Some(address) } else { None }
}

fn network_of(args: &[Value]) -> Result<Network, FunctionError> {
    let text = text_of(args, 0);
    Network::parse(text).ok_or_else(|| FunctionError {
        hint: Some("a prefix is an address and a length, as in 10.0.0.0/16 or fd00::/64".into()),
        ..FunctionError::argument(0, format!("`{text}` is not an address prefix"))
    })
}

/// A whole number as its sign and size; a size beyond 128 bits is as good as the largest.
fn wide(args: &[Value], index: usize) -> Result<(bool, u128), FunctionError> {
    let digits = number_of(args, index)
        .to_radix(10)
        .ok_or_else(|| FunctionError::argument(index, "a whole number is needed"))?;
    let size = digits.trim_start_matches('-').parse().unwrap_or(u128::MAX);
    Ok((digits.starts_with('-') && size != 0, size))
}

fn cidrhost(args: &[Value]) -> Outcome {
    let network = network_of(args)?;
    let (negative, size) = wide(args, 1)?;
    let mask = network.host_mask();
    // -1 is the last address.
    let host = if negative { mask.checked_sub(size - 1) } else { Some(size).filter(|host| *host <= mask) };
    let Some(host) = host else {
        let message = format!("{network} has no host of this number");
        return Err(FunctionError::argument(1, message));
    };
    Ok(Value::string(network.text_of(network.address | host)))
}

fn cidrnetmask(args: &[Value]) -> Outcome {
    let network = network_of(args)?;
    if network.size != 32 {
        return Err(FunctionError::argument(0, "an IPv6 prefix has no netmask"));
    }
    Ok(Value::string(network.text_of(low_bits(32) & !network.host_mask())))
}

fn cidrsubnet(args: &[Value]) -> Outcome {
    let network = network_of(args)?;
    let more = whole(args, 1)?;
    let (negative, subnet) = wide(args, 2)?;
    let prefix = u32::try_from(i64::from(network.prefix).saturating_add(more)).ok();
    let Some(prefix) = prefix.filter(|prefix| *prefix <= network.size) else {
        let message =
            format!("{network} cannot be extended by {more} bits; its addresses have {}", network.size);
        return Err(FunctionError::argument(1, message));
    };
    let new = prefix.saturating_sub(network.prefix);
    if negative || subnet > low_bits(new) {
        return Err(FunctionError::argument(2, format!("{more} more bits have no subnet of this number")));
    }
    let shift = network.size - prefix;
    let address = network.address | subnet.checked_shl(shift).unwrap_or(0);
    Ok(Value::string(Network { address, prefix, ..network }.to_string()))
}

/// Subnets one behind the other, each at the next address that its size allows.
fn cidrsubnets(args: &[Value]) -> Outcome {
    let network = network_of(args)?;
    let last = network.address | network.host_mask();
    let mut next = Some(network.address);
    let mut subnets = Vec::new();
    for index in 1..args.len() {
        let more = whole(args, index)?;
        let fault = |message: String| Err(FunctionError::argument(index, message));
        let Some(more) = u32::try_from(more).ok().filter(|more| (1..=32).contains(more)) else {
            return fault("a subnet takes 1 to 32 more bits than its network".into());
        };
        let prefix = network.prefix + more;
        if prefix > network.size {
            return fault(format!("a prefix of {prefix} bits is longer than an address of {network}"));
        }
        let size = low_bits(network.size - prefix);
        let start = next.and_then(|next| next.checked_add(size)).map(|end| end & !size);
        let Some(start) = start.filter(|start| start | size <= last) else {
            return fault(format!("{network} has no room left for a subnet with a prefix of {prefix} bits"));
        };
        subnets.push(Network { address: start, prefix, ..network }.to_string());
        next = (start | size).checked_add(1);
    }
    Ok(Value::strings(subnets))
}
