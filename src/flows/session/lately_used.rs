//! Which services a person used lately: read from the audit log of the account, so that no sign-in writes more than before.

use crate::app::App;
use crate::app::unavailable::Unavailable;
use crate::client::words::ClientId;
use crate::identity::id::AccountId;
use crate::records::event::EventKind;

/// How many of the latest events are read. A sign-in at a client leaves two or three: its tokens, UserInfo, the page for consent.
const EVENTS: u32 = 200;

/// The clients that signed this person in lately, the latest first.
pub(crate) async fn lately_used(app: &App, account: AccountId) -> Result<Vec<ClientId>, Unavailable> {
    let mut used: Vec<ClientId> = Vec::new();
    for event in app.store.events_of(account, EVENTS).await? {
        if let Some(client) = event.client.filter(|_| event.kind == EventKind::TokensIssued)
            && !used.contains(&client)
        {
            used.push(client);
        }
    }
    Ok(used)
}
