//! A sample agency: a small web application that signs people in with Panjereh, as an agency's own developer would build it.
//!
//! Two of them run in the demo, so that single sign-on can be seen. Sessions are in memory and end with the process.

pub(crate) mod code_view;
pub(crate) mod kiosk_state;

use crate::demo::agency::kiosk_state::Kiosks;
use crate::demo::agency_config::{AgencyConfig, AgencyKind};
use crate::demo::agency_page::{AgencyPage, Language, Problem, ProblemView, Scene, Texts, VisitView};
use crate::demo::relying_party::{Begun, CallError, Registration, RelyingError, RelyingParty, SignedIn};
use crate::demo::wire::{cookie, param, set_cookie};
use crate::locale::Locale;
use crate::random::Random;
use crate::secret::TokenHash;
use crate::time::{Clock, Timestamp};
use askama::Template as _;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use quick_cache::sync::Cache;
use std::future::IntoFuture as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use url::Url;

/// Why an agency could not serve.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServeError {
    /// Its HTTP client could not be made.
    #[error("the sample agency has no HTTP client: {0}")]
    Client(#[from] CallError),
    /// The listener failed.
    #[error("the sample agency stopped: {0}")]
    Listener(#[from] std::io::Error),
}

/// How many sign-ins and visits are kept; the least used ones are dropped first.
const REMEMBERED: usize = 10_000;
/// How long a sign-in may take, and how long a visit lasts.
const SIGN_IN_LASTS: Duration = Duration::from_mins(30);
const VISIT_LASTS: Duration = Duration::from_hours(1);

/// A running agency.
pub(crate) struct Agency {
    kind: AgencyKind,
    origin: String,
    party: RelyingParty,
    clock: Clock,
    random: Random,
    /// By `state`.
    sign_ins: Cache<TokenHash, Pending>,
    /// By the cookie's secret.
    visits: Cache<TokenHash, Visit>,
    kiosks: Kiosks,
}

#[derive(Clone)]
struct Pending {
    /// The cookie of the browser that began: another browser's answer is refused (RFC 9700 §4.7.1).
    browser: TokenHash,
    begun: Begun,
    /// Where the browser goes after the sign-in: a page of this agency.
    landing: String,
    until: Timestamp,
}

#[derive(Clone)]
struct Visit {
    signed_in: Arc<SignedIn>,
    until: Timestamp,
}

/// Serves one agency with `more` routes on all its listeners until the sender of `stopped` is dropped; running requests are
/// finished.
pub(crate) async fn serve(
    listeners: Vec<TcpListener>,
    config: AgencyConfig,
    more: Router<Arc<Agency>>,
    stopped: watch::Receiver<()>,
) -> Result<(), ServeError> {
    let app = router(config, more)?;
    let mut serving: JoinSet<_> = listeners
        .into_iter()
        .map(|listener| {
            let mut stopped = stopped.clone();
            let stop = async move {
                let _ = stopped.changed().await;
            };
            axum::serve(listener, app.clone()).with_graceful_shutdown(stop).into_future()
        })
        .collect();
    while let Some(done) = serving.join_next().await {
        done.map_err(std::io::Error::other)??;
    }
    Ok(())
}

fn router(config: AgencyConfig, more: Router<Arc<Agency>>) -> Result<Router, CallError> {
    let registration = Registration {
        issuer: config.issuer,
        client_id: config.client_id,
        client_secret: config.client_secret,
        redirect_uri: AgencyConfig::redirect_uri(&config.origin),
        post_logout_redirect_uri: AgencyConfig::post_logout_redirect_uri(&config.origin),
        scopes: config.kind.scopes(),
    };
    let csp = format!(
        "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self' {}; base-uri 'none'; frame-ancestors 'none'",
        registration.issuer
    );
    let kind = config.kind;
    let agency = Arc::new(Agency {
        kind,
        origin: config.origin,
        party: RelyingParty::new(registration, config.random.clone())?,
        clock: config.clock,
        random: config.random,
        sign_ins: Cache::new(REMEMBERED),
        visits: Cache::new(REMEMBERED),
        kiosks: Kiosks::default(),
    });
    // The issuer comes from our own settings. If it cannot be in a header, the policy is sent without it.
    let csp = HeaderValue::from_str(&csp).unwrap_or(HeaderValue::from_static("default-src 'none'; style-src 'self'"));
    let guard = axum::middleware::map_response(move |response| std::future::ready(guarded(response, csp.clone())));
    Ok(Router::new()
        .merge(more)
        .route("/", get(home))
        .route("/login", get(login))
        .route("/login/initiated", get(initiated_by_link).post(initiated_by_form))
        .route("/callback", get(callback))
        .route("/logout", post(logout))
        .route("/backchannel-logout", post(session_ended))
        .route("/agency.css", get(async || typed("text/css; charset=utf-8", include_str!("agency.css").as_bytes())))
        .route("/kiosk.js", get(async || typed("text/javascript; charset=utf-8", include_str!("kiosk.js").as_bytes())))
        .route("/emblem.svg", get(emblem))
        .route("/vazirmatn.woff2", get(async || typed("font/woff2", include_bytes!("../web/assets/vazirmatn.woff2").as_slice())))
        .layer(guard)
        .with_state(agency))
}

fn guarded(mut response: Response, csp: HeaderValue) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, csp);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

