//! The `claims` parameter: single claims instead of whole scopes, and demands on who signs in and how (OpenID Connect Core §5.5).
//!
//! A claim about the person is delivered only if the client is registered for the scope that holds it: the registration decides
//! what an agency may know, not the request. The `value` of such a claim is a wish that is ignored (§5.5.1).

use crate::client::metadata::Client;
use crate::client::scope::Scope;
use crate::identity::assurance::Acr;
use crate::oidc::claims::locale::ClaimLocale;
use crate::oidc::error::{OAuthError, OAuthErrorCode};
use crate::oidc::json::parse_strictly;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Longest `claims` parameter, in bytes.
pub(crate) const LONGEST: usize = 4096;
/// Levels of nesting: members, claims, their details, a list of values, and one more for a value that is an object.
const DEPTH: usize = 5;

/// A claim about a person that a client can ask for alone.
#[expect(missing_docs, reason = "each is the claim of that name in OpenID Connect Core §5.1, or one of our own scopes'")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserClaim {
    Name,
    GivenName,
    FamilyName,
    Birthdate,
    Gender,
    UpdatedAt,
    PhoneNumber,
    PhoneNumberVerified,
    Address,
    NationalId,
    #[serde(rename = "age_over_18")]
    AgeOver18,
}

impl UserClaim {
    /// All, in the order in which discovery lists them.
    pub(crate) const ALL: [Self; 11] = [
        Self::Name,
        Self::GivenName,
        Self::FamilyName,
        Self::Birthdate,
        Self::Gender,
        Self::UpdatedAt,
        Self::PhoneNumber,
        Self::PhoneNumberVerified,
        Self::Address,
        Self::NationalId,
        Self::AgeOver18,
    ];

    /// The name on the wire.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::GivenName => "given_name",
            Self::FamilyName => "family_name",
            Self::Birthdate => "birthdate",
            Self::Gender => "gender",
            Self::UpdatedAt => "updated_at",
            Self::PhoneNumber => "phone_number",
            Self::PhoneNumberVerified => "phone_number_verified",
            Self::Address => "address",
            Self::NationalId => "national_id",
            Self::AgeOver18 => "age_over_18",
        }
    }

    /// The claim of that name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|claim| claim.name() == name)
    }

    /// Whether its value depends on the language (§5.2).
    pub(crate) const fn is_localized(self) -> bool {
        matches!(self, Self::Name | Self::GivenName | Self::FamilyName | Self::Address)
    }

    /// The scope that holds it (§5.4).
    pub const fn scope(self) -> Scope {
        match self {
            Self::Name | Self::GivenName | Self::FamilyName | Self::Birthdate | Self::Gender | Self::UpdatedAt => Scope::Profile,
            Self::PhoneNumber | Self::PhoneNumberVerified => Scope::Phone,
            Self::Address => Scope::Address,
            Self::NationalId => Scope::NationalId,
            Self::AgeOver18 => Scope::AgeOver18,
        }
    }
}

/// A claim as a member of `claims` names it: `name`, or `name#en` (§5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct AskedClaim {
    /// The claim.
    pub claim: UserClaim,
    /// In which language; `None` leaves it to `claims_locales`.
    pub locale: Option<ClaimLocale>,
}

impl AskedClaim {
    /// Parses the name of a member; `None` for a claim or language that is not known, which is ignored (§5.5).
    pub fn from_member(name: &str) -> Option<Self> {
        let Some((name, tag)) = name.split_once('#') else {
            return UserClaim::from_name(name).map(Self::from);
        };
        let claim = UserClaim::from_name(name).filter(|claim| claim.is_localized())?;
        Some(Self { claim, locale: Some(ClaimLocale::of_tag(tag)?) })
    }
}

impl From<UserClaim> for AskedClaim {
    fn from(claim: UserClaim) -> Self {
        Self { claim, locale: None }
    }
}

impl From<AskedClaim> for String {
    fn from(asked: AskedClaim) -> Self {
        let tag = asked.locale.map(|locale| format!("#{}", locale.tag())).unwrap_or_default();
        format!("{}{tag}", asked.claim.name())
    }
}

impl TryFrom<String> for AskedClaim {
    type Error = &'static str;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::from_member(&name).ok_or("not a claim about a person")
    }
}

/// The claims to deliver besides those of the scopes: where, and in which languages.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RequestedClaims {
    /// In the ID token.
    pub id_token: Vec<AskedClaim>,
    /// By UserInfo.
    pub userinfo: Vec<AskedClaim>,
    /// `claims_locales`, most wanted first, for these claims and those of the scopes. Empty if the client sent none (§5.2).
    #[serde(default)]
    pub locales: Vec<ClaimLocale>,
}

impl RequestedClaims {
    /// Whether the client asked for nothing.
    pub(crate) const fn is_empty(&self) -> bool {
        self.id_token.is_empty() && self.userinfo.is_empty() && self.locales.is_empty()
    }

    /// Those that the client is registered for at present.
    #[must_use]
    pub(crate) fn within(mut self, client: &Client) -> Self {
        for asked in [&mut self.id_token, &mut self.userinfo] {
            asked.retain(|asked| client.scopes.contains(&asked.claim.scope()));
        }
        self
    }

