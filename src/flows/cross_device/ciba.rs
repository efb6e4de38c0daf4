//! An agency asks for a citizen who is not in front of a browser of its own: the backchannel authentication endpoint. OpenID Connect CIBA
//! Core §7.
//!
//! Whether a person has an account is told to an agency that authenticated, because a clerk has to be able to say "you need an account
//! first". So that nobody makes a list of it, and nobody's telephone rings all day, every question counts: per client, and per client and
//! person.

use crate::app::App;
use crate::app::client_keys::client_keys;
use crate::app::throttle::{Throttled, after_unknown_person, before_asking, before_asking_person};
use crate::app::unavailable::Broken;
use crate::client::grant_type::GrantType;
use crate::client::metadata::Client;
use crate::crypto::jose::backchannel_request::{BackchannelExpectation, verify_backchannel_request};
use crate::crypto::jose::verify::{key_named_by, verify_own_expired_ok};
use crate::flows::clients::authenticate_client::AuthenticatedClient;
use crate::flows::cross_device::decide::REMEMBERED;
use crate::flows::token::issue::subject;
use crate::identity::account::{Account, AccountStatus};
use crate::identity::id::{AccountId, ApprovalId};
use crate::messaging::message::{SmsError, SmsMessage};
use crate::oidc::authorization::request_object::params_of;
use crate::oidc::claims::token::IdTokenClaims;
use crate::oidc::cross_device::ciba::{BackchannelRequest, BackchannelResponse, Hint, unknown_user};
use crate::oidc::error::{OAuthError, OAuthErrorCode};
use crate::oidc::params::Params;
use crate::records::cross_device::{Asked, Decoupled, Notice, Way};
use crate::records::event::EventKind;
use crate::records::origin::RequestOrigin;
use crate::secret::{Secret, TokenHash};
use crate::time::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// The longest and the shortest life that a client may ask for (§7.1 `requested_expiry`).
const LIFE: (Duration, Duration) = (Duration::from_secs(10), Duration::from_mins(30));
/// Parameters that have to stand in a signed request, and nowhere else (§7.1.1).
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

/// The text of the message to the person; `{link}` stands for the address.
pub struct ApprovalText(pub String);

/// Takes a client's request and tells the person.
pub async fn ask_person(
    app: &App,
    client: &AuthenticatedClient,
    form: &Params,
    text: &ApprovalText,
) -> Result<BackchannelResponse, AskRefused> {
    let now = app.clock.now();
    let registered = client.client();
    if registered.is_public() || !registered.may_use(GrantType::Ciba) {
        return Err(AskRefused::NotAllowed);
    }
    let params = match form.get("request") {
        Some(jwt) => signed(app, registered, (form, jwt), now).await?,
        None if registered.must_sign_backchannel() => return Err(AskRefused::Unsigned),
        None => form.clone(),
    };
    let request = BackchannelRequest::parse(&params, registered).map_err(AskRefused::Request)?;
    before_asking(app, &registered.id, now).await?;
    let Some(account) = whom(app, registered, &request.hint, now).await? else {
        after_unknown_person(app, &registered.id, now).await?;
        return Err(AskRefused::UnknownPerson);
    };
    before_asking_person(app, &registered.id, account.id, now).await?;

    let lifetime = request.expiry.unwrap_or(app.settings.decoupled.backchannel_lifetime).clamp(LIFE.0, LIFE.1);
    let auth_req_id = app.random.token();
    let question = Question { request, account: account.id, auth_req_id: &auth_req_id, lifetime, origin: client.origin() };
    let (kept, approval) = keep(app, registered, question, now).await?;
    let text = text.0.replace("{link}", &format!("{}/approve/{approval}", app.settings.issuer()));
    if let Err(error) = app.sms.send(&SmsMessage { to: account.mobile.clone(), text, code: None }, now).await {
        // The client hears that it failed and has nothing to come back with: nobody is to decide it.
        app.transient.forget_decoupled(&kept, now).await.map_err(Broken::from)?;
        return Err(error.into());
    }
    let interval = app.settings.decoupled.poll_interval.as_secs();
    Ok(BackchannelResponse { auth_req_id, expires_in: lifetime.as_secs(), interval })
}

/// What a client asks of a person.
struct Question<'a> {
    request: BackchannelRequest,
    account: AccountId,
    auth_req_id: &'a Secret<String>,
    lifetime: Duration,
    origin: RequestOrigin,
}

/// Keeps the request under its two names.
async fn keep(app: &App, client: &Client, question: Question<'_>, now: Timestamp) -> Result<(Decoupled, ApprovalId), Broken> {
    let Question { request, account, auth_req_id, lifetime, origin } = question;
    let expires_at = now.plus(lifetime);
    let approval = ApprovalId::from_bytes(app.random.bytes());
    let seat = app.transient.take_seat(account, approval, expires_at, now).await?;
    let notice = request.notification_token.map(|token| seal_notice(app, auth_req_id, &token));
    let asked = Asked { approval, account, seat, message: request.message, notice };
    let decoupled = Decoupled {
        name: TokenHash::of(auth_req_id.expose()),
        way: Way::Backchannel(Box::new(asked)),
        request: request.wanted.into_request(client),
        expires_at,
    };
    let mut tx = app.store.write().await?;
    tx.append_event(&app.event(EventKind::PersonAsked, now).by_client(&client.id).about(account).from(origin)).await?;
    tx.save().await?;
    // 128 random bits: nobody else has this handle.
    app.transient.put_decoupled(&decoupled, expires_at.plus(REMEMBERED), now).await?;
    Ok((decoupled, approval))
}

