//! Letters with codes: handed over as files to the process that prints and posts them. The row is written in the transaction that makes the
//! code; a background task of every instance writes the file (`run.rs`). Writing it again replaces it, so that a crash in between
//! prints no second letter.

use crate::app::App;
use crate::app::unavailable::Unavailable;
use crate::flows::delivery::outbox::{NewDelivery, Outcome, Patience, put};
use crate::identity::person::{Address, Person};
use crate::messaging::post;
use crate::records::delivery::{Delivery, DeliveryBody, DeliveryKind, Recipient};
use crate::secret::Secret;
use crate::store::Tx;
use crate::time::Timestamp;
use serde::Serialize;
use std::time::Duration;

/// Retries after 1 min, 8 min, 27 min …, for a week: the folder may be on a disk that is full.
pub(crate) const PATIENCE: Patience = Patience { pause: Duration::from_mins(1), gives_up_after: Duration::from_hours(7 * 24) };

/// What a letter says.
pub(crate) struct Text<'a> {
    /// To whom.
    pub(crate) person: &'a Person,
    /// The code.
    pub(crate) code: &'a Secret<String>,
    /// The tag of its language.
    pub(crate) language: &'a str,
    /// When the code stops working.
    pub(crate) expires_at: Timestamp,
}

/// One letter, as the file has it.
#[derive(Serialize)]
struct Letter<'a> {
    name: String,
    address: &'a Address,
    code: &'a str,
    language: &'a str,
    valid_until: String,
    site: &'a str,
}

/// Puts a letter into the outbox. It is on disk when the transaction is saved; then the loop may be woken.
pub(crate) async fn write_down(app: &App, tx: &mut Tx, text: &Text<'_>, now: Timestamp) -> Result<(), Unavailable> {
    let Text { person, code, language, expires_at } = *text;
    let letter = Letter {
        name: person.name.full(),
        address: &person.address,
        code: code.expose(),
        language,
        valid_until: app.settings.country_profile().today(expires_at).to_string(),
        site: app.settings.issuer(),
    };
    let plain = serde_json::to_vec(&letter).map_err(|error| Unavailable::Worker(error.to_string()))?;
    let sealed = app.seals.letter.seal(&app.random, &plain);
    // Every letter goes to the same process, which is its recipient: the address is in the sealed body alone.
    let recipient = Recipient::of_letters();
    put(app, tx, NewDelivery { kind: DeliveryKind::Letter, recipient, sealed, patience: PATIENCE }, now).await
}

/// One attempt.
pub(crate) async fn deliver(app: &App, delivery: &Delivery) -> Result<Outcome, Unavailable> {
    let plain = match &delivery.body {
        DeliveryBody::Sealed(sealed) => app.seals.letter.open(sealed),
        DeliveryBody::LogoutBeforeOutbox { .. } => None,
    };
    let Some(plain) = plain else {
        tracing::warn!(delivery = %delivery.id, "a letter cannot be opened under this master key; it is removed");
        metrics::counter!("panjereh_letters_total", "outcome" => "unreadable").increment(1);
        return Ok(Outcome::Final);
    };
    let (folder, name) = (app.settings.proofing.letter_folder.clone(), format!("{}.json", delivery.id));
    let written = tokio::task::spawn_blocking(move || post::write(&folder, &name, &Secret::new(plain))).await;
    let (outcome, counted) = match written.map_err(|error| Unavailable::Worker(error.to_string()))? {
        Ok(()) => (Outcome::Final, "delivered"),
        Err(problem) => {
            tracing::warn!(attempt = delivery.attempt, %problem, "a letter could not be written into proofing.letter_folder; this is retried");
            (Outcome::Later, "failed")
        }
    };
    metrics::counter!("panjereh_letters_total", "outcome" => counted).increment(1);
    Ok(outcome)
}
