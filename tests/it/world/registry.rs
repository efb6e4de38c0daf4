//! A civil registry as a service, with certificates of its own: the reference service, and the same service when it lies.

use aws_lc_rs::hmac;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{Request, StatusCode};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use panjereh::boot::registry::{open_registry, service_key};
use panjereh::crypto::certificate::Authorities;
use panjereh::edge::registry_service::{routes, serve};
use panjereh::edge::server::tls::Acceptor;
use panjereh::random::Random;
use panjereh::registry::Registry;
use panjereh::registry::local::LocalRegistry;
use panjereh::registry::service::RegistryService;
use panjereh::settings::{RegistrySource, Settings};
use panjereh::store::Store;
use panjereh::time::Clock;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use serde_json::Value;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tower::ServiceExt as _;

/// The name of the registry.
pub const NAME: &str = "Registry of the tests";

type Authority = CertifiedIssuer<'static, KeyPair>;

/// A certificate authority.
fn authority(name: &str) -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// What the service does with a question.
#[derive(Debug, Clone)]
pub enum Manner {
    /// It answers as it should.
    Honest,
    /// It answers after this time.
    Slow(Duration),
    /// This status and nothing else.
    Status(u16),
    /// The right answer, cut half way: the length is announced, and the connection ends.
    Cut,
    /// The first half of the token, as a whole answer.
    Half,
    /// So many bytes.
    Huge(usize),
    /// The honest answer, changed.
    Changed(fn(&str) -> String),
    /// The answer that was sent first, again.
    Replayed,
    /// The honest answer to the question with another national ID.
    About(String),
    /// The honest answer of another key of the same registry.
    OtherKey,
    /// The honest answer under HS256, with the public key as the secret.
    HmacWithThePublicKey,
    /// This text, signed by nobody.
    Text(&'static str),
}

/// A service on this machine, with a manner that a test changes.
pub struct Service {
    address: SocketAddr,
    folder: tempfile::TempDir,
    /// What it does with the next questions.
    pub manner: Arc<Mutex<Manner>>,
    /// How many requests it got.
    pub came: Arc<AtomicUsize>,
    _stop: oneshot::Sender<()>,
}

#[derive(Clone)]
struct Liar {
    honest: Router,
    other: Router,
    manner: Arc<Mutex<Manner>>,
    came: Arc<AtomicUsize>,
    first: Arc<Mutex<Option<Bytes>>>,
    keys: Arc<Value>,
}

/// Who issued which certificate of a service.
#[derive(Default)]
pub struct Papers {
    /// The certificate of the service is of an authority that nobody knows.
    pub of_a_stranger: bool,
    /// It has expired.
    pub expired: bool,
}

impl Service {
    /// A service over the persons of a store.
    pub async fn start(store: &Store, clock: &Clock) -> Self {
        Self::with(store, clock, &Papers::default()).await
    }

    /// The same with other certificates.
    pub async fn with(store: &Store, clock: &Clock, papers: &Papers) -> Self {
        let folder = tempfile::tempdir().unwrap();
        write_papers(folder.path(), papers);
        let service = |key: &str| {
            let pair = service_key(&folder.path().join(key)).unwrap();
            let local = LocalRegistry::new(store.clone()).named(NAME);
            routes(Arc::new(RegistryService::new(local, pair, clock.clone(), Random::seeded(7)).unwrap()))
        };
        let (honest, other) = (service("signing.key"), service("other.key"));
        let keys = honest.clone().oneshot(Request::get("/v1/keys").body(Body::empty()).unwrap()).await.unwrap();
        let keys = axum::body::to_bytes(keys.into_body(), 1 << 16).await.unwrap();
        std::fs::write(folder.path().join("keys.json"), &keys).unwrap();
        let keys = Arc::new(serde_json::from_slice(&keys).unwrap());
        let read = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
        let authorities = Authorities::from_pem(&read("ca.pem")).unwrap();
        let acceptor = Acceptor::for_clients_of(&read("server.pem"), &read("server.key"), &authorities).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (manner, came) = (Arc::new(Mutex::new(Manner::Honest)), Arc::new(AtomicUsize::new(0)));
        let liar =
            Liar { honest, other, manner: Arc::clone(&manner), came: Arc::clone(&came), first: Arc::new(Mutex::new(None)), keys };
        let (stop, stopped) = oneshot::channel::<()>();
        let stopped = async move { drop(stopped.await) };
        tokio::spawn(serve(listener, acceptor, Router::new().fallback(answer).with_state(liar), stopped));
        Self { address, folder, manner, came, _stop: stop }
    }

    /// A file of the service's folder: `ca.pem`, `keys.json`, `client.pem`, `client.key`, `stranger.pem`, `stranger.key`.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }

    /// Changes the settings of a sign-in server, so that it asks this service.
    pub fn configure(&self, settings: &mut Settings) {
        let registry = &mut settings.registry;
        registry.source = RegistrySource::Remote;
        NAME.clone_into(&mut registry.name);
        registry.url = self.url();
        registry.keys = Some(self.file("keys.json"));
        registry.ca = Some(self.file("ca.pem"));
        registry.certificate = Some(self.file("client.pem"));
        registry.key = Some(self.file("client.key"));
        registry.timeout = Duration::from_secs(2);
    }

