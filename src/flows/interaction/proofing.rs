//! Proofing: a citizen is checked against the civil registry. NIST SP 800-63A-4 §2: resolution, validation, verification.

use crate::app::App;
use crate::app::throttle::{Throttled, after_proofing, before_proofing};
use crate::app::unavailable::{Unavailable, unavailable_from};
use crate::flows::interaction::one_time_code;
use crate::flows::interaction::one_time_code::{CodeError, CodeTarget, SendError, SmsText};
use crate::flows::interaction::open::{NotKept, Open};
use crate::flows::proofing::claim::{Waiting, decided, waiting};
use crate::flows::proofing::letter::under_way;
use crate::flows::proofing::seeker::Seeker;
use crate::identity::assurance::EvidenceKind;
use crate::identity::birth_date::BirthDate;
use crate::identity::mobile::MobileNumber;
use crate::identity::national_id::NationalId;
use crate::identity::person::{Person, RegistryAnswer, Vital};
use crate::records::address::CountedAddress;
use crate::records::event::EventKind;
use crate::records::evidence::Proof;
use crate::records::evidence::applicant::Applicant;
use crate::records::interaction::{Pending, Proves, SentCode};
use crate::registry::answer::{RegistryError, SimAnswer};
use crate::store::StoreError;
use crate::time::Timestamp;

/// What the proofing form says, parsed.
pub(crate) struct Claimed {
    /// National ID.
    pub(crate) national_id: NationalId,
    /// Birth date.
    pub(crate) birth_date: BirthDate,
    /// Mobile number.
    pub(crate) mobile: MobileNumber,
    /// The address for which limits are counted.
    pub(crate) address: CountedAddress,
}

