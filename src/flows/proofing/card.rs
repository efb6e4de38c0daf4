//! The serial of the national card: typed, compared with the registry's record of today. NIST SP 800-63A-4 §2.5.1 (verification).
//!
//! Wrong serials are counted until a right one, durably, and before the registry is asked (SP 800-63B-4 §3.2.2). Each account has a count
//! of its own, and strangers who claim an account have one together: they can use up neither the holder's tries nor guess without end.

use crate::app::App;
use crate::app::throttle::{Throttled, after_evidence, before_evidence};
use crate::app::unavailable::{Unavailable, unavailable_from};
use crate::flows::interaction::open::Open;
use crate::flows::proofing::evidence::accept;
use crate::flows::proofing::seeker::{NotProved, Seeker, note_wrong};
use crate::identity::assurance::EvidenceKind;
use crate::identity::card::CardSerial;
use crate::identity::person::RegistryAnswer;
use crate::records::address::CountedAddress;
use crate::records::evidence::Proof;
use crate::registry::answer::RegistryError;
use crate::secret::TokenHash;
use crate::store::StoreError;

/// Wrong serials in a row of one account's holder.
pub(crate) const HOLDERS_MISSES: u32 = 10;
/// Wrong serials in a row of all claimants of one person together.
pub(crate) const CLAIMANTS_MISSES: u32 = 30;

/// Why a serial was not accepted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CardError {
    /// Not the serial of this person's card.
    #[error("wrong serial")]
    Wrong,
    /// Too many wrong serials in a row: another way remains.
    #[error("too many wrong serials in a row")]
    Closed,
    /// Too many tries from this address.
    #[error(transparent)]
    Throttled(#[from] Throttled),
    /// The registry does not answer.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// It was right, and could not be written.
    #[error(transparent)]
    NotProved(#[from] NotProved),
    /// A dependency failed.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

unavailable_from!(CardError: StoreError);

/// Compares a serial, and adds the evidence.
pub(crate) async fn with_card(
    app: &App,
    open: &mut Open,
    seeker: Seeker,
    serial: &CardSerial,
    from: CountedAddress,
) -> Result<(), CardError> {
    let now = app.clock.now();
    before_evidence(app, from, now).await?;
    let (lane, most) = match &seeker {
        Seeker::Holder(_) => (seeker.lane("card"), HOLDERS_MISSES),
        Seeker::Claimant(applicant) => {
            let person = applicant.person.national_id.as_str();
            (TokenHash::of(&format!("card\0claimants\0{person}")), CLAIMANTS_MISSES)
        }
    };
    let mut tx = app.store.write().await?;
    let may_try = tx.count_miss(&lane, most, now).await?;
    tx.save().await?;
    if !may_try {
        return Err(CardError::Closed);
    }
    let person = seeker.person();
    let answer = match app.registry.ask(&person.national_id, &person.birth_date, app.asking()).await {
        Ok(answer) => answer,
        Err(error) => {
            // Nothing was learned about the serial: while the registry is down, trying again must not close this way.
            let mut tx = app.store.write().await?;
            tx.uncount_miss(&lane).await?;
            tx.save().await?;
            return Err(error.into());
        }
    };
    // Asked again: a card that was revoked since the person was confirmed is on record no more.
    let on_record = match answer.says {
        RegistryAnswer::Match(current) => current.card_serial,
        RegistryAnswer::Mismatch | RegistryAnswer::NotFound => None,
    };
    if !on_record.is_some_and(|on_record| serial.is(&on_record)) {
        note_wrong(app, open, &seeker, "card_serial");
        return Err(CardError::Wrong);
    }
    after_evidence(app, from, now).await?;
    let mut tx = app.store.write().await?;
    tx.forget_misses(&lane).await?;
    let proof = Proof::said(EvidenceKind::CardSerial, answer.provenance, now);
    Ok(accept(app, open, seeker, proof, tx).await?)
}
