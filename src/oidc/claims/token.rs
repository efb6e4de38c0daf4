//! Claims of the ID token (OpenID Connect Core §2) and of the access token (RFC 9068 §2.2). Those about the person are in
//! [`crate::oidc::claims::user`].

use crate::client::resource::Audience;
use crate::client::scope::{Scope, scope_list};
use crate::client::words::{ClientId, SigningAlg};
use crate::identity::assurance::Acr;
use crate::identity::id::GrantId;
use crate::oidc::binding::{Binding, CertificateThumbprint, Jkt};
use crate::oidc::details::AuthorizationDetails;
use crate::oidc::token::exchange::Actor;
use crate::time::Timestamp;
use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::time::Duration;

/// What the tokens of one response share.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TokenFrame<'a> {
    /// `iss`.
    pub(crate) issuer: &'a str,
    /// `sub`, as this client sees it.
    pub(crate) subject: &'a str,
    /// `sid`, as this client sees it; tokens without a browser session have none.
    pub(crate) session: Option<&'a str>,
    /// `iat`.
    pub(crate) now: Timestamp,
    /// From `iat` to `exp`.
    pub(crate) lifetime: Duration,
}

impl TokenFrame<'_> {
    /// `exp`, in seconds since the epoch.
    pub(crate) fn expires(&self) -> i64 {
        self.now.plus(self.lifetime).seconds()
    }
}

/// The ID token's claims (OpenID Connect Core §2). Read back when a client sends one as `id_token_hint`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct IdTokenClaims {
    /// Issuer.
    pub(crate) iss: String,
    /// Subject, pairwise unless the client is registered otherwise.
    pub(crate) sub: String,
    /// The client.
    pub(crate) aud: ClientId,
    /// Expiry, seconds since the epoch.
    pub(crate) exp: i64,
    /// Issued at, seconds since the epoch.
    pub(crate) iat: i64,
    /// When the person last authenticated, seconds since the epoch.
    pub(crate) auth_time: i64,
    /// The request's `nonce`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) nonce: Option<String>,
    /// The level of that authentication.
    #[serde(with = "acr_uri")]
    pub(crate) acr: Acr,
    /// The methods of that authentication (RFC 8176).
    pub(crate) amr: Vec<Cow<'static, str>>,
    /// Half of the access token's hash (OpenID Connect Core §3.1.3.6).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) at_hash: Option<String>,
    /// The session, by the name that logout uses for this client.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) sid: Option<String>,
}

/// An ID token with claims about the person, because `claims` asked for them there (OpenID Connect Core §5.5).
#[derive(Serialize)]
pub(crate) struct TellingIdToken<'a> {
    /// The claims of every ID token.
    #[serde(flatten)]
    pub(crate) id: &'a IdTokenClaims,
    /// The claims about the person.
    #[serde(flatten)]
    pub(crate) person: Map<String, Value>,
}

/// The access token's claims (RFC 9068 §2.2), with the grant that it depends on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AccessTokenClaims {
    /// Issuer.
    pub(crate) iss: String,
    /// Subject; in a client's own token this is the client (RFC 9068 §2.2).
    pub(crate) sub: String,
    /// The resources that it is for.
    pub(crate) aud: Audience,
    /// Expiry, seconds since the epoch.
    pub(crate) exp: i64,
    /// Issued at, seconds since the epoch.
    pub(crate) iat: i64,
    /// Unique.
    pub(crate) jti: String,
    /// The client that it was issued to.
    pub(crate) client_id: ClientId,
    /// Granted scopes, space-separated; left out where there are none.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub(crate) scope: String,
    /// When the person last authenticated, seconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) auth_time: Option<i64>,
    /// The level of that authentication.
    #[serde(skip_serializing_if = "Option::is_none", default, with = "acr_uri_option")]
    pub(crate) acr: Option<Acr>,
    /// The methods of that authentication (RFC 8176).
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub(crate) amr: Vec<Cow<'static, str>>,
    /// The grant. When it is revoked, this token is no longer accepted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) gid: Option<GrantId>,
    /// The session.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) sid: Option<String>,
    /// The key or certificate that the sender must prove to hold (RFC 7800 §3.1).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) cnf: Option<Confirmation>,
    /// The client that acts for the person, if it is not the one that they signed in to (RFC 8693 §4.1).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) act: Option<Actor>,
    /// What it allows object by object (RFC 9396 §9.1).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) authorization_details: Option<AuthorizationDetails>,
}

