//! Which addresses are of the public Internet (IANA's special-purpose registries, RFC 6890).

use crate::settings::Network;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Which addresses may be called.
#[derive(Debug, Clone)]
pub(super) enum AllowedAddresses {
    /// Public addresses, and those of networks that the operator opened.
    PublicAnd(Vec<Network>),
    /// Every address: the operator named the server.
    Any,
}

impl AllowedAddresses {
    /// Whether this address may be called.
    pub(super) fn contain(&self, address: IpAddr) -> bool {
        match self {
            Self::PublicAnd(opened) => is_public(address) || opened.iter().any(|network| network.contains(address)),
            Self::Any => true,
        }
    }
}

/// Whether an address is of the public Internet. One that carries an IPv4 address (mapped, or through NAT64) is judged by that.
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    match address.octets() {
        // This network, private, loopback; multicast, reserved, broadcast.
        [0 | 10 | 127 | 224..=255, ..] => false,
        // Shared by carriers.
        [100, second, ..] => !(64..=127).contains(&second),
        // Link-local, where clouds keep their metadata.
        [169, second, ..] => second != 254,
        // Private.
        [172, second, ..] => !(16..=31).contains(&second),
        // Private; protocol assignments, documentation, the old 6to4 relay.
        [192, second, third, _] => second != 168 && !matches!((second, third), (0, 0 | 2) | (88, 99)),
        // Benchmarks, documentation.
        [198, second, third, _] => !matches!((second, third), (18 | 19, _) | (51, 100)),
        // Documentation.
        [203, second, third, _] => (second, third) != (0, 113),
        _ => true,
    }
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    match segments {
        // NAT64 (RFC 6052): the last 32 bits are where it goes.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            let [a, b] = high.to_be_bytes();
            let [c, d] = low.to_be_bytes();
            is_public_v4(Ipv4Addr::new(a, b, c, d))
        }
        // Protocol assignments with Teredo, documentation, 6to4: tunnels may end anywhere.
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x2002, ..] | [0x3fff, 0..=0xfff, ..] => false,
        // Global unicast is 2000::/3; everything else is loopback, local, multicast or not given out.
        [first, ..] => (0x2000..=0x3fff).contains(&first),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn public(text: &str) -> bool {
        is_public(text.parse().unwrap())
    }

    #[test]
    fn rfc6890_2_2_special_purpose_addresses_are_not_public() {
        for address in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::7f00:1",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "5f00::1",
        ] {
            assert!(!public(address), "{address}");
        }
    }

    #[test]
    fn other_addresses_are_public() {
        for address in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.1",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "192.167.1.1",
            "198.17.0.1",
            "198.20.0.1",
            "223.255.255.255",
            "2a00::1",
            "2606:4700::1111",
            "2001:200::1",
            "::ffff:1.1.1.1",
            "64:ff9b::101:101",
        ] {
            assert!(public(address), "{address}");
        }
    }

    #[test]
    fn an_operator_opens_networks_and_no_more_than_those() {
        let opened = ["10.20.0.0/16", "fd00::/8"].map(|network| Network::parse(network).unwrap());
        let allowed = AllowedAddresses::PublicAnd(opened.to_vec());
        let open = |text: &str| allowed.contain(text.parse().unwrap());
        assert!(open("10.20.1.2") && open("::ffff:10.20.1.2") && open("fd12::1") && open("1.1.1.1"));
        assert!(!open("10.21.1.2") && !open("127.0.0.1") && !open("fe80::1"));
    }

    proptest! {
        #[test]
        fn an_ipv4_address_is_judged_alike_in_every_notation(bits: u32) {
            let v4 = Ipv4Addr::from_bits(bits);
            let nat64 = Ipv6Addr::from_bits((0x64_ff9b_u128 << 96) | u128::from(bits));
            prop_assert_eq!(is_public(v4.into()), is_public(v4.to_ipv6_mapped().into()));
            prop_assert_eq!(is_public(v4.into()), is_public(nat64.into()));
        }
    }
}
