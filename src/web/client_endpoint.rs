//! What the endpoints for clients share: reading the form, authenticating the client, and logging why a request was rejected.

use crate::app::App;
use crate::client::words::ClientId;
use crate::clients::authenticate_client::{AuthenticatedClient, authenticate_client};
use crate::oidc::dpop::ProofError;
use crate::oidc::error::OAuthError;
use crate::oidc::params::Params;
use crate::oidc::token::credentials::PresentedCredentials;
use crate::web::answer::oauth_error;
use crate::web::visitor::Visitor;
use axum::body::Bytes;
use axum::http::{HeaderMap, header};
use axum::response::Response;

/// A form and the client that sent it, authenticated: how every endpoint for clients begins (RFC 6749 §2.3, §3.2).
pub(crate) async fn client_and_form(
    app: &App,
    visitor: &Visitor,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<(AuthenticatedClient, Params), Refused> {
    let form = sound_form(headers, body)?;
    let client = client_of(app, visitor, headers, &form).await?;
    Ok((client, form))
}

/// A form without repeated or malformed parameters. RFC 6749 §3.2: the credentials of the client must not be repeated either.
pub(crate) fn sound_form(headers: &HeaderMap, body: &Bytes) -> Result<Params, OAuthError> {
    let form = form_of(headers, body)?;
    form.sound()?;
    Ok(form)
}

/// The client that sent a form, authenticated (RFC 6749 §2.3).
pub(crate) async fn client_of(
    app: &App,
    visitor: &Visitor,
    headers: &HeaderMap,
    form: &Params,
) -> Result<AuthenticatedClient, Refused> {
    let credentials = PresentedCredentials::parse(authorization(headers)?, form)?;
    let client = authenticate_client(app, &credentials, visitor.caller()).await;
    client.map_err(|error| Refused::because(&error).of(credentials.client_id()))
}

/// The `Authorization` header. A second one is rejected (RFC 9110 §5.3): a proxy in front of us may have checked the other one.
pub(crate) fn authorization(headers: &HeaderMap) -> Result<Option<&str>, OAuthError> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    match (values.next(), values.next()) {
        (_, Some(_)) => Err(OAuthError::invalid_request("there must be one Authorization header, not several")),
        (value, None) => Ok(value.and_then(|value| value.to_str().ok())),
    }
}

/// RFC 6749 §3.2: parameters are sent as a form.
pub(crate) fn form_of(headers: &HeaderMap, body: &Bytes) -> Result<Params, OAuthError> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(OAuthError::invalid_request("the request must be a form: Content-Type: application/x-www-form-urlencoded"));
    }
    Ok(Params::from_form(body))
}

/// Why a client's request was refused or failed: what its developer is told, and what the log says beside it.
///
/// Every refusal becomes an answer here, so none leaves without its line in the log: the developer's error, the cause that is not
/// told, and the number that the answer has in `x-request-id`. Descriptions and causes hold no personal data and no secret.
#[derive(Debug)]
pub(crate) struct Refused {
    public: OAuthError,
    client: Option<ClientId>,
    cause: Option<String>,
}

impl From<OAuthError> for Refused {
    fn from(public: OAuthError) -> Self {
        Self { public, client: None, cause: None }
    }
}

impl From<ProofError> for Refused {
    fn from(error: ProofError) -> Self {
        OAuthError::from(error).into()
    }
}

impl Refused {
    /// A refusal whose cause says more than the client may know.
    pub(crate) fn because<'e, E>(error: &'e E) -> Self
    where
        E: std::fmt::Display,
        OAuthError: From<&'e E>,
    {
        Self { public: error.into(), client: None, cause: Some(error.to_string()) }
    }

    /// The same, of this client.
    #[must_use]
    pub(crate) fn of(self, client: &ClientId) -> Self {
        Self { client: Some(client.clone()), ..self }
    }

    /// The same answer for a cause that has no public form.
    pub(crate) fn failed(public: OAuthError, cause: &impl std::fmt::Display) -> Self {
        Self { public, client: None, cause: Some(cause.to_string()) }
    }

    /// What the client is told.
    pub(crate) const fn public(&self) -> &OAuthError {
        &self.public
    }

    /// The line in the log.
    pub(crate) fn log(&self) {
        let client = self.client.as_ref().map(tracing::field::display);
        let (error, told, cause) = (self.public.code.name(), &*self.public.description, self.cause.as_deref());
        if self.public.status() >= 500 {
            tracing::error!(client, error, told, cause, "a client's request could not be answered");
        } else {
            tracing::info!(client, error, told, reason = cause, "a client's request was refused");
        }
    }

    /// The answer in JSON (RFC 6749 §5.2), after the line in the log.
    pub(crate) fn answer(&self, app: &App) -> Response {
        self.log();
        oauth_error(&self.public, app.settings.issuer())
    }
}

/// The token of the `Authorization` header (RFC 6750 §2.1).
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    of_scheme(authorization(headers).ok()??, "Bearer")
}

/// What follows the scheme in an `Authorization` header; `None` for another scheme (RFC 9110 §11.4).
pub(crate) fn of_scheme<'a>(header: &'a str, expected: &str) -> Option<&'a str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case(expected).then_some(token.trim())
}