fn seal_notice(app: &App, auth_req_id: &Secret<String>, token: &Secret<String>) -> String {
    let notice = Notice { request: auth_req_id.expose().clone(), token: token.expose().clone() };
    app.seals.notice.seal(&app.random, &serde_json::to_vec(&notice).unwrap_or_default())
}

/// §7.1.1: the parameters that the client signed; none of them may stand beside the object.
async fn signed(app: &App, client: &Client, (form, jwt): (&Params, &str), now: Timestamp) -> Result<Params, AskRefused> {
    if IN_THE_OBJECT.iter().any(|name| form.get(name).is_some()) {
        let description = "with request, the other parameters belong into the signed object and nowhere else";
        return Err(AskRefused::Request(OAuthError::invalid_request(description)));
    }
    let refused = |reason: String| AskRefused::Request(OAuthError::invalid_request(reason));
    // What went wrong on the way to a client's server is nobody's business here.
    let no_keys = |_| refused("the client has registered no keys that can be read (jwks or jwks_uri)".to_owned());
    let keys = client_keys(app, client, key_named_by(jwt).as_deref()).await.map_err(no_keys)?;
    let profile = client.requests.profile;
    let issuer = app.settings.issuer();
    let expect = BackchannelExpectation { client_id: &client.id, issuer, alg: client.backchannel.request_alg, profile, now };
    let verified = verify_backchannel_request(jwt, &keys, &expect).map_err(|error| refused(error.to_string()))?;
    // A request that was overheard asks nobody a second time.
    let fresh = app.transient.claim_jti(&client.id, &format!("ciba {}", verified.jti), verified.usable_until, now).await;
    if !fresh.map_err(Broken::from)? {
        return Err(refused("the request object was used before: its jti must be new".to_owned()));
    }
    Ok(params_of(&verified.members))
}

/// Who is meant, if it is somebody with an account that is in use.
async fn whom(app: &App, client: &Client, hint: &Hint, now: Timestamp) -> Result<Option<Arc<Account>>, AskRefused> {
    let account = match hint {
        Hint::NationalId(id) => app.store.account_by_national_id(id).await.map_err(Broken::from)?.map(Arc::new),
        Hint::Subject(sub) => of_subject(app, client, sub).await?,
        Hint::IdToken(token) => {
            let claims = verify_own_expired_ok::<IdTokenClaims>(&app.keyring.load(), token, "JWT", now);
            let claims = claims.ok().filter(|claims| claims.aud == client.id).ok_or(AskRefused::Hint)?;
            of_subject(app, client, &claims.sub).await?
        }
    };
    Ok(account.filter(|account| account.status == AccountStatus::Active))
}

/// A `sub` counts as this client knows it, and as no other does.
async fn of_subject(app: &App, client: &Client, sub: &str) -> Result<Option<Arc<Account>>, Broken> {
    let known: Option<AccountId> = app.store.account_of_subject(sub).await?;
    match known.filter(|account| subject(app, client, *account) == sub) {
        Some(account) => Ok(app.store.account(account).await?),
        None => Ok(None),
    }
}

/// Why nobody was asked.
#[derive(Debug, thiserror::Error)]
pub enum AskRefused {
    /// The client is not registered for this, or cannot authenticate.
    #[error("not registered for backchannel authentication")]
    NotAllowed,
    /// It has to sign its requests.
    #[error("unsigned request of a client that signs")]
    Unsigned,
    /// The request is refused.
    #[error("{0}")]
    Request(OAuthError),
    /// The hint is no ID token of this client.
    #[error("id_token_hint is not this client's")]
    Hint,
    /// Nobody with an account.
    #[error("nobody of that name has an account")]
    UnknownPerson,
    /// Too many questions.
    #[error(transparent)]
    Throttled(#[from] Throttled),
    /// The person could not be told.
    #[error("sms: {0}")]
    Sms(#[from] SmsError),
    /// Something broke.
    #[error(transparent)]
    Broken(#[from] Broken),
}

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
            AskRefused::UnknownPerson => unknown_user("nobody with an account is named by the hint"),
            AskRefused::Throttled(Throttled::TooMany { retry_after }) => {
                let description = "too many questions, or this person was asked too often; wait before the next";
                Self::new(OAuthErrorCode::TemporarilyUnavailable, description).not_before(*retry_after)
            }
            AskRefused::Throttled(Throttled::Broken(_)) | AskRefused::Sms(_) | AskRefused::Broken(_) => {
                Self::new(OAuthErrorCode::ServerError, "try again in a moment")
            }
        }
    }
}
