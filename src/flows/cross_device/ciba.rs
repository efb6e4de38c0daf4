//! The backchannel authentication endpoint: an agency asks for a citizen who is not in front of a browser of the agency.
//! OpenID Connect CIBA Core §7.
//!
//! An authenticated agency learns whether a person has an account, because a clerk must be able to say "you need an account
//! first". Every request is counted, per client and per client and person, so that a client cannot list the accounts or send a
//! person messages all day.

use crate::app::App;
use crate::app::client_keys::with_keys;
use crate::app::throttle::{
    Kept, Payer, Throttled, after_unknown_person, before_asking, before_asking_person, before_mark, budget,
};
use crate::app::unavailable::{Unavailable, unavailable, unavailable_from};
use crate::client::grant_type::GrantType;
use crate::client::metadata::Client;
use crate::clients::authenticate_client::AuthenticatedClient;
use crate::crypto::jose::ciba_request::{CibaExpectation, verify_ciba_request};
use crate::crypto::jose::verify::key_named_by;
use crate::flows::authorization::hint::hint_claims;
use crate::flows::cross_device::decide::REMEMBERED;
use crate::flows::token::issue::subject;
use crate::identity::account::{Account, AccountStatus};
use crate::identity::id::{AccountId, ApprovalId};
use crate::messaging::message::{Notification, SmsError};
use crate::oidc::authorization::request_object::params_of;
use crate::oidc::cross_device::ciba::{CibaRequest, CibaResponse, Hint, unknown_user};
use crate::oidc::cross_device::device::UserCode;
use crate::oidc::error::{OAuthError, OAuthErrorCode};
use crate::oidc::params::Params;
use crate::records::cross_device::Notice;
use crate::records::cross_device::{CibaAsk, CrossDeviceRequest, CrossDeviceWay, approval_code_hash};
use crate::records::delivery::message::Purpose;
use crate::records::event::{Event, EventKind};
use crate::records::origin::RequestOrigin;
use crate::secret::{Secret, TokenHash};
use crate::store::StoreError;
use crate::time::Timestamp;
use crate::transient::{Paid, TransientError};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// The shortest and the longest lifetime that a client may ask for (§7.1 `requested_expiry`).
const LIFE: (Duration, Duration) = (Duration::from_secs(10), Duration::from_mins(30));
/// Parameters that must be in a signed request, and not beside it (§7.1.1).
const IN_THE_OBJECT: [&str; 11] = [
    "scope",
    "client_notification_token",
    "acr_values",
    "login_hint_token",
    "id_token_hint",
    "login_hint",
    "binding_message",
    "user_code",
    "requested_expiry",
    "resource",
    "authorization_details",
];

/// How many codes for the message are drawn until one is free.
const DRAWN: usize = 8;

/// The text of the message to the person; `{code}` stands for the code that leads to the request.
pub(crate) struct ApprovalText(pub(crate) String);

/// Accepts a client's request and sends the person a message.
pub(crate) async fn ask_person(
    app: &App,
    client: &AuthenticatedClient,
    form: &Params,
    text: &ApprovalText,
) -> Result<CibaResponse, AskRefused> {
    let now = app.clock.now();
    let registered = client.client();
    if registered.is_public() || !registered.may_use(GrantType::Ciba) {
        return Err(AskRefused::NotAllowed);
    }
    let params = match form.get("request") {
        Some(jwt) => signed(app, registered, form, jwt, now).await?,
        None if registered.must_sign_ciba() => return Err(AskRefused::Unsigned),
        None => form.clone(),
    };
    let request = CibaRequest::parse(&params, registered).map_err(AskRefused::Request)?;
    before_asking(app, &registered.id, now).await?;
    let Some(account) = whom(app, registered, &request.hint, now).await? else {
        after_unknown_person(app, &registered.id, now).await?;
        return Err(AskRefused::UnknownPerson);
    };
    before_asking_person(app, &registered.id, account.id, now).await?;

    let lifetime = request.expiry.unwrap_or(app.settings.decoupled.ciba_lifetime).clamp(LIFE.0, LIFE.1);
    let auth_req_id = app.random.token();
    let question = Question { request, account: account.id, auth_req_id: &auth_req_id, lifetime, origin: client.origin() };
    let (kept, approval) = keep(app, registered, question, now).await?;
    let Some(code) = code_for(app, approval, kept.expires_at, now).await? else {
        app.transient.forget_cross_device(&kept, now).await?;
        return Err(AskRefused::NoCode);
    };
    let text = text.0.replace("{code}", &code.to_string());
    let message = Notification { to: &account.mobile, text: &text, purpose: Purpose::Counter, lifetime };
    if let Err(error) = app.notify(message, now).await {
        // The client gets an error and no auth_req_id to redeem, so the request must not be decided.
        app.transient.forget_cross_device(&kept, now).await?;
        return Err(error.into());
    }
    let interval = app.settings.decoupled.poll_interval.as_secs();
    Ok(CibaResponse { auth_req_id, expires_in: lifetime.as_secs(), interval })
}

