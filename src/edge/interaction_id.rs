//! `x-fapi-interaction-id`: an id for one request and its response, in the logs of both sides (FAPI 1.0 Part 1 §6.2.1 item 11).

use crate::random::Random;
use uuid::Builder;
use uuid::fmt::Hyphenated;

/// The header.
pub(crate) const HEADER: &str = "x-fapi-interaction-id";

/// The UUID (RFC 9562 §4) that the request brought, unchanged, or else a new one. Nothing else is repeated.
pub(crate) fn interaction_id(given: Option<&str>, random: &Random) -> String {
    given.filter(|text| is_uuid(text)).map_or_else(|| new_uuid(random.bytes()), str::to_owned)
}

/// Only the form with hyphens: without them, in braces or as a URN a UUID is no `x-fapi-interaction-id`.
fn is_uuid(text: &str) -> bool {
    text.parse::<Hyphenated>().is_ok()
}

/// Version 4 (RFC 9562 §5.4).
fn new_uuid(bytes: [u8; 16]) -> String {
    Builder::from_random_bytes(bytes).into_uuid().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn fapi1_6_2_1_a_uuid_is_repeated_and_nothing_else_is() {
        let random = Random::seeded(1);
        let given = "93BAC548-d2de-4546-b106-880a5018460d";
        assert_eq!(interaction_id(Some(given), &random), given);
        for other in [
            None,
            Some(""),
            Some("93bac548d2de4546b106880a5018460d"),
            Some("93bac548-d2de-4546-b106-880a5018460g"),
            Some("x"),
            Some("{93bac548-d2de-4546-b106-880a5018460d}"),
            Some("urn:uuid:93bac548-d2de-4546-b106-880a5018460d"),
        ] {
            let made = interaction_id(other, &random);
            assert!(is_uuid(&made) && other != Some(&made), "{other:?}");
        }
        assert_ne!(interaction_id(None, &random), interaction_id(None, &random));
    }

    #[test]
    fn rfc9562_5_4_a_new_one_says_that_it_is_random() {
        assert_eq!(new_uuid([0xff; 16]), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(new_uuid([0; 16]), "00000000-0000-4000-8000-000000000000");
    }

    proptest! {
        #[test]
        fn whatever_came_the_answer_is_a_header(text in ".{0,60}") {
            let id = interaction_id(Some(&text), &Random::seeded(1));
            prop_assert!(id.len() == 36 && id.is_ascii());
        }
    }
}
