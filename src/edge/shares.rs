//! How much of something bounded each network holds: connections, or memory for requests.
//!
//! The networks of an address are those of every other limit ([`crate::records::address`]): one network cannot take what all share, and
//! a site with many hosts is not held to the limit of one.

use crate::records::address::PREFIXES;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A network that has a limit of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Prefix {
    /// One IPv4 address.
    V4(u32),
    /// The first bits of an IPv6 address, and their number.
    V6(u64, u8),
}

/// The networks that an address counts for, with how many times the limit of one host each may hold.
pub(crate) fn prefixes(address: IpAddr) -> impl Iterator<Item = (Prefix, usize)> {
    let (v4, v6) = match address.to_canonical() {
        IpAddr::V4(v4) => (Some((Prefix::V4(v4.to_bits()), 1)), None),
        // The first half of the address.
        IpAddr::V6(v6) => (None, u64::try_from(v6.to_bits() >> 64).ok()),
    };
    let of_half = move |half: u64| {
        PREFIXES
            .into_iter()
            .map(move |(bits, times)| (Prefix::V6(half >> (64 - bits), bits), usize::try_from(times).unwrap_or(1)))
    };
    v4.into_iter().chain(v6.into_iter().flat_map(of_half))
}

/// What is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Full {
    /// The share of this network.
    Of(Prefix),
    /// Everything.
    All,
}

/// The counts.
pub(crate) struct Shares {
    all: usize,
    of_one: usize,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    all: usize,
    by_prefix: HashMap<Prefix, usize>,
}

impl Shares {
    /// At most `all` together, and `of_one` for one host.
    pub(crate) fn new(all: usize, of_one: usize) -> Self {
        Self { all, of_one, held: Mutex::default() }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        // A panic between two counts is impossible: no code of others runs under this lock.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes `amount` for an address, or nothing. `None` is a trusted proxy, which speaks for everybody behind it and has no limit but
    /// that of all.
    pub(crate) fn take(&self, address: Option<IpAddr>, amount: usize) -> Result<(), Full> {
        let mut held = self.held();
        for (prefix, times) in address.into_iter().flat_map(prefixes) {
            let has = held.by_prefix.get(&prefix).copied().unwrap_or_default();
            if has.saturating_add(amount) > self.of_one.saturating_mul(times) {
                return Err(Full::Of(prefix));
            }
        }
        if held.all.saturating_add(amount) > self.all {
            return Err(Full::All);
        }
        held.all += amount;
        for (prefix, _) in address.into_iter().flat_map(prefixes) {
            *held.by_prefix.entry(prefix).or_default() += amount;
        }
        Ok(())
    }

    /// Gives back what was taken for this address.
    pub(crate) fn give(&self, address: Option<IpAddr>, amount: usize) {
        let mut held = self.held();
        held.all = held.all.saturating_sub(amount);
        for (prefix, _) in address.into_iter().flat_map(prefixes) {
            // A network that holds nothing is forgotten.
            if let Entry::Occupied(mut has) = held.by_prefix.entry(prefix) {
                *has.get_mut() = has.get().saturating_sub(amount);
                if *has.get() == 0 {
                    has.remove();
                }
            }
        }
    }

    /// How much of its limit the fullest network of an address holds, in per mille of the limit of one host.
    pub(crate) fn weight(&self, address: Option<IpAddr>) -> usize {
        let held = self.held();
        let of = |(prefix, times): (Prefix, usize)| {
            held.by_prefix.get(&prefix).copied().unwrap_or_default().saturating_mul(1000) / (self.of_one.max(1) * times)
        };
        address.into_iter().flat_map(prefixes).map(of).max().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::net::Ipv6Addr;

    fn v6(site: u16, customer: u16, host: u16) -> IpAddr {
        IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, site, customer, host, 0, 0, 1))
    }

    #[test]
    fn a_host_a_56_and_a_48_have_growing_limits_and_one_network_does_not_take_what_all_share() {
        let shares = Shares::new(100, 2);
        // One /64, whatever its lower half says.
        assert!(shares.take(Some(v6(1, 1, 1)), 1).is_ok() && shares.take(Some(v6(1, 1, 2)), 1).is_ok());
        assert!(matches!(shares.take(Some(v6(1, 1, 3)), 1), Err(Full::Of(Prefix::V6(_, 64)))));
        // Its /56 has two more, its /48 eight in all.
        assert!(shares.take(Some(v6(1, 2, 1)), 2).is_ok());
        assert!(matches!(shares.take(Some(v6(1, 3, 1)), 1), Err(Full::Of(Prefix::V6(_, 56)))));
        assert!(shares.take(Some(v6(1, 0x100, 1)), 2).is_ok() && shares.take(Some(v6(1, 0x200, 1)), 2).is_ok());
        assert!(matches!(shares.take(Some(v6(1, 0x300, 1)), 1), Err(Full::Of(Prefix::V6(_, 48)))));
        assert!(shares.take(Some(v6(2, 1, 1)), 2).is_ok(), "the next site is not affected");
        let v4 = Some(IpAddr::from([192, 0, 2, 7]));
        let mapped = Some("::ffff:192.0.2.7".parse().unwrap());
        assert!(shares.take(v4, 1).is_ok() && shares.take(mapped, 1).is_ok());
        assert!(shares.take(v4, 1).is_err(), "one address, however it is written");
        // 12 are taken; a trusted proxy takes the rest.
        assert!(shares.take(None, 88).is_ok());
        assert_eq!(shares.take(None, 1), Err(Full::All));
        assert_eq!(shares.take(Some(v6(3, 1, 1)), 1), Err(Full::All));
    }

    proptest! {
        #[test]
        fn what_is_given_back_leaves_nothing_behind(hosts in prop::collection::vec((0_u16..3, 0_u16..4, 1_usize..9), 0..40)) {
            let shares = Shares::new(60, 20);
            let taken: Vec<_> = hosts.into_iter().filter(|(site, host, n)| shares.take(Some(v6(*site, *host, 1)), *n).is_ok()).collect();
            prop_assert_eq!(shares.held().all, taken.iter().map(|(_, _, n)| n).sum::<usize>());
            for (site, host, n) in taken {
                shares.give(Some(v6(site, host, 1)), n);
            }
            prop_assert!(shares.held().all == 0 && shares.held().by_prefix.is_empty());
        }
    }
}
