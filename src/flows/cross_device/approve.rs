//! A person finds what agencies ask of them, by the link in a message or on the list of those that wait. OpenID Connect CIBA Core §7.2.

use crate::app::App;
use crate::app::unavailable::Broken;
use crate::client::grant_type::GrantType;
use crate::client::metadata::Client;
use crate::flows::authorization::authorize::{Browser, begin_interaction};
use crate::flows::session::browser_session::whoever_is_here;
use crate::identity::account::Account;
use crate::identity::id::{ApprovalId, InteractionId};
use crate::records::cross_device::{Answering, Decoupled, Way, approval_handle};
use crate::secret::{Secret, TokenHash};
use std::sync::Arc;

/// Something that waits for the person who is signed in.
pub struct Waiting {
    /// Its name in links.
    pub approval: ApprovalId,
    /// Who asks.
    pub client: Arc<Client>,
}

/// What waits for whoever is signed in in this browser; `None` where nobody is.
pub async fn waiting(app: &App, session: Option<&TokenHash>) -> Result<Option<(Arc<Account>, Vec<Waiting>)>, Broken> {
    let Some(account) = whoever_is_here(app, session).await? else { return Ok(None) };
    let found = waiting_for(app, &account).await?;
    Ok(Some((account, found)))
}

/// What waits for this person. It asks nothing where no client may ask.
pub async fn waiting_for(app: &App, account: &Account) -> Result<Vec<Waiting>, Broken> {
    let (directory, now) = (app.directory.load(), app.clock.now());
    if !directory.any_client_may_use(GrantType::Ciba) {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for approval in app.transient.seated(account.id, now).await? {
        let decoupled = app.transient.decoupled_waiting(&approval_handle(approval), now).await?;
        let client = decoupled.and_then(|decoupled| directory.client(&decoupled.request.client_id));
        found.extend(client.map(|client| Waiting { approval, client }));
    }
    Ok(found)
}

/// Opens a request for this browser. Who may decide it, the dispatcher sees when somebody has signed in; until then nothing of it is shown.
pub async fn open_approval(
    app: &App,
    browser: &Browser,
    approval: ApprovalId,
) -> Result<Option<(InteractionId, Option<Secret<String>>)>, Broken> {
    let now = app.clock.now();
    let found: Option<Decoupled> = app.transient.decoupled_waiting(&approval_handle(approval), now).await?;
    let known = |found: &Decoupled| app.directory.load().client(&found.request.client_id).is_some();
    let Some(found) = found.filter(|found| matches!(found.way, Way::Backchannel(_)) && known(found)) else { return Ok(None) };
    let answering = Answering::of(&found);
    begin_interaction(app, browser, (found.request, None, Some(answering)), now).await.map(Some)
}
