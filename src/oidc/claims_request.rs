//! The `claims` parameter: single claims instead of whole scopes, and demands on who signs in and how (OpenID Connect Core §5.5).
//!
//! A claim about the person is delivered only if the client is registered for the scope that holds it: what an agency may know is decided
//! when it is registered, not by how it asks. The `value` of such a claim is a wish that we do not filter by (§5.5.1).

use super::client::Client;
use super::error::{OAuthError, OAuthErrorCode};
use super::json::parse_strictly;
use super::scope::Scope;
use crate::identity::assurance::Acr;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Longest parameter, in bytes.
pub const LONGEST: usize = 4096;
/// Members, claims, their details, a list of values, and one level more for a value that is an object.
const DEPTH: usize = 5;

/// A claim about a person that can be asked for alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the claim of that name in OpenID Connect Core §5.1, or one of our own scopes'")]
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
    pub const ALL: [Self; 11] = [
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
    pub const fn name(self) -> &'static str {
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

    /// The claim of that name, whatever language is asked for with it (§5.2): all that are known are told.
    pub fn from_name(name: &str) -> Option<Self> {
        let plain = name.split('#').next();
        Self::ALL.into_iter().find(|claim| Some(claim.name()) == plain)
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

/// The claims to deliver besides those of the scopes, by where.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RequestedClaims {
    /// In the ID token.
    pub id_token: Vec<UserClaim>,
    /// By UserInfo.
    pub userinfo: Vec<UserClaim>,
}

impl RequestedClaims {
    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.id_token.is_empty() && self.userinfo.is_empty()
    }

    /// All of them, wherever they go.
    pub fn all(&self) -> impl Iterator<Item = UserClaim> {
        self.id_token.iter().chain(&self.userinfo).copied()
    }
}

/// What the parameter asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ClaimsRequest {
    /// Claims about the person.
    pub deliver: RequestedClaims,
    /// `sub` with a value: one of these has to sign in. Empty where anybody may (§5.5.1).
    pub sub: Vec<String>,
    /// Essential `acr` with values: one of these levels has to be reached. Empty where none has to (§5.5.1.1).
    pub acr: Vec<Acr>,
}

impl ClaimsRequest {
    /// Reads the parameter for a client. Beside it come the levels of a voluntary `acr`, which are wishes as `acr_values` are
    /// (§5.5.1.1).
    pub fn parse(text: &str, client: &Client) -> Result<(Self, Vec<Acr>), OAuthError> {
        let object = parse_strictly(text.as_bytes(), DEPTH).filter(Value::is_object);
        let object =
            object.ok_or_else(|| OAuthError::invalid_request("claims must be a JSON object, not deep, no name repeated"))?;
        let (id_token, userinfo) = (members(&object, "id_token")?, members(&object, "userinfo")?);
        let deliver =
            RequestedClaims { id_token: about_the_person(&id_token, client), userinfo: about_the_person(&userinfo, client) };
        let sub = id_token.iter().chain(&userinfo).find(|(name, asked)| *name == "sub" && !asked.values.is_empty());
        let sub = sub.map_or(Ok(Vec::new()), |(_, asked)| texts(asked))?;
        let (acr, wished) = levels(&id_token)?;
        Ok((Self { deliver, sub, acr }, wished))
    }

    /// The least level that answers an essential `acr`.
    pub fn least_acr(&self) -> Option<Acr> {
        self.acr.iter().copied().min()
    }

    /// The level to report of a sign-in that reached `reached`: an essential `acr` is answered by one of its values (§5.5.1.1), the
    /// highest that was reached.
    pub fn reported_acr(&self, reached: Acr) -> Acr {
        self.acr.iter().copied().filter(|acr| *acr <= reached).max().unwrap_or(reached)
    }
}

/// How one claim is asked for (§5.5.1).
struct Asked<'a> {
    essential: bool,
    values: Vec<&'a Value>,
}

