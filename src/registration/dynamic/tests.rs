use super::*;
use crate::client::words::{SigningAlg, TokenEndpointAuthMethod};
use crate::text::LocalName;
use proptest::prelude::*;

fn agency() -> Agency {
    Agency { slug: "dynamic".to_owned(), name: LocalName { fa: "خودکار".to_owned(), en: "Dynamic".to_owned() } }
}

fn read_text(body: &str) -> Result<Requested, OAuthError> {
    let scopes = [Scope::Openid, Scope::Profile, Scope::OfflineAccess];
    let types = TypeName::parse("tax_payment").into_iter().collect::<Vec<_>>();
    let policy = Policy { agency: &agency(), scopes: &scopes, details_types: &types, pkce: Pkce::Optional };
    read(body.as_bytes(), &ClientId::parse("made-up-by-us").unwrap(), &policy)
}

/// A client with one redirect URI and this additional metadata.
fn client(more: &Value) -> Result<Client, OAuthError> {
    let mut body = json!({ "redirect_uris": ["https://rp.example/cb"] });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    read_text(&body.to_string()).map(|requested| requested.declaration.client)
}

#[track_caller]
fn assert_refused(more: &Value, code: OAuthErrorCode, about: &str) {
    let refused = client(more).unwrap_err();
    assert_eq!(refused.code, code, "{refused}");
    assert!(refused.description.contains(about), "{refused}");
}

#[test]
fn rfc7591_2_omitted_metadata_has_the_standard_s_default() {
    let client = client(&json!({})).unwrap();
    assert_eq!(client.auth_method, TokenEndpointAuthMethod::ClientSecretBasic);
    assert_eq!((client.grant_types, client.signing_alg), (vec![GrantType::AuthorizationCode], SigningAlg::RS256));
    assert_eq!((client.id.as_str(), client.agency.as_str(), client.name.en.as_str()), ("made-up-by-us", "dynamic", "Dynamic"));
    assert_eq!((client.scopes, client.sector.as_str()), (vec![Scope::Openid, Scope::Profile], "rp.example"));
}

#[test]
fn rfc7591_2_unknown_metadata_is_ignored() {
    let known = client(&json!({})).unwrap();
    let more = json!({ "software_id": "x", "contacts": ["a@rp.example"], "made_up": { "x": [1] }, "tos_uri": null });
    assert_eq!(client(&more).unwrap(), known);
}

#[test]
fn rfc8628_4_a_client_with_only_the_device_grant_gets_the_scopes_that_it_requests() {
    let grants = [GrantType::DeviceCode, GrantType::RefreshToken].map(GrantType::name);
    let device = json!({ "redirect_uris": [], "grant_types": grants, "scope": "openid profile offline_access" });
    let device = client(&device).unwrap();
    assert_eq!(device.scopes, [Scope::Openid, Scope::Profile, Scope::OfflineAccess]);
    // A machine's own tokens do not act for a person.
    let machine = json!({ "redirect_uris": [], "grant_types": ["client_credentials"], "scope": "openid profile" });
    let machine = client(&machine).unwrap();
    assert_eq!(machine.scopes, []);
}

#[test]
fn metadata_that_only_an_operator_may_set_is_ignored() {
    let known = client(&json!({})).unwrap();
    let more = json!({
        "client_id": "tax-office", "client_secret": "x", "agency": "tax", "pkce": "none", "min_acr": "x", "sector_identifier": "tax.example",
        "scope": "openid national_id address profile", "registration_access_token": "x", "client_id_issued_at": 1,
    });
    assert_eq!(client(&more).unwrap(), known);
    assert_eq!(client(&json!({ "token_endpoint_auth_method": "none" })).unwrap().pkce, Pkce::Required);
}

#[test]
fn rfc9396_10_a_client_gets_only_the_types_of_authorization_details_that_an_operator_allows() {
    let asked = client(&json!({ "authorization_details_types": ["tax_payment", "health_record"] })).unwrap();
    assert_eq!(metadata_of(&asked)["authorization_details_types"], json!(["tax_payment"]));
    let none = client(&json!({ "authorization_details_types": ["health_record"] })).unwrap();
    assert_eq!(metadata_of(&none).get("authorization_details_types"), None);
    // Only an operator may declare the types of a client's own API.
    let declares = json!({ "details_type": [{ "type": "tax_payment" }] });
    assert_eq!(client(&declares).unwrap().token_policy.details_types, []);
    for wrong in [json!("tax_payment"), json!([1])] {
        let more = json!({ "authorization_details_types": wrong });
        assert_refused(&more, OAuthErrorCode::InvalidClientMetadata, "authorization_details_types");
    }
}

