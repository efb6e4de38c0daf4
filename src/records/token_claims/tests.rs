use super::*;
use crate::client::words::ClientId;
use crate::identity::assurance::{Acr, AuthenticationMethod};
use crate::identity::id::{AccountId, GrantId, SessionId};
use crate::oidc::claims::request::RequestedClaims;
use crate::time::Timestamp;
use serde_json::json;
use std::time::Duration;

const FRAME: TokenFrame<'_> = TokenFrame {
    issuer: "https://id.example",
    subject: "pairwise-1",
    session: Some("sid-1"),
    now: Timestamp::from_millis(1_700_000_000_900),
    lifetime: Duration::from_mins(5),
};

fn a_grant() -> Grant {
    Grant {
        id: GrantId::from_bytes([2; 16]),
        account: AccountId::from_bytes([1; 16]),
        client: ClientId::parse("tax-office").unwrap(),
        session: SessionId::from_bytes([3; 16]),
        scopes: vec![Scope::Openid, Scope::Phone],
        auth_time: Timestamp::from_seconds(1_699_999_000),
        methods: vec![AuthenticationMethod::Password, AuthenticationMethod::SmsCode],
        acr: Acr::Substantial,
        nonce: Some("n-0S6_WzA2Mj".to_owned()),
        claims: RequestedClaims::default(),
        created_at: FRAME.now,
        bound_to: None,
        details: None,
        resources: Vec::new(),
    }
}

#[test]
fn oidc_core_2_the_id_token_has_subject_audience_times_and_methods() {
    let grant = a_grant();
    let json = serde_json::to_value(IdTokenClaims::of(&grant, &FRAME, "access", SigningAlg::ES256)).unwrap();
    let expected = json!({
        "iss": "https://id.example", "sub": "pairwise-1", "aud": "tax-office", "exp": 1_700_000_300, "iat": 1_700_000_000,
        "auth_time": 1_699_999_000, "nonce": "n-0S6_WzA2Mj", "acr": "urn:panjereh:acr:substantial",
        "amr": ["pwd", "sms", "otp", "mfa"], "at_hash": at_hash("access", SigningAlg::ES256), "sid": "sid-1",
    });
    assert_eq!(json, expected);
}

#[test]
fn an_id_token_is_read_back_as_it_was_written() {
    let claims = IdTokenClaims::of(&Grant { nonce: None, ..a_grant() }, &FRAME, "access", SigningAlg::RS256);
    let json = serde_json::to_string(&claims).unwrap();
    assert!(!json.contains("nonce"));
    assert_eq!(serde_json::from_str::<IdTokenClaims>(&json).unwrap(), claims);
}

#[test]
fn rfc9068_2_2_the_access_token_names_its_client_audience_and_scope() {
    let claims = AccessTokenClaims::of(&a_grant(), &FRAME, &[Scope::Openid, Scope::Phone], "j".to_owned());
    let json = serde_json::to_value(&claims).unwrap();
    for (name, value) in [("client_id", "tax-office"), ("aud", "https://id.example"), ("scope", "openid phone"), ("jti", "j")] {
        assert_eq!(json[name], value);
    }
    assert_eq!(serde_json::from_value::<AccessTokenClaims>(json).unwrap(), claims);
}
