//! Limits that an attacker tries to get around: by the many addresses of one IPv6 customer, by a restart or another instance, by
//! invented names. And limits that an attacker tries to turn against others.

use crate::world::agency::Agency;
use crate::world::citizen::national_id;
use crate::world::cross_device::with_devices;
use crate::world::{Answer, Backend, World, on_both_backends, send};
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use panjereh::app::throttle::{Throttled, TriedFrom, before_sign_in};
use panjereh::client::grant_type::GrantType;
use panjereh::client::words::TokenEndpointAuthMethod;
use panjereh::identity::national_id::NationalId;
use panjereh::records::address::CountedAddress;
use panjereh::settings::{RegistrationMode, Settings};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::time::Duration;

on_both_backends! {
    the_limit_of_failed_client_authentications_holds_after_a_restart_and_at_every_instance,
    strangers_in_the_same_ipv6_network_lock_no_client_out_of_the_address_it_usually_has,
    guesses_at_a_client_from_one_ipv6_site_are_counted_together,
    requests_in_the_name_of_invented_clients_are_counted_by_address_alone,
    passwords_of_one_person_tried_from_one_ipv6_site_are_counted_together,
}

const QUARTER: Duration = Duration::from_mins(15);

/// Both worlds with these settings.
pub(super) async fn worlds(change: impl Fn(&mut Settings) + Copy) -> Vec<World> {
    let mut worlds = Vec::new();
    for backend in [Backend::Embedded, Backend::Servers] {
        worlds.extend(World::with(backend, change).await);
    }
    worlds
}

/// A host of a documentation network (RFC 3849): `site` is its /48, `customer` its /56 within that, `host` its /64 within that.
fn host(site: u16, customer: u8, host: u8) -> IpAddr {
    IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, site, u16::from_be_bytes([customer, host]), 0xa, 0xb, 0xc, 0xd))
}

pub(super) fn from(address: IpAddr, mut request: Request<Body>) -> Request<Body> {
    request.extensions_mut().insert(ConnectInfo(SocketAddr::new(address, 50_000)));
    request
}

const CREDENTIALS: [(&str, &str); 1] = [("grant_type", "client_credentials")];

async fn machine<'a>(world: &'a World, name: &str) -> (Agency<'a>, Agency<'a>) {
    let right = world.agency_with(name, |client| client.grant_types.push(GrantType::ClientCredentials)).await;
    let mut guessing = right.clone();
    "guess".clone_into(&mut guessing.secret);
    (right, guessing)
}

/// Status and error of a token request of this client from this address, at this instance.
async fn told(router: &Router, agency: &Agency<'_>, address: IpAddr) -> (u16, String) {
    let answer = send(router.clone(), from(address, agency.token_request(&CREDENTIALS))).await;
    let error = if answer.status == 200 { String::new() } else { answer.error() };
    (answer.status.as_u16(), error)
}

fn served() -> (u16, String) {
    (200, String::new())
}

fn waits() -> (u16, String) {
    (429, "temporarily_unavailable".to_owned())
}

fn wrong() -> (u16, String) {
    (401, "invalid_client".to_owned())
}

async fn the_limit_of_failed_client_authentications_holds_after_a_restart_and_at_every_instance(world: &World) {
    let (tax, guessing) = machine(world, "tax").await;
    let (attacker, home) = (IpAddr::from([203, 0, 113, 9]), IpAddr::from([203, 0, 113, 1]));
    let (one, two) = (world.router(), world.another_instance().await);
    // Both instances serve the client at both addresses, and so remember that for a moment.
    for router in [&one, &two] {
        for address in [attacker, home] {
            assert_eq!(told(router, &tax, address).await, served());
        }
    }
    world.pass(Duration::from_secs(2));
    for _ in 0..50 {
        for router in [&one, &two] {
            assert_eq!(told(router, &guessing, attacker).await, wrong());
        }
    }
    let restarted = world.restarted().await;
    for router in [&one, &two, &restarted] {
        assert_eq!(told(router, &tax, attacker).await, waits(), "not even the right secret is compared");
        assert_eq!(told(router, &guessing, attacker).await, waits());
        assert_eq!(told(router, &tax, home).await, served(), "no attacker locks a client out");
    }
    world.pass(QUARTER);
    for router in [&one, &two, &restarted] {
        assert_eq!(told(router, &tax, attacker).await, served());
    }
}

