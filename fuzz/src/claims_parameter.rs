//! The `claims` parameter (OpenID Connect Core §5.5).

use super::{assert_printable, client};
use panjereh::client::metadata::Client;
use panjereh::identity::assurance::Acr;
use panjereh::oidc::claims::request::{AskedClaim, ClaimsRequest};
use serde_json::{Value, json};
use std::sync::LazyLock;

static CLIENT: LazyLock<Client> = LazyLock::new(client);

/// Reads one parameter.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match ClaimsRequest::parse(text, &CLIENT) {
        Ok((request, wished)) => check_claims(text, &request, &wished),
        Err(error) => assert_printable(&error),
    }
}

fn check_claims(text: &str, request: &ClaimsRequest, wished: &[Acr]) {
    let given: Value = serde_json::from_str(text).expect("what is accepted is JSON");
    for (member, claims) in [("id_token", &request.deliver.id_token), ("userinfo", &request.deliver.userinfo)] {
        for claim in claims {
            // By itself or with a language (OpenID Connect Core §5.2).
            let asked = |name: &String| AskedClaim::from_member(name) == Some(*claim);
            assert!(given[member].as_object().is_some_and(|names| names.keys().any(asked)), "a claim that was not requested");
            assert!(CLIENT.scopes.contains(&claim.claim.scope()), "a claim that the client is not registered for");
        }
        assert!(claims.windows(2).all(|pair| pair[0] < pair[1]) || no_twins(claims));
    }
    assert!(request.acr.is_empty() || given["id_token"]["acr"]["essential"] == true);
    assert!(wished.is_empty() || request.acr.is_empty());
    // Written again with other spacing and order, it means the same.
    assert!(ClaimsRequest::parse(&given.to_string(), &CLIENT).is_ok_and(|again| again.0 == *request && again.1 == wished));
    assert_eq!(serde_json::from_value::<ClaimsRequest>(json!(request)).expect("what was kept"), *request);
    let kept = postcard::to_allocvec(request).expect("bytes");
    assert_eq!(&postcard::from_bytes::<ClaimsRequest>(&kept).expect("what was kept"), request);
    for reached in Acr::ALL {
        let reported = request.reported_acr(reached);
        assert!(reported <= reached, "a level that was not reached");
        assert!(reported == reached || request.acr.contains(&reported));
    }
}

fn no_twins(claims: &[AskedClaim]) -> bool {
    claims.iter().enumerate().all(|(at, claim)| !claims[..at].contains(claim))
}