fn typed(content_type: &'static str, body: &'static [u8]) -> Response {
    ([(header::CONTENT_TYPE, content_type), (header::CACHE_CONTROL, "max-age=300")], body).into_response()
}

async fn emblem(State(agency): State<Arc<Agency>>) -> Response {
    typed("image/svg+xml", agency.kind.emblem().as_bytes())
}

async fn home(State(agency): State<Arc<Agency>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let visit = agency.visit(&headers);
    let chosen = param(query.as_deref(), "lang").as_deref().and_then(Language::from_tag);
    let language = chosen.unwrap_or_else(|| agency.language(&headers));
    let scene = |t| visit.map_or(Scene::SignedOut, |visit| Scene::SignedIn(VisitView::new(t, &visit.signed_in)));
    let mut response = agency.page(StatusCode::OK, language, scene);
    if let Some(language) = chosen {
        set_cookie(&mut response, &agency.cookie("lang"), language.tag());
    }
    response
}

async fn login(State(agency): State<Arc<Agency>>, headers: HeaderMap) -> Response {
    begin(&agency, &headers, "/".to_owned()).await
}

async fn initiated_by_link(State(agency): State<Arc<Agency>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    initiated(&agency, &headers, query.as_deref()).await
}

async fn initiated_by_form(State(agency): State<Arc<Agency>>, headers: HeaderMap, body: String) -> Response {
    initiated(&agency, &headers, Some(&body)).await
}

/// A third party begins a sign-in, by GET or POST (OpenID Connect Core §4). Only our own provider may do so, and the sign-in
/// leads to our own pages.
async fn initiated(agency: &Agency, headers: &HeaderMap, params: Option<&str>) -> Response {
    if let Err(error) = agency.party.check_issuer(param(params, "iss").as_deref()) {
        return agency.failed(agency.language(headers), &error);
    }
    begin(agency, headers, landing(&agency.origin, param(params, "target_link_uri").as_deref())).await
}

/// `target_link_uri`, if it is one of our own pages; anything else would make us an open redirector (OpenID Connect Core §4). It is kept
/// whole: a path alone may begin with two slashes, which name another host.
fn landing(origin: &str, target: Option<&str>) -> String {
    let target = target.and_then(|target| Url::parse(target).ok());
    let is_own =
        |url: &Url| url.origin().ascii_serialization() == origin && url.username().is_empty() && url.password().is_none();
    target.filter(is_own).map_or_else(|| "/".to_owned(), String::from)
}

async fn begin(agency: &Agency, headers: &HeaderMap, landing: String) -> Response {
    let (url, begun) = match agency.party.begin(agency.chosen(headers).map(Language::tag)).await {
        Ok(beginning) => beginning,
        Err(error) => return agency.failed(agency.language(headers), &error),
    };
    // One cookie for all the tabs in which this browser has begun.
    let browser = cookie(headers, &agency.cookie("browser")).unwrap_or_else(|| agency.random.token().expose().clone());
    let until = agency.clock.now().plus(SIGN_IN_LASTS);
    let pending = Pending { browser: TokenHash::of(&browser), begun, landing, until };
    agency.sign_ins.insert(TokenHash::of(&pending.begun.state), pending);
    let mut response = Redirect::to(url.as_str()).into_response();
    set_cookie(&mut response, &agency.cookie("browser"), &browser);
    response
}

async fn callback(State(agency): State<Arc<Agency>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let language = agency.language(&headers);
    let now = agency.clock.now();
    let param = |name| param(query.as_deref(), name);
    let Some(Pending { begun, landing, .. }) = agency.take_pending(param("state").as_deref(), &headers, now) else {
        return agency.problem(StatusCode::BAD_REQUEST, language, Problem::Stale, None);
    };
    if let Err(error) = agency.party.check_issuer(param("iss").as_deref()) {
        return agency.failed(language, &error);
    }
    let Some(code) = param("code") else {
        let error = param("error").unwrap_or_default();
        let problem = if error == "access_denied" { Problem::Denied } else { Problem::Refused };
        return agency.problem(StatusCode::OK, language, problem, Some(error));
    };
    match agency.party.finish(&code, begun).await {
        Err(error) => agency.failed(language, &error),
        Ok(signed_in) => {
            // A new cookie at each sign-in: one that an attacker planted before is worth nothing after.
            let secret = agency.random.token();
            let visit = Visit { signed_in: Arc::new(signed_in), until: now.plus(VISIT_LASTS) };
            agency.visits.insert(TokenHash::of(secret.expose()), visit);
            let mut response = Redirect::to(&landing).into_response();
            set_cookie(&mut response, &agency.cookie("visit"), secret.expose());
            response
        }
    }
}

