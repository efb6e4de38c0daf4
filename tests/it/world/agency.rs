//! Agencies: registered clients that request, redeem and verify, as the code of a relying party does.

use super::assertion::Signer;
use super::browser::{Browser, Page};
use super::html::encode;
use super::{Answer, ISSUER, World};
use axum::body::Body;
use axum::http::Request;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use panjereh::client::agency::Agency as AgencyRecord;
use panjereh::client::grant_type::GrantType;
use panjereh::client::metadata::Client;
use panjereh::client::scope::Scope;
use panjereh::client::words::ClientId;
use panjereh::client::words::TokenEndpointAuthMethod::{
    ClientSecretBasic, ClientSecretPost, None as NoMethod, PrivateKeyJwt, SelfSignedTlsClientAuth, TlsClientAuth,
};
use panjereh::secret::TokenHash;
use panjereh::text::LocalName;
use std::sync::Arc;
use url::Url;

/// An agency's application. It knows its own secret or key; the provider knows the hash or the public half.
#[derive(Clone)]
pub struct Agency<'w> {
    pub world: &'w World,
    pub client: Client,
    pub secret: String,
    pub signer: Arc<Signer>,
}

impl World {
    /// An agency with a secret that it sends in the header; it is allowed everything that a test may request.
    pub async fn agency(&self, name: &str) -> Agency<'_> {
        self.agency_with(name, |_| ()).await
    }

    /// An agency with another registration; its secret or key is made to fit.
    pub async fn agency_with(&self, name: &str, change: impl FnOnce(&mut Client)) -> Agency<'_> {
        let mut client = client(name);
        change(&mut client);
        let signer = Arc::new(Signer::new());
        let secret = format!("secret of {name}: %+&=ü");
        match client.auth_method {
            ClientSecretBasic | ClientSecretPost => client.secret_hash = Some(TokenHash::of(&secret)),
            PrivateKeyJwt | TlsClientAuth | SelfSignedTlsClientAuth | NoMethod => {}
        }
        // Every agency has a key: if it does not authenticate with it, it may sign requests with it.
        if client.jwks_uri.is_none() && client.jwks.is_none() {
            client.jwks = Some(signer.jwks());
        }
        let agency = AgencyRecord { slug: client.agency.clone(), name: client.name.clone() };
        let mut tx = self.app.store.write().await.unwrap();
        tx.put_agency(&agency).await.unwrap();
        tx.put_client(&client).await.unwrap();
        tx.save().await.unwrap();
        self.refresh().await;
        Agency { world: self, client, secret, signer }
    }
}

fn client(name: &str) -> Client {
    let names = LocalName { fa: format!("سازمان {name}"), en: format!("Agency {name}") };
    Client {
        redirect_uris: vec![format!("https://{name}.example/callback")],
        post_logout_redirect_uris: vec![format!("https://{name}.example/bye")],
        grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        scopes: Scope::ALL.to_vec(),
        sector: format!("{name}.example"),
        client_uri: Some(format!("https://{name}.example/")),
        ..Client::new(ClientId::parse(name).unwrap(), &format!("{name}-agency"), names)
    }
}

/// One authorization request, with what the agency keeps for it.
#[derive(Debug, Clone)]
pub struct Asking {
    /// What is sent.
    pub params: Vec<(String, String)>,
    pub verifier: String,
    pub state: String,
    pub nonce: String,
}

impl Asking {
    /// The same request with another parameter, or another value of one.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self = self.without(name);
        self.params.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same request without a parameter.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.params.retain(|(known, _)| known != name);
        self
    }

    pub fn url(&self) -> String {
        format!("{ISSUER}/authorize?{}", encode(&self.params))
    }

    pub fn get(&self, name: &str) -> &str {
        self.params.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// The parameters with which the browser returned, after checking that they are for us (RFC 6749 §10.12, RFC 9207 §2.4).
    #[track_caller]
    pub fn answer(&self, page: &Page) -> Returned {
        let left_for = page.left_for();
        let redirect_uri = self.get("redirect_uri");
        assert!(left_for.starts_with(redirect_uri), "{left_for} is not {redirect_uri}");
        let url = Url::parse(left_for).unwrap();
        let answer = Returned(url.query_pairs().into_owned().collect());
        assert_eq!((answer.get("state"), answer.get("iss")), (self.state.as_str(), ISSUER), "{left_for}");
        answer
    }

    /// The code.
    #[track_caller]
    pub fn code(&self, page: &Page) -> String {
        let answer = self.answer(page);
        assert_eq!(answer.get("error"), "", "{}", answer.get("error_description"));
        answer.get("code").to_owned()
    }

    /// The error.
    #[track_caller]
    pub fn error(&self, page: &Page) -> String {
        let answer = self.answer(page);
        assert_eq!(answer.get("code"), "", "an error brings no code");
        answer.get("error").to_owned()
    }
}

