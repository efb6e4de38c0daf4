//! A device without a keyboard asks; a person types its code in a browser of their own. RFC 8628 §3.1 to §3.3.

use crate::app::App;
use crate::app::throttle::{Throttled, after_wrong_user_code, before_device_request, before_user_code};
use crate::app::unavailable::Broken;
use crate::client::grant_type::GrantType;
use crate::flows::authorization::authorize::{Browser, begin_interaction};
use crate::flows::clients::authenticate_client::AuthenticatedClient;
use crate::flows::cross_device::decide::{REMEMBERED, Undecided, refuse};
use crate::flows::interaction::dispatcher::{Next, take};
use crate::flows::interaction::open::{InteractionGone, NotKept, Open};
use crate::identity::id::InteractionId;
use crate::oidc::cross_device::device::{DeviceResponse, Polling, UserCode};
use crate::oidc::cross_device::request::Wanted;
use crate::oidc::error::{OAuthError, OAuthErrorCode};
use crate::oidc::params::Params;
use crate::records::cross_device::{Answering, Compared, Decoupled, Way};
use crate::secret::{Secret, TokenHash};

/// A code that somebody else's device shows just now is drawn again, at most so often: with a million codes at once a second time is
/// needed once in 25,000 times.
const DRAWS: usize = 8;

/// A device asks for a code (§3.1).
pub async fn authorize_device(
    app: &App,
    client: &AuthenticatedClient,
    form: &Params,
    address: &str,
) -> Result<DeviceResponse, DeviceRefused> {
    let now = app.clock.now();
    if !client.client().may_use(GrantType::DeviceCode) {
        return Err(DeviceRefused::NotAllowed);
    }
    let wanted = Wanted::parse(form, client.client()).map_err(DeviceRefused::Request)?;
    if client.client().is_public() {
        before_device_request(app, address, now).await?;
    }
    let settings = &app.settings.decoupled;
    let device_code = app.random.token();
    let name = TokenHash::of(device_code.expose());
    let expires_at = now.plus(settings.device_code_lifetime);
    let request = wanted.into_request(client.client());
    for _ in 0..DRAWS {
        let user_code = UserCode::new(&app.random);
        let decoupled = Decoupled { name, way: Way::Device(user_code.clone()), request: request.clone(), expires_at };
        if app.transient.put_decoupled(&decoupled, expires_at.plus(REMEMBERED), now).await.map_err(Broken::from)? {
            let polling = Polling { lifetime: settings.device_code_lifetime, interval: settings.poll_interval };
            return Ok(DeviceResponse::new(app.settings.issuer(), device_code, &user_code, polling));
        }
    }
    Err(DeviceRefused::NoCode)
}

/// Somebody typed a code (§3.3). Unknown, decided and expired ones are all the same; every try counts (§5.1).
pub async fn enter_code(
    app: &App,
    browser: &Browser,
    typed: &str,
    address: &str,
) -> Result<(InteractionId, Option<Secret<String>>), CodeRefused> {
    let now = app.clock.now();
    let counted = before_user_code(app, address, now).await?;
    let code = UserCode::parse(typed).ok_or(CodeRefused::NoCode)?;
    let found = app.transient.decoupled_waiting(&Way::Device(code).handle(), now).await.map_err(Broken::from)?;
    let Some(found) = found else {
        after_wrong_user_code(app, counted, now).await?;
        return Err(CodeRefused::Unknown);
    };
    // The client may have been removed since.
    app.directory.load().client(&found.request.client_id).ok_or(CodeRefused::Unknown)?;
    let answering = Answering::of(&found);
    Ok(begin_interaction(app, browser, (found.request, None, Some(answering)), now).await?)
}

/// What somebody says about the code on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// Their device shows it, and they began this themselves.
    Mine,
    /// Something is wrong with it.
    NotMine,
}

/// They compared (§3.3.1). `Some`: it ends here; otherwise the dispatcher goes on.
pub async fn compare(app: &App, mut open: Open, comparison: Comparison) -> Result<Option<Next>, InteractionGone> {
    let now = app.clock.now();
    let Some(mut answering) = open.interaction.answering.clone() else { return Ok(None) };
    match comparison {
        // §5.4: whoever did not begin it was sent here by somebody who did.
        Comparison::NotMine if answering.compared == Compared::NotYet => {
            take(app, &open, now).await?;
            let request = Undecided { open: &open, answering: &answering };
            refuse(app, request, None, now).await.map(|answered| Some(Next::Answered(answered)))
        }
        Comparison::NotMine => Ok(None),
        Comparison::Mine => {
            answering.compared = Compared::Same;
            open.interaction.answering = Some(answering);
            match open.keep(app, now).await {
                Ok(()) | Err(NotKept::Overtaken) => Ok(None),
                Err(NotKept::Broken(cause)) => Err(cause.into()),
            }
        }
    }
}

/// Why a device gets no code.
#[derive(Debug, thiserror::Error)]
pub enum DeviceRefused {
    /// The client is not registered for this.
    #[error("not registered for device authorization")]
    NotAllowed,
    /// The request is refused.
    #[error("{0}")]
    Request(OAuthError),
    /// Every code that was drawn is in use.
    #[error("no code is free")]
    NoCode,
    /// Too many requests.
    #[error(transparent)]
    Throttled(#[from] Throttled),
    /// Something broke.
    #[error(transparent)]
    Broken(#[from] Broken),
}

/// RFC 8628 §3.2 answers errors as RFC 6749 §5.2 does.
impl From<&DeviceRefused> for OAuthError {
    fn from(error: &DeviceRefused) -> Self {
        match error {
            DeviceRefused::NotAllowed => {
                Self::new(OAuthErrorCode::UnauthorizedClient, "the client is not registered for the grant type device_code")
            }
            DeviceRefused::Request(error) => error.clone(),
            DeviceRefused::Throttled(Throttled::TooMany { retry_after }) => {
                Self::new(OAuthErrorCode::TemporarilyUnavailable, "too many requests; wait before the next")
                    .not_before(*retry_after)
            }
            DeviceRefused::NoCode | DeviceRefused::Throttled(Throttled::Broken(_)) | DeviceRefused::Broken(_) => {
                Self::new(OAuthErrorCode::ServerError, "try again in a moment")
            }
        }
    }
}

/// Why a code was not taken.
#[derive(Debug, thiserror::Error)]
pub enum CodeRefused {
    /// It cannot be a code.
    #[error("no user code")]
    NoCode,
    /// No device that waits has it.
    #[error("unknown, expired or used user code")]
    Unknown,
    /// Too many tries.
    #[error(transparent)]
    Throttled(#[from] Throttled),
    /// Something broke.
    #[error(transparent)]
    Broken(#[from] Broken),
}