#[test]
fn rfc7591_2_2_names_carry_language_tags() {
    let named = client(&json!({ "client_name": "Tax", "client_name#fa": "مالیات" })).unwrap().name;
    assert_eq!((named.fa.as_str(), named.en.as_str()), ("مالیات", "Tax"));
    let named = client(&json!({ "client_name#fa-IR": "مالیات" })).unwrap().name;
    assert_eq!((named.fa.as_str(), named.en.as_str()), ("مالیات", "مالیات"));
}

#[test]
fn rfc7591_2_2_pages_carry_language_tags_and_the_response_has_them_as_registered() {
    let given = json!({
        "initiate_login_uri": "https://rp.example/begin",
        "logo_uri": "https://rp.example/logo",
        "policy_uri#fa": "https://rp.example/fa",
        "policy_uri": "https://rp.example/policy",
        "tos_uri#en-GB": "https://rp.example/terms",
    });
    let client = client(&given).unwrap();
    let policy = client.pages.policy.as_ref().map(|uris| (uris.fa.as_str(), uris.en.as_str()));
    assert_eq!(policy, Some(("https://rp.example/fa", "https://rp.example/policy")));
    let told = metadata_of(&client);
    for (name, value) in [
        ("initiate_login_uri", "https://rp.example/begin"),
        ("logo_uri", "https://rp.example/logo"),
        ("policy_uri", "https://rp.example/policy"),
        ("policy_uri#en", "https://rp.example/policy"),
        ("policy_uri#fa", "https://rp.example/fa"),
        ("tos_uri", "https://rp.example/terms"),
    ] {
        assert_eq!(told[name], value, "{name}");
    }
    assert!(!told.contains_key("tos_uri#fa") && !told.contains_key("logo_uri#en"));
}

#[test]
fn oidc_registration_2_initiate_login_uri_needs_https() {
    let bad = OAuthErrorCode::InvalidClientMetadata;
    for uri in ["http://rp.example/begin", "http://localhost/begin", "http://127.0.0.1:8081/begin", "ir.example.app:/begin", "x"]
    {
        assert_refused(&json!({ "initiate_login_uri": uri }), bad, "https");
    }
    for (more, about) in [
        (json!({ "logo_uri": "https://tracker.example/x.png" }), "logo_uri"),
        (json!({ "policy_uri": "javascript:alert(1)" }), "policy_uri"),
        (json!({ "tos_uri": 7 }), "tos_uri"),
        (json!({ "tos_uri#fa": ["https://rp.example"] }), "tos_uri"),
        (json!({ "initiate_login_uri": 7 }), "initiate_login_uri"),
    ] {
        assert_refused(&more, bad, about);
    }
}

