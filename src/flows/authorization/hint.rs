//! `id_token_hint` and a `sub` in `claims`: which account's session may answer a request (OpenID Connect Core §3.1.2.1, §5.5.1).

use crate::app::App;
use crate::client::metadata::Client;
use crate::crypto::jose::verify::verify_own_expired_ok;
use crate::oidc::authorization::request::AuthorizationRequest;
use crate::oidc::claims::token::IdTokenClaims;
use crate::records::interaction::Visit;
use crate::time::Timestamp;

/// What `id_token_hint` or a `sub` in `claims` says about the account of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hint {
    /// There is none, or it names this account.
    Fits,
    /// It names another account.
    NamesAnother,
    /// It is no ID token of this server, or its signing key is no longer known: it names no account.
    Unreadable,
}

/// OpenID Connect Core §3.1.2.1 `id_token_hint`, and §5.5.1 `sub` with a value: a session of another account does not answer the
/// request.
pub(crate) fn hint(app: &App, client: &Client, request: &AuthorizationRequest, visit: &Visit, now: Timestamp) -> Hint {
    let names = |sub: &String| *sub == crate::flows::token::issue::subject(app, client, visit.account.id);
    if !request.claims.sub.is_empty() && !request.claims.sub.iter().any(names) {
        return Hint::NamesAnother;
    }
    let Some(hint) = &request.id_token_hint else { return Hint::Fits };
    match verify_own_expired_ok::<IdTokenClaims>(&app.keyring.load(), hint, "JWT", now) {
        Ok(claims) if names(&claims.sub) => Hint::Fits,
        Ok(_) => Hint::NamesAnother,
        Err(_) => Hint::Unreadable,
    }
}
