//! Requests to servers that the operator configured, against real servers on loopback: the authorities that we trust, the
//! certificate that we show, and the limits.
//! The door to addresses that strangers chose is tried in `src/outbound/tests.rs`.

use panjereh::outbound::{ClientIdentity, ConfiguredDoor, Destination, Outbound, OutboundError};
use panjereh::secret::Secret;
use panjereh::settings::{Network, Outbound as OutboundSettings};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

const FINE: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n{\"alive\":true}";

/// What a server sends after it has read a request.
#[derive(Clone)]
struct Script {
    answer: String,
    /// Kilobytes of spaces after the answer.
    padding: usize,
    end: End,
}

#[derive(Clone, Copy, PartialEq)]
enum End {
    Close,
    Silence,
}

fn says(answer: impl Into<String>) -> Script {
    Script { answer: answer.into(), padding: 0, end: End::Close }
}

/// A certificate authority of one institution.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate with its private key.
pub struct Issued {
    certificate: CertificateDer<'static>,
    pub certificate_pem: String,
    pub key: KeyPair,
}

impl Authority {
    pub fn new() -> Self {
        Self::named("Authority of the registry")
    }

    fn named(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub fn issue(&self, name: &str) -> Issued {
        let key = KeyPair::generate().unwrap();
        let made = CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &self.0).unwrap();
        Issued { certificate: made.der().clone(), certificate_pem: made.pem(), key }
    }

    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// What a server speaks TLS with that demands a client certificate of this authority.
    pub fn demand(&self, server: Issued) -> TlsAcceptor {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).unwrap();
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::new(default_provider())).build().unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider())).with_safe_default_protocol_versions();
        acceptor(config.unwrap().with_client_cert_verifier(verifier), server)
    }
}

/// What a server speaks TLS with that asks for no client certificate.
pub fn anonymous(server: Issued) -> TlsAcceptor {
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider())).with_safe_default_protocol_versions();
    acceptor(config.unwrap().with_no_client_auth(), server)
}

fn acceptor(config: rustls::ConfigBuilder<ServerConfig, rustls::server::WantsServerCert>, server: Issued) -> TlsAcceptor {
    let key = PrivateKeyDer::Pkcs8(server.key.serialize_der().into());
    TlsAcceptor::from(Arc::new(config.with_single_cert(vec![server.certificate], key).unwrap()))
}

/// A server on loopback that counts the requests it got.
struct Server {
    address: SocketAddr,
    requests: Arc<AtomicUsize>,
    scheme: &'static str,
}

impl Server {
    async fn start(tls: Option<TlsAcceptor>, script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, requests) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
        let scheme = if tls.is_some() { "https" } else { "http" };
        let counted = Arc::clone(&requests);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (tls, script, counted) = (tls.clone(), script.clone(), Arc::clone(&counted));
                tokio::spawn(async move {
                    match tls {
                        None => serve(stream, script, &counted).await,
                        // A handshake that the client breaks off is what some tests are about.
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                serve(stream, script, &counted).await;
                            }
                        }
                    }
                });
            }
        });
        Self { address, requests, scheme }
    }

    fn url(&self) -> String {
        format!("{}://127.0.0.1:{}/persons", self.scheme, self.address.port())
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, script: Script, counted: &AtomicUsize) {
    let mut request = [0; 4096];
    if !matches!(stream.read(&mut request).await, Ok(1..)) {
        return;
    }
    counted.fetch_add(1, Ordering::SeqCst);
    let _ = stream.write_all(script.answer.as_bytes()).await;
    for _ in 0..script.padding {
        if stream.write_all(&[b' '; 1024]).await.is_err() {
            return;
        }
    }
    let _ = stream.flush().await;
    match script.end {
        End::Close => drop(stream.shutdown().await),
        End::Silence => std::future::pending().await,
    }
}

/// A deployment with the default settings, except that its limits are short. Private addresses are closed to strangers.
fn outbound() -> Outbound {
    let settings = OutboundSettings { timeout: Duration::from_millis(800), response_limit: 8_192, ..OutboundSettings::default() };
    Outbound::new(&settings, None).unwrap()
}

fn door(url: &str, authority: &Authority) -> ConfiguredDoor {
    outbound().configured(&Destination { url, ca_pem: Some(authority.pem().as_bytes()), identity: None }).unwrap()
}

fn door_with_certificate(url: &str, authority: &Authority, shown: &Issued) -> ConfiguredDoor {
    let key_pem = Secret::new(shown.key.serialize_pem().into_bytes());
    let identity = ClientIdentity { certificate_pem: shown.certificate_pem.as_bytes(), key_pem: &key_pem };
    outbound().configured(&Destination { url, ca_pem: Some(authority.pem().as_bytes()), identity: Some(identity) }).unwrap()
}

