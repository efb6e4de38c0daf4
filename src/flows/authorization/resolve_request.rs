//! Finds the authorization request behind the parameters: in the parameters themselves (RFC 6749 §4.1.1), in a signed request
//! object (RFC 9101, OpenID Connect Core §6.1), or among the pushed requests (RFC 9126 §4).

use crate::app::App;
use crate::app::client_keys::with_keys;
use crate::app::unavailable::{Unavailable, unavailable_from};
use crate::client::detail_types::Asker;
use crate::client::metadata::Client;
use crate::client::words::SigningAlg;
use crate::crypto::jose::request_object::{RequestObjectExpectation, Validity, verify_request_object};
use crate::crypto::jose::verify::{alg_named_by, key_named_by};
use crate::oidc::authorization::request::{AuthorizationRequest, AuthorizeError, PageProblem};
use crate::oidc::authorization::request_object::params_of;
use crate::oidc::authorization::response_mode::Protection;
use crate::oidc::authorization::{pushed, redirect};
use crate::oidc::error::{OAuthError, OAuthErrorCode};
use crate::oidc::params::Params;
use crate::records::interaction::LONGEST_INTERACTION;
use crate::settings::PushedRequests;
use crate::time::Timestamp;
use crate::transient::TransientError;
use serde_json::Value;

/// Why no request could be resolved.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotRequested {
    /// The request is refused.
    #[error("the request is refused")]
    Refused(AuthorizeError),
    /// A dependency failed.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

unavailable_from!(NotRequested: TransientError);

impl From<AuthorizeError> for NotRequested {
    fn from(error: AuthorizeError) -> Self {
        Self::Refused(error)
    }
}

/// The request that a browser brings to the authorization endpoint.
pub(crate) async fn requested(
    app: &App,
    client: &Client,
    params: &Params,
    now: Timestamp,
) -> Result<AuthorizationRequest, NotRequested> {
    if let Some(uri) = params.get("request_uri").filter(|uri| pushed::is_pushed(uri)) {
        return pushed_earlier(app, client, uri, now).await;
    }
    let request = in_the_parameters(app, client, params, now).await?;
    if client.requests.must_be_pushed || app.settings.tokens.pushed_requests == PushedRequests::Required {
        let error = OAuthError::invalid_request("this client must push its authorization requests (RFC 9126): use request_uri");
        return Err(AuthorizeError::answer_to(&request, error).into());
    }
    Ok(request)
}

/// The request in the parameters themselves or in their request object, sent by a browser or pushed by a client.
pub(crate) async fn in_the_parameters(
    app: &App,
    client: &Client,
    params: &Params,
    now: Timestamp,
) -> Result<AuthorizationRequest, AuthorizeError> {
    let request = match params.get("request") {
        Some(jwt) => {
            let object = object(app, client, jwt, now).await;
            let object = object.map_err(|error| AuthorizeError::beside_object(params, client, error))?;
            signed(params, &object, client)?
        }
        None => unsigned(params, client)?,
    };
    // FAPI 2.0 Message Signing §5.4.1.
    if client.requests.profile.signs_messages() && request.response_mode.protection() == Protection::None {
        let error = OAuthError::invalid_request("this client must ask for a signed answer (JARM): response_mode=jwt");
        return Err(AuthorizeError::answer_to(&request, error));
    }
    check_details(app, client, &request)?;
    Ok(request)
}

/// RFC 9396 §5: each object of `authorization_details` has a type that a resource declares and that this client may ask for.
fn check_details(app: &App, client: &Client, request: &AuthorizationRequest) -> Result<(), AuthorizeError> {
    let Some(details) = &request.details else { return Ok(()) };
    let checked = app.client_cache.load().detail_types().check(details, client, Asker::Person);
    checked.map_err(|error| AuthorizeError::answer_to(request, error))
}

fn unsigned(params: &Params, client: &Client) -> Result<AuthorizationRequest, AuthorizeError> {
    let request = AuthorizationRequest::parse(params, client)?;
    if client.requests.must_be_signed {
        let error = OAuthError::invalid_request("this client must sign its authorization requests (RFC 9101): use request");
        return Err(AuthorizeError::answer_to(&request, error));
    }
    Ok(request)
}

