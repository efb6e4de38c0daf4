//! Networks in CIDR notation (RFC 4632 §3.1, RFC 4291 §2.3).

use ipnet::IpNet;
use std::net::IpAddr;

/// A network: an address and the number of its first bits that are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network(IpNet);

impl Network {
    /// Reads `10.0.0.0/8` or `2001:db8::/32`. A single address is a network with one address. `None` for other texts, and if bits
    /// after the prefix are set, which is probably a mistake. `None` also for an IPv4-mapped IPv6 network: no address would ever
    /// match it, see [`Self::contains`].
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let network = text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))?;
        (network == network.trunc() && network.addr().to_canonical() == network.addr()).then_some(Self(network))
    }

    /// Whether an address is in the network. An IPv4-mapped IPv6 address (`::ffff:10.1.2.3`) counts as its IPv4 address.
    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }
}

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::net::{Ipv4Addr, Ipv6Addr};

    fn inside(network: &str, address: &str) -> bool {
        Network::parse(network).expect("a network").contains(address.parse().expect("an address"))
    }

    #[test]
    fn an_address_is_in_a_network_when_the_bits_of_the_prefix_are_equal() {
        assert!(inside("10.0.0.0/8", "10.255.1.2") && !inside("10.0.0.0/8", "11.0.0.1"));
        assert!(inside("192.168.1.7", "192.168.1.7") && !inside("192.168.1.7", "192.168.1.8"));
        assert!(inside("0.0.0.0/0", "203.0.113.9") && !inside("0.0.0.0/0", "2001:db8::1"));
        assert!(inside("2001:db8::/32", "2001:db8:ffff::1") && !inside("2001:db8::/32", "2001:db9::1"));
        assert!(inside("::/0", "2001:db8::1") && inside("::1", "::1"));
    }

    #[test]
    fn an_ipv4_mapped_ipv6_address_counts_as_its_ipv4_address() {
        assert!(inside("10.0.0.0/8", "::ffff:10.1.2.3"));
        assert!(!inside("::/0", "::ffff:10.1.2.3"));
    }

    #[test]
    fn a_text_that_is_no_network_is_rejected() {
        for bad in [
            "",
            "10.0.0.0/33",
            "10.0.0.1/8",
            "10.0.0/8",
            "::1/129",
            "10.0.0.0/",
            "example.gov",
            "10.0.0.0/-1",
            "10.0.0.0/+8",
            "::ffff:10.0.0.0/104",
        ] {
            assert_eq!(Network::parse(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_network_survives_its_text_and_contains_its_own_address(
            bits in any::<u128>(),
            v4 in any::<Option<u32>>(),
            prefix in 0_u8..=128,
        ) {
            let address = v4.map_or(IpAddr::V6(Ipv6Addr::from_bits(bits)), |bits| IpAddr::V4(Ipv4Addr::from_bits(bits)));
            let widest = if address.is_ipv4() { 32 } else { 128 };
            let network = IpNet::new(address, prefix.min(widest)).expect("a prefix that fits").trunc();
            let (first, text) = (network.addr(), network.to_string());
            if let Some(network) = Network::parse(&text) {
                prop_assert_eq!(Network::parse(&network.to_string()), Some(network));
                prop_assert!(network.contains(first) && network.contains(address.to_canonical()));
            } else {
                prop_assert!(first.to_canonical() != first, "{}", text);
            }
        }

        #[test]
        fn a_text_that_is_read_as_a_network_survives_a_round_trip(text in "[0-9a-f.:/+ -]{0,24}") {
            if let Some(network) = Network::parse(&text) {
                prop_assert_eq!(Network::parse(&network.to_string()), Some(network));
                prop_assert!(!text.contains('+'));
            }
        }
    }
}
