//! `[tokens]`: how long codes and tokens live.

use crate::client::profile::Profile;
use crate::client::words::NonceRule;
use crate::settings::key::{Kind, Section, plain};
use std::time::Duration;

/// Whether authorization requests have to be pushed (RFC 9126).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PushedRequests {
    /// A client may push them; one that is registered so must.
    #[default]
    Offered,
    /// Every client must.
    Required,
}

const PUSHED: [(&str, PushedRequests); 2] = [("offered", PushedRequests::Offered), ("required", PushedRequests::Required)];

/// `[tokens]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokens {
    /// Of an authorization code. RFC 6749 §4.1.2 wants ten minutes at most.
    pub code_lifetime: Duration,
    /// Of an access token.
    pub access_token_lifetime: Duration,
    /// Of an ID token.
    pub id_token_lifetime: Duration,
    /// Of a refresh token, from its last use.
    pub refresh_token_lifetime: Duration,
    /// How long a client that proves itself by a private key may ask again for the answer to a refresh; zero for never.
    pub refresh_retry: Duration,
    /// Whether every DPoP proof needs a nonce of ours.
    pub dpop_nonce: NonceRule,
    /// Of a pushed authorization request (RFC 9126 §2.2).
    pub pushed_request_lifetime: Duration,
    /// Whether authorization requests have to be pushed.
    pub pushed_requests: PushedRequests,
    /// What every client is held to.
    pub profile: Profile,
}

impl Default for Tokens {
    fn default() -> Self {
        Self {
            code_lifetime: Duration::from_mins(1),
            access_token_lifetime: Duration::from_mins(5),
            id_token_lifetime: Duration::from_mins(5),
            refresh_token_lifetime: Duration::from_hours(30 * 24),
            refresh_retry: Duration::from_mins(1),
            dpop_nonce: NonceRule::Optional,
            pushed_request_lifetime: Duration::from_mins(1),
            pushed_requests: PushedRequests::Offered,
            profile: Profile::Standard,
        }
    }
}

pub(crate) const SECTION: Section<Tokens> = Section {
    name: "tokens",
    about: "How long codes and tokens live.",
    keys: &[
        plain(
            "code_lifetime",
            "An authorization code: the time in which an agency's server must redeem it.",
            Kind::Span {
                from: Duration::from_secs(10),
                to: Duration::from_mins(10),
                place: |section| &mut section.code_lifetime,
            },
        ),
        plain(
            "access_token_lifetime",
            "An access token. Agencies check it without asking, so it works this long after a sign-out.",
            Kind::Span {
                from: Duration::from_secs(10),
                // Retired keys stay published for longer than this (crypto/rotation.rs).
                to: Duration::from_hours(24),
                place: |section| &mut section.access_token_lifetime,
            },
        ),
        plain(
            "id_token_lifetime",
            "An ID token.",
            Kind::Span {
                from: Duration::from_secs(10),
                to: Duration::from_hours(24),
                place: |section| &mut section.id_token_lifetime,
            },
        ),
        plain(
            "refresh_token_lifetime",
            "A refresh token; each use gives a new one.",
            Kind::Span {
                from: Duration::from_mins(1),
                to: Duration::from_hours(366 * 24),
                place: |section| &mut section.refresh_token_lifetime,
            },
        ),
        plain(
            "refresh_retry",
            "How long a refresh token that was used may be used once more by a client that proves itself by a private key (private_key_jwt,\n\
             mutual TLS, or a public client's DPoP key), because the answer may have been lost on the way: it gets the same new refresh\n\
             token, as long as nobody has used that one. 0s for never. Clients with a secret, or with nothing, never may.",
            Kind::Span { from: Duration::ZERO, to: Duration::from_mins(10), place: |section| &mut section.refresh_retry },
        ),
        plain(
            "dpop_nonce",
            "Whether a DPoP proof needs a nonce of this server, so that none is made ahead. A client may be registered for it alone.",
            Kind::Choice {
                words: &["optional", "required"],
                set: |section, word| {
                    section.dpop_nonce = NonceRule::ALL.into_iter().find(|rule| rule.name() == word)?;
                    Some(())
                },
                get: |section| section.dpop_nonce.name(),
            },
        ),
        plain(
            "pushed_request_lifetime",
            "A pushed authorization request: the time in which the browser must bring its request_uri.",
            Kind::Span {
                from: Duration::from_secs(5),
                // FAPI 2.0 Security Profile, section 5.3.2.2, wants less than ten minutes.
                to: Duration::from_secs(599),
                place: |section| &mut section.pushed_request_lifetime,
            },
        ),
        plain(
            "profile",
            "What every client is held to: what it is registered for (standard), or besides every rule of FAPI 2.0 (fapi2): pushed requests\n\
             with PKCE, private_key_jwt or mutual TLS, tokens bound to a key; or of its Message Signing as well. A client may be\n\
             registered for a stricter one.",
            Kind::Choice {
                words: &["standard", "fapi2", "fapi2-message-signing"],
                set: |section, word| {
                    section.profile = Profile::ALL.into_iter().find(|profile| profile.name() == word)?;
                    Some(())
                },
                get: |section| section.profile.name(),
            },
        ),
        plain(
            "pushed_requests",
            "Whether every client must push its authorization requests, or only those that are registered so.",
            Kind::Choice {
                words: &["offered", "required"],
                set: |section, word| {
                    section.pushed_requests = PUSHED.iter().find(|(name, _)| *name == word)?.1;
                    Some(())
                },
                get: |section| match section.pushed_requests {
                    PushedRequests::Offered => "offered",
                    PushedRequests::Required => "required",
                },
            },
        ),
    ],
};
