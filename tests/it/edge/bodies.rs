//! Bodies of requests that come slowly, and answers that are not read.

use super::http2::{DATA, END_HEADERS, END_STREAM, HEADERS, SETTINGS, frame, hello, request};
use crate::world::house::{REQUEST, one_answer, plain};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

fn post(path: &str, length: usize) -> Vec<u8> {
    let form = "Content-Type: application/x-www-form-urlencoded";
    format!("POST {path} HTTP/1.1\r\nHost: localhost\r\n{form}\r\nContent-Length: {length}\r\n\r\na=").into_bytes()
}

/// What comes within five seconds, up to the first pause or the end.
async fn first(stream: &mut TcpStream) -> String {
    let mut answer = [0; 4096];
    let read = tokio::time::timeout(Duration::from_secs(5), stream.read(&mut answer)).await.expect("an answer").unwrap_or(0);
    String::from_utf8_lossy(&answer[..read]).into_owned()
}

#[tokio::test]
async fn rfc9110_15_5_9_a_body_that_does_not_come_in_time_is_answered_408_to_each_kind_of_reader() {
    let house = plain(|server| server.body_timeout = Duration::from_millis(300)).await;
    for (path, kind) in [("/token", "application/json"), ("/par", "application/json"), ("/authorize", "text/html")] {
        for chunked in [false, true] {
            let mut stream = house.connect_from(1).await;
            let head = if chunked {
                String::from_utf8(post(path, 9))
                    .unwrap()
                    .replace("Content-Length: 9", "Transfer-Encoding: chunked")
                    .replace("a=", "64\r\na")
            } else {
                String::from_utf8(post(path, 100)).unwrap()
            };
            stream.write_all(head.as_bytes()).await.unwrap();
            // It goes on, but slowly.
            for _ in 0..30 {
                if stream.write_all(b"b").await.is_err() {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            let answer = first(&mut stream).await;
            assert!(answer.starts_with("HTTP/1.1 408") && answer.contains(kind), "{path}: {answer}");
        }
    }
    // HTTP/2: the answer is a frame of headers on the stream.
    let mut stream = house.connect_from(1).await;
    let head = frame(HEADERS, END_HEADERS, 1, &request("POST", "/token"));
    stream.write_all(&[hello(), head, frame(DATA, 0, 1, b"a=")].concat()).await.unwrap();
    assert!(comes(&mut stream, HEADERS, 1).await, "it is answered though its body does not end");
}

/// Whether a frame of this kind and stream comes within five seconds.
async fn comes(stream: &mut TcpStream, kind: u8, id: u8) -> bool {
    let read = async {
        loop {
            let mut head = [0; 9];
            if stream.read_exact(&mut head).await.is_err() {
                return false;
            }
            let mut payload = vec![0; usize::from(head[1]) << 8 | usize::from(head[2])];
            if stream.read_exact(&mut payload).await.is_err() {
                return false;
            }
            if head[3] == kind && head[8] == id {
                return true;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(5), read).await.unwrap_or(false)
}

#[tokio::test]
async fn bodies_hold_no_more_memory_than_one_pool_and_what_does_not_fit_is_answered_503() {
    let house = plain(|server| {
        server.body_timeout = Duration::from_hours(1);
        server.request_memory = 256 * 1024;
    })
    .await;
    let begun = [post("/token", 50_000), vec![b'b'; 40_000]].concat();
    let mut open = Vec::new();
    for host in 1..=20 {
        let mut stream = house.connect_from(host).await;
        let _ = stream.write_all(&begun).await;
        open.push(stream);
    }
    // A client that is refused while it sends has a moment to finish.
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let mut refused = 0;
    for stream in &mut open {
        if let Ok(answer) = tokio::time::timeout(Duration::from_millis(20), one_answer(stream)).await {
            assert!(answer.starts_with("HTTP/1.1 503") && answer.to_lowercase().contains("retry-after"), "{answer}");
            refused += 1;
        }
    }
    assert!(refused >= 12, "{refused}: 256 KiB are seven or eight of 32 KiB beyond what is free");
    let mut honest = house.connect_from(99).await;
    honest.write_all(&[post("/token", 20), vec![b'b'; 18]].concat()).await.unwrap();
    assert!(one_answer(&mut honest).await.starts_with("HTTP/1.1 40"), "a form of the usual size is read");
    drop((open, honest));
}

#[tokio::test]
async fn answers_that_a_client_does_not_read_hold_no_more_memory_than_one_pool() {
    let house = plain(|server| server.request_memory = 64 * 1024).await;
    // A window of no byte (RFC 9113 §6.9.2): every answer waits.
    let shut = frame(SETTINGS, 0, 0, &[0, 4, 0, 0, 0, 0]);
    let mut stream = house.connect_from(1).await;
    stream.write_all(&[&hello()[..24], &shut].concat()).await.unwrap();
    for id in 0..60_u8 {
        let ask = request("GET", "/.well-known/openid-configuration");
        stream.write_all(&frame(HEADERS, END_HEADERS | END_STREAM, u32::from(id) * 2 + 1, &ask)).await.unwrap();
    }
    // Every one is answered, the last ones with a bare 503: that has no body, so its stream ends with its headers.
    let mut ended = 0;
    for id in 0..60_u8 {
        let mut head = [0; 9];
        loop {
            tokio::time::timeout(Duration::from_secs(5), stream.read_exact(&mut head)).await.unwrap().unwrap();
            let mut payload = vec![0; usize::from(head[1]) << 8 | usize::from(head[2])];
            stream.read_exact(&mut payload).await.unwrap();
            if head[3] == HEADERS {
                break;
            }
            assert_ne!(head[3], DATA, "{id}: nothing may be sent");
        }
        ended += usize::from(head[4] & END_STREAM != 0);
    }
    assert!(ended > 40, "{ended} of 60 were refused: one address may hold 8 KiB of this pool");
    let mut honest = house.connect_from(2).await;
    honest.write_all(REQUEST).await.unwrap();
    assert!(one_answer(&mut honest).await.starts_with("HTTP/1.1 200"));
}
