//! A kiosk in the health service's hall: it shows a code and a QR, the citizen signs in on their own telephone (RFC 8628).
//!
//! A cookie says which kiosk a browser is, so that several browsers can be kiosks. A task in the background polls the provider, and a
//! script polls the page and shows what changed. A reload by itself (`meta refresh`) would make a screen reader begin again every few
//! seconds (WCAG 2.2 §2.2.1, §2.2.4); without scripts the visitor looks again by a link, and the page then shows no name, because
//! nothing clears it away when the visitor leaves.

use crate::demo::agency::Agency;
use crate::demo::agency::code_view::CodeView;
use crate::demo::agency::kiosk_state::{Ending, Showing};
use crate::demo::agency_page::{KioskView, Language, Scene, Texts, VisitView};
use crate::demo::device_party::{DeviceError, Waiting};
use crate::demo::wire::{cookie, param, set_cookie};
use crate::secret::TokenHash;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use std::sync::Arc;
use std::time::Duration;

/// How long a visit is shown at most: a person may leave without finishing, and others pass the kiosk.
const VISIT_LASTS: Duration = Duration::from_mins(2);

/// The kiosk's pages.
pub(crate) fn routes() -> Router<Arc<Agency>> {
    Router::new().route("/kiosk", get(show).post(begin)).route("/kiosk/finish", post(finish))
}

async fn show(State(agency): State<Arc<Agency>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let now = agency.clock().now();
    let by_hand = param(query.as_deref(), "by").is_some();
    let shown = key(&agency, &headers).and_then(|key| agency.kiosks().0.get(&key));
    let scene = |t: &'static Texts| {
        Scene::Kiosk(match shown {
            Some(Showing::Code(waiting)) => KioskView::Code(CodeView::new(&waiting)),
            Some(Showing::Visitor(signed_in, until)) if now < until => {
                let visit = VisitView::new(t, &signed_in);
                KioskView::Visitor(if by_hand { visit.nameless() } else { visit })
            }
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
    // A new secret for each sign-in: the data of the previous person cannot be shown again.
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
    // If "finished" was pressed meanwhile, the entry is gone and nothing is shown.
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
