//! A stage for certification runs, as `tests/conformance/panjereh.toml` makes it, and a browser like the suite's: plain HTML over
//! TLS, no script, no passkey, and no reader of text messages.

use crate::demo_process::{Person, three_free_ports};
use crate::world::html::{self, Form};
use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// The address of the suite in these tests: nothing listens there.
pub const BASE: &str = "https://suite.example:8444";
/// The one-time code of the stage.
const CODE: &str = "123456";

/// The process. It ends when this is dropped.
pub struct Stage {
    process: Child,
    folder: TempDir,
    port: u16,
}

impl Stage {
    /// Starts it and waits until it is ready.
    pub async fn start() -> Self {
        let (folder, port) = (TempDir::new().unwrap(), three_free_ports());
        let log = File::create(folder.path().join("log")).unwrap();
        let tls = |key: &str, file: &str| format!("tls.{key}={}", folder.path().join(file).display());
        let process = Command::new(env!("CARGO_BIN_EXE_panjereh"))
            .args(["serve", "--config", "tests/conformance/panjereh.toml", "--listen", &format!("127.0.0.1:{port}")])
            .args(["--issuer", &format!("https://localhost:{port}")])
            .args(["--set", &format!("tls.mutual_listen=127.0.0.1:{}", port + 1)])
            .args(["--set", &format!("tls.mutual_url=https://localhost:{}", port + 1)])
            .args(["--set", &tls("certificate", "certificate.pem"), "--set", &tls("key", "key.pem")])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env_clear()
            .env("CONFORMANCE_BASE", BASE)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut stage = Self { process, folder, port };
        stage.wait().await;
        stage
    }

