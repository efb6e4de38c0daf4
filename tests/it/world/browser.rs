//! A browser: keeps cookies, follows redirects inside the provider, and sends the forms of pages. It knows which cookies go with
//! a request that a page of another site began (RFC 6265bis §5.2, §8.8: `SameSite`).

use super::html::{self, Form};
use super::{Answer, HOME, ISSUER, World};
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, StatusCode};
use panjereh::locale::Locale;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

/// The `User-Agent` of every browser of these tests.
const USER_AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0";

/// The session's cookie, and the one that binds interactions to a browser.
pub const SESSION: &str = "__Host-panjereh_session";
pub const BINDING: &str = "__Host-panjereh_interaction";

/// The site whose page began a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// The provider's.
    Ourselves,
    /// An agency's.
    AnotherSite,
}

/// The page that a browser shows, or the address that it was sent to.
#[derive(Debug, Clone)]
pub struct Page {
    pub answer: Answer,
    /// Path and query of the request that this answers.
    pub url: String,
    /// The address outside of the provider that it was sent to.
    pub left_for: Option<String>,
}

impl Page {
    pub fn status(&self) -> StatusCode {
        self.answer.status
    }

    pub fn html(&self) -> &str {
        self.answer.text()
    }

    /// The language in which it is written.
    pub fn locale(&self) -> Locale {
        let tag = html::attribute(self.html(), "lang").expect("a page says its language");
        Locale::from_tag(&tag).unwrap()
    }

    /// Whether it holds the sentence of that key, in its own language.
    pub fn says(&self, key: &str) -> bool {
        self.reads(&self.locale().t(key))
    }

    /// Whether it holds this text.
    pub fn reads(&self, text: &str) -> bool {
        html::text(self.html()).contains(&html::fold(text))
    }

    /// The whole text, without the reference number, which differs each time.
    pub fn words(&self) -> String {
        html::text(self.html()).replace(self.answer.header("x-request-id"), "")
    }

    /// Fails, with the page's text, unless it has this status and the sentence of this key.
    #[track_caller]
    pub fn must(&self, status: u16, key: &str) {
        assert_eq!(self.status().as_u16(), status, "{} {:?} {}", self.url, self.left_for, html::text(self.html()));
        assert!(self.says(key), "{key} is not said by {}: {}", self.url, html::text(self.html()));
    }

    /// The form whose action ends with this.
    #[track_caller]
    pub fn form(&self, action: &str) -> Form {
        let found = html::forms(self.html()).into_iter().find(|form| form.action.ends_with(action));
        found.unwrap_or_else(|| panic!("no form {action} on {} ({}): {}", self.url, self.status(), html::text(self.html())))
    }

    /// The link whose target ends with this.
    #[track_caller]
    pub fn link(&self, target: &str) -> String {
        let found = html::links(self.html()).into_iter().find(|link| link.ends_with(target));
        found.unwrap_or_else(|| panic!("no link {target} on {}: {}", self.url, html::text(self.html())))
    }

    /// The address outside of the provider that it was sent to.
    #[track_caller]
    pub fn left_for(&self) -> &str {
        let text = || format!("still at {} ({}): {}", self.url, self.status(), html::text(self.html()));
        self.left_for.as_deref().unwrap_or_else(|| panic!("{}", text()))
    }
}

/// One browser of one person.
#[derive(Clone)]
pub struct Browser<'w> {
    pub world: &'w World,
    pub cookies: BTreeMap<String, String>,
    /// The cookies that forms of other sites carry.
    unrestricted: BTreeSet<String>,
    pub accept_language: &'static str,
    pub address: IpAddr,
    /// The current page.
    pub page: Page,
    /// Every URL that it requested or was sent to.
    pub history: Vec<String>,
}

impl World {
    /// A browser without any cookie.
    pub fn browser(&self) -> Browser<'_> {
        let answer = Answer { status: StatusCode::OK, headers: axum::http::HeaderMap::new(), body: axum::body::Bytes::new() };
        let page = Page { answer, url: String::new(), left_for: None };
        let (cookies, unrestricted) = (BTreeMap::new(), BTreeSet::new());
        Browser { world: self, cookies, unrestricted, accept_language: "en", address: HOME, page, history: Vec::new() }
    }
}

