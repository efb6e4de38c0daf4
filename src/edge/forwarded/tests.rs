//! Tests of the forms that proxies write.

use super::*;
use proptest::prelude::*;

const XFF: ForwardedHeader = ForwardedHeader::XForwardedFor;
const RFC7239: ForwardedHeader = ForwardedHeader::Forwarded;

fn headers(header: ForwardedHeader, lines: &[impl AsRef<[u8]>]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append(header.name(), HeaderValue::from_bytes(line.as_ref()).unwrap());
    }
    headers
}

fn all(header: ForwardedHeader, lines: &[&str]) -> Vec<Hop> {
    hops(header, &headers(header, lines)).collect()
}

fn v4() -> Hop {
    Hop::Address(IpAddr::from([203, 0, 113, 17]))
}

fn v6() -> Hop {
    Hop::Address("2001:db8::17".parse().unwrap())
}

#[test]
fn rfc7239_6_every_form_that_balancers_write_is_the_same_address() {
    for form in [
        "203.0.113.17",
        "203.0.113.17:4711",
        "\"203.0.113.17\"",
        "\"203.0.113.17:4711\"",
        " 203.0.113.17\t",
        "[203.0.113.17]:4711",
        "203.0.113.17:_port",
        "\"203.0.113.\\17\"",
    ] {
        assert_eq!(all(XFF, &[form]), [v4()], "{form}");
        assert_eq!(all(RFC7239, &[&format!("for={form}")]), [v4()], "{form}");
    }
    for form in [
        "2001:db8::17",
        "2001:DB8::17",
        "2001:0db8:0:0:0:0:0:17",
        "[2001:db8::17]",
        "[2001:db8::17]:4711",
        "\"[2001:db8::17]\"",
        "\"[2001:db8::17]:4711\"",
        "\"2001:db8::17\"",
        "2001:db8::17%eth0",
        "[2001:db8::17%eth0]:4711",
        "[2001:db8::17%25eth0]",
        "[2001:db8::17]:_x",
    ] {
        assert_eq!(all(XFF, &[form]), [v6()], "{form}");
        assert_eq!(all(RFC7239, &[&format!("for={form}")]), [v6()], "{form}");
    }
    let mapped = Hop::Address("::ffff:203.0.113.17".parse().unwrap());
    assert_eq!(all(XFF, &["::ffff:203.0.113.17"]), [mapped]);
}

#[test]
fn rfc7239_4_pairs_have_any_order_names_no_case_and_quotes_hide_separators() {
    for form in [
        "For=203.0.113.17",
        "FOR=\"203.0.113.17:80\"",
        "proto=https;for=203.0.113.17;by=192.0.2.1",
        "by=\"a,for=9.9.9.9;b\";for=203.0.113.17",
        "for=203.0.113.17;host=\"a\\\",b\\\\\"",
        "for=203.0.113.17; proto=https",
        ";for=203.0.113.17;",
        "for = 203.0.113.17",
    ] {
        assert_eq!(all(RFC7239, &[form]), [v4()], "{form}");
    }
}

#[test]
fn rfc7239_6_3_unknown_and_obfuscated_tell_no_address_and_the_rest_is_unreadable() {
    for form in ["unknown", "UNKNOWN", "\"unknown\"", "_hidden", "_SEVKISEK", "\"_gazonk:80\"", "unknown:4711"] {
        assert_eq!(all(XFF, &[form]), [Hop::Undisclosed], "{form}");
        assert_eq!(all(RFC7239, &[&format!("for={form}")]), [Hop::Undisclosed], "{form}");
    }
    assert_eq!(all(RFC7239, &["proto=https;by=203.0.113.17"]), [Hop::Undisclosed]);
    for form in [
        "-",
        "(null)",
        "203.0.113",
        "203.0.113.17:",
        "203.0.113.17:x",
        "203.0.113.17:123456",
        "203.0.113.017",
        "[2001:db8::17",
        "[2001:db8::17]x",
        "[2001:db8::17]4711",
        "\"203.0.113.17",
        "203.0.113.17\"",
        "localhost",
        "_",
        "_a b",
        "203.0.113.17%eth0",
        "fe80::1%",
        "for=203.0.113.17",
        "203.0.113.17 4711",
    ] {
        assert_eq!(all(XFF, &[form]).first(), Some(&Hop::Unreadable), "{form}");
    }
    for form in
        ["203.0.113.17", "for", "for=", "for=203.0.113.17;for=203.0.113.17", "for=\"203.0.113.17\";x", "for=203.0.113.17;\"by=a"]
    {
        assert_eq!(all(RFC7239, &[form]), [Hop::Unreadable], "{form}");
    }
    assert_eq!(hops(XFF, &headers(XFF, &[[0xff_u8]])).next(), Some(Hop::Unreadable));
}

