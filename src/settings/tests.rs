//! Tests of the whole room.

use super::*;
use crate::identity::age::CountryProfile;
use crate::settings::error::Origin;
use crate::settings::table::{AnyKey, SECTIONS};
use proptest::prelude::*;
use std::net::IpAddr;
use std::time::Duration;

fn load(text: &str) -> Result<Settings, Vec<SettingsError>> {
    Settings::load(Some(SettingsFile { name: "panjereh.toml", text }), std::iter::empty(), &[])
}

fn load_environment(variables: &[(&str, &str)]) -> Result<Settings, Vec<SettingsError>> {
    Settings::load(None, variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())), &[])
}

fn messages(result: Result<Settings, Vec<SettingsError>>) -> Vec<String> {
    result.expect_err("errors").iter().map(ToString::to_string).collect()
}

#[test]
fn without_any_setting_the_defaults_are_used() {
    let settings = Settings::load(None, std::iter::empty(), &[]).expect("settings");
    assert_eq!(settings, Settings::default());
    assert_eq!(settings.issuer(), "http://localhost:8080");
    assert_eq!(settings.database.url.expose(), "sqlite:data/panjereh.sqlite");
    assert_eq!(settings.transient.redis(), None);
    assert_eq!(settings.tokens.code_lifetime, Duration::from_mins(1));
    assert_eq!(settings.limits.per_address, 300);
    assert_eq!(settings.country_profile(), &CountryProfile::IRAN);
    assert!(!settings.trusts_proxy(IpAddr::from([127, 0, 0, 1])));
}

#[test]
fn the_reference_file_parses_to_the_defaults_and_names_every_key() {
    let text = default_text();
    assert_eq!(load(&text).expect("the reference file is valid"), Settings::default());
    for section in SECTIONS {
        assert!(text.contains(&format!("\n[{}]\n", section.name())));
        for key in AnyKey::all_of(section) {
            assert!(text.contains(&format!("\n{} = ", key.name())), "{}", key.name());
        }
    }
    assert!(text.lines().all(|line| line.chars().count() <= 130), "{text}");
}

#[test]
fn the_file_in_deploy_is_the_reference_file() {
    let kept = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/panjereh.toml")).unwrap_or_default();
    assert!(kept == default_text(), "out of date: run `panjereh config default > deploy/panjereh.toml` and check the difference");
}

#[test]
fn section_names_are_one_word_so_that_a_variable_can_be_read_in_one_way_only() {
    assert!(SECTIONS.iter().all(|section| section.name().bytes().all(|byte| byte.is_ascii_lowercase())));
    let known: Vec<String> = reference::names().collect();
    assert!(known.iter().all(|name| known.iter().filter(|other| *other == name).count() == 1));
}

#[test]
fn the_environment_overrides_the_file_and_flags_override_both() {
    let file =
        SettingsFile { name: "panjereh.toml", text: "[limits]\nper_address = 1\n[log]\nlevel = \"warn\"\nformat = \"json\"" };
    let environment = [("PANJEREH_LIMITS_PER_ADDRESS", "2"), ("PANJEREH_LOG_LEVEL", "error"), ("HOME", "/")];
    let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let flags = [("limits.per_address".to_owned(), "3".to_owned())];
    let settings = Settings::load(Some(file), environment, &flags).expect("settings");
    assert_eq!(settings.limits.per_address, 3);
    assert_eq!(settings.log, Log { format: LogFormat::Json, level: LogLevel::Error });
}

#[test]
fn every_key_can_be_set_by_its_variable_and_by_its_flag() {
    let defaults = Settings::default();
    for section in SECTIONS {
        for key in AnyKey::all_of(section) {
            let literal: toml::Value = key.literal(&defaults).parse().expect("a literal");
            let word = match literal {
                toml::Value::String(text) => text,
                toml::Value::Array(items) => items.iter().filter_map(|item| item.as_str()).collect::<Vec<_>>().join(","),
                other => other.to_string(),
            };
            let variable = format!("PANJEREH_{}_{}", section.name(), key.name()).to_uppercase();
            let path = format!("{}.{}", section.name(), key.name());
            let settings = Settings::load(None, [(variable, word.clone())].into_iter(), &[(path, word)]);
            assert_eq!(settings.expect("settings"), defaults);
        }
    }
}

