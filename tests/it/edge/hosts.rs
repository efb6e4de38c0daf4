//! Which host a request names.

use super::http2::{END_HEADERS, END_STREAM, HEADERS, field, frame, hello};
use crate::world::house::{House, plain};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

const PATHS: [&str; 6] = ["/healthz", "/authorize", "/token", "/.well-known/openid-configuration", "/assets/none", "/nowhere"];

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or_default()
}

#[tokio::test]
async fn rfc9112_3_2_none_or_two_or_an_unreadable_host_are_answered_400_at_every_address() {
    let house = plain(|_| ()).await;
    let wrong = [
        "",
        "Host:\r\n",
        "Host: \r\n",
        "Host: localhost\r\nHost: localhost\r\n",
        "Host: localhost\r\nX: y\r\nhOST: other.example\r\n",
        "Host: localhost, other.example\r\n",
        "Host: user@localhost\r\n",
        "Host: localhost/path\r\n",
        "Host: localhost:port\r\n",
        "Host: local host\r\n",
    ];
    for path in PATHS {
        for lines in wrong {
            for method in ["GET", "POST", "OPTIONS"] {
                let answer = house.ask(format!("{method} {path} HTTP/1.1\r\n{lines}Connection: close\r\n\r\n").as_bytes()).await;
                assert_eq!(status(&answer), "400", "{method} {path} {lines:?}: {answer}");
            }
        }
        let other = format!("GET http://other.example{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        assert_eq!(status(&house.ask(other.as_bytes()).await), "400", "the target names another host");
    }
    for right in ["Host: localhost", "host: LOCALHOST:8080", "Host: [::1]:8080", "Host: 127.0.0.1"] {
        let answer = house.ask(format!("GET /healthz HTTP/1.1\r\n{right}\r\nConnection: close\r\n\r\n").as_bytes()).await;
        assert_eq!(status(&answer), "200", "{right}");
    }
    let same = b"GET http://localhost/healthz HTTP/1.1\r\nHost: localhost:80\r\nConnection: close\r\n\r\n";
    assert_eq!(status(&house.ask(same).await), "200");
    // RFC 9112 §3.2 asks it of HTTP/1.1; the health checks of some balancers are HTTP/1.0.
    assert_eq!(status(&house.ask(b"GET /healthz HTTP/1.0\r\n\r\n").await), "200");
    let json = house.ask(b"POST /token HTTP/1.1\r\nConnection: close\r\n\r\n").await;
    assert!(json.contains("invalid_request") && json.contains("x-request-id"), "{json}");
}

/// What comes as an answer to a request with these fields: 400, another status, or the end of the stream.
#[derive(Debug, PartialEq, Eq)]
enum Heard {
    Status(String),
    Reset,
}

async fn over_http2(house: &House, fields: &[(&str, &str)]) -> Heard {
    let mut block = [field(":method", "GET"), field(":scheme", "http"), field(":path", "/healthz")].concat();
    for (name, value) in fields {
        block.extend(field(name, value));
    }
    let mut stream = house.connect_from(1).await;
    stream.write_all(&[hello(), frame(HEADERS, END_HEADERS | END_STREAM, 1, &block)].concat()).await.unwrap();
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).await.unwrap();
        let mut payload = vec![0; usize::from(head[1]) << 8 | usize::from(head[2])];
        stream.read_exact(&mut payload).await.unwrap();
        match head[3] {
            // The first field is `:status`; these are in the static table (RFC 7541 Appendix A).
            HEADERS => {
                let status = [(0x88, "200"), (0x8c, "400")].into_iter().find(|(index, _)| payload[0] == *index);
                return Heard::Status(status.map_or_else(|| format!("{:02x?}", &payload[..5]), |(_, status)| status.to_owned()));
            }
            3 | 7 => return Heard::Reset,
            _ => {}
        }
    }
}

#[tokio::test]
async fn rfc9113_8_3_1_over_http2_a_host_unlike_the_authority_none_or_two_are_answered_400() {
    let house = plain(|_| ()).await;
    let is = |status: &str| Heard::Status(status.to_owned());
    for fields in [
        &[][..],
        &[(":authority", "localhost"), ("host", "other.example")],
        &[(":authority", "localhost"), ("host", "localhost:8080")],
        &[(":authority", "localhost"), ("host", "localhost"), ("host", "localhost")],
        &[(":authority", "localhost"), ("host", "")],
        &[("host", "")],
        &[("host", "localhost"), ("host", "other.example")],
        &[("host", "localhost, other.example")],
    ] {
        assert_eq!(over_http2(&house, fields).await, is("400"), "{fields:?}");
    }
    // What is no authority at all is a malformed message, whose stream is reset (RFC 9113 §8.1.1).
    for authority in ["", "local host", "user@localhost"] {
        let heard = over_http2(&house, &[(":authority", authority)]).await;
        assert!(heard == Heard::Reset || heard == is("400"), "{authority:?}: {heard:?}");
    }
    for fields in [
        &[(":authority", "localhost")][..],
        &[(":authority", "localhost"), ("host", "LOCALHOST")],
        &[(":authority", "localhost:80"), ("host", "localhost")],
        &[("host", "localhost")],
    ] {
        assert_eq!(over_http2(&house, fields).await, is("200"), "{fields:?}");
    }
}
