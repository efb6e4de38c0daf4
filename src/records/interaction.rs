//! An interaction: one authorization request while the person goes through the pages, and the steps that are still missing.
//!
//! It is stored under an unguessable id and bound to the browser by a cookie, so that two tabs do not conflict and a restart of
//! the server does no harm. The steps change it and return to the dispatcher ([`Interaction::missing`]); they never call each
//! other.

use crate::client::metadata::Client;
use crate::client::scope::Scope;
use crate::client::words::{ApplicationType, ClientId};
use crate::identity::account::Account;
use crate::identity::assurance::{Acr, IdentityAssurance};
use crate::identity::id::{AccountId, DeliveryId, InteractionId};
use crate::identity::mobile::MobileNumber;
use crate::oidc::authorization::prompt::Prompt;
use crate::oidc::authorization::request::AuthorizationRequest;
use crate::oidc::claims::request::UserClaim;
use crate::records::consent::Consent;
use crate::records::cross_device::{Answering, Compared};
use crate::records::evidence::applicant::Applicant;
use crate::records::evidence::release::releases;
use crate::records::outcome::Outcome;
use crate::records::session::Session;
use crate::secret::TokenHash;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// The time from the authorization request to the redirect back, unless the person asks for more.
pub(crate) const INTERACTION_LIFETIME: Duration = Duration::from_hours(1);
/// The longest time with all that the person asked for: at least ten times as much again (WCAG 2.2 §2.2.1).
pub(crate) const LONGEST_INTERACTION: Duration = Duration::from_hours(11);

/// One authorization request while the person goes through the pages.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Interaction {
    /// Its id, part of the pages' URLs.
    pub(crate) id: InteractionId,
    /// Hash of the cookie that binds it to one browser.
    pub(crate) browser: TokenHash,
    /// The token against cross-site request forgery that every form of this interaction sends.
    pub(crate) csrf: String,
    /// What the client requested.
    pub(crate) request: AuthorizationRequest,
    /// When it began.
    pub(crate) began_at: Timestamp,
    /// When a person authenticated in this interaction. This fulfils `prompt=login`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) authenticated_at: Option<Timestamp>,
    /// The account that gave consent in this interaction. This fulfils `prompt=consent` and allows authorization details.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) consented_by: Option<AccountId>,
    /// Until when an answer on the consent page is being carried out. Another answer of this interaction waits for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) answered_until: Option<Timestamp>,
    /// The account that must authenticate again, stronger or more recently, if one was signed in at the start (RFC 9470 §4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) step_up_of: Option<AccountId>,
    /// The account that was made in this interaction: its consent is the last of the steps that the pages count.
    #[serde(default)]
    pub(crate) newcomer: Option<AccountId>,
    /// The step that has begun and waits for the person.
    pub(crate) pending: Pending,
    /// The cross-device request that this interaction decides, instead of a redirect to the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) answering: Option<Box<Answering>>,
    /// What the person has typed so far.
    #[serde(default)]
    pub(crate) typed: Typed,
    /// Until when the person asked for more time.
    #[serde(default)]
    pub(crate) extended_until: Option<Timestamp>,
    /// What the last form led to, if it did not lead on.
    #[serde(default)]
    pub(crate) outcome: Option<Outcome>,
}

/// What is kept of an interaction that ended with a sign-in: a browser that comes back to it by its Back button is told where to go
/// on. It holds nothing personal.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Arrival {
    /// Hash of the cookie that bound the interaction to the browser.
    pub(crate) browser: TokenHash,
    /// The client that received the response.
    pub(crate) client: ClientId,
}

/// What a person typed before sign-in, unchanged, so that no page asks for it twice (WCAG 2.2 §3.3.7), even if a form is shown
/// again in another language. Passwords and codes are not part of it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Typed {
    /// National ID.
    pub(crate) national_id: String,
    /// Birth date.
    pub(crate) birth_date: String,
    /// Mobile number.
    pub(crate) mobile: String,
}

/// Personal data: `Debug` hides it.
impl std::fmt::Debug for Typed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[typed]")
    }
}

/// A step that has begun.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Pending {
    /// No step has begun.
    Nothing,
    /// A one-time code was sent.
    Code(SentCode),
    /// The password of this account was right, but no one-time code could be sent: the person must type a recovery code.
    SecondFactor(AccountId),
    /// The person's identity is verified. They need a first passkey or password.
    Authenticator(Box<Applicant>),
    /// An account in the person's name exists, and what they have shown so far does not decide that it is not theirs.
    Claim(Box<Applicant>),
    /// New recovery codes, sealed. The page shows them until the person confirms that they have saved them.
    RecoveryCodes(String),
    /// A recovery code was used. The page shows how many are left until the person goes on.
    RecoveryCodeUsed {
        /// How many.
        left: u32,
    },
}