/// The parameters in a request object that the client signed (RFC 9101 §6).
async fn object(app: &App, client: &Client, jwt: &str, now: Timestamp) -> Result<Params, OAuthError> {
    let rules = &client.requests;
    let validity = if rules.must_be_signed { Validity::Bounded } else { Validity::Optional };
    let issuer = app.settings.issuer();
    let expect = RequestObjectExpectation { client_id: &client.id, issuer, alg: rules.object_alg, validity, now };
    if alg_named_by(jwt).is_some_and(|alg| alg == SigningAlg::RS256.name()) && !rules.profile.allows_alg(SigningAlg::RS256) {
        let description = "the request object must be signed with ES256, PS256 or EdDSA (FAPI 2.0)";
        return Err(OAuthError::new(OAuthErrorCode::InvalidRequestObject, description));
    }
    let refused = |reason: String| OAuthError::new(OAuthErrorCode::InvalidRequestObject, reason);
    // The error does not disclose why the client's server could not be reached.
    let no_keys = |_| refused("the client has registered no keys that can be read (jwks or jwks_uri)".to_owned());
    let kid = key_named_by(jwt);
    let verify = |keys: &Value| verify_request_object(jwt, keys, &expect);
    let verified = with_keys(app, client, kid.as_deref(), verify, |error| error.is_about_the_key()).await.map_err(no_keys)?;
    let members = verified.map_err(|error| refused(error.to_string()))?;
    Ok(params_of(&members))
}

/// Only the parameters in the object count (RFC 9101 §6.3). `response_type` beside the object must not differ
/// (OpenID Connect Core §6.1), and a second reference to a request is rejected (RFC 9101 §5).
fn signed(params: &Params, object: &Params, client: &Client) -> Result<AuthorizationRequest, AuthorizeError> {
    let request = AuthorizationRequest::parse(object, client)?;
    let refuse = |description: &'static str| Err(AuthorizeError::answer_to(&request, OAuthError::invalid_request(description)));
    if params.get("response_type").is_some_and(|beside| object.get("response_type") != Some(beside)) {
        return refuse("response_type differs from that of the request object");
    }
    if params.get("request_uri").is_some() {
        return refuse("request and request_uri must not be used together");
    }
    Ok(request)
}

/// RFC 9126 §4: pushed by this client, not expired, and not answered yet. All parameters beside `request_uri` are ignored. So, if
/// there is no such request, no redirect URI is known for the error: it is shown as a page.
async fn pushed_earlier(app: &App, client: &Client, uri: &str, now: Timestamp) -> Result<AuthorizationRequest, NotRequested> {
    let gone = || AuthorizeError::Page(PageProblem::BadRequestUri);
    let key = pushed::key_of(uri).ok_or_else(gone)?;
    let found = app.transient.pushed(&key, now).await?.ok_or_else(gone)?;
    let request = found.request;
    // RFC 9126 §2.2: bound to the client that pushed it.
    if request.client_id != client.id || now >= found.usable_until {
        return Err(gone().into());
    }
    // The registration may have changed since the push.
    if !redirect::is_registered(client, &request.redirect_uri) {
        return Err(AuthorizeError::Page(PageProblem::BadRedirectUri).into());
    }
    check_details(app, client, &request)?;
    Ok(AuthorizationRequest { pushed_as: Some(key), ..request })
}

/// Whether the request may be answered now. A pushed request is answered once, by one atomic operation. Until then it may be
/// opened again, because people reload pages (RFC 9126 §4; FAPI 2.0 Security Profile §5.3.2.2). For any other request no store is
/// asked.
pub(crate) async fn may_answer(app: &App, request: &AuthorizationRequest, now: Timestamp) -> Result<bool, Unavailable> {
    let Some(key) = &request.pushed_as else { return Ok(true) };
    // An interaction that the request began before it expired ends within this time, however often the person asked for more.
    Ok(app.transient.answer_pushed(key, now.plus(LONGEST_INTERACTION), now).await?)
}
