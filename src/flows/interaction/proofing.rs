//! Proofing: a citizen is checked against the civil registry. NIST SP 800-63A-4 §2: resolution, validation, verification.

use crate::app::App;
use crate::app::throttle::{Throttled, after_proofing, before_proofing};
use crate::app::unavailable::{Unavailable, unavailable_from};
use crate::flows::interaction::one_time_code;
use crate::flows::interaction::one_time_code::{CodeError, CodeTarget, SendError, SmsText};
use crate::flows::interaction::open::{NotKept, Open};
use crate::identity::account::AccountStatus;
use crate::identity::assurance::IdentityAssurance;
use crate::identity::birth_date::BirthDate;
use crate::identity::mobile::MobileNumber;
use crate::identity::national_id::NationalId;
use crate::identity::person::{Person, RegistryAnswer, Vital};
use crate::records::address::CountedAddress;
use crate::records::interaction::{Applicant, Pending, Proves, SentCode};
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
    /// The person has an account already; said only after they proved to be this person.
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

/// The registry confirms that the person is alive and adult and that the number is theirs; then a code is sent to the number.
pub(crate) async fn prove(app: &App, open: &mut Open, claimed: &Claimed, text: &SmsText) -> Result<(), ProveError> {
    let now = app.clock.now();
    before_proofing(app, &claimed.national_id, claimed.address, now).await?;
    let person = match app.registry.ask(&claimed.national_id, &claimed.birth_date, app.asking()).await?.says {
        RegistryAnswer::Match(person) => *person,
        RegistryAnswer::Mismatch | RegistryAnswer::NotFound => return Err(ProveError::Mismatch),
    };
    must_be_alive_and_adult(app, &person, now)?;
    let assurance = match app.registry.owns_number(&claimed.national_id, &claimed.mobile, app.asking()).await?.says {
        SimAnswer::Yes => IdentityAssurance::Substantial,
        SimAnswer::Unknown => IdentityAssurance::Low,
        SimAnswer::No => return Err(ProveError::NumberNotTheirs),
    };
    after_proofing(app, &claimed.national_id, claimed.address, now).await?;
    let mobile = claimed.mobile.clone();
    let applicant = Applicant { person, mobile: mobile.clone(), assurance, proofed_at: now, takes_over: None };
    let target = CodeTarget { to: mobile, proves: Proves::Number(Box::new(applicant)) };
    one_time_code::send(app, open, target, text, now).await?;
    Ok(())
}

/// The code proves that the person has the phone. Only now does the page say that an account exists.
pub(crate) async fn confirm_number(app: &App, open: &mut Open, sent: &SentCode, answer: &str) -> Result<(), ProveError> {
    let now = app.clock.now();
    let Proves::Number(applicant) = &sent.proves else { return Err(ProveError::NothingAsked) };
    one_time_code::check(app, sent, answer, now).await?;
    let existing = app.store.account_by_national_id(&applicant.person.national_id).await?;
    let takes_over = match existing {
        None => None,
        // Made without proof that the number was its holder's: this person has a higher assurance.
        Some(account) if account.status == AccountStatus::Active && applicant.assurance > account.assurance => Some(account.id),
        Some(_) => {
            open.begin(app, Pending::Nothing, now).await?;
            return Err(ProveError::HasAccount);
        }
    };
    let applicant = Applicant { takes_over, ..Applicant::clone(applicant) };
    Ok(open.begin(app, Pending::Authenticator(Box::new(applicant)), now).await?)
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
