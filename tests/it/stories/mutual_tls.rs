//! Clients that show a certificate (RFC 8705). `wire/listener.rs` and `conformance/` test TLS itself; here a certificate is what
//! a connection or a proxy reports.

use crate::world::agency::{Agency, code_form};
use crate::world::browser::Browser;
use crate::world::tokens::Tokens;
use crate::world::{Answer, Backend, World, on_both_backends};
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderValue, Request};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use panjereh::client::grant_type::GrantType;
use panjereh::client::parts::mutual_tls::{CertificateBound, CertificateSubject, DistinguishedName};
use panjereh::client::words::TokenEndpointAuthMethod;
use panjereh::crypto::certificate::ClientCertificate;
use panjereh::settings::Network;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, SanType};
use serde_json::{Value, json};
use std::net::SocketAddr;

on_both_backends! {
    rfc8705_2_2_a_certificate_that_its_client_registered_authenticates_it,
    rfc8705_3_a_token_is_bound_to_the_certificate_and_used_with_it,
    rfc8705_4_a_refresh_token_of_a_public_client_is_bound_to_its_certificate,
}

/// A certificate with its DER.
struct Certificate {
    der: Vec<u8>,
    pem: String,
}

impl Certificate {
    fn shown(&self) -> ClientCertificate {
        ClientCertificate::from_der(&self.der).unwrap()
    }

    fn thumbprint(&self) -> String {
        self.shown().thumbprint().unwrap().as_str().to_owned()
    }
}

fn params() -> CertificateParams {
    let mut params = CertificateParams::new(vec!["batch.tax.example".to_owned()]).unwrap();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CountryName, "IR");
    params.distinguished_name.push(DnType::OrganizationName, "Tax, Office");
    params.distinguished_name.push(DnType::CommonName, "batch");
    params.subject_alt_names.extend([
        SanType::URI("https://tax.example/batch".try_into().unwrap()),
        SanType::IpAddress("192.0.2.9".parse().unwrap()),
        SanType::Rfc822Name("batch@tax.example".try_into().unwrap()),
    ]);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params
}

fn self_signed() -> Certificate {
    let made = params().self_signed(&KeyPair::generate().unwrap()).unwrap();
    Certificate { der: made.der().to_vec(), pem: made.pem() }
}

/// An authority.
fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn issued(authority: &CertifiedIssuer<'static, KeyPair>, params: &CertificateParams) -> Certificate {
    let made = params.signed_by(&KeyPair::generate().unwrap(), authority).unwrap();
    Certificate { der: made.der().to_vec(), pem: made.pem() }
}

/// Sends a request over a connection that was made with this certificate.
async fn send(world: &World, mut request: Request<Body>, certificate: Option<&Certificate>) -> Answer {
    if let Some(certificate) = certificate {
        request.extensions_mut().insert(certificate.shown());
    }
    world.send(request).await
}

fn own_token(agency: &Agency<'_>) -> Request<Body> {
    agency.token_request(&[("grant_type", "client_credentials")])
}

async fn userinfo(world: &World, token: &str, certificate: Option<&Certificate>) -> Answer {
    let request = Request::get("/userinfo").header("authorization", format!("Bearer {token}"));
    send(world, request.body(Body::empty()).unwrap(), certificate).await
}

async fn self_signed_client<'w>(world: &'w World, name: &str, key: Value) -> Agency<'w> {
    world
        .agency_with(name, |client| {
            client.auth_method = TokenEndpointAuthMethod::SelfSignedTlsClientAuth;
            client.grant_types.push(GrantType::ClientCredentials);
            client.jwks = Some(json!({ "keys": [key] }));
        })
        .await
}

async fn rfc8705_2_2_a_certificate_that_its_client_registered_authenticates_it(world: &World) {
    let (own, other) = (self_signed(), self_signed());
    let whole = json!({ "kty": "EC", "x5c": [STANDARD.encode(&own.der)] });
    let thumbprint = json!({ "kty": "EC", "x5t#S256": own.thumbprint() });
    for (name, key) in [("by-certificate", whole), ("by-thumbprint", thumbprint)] {
        let batch = self_signed_client(world, name, key).await;
        assert_eq!(send(world, own_token(&batch), Some(&own)).await.status, 200, "{name}");
        for wrong in [None, Some(&other)] {
            let answer = send(world, own_token(&batch), wrong).await;
            assert_eq!((answer.status.as_u16(), answer.error().as_str()), (401, "invalid_client"), "{name}");
        }
    }
    // A secret or nothing cannot replace a certificate, and a certificate cannot replace anything else.
    let tax = world.agency_with("tax", |client| client.grant_types.push(GrantType::ClientCredentials)).await;
    let mut without = own_token(&tax);
    without.headers_mut().remove("authorization");
    *without.body_mut() = Body::from("grant_type=client_credentials&client_id=tax");
    assert_eq!(send(world, without, Some(&own)).await.error(), "invalid_client");
}