/// What a client asks of a person.
struct Question<'a> {
    request: CibaRequest,
    account: AccountId,
    auth_req_id: &'a Secret<String>,
    lifetime: Duration,
    origin: RequestOrigin,
}

/// Stores the request under its two keys: one for the client, one for the person's link.
async fn keep(
    app: &App,
    client: &Client,
    question: Question<'_>,
    now: Timestamp,
) -> Result<(CrossDeviceRequest, ApprovalId), Throttled> {
    let Question { request, account, auth_req_id, lifetime, origin } = question;
    let expires_at = now.plus(lifetime);
    let approval = ApprovalId::from_bytes(app.random.bytes());
    let slot = app.transient.take_slot(account, approval, expires_at, now).await?;
    let notice = request.notification_token.map(|token| seal_notice(app, auth_req_id, &token));
    let asked = CibaAsk { approval, account, slot, message: request.message, notice };
    let cross_device = CrossDeviceRequest {
        name: TokenHash::of(auth_req_id.expose()),
        way: CrossDeviceWay::Ciba(Box::new(asked)),
        request: request.wanted.into_request(client),
        expires_at,
    };
    let budget = budget(app, &Payer::Client(client.id.clone()), Kept::CrossDevice);
    let paid = Paid { until: expires_at.plus(REMEMBERED), by: &budget };
    // 128 random bits: no other request has this handle.
    let kept = app.transient.put_cross_device(&cross_device, paid, now).await.map(drop).map_err(Throttled::from);
    let event = app.event(EventKind::PersonAsked, now).by_client(&client.id).about(account).from(origin);
    let done = match kept {
        Ok(()) => record(app, &event).await.map_err(Throttled::from),
        refused => refused,
    };
    if done.is_err() {
        // Nobody is asked what is in no log.
        app.transient.forget_cross_device(&cross_device, now).await?;
    }
    done.map(|()| (cross_device, approval))
}

/// The code that the message carries in the place of a link: people must not learn to follow links in messages. It gives no access;
/// the person who types it has to sign in as the person who is asked.
async fn code_for(app: &App, approval: ApprovalId, until: Timestamp, now: Timestamp) -> Result<Option<UserCode>, TransientError> {
    for _ in 0..DRAWN {
        let code = UserCode::new(&app.random);
        if app.transient.put_approval_code(&approval_code_hash(&code), approval, until, now).await? {
            return Ok(Some(code));
        }
    }
    Ok(None)
}

async fn record(app: &App, event: &Event) -> Result<(), Unavailable> {
    let mut tx = app.store.write().await?;
    tx.append_event(event).await?;
    Ok(tx.save().await?)
}

fn seal_notice(app: &App, auth_req_id: &Secret<String>, token: &Secret<String>) -> String {
    let notice = Notice { request: auth_req_id.expose().clone(), token: token.expose().clone() };
    app.seals.notice.seal(&app.random, &serde_json::to_vec(&notice).unwrap_or_default())
}

