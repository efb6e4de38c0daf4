//! The authorization request, by browser and pushed.

use super::Told::{Error, Good, Page};
use super::{INVALID, Parameter, Row, Told, is_json_error, is_not_kept, rows_of_any, world};
use crate::world::World;
use crate::world::agency::Agency;
use crate::world::html::encode;
use axum::body::Body;
use axum::http::Request;
use panjereh::client::resource::ResourceUri;
use url::Url;

const NO_CLIENT: Told = Page("refusal-unknown-client-title");
const NO_REDIRECT: Told = Page("refusal-bad-redirect-title");
const NO_SCOPE: Told = Error("invalid_scope");
const NO_OBJECT: Told = Error("invalid_request_object");
const NO_DETAILS: Told = Error("invalid_authorization_details");
const NO_TARGET: Told = Error("invalid_target");
const OTHER_TYPE: Told = Error("unsupported_response_type");
const API: &str = "https://api.tax.example";

/// A parameter that may be missing, and is ignored when it is empty; not repeated.
const fn optional(name: &'static str, section: &'static str, good: &'static str) -> Parameter {
    Parameter { name, section, good, missing: Good, empty: Good, twice: INVALID, long: (4000, Good), wrong: &[] }
}

const fn needed(name: &'static str, section: &'static str, without: Told) -> Parameter {
    Parameter { name, section, good: "", missing: without, empty: without, twice: INVALID, long: (4000, INVALID), wrong: &[] }
}

