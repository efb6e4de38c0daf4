//! The browser that sends a request: what handlers need to know about it, read once.

use crate::app::App;
use crate::app::throttle::TriedFrom;
use crate::clients::authenticate_client::Caller;
use crate::crypto::certificate::ClientCertificate;
use crate::edge::forwarded::client_address;
use crate::edge::server::certificate::certificate_of;
use crate::flows::authorization::authorize::{Browser, ShownIn};
use crate::locale::Locale;
use crate::oidc::authorization::prompt::Display;
use crate::records::address::CountedAddress;
use crate::records::origin::{AddressPrefix, BrowserFamily, RequestOrigin};
use crate::secret::{Secret, TokenHash};
use crate::web::cookies;
use crate::web::layout::Layout;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The number that a page, a log line and an error share.
#[derive(Debug, Clone)]
pub(crate) struct Reference(pub(crate) String);

/// Whether the window that opened this one keeps its handle on it. A handler decides it, and the answer's headers follow, also those
/// of a redirect on the way: a browser cuts the two apart at the first answer that asks for it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Opener(Arc<AtomicBool>);

impl Opener {
    /// Whether it keeps it.
    pub(crate) fn is_kept(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The browser that sends the request.
pub(crate) struct Visitor {
    /// The request id.
    pub(crate) reference: String,
    /// Hash of its session cookie.
    pub(crate) session: Option<TokenHash>,
    /// Its interaction cookie.
    pub(crate) binding: Option<Secret<String>>,
    /// Its cookie of an earlier sign-in.
    known: Option<Secret<String>>,
    /// A language switched to by this very request (`?lang=`).
    pub(crate) switched: Option<Locale>,
    /// The client address that limits are counted for, found behind trusted proxies.
    pub(crate) address: CountedAddress,
    /// The origin of the request, as the audit log keeps it.
    pub(crate) origin: RequestOrigin,
    /// The client certificate.
    pub(crate) certificate: Option<ClientCertificate>,
    /// For what the frame of every page shows.
    app: Arc<App>,
    chosen: Option<String>,
    preferred: Option<String>,
    path: String,
    shown_in: ShownIn,
    opener: Opener,
}

impl Visitor {
    /// What client authentication needs to know about the caller.
    pub(crate) fn caller(&self) -> Caller<'_> {
        Caller { address: self.address, origin: self.origin, certificate: self.certificate.as_ref() }
    }

    /// What the limits of the sign-in need to know about the visitor.
    pub(crate) fn tried_from(&self) -> TriedFrom<'_> {
        TriedFrom { address: self.address, known: self.known.as_ref().map(|known| known.expose().as_str()) }
    }

    /// What the authorization endpoint needs to know about the browser.
    pub(crate) fn browser(&self) -> Browser {
        Browser { session: self.session, binding: self.binding.clone(), address: self.address, shown_in: self.shown_in }
    }

    /// Whether the answer is shown in a frame of a page of another site.
    pub(crate) fn is_framed_by_another_site(&self) -> bool {
        self.shown_in == ShownIn::FrameOfAnotherSite
    }

    /// Notes the request's wish for the look of its pages (OpenID Connect Core §3.1.2.1). The page that opened a popup waits for its end,
    /// so the two must not be cut apart.
    pub(crate) fn shows(&self, display: Display) {
        if display == Display::Popup {
            self.opener.0.store(true, Ordering::Relaxed);
        }
    }

    /// Whether the request has no cookie that identifies the browser, as a form from a page of another site has none.
    pub(crate) const fn is_unknown(&self) -> bool {
        self.session.is_none() && self.binding.is_none()
    }

    /// The value of its interaction cookie.
    pub(crate) fn binding(&self) -> Option<&str> {
        self.binding.as_ref().map(|binding| binding.expose().as_str())
    }

    /// Path and query of a `GET` that shows this page again.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// The reader's language: the one that they switch to now, then the client's `ui_locales`, their earlier choice, the
    /// browser's preference.
    pub(crate) fn locale(&self, ui_locales: &[String]) -> Locale {
        self.switched.unwrap_or_else(|| Locale::negotiate(ui_locales, self.chosen.as_deref(), self.preferred.as_deref()))
    }

    /// The frame of a page whose language switch links to this request.
    pub(crate) fn layout(&self, ui_locales: &[String]) -> Layout {
        self.layout_at(ui_locales, &self.path)
    }

    /// The frame of a page that answers a form: its language switch links to a page that a GET can load.
    pub(crate) fn layout_at(&self, ui_locales: &[String], path: &str) -> Layout {
        Layout::now(&self.app, self.locale(ui_locales), &self.reference, path)
    }
}

impl FromRequestParts<Arc<App>> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Infallible> {
        let names = cookies::Names::of(app);
        let cookie = |name: &str| cookies::find(&parts.headers, name);
        let query = parts.uri.query().unwrap_or_default();
        let address = address(app, parts);
        let agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        let origin = RequestOrigin { network: address.map(AddressPrefix::of), browser: agent.map(BrowserFamily::of) };
        let switched = query.split('&').find_map(|pair| pair.strip_prefix("lang=")).and_then(Locale::from_tag);
        Ok(Self {
            reference: parts.extensions.get::<Reference>().map(|reference| reference.0.clone()).unwrap_or_default(),
            session: cookie(names.session).map(TokenHash::of),
            binding: cookie(names.binding).map(|value| Secret::new(value.to_owned())),
            known: cookie(names.known).map(|value| Secret::new(value.to_owned())),
            switched,
            address: address.map_or(CountedAddress::UNKNOWN, CountedAddress::of),
            origin,
            certificate: certificate_of(app, parts),
            app: Arc::clone(app),
            chosen: cookie(cookies::LANGUAGE).map(str::to_owned),
            preferred: text(&parts.headers, &header::ACCEPT_LANGUAGE),
            shown_in: shown_in(&parts.headers),
            opener: parts.extensions.get::<Opener>().cloned().unwrap_or_default(),
            path: if parts.method == Method::GET { path_and_query(parts) } else { parts.uri.path().to_owned() },
        })
    }
}

/// What the browser says about the place of its answer (Fetch Metadata Request Headers §2.1, §2.2).
fn shown_in(headers: &HeaderMap) -> ShownIn {
    let says = |name: &str, values: &[&str]| {
        headers.get(name).and_then(|value| value.to_str().ok()).is_some_and(|value| values.contains(&value))
    };
    let framed = says("sec-fetch-dest", &["iframe", "frame", "embed", "object", "fencedframe"]);
    if framed && says("sec-fetch-site", &["cross-site"]) { ShownIn::FrameOfAnotherSite } else { ShownIn::Window }
}

fn path_and_query(parts: &Parts) -> String {
    parts.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string)
}

fn text(headers: &HeaderMap, name: &header::HeaderName) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// The client's address behind trusted proxies.
fn address(app: &App, parts: &Parts) -> Option<IpAddr> {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>()?.0.ip();
    Some(client_address(app, peer, &parts.headers))
}