#[test]
fn rfc7591_3_2_2_redirect_uris_and_other_metadata_have_different_error_codes() {
    for uris in
        [json!([]), json!(["https://rp.example/cb#x"]), json!(["http://rp.example/cb"]), json!("https://rp.example"), json!([1])]
    {
        assert_refused(&json!({ "redirect_uris": uris }), OAuthErrorCode::InvalidRedirectUri, "redirect_uris");
    }
    let bad = OAuthErrorCode::InvalidClientMetadata;
    for (more, about) in [
        (json!({ "response_types": ["code id_token"] }), "response_types"),
        (json!({ "response_types": [] }), "response_types"),
        (json!({ "grant_types": ["implicit"] }), "grant_types"),
        (json!({ "token_endpoint_auth_method": "magic" }), "token_endpoint_auth_method"),
        (json!({ "token_endpoint_auth_method": "private_key_jwt" }), "jwks"),
        (json!({ "id_token_signed_response_alg": "none" }), "id_token_signed_response_alg"),
        (json!({ "client_name": 7 }), "client_name"),
        (json!({ "client_name": "a\u{202e}b" }), "client_name"),
        (json!({ "sector_identifier_uri": "rp.example" }), "sector_identifier_uri"),
        (json!({ "backchannel_logout_uri": "ftp://rp.example" }), "backchannel_logout_uri"),
        (json!({ "backchannel_logout_session_required": "yes" }), "backchannel_logout_session_required"),
        (json!({ "frontchannel_logout_uri": "https://other.example/out" }), "frontchannel_logout_uri"),
        (json!({ "jwks": { "keys": [] } }), "jwks"),
        (json!({ "userinfo_signed_response_alg": "none" }), "userinfo_signed_response_alg"),
        (json!({ "id_token_encrypted_response_alg": "ECDH-ES" }), "id_token_encrypted_response_alg"),
        (json!({ "id_token_encrypted_response_enc": "A128GCM" }), "id_token_encrypted_response_enc"),
        (json!({ "userinfo_encrypted_response_enc": "A128GCM" }), "userinfo_encrypted_response_enc"),
        (
            json!({ "jwks_uri": "https://rp.example/keys", "userinfo_encrypted_response_alg": "RSA1_5" }),
            "userinfo_encrypted_response_alg",
        ),
        (
            json!({ "jwks_uri": "https://rp.example/keys", "userinfo_encrypted_response_alg": "ECDH-ES",
                 "userinfo_encrypted_response_enc": "A192GCM" }),
            "userinfo_encrypted_response_enc",
        ),
    ] {
        assert_refused(&more, bad, about);
    }
    for body in ["", "[]", "null", "\"x\"", "{", "{\"redirect_uris\":}"] {
        assert_eq!(read_text(body).unwrap_err().code, bad, "{body}");
    }
}

#[test]
fn oidc_dcr_5_the_sector_document_must_contain_every_redirect_uri() {
    let two = json!({
        "redirect_uris": ["https://a.example/cb", "https://b.example/cb"], "sector_identifier_uri": "https://sector.example/uris.json",
    });
    let client = client(&two).unwrap();
    assert_eq!(client.sector, "sector.example");
    assert!(check_sector(&json!(["https://a.example/cb", "https://b.example/cb", "https://c.example/"]), &client).is_ok());
    for listed in
        [json!(["https://a.example/cb"]), json!([]), json!({}), json!(["https://a.example/cb", 1]), json!("https://a.example/cb")]
    {
        assert!(check_sector(&listed, &client).is_err(), "{listed}");
    }
}

/// The sector of a client with this additional metadata.
fn sector_of(more: &Value) -> Result<String, OAuthError> {
    client(more).map(|client| client.sector)
}

const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const CIBA: &str = "urn:openid:params:grant-type:ciba";

#[test]
fn oidc_core_8_1_a_client_does_not_get_another_client_s_sector_by_naming_its_host() {
    let alone =
        |uris: &Value| json!({ "application_type": "native", "redirect_uris": uris, "token_endpoint_auth_method": "none" });
    for mixed in [
        json!(["https://tax.example/cb", "ir.evil.app:/cb"]),
        json!(["ir.evil.app:/cb", "https://tax.example/cb"]),
        json!(["https://tax.example/cb", "http://127.0.0.1/cb"]),
        json!(["https://tax.example/cb", "https://localhost/cb"]),
        json!(["https://tax.example/cb", "https://evil.example/cb"]),
    ] {
        let mut asking = alone(&mixed);
        asking["subject_type"] = json!("pairwise");
        assert_refused(&asking, OAuthErrorCode::InvalidClientMetadata, "sector_identifier_uri: is missing");
        // One that asks for no kind is a sector of its own, and never that of a host which it names beside another.
        assert_eq!(sector_of(&alone(&mixed)).unwrap(), "client:made-up-by-us", "{mixed}");
    }
    assert_eq!(sector_of(&alone(&json!(["ir.evil.app:/cb", "http://127.0.0.1/cb"]))).unwrap(), "client:made-up-by-us");
    assert_eq!(sector_of(&json!({})).unwrap(), "rp.example");
    // No response goes to the redirect URI, so its host does not show which party gets the tokens.
    for grant in [DEVICE, CIBA] {
        let more = json!({ "redirect_uris": ["https://tax.example/cb"], "grant_types": ["authorization_code", grant] });
        assert_eq!(sector_of(&more).unwrap(), "client:made-up-by-us", "{grant}");
    }
}