async fn strangers_in_the_same_ipv6_network_lock_no_client_out_of_the_address_it_usually_has(world: &World) {
    let (tax, guessing) = machine(world, "tax").await;
    let router = world.router();
    // A data centre gives a /64 of one site to each of its customers.
    let home = host(1, 7, 7);
    assert_eq!(told(&router, &tax, home).await, served());
    world.pass(Duration::from_secs(2));
    for n in 0..400_u16 {
        let [_, tenant] = n.to_be_bytes();
        let customer = [100, 101, 102][usize::from(n) % 3];
        assert_eq!(told(&router, &guessing, host(1, customer, tenant)).await, wrong(), "{n}");
    }
    assert_eq!(told(&router, &guessing, host(1, 200, 1)).await, waits(), "the site is at its limit");
    for router in [router, world.restarted().await, world.another_instance().await] {
        assert_eq!(told(&router, &tax, home).await, served(), "the address from which the client came before");
        assert_eq!(told(&router, &guessing, home).await, wrong(), "a guess from there is counted");
    }
    world.pass(QUARTER);
    assert_eq!(told(&world.router(), &tax, host(1, 200, 1)).await, served());
}

async fn guesses_at_a_client_from_one_ipv6_site_are_counted_together(world: &World) {
    let (_, guessing) = machine(world, "tax").await;
    let router = world.router();
    // 100 from a /64, 200 from a /56, 400 from a /48.
    for (tenants, limit) in [(1, 100), (2, 100), (2, 0)] {
        for n in 0..limit {
            assert_eq!(told(&router, &guessing, host(1, 0, tenants)).await, wrong(), "{n} of {tenants}");
        }
        assert_eq!(told(&router, &guessing, host(1, 0, tenants)).await, waits());
    }
    assert_eq!(told(&router, &guessing, host(1, 0, 3)).await, waits(), "the /56");
    for customer in [1, 2] {
        for n in 0..100 {
            assert_eq!(told(&router, &guessing, host(1, customer, 0)).await, wrong(), "{n} of {customer}");
        }
    }
    assert_eq!(told(&router, &guessing, host(1, 3, 0)).await, waits(), "the /48");
    assert_eq!(told(&router, &guessing, host(2, 0, 0)).await, wrong(), "another /48");
}

async fn requests_in_the_name_of_invented_clients_are_counted_by_address_alone(world: &World) {
    let (tax, mut invented) = machine(world, "tax").await;
    let (attacker, router) = (IpAddr::from([203, 0, 113, 9]), world.router());
    for n in 0..100 {
        invented.client.id = panjereh::client::words::ClientId::parse(&format!("invented-{n}")).unwrap();
        assert_eq!(told(&router, &invented, attacker).await, wrong());
    }
    invented.client.id = panjereh::client::words::ClientId::parse("never-tried-before").unwrap();
    assert_eq!(told(&router, &invented, attacker).await, waits(), "one counter for all names");
    assert_eq!(told(&router, &tax, attacker).await, served(), "a real client there is not affected");
    assert_eq!(told(&router, &invented, IpAddr::from([203, 0, 113, 1])).await, wrong());
}

