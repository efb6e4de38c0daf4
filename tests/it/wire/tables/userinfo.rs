//! UserInfo: where the access token is sent, and the answer where it is missing (OpenID Connect Core §5.3, RFC 6750 §3).

use super::{is_not_kept, world};
use crate::world::World;
use axum::body::Body;
use axum::http::{HeaderValue, Request};

const INTERACTION: &str = "93bac548-d2de-4546-b106-880a5018460d";
const FORM: &str = "application/x-www-form-urlencoded";

/// How a request is made: method and query, `Authorization` headers, type and body.
struct Sent<'a>(&'a str, &'a [&'a str], Option<(&'a str, &'a str)>);

async fn answered(world: &World, row: &str, Sent(to, headers, body): &Sent<'_>, (status, error): (u16, &str)) {
    let (method, query) = to.split_once(' ').unwrap_or((to, ""));
    let mut request = Request::builder().method(method).uri(format!("/userinfo{query}"));
    for value in *headers {
        request = request.header("authorization", HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    if let Some((content_type, _)) = body {
        request = request.header("content-type", *content_type);
    }
    let named = row.len().is_multiple_of(2);
    if named {
        request = request.header("x-fapi-interaction-id", INTERACTION);
    }
    let request = request.body(Body::from(body.map_or("", |(_, body)| body).to_owned())).unwrap();
    let answer = world.send(request).await;
    assert_eq!(answer.status.as_u16(), status, "{row}: {}", answer.text());
    let interaction = answer.header("x-fapi-interaction-id");
    assert!(interaction.len() == 36 && (interaction == INTERACTION) == named, "FAPI 1.0 Part 1 6.2.1 item 11: {row}");
    let challenge = answer.header("www-authenticate");
    match (status, error) {
        (200, _) => assert!(challenge.is_empty() && answer.json()["sub"].is_string(), "{row}"),
        // RFC 6750 §3: a client that showed no token learns how to authenticate, and no error.
        (_, "") => {
            assert!(challenge.starts_with(r#"Bearer realm="https://window.example""#) && !challenge.contains("error="), "{row}");
            assert_eq!(answer.text(), "", "{row}");
        }
        // RFC 6750 §3.1: the challenge names the error.
        (_, error) => {
            let expected = format!(r#"realm="https://window.example", error="{error}", error_description=""#);
            assert!(challenge.contains(&expected), "{row}: {challenge}");
            assert_eq!(answer.error(), error, "{row}");
        }
    }
    if !error.is_empty() || status == 200 {
        is_not_kept(&answer, row);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_way_to_send_an_access_token() {
    let world = world().await;
    let tax = world.agency_with("tax", |client| client.grant_types = panjereh::client::grant_type::GrantType::ALL.to_vec()).await;
    let (_, _, tokens) = world.signed_in(&tax, "openid").await;
    let token = tokens.access_token;
    let own = tax.token(&[("grant_type", "client_credentials")]).await.json()["access_token"].as_str().unwrap().to_owned();
    let header = format!("Bearer {token}");
    let (lower, dpop, own) = (format!("bearer {token}"), format!("DPoP {token}"), format!("Bearer {own}"));
    let id_token = format!("Bearer {}", tokens.id_token);
    let (cut, long) = (header[..header.len() - 1].to_owned(), format!("Bearer {}", "a".repeat(17 * 1024)));
    let (form, twice) = (format!("access_token={token}"), format!("access_token={token}&access_token={token}"));
    let unknown = format!("{form}&unknown=x");
    let query = format!("GET ?access_token={token}");
    let (refused, nothing, bad) = ((401, "invalid_token"), (401, ""), (400, "invalid_request"));
    for (row, sent, told) in [
        ("in the header", Sent("GET", &[&header], None), (200, "")),
        ("in the header of a POST", Sent("POST", &[&header], None), (200, "")),
        ("RFC 9110 11.1: the scheme in any case", Sent("GET", &[&lower], None), (200, "")),
        ("RFC 6750 2.2: in a form", Sent("POST", &[], Some((FORM, &form))), (200, "")),
        ("beside an unknown parameter", Sent("POST", &[], Some((FORM, &unknown))), (200, "")),
        ("missing", Sent("GET", &[], None), nothing),
        ("missing in a POST", Sent("POST", &[], Some((FORM, "a=b"))), nothing),
        ("empty", Sent("GET", &[""], None), nothing),
        ("empty in a form", Sent("POST", &[], Some((FORM, "access_token="))), nothing),
        ("without a token", Sent("GET", &["Bearer"], None), nothing),
        ("with an empty token", Sent("GET", &["Bearer "], None), refused),
        ("another scheme", Sent("GET", &["Basic dGF4Ong="], None), nothing),
        ("RFC 6750 2.3: in the query, where it would be logged", Sent(&query, &[], None), nothing),
        ("in JSON", Sent("POST", &[], Some(("application/json", &form))), nothing),
        ("RFC 6750 2: in two ways", Sent("POST", &[&header], Some((FORM, &form))), bad),
        ("twice in a form", Sent("POST", &[], Some((FORM, &twice))), bad),
        ("RFC 9110 5.3: twice in the header", Sent("GET", &[&header, &header], None), bad),
        ("twice in the header of a POST", Sent("POST", &[&header, "Bearer x"], None), bad),
        ("badly encoded", Sent("POST", &[], Some((FORM, "access_token=%zz"))), bad),
        ("cut short", Sent("GET", &[&cut], None), refused),
        ("too long", Sent("GET", &[&long], None), refused),
        ("no token", Sent("GET", &["Bearer x"], None), refused),
        ("bytes that are no text", Sent("GET", &["Bearer ü"], None), nothing),
        ("RFC 8725 3.11: an ID token", Sent("GET", &[&id_token], None), refused),
        ("RFC 9449 7.1: a bearer token without a proof as DPoP", Sent("GET", &[&dpop], None), (401, "invalid_dpop_proof")),
        ("OIDC Core 5.3.1: a token without a person", Sent("GET", &[&own], None), (403, "insufficient_scope")),
    ] {
        answered(&world, row, &sent, told).await;
    }
}
