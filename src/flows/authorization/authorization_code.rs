//! The authorization code: everything that `/token` must know, sealed so that only this server can read or make it.
//!
//! A code is its own record. Issuing one writes nothing, which makes single sign-on cheap. Redeeming one inserts the grant under
//! the code's id. The id is unique, so a code works once (RFC 6749 §4.1.2). A code lives for seconds and is bound to client,
//! redirect URI and PKCE challenge.

use crate::app::App;
use crate::identity::id::GrantId;
use crate::oidc::authorization::pkce::CodeChallenge;
use crate::oidc::authorization::request::AuthorizationRequest;
use crate::oidc::binding::Jkt;
use crate::oidc::details::AuthorizationDetails;
use crate::records::evidence::release;
use crate::records::grant::Grant;
use crate::records::interaction::Visit;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What a code carries.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct CodeContent {
    /// What was granted. Its id is the code's id; the first redemption inserts it.
    pub(crate) grant: Grant,
    /// Where the code was sent.
    pub(crate) redirect_uri: String,
    /// PKCE challenge (RFC 7636 §4.4).
    pub(crate) challenge: Option<CodeChallenge>,
    /// The DPoP key with which it must be redeemed (RFC 9449 §10).
    pub(crate) dpop_jkt: Option<Jkt>,
    /// When it stops working.
    pub(crate) expires_at: Timestamp,
}

/// The grant for a request for which no step is missing any more.
pub(crate) fn grant_of(app: &App, request: &AuthorizationRequest, visit: &Visit, now: Timestamp) -> Grant {
    Grant {
        id: GrantId::new(&app.random, now),
        account: visit.account.id,
        client: request.client_id.clone(),
        session: visit.session.id,
        scopes: release::scopes(&request.scopes, visit.account.assurance),
        auth_time: visit.session.auth_time,
        methods: visit.session.methods.clone(),
        acr: request.claims.reported_acr(visit.acr()),
        nonce: request.nonce.clone(),
        claims: release::claims(&request.claims.deliver, visit.account.assurance),
        created_at: now,
        bound_to: None,
        details: request.details.as_ref().and_then(|details| known(app, details)),
        resources: request.resources.clone(),
    }
}

/// Makes the code for a request for which no step is missing any more.
pub(crate) fn make_code(app: &App, request: &AuthorizationRequest, visit: &Visit, now: Timestamp) -> String {
    let content = CodeContent {
        grant: grant_of(app, request, visit, now),
        redirect_uri: request.redirect_uri.clone(),
        challenge: request.code_challenge,
        dpop_jkt: request.dpop_jkt.clone(),
        expires_at: now.plus(app.settings.tokens.code_lifetime),
    };
    app.seals.code.seal(&app.random, &postcard::to_stdvec(&content).unwrap_or_default())
}

/// The objects whose types are still declared. The consent page did not show the others.
fn known(app: &App, details: &AuthorizationDetails) -> Option<AuthorizationDetails> {
    let client_cache = app.client_cache.load();
    details.only(|detail| client_cache.detail_types().resource_of(detail).is_some())
}

/// Reads a code that this server made; `None` for any other text, and for a code that has expired.
pub(crate) fn read_code(app: &App, code: &str, now: Timestamp) -> Option<CodeContent> {
    let content: CodeContent = postcard::from_bytes(&app.seals.code.open(code)?).ok()?;
    (now < content.expires_at).then_some(content)
}
