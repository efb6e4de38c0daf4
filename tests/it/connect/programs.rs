//! The programs of further pages, each cut out of its page and run.

use super::page::Page;
use super::stage::Stage;
use super::{lacking, maven, scripts};
use crate::demo_process::{Demo, three_free_ports};
use crate::{go, node, python};
use std::path::{Path, PathBuf};
use std::process::Command;

#[tokio::test]
async fn the_go_program_signs_people_in_and_out() {
    let (Some(()), Some(packages)) = (go::tool(), python::packages()) else { return };
    let mut stage = Stage::set(&Page::read("go"), 3000, packages).await;
    let program = go::build(stage.folder(), ".");
    stage.start(&mut Command::new(program)).await;
    stage.visited("/file", &[]);
}

#[tokio::test]
async fn oauth2_proxy_behind_nginx_signs_people_in_and_out() {
    let (Some(nginx), Some(proxy), Some(packages)) = (nginx(), go::oauth2_proxy(), python::packages()) else { return };
    let page = Page::read("oauth2-proxy");
    assert!(page.text().contains(go::OAUTH2_PROXY), "the page names the version that is tested");
    let port = three_free_ports();
    let addresses = [port, port + 1].map(|port| format!("127.0.0.1:{port}"));
    let page = page.with(&[("127.0.0.1:4180", &addresses[0]), ("127.0.0.1\", 3001", &format!("127.0.0.1\", {}", port + 1))]);
    let page = page.with(&[("127.0.0.1:3001", &addresses[1])]);
    let mut stage = Stage::set(&page, 3000, packages).await;
    stage.write("nginx.conf", &std::fs::read_to_string(scripts().join("nginx.conf")).expect("nginx.conf"));
    let mut command = Command::new(proxy);
    command.args(["--config", "oauth2-proxy.cfg", "--alpha-config", "panjereh.yaml"]);
    command.env("OAUTH2_PROXY_COOKIE_SECRET", "0123456789abcdef0123456789abcdef");
    stage.start_beside(&mut command, &addresses[0]).await;
    stage.start_beside(Command::new("python3").arg("application.py"), &addresses[1]).await;
    let mut server = Command::new(nginx);
    server.arg("-p").arg(stage.folder()).args(["-c", "nginx.conf"]);
    stage.start(&mut server).await;
    stage.visited("/file", &[]);
}

#[tokio::test]
async fn the_flask_application_signs_people_in_and_out() {
    let (Some(python), Some(packages)) = (python::interpreter(), python::packages()) else { return };
    let mut stage = Stage::set(&Page::read("flask"), 5000, packages).await;
    let (host, port) = stage.host().split_once(':').expect("a port");
    let mut program = Command::new(python);
    program.args(["-B", "-m", "flask", "run", "--host", host, "--port", port]).env("SECRET_KEY", "of a test");
    stage.start(&mut program).await;
    stage.visited("/file", &[]);
}

#[tokio::test]
async fn auth_js_signs_people_in_and_out() {
    let Some(mut stage) = node_stage("authjs").await else { return };
    let mut program = Command::new("node");
    program.arg("server.mjs").env("BASE_URL", stage.origin()).env("AUTH_SECRET", "of a test, thirty-two letters long");
    stage.start(&mut program).await;
    stage.visited("/file", &["--button", "/auth/signin/panjereh"]);
}

#[tokio::test]
async fn passport_signs_people_in_and_out() {
    let Some(mut stage) = node_stage("passport").await else { return };
    let mut program = Command::new("node");
    program.arg("server.mjs").env("BASE_URL", stage.origin()).env("SESSION_SECRET", "of a test");
    stage.start(&mut program).await;
    stage.visited("/file", &[]);
}

#[tokio::test]
async fn the_java_program_without_spring_signs_people_in_and_out_and_says_what_the_table_says() {
    let (Some(maven), Some(packages)) = (maven(), python::packages()) else { return };
    let mut stage = Stage::set(&Page::read("java"), 3000, packages).await;
    stage.done(Command::new(maven).args(["--batch-mode", "--quiet", "package"]));
    let java = |with: &str| {
        let mut java = Command::new("java");
        java.args(["-XX:TieredStopAtLevel=1", "-cp", with]);
        java
    };
    stage.start(java("target/classes:target/dependency/*").arg("example.tax.Tax")).await;
    stage.visited("/file", &[]);
    super::messages::id_token(stage.demo());
    let script = scripts().join("Messages.java");
    let said = stage.done(java("target/dependency/*").arg(script).arg(stage.demo().issuer()).arg(stage.demo().data()));
    super::messages::are_in_the_table(&said, &stage.demo().issuer());
}

#[tokio::test]
async fn a_program_registers_itself_signs_people_in_and_deletes_its_entry() {
    let (Some(python), Some(packages)) = (python::interpreter(), node::packages()) else { return };
    // As the page says.
    let scopes = "registration.scopes=openid,profile,national_id,age_over_18";
    let page = Page::read("registration");
    assert!(page.text().contains("--set registration.mode=token") && page.text().contains(scopes));
    let demo = Demo::start_with(&["--set", "registration.mode=token", "--set", scopes]).await;
    let mut stage = Stage::set_at(demo, &Page::read("express"), 3000, packages).await;
    let mut token = Command::new(env!("CARGO_BIN_EXE_panjereh"));
    let database = stage.demo().database();
    let token = stage.done(token.args(["agency", "registration-token", "--set", &database]));
    let (_, script) = page.files().next().expect("its program");
    stage.write("register.py", &stage.in_place(script, 3000));
    let register = |what: &[&str]| {
        let mut command = Command::new(&python);
        command.args(["-B", "register.py"]).args(what).env("INITIAL_ACCESS_TOKEN", token.trim());
        stage.done(&mut command)
    };
    let client = || {
        let kept = std::fs::read_to_string(stage.folder().join("client.json")).expect("client.json");
        serde_json::from_str::<serde_json::Value>(&kept).expect("JSON")
    };

    register(&[]);
    let registered = client();
    register(&["change"]);
    let changed = client();
    assert_eq!(
        (&changed["client_id"], &changed["client_uri"]),
        (&registered["client_id"], &format!("{}/", stage.origin()).into())
    );
    let shown: serde_json::Value = serde_json::from_str(&register(&["show"])).expect("JSON");
    assert_eq!((shown.get("client_secret"), &shown["scope"]), (None, &registered["scope"]));

    stage.become_client_with(changed["client_secret"].as_str().expect("the secret stays"));
    let mut program = Command::new("node");
    program.arg("server.mjs").env("CLIENT_ID", changed["client_id"].as_str().expect("an id")).env("BASE_URL", stage.origin());
    stage.start(program.env("SESSION_SECRET", "of a test")).await;
    stage.visited("/sign-in", &[]);
    let mut delete = Command::new(&python);
    stage.done(delete.args(["-B", "register.py", "delete"]).env("INITIAL_ACCESS_TOKEN", token.trim()));
    assert!(!stage.folder().join("client.json").exists());
}

/// A page whose program runs in Node.js.
async fn node_stage(name: &str) -> Option<Stage> {
    let packages = node::packages()?;
    python::interpreter()?;
    Some(Stage::set(&Page::read(name), 3000, packages).await)
}

/// Debian's nginx.
fn nginx() -> Option<PathBuf> {
    let server = Path::new("/usr/sbin/nginx");
    if server.exists() { Some(server.to_owned()) } else { lacking("nginx is missing: apt-get install nginx-light") }
}
