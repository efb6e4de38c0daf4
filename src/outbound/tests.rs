//! Tricks that make a server call where it should not, tried against listeners that count the connections.

use super::*;
use crate::settings::{Network, PlainHttp};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// A server that answers each connection with these bytes, in pieces, and counts the connections. With `Ends::Never` it then
/// stays silent.
struct Listener {
    address: SocketAddr,
    came: Arc<AtomicUsize>,
}

#[derive(Clone, Copy, PartialEq)]
enum Ends {
    AtOnce,
    Never,
}

async fn listener(answer: &'static str, repeat: usize, ends: Ends) -> Listener {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let came = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&came);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            counted.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(async move {
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(answer.as_bytes()).await;
                for _ in 0..repeat {
                    if stream.write_all(&[b' '; 1024]).await.is_err() {
                        return;
                    }
                }
                if ends == Ends::Never {
                    std::future::pending::<()>().await;
                }
            });
        }
    });
    Listener { address, came }
}

impl Listener {
    fn url(&self) -> String {
        format!("http://{}/keys", self.address)
    }

    fn came(&self) -> usize {
        self.came.load(Ordering::SeqCst)
    }
}

const FINE: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n{\"keys\":[]}";

/// The settings of a deployment, except `http`: otherwise TLS would refuse before the guard.
fn guarded(opened: &[&str]) -> StrangersDoor {
    let settings = OutboundSettings {
        allow_private_addresses: opened.iter().map(|network| Network::parse(network).unwrap()).collect(),
        plain_http: PlainHttp::Allowed,
        timeout: Duration::from_millis(500),
        response_limit: 8_192,
        ..OutboundSettings::default()
    };
    StrangersDoor::new(&settings, None).unwrap()
}

fn open() -> StrangersDoor {
    guarded(&["127.0.0.0/8"])
}

#[tokio::test]
async fn what_an_operator_opened_is_called() {
    let server = listener(FINE, 0, Ends::AtOnce).await;
    assert_eq!(open().get_json(&server.url()).await, Ok(serde_json::json!({ "keys": [] })));
    assert_eq!(open().post_form(&server.url(), &[("logout_token", "a.b.c")]).await, Ok(()));
    assert_eq!(server.came(), 2);
}

#[tokio::test]
async fn every_spelling_of_an_internal_address_is_refused_without_a_connection() {
    let server = listener(FINE, 0, Ends::AtOnce).await;
    let port = server.address.port();
    let outbound = guarded(&[]);
    for host in [
        "127.0.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "017700000001",
        "127.1",
        "127.0.0.1.",
        "0.0.0.0",
        "0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[0:0:0:0:0:ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "169.254.169.254",
        "10.0.0.1",
        "[fe80::1]",
        "[fd00::1]",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "①②⑦.⓪.⓪.①",
    ] {
        let refused = outbound.get_json(&format!("http://{host}:{port}/")).await.unwrap_err();
        // A name with a dot at its end may be unknown to the system; then no server was called either.
        let unknown = host.ends_with('.') && matches!(refused, OutboundError::Unreachable(_));
        assert!(refused == OutboundError::NotPublic || unknown, "{host}: {refused}");
    }
    assert_eq!(server.came(), 0);
}

#[tokio::test]
async fn a_url_with_userinfo_another_scheme_or_no_host_is_refused() {
    let outbound = open();
    for url in [
        "http://trusted.example@127.0.0.1/",
        "http://:x@127.0.0.1/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "ftp://127.0.0.1/",
        "data:text/plain,x",
        "/keys",
        "",
        "http://",
        "unix:/run/x",
    ] {
        assert!(matches!(outbound.get_json(url).await, Err(OutboundError::Refused(_))), "{url}");
    }
    let strict = Outbound::new(&OutboundSettings::default(), None).unwrap();
    assert_eq!(strict.strangers().get_json("http://agency.example/").await, Err(OutboundError::Refused("it is not https")));
}

#[tokio::test]
async fn a_name_that_resolves_to_an_internal_address_is_refused_when_connecting() {
    let server = listener(FINE, 0, Ends::AtOnce).await;
    let outbound = guarded(&[]);
    let home = SocketAddr::new(server.address.ip(), 0);
    // The same name leads elsewhere at the second look-up (DNS rebinding): a check before the connection would have been
    // deceived.
    let answers = [vec![home], vec!["[::ffff:127.0.0.1]:0".parse().unwrap()], vec!["10.0.0.1:0".parse().unwrap(), home]];
    for answer in answers {
        outbound.resolver().answers(vec![answer]);
        let url = format!("http://rebinding.example:{}/", server.address.port());
        assert!(outbound.callable(&url).is_ok());
        assert_eq!(outbound.get_json(&url).await, Err(OutboundError::NotPublic));
    }
    assert_eq!(server.came(), 0);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let inner = listener(FINE, 0, Ends::AtOnce).await;
    let outer =
        listener("HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\nconnection: close\r\n\r\n", 0, Ends::AtOnce).await;
    assert_eq!(open().get_json(&outer.url()).await, Err(OutboundError::Status(302)));
    assert_eq!(open().post_form(&outer.url(), &[]).await, Err(OutboundError::Status(302)));
    assert_eq!(inner.came(), 0);
}

#[tokio::test]
async fn a_body_without_end_is_read_to_the_limit_only() {
    let server = listener("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n", 64, Ends::Never).await;
    assert_eq!(open().get_json(&server.url()).await, Err(OutboundError::TooLong));
}

#[tokio::test]
async fn silence_before_or_within_an_answer_is_waited_for_only_so_long() {
    for answer in ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"] {
        let server = listener(answer, 0, Ends::Never).await;
        let refused = open().get_json(&server.url()).await;
        assert_eq!(refused, Err(OutboundError::Unreachable("it took longer than its time limit".to_owned())), "{answer}");
    }
}

#[tokio::test]
async fn what_is_no_json_and_what_is_no_success_is_told_apart() {
    let page = listener("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n<html>", 0, Ends::AtOnce).await;
    assert_eq!(open().get_json(&page.url()).await, Err(OutboundError::NotJson));
    let missing = listener("HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n", 0, Ends::AtOnce).await;
    assert_eq!(open().get_json(&missing.url()).await, Err(OutboundError::Status(404)));
}

#[test]
fn a_file_of_authorities_has_to_hold_one() {
    assert!(matches!(Outbound::new(&OutboundSettings::default(), Some(b"no pem")), Err(OutboundError::NoClient(_))));
}
