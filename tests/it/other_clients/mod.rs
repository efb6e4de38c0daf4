//! Independent clients: those of other ecosystems, which share no code with us, sign in against the running demo
//! (`tests/other_clients/`). `connect/` has more of them: Apache's module, and the programs of `docs/connect`.

mod crate_client;

use crate::demo_process::Demo;
use crate::{node, python};
use std::path::Path;
use std::process::Command;

#[tokio::test]
async fn authlib_signs_in_verifies_refreshes_and_signs_out_against_the_running_demo() {
    let Some(python) = python::interpreter() else { return };
    let script = scripts().join("sign_in.py");
    asked_for_its_opinion(Command::new(python).arg(script).env("PYTHONDONTWRITEBYTECODE", "1")).await;
}

#[tokio::test]
async fn openid_client_signs_in_verifies_refreshes_and_signs_out_against_the_running_demo() {
    let Some(packages) = node::packages() else { return };
    // A script finds packages only in folders above itself.
    let folder = tempfile::TempDir::new_in(packages).expect("a folder");
    for name in ["sign_in.mjs", "citizen.mjs"] {
        std::fs::copy(scripts().join(name), folder.path().join(name)).expect("a script");
    }
    asked_for_its_opinion(Command::new("node").arg(folder.path().join("sign_in.mjs"))).await;
}

#[tokio::test]
async fn a_citizen_signs_in_at_the_kiosk_with_their_telephone_and_is_forgotten_when_they_go() {
    let Some(python) = python::interpreter() else { return };
    let demo = Demo::start().await;
    let mut script = Command::new(python);
    script.arg("-B").arg(scripts().join("kiosk.py")).arg(demo.issuer()).arg(demo.data()).arg(demo.health_service());
    python::run(&mut script).unwrap_or_else(|why| panic!("{why}\nthe demo said:\n{}", demo.told()));
}

#[tokio::test]
async fn the_demo_s_log_says_why_a_client_failed_and_what_is_behind_the_number_of_a_page() {
    let demo = Demo::start().await;
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let form = "grant_type=client_credentials&client_id=demo-confidential&client_secret=a-wrong-guess";
    let token = http.post(format!("{}/token", demo.issuer())).header("content-type", "application/x-www-form-urlencoded");
    let failed = token.body(form).send().await.unwrap();
    let parameters = "response_type=code&scope=openid&client_id=demo-confidential&redirect_uri=https://other.example/";
    let page = http.get(format!("{}/authorize?{parameters}", demo.issuer())).send().await.unwrap();
    for (answer, reason) in [(failed, "wrong secret"), (page, "the redirect URI is not registered for this client")] {
        let number = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
        let told = demo.told();
        let line = told.lines().find(|line| line.contains(&number) && line.contains(reason));
        assert!(line.is_some_and(|line| line.contains("demo-confidential")), "no line of {number} says {reason}:\n{told}");
    }
    assert!(!demo.told().contains("a-wrong-guess"));
}

fn scripts() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/other_clients")
}

async fn asked_for_its_opinion(script: &mut Command) {
    let demo = Demo::start().await;
    let opinion = script.arg(demo.issuer()).arg(demo.data()).output().expect("the script runs");
    let told = String::from_utf8_lossy(&opinion.stdout);
    println!("{told}");
    assert!(opinion.status.success(), "{told}\n{}\nthe demo said:\n{}", String::from_utf8_lossy(&opinion.stderr), demo.told());
}
