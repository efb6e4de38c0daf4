//! An interaction: one authorization request on its way through the pages, and what is still missing.
//!
//! It is kept under an unguessable id, bound to the browser by a cookie, so that tabs do not collide and a restarted server goes
//! on. The steps change it and return to the dispatcher ([`Interaction::missing`]); they never call each other.

use crate::client::metadata::Client;
use crate::client::scope::Scope;
use crate::client::words::ApplicationType;
use crate::identity::account::Account;
use crate::identity::assurance::{Acr, IdentityAssurance};
use crate::identity::id::{AccountId, InteractionId};
use crate::identity::mobile::MobileNumber;
use crate::identity::person::Person;
use crate::oidc::authorization::prompt::Prompt;
use crate::oidc::authorization::request::AuthorizationRequest;
use crate::oidc::claims::request::UserClaim;
use crate::records::consent::Consent;
use crate::records::cross_device::{Answering, Compared};
use crate::records::session::Session;
use crate::secret::TokenHash;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// How long a person may take from the authorization request to the redirect back.
pub const INTERACTION_LIFETIME: Duration = Duration::from_hours(1);

/// One authorization request on its way through the pages.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Interaction {
    /// Its id, part of the pages' URLs.
    pub id: InteractionId,
    /// Hash of the cookie that binds it to one browser.
    pub browser: TokenHash,
    /// Repeated by every form of this interaction.
    pub csrf: String,
    /// What the client asked for.
    pub request: AuthorizationRequest,
    /// When it began.
    pub began_at: Timestamp,
    /// When somebody authenticated within it; answers `prompt=login`.
    pub authenticated_at: Option<Timestamp>,
    /// Who gave consent within it; answers `prompt=consent` and allows authorization details.
    #[serde(default)]
    pub consented_by: Option<AccountId>,
    /// Whose stronger or fresher sign-in is asked for, where somebody was signed in (RFC 9470 §4).
    #[serde(default)]
    pub step_up_of: Option<AccountId>,
    /// What has begun and waits for the person.
    pub pending: Pending,
    /// The request of a device that it answers, in the place of a redirect.
    #[serde(default)]
    pub answering: Option<Box<Answering>>,
    /// What was typed so far.
    #[serde(default)]
    pub typed: Typed,
}

/// What somebody typed who is not signed in yet, as they typed it: nothing is asked twice (WCAG 2.2 §3.3.7), also where a form is shown again
/// in another language. Passwords and codes are not among it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Typed {
    /// National ID.
    pub national_id: String,
    /// Birth date.
    pub birth_date: String,
    /// Mobile number.
    pub mobile: String,
}

/// Personal data: `Debug` hides it.
impl std::fmt::Debug for Typed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[typed]")
    }
}

/// A step that has begun.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Pending {
    /// None.
    Nothing,
    /// A one-time code was sent.
    Code(SentCode),
    /// The password of this account was right, and no code could be sent: a recovery code is awaited.
    SecondFactor(AccountId),
    /// Proved to be this person; needs a passkey or a password.
    Authenticator(Box<Applicant>),
    /// New recovery codes, sealed, to be shown until the person says they kept them.
    RecoveryCodes(String),
    /// A recovery code was used; so many are left, to be told until the person goes on.
    RecoveryCodeUsed {
        /// How many.
        left: u32,
    },
}

/// A one-time code that was sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SentCode {
    /// The name under which the code is kept; new for each sending.
    pub key: String,
    /// Where it went.
    pub to: MobileNumber,
    /// When.
    pub sent_at: Timestamp,
    /// What the right answer proves.
    pub proves: Proves,
}

/// What the right one-time code proves.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Proves {
    /// The second factor after the password of this account.
    SecondFactor(AccountId),
    /// The number of somebody whom the registry confirmed.
    Number(Box<Applicant>),
}

