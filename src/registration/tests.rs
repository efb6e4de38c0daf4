use super::*;
use crate::client::grant_type::GrantType;
use crate::client::metadata::ClientSecret;
use crate::client::parts::ciba::CibaRegistration;
use crate::client::scope::Scope;
use crate::client::words::{ApplicationType, Pkce, SigningAlg, SubjectType, TokenEndpointAuthMethod};
use crate::registration::problem::Problem;
use crate::text::LocalName;
use proptest::prelude::*;

const AGENCY: &str = "[[agency]]\nslug = \"tax\"\nname = { fa = \"مالیات\", en = \"Tax\" }\n";
const SECRET: &str = "0123456789abcdef0123456789abcdef-long-enough";

/// A file with one client that has these keys.
fn file(keys: &str) -> Result<AgencyFile, Problems> {
    AgencyFile::parse(&format!("{AGENCY}[[agency.client]]\n{keys}"))
}

/// The same for a web client with all required keys.
fn web(keys: &str) -> Result<AgencyFile, Problems> {
    file(&format!("client_id = \"tax-web\"\nredirect_uris = [\"https://tax.example/cb\"]\n{keys}"))
}

fn first(file: Result<AgencyFile, Problems>) -> ClientDeclaration {
    file.unwrap().agencies.remove(0).1.remove(0)
}

/// The only problem of the file.
fn problem(file: Result<AgencyFile, Problems>) -> Problem {
    let Problems(mut problems) = file.unwrap_err();
    assert_eq!(problems.len(), 1, "{problems:#?}");
    problems.remove(0)
}

#[track_caller]
fn assert_refused(file: Result<AgencyFile, Problems>, key: &str, remedy: &str) {
    let problem = problem(file);
    assert_eq!(problem.key.rsplit('.').next(), Some(key), "{problem}");
    assert!(problem.remedy.contains(remedy), "{problem}");
}

#[test]
fn the_example_is_a_file_that_can_be_applied() {
    let mut agencies = AgencyFile::parse(&example()).unwrap().agencies;
    let (agency, clients) = agencies.remove(0);
    assert_eq!((agency.slug.as_str(), clients.len()), ("tax", 4));
    assert!(clients[1].client.is_public());
    assert_eq!(clients[2].client.grant_types, [GrantType::ClientCredentials]);
    assert!(clients[2].client.scopes.is_empty());
    let declared = &clients[3].client.token_policy.details_types[0];
    assert_eq!((declared.name.as_str(), declared.fields.len()), ("tax_payment", 2));
}

#[test]
fn the_defaults_of_the_example_are_the_defaults_of_the_code() {
    let example = example();
    let shown = example.split("[[agency.client]]").nth(1).unwrap();
    let (needed, defaults): (Vec<_>, Vec<_>) = shown.lines().partition(|line| !line.starts_with("# "));
    let defaults = defaults.iter().map(|line| &line[2..]).filter(|line| line.contains(" = ") && !line.contains('…'));
    let written_out = format!("{}\n{}", needed.join("\n"), defaults.collect::<Vec<_>>().join("\n"));
    let mut client = first(file(&written_out)).client;
    client.client_uri = None;
    assert_eq!(client, first(file(&needed.join("\n"))).client);
}

#[test]
fn rfc7591_2_a_client_with_few_keys_gets_secure_defaults() {
    let client = first(web("")).client;
    assert_eq!(client.auth_method, TokenEndpointAuthMethod::ClientSecretBasic);
    assert_eq!(
        (client.pkce, client.signing_alg, client.subject_type),
        (Pkce::Required, SigningAlg::ES256, SubjectType::Pairwise)
    );
    assert_eq!((client.grant_types, client.scopes), (vec![GrantType::AuthorizationCode], vec![Scope::Openid]));
    assert_eq!((client.application_type, client.sector.as_str()), (ApplicationType::Web, "tax.example"));
    assert_eq!((client.name.en.as_str(), client.agency.as_str()), ("Tax", "tax"));
}