async fn passwords_of_one_person_tried_from_one_ipv6_site_are_counted_together(world: &World) {
    let person = NationalId::parse(national_id(888_888).as_str()).unwrap();
    let attempt = async |address: IpAddr| {
        let from = TriedFrom { address: CountedAddress::of(address), known: None };
        match before_sign_in(&world.app, &person, from, world.now()).await {
            Ok(()) => true,
            Err(Throttled::TooMany { .. }) => false,
            Err(Throttled::Unavailable(cause)) => panic!("{cause}"),
        }
    };
    let mut counted = Vec::new();
    for hosts in [vec![host(1, 0, 0)], (0..=255).map(|n| host(2, 0, n)).collect(), (0..=255).map(|n| host(3, n, n)).collect()] {
        let mut passed = 0;
        for n in 0..60 {
            passed += usize::from(attempt(hosts[n % hosts.len()]).await);
        }
        counted.push(passed);
    }
    // Ten of a host, twenty of a customer with a /56, forty of a site; and eighty of all strangers on one day.
    assert_eq!(counted, [10, 20, 40]);
    // The limit stands in front of the password hash: the page does not compare one.
    let tax = world.agency("tax").await;
    let mut browser = world.browser();
    browser.address = host(3, 77, 78);
    browser.open(&tax.ask("openid").url()).await;
    browser.enter_credentials(person.as_str(), "wrong-password").await.must(429, "refusal-too-many-tries-title");
}

/// What an address may do a limited number of times, by a request that anybody can send.
type Attempt = fn(&Agency<'_>) -> Request<Body>;

fn form(path: &str, body: &str) -> Request<Body> {
    let request = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
    request.body(Body::from(body.to_owned())).unwrap()
}

fn asking(kiosk: &Agency<'_>) -> String {
    kiosk.ask("openid").url().split_once('?').unwrap().1.to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_an_address_may_do_a_limited_number_of_times_is_counted_for_its_64_its_56_and_its_48() {
    // The name, how many a host may do, the request.
    let kinds: [(&str, u32, Attempt); 6] = [
        ("begun sign-ins", 10, |kiosk| Request::get(format!("/authorize?{}", asking(kiosk))).body(Body::empty()).unwrap()),
        ("forms of other sites", 10, |kiosk| form("/authorize", &asking(kiosk))),
        ("pushed requests", 10, |kiosk| form("/par", &asking(kiosk))),
        ("device codes", 1, |_| form("/device_authorization", "client_id=kiosk&scope=openid")),
        ("user codes", 1, |_| Request::get("/device?user_code=BBBB-BBBB").body(Body::empty()).unwrap()),
        ("registrations", 1, |_| {
            let body = r#"{"client_name":"Relying","redirect_uris":["https://relying.example/callback"]}"#;
            Request::post("/register").header("content-type", "application/json").body(Body::from(body)).unwrap()
        }),
    ];
    let small = |settings: &mut Settings| {
        settings.limits.per_address = 1;
        settings.registration.mode = RegistrationMode::Open;
    };
    for world in worlds(small).await {
        let kiosk = world
            .agency_with("kiosk", |client| {
                with_devices(client);
                client.auth_method = TokenEndpointAuthMethod::None;
            })
            .await;
        for (name, limit, attempt) in kinds {
            let passes = async |address: IpAddr| {
                let answer: Answer = send(world.router(), from(address, attempt(&kiosk))).await;
                let sent_to = answer.header("location");
                assert!(!sent_to.contains("error="), "{name}: {sent_to}");
                assert!(
                    answer.status == 429 || answer.status.as_u16() < 400 || answer.status == 422,
                    "{name}: {}",
                    answer.text()
                );
                // A person is sent to a page that says so (303), so that a reload is no attempt.
                u32::from(answer.status != 429 && !sent_to.ends_with("refused=closed"))
            };
            let (mut of_host, mut of_customer, mut of_site) = (0, 0, 0);
            for n in 0..=(limit * 4) {
                let n = u8::try_from(n).unwrap();
                of_host += passes(host(1, 0, 0)).await;
                of_customer += passes(host(2, 0, n)).await;
                of_site += passes(host(3, n, n)).await;
            }
            assert_eq!((of_host, of_customer, of_site), (limit, limit * 2, limit * 4), "{name}");
            assert_eq!(passes(host(4, 0, 0)).await, 1, "{name}: another site");
            assert_eq!(passes(IpAddr::from([203, 0, 113, 9])).await, 1, "{name}: an IPv4 address");
        }
    }
}
