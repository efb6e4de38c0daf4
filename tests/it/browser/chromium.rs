//! Chromium over chromedriver: the actions of a citizen, and those of a tester.

use super::chromedriver;
use base64::Engine as _;
use fantoccini::elements::Element;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use http::Method;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::sleep;
use url::{ParseError, Url};

const PATIENCE: Duration = Duration::from_secs(15);
/// A phone and a desktop: the widths at which screenshots are kept.
const WIDTHS: [(&str, u32, u32); 2] = [("phone", 390, 844), ("desktop", 1280, 900)];
/// The narrowest phone that pages must fit without sideways scrolling (WCAG 2.2, 1.4.10).
const NARROWEST: u32 = 320;

/// A browser with a fresh profile and, if asked for, a virtual passkey device. Everything goes when it is dropped.
pub struct Browser {
    client: Client,
    driver: Child,
    _profile: TempDir,
    authenticator: Option<String>,
    shots: PathBuf,
}

/// Where the owner's thumb is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Thumb {
    On,
    Off,
}

/// A command that the WebDriver crate does not have: those of WebAuthn and of Chromium itself.
#[derive(Debug)]
struct Raw {
    method: Method,
    path: String,
    body: Value,
}

impl WebDriverCompatibleCommand for Raw {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        // The driver accepts no body with GET, and requires one with POST.
        (self.method.clone(), (self.method == Method::POST).then(|| self.body.to_string()))
    }
}

impl Browser {
    /// Starts a browser; `None` without a chromedriver. Screenshots go to `target/screenshots/<story>/`.
    pub async fn start(story: &str, language: &str) -> Option<Self> {
        let program = chromedriver()?;
        let port = crate::demo_process::three_free_ports();
        let driver = Command::new(program)
            .arg(format!("--port={port}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver starts");
        let profile = TempDir::new().expect("a profile");
        let address = format!("http://localhost:{port}");
        wait_for_driver(&address).await;
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities(profile.path(), language))
            .connect(&address)
            .await
            .expect("a browser session");
        let shots = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screenshots").join(story);
        let _ = std::fs::remove_dir_all(&shots);
        std::fs::create_dir_all(&shots).expect("a folder for screenshots");
        Some(Self { client, driver, _profile: profile, authenticator: None, shots })
    }

    /// Gives the browser a built-in passkey device whose user always consents and is always verified.
    pub async fn plug_in_passkey_device(&mut self) {
        let device = json!({
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": true, "hasUserVerification": true,
            "isUserConsenting": true, "isUserVerified": true,
        });
        let id = self.raw(Method::POST, "webauthn/authenticator", device).await;
        self.authenticator = Some(id.as_str().expect("an id").to_owned());
    }

    /// The passkeys on that device.
    pub async fn passkeys(&self) -> Vec<Value> {
        let Some(id) = &self.authenticator else { return Vec::new() };
        let path = format!("webauthn/authenticator/{id}/credentials");
        self.raw(Method::GET, &path, Value::Null).await.as_array().cloned().unwrap_or_default()
    }

    /// Whether the device's sensor recognises its owner: while it does, a virtual device answers everything at once, the
    /// request behind the browser's autofill too.
    pub async fn thumb(&self, thumb: Thumb) {
        let Some(id) = &self.authenticator else { return };
        let verified = json!({ "isUserVerified": thumb == Thumb::On });
        self.raw(Method::POST, &format!("webauthn/authenticator/{id}/uv"), verified).await;
    }

