//! Blocks of addresses.

use std::fmt;
use std::net::IpAddr;

/// A block of addresses in CIDR notation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Network {
    pub(super) const fn new(address: IpAddr, prefix: u8) -> Self {
        Network { address, prefix }
    }

    /// Reads `10.0.0.0/8`, `fd00::/8` or a single address.
    ///
    /// # Errors
    /// [`InvalidNetwork`] for anything else, also for bits set behind the prefix.
    pub fn parse(text: &str) -> Result<Self, InvalidNetwork> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| InvalidNetwork)?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => width,
            Some(digits) if digits.len() <= 3 && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse().map_err(|_| InvalidNetwork)?
            }
            Some(_) => return Err(InvalidNetwork),
        };
        let network = Network { address, prefix };
        let (bits, _) = bits(address);
        if prefix > width || bits & !mask(prefix, width) != 0 {
            return Err(InvalidNetwork);
        }
        Ok(network)
    }

    /// Whether the address lies in the block. The families are apart.
    pub fn contains(&self, address: IpAddr) -> bool {
        let (network, width) = bits(self.address);
        let (address, address_width) = bits(address);
        width == address_width && (network ^ address) & mask(self.prefix, width) == 0
    }
}

fn bits(address: IpAddr) -> (u128, u8) {
    match address {
        IpAddr::V4(v4) => (u128::from(v4.to_bits()), 32),
        IpAddr::V6(v6) => (v6.to_bits(), 128),
    }
}

/// `prefix` ones at the upper end of `width` bits.
fn mask(prefix: u8, width: u8) -> u128 {
    let all = if width == 32 { u128::from(u32::MAX) } else { u128::MAX };
    let behind = width.saturating_sub(prefix);
    all & !1_u128.checked_shl(behind.into()).map_or(u128::MAX, |bit| bit - 1)
}

/// A text is not a network in CIDR notation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidNetwork;

impl fmt::Display for InvalidNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected a network such as 10.0.0.0/8 or fd00::/8, with no bits set behind the prefix")
    }
}

impl std::error::Error for InvalidNetwork {}
