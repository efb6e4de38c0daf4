//! UserInfo: the claims of the person behind an access token. OpenID Connect Core §5.3, RFC 6750.

use crate::app::App;
use crate::app::unavailable::{Unavailable, unavailable_from};
use crate::client::resource::Audience;
use crate::client::scope::{Scope, parse_scopes};
use crate::client::step_up::StepUp;
use crate::crypto::certificate::ClientCertificate;
use crate::crypto::jose::dpop::access_token_hash;
use crate::crypto::jose::verify::{VerifyError, verify_own};
use crate::flows::token::dpop::{PresentedProof, ProofRefused, show_key};
use crate::flows::token::encrypt_response::{NoRecipient, UserInfo, userinfo_for};
use crate::oidc::claims::token::{AccessTokenClaims, Confirmation};
use crate::oidc::claims::user::{Holder, single_claims, user_claims};
use crate::oidc::paths;
use crate::records::event::EventKind;
use crate::store::StoreError;
use serde_json::Value;

/// An access token, and how it is used.
#[derive(Debug, Clone, Copy)]
pub(crate) enum UsedToken<'a> {
    /// As a bearer token (RFC 6750).
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

/// Answers with the claims that the token's scopes allow, and with the individual claims that the request asked for (§5.5).
pub(crate) async fn userinfo(
    app: &App,
    used: UsedToken<'_>,
    certificate: Option<&ClientCertificate>,
) -> Result<UserInfo, UserInfoError> {
    let now = app.clock.now();
    let (UsedToken::Bearer(access_token) | UsedToken::DPoP { token: access_token, .. }) = used;
    let token: AccessTokenClaims = verify_own(&app.keyring.load(), access_token, "at+jwt", now).map_err(|error| match error {
        VerifyError::WrongType => UserInfoError::NoAccessToken,
        error => UserInfoError::Token(error.to_string()),
    })?;
    let issuer = app.settings.issuer();
    if token.exp <= now.seconds() || token.iss != issuer {
        return Err(UserInfoError::Token("expired, or of another issuer".to_owned()));
    }
    // RFC 9068 §4: a token that is only for another resource is rejected here.
    if !token.aud.names(issuer) {
        return Err(UserInfoError::ForAnother(token.aud));
    }
    shown_with(&token, certificate)?;
    used_as_bound(app, &token, used).await?;
    // RFC 7592 §2.3: a client that is no longer registered gets no claims. Its registration also says how the response is
    // protected.
    let client = app.client_cache.load().client(&token.client_id).ok_or(UserInfoError::Ended)?;
    // Scopes that an operator took away from the client no longer count.
    let scopes = client.allowed(&parse_scopes(&token.scope));
    // A client's own token has no grant: it is about no person.
    let grant = token.gid.filter(|_| scopes.contains(&Scope::Openid)).ok_or(UserInfoError::NoPerson)?;
    let (account, grant) = app.store.granted_account(grant).await?.ok_or(UserInfoError::Ended)?;
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
    let answer = userinfo_for(app, &client, claims, now).await?;
    app.note(app.event(EventKind::ClaimsReleased, now).by_client(&client.id).about(account.id).of_grant(grant.id));
    Ok(answer)
}

/// RFC 8705 §3: a token that is bound to a certificate must be used in a connection made with it.
fn shown_with(token: &AccessTokenClaims, certificate: Option<&ClientCertificate>) -> Result<(), UserInfoError> {
    let Some(Confirmation::Certificate(bound)) = &token.cnf else { return Ok(()) };
    let shown = certificate.and_then(ClientCertificate::thumbprint);
    (shown.as_ref() == Some(bound)).then_some(()).ok_or(UserInfoError::CertificateNeeded)
}

/// RFC 9449 §7.1, §7.2: a token that is bound to a key must be used with a proof of that key; a token that is not bound, without
/// a proof.
async fn used_as_bound(app: &App, token: &AccessTokenClaims, used: UsedToken<'_>) -> Result<(), UserInfoError> {
    match (token.jkt(), used) {
        (None, UsedToken::Bearer(_)) => Ok(()),
        (Some(_), UsedToken::Bearer(_)) => Err(UserInfoError::KeyNeeded),
        (None, UsedToken::DPoP { .. }) => Err(UserInfoError::Token("used with a proof, but bound to no key".to_owned())),
        (Some(jkt), UsedToken::DPoP { token: access_token, proof, method }) => {
            let hash = access_token_hash(access_token);
            let presented = PresentedProof { jwt: proof, method, endpoint: paths::USERINFO, access_token_hash: Some(&hash) };
            let client = app.client_cache.load().client(&token.client_id);
            let key = show_key(app, client.as_deref(), &presented).await?;
            if key.jkt() == Some(jkt) { Ok(()) } else { Err(UserInfoError::Token("bound to another key".to_owned())) }
        }
    }
}

/// Why UserInfo was not answered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UserInfoError {
    /// Not a valid access token of this server.
    #[error("access token: {0}")]
    Token(String),
    /// It is a JWT of another kind, such as an ID token.
    #[error("not an access token, but a JWT of another kind")]
    NoAccessToken,
    /// A valid access token that is for other resources only. Its holder can read in it which ones.
    #[error("access token for another resource: {0:?}")]
    ForAnother(Audience),
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
    /// The proof of its key is not valid.
    #[error(transparent)]
    Proof(#[from] ProofRefused),
    /// The authentication behind it is weaker or older than the client's agency lets UserInfo answer for (RFC 9470 §3).
    #[error("authentication behind the token too weak or too old")]
    StepUp(StepUp),
    /// The response cannot be encrypted for the client.
    #[error(transparent)]
    Recipient(#[from] NoRecipient),
    /// A dependency failed.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

unavailable_from!(UserInfoError: StoreError);
