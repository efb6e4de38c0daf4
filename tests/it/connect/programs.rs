//! The programs of further pages, each cut out of its page and run.

use super::page::Page;
use super::stage::Stage;
use super::{lacking, maven, scripts};
use crate::demo_process::three_free_ports;
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