const PARAMETERS: [Parameter; 23] = [
    Parameter {
        twice: NO_CLIENT,
        long: (128, NO_CLIENT),
        wrong: &[("nobody", NO_CLIENT), ("ta x", NO_CLIENT), ("تکس", NO_CLIENT), ("TAX", NO_CLIENT)],
        ..needed("client_id", "RFC 6749 4.1.1", NO_CLIENT)
    },
    Parameter {
        twice: NO_REDIRECT,
        long: (2048, NO_REDIRECT),
        wrong: &[("/callback", NO_REDIRECT), ("https://tax.example/other", NO_REDIRECT), ("x", NO_REDIRECT)],
        ..needed("redirect_uri", "OIDC Core 3.1.2.1", NO_REDIRECT)
    },
    Parameter {
        long: (64, OTHER_TYPE),
        wrong: &[("token", OTHER_TYPE), ("code id_token", OTHER_TYPE), ("Code", OTHER_TYPE), ("none", OTHER_TYPE)],
        ..needed("response_type", "RFC 6749 3.1.1", INVALID)
    },
    Parameter {
        long: (2048, INVALID),
        wrong: &[("profile", NO_SCOPE), ("OpenID", NO_SCOPE), ("openid,profile", NO_SCOPE), ("openid nonsense", Good)],
        ..needed("scope", "OIDC Core 3.1.2.1", NO_SCOPE)
    },
    Parameter {
        long: (20_000, Good), wrong: &[("ü&=#\"<", Good), ("a\nb", INVALID)], ..optional("state", "RFC 6749 4.1.1", "")
    },
    Parameter { long: (2048, INVALID), ..optional("nonce", "OIDC Core 3.1.2.1", "") },
    Parameter {
        long: (43, INVALID),
        wrong: &[("short", INVALID), ("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM", INVALID)],
        ..needed("code_challenge", "RFC 7636 4.4.1", INVALID)
    },
    Parameter {
        long: (64, INVALID),
        wrong: &[("plain", INVALID), ("s256", INVALID)],
        ..needed("code_challenge_method", "RFC 7636 4.4.1", INVALID)
    },
    Parameter {
        long: (64, INVALID),
        wrong: &[("fragment", INVALID), ("web_message", INVALID)],
        ..optional("response_mode", "OAuth Multiple Response Types 2.1", "query")
    },
    Parameter {
        long: (512, INVALID),
        wrong: &[("none login", INVALID), ("nonsense", Good), ("Login", Good)],
        ..optional("prompt", "OIDC Core 3.1.2.1", "login")
    },
    Parameter {
        long: (10, INVALID),
        wrong: &[("-1", INVALID), ("+1", INVALID), ("1.5", INVALID), ("۵", INVALID), ("4294967296", Good)],
        ..optional("max_age", "OIDC Core 3.1.2.1", "60")
    },
    Parameter { long: (512, Good), wrong: &[("<b>", Good)], ..optional("login_hint", "OIDC Core 3.1.2.1", "0012345679") },
    Parameter { wrong: &[("!", Good), ("fa_IR", Good)], ..optional("ui_locales", "OIDC Core 3.1.2.1", "fa en") },
    optional("claims_locales", "OIDC Core 5.2", "fa"),
    Parameter {
        long: (2048, INVALID),
        wrong: &[("urn:other", Good), ("1", Good)],
        ..optional("acr_values", "OIDC Core 3.1.2.1", "urn:panjereh:acr:low")
    },
    Parameter { long: (8192, Good), wrong: &[("x", Good)], ..optional("id_token_hint", "OIDC Core 3.1.2.1", "a.b.c") },
    Parameter { wrong: &[("hologram", Good)], ..optional("display", "OIDC Core 3.1.2.1", "popup") },
    Parameter {
        long: (4096, INVALID),
        wrong: &[
            ("x", INVALID),
            ("[]", INVALID),
            ("null", INVALID),
            (r#"{"userinfo":1}"#, INVALID),
            ("\r\n{\n\t\"userinfo\": {}\n}\n", Good),
            ("{\u{b}}", INVALID),
        ],
        ..optional("claims", "OIDC Core 5.5", "{}")
    },
    Parameter {
        twice: Good,
        long: (512, NO_TARGET),
        wrong: &[("x", NO_TARGET), ("https://api.tax.example/#f", NO_TARGET), ("https://other.example", NO_TARGET)],
        ..optional("resource", "RFC 8707 2.1", API)
    },
    Parameter {
        missing: Good,
        empty: Good,
        long: (4096, NO_DETAILS),
        wrong: &[
            ("x", NO_DETAILS),
            ("{}", NO_DETAILS),
            ("[]", NO_DETAILS),
            ("[1]", NO_DETAILS),
            (r#"[{"actions":["read"]}]"#, NO_DETAILS),
            (r#"[{"type":"unknown"}]"#, NO_DETAILS),
            (r#"[{"type":"a","type":"a"}]"#, NO_DETAILS),
        ],
        // No type is declared here, so none is accepted; `stories/` tests accepted ones.
        ..optional("authorization_details", "RFC 9396 5", "[]")
    },
    Parameter {
        long: (43, INVALID),
        wrong: &[("short", INVALID)],
        ..optional("dpop_jkt", "RFC 9449 10", "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I")
    },
    Parameter {
        long: (4000, NO_OBJECT),
        wrong: &[("x", NO_OBJECT), ("e30.e30.", NO_OBJECT), ("a.b.c.d.e", NO_OBJECT)],
        ..optional("request", "RFC 9101 5", "a.b.c")
    },
    Parameter {
        long: (64, Error("registration_not_supported")),
        wrong: &[("{}", Error("registration_not_supported"))],
        ..optional("registration", "OIDC Core 7.2.1", "{}")
    },
];

/// `request_uri`: its accepted values differ between the two endpoints.
const REQUEST_URI: Parameter = Parameter {
    long: (64, Error("request_uri_not_supported")),
    wrong: &[
        ("https://tax.example/request", Error("request_uri_not_supported")),
        ("urn:ietf:params:oauth:request_uri:unknown", Page("refusal-request-gone-title")),
    ],
    ..optional("request_uri", "RFC 9126 4", "https://tax.example/request")
};

async fn agency(world: &World) -> Agency<'_> {
    world.agency_with("tax", |client| client.token_policy.resources.extend(ResourceUri::parse(API))).await
}

fn rows(good: &[(String, String)]) -> Vec<Row> {
    PARAMETERS.iter().flat_map(|parameter| parameter.rows(good)).chain(rows_of_any(good)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_parameter_of_the_authorization_request() {
    let world = world().await;
    let tax = agency(&world).await;
    let good = tax.ask("openid").params;
    for row in rows(&good).into_iter().chain(REQUEST_URI.rows(&good)) {
        by_browser(&world, &row).await;
    }
}

async fn by_browser(world: &World, row: &Row) {
    let body = encode(&row.pairs);
    let by_form = Request::post("/authorize").header("content-type", "application/x-www-form-urlencoded");
    for request in
        [Request::get(format!("/authorize?{body}")).body(Body::empty()).unwrap(), by_form.body(Body::from(body.clone())).unwrap()]
    {
        let label = format!("{} {}", request.method(), row.label);
        let is_form = request.method() == "POST";
        let mut answer = world.send(request).await;
        if is_form {
            // A form without cookies waits until the browser has returned with its cookies.
            let waiting = answer.header("location").to_owned();
            assert!(answer.status == 303 && waiting.starts_with("/authorize/parked/"), "{label}: {waiting}");
            answer = world.get(&waiting).await;
        }
        assert_eq!(answer.header("cache-control"), "no-store", "{label}");
        let location = answer.header("location");
        match row.told {
            Good => assert!(answer.status == 303 && location.starts_with("/interaction/"), "{label}: {location}"),
            Page(key) => {
                assert_eq!((answer.status.as_u16(), location), (400, ""), "{label}");
                let says = panjereh::locale::Locale::default().t(key);
                assert!(answer.text().contains(&says), "{label}: {}", answer.text());
            }
            Error(error) => {
                assert_eq!(answer.status, 303, "{label}: {}", answer.text());
                let target = Url::parse(location).unwrap();
                assert!(location.starts_with("https://tax.example/callback?"), "{label}: {location}");
                let said =
                    |name: &str| target.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned());
                assert_eq!(said("error").as_deref(), Some(error), "{label}: {location}");
                assert_eq!(said("iss").as_deref(), Some("https://window.example"), "{label}: RFC 9207 2");
                assert!(said("error_description").is_some_and(|text| !text.is_empty()) && said("code").is_none(), "{label}");
                // RFC 6749 §4.1.2.1: `state` is returned as it was sent, if it was sent once and can be carried.
                let sent: Vec<_> = row.pairs.iter().filter(|(name, _)| name == "state").map(|(_, state)| state).collect();
                let plain = |state: &String| !state.is_empty() && !state.chars().any(char::is_control);
                let expected = matches!(&sent[..], [state] if plain(state)).then(|| sent[0].clone());
                assert_eq!(said("state"), expected, "{label}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_parameter_of_a_pushed_request() {
    let world = world().await;
    let tax = agency(&world).await;
    let good = tax.ask("openid").params;
    let pushed_uri = Parameter {
        long: (64, INVALID),
        wrong: &[("https://tax.example/request", INVALID), ("urn:ietf:params:oauth:request_uri:unknown", INVALID)],
        ..REQUEST_URI
    };
    for row in rows(&good).into_iter().chain(pushed_uri.rows(&good)) {
        let form: Vec<_> = row.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let answer = tax.post("/par", &form).await;
        let is_no_name = |value: &str| value.contains(|c: char| !c.is_ascii_graphic());
        let no_name = row.pairs.iter().any(|(name, value)| name == "client_id" && is_no_name(value));
        match row.told {
            Good => {
                assert_eq!(answer.status, 201, "{}: {}", row.label, answer.text());
                is_not_kept(&answer, &row.label);
                let uri = answer.json()["request_uri"].as_str().unwrap().to_owned();
                assert!(uri.starts_with("urn:ietf:params:oauth:request_uri:") && uri.len() == 77, "{}", row.label);
            }
            // RFC 9126 §2.3: what a browser would see as a page is an error in JSON.
            Page(_) if no_name => is_json_error(&answer, "invalid_client", &row.label),
            Page(_) => is_json_error(&answer, "invalid_request", &row.label),
            Error(error) => is_json_error(&answer, error, &row.label),
        }
    }
}