/// §7.1.1: the parameters that the client signed; none of them may be beside the object.
async fn signed(app: &App, client: &Client, form: &Params, jwt: &str, now: Timestamp) -> Result<Params, AskRefused> {
    if IN_THE_OBJECT.iter().any(|name| form.get(name).is_some()) {
        let description = "with request, the other parameters belong into the signed object and nowhere else";
        return Err(AskRefused::Request(OAuthError::invalid_request(description)));
    }
    let refused = |reason: String| AskRefused::Request(OAuthError::invalid_request(reason));
    // The error does not disclose why the client's server could not be reached.
    let no_keys = |_| refused("the client has registered no keys that can be read (jwks or jwks_uri)".to_owned());
    let profile = client.requests.profile;
    let issuer = app.settings.issuer();
    let expect = CibaExpectation { client_id: &client.id, issuer, alg: client.ciba.request_alg, profile, now };
    let kid = key_named_by(jwt);
    let verify = |keys: &Value| verify_ciba_request(jwt, keys, &expect);
    let verified = with_keys(app, client, kid.as_deref(), verify, |error| error.is_about_the_key()).await.map_err(no_keys)?;
    let verified = verified.map_err(|error| refused(error.to_string()))?;
    // A replay of an intercepted request does not ask the person a second time.
    before_mark(app, now)?;
    let fresh = app.transient.claim_jti(&client.id, &format!("ciba {}", verified.jti), verified.usable_until, now).await;
    if !fresh? {
        return Err(refused("the request object was used before: its jti must be new".to_owned()));
    }
    Ok(params_of(&verified.members))
}

/// The account that the hint names, if it is active.
async fn whom(app: &App, client: &Client, hint: &Hint, now: Timestamp) -> Result<Option<Arc<Account>>, AskRefused> {
    let account = match hint {
        Hint::NationalId(id) => app.store.account_by_national_id(id).await?.map(Arc::new),
        Hint::Subject(sub) => of_subject(app, client, sub).await?,
        Hint::IdToken(token) => {
            let claims = hint_claims(app, token, now).filter(|claims| claims.aud == client.id).ok_or(AskRefused::Hint)?;
            of_subject(app, client, &claims.sub).await?
        }
    };
    Ok(account.filter(|account| account.status == AccountStatus::Active))
}

/// The account of a `sub`. Only the `sub` that this client knows is accepted, not that of another client.
async fn of_subject(app: &App, client: &Client, sub: &str) -> Result<Option<Arc<Account>>, Unavailable> {
    let known: Option<AccountId> = app.store.account_of_subject(sub).await?;
    match known.filter(|account| subject(app, client, *account) == sub) {
        Some(account) => Ok(app.store.account(account).await?),
        None => Ok(None),
    }
}

/// Why no person was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AskRefused {
    /// The client is not registered for CIBA, or cannot authenticate.
    #[error("not registered for CIBA")]
    NotAllowed,
    /// The client must sign its requests.
    #[error("unsigned request of a client that must sign")]
    Unsigned,
    /// The request is refused.
    #[error("{0}")]
    Request(OAuthError),
    /// The hint is no ID token of this client.
    #[error("id_token_hint is not this client's")]
    Hint,
    /// The hint names no person with an account.
    #[error("the hint names no person with an account")]
    UnknownPerson,
    /// Every code for the message that was drawn is in use.
    #[error("every code that was drawn is in use")]
    NoCode,
    /// Too many requests.
    #[error(transparent)]
    Throttled(#[from] Throttled),
    /// The message to the person could not be sent.
    #[error("sms: {0}")]
    Sms(#[from] SmsError),
    /// A dependency failed.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

unavailable_from!(AskRefused: StoreError, TransientError);

/// CIBA Core §13.
impl From<&AskRefused> for OAuthError {
    fn from(error: &AskRefused) -> Self {
        match error {
            AskRefused::NotAllowed => {
                let description = "the client is not registered for the grant type ciba, or does not authenticate";
                Self::new(OAuthErrorCode::UnauthorizedClient, description)
            }
            AskRefused::Unsigned => Self::invalid_request("this client must sign its requests: use request (CIBA Core 7.1.1)"),
            AskRefused::Request(error) => error.clone(),
            AskRefused::Hint => Self::invalid_request("id_token_hint must be an ID token that this client got from here"),
            AskRefused::UnknownPerson => unknown_user("the hint names no person who has an account"),
            AskRefused::Throttled(Throttled::TooMany { retry_after }) => {
                let description = "too many questions, or this person was asked too often; wait before the next";
                Self::new(OAuthErrorCode::TemporarilyUnavailable, description).not_before(*retry_after)
            }
            AskRefused::NoCode | AskRefused::Sms(_) => unavailable(),
            AskRefused::Throttled(Throttled::Unavailable(cause)) | AskRefused::Unavailable(cause) => cause.into(),
        }
    }
}
