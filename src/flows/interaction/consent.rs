//! Consent: the person sees what the client asks for and allows it or not. OpenID Connect Core §3.1.2.4.

use crate::app::App;
use crate::app::unavailable::Broken;
use crate::flows::interaction::dispatcher::{Next, finish_with_error};
use crate::flows::interaction::open::{InteractionGone, NotKept, Open};
use crate::flows::session::browser_session::visit;
use crate::identity::id::AccountId;
use crate::oidc::error::OAuthErrorCode;
use crate::records::consent::Consent;
use crate::records::event::EventKind;
use crate::records::interaction::Missing;
use crate::secret::{TokenHash, same_bytes};
use crate::time::Timestamp;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// What the person decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Allowed.
    Allow,
    /// Not allowed.
    Deny,
}

/// What the form says.
pub struct Answer<'a> {
    /// The decision.
    pub decision: Decision,
    /// Of whom the page told, as [`shown_to`] said.
    pub shown_to: &'a str,
}

/// Names the person to whom an interaction's page is shown, and means nothing anywhere else. Whoever signs in in another tab before it is
/// answered has not seen it, and what it says is not theirs.
pub fn shown_to(open: &Open, account: AccountId) -> String {
    URL_SAFE_NO_PAD.encode(TokenHash::of(&format!("{}\0{account}", open.interaction.csrf)).0)
}

/// Keeps the decision. `Some` sends the person back at once; otherwise the dispatcher goes on.
pub async fn decide(
    app: &App,
    mut open: Open,
    session: Option<&TokenHash>,
    answer: Answer<'_>,
) -> Result<Option<Next>, InteractionGone> {
    let (now, decision) = (app.clock.now(), answer.decision);
    let Some(visit) = visit(app, session, &open.client.id, now).await? else { return Ok(None) };
    if !same_bytes(answer.shown_to.as_bytes(), shown_to(&open, visit.account.id).as_bytes()) {
        return Ok(None);
    }
    if !open.interaction.is_for(&visit) || open.interaction.missing(&open.client, Some(&visit), now) != Missing::Consent {
        return Ok(None);
    }
    let account = visit.account.id;
    let kind = match decision {
        Decision::Allow => EventKind::ConsentGiven,
        Decision::Deny => EventKind::ConsentRefused,
    };
    let mut tx = app.store.write().await.map_err(Broken::from)?;
    if decision == Decision::Allow {
        let consent = widened(visit.consent.as_deref(), (account, &open), now);
        tx.put_consent(&consent).await.map_err(Broken::from)?;
    }
    let event = app.event(kind, now).by_citizen(account).about(account).at_client(&open.client.id).from(open.origin);
    tx.append_event(&event).await.map_err(Broken::from)?;
    tx.save().await.map_err(Broken::from)?;

    if decision == Decision::Deny {
        return finish_with_error(app, &open, OAuthErrorCode::AccessDenied, now).await.map(Some);
    }
    // The browser asks the dispatcher what comes next. Were the interaction ended here, whoever presses twice would lose the answer: a browser
    // drops that of the first press.
    open.interaction.consented_by = Some(account);
    match open.keep(app, now).await {
        // Overtaken: the dispatcher looks where it stands.
        Ok(()) | Err(NotKept::Overtaken) => Ok(None),
        Err(NotKept::Broken(cause)) => Err(cause.into()),
    }
}

/// What was allowed before, and what is allowed now.
fn widened(before: Option<&Consent>, (account, open): (AccountId, &Open), now: Timestamp) -> Consent {
    let (mut scopes, mut claims) = before.map(|consent| (consent.scopes.clone(), consent.claims.clone())).unwrap_or_default();
    scopes.extend(&open.interaction.request.scopes);
    scopes.sort_unstable();
    scopes.dedup();
    claims.extend(open.interaction.request.claims.deliver.all());
    claims.sort_unstable();
    claims.dedup();
    Consent { account, client: open.client.id.clone(), scopes, claims, given_at: now }
}