/// `cnf`: what a token is bound to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Confirmation {
    /// A DPoP key (RFC 9449 §6.1).
    #[serde(rename = "jkt")]
    Key(Jkt),
    /// A certificate (RFC 8705 §3.1).
    #[serde(rename = "x5t#S256")]
    Certificate(CertificateThumbprint),
}

impl From<Binding> for Confirmation {
    fn from(binding: Binding) -> Self {
        match binding {
            Binding::Key(jkt) => Self::Key(jkt),
            Binding::Certificate(thumbprint) => Self::Certificate(thumbprint),
        }
    }
}

impl AccessTokenClaims {
    /// A client's own access token (RFC 6749 §4.4): no person, no grant. `frame.subject` is the client (RFC 9068 §2.2).
    pub(crate) fn of_client(client: &ClientId, frame: &TokenFrame<'_>, scopes: &[Scope], jti: String) -> Self {
        Self {
            iss: frame.issuer.to_owned(),
            sub: frame.subject.to_owned(),
            aud: Audience::one(frame.issuer),
            exp: frame.expires(),
            iat: frame.now.seconds(),
            jti,
            client_id: client.clone(),
            scope: scope_list(scopes),
            auth_time: None,
            acr: None,
            amr: Vec::new(),
            gid: None,
            sid: None,
            cnf: None,
            act: None,
            authorization_details: None,
        }
    }

    /// Whether revoking it ends this token alone: it has no grant, or the grant belongs to another client.
    pub(crate) const fn is_given_back_alone(&self) -> bool {
        self.gid.is_none() || self.act.is_some()
    }

    /// The DPoP key that it is bound to, if there is one.
    pub(crate) fn jkt(&self) -> Option<&Jkt> {
        match &self.cnf {
            Some(Confirmation::Key(jkt)) => Some(jkt),
            Some(Confirmation::Certificate(_)) | None => None,
        }
    }
}

/// `at_hash` (OpenID Connect Core §3.1.3.6): the left half of the access token's hash, by the hash function of the signature
/// algorithm. For Ed25519 that is SHA-512 (RFC 8032 §5.1).
pub(crate) fn at_hash(access_token: &str, alg: SigningAlg) -> String {
    let algorithm = match alg {
        SigningAlg::ES256 | SigningAlg::RS256 | SigningAlg::PS256 => &digest::SHA256,
        SigningAlg::EdDSA => &digest::SHA512,
    };
    let hash = digest::digest(algorithm, access_token.as_bytes());
    URL_SAFE_NO_PAD.encode(&hash.as_ref()[..hash.as_ref().len() / 2])
}

/// `acr` in a token is the level's URI.
mod acr_uri {
    use crate::oidc::claims::token::Acr;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use std::borrow::Cow;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a field by reference")]
    pub(crate) fn serialize<S: Serializer>(acr: &Acr, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(acr.uri())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Acr, D::Error> {
        let uri = Cow::<'de, str>::deserialize(deserializer)?;
        Acr::from_uri(&uri).ok_or_else(|| D::Error::custom("not a known acr"))
    }
}

/// The same for an optional `acr`.
mod acr_uri_option {
    use crate::oidc::claims::token::{Acr, acr_uri};
    use serde::{Deserializer, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, clippy::ref_option, reason = "serde passes a field by reference")]
    pub(crate) fn serialize<S: Serializer>(acr: &Option<Acr>, serializer: S) -> Result<S::Ok, S::Error> {
        match acr {
            Some(acr) => acr_uri::serialize(acr, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Acr>, D::Error> {
        acr_uri::deserialize(deserializer).map(Some)
    }
}

#[cfg(test)]
mod tests;