#[test]
fn a_bad_value_is_reported_with_its_line_key_value_and_remedy() {
    assert_eq!(
        messages(load("# a comment\n[server]\nlisten = \"here\"\n")),
        ["panjereh.toml, line 3: server.listen = \"here\" is not an IP address with a port. \
          Give an IP address and a port, such as \"127.0.0.1:8080\", \"0.0.0.0:8080\" or \"[::]:8080\"."]
    );
    assert_eq!(
        messages(load_environment(&[("PANJEREH_TOKENS_CODE_LIFETIME", "1h")])),
        ["environment variable PANJEREH_TOKENS_CODE_LIFETIME: tokens.code_lifetime = \"1h\" is longer than 10m. \
          Give a duration from 10s to 10m, as text: a number and s, m, h or d."]
    );
    assert_eq!(
        messages(Settings::load(None, std::iter::empty(), &[("log.level".to_owned(), "loud".to_owned())])),
        ["command line: log.level = \"loud\" is not an accepted value. Give one of: error, warn, info, debug, trace."]
    );
}

#[test]
fn an_unknown_key_is_reported_with_what_was_probably_meant() {
    assert_eq!(
        messages(load("[server]\nlissen = \"127.0.0.1:1\"")),
        ["panjereh.toml, line 2: server.lissen = \"127.0.0.1:1\" is not a setting. Remove it, or write server.listen."]
    );
    assert_eq!(
        messages(load_environment(&[("PANJEREH_LISTEN", "127.0.0.1:1")])),
        [
            "environment variable PANJEREH_LISTEN: listen = \"127.0.0.1:1\" is not a setting. Remove it, or write PANJEREH_SERVER_LISTEN."
        ]
    );
    assert_eq!(
        messages(load("[colours]\nsky = \"blue\"")),
        [
            "panjereh.toml, line 1: [colours] is not a section. Remove it, or use one of: server, tls, database, transient, keys, registry, \
          sms, support, proofing, country, tokens, decoupled, limits, outbound, registration, events, log, demo."
        ]
    );
}

#[test]
fn variables_of_other_programs_are_neither_settings_nor_errors() {
    let others = [
        ("PANJEREH_MASTER_KEY", "c2VjcmV0"),
        ("PANJEREH_CONFIG", "mine.toml"),
        ("PANJEREH_TEST_POSTGRES", "x"),
        ("PANJEREH_SERVICE_HOST", "10.0.0.1"),
        ("PANJEREH_PORT_8080_TCP", "tcp://10.0.0.1:8080"),
        ("PANJEREHS", "x"),
        ("PATH", "/bin"),
    ];
    assert_eq!(load_environment(&others).expect("settings"), Settings::default());
}