#[test]
fn oidc_core_11_a_client_that_may_request_offline_access_may_refresh() {
    let client = first(web("scope = \"openid offline_access\"")).client;
    assert_eq!(client.grant_types, [GrantType::AuthorizationCode, GrantType::RefreshToken]);
    let refused = web("scope = \"openid offline_access\"\ngrant_types = [\"authorization_code\"]");
    assert_refused(refused, "grant_types", "add refresh_token");
}

#[test]
fn an_unknown_key_is_named_with_its_value_and_the_key_that_was_meant() {
    let problem = problem(web("redirect_uri = \"https://tax.example/cb\""));
    assert_eq!(problem.key, "agency[tax].client[tax-web].redirect_uri");
    assert_eq!(problem.value.as_deref(), Some("\"https://tax.example/cb\""));
    assert!(problem.remedy.contains("did you mean redirect_uris?"));
    assert_refused(AgencyFile::parse(&format!("{AGENCY}[server]\nport = 1")), "server", "the keys here are agency");
    assert_refused(web("jwks_uri_of_mine = \"x\""), "jwks_uri_of_mine", "the keys here are client_id");
}

#[test]
fn oidc_registration_2_pages_of_a_client_may_differ_by_language() {
    let pages = first(web(
        "initiate_login_uri = \"https://tax.example/begin\"\nlogo_uri = \"https://tax.example:444/logo.png\"\n\
         policy_uri = { fa = \"https://law.example/fa\", en = \"https://law.example/en\" }\ntos_uri = \"https://law.example/tos\"",
    ))
    .client
    .pages;
    assert_eq!(pages.initiate_login.as_deref(), Some("https://tax.example/begin"));
    let both = |one: &str, other: &str| Some(LocalName { fa: one.to_owned(), en: other.to_owned() });
    assert_eq!(pages.logo, both("https://tax.example:444/logo.png", "https://tax.example:444/logo.png"));
    assert_eq!(pages.policy, both("https://law.example/fa", "https://law.example/en"));
    assert_eq!(pages.terms, both("https://law.example/tos", "https://law.example/tos"));
}

#[test]
fn unsafe_addresses_of_a_client_s_pages_are_rejected() {
    for key in ["initiate_login_uri", "logo_uri", "policy_uri", "tos_uri"] {
        for address in
            ["http://tax.example/x", "javascript:alert(1)", "data:text/html,x", "//tax.example", "https://u@tax.example/"]
        {
            let problems = web(&format!("{key} = \"{address}\"")).unwrap_err();
            assert!(problems.0.iter().any(|problem| problem.key.ends_with(key)), "{key} {address}");
        }
    }
    assert_refused(web("policy_uri = { fa = \"https://tax.example/\" }"), "policy_uri", "one for each language");
    assert_refused(web("tos_uri = [\"https://tax.example/\"]"), "tos_uri", "one for each language");
    assert_refused(web("logo_uri = \"https://elsewhere.example/logo.png\""), "logo_uri", "a host of redirect_uris");
    let one_elsewhere = "logo_uri = { fa = \"https://tax.example/l\", en = \"https://elsewhere.example/l\" }";
    assert_refused(web(one_elsewhere), "logo_uri", "a host of redirect_uris");
    assert!(web("client_uri = \"https://www.tax.example\"\nlogo_uri = \"https://www.tax.example/logo\"").is_ok());
    assert_refused(web("logo_uri = \"https://tax.example;script-src-elem/x\""), "logo_uri", "host name of letters");
}