fn too_slow() -> Result<Value, OutboundError> {
    Err(OutboundError::Unreachable("it took longer than its time limit".to_owned()))
}

#[tokio::test]
async fn a_configured_server_at_a_private_address_is_called_under_its_own_authority() {
    let authority = Authority::new();
    let server = Server::start(Some(anonymous(authority.issue("127.0.0.1"))), says(FINE)).await;
    let door = door(&server.url(), &authority);
    assert_eq!(door.get_json(&server.url()).await, Ok(json!({ "alive": true })));
    assert_eq!(door.post_form(&server.url(), &[("text", "1234")]).await, Ok(()));
    assert_eq!(door.post_json(&server.url(), "token", &json!({ "text": "1234" })).await, Ok(()));
    assert_eq!(server.requests(), 3);
    // The same address is closed to strangers of the same deployment.
    assert_eq!(outbound().strangers().get_json(&server.url()).await, Err(OutboundError::NotPublic));
    assert_eq!(server.requests(), 3);
}

#[tokio::test]
async fn a_certificate_of_another_authority_or_for_another_name_is_rejected() {
    let authority = Authority::new();
    // The second one bears the name of ours, as an attacker would name it.
    for (other, reason) in [(Authority::named("Another authority"), "UnknownIssuer"), (Authority::new(), "BadSignature")] {
        let server = Server::start(Some(anonymous(other.issue("127.0.0.1"))), says(FINE)).await;
        let refused = door(&server.url(), &authority).get_json(&server.url()).await;
        assert!(matches!(&refused, Err(OutboundError::Unreachable(why)) if why.contains(reason)), "{refused:?}");
        assert_eq!(server.requests(), 0);
    }
    let misnamed = Server::start(Some(anonymous(authority.issue("registry.example"))), says(FINE)).await;
    let refused = door(&misnamed.url(), &authority).get_json(&misnamed.url()).await;
    assert!(matches!(&refused, Err(OutboundError::Unreachable(why)) if why.contains("not valid for name")), "{refused:?}");
    assert_eq!(misnamed.requests(), 0);
}

