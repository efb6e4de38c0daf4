//! Keeps the client cache and the keyring in step with the store.

use crate::app::App;
use crate::app::client_cache::Directory;
use crate::app::unavailable::Broken;
use crate::client::agency::Agency;
use crate::client::metadata::Client;
use crate::client::words::ClientId;
use crate::crypto::keyring::Keyring;
use crate::crypto::seal::MasterKey;
use std::sync::Arc;

/// Puts a client that was just kept where this instance finds it at once. The revision stays, so that it is read from the store as
/// well, like everybody else's changes.
pub(crate) fn learn(app: &App, client: &Client, agency: &Agency) {
    let client = Arc::new(client.clone().held_to(app.settings.tokens.profile));
    app.directory.rcu(|directory| {
        let mut directory = Directory::clone(directory);
        directory.clients.insert(client.id.clone(), Arc::clone(&client));
        directory.agencies.entry(agency.slug.clone()).or_insert_with(|| agency.clone());
        directory
    });
}

/// The same for one that was just removed.
pub(crate) fn forget(app: &App, client: &ClientId) {
    app.directory.rcu(|directory| {
        let mut directory = Directory::clone(directory);
        directory.clients.remove(client);
        directory
    });
}

/// Whether a client is still registered: what it got ends with its registration (RFC 7592 §2.3).
pub(crate) fn is_registered(app: &App, client: &ClientId) -> bool {
    app.directory.load().client(client).is_some()
}

/// Reloads clients, agencies and keys if another instance or a command changed them.
pub async fn refresh(app: &App, master: &MasterKey) -> Result<(), Broken> {
    if app.store.revision().await? == app.directory.load().revision {
        return Ok(());
    }
    let keys = app.store.keys().await?;
    app.keyring.store(Arc::new(Keyring::open(&keys, master)?));
    app.directory.store(Arc::new(Directory::load(&app.store, app.settings.tokens.profile).await?));
    Ok(())
}
