//! `panjereh demo`: what it prints, and the settings that it takes or refuses.

use super::{Place, assert_has};
use crate::demo_process::Demo;
use serde_json::{Value, json};

#[tokio::test]
async fn the_demo_takes_settings_prints_one_person_of_each_kind_and_its_addresses_last() {
    let demo = Demo::start_with(&["--set", "registration.mode=open"]).await;
    let told = demo.printed();
    let people = told.lines().filter(|line| line.contains("  +")).count();
    assert_eq!(people, 6, "one of each kind: {told}");
    let last: Vec<_> = told.lines().rev().take(4).collect();
    for (line, address) in
        last.iter().zip([demo.health_service(), demo.tax_office(), demo.issuer(), format!("{}/demo", demo.issuer())])
    {
        assert!(line.contains(&address), "{line} should name {address}");
    }

    let registration = json!({ "redirect_uris": ["https://rp.example/callback"] });
    let discovery: Value = get(&format!("{}/.well-known/openid-configuration", demo.issuer())).await.json().await.unwrap();
    let endpoint = discovery["registration_endpoint"].as_str().expect("registration is open, as the command line said");
    let answer = reqwest::Client::new().post(endpoint).json(&registration).send().await.unwrap();
    assert_eq!(answer.status(), 201, "{}", answer.text().await.unwrap());

    for (language, heading) in [("en", "These have an account and a password"), ("fa", "این‌ها حساب و رمز دارند")]
    {
        let page = get(&format!("{}/demo?lang={language}", demo.issuer())).await;
        assert_eq!(page.status(), 200);
        let page = page.text().await.unwrap();
        let one = demo.person("account", 0);
        assert_has(
            &page,
            &[heading, &format!("data-copy=\"{}\"", one.national_id), &one.password.unwrap(), &demo.unanswered().national_id],
        );
    }
    let script = get(&format!("{}/demo/copy.js", demo.issuer())).await;
    assert!(script.headers()["content-type"].to_str().unwrap().starts_with("text/javascript"));
}

async fn get(url: &str) -> reqwest::Response {
    reqwest::get(url).await.unwrap()
}

#[test]
fn a_setting_that_the_demo_decides_or_that_cannot_be_is_refused_and_not_ignored() {
    let place = Place::empty();
    for (setting, name) in [
        ("server.issuer=https://window.example", "server.issuer"),
        ("server.listen=127.0.0.1:9", "server.listen"),
        ("database.url=sqlite:elsewhere.sqlite", "database"),
        ("keys.master_key_file=elsewhere.key", "keys.master_key_file"),
        ("sms.outbox=elsewhere.jsonl", "sms.outbox"),
        ("tls.mode=files", "tls"),
        ("demo.stage=on", "demo"),
    ] {
        let told = place.run(&["demo", "--set", setting]).failed();
        assert_has(&told, &[name, "to do: "]);
    }
    assert_has(&place.run(&["demo", "--set", "server.issuer=nonsense"]).failed(), &["server.issuer"]);
    assert_has(&place.run(&["demo", "--set", "no.such=1"]).failed(), &["no.such"]);
    assert_has(&place.run(&["demo", "--config", "none.toml"]).failed(), &["none.toml cannot be read"]);
    place.write("demo.toml", "[limits]\nper_address = 0\n");
    assert_has(&place.run(&["demo", "--config", "demo.toml"]).failed(), &["demo.toml"]);
}
