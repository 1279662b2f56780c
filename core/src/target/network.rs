//! Blocks of addresses.

use std::fmt;
use std::net::IpAddr;

/// A block of addresses in CIDR notation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    first: u128,
    last: u128,
    width: u32,
}

impl Network {
    /// The block of that many leading bits, with `address` in it.
    pub(super) const fn new(address: IpAddr, prefix: u32) -> Self {
        let (bits, width) = bits(address);
        // `prefix` may be anything here; over the width it is the address alone.
        let behind = match (u128::MAX >> (128 - width)).checked_shr(prefix) {
            Some(ones) => ones,
            None => 0,
        };
        Network { first: bits & !behind, last: bits | behind, width }
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
        let network = Network::new(address, prefix);
        if prefix > width || network.first != bits(address).0 {
            return Err(InvalidNetwork);
        }
        Ok(network)
    }

    /// Whether the address lies in the block. The families are apart.
    pub fn contains(&self, address: IpAddr) -> bool {
        let (bits, width) = bits(address);
        self.width == width && self.first <= bits && bits <= self.last
    }
}

const fn bits(address: IpAddr) -> (u128, u32) {
    match address {
        IpAddr::V4(v4) => (v4.to_bits() as u128, 32),
        IpAddr::V6(v6) => (v6.to_bits(), 128),
    }
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