    async fn wait(&mut self) {
        for _ in 0..600 {
            if let Some(status) = self.process.try_wait().unwrap() {
                panic!("it ended with {status}:\n{}", self.log());
            }
            if self.folder.path().join("certificate.pem").exists()
                && self.client().get(self.url("/readyz")).send().await.is_ok_and(|answer| answer.status().is_success())
            {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("it is not ready after a minute:\n{}", self.log());
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    pub fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.port)
    }

    /// Trusts only the certificate that the stage made; follows no redirect.
    pub fn client(&self) -> reqwest::Client {
        self.client_with(|client| client)
    }

    pub fn client_with(&self, change: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder) -> reqwest::Client {
        let pem = std::fs::read(self.folder.path().join("certificate.pem")).unwrap();
        let certificate = reqwest::Certificate::from_pem(&pem).unwrap();
        let client = reqwest::Client::builder().add_root_certificate(certificate).redirect(reqwest::redirect::Policy::none());
        change(client).build().unwrap()
    }

    /// A person with an account.
    pub async fn person(&self) -> Person {
        let people: Vec<Person> = self.client().get(self.url("/demo/people.json")).send().await.unwrap().json().await.unwrap();
        people.into_iter().find(|person| person.kind == "account").expect("a person with an account")
    }

    /// Ends it as systemd does; returns its exit code.
    pub fn stop(mut self) -> Option<i32> {
        assert!(Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status().unwrap().success());
        self.process.wait().unwrap().code()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A client of `clients.toml`, as the suite's configuration knows it.
pub fn registered(id: &str) -> toml::Table {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/clients.toml");
    let file: toml::Table = std::fs::read_to_string(file).unwrap().parse().unwrap();
    let clients = file["agency"][0]["client"].as_array().unwrap();
    let found = clients.iter().find(|client| client["client_id"].as_str() == Some(id));
    found.unwrap_or_else(|| panic!("no client {id}")).as_table().unwrap().clone()
}

/// The suite's callback address.
pub fn callback() -> String {
    format!("{BASE}/test/a/panjereh/callback")
}

/// The page that the browser shows, or the address that it was sent to.
pub struct Browser<'s> {
    stage: &'s Stage,
    client: reqwest::Client,
    cookies: BTreeMap<String, String>,
    html: String,
}

impl<'s> Browser<'s> {
    pub fn new(stage: &'s Stage) -> Self {
        Self { client: stage.client(), stage, cookies: BTreeMap::new(), html: String::new() }
    }

    /// Opens a page; a redirect out of the provider is returned.
    pub async fn open(&mut self, url: &str) -> Option<String> {
        self.go(self.client.get(url)).await
    }

    /// Posts a form from another site, as `POST /authorize` does.
    pub async fn post(&mut self, url: &str, body: String) -> Option<String> {
        let request = self.client.post(url).header("content-type", "application/x-www-form-urlencoded");
        self.go(request.body(body)).await
    }

    /// Whether the page has an element with this id.
    pub fn shows(&self, id: &str) -> bool {
        self.html.contains(&format!(" id=\"{id}\""))
    }

    pub fn text(&self) -> String {
        html::text(&self.html)
    }

    /// The form that has, or contains, the element with this id: that is how a script of the suite addresses it.
    fn form_with(&self, id: &str) -> Form {
        let marked = format!("id=\"{id}\"");
        let found = self.html.split("<form").skip(1).position(|form| form.split("</form>").next().unwrap().contains(&marked));
        let at = found.unwrap_or_else(|| panic!("no form with {id}: {}\n{}", self.text(), self.stage.log()));
        html::forms(&self.html).swap_remove(at)
    }

    /// Presses a button of a form.
    pub async fn press(&mut self, id: &str, fields: &[(&str, &str)]) -> Option<String> {
        let form = fields.iter().fold(self.form_with(id), |form, (name, value)| form.fill(name, value)).press(id);
        let url = self.stage.url(&form.action);
        let request = self.client.post(url).header("content-type", "application/x-www-form-urlencoded");
        self.go(request.header("origin", self.stage.url("")).body(form.body())).await
    }

    /// Signs in and consents where a page asks for it.
    pub async fn sign_in(&mut self, person: &Person) -> String {
        assert!(self.shows("sign-in") && self.shows("national-id") && self.shows("password"), "{}", self.text());
        let fields = [("national_id", person.national_id.as_str()), ("password", person.password.as_deref().unwrap())];
        let form = self.form_with("sign-in");
        let form = fields.iter().fold(form, |form, (name, value)| form.fill(name, value)).press("submit");
        let url = self.stage.url(&form.action);
        let request = self.client.post(url).header("content-type", "application/x-www-form-urlencoded");
        assert_eq!(self.go(request.header("origin", self.stage.url("")).body(form.body())).await, None);
        assert!(self.shows("otp"), "{}", self.text());
        let mut left = self.press("submit", &[("code", CODE)]).await;
        if left.is_none() {
            left = self.press("consent-allow", &[]).await;
        }
        left.unwrap_or_else(|| panic!("still here: {}", self.text()))
    }

    async fn go(&mut self, first: reqwest::RequestBuilder) -> Option<String> {
        let mut request = first;
        for _ in 0..10 {
            let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let answer = request.header(COOKIE, cookies.join("; ")).header("accept-language", "en").send().await.unwrap();
            for cookie in answer.headers().get_all(SET_COOKIE) {
                let (pair, attributes) = cookie.to_str().unwrap().split_once(';').unwrap();
                let (name, value) = pair.split_once('=').unwrap();
                if attributes.contains("Max-Age=0") {
                    self.cookies.remove(name);
                } else {
                    self.cookies.insert(name.to_owned(), value.to_owned());
                }
            }
            let location = answer.headers().get(LOCATION).map(|value| value.to_str().unwrap().to_owned());
            let Some(location) = location else {
                self.html = answer.text().await.unwrap();
                return None;
            };
            let location = location.strip_prefix(&self.stage.url("")).map_or(location.clone(), str::to_owned);
            if !location.starts_with('/') {
                return Some(location);
            }
            request = self.client.get(self.stage.url(&location));
        }
        panic!("redirected in a circle");
    }
}

/// A parameter of the query of a URL.
pub fn parameter(url: &str, name: &str) -> Option<String> {
    let url = url::Url::parse(url).unwrap();
    url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

/// The claims of a token. Other tests verify the signature.
pub fn claims(token: &str) -> Value {
    use base64::Engine as _;
    let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice(&payload).unwrap()
}
