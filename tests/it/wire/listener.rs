//! The listener itself: TLS, HTTP/1.1 and HTTP/2, connections that do nothing, connections that are too many, and the end.

use crate::world::house::{REQUEST, house, one_answer, plain, to_the_end};
use axum::Router;
use axum::routing::get;
use panjereh::boot::tls::acceptor;
use panjereh::edge::server::tls::Clients;
use panjereh::settings::{Server, Settings, TlsMode};
use panjereh::web::server::serve::Door;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::sync::Notify;

#[tokio::test]
async fn over_tls_both_versions_of_http_are_spoken_and_the_certificate_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = Settings::default();
    settings.server.issuer = "https://localhost:8443".to_owned();
    settings.tls.mode = TlsMode::SelfSigned;
    settings.tls.certificate = folder.path().join("keys/certificate.pem");
    settings.tls.key = folder.path().join("keys/key.pem");
    let made = acceptor(&settings, Clients::Anonymous).unwrap().unwrap();
    let certificate = std::fs::read(&settings.tls.certificate).unwrap();
    let house = house(|_| (), |listener| Door::Tls(listener, made), Router::new()).await;
    let url = format!("https://localhost:{}/healthz", house.address.port());
    let trusted = || reqwest::Client::builder().add_root_certificate(reqwest::Certificate::from_pem(&certificate).unwrap());
    for (client, version) in [
        (trusted().http1_only().build().unwrap(), reqwest::Version::HTTP_11),
        (trusted().build().unwrap(), reqwest::Version::HTTP_2),
    ] {
        let answer = client.get(&url).send().await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.version()), (200, version));
    }
    acceptor(&settings, Clients::Anonymous).unwrap();
    assert_eq!(std::fs::read(&settings.tls.certificate).unwrap(), certificate, "a second start keeps it");
    // A client without TLS gets nothing, and other clients are not affected.
    let mut stranger = TcpStream::connect(house.address).await.unwrap();
    stranger.write_all(REQUEST).await.unwrap();
    assert!(!to_the_end(&mut stranger).await.contains("HTTP"));
    assert_eq!(trusted().build().unwrap().get(&url).send().await.unwrap().status(), 200);
}

#[test]
fn a_self_signed_certificate_is_made_on_localhost_only() {
    let mut settings = Settings::default();
    settings.server.issuer = "https://window.example".to_owned();
    settings.tls.mode = TlsMode::SelfSigned;
    settings.tls.certificate = "/nowhere/certificate.pem".into();
    let refused = acceptor(&settings, Clients::Anonymous).err().unwrap().to_string();
    assert!(refused.contains("localhost") && refused.contains("to do: set tls.mode"), "{refused}");
    settings.tls.mode = TlsMode::Files;
    let refused = acceptor(&settings, Clients::Anonymous).err().unwrap().to_string();
    assert!(refused.contains("tls.certificate /nowhere/certificate.pem cannot be read"), "{refused}");
}

#[tokio::test]
async fn a_connection_that_does_not_get_on_with_its_request_is_closed() {
    let house = plain(|server| server.idle_timeout = Duration::from_millis(50)).await;
    for begun in [&b""[..], b"GET /healthz HT", b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ", b"PRI * HTTP/2.0\r\n"] {
        let mut slow = TcpStream::connect(house.address).await.unwrap();
        slow.write_all(begun).await.unwrap();
        assert!(!to_the_end(&mut slow).await.contains("200"), "{begun:?}");
    }
    let mut idle = TcpStream::connect(house.address).await.unwrap();
    idle.write_all(REQUEST).await.unwrap();
    assert!(to_the_end(&mut idle).await.starts_with("HTTP/1.1 200"), "it is answered first");
}

#[tokio::test]
async fn a_request_that_takes_longer_than_a_connection_may_be_idle_is_answered() {
    let gate = Arc::new(Notify::new());
    let waits = Arc::clone(&gate);
    let slow = get(move || async move {
        waits.notified().await;
        "done"
    });
    let house =
        house(|server| server.idle_timeout = Duration::from_millis(20), Door::Plain, Router::new().route("/slow", slow)).await;
    let mut patient = TcpStream::connect(house.address).await.unwrap();
    patient.write_all(b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    // At least three idle times pass: in each of them an idle connection is closed.
    for _ in 0..3 {
        to_the_end(&mut TcpStream::connect(house.address).await.unwrap()).await;
    }
    gate.notify_one();
    assert!(to_the_end(&mut patient).await.ends_with("done"));
}

#[tokio::test]
async fn no_more_connections_are_served_at_once_than_is_set_and_the_next_one_waits_while_a_request_runs() {
    let gate = Arc::new(Notify::new());
    let (arrived, waits) = (Arc::new(Notify::new()), Arc::clone(&gate));
    let tells = Arc::clone(&arrived);
    let slow = get(move || async move {
        tells.notify_one();
        waits.notified().await;
        "done"
    });
    let house = house(|server| server.connections = 1, Door::Plain, Router::new().route("/slow", slow)).await;
    let mut first = TcpStream::connect(house.address).await.unwrap();
    first.write_all(b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    arrived.notified().await;
    let mut second = TcpStream::connect(house.address).await.unwrap();
    second.write_all(REQUEST).await.unwrap();
    let waited = tokio::time::timeout(Duration::from_millis(250), one_answer(&mut second)).await;
    assert!(waited.is_err(), "there is a place for one only");
    gate.notify_one();
    assert!(one_answer(&mut first).await.ends_with("done"));
    assert!(one_answer(&mut second).await.starts_with("HTTP/1.1 200"), "the first one is idle now, and ends");
    assert_eq!(to_the_end(&mut first).await, "");
}

#[tokio::test]
async fn told_to_stop_it_finishes_what_runs_and_closes_what_is_idle() {
    let gate = Arc::new(Notify::new());
    let (arrived, waits) = (Arc::new(Notify::new()), Arc::clone(&gate));
    let tells = Arc::clone(&arrived);
    let slow = get(move || async move {
        tells.notify_one();
        waits.notified().await;
        "done"
    });
    let house = house(|_| (), Door::Plain, Router::new().route("/slow", slow)).await;
    let mut idle = TcpStream::connect(house.address).await.unwrap();
    idle.write_all(REQUEST).await.unwrap();
    one_answer(&mut idle).await;
    let mut running = TcpStream::connect(house.address).await.unwrap();
    running.write_all(b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    arrived.notified().await;
    house.stop.send(()).unwrap();
    assert_eq!(to_the_end(&mut idle).await, "", "the idle one is closed without a word");
    gate.notify_one();
    assert!(to_the_end(&mut running).await.ends_with("done"));
    house.serving.await.unwrap();
    assert!(TcpStream::connect(house.address).await.is_err(), "the port is closed");
    drop(house.world);
}

#[tokio::test]
async fn a_request_that_never_ends_does_not_keep_the_process() {
    let slow = get(std::future::pending::<&str>);
    let change = |server: &mut Server| server.shutdown_grace = Duration::from_millis(50);
    let house = house(change, Door::Plain, Router::new().route("/slow", slow)).await;
    let mut running = TcpStream::connect(house.address).await.unwrap();
    running.write_all(b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    house.stop.send(()).unwrap();
    house.serving.await.unwrap();
}
