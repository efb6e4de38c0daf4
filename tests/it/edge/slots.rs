//! Connections that a stranger opens and leaves.

use crate::world::house::{House, REQUEST, house, is_closed_within, one_answer, plain};
use axum::Router;
use axum::routing::get;
use panjereh::web::server::serve::Door;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::sync::Notify;

/// Whether a client of this address is answered within two seconds.
async fn is_served(house: &House, host: u8) -> bool {
    let mut stream = house.connect_from(host).await;
    let answer = async {
        stream.write_all(REQUEST).await.ok()?;
        Some(one_answer(&mut stream).await)
    };
    let answer = tokio::time::timeout(Duration::from_secs(2), answer).await;
    answer.is_ok_and(|answer| answer.is_some_and(|answer| answer.starts_with("HTTP/1.1 200")))
}

/// Opens connections one after the other, and leaves each in this state.
async fn leave(house: &House, host: u8, count: usize, bytes: &[u8]) -> Vec<TcpStream> {
    let mut open = Vec::new();
    for _ in 0..count {
        let mut stream = house.connect_from(host).await;
        let _ = stream.write_all(bytes).await;
        if bytes == REQUEST {
            one_answer(&mut stream).await;
        }
        open.push(stream);
    }
    open
}

#[tokio::test]
async fn connections_that_one_address_leaves_in_any_state_do_not_make_everybody_else_wait() {
    let long = Duration::from_hours(1);
    let body = b"POST /token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 90\r\n\r\na=";
    for (what, bytes) in [
        ("idle", REQUEST),
        ("nothing sent", b""),
        ("half a head", b"GET /healthz HTTP/1.1\r\nHos"),
        ("half a preface", b"PRI * HTTP/2.0\r\n"),
        ("half a body", body),
    ] {
        let house = plain(|server| {
            (server.connections, server.idle_timeout, server.head_timeout, server.body_timeout) = (40, long, long, long);
            server.request_timeout = long;
        })
        .await;
        let mut honest = house.connect_from(2).await;
        honest.write_all(REQUEST).await.unwrap();
        one_answer(&mut honest).await;
        let open = leave(&house, 1, 45, bytes).await;
        for host in 3..6 {
            assert!(is_served(&house, host).await, "{what}: from 127.0.0.{host}");
        }
        assert!(is_served(&house, 1).await, "{what}: another citizen behind the same address");
        honest.write_all(REQUEST).await.unwrap();
        let answer = one_answer(&mut honest).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{what}: the connections of others stay open");
        drop(open);
    }
}

#[tokio::test]
async fn an_address_at_its_limit_loses_an_idle_connection_and_is_refused_while_all_are_at_work() {
    let gate = Arc::new(Notify::new());
    let waits = Arc::clone(&gate);
    let slow = get(move || async move {
        waits.notified().await;
        "done"
    });
    let change = |server: &mut panjereh::settings::Server| server.connections_per_address = 3;
    let house = house(change, Door::Plain, Router::new().route("/slow", slow)).await;
    let mut working = leave(&house, 1, 3, b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    let mut further = house.connect_from(1).await;
    assert!(is_closed_within(&mut further, Duration::from_secs(2)).await, "it is closed at once, and does not wait");
    assert!(is_served(&house, 2).await, "another address is served");
    gate.notify_one();
    let mut first = working.remove(0);
    assert!(one_answer(&mut first).await.ends_with("done"));
    assert!(is_served(&house, 1).await, "the idle one ends for a new one");
    assert!(is_closed_within(&mut first, Duration::from_secs(2)).await);
    gate.notify_waiters();
    for stream in &mut working {
        assert!(one_answer(stream).await.ends_with("done"), "no request is broken off");
    }
}

#[tokio::test]
async fn a_trusted_proxy_may_have_more_connections_than_one_address() {
    let house = plain(|server| {
        server.connections_per_address = 3;
        server.trusted_proxies = panjereh::settings::Network::parse("127.0.0.1").into_iter().collect();
    })
    .await;
    let mut open = leave(&house, 1, 10, REQUEST).await;
    for stream in &mut open {
        stream.write_all(REQUEST).await.unwrap();
        assert!(one_answer(stream).await.starts_with("HTTP/1.1 200"));
    }
}
