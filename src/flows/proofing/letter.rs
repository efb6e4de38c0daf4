//! A code by post to the address of record (NIST SP 800-63A-4 §3.8): ten letters and digits, works for weeks, once.
//!
//! A letter is the person's, not the seeker's who asked for it: the code shows who reads the letters at the address. So a stranger who asks for
//! a letter in a person's name keeps no letter from that person, and causes at most one a week.

use crate::app::App;
use crate::app::throttle::{Throttled, after_evidence, before_evidence, before_letter};
use crate::app::unavailable::{Unavailable, unavailable_from};
use crate::flows::delivery::letter;
use crate::flows::interaction::open::Open;
use crate::flows::proofing::evidence::accept;
use crate::flows::proofing::seeker::{NotProved, Seeker, note_wrong};
use crate::identity::assurance::EvidenceKind;
use crate::identity::typed_code::plain_letter_code;
use crate::records::address::CountedAddress;
use crate::records::delivery::DeliveryKind;
use crate::records::event::EventKind;
use crate::records::evidence::{Proof, SentLetter};
use crate::secret::{Secret, same_bytes};
use crate::store::StoreError;
use crate::time::Timestamp;
use std::time::Duration;

/// At most one letter to a person in each of these periods.
const PERIOD: Duration = Duration::from_hours(7 * 24);
/// Wrong codes in a row of one seeker (SP 800-63B-4 §3.2.2). Of 2^50 codes, nobody finds one in as many tries.
pub(crate) const MISSES: u32 = 50;

/// Letters and digits of a code.
const LENGTH: usize = 10;

/// Why a letter was not sent, or its code not accepted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LetterError {
    /// This installation sends no letters.
    #[error("no letters are sent")]
    NotOffered,
    /// Not the code of a letter to this person.
    #[error("wrong code")]
    Wrong,
    /// Too many wrong codes in a row.
    #[error("too many wrong codes in a row")]
    Closed,
    /// Too many letters or codes.
    #[error(transparent)]
    Throttled(#[from] Throttled),
    /// It was right, and could not be written.
    #[error(transparent)]
    NotProved(#[from] NotProved),
    /// A dependency failed.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

unavailable_from!(LetterError: StoreError);

/// The newest letter to this person whose code works.
pub(crate) async fn under_way(app: &App, seeker: &Seeker, now: Timestamp) -> Result<Option<SentLetter>, Unavailable> {
    Ok(app.store.letters_to(&seeker.person().national_id, now).await?.into_iter().next())
}

/// Whether a letter can be sent although this one is the newest.
pub(crate) fn may_send(newest: Option<&SentLetter>, now: Timestamp) -> bool {
    newest.is_none_or(|letter| letter.period < period(now))
}

/// Sends a letter, unless one was sent in this period. `language` is that of the pages.
pub(crate) async fn send(app: &App, open: &Open, seeker: &Seeker, asked: Asked<'_>) -> Result<(), LetterError> {
    let now = app.clock.now();
    if app.settings.proofing.letter_folder.as_os_str().is_empty() {
        return Err(LetterError::NotOffered);
    }
    // One under way costs nothing more, and does not use up what there is for everybody.
    if !may_send(under_way(app, seeker, now).await?.as_ref(), now) {
        return Ok(());
    }
    before_letter(app, asked.from, now).await?;
    let person = seeker.person();
    let code = code(app);
    let sealed_code = app.seals.letter.seal(&app.random, plain_letter_code(code.expose()).as_bytes());
    let expires_at = now.plus(app.settings.proofing.letter_lifetime);
    let sent = SentLetter { period: period(now), sealed_code, sent_at: now, expires_at };
    let mut tx = app.store.write().await?;
    if !tx.insert_letter(&person.national_id, &sent).await? {
        // One is under way: its code is the one to enter.
        return Ok(());
    }
    let text = letter::Text { person, code: &code, language: asked.language, expires_at };
    letter::write_down(app, &mut tx, &text, now).await?;
    let account = match seeker {
        Seeker::Holder(account) => Some(account.id),
        Seeker::Claimant(_) => None,
    };
    let event = app.event(EventKind::LetterSent, now).by_citizen(account).about(account);
    tx.append_event(&event.at_client(&open.client.id).from(open.origin)).await?;
    tx.save().await?;
    app.wake.of(DeliveryKind::Letter).notify_one();
    Ok(())
}

/// Who asks for a letter.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// The tag of the language of the pages.
    pub(crate) language: &'a str,
    /// The address.
    pub(crate) from: CountedAddress,
}

/// Compares a code, and adds the evidence in the transaction that uses it up.
pub(crate) async fn with_code(
    app: &App,
    open: &mut Open,
    seeker: Seeker,
    typed: &str,
    from: CountedAddress,
) -> Result<(), LetterError> {
    let now = app.clock.now();
    before_evidence(app, from, now).await?;
    let lane = seeker.lane("letter");
    let mut tx = app.store.write().await?;
    let may_try = tx.count_miss(&lane, MISSES, now).await?;
    tx.save().await?;
    if !may_try {
        return Err(LetterError::Closed);
    }
    let person = seeker.person().national_id.clone();
    let typed = Secret::new(plain_letter_code(typed));
    let letters = app.store.letters_to(&person, now).await?;
    let fits = |letter: &&SentLetter| {
        let code = app.seals.letter.open(&letter.sealed_code).map(Secret::new);
        code.is_some_and(|code| code.expose().len() == LENGTH && same_bytes(code.expose(), typed.expose().as_bytes()))
    };
    let Some(letter) = letters.iter().find(fits) else {
        note_wrong(app, open, &seeker, "letter_code");
        return Err(LetterError::Wrong);
    };
    let mut tx = app.store.write().await?;
    if !tx.take_letter(&person, letter.period).await? {
        return Err(LetterError::Wrong);
    }
    tx.forget_misses(&lane).await?;
    let proof = Proof::own(EvidenceKind::LetterCode, "letter to the address of record", now);
    accept(app, open, seeker, proof, tx).await?;
    Ok(after_evidence(app, from, now).await?)
}

fn period(now: Timestamp) -> i64 {
    let length = i64::try_from(PERIOD.as_millis()).unwrap_or(i64::MAX);
    now.millis().div_euclid(length)
}

/// Ten characters out of 32: 50 bits, in two groups (NIST SP 800-63A-4 §3.8 requires 20 bits or six digits).
fn code(app: &App) -> Secret<String> {
    const LETTERS: &[u8; 32] = b"23456789abcdefghjkmnpqrstuvwxyz0";
    let letters: String = app
        .random
        .bytes::<LENGTH>()
        .iter()
        .map(|byte| char::from(LETTERS[usize::from(byte % 32)]).to_ascii_uppercase())
        .collect();
    let (first, second) = letters.split_at(5);
    Secret::new(format!("{first}-{second}"))
}
