//! Claims: of the ID token (OpenID Connect Core §2), of the access token (RFC 9068 §2.2) and of UserInfo (OpenID Connect Core §5).

use super::claims_request::UserClaim;
use super::client::{ClientId, SigningAlg};
use super::details::AuthorizationDetails;
use super::dpop::Jkt;
use super::exchange::Actor;
use super::mutual_tls::{Binding, CertificateThumbprint};
use super::resource::Audience;
use super::scope::{Scope, scope_list};
use crate::identity::account::Account;
use crate::identity::assurance::{Acr, amr};
use crate::identity::consent::Grant;
use crate::identity::id::GrantId;
use crate::identity::person::{Address, Gender, PersonName};
use crate::time::Timestamp;
use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::time::Duration;

/// What the tokens of one answer have in common.
#[derive(Debug, Clone, Copy)]
pub struct TokenFrame<'a> {
    /// `iss`.
    pub issuer: &'a str,
    /// `sub`, as this client sees it.
    pub subject: &'a str,
    /// `sid`, as this client sees it; tokens without a browser have none.
    pub session: Option<&'a str>,
    /// `iat`.
    pub now: Timestamp,
    /// From `iat` to `exp`.
    pub lifetime: Duration,
}

impl TokenFrame<'_> {
    fn expires(&self) -> i64 {
        self.now.plus(self.lifetime).seconds()
    }
}

/// The ID token's claims (OpenID Connect Core §2). Read back when a client sends one as `id_token_hint`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdTokenClaims {
    /// Issuer.
    pub iss: String,
    /// Subject, pairwise unless the client is registered otherwise.
    pub sub: String,
    /// The client.
    pub aud: ClientId,
    /// Expiry, seconds since the epoch.
    pub exp: i64,
    /// Issued at, seconds since the epoch.
    pub iat: i64,
    /// When the person last authenticated, seconds since the epoch.
    pub auth_time: i64,
    /// The request's `nonce`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub nonce: Option<String>,
    /// At which level.
    #[serde(with = "acr_uri")]
    pub acr: Acr,
    /// How (RFC 8176).
    pub amr: Vec<Cow<'static, str>>,
    /// Half of the access token's hash (OpenID Connect Core §3.1.3.6).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub at_hash: Option<String>,
    /// The session, as logout names it to this client.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sid: Option<String>,
}

impl IdTokenClaims {
    /// The ID token of a grant, beside an access token.
    pub fn of(grant: &Grant, frame: &TokenFrame<'_>, access_token: &str, alg: SigningAlg) -> Self {
        Self {
            iss: frame.issuer.to_owned(),
            sub: frame.subject.to_owned(),
            aud: grant.client.clone(),
            exp: frame.expires(),
            iat: frame.now.seconds(),
            auth_time: grant.auth_time.seconds(),
            nonce: grant.nonce.clone(),
            acr: grant.acr,
            amr: amr(&grant.methods).into_iter().map(Cow::Borrowed).collect(),
            at_hash: Some(at_hash(access_token, alg)),
            sid: frame.session.map(str::to_owned),
        }
    }
}

/// An ID token that also tells about the person, because `claims` asked for it there (OpenID Connect Core §5.5).
#[derive(Serialize)]
pub struct TellingIdToken<'a> {
    /// What every ID token says.
    #[serde(flatten)]
    pub id: &'a IdTokenClaims,
    /// What was asked for.
    #[serde(flatten)]
    pub person: Map<String, Value>,
}

