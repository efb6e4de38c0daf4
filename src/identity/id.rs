//! Ids: 128 bits, ordered by time, written as 26 characters of base32hex so that text order is time order.

use crate::random::Random;
use crate::time::Timestamp;
use std::fmt;
use std::str::FromStr;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";

/// The text is not an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id: 26 characters 0-9 a-v are expected")]
pub struct NotAnId;

/// Writes 16 bytes as 26 characters of 5 bits each: of those 130 bits the last two are zero.
fn write_text(id: [u8; 16], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let bits = u128::from_be_bytes(id);
    let text: String = (0..26)
        .map(|i| {
            let five = if i < 25 { (bits >> (123 - 5 * i)) & 31 } else { (bits << 2) & 31 };
            char::from(ALPHABET[usize::try_from(five).unwrap_or(0)])
        })
        .collect();
    f.write_str(&text)
}

fn read_text(text: &str) -> Result<[u8; 16], NotAnId> {
    if text.len() != 26 {
        return Err(NotAnId);
    }
    let mut bits: u128 = 0;
    for (i, byte) in text.bytes().enumerate() {
        let five = ALPHABET.iter().position(|a| *a == byte).ok_or(NotAnId)?;
        let five = u128::try_from(five).map_err(|_| NotAnId)?;
        if i < 25 {
            bits = (bits << 5) | five;
        } else if five.trailing_zeros() >= 2 {
            bits = (bits << 3) | (five >> 2);
        } else {
            return Err(NotAnId);
        }
    }
    Ok(bits.to_be_bytes())
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 16]);

        impl $name {
            /// A new id. Its first bits are the time `now`.
            pub fn new(random: &Random, now: Timestamp) -> Self {
                Self(random.id(now))
            }

            /// From its 16 bytes.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// Its 16 bytes.
            pub const fn bytes(self) -> [u8; 16] {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_text(self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_text(self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                read_text(text).map(Self)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                // Binary formats get the 16 bytes: an authorization code contains ids and must stay short.
                if serializer.is_human_readable() { serializer.collect_str(self) } else { self.0.serialize(serializer) }
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if !deserializer.is_human_readable() {
                    return <[u8; 16]>::deserialize(deserializer).map(Self);
                }
                let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )+};
}

ids! {
    /// A verified person who can sign in.
    AccountId;
    /// What one account granted to one client at one sign-in. Refresh tokens and access tokens belong to a grant.
    GrantId;
    /// A browser's session. Each client gets another `sid`, derived from this id. The secret in the cookie is another value.
    SessionId;
    /// One authorization request while the person goes through the pages.
    InteractionId;
    /// An approval that an agency asks of a person. Links contain this id.
    ApprovalId;
    /// A passkey. The account's pages use this id.
    PasskeyId;
    /// A row of the outbox.
    DeliveryId;
    /// One line of the audit log.
    EventId;
    /// An officer. No code creates one yet: the officers' desk is built later.
    OfficerId;
    /// A running instance of this program, new at each start. A job's lease names the instance that holds it.
    InstanceId;
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_id_survives_its_text() {
        let random = Random::seeded(1);
        for _ in 0..200 {
            let id = AccountId::from_bytes(random.bytes());
            assert_eq!(id.to_string().parse(), Ok(id));
        }
    }

    #[test]
    fn text_order_is_time_order() {
        let random = Random::seeded(2);
        let early = GrantId::new(&random, Timestamp::from_seconds(1));
        let late = GrantId::new(&random, Timestamp::from_seconds(2));
        assert!(early.to_string() < late.to_string());
    }

    #[test]
    fn a_text_that_is_no_id_is_rejected() {
        for text in ["", "0", "zzzzzzzzzzzzzzzzzzzzzzzzzz", "0000000000000000000000000v", "٠٠٠٠٠٠٠٠٠٠٠٠٠٠٠٠٠٠٠٠٠٠٠٠٠٠"]
        {
            assert_eq!(text.parse::<AccountId>(), Err(NotAnId), "{text}");
        }
    }

    proptest! {
        #[test]
        fn an_id_has_one_text_and_a_text_one_id(bytes in any::<[u8; 16]>(), text in "[0-9a-v]{26}|.{0,30}") {
            let id = AccountId::from_bytes(bytes);
            prop_assert_eq!(id.to_string().parse(), Ok(id));
            if let Ok(read) = text.parse::<AccountId>() {
                prop_assert_eq!(read.to_string(), text);
            }
        }
    }
}