impl Browser<'_> {
    /// Opens a path of the provider, or a whole URL of it.
    pub async fn open(&mut self, url: &str) -> &Page {
        let request = Request::get(path_of(url).expect("a URL of the provider"));
        self.go(request.body(Body::empty()).unwrap(), From::AnotherSite).await
    }

    /// Follows a link of the page.
    pub async fn follow(&mut self, target: &str) -> &Page {
        let link = self.page.link(target);
        self.open(&link).await
    }

    /// Sends a form.
    pub async fn submit(&mut self, form: Form) -> &Page {
        self.post(&form.action, form.body()).await
    }

    /// Posts a body as a form does.
    pub async fn post(&mut self, action: &str, body: String) -> &Page {
        let request = Request::post(path_of(action).expect("a form of the provider"))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("origin", ISSUER);
        self.go(request.body(Body::from(body)).unwrap(), From::Ourselves).await
    }

    /// Posts a body as a form on an agency's page does.
    pub async fn post_from_an_agency(&mut self, path: &str, body: String) -> &Page {
        let request = Request::post(path)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("origin", "https://tax.example");
        self.go(request.body(Body::from(body)).unwrap(), From::AnotherSite).await
    }

    /// Fetches something as a script of the page does: cookies go along, the page stays.
    pub async fn fetch(&mut self, path: &str) -> Answer {
        self.ask(Request::get(path).body(Body::empty()).unwrap(), From::Ourselves).await
    }

    /// The same with headers of its own.
    pub async fn fetch_with(&mut self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let path = path_of(path).expect("a URL of the provider");
        let request = headers.iter().fold(Request::get(path), |request, (name, value)| request.header(*name, *value));
        self.ask(request.body(Body::empty()).unwrap(), From::Ourselves).await
    }

    /// A form as a request of this browser, for a test that sends many at once.
    pub fn request_of(&self, form: &Form) -> Request<Body> {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        Request::post(path_of(&form.action).expect("a form of the provider"))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("origin", ISSUER)
            .header("cookie", cookies.join("; "))
            .header("accept-language", "en")
            .body(Body::from(form.body()))
            .unwrap()
    }

    pub fn session(&self) -> Option<String> {
        self.cookies.get(SESSION).cloned()
    }

    /// A redirect has the site of the request that it answers.
    async fn go(&mut self, first: Request<Body>, from: From) -> &Page {
        let mut request = first;
        for _ in 0..10 {
            let url = request.uri().to_string();
            let answer = self.ask(request, from).await;
            let location = answer.headers.get("location").map(|value| value.to_str().unwrap().to_owned());
            let Some(location) = location else {
                self.page = Page { answer, url, left_for: None };
                return &self.page;
            };
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "a redirect is a 303, which never repeats a form");
            let Some(path) = path_of(&location) else {
                self.history.push(location.clone());
                self.page = Page { answer, url, left_for: Some(location) };
                return &self.page;
            };
            request = Request::get(path).body(Body::empty()).unwrap();
        }
        panic!("redirected in a circle");
    }

    /// `Lax`: sent with a navigation from another site, not with its form.
    fn takes_along(&self, cookie: &str, request: &Request<Body>, from: From) -> bool {
        from == From::Ourselves || request.method() == Method::GET || self.unrestricted.contains(cookie)
    }

    async fn ask(&mut self, mut request: Request<Body>, from: From) -> Answer {
        self.history.push(request.uri().to_string());
        let along = self.cookies.iter().filter(|(name, _)| self.takes_along(name, &request, from));
        let cookies: Vec<_> = along.map(|(name, value)| format!("{name}={value}")).collect();
        let headers = request.headers_mut();
        if !cookies.is_empty() {
            headers.insert("cookie", cookies.join("; ").parse().unwrap());
        }
        if !self.accept_language.is_empty() {
            headers.insert("accept-language", self.accept_language.parse().unwrap());
        }
        headers.insert("user-agent", USER_AGENT.parse().unwrap());
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(self.address, 50_000)));
        let answer = self.world.send(request).await;
        for cookie in answer.cookies() {
            let (pair, attributes) = cookie.split_once(';').unwrap_or((cookie, ""));
            let (name, value) = pair.split_once('=').expect("a cookie has a name");
            assert!(!attributes.contains("SameSite=Strict"), "{name}: it would be missing after every visit to an agency");
            if attributes.contains("SameSite=None") {
                self.unrestricted.insert(name.to_owned());
            }
            if attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }
}

/// The path of a URL of the provider.
fn path_of(url: &str) -> Option<&str> {
    if url.starts_with('/') && !url.starts_with("//") {
        return Some(url);
    }
    url.strip_prefix(ISSUER).filter(|rest| rest.starts_with('/'))
}