#[test]
fn a_wrong_value_is_reported_with_a_remedy() {
    assert_refused(web("subject_type = \"pair\""), "subject_type", "pairwise, public");
    assert_refused(web("pkce = true"), "pkce", "text in quotes");
    assert_refused(web("min_acr = \"low\""), "min_acr", "urn:panjereh:acr:low");
    assert_refused(web("scope = \"openid email\""), "scope", "email is not a scope");
    assert_refused(web("scope = \"profile\""), "scope", "add openid");
    assert_refused(
        web("grant_types = [\"implicit\"]"),
        "grant_types[0]",
        "authorization_code, refresh_token, client_credentials",
    );
    assert_refused(web("client_name = { fa = \"الف\" }"), "client_name", "both languages");
    assert_refused(web("client_name = { fa = \"الف\", en = \"a\u{202e}b\" }"), "client_name", "both languages");
    assert_refused(web("client_uri = \"http://tax.example\""), "client_uri", "https");
    assert_refused(web("sector_identifier = \"https://tax.example\""), "sector_identifier", "host name");
    assert_refused(file("redirect_uris = [\"https://tax.example/cb\"]"), "client_id", "is missing");
    assert_refused(AgencyFile::parse(""), "agency", "[[agency]]");
    assert_refused(AgencyFile::parse("[agency]\nslug = \"tax\""), "agency", "double brackets");
}

#[test]
fn all_problems_are_reported_at_once() {
    let problems = AgencyFile::parse(
        "[[agency]]\nslug = \"Tax!\"\n[[agency.client]]\nclient_id = \"ا\"\nredirect_uris = [\"http://a.example\", \"x\"]\npkce = \"no\"",
    );
    let keys: Vec<String> = problems.unwrap_err().0.into_iter().map(|problem| problem.key).collect();
    let at = "agency[Tax!].client[ا]";
    let expected = [
        "agency[Tax!].slug".to_owned(),
        "agency[Tax!].name".to_owned(),
        format!("{at}.client_id"),
        format!("{at}.redirect_uris[0]"),
        format!("{at}.redirect_uris[1]"),
        format!("{at}.pkce"),
    ];
    assert_eq!(keys, expected);
}

#[test]
fn a_toml_syntax_error_is_reported_with_its_line_number_and_without_its_text() {
    let problem = problem(web(&format!("client_secret = \"{SECRET}")));
    assert_eq!(problem.key, "line 7");
    assert!(!problem.to_string().contains(SECRET));
}

#[test]
fn rfc6749_3_1_2_an_unsafe_redirect_uri_is_rejected_with_its_position() {
    for (uri, remedy) in [
        ("/cb", "absolute"),
        ("https://tax.example/cb#x", "fragment"),
        ("http://tax.example/cb", "https"),
        ("https://*.example/cb", "patterns"),
        ("myapp:/cb", "https"),
        ("https://tax.example/cb", "already"),
    ] {
        let refused = file(&format!("client_id = \"a\"\nredirect_uris = [\"https://tax.example/cb\", \"{uri}\"]"));
        assert_refused(refused, "redirect_uris[1]", remedy);
        let refused = web(&format!("post_logout_redirect_uris = [\"https://tax.example/cb\", \"{uri}\"]"));
        assert_refused(refused, "post_logout_redirect_uris[1]", remedy);
    }
    assert_refused(file("client_id = \"a\""), "redirect_uris", "at least one");
    assert_refused(file("client_id = \"a\"\nredirect_uris = \"https://tax.example\""), "redirect_uris", "list of texts");
}

#[test]
fn rfc8252_8_4_a_native_application_keeps_no_secret() {
    let native = "client_id = \"app\"\napplication_type = \"native\"\nredirect_uris = [\"example.tax.app:/cb\"]\n";
    assert_refused(file(native), "token_endpoint_auth_method", "none");
    let client = first(file(&format!("{native}token_endpoint_auth_method = \"none\""))).client;
    assert_eq!(client.sector, "client:app");
}

#[test]
fn oidc_core_8_1_several_hosts_need_a_sector_identifier() {
    let two = "client_id = \"a\"\nredirect_uris = [\"https://a.example/cb\", \"https://b.example/cb\"]\n";
    assert_refused(file(two), "sector_identifier", "a.example, b.example");
    assert_eq!(first(file(&format!("{two}sector_identifier = \"a.example\""))).client.sector, "a.example");
}

