//! Heads of requests: how long, how many lines, how slowly.

use super::http2::{CONTINUATION, END_HEADERS, END_STREAM, HEADERS, SETTINGS, drip, field, frame, hello, request};
use crate::world::house::{House, REQUEST, is_closed_within, one_answer, plain};
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;

const KIB: usize = 1024;
const SOON: Duration = Duration::from_secs(5);

fn client() -> [(&'static str, reqwest::Client); 2] {
    let http1 = reqwest::Client::builder().http1_only().build().unwrap();
    let http2 = reqwest::Client::builder().http2_prior_knowledge().build().unwrap();
    [("HTTP/1.1", http1), ("HTTP/2", http2)]
}

/// The status of a request with these header lines and this query.
async fn status(house: &House, client: &reqwest::Client, lines: &[(String, String)], query: &str) -> u16 {
    let mut request = client.get(format!("http://{}/healthz?{query}", house.address));
    for (name, value) in lines {
        request = request.header(name, value);
    }
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn rfc6585_5_a_head_beyond_the_limit_is_answered_431_on_both_versions_of_http_wherever_its_length_is() {
    let house = plain(|_| ()).await;
    let one = |size: usize| vec![("x".to_owned(), "y".repeat(size))];
    let many = |size: usize| (0..64).map(|n| (format!("x{n}"), "y".repeat(size / 64 - 8))).collect::<Vec<_>>();
    let cookie = |size: usize| vec![("cookie".to_owned(), format!("a={}", "y".repeat(size)))];
    for (version, client) in client() {
        for (what, lines) in [("one line", one(30 * KIB)), ("many lines", many(30 * KIB)), ("a cookie", cookie(30 * KIB))] {
            assert_eq!(status(&house, &client, &lines, "").await, 200, "{version}: {what} within the limit");
        }
        assert_eq!(status(&house, &client, &[], &"q".repeat(30 * KIB)).await, 200, "{version}");
        for size in [33 * KIB, 60 * KIB] {
            for (what, lines) in [("one line", one(size)), ("many lines", many(size)), ("a cookie", cookie(size))] {
                assert_eq!(status(&house, &client, &lines, "").await, 431, "{version}: {what} of {size}");
            }
            assert_eq!(status(&house, &client, &[], &"q".repeat(size)).await, 431, "{version}: a target of {size}");
            let both = status(&house, &client, &one(size / 2), &"q".repeat(size / 2)).await;
            assert_eq!(both, 431, "{version}: line and target of {size} together");
        }
        assert_eq!(status(&house, &client, &[], "").await, 200, "{version}: and the next one is served");
    }
}

#[tokio::test]
async fn more_header_lines_than_the_limit_are_answered_431_on_both_versions_of_http() {
    for limit in [50, 100, 200] {
        let house = plain(|server| server.head_lines = limit).await;
        for (version, client) in client() {
            let lines = |count: usize| (0..count).map(|n| (format!("x{}", n % 7), String::new())).collect::<Vec<_>>();
            // The client writes two or three lines of its own.
            assert_eq!(status(&house, &client, &lines(limit - 5), "").await, 200, "{version}, {limit}");
            assert_eq!(status(&house, &client, &lines(limit + 1), "").await, 431, "{version}, {limit}");
        }
    }
}

#[tokio::test]
async fn a_head_that_is_not_finished_in_time_ends_the_connection_on_both_versions_of_http() {
    let house = plain(|server| {
        server.head_timeout = Duration::from_millis(300);
        server.idle_timeout = Duration::from_hours(1);
    })
    .await;
    let block = request("GET", "/healthz");
    let (begun, more) = (frame(HEADERS, END_STREAM, 1, &block), frame(CONTINUATION, 0, 1, &field("x", "y")));
    let answered = [hello(), frame(HEADERS, END_STREAM | END_HEADERS, 1, &block)].concat();
    let cases: [(&str, Vec<u8>, Vec<u8>); 11] = [
        ("a byte", b"G".to_vec(), vec![]),
        ("a request line", b"GET /healthz HTTP/1.1\r\n".to_vec(), vec![]),
        ("header lines byte by byte", b"GET /healthz HTTP/1.1\r\n".to_vec(), b"X: y\r\n".repeat(50)),
        ("the second head", [REQUEST, b"GET / HT"].concat(), vec![]),
        ("the second head byte by byte", REQUEST.to_vec(), b"GET /healthz HTTP/1.1\r\nX: y".repeat(9)),
        ("the third head", [REQUEST, REQUEST, b"GET / HT"].concat(), vec![]),
        ("a preface", b"PRI * HTTP/2.0\r\n\r\n".to_vec(), vec![]),
        ("a frame", [hello(), frame(SETTINGS, 0, 0, b"abcdef")[..12].to_vec()].concat(), vec![]),
        ("a header block without its end", [hello(), begun.clone()].concat(), vec![]),
        ("CONTINUATION byte by byte", [hello(), begun].concat(), more.repeat(20)),
        ("the second header block", [answered, frame(HEADERS, END_STREAM, 3, &block)].concat(), vec![]),
    ];
    for (what, now, slowly) in cases {
        let mut stream = house.connect_from(1).await;
        stream.write_all(&now).await.unwrap();
        drip(&mut stream, &slowly, Duration::from_millis(20)).await;
        assert!(is_closed_within(&mut stream, SOON).await, "{what}");
    }
    // A connection on which no head has begun is idle, and has the time of an idle one.
    for (what, bytes) in [("nothing", &b""[..]), ("a whole request", REQUEST), ("HTTP/2", &hello())] {
        let mut stream = house.connect_from(1).await;
        stream.write_all(bytes).await.unwrap();
        assert!(!is_closed_within(&mut stream, Duration::from_millis(900)).await, "{what}");
    }
}

#[tokio::test]
async fn a_flood_of_continuation_frames_ends_the_connection_before_its_head_is_twice_as_long_as_the_limit() {
    let house = plain(|server| server.head_timeout = Duration::from_hours(1)).await;
    for size in [1, 100, 4 * KIB] {
        let mut stream = house.connect_from(1).await;
        stream.write_all(&[hello(), frame(HEADERS, END_STREAM, 1, &request("GET", "/"))].concat()).await.unwrap();
        // A whole field each, or one byte of a long one.
        let part = if size == 1 { vec![0] } else { field("x", "y").repeat(size / 5) };
        let mut sent = 0;
        while sent < 66 * KIB && stream.write_all(&frame(CONTINUATION, 0, 1, &part)).await.is_ok() {
            sent += part.len() + 9;
        }
        assert!(is_closed_within(&mut stream, SOON).await, "frames of {size}");
    }
}

#[tokio::test]
async fn unfinished_heads_hold_no_more_memory_than_one_pool_and_one_address_no_more_than_its_share() {
    let house = plain(|server| {
        server.head_timeout = Duration::from_hours(1);
        server.request_memory = 1024 * KIB;
    })
    .await;
    let head = [b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ".to_vec(), vec![b'y'; 30 * KIB]].concat();
    let mut kept = 0;
    let mut open = Vec::new();
    for host in 1..=10_u8 {
        let mut of_this = 0;
        for _ in 0..12 {
            let mut stream = house.connect_from(host).await;
            let _ = stream.write_all(&head).await;
            if is_closed_within(&mut stream, Duration::from_millis(30)).await {
                continue;
            }
            of_this += 1;
            open.push(stream);
        }
        assert!(of_this <= 5, "{of_this} heads of 30 KiB are more than an eighth of the pool and 8 KiB each");
        kept += of_this;
    }
    assert!((20..=46).contains(&kept), "{kept} heads: the pool is used, and it bounds them");
    // Requests of the usual length are served all the same, also those of the same address.
    for host in [1, 99] {
        let mut stream = house.connect_from(host).await;
        stream.write_all(REQUEST).await.unwrap();
        assert!(one_answer(&mut stream).await.starts_with("HTTP/1.1 200"));
    }
    drop(open);
}
