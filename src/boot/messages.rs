//! The channel of text messages, as the settings say.

use crate::boot::failure::Failure;
use crate::boot::private::refuse_open;
use crate::crypto::seal::MasterKey;
use crate::messaging::outbox::Outbox;
use crate::messaging::provider_file::provider;
use crate::messaging::providers::{Provider, Providers, RECEIPTS_WAITING};
use crate::messaging::{Mailbox, Sms};
use crate::random::Random;
use crate::records::delivery::message::Receipt;
use crate::settings::Sms as SmsSettings;
use crate::store::Store;
use crate::time::Clock;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::{Notify, mpsc};

/// What a mailbox is made of, besides its providers.
pub(crate) struct MailboxParts<'a> {
    /// Where messages wait.
    pub(crate) store: &'a Store,
    /// Under which they are sealed.
    pub(crate) master: &'a MasterKey,
    /// The time.
    pub(crate) clock: &'a Clock,
    /// Randomness.
    pub(crate) random: &'a Random,
}

/// Providers where the settings name their files, else the outbox file. `wake` wakes the delivery loop.
pub(crate) fn channel(settings: &SmsSettings, parts: &MailboxParts<'_>, wake: &Arc<Notify>) -> Result<Sms, Failure> {
    if settings.providers.is_empty() {
        refuse_open(&settings.outbox)?;
        return Ok(Sms::File(Outbox::new(&settings.outbox)));
    }
    let (sender, receipts) = mpsc::channel(RECEIPTS_WAITING);
    let list: Vec<Provider> = settings.providers.iter().map(|path| read(path, &sender)).collect::<Result<_, _>>()?;
    for (at, provider) in list.iter().enumerate() {
        if list[..at].iter().any(|other| other.name == provider.name) {
            let remedy = "give each provider a name of its own: receipts are matched by it";
            return Err(Failure::new(format!("two files of sms.providers have the name {}", provider.name), remedy));
        }
    }
    Ok(Sms::Providers(Box::new(Mailbox {
        providers: Providers::new(list, parts.clock.clone(), receipts),
        store: parts.store.clone(),
        seal: parts.master.derive("text message"),
        clock: parts.clock.clone(),
        random: parts.random.clone(),
        wake: Arc::clone(wake),
    })))
}

fn read(path: &Path, receipts: &mpsc::Sender<Receipt>) -> Result<Provider, Failure> {
    refuse_open(path)?;
    let failure = |problem: String| {
        Failure::new(format!("sms.providers: {}: {problem}", path.display()), "correct the file; docs/messages.md describes it")
    };
    let text = std::fs::read_to_string(path).map_err(|error| failure(format!("cannot be read: {error}")))?;
    provider(&text, receipts).map_err(failure)
}