/// A person signs in; the code is redeemed in a connection with this certificate.
async fn redeem(agency: &Agency<'_>, browser: &mut Browser<'_>, certificate: Option<&Certificate>) -> Answer {
    let (asking, code) = agency.silently(browser, "openid offline_access").await;
    send(agency.world, agency.token_request(&code_form(&asking, &code)), certificate).await
}

async fn rfc8705_3_a_token_is_bound_to_the_certificate_and_used_with_it(world: &World) {
    let (own, other) = (self_signed(), self_signed());
    let plain = world.agency("plain").await;
    let bound = world.agency_with("bound", |client| client.token_policy.mutual_tls.tokens = CertificateBound::Yes).await;
    let (citizen, mut browser, _) = world.signed_in(&plain, "openid offline_access").await;
    let asking = bound.ask("openid offline_access");
    browser.open(&asking.url()).await;
    browser.allow().await;
    drop(citizen);

    let refused = redeem(&bound, &mut browser, None).await;
    assert_eq!((refused.status.as_u16(), refused.error().as_str()), (400, "invalid_request"));
    let answer = redeem(&bound, &mut browser, Some(&own)).await;
    assert_eq!((answer.status.as_u16(), answer.json()["token_type"].as_str()), (200, Some("Bearer")), "{}", answer.text());
    let tokens = Tokens::of(&answer);
    let (_, claims) = world.signed_claims(&tokens.access_token).await;
    assert_eq!(claims["cnf"], json!({ "x5t#S256": own.thumbprint() }));
    let told = bound.post("/introspect", &[("token", &tokens.access_token)]).await.json();
    assert_eq!((&told["cnf"], &told["token_type"]), (&claims["cnf"], &json!("Bearer")));

    assert_eq!(userinfo(world, &tokens.access_token, Some(&own)).await.status, 200);
    for wrong in [None, Some(&other)] {
        let answer = userinfo(world, &tokens.access_token, wrong).await;
        assert_eq!(answer.status, 401);
        assert!(answer.header("www-authenticate").contains("invalid_token"), "{}", answer.header("www-authenticate"));
    }
    // A client that is not registered for it gets unbound tokens in any connection.
    let free = Tokens::of(&redeem(&plain, &mut browser, Some(&own)).await);
    assert_eq!(userinfo(world, &free.access_token, None).await.status, 200);
    // A client that authenticates by another method may use another certificate (RFC 8705 §4).
    let refresh = bound.token_request(&[("grant_type", "refresh_token"), ("refresh_token", &tokens.refresh_token.unwrap())]);
    let renewed = Tokens::of(&send(world, refresh, Some(&other)).await);
    assert_eq!(userinfo(world, &renewed.access_token, Some(&other)).await.status, 200);
    assert_eq!(userinfo(world, &renewed.access_token, Some(&own)).await.status, 401);
}

async fn rfc8705_4_a_refresh_token_of_a_public_client_is_bound_to_its_certificate(world: &World) {
    let (own, other) = (self_signed(), self_signed());
    let app = world
        .agency_with("app", |client| {
            client.auth_method = TokenEndpointAuthMethod::None;
            client.token_policy.mutual_tls.tokens = CertificateBound::Yes;
        })
        .await;
    let mut citizen = world.registered(&world.agency("other").await).await;
    let mut browser = world.browser();
    let asking = app.ask("openid offline_access");
    browser.open(&asking.url()).await;
    browser.sign_in(&citizen).await;
    browser.allow().await;
    citizen.recovery_codes.clear();
    let code = asking.code(&browser.page);
    let tokens = Tokens::of(&send(world, app.token_request(&code_form(&asking, &code)), Some(&own)).await);
    let refresh_token = tokens.refresh_token.unwrap();
    let refresh = || app.token_request(&[("grant_type", "refresh_token"), ("refresh_token", &refresh_token)]);
    assert_eq!(send(world, refresh(), Some(&other)).await.error(), "invalid_grant");
    assert_eq!(send(world, refresh(), Some(&own)).await.status, 200, "the refused attempt did not use it up");
}

