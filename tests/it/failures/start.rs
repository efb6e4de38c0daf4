//! A start while PostgreSQL is down: the operator is told why, at once.

use super::instant;
use super::servers::{Postgres, free_port};
use panjereh::store::{Store, StoreOptions};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

fn program(folder: &Path, arguments: &[&str], database: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_panjereh"));
    command.args(arguments).current_dir(folder).env_clear().env("PANJEREH_DATABASE_URL", database);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[test]
fn while_postgresql_is_down_the_first_cause_is_told_within_two_seconds_and_again_at_the_end() {
    let place = tempfile::tempdir().unwrap();
    let database = format!("postgres://panjereh:hunter2@127.0.0.1:{}/panjereh", free_port());
    for arguments in [&["migrate"][..], &["serve", "--listen", "127.0.0.1:0"]] {
        let began = instant();
        let mut process = program(place.path(), arguments, &database).spawn().unwrap();
        let mut told = BufReader::new(process.stderr.take().unwrap());
        let mut first = String::new();
        told.read_line(&mut first).unwrap();
        assert!(began.elapsed() < Duration::from_secs(3), "the first line came after {:?}", began.elapsed());
        assert!(first.contains("Connection refused") && first.contains("tried again"), "{first}");
        let rest: String = told.lines().map(|line| line.unwrap() + "\n").collect();
        assert_eq!(process.wait().unwrap().code(), Some(1));
        assert!(rest.contains("error: ") && rest.contains("Connection refused") && rest.contains("to do: "), "{rest}");
        assert!(!rest.contains("pool timed out") && !format!("{first}{rest}").contains("hunter2"), "{first}{rest}");
    }
}

#[test]
fn a_postgresql_that_refuses_is_not_waited_for_and_one_that_is_starting_is() {
    let place = tempfile::tempdir().unwrap();
    let Some(mut server) = Postgres::start(&[]) else { return };
    let began = instant();
    let nowhere = format!("postgres://panjereh@127.0.0.1:{}/nowhere", server.port);
    let refused = program(place.path(), &["migrate"], &nowhere).output().unwrap();
    let told = String::from_utf8(refused.stderr).unwrap();
    assert!(told.contains("\"nowhere\" does not exist") && began.elapsed() < Duration::from_secs(5), "{told}");

    server.process().stop("-INT");
    let waiting = program(place.path(), &["migrate"], &server.url()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(600));
    server.begin();
    let output = waiting.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn another_machine_without_tls_is_refused_with_what_to_do() {
    let place = tempfile::tempdir().unwrap();
    for (database, says) in [
        ("postgres://panjereh@db.example/panjereh?sslmode=disable", "leads to another machine without TLS"),
        ("postgres://panjereh@db.example/panjereh?sslmode=prefer", "leads to another machine without TLS"),
        ("postgres://panjereh@db.example/panjereh?sslmode=require", "without looking at the certificate"),
    ] {
        let refused = program(place.path(), &["migrate"], database).output().unwrap();
        let told = String::from_utf8(refused.stderr).unwrap();
        assert!(told.contains(says) && told.contains("to do: ") && told.contains("plain-text-over-the-network"), "{told}");
    }
}

#[test]
fn a_redis_that_is_down_is_told_at_the_start_with_its_cause() {
    let place = tempfile::tempdir().unwrap();
    assert!(program(place.path(), &["migrate"], "sqlite:panjereh.sqlite").output().unwrap().status.success());
    let redis = format!("redis://:hunter2@127.0.0.1:{}/", free_port());
    let mut serve = program(place.path(), &["serve", "--listen", "127.0.0.1:0"], "sqlite:panjereh.sqlite");
    let began = instant();
    let refused = serve.env("PANJEREH_TRANSIENT_URL", redis).output().unwrap();
    let told = String::from_utf8(refused.stderr).unwrap();
    assert!(told.contains("Connection refused") && told.contains("transient.url"), "{told}");
    assert!(!told.contains("hunter2") && began.elapsed() < Duration::from_secs(5), "{told}");
    let mut serve = program(place.path(), &["serve", "--listen", "127.0.0.1:0"], "sqlite:panjereh.sqlite");
    let told = serve.env("PANJEREH_TRANSIENT_URL", "redis://redis.example/").output().unwrap().stderr;
    let told = String::from_utf8(told).unwrap();
    assert!(told.contains("transient.url leads to another machine without TLS") && told.contains("rediss://"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgresql_that_is_read_only_is_told_as_such_at_the_start() {
    let Some(server) = Postgres::start(&["default_transaction_read_only=on"]) else { return };
    let options = StoreOptions { waits: Duration::ZERO, ..StoreOptions::default() };
    let told = Store::open_with(&server.url(), options.serving()).await.err().expect("it takes no write");
    assert_eq!(told.reason(), "it is read-only");
    assert!(told.to_string().contains("read-only"), "{told}");
}
