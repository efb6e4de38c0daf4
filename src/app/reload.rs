//! Keeps the client cache and the keyring in step with the store.

use crate::app::App;
use crate::app::client_cache::{ClientCache, Unused};
use crate::app::unavailable::Unavailable;
use crate::client::agency::Agency;
use crate::client::metadata::Client;
use crate::client::words::ClientId;
use crate::crypto::keyring::Keyring;
use crate::crypto::seal::MasterKey;
use std::sync::Arc;

/// Adds a client that was just stored to the client cache, so that this instance finds it at once. The revision is not changed,
/// so the client is also read from the store, as the changes of other instances are.
pub(crate) fn learn(app: &App, client: &Client, agency: &Agency, unused: Unused) {
    let client = Arc::new(client.clone().held_to(app.settings.tokens.profile));
    app.client_cache.rcu(|client_cache| {
        let mut client_cache = ClientCache::clone(client_cache);
        client_cache.clients.insert(client.id.clone(), Arc::clone(&client));
        client_cache.set_unused(&client.id, unused);
        client_cache.agencies.entry(agency.slug.clone()).or_insert_with(|| agency.clone());
        client_cache
    });
}

/// Records that a client is in use, in the same way.
pub(crate) fn in_use(app: &App, client: &ClientId) {
    app.client_cache.rcu(|client_cache| {
        let mut client_cache = ClientCache::clone(client_cache);
        client_cache.set_unused(client, Unused::No);
        client_cache
    });
}

/// Removes a client that was just deleted, in the same way.
pub(crate) fn forget(app: &App, client: &ClientId) {
    app.client_cache.rcu(|client_cache| {
        let mut client_cache = ClientCache::clone(client_cache);
        client_cache.clients.remove(client);
        client_cache
    });
}

/// Whether a client is still registered: its tokens become invalid with its registration (RFC 7592 §2.3).
pub(crate) fn is_registered(app: &App, client: &ClientId) -> bool {
    app.client_cache.load().client(client).is_some()
}

/// Reads again what another instance or a command changed: the clients that changed, or clients, agencies and keys together.
pub async fn refresh(app: &App, master: &MasterKey) -> Result<(), Unavailable> {
    // The revision from before every read: what is committed between the reads is one more change, and is read the next time.
    let revision = app.store.revision().await?;
    if revision == app.client_cache.load().revision {
        return Ok(());
    }
    let cached = app.client_cache.load_full();
    if let Some(changed) = cached.changes(&app.store, revision, app.settings.tokens.profile).await? {
        app.client_cache.rcu(|client_cache| client_cache.with(&changed));
        return Ok(());
    }
    let keys = app.store.keys().await?;
    app.keyring.store(Arc::new(Keyring::open(&keys, master)?));
    let mut loaded = ClientCache::load(&app.store, app.settings.tokens.profile).await?;
    loaded.revision = revision;
    app.client_cache.store(Arc::new(loaded));
    Ok(())
}
