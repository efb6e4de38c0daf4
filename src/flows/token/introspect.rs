//! Introspection: a resource server asks whether a token is active, and which person it is about. RFC 7662, RFC 9701.

use crate::app::App;
use crate::app::reload::is_registered;
use crate::app::unavailable::Unavailable;
use crate::client::metadata::Client;
use crate::client::scope::{Scope, scope_list};
use crate::clients::authenticate_client::AuthenticatedClient;
use crate::crypto::jose::sign::sign;
use crate::crypto::jose::verify::verify_own;
use crate::crypto::keyring::{TYP_ACCESS_TOKEN, TYP_INTROSPECTION};
use crate::flows::token::issue::{reach, subject};
use crate::oidc::claims::token::{AccessTokenClaims, Confirmation};
use crate::oidc::details::AuthorizationDetails;
use crate::oidc::details::reach::{Allowed, Narrower};
use crate::oidc::error::OAuthError;
use crate::oidc::token::introspection::{Introspection, IntrospectionJwt, TokenFacts};
use crate::oidc::token::presented::PresentedToken;
use crate::oidc::token::resource::Granted;
use crate::records::event::EventKind;
use crate::records::grant::Grant;
use crate::secret::TokenHash;
use crate::time::Timestamp;

/// Answers about a token. An access token is described to the client that has it and to the resource that its audience names, a
/// refresh token to its client alone. Any other caller is told that the token is not active (RFC 7662 §4).
pub(crate) async fn introspect(
    app: &App,
    asker: &AuthenticatedClient,
    token: &PresentedToken,
) -> Result<Introspection, IntrospectError> {
    let now = app.clock.now();
    // RFC 7662 §2.1: the caller must authenticate; otherwise an attacker could try out tokens here.
    if asker.client().is_public() {
        return Err(IntrospectError::Public);
    }
    let facts = match token {
        PresentedToken::Access(jwt) => about_access_token(app, asker, jwt.expose(), now).await?,
        PresentedToken::Refresh(hash) => about_refresh_token(app, asker, hash, now).await?,
    };
    Ok(facts.map_or(Introspection::INACTIVE, Introspection::active))
}

/// Counts for the event log that a client was told about a person's token.
fn note(app: &App, told: &AuthenticatedClient, grant: &Grant, now: Timestamp) {
    let event = app.event(EventKind::TokenIntrospected, now).by_client(told.id()).about(grant.account);
    app.note(event.of_grant(grant.id).from(told.origin()));
}

async fn about_access_token(
    app: &App,
    told: &AuthenticatedClient,
    jwt: &str,
    now: Timestamp,
) -> Result<Option<TokenFacts>, Unavailable> {
    let asker = told.client();
    let token = verify_own::<AccessTokenClaims>(&app.keyring.load(), jwt, TYP_ACCESS_TOKEN, now);
    let Some(mut token) = token.ok().filter(|token| token.iss == app.settings.issuer()) else { return Ok(None) };
    if token.client_id != asker.id && !asker.token_policy.is_named_by(&token.aud) {
        return Ok(None);
    }
    // RFC 9396 §9.2: a resource gets the details that are for it; the client gets all of its own.
    if token.client_id != asker.id {
        token.authorization_details = token.authorization_details.and_then(|details| for_resource(app, asker, &details));
    }
    let granted = match token.gid {
        Some(grant) => app.store.granted_account(grant).await?.filter(|(_, grant)| is_registered(app, &grant.client)),
        None => None,
    };
    let works = (granted.is_some() || token.gid.is_none())
        && is_registered(app, &token.client_id)
        && (!token.is_given_back_alone() || !app.transient.is_revoked(&token.jti, now).await?);
    if let Some((_, grant)) = granted.filter(|_| works) {
        note(app, told, &grant, now);
    }
    Ok(works.then(|| token.into()))
}

fn for_resource(app: &App, asker: &Client, details: &AuthorizationDetails) -> Option<AuthorizationDetails> {
    let client_cache = app.client_cache.load();
    let resource = asker.token_policy.resource_identifier.as_ref()?;
    details.only(|detail| client_cache.detail_types().resource_of(detail) == Some(resource))
}

async fn about_refresh_token(
    app: &App,
    told: &AuthenticatedClient,
    hash: &TokenHash,
    now: Timestamp,
) -> Result<Option<TokenFacts>, Unavailable> {
    let asker = told.client();
    let kept = app.store.refresh_token(hash).await?.filter(|kept| kept.used_at.is_none() && now < kept.expires_at);
    let Some(kept) = kept else { return Ok(None) };
    let Some((account, grant)) = app.store.granted_account(kept.grant).await? else { return Ok(None) };
    if asker.allowed(&[Scope::OfflineAccess]).is_empty() {
        return Ok(None);
    }
    let granted = Granted { registered: &[], resources: &grant.resources, scopes: &grant.scopes };
    let allowed = Allowed { granted, details: grant.details.as_ref() };
    let Ok(reach) = reach(app, &allowed, &Narrower::default()) else { return Ok(None) };
    if grant.client == asker.id {
        note(app, told, &grant, now);
    }
    Ok((grant.client == asker.id).then(|| TokenFacts {
        scope: scope_list(&grant.scopes),
        client_id: grant.client.clone(),
        token_type: None,
        exp: kept.expires_at.seconds(),
        iat: kept.issued_at.seconds(),
        nbf: kept.issued_at.seconds(),
        sub: subject(app, asker, account.id),
        aud: reach.audience,
        iss: app.settings.issuer().to_owned(),
        jti: None,
        auth_time: Some(grant.auth_time.seconds()),
        acr: Some(grant.acr.uri()),
        cnf: grant.bound_to.clone().map(Confirmation::from),
        act: None,
        authorization_details: reach.details,
    }))
}

/// The same answer as a JWT for the caller (RFC 9701 §5).
pub(crate) fn signed(app: &App, asker: &AuthenticatedClient, answer: &Introspection) -> Result<String, Unavailable> {
    let now = app.clock.now();
    let claims =
        IntrospectionJwt { iss: app.settings.issuer(), aud: asker.id(), iat: now.seconds(), token_introspection: answer };
    let alg = asker.client().token_policy.introspection_signing_alg.unwrap_or(asker.client().signing_alg);
    Ok(sign(&app.keyring.load(), alg, TYP_INTROSPECTION, &claims, now)?)
}

/// Why an introspection request was refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IntrospectError {
    /// A public client asked.
    #[error("a public client asked about a token")]
    Public,
    /// A dependency failed.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// RFC 7662 §2.3.
impl From<&IntrospectError> for OAuthError {
    fn from(error: &IntrospectError) -> Self {
        match error {
            IntrospectError::Public => Self::invalid_client("only a client that authenticates may ask about tokens"),
            IntrospectError::Unavailable(cause) => cause.into(),
        }
    }
}
