//! TLS to PostgreSQL and Redis: servers that present a wrong name, an expired certificate, one of another authority; servers without
//! TLS; servers that ask for a certificate of the client.

use super::servers::{Postgres, Redis, folder, hand_over};
use panjereh::settings::{ServerTls, TlsPolicy};
use panjereh::store::{Store, StoreError, StoreOptions};
use panjereh::transient::Transient;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority(name: &str) -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// The files of one test: `ca.pem`, and pairs of certificate and key.
struct Files {
    folder: TempDir,
    ours: Authority,
}

impl Files {
    fn new() -> Self {
        let (folder, ours) = (folder(), authority("ours"));
        fs::write(folder.path().join("ca.pem"), ours.pem()).unwrap();
        Self { folder, ours }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes `NAME.pem` and `NAME.key`.
    fn pair(&self, name: &str, host: &str, by: &Authority, change: impl FnOnce(&mut CertificateParams)) {
        let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, host);
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        fs::write(self.path(&format!("{name}.pem")), params.signed_by(&key, by).unwrap().pem()).unwrap();
        let file = self.path(&format!("{name}.key"));
        fs::write(&file, key.serialize_pem()).unwrap();
        fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    }

    /// Every kind of server certificate.
    fn all_kinds(&self) {
        self.pair("right", "localhost", &self.ours, |_| ());
        self.pair("name", "db.example", &self.ours, |_| ());
        self.pair("expired", "localhost", &self.ours, |params| {
            params.not_before = date_time_ymd(2020, 1, 1);
            params.not_after = date_time_ymd(2021, 1, 1);
        });
        self.pair("other", "localhost", &authority("another"), |_| ());
        self.pair("namesake", "localhost", &authority("ours"), |_| ());
        self.pair("client", "panjereh", &self.ours, |_| ());
    }

    fn tls(&self, policy: TlsPolicy) -> ServerTls {
        ServerTls { policy, ca: Some(self.path("ca.pem")), ..ServerTls::default() }
    }

    fn with_identity(&self, policy: TlsPolicy) -> ServerTls {
        ServerTls { certificate: Some(self.path("client.pem")), key: Some(self.path("client.key")), ..self.tls(policy) }
    }
}

async fn open(port: u16, tls: ServerTls) -> Result<Store, StoreError> {
    let url = format!("postgres://panjereh@localhost:{port}/postgres");
    Store::open_with(&url, StoreOptions { tls, waits: std::time::Duration::ZERO, ..StoreOptions::default() }).await
}