#[test]
fn all_mistakes_are_reported_at_once_in_the_order_of_the_places() {
    let file = SettingsFile {
        name: "panjereh.toml",
        text: "[limits]\nper_address = 0\nper_person = 1\n[country]\ncalendar = \"lunar\"\nage_limit = 1.5",
    };
    let environment = [("PANJEREH_B", "1"), ("PANJEREH_A_B", "1")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    let found = messages(Settings::load(Some(file), environment.into_iter(), &[("x".to_owned(), String::new())]));
    let origins: Vec<&str> = found.iter().filter_map(|line| line.split(": ").next()).collect();
    assert_eq!(origins.len(), 7, "{found:#?}");
    assert_eq!(origins.last(), Some(&"command line"));
    assert!(found.iter().any(|line| line.contains("age_limit = 1.5 is a fraction but must be a whole number")), "{found:#?}");
}

#[test]
fn syntax_errors_of_the_file_name_the_line() {
    let found = messages(load("[server]\nlisten = 127.0.0.1:8080\n\n[log\n"));
    assert!(found.iter().any(|line| line.starts_with("panjereh.toml, line 2: the file is not valid TOML here:")), "{found:#?}");
    assert!(found.iter().any(|line| line.starts_with("panjereh.toml, line 4: ")), "{found:#?}");
    let twice = messages(load("[log]\nlevel = \"info\"\nlevel = \"warn\""));
    assert!(twice[0].starts_with("panjereh.toml, line 3: the file is not valid TOML here: duplicate key"), "{twice:#?}");
}

#[test]
fn debug_and_errors_never_show_a_password() {
    let settings = load("[database]\nurl = \"postgres://u:hunter2@db/p\"\n[transient]\nurl = \"redis://:hunter2@r:6379/0\"");
    assert!(!format!("{:?}", settings.expect("settings")).contains("hunter2"));
    let bad = "[database]\nurl = \"mysql://u:hunter2@db/p\"\nuri = \"postgres://u:hunter2@db/p\"\npassword = \"hunter2\"";
    let found = messages(load(bad));
    assert_eq!(found.len(), 3);
    assert!(found.iter().all(|line| line.contains("(hidden)") && !line.contains("hunter2")), "{found:#?}");
}

#[test]
fn openid_discovery_3_an_issuer_is_an_https_origin_with_a_host_name_or_localhost() {
    let issuer = |text: &str| load(&format!("[server]\nissuer = \"{text}\"")).map(|settings| settings.server.issuer);
    for good in ["https://window.example.gov", "https://window.example.gov:8443", "http://localhost:8080", "http://localhost"] {
        assert_eq!(issuer(good).as_deref(), Ok(good));
    }
    for bad in [
        "",
        "window.example.gov",
        "http://window.example.gov",
        "http://localhost.example.gov",
        "https://window.example.gov/",
        "https://window.example.gov/a/",
        "https://window.example.gov?a=b",
        "https://window.example.gov#a",
        "https://user:password@window.example.gov",
        "https://Window.example.gov",
        "https://window.example.gov:443",
        "https://window.example.gov/a",
        "https://window.example.gov/a/../b",
        "https://example.gov/window",
        "https://10.0.0.1",
        "https://[2001:db8::1]",
        "http://127.0.0.1:8080",
        "ftp://window.example.gov",
    ] {
        assert!(issuer(bad).is_err(), "{bad}");
    }
}

#[test]
fn unusable_urls_of_stores_are_rejected() {
    let database = |url: &str| load(&format!("[database]\nurl = \"{url}\"")).is_ok();
    assert!(database("sqlite:a.sqlite") && database("sqlite:///a/b.sqlite") && database("postgres://u@h/d"));
    assert!(!database("") && !database("sqlite:") && !database("sqlite::memory:") && !database("mysql://h/d"));
    let transient = |url: &str| load(&format!("[transient]\nurl = \"{url}\"")).is_ok();
    assert!(transient("") && transient("redis://127.0.0.1:6379/0"));
    assert!(transient("rediss://h:6380/1") && transient("unix:///run/redis.sock"));
    assert!(
        !transient("localhost:6379") && !transient("redis://") && !transient("rediss://h/#insecure") && !transient("unix://")
    );
}

#[test]
fn trusted_proxies_are_networks() {
    let settings = load_environment(&[("PANJEREH_SERVER_TRUSTED_PROXIES", "10.0.0.0/8, ::1")]).expect("settings");
    assert!(settings.trusts_proxy(IpAddr::from([10, 1, 2, 3])) && !settings.trusts_proxy(IpAddr::from([11, 1, 2, 3])));
    assert!(load("[server]\ntrusted_proxies = [\"10.0.0.1/8\"]").is_err());
    assert!(load("[server]\ntrusted_proxies = [8]").is_err());
    assert!(load("[server]\ntrusted_proxies = \"10.0.0.0/8\"").is_err());
}

#[test]
fn no_key_signs_before_every_cached_key_set_is_read_again() {
    let least = KEY_SET_CACHED.as_secs() * 2;
    assert!(load("[keys]\npublish_ahead = \"1h\"").is_err(), "a key set that was read just before would still be cached");
    let settings = load(&format!("[keys]\npublish_ahead = \"{least}s\"")).expect("settings");
    assert!(settings.keys.publish_ahead > KEY_SET_CACHED);
    assert!(load(&format!("[keys]\npublish_ahead = \"{}s\"", least - 1)).is_err());
    assert!(Settings::default().keys.publish_ahead > KEY_SET_CACHED);
}

#[test]
fn another_country_s_rules_can_be_set() {
    let settings = load("[country]\nage_limit = 21\ncalendar = \"gregorian\"\nutc_offset = \"+04:30\"").expect("settings");
    let expected = CountryProfile { age_limit: 21, calendar: crate::identity::age::Calendar::Gregorian, utc_offset_minutes: 270 };
    assert_eq!(settings.country_profile(), &expected);
}

proptest! {
    #[test]
    fn a_file_is_read_or_every_mistake_has_a_line_and_a_remedy(
        lines in prop::collection::vec("\\[(server|tokens|x)\\]|(issuer|code_lifetime|trusted_proxies|y) ?= ?(\"[^\"\\n]{0,12}\"|[0-9]{1,4}|\\[\\])|.{0,20}", 0..6),
    ) {
        let text = lines.join("\n");
        if let Err(errors) = load(&text) {
            prop_assert!(!errors.is_empty());
            for error in errors {
                prop_assert!(!error.remedy.is_empty(), "{}", error);
                if let Origin::File { line, .. } = error.origin {
                    prop_assert!((1..=text.matches('\n').count() + 1).contains(&line), "{} in {:?}", line, text);
                }
            }
        }
    }
}
