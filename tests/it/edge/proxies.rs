//! The address behind a proxy: whose limit a request counts for.

use crate::world::log::CapturedLog;
use crate::world::{Backend, HOME, World, on_both_backends, send};
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use panjereh::settings::{ForwardedHeader, Network, Settings};

on_both_backends!(rfc7239_6_in_every_form_of_an_address_a_visitor_has_a_limit_of_their_own);

fn behind_a_proxy(settings: &mut Settings) {
    settings.server.trusted_proxies = Network::parse(&HOME.to_string()).into_iter().collect();
    settings.limits.per_address = 1;
}

/// The header that a proxy writes, and what it writes there about the nth visitor.
type Form = (ForwardedHeader, fn(usize) -> String);

/// The status of a visit to the sign-in page that the proxy passes on with this line.
async fn visit(router: &Router, url: &str, header: &str, line: &str) -> u16 {
    let request = Request::get(url).header(header, line).body(Body::empty()).unwrap();
    send(router.clone(), request).await.status.as_u16()
}

async fn rfc7239_6_in_every_form_of_an_address_a_visitor_has_a_limit_of_their_own(world: &World) {
    let url = world.agency("tax").await.ask("openid").url();
    let forms: [Form; 9] = [
        (ForwardedHeader::XForwardedFor, |n| format!("198.51.100.{n}")),
        (ForwardedHeader::XForwardedFor, |n| format!("203.0.113.{n}:4711")),
        (ForwardedHeader::XForwardedFor, |n| format!("\"192.0.2.{}\"", n + 100)),
        (ForwardedHeader::XForwardedFor, |n| format!("9.9.9.9, [2001:db8:1:{n}::1]:4711")),
        (ForwardedHeader::XForwardedFor, |n| format!("unknown, 2001:DB8:2:{n}::1%eth0")),
        (ForwardedHeader::Forwarded, |n| format!("for=198.18.0.{n};proto=https")),
        (ForwardedHeader::Forwarded, |n| format!("proto=https;For=\"198.18.1.{n}:4711\"")),
        (ForwardedHeader::Forwarded, |n| format!("for=\"[2001:db8:3:{n}::1]:4711\"")),
        (ForwardedHeader::Forwarded, |n| format!("for=\"x, FOR=\"[2001:db8:4:{n}::1]\";by=_proxy")),
    ];
    for (header, form) in forms {
        let name = if header == ForwardedHeader::Forwarded { "forwarded" } else { "x-forwarded-for" };
        let router = world
            .another_instance_with(|settings| {
                behind_a_proxy(settings);
                settings.server.forwarded_header = header;
            })
            .await;
        let mut visits = 0;
        while visit(&router, &url, name, &form(1)).await != 429 {
            visits += 1;
            assert!(visits < 50, "{}: the visitor's own limit never ends", form(1));
        }
        assert!(visits > 0);
        assert_ne!(visit(&router, &url, name, &form(2)).await, 429, "{}: another visitor does not share it", form(2));
        assert_eq!(visit(&router, &url, name, &form(1)).await, 429, "{}", form(1));
    }
}

#[tokio::test]
async fn the_other_header_is_not_read_so_that_a_client_cannot_write_its_own_address() {
    let world = World::with(Backend::Embedded, behind_a_proxy).await.unwrap();
    let url = world.agency("tax").await.ask("openid").url();
    let visit = async |n: usize| {
        let request =
            Request::get(&url).header("x-forwarded-for", "198.51.100.7").header("forwarded", format!("for=203.0.113.{n}"));
        world.send(request.body(Body::empty()).unwrap()).await.status.as_u16()
    };
    let mut n = 1;
    while visit(n).await != 429 {
        n += 1;
        assert!(n < 50, "a new address in the other header is a new visitor");
    }
}

#[tokio::test]
async fn where_a_trusted_proxy_sends_what_cannot_be_read_there_is_one_warning_without_what_it_sent() {
    for (header, line, says) in [
        ("x-forwarded-for", "client-7", "writes no address that can be read"),
        ("x-forwarded-for", "unknown", "does not tell the address"),
        ("x-forwarded-for", "_client7", "does not tell the address"),
        ("forwarded", "for=198.51.100.77", "writes only the other header"),
    ] {
        let world = World::with(Backend::Embedded, behind_a_proxy).await.unwrap();
        let url = world.agency("tax").await.ask("openid").url();
        let log = CapturedLog::begin();
        for _ in 0..3 {
            visit(&world.router(), &url, header, line).await;
        }
        visit(&world.router(), &url, "x-forwarded-for", "198.51.100.1").await;
        let text = log.text();
        let warnings: Vec<_> = text.lines().filter(|line| line.contains("a trusted proxy")).collect();
        assert_eq!(warnings.len(), 1, "{header}: {line}: {warnings:?}");
        assert!(warnings[0].contains(says) && warnings[0].contains(&HOME.to_string()), "{}", warnings[0]);
        assert!(line == "unknown" || !text.contains(line), "{line}");
    }
    // A stranger who is no proxy can write anything, and nobody is warned.
    let world = World::new(Backend::Embedded).await.unwrap();
    let log = CapturedLog::begin();
    visit(&world.router(), "/", "x-forwarded-for", "client-7").await;
    assert!(!log.text().contains("a trusted proxy"));
}