#[test]
fn a_line_that_a_proxy_wrote_below_a_stranger_s_is_nearer() {
    let expected = [[192, 0, 2, 7], [198, 51, 100, 2], [198, 51, 100, 1]].map(|address| Hop::Address(IpAddr::from(address)));
    assert_eq!(all(XFF, &["198.51.100.1,, 198.51.100.2", "192.0.2.7,"]), expected);
    assert_eq!(all(RFC7239, &["for=198.51.100.1, For=\"198.51.100.2:80\"", "for=192.0.2.7;proto=http"]), expected);
}

fn walked(header: ForwardedHeader, lines: &[&str]) -> (IpAddr, Option<Doubt>) {
    let proxies = [IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2])];
    walk(|address| proxies.contains(&address), proxies[0], header, &headers(header, lines))
}

#[test]
fn hops_are_read_from_trusted_proxies_only() {
    let (far, near) = (IpAddr::from([198, 51, 100, 1]), IpAddr::from([10, 0, 0, 2]));
    assert_eq!(walked(XFF, &["rubbish, 198.51.100.1, 10.0.0.2"]), (far, None), "what a stranger wrote is not read");
    assert_eq!(walked(XFF, &["rubbish, 10.0.0.2"]), (near, Some(Doubt::Unreadable)));
    assert_eq!(walked(XFF, &["198.51.100.1, unknown"]).1, Some(Doubt::Undisclosed));
    let stranger = IpAddr::from([192, 0, 2, 9]);
    let told = headers(XFF, &["rubbish"]);
    assert_eq!(walk(|_| false, stranger, XFF, &told), (stranger, None), "no proxy is trusted");
    let proxy = IpAddr::from([10, 0, 0, 1]);
    assert_eq!(walk(|_| true, proxy, RFC7239, &told), (proxy, Some(Doubt::OtherHeader)));
    assert_eq!(walk(|_| true, proxy, XFF, &HeaderMap::new()), (proxy, None), "a check of the proxy itself");
}

#[test]
fn no_text_of_a_stranger_changes_what_the_proxy_wrote_behind_it() {
    for begun in ["for=\"x", "for=9.9.9.9;x=\"", "\"", "for=\"\\", "\\\"", "for=9.9.9.9, for=\"9.9.9.9;", "a=\"b\\\\\""] {
        let (far, v6) = (IpAddr::from([198, 51, 100, 1]), "2001:db8::17".parse().unwrap());
        assert_eq!(walked(RFC7239, &[&format!("{begun}, for=198.51.100.1")]), (far, None), "{begun}");
        assert_eq!(walked(RFC7239, &[&format!("{begun}, for=\"[2001:db8::17]:80\"")]), (v6, None), "{begun}");
        assert_eq!(walked(XFF, &[&format!("{begun}, \"198.51.100.1:80\"")]), (far, None), "{begun}");
        assert_eq!(walked(XFF, &[begun, "198.51.100.1"]), (far, None), "{begun}");
    }
}

proptest! {
    #[test]
    fn the_hops_are_the_same_however_the_proxies_broke_the_lines(
        addresses in prop::collection::vec(any::<std::net::Ipv4Addr>(), 1..6),
        at in 0_usize..6,
    ) {
        let texts: Vec<String> = addresses.iter().map(ToString::to_string).collect();
        let (first, second) = texts.split_at(at.min(texts.len()));
        let broken: Vec<String> = [first, second].iter().filter(|part| !part.is_empty()).map(|part| part.join(" , ")).collect();
        let expected: Vec<Hop> = addresses.iter().rev().copied().map(|address| Hop::Address(IpAddr::V4(address))).collect();
        prop_assert_eq!(hops(XFF, &headers(XFF, &broken)).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn whatever_a_stranger_wrote_the_address_of_the_proxy_s_client_is_found(text in "[ -~]{0,60}", bits in any::<u128>()) {
        let client = IpAddr::V6(Ipv6Addr::from_bits(bits));
        let lines = format!("{text}, for=\"[{client}]:4711\"");
        prop_assert_eq!(walked(RFC7239, &[&lines]), (client, None));
        let lines = format!("{text}, [{client}]:4711");
        prop_assert_eq!(walked(XFF, &[&lines]), (client, None));
    }
}
