//! Step-up authentication (RFC 9470): how strong and how recent the authentication behind an access token must be for a resource,
//! and the challenge that tells the client what to request.

use crate::identity::assurance::Acr;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use std::time::Duration;

/// What a resource requires of the authentication behind a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct StepUp {
    /// The lowest accepted level.
    pub acr: Option<Acr>,
    /// The highest accepted age of the authentication, in seconds.
    pub max_age: Option<u32>,
}

impl StepUp {
    /// Whether nothing is required.
    pub(crate) const fn is_none(&self) -> bool {
        self.acr.is_none() && self.max_age.is_none()
    }

    /// Whether an authentication fulfils the requirement. If the token lacks a value that is required, it does not.
    pub(crate) fn met_by(&self, acr: Option<Acr>, auth_time: Option<i64>, now: Timestamp) -> bool {
        let strong = self.acr.is_none_or(|least| acr.is_some_and(|acr| acr >= least));
        let fresh = self.max_age.is_none_or(|seconds| {
            let age = auth_time.map(|at| now.since(Timestamp::from_seconds(at)));
            age.is_some_and(|age| age <= Duration::from_secs(seconds.into()))
        });
        strong && fresh
    }

    /// Adds `acr_values` and `max_age` to a challenge, for the client's next request (RFC 9470 §3). `acr_values` has every
    /// accepted level, the lowest first.
    #[must_use]
    pub(crate) fn added_to(&self, mut challenge: String) -> String {
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
    fn rfc9470_3_the_challenge_names_the_levels_and_the_age_to_request() {
        let levels = "urn:panjereh:acr:substantial urn:panjereh:acr:high";
        assert_eq!(both().added_to("Bearer".to_owned()), format!(r#"Bearer, acr_values="{levels}", max_age="300""#));
        let high = StepUp { acr: Some(Acr::High), max_age: None };
        assert_eq!(high.added_to("DPoP".to_owned()), r#"DPoP, acr_values="urn:panjereh:acr:high""#);
        assert_eq!(StepUp::default().added_to("Bearer".to_owned()), "Bearer");
    }

    #[test]
    fn an_authentication_must_be_strong_and_recent_enough() {
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
