//! The clients of the demo: the two agencies, and ready ones for developers who want to try the protocol.

use crate::client::agency::Agency;
use crate::client::grant_type::GrantType;
use crate::client::metadata::{Client, ClientSecret};
use crate::client::scope::Scope;
use crate::client::words::{ApplicationType, ClientId, TokenEndpointAuthMethod};
use crate::demo::agency_config::{AgencyConfig, AgencyKind};
use crate::random::Random;
use crate::secret::TokenHash;
use crate::text::LocalName;
use aws_lc_rs::encoding::AsBigEndian as _;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// The redirect URI of the ready clients; a developer who tries them listens there.
const READY_REDIRECT: &str = "http://localhost:9999/callback";

/// A client of the demo together with its secret or private key.
#[derive(Debug, Clone)]
pub(crate) struct DemoClient {
    /// As it is registered.
    pub(crate) client: Client,
    /// Its secret, if it has one; new at every start.
    pub(crate) secret: Option<ClientSecret>,
    /// Its private key as JWK, if it signs assertions; new at every start.
    pub(crate) private_jwk: Option<Value>,
}

/// All that the demo registers.
#[derive(Debug, Clone)]
pub(crate) struct DemoClients {
    /// The organisations.
    pub(crate) agencies: Vec<Agency>,
    /// Their clients: the two sample agencies first.
    pub(crate) clients: Vec<DemoClient>,
}

/// Why the demo has no clients.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DemoClientsError {
    /// No key pair could be generated.
    #[error("no key pair could be made for the demo's private_key_jwt client")]
    NoKeyPair,
    /// An id in this file is not a valid `client_id`.
    #[error("{0} is not a client_id")]
    BadId(&'static str),
}

impl DemoClients {
    /// Registrations for sample agencies at these origins (`http://localhost:8081`), and the ready clients.
    pub(crate) fn new(tax_origin: &str, health_origin: &str, random: &Random) -> Result<Self, DemoClientsError> {
        let mut clients = vec![
            sample(AgencyKind::TaxOffice, tax_origin, random)?,
            sample(AgencyKind::HealthService, health_origin, random)?,
            ready("demo-confidential", TokenEndpointAuthMethod::ClientSecretBasic, random)?,
            ready("demo-public", TokenEndpointAuthMethod::None, random)?,
            ready("demo-post", TokenEndpointAuthMethod::ClientSecretPost, random)?,
            ready("demo-private-key", TokenEndpointAuthMethod::PrivateKeyJwt, random)?,
            ready("demo-native", TokenEndpointAuthMethod::None, random)?,
        ];
        for one in &mut clients {
            if one.client.id.as_str() == "demo-native" {
                one.client.application_type = ApplicationType::Native;
                one.client.redirect_uris = vec!["http://127.0.0.1/callback".to_owned(), "http://[::1]/callback".to_owned()];
            }
            if one.client.auth_method == TokenEndpointAuthMethod::PrivateKeyJwt {
                let (public, private) = key_pair().ok_or(DemoClientsError::NoKeyPair)?;
                one.client.jwks = Some(json!({ "keys": [public] }));
                one.private_jwk = Some(private);
            }
        }
        let agencies = vec![
            agency("tax-office", "سازمان مالیاتی نمونه", "Sample Tax Office"),
            agency("health-service", "خدمات سلامت نمونه", "Sample Health Service"),
            agency("demo", "سازمان آزمایشی", "Test Agency"),
        ];
        Ok(Self { agencies, clients })
    }

    /// The id and secret of one of the sample agencies.
    pub(crate) fn credentials(&self, kind: AgencyKind) -> Option<(ClientId, ClientSecret)> {
        let one = self.clients.iter().find(|one| one.client.id.as_str() == client_id(kind))?;
        Some((one.client.id.clone(), one.secret.clone()?))
    }

    /// The body of `/demo/clients.json`; external tests read it, so its form is fixed.
    pub(crate) fn to_json(&self) -> Value {
        let entry = |one: &DemoClient| {
            let mut entry = json!({
                "client_id": one.client.id,
                "client_secret": one.secret.as_ref().map(ClientSecret::expose),
                "token_endpoint_auth_method": one.client.auth_method,
                "redirect_uris": one.client.redirect_uris,
                "post_logout_redirect_uris": one.client.post_logout_redirect_uris,
                "scope": one.client.scopes.iter().map(|scope| scope.name()).collect::<Vec<_>>().join(" "),
            });
            if let Some(key) = &one.private_jwk {
                entry["private_jwk"] = key.clone();
            }
            entry
        };
        self.clients.iter().map(entry).collect()
    }
}

const fn client_id(kind: AgencyKind) -> &'static str {
    match kind {
        AgencyKind::TaxOffice => "tax-office",
        AgencyKind::HealthService => "health-service",
    }
}

fn local(fa: &str, en: &str) -> LocalName {
    LocalName { fa: fa.to_owned(), en: en.to_owned() }
}

fn agency(slug: &str, fa: &str, en: &str) -> Agency {
    Agency { slug: slug.to_owned(), name: local(fa, en) }
}