    async fn raw(&self, method: Method, path: &str, body: Value) -> Value {
        let command = Raw { method, path: path.to_owned(), body };
        self.client.issue_cmd(command).await.unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Speaks to Chromium in its own protocol.
    pub async fn cdp(&self, method: &str, params: Value) -> Value {
        self.raw(Method::POST, "goog/cdp/execute", json!({ "cmd": method, "params": params })).await
    }

    pub async fn open(&self, url: &str) {
        self.client.goto(url).await.unwrap_or_else(|error| panic!("{url}: {error}"));
    }

    /// Reloads the page, sending its form once more where it is the answer to one.
    pub async fn reload(&self) {
        self.client.refresh().await.expect("the page again");
    }

    pub async fn back(&self) {
        self.client.back().await.expect("the page before");
    }

    /// Presses twice before the first press is answered.
    pub async fn press_twice(&self, css: &str) {
        self.see(css).await;
        self.script(&format!("const button = document.querySelector('{css}'); button.click(); button.click()")).await;
    }

    pub async fn url(&self) -> Url {
        self.client.current_url().await.expect("an address")
    }

    /// The element, as soon as it appears.
    pub async fn see(&self, css: &str) -> Element {
        match self.client.wait().at_most(PATIENCE).for_element(Locator::Css(css)).await {
            Ok(element) => element,
            Err(error) => {
                self.picture("failure").await;
                panic!("{css} is not on {} ({error}):\n{}", self.url().await, self.text().await)
            }
        }
    }

    /// Marks the page, so that [`see_on_next_page`](Self::see_on_next_page) can tell it from the one that comes.
    pub async fn mark_page(&self) {
        self.script("document.documentElement.dataset.marked = 'yes'").await;
    }

    /// The element, as soon as it appears on a page after the marked one. The response to a form has often the same elements as the
    /// page of the form.
    pub async fn see_on_next_page(&self, css: &str) -> Element {
        self.see(&format!("html:not([data-marked]) :is({css})")).await
    }

    /// Whether the element is there now.
    pub async fn sees(&self, css: &str) -> bool {
        self.client.find(Locator::Css(css)).await.is_ok()
    }

    /// Whether the element appears within a few seconds.
    pub async fn sees_soon(&self, css: &str) -> bool {
        self.client.wait().at_most(Duration::from_secs(4)).for_element(Locator::Css(css)).await.is_ok()
    }

    /// The first of these elements to appear.
    pub async fn see_one_of(&self, choices: &[&'static str]) -> &'static str {
        let all = choices.join(", ");
        self.see(&all).await;
        for css in choices {
            if self.sees(css).await {
                return css;
            }
        }
        panic!("{all} came and went");
    }

    pub async fn press(&self, css: &str) {
        // Into view first: a click on an element below the fold is refused.
        let element = self.see(css).await;
        element.click().await.unwrap_or_else(|error| panic!("{css}: {error}"));
    }

    /// Presses an element of a page that may be leaving at this moment: a passkey in the browser's autofill answers by itself.
    /// The caller checks where it led.
    pub async fn press_unless_it_left(&self, css: &str) {
        let Ok(element) = self.client.find(Locator::Css(css)).await else { return };
        match element.click().await {
            Err(error) if !error.is_stale_element_reference() => panic!("{css}: {error}"),
            _ => {}
        }
    }

    pub async fn fill(&self, css: &str, text: &str) {
        let element = self.see(css).await;
        element.clear().await.unwrap_or_else(|error| panic!("{css}: {error}"));
        element.send_keys(text).await.unwrap_or_else(|error| panic!("{css}: {error}"));
    }

    /// The visible text of the page.
    pub async fn text(&self) -> String {
        self.script("return document.body ? document.body.innerText : ''").await.as_str().unwrap_or_default().to_owned()
    }

    pub async fn text_of(&self, css: &str) -> String {
        self.see(css).await.text().await.expect("a text")
    }

    pub async fn script(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// Runs a script that returns by calling its last argument.
    pub async fn script_that_answers(&self, script: &str) -> Value {
        self.client.execute_async(script, Vec::new()).await.unwrap_or_else(|error| panic!("a script: {error}"))
    }

    /// Deletes every cookie of every site, as a browser looks the next day to a server whose sessions end overnight.
    pub async fn forget_cookies(&self) {
        self.cdp("Network.clearBrowserCookies", json!({})).await;
    }

    /// Deletes one cookie of `localhost`.
    pub async fn forget_cookie(&self, name: &str) {
        self.client.delete_cookie(name).await.expect("cookies");
    }

    /// Screenshots of the whole page at both widths, and whether it fits the narrowest phone.
    pub async fn keep(&self, name: &str) {
        self.at_width(NARROWEST, 640).await;
        let over = self.script("return document.documentElement.scrollWidth - window.innerWidth").await;
        assert!(over.as_f64().is_some_and(|over| over <= 0.5), "{name} is {over} px too wide at {NARROWEST} px");
        for (width_name, width, height) in WIDTHS {
            self.at_width(width, height).await;
            self.picture(&format!("{name}-{width_name}")).await;
        }
        self.cdp("Emulation.clearDeviceMetricsOverride", json!({})).await;
    }

    pub async fn at_width(&self, width: u32, height: u32) {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.cdp("Emulation.setDeviceMetricsOverride", metrics).await;
    }

    pub async fn picture(&self, name: &str) {
        let size = self.cdp("Page.getLayoutMetrics", json!({})).await["cssContentSize"].clone();
        let clip = json!({ "x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1 });
        let params = json!({ "format": "png", "captureBeyondViewport": true, "clip": clip });
        let shot = self.cdp("Page.captureScreenshot", params).await;
        let bytes = base64::engine::general_purpose::STANDARD.decode(shot["data"].as_str().unwrap_or_default()).expect("base64");
        std::fs::write(self.shots.join(format!("{name}.png")), bytes).expect("a screenshot is kept");
    }

    /// Ends the session, so that Chromium itself goes too.
    pub async fn close(self) {
        let _ = self.client.clone().close().await;
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // A failed test comes here without `close`: Chromium is the driver's child, so the driver has to end it.
        if std::thread::panicking() {
            std::thread::sleep(Duration::from_millis(200));
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

fn capabilities(profile: &Path, language: &str) -> fantoccini::wd::Capabilities {
    let flags = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ];
    let mut args: Vec<String> = flags.map(str::to_owned).into();
    args.push(format!("--user-data-dir={}", profile.display()));
    args.push(format!("--lang={language}"));
    let wanted = json!({
        "goog:chromeOptions": { "args": args, "prefs": { "intl.accept_languages": language } },
        "webauthn:virtualAuthenticators": true,
    });
    wanted.as_object().expect("an object").clone()
}

async fn wait_for_driver(address: &str) {
    for _ in 0..100 {
        if reqwest::get(format!("{address}/status")).await.is_ok_and(|answer| answer.status().is_success()) {
            return;
        }
        sleep(Duration::from_millis(50)).await;
    }
    panic!("chromedriver does not answer after 5 s");
}
