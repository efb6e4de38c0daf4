//! The first use of a client that registered itself: from then on its registration does not expire.

use crate::app::App;
use crate::app::reload::in_use;
use crate::app::unavailable::Unavailable;
use crate::client::metadata::Client;

/// After a client got tokens. For all clients but one that registered itself and was never used, this looks into memory and does
/// nothing.
pub(crate) async fn note_use(app: &App, client: &Client) -> Result<(), Unavailable> {
    if client.self_registered.is_none() || !app.client_cache.load().is_unused(&client.id) {
        return Ok(());
    }
    let mut tx = app.store.write().await?;
    tx.client_used(&client.id).await?;
    tx.save().await?;
    in_use(app, &client.id);
    Ok(())
}
