//! Authorization requests from a query, a form body or the members of a request object (RFC 6749 §4.1.1, RFC 9101 §6.1).

use super::{check_authorization, client};
use panjereh::client::metadata::Client;
use panjereh::oidc::authorization::request_object::params_of;
use panjereh::oidc::json::parse_strictly;
use panjereh::oidc::params::{Params, ParamsDefect};
use std::sync::LazyLock;

static CLIENT: LazyLock<Client> = LazyLock::new(client);

/// Reads one request.
pub fn check(data: &[u8]) {
    if data.first() == Some(&b'{') {
        let Some(serde_json::Value::Object(members)) = parse_strictly(data, 8) else { return };
        return check_authorization(&params_of(&members), &CLIENT);
    }
    let params = Params::from_form(data);
    check_authorization(&params, &CLIENT);
    agrees_with_another_reader(data, &params);
}

/// Two readers of one request must not see two requests: what we accept, the URL Standard's parser reads in the same way.
fn agrees_with_another_reader(data: &[u8], params: &Params) {
    let other: Vec<_> = url::form_urlencoded::parse(data).collect();
    let repeated = |name: &str| other.iter().filter(|(known, _)| known == name).count() > 1;
    match params.defect() {
        None => {
            assert!(other.len() <= 100);
            // What is badly encoded in a parameter that nobody knows is ignored (RFC 6749 §3.1).
            let mut ignored = false;
            for (name, value) in &other {
                let taken = value.is_empty() || params.all(name).any(|one| one == value);
                ignored |= !taken || name.contains(|c: char| c.is_control() || matches!(c, '%' | '\u{fffd}'));
                assert!(taken || params.get(name).is_none());
                let is_json = ["authorization_details", "claims", "response"].contains(&name.as_ref());
                assert!(!taken || is_json || !value.chars().any(char::is_control));
            }
            if !ignored {
                let again = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&other).finish();
                assert!(Params::parse(&again) == *params);
            }
        }
        Some(ParamsDefect::Repeated(name)) if name.chars().count() < 64 => assert!(repeated(name)),
        Some(ParamsDefect::TooMany) => assert!(other.len() > 100),
        Some(_) => {}
    }
}
