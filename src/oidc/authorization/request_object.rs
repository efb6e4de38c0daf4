//! Request objects (RFC 9101, OpenID Connect Core §6.1): from the members of a verified one to the parameters of a request.

use crate::oidc::params::Params;
use serde_json::{Map, Value};

/// Members that describe the JWT and not the request (RFC 7519 §4.1).
const OF_THE_JWT: [&str; 7] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];

/// The members of a request object as parameters. Numbers and booleans become their text (`max_age`), objects become their JSON
/// (`claims`), and null becomes no parameter. The elements of an array become a repeated parameter where that one may be repeated
/// (RFC 8707 §2.1); an array anywhere else stays JSON.
pub fn params_of(members: &Map<String, Value>) -> Params {
    let mut pairs = Vec::new();
    for (name, value) in members.iter().filter(|(name, _)| !OF_THE_JWT.contains(&name.as_str())) {
        match value {
            Value::Array(items) if name == "resource" => pairs.extend(items.iter().filter_map(|item| pair(name, item))),
            value => pairs.extend(pair(name, value)),
        }
    }
    Params::from_pairs(pairs)
}

fn pair(name: &str, value: &Value) -> Option<(String, String)> {
    let text = match value {
        Value::Null => return None,
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    Some((name.to_owned(), text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn oidc_core_6_1_members_are_parameters_whatever_their_json_type() {
        let object = json!({
            "iss": "tax", "aud": "https://id.example", "exp": 1, "scope": "openid", "max_age": 30, "state": null,
            "claims": { "id_token": { "acr": null } }, "resource": ["https://a.example", "https://b.example"],
        });
        let params = params_of(object.as_object().unwrap());
        assert!(params.sound().is_ok());
        assert_eq!((params.get("scope"), params.get("max_age"), params.get("state")), (Some("openid"), Some("30"), None));
        assert_eq!(params.get("claims"), Some(r#"{"id_token":{"acr":null}}"#));
        assert!(params.is_repeated("resource"));
        assert_eq!((params.get("iss"), params.get("exp")), (None, None));
    }

    #[test]
    fn control_characters_are_a_defect_here_too() {
        assert!(params_of(json!({ "state": "a\nb" }).as_object().unwrap()).sound().is_err());
    }

    proptest! {
        #[test]
        fn what_is_sent_by_value_is_what_a_query_would_have_said(name in "[a-z_]{1,12}", value in "[^\\p{Cc}]{1,40}") {
            prop_assume!(!OF_THE_JWT.contains(&name.as_str()));
            let query = url::form_urlencoded::Serializer::new(String::new()).append_pair(&name, &value).finish();
            let object = json!({ name.as_str(): value, "iss": "x", "exp": 1 });
            prop_assert!(params_of(object.as_object().unwrap()) == Params::parse(&query));
        }
    }
}
