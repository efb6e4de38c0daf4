//! `id_token_hint` and a `sub` in `claims`: which account's session may answer a request (OpenID Connect Core §3.1.2.1, §5.5.1).

use crate::app::App;
use crate::client::metadata::Client;
use crate::crypto::jose::verify::verify_hint;
use crate::oidc::authorization::request::AuthorizationRequest;
use crate::oidc::claims::token::IdTokenClaims;
use crate::records::interaction::Visit;
use crate::time::Timestamp;

/// What `id_token_hint` or a `sub` in `claims` says about the account of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hint {
    /// There is none, it cannot be verified, or it names this account.
    Fits,
    /// It names another account.
    NamesAnother,
}

/// OpenID Connect Core §3.1.2.1 `id_token_hint`, and §5.5.1 `sub` with a value: a session of another account does not answer the
/// request.
///
/// A hint that cannot be verified (its key left the key set long ago, or it is no ID token of this server) names no account. It is
/// ignored: the client would get the same by leaving it out.
pub(crate) fn hint(app: &App, client: &Client, request: &AuthorizationRequest, visit: &Visit, now: Timestamp) -> Hint {
    let names = |sub: &String| *sub == crate::flows::token::issue::subject(app, client, visit.account.id);
    if !request.claims.sub.is_empty() && !request.claims.sub.iter().any(names) {
        return Hint::NamesAnother;
    }
    let Some(hint) = &request.id_token_hint else { return Hint::Fits };
    match hint_claims(app, hint, now) {
        Some(claims) if !names(&claims.sub) => Hint::NamesAnother,
        _ => Hint::Fits,
    }
}

/// The claims of an `id_token_hint`; `None`, with the reason in the log, if it cannot be verified.
pub(crate) fn hint_claims(app: &App, hint: &str, now: Timestamp) -> Option<IdTokenClaims> {
    let claims = verify_hint(&app.keyring.load(), hint, now, app.settings.keys.verify_hints_for);
    claims.inspect_err(|reason| tracing::info!(%reason, "id_token_hint is ignored")).ok()
}