/// Why a person could not be verified.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProveError {
    /// The registry knows no such person, or another birth date: the page does not say which.
    #[error("national ID and birth date do not belong together")]
    Mismatch,
    /// Too young.
    #[error("under age")]
    UnderAge {
        /// The first day on which the person may make an account.
        adult_from: jiff::civil::Date,
    },
    /// The registry knows the person as deceased.
    #[error("deceased")]
    Deceased,
    /// The number is not registered to this person.
    #[error("the number is not registered to this person")]
    NumberNotTheirs,
    /// The registry does not answer.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// Too many tries.
    #[error(transparent)]
    Throttled(#[from] Throttled),
    /// The code could not be sent.
    #[error(transparent)]
    Send(#[from] SendError),
    /// The code was not accepted.
    #[error(transparent)]
    Code(#[from] CodeError),
    /// An account in the person's name exists; said only after they proved to be this person.
    #[error("the person has an account already")]
    HasAccount,
    /// No code was asked for.
    #[error("no code was asked for")]
    NothingAsked,
    /// Another request changed the interaction first, or it could not be stored.
    #[error(transparent)]
    NotKept(#[from] NotKept),
    /// A dependency failed.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

unavailable_from!(ProveError: StoreError);

impl ProveError {
    /// The reason in the event log, if the person was not verified. Limits and codes have events of their own.
    const fn reason(&self) -> Option<&'static str> {
        match self {
            Self::Mismatch => Some("mismatch"),
            Self::UnderAge { .. } => Some("under_age"),
            Self::Deceased => Some("deceased"),
            Self::NumberNotTheirs => Some("number_of_another"),
            Self::Registry(_) => Some("registry_down"),
            _ => None,
        }
    }
}

/// The registry confirms that the person is alive and adult and that the number is theirs; then a code is sent to the number.
pub(crate) async fn prove(app: &App, open: &mut Open, claimed: &Claimed, text: &SmsText) -> Result<(), ProveError> {
    let proved = ask_registry(app, open, claimed, text).await;
    if let Some(reason) = proved.as_ref().err().and_then(ProveError::reason) {
        note(app, open, EventKind::ProofingFailed, reason);
    }
    proved
}

/// Counts an event for the log. No person is named: what was typed proves nothing.
fn note(app: &App, open: &Open, kind: EventKind, reason: &'static str) {
    let event = app.event(kind, app.clock.now()).by_citizen(None).at_client(&open.client.id);
    app.note(event.from(open.origin).because(reason));
}

async fn ask_registry(app: &App, open: &mut Open, claimed: &Claimed, text: &SmsText) -> Result<(), ProveError> {
    let now = app.clock.now();
    before_proofing(app, &claimed.national_id, claimed.address, now).await?;
    let answer = app.registry.ask(&claimed.national_id, &claimed.birth_date, app.asking()).await;
    let said = match answer.as_ref().map(|answer| &answer.says) {
        Ok(RegistryAnswer::Match(_)) => "match",
        Ok(RegistryAnswer::Mismatch | RegistryAnswer::NotFound) => "no_match",
        Err(_) => "no_answer",
    };
    note(app, open, EventKind::RegistryAsked, said);
    let answer = answer?;
    let person = match answer.says {
        RegistryAnswer::Match(person) => *person,
        RegistryAnswer::Mismatch | RegistryAnswer::NotFound => return Err(ProveError::Mismatch),
    };
    must_be_alive_and_adult(app, &person, now)?;
    let sim = app.registry.owns_number(&claimed.national_id, &claimed.mobile, app.asking()).await?;
    let vouched = match sim.says {
        SimAnswer::Yes => Some(sim.provenance),
        SimAnswer::Unknown => None,
        SimAnswer::No => return Err(ProveError::NumberNotTheirs),
    };
    after_proofing(app, &claimed.national_id, claimed.address, now).await?;
    let mobile = claimed.mobile.clone();
    let proofs = vec![Proof::said(EvidenceKind::RegistryMatch, answer.provenance, now)];
    let applicant = Applicant { person, mobile: mobile.clone(), vouched, proofs, proofed_at: now, replaces: None };
    let target = CodeTarget { to: mobile, proves: Proves::Number(Box::new(applicant)) };
    one_time_code::send(app, open, target, text, now).await?;
    Ok(())
}

/// The code proves that the person has the phone. Only now does the page say that an account exists.
pub(crate) async fn confirm_number(app: &App, open: &mut Open, sent: &SentCode, answer: &str) -> Result<(), ProveError> {
    let now = app.clock.now();
    let Proves::Number(applicant) = &sent.proves else { return Err(ProveError::NothingAsked) };
    one_time_code::check(app, open, sent, answer).await?;
    let mut applicant = Applicant::clone(applicant);
    // Evidence only now: the SIM service says whose the number is, the code that this person has the telephone.
    if let Some(said) = applicant.vouched.clone() {
        applicant.proofs.push(Proof::said(EvidenceKind::OwnedNumber, said, now));
    }
    note(app, open, EventKind::ProofingPassed, applicant.assurance().name());
    let pending = decided(app, applicant, now).await?;
    let is_claim = match &pending {
        Pending::Claim(applicant) => !has_begun(app, &Seeker::Claimant(applicant.clone()), now).await?,
        _ => false,
    };
    open.begin(app, pending, now).await?;
    // A person who was here before and waits for a letter or for an account goes on where they were.
    if is_claim { Err(ProveError::HasAccount) } else { Ok(()) }
}

/// Whether this person has begun a way to more evidence, on whichever device.
async fn has_begun(app: &App, seeker: &Seeker, now: Timestamp) -> Result<bool, Unavailable> {
    let waits = matches!(waiting(app, seeker, now).await?, Waiting::Until(_) | Waiting::Objected);
    Ok(waits || under_way(app, seeker, now).await?.is_some())
}

fn must_be_alive_and_adult(app: &App, person: &Person, now: Timestamp) -> Result<(), ProveError> {
    if matches!(person.vital, Vital::Deceased(_)) {
        return Err(ProveError::Deceased);
    }
    let profile = app.settings.country_profile();
    if profile.is_adult(person.birth_date, now) {
        Ok(())
    } else {
        Err(ProveError::UnderAge { adult_from: profile.adult_from(person.birth_date) })
    }
}
