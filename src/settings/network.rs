//! Networks in CIDR notation (RFC 4632 §3.1, RFC 4291 §2.3).

use ipnet::IpNet;
use std::net::IpAddr;

/// A network: an address whose first bits, as many as its prefix says, count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network(IpNet);

impl Network {
    /// Reads `10.0.0.0/8` or `2001:db8::/32`; a single address is a network of one. `None` when it is neither, or when bits after
    /// the prefix are set: then a slip of the pen is more likely than a meaning. The same goes for IPv4 in IPv6 clothes, in which no
    /// address would be found.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let network = text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))?;
        (network == network.trunc() && network.addr().to_canonical() == network.addr()).then_some(Self(network))
    }

    /// Whether an address lies in it. An IPv4 address that arrives in IPv6 clothes (`::ffff:10.1.2.3`) is read as what it is.
    pub fn contains(&self, address: IpAddr) -> bool {
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
    fn an_address_lies_in_a_network_when_the_bits_of_the_prefix_agree() {
        assert!(inside("10.0.0.0/8", "10.255.1.2") && !inside("10.0.0.0/8", "11.0.0.1"));
        assert!(inside("192.168.1.7", "192.168.1.7") && !inside("192.168.1.7", "192.168.1.8"));
        assert!(inside("0.0.0.0/0", "203.0.113.9") && !inside("0.0.0.0/0", "2001:db8::1"));
        assert!(inside("2001:db8::/32", "2001:db8:ffff::1") && !inside("2001:db8::/32", "2001:db9::1"));
        assert!(inside("::/0", "2001:db8::1") && inside("::1", "::1"));
    }

    #[test]
    fn an_ipv4_address_in_ipv6_clothes_is_still_that_address() {
        assert!(inside("10.0.0.0/8", "::ffff:10.1.2.3"));
        assert!(!inside("::/0", "::ffff:10.1.2.3"));
    }

    #[test]
    fn what_is_no_network_is_refused() {
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
        fn a_network_survives_its_text_and_holds_its_own_address(
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
        fn any_text_that_is_a_network_says_which(text in "[0-9a-f.:/+ -]{0,24}") {
            if let Some(network) = Network::parse(&text) {
                prop_assert_eq!(Network::parse(&network.to_string()), Some(network));
                prop_assert!(!text.contains('+'));
            }
        }
    }
}
