//! A device without a keyboard asks for a code; a person types the code in their own browser. RFC 8628 §3.1 to §3.3.

use crate::app::App;
use crate::app::throttle::{Kept, Payer, Throttled, after_wrong_user_code, before_user_code, budget};
use crate::app::unavailable::{Unavailable, unavailable, unavailable_from};
use crate::client::grant_type::GrantType;
use crate::clients::authenticate_client::AuthenticatedClient;
use crate::flows::authorization::authorize::{Browser, NewInteraction, begin_interaction};
use crate::flows::cross_device::decide::{REMEMBERED, Undecided, refuse};
use crate::flows::interaction::dispatcher::{Next, take};
use crate::flows::interaction::open::{InteractionGone, NotKept, Open};
use crate::identity::id::InteractionId;
use crate::oidc::cross_device::device::{DeviceResponse, Polling, UserCode};
use crate::oidc::cross_device::request::Wanted;
use crate::oidc::error::{OAuthError, OAuthErrorCode};
use crate::oidc::params::Params;
use crate::records::address::CountedAddress;
use crate::records::cross_device::{Answering, Compared, CrossDeviceRequest, CrossDeviceWay};
use crate::secret::{Secret, TokenHash};
use crate::transient::{Paid, TransientError};
use std::sync::Arc;

/// How often a code is drawn at most. A code that another device shows at the moment is drawn again; with a million codes in use,
/// a second draw is needed once in 25,000 times.
const DRAWS: usize = 8;

/// A device asks for a code (§3.1).
pub(crate) async fn authorize_device(
    app: &App,
    client: &AuthenticatedClient,
    form: &Params,
    address: CountedAddress,
) -> Result<DeviceResponse, DeviceRefused> {
    let now = app.clock.now();
    if !client.client().may_use(GrantType::DeviceCode) {
        return Err(DeviceRefused::NotAllowed);
    }
    let wanted = Wanted::parse(form, client.client()).map_err(DeviceRefused::Request)?;
    let settings = &app.settings.decoupled;
    let device_code = app.random.token();
    let name = TokenHash::of(device_code.expose());
    let expires_at = now.plus(settings.device_code_lifetime);
    let request = wanted.into_request(client.client());
    let budget = budget(app, &Payer::of_client(client.client(), address), Kept::CrossDevice);
    let paid = Paid { until: expires_at.plus(REMEMBERED), by: &budget };
    for _ in 0..DRAWS {
        let user_code = UserCode::new(&app.random);
        let cross_device =
            CrossDeviceRequest { name, way: CrossDeviceWay::Device(user_code.clone()), request: request.clone(), expires_at };
        if app.transient.put_cross_device(&cross_device, paid, now).await.map_err(Throttled::from)? {
            let polling = Polling { lifetime: settings.device_code_lifetime, interval: settings.poll_interval };
            return Ok(DeviceResponse::new(app.settings.issuer(), device_code, &user_code, polling));
        }
    }
    Err(DeviceRefused::NoCode)
}

/// A person typed a code (§3.3). Unknown, decided and expired codes get the same answer; every try is counted (§5.1).
pub(crate) async fn enter_code(
    app: &App,
    browser: &Browser,
    typed: &str,
    address: CountedAddress,
) -> Result<(InteractionId, Option<Secret<String>>), CodeRefused> {
    let now = app.clock.now();
    let counted = before_user_code(app, address, now).await?;
    let code = UserCode::parse(typed).ok_or(CodeRefused::NoCode)?;
    let found = app.transient.cross_device_waiting(&CrossDeviceWay::Device(code).handle(), now).await?;
    let Some(found) = found else {
        after_wrong_user_code(app, counted, now).await?;
        return Err(CodeRefused::Unknown);
    };
    // The client may have been removed since.
    app.client_cache.load().client(&found.request.client_id).ok_or(CodeRefused::Unknown)?;
    let answering = Some(Answering::of(&found));
    let payer = Payer::Address(address);
    Ok(begin_interaction(app, browser, NewInteraction { request: found.request, step_up_of: None, answering, payer }, now)
        .await?)
}

/// The person's answer to the code on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    /// The person's device shows it, and the person began this.
    Mine,
    /// The device shows another code, or the person did not begin this.
    NotMine,
}

/// The person compared the codes (§3.3.1). `Some`: the interaction ends here; otherwise the dispatcher goes on.
pub(crate) async fn compare(app: &Arc<App>, mut open: Open, comparison: Comparison) -> Result<Option<Next>, InteractionGone> {
    let now = app.clock.now();
    let Some(mut answering) = open.interaction.answering.clone() else { return Ok(None) };
    match comparison {
        // §5.4: a person who did not begin it was sent here by the attacker who did.
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
                Err(NotKept::Unavailable(cause)) => Err(cause.into()),
            }
        }
    }
}

/// Why a device gets no code.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DeviceRefused {
    /// The client is not registered for device authorization.
    #[error("not registered for device authorization")]
    NotAllowed,
    /// The request is refused.
    #[error("{0}")]
    Request(OAuthError),
    /// Every code that was drawn is in use.
    #[error("every user code that was drawn is in use")]
    NoCode,
    /// Too many requests.
    #[error(transparent)]
    Throttled(#[from] Throttled),
    /// A dependency failed.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

unavailable_from!(DeviceRefused: TransientError);

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
            DeviceRefused::NoCode => unavailable(),
            DeviceRefused::Throttled(Throttled::Unavailable(cause)) | DeviceRefused::Unavailable(cause) => cause.into(),
        }
    }
}

/// Why a code was not accepted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CodeRefused {
    /// It cannot be a code.
    #[error("not the form of a user code")]
    NoCode,
    /// No waiting device has it.
    #[error("unknown, expired or used user code")]
    Unknown,
    /// Too many tries.
    #[error(transparent)]
    Throttled(#[from] Throttled),
    /// A dependency failed.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

unavailable_from!(CodeRefused: TransientError);
