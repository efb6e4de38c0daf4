//! The origin of a request, as coarse as is enough for an audit log: the network and the browser family. Neither identifies a
//! person.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// The origin of a request. Both fields are absent if the program acts by itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct RequestOrigin {
    /// The network of the client address.
    pub network: Option<AddressPrefix>,
    /// The browser family that the `User-Agent` names.
    pub browser: Option<BrowserFamily>,
}

/// The part of an address that is stored: a /24 of IPv4, a /48 of IPv6. Written in CIDR notation (RFC 4632 §3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AddressPrefix {
    /// The first three bytes of an IPv4 address.
    V4([u8; 3]),
    /// The first six bytes of an IPv6 address: one site (RFC 6177 §2).
    V6([u8; 6]),
}

/// The text is no such prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a network: an IPv4 /24 or an IPv6 /48 is expected")]
pub struct NotAPrefix;

impl AddressPrefix {
    /// The prefix of an address. An IPv4-mapped IPv6 address counts as IPv4.
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => {
                let [a, b, c, _] = v4.octets();
                Self::V4([a, b, c])
            }
            IpAddr::V6(v6) => {
                let mut site = [0; 6];
                site.copy_from_slice(&v6.octets()[..6]);
                Self::V6(site)
            }
        }
    }
}

impl fmt::Display for AddressPrefix {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::V4([a, b, c]) => write!(formatter, "{}/24", Ipv4Addr::new(a, b, c, 0)),
            Self::V6(site) => {
                let mut address = [0; 16];
                address[..6].copy_from_slice(&site);
                write!(formatter, "{}/48", Ipv6Addr::from(address))
            }
        }
    }
}

impl FromStr for AddressPrefix {
    type Err = NotAPrefix;

    fn from_str(text: &str) -> Result<Self, NotAPrefix> {
        let (address, _) = text.split_once('/').ok_or(NotAPrefix)?;
        let address: IpAddr = address.parse().map_err(|_| NotAPrefix)?;
        let prefix = Self::of(address);
        // A prefix has exactly one text: no bits set after the prefix, no other prefix length.
        if prefix.to_string() == text { Ok(prefix) } else { Err(NotAPrefix) }
    }
}

/// Browser families that a citizen recognises as their browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BrowserFamily {
    /// Chrome and Chromium.
    Chrome,
    /// Microsoft Edge.
    Edge,
    /// Firefox.
    Firefox,
    /// Opera.
    Opera,
    /// Safari.
    Safari,
    /// Samsung Internet.
    Samsung,
    /// Another browser, or a program.
    Other,
}

impl BrowserFamily {
    /// The family that a `User-Agent` names (RFC 9110 §10.1.5). A client can send any text: it is good for the question "was that
    /// you?", but not for a security decision.
    pub(crate) fn of(user_agent: &str) -> Self {
        // A browser also names the browsers that it derives from, so the newest name is looked up first.
        const NAMES: [(&str, BrowserFamily); 11] = [
            ("Edg/", BrowserFamily::Edge),
            ("EdgA/", BrowserFamily::Edge),
            ("EdgiOS/", BrowserFamily::Edge),
            ("OPR/", BrowserFamily::Opera),
            ("SamsungBrowser/", BrowserFamily::Samsung),
            ("Firefox/", BrowserFamily::Firefox),
            ("FxiOS/", BrowserFamily::Firefox),
            ("Chrome/", BrowserFamily::Chrome),
            ("CriOS/", BrowserFamily::Chrome),
            ("Chromium/", BrowserFamily::Chrome),
            ("Safari/", BrowserFamily::Safari),
        ];
        NAMES.iter().find(|(name, _)| user_agent.contains(name)).map_or(Self::Other, |(_, family)| *family)
    }

    /// The name in the log.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Chrome => "chrome",
            Self::Edge => "edge",
            Self::Firefox => "firefox",
            Self::Opera => "opera",
            Self::Safari => "safari",
            Self::Samsung => "samsung",
            Self::Other => "other",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_prefix_leaves_the_host_out() {
        let text = |address: &str| AddressPrefix::of(address.parse().unwrap()).to_string();
        assert_eq!(text("192.0.2.77"), "192.0.2.0/24");
        assert_eq!(text("::ffff:192.0.2.77"), "192.0.2.0/24");
        assert_eq!(text("2001:db8:7:1::9"), "2001:db8:7::/48");
    }

    #[test]
    fn a_text_that_is_no_prefix_is_rejected() {
        for text in
            ["", "192.0.2.7/24", "192.0.2.0/16", "192.0.2.0", "2001:db8:7:1::/48", "2001:db8::/32", "x/24", "192.0.2.0/24 "]
        {
            assert_eq!(text.parse::<AddressPrefix>(), Err(NotAPrefix), "{text}");
        }
    }

    #[test]
    fn a_browser_that_also_names_other_browsers_is_recognised() {
        let chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
        assert_eq!(BrowserFamily::of(chrome), BrowserFamily::Chrome);
        assert_eq!(BrowserFamily::of(&format!("{chrome} Edg/140.0.0.0")), BrowserFamily::Edge);
        assert_eq!(BrowserFamily::of(&format!("{chrome} OPR/120.0.0.0")), BrowserFamily::Opera);
        let samsung = chrome.replace("Chrome/", "SamsungBrowser/28.0 Chrome/");
        assert_eq!(BrowserFamily::of(&samsung), BrowserFamily::Samsung);
        let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0";
        assert_eq!(BrowserFamily::of(firefox), BrowserFamily::Firefox);
        let safari = "Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15";
        assert_eq!(BrowserFamily::of(safari), BrowserFamily::Safari);
        assert_eq!(BrowserFamily::of("curl/8.5.0"), BrowserFamily::Other);
    }

    proptest! {
        #[test]
        fn a_prefix_survives_its_text(v4 in any::<[u8; 4]>(), v6 in any::<[u8; 16]>()) {
            for prefix in [AddressPrefix::of(IpAddr::from(v4)), AddressPrefix::of(IpAddr::from(v6))] {
                prop_assert_eq!(prefix.to_string().parse(), Ok(prefix));
            }
        }
    }
}