/// The parameters of an authorization response.
pub struct Returned(Vec<(String, String)>);

impl Returned {
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

impl Agency<'_> {
    pub fn id(&self) -> &str {
        self.client.id.as_str()
    }

    /// A request as a careful relying party makes it.
    pub fn ask(&self, scope: &str) -> Asking {
        let number = self.world.next_number();
        let verifier = format!("verifier-of-{number:0>43}");
        let (state, nonce) = (format!("state {number}&="), format!("nonce-{number}"));
        let challenge = URL_SAFE_NO_PAD.encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, verifier.as_bytes()));
        let params = [
            ("response_type", "code"),
            ("client_id", self.id()),
            ("redirect_uri", self.client.redirect_uris[0].as_str()),
            ("scope", scope),
            ("state", state.as_str()),
            ("nonce", nonce.as_str()),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ];
        let params = params.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        Asking { params, verifier, state, nonce }
    }

    /// Sends a form to the token endpoint, authenticated as registered.
    pub async fn token(&self, form: &[(&str, &str)]) -> Answer {
        self.post("/token", form).await
    }

    /// Sends a form to an endpoint for clients, authenticated as registered.
    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.world.send(self.request_to(path, form)).await
    }

    /// A form for the token endpoint as a request, for a test that sends it itself.
    pub fn token_request(&self, form: &[(&str, &str)]) -> Request<Body> {
        self.request_to("/token", form)
    }

    /// A form for an endpoint for clients as a request.
    pub fn request_to(&self, path: &str, form: &[(&str, &str)]) -> Request<Body> {
        let assertion = self.signer.assertion(self.id(), self.world);
        let mut form = form.to_vec();
        // A pushed request names the client itself.
        let named = |form: &[(&str, &str)]| form.iter().any(|(name, _)| *name == "client_id");
        let mut request = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
        match self.client.auth_method {
            ClientSecretBasic => request = request.header("authorization", basic(self.id(), &self.secret)),
            ClientSecretPost => form.push(("client_secret", &self.secret)),
            PrivateKeyJwt => form.extend([
                ("client_assertion_type", panjereh::oidc::token::credentials::JWT_BEARER),
                ("client_assertion", &assertion),
            ]),
            TlsClientAuth | SelfSignedTlsClientAuth | NoMethod => {}
        }
        if !matches!(self.client.auth_method, ClientSecretBasic | PrivateKeyJwt) && !named(&form) {
            form.push(("client_id", self.id()));
        }
        request.body(Body::from(encode(&form))).unwrap()
    }

    /// Pushes a request (RFC 9126).
    pub async fn push(&self, asking: &Asking) -> Answer {
        let form: Vec<_> = asking.params.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.post("/par", &form).await
    }

    /// Pushes a request that must be accepted; returns the URL to which the browser goes with it.
    pub async fn pushed(&self, asking: &Asking) -> String {
        let answer = self.push(asking).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        let uri = answer.json()["request_uri"].as_str().unwrap().to_owned();
        format!("{ISSUER}/authorize?{}", encode(&[("client_id", self.id()), ("request_uri", &uri)]))
    }

    /// Redeems a code.
    pub async fn redeem(&self, asking: &Asking, code: &str) -> Answer {
        self.token(&code_form(asking, code)).await
    }

    pub async fn refresh(&self, refresh_token: &str) -> Answer {
        self.token(&[("grant_type", "refresh_token"), ("refresh_token", refresh_token)]).await
    }

    /// UserInfo by GET.
    pub async fn userinfo(&self, access_token: &str) -> Answer {
        let request = Request::get("/userinfo").header("authorization", format!("Bearer {access_token}"));
        self.world.send(request.body(Body::empty()).unwrap()).await
    }

    /// Sends a browser that is signed in and has consented; the code is returned without a page.
    pub async fn silently(&self, browser: &mut Browser<'_>, scope: &str) -> (Asking, String) {
        let asking = self.ask(scope);
        let code = asking.code(browser.open(&asking.url()).await);
        (asking, code)
    }
}

/// The form that redeems a code.
pub fn code_form<'a>(asking: &'a Asking, code: &'a str) -> [(&'a str, &'a str); 4] {
    [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", asking.get("redirect_uri")),
        ("code_verifier", &asking.verifier),
    ]
}

/// RFC 6749 §2.3.1: both halves are form-encoded first.
pub fn basic(id: &str, secret: &str) -> String {
    let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    format!("Basic {}", STANDARD.encode(format!("{}:{}", encoded(id), encoded(secret))))
}
