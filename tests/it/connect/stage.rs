//! A demo, an application cut out of a page and registered as the page says, and a citizen who visits it.

use super::page::Page;
use crate::demo_process::Demo;
use crate::python;
use std::fs::File;
use std::fs::Permissions;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::sleep;

pub struct Stage {
    demo: Demo,
    folder: TempDir,
    host: String,
    secret: String,
    /// Keeps the application's port until it starts.
    port: Option<TcpListener>,
    application: Option<Child>,
    /// Programs that the application needs beside it.
    helpers: Vec<Child>,
}

impl Stage {
    /// Starts a demo, writes the page's files into a folder under `packages`, and applies its agency file. The page's addresses,
    /// `localhost:8080` of the window and `localhost:{port}` of the application, become those of this test.
    pub async fn set(page: &Page, port: u16, packages: &Path) -> Self {
        Self::set_at(Demo::start().await, page, port, packages).await
    }

    /// The same with a demo that runs already.
    pub async fn set_at(demo: Demo, page: &Page, port: u16, packages: &Path) -> Self {
        let folder = tempfile::Builder::new().prefix(page.name()).tempdir_in(packages).expect("a folder");
        // Apache, started by root, serves as another user.
        std::fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).expect("a folder that all users can read");
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let free = listener.local_addr().expect("its address").port();
        let mut stage = Self {
            demo,
            folder,
            host: format!("localhost:{free}"),
            secret: String::new(),
            port: Some(listener),
            application: None,
            helpers: Vec::new(),
        };

        for (name, text) in page.files() {
            stage.write(name, &stage.in_place(text, port));
        }
        let agencies = stage.in_place(page.agency_file(), port);
        stage.write("agency.toml", &agencies);
        let database = stage.demo.database();
        let mut apply = Command::new(env!("CARGO_BIN_EXE_panjereh"));
        let told = stage.done(apply.args(["agency", "apply", "agency.toml", "--set", &database]));
        if let Some((_, secret)) = told.split_once("shown only now: ") {
            secret.trim().clone_into(&mut stage.secret);
        }
        stage.wait_until_known(&agencies).await;
        stage
    }

    /// The running window looks for new clients every few seconds; until it knows this one, it redirects no browser to it.
    async fn wait_until_known(&self, agencies: &str) {
        let value = |key: &str| {
            let (_, rest) = agencies.split_once(&format!("{key} = ")).expect("the key");
            rest.split('"').nth(1).expect("its value").to_owned()
        };
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
        let query = [("client_id", value("client_id")), ("redirect_uri", value("redirect_uris"))];
        for _ in 0..100 {
            let answer = http.get(format!("{}/authorize", self.demo.issuer())).query(&query).send().await.expect("an answer");
            if answer.status().is_redirection() {
                return;
            }
            sleep(Duration::from_millis(100)).await;
        }
        panic!("10 s after `agency apply` the window does not know the client");
    }

    /// A text of a page with the addresses of this test.
    pub fn in_place(&self, text: &str, port: u16) -> String {
        let text = text.replace("localhost:8080", self.demo.issuer().trim_start_matches("http://"));
        let text = text.replace(&format!("localhost:{port}"), &self.host);
        text.replace(&format!("localhost%3A{port}"), &self.host.replace(':', "%3A"))
    }

    /// From now on the application is a client with this secret.
    pub fn become_client_with(&mut self, secret: &str) {
        secret.clone_into(&mut self.secret);
    }

    pub const fn demo(&self) -> &Demo {
        &self.demo
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Host and port of the application.
    pub fn host(&self) -> &str {
        &self.host
    }

    pub fn origin(&self) -> String {
        format!("http://{}", self.host)
    }

    /// The client's secret; empty if it has none.
    pub fn secret(&self) -> &str {
        &self.secret
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.folder().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }

    fn here<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.current_dir(self.folder()).stdin(Stdio::null());
        command.env("ISSUER", self.demo.issuer()).env("CLIENT_SECRET", &self.secret)
    }

    /// Runs a command of the application to its end and returns its output.
    pub fn done(&self, command: &mut Command) -> String {
        self.succeeded(&self.here(command).output().expect("the command runs"))
    }

    /// Starts the application and waits until it listens.
    pub async fn start(&mut self, command: &mut Command) {
        let log = File::create(self.folder().join("log")).expect("a log");
        self.here(command).stdout(log.try_clone().expect("a log")).stderr(log);
        self.port = None;
        self.application = Some(command.spawn().expect("the application starts"));
        for _ in 0..600 {
            if std::net::TcpStream::connect(&self.host).is_ok() {
                return;
            }
            let ended = self.application.as_mut().and_then(|process| process.try_wait().ok().flatten());
            assert!(ended.is_none(), "the application ended:\n{}", self.log());
            sleep(Duration::from_millis(50)).await;
        }
        panic!("after half a minute the application does not listen:\n{}", self.log());
    }

    /// Starts a program that the application needs beside it, and waits until it listens at an address.
    pub async fn start_beside(&mut self, command: &mut Command, address: &str) {
        let log = File::options().append(true).create(true).open(self.folder().join("log-beside")).expect("a log");
        self.here(command).stdout(log.try_clone().expect("a log")).stderr(log);
        self.helpers.push(command.spawn().expect("a program starts"));
        for _ in 0..600 {
            if std::net::TcpStream::connect(address).is_ok() {
                return;
            }
            sleep(Duration::from_millis(50)).await;
        }
        panic!("after half a minute nothing listens at {address}:\n{}", self.log());
    }

    /// A citizen signs in at a page of the application, and out.
    pub fn visited(&self, start: &str, more: &[&str]) {
        let mut visit = Command::new(python::interpreter().expect("a citizen"));
        visit.arg("-B").arg(super::scripts().join("visit.py")).arg(self.demo.issuer()).arg(self.demo.data());
        println!("{}", self.done(visit.arg(self.origin()).arg(start).args(more)));
    }

    fn succeeded(&self, output: &Output) -> String {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (told, complained) = (text(&output.stdout), text(&output.stderr));
        let (application, demo) = (self.log(), self.demo.told());
        assert!(output.status.success(), "{told}\n{complained}\nthe application said:\n{application}\nthe demo said:\n{demo}");
        told
    }

    fn log(&self) -> String {
        let read = |name: &str| std::fs::read_to_string(self.folder().join(name)).unwrap_or_default();
        read("log") + &read("log-beside") + &read("error.log")
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        for helper in &mut self.helpers {
            let _ = helper.kill();
            let _ = helper.wait();
        }
        let Some(process) = &mut self.application else { return };
        // SIGTERM first: Apache then releases its private resources, and would leave them behind if it were killed.
        let _ = Command::new("kill").args(["-TERM", &process.id().to_string()]).status();
        for _ in 0..100 {
            if matches!(process.try_wait(), Ok(Some(_)) | Err(_)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = process.kill();
        let _ = process.wait();
    }
}