#[test]
fn ciba_4_the_sector_document_must_contain_the_jwks_uri_of_a_client_that_needs_no_redirect() {
    let of = |method: &str, grants: &[&str]| {
        client(&json!({
            "redirect_uris": if grants.contains(&"authorization_code") { vec!["https://tax.example/cb"] } else { vec![] },
            "grant_types": grants, "token_endpoint_auth_method": method, "jwks_uri": "https://tax.example/keys",
            "sector_identifier_uri": "https://tax.example/sector.json",
        }))
        .unwrap()
    };
    let (with, without) = (json!(["https://tax.example/cb", "https://tax.example/keys"]), json!(["https://tax.example/cb"]));
    for grants in [&[DEVICE][..], &[CIBA], &["authorization_code", DEVICE]] {
        let by_keys = of("private_key_jwt", grants);
        assert_eq!(by_keys.sector, "tax.example");
        assert!(check_sector(&with, &by_keys).is_ok());
        assert!(check_sector(&without, &by_keys).is_err(), "every client can name this document");
        // Another client can name the same jwks_uri without having the keys.
        assert!(check_sector(&with, &of("client_secret_basic", grants)).is_err());
    }
    assert!(check_sector(&without, &of("client_secret_basic", &["authorization_code"])).is_ok());
}

#[test]
fn rfc7591_5_a_logo_comes_from_the_host_that_gets_every_response() {
    let logo = "https://tax.example/logo.png";
    let with = |more: Value| {
        let mut all = json!({ "logo_uri": logo, "redirect_uris": ["https://tax.example/cb"] });
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all
    };
    assert!(client(&with(json!({}))).is_ok());
    let sector = "https://evil.example/sector.json";
    for other in [
        json!({ "redirect_uris": ["https://evil.example/cb"], "client_uri": "https://tax.example" }),
        json!({ "redirect_uris": ["https://tax.example/cb", "https://evil.example/cb"], "sector_identifier_uri": sector }),
        json!({ "grant_types": ["authorization_code", DEVICE] }),
        json!({ "grant_types": [DEVICE], "redirect_uris": [], "client_uri": "https://tax.example" }),
    ] {
        assert_refused(&with(other), OAuthErrorCode::InvalidClientMetadata, "logo_uri");
    }
}

#[test]
fn rfc7592_2_1_the_metadata_of_a_response_can_be_sent_back() {
    let more = json!({
        "client_name": "Tax", "grant_types": ["authorization_code", "refresh_token"], "scope": "openid offline_access",
        "jwks_uri": "https://rp.example/keys", "token_endpoint_auth_method": "private_key_jwt",
        "backchannel_logout_uri": "https://rp.example/out", "post_logout_redirect_uris": ["https://rp.example/bye"],
        "id_token_encrypted_response_alg": "RSA-OAEP-256", "userinfo_signed_response_alg": "PS256",
        "userinfo_encrypted_response_alg": "ECDH-ES+A256KW", "userinfo_encrypted_response_enc": "A256CBC-HS512",
    });
    let registered = client(&more).unwrap();
    let told = Value::Object(metadata_of(&registered));
    assert_eq!(read_text(&told.to_string()).unwrap().declaration.client, registered);
    // OpenID Connect Registration §2: the default of every `enc`.
    assert_eq!(told["id_token_encrypted_response_enc"], "A128CBC-HS256");
}

proptest! {
    #[test]
    fn any_body_is_read_without_a_panic(body in ".{0,300}") {
        let _ = read_text(&body);
    }

    #[test]
    fn any_value_of_any_key_is_read_without_a_panic(
        key in prop::sample::select(rows().map(|row| row.name).chain(["client_name#fa", "tos_uri#en-GB"]).collect::<Vec<_>>()),
        value in prop_oneof![any::<i64>().prop_map(Value::from), any::<bool>().prop_map(Value::from), ".{0,30}".prop_map(Value::from),
            prop::collection::vec("[a-z:/.#*@]{0,20}", 0..3).prop_map(Value::from), Just(json!({ "keys": [{ "kty": "EC" }, 1] })), Just(json!([[], {}]))],
    ) {
        if let Err(refused) = client(&Value::Object(Map::from_iter([(key.to_owned(), value)]))) {
            prop_assert!(!refused.description.is_empty());
        }
    }
}