type Members<'a> = Vec<(&'a str, Asked<'a>)>;

fn members<'a>(object: &'a Value, name: &str) -> Result<Members<'a>, OAuthError> {
    match object.get(name) {
        None => Ok(Vec::new()),
        Some(Value::Object(claims)) => claims.iter().map(|(claim, asked)| Ok((claim.as_str(), read(asked)?))).collect(),
        Some(_) => Err(OAuthError::invalid_request("userinfo and id_token in claims must be objects")),
    }
}

fn read(asked: &Value) -> Result<Asked<'_>, OAuthError> {
    let details = match asked {
        Value::Null => return Ok(Asked { essential: false, values: Vec::new() }),
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
    Ok(Asked { essential, values: details.get("value").into_iter().chain(several).collect() })
}

/// Those that we know (§5.5: others are ignored) and that the client is registered for, each once.
fn about_the_person(members: &Members<'_>, client: &Client) -> Vec<UserClaim> {
    let asked: Vec<_> = members.iter().filter_map(|(name, _)| UserClaim::from_name(name)).collect();
    UserClaim::ALL.into_iter().filter(|claim| asked.contains(claim) && client.scopes.contains(&claim.scope())).collect()
}

fn texts(asked: &Asked<'_>) -> Result<Vec<String>, OAuthError> {
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
        let description = "no acr that claims asks for as essential is one that anybody can reach here";
        return Err(OAuthError::new(OAuthErrorCode::UnmetAuthenticationRequirements, description));
    }
    Ok((levels, Vec::new()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oidc::claims::claims_of;
    use crate::oidc::client::tests::a_client;
    use proptest::prelude::*;

    fn parse(text: &str) -> Result<(ClaimsRequest, Vec<Acr>), OAuthError> {
        ClaimsRequest::parse(text, &a_client(|_| ()))
    }

    #[track_caller]
    fn refusal(text: &str) -> &'static str {
        parse(text).unwrap_err().code.name()
    }

    #[test]
    fn the_claims_of_a_scope_can_be_asked_for_one_by_one() {
        for scope in Scope::ALL.into_iter().filter(|scope| !matches!(scope, Scope::Openid | Scope::OfflineAccess)) {
            let alone: Vec<_> = UserClaim::ALL.into_iter().filter(|claim| claim.scope() == scope).map(UserClaim::name).collect();
            assert_eq!(alone, claims_of(scope));
        }
        for claim in UserClaim::ALL {
            assert_eq!(serde_json::to_value(claim).unwrap(), claim.name());
        }
    }

    #[test]
    fn oidc_core_5_5_members_ask_for_claims_and_unknown_ones_are_ignored() {
        let text = r#"{"userinfo":{"given_name":{"essential":true},"name#fa":null,"email":null,"http://x/y":null,"birthdate":{"value":"1"}},
            "id_token":{"gender":{"values":["male"]},"auth_time":{"essential":true},"sub":null,"acr":null},"other":7}"#;
        let (request, wished) = parse(text).unwrap();
        assert_eq!(request.deliver.userinfo, [UserClaim::Name, UserClaim::GivenName, UserClaim::Birthdate]);
        assert_eq!(request.deliver.id_token, [UserClaim::Gender]);
        assert_eq!((request.sub, request.acr, wished), (vec![], vec![], vec![]));
        assert_eq!(parse("{}").unwrap(), (ClaimsRequest::default(), vec![]));
    }

    #[test]
    fn a_claim_of_a_scope_that_the_client_is_not_registered_for_is_not_delivered() {
        let (request, _) = parse(r#"{"userinfo":{"national_id":{"essential":true},"phone_number":null}}"#).unwrap();
        assert_eq!(request.deliver.userinfo, [UserClaim::PhoneNumber]);
    }

    #[test]
    fn oidc_core_5_5_1_1_an_essential_acr_is_a_demand_and_a_voluntary_one_a_wish() {
        let acr = |details: &str| {
            parse(&format!(r#"{{"id_token":{{"acr":{details}}}}}"#)).map(|(request, wished)| (request.acr, wished))
        };
        let (low, high) = ("urn:panjereh:acr:low", "urn:panjereh:acr:high");
        assert_eq!(acr(&format!(r#"{{"essential":true,"value":"{high}"}}"#)), Ok((vec![Acr::High], vec![])));
        assert_eq!(
            acr(&format!(r#"{{"essential":true,"values":["x","{high}","{low}"]}}"#)),
            Ok((vec![Acr::High, Acr::Low], vec![]))
        );
        assert_eq!(acr(&format!(r#"{{"values":["{high}","x"]}}"#)), Ok((vec![], vec![Acr::High])));
        assert_eq!(acr(r#"{"essential":true}"#), Ok((vec![], vec![])));
        let unmet = acr(r#"{"essential":true,"value":"urn:other"}"#).unwrap_err();
        assert_eq!(unmet.code, OAuthErrorCode::UnmetAuthenticationRequirements);
    }

    #[test]
    fn oidc_core_5_5_1_1_the_reported_acr_is_one_of_those_asked_for() {
        let asked = |acr: &[Acr]| ClaimsRequest { acr: acr.to_vec(), ..ClaimsRequest::default() };
        assert_eq!(asked(&[]).reported_acr(Acr::High), Acr::High);
        assert_eq!(asked(&[Acr::Low, Acr::Substantial]).reported_acr(Acr::High), Acr::Substantial);
        assert_eq!(asked(&[Acr::Low, Acr::High]).reported_acr(Acr::Substantial), Acr::Low);
        assert_eq!(asked(&[Acr::Low, Acr::High]).least_acr(), Some(Acr::Low));
    }

    #[test]
    fn oidc_core_5_5_1_a_sub_with_a_value_names_who_has_to_sign_in() {
        assert_eq!(parse(r#"{"id_token":{"sub":{"value":"a"}}}"#).unwrap().0.sub, ["a"]);
        assert_eq!(parse(r#"{"userinfo":{"sub":{"values":["a","b"]}},"id_token":{"sub":null}}"#).unwrap().0.sub, ["a", "b"]);
    }

    #[test]
    fn what_is_malformed_is_an_invalid_request() {
        for text in [
            "",
            "x",
            "[]",
            "null",
            r#"{"id_token":null}"#,
            r#"{"userinfo":[]}"#,
            r#"{"userinfo":{"name":true}}"#,
            r#"{"userinfo":{"name":{"essential":"true"}}}"#,
            r#"{"userinfo":{"name":{"values":"x"}}}"#,
            r#"{"id_token":{"sub":{"value":1}}}"#,
            r#"{"id_token":{"acr":{"values":[1]}}}"#,
            r#"{"id_token":{"name":null,"name":null}}"#,
            r#"{"id_token":{},"id_token":{}}"#,
            r#"{"userinfo":{"address":{"value":{"x":{"y":{"z":1}}}}}}"#,
            "{} {}",
        ] {
            assert_eq!(refusal(text), "invalid_request", "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in ".{0,200}") {
            let _ = parse(&text);
        }

        #[test]
        fn any_details_of_any_claim_are_read_or_refused(
            claim in prop::sample::select(vec!["sub", "acr", "auth_time", "name", "national_id", "x"]),
            details in prop_oneof![Just("null".to_owned()), "\\{\"(essential|value|values|x)\":(true|1|\"a\"|\\[\\]|\\[\"a\"\\]|null)\\}"],
        ) {
            match parse(&format!(r#"{{"id_token":{{"{claim}":{details}}}}}"#)) {
                Ok((request, _)) => prop_assert!(request.deliver.userinfo.is_empty()),
                Err(error) => prop_assert!(matches!(
                    error.code,
                    OAuthErrorCode::InvalidRequest | OAuthErrorCode::UnmetAuthenticationRequirements
                )),
            }
        }
    }
}
