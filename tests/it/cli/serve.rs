//! `panjereh serve`: how it starts, what it answers an operator, how it stops.

use super::{Place, assert_has};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A running server. It ends when this is dropped.
struct Server {
    process: Child,
    port: u16,
}

impl Server {
    /// Starts on a free port, and waits until it answers.
    fn start(place: &Place, arguments: &[&str]) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
        let log = std::fs::File::create(place.path("log")).expect("a log");
        let mut command = Command::new(env!("CARGO_BIN_EXE_panjereh"));
        command.args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--set", "log.format=json"]).args(arguments);
        command.current_dir(place.folder.path()).env_clear().envs(place.environment.iter().cloned());
        let process = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().expect("the program starts");
        let mut server = Self { process, port };
        for _ in 0..600 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return server;
            }
            let ended = server.process.try_wait().expect("a process");
            assert!(ended.is_none(), "it ended:\n{}", place.read("log"));
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("it does not listen:\n{}", place.read("log"));
    }

    /// Status line, headers and body of an answer.
    fn get(&self, path: &str) -> String {
        Self::ask(self.port, &format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
    }

    /// The answer to this request at this port.
    fn ask(port: u16, request: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("a connection");
        stream.write_all(request.as_bytes()).expect("a request");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("an answer");
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Asks it to stop, as systemd does, and waits for its exit code.
    fn stop(&mut self) -> Option<i32> {
        let told = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status().expect("kill");
        assert!(told.success());
        for _ in 0..300 {
            if let Some(status) = self.process.try_wait().expect("a process") {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("it does not stop");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn on_a_development_machine_it_makes_its_keys_answers_and_ends_with_0_when_told_to_stop() {
    let place = Place::migrated();
    let mut server = Server::start(&place, &[]);
    for (path, expected) in [
        ("/healthz", "200 OK"),
        ("/readyz", "200 OK"),
        ("/jwks", "\"ES256\""),
        ("/.well-known/openid-configuration", "\"http://localhost:8080\""),
        ("/metrics", "404 Not Found"),
        ("/demo/people.json", "404 Not Found"),
        ("/demo/outbox", "404 Not Found"),
    ] {
        assert_has(&server.get(path), &[expected]);
    }
    assert_eq!(server.stop(), Some(0), "{}", place.read("log"));
    let log = place.read("log");
    assert!(log.lines().count() >= 2, "{log}");
    for line in log.lines() {
        assert!(serde_json::from_str::<serde_json::Value>(line).is_ok_and(|line| line["level"].is_string()), "{line}");
    }
    assert_eq!(place.run(&["keys", "list"]).succeeded().lines().filter(|line| line.contains("current")).count(), 4);
}

#[test]
fn elsewhere_it_refuses_to_start_without_keys_and_makes_none() {
    let place = Place::migrated();
    let issuer = ["serve", "--issuer", "https://id.example.gov", "--listen", "127.0.0.1:0"];
    assert_has(&place.run(&issuer).failed(), &["the master key file keys/master.key cannot be read", "panjereh keys generate"]);
    place.run(&["keys", "generate", "--alg", "ES256"]).succeeded();
    assert_has(&place.run(&issuer).failed(), &["there is no RS256 key that signs", "panjereh keys generate"]);
    assert_eq!(place.run(&["keys", "list"]).succeeded().lines().count(), 2);
}

#[test]
fn an_address_that_is_taken_is_told() {
    let place = Place::migrated();
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    assert_has(&place.run(&["serve", "--listen", &address]).failed(), &[&address, "server.listen"]);
}

#[test]
fn a_second_server_on_the_same_sqlite_file_is_refused_and_commands_run_beside_the_first() {
    let place = Place::migrated();
    let mut server = Server::start(&place, &[]);
    let second = place.run(&["serve", "--listen", "127.0.0.1:0"]).failed();
    assert_has(&second, &["another process serves from the database", "panjereh.sqlite", "stop that process"]);
    let ports = crate::demo_process::three_free_ports().to_string();
    let demo = place.run(&["demo", "--port", &ports, "--data", "data"]).failed();
    assert_has(&demo, &["error: another process serves from the database data/panjereh.sqlite\nto do: stop that process"]);
    place.run(&["keys", "list"]).succeeded();
    assert_has(&place.run(&["events", "--reason", "a test"]).succeeded(), &[" keys_changed actor=system reason="]);
    assert_eq!(server.stop(), Some(0));
    let mut next = Server::start(&place, &[]);
    assert_eq!(next.stop(), Some(0));
}

#[test]
fn events_are_followed_beside_a_running_server_as_they_happen() {
    let place = Place::migrated();
    let mut server = Server::start(&place, &[]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_panjereh"));
    command.args(["events", "--reason", "a test", "--kind", "registration_token_made", "--follow"]);
    command.current_dir(place.folder.path()).env_clear().stdin(Stdio::null()).stdout(Stdio::piped());
    let mut follower = command.spawn().expect("the program runs");
    let lines = BufReader::new(follower.stdout.take().expect("a pipe")).lines();
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| sender.send(line)));
    for _ in 0..2 {
        let token = place.run(&["agency", "registration-token"]).succeeded();
        let line = receiver.recv_timeout(Duration::from_mins(1)).expect("it is shown once");
        let (name, _) = token.split_once('.').expect("its name");
        assert_has(&line, &[" registration_token_made actor=operator", &format!("reason={name}")]);
    }
    follower.kill().expect("it runs");
    follower.wait().expect("it ends");
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn a_stage_is_reachable_from_this_machine_only() {
    let place = Place::empty();
    for (listen, key) in [("0.0.0.0:0", "server.listen"), ("[::]:0", "server.listen"), ("192.0.2.7:8443", "server.listen")] {
        let told =
            place.run(&["serve", "--set", "demo.stage=fresh", "--set", "demo.one_time_code=123456", "--listen", listen]).failed();
        assert_has(&told, &[&format!("{key} = \"{listen}\" can be reached from other machines"), "demo.stage", "127.0.0.1"]);
    }
    let mutual = ["serve", "--set", "demo.stage=fresh", "--set", "tls.mutual_listen=0.0.0.0:0"];
    assert_has(&place.run(&mutual).failed(), &["tls.mutual_listen = \"0.0.0.0:0\""]);
}

/// A port that is free now.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port()
}

#[test]
fn metrics_are_served_at_an_address_of_their_own_alone_and_no_request_adds_a_series() {
    let place = Place::migrated();
    let port = free_port();
    let server = Server::start(&place, &["--set", &format!("server.metrics_listen=127.0.0.1:{port}")]);
    let metrics = || Server::ask(port, "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    let series = || {
        let text = metrics();
        assert_has(&text, &["200 OK", "panjereh_http_requests_total", "panjereh_connections"]);
        let names = text.lines().filter(|line| line.starts_with("panjereh_")).filter_map(|line| line.rsplit_once(' '));
        names.map(|(name, _)| name.to_owned()).collect::<std::collections::BTreeSet<_>>()
    };
    let kinds = |n: u32| {
        for (method, path) in
            [("GET", "/nowhere"), ("POST", "/token"), ("BREW", "/"), ("GET", "/interaction"), ("GET", "/register")]
        {
            let head =
                format!("{method} {path}/{n}?x{n}=y HTTP/1.1\r\nHost: host{n}.example\r\nX-{n}: y\r\nConnection: close\r\n\r\n");
            Server::ask(server.port, &head);
        }
        Server::ask(server.port, &format!("M{n} /authorize?client_id=c{n} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
    };
    (1..4).for_each(kinds);
    let before = series();
    (4..60).for_each(kinds);
    assert_eq!(series(), before, "paths, methods, hosts and parameters that strangers invent are no labels");
    assert_has(&server.get("/metrics"), &["404 Not Found"]);
    for (request, expected) in [
        ("GET /authorize HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "404 Not Found"),
        ("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "404 Not Found"),
        ("GET /metrics HTTP/1.1\r\nConnection: close\r\n\r\n", "400 Bad Request"),
    ] {
        assert_has(&Server::ask(port, request), &[expected]);
    }
}

#[test]
fn an_address_for_metrics_that_is_taken_is_told() {
    let place = Place::migrated();
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let set = format!("server.metrics_listen={address}");
    let told = place.run(&["serve", "--listen", "127.0.0.1:0", "--set", &set]).failed();
    assert_has(&told, &[&address, "server.metrics_listen"]);
}

#[test]
fn the_text_log_has_colours_on_a_terminal_alone_and_not_there_either_with_no_color() {
    let place = Place::migrated();
    let log = ["--set", "log.format=text"];
    let mut server = Server::start(&place, &log);
    assert_eq!(server.stop(), Some(0));
    let text = place.read("log");
    assert!(text.contains("serving") && !text.contains('\u{1b}'), "{text}");
    // `script` gives the program a terminal, and writes what it prints there.
    let on_a_terminal = |no_color: Option<&str>| {
        let port = free_port();
        let typed = format!(
            "{} serve --listen 127.0.0.1:{port} --set log.format=text & for i in {{1..600}}; do \
             (exec 3<>/dev/tcp/127.0.0.1/{port} && printf 'GET /healthz HTTP/1.0\\r\\n\\r\\n' >&3 && read -r _ <&3) \
             2>/dev/null && break; sleep 0.1; done; kill -TERM $!; wait",
            env!("CARGO_BIN_EXE_panjereh")
        );
        let mut command = Command::new("script");
        command.args(["-q", "-e", "-c", &typed, "/dev/null"]).current_dir(place.folder.path()).env_clear();
        command
            .envs(place.environment.iter().cloned())
            .env("TERM", "xterm")
            .env("PATH", "/usr/bin:/bin")
            .env("SHELL", "/bin/bash");
        command.envs(no_color.map(|value| ("NO_COLOR", value)));
        let output = command.stdin(Stdio::null()).output().expect("`script` of util-linux");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    for (no_color, coloured) in [(None, true), (Some("1"), false), (Some("true"), false), (Some(""), true)] {
        let text = on_a_terminal(no_color);
        assert!(text.contains("serving"), "{text}");
        assert_eq!(text.contains("\u{1b}["), coloured, "NO_COLOR={no_color:?}: {text:?}");
    }
}