async fn logout(State(agency): State<Arc<Agency>>, headers: HeaderMap) -> Response {
    let language = agency.language(&headers);
    let secret = cookie(&headers, &agency.cookie("visit")).unwrap_or_default();
    let Some((_, visit)) = agency.visits.remove(&TokenHash::of(&secret)) else {
        return Redirect::to("/").into_response();
    };
    match agency.party.log_out(&visit.signed_in, agency.chosen(&headers).map(Language::tag)).await {
        Ok(url) => Redirect::to(url.as_str()).into_response(),
        Err(error) => agency.failed(language, &error),
    }
}

/// The provider says that a session ended: the visits that began with it end too (Back-Channel Logout 1.0 §2.7, §2.8).
async fn session_ended(State(agency): State<Arc<Agency>>, body: String) -> Response {
    let token = param(Some(&body), "logout_token").unwrap_or_default();
    match agency.party.session_ended(&token, agency.clock.now()).await {
        Ok(sid) => {
            agency
                .visits
                .retain(|_, visit| visit.signed_in.id_token.get("sid").and_then(serde_json::Value::as_str) != Some(sid.as_str()));
            StatusCode::OK.into_response()
        }
        Err(error) => {
            tracing::warn!(agency = agency.kind.slug(), %error, "a logout token was refused");
            StatusCode::BAD_REQUEST.into_response()
        }
    }
}

impl Agency {
    pub(crate) const fn clock(&self) -> &Clock {
        &self.clock
    }

    pub(crate) const fn random(&self) -> &Random {
        &self.random
    }

    pub(crate) const fn party(&self) -> &RelyingParty {
        &self.party
    }

    pub(crate) const fn kiosks(&self) -> &Kiosks {
        &self.kiosks
    }

    /// Both agencies and the provider are on `localhost`, whose cookies all ports share: the names keep them apart.
    pub(crate) fn cookie(&self, what: &str) -> String {
        format!("{}_{what}", self.kind.slug())
    }

    /// The reader's choice here, or what the browser prefers.
    pub(crate) fn language(&self, headers: &HeaderMap) -> Language {
        let preferred = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        self.chosen(headers).unwrap_or_else(|| Locale::negotiate(&[], None, preferred).into())
    }

    /// The language that the reader chose on these pages. Only a choice is passed on to the provider: what the browser prefers, the
    /// provider sees itself, beside what the person chose there.
    fn chosen(&self, headers: &HeaderMap) -> Option<Language> {
        cookie(headers, &self.cookie("lang")).as_deref().and_then(Language::from_tag)
    }

    fn visit(&self, headers: &HeaderMap) -> Option<Visit> {
        let visit = self.visits.get(&TokenHash::of(&cookie(headers, &self.cookie("visit"))?))?;
        (self.clock.now() < visit.until).then_some(visit)
    }

    /// A `state` works once, and only for the browser that began with it.
    fn take_pending(&self, state: Option<&str>, headers: &HeaderMap, now: Timestamp) -> Option<Pending> {
        let (_, pending) = self.sign_ins.remove(&TokenHash::of(state?))?;
        let browser = TokenHash::of(&cookie(headers, &self.cookie("browser"))?);
        (pending.browser == browser && now < pending.until).then_some(pending)
    }

    pub(crate) fn failed(&self, language: Language, error: &RelyingError) -> Response {
        tracing::warn!(agency = self.kind.slug(), %error, "a sign-in at a sample agency failed");
        let (problem, code) = match error {
            RelyingError::Unreachable(_) => (Problem::Unreachable, None),
            RelyingError::Refused(code) => (Problem::Refused, Some(code.clone())),
            RelyingError::Untrusted(_) => (Problem::Untrusted, None),
        };
        self.problem(StatusCode::BAD_GATEWAY, language, problem, code)
    }

    fn problem(&self, status: StatusCode, language: Language, problem: Problem, code: Option<String>) -> Response {
        self.page(status, language, |t| Scene::Problem(ProblemView::new(t, problem, code)))
    }

    pub(crate) fn page(&self, status: StatusCode, language: Language, scene: impl FnOnce(&'static Texts) -> Scene) -> Response {
        let page = Texts::of(language).and_then(|t| AgencyPage::new(self.kind, t, scene(t)).render().ok());
        match page {
            Some(page) => (status, Html(page)).into_response(),
            None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    }
}

#[cfg(test)]
mod tests;