/// Somebody whom the registry confirmed, and who has no account yet or one that was made by somebody known less well.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Applicant {
    /// The registry's record.
    pub person: Person,
    /// Their number.
    pub mobile: MobileNumber,
    /// How well it is known who they are.
    pub assurance: IdentityAssurance,
    /// When the registry confirmed it.
    pub proofed_at: Timestamp,
    /// The account in their name that becomes theirs.
    #[serde(default)]
    pub takes_over: Option<AccountId>,
}

/// What is still missing before the person can be sent back with a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// To have compared the code with the one on the device.
    Comparison,
    /// The answer to a one-time code, or a recovery code where none could be sent.
    Code,
    /// A first passkey or password.
    Authenticator,
    /// To have seen the recovery codes, or how many are left.
    RecoveryCodes,
    /// An authentication, or a fresher or stronger one.
    SignIn,
    /// The person who was to authenticate again: somebody else is here, whether by these pages or by others.
    SamePerson,
    /// The person authenticated here, but below what the client or this request accepts.
    Assurance,
    /// Consent.
    Consent,
    /// Nothing.
    Nothing,
}

/// A session with the account behind it and what it allowed the client, all checked to be live.
#[derive(Debug, Clone)]
pub struct Visit {
    /// The session.
    pub session: Arc<Session>,
    /// Its account.
    pub account: Arc<Account>,
    /// What it allowed this client.
    pub consent: Option<Arc<Consent>>,
}

impl Visit {
    /// The level of the session.
    pub fn acr(&self) -> Acr {
        Acr::of(self.account.assurance, &self.session.methods)
    }

    /// Whether everything was allowed: each scope, and each single claim by itself or with its scope.
    fn allowed(&self, request: &AuthorizationRequest) -> bool {
        let Some(consent) = &self.consent else { return false };
        let scope = |scope: &Scope| *scope == Scope::Openid || consent.scopes.contains(scope);
        let claim = |claim: UserClaim| consent.claims.contains(&claim) || consent.scopes.contains(&claim.scope());
        request.scopes.iter().all(scope) && request.claims.deliver.all().all(claim)
    }
}

/// Below this nobody is let in: the client's own least level, or that of an essential `acr` (OpenID Connect Core §5.5.1.1).
fn least_acr(request: &AuthorizationRequest, client: &Client) -> Acr {
    client.min_acr.max(request.claims.least_acr().unwrap_or(Acr::Low))
}

/// Whether no earlier consent answers a request. Authorization details are of that kind, identical ones too (RFC 9396 leaves it to us): who
/// allowed one payment did not allow the next, and a client could repeat it without a page. What is to last, a refresh token carries.
fn asks_each_time(request: &AuthorizationRequest, client: &Client) -> bool {
    request.prompt.has(Prompt::Consent) || request.details.is_some() || may_be_played(request, client)
}

/// Whether another application on the person's device could ask in the client's name and get the answer: the client cannot authenticate, and
/// nothing but the device decides who hears what is sent to a loopback address or a private-use scheme (RFC 6749 §10.2, RFC 8252 §8.6). An
/// operator who declares a client as `web` says that nobody but it listens there. What is decided elsewhere goes to no redirect URI.
pub fn may_be_played(request: &AuthorizationRequest, client: &Client) -> bool {
    let on_the_device = !request.redirect_uri.is_empty() && !request.redirect_uri.starts_with("https://");
    let of_anybody = client.application_type == ApplicationType::Native || client.self_registered.is_some();
    client.is_public() && on_the_device && of_anybody
}

/// Below this somebody is asked to authenticate again. Voluntary: the least of the wished levels is tried for, and reported honestly when
/// not reached (OpenID Connect Core §3.1.2.1).
fn wanted_acr(request: &AuthorizationRequest, client: &Client) -> Acr {
    least_acr(request, client).max(request.acr_values.iter().copied().min().unwrap_or(Acr::Low))
}

