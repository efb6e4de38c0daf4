//! Consent: the person sees what the client asks for and allows it or not. OpenID Connect Core §3.1.2.4.

use crate::app::App;
use crate::app::unavailable::Unavailable;
use crate::flows::interaction::dispatcher::{Next, finish_refused};
use crate::flows::interaction::open::{InteractionGone, NotKept, Open};
use crate::flows::session::browser_session::visit;
use crate::identity::account::Account;
use crate::records::consent::{Consent, shown_of};
use crate::records::event::EventKind;
use crate::records::evidence::release;
use crate::records::interaction::{Interaction, Missing, Visit};
use crate::secret::{TokenHash, same_bytes};
use crate::time::Timestamp;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::sync::Arc;
use std::time::Duration;
use tracing::Instrument as _;

/// What the person decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Allowed.
    Allow,
    /// Not allowed.
    Deny,
}

/// What the form says.
pub(crate) struct Answer<'a> {
    /// The decision.
    pub(crate) decision: Decision,
    /// The person to whom the page was shown: the value of [`shown_to`].
    pub(crate) shown_to: &'a str,
}

/// Names the person to whom a page of this interaction is shown, and the client that it shows; in another interaction the value means
/// nothing. If another person signs in in a second tab before the form is sent, the form is not taken as that person's answer. If
/// the client changes in the meantime, it is not taken as consent to the changed one; and if the person's level does, not as consent
/// to what would be granted at that level and was not shown.
pub(crate) fn shown_to(open: &Open, account: &Account) -> String {
    let client = URL_SAFE_NO_PAD.encode(shown_of(&open.client).0);
    let (id, level) = (account.id, account.assurance);
    URL_SAFE_NO_PAD.encode(TokenHash::of(&format!("{}\0{id}\0{level:?}\0{client}", open.interaction.csrf)).0)
}

/// How long an answer has to be carried out: longer than a transaction waits for its connection and its locks.
const CARRIED_OUT_WITHIN: Duration = Duration::from_secs(30);
/// How often, and how long each time, an answer waits for the one that won.
const WAITS: (usize, Duration) = (40, Duration::from_millis(25));

/// Stores the decision. `Some` sends the person back at once; otherwise the dispatcher goes on.
///
/// Of several answers to one page, one wins: the one whose change of the interaction was stored first. Only that one is logged, and
/// it is logged before it takes effect. At whichever point the program crashes, no client gets anything for a decision that is not
/// logged:
///
/// - Crash after the answer won: no consent, no event. The person can answer again after [`CARRIED_OUT_WITHIN`].
/// - Crash after the consent and its event were written: the consent counts, and the person is asked again only where each request
///   needs an answer of its own.
/// - Crash after a refusal ended the interaction ([`finish_refused`]): no event, and no response. The client begins again.
///
/// An error of a store is handled as a crash at the same point, because the event may have been written.
pub(crate) async fn decide(
    app: &Arc<App>,
    open: Open,
    session: Option<&TokenHash>,
    answer: Answer<'_>,
) -> Result<Option<Next>, InteractionGone> {
    let (now, decision) = (app.clock.now(), answer.decision);
    let Some(visit) = visit(app, session, &open.client.id, now).await? else { return Ok(None) };
    if !same_bytes(answer.shown_to.as_bytes(), shown_to(&open, &visit.account).as_bytes()) {
        return Ok(None);
    }
    if !open.interaction.is_for(&visit) || open.interaction.missing(&open.client, Some(&visit), now) != Missing::Consent {
        return Ok(None);
    }
    // A task of its own: a double click drops the request of the first click, whose answer may have won.
    let app = Arc::clone(app);
    let task = tokio::spawn(async move { carry_out(&app, open, &visit, decision, now).await }.in_current_span());
    task.await.map_err(|error| Unavailable::Worker(error.to_string()))?
}

async fn carry_out(
    app: &Arc<App>,
    mut open: Open,
    visit: &Visit,
    decision: Decision,
    now: Timestamp,
) -> Result<Option<Next>, InteractionGone> {
    if win(app, &mut open, now).await? == Won::Another {
        return Ok(None);
    }
    let account = visit.account.id;
    if decision == Decision::Deny {
        return finish_refused(app, &open, account, now).await.map(Some);
    }
    let consent = widened(visit, &open, now);
    let event = app.event(EventKind::ConsentGiven, now).by_citizen(account).about(account);
    let mut tx = app.store.write().await?;
    tx.put_consent(&consent).await?;
    tx.append_event(&event.at_client(&open.client.id).from(open.origin)).await?;
    tx.save().await?;

    // The browser asks the dispatcher for the next step. The interaction does not end here: after a double click a browser drops
    // the response to the first click, and the authorization response would be lost with it.
    open.interaction.consented_by = Some(account);
    open.interaction.answered_until = None;
    match open.keep(app, now).await {
        // Overtaken by another request: the dispatcher reads the current state.
        Ok(()) | Err(NotKept::Overtaken) => Ok(None),
        Err(NotKept::Unavailable(cause)) => Err(cause.into()),
    }
}

/// Which answer to a page is carried out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Won {
    This,
    /// It has been carried out, or its time is over.
    Another,
}

/// Makes this answer the one that is carried out, or waits for the one that is.
async fn win(app: &App, open: &mut Open, now: Timestamp) -> Result<Won, InteractionGone> {
    if open.interaction.answered_until.is_none_or(|until| until <= now) {
        open.interaction.answered_until = Some(now.plus(CARRIED_OUT_WITHIN));
        match open.keep(app, now).await {
            Ok(()) => return Ok(Won::This),
            Err(NotKept::Overtaken) => {}
            Err(NotKept::Unavailable(cause)) => return Err(cause.into()),
        }
    }
    let (times, pause) = WAITS;
    for _ in 0..times {
        let current = app.transient.interaction::<Interaction>(open.interaction.id, now).await?;
        if current.is_none_or(|(current, _)| current.answered_until.is_none()) {
            break;
        }
        tokio::time::sleep(pause).await;
    }
    Ok(Won::Another)
}

/// What was allowed before, and what is allowed now: not what is withheld at the person's level, which the page did not show.
fn widened(visit: &Visit, open: &Open, now: Timestamp) -> Consent {
    // What was allowed to the client of before, under another name or at other hosts, is not allowed to this one.
    let (level, before) = (visit.account.assurance, visit.consent.as_deref().filter(|consent| consent.is_for(&open.client)));
    let request = &open.interaction.request;
    let (mut scopes, mut claims) = before.map(|consent| (consent.scopes.clone(), consent.claims.clone())).unwrap_or_default();
    scopes.extend(release::scopes(&request.scopes, level));
    scopes.sort_unstable();
    scopes.dedup();
    claims.extend(release::claims(&request.claims.deliver, level).all());
    claims.sort_unstable();
    claims.dedup();
    let (account, shown) = (visit.account.id, Some(shown_of(&open.client)));
    Consent { account, client: open.client.id.clone(), scopes, claims, given_at: now, shown }
}
