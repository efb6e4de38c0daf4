//! Token exchange (RFC 8693): what an agency sends before it calls another one on behalf of a citizen.

use crate::client::resource::ResourceUri;
use crate::client::scope::Scope;
use crate::client::words::ClientId;
use crate::oidc::error::OAuthError;
use crate::oidc::params::Params;
use crate::oidc::token::resource::{asked_for, invalid_target};
use crate::secret::Secret;
use serde::{Deserialize, Serialize};

/// The token type that is exchanged and issued (RFC 8693 §3).
pub const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
/// Our access tokens are also of this type.
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

/// Longest subject token, in bytes.
const LONGEST_TOKEN: usize = 16 * 1024;
/// Most agencies in a chain of calls.
pub(crate) const LONGEST_CHAIN: usize = 5;

/// A request to exchange an access token for one that is for another agency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// `subject_token`: the citizen's token that the client holds, or that it was called with.
    pub(crate) subject_token: Secret<String>,
    /// The agency that the new one is for.
    pub(crate) target: Target,
    /// The scopes it asks for, if fewer are wanted than the subject token has.
    pub(crate) scopes: Option<Vec<Scope>>,
}

/// The agency that an exchanged token is for. Only one, so that `sub` can be the one that this agency knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// `resource`.
    Resource(ResourceUri),
    /// `audience`: the client that is the resource.
    Client(ClientId),
}

impl Exchange {
    /// Reads the form, except `scope`. Errors: `invalid_request`, `invalid_target`.
    pub(crate) fn parse(form: &Params, scopes: Option<Vec<Scope>>) -> Result<Self, OAuthError> {
        let subject_token = Secret::new(form.required("subject_token", LONGEST_TOKEN)?.to_owned());
        if !matches!(form.required("subject_token_type", 128)?, ACCESS_TOKEN | JWT) {
            return Err(OAuthError::invalid_request("subject_token_type must be that of an access token"));
        }
        if !matches!(form.at_most("requested_token_type", 128)?, None | Some(ACCESS_TOKEN | JWT)) {
            return Err(OAuthError::invalid_request("requested_token_type must be that of an access token"));
        }
        // The client that calls is the actor. It has authenticated, so it needs no second token for that.
        if form.get("actor_token").is_some() || form.get("actor_token_type").is_some() {
            return Err(OAuthError::invalid_request("actor_token is not taken: the client that makes the request is the actor"));
        }
        Ok(Self { subject_token, target: Target::parse(form)?, scopes })
    }
}

impl Target {
    /// RFC 8693 §2.1 allows both, and several of each; here exactly one is required.
    fn parse(form: &Params) -> Result<Self, OAuthError> {
        let mut resources = asked_for(form)?;
        match (resources.pop(), form.at_most("audience", 128)?) {
            (Some(resource), None) if resources.is_empty() => Ok(Self::Resource(resource)),
            (None, Some(audience)) => ClientId::parse(audience).map(Self::Client).ok_or_else(unknown_target),
            (None, None) => Err(OAuthError::invalid_request("name the agency that the token is for: resource or audience")),
            (Some(_), _) => Err(invalid_target("name one agency: one resource, or one audience")),
        }
    }
}

/// `invalid_target` (RFC 8693 §2.2.2).
pub(crate) fn unknown_target() -> OAuthError {
    invalid_target("the client is not registered for exchanges to this resource or audience")
}

/// `act`: who acts for the person, and who acted before (RFC 8693 §4.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Actor {
    /// The client.
    pub(crate) sub: ClientId,
    /// The actor on whose call it acts.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) act: Option<Box<Actor>>,
}

impl Actor {
    /// How many actors there are.
    pub(crate) fn depth(&self) -> usize {
        std::iter::successors(Some(self), |actor| actor.act.as_deref()).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(form: &str) -> Result<Exchange, &'static str> {
        Exchange::parse(&Params::parse(form), None).map_err(|error| error.code.name())
    }

    fn with(rest: &str) -> String {
        format!("subject_token=a.b.c&subject_token_type={ACCESS_TOKEN}&{rest}")
    }

    #[test]
    fn rfc8693_2_1_an_exchange_names_a_token_and_one_target() {
        let exchange = parse(&with("audience=health")).unwrap();
        assert_eq!(exchange.target, Target::Client(ClientId::parse("health").unwrap()));
        let exchange = parse(&with(&format!("resource=https://api.health.example&requested_token_type={JWT}"))).unwrap();
        assert_eq!(exchange.target, Target::Resource(ResourceUri::parse("https://api.health.example").unwrap()));
    }

    #[test]
    fn rfc8693_2_2_2_what_is_missing_or_not_offered_is_told() {
        for (form, error) in [
            (with(""), "invalid_request"),
            (with("audience=a&audience=b"), "invalid_request"),
            (with("resource=https://a.example&resource=https://b.example"), "invalid_target"),
            (with("resource=https://a.example&audience=a"), "invalid_target"),
            (with("resource=a"), "invalid_target"),
            (with("audience=%3C"), "invalid_target"),
            (with("audience=a&requested_token_type=urn:ietf:params:oauth:token-type:id_token"), "invalid_request"),
            (with("audience=a&actor_token=x"), "invalid_request"),
            ("audience=a&subject_token=x".to_owned(), "invalid_request"),
            (format!("audience=a&subject_token_type={ACCESS_TOKEN}"), "invalid_request"),
            (
                "audience=a&subject_token=x&subject_token_type=urn:ietf:params:oauth:token-type:saml2".to_owned(),
                "invalid_request",
            ),
        ] {
            assert_eq!(parse(&form).err(), Some(error), "{form}");
        }
    }

    proptest! {
        #[test]
        fn any_form_is_parsed_without_a_panic(rest in ".{0,120}") {
            let _ = (parse(&rest), parse(&with(&rest)));
        }
    }
}