/// RFC 7592 §2.2: a client can send back the metadata of a response, and nothing changes.
#[test]
fn rfc7592_2_2_sending_back_the_metadata_of_a_response_changes_nothing() {
    let key = json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" });
    for more in [
        json!({}),
        json!({ "redirect_uris": null, "grant_types": ["client_credentials"] }),
        json!({ "redirect_uris": [], "grant_types": ["client_credentials"], "response_types": [] }),
        json!({ "token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_subject_dn": "CN=a\\,b,O=Tax" }),
        json!({ "token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_san_ip": "192.0.2.1",
            "tls_client_certificate_bound_access_tokens": true }),
        json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks": { "keys": [key] }, "profile": "fapi2",
            "id_token_signed_response_alg": "ES256" }),
    ] {
        let client = client(&more).unwrap_or_else(|error| panic!("{error}: {more}"));
        let told = Value::Object(metadata_of(&client)).to_string();
        let again = read_text(&told).unwrap_or_else(|error| panic!("{error}: {told}"));
        // A method that the client never named is told as the default. The story of an update knows that it was never named.
        let never_named = Client { secret_methods: client.secret_methods, ..again.declaration.client };
        assert_eq!(never_named, client, "{told}");
    }
}

#[test]
fn rfc7591_2_a_client_that_signs_people_in_needs_a_response_type() {
    assert_refused(&json!({ "response_types": [] }), OAuthErrorCode::InvalidClientMetadata, "response_types");
}

#[test]
fn oidc_registration_2_the_defaults_of_requests_are_registered_and_returned() {
    let key = json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" });
    let given = json!({
        "token_endpoint_auth_method": "private_key_jwt", "jwks": { "keys": [key] }, "token_endpoint_auth_signing_alg": "EdDSA",
        "default_max_age": 600, "default_acr_values": ["urn:panjereh:acr:substantial", "urn:elsewhere"], "require_auth_time": true,
    });
    let registered = client(&given).unwrap();
    let told = metadata_of(&registered);
    for name in ["token_endpoint_auth_signing_alg", "default_max_age", "require_auth_time"] {
        assert_eq!(told[name], given[name], "{name}");
    }
    assert_eq!(told["default_acr_values"], json!(["urn:panjereh:acr:substantial"]), "an unknown level is left out");
    assert_eq!(read_text(&Value::Object(told).to_string()).unwrap().declaration.client, registered);
    // It has no use for a client that sends no assertions: it is not registered, and the response does not have it.
    let basic = client(&json!({ "token_endpoint_auth_signing_alg": "ES256" })).unwrap();
    assert_eq!((basic.requests.assertion_alg, metadata_of(&basic).get("token_endpoint_auth_signing_alg")), (None, None));
    for none in ["none", "HS256", "ES512"] {
        assert_refused(
            &json!({ "token_endpoint_auth_signing_alg": none }),
            OAuthErrorCode::InvalidClientMetadata,
            "token_endpoint_auth_signing_alg",
        );
    }
}

#[test]
fn fapi2_5_4_1_an_algorithm_that_fapi_forbids_cannot_be_registered() {
    let key = json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" });
    for name in [
        "id_token_signed_response_alg",
        "userinfo_signed_response_alg",
        "introspection_signed_response_alg",
        "authorization_signed_response_alg",
        "request_object_signing_alg",
        "token_endpoint_auth_signing_alg",
    ] {
        let with = |alg: &str| {
            let mut more = json!({
                "profile": "fapi2", "token_endpoint_auth_method": "private_key_jwt", "jwks": { "keys": [key] },
                "id_token_signed_response_alg": "ES256",
            });
            more[name] = json!(alg);
            more
        };
        assert!(client(&with("PS256")).is_ok(), "{name}");
        assert_refused(&with("RS256"), OAuthErrorCode::InvalidClientMetadata, name);
    }
}
