use super::*;
use crate::client::metadata::tests::a_client;
use crate::oidc::claims::user::claims_of;
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
    let name_fa = AskedClaim { claim: UserClaim::Name, locale: Some(ClaimLocale::Fa) };
    assert_eq!(request.deliver.userinfo, [name_fa, UserClaim::GivenName.into(), UserClaim::Birthdate.into()]);
    assert_eq!(request.deliver.id_token, [UserClaim::Gender.into()]);
    assert_eq!((request.sub, request.acr, wished), (vec![], vec![], vec![]));
    assert_eq!(parse("{}").unwrap(), (ClaimsRequest::default(), vec![]));
}

#[test]
fn a_claim_of_a_scope_that_the_client_is_not_registered_for_is_not_delivered() {
    let (request, _) = parse(r#"{"userinfo":{"national_id":{"essential":true},"phone_number":null}}"#).unwrap();
    assert_eq!(request.deliver.userinfo, [UserClaim::PhoneNumber.into()]);
}

#[test]
fn oidc_core_5_2_a_claim_can_be_asked_for_in_a_language() {
    let asked = |member: &str| {
        let (request, _) = parse(&format!(r#"{{"id_token":{{{member}}}}}"#)).unwrap();
        request.deliver.id_token.into_iter().map(String::from).collect::<Vec<_>>()
    };
    assert_eq!(asked(r#""name#en-GB":null,"name#EN":null,"name":null"#), ["name", "name#en"]);
    assert_eq!(asked(r#""family_name#fa-Latn":null,"given_name#fa-IR":{"essential":true}"#), ["given_name#fa", "family_name#en"]);
    // A language that is not offered, and claims that are the same in every language.
    for member in ["name#de", "name#", "name#en#fa", "birthdate#fa", "#en", "phone_number#fa"] {
        assert_eq!(asked(&format!(r#""{member}":null"#)), Vec::<String>::new(), "{member}");
    }
}

#[test]
fn claims_that_were_stored_before_languages_existed_are_read() {
    let kept: RequestedClaims = serde_json::from_str(r#"{"id_token":["gender"],"userinfo":["name","age_over_18"]}"#).unwrap();
    let userinfo = [UserClaim::Name.into(), UserClaim::AgeOver18.into()];
    assert_eq!(
        (kept.id_token.as_slice(), kept.userinfo.as_slice(), kept.locales),
        (&[UserClaim::Gender.into()][..], &userinfo[..], vec![])
    );
}

#[test]
fn oidc_core_5_5_1_1_an_essential_acr_is_a_demand_and_a_voluntary_one_a_wish() {
    let acr =
        |details: &str| parse(&format!(r#"{{"id_token":{{"acr":{details}}}}}"#)).map(|(request, wished)| (request.acr, wished));
    let (low, high) = ("urn:panjereh:acr:low", "urn:panjereh:acr:high");
    assert_eq!(acr(&format!(r#"{{"essential":true,"value":"{high}"}}"#)), Ok((vec![Acr::High], vec![])));
    assert_eq!(acr(&format!(r#"{{"essential":true,"values":["x","{high}","{low}"]}}"#)), Ok((vec![Acr::High, Acr::Low], vec![])));
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