fn install(files: &Files, kind: &str, server: &Path) {
    for (from, to) in [("pem", "server.crt"), ("key", "server.key")] {
        fs::copy(files.path(&format!("{kind}.{from}")), server.join(to)).unwrap();
    }
    hand_over(server);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgresql_with_a_wrong_name_an_expired_certificate_or_another_authority_is_not_talked_to() {
    let files = Files::new();
    files.all_kinds();
    let Some(mut server) = Postgres::start(&[]) else { return };
    // Without TLS: refused, and not talked to in clear text instead.
    let told = open(server.port, files.tls(TlsPolicy::VerifyFull)).await.err().unwrap();
    assert!(told.to_string().contains("does not support TLS"), "{told}");
    server.process().stop("-INT");
    install(&files, "right", &server.data());
    server.set(&["ssl=on"]);
    server.begin();
    for (kind, refused) in [
        ("right", None),
        ("name", Some("NotValidForName")),
        ("expired", Some("xpired")),
        ("other", Some("UnknownIssuer")),
        ("namesake", Some("BadSignature")),
    ] {
        install(&files, kind, &server.data());
        server.run("SELECT pg_reload_conf()").await;
        // The postmaster reads the files a moment later.
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        let opened = open(server.port, files.tls(TlsPolicy::VerifyFull)).await;
        match refused {
            None => opened.unwrap().migrate().await.map(|_| ()).unwrap(),
            Some(reason) => {
                let told = format!("{:?}", opened.err().unwrap_or_else(|| panic!("{kind} was accepted")));
                assert!(told.contains(reason), "{kind}: {told}");
            }
        }
        // verify-ca leaves the name out, and nothing else.
        let opened = open(server.port, files.tls(TlsPolicy::VerifyCa)).await;
        assert_eq!(opened.is_ok(), matches!(kind, "right" | "name"), "{kind}");
    }
    // Without our authority nothing of it is trusted.
    install(&files, "right", &server.data());
    server.run("SELECT pg_reload_conf()").await;
    assert!(open(server.port, ServerTls { policy: TlsPolicy::VerifyFull, ..ServerTls::default() }).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgresql_that_asks_for_a_certificate_gets_ours() {
    let files = Files::new();
    files.all_kinds();
    let Some(mut server) = Postgres::start(&[]) else { return };
    server.process().stop("-INT");
    install(&files, "right", &server.data());
    fs::copy(files.path("ca.pem"), server.data().join("ca.crt")).unwrap();
    fs::write(server.data().join("pg_hba.conf"), "hostssl all all all trust clientcert=verify-ca\n").unwrap();
    hand_over(&server.data());
    server.set(&["ssl=on", "ssl_ca_file=ca.crt"]);
    server.begin();
    assert!(open(server.port, files.tls(TlsPolicy::VerifyFull)).await.is_err(), "without a certificate");
    open(server.port, files.with_identity(TlsPolicy::VerifyFull)).await.unwrap().migrate().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_says_it_has_no_tls_learns_nothing() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let attacker = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 8];
        stream.read_exact(&mut request).unwrap();
        stream.write_all(b"N").unwrap();
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).unwrap();
        (request, rest)
    });
    let told = open(port, ServerTls { policy: TlsPolicy::VerifyFull, ..ServerTls::default() }).await.err().unwrap();
    assert!(told.to_string().contains("TLS"), "{told}");
    let (request, rest) = attacker.join().unwrap();
    assert_eq!((request, rest), ([0, 0, 0, 8, 4, 210, 22, 47], Vec::new()), "the request for TLS, and no name and no password");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_with_a_wrong_name_an_expired_certificate_or_another_authority_is_not_talked_to() {
    let files = Files::new();
    files.all_kinds();
    for (kind, refused) in [
        ("right", None),
        ("name", Some("not valid for name")),
        ("expired", Some("xpired")),
        ("other", Some("UnknownIssuer")),
        ("namesake", Some("BadSignature")),
    ] {
        let Some(server) = redis(&files, kind, "no") else { return };
        let address = format!("rediss://localhost:{}/", server.port);
        let opened = Transient::redis_with_tls(&address, &files.tls(TlsPolicy::Auto)).await;
        match refused {
            None => drop(opened.unwrap()),
            Some(reason) => {
                let told = opened.err().unwrap_or_else(|| panic!("{kind} was accepted")).to_string();
                assert!(told.contains(reason), "{kind}: {told}");
            }
        }
        // The public authorities know none of these.
        assert!(Transient::redis_with_tls(&address, &ServerTls::default()).await.is_err(), "{kind}");
    }
    let Some(plain) = Redis::start(&[]) else { return };
    let address = format!("rediss://localhost:{}/", plain.port);
    assert!(Transient::redis_with_tls(&address, &files.tls(TlsPolicy::Auto)).await.is_err(), "a server without TLS");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_asks_for_a_certificate_gets_ours() {
    let files = Files::new();
    files.all_kinds();
    let Some(server) = redis(&files, "right", "yes") else { return };
    let address = format!("rediss://localhost:{}/", server.port);
    assert!(Transient::redis_with_tls(&address, &files.tls(TlsPolicy::Auto)).await.is_err(), "without a certificate");
    Transient::redis_with_tls(&address, &files.with_identity(TlsPolicy::Auto)).await.unwrap();
}

fn redis(files: &Files, kind: &str, asks: &str) -> Option<Redis> {
    let path = |name: String| files.path(&name).display().to_string();
    let (certificate, key, ca) = (path(format!("{kind}.pem")), path(format!("{kind}.key")), path("ca.pem".to_owned()));
    let with = ["--tls-port", "PORT", "--tls-cert-file", &certificate, "--tls-key-file", &key, "--tls-ca-cert-file", &ca];
    Redis::start(&[&with[..], &["--tls-auth-clients", asks]].concat())
}
