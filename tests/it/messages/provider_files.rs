//! Provider files: what is wrong with one is said at the start, without its password.

use super::{Files, http, smpp};
use crate::backends;
use crate::world::{ISSUER, master};
use panjereh::boot::start::Parts;
use panjereh::random::Random;
use panjereh::registry::Registry;
use panjereh::registry::local::LocalRegistry;
use panjereh::settings::Settings;
use panjereh::time::Clock;
use panjereh::transient::Transient;
use std::path::PathBuf;

/// What a start says of these files.
async fn start(providers: Vec<PathBuf>) -> Result<(), String> {
    let store = backends::sqlite().await;
    let mut settings = Settings::default();
    ISSUER.clone_into(&mut settings.server.issuer);
    settings.sms.providers = providers;
    let (clock, random) = (Clock::frozen(crate::world::START), Random::Os);
    panjereh_keys(&store.store).await;
    let registry = Registry::Local(LocalRegistry::new(store.store.clone()));
    let transient = Transient::embedded(&store.store);
    let parts = Parts { settings, store: store.store.clone(), transient, master: master(), registry, clock, random };
    parts.assemble().await.map(|_| ()).map_err(|failure| failure.to_string())
}

async fn panjereh_keys(store: &panjereh::store::Store) {
    let made_at = crate::world::START;
    let mut tx = store.write().await.unwrap();
    for alg in panjereh::client::words::SigningAlg::ALL {
        tx.insert_key(&panjereh::crypto::keyring::KeyRecord::generate(alg, &master(), &Random::Os, made_at, made_at).unwrap())
            .await
            .unwrap();
    }
    tx.save().await.unwrap();
}

#[tokio::test]
async fn the_example_files_are_read() {
    let files = Files::new();
    for name in ["sms-http.toml", "sms-smpp.toml"] {
        let text = std::fs::read_to_string(format!("{}/deploy/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
        start(vec![files.put(name, &text)]).await.unwrap_or_else(|problem| panic!("{name}: {problem}"));
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_used_stops_the_start_with_the_reason_and_without_its_values() {
    let files = Files::new();
    let good = smpp("one", 2775, "");
    for (text, reason) in [
        (good.replace("\"secret\"", "12345678"), "line 6: not TOML, or a value of another type"),
        (good.replace("\"secret\"", "\"much-too-long-s3cret\""), "smpp.password: give at most 8 characters of ASCII"),
        (good.replace("password", "pasword"), "line 6: unknown field `pasword`"),
        (good.replace("\"one\"", "\"One \""), "name: give 1 to 32 of a-z, 0-9 and -"),
        (good.replace("\"15s\"", "\"2\""), "no duration"),
        (good.replace("\"15s\"", "\"5m\""), "smpp.timeout: give 1s to 30s"),
        (good.replace("[smpp]", "[http]"), "unknown field"),
        ("name = \"x\"\n".to_owned(), "give one of the sections [http] and [smpp]"),
        (http("web", 1, "").replace("http://127.0.0.1:1", "http://gateway.example"), "https"),
        (http("web", 1, "").replace("127.0.0.1:1/send", "{to}.example/send"), "give a whole URL with a path"),
        (http("web", 1, "").replace("{text}", "{txt}"), "{txt} is none of"),
        (http("web", 1, "").replace("{to}", ""), "nothing names the recipient"),
        (http("web", 1, "").replace("application/json", "image/png"), "http.content_type: give"),
        (http("web", 1, "[http.headers]\nX-Text = \"{text}\"\n"), "cannot be a header field, or has {text} in it"),
        (http("web", 1, "[tls]\nca = \"/nowhere.pem\"\n"), "/nowhere.pem cannot be read"),
    ] {
        let problem = start(vec![files.put("bad.toml", &text)]).await.unwrap_err();
        assert!(problem.contains(reason), "{reason}: {problem}");
        for secret in ["12345678", "s3cret"] {
            assert!(!problem.contains(secret), "{problem}");
        }
    }
}

#[tokio::test]
async fn a_provider_file_that_others_can_read_and_two_providers_of_one_name_are_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let files = Files::new();
    let (one, same) = (files.put("one.toml", &smpp("one", 1, "")), files.put("same.toml", &smpp("one", 2, "")));
    let problem = start(vec![one.clone(), same]).await.unwrap_err();
    assert!(problem.contains("two files of sms.providers have the name one"), "{problem}");
    std::fs::set_permissions(&one, std::fs::Permissions::from_mode(0o644)).unwrap();
    let problem = start(vec![one]).await.unwrap_err();
    assert!(problem.contains("can be read by every user"), "{problem}");
}
