//! The built binary as one process: `panjereh demo --port … --data …`, and its output.

use serde::Deserialize;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::sleep;

/// One entry of `/demo/people.json`.
#[derive(Debug, Clone, Deserialize)]
pub struct Person {
    pub national_id: String,
    /// ISO 8601.
    pub birth_date: String,
    pub mobile: String,
    pub password: Option<String>,
    pub kind: String,
}

/// One line of `outbox.jsonl`.
#[derive(Debug, Deserialize)]
struct Message {
    to: String,
    code: Option<String>,
}

/// A running demo. It stops, and its data go, when this is dropped.
pub struct Demo {
    process: Child,
    data: TempDir,
    people: Vec<Person>,
    port: u16,
}

impl Demo {
    /// Starts it and waits until it is ready.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// The same with more arguments.
    pub async fn start_with(more: &[&str]) -> Self {
        let port = three_free_ports();
        let data = TempDir::new().expect("a folder");
        let log = |name: &str| File::create(data.path().join(name)).expect("a log");
        let process = Command::new(env!("CARGO_BIN_EXE_panjereh"))
            .args(["demo", "--people", "200", "--port", &port.to_string(), "--data"])
            .arg(data.path())
            .args(more)
            .stdin(Stdio::null())
            .stdout(log("stdout.txt"))
            .stderr(log("stderr.txt"))
            .spawn()
            .expect("the demo starts");
        let mut demo = Self { process, data, people: Vec::new(), port };
        demo.people = demo.wait_for_people().await;
        demo
    }

    async fn wait_for_people(&mut self) -> Vec<Person> {
        for _ in 0..300 {
            if let Some(status) = self.process.try_wait().expect("a process") {
                panic!("the demo ended with {status}:\n{}", self.told());
            }
            let ready = reqwest::get(format!("{}/readyz", self.issuer())).await.is_ok_and(|answer| answer.status().is_success());
            if ready {
                let people = reqwest::get(format!("{}/demo/people.json", self.issuer())).await.expect("people.json");
                return people.json().await.expect("people as JSON");
            }
            sleep(Duration::from_millis(100)).await;
        }
        panic!("the demo is not ready after 30 s:\n{}", self.told());
    }

    /// What the process printed.
    pub fn told(&self) -> String {
        let read = |name: &str| std::fs::read_to_string(self.file(name)).unwrap_or_default();
        read("stdout.txt") + &read("stderr.txt")
    }

    /// What it printed to standard output: no log.
    pub fn printed(&self) -> String {
        std::fs::read_to_string(self.file("stdout.txt")).unwrap_or_default()
    }

    /// Its data folder, where `outbox.jsonl` is.
    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// The setting that names its database, for a command beside it.
    pub fn database(&self) -> String {
        format!("database.url=sqlite:{}", self.file("panjereh.sqlite").display())
    }

    fn file(&self, name: &str) -> PathBuf {
        self.data.path().join(name)
    }

    pub fn issuer(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    pub fn tax_office(&self) -> String {
        format!("http://localhost:{}", self.port + 1)
    }

    pub fn health_service(&self) -> String {
        format!("http://localhost:{}", self.port + 2)
    }

    /// The nth person of a kind.
    pub fn person(&self, kind: &str, n: usize) -> Person {
        self.people.iter().filter(|person| person.kind == kind).nth(n).expect("enough people of that kind").clone()
    }

    /// The person for whom the registry does not answer: printed, and not in `people.json`.
    pub fn unanswered(&self) -> Person {
        let told = self.told();
        let line = told.lines().find(|line| line.contains("does not answer")).expect("a line of the table about them");
        let word = |is_it: &dyn Fn(&str) -> bool| line.split_whitespace().find(|word| is_it(word)).expect("a word").to_owned();
        Person {
            national_id: word(&|word| word.len() == 10 && word.bytes().all(|byte| byte.is_ascii_digit())),
            birth_date: word(&|word| word.len() == 10 && (word.starts_with("19") || word.starts_with("20"))),
            mobile: word(&|word| word.starts_with('+')),
            password: None,
            kind: "unanswered".to_owned(),
        }
    }

    /// How many messages were sent to a number so far.
    pub fn messages_to(&self, mobile: &str) -> usize {
        self.codes(mobile).len()
    }

    fn codes(&self, mobile: &str) -> Vec<String> {
        let outbox = std::fs::read_to_string(self.file("outbox.jsonl")).unwrap_or_default();
        let messages = outbox.lines().filter_map(|line| serde_json::from_str::<Message>(line).ok());
        messages.filter(|message| message.to == mobile).filter_map(|message| message.code).collect()
    }

    /// The code of the first message to a number beyond `seen`; waits a while for it.
    pub async fn code_after(&self, mobile: &str, seen: usize) -> String {
        for _ in 0..100 {
            if let Some(code) = self.codes(mobile).into_iter().skip(seen).last() {
                return code;
            }
            sleep(Duration::from_millis(50)).await;
        }
        panic!("no text message with a code arrived within 5 s");
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // The data folder is deleted as well, so the process is simply killed.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A port on which nothing listens, with the two after it free too: the demo uses three.
pub fn three_free_ports() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let taken = |address: &str, port: u16| {
        let bound = std::net::TcpListener::bind((address, port));
        bound.is_err_and(|error| error.kind() == std::io::ErrorKind::AddrInUse)
    };
    // Below the ephemeral ports, so that no outgoing connection takes one of these in between. Two concurrent runs begin at
    // different places.
    let first = u16::try_from(std::process::id() % 4000).expect("a small number");
    for _ in 0..4000 {
        let port = 20_000 + (first + NEXT.fetch_add(1, Ordering::Relaxed) % 4000) % 4000 * 3;
        if !(port..port + 3).any(|port| taken("127.0.0.1", port) || taken("::1", port)) {
            return port;
        }
    }
    panic!("no three free ports in a row");
}