/// Whether a request asks the very person of a session for a stronger or fresher authentication, and not for a sign-in of whomever.
pub fn is_step_up(request: &AuthorizationRequest, client: &Client, visit: &Visit, now: Timestamp) -> bool {
    let whomever = request.prompt.has(Prompt::Login) || request.prompt.has(Prompt::SelectAccount);
    let too_old = request.needs_authentication(visit.session.auth_time, now);
    !whomever && (too_old || visit.acr() < wanted_acr(request, client))
}

/// What a request still misses when no page has been shown for it: the hot path asks only this.
pub fn missing_at_start(request: &AuthorizationRequest, client: &Client, visit: Option<&Visit>, now: Timestamp) -> Missing {
    let Some(visit) = visit else { return Missing::SignIn };
    let again = request.needs_authentication(visit.session.auth_time, now) || request.prompt.has(Prompt::SelectAccount);
    if again || visit.acr() < wanted_acr(request, client) {
        Missing::SignIn
    } else if asks_each_time(request, client) || !visit.allowed(request) {
        Missing::Consent
    } else {
        Missing::Nothing
    }
}

impl Interaction {
    /// The dispatcher: what comes next. Steps that have begun come first, then sign-in, then consent.
    pub fn missing(&self, client: &Client, visit: Option<&Visit>, now: Timestamp) -> Missing {
        // RFC 8628 §5.4: before they give anything, they hear that another device gets it.
        if self.answering.as_ref().is_some_and(|answering| answering.compared == Compared::NotYet) {
            return Missing::Comparison;
        }
        match self.pending {
            Pending::Code(_) | Pending::SecondFactor(_) => return Missing::Code,
            Pending::Authenticator(_) => return Missing::Authenticator,
            Pending::RecoveryCodes(_) | Pending::RecoveryCodeUsed { .. } => return Missing::RecoveryCodes,
            Pending::Nothing => {}
        }
        if visit.is_some_and(|visit| self.step_up_of.is_some_and(|meant| meant != visit.account.id)) {
            return Missing::SamePerson;
        }
        // What was done within this interaction answers `prompt`, `max_age` and `acr_values`, or nobody would ever get past them.
        let authenticated = visit.filter(|visit| self.was_answered_by(visit));
        match authenticated {
            None => match missing_at_start(&self.request, client, visit, now) {
                Missing::Consent | Missing::Nothing => self.missing_consent(client, visit),
                other => other,
            },
            Some(visit) if visit.acr() < least_acr(&self.request, client) => Missing::Assurance,
            Some(visit) => self.missing_consent(client, Some(visit)),
        }
    }

    /// Whether this visitor may go on with it: what an agency asks of one person, nobody else answers.
    pub fn is_for(&self, visit: &Visit) -> bool {
        self.answering.as_ref().is_none_or(|answering| answering.is_for(visit.account.id))
    }

    /// Whether this visitor authenticated within this interaction.
    pub fn was_answered_by(&self, visit: &Visit) -> bool {
        self.authenticated_at.is_some_and(|at| visit.session.auth_time >= at)
    }

    /// Whether nobody has authenticated here or is proofed: a code that is awaited may still be given up.
    pub const fn is_before_sign_in(&self) -> bool {
        self.authenticated_at.is_none() && matches!(self.pending, Pending::Nothing | Pending::Code(_) | Pending::SecondFactor(_))
    }

    fn missing_consent(&self, client: &Client, visit: Option<&Visit>) -> Missing {
        match visit {
            Some(visit) if self.was_allowed_by(client, visit) && visit.allowed(&self.request) => Missing::Nothing,
            _ => Missing::Consent,
        }
    }

    /// Where each request has to be asked about, whether this very visitor was, here.
    fn was_allowed_by(&self, client: &Client, visit: &Visit) -> bool {
        let each_time = self.answering.as_ref().is_some_and(|answering| answering.asks_each_time());
        !(each_time || asks_each_time(&self.request, client)) || self.consented_by == Some(visit.account.id)
    }
}
