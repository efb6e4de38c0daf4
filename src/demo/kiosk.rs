//! A kiosk in the health service's hall: it shows a code and a QR, the citizen signs in on their own telephone (RFC 8628).
//!
//! What a kiosk shows is found by a cookie, so that several browsers can play kiosks. It asks the provider by itself; the page looks
//! again every few seconds, without a script.

use super::agency::Agency;
use super::agency_page::{Language, Scene, Texts, VisitView};
use super::device_party::{DeviceError, Waiting};
use super::relying_party::SignedIn;
use super::wire::{cookie, set_cookie};
use crate::identity::account::TokenHash;
use crate::time::Timestamp;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};
use quick_cache::sync::Cache;
use std::sync::Arc;
use std::time::Duration;

/// How many kiosks are remembered; the ones least used make room.
const KIOSKS: usize = 100;
/// After that somebody who went away is forgotten: others walk through the hall.
const VISIT_LASTS: Duration = Duration::from_mins(2);
/// What a QR is at least, in CSS pixels: read from an arm's length.
const QR_PIXELS: u32 = 240;

/// What the kiosks of an agency show, by the secret of their cookie.
pub(super) struct Kiosks(Cache<TokenHash, Showing>);

#[derive(Clone)]
enum Showing {
    Code(Arc<Waiting>),
    Visitor(Arc<SignedIn>, Timestamp),
    Ended(Ending),
}

#[derive(Clone, Copy)]
enum Ending {
    Denied,
    Expired,
    Failed,
}

/// The kiosk's page, ready to be shown.
pub enum KioskView {
    /// Nobody is there.
    Free,
    /// A code is shown.
    Code(CodeView),
    /// Somebody is signed in.
    Visitor(VisitView),
    /// It did not work.
    Ended(&'static str),
}

/// A code and where it is typed.
pub struct CodeView {
    /// The code.
    pub user_code: String,
    /// The address.
    pub address: String,
    /// The address with the code in it, as a picture.
    pub qr: Option<String>,
}

impl KioskView {
    /// After how many seconds the page looks again, if it does.
    pub const fn looks_again_after(&self) -> Option<u32> {
        match self {
            Self::Code(_) => Some(3),
            Self::Visitor(_) => Some(30),
            Self::Free | Self::Ended(_) => None,
        }
    }
}

impl Default for Kiosks {
    fn default() -> Self {
        Self(Cache::new(KIOSKS))
    }
}

/// The kiosk's pages.
pub(super) fn routes() -> Router<Arc<Agency>> {
    Router::new().route("/kiosk", get(show).post(begin)).route("/kiosk/finish", post(finish))
}

async fn show(State(agency): State<Arc<Agency>>, headers: HeaderMap) -> Response {
    let now = agency.clock().now();
    let shown = key(&agency, &headers).and_then(|key| agency.kiosks().0.get(&key));
    let scene = |t: &'static Texts| {
        Scene::Kiosk(match shown {
            Some(Showing::Code(waiting)) => KioskView::Code(CodeView::new(&waiting)),
            Some(Showing::Visitor(signed_in, until)) if now < until => KioskView::Visitor(VisitView::new(t, &signed_in)),
            Some(Showing::Ended(ending)) => KioskView::Ended(ending.sentence(t)),
            Some(Showing::Visitor(..)) | None => KioskView::Free,
        })
    };
    agency.page(StatusCode::OK, agency.language(&headers), scene)
}

async fn begin(State(agency): State<Arc<Agency>>, headers: HeaderMap) -> Response {
    let language: Language = agency.language(&headers);
    let waiting = match agency.party().begin_on_device().await {
        Ok(waiting) => Arc::new(waiting),
        Err(error) => return agency.failed(language, &error),
    };
    // A new secret for each person: what the one before saw is found by nobody.
    let secret = agency.random().token();
    let key = TokenHash::of(secret.expose());
    agency.kiosks().0.insert(key, Showing::Code(Arc::clone(&waiting)));
    tokio::spawn(wait(Arc::clone(&agency), key, waiting));
    let mut response = Redirect::to("/kiosk").into_response();
    set_cookie(&mut response, &agency.cookie("kiosk"), secret.expose());
    response
}

async fn wait(agency: Arc<Agency>, key: TokenHash, waiting: Arc<Waiting>) {
    let showing = match agency.party().wait_for_decision(&waiting).await {
        Ok(signed_in) => Showing::Visitor(Arc::new(signed_in), agency.clock().now().plus(VISIT_LASTS)),
        Err(DeviceError::Denied) => Showing::Ended(Ending::Denied),
        Err(DeviceError::Expired) => Showing::Ended(Ending::Expired),
        Err(DeviceError::Relying(error)) => {
            tracing::warn!(%error, "a sign-in at the sample kiosk failed");
            Showing::Ended(Ending::Failed)
        }
    };
    // Whoever pressed "finished" meanwhile is not shown again.
    let _ = agency.kiosks().0.replace(key, showing, false);
}

async fn finish(State(agency): State<Arc<Agency>>, headers: HeaderMap) -> Response {
    if let Some(key) = key(&agency, &headers) {
        agency.kiosks().0.remove(&key);
    }
    Redirect::to("/kiosk").into_response()
}

fn key(agency: &Agency, headers: &HeaderMap) -> Option<TokenHash> {
    Some(TokenHash::of(&cookie(headers, &agency.cookie("kiosk"))?))
}

impl Ending {
    fn sentence(self, t: &'static Texts) -> &'static str {
        match self {
            Self::Denied => &t.kiosk.denied,
            Self::Expired => &t.kiosk.expired,
            Self::Failed => &t.problem_refused,
        }
    }
}

impl CodeView {
    fn new(waiting: &Waiting) -> Self {
        Self {
            user_code: waiting.user_code().to_owned(),
            address: waiting.verification_uri().to_string(),
            qr: waiting.verification_uri_complete().and_then(qr),
        }
    }
}

/// A QR as an SVG element. Its quiet zone is part of it, and it is dark on light whatever the page's colours are: cameras need both.
fn qr(text: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let picture = code.render::<svg::Color<'_>>().min_dimensions(QR_PIXELS, QR_PIXELS).build();
    picture.find("<svg").map(|start| picture[start..].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_qr_is_an_element_of_the_page_with_its_quiet_zone() {
        let picture = qr("http://localhost:8080/device?user_code=WDJB-MJHT").unwrap();
        assert!(picture.starts_with("<svg") && picture.ends_with("</svg>"), "{picture}");
        assert!(picture.contains("#fff") && !picture.contains("WDJB"));
    }
}