/// The access token's claims (RFC 9068 §2.2), with the grant that it ends with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessTokenClaims {
    /// Issuer.
    pub iss: String,
    /// Subject; of a client's own token the client (RFC 9068 §2.2).
    pub sub: String,
    /// The resources that it is for.
    pub aud: Audience,
    /// Expiry, seconds since the epoch.
    pub exp: i64,
    /// Issued at, seconds since the epoch.
    pub iat: i64,
    /// Unique.
    pub jti: String,
    /// Who got it.
    pub client_id: ClientId,
    /// Granted scopes, space-separated; left out where there are none.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub scope: String,
    /// When the person last authenticated, seconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub auth_time: Option<i64>,
    /// At which level.
    #[serde(skip_serializing_if = "Option::is_none", default, with = "acr_uri_option")]
    pub acr: Option<Acr>,
    /// How (RFC 8176).
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub amr: Vec<Cow<'static, str>>,
    /// The grant; ended, it takes this token with it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub gid: Option<GrantId>,
    /// The session.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sid: Option<String>,
    /// What whoever uses it has to show beside it (RFC 7800 §3.1).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cnf: Option<Confirmation>,
    /// Who acts for the person, where it is not the client that they signed in to (RFC 8693 §4.1).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub act: Option<Actor>,
    /// What it allows object by object (RFC 9396 §9.1).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub authorization_details: Option<AuthorizationDetails>,
}

/// `cnf`: what a token is bound to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Confirmation {
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
    /// The access token of a grant, for these of its scopes. Its audience is the issuer (UserInfo is the resource) unless it is changed.
    pub fn of(grant: &Grant, frame: &TokenFrame<'_>, scopes: &[Scope], jti: String) -> Self {
        Self {
            auth_time: Some(grant.auth_time.seconds()),
            acr: Some(grant.acr),
            amr: amr(&grant.methods).into_iter().map(Cow::Borrowed).collect(),
            gid: Some(grant.id),
            sid: frame.session.map(str::to_owned),
            cnf: grant.bound_to.clone().map(Confirmation::from),
            ..Self::of_client(&grant.client, frame, scopes, jti)
        }
    }

    /// A client's own access token (RFC 6749 §4.4): no person, no grant. `frame.subject` is the client (RFC 9068 §2.2).
    pub fn of_client(client: &ClientId, frame: &TokenFrame<'_>, scopes: &[Scope], jti: String) -> Self {
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

    /// Whether giving it back ends this token alone: it has no grant, or its grant is not the client's to end.
    pub const fn is_given_back_alone(&self) -> bool {
        self.gid.is_none() || self.act.is_some()
    }

    /// The DPoP key that it is bound to, if it is.
    pub fn jkt(&self) -> Option<&Jkt> {
        match &self.cnf {
            Some(Confirmation::Key(jkt)) => Some(jkt),
            Some(Confirmation::Certificate(_)) | None => None,
        }
    }
}

/// `at_hash` (OpenID Connect Core §3.1.3.6): the left half of the access token's hash by the hash of the signature algorithm, which
/// for Ed25519 is SHA-512 (RFC 8032 §5.1).
pub fn at_hash(access_token: &str, alg: SigningAlg) -> String {
    let algorithm = match alg {
        SigningAlg::ES256 | SigningAlg::RS256 | SigningAlg::PS256 => &digest::SHA256,
        SigningAlg::EdDSA => &digest::SHA512,
    };
    let hash = digest::digest(algorithm, access_token.as_bytes());
    URL_SAFE_NO_PAD.encode(&hash.as_ref()[..hash.as_ref().len() / 2])
}

/// A person as UserInfo tells about them.
#[derive(Clone, Copy)]
pub struct Holder<'a> {
    /// Their account.
    pub account: &'a Account,
    /// Whether they are an adult today by the country's law; the claim is called `age_over_18`.
    pub age_over_18: bool,
}

/// The claims that a scope gives (OpenID Connect Core §5.4): what discovery lists and what the consent page explains.
pub const fn claims_of(scope: Scope) -> &'static [&'static str] {
    match scope {
        Scope::Openid => &["sub"],
        Scope::Profile => &["name", "given_name", "family_name", "birthdate", "gender", "updated_at"],
        Scope::Phone => &["phone_number", "phone_number_verified"],
        Scope::Address => &["address"],
        Scope::NationalId => &["national_id"],
        Scope::AgeOver18 => &["age_over_18"],
        Scope::OfflineAccess => &[],
    }
}