#[tokio::test]
async fn an_authority_of_one_configured_server_is_trusted_at_no_other_door() {
    let authority = Authority::new();
    let server = Server::start(Some(anonymous(authority.issue("127.0.0.1"))), says(FINE)).await;
    let settings = OutboundSettings {
        allow_private_addresses: Network::parse("127.0.0.0/8").into_iter().collect(),
        ..OutboundSettings::default()
    };
    let outbound = Outbound::new(&settings, None).unwrap();
    let pem = authority.pem();
    let with_authority = Destination { url: &server.url(), ca_pem: Some(pem.as_bytes()), identity: None };
    assert!(outbound.configured(&with_authority).unwrap().get_json(&server.url()).await.is_ok());
    assert!(outbound.strangers().get_json(&server.url()).await.is_err());
    // A machine without any authority of the system has no client for this one, so it fails already when it is made.
    let bare = outbound.configured(&Destination { url: &server.url(), ca_pem: None, identity: None });
    if let Ok(bare) = bare {
        assert!(bare.get_json(&server.url()).await.is_err());
    }
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn a_client_certificate_is_shown_to_a_server_that_demands_one() {
    let (authority, other) = (Authority::new(), Authority::new());
    let server = Server::start(Some(authority.demand(authority.issue("127.0.0.1"))), says(FINE)).await;
    let (ours, foreign) = (authority.issue("panjereh.example"), other.issue("panjereh.example"));
    let with = door_with_certificate(&server.url(), &authority, &ours);
    assert_eq!(with.get_json(&server.url()).await, Ok(json!({ "alive": true })));
    for without in [door(&server.url(), &authority), door_with_certificate(&server.url(), &authority, &foreign)] {
        let refused = without.get_json(&server.url()).await;
        assert!(matches!(refused, Err(OutboundError::Unreachable(_))), "{refused:?}");
    }
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn a_redirect_of_a_configured_server_is_not_followed() {
    let authority = Authority::new();
    let inner = Server::start(Some(anonymous(authority.issue("127.0.0.1"))), says(FINE)).await;
    for target in [inner.url(), "/elsewhere".to_owned()] {
        let answer = format!("HTTP/1.1 307 Temporary Redirect\r\nlocation: {target}\r\nconnection: close\r\n\r\n");
        let server = Server::start(Some(anonymous(authority.issue("127.0.0.1"))), says(answer)).await;
        let door = door(&server.url(), &authority);
        assert_eq!(door.get_json(&server.url()).await, Err(OutboundError::Status(307)));
        assert_eq!(door.post_form(&server.url(), &[]).await, Err(OutboundError::Status(307)));
        assert_eq!(server.requests(), 2);
    }
    assert_eq!(inner.requests(), 0);
}

#[tokio::test]
async fn an_answer_of_a_configured_server_is_read_to_the_limit_only() {
    let authority = Authority::new();
    let head = "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n";
    let script = Script { answer: head.to_owned(), padding: 64, end: End::Silence };
    let server = Server::start(Some(anonymous(authority.issue("127.0.0.1"))), script).await;
    assert_eq!(door(&server.url(), &authority).get_json(&server.url()).await, Err(OutboundError::TooLong));
}

#[tokio::test]
async fn a_configured_server_that_falls_silent_is_given_up() {
    let authority = Authority::new();
    for answer in ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"] {
        let script = Script { answer: answer.to_owned(), padding: 0, end: End::Silence };
        let server = Server::start(Some(anonymous(authority.issue("127.0.0.1"))), script).await;
        assert_eq!(door(&server.url(), &authority).get_json(&server.url()).await, too_slow(), "{answer}");
    }
    // This one accepts the connection and says nothing, so that TLS does not begin.
    let mute = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/", mute.local_addr().unwrap());
    assert_eq!(door(&url, &authority).get_json(&url).await, too_slow());
}

#[tokio::test]
async fn a_door_opens_to_its_own_server_only() {
    let authority = Authority::new();
    let [own, other] = [(); 2].map(|()| Server::start(Some(anonymous(authority.issue("127.0.0.1"))), says(FINE)));
    let (own, other) = (own.await, other.await);
    let door = door(&own.url(), &authority);
    let port = own.address.port();
    let elsewhere = [
        other.url(),
        format!("http://127.0.0.1:{port}/persons"),
        format!("https://localhost:{port}/persons"),
        format!("https://127.0.0.1:{port}@127.0.0.1:{}/", other.address.port()),
        "/persons".to_owned(),
        String::new(),
    ];
    for url in &elsewhere {
        let refused = OutboundError::Refused("it is not of the configured server");
        assert_eq!(door.get_json(url).await, Err(refused.clone()), "{url}");
        assert_eq!(door.post_form(url, &[]).await, Err(refused.clone()), "{url}");
        assert_eq!(door.post_json(url, "token", &json!({})).await, Err(refused), "{url}");
    }
    assert_eq!((own.requests(), other.requests()), (0, 0));
    // Another path of the same server, and a user name that would go along.
    assert!(door.get_json(&format!("https://127.0.0.1:{port}/other?x=1")).await.is_ok());
    let named = door.get_json(&format!("https://user@127.0.0.1:{port}/")).await;
    assert_eq!(named, Err(OutboundError::Refused("it has a user name or a password")));
}

#[tokio::test]
async fn plain_http_is_for_loopback_addresses_only() {
    let server = Server::start(None, says(FINE)).await;
    let made = |url: &str| outbound().configured(&Destination { url, ca_pem: None, identity: None }).map(drop);
    let door = door(&server.url(), &Authority::new());
    assert_eq!(door.get_json(&server.url()).await, Ok(json!({ "alive": true })));
    for url in ["http://10.0.0.1/", "http://192.168.1.1/", "http://registry.example/", "http://localhost/", "ftp://127.0.0.1/"] {
        assert_eq!(made(url), Err(OutboundError::Refused("it is not https")), "{url}");
    }
    assert_eq!(made("registry"), Err(OutboundError::Refused("it is no absolute URL")));
    assert_eq!(made("https://user:secret@10.0.0.1/"), Err(OutboundError::Refused("it has a user name or a password")));
}

#[test]
fn an_authority_or_a_certificate_that_cannot_be_used_is_an_error_at_the_start() {
    let (authority, url) = (Authority::new(), "https://registry.example/");
    let issued = authority.issue("panjereh.example");
    let (pem, key) = (authority.pem(), Secret::new(issued.key.serialize_pem().into_bytes()));
    let (no_key, other_key) =
        (Secret::new(b"no pem".to_vec()), Secret::new(KeyPair::generate().unwrap().serialize_pem().into_bytes()));
    let with = |ca_pem, certificate_pem, key_pem| {
        let identity = Some(ClientIdentity { certificate_pem, key_pem });
        outbound().configured(&Destination { url, ca_pem: Some(ca_pem), identity }).map(drop)
    };
    let certificate = issued.certificate_pem.as_bytes();
    assert_eq!(with(pem.as_bytes(), certificate, &key), Ok(()));
    for broken in [
        with(b"no pem", certificate, &key),
        with(pem.as_bytes(), b"no pem", &key),
        with(pem.as_bytes(), certificate, &no_key),
        with(pem.as_bytes(), certificate, &other_key),
    ] {
        assert!(matches!(broken, Err(OutboundError::NoClient(_))), "{broken:?}");
    }
}
