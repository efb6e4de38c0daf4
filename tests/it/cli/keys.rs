//! `panjereh keys`.

use super::{Place, assert_has, is_private};

/// One algorithm keeps the tests quick: RSA keys are slow to make.
const GENERATE: &[&str] = &["keys", "generate", "--alg", "ES256"];
const ROTATE: &[&str] = &["keys", "rotate", "--alg", "ES256"];

fn states(list: &str) -> Vec<(&str, &str)> {
    list.lines()
        .skip(1)
        .filter_map(|line| line.split_once("  "))
        .map(|(alg, rest)| (alg, rest.trim_start()))
        .map(first_words)
        .collect()
}

fn first_words<'a>((alg, rest): (&'a str, &'a str)) -> (&'a str, &'a str) {
    (alg, rest.split(' ').next().unwrap_or_default())
}

#[test]
fn keys_are_made_once_with_a_master_key_that_only_its_owner_can_read() {
    let place = Place::migrated();
    assert_has(&place.run(&["keys", "list"]).succeeded(), &["there are no keys"]);
    assert_has(&place.run(GENERATE).succeeded(), &["ES256: generated key "]);
    assert!(is_private(&place.path("keys/master.key")) && is_private(&place.path("keys")));
    assert_has(&place.run(GENERATE).succeeded(), &["ES256: nothing to do, key "]);
    assert_eq!(states(&place.run(&["keys", "list"]).succeeded()), [("ES256", "current")]);
    assert_has(&place.run(&["keys", "generate", "--alg", "EdDSA"]).succeeded(), &["EdDSA: generated key "]);
}

#[test]
fn rotation_publishes_the_next_key_before_it_signs_and_waits_for_it() {
    let place = Place::migrated();
    place.run(GENERATE).succeeded();
    assert_has(&place.run(ROTATE).succeeded(), &["ES256: generated key ", "which signs from "]);
    assert_eq!(states(&place.run(&["keys", "list"]).succeeded()), [("ES256", "current"), ("ES256", "next")]);
    assert_has(&place.run(ROTATE).succeeded(), &["ES256: nothing to do", "is published already and signs from"]);
}

#[test]
fn compromised_keys_are_withdrawn_at_once_even_in_the_middle_of_a_rotation() {
    let place = Place::migrated();
    place.run(GENERATE).succeeded();
    place.run(ROTATE).succeeded();
    assert_has(&place.run(&[ROTATE, &["--now"]].concat()).succeeded(), &["ES256: generated key "]);
    let list = place.run(&["keys", "list"]).succeeded();
    let mut states = states(&list);
    states.sort_unstable();
    assert_eq!(states, [("ES256", "current"), ("ES256", "removed"), ("ES256", "removed")]);
}

#[test]
fn the_private_half_is_not_in_the_database_and_the_master_key_is_never_shown() {
    let place = Place::migrated();
    let told = place.run(GENERATE).succeeded() + &place.run(&["keys", "list"]).succeeded();
    let master = place.read("keys/master.key");
    assert!(!told.contains(master.trim()), "{told}");
    for file in ["data/panjereh.sqlite", "data/panjereh.sqlite-wal"] {
        let bytes = std::fs::read(place.path(file)).unwrap_or_default();
        assert!(!bytes.windows(5).any(|window| window == b"\"d\":\""), "{file}");
    }
}

#[test]
fn another_master_key_is_noticed_before_a_key_is_made_under_it() {
    let place = Place::migrated();
    place.run(GENERATE).succeeded();
    let other = place.with("PANJEREH_MASTER_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    for command in ["generate", "rotate"] {
        assert_has(&other.run(&["keys", command, "--alg", "EdDSA"]).failed(), &["does not open", "from your backup"]);
    }
    let broken = Place::migrated().with("PANJEREH_MASTER_KEY", "not base64!");
    let told = broken.run(GENERATE).failed();
    assert_has(&told, &["PANJEREH_MASTER_KEY: a master key is 32 bytes in base64"]);
    assert!(!told.contains("not base64!"), "{told}");
}

#[test]
fn a_lost_master_key_file_is_not_replaced_by_a_new_one() {
    let place = Place::migrated().with("PANJEREH_SERVER_ISSUER", "https://id.example.gov");
    place.run(GENERATE).succeeded();
    std::fs::remove_file(place.path("keys/master.key")).expect("a file");
    assert_has(&place.run(ROTATE).failed(), &["the master key file keys/master.key cannot be read", "to do: "]);
    assert!(!place.path("keys/master.key").exists());
}

#[test]
fn an_unknown_algorithm_is_a_wrong_command_line() {
    let told = Place::migrated().run(&["keys", "generate", "--alg", "HS256"]);
    assert_eq!(told.code, 2);
    assert_has(&told.err, &["use one of ES256, RS256, PS256, EdDSA"]);
}
