//! `[tokens]`: the lifetimes of codes and tokens, and the rules for all clients.

use crate::client::profile::Profile;
use crate::client::words::NonceRule;
use crate::settings::key::{Section, ValueKind, plain};
use std::time::Duration;

/// Whether authorization requests must be pushed (RFC 9126).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PushedRequests {
    /// A client may push them, and must if its registration says so.
    #[default]
    Offered,
    /// Every client must push them.
    Required,
}

const PUSHED: [(&str, PushedRequests); 2] = [("offered", PushedRequests::Offered), ("required", PushedRequests::Required)];

/// `[tokens]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokens {
    /// The lifetime of an authorization code. RFC 6749 §4.1.2 recommends ten minutes at most.
    pub code_lifetime: Duration,
    /// The lifetime of an access token.
    pub(crate) access_token_lifetime: Duration,
    /// The lifetime of an ID token.
    pub(crate) id_token_lifetime: Duration,
    /// The lifetime of a refresh token from its last use.
    pub(crate) refresh_token_lifetime: Duration,
    /// How long a public client that shows its key may repeat a refresh whose response was lost; zero for never.
    pub refresh_retry: Duration,
    /// Whether every DPoP proof needs a nonce from this server.
    pub dpop_nonce: NonceRule,
    /// The lifetime of a pushed authorization request (RFC 9126 §2.2).
    pub(crate) pushed_request_lifetime: Duration,
    /// Whether authorization requests must be pushed.
    pub pushed_requests: PushedRequests,
    /// The profile that every client must follow.
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

pub const SECTION: Section<Tokens> = Section {
    name: "tokens",
    about: "The lifetimes of codes and tokens, and the rules for all clients.",
    keys: &[
        plain(
            "code_lifetime",
            "The lifetime of an authorization code: in this time the agency's server must redeem it.",
            ValueKind::Span {
                from: Duration::from_secs(10),
                to: Duration::from_mins(10),
                place: |section| &mut section.code_lifetime,
            },
        ),
        plain(
            "access_token_lifetime",
            "The lifetime of an access token. Agencies verify it without a request to this server, so it stays valid after a\n\
             sign-out.",
            ValueKind::Span {
                from: Duration::from_secs(10),
                // Retired keys stay published for longer than this (crypto/rotation.rs).
                to: Duration::from_hours(24),
                place: |section| &mut section.access_token_lifetime,
            },
        ),
        plain(
            "id_token_lifetime",
            "The lifetime of an ID token.",
            ValueKind::Span {
                from: Duration::from_secs(10),
                to: Duration::from_hours(24),
                place: |section| &mut section.id_token_lifetime,
            },
        ),
        plain(
            "refresh_token_lifetime",
            "The lifetime of a refresh token, counted from its last use. A client that authenticates keeps its token, and a use\n\
             prolongs it; a public client gets a new one with each use.",
            ValueKind::Span {
                from: Duration::from_mins(1),
                to: Duration::from_hours(366 * 24),
                place: |section| &mut section.refresh_token_lifetime,
            },
        ),
        plain(
            "refresh_retry",
            "How long a used refresh token of a public client may be used once more, because the response to its first use may\n\
             have been lost. The client gets the same new refresh token again, if that one has not been used. 0s for never. Only\n\
             for clients whose refresh tokens are bound to a key (DPoP, or a certificate); for other public clients never.\n\
             Clients that authenticate keep their token and may repeat every request.",
            ValueKind::Span { from: Duration::ZERO, to: Duration::from_mins(10), place: |section| &mut section.refresh_retry },
        ),
        plain(
            "dpop_nonce",
            "Whether every DPoP proof needs a nonce from this server, so that no proof can be made in advance. A single client\n\
             can also be registered for this.",
            ValueKind::Choice {
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
            "The lifetime of a pushed authorization request: in this time the browser must present its request_uri.",
            ValueKind::Span {
                from: Duration::from_secs(5),
                // FAPI 2.0 Security Profile, section 5.3.2.2, requires less than ten minutes.
                to: Duration::from_secs(599),
                place: |section| &mut section.pushed_request_lifetime,
            },
        ),
        plain(
            "profile",
            "The rules for every client: only those of its registration (standard), also all rules of FAPI 2.0 (fapi2: pushed\n\
             requests with PKCE, private_key_jwt or mutual TLS, tokens bound to a key), or also those of its Message Signing. A\n\
             client may be registered for a stricter profile.",
            ValueKind::Choice {
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
            "Whether every client must push its authorization requests (required), or only clients whose registration says so\n\
             (offered).",
            ValueKind::Choice {
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
