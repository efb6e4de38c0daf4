//! The authorization code: everything that `/token` must know, sealed so that only we can read or make one.
//!
//! A code is its own record. Issuing one writes nothing, which is what makes single sign-on cheap; redeeming one adds the grant under
//! the code's id, of which there can be one, so that it works once (RFC 6749 §4.1.2). It lives for seconds and is bound to client, redirect URI and PKCE challenge.

use crate::app::App;
use crate::identity::id::GrantId;
use crate::oidc::authorization::pkce::CodeChallenge;
use crate::oidc::authorization::request::AuthorizationRequest;
use crate::oidc::binding::Jkt;
use crate::oidc::details::AuthorizationDetails;
use crate::records::grant::Grant;
use crate::records::interaction::Visit;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What a code carries.
#[derive(Debug, Serialize, Deserialize)]
pub struct CodeContent {
    /// What was granted; its id is the code's own, and the first redemption adds it.
    pub grant: Grant,
    /// Where the code was sent.
    pub redirect_uri: String,
    /// PKCE challenge (RFC 7636 §4.4).
    pub challenge: Option<CodeChallenge>,
    /// The key of whoever may redeem it (RFC 9449 §10).
    pub dpop_jkt: Option<Jkt>,
    /// When it stops working.
    pub expires_at: Timestamp,
}

/// What a request with which nothing is missing any more is granted.
pub(crate) fn grant_of(app: &App, request: &AuthorizationRequest, visit: &Visit, now: Timestamp) -> Grant {
    Grant {
        id: GrantId::new(&app.random, now),
        account: visit.account.id,
        client: request.client_id.clone(),
        session: visit.session.id,
        scopes: request.scopes.clone(),
        auth_time: visit.session.auth_time,
        methods: visit.session.methods.clone(),
        acr: request.claims.reported_acr(visit.acr()),
        nonce: request.nonce.clone(),
        claims: request.claims.deliver.clone(),
        created_at: now,
        bound_to: None,
        details: request.details.as_ref().and_then(|details| known(app, details)),
        resources: request.resources.clone(),
    }
}

/// Makes the code for a request with which nothing is missing any more.
pub fn make_code(app: &App, request: &AuthorizationRequest, visit: &Visit, now: Timestamp) -> String {
    let content = CodeContent {
        grant: grant_of(app, request, visit, now),
        redirect_uri: request.redirect_uri.clone(),
        challenge: request.code_challenge,
        dpop_jkt: request.dpop_jkt.clone(),
        expires_at: now.plus(app.settings.tokens.code_lifetime),
    };
    app.seals.code.seal(&app.random, &postcard::to_stdvec(&content).unwrap_or_default())
}

/// Those objects whose types are still declared: what is declared no more, the consent page did not show.
fn known(app: &App, details: &AuthorizationDetails) -> Option<AuthorizationDetails> {
    let directory = app.directory.load();
    details.only(|detail| directory.detail_types().resource_of(detail).is_some())
}

/// Reads a code of ours; `None` for anything else, and for one that has expired.
pub fn read_code(app: &App, code: &str, now: Timestamp) -> Option<CodeContent> {
    let content: CodeContent = postcard::from_bytes(&app.seals.code.open(code)?).ok()?;
    (now < content.expires_at).then_some(content)
}