fn sample(kind: AgencyKind, origin: &str, random: &Random) -> Result<DemoClient, DemoClientsError> {
    let (name, scopes) = match kind {
        AgencyKind::TaxOffice => (local("سازمان مالیاتی نمونه", "Sample Tax Office"), kind.scopes()),
        AgencyKind::HealthService => (local("خدمات سلامت نمونه", "Sample Health Service"), kind.scopes()),
    };
    let mut one = client(client_id(kind), name, TokenEndpointAuthMethod::ClientSecretBasic, random)?;
    client_id(kind).clone_into(&mut one.client.agency);
    one.client.redirect_uris = vec![AgencyConfig::redirect_uri(origin)];
    one.client.post_logout_redirect_uris = vec![AgencyConfig::post_logout_redirect_uri(origin)];
    one.client.logout.backchannel = Some(AgencyConfig::backchannel_logout_uri(origin));
    one.client.grant_types = vec![GrantType::AuthorizationCode];
    if kind == AgencyKind::HealthService {
        // For its kiosk: the agency's server polls for it, so it authenticates like the rest.
        one.client.grant_types.push(GrantType::DeviceCode);
    }
    one.client.scopes =
        Scope::ALL.into_iter().filter(|scope| *scope == Scope::Openid || scopes.contains(&scope.name())).collect();
    one.client.client_uri = Some(format!("{origin}/"));
    one.client.pages.initiate_login = Some(AgencyConfig::initiate_login_uri(origin));
    let logo = AgencyConfig::logo_uri(origin);
    one.client.pages.logo = Some(LocalName { fa: logo.clone(), en: logo });
    Ok(one)
}

fn ready(id: &'static str, method: TokenEndpointAuthMethod, random: &Random) -> Result<DemoClient, DemoClientsError> {
    let mut one = client(id, local("سازمان آزمایشی", "Test Agency"), method, random)?;
    if method != TokenEndpointAuthMethod::None {
        one.client.grant_types.push(GrantType::ClientCredentials);
    }
    Ok(one)
}

/// A client that may do everything that a test may want to try.
fn client(
    id: &'static str,
    name: LocalName,
    method: TokenEndpointAuthMethod,
    random: &Random,
) -> Result<DemoClient, DemoClientsError> {
    let has_secret = matches!(method, TokenEndpointAuthMethod::ClientSecretBasic | TokenEndpointAuthMethod::ClientSecretPost);
    let secret = has_secret.then(|| random.token());
    let id = ClientId::parse(id).ok_or(DemoClientsError::BadId(id))?;
    let client = Client {
        secret_hash: secret.as_ref().map(|secret| TokenHash::of(secret.expose())),
        auth_method: method,
        redirect_uris: vec![READY_REDIRECT.to_owned()],
        post_logout_redirect_uris: vec!["http://localhost:9999/".to_owned()],
        grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        scopes: Scope::ALL.to_vec(),
        // All of them are on localhost: the id keeps their sectors apart, as the host does elsewhere.
        sector: id.to_string(),
        ..Client::new(id, "demo", name)
    };
    Ok(DemoClient { client, secret, private_jwk: None })
}

/// A P-256 key pair as public and private JWK (RFC 7518 §6.2).
fn key_pair() -> Option<(Value, Value)> {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).ok()?;
    // Uncompressed point: 0x04, then 32 bytes of x and 32 of y (SEC 1 §2.3.3).
    let point = pair.public_key().as_ref();
    let (x, y) = point.get(1..)?.split_at_checked(32)?;
    let d = pair.private_key().as_be_bytes().ok()?;
    let public = json!({
        "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": "demo-private-key",
        "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y),
    });
    let mut private = public.clone();
    private["d"] = Value::String(URL_SAFE_NO_PAD.encode(d.as_ref()));
    Some((public, private))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clients() -> DemoClients {
        DemoClients::new("http://localhost:8081", "http://localhost:8082", &Random::seeded(1)).expect("clients")
    }

    #[test]
    fn clients_json_has_the_promised_form() {
        let json = clients().to_json();
        let entry = |id: &str| {
            json.as_array().expect("a list").iter().find(|entry| entry["client_id"] == id).expect("the client").clone()
        };
        for (id, method) in [
            ("demo-confidential", "client_secret_basic"),
            ("demo-public", "none"),
            ("demo-post", "client_secret_post"),
            ("demo-private-key", "private_key_jwt"),
        ] {
            let entry = entry(id);
            assert_eq!(entry["token_endpoint_auth_method"], method);
            assert_eq!(entry["redirect_uris"], json!(["http://localhost:9999/callback"]));
            assert_eq!(entry["client_secret"].is_string(), method.starts_with("client_secret"), "{id}");
        }
        assert_eq!(entry("tax-office")["redirect_uris"], json!(["http://localhost:8081/callback"]));
    }

    #[test]
    fn only_the_hash_of_a_secret_is_registered_and_no_private_key() {
        for one in clients().clients {
            assert_eq!(one.client.secret_hash, one.secret.map(|secret| TokenHash::of(secret.expose())));
            assert!(!one.client.jwks.is_some_and(|jwks| jwks.to_string().contains("\"d\"")));
        }
    }

    #[test]
    fn a_sample_agency_is_allowed_exactly_the_scopes_it_asks_for() {
        let clients = clients();
        let tax = &clients.clients[0].client;
        let names: Vec<_> = tax.scopes.iter().map(|scope| scope.name()).collect();
        assert_eq!(names, ["openid", "profile", "phone", "address", "national_id"]);
        assert!(clients.credentials(AgencyKind::HealthService).is_some_and(|(id, _)| id.as_str() == "health-service"));
    }
}
