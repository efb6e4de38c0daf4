//! Step-up authentication (RFC 9470): how strong and how fresh an authentication a resource demands behind an access token, and the
//! challenge that tells the client what to ask for.

use crate::identity::assurance::Acr;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use std::time::Duration;

/// What is demanded of the authentication behind a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct StepUp {
    /// The least level.
    pub acr: Option<Acr>,
    /// How many seconds ago it may have been at most.
    pub max_age: Option<u32>,
}

impl StepUp {
    /// Whether nothing is demanded.
    pub const fn is_none(&self) -> bool {
        self.acr.is_none() && self.max_age.is_none()
    }

    /// Whether an authentication does. One of which the token says nothing does not.
    pub fn met_by(&self, acr: Option<Acr>, auth_time: Option<i64>, now: Timestamp) -> bool {
        let strong = self.acr.is_none_or(|least| acr.is_some_and(|acr| acr >= least));
        let fresh = self.max_age.is_none_or(|seconds| {
            let age = auth_time.map(|at| now.since(Timestamp::from_seconds(at)));
            age.is_some_and(|age| age <= Duration::from_secs(seconds.into()))
        });
        strong && fresh
    }

    /// Adds `acr_values` and `max_age` to a challenge, for the client to ask for (RFC 9470 §3). Every level that does is named, the
    /// least first: a higher one is as good.
    #[must_use]
    pub fn added_to(&self, mut challenge: String) -> String {
        // Writing to a `String` cannot fail.
        if let Some(least) = self.acr {
            let levels: Vec<_> = Acr::ALL.into_iter().filter(|acr| *acr >= least).map(Acr::uri).collect();
            write!(challenge, r#", acr_values="{}""#, levels.join(" ")).ok();
        }
        if let Some(seconds) = self.max_age {
            write!(challenge, r#", max_age="{seconds}""#).ok();
        }
        challenge
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn both() -> StepUp {
        StepUp { acr: Some(Acr::Substantial), max_age: Some(300) }
    }

    #[test]
    fn rfc9470_3_the_challenge_names_what_to_ask_for() {
        let levels = "urn:panjereh:acr:substantial urn:panjereh:acr:high";
        assert_eq!(both().added_to("Bearer".to_owned()), format!(r#"Bearer, acr_values="{levels}", max_age="300""#));
        let high = StepUp { acr: Some(Acr::High), max_age: None };
        assert_eq!(high.added_to("DPoP".to_owned()), r#"DPoP, acr_values="urn:panjereh:acr:high""#);
        assert_eq!(StepUp::default().added_to("Bearer".to_owned()), "Bearer");
    }

    #[test]
    fn an_authentication_is_strong_and_fresh_enough_or_it_is_not() {
        let now = NOW.seconds();
        for (acr, auth_time, met) in [
            (Some(Acr::Substantial), Some(now - 300), true),
            (Some(Acr::High), Some(now), true),
            (Some(Acr::Low), Some(now), false),
            (Some(Acr::High), Some(now - 301), false),
            (None, Some(now), false),
            (Some(Acr::High), None, false),
        ] {
            assert_eq!(both().met_by(acr, auth_time, NOW), met, "{acr:?} {auth_time:?}");
        }
        assert!(StepUp::default().met_by(None, None, NOW) && StepUp::default().is_none());
    }
}
