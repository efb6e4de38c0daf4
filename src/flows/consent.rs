//! Consent: the person sees what the client asks for and allows it or not. OpenID Connect Core §3.1.2.4.

use super::interact::{InteractionGone, Next, NotKept, Open, finish_with_error};
use super::session::visit;
use super::{App, Broken};
use crate::identity::account::TokenHash;
use crate::identity::consent::Consent;
use crate::identity::event::EventKind;
use crate::identity::interaction::Missing;
use crate::oidc::error::OAuthErrorCode;

/// What the person decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Allowed.
    Allow,
    /// Not allowed.
    Deny,
}

/// Keeps the decision. `Some` sends the person back at once; otherwise the dispatcher goes on.
pub async fn decide(
    app: &App,
    mut open: Open,
    session: Option<&TokenHash>,
    decision: Decision,
) -> Result<Option<Next>, InteractionGone> {
    let now = app.clock.now();
    let Some(visit) = visit(app, session, &open.client.id, now).await? else { return Ok(None) };
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
        let (mut scopes, mut claims) = visit.consent.map(|consent| (consent.scopes, consent.claims)).unwrap_or_default();
        scopes.extend(&open.interaction.request.scopes);
        scopes.sort_unstable();
        scopes.dedup();
        claims.extend(open.interaction.request.claims.deliver.all());
        claims.sort_unstable();
        claims.dedup();
        let consent = Consent { account, client: open.client.id.clone(), scopes, claims, given_at: now };
        tx.put_consent(&consent).await.map_err(Broken::from)?;
    }
    let event = app.event(kind, Some(account), Some(&open.client.id), now);
    tx.append_event(&event).await.map_err(Broken::from)?;
    tx.save().await.map_err(Broken::from)?;

    if decision == Decision::Deny {
        return finish_with_error(app, &open, OAuthErrorCode::AccessDenied, now).await.map(Some);
    }
    open.interaction.consented_by = Some(account);
    match open.keep(app, now).await {
        // Overtaken: the dispatcher looks where it stands.
        Ok(()) | Err(NotKept::Overtaken) => Ok(None),
        Err(NotKept::Broken(cause)) => Err(cause.into()),
    }
}
