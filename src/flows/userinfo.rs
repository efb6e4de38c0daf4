//! UserInfo: the claims of the person behind an access token. OpenID Connect Core §5.3, RFC 6750.

use super::{App, Broken};
use crate::crypto::verify::verify_own;
use crate::oidc::claims::{AccessTokenClaims, Holder, user_claims};
use crate::oidc::scope::{Scope, parse_scopes};
use serde_json::{Map, Value};

/// Answers with the claims that the token's scopes allow.
pub async fn userinfo(app: &App, access_token: &str) -> Result<Map<String, Value>, UserInfoError> {
    let now = app.clock.now();
    let token: AccessTokenClaims =
        verify_own(&app.keyring.load(), access_token, "at+jwt", now).map_err(|error| UserInfoError::Token(error.to_string()))?;
    // RFC 9068 §4: a token that is for another resource alone is not for us.
    let issuer = app.settings.issuer();
    if token.exp <= now.seconds() || token.iss != issuer || !token.aud.names(issuer) {
        return Err(UserInfoError::Token("expired, of another issuer, or for another resource".to_owned()));
    }
    let scopes = parse_scopes(&token.scope);
    // A client's own token has no grant: there is nobody to tell about.
    let grant = token.gid.filter(|_| scopes.contains(&Scope::Openid)).ok_or(UserInfoError::NoPerson)?;
    let (account, _) = app.store.granted_account(grant).await.map_err(Broken::from)?.ok_or(UserInfoError::Ended)?;

    let age_over_18 = app.settings.country_profile().is_adult(account.person.birth_date, now);
    let mut claims = user_claims(&Holder { account: &account, age_over_18 }, &scopes);
    claims.insert("sub".to_owned(), Value::String(token.sub));
    Ok(claims)
}

/// Why UserInfo was not answered.
#[derive(Debug, thiserror::Error)]
pub enum UserInfoError {
    /// Not a valid access token of ours.
    #[error("access token: {0}")]
    Token(String),
    /// Its grant was ended, or the account closed.
    #[error("grant ended or account closed")]
    Ended,
    /// Issued without the scope `openid`.
    #[error("no person behind this token")]
    NoPerson,
    /// Something broke.
    #[error(transparent)]
    Broken(#[from] Broken),
}
