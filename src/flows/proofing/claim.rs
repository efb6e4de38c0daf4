//! An account exists in the name of a person whom the registry confirms: whose is it?
//!
//! Stronger evidence decides at once. With equal evidence the claimant waits, both numbers are told, and a sign-in of the holder in that
//! time leaves the decision to stronger evidence or to the desk: never to the one who came first, or asked last (SP 800-63B-4 §4.2).

use crate::app::App;
use crate::app::unavailable::Unavailable;
use crate::flows::interaction::open::Open;
use crate::flows::interaction::sign_in::notify;
use crate::flows::proofing::seeker::{NotProved, Seeker};
use crate::identity::account::{Account, AccountStatus};
use crate::records::event::EventKind;
use crate::records::evidence::Claim;
use crate::records::evidence::applicant::{Applicant, Replaced};
use crate::records::interaction::Pending;
use crate::store::NewClaim;
use crate::time::Timestamp;
use std::time::Duration;

/// How long a claimant can use a claim whose waiting time is over.
const USABLE_FOR: Duration = Duration::from_hours(30 * 24);

/// The next step of a person with this evidence: an authenticator, or more evidence.
pub(crate) async fn decided(app: &App, mut applicant: Applicant, now: Timestamp) -> Result<Pending, Unavailable> {
    let Some(account) = existing(app, &applicant).await? else {
        applicant.replaces = None;
        return Ok(Pending::Authenticator(Box::new(applicant)));
    };
    let is_theirs = account.status == AccountStatus::Active
        && (applicant.assurance() > account.assurance
            || (applicant.assurance() == account.assurance
                && claim(app, &applicant, &account, now).await?.is_some_and(|claim| claim.is_mature(now))));
    applicant.replaces = is_theirs.then_some(Replaced { account: account.id, at_most: account.assurance });
    let applicant = Box::new(applicant);
    Ok(if is_theirs { Pending::Authenticator(applicant) } else { Pending::Claim(applicant) })
}

async fn existing(app: &App, applicant: &Applicant) -> Result<Option<Account>, Unavailable> {
    Ok(app.store.account_by_national_id(&applicant.person.national_id).await?)
}

async fn claim(app: &App, applicant: &Applicant, account: &Account, now: Timestamp) -> Result<Option<Claim>, Unavailable> {
    Ok(app.store.claim_to(account.id, &applicant.claimant(), now).await?)
}

/// What waiting can do for a claimant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Waiting {
    /// The account rests on more evidence, or is closed: waiting decides nothing.
    Useless,
    /// It can begin.
    Possible,
    /// It has begun.
    Until(Timestamp),
    /// The holder of the account signed in since.
    Objected,
}

/// What waiting can do for this person.
pub(crate) async fn waiting(app: &App, seeker: &Seeker, now: Timestamp) -> Result<Waiting, Unavailable> {
    let Seeker::Claimant(applicant) = seeker else { return Ok(Waiting::Useless) };
    let Some(account) = existing(app, applicant).await? else { return Ok(Waiting::Useless) };
    let begun = claim(app, applicant, &account, now).await?;
    Ok(match begun {
        _ if account.status != AccountStatus::Active || applicant.assurance() < account.assurance => Waiting::Useless,
        Some(Claim { objected_at: Some(_), .. }) => Waiting::Objected,
        Some(claim) => Waiting::Until(claim.matures_at),
        None => Waiting::Possible,
    })
}

/// The text messages about a claim: to the number of the account, and to the claimant's.
pub(crate) struct Notices<'a> {
    /// To the holder of the account.
    pub(crate) holder: &'a str,
    /// To the claimant.
    pub(crate) claimant: &'a str,
}

/// The claimant waits. Both numbers are told. A second press changes nothing.
pub(crate) async fn wait(app: &App, open: &Open, seeker: &Seeker, notices: Notices<'_>, now: Timestamp) -> Result<(), NotProved> {
    let Seeker::Claimant(applicant) = seeker else { return Err(NotProved::NothingAsked) };
    if waiting(app, seeker, now).await? != Waiting::Possible {
        return Ok(());
    }
    let Some(account) = existing(app, applicant).await? else { return Err(NotProved::Closed) };
    let matures_at = now.plus(app.settings.proofing.takeover_wait);
    let claimant = applicant.claimant();
    let new = NewClaim { account: account.id, claimant: &claimant, now, matures_at, expires_at: matures_at.plus(USABLE_FOR) };
    let mut tx = app.store.write().await?;
    if !tx.begin_claim(&new).await? {
        return Ok(());
    }
    let event = app.event(EventKind::AccountClaimed, now).by_citizen(None).about(account.id);
    tx.append_event(&event.at_client(&open.client.id).from(open.origin)).await?;
    tx.save().await?;
    notify(app, &account.mobile, notices.holder, now).await;
    notify(app, &applicant.mobile, notices.claimant, now).await;
    Ok(())
}
