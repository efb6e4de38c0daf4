//! JWTs that a client signs with its own key: the rules that assertions (RFC 7523 §3) and request objects (RFC 9101 §6) share.

use crate::client::words::SigningAlg;
use crate::crypto::jose::jwks::{VerifyingKey, candidates};
use crate::crypto::jose::jws::{UnverifiedHeader, VerifyError};
use crate::crypto::jose::verify::NumericDate;
use crate::time::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::time::Duration;

/// How far a client's clock may differ from ours (RFC 7523 §3 items 4 and 5).
pub(crate) const CLOCK_SKEW: Duration = Duration::from_mins(1);
/// How far in the future `exp` may be.
pub(crate) const MAX_LIFE: Duration = Duration::from_hours(1);
/// At most so many fitting keys of a set are tried: each try costs a signature verification.
const MAX_TRIES: usize = 4;

/// Why a client's JWT is rejected. The reason is for the client's developer and for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClientJwtError {
    /// Not a JWS, or with a critical extension.
    #[error("it is no signed JWT in compact form")]
    Malformed,
    /// `typ` names another kind of token (RFC 8725 §3.11).
    #[error("its typ is that of another kind of token")]
    WrongType,
    /// `alg` is not one that the client may use here.
    #[error("its alg must be ES256, RS256, PS256 or EdDSA, and the registered one where one is registered")]
    WrongAlgorithm,
    /// The client has registered no key with this `kid` for this `alg`.
    #[error("the client has registered no key that fits its kid and alg")]
    UnknownKey,
    /// No fitting key of the client made the signature.
    #[error("its signature is wrong")]
    WrongSignature,
    /// A required claim is missing or is of the wrong type.
    #[error("a required claim is missing or of the wrong type")]
    Claims,
    /// `iss` is not the client.
    #[error("its iss must be the client_id")]
    WrongIssuer,
    /// `sub` is not the client in an assertion, or is the client in something else.
    #[error("its sub must be the client_id in an assertion, and in nothing else")]
    WrongSubject,
    /// It is an authorization request, where a request that passes no browser is expected (RFC 8725 §3.12).
    #[error("its response_type makes it an authorization request, which goes by a browser: leave that out")]
    ForABrowser,
    /// `aud` does not name us.
    #[error("its aud must be the issuer, without any other audience")]
    WrongAudience,
    /// `exp` has passed.
    #[error("it has expired")]
    Expired,
    /// `exp` is further in the future than [`MAX_LIFE`].
    #[error("its exp must lie within one hour")]
    TooLongLived,
    /// `nbf` or `iat` is in the future.
    #[error("it is not valid yet")]
    NotYet,
}

impl ClientJwtError {
    /// Whether the JWT was rejected for what it says, after one of the client's own keys had verified its signature.
    pub(crate) const fn is_after_the_signature(self) -> bool {
        match self {
            Self::Malformed | Self::WrongType | Self::WrongAlgorithm | Self::UnknownKey | Self::WrongSignature => false,
            Self::Claims
            | Self::WrongIssuer
            | Self::WrongSubject
            | Self::ForABrowser
            | Self::WrongAudience
            | Self::Expired
            | Self::TooLongLived
            | Self::NotYet => true,
        }
    }

    /// Whether other keys of the client could verify the same JWT.
    pub(crate) const fn is_about_the_key(self) -> bool {
        matches!(self, Self::UnknownKey | Self::WrongSignature)
    }
}

/// The kind of JWT that is expected.
#[derive(Debug, Clone, Copy)]
pub(crate) struct JwtKind<'a> {
    /// Accepted values of `typ`, in lower case and without `application/`. A JWT without `typ` is a plain JWT and is accepted.
    pub(crate) types: &'static [&'static str],
    /// The algorithms that it may be signed with.
    pub(crate) algs: &'a [SigningAlg],
}

/// The payload of a JWT that one of the client's registered keys signed. Keys in its header (`jwk`, `jku`, `x5u`) are ignored
/// (RFC 8725 §3.10).
pub(crate) fn verified_payload(jwt: &str, jwks: &Value, kind: JwtKind<'_>) -> Result<Box<RawValue>, ClientJwtError> {
    let header = UnverifiedHeader::read(jwt).map_err(|_| ClientJwtError::Malformed)?;
    if header.typ.as_deref().is_some_and(|typ| !is_one_of(typ, kind.types)) {
        return Err(ClientJwtError::WrongType);
    }
    let alg = kind.algs.iter().copied().find(|alg| alg.name() == header.alg).ok_or(ClientJwtError::WrongAlgorithm)?;
    // The header names an algorithm, but only registered keys of that algorithm's type are tried (RFC 8725 §3.1).
    let fitting = candidates(jwks, alg, header.kid.as_deref()).filter_map(|jwk| VerifyingKey::from_jwk(jwk, alg).ok());
    let mut refusal = ClientJwtError::UnknownKey;
    for key in fitting.take(MAX_TRIES) {
        match key.payload_of(jwt) {
            Ok(payload) => return Ok(payload),
            Err(VerifyError::WrongSignature) => refusal = ClientJwtError::WrongSignature,
            Err(VerifyError::Claims) => return Err(ClientJwtError::Claims),
            Err(_) => return Err(ClientJwtError::Malformed),
        }
    }
    Err(refusal)
}

/// Media types are compared without case and without `application/` (RFC 7515 §4.1.9).
fn is_one_of(typ: &str, types: &[&str]) -> bool {
    let typ = typ.to_ascii_lowercase();
    types.contains(&typ.strip_prefix("application/").unwrap_or(&typ))
}

/// The dates of a JWT, as far as it has them (RFC 7519 §4.1.4 to §4.1.6).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dates {
    pub(crate) exp: Option<NumericDate>,
    pub(crate) nbf: Option<NumericDate>,
    pub(crate) iat: Option<NumericDate>,
}

impl Dates {
    /// Checks that the JWT is valid at `now`, within the allowed clock skew. Returns the time from which on it is expired.
    pub(crate) fn check(self, now: Timestamp) -> Result<Option<Timestamp>, ClientJwtError> {
        let usable_until = self.exp.map(|exp| exp.0.plus(CLOCK_SKEW));
        if usable_until.is_some_and(|until| now >= until) {
            return Err(ClientJwtError::Expired);
        }
        if usable_until.is_some_and(|until| until > now.plus(MAX_LIFE).plus(CLOCK_SKEW).plus(CLOCK_SKEW)) {
            return Err(ClientJwtError::TooLongLived);
        }
        if [self.nbf, self.iat].into_iter().flatten().any(|from| from.0 > now.plus(CLOCK_SKEW)) {
            return Err(ClientJwtError::NotYet);
        }
        Ok(usable_until)
    }
}

/// `aud` (RFC 7519 §4.1.3): one name, or several.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Audience {
    /// Whether there is at least one name, and every name is ours. Compared as strings.
    pub(crate) fn names_only(&self, ours: &[&str]) -> bool {
        match self {
            Self::One(name) => ours.contains(&name.as_str()),
            Self::Several(names) => !names.is_empty() && names.iter().all(|name| ours.contains(&name.as_str())),
        }
    }

    /// Whether at least one name is ours. Compared as strings.
    pub(crate) fn names_one_of(&self, ours: &[&str]) -> bool {
        match self {
            Self::One(name) => ours.contains(&name.as_str()),
            Self::Several(names) => names.iter().any(|name| ours.contains(&name.as_str())),
        }
    }
}
