//! An interaction that belongs to the browser that asks: opened, changed, kept.

use crate::app::App;
use crate::app::unavailable::Broken;
use crate::client::metadata::Client;
use crate::identity::id::InteractionId;
use crate::records::interaction::{Interaction, Pending, Typed};
use crate::records::origin::RequestOrigin;
use crate::secret::{TokenHash, same_bytes};
use crate::time::Timestamp;
use crate::transient::Version;
use std::sync::Arc;

/// An interaction that belongs to the browser that asks.
#[derive(Clone)]
pub struct Open {
    /// The interaction.
    pub interaction: Interaction,
    /// Its client.
    pub client: Arc<Client>,
    /// From where the browser asks.
    pub origin: RequestOrigin,
    /// Which of its states was read.
    version: Version,
}

/// How often a change is made again because the language was switched meanwhile.
const AGAIN: usize = 3;

/// Why a change was not kept.
#[derive(Debug, thiserror::Error)]
pub enum NotKept {
    /// Another request changed or ended the interaction meanwhile: the browser is to see where it stands now.
    #[error("another request was faster")]
    Overtaken,
    /// Something broke.
    #[error(transparent)]
    Broken(#[from] Broken),
}

/// Why an interaction cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum InteractionGone {
    /// Unknown, finished, expired, or of another browser: which of them is nobody's business.
    #[error("the interaction is over or belongs to another browser")]
    Gone,
    /// The form does not carry this interaction's token.
    #[error("the form was not made by this interaction")]
    Forged,
    /// Something broke.
    #[error(transparent)]
    Broken(#[from] Broken),
}

/// Opens an interaction for the browser that holds its cookie.
pub async fn open(
    app: &App,
    id: InteractionId,
    binding: Option<&str>,
    origin: RequestOrigin,
    now: Timestamp,
) -> Result<Open, InteractionGone> {
    let found: Option<(Interaction, Version)> = app.transient.interaction(id, now).await.map_err(Broken::from)?;
    let (interaction, version) = found.ok_or(InteractionGone::Gone)?;
    let binding = binding.map(TokenHash::of).ok_or(InteractionGone::Gone)?;
    if !same_bytes(&binding.0, &interaction.browser.0) {
        return Err(InteractionGone::Gone);
    }
    let client = app.directory.load().client(&interaction.request.client_id).ok_or(InteractionGone::Gone)?;
    Ok(Open { interaction, client, origin, version })
}

impl Open {
    /// A form's token must be this interaction's: a page of another site cannot know it.
    pub fn check_csrf(&self, token: &str) -> Result<(), InteractionGone> {
        same_bytes(token.as_bytes(), self.interaction.csrf.as_bytes()).then_some(()).ok_or(InteractionGone::Forged)
    }

    /// Keeps what a step changed, if nobody was faster. That the language was switched meanwhile is no step: then it is kept all the same,
    /// in that language.
    pub async fn keep(&mut self, app: &App, now: Timestamp) -> Result<(), NotKept> {
        for _ in 0..AGAIN {
            let id = self.interaction.id;
            let kept =
                app.transient.replace_interaction(id, &self.version, &self.interaction, now).await.map_err(Broken::from)?;
            if let Some(version) = kept {
                self.version = version;
                return Ok(());
            }
            let found: Option<(Interaction, Version)> = app.transient.interaction(id, now).await.map_err(Broken::from)?;
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

    /// Keeps what was typed, as far as it is new.
    pub async fn keep_typed(&mut self, app: &App, typed: Typed) -> Result<(), NotKept> {
        if self.interaction.typed == typed {
            return Ok(());
        }
        self.interaction.typed = typed;
        self.keep(app, app.clock.now()).await
    }

    /// Sets what has begun, and keeps it.
    pub async fn begin(&mut self, app: &App, pending: Pending, now: Timestamp) -> Result<(), NotKept> {
        self.interaction.pending = pending;
        self.keep(app, now).await
    }

    /// Switches the language of the pages, if nobody was faster with anything.
    pub async fn speak(&mut self, app: &App, tag: &str, now: Timestamp) -> Result<(), NotKept> {
        self.interaction.request.ui_locales = vec![tag.to_owned()];
        let id = self.interaction.id;
        let kept = app.transient.replace_interaction(id, &self.version, &self.interaction, now).await.map_err(Broken::from)?;
        self.version = kept.ok_or(NotKept::Overtaken)?;
        Ok(())
    }
}
