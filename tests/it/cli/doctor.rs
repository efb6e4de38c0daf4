//! `panjereh doctor`: it finds what is wrong, and says what to do.

use super::{Place, assert_has};
use crate::world::registry::{Manner, NAME, Service};
use panjereh::time::Clock;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, UNIX_EPOCH};

fn prepared() -> Place {
    let place = Place::migrated();
    place.run(&["keys", "generate"]).succeeded();
    place
}

#[test]
fn of_a_deployment_that_is_ready_it_finds_nothing_wrong() {
    let told = prepared().run(&["doctor"]).succeeded();
    let parts =
        ["settings", "permissions", "disk", "master key", "database", "keys", "clock", "transient", "tls", "proxy", "files"];
    for part in parts {
        assert!(told.lines().any(|line| line.split_once(": ").is_some_and(|(head, _)| head.ends_with(part))), "{part}: {told}");
    }
    assert!(!told.contains("wrong "), "{told}");
}

/// What a deployment lacks or does wrong, what is found, and what to do.
#[test]
fn each_thing_that_is_wrong_is_found_with_what_to_do() {
    let empty = Place::empty().run(&["doctor"]);
    assert_eq!(empty.code, 1);
    assert_has(&empty.out, &["wrong    database: the database lacks 0001_", "to do: run `panjereh migrate`"]);
    assert_has(&empty.err, &["error: one thing is wrong", "to do: "]);

    let without_keys = Place::migrated().run(&["doctor"]);
    assert_has(&without_keys.out, &["wrong    keys: no key signs ES256", "to do: run `panjereh keys generate`"]);

    let place = prepared();
    let open = |name: &str, mode: u32| {
        std::fs::set_permissions(place.path(name), std::fs::Permissions::from_mode(mode)).unwrap();
    };
    open("keys/master.key", 0o644);
    assert_has(&place.run(&["doctor"]).out, &["wrong    permissions: keys/master.key", "chmod 600 keys/master.key"]);
    open("keys/master.key", 0o600);
    place.write("keys/master.key", "bm90IHRoZSBrZXk=\n");
    assert_has(&place.run(&["doctor"]).out, &["wrong    master key: keys/master.key"]);
    assert_has(
        &Place::empty().with("PANJEREH_DATABASE_URL", "postgres://panjereh:hunter2@127.0.0.1:1/panjereh").run(&["doctor"]).out,
        &["wrong    database: "],
    );
}

#[test]
fn a_proxy_that_nobody_trusts_and_a_certificate_for_another_host_are_found() {
    let place = prepared();
    let with = |more: &[&str]| place.run(&[&["doctor", "--set", "server.issuer=https://window.example"], more].concat()).out;
    assert_has(&with(&[]), &["wrong    proxy: a proxy ends TLS", "server.trusted_proxies"]);
    assert_has(&with(&["--set", "server.trusted_proxies=10.0.0.0/8"]), &["good     proxy: "]);

    let certificate = |names: &[&str], days: u64| {
        let mut params = rcgen::CertificateParams::new(names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>()).unwrap();
        let now = u64::try_from(Clock::System.now().seconds()).unwrap();
        params.not_after = (UNIX_EPOCH + Duration::from_secs(now + days * 86_400 + 3_600)).into();
        let key = rcgen::KeyPair::generate().unwrap();
        place.write("certificate.pem", &params.self_signed(&key).unwrap().pem());
        let files = ["--set", "tls.mode=files", "--set", "tls.certificate=certificate.pem", "--set", "tls.key=key.pem"];
        with(&files)
    };
    assert_has(
        &certificate(&["other.example"], 90),
        &["wrong    tls: the certificate in certificate.pem does not name window.example"],
    );
    assert_has(&certificate(&["*.example"], 90), &["good     tls: the certificate is for window.example"]);
    assert_has(&certificate(&["window.example"], 5), &["warning  tls: the certificate in certificate.pem expires in"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_remote_registry_that_does_not_answer_or_is_not_believed_is_found() {
    let store = crate::backends::sqlite().await;
    let service = Service::start(&store.store, &Clock::System).await;
    let place = prepared();
    let file = |name: &str| service.file(name).display().to_string();
    let settings = [
        "registry.source=remote".to_owned(),
        format!("registry.name={NAME}"),
        format!("registry.url={}", service.url()),
        format!("registry.keys={}", file("keys.json")),
        format!("registry.ca={}", file("ca.pem")),
        format!("registry.certificate={}", file("client.pem")),
        format!("registry.key={}", file("client.key")),
    ];
    let mut arguments = vec!["doctor"];
    for setting in &settings {
        arguments.extend(["--set", setting]);
    }
    assert_has(&place.run(&arguments).succeeded(), &["good     registry: it answers"]);
    service.be(Manner::OtherKey);
    assert_has(&place.run(&arguments).out, &["wrong    registry: the answer is not believed", "to do: check [registry]"]);
    service.be(Manner::Status(403));
    assert_has(&place.run(&arguments).out, &["wrong    registry: it was answered with status 403"]);
}