#[test]
fn two_clients_on_loopback_share_no_sector() {
    let local =
        |id: &str| first(file(&format!("client_id = \"{id}\"\nredirect_uris = [\"http://localhost:8081/cb\"]"))).client.sector;
    assert_ne!(local("tax"), local("health"));
}

#[test]
fn rfc6749_2_1_a_public_client_has_neither_secret_nor_client_credentials_nor_a_way_around_pkce() {
    let public = |keys: &str| web(&format!("token_endpoint_auth_method = \"none\"\n{keys}"));
    assert_refused(public("pkce = \"optional\""), "pkce", "RFC 9700");
    assert_refused(public(&format!("client_secret = \"{SECRET}\"")), "client_secret", "has no secret");
    assert_refused(public("grant_types = [\"authorization_code\", \"client_credentials\"]"), "grant_types", "leave it out");
    assert!(public("").is_ok());
}

#[test]
fn rfc7523_2_2_private_key_jwt_needs_public_keys_and_only_public_ones() {
    let signed = |keys: &str| web(&format!("token_endpoint_auth_method = \"private_key_jwt\"\n{keys}"));
    let x = "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4";
    assert_refused(signed(""), "jwks", "is missing");
    assert_refused(signed("jwks = { keys = [] }"), "jwks", "RFC 7517");
    assert_refused(signed("jwks = 'no json'"), "jwks", "RFC 7517");
    assert_refused(
        signed(&format!("jwks = {{ keys = [{{ kty = \"OKP\", crv = \"X25519\", x = \"{x}\" }}] }}")),
        "jwks",
        "Ed25519",
    );
    let beside = format!(r#"{{ kty = "OKP", crv = "Ed25519", x = "{x}" }}, {{ kty = "EC", crv = "P-384", x = "AA", y = "AA" }}"#);
    assert!(signed(&format!("jwks = {{ keys = [{beside}] }}")).is_ok(), "RFC 7517 5: an unknown key is ignored");
    assert_refused(signed("jwks = { keys = [{ kty = \"RSA\", n = \"AQAB\", e = \"AQAB\" }] }"), "jwks", "2048");
    let private = signed(&format!("jwks = {{ keys = [{{ kty = \"OKP\", crv = \"Ed25519\", x = \"{x}\", d = \"{x}\" }}] }}"));
    assert!(!problem(private.clone()).to_string().contains(x));
    assert_refused(private, "jwks", "public part only");
    let json = format!(r#"jwks = '{{"keys":[{{"kty":"OKP","crv":"Ed25519","x":"{x}"}}]}}'"#);
    assert!(signed(&json).is_ok());
    assert!(web(&json).is_ok(), "RFC 9101 §6.2: a client with another authentication method can sign request objects too");
}

#[test]
fn rfc7591_2_keys_are_registered_or_published_and_not_both() {
    let signed = |keys: &str| web(&format!("token_endpoint_auth_method = \"private_key_jwt\"\n{keys}"));
    let published = r#"jwks_uri = "https://tax.example/keys""#;
    assert_eq!(first(signed(published)).client.jwks_uri.as_deref(), Some("https://tax.example/keys"));
    let x = "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4";
    let both = format!("{published}\njwks = {{ keys = [{{ kty = \"OKP\", crv = \"Ed25519\", x = \"{x}\" }}] }}");
    assert_refused(signed(&both), "jwks_uri", "only one");
    for uri in ["http://tax.example/keys", "file:///etc/passwd", "https://user@tax.example/keys"] {
        assert!(signed(&format!("jwks_uri = \"{uri}\"")).is_err(), "{uri}");
    }
}

#[test]
fn rfc9101_10_5_a_client_that_must_sign_its_requests_needs_keys() {
    assert_refused(web("require_signed_request_object = true"), "jwks", "is missing");
    assert_refused(web("require_signed_request_object = \"true\""), "require_signed_request_object", "true or false");
    assert_refused(web("request_object_signing_alg = \"none\""), "request_object_signing_alg", "ES256, RS256");
    let client = first(web("require_pushed_authorization_requests = true\nrequest_object_signing_alg = \"PS256\"")).client;
    assert!(client.requests.must_be_pushed && client.requests.object_alg == Some(SigningAlg::PS256));
}

#[test]
fn a_client_may_act_only_for_itself() {
    let client = first(file("client_id = \"batch\"\ngrant_types = [\"client_credentials\"]")).client;
    assert_eq!((client.sector.as_str(), client.scopes.len()), ("client:batch", 0));
    assert_refused(web("grant_types = [\"client_credentials\"]"), "redirect_uris", "authorization_code");
    assert_refused(file("client_id = \"a\"\ngrant_types = []"), "grant_types", "at least one");
    assert_refused(file("client_id = \"a\"\ngrant_types = [\"refresh_token\"]"), "grant_types", "authorization_code");
}

#[test]
fn a_name_is_used_once() {
    let client = "[[agency.client]]\nclient_id = \"a\"\nredirect_uris = [\"https://tax.example/cb\"]\n";
    let other = AGENCY.replace("tax", "health");
    assert_refused(AgencyFile::parse(&format!("{AGENCY}{client}{other}{client}")), "client[a]", "unique");
    assert_refused(AgencyFile::parse(&format!("{AGENCY}{AGENCY}")), "agency[tax]", "twice");
}

#[test]
fn a_secret_in_the_file_becomes_its_hash_and_is_never_shown() {
    let client = first(web(&format!("client_secret = \"{SECRET}\""))).client;
    assert!(client.has_secret(&ClientSecret::new(SECRET.to_owned())));
    for sign in ["+", "%"] {
        let old = web(&format!("client_secret = \"{SECRET}{sign}\""));
        assert_refused(old, "client_secret", "form-encode");
    }
    let weak = problem(web("client_secret = \"hunter2\""));
    assert!(!weak.to_string().contains("hunter2") && weak.remedy.contains("leave it out"), "{weak}");
    let misspelt = problem(web(&format!("client_secrett = \"{SECRET}\"")));
    assert!(!misspelt.to_string().contains(SECRET), "{misspelt}");
}

#[test]
fn a_generated_secret_is_kept_when_the_file_is_applied_again() {
    let Resolution::SecretNeeded(pending) = first(web("")).resolve(None) else { panic!("no secret is known yet") };
    let registered = pending.with_secret(&ClientSecret::new(SECRET.to_owned()));
    let again = first(web("")).resolve(Some(&registered));
    assert_eq!(again, Resolution::Complete(registered.clone()));
    assert_eq!(changes(&registered, &registered), []);
    // Another change of the client keeps the secret too: only the name differs.
    let Resolution::Complete(renamed) = first(web("client_name = { fa = \"ب\", en = \"B\" }")).resolve(Some(&registered)) else {
        panic!("the secret is known")
    };
    assert!(renamed.has_secret(&ClientSecret::new(SECRET.to_owned())));
}

#[test]
fn a_client_that_stops_using_a_secret_loses_it() {
    let registered = first(web(&format!("client_secret = \"{SECRET}\""))).client;
    let Resolution::Complete(public) = first(web("token_endpoint_auth_method = \"none\"")).resolve(Some(&registered)) else {
        panic!("a public client needs no secret")
    };
    assert_eq!(public.secret_hash, None);
}

#[test]
fn rfc8628_a_device_needs_no_redirect_uri_and_may_refresh() {
    let device =
        "grant_types = [\"urn:ietf:params:oauth:grant-type:device_code\", \"refresh_token\"]\nscope = \"openid offline_access\"";
    let text = format!("{AGENCY}[[agency.client]]\nclient_id = \"kiosk\"\ntoken_endpoint_auth_method = \"none\"\n{device}\n");
    let client = AgencyFile::parse(&text).unwrap().agencies.remove(0).1.remove(0).client;
    assert!(client.may_use(GrantType::DeviceCode) && client.redirect_uris.is_empty());
    assert_eq!((client.sector.as_str(), client.scopes.as_slice()), ("client:kiosk", &[Scope::Openid, Scope::OfflineAccess][..]));
}

#[test]
fn ciba_4_a_ciba_client_authenticates_and_a_ping_client_has_a_notification_endpoint() {
    let ciba = "grant_types = [\"urn:openid:params:grant-type:ciba\"]\n";
    let with = |keys: &str| file(&format!("client_id = \"counter\"\n{ciba}{keys}"));
    let client = first(with("")).client;
    assert_eq!((client.ciba, client.scopes), (CibaRegistration::default(), vec![Scope::Openid]));
    let ping = "backchannel_token_delivery_mode = \"ping\"\n";
    let endpoint = "backchannel_client_notification_endpoint = \"https://tax.example/ciba\"\n";
    let client = first(with(&format!("{ping}{endpoint}backchannel_user_code_parameter = false"))).client;
    assert_eq!(client.ciba.notification_endpoint.as_deref(), Some("https://tax.example/ciba"));
    assert_refused(with(ping), "backchannel_client_notification_endpoint", "needs an https address");
    assert_refused(with(endpoint), "backchannel_client_notification_endpoint", "choose the backchannel_token_delivery_mode ping");
    assert_refused(with("backchannel_token_delivery_mode = \"push\""), "backchannel_token_delivery_mode", "poll, ping");
    assert_refused(with("backchannel_user_code_parameter = true"), "backchannel_user_code_parameter", "write false");
    assert_refused(with("backchannel_authentication_request_signing_alg = \"PS256\""), "jwks", "is missing");
    assert_refused(with("token_endpoint_auth_method = \"none\""), "grant_types", "authenticates");
    assert_refused(web(&format!("{ping}{endpoint}")), "backchannel_token_delivery_mode", "add urn:openid:params:grant-type:ciba");
    let plain = format!("{ping}backchannel_client_notification_endpoint = \"http://tax.example/ciba\"");
    assert_refused(with(&plain), "backchannel_client_notification_endpoint", "https");
}

#[test]
fn changes_are_listed_in_order_and_without_secrets() {
    let old = first(web(&format!("client_secret = \"{SECRET}\""))).client;
    let new = first(web(&format!("client_secret = \"{SECRET}2\"\npkce = \"optional\"\nscope = \"openid phone\""))).client;
    let told: Vec<_> = changes(&old, &new).into_iter().map(|change| (change.field, change.old, change.new)).collect();
    let expected = [("client_secret", "set", "replaced"), ("scope", "openid", "openid phone"), ("pkce", "required", "optional")];
    assert_eq!(told, expected.map(|(field, old, new)| (field, old.to_owned(), new.to_owned())));
}

proptest! {
    #[test]
    fn any_text_is_read_without_a_panic(text in ".{0,300}") {
        let _ = AgencyFile::parse(&text);
    }

    #[test]
    fn any_value_of_any_key_is_read_without_a_panic(
        key in prop::sample::select(table::rows_of_files().map(|row| row.name).collect::<Vec<_>>()),
        value in prop_oneof!["-?[0-9]{1,4}", Just("true".to_owned()), "'[^'\\p{Cc}]{0,40}'", "\\['[a-z:/.#*@]{0,20}', 1\\]", "\\['[a-z:/.#*@]{0,20}'\\]",
            Just("1979-05-27".to_owned()), "\\{ keys = \\[ \\{ [a-z]{1,3} = '[A-Za-z]{0,5}' \\} \\] \\}"],
    ) {
        if let Err(problems) = file(&format!("{key} = {value}")) {
            prop_assert!(problems.0.iter().all(|problem| !problem.key.is_empty() && !problem.remedy.is_empty()));
        }
    }
}
