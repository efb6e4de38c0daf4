//! An interaction that belongs to the browser that asks: opened, changed, stored.

use crate::app::App;
use crate::app::unavailable::{Unavailable, unavailable_from};
use crate::client::metadata::Client;
use crate::identity::id::InteractionId;
use crate::records::interaction::{Interaction, Pending, Typed};
use crate::records::origin::RequestOrigin;
use crate::secret::{TokenHash, same_bytes};
use crate::store::StoreError;
use crate::time::Timestamp;
use crate::transient::{TransientError, Version};
use std::sync::Arc;

/// An interaction that belongs to the browser that asks.
#[derive(Clone)]
pub struct Open {
    /// The interaction.
    pub(crate) interaction: Interaction,
    /// Its client.
    pub(crate) client: Arc<Client>,
    /// Where the request came from, for the audit log.
    pub(crate) origin: RequestOrigin,
    /// The version that was read.
    version: Version,
}

/// How often a change is retried because the language was switched meanwhile.
const AGAIN: usize = 3;

/// Why a change was not stored.
#[derive(Debug, thiserror::Error)]
pub enum NotKept {
    /// Another request changed or ended the interaction meanwhile: the browser must load its current state.
    #[error("another request changed the interaction first")]
    Overtaken,
    /// A dependency failed.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

unavailable_from!(NotKept: StoreError, TransientError);

/// Why an interaction cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum InteractionGone {
    /// Unknown, finished, expired, or of another browser: the answer does not say which.
    #[error("the interaction is over or belongs to another browser")]
    Gone,
    /// The form does not carry this interaction's token.
    #[error("the form was not made by this interaction")]
    Forged,
    /// A dependency failed.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

unavailable_from!(InteractionGone: StoreError, TransientError);

/// Opens an interaction for the browser that holds its cookie.
pub async fn open(
    app: &App,
    id: InteractionId,
    binding: Option<&str>,
    origin: RequestOrigin,
    now: Timestamp,
) -> Result<Open, InteractionGone> {
    let found: Option<(Interaction, Version)> = app.transient.interaction(id, now).await?;
    let (interaction, version) = found.ok_or(InteractionGone::Gone)?;
    let binding = binding.map(TokenHash::of).ok_or(InteractionGone::Gone)?;
    if !same_bytes(&binding.0, &interaction.browser.0) {
        return Err(InteractionGone::Gone);
    }
    let client = app.client_cache.load().client(&interaction.request.client_id).ok_or(InteractionGone::Gone)?;
    Ok(Open { interaction, client, origin, version })
}

impl Open {
    /// A form's token must be this interaction's: a page of another site cannot know it.
    pub(crate) fn check_csrf(&self, token: &str) -> Result<(), InteractionGone> {
        same_bytes(token.as_bytes(), self.interaction.csrf.as_bytes()).then_some(()).ok_or(InteractionGone::Forged)
    }

    /// Stores what a step changed, unless another request changed the interaction first. A switch of the language does not count:
    /// then the step is stored in the new language.
    pub async fn keep(&mut self, app: &App, now: Timestamp) -> Result<(), NotKept> {
        for _ in 0..AGAIN {
            let id = self.interaction.id;
            let kept = app.transient.replace_interaction(id, &self.version, &self.interaction, now).await?;
            if let Some(version) = kept {
                self.version = version;
                return Ok(());
            }
            let found: Option<(Interaction, Version)> = app.transient.interaction(id, now).await?;
            let (current, version) = found.ok_or(NotKept::Overtaken)?;
            let mut as_read = current.clone();
            as_read.request.ui_locales.clone_from(&self.interaction.request.ui_locales);
            if !self.version.is_of(&as_read) {
                return Err(NotKept::Overtaken);
            }
            (self.interaction.request.ui_locales, self.version) = (current.request.ui_locales, version);
        }
        Err(NotKept::Overtaken)
    }

    /// Stores what was typed, if it is new.
    pub(crate) async fn keep_typed(&mut self, app: &App, typed: Typed) -> Result<(), NotKept> {
        if self.interaction.typed == typed {
            return Ok(());
        }
        self.interaction.typed = typed;
        self.keep(app, app.clock.now()).await
    }

    /// Sets the pending step, and stores it.
    pub(crate) async fn begin(&mut self, app: &App, pending: Pending, now: Timestamp) -> Result<(), NotKept> {
        self.interaction.pending = pending;
        self.keep(app, now).await
    }

    /// Switches the language of the pages, unless another request changed the interaction first.
    pub async fn speak(&mut self, app: &App, tag: &str, now: Timestamp) -> Result<(), NotKept> {
        self.interaction.request.ui_locales = vec![tag.to_owned()];
        let id = self.interaction.id;
        let kept = app.transient.replace_interaction(id, &self.version, &self.interaction, now).await?;
        self.version = kept.ok_or(NotKept::Overtaken)?;
        Ok(())
    }
}