#[tokio::test]
async fn rfc8705_2_1_an_authority_vouches_for_the_name_that_is_registered() {
    let (ours, theirs) = (authority(), authority());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("authorities.pem");
    std::fs::write(&file, ours.pem()).unwrap();
    let world = World::with(Backend::Embedded, |settings| settings.tls.client_ca = Some(file)).await.unwrap();
    let (good, forged) = (issued(&ours, &params()), issued(&theirs, &params()));
    let mut expired = params();
    (expired.not_before, expired.not_after) = (rcgen::date_time_ymd(2020, 1, 1), rcgen::date_time_ymd(2021, 1, 1));
    let mut for_servers = params();
    for_servers.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let dn = |text| CertificateSubject::SubjectDn(DistinguishedName::parse(text).unwrap());
    for (at, (subject, fits)) in [
        (dn("CN=batch,O=Tax\\, Office,C=IR"), true),
        (dn("C=IR,O=Tax\\, Office,CN=batch"), false),
        (dn("CN=batch,O=Tax\\, Office"), false),
        (dn("CN=Batch,O=Tax\\, Office,C=IR"), false),
        (CertificateSubject::SanDns("BATCH.tax.example".to_owned()), true),
        (CertificateSubject::SanDns("tax.example".to_owned()), false),
        (CertificateSubject::SanUri("https://tax.example/batch".to_owned()), true),
        (CertificateSubject::SanUri("https://tax.example/".to_owned()), false),
        (CertificateSubject::SanIp("192.0.2.9".parse().unwrap()), true),
        (CertificateSubject::SanIp("192.0.2.8".parse().unwrap()), false),
        (CertificateSubject::SanEmail("batch@tax.example".to_owned()), true),
        (CertificateSubject::SanEmail("other@tax.example".to_owned()), false),
    ]
    .into_iter()
    .enumerate()
    {
        let batch = world
            .agency_with(&format!("batch-{at}"), |client| {
                client.auth_method = TokenEndpointAuthMethod::TlsClientAuth;
                client.grant_types.push(GrantType::ClientCredentials);
                client.token_policy.mutual_tls.subject = Some(subject.clone());
            })
            .await;
        let answer = send(&world, own_token(&batch), Some(&good)).await;
        assert_eq!(answer.status.as_u16(), if fits { 200 } else { 401 }, "{subject:?}");
        if fits {
            let wrong = [&forged, &self_signed(), &issued(&ours, &expired), &issued(&ours, &for_servers)];
            for (which, wrong) in wrong.into_iter().enumerate() {
                assert_eq!(send(&world, own_token(&batch), Some(wrong)).await.error(), "invalid_client", "{which}");
            }
        }
    }
}

#[tokio::test]
async fn a_certificate_in_a_header_counts_from_a_trusted_proxy_alone() {
    let own = self_signed();
    let escaped: String = url::form_urlencoded::byte_serialize(own.pem.as_bytes()).collect::<String>().replace('+', "%20");
    let forms = [format!(":{}:", STANDARD.encode(&own.der)), STANDARD.encode(&own.der), escaped];
    let set = |proxies: &'static str, header: &'static str| {
        World::with(Backend::Embedded, move |settings| {
            settings.server.trusted_proxies = Network::parse(proxies).into_iter().collect();
            header.clone_into(&mut settings.tls.client_certificate_header);
        })
    };
    for (proxies, header, counts) in [
        ("192.0.2.0/24", "client-cert", true),
        ("10.0.0.0/8", "client-cert", false),
        ("192.0.2.0/24", "", false),
        ("192.0.2.0/24", "x-other", false),
    ] {
        let world = set(proxies, header).await.unwrap();
        let batch = self_signed_client(&world, "batch", json!({ "kty": "EC", "x5t#S256": own.thumbprint() })).await;
        let request = |values: &[&str]| {
            let mut request = own_token(&batch);
            request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 7], 50_000))));
            for value in values {
                request.headers_mut().append("client-cert", HeaderValue::from_str(value).unwrap());
            }
            request
        };
        for form in &forms {
            let answer = world.send(request(&[form])).await;
            assert_eq!(answer.status.as_u16(), if counts { 200 } else { 401 }, "{proxies} {header} {form}");
        }
        for wrong in [&[forms[0].as_str(), &forms[0]][..], &["::"], &["-----BEGIN"], &[""], &[&forms[0][..50]]] {
            assert_eq!(world.send(request(wrong)).await.error(), "invalid_client", "{wrong:?}");
        }
        let discovery = world.get("/.well-known/openid-configuration").await.json();
        let announced = discovery["token_endpoint_auth_methods_supported"].to_string().contains("self_signed_tls_client_auth");
        assert_eq!(announced, !header.is_empty());
        assert!(!discovery.to_string().contains("\"tls_client_auth\""), "there is no authority");
    }
}

#[tokio::test]
async fn rfc8705_5_discovery_tells_where_certificates_are_asked_for() {
    let world = World::with(Backend::Embedded, |settings| {
        settings.tls.mutual_listen = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
        settings.tls.mutual_url = "https://tls.window.example".to_owned();
    });
    let discovery = world.await.unwrap().get("/.well-known/openid-configuration").await.json();
    assert_eq!(discovery["tls_client_certificate_bound_access_tokens"], true);
    let aliases = discovery["mtls_endpoint_aliases"].as_object().unwrap();
    for (endpoint, alias) in aliases {
        let path = discovery[endpoint].as_str().unwrap().strip_prefix("https://window.example").unwrap();
        assert_eq!(alias, &format!("https://tls.window.example{path}"));
    }
    assert!(aliases.contains_key("token_endpoint") && aliases.contains_key("userinfo_endpoint"));
}
