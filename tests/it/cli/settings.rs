//! `panjereh config`.

use super::{Place, assert_has};

#[test]
fn the_printed_file_can_be_used_as_it_is() {
    let place = Place::empty();
    let printed = place.run(&["config", "default"]).succeeded();
    place.write("panjereh.toml", &printed);
    assert_has(
        &place.run(&["config", "check"]).succeeded(),
        &["the settings are usable", "http://localhost:8080", "panjereh.toml"],
    );
}

#[test]
fn without_a_file_the_defaults_are_used_but_a_file_that_is_named_must_be_there() {
    assert_has(&Place::empty().run(&["config", "check"]).succeeded(), &["defaults only"]);
    assert_has(
        &Place::empty().run(&["config", "check", "--config", "mine.toml"]).failed(),
        &["mine.toml cannot be read", "--config"],
    );
    let place = Place::empty().with("PANJEREH_CONFIG", "mine.toml");
    assert_has(&place.run(&["config", "check"]).failed(), &["mine.toml cannot be read"]);
    place.write("mine.toml", "[log]\nlevel = \"warn\"\n");
    assert_has(&place.run(&["config", "check"]).succeeded(), &["mine.toml", "PANJEREH_CONFIG"]);
    assert_eq!(place.run(&["--config", ".", "config", "check"]).code, 1);
}

#[test]
fn an_address_that_would_send_secrets_in_clear_text_is_refused_before_anything_is_opened() {
    let place = Place::empty();
    let check = |set: &str| place.run(&["config", "check", "--set", set]);
    assert_has(&check("database.url=postgres://u:p@db.example/d?sslmode=disable").failed(), &["without TLS", "database.tls_ca"]);
    assert_has(&check("transient.url=redis://cache.example/").failed(), &["transient.url", "without TLS", "rediss://"]);
    for safe in
        ["database.url=postgres://u:p@db.example/d", "transient.url=rediss://cache.example/", "transient.url=redis://[::1]/"]
    {
        check(safe).succeeded();
    }
}

#[test]
fn what_is_not_set_about_support_is_warned_of() {
    let keys = ["phone", "address", "hours"].map(|key| ["fa", "en"].map(|language| format!("support.{key}_{language}")));
    let place = Place::empty();
    let told = place.run(&["config", "check"]).succeeded();
    assert!(told.contains("warning: ") && keys.as_flattened().iter().all(|key| told.contains(key.as_str())), "{told}");
    let all = keys.as_flattened().iter().map(|key| format!("{} = \"x\"\n", &key[8..])).collect::<Vec<_>>().concat();
    place.write("panjereh.toml", &format!("[support]\n{}", all.replacen("hours_en = \"x\"\n", "", 1)));
    let told = place.run(&["config", "check"]).succeeded();
    assert!(told.contains("support.hours_en") && !told.contains("support.phone_en"), "{told}");
    place.write("panjereh.toml", &format!("[support]\n{all}"));
    assert!(!place.run(&["config", "check"]).succeeded().contains("warning"));
    place.write("panjereh.toml", "[support]\nphone_en = \"1\\n2\"\n");
    assert_has(&place.run(&["config", "check"]).failed(), &["support.phone_en", "has a line break"]);
}

#[test]
fn everything_that_is_wrong_is_told_with_its_place_and_every_command_refuses() {
    let place = Place::empty().with("PANJEREH_LOG_FORMAT", "xml").with("PANJEREH_LOG_LEVLE", "info");
    place.write("panjereh.toml", "[server]\nlisten = \"everywhere\"\nport = 80\n[token]\n");
    let expected = [
        "panjereh.toml, line 2: server.listen = \"everywhere\" is not an IP address with a port. Give",
        "panjereh.toml, line 3: server.port = 80 is not a setting. Remove it",
        "panjereh.toml, line 4: [token] is not a section. Remove it, or use one of: server, ",
        "environment variable PANJEREH_LOG_FORMAT: log.format = \"xml\" is not an accepted value. Give one of: text, json",
        "environment variable PANJEREH_LOG_LEVLE: log.levle = \"info\" is not a setting. Remove it, or write PANJEREH_LOG_LEVEL",
        "command line: tokens.code_lifetime = \"1h\" is longer than 10m. Give a duration from 10s to 10m",
    ];
    for command in [&["config", "check"][..], &["serve"], &["migrate"], &["keys", "list"]] {
        let arguments = [command, &["--set", "tokens.code_lifetime=1h"]].concat();
        assert_has(&place.run(&arguments).failed(), &expected);
    }
    assert!(!place.path("data").exists(), "nothing was touched");
}

#[test]
fn flags_are_stronger_than_the_environment_and_that_than_the_file() {
    let place = Place::empty().with("PANJEREH_SERVER_ISSUER", "https://environment.example");
    place.write("panjereh.toml", "[server]\nissuer = \"https://file.example\"\n");
    assert_has(&place.run(&["config", "check"]).succeeded(), &["https://environment.example"]);
    let told = place.run(&["config", "check", "--set", "server.issuer=https://flag.example"]).succeeded();
    assert_has(&told, &["https://flag.example"]);
}

#[test]
fn a_file_that_is_no_text_is_told_and_not_shown() {
    let place = Place::empty();
    std::fs::write(place.path("panjereh.toml"), b"[log]\nlevel = \"\xff\"\n").expect("a file");
    assert_has(&place.run(&["config", "check"]).failed(), &["panjereh.toml cannot be read"]);
}
