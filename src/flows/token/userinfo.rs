//! UserInfo: the claims of the person behind an access token. OpenID Connect Core §5.3, RFC 6750.

use crate::app::App;
use crate::app::unavailable::Broken;
use crate::client::scope::{Scope, parse_scopes};
use crate::client::step_up::StepUp;
use crate::crypto::certificate::ClientCertificate;
use crate::crypto::jose::dpop::access_token_hash;
use crate::crypto::jose::verify::verify_own;
use crate::flows::token::dpop::{PresentedProof, ProofRefused, show_key};
use crate::flows::token::encrypt_response::{NoRecipient, UserInfo, userinfo_for};
use crate::oidc::claims::token::{AccessTokenClaims, Confirmation};
use crate::oidc::claims::user::{Holder, single_claims, user_claims};
use crate::oidc::paths;
use serde_json::Value;

/// An access token as it is used.
#[derive(Debug, Clone, Copy)]
pub enum UsedToken<'a> {
    /// By whoever has it (RFC 6750).
    Bearer(&'a str),
    /// With a proof of its key (RFC 9449 §7.1).
    DPoP {
        /// The token.
        token: &'a str,
        /// The `DPoP` header.
        proof: &'a str,
        /// The request's method.
        method: &'a str,
    },
}

/// Answers with the claims that the token's scopes allow, and with those that the request asked for one by one (§5.5).
pub async fn userinfo(
    app: &App,
    used: UsedToken<'_>,
    certificate: Option<&ClientCertificate>,
) -> Result<UserInfo, UserInfoError> {
    let now = app.clock.now();
    let (UsedToken::Bearer(access_token) | UsedToken::DPoP { token: access_token, .. }) = used;
    let token: AccessTokenClaims =
        verify_own(&app.keyring.load(), access_token, "at+jwt", now).map_err(|error| UserInfoError::Token(error.to_string()))?;
    // RFC 9068 §4: a token that is for another resource alone is not for us.
    let issuer = app.settings.issuer();
    if token.exp <= now.seconds() || token.iss != issuer || !token.aud.names(issuer) {
        return Err(UserInfoError::Token("expired, of another issuer, or for another resource".to_owned()));
    }
    shown_with(&token, certificate)?;
    used_as_bound(app, &token, used).await?;
    // RFC 7592 §2.3: a client that is no longer registered learns nothing more, and nobody answers it unprotected.
    let client = app.directory.load().client(&token.client_id).ok_or(UserInfoError::Ended)?;
    // What an operator took away from it, it learns no more.
    let scopes = client.allowed(&parse_scopes(&token.scope));
    // A client's own token has no grant: there is nobody to tell about.
    let grant = token.gid.filter(|_| scopes.contains(&Scope::Openid)).ok_or(UserInfoError::NoPerson)?;
    let (account, grant) = app.store.granted_account(grant).await.map_err(Broken::from)?.ok_or(UserInfoError::Ended)?;
    let asked = grant.claims.clone().within(&client);
    let demanded = client.token_policy.userinfo;
    if !demanded.met_by(token.acr, token.auth_time, now) {
        return Err(UserInfoError::StepUp(demanded));
    }

    let age_over_18 = app.settings.country_profile().is_adult(account.person.birth_date, now);
    let holder = Holder { account: &account, age_over_18, locales: &asked.locales };
    let mut claims = user_claims(&holder, &scopes);
    if !asked.userinfo.is_empty() {
        claims.extend(single_claims(&holder, &asked.userinfo));
    }
    claims.insert("sub".to_owned(), Value::String(token.sub));
    Ok(userinfo_for(app, &client, claims, now).await?)
}

/// RFC 8705 §3: a token that is bound to a certificate is used in a connection made with it.
fn shown_with(token: &AccessTokenClaims, certificate: Option<&ClientCertificate>) -> Result<(), UserInfoError> {
    let Some(Confirmation::Certificate(bound)) = &token.cnf else { return Ok(()) };
    let shown = certificate.and_then(ClientCertificate::thumbprint);
    (shown.as_ref() == Some(bound)).then_some(()).ok_or(UserInfoError::CertificateNeeded)
}

/// RFC 9449 §7.1, §7.2: a token that is bound to a key is used with a proof of it and in no other way; one that is not, without.
async fn used_as_bound(app: &App, token: &AccessTokenClaims, used: UsedToken<'_>) -> Result<(), UserInfoError> {
    match (token.jkt(), used) {
        (None, UsedToken::Bearer(_)) => Ok(()),
        (Some(_), UsedToken::Bearer(_)) => Err(UserInfoError::KeyNeeded),
        (None, UsedToken::DPoP { .. }) => Err(UserInfoError::Token("used with a proof, but bound to no key".to_owned())),
        (Some(jkt), UsedToken::DPoP { token: access_token, proof, method }) => {
            let hash = access_token_hash(access_token);
            let presented = PresentedProof { jwt: proof, method, endpoint: paths::USERINFO, access_token_hash: Some(&hash) };
            let client = app.directory.load().client(&token.client_id);
            let key = show_key(app, client.as_deref(), &presented).await?;
            if key.jkt() == Some(jkt) { Ok(()) } else { Err(UserInfoError::Token("bound to another key".to_owned())) }
        }
    }
}

/// Why UserInfo was not answered.
#[derive(Debug, thiserror::Error)]
pub enum UserInfoError {
    /// Not a valid access token of ours.
    #[error("access token: {0}")]
    Token(String),
    /// Its grant was ended, the account closed, or the client is no longer registered.
    #[error("grant ended, account closed or client gone")]
    Ended,
    /// Issued without the scope `openid`.
    #[error("no person behind this token")]
    NoPerson,
    /// It is bound to a key, and none was shown.
    #[error("access token bound to a key, used without a proof")]
    KeyNeeded,
    /// It is bound to a certificate, and another one or none was shown.
    #[error("access token bound to a certificate that was not shown")]
    CertificateNeeded,
    /// The proof of its key is not good.
    #[error(transparent)]
    Proof(#[from] ProofRefused),
    /// The authentication behind it is weaker or older than the client's agency lets UserInfo answer for (RFC 9470 §3).
    #[error("authentication behind the token too weak or too old")]
    StepUp(StepUp),
    /// Nobody to encrypt the answer for.
    #[error(transparent)]
    Recipient(#[from] NoRecipient),
    /// Something broke.
    #[error(transparent)]
    Broken(#[from] Broken),
}
