//! A person opens what agencies ask of them, by the code in a message or from the list of waiting requests.
//! OpenID Connect CIBA Core §7.2.

use crate::app::App;
use crate::app::throttle::{Payer, Throttled, after_wrong_user_code, before_user_code};
use crate::app::unavailable::Unavailable;
use crate::client::grant_type::GrantType;
use crate::client::metadata::Client;
use crate::flows::authorization::authorize::{Browser, NewInteraction, begin_interaction};
use crate::flows::cross_device::device::CodeRefused;
use crate::flows::session::browser_session::whoever_is_here;
use crate::identity::account::Account;
use crate::identity::id::{ApprovalId, InteractionId};
use crate::oidc::cross_device::device::UserCode;
use crate::records::address::CountedAddress;
use crate::records::cross_device::{Answering, CrossDeviceRequest, CrossDeviceWay, approval_code_hash, approval_handle};
use crate::secret::{Secret, TokenHash};
use std::sync::Arc;

/// A request that waits for the person who is signed in.
pub(crate) struct Waiting {
    /// Its id in links.
    pub(crate) approval: ApprovalId,
    /// The client that asks.
    pub(crate) client: Arc<Client>,
}

/// The account that is signed in in this browser and the requests that wait for it; `None` without a live session.
pub(crate) async fn waiting(app: &App, session: Option<&TokenHash>) -> Result<Option<(Arc<Account>, Vec<Waiting>)>, Unavailable> {
    let Some(account) = whoever_is_here(app, session).await? else { return Ok(None) };
    let found = waiting_for(app, &account).await?;
    Ok(Some((account, found)))
}

/// The requests that wait for this person. If no client is registered for CIBA, no store is asked.
pub(crate) async fn waiting_for(app: &App, account: &Account) -> Result<Vec<Waiting>, Unavailable> {
    let (client_cache, now) = (app.client_cache.load(), app.clock.now());
    if !client_cache.any_client_may_use(GrantType::Ciba) {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for approval in app.transient.approvals_in_slots(account.id, now).await? {
        let cross_device = app.transient.cross_device_waiting(&approval_handle(approval), now).await?;
        let client = cross_device.and_then(|cross_device| client_cache.client(&cross_device.request.client_id));
        found.extend(client.map(|client| Waiting { approval, client }));
    }
    Ok(found)
}

/// The request whose code a person typed. Wrong codes count with those of devices.
pub(crate) async fn approval_of_typed(app: &App, typed: &str, address: CountedAddress) -> Result<ApprovalId, CodeRefused> {
    let now = app.clock.now();
    let counted = before_user_code(app, address, now).await?;
    let code = UserCode::parse(typed).ok_or(CodeRefused::NoCode)?;
    let found = app.transient.approval_of_code(&approval_code_hash(&code), now).await?;
    if found.is_none() {
        after_wrong_user_code(app, counted, now).await?;
    }
    found.ok_or(CodeRefused::Unknown)
}

/// Opens a request in this browser. After a sign-in the dispatcher checks whether this person may decide it; until then nothing
/// of it is shown.
pub(crate) async fn open_approval(
    app: &App,
    browser: &Browser,
    approval: ApprovalId,
) -> Result<Option<(InteractionId, Option<Secret<String>>)>, Throttled> {
    let now = app.clock.now();
    let found: Option<CrossDeviceRequest> = app.transient.cross_device_waiting(&approval_handle(approval), now).await?;
    let known = |found: &CrossDeviceRequest| app.client_cache.load().client(&found.request.client_id).is_some();
    let Some(found) = found.filter(|found| matches!(found.way, CrossDeviceWay::Ciba(_)) && known(found)) else { return Ok(None) };
    let answering = Some(Answering::of(&found));
    let payer = Payer::Address(browser.address);
    begin_interaction(app, browser, NewInteraction { request: found.request, step_up_of: None, answering, payer }, now)
        .await
        .map(Some)
}
