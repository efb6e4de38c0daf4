//! A browser that comes back, by its Back button, to an interaction that ended with a sign-in.

use crate::app::App;
use crate::app::unavailable::Unavailable;
use crate::client::metadata::Client;
use crate::flows::interaction::open::Open;
use crate::flows::session::browser_session::live;
use crate::identity::account::Account;
use crate::identity::id::InteractionId;
use crate::records::interaction::{Arrival, INTERACTION_LIFETIME};
use crate::secret::{TokenHash, same_bytes};
use crate::time::Timestamp;
use std::sync::Arc;

/// Where the browser was, and who is signed in there.
pub(crate) struct Arrived {
    /// The client that received the response.
    pub(crate) client: Arc<Client>,
    /// The account of the live session.
    pub(crate) account: Arc<Account>,
}

/// Remembers where an interaction led. It only serves the Back button: a failure is logged, and the sign-in goes on.
pub(crate) async fn remember(app: &App, open: &Open, now: Timestamp) {
    let Open { interaction, client, .. } = open;
    let arrival = Arrival { browser: interaction.browser, client: client.id.clone() };
    if let Err(cause) = app.transient.put_arrival(interaction.id, &arrival, now.plus(INTERACTION_LIFETIME), now).await {
        tracing::warn!(%cause, "where a sign-in led is not remembered");
    }
}

/// Where an interaction of this browser led, if its session lives.
pub(crate) async fn arrived(
    app: &App,
    id: InteractionId,
    binding: Option<&str>,
    session: Option<&TokenHash>,
) -> Result<Option<Arrived>, Unavailable> {
    let now = app.clock.now();
    let Some(binding) = binding.map(TokenHash::of) else { return Ok(None) };
    let found: Option<Arrival> = app.transient.arrival(id, now).await?;
    let Some(arrival) = found.filter(|arrival| same_bytes(&binding.0, &arrival.browser.0)) else { return Ok(None) };
    let client = app.client_cache.load().client(&arrival.client);
    let here = live(app, session, now).await?;
    Ok(client.zip(here).map(|(client, (_, account))| Arrived { client, account }))
}
