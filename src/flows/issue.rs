//! Minting tokens: the only place that makes ID tokens, access tokens and refresh tokens.

use super::dpop::ShownKey;
use super::exchange::Exchanged;
use super::protect::seal;
use super::{App, Broken};
use crate::crypto::jwe::Recipient;
use crate::crypto::sign::sign;
use crate::identity::account::{Account, TokenHash};
use crate::identity::consent::Grant;
use crate::identity::id::{AccountId, SessionId};
use crate::oidc::claims::{AccessTokenClaims, Confirmation, IdTokenClaims, TellingIdToken, TokenFrame};
use crate::oidc::client::{Client, GrantType, SubjectType};
use crate::oidc::details::reach::{Allowed, Narrower, Reach};
use crate::oidc::error::OAuthError;
use crate::oidc::exchange;
use crate::oidc::resource::{Audience, ResourceUri};
use crate::oidc::scope::{Scope, scope_list};
use crate::oidc::token::{TokenResponse, TokenType};
use crate::oidc::user_claims::{Holder, single_claims};
use crate::secret::Secret;
use crate::time::Timestamp;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Tokens for one answer, and what the store must keep of them.
pub struct Issued {
    /// What the client gets.
    pub response: TokenResponse,
    /// What is kept of the refresh token, if there is one.
    pub refresh: Option<IssuedRefresh>,
    /// When the last of these tokens expires: the grant has to be remembered until then.
    pub lives_until: Timestamp,
}

/// What is kept of a refresh token.
pub struct IssuedRefresh {
    /// Its hash.
    pub hash: TokenHash,
    /// When it stops working.
    pub expires_at: Timestamp,
}

/// The `sub` of an account at a client (OpenID Connect Core §8).
pub fn subject(app: &App, client: &Client, account: AccountId) -> String {
    let sector = match client.subject_type {
        SubjectType::Pairwise => client.sector.as_str(),
        SubjectType::Public => "",
    };
    app.pairwise.subject(sector, account)
}

/// The `sid` of a session at a client.
pub fn sid(app: &App, client: &Client, session: SessionId) -> String {
    app.pairwise.session(&client.id, session)
}

/// What tokens are made of.
#[derive(Clone, Copy)]
pub struct Mint<'a> {
    /// Whose they are.
    pub account: &'a Account,
    /// What was granted; for this answer it may be narrower than in the store.
    pub grant: &'a Grant,
    /// What the access token is for, and what it allows there.
    pub reach: &'a Reach,
    /// Whom the ID token is encrypted for, if for anybody.
    pub recipient: Option<&'a Recipient>,
}

/// How far the access token of an answer reaches. Errors: `invalid_target`, `invalid_authorization_details`.
pub fn reach(app: &App, allowed: &Allowed<'_>, asked: &Narrower) -> Result<Reach, OAuthError> {
    Reach::of(app.settings.issuer(), app.directory.load().detail_types(), allowed, asked)
}

/// Mints the tokens of a grant.
pub fn issue(app: &App, client: &Client, mint: Mint<'_>, now: Timestamp) -> Result<Issued, Broken> {
    let Mint { account, grant, reach, recipient } = mint;
    let keyring = app.keyring.load();
    let tokens = &app.settings.tokens;
    let subject = subject(app, client, account.id);
    let (issuer, sid) = (app.settings.issuer(), sid(app, client, grant.session));
    let frame = |lifetime| TokenFrame { issuer, subject: &subject, session: Some(&sid), now, lifetime };
    let access = AccessTokenClaims::of(grant, &frame(tokens.access_token_lifetime), &grant.scopes, token_id(app));
    let authorization_details = reach.details.clone();
    let access = AccessTokenClaims { aud: reach.audience.clone(), authorization_details, ..access };
    let access_token = sign(&keyring, client.signing_alg, "at+jwt", &access, now)?;
    let id = IdTokenClaims::of(grant, &frame(tokens.id_token_lifetime), &access_token, client.signing_alg);
    // OpenID Connect Core §3.1.2.1: without `openid` this is no authentication request and has no ID token, whichever grant type it is.
    let id_token = if !grant.scopes.contains(&Scope::Openid) {
        None
    } else if grant.claims.id_token.is_empty() {
        Some(sign(&keyring, client.signing_alg, "JWT", &id, now)?)
    } else {
        let age_over_18 = app.settings.country_profile().is_adult(account.person.birth_date, now);
        let holder = Holder { account, age_over_18, locales: &grant.claims.locales };
        let person = single_claims(&holder, &grant.claims.id_token);
        Some(sign(&keyring, client.signing_alg, "JWT", &TellingIdToken { id: &id, person }, now)?)
    };
    let (refresh_token, refresh) = refresh_token(app, client, grant, now).unzip();
    let response = TokenResponse {
        access_token: Secret::new(access_token),
        token_type: TokenType::bound_to(grant.bound_to.as_ref()),
        expires_in: tokens.access_token_lifetime.as_secs(),
        refresh_token,
        scope: scope_list(&grant.scopes),
        id_token: id_token.map(|id_token| seal(app, recipient, id_token)).transpose()?.map(Secret::new),
        authorization_details: access.authorization_details,
        issued_token_type: None,
    };
    let access_until = now.plus(tokens.access_token_lifetime);
    let lives_until = refresh.as_ref().map_or(access_until, |refresh| refresh.expires_at.max(access_until));
    Ok(Issued { response, refresh, lives_until })
}

