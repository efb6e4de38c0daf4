//! A client address as limits count it.
//!
//! An IPv4 host has one address. An IPv6 host has a /64 at least and may use any address of it; many networks hand a /56 or a /48 to one
//! customer (RFC 6177 §2, RFC 9099 §2.1.4). So each of the three is counted. A wider prefix may be shared by more people, so its limit is
//! higher; one customer gains little from using all addresses of it.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// The IPv6 prefixes that are counted, the narrowest first, and how many times the limit of one address each of them has.
pub(crate) const PREFIXES: [(u8, u64); 3] = [(64, 1), (56, 2), (48, 4)];

/// A client address, for limits. An IPv4-mapped IPv6 address counts as IPv4.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CountedAddress(Option<IpAddr>);

/// A network that an address belongs to, and its share of a limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CountedPrefix {
    /// Its text.
    pub(crate) text: String,
    /// How many times the limit of one address it has.
    pub(crate) times: u64,
}

impl CountedAddress {
    /// A request whose address is not known. All of them count as one.
    pub const UNKNOWN: Self = Self(None);

    /// The address of a client.
    pub fn of(address: IpAddr) -> Self {
        Self(Some(address.to_canonical()))
    }

    /// The networks of this address, the narrowest first: the one of a single host is always among them.
    pub(crate) fn prefixes(self) -> Vec<CountedPrefix> {
        let Some(IpAddr::V6(v6)) = self.0 else { return vec![CountedPrefix { text: self.to_string(), times: 1 }] };
        let prefix = |(length, times)| CountedPrefix { text: network(v6, length), times };
        PREFIXES.into_iter().map(prefix).collect()
    }
}

/// The narrowest network: an IPv4 address, or an IPv6 /64.
impl fmt::Display for CountedAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(IpAddr::V4(v4)) => v4.fmt(formatter),
            Some(IpAddr::V6(v6)) => formatter.write_str(&network(v6, PREFIXES[0].0)),
            None => formatter.write_str("unknown"),
        }
    }
}

/// The prefix of this length in CIDR notation.
fn network(address: Ipv6Addr, length: u8) -> String {
    let kept = u128::MAX << (128 - u32::from(length));
    format!("{}/{length}", Ipv6Addr::from_bits(address.to_bits() & kept))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(address: &str) -> Vec<(String, u64)> {
        let prefixes = CountedAddress::of(address.parse().unwrap()).prefixes();
        prefixes.into_iter().map(|prefix| (prefix.text, prefix.times)).collect()
    }

    #[test]
    fn an_ipv4_address_is_counted_by_itself_also_where_ipv6_maps_it() {
        assert_eq!(texts("192.0.2.77"), [("192.0.2.77".to_owned(), 1)]);
        assert_eq!(texts("::ffff:192.0.2.77"), texts("192.0.2.77"));
        assert_eq!(CountedAddress::UNKNOWN.prefixes().len(), 1);
    }

    #[test]
    fn an_ipv6_address_is_counted_by_its_64_its_56_and_its_48_with_growing_limits() {
        let expected = [("2001:db8:7:1234::/64", 1), ("2001:db8:7:1200::/56", 2), ("2001:db8:7::/48", 4)];
        assert_eq!(texts("2001:db8:7:1234:5:6:7:8"), expected.map(|(text, times)| (text.to_owned(), times)));
    }

    proptest! {
        #[test]
        fn all_addresses_of_a_host_are_counted_as_one(bits in any::<u128>(), other in any::<u64>()) {
            let one = IpAddr::V6(Ipv6Addr::from_bits(bits));
            let twin = IpAddr::V6(Ipv6Addr::from_bits(bits >> 64 << 64 | u128::from(other)));
            prop_assume!(one.to_canonical() == one && twin.to_canonical() == twin);
            prop_assert_eq!(CountedAddress::of(one).prefixes(), CountedAddress::of(twin).prefixes());
        }

        #[test]
        fn the_narrowest_prefix_is_the_first_and_the_text_of_the_address(bits in any::<u128>()) {
            let address = CountedAddress::of(IpAddr::V6(Ipv6Addr::from_bits(bits)));
            prop_assert_eq!(&address.prefixes()[0].text, &address.to_string());
        }
    }
}