/// The claims about a person that these scopes give (OpenID Connect Core §5.1, §5.4), without `sub`. Names stand in Persian, and once more
/// with a language tag each in the scripts that the registry knows (§5.2).
pub fn user_claims(holder: &Holder<'_>, scopes: &[Scope]) -> Map<String, Value> {
    let person = &holder.account.person;
    let mut claims = Map::new();
    for scope in scopes {
        match scope {
            Scope::Openid | Scope::OfflineAccess => {}
            Scope::Profile => {
                put_name(&mut claims, &person.name, "");
                put_name(&mut claims, &person.name, "#fa");
                if let Some(latin) = &person.latin_name {
                    put_name(&mut claims, latin, "#en");
                }
                claims.insert("birthdate".into(), person.birth_date.to_string().into());
                claims.insert("gender".into(), gender(person.gender).into());
                claims.insert("updated_at".into(), holder.account.proofed_at.seconds().into());
            }
            Scope::Phone => {
                claims.insert("phone_number".into(), holder.account.mobile.e164().into());
                claims.insert("phone_number_verified".into(), true.into());
            }
            Scope::Address => {
                claims.insert("address".into(), address(&person.address));
            }
            Scope::NationalId => {
                claims.insert("national_id".into(), person.national_id.as_str().into());
            }
            Scope::AgeOver18 => {
                claims.insert("age_over_18".into(), holder.age_over_18.into());
            }
        }
    }
    claims
}

/// Single claims about a person, as `claims` asked for them (OpenID Connect Core §5.5): names in every script that is known.
pub fn single_claims(holder: &Holder<'_>, asked: &[UserClaim]) -> Map<String, Value> {
    let mut scopes: Vec<Scope> = asked.iter().map(|claim| claim.scope()).collect();
    scopes.dedup();
    let mut claims = user_claims(holder, &scopes);
    claims.retain(|name, _| UserClaim::from_name(name).is_some_and(|claim| asked.contains(&claim)));
    claims
}

fn put_name(claims: &mut Map<String, Value>, name: &PersonName, tag: &str) {
    claims.insert(format!("name{tag}"), format!("{} {}", name.given, name.family).into());
    claims.insert(format!("given_name{tag}"), name.given.as_str().into());
    claims.insert(format!("family_name{tag}"), name.family.as_str().into());
}

const fn gender(gender: Gender) -> &'static str {
    match gender {
        Gender::Female => "female",
        Gender::Male => "male",
    }
}

/// OpenID Connect Core §5.1.1; `formatted` is the address as it stands on an envelope, a line each.
fn address(address: &Address) -> Value {
    let lines = [&address.street, &address.locality, &address.region, &address.postal_code, &address.country];
    let lines: Vec<&str> = lines.into_iter().map(String::as_str).filter(|line| !line.is_empty()).collect();
    json!({
        "formatted": lines.join("\n"),
        "street_address": address.street,
        "locality": address.locality,
        "region": address.region,
        "postal_code": address.postal_code,
        "country": address.country,
    })
}

/// `acr` in a token is the level's URI.
mod acr_uri {
    use super::Acr;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use std::borrow::Cow;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a field by reference")]
    pub(super) fn serialize<S: Serializer>(acr: &Acr, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(acr.uri())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Acr, D::Error> {
        let uri = Cow::<'de, str>::deserialize(deserializer)?;
        Acr::from_uri(&uri).ok_or_else(|| D::Error::custom("not a known acr"))
    }
}

/// The same where it may be missing.
mod acr_uri_option {
    use super::{Acr, acr_uri};
    use serde::{Deserializer, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, clippy::ref_option, reason = "serde passes a field by reference")]
    pub(super) fn serialize<S: Serializer>(acr: &Option<Acr>, serializer: S) -> Result<S::Ok, S::Error> {
        match acr {
            Some(acr) => acr_uri::serialize(acr, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Acr>, D::Error> {
        acr_uri::deserialize(deserializer).map(Some)
    }
}

#[cfg(test)]
mod tests;