    /// A registry that asks this service, with changed settings.
    pub fn asked(&self, store: &Store, change: impl FnOnce(&mut Settings)) -> Registry {
        let mut settings = Settings::default();
        super::ISSUER.clone_into(&mut settings.server.issuer);
        self.configure(&mut settings);
        change(&mut settings);
        open_registry(&settings, store).unwrap()
    }

    /// Changes what it does.
    pub fn be(&self, manner: Manner) {
        *self.manner.lock().unwrap() = manner;
    }

    /// How many requests it got.
    pub fn came(&self) -> usize {
        self.came.load(Ordering::SeqCst)
    }
}

/// Writes `ca.pem` and pairs of certificate and key: `server`, `client`, `stranger`.
pub fn write_papers(folder: &Path, papers: &Papers) {
    let ours = authority("Authority of the registry");
    let stranger = authority("Authority of nobody");
    std::fs::write(folder.join("ca.pem"), ours.pem()).unwrap();
    pair(folder, "server", if papers.of_a_stranger { &stranger } else { &ours }, papers.expired);
    pair(folder, "client", &ours, false);
    pair(folder, "stranger", &stranger, false);
}

/// Writes `NAME.pem` and `NAME.key`.
fn pair(folder: &Path, name: &str, by: &Authority, expired: bool) {
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    if expired {
        (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2021, 1, 1));
    }
    let key = KeyPair::generate().unwrap();
    let path = |ending: &str| folder.join(format!("{name}.{ending}"));
    std::fs::write(path("pem"), params.signed_by(&key, by).unwrap().pem()).unwrap();
    std::fs::write(path("key"), key.serialize_pem()).unwrap();
    std::fs::set_permissions(path("key"), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
}

async fn answer(State(liar): State<Liar>, request: Request<Body>) -> Response {
    liar.came.fetch_add(1, Ordering::SeqCst);
    let manner = liar.manner.lock().unwrap().clone();
    let (parts, body) = request.into_parts();
    let mut question = axum::body::to_bytes(body, 1 << 16).await.unwrap();
    if let Manner::About(other) = &manner {
        let mut changed: serde_json::Value = serde_json::from_slice(&question).unwrap();
        changed["national_id"] = other.as_str().into();
        question = changed.to_string().into();
    }
    let asked = if matches!(manner, Manner::OtherKey) { &liar.other } else { &liar.honest };
    let honest = asked.clone().oneshot(Request::from_parts(parts, Body::from(question))).await.unwrap();
    let status = honest.status();
    let token = axum::body::to_bytes(honest.into_body(), 1 << 20).await.unwrap();
    let first = liar.first.lock().unwrap().get_or_insert_with(|| token.clone()).clone();
    let text = std::str::from_utf8(&token).unwrap();
    match manner {
        Manner::Honest | Manner::About(_) | Manner::OtherKey => (status, token).into_response(),
        Manner::Slow(time) => {
            tokio::time::sleep(time).await;
            token.into_response()
        }
        Manner::Status(status) => StatusCode::from_u16(status).unwrap().into_response(),
        Manner::Cut => {
            let half = token.slice(..token.len() / 2);
            ([("content-length", token.len().to_string())], Body::new(Broken(Some(half)))).into_response()
        }
        Manner::Half => text[..text.len() / 2].to_owned().into_response(),
        Manner::Huge(size) => vec![b'x'; size].into_response(),
        Manner::Changed(change) => change(text).into_response(),
        Manner::Replayed => first.into_response(),
        Manner::HmacWithThePublicKey => hmac_with_the_public_key(text, &liar.keys).into_response(),
        Manner::Text(text) => text.into_response(),
    }
}

fn hmac_with_the_public_key(token: &str, keys: &Value) -> String {
    let token = with_header(token, |header| header["alg"] = "HS256".into());
    let message = token.rsplit_once('.').unwrap().0;
    let half = |name: &str| URL_SAFE_NO_PAD.decode(keys["keys"][0][name].as_str().unwrap()).unwrap();
    let secret = [vec![4], half("x"), half("y")].concat();
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &secret), message.as_bytes());
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(tag))
}

/// A body that ends with an error.
struct Broken(Option<Bytes>);

impl hyper::body::Body for Broken {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<hyper::body::Frame<Bytes>, std::io::Error>>> {
        let half = self.0.take().map(|half| Ok(hyper::body::Frame::data(half)));
        std::task::Poll::Ready(Some(half.unwrap_or_else(|| Err(std::io::Error::other("cut")))))
    }
}

/// A token with members of its header changed; its signature is kept.
pub fn with_header(token: &str, change: impl FnOnce(&mut serde_json::Value)) -> String {
    let (header, rest) = token.split_once('.').unwrap();
    let mut header: serde_json::Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
    change(&mut header);
    format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header.to_string()))
}

/// A token with another payload; its signature is kept.
pub fn with_claims(token: &str, change: impl FnOnce(&mut serde_json::Value)) -> String {
    let parts: Vec<&str> = token.split('.').collect();
    let mut claims = claims(token);
    change(&mut claims);
    format!("{}.{}.{}", parts[0], URL_SAFE_NO_PAD.encode(claims.to_string()), parts[2])
}

/// The claims of a token, unverified.
pub fn claims(token: &str) -> serde_json::Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap()
}
