//! The pushed authorization request endpoint: a client stores its request here and sends the browser with a reference to it.
//! RFC 9126 §2.

use crate::app::App;
use crate::app::throttle::{Kept, Payer, Throttled, budget};
use crate::app::unavailable::{Unavailable, unavailable_from};
use crate::clients::authenticate_client::AuthenticatedClient;
use crate::flows::authorization::resolve_request::in_the_parameters;
use crate::flows::token::dpop::ShownKey;
use crate::oidc::authorization::pushed::{PushedRequest, PushedResponse};
use crate::oidc::authorization::request::{AuthorizeError, PageProblem};
use crate::oidc::error::{OAuthError, OAuthErrorCode};
use crate::oidc::params::Params;
use crate::records::address::CountedAddress;
use crate::secret::TokenHash;
use crate::transient::TransientError;

/// Stores a client's request. It is validated completely here, so that its errors go to the client and not to a person's browser.
pub(crate) async fn push(
    app: &App,
    client: &AuthenticatedClient,
    form: &Params,
    address: CountedAddress,
    key: Option<&ShownKey>,
) -> Result<PushedResponse, PushRefused> {
    let now = app.clock.now();
    if form.get("request_uri").is_some() || form.is_repeated("request_uri") {
        return Err(PushRefused::RequestUri);
    }
    match form.get("client_id") {
        Some(id) if id == client.id().as_str() => {}
        Some(_) => return Err(PushRefused::WrongClient),
        // RFC 9126 §3: the request object contains it.
        None if form.get("request").is_some() => {}
        None => return Err(PushRefused::NoClient),
    }
    let mut request = in_the_parameters(app, client.client(), form, now).await.map_err(PushRefused::Request)?;
    // RFC 9449 §10.1: a proof has the effect of dpop_jkt; both must name the same key.
    if let Some(shown) = key.and_then(ShownKey::jkt) {
        match &request.dpop_jkt {
            Some(named) if named != shown => return Err(PushRefused::OtherKey),
            _ => request.dpop_jkt = Some(shown.clone()),
        }
    }

    let secret = app.random.token();
    let lifetime = app.settings.tokens.pushed_request_lifetime;
    let usable_until = now.plus(lifetime);
    let kept = PushedRequest { request, usable_until };
    let budget = budget(app, &Payer::of_client(client.client(), address), Kept::PushedRequest);
    app.transient.put_pushed(&TokenHash::of(secret.expose()), &kept, &budget, now).await.map_err(Throttled::from)?;
    Ok(PushedResponse::new(&secret, lifetime))
}

/// Why a request was not stored.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PushRefused {
    /// `request_uri` may not be pushed (RFC 9126 §2.1).
    #[error("request_uri in a pushed request")]
    RequestUri,
    /// `client_id` is missing.
    #[error("client_id missing")]
    NoClient,
    /// `client_id` is another client's (RFC 9126 §2.1).
    #[error("client_id of another client")]
    WrongClient,
    /// `dpop_jkt` is not the key of the proof (RFC 9449 §10.1).
    #[error("dpop_jkt of another key than the proof's")]
    OtherKey,
    /// The request is refused.
    #[error("request: {}", reason(.0))]
    Request(AuthorizeError),
    /// Too many requests of clients without a secret.
    #[error(transparent)]
    Throttled(#[from] Throttled),
    /// A dependency failed.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

unavailable_from!(PushRefused: TransientError);

/// What may be logged. The client's `state` may not: it can hold personal data.
fn reason(refused: &AuthorizeError) -> String {
    match refused {
        AuthorizeError::Page(problem) => problem.to_string(),
        AuthorizeError::Object(error) | AuthorizeError::Redirect { error, .. } => error.to_string(),
    }
}

/// RFC 9126 §2.3: errors of the authorization endpoint, as JSON. That includes those that a browser would see as a page.
impl From<&PushRefused> for OAuthError {
    fn from(refused: &PushRefused) -> Self {
        match refused {
            PushRefused::RequestUri => Self::invalid_request("request_uri must not be pushed"),
            PushRefused::NoClient => Self::invalid_request("client_id is missing"),
            PushRefused::WrongClient => Self::invalid_request("client_id is not the client that authenticated"),
            PushRefused::OtherKey => Self::invalid_request("dpop_jkt is not the key of the DPoP proof"),
            PushRefused::Request(AuthorizeError::Redirect { error, .. } | AuthorizeError::Object(error)) => error.clone(),
            PushRefused::Request(AuthorizeError::Page(problem)) => Self::invalid_request(match problem {
                PageProblem::MissingRedirectUri => "redirect_uri is missing",
                PageProblem::BadRedirectUri => "redirect_uri is not registered for this client",
                PageProblem::MissingClientId | PageProblem::UnknownClient | PageProblem::BadRequestUri => {
                    "the request is not valid"
                }
            }),
            // RFC 9126 §2.3: 429.
            PushRefused::Throttled(Throttled::TooMany { retry_after }) => {
                Self::new(OAuthErrorCode::TemporarilyUnavailable, "too many requests; wait before the next")
                    .not_before(*retry_after)
            }
            PushRefused::Throttled(Throttled::Unavailable(cause)) | PushRefused::Unavailable(cause) => cause.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oidc::authorization::response_mode::ResponseMode;

    #[test]
    fn what_a_client_put_into_state_does_not_reach_the_log() {
        let refused = PushRefused::Request(AuthorizeError::Redirect {
            redirect_uri: "https://tax.example/callback".to_owned(),
            state: Some("narges-0012345679".to_owned()),
            response_mode: ResponseMode::default(),
            error: OAuthError::invalid_request("max_age must be a whole number"),
        });
        assert_eq!(refused.to_string(), "request: invalid_request: max_age must be a whole number");
    }
}
