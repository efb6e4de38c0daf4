use super::*;

const FRAME: TokenFrame<'_> = TokenFrame {
    issuer: "https://id.example",
    subject: "pairwise-1",
    session: Some("sid-1"),
    now: Timestamp::from_millis(1_700_000_000_900),
    lifetime: Duration::from_mins(5),
};

#[test]
fn rfc9068_2_2_the_subject_of_a_client_s_own_token_is_the_client_and_no_person_is_in_it() {
    let client = ClientId::parse("tax-office").unwrap();
    let claims = AccessTokenClaims::of_client(&client, &TokenFrame { subject: client.as_str(), ..FRAME }, &[], "j".to_owned());
    let json = serde_json::to_value(&claims).unwrap();
    assert_eq!(json["sub"], json["client_id"]);
    for name in ["scope", "auth_time", "acr", "amr", "gid", "sid"] {
        assert!(json.get(name).is_none(), "{name}");
    }
    assert_eq!(serde_json::from_value::<AccessTokenClaims>(json).unwrap(), claims);
}

#[test]
fn oidc_core_3_1_3_6_at_hash_is_the_left_half_of_the_hash() {
    // The example of OpenID Connect Core appendix A.3.
    let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
    assert_eq!(at_hash(token, SigningAlg::RS256), "77QmUPtjPfzWtF2AnpK9RQ");
    assert_eq!(URL_SAFE_NO_PAD.decode(at_hash(token, SigningAlg::EdDSA)).unwrap().len(), 32);
}
