//! An interaction that belongs to the browser that asks: opened, changed, stored.

use crate::app::App;
use crate::app::unavailable::{Unavailable, unavailable_from};
use crate::client::metadata::Client;
use crate::identity::id::InteractionId;
use crate::records::interaction::{Interaction, Pending, Typed};
use crate::records::origin::RequestOrigin;
use crate::records::outcome::{Outcome, StepForm, Told};
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
    /// The parts of that version that another form may change without overtaking this one.
    aside: Aside,
}

/// What a refused form and the wish for more time leave in an interaction.
#[derive(Clone)]
struct Aside {
    outcome: Option<Outcome>,
    typed: Typed,
    extended_until: Option<Timestamp>,
}

impl Aside {
    fn of(interaction: &Interaction) -> Self {
        let Interaction { outcome, typed, extended_until, .. } = interaction.clone();
        Self { outcome, typed, extended_until }
    }
}

/// How often a change is retried because the language was switched, or another form was refused, meanwhile.
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
    let aside = Aside::of(&interaction);
    Ok(Open { interaction, client, origin, version, aside })
}

impl Open {
    /// A form's token must be this interaction's: a page of another site cannot know it.
    pub(crate) fn check_csrf(&self, token: &str) -> Result<(), InteractionGone> {
        same_bytes(token.as_bytes(), self.interaction.csrf.as_bytes()).then_some(()).ok_or(InteractionGone::Forged)
    }

    /// Stores what a step changed, unless another request changed the interaction first. A switch of the language does not count:
    /// then the step is stored in the new language. Neither does the outcome of another form: a wrong code that is refused does
    /// not overtake the right one.
    pub async fn keep(&mut self, app: &App, now: Timestamp) -> Result<(), NotKept> {
        for _ in 0..AGAIN {
            let id = self.interaction.id;
            let kept = app.transient.replace_interaction(id, &self.version, &self.interaction, now).await?;
            if let Some(version) = kept {
                self.version = version;
                self.aside = Aside::of(&self.interaction);
                return Ok(());
            }
            let found: Option<(Interaction, Version)> = app.transient.interaction(id, now).await?;
            let (current, version) = found.ok_or(NotKept::Overtaken)?;
            let mut as_read = current.clone();
            as_read.request.ui_locales.clone_from(&self.interaction.request.ui_locales);
            as_read.outcome.clone_from(&self.aside.outcome);
            as_read.typed.clone_from(&self.aside.typed);
            as_read.extended_until = self.aside.extended_until;
            if !self.version.is_of(&as_read) {
                return Err(NotKept::Overtaken);
            }
            self.aside = Aside::of(&current);
            self.interaction.extended_until = self.interaction.extended_until.max(current.extended_until);
            (self.interaction.request.ui_locales, self.version) = (current.request.ui_locales, version);
        }
        Err(NotKept::Overtaken)
    }

    /// Stores what a form led to, and what was typed into it. Wins over the outcome of an earlier form.
    pub(crate) async fn tell(&mut self, app: &App, form: StepForm, told: Told) -> Result<(), NotKept> {
        let now = app.clock.now();
        self.interaction.outcome = Some(Outcome { form, told, at: now });
        self.keep(app, now).await
    }

    /// Gives the person more time (WCAG 2.2 §2.2.1). A request of another device ends when the device says so, whatever happens here.
    pub(crate) async fn extend(&mut self, app: &App) -> Result<(), NotKept> {
        let now = app.clock.now();
        let until = self.interaction.could_end_at(now);
        // The longer life first: an end that the page shows and that does not hold would be worse than one that is not shown.
        app.transient.prolong_interaction(self.interaction.id, until, now).await?;
        self.interaction.extended_until = Some(until);
        self.keep(app, now).await
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