/// A one-time code that was sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SentCode {
    /// The key under which the code is stored. Each message has a new one.
    pub(crate) key: String,
    /// The number to which it was sent.
    pub(crate) to: MobileNumber,
    /// When it was sent.
    pub(crate) sent_at: Timestamp,
    /// What the right code proves.
    pub(crate) proves: Proves,
    /// The message in which it was sent.
    #[serde(default)]
    pub(crate) message: Option<DeliveryId>,
}

/// What the right one-time code proves.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Proves {
    /// It is the second factor after the password of this account.
    SecondFactor(AccountId),
    /// It proves that the applicant, confirmed by the registry, has this number.
    Number(Box<Applicant>),
}

/// What is still missing before the person can be sent back to the client with a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    /// The person has to compare the code on the page with the one on the device.
    Comparison,
    /// A one-time code, or a recovery code if no one-time code could be sent.
    Code,
    /// A first passkey or password.
    Authenticator,
    /// The person has to see the recovery codes, or how many are left.
    RecoveryCodes,
    /// An authentication, or a stronger or more recent one.
    SignIn,
    /// The person who must authenticate again: now another account is signed in, by these pages or by others.
    SamePerson,
    /// More evidence about who the person is: their identity is below the accepted level, or an account in their name exists already.
    Evidence,
    /// A higher level: the person authenticated here, but below the level that the client or the request accepts.
    Assurance,
    /// Consent.
    Consent,
    /// Nothing.
    Nothing,
}

/// A valid session with its account and the account's consent for the client.
#[derive(Debug, Clone)]
pub(crate) struct Visit {
    /// The session.
    pub(crate) session: Arc<Session>,
    /// Its account.
    pub(crate) account: Arc<Account>,
    /// The account's consent for this client.
    pub(crate) consent: Option<Arc<Consent>>,
}

impl Visit {
    /// The level of the session.
    pub(crate) fn acr(&self) -> Acr {
        Acr::of(self.account.assurance, &self.session.methods)
    }

    /// Whether the consent covers what would be granted: each scope, and each claim by itself or by its scope, for the client as it is
    /// now.
    fn allowed(&self, request: &AuthorizationRequest, client: &Client) -> bool {
        let Some(consent) = self.consent.as_ref().filter(|consent| consent.is_for(client)) else { return false };
        let level = self.account.assurance;
        let withheld = |scope: &Scope| scope.is_of_registry() && !level.releases_registry_data();
        let scope = |scope: &Scope| *scope == Scope::Openid || consent.scopes.contains(scope) || withheld(scope);
        let claim = |claim: UserClaim| {
            consent.claims.contains(&claim) || consent.scopes.contains(&claim.scope()) || !releases(level, claim)
        };
        request.scopes.iter().all(scope) && request.claims.deliver.all().all(claim)
    }
}

/// The lowest accepted level: the client's own, or that of an essential `acr` claim (OpenID Connect Core §5.5.1.1) if it is
/// higher.
fn least_acr(request: &AuthorizationRequest, client: &Client) -> Acr {
    client.min_acr.max(request.claims.least_acr().unwrap_or(Acr::Low))
}

/// What a sign-in below the accepted level lacks: evidence, if the pages can obtain enough of it. The highest level needs an officer.
fn lacking(visit: &Visit, least: Acr) -> Missing {
    let (level, reachable) = (visit.account.assurance, IdentityAssurance::Substantial);
    let enough = Acr::of(reachable, &visit.session.methods) >= least;
    if level < reachable && enough { Missing::Evidence } else { Missing::Assurance }
}

/// Whether a request needs new consent, whatever was allowed before. A request with authorization details does, even if the
/// details are the same as before (RFC 9396 leaves this to the server): consent to one payment is not consent to the next, and
/// otherwise a client could repeat the payment without a page. A client that needs lasting access uses a refresh token.
fn asks_each_time(request: &AuthorizationRequest, client: &Client) -> bool {
    request.prompt.has(Prompt::Consent) || request.details.is_some() || client_can_be_impersonated(request, client)
}

/// Whether another application on the person's device can impersonate the client (RFC 6749 §10.2, RFC 8252 §8.6). The client
/// cannot authenticate, and any application on the device can listen on a loopback address or register a private-use scheme, and
/// so get the response. If the operator declares a client as `web`, they state that no other application receives its responses.
/// A cross-device request has no redirect URI, so it cannot be intercepted this way.
pub(crate) fn client_can_be_impersonated(request: &AuthorizationRequest, client: &Client) -> bool {
    let on_the_device = !request.redirect_uri.is_empty() && !request.redirect_uri.starts_with("https://");
    let of_anybody = client.application_type == ApplicationType::Native || client.self_registered.is_some();
    client.is_public() && on_the_device && of_anybody
}

/// Below this level the person is asked to authenticate again. `acr_values` is a voluntary request (OpenID Connect Core
/// §3.1.2.1): the pages try to reach its lowest level, and the token has the level that was reached.
fn wanted_acr(request: &AuthorizationRequest, client: &Client) -> Acr {
    least_acr(request, client).max(request.acr_values.iter().copied().min().unwrap_or(Acr::Low))
}