    /// All of them, for either place and in any language: consent is to the claim.
    pub(crate) fn all(&self) -> impl Iterator<Item = UserClaim> {
        self.id_token.iter().chain(&self.userinfo).map(|asked| asked.claim)
    }
}

/// What the parameter asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ClaimsRequest {
    /// Claims about the person.
    pub deliver: RequestedClaims,
    /// `sub` with a value: one of these subjects has to sign in. Empty if any person may (§5.5.1).
    pub(crate) sub: Vec<String>,
    /// Essential `acr` with values: one of these levels has to be reached. Empty if no level is demanded (§5.5.1.1).
    pub acr: Vec<Acr>,
}

impl ClaimsRequest {
    /// Parses the parameter for a client. Also returns the levels of a voluntary `acr`, which are wishes as `acr_values` are
    /// (§5.5.1.1).
    pub fn parse(text: &str, client: &Client) -> Result<(Self, Vec<Acr>), OAuthError> {
        let object = parse_strictly(text.as_bytes(), DEPTH).filter(Value::is_object);
        let object =
            object.ok_or_else(|| OAuthError::invalid_request("claims must be a JSON object, not deep, no name repeated"))?;
        let (id_token, userinfo) = (members(&object, "id_token")?, members(&object, "userinfo")?);
        let deliver = RequestedClaims {
            id_token: about_the_person(&id_token, client),
            userinfo: about_the_person(&userinfo, client),
            locales: Vec::new(),
        };
        let sub = id_token.iter().chain(&userinfo).find(|(name, asked)| *name == "sub" && !asked.values.is_empty());
        let sub = sub.map_or(Ok(Vec::new()), |(_, asked)| texts(asked))?;
        let (acr, wished) = levels(&id_token)?;
        Ok((Self { deliver, sub, acr }, wished))
    }

    /// The lowest level that satisfies an essential `acr`.
    pub(crate) fn least_acr(&self) -> Option<Acr> {
        self.acr.iter().copied().min()
    }

    /// The level to report for a sign-in that reached `reached`: for an essential `acr`, the highest of its values that was
    /// reached (§5.5.1.1).
    pub fn reported_acr(&self, reached: Acr) -> Acr {
        self.acr.iter().copied().filter(|acr| *acr <= reached).max().unwrap_or(reached)
    }
}

/// How one claim is asked for (§5.5.1).
struct RequestedClaim<'a> {
    essential: bool,
    values: Vec<&'a Value>,
}

type Members<'a> = Vec<(&'a str, RequestedClaim<'a>)>;

fn members<'a>(object: &'a Value, name: &str) -> Result<Members<'a>, OAuthError> {
    match object.get(name) {
        None => Ok(Vec::new()),
        Some(Value::Object(claims)) => claims.iter().map(|(claim, asked)| Ok((claim.as_str(), read(asked)?))).collect(),
        Some(_) => Err(OAuthError::invalid_request("userinfo and id_token in claims must be objects")),
    }
}

fn read(asked: &Value) -> Result<RequestedClaim<'_>, OAuthError> {
    let details = match asked {
        Value::Null => return Ok(RequestedClaim { essential: false, values: Vec::new() }),
        Value::Object(details) => details,
        _ => return Err(OAuthError::invalid_request("a claim in claims must be null or an object")),
    };
    let essential = match details.get("essential") {
        None => false,
        Some(Value::Bool(essential)) => *essential,
        Some(_) => return Err(OAuthError::invalid_request("essential in claims must be true or false")),
    };
    let several = match details.get("values") {
        None => &[][..],
        Some(Value::Array(values)) => values,
        Some(_) => return Err(OAuthError::invalid_request("values in claims must be an array")),
    };
    Ok(RequestedClaim { essential, values: details.get("value").into_iter().chain(several).collect() })
}

/// The claims that are known (§5.5: others are ignored) and that the client is registered for, each once.
fn about_the_person(members: &Members<'_>, client: &Client) -> Vec<AskedClaim> {
    let mut asked: Vec<_> = members.iter().filter_map(|(name, _)| AskedClaim::from_member(name)).collect();
    asked.retain(|asked| client.scopes.contains(&asked.claim.scope()));
    // Two specific tags may mean the same locale.
    asked.sort_unstable();
    asked.dedup();
    asked
}

fn texts(asked: &RequestedClaim<'_>) -> Result<Vec<String>, OAuthError> {
    let texts: Option<Vec<String>> = asked.values.iter().map(|value| value.as_str().map(str::to_owned)).collect();
    texts.ok_or_else(|| OAuthError::invalid_request("the value of sub and acr in claims must be text"))
}

/// The levels of an essential `acr`, and those of a voluntary one.
fn levels(id_token: &Members<'_>) -> Result<(Vec<Acr>, Vec<Acr>), OAuthError> {
    let Some((_, asked)) = id_token.iter().find(|(name, _)| *name == "acr") else { return Ok((Vec::new(), Vec::new())) };
    let names = texts(asked)?;
    let levels: Vec<Acr> = names.iter().filter_map(|name| Acr::from_uri(name)).collect();
    if !asked.essential {
        return Ok((Vec::new(), levels));
    }
    if levels.is_empty() && !names.is_empty() {
        let description = "no value of the essential acr in claims can be reached here";
        return Err(OAuthError::new(OAuthErrorCode::UnmetAuthenticationRequirements, description));
    }
    Ok((levels, Vec::new()))
}

#[cfg(test)]
mod tests;