/// The access token of a client that acts for itself (RFC 6749 §4.4).
pub fn issue_to_client(
    app: &App,
    client: &Client,
    reach: Reach,
    key: Option<ShownKey>,
    now: Timestamp,
) -> Result<TokenResponse, Broken> {
    let lifetime = app.settings.tokens.access_token_lifetime;
    let frame = TokenFrame { issuer: app.settings.issuer(), subject: client.id.as_str(), session: None, now, lifetime };
    let cnf = key.map(|key| Confirmation::from(key.into_binding()));
    let Reach { audience: aud, details: authorization_details } = reach;
    let claims = AccessTokenClaims {
        aud,
        cnf,
        authorization_details,
        ..AccessTokenClaims::of_client(&client.id, &frame, &[], token_id(app))
    };
    let access_token = sign(&app.keyring.load(), client.signing_alg, "at+jwt", &claims, now)?;
    Ok(TokenResponse {
        access_token: Secret::new(access_token),
        token_type: TokenType::of(claims.jkt()),
        expires_in: lifetime.as_secs(),
        refresh_token: None,
        scope: String::new(),
        id_token: None,
        authorization_details: claims.authorization_details,
        issued_token_type: None,
    })
}

/// The access token of a client that calls another one for a person (RFC 8693 §2.2.1). It does not outlive the token that it came from.
pub fn issue_exchanged(
    app: &App,
    client: &Client,
    exchanged: Exchanged<'_>,
    key: Option<ShownKey>,
    now: Timestamp,
) -> Result<TokenResponse, Broken> {
    let Exchanged { from, target, subject, scopes, actor } = exchanged;
    let lifetime = app.settings.tokens.access_token_lifetime.min(Timestamp::from_seconds(from.exp).since(now));
    let frame = TokenFrame { issuer: app.settings.issuer(), subject, session: None, now, lifetime };
    let resource = target.token_policy.resource_identifier.as_ref().map_or(target.id.as_str(), ResourceUri::as_str);
    let claims = AccessTokenClaims {
        aud: Audience::one(resource),
        auth_time: from.auth_time,
        acr: from.acr,
        amr: from.amr.clone(),
        gid: from.gid,
        cnf: key.map(|key| Confirmation::from(key.into_binding())),
        act: Some(actor),
        ..AccessTokenClaims::of_client(&client.id, &frame, scopes, token_id(app))
    };
    // The target verifies it: by the algorithm that the target is registered for.
    let access_token = sign(&app.keyring.load(), target.signing_alg, "at+jwt", &claims, now)?;
    Ok(TokenResponse {
        access_token: Secret::new(access_token),
        token_type: TokenType::of(claims.jkt()),
        expires_in: lifetime.as_secs(),
        refresh_token: None,
        scope: scope_list(scopes),
        id_token: None,
        authorization_details: None,
        issued_token_type: Some(exchange::ACCESS_TOKEN),
    })
}

fn token_id(app: &App) -> String {
    URL_SAFE_NO_PAD.encode(app.random.bytes::<16>())
}

fn refresh_token(app: &App, client: &Client, grant: &Grant, now: Timestamp) -> Option<(Secret<String>, IssuedRefresh)> {
    let wanted = grant.scopes.contains(&Scope::OfflineAccess) && client.grant_types.contains(&GrantType::RefreshToken);
    wanted.then(|| {
        let token = app.random.token();
        let hash = TokenHash::of(token.expose());
        (token, IssuedRefresh { hash, expires_at: now.plus(app.settings.tokens.refresh_token_lifetime) })
    })
}