/// Whether a request asks the signed-in person for a stronger or more recent authentication, and not for a sign-in of any
/// account.
pub(crate) fn is_step_up(request: &AuthorizationRequest, client: &Client, visit: &Visit, now: Timestamp) -> bool {
    let whomever = request.prompt.has(Prompt::Login) || request.prompt.has(Prompt::SelectAccount);
    let too_old = request.needs_authentication(visit.session.auth_time, now);
    !whomever && (too_old || visit.acr() < wanted_acr(request, client))
}

/// What a request still misses before a page was shown for it. Single sign-on needs only this check.
pub(crate) fn missing_at_start(
    request: &AuthorizationRequest,
    client: &Client,
    visit: Option<&Visit>,
    now: Timestamp,
) -> Missing {
    let Some(visit) = visit else { return Missing::SignIn };
    let again = request.needs_authentication(visit.session.auth_time, now) || request.prompt.has(Prompt::SelectAccount);
    if again || visit.acr() < wanted_acr(request, client) {
        Missing::SignIn
    } else if asks_each_time(request, client) || !visit.allowed(request, client) {
        Missing::Consent
    } else {
        Missing::Nothing
    }
}

impl Interaction {
    /// The dispatcher: the next step. Steps that have begun come first, then sign-in, then consent.
    pub(crate) fn missing(&self, client: &Client, visit: Option<&Visit>, now: Timestamp) -> Missing {
        // RFC 8628 §5.4: the person must learn that another device gets access, before they sign in or consent.
        if self.answering.as_ref().is_some_and(|answering| answering.compared == Compared::NotYet) {
            return Missing::Comparison;
        }
        match self.pending {
            Pending::Code(_) | Pending::SecondFactor(_) => return Missing::Code,
            Pending::Authenticator(_) => return Missing::Authenticator,
            Pending::Claim(_) => return Missing::Evidence,
            Pending::RecoveryCodes(_) | Pending::RecoveryCodeUsed { .. } => return Missing::RecoveryCodes,
            Pending::Nothing => {}
        }
        if visit.is_some_and(|visit| self.step_up_of.is_some_and(|meant| meant != visit.account.id)) {
            return Missing::SamePerson;
        }
        // An authentication in this interaction fulfils `prompt`, `max_age` and `acr_values`. Without this rule the pages would
        // ask again and again.
        let authenticated = visit.filter(|visit| self.was_answered_by(visit));
        match authenticated {
            None => match missing_at_start(&self.request, client, visit, now) {
                Missing::Consent | Missing::Nothing => self.missing_consent(client, visit),
                other => other,
            },
            Some(visit) if visit.acr() < least_acr(&self.request, client) => lacking(visit, least_acr(&self.request, client)),
            Some(visit) => self.missing_consent(client, Some(visit)),
        }
    }

    /// When it ends.
    pub(crate) fn ends_at(&self) -> Timestamp {
        self.extended_until.unwrap_or_else(|| self.began_at.plus(INTERACTION_LIFETIME))
    }

    /// When it ends if the person asks for more time now.
    pub(crate) fn could_end_at(&self, now: Timestamp) -> Timestamp {
        let more = now.plus(INTERACTION_LIFETIME).min(self.began_at.plus(LONGEST_INTERACTION));
        more.max(self.ends_at())
    }

    /// Whether this visit's account may go on: only the account that a CIBA request names may decide it.
    pub(crate) fn is_for(&self, visit: &Visit) -> bool {
        self.answering.as_ref().is_none_or(|answering| answering.is_for(visit.account.id))
    }

    /// Whether this visit's account authenticated in this interaction.
    pub(crate) fn was_answered_by(&self, visit: &Visit) -> bool {
        self.authenticated_at.is_some_and(|at| visit.session.auth_time >= at)
    }

    /// Whether no person has authenticated here and no new account has begun. A pending one-time code can still be abandoned.
    pub(crate) const fn is_before_sign_in(&self) -> bool {
        self.authenticated_at.is_none()
            && matches!(self.pending, Pending::Nothing | Pending::Code(_) | Pending::SecondFactor(_) | Pending::Claim(_))
    }

    fn missing_consent(&self, client: &Client, visit: Option<&Visit>) -> Missing {
        match visit {
            Some(visit) if self.was_allowed_by(client, visit) && visit.allowed(&self.request, client) => Missing::Nothing,
            _ => Missing::Consent,
        }
    }

    /// Whether the request needs no new consent, or this visit's account gave it in this interaction.
    fn was_allowed_by(&self, client: &Client, visit: &Visit) -> bool {
        let each_time = self.answering.as_ref().is_some_and(|answering| answering.asks_each_time());
        !(each_time || asks_each_time(&self.request, client)) || self.consented_by == Some(visit.account.id)
    }
}
