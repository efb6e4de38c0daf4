//! Minting tokens: the only place that makes ID tokens, access tokens and refresh tokens. Only [`crate::flows::token::grant_pipeline`] calls it.

use crate::app::App;
use crate::app::unavailable::Unavailable;
use crate::client::grant_type::GrantType;
use crate::client::metadata::Client;
use crate::client::resource::{Audience, ResourceUri};
use crate::client::scope::{Scope, scope_list};
use crate::client::words::SubjectType;
use crate::crypto::jose::jwe::Recipient;
use crate::crypto::jose::sign::sign;
use crate::crypto::pairwise::PUBLIC_SECTOR;
use crate::flows::token::encrypt_response::seal;
use crate::identity::account::Account;
use crate::identity::id::{AccountId, SessionId};
use crate::oidc::binding::Binding;
use crate::oidc::claims::token::{AccessTokenClaims, Confirmation, IdTokenClaims, TellingIdToken, TokenFrame};
use crate::oidc::claims::user::{Holder, single_claims, user_claims};
use crate::oidc::details::reach::{Allowed, Narrower, Reach};
use crate::oidc::error::OAuthError;
use crate::oidc::token::exchange;
use crate::oidc::token::exchange::Actor;
use crate::oidc::token::request::{TokenResponse, TokenType};
use crate::records::grant::Grant;
use crate::secret::{Secret, TokenHash};
use crate::time::Timestamp;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use std::sync::Arc;

/// Tokens for one answer, and what the store must keep of them.
pub(crate) struct Issued {
    /// What the client gets.
    pub(crate) response: TokenResponse,
    /// What is to be kept of the refresh token, if there is a new one.
    pub(crate) refresh: Option<IssuedRefresh>,
    /// When the last of these tokens expires: the grant must be stored until then.
    pub(crate) lives_until: Timestamp,
}

/// What is written of a refresh token: its hash, and when it stops working.
pub(crate) enum IssuedRefresh {
    /// It is added.
    New { hash: TokenHash, expires_at: Timestamp },
    /// It is there, and lives longer from now on.
    Prolonged { hash: TokenHash, expires_at: Timestamp },
}

/// The `sub` of an account at a client (OpenID Connect Core §8).
pub(crate) fn subject(app: &App, client: &Client, account: AccountId) -> String {
    let sector = match client.subject_type {
        SubjectType::Pairwise => client.sector.as_str(),
        SubjectType::Public => PUBLIC_SECTOR,
    };
    app.pairwise.subject(sector, account)
}

/// The `sid` of a session at a client.
pub(crate) fn sid(app: &App, client: &Client, session: SessionId) -> String {
    app.pairwise.session(&client.id, session)
}

/// What the tokens of a person's grant are made of.
pub(crate) struct Mint<'a> {
    /// The account that they are about.
    pub(crate) account: &'a Account,
    /// What was granted; for this answer it may be narrower than in the store.
    pub(crate) grant: &'a Grant,
    /// What the access token is for, and what it allows there.
    pub(crate) reach: &'a Reach,
    /// Whether there is an ID token, and how it is protected.
    pub(crate) id_token: IdToken,
    /// Which refresh token there is, if the grant has any.
    pub(crate) refresh: RefreshToken,
}

/// Whether an answer has an ID token. [`crate::flows::token::grant_pipeline`] decides it.
pub(crate) enum IdToken {
    /// It has none.
    Omitted,
    /// Signed.
    Signed,
    /// Signed and encrypted for the client (OpenID Connect Core §10.2).
    Encrypted(Box<Recipient>),
}

impl IdToken {
    /// One that is encrypted if there is a recipient.
    pub(crate) fn encrypted_for(recipient: Option<Recipient>) -> Self {
        recipient.map_or(Self::Signed, |recipient| Self::Encrypted(Box::new(recipient)))
    }
}

/// Which refresh token is in an answer.
pub(crate) enum RefreshToken {
    /// A random one: the grant has none yet.
    First,
    /// The successor of the one that was used. It is stored with this answer.
    Next(Secret<String>),
    /// The same successor again. It was stored with an earlier answer, which was lost.
    Again(Secret<String>),
    /// The one that the client used, which it keeps. The answer repeats it: some libraries store what an answer has, and nothing where it
    /// has none.
    Same {
        /// That token.
        token: Secret<String>,
        /// Until when it works, as it is stored.
        expires_at: Timestamp,
    },
}

/// A refresh token that is kept lives as long from each use as from its first. That is written when a use finds this part of its life
/// gone: of a life of thirty days, once a day.
const PROLONGED_AFTER: u32 = 30;

/// What an exchanged token is made of.
pub(crate) struct Exchanged {
    /// The token that is exchanged.
    pub(crate) from: AccessTokenClaims,
    /// The client that the new one is for.
    pub(crate) target: Arc<Client>,
    /// The person.
    pub(crate) account: AccountId,
    /// What it allows.
    pub(crate) scopes: Vec<Scope>,
    /// The client that acts, and those before it.
    pub(crate) actor: Actor,
}

/// The resources and details that the access token of an answer is for. Errors: `invalid_target`,
/// `invalid_authorization_details`.
pub(crate) fn reach(app: &App, allowed: &Allowed<'_>, asked: &Narrower) -> Result<Reach, OAuthError> {
    Reach::of(app.settings.issuer(), app.client_cache.load().detail_types(), allowed, asked)
}

/// Mints the tokens of a grant.
pub(crate) fn issue(app: &App, client: &Client, mint: Mint<'_>, now: Timestamp) -> Result<Issued, Unavailable> {
    let Mint { account, grant, reach, id_token, refresh } = mint;
    let keyring = app.keyring.load();
    let tokens = &app.settings.tokens;
    let subject = subject(app, client, account.id);
    let (issuer, sid) = (app.settings.issuer(), sid(app, client, grant.session));
    let frame = |lifetime| TokenFrame { issuer, subject: &subject, session: Some(&sid), now, lifetime };
    let access = AccessTokenClaims::of(grant, &frame(tokens.access_token_lifetime), &grant.scopes, token_id(app));
    let authorization_details = reach.details.clone();
    let access = AccessTokenClaims { aud: reach.audience.clone(), authorization_details, ..access };
    let access_token = sign(&keyring, client.signing_alg, "at+jwt", &access, now)?;
    let signed = || {
        let id = IdTokenClaims::of(grant, &frame(tokens.id_token_lifetime), &access_token, client.signing_alg);
        match told_about(app, client, Told { account, grant }, now) {
            None => sign(&keyring, client.signing_alg, "JWT", &id, now),
            Some(person) => sign(&keyring, client.signing_alg, "JWT", &TellingIdToken { id: &id, person }, now),
        }
    };
    let id_token = match id_token {
        IdToken::Omitted => None,
        IdToken::Signed => Some(signed()?),
        IdToken::Encrypted(recipient) => Some(seal(app, Some(&recipient), signed()?)?),
    };
    let access_until = now.plus(tokens.access_token_lifetime);
    let (refresh_token, refresh, lives_until) = match refresh_until(app, client, grant, now) {
        Some(until) => {
            let (token, kept) = refresh_token(app, refresh, until);
            (token, kept, until.max(access_until))
        }
        None => (None, None, access_until),
    };
    let response = TokenResponse {
        access_token: Secret::new(access_token),
        token_type: TokenType::bound_to(grant.bound_to.as_ref()),
        expires_in: tokens.access_token_lifetime.as_secs(),
        refresh_token,
        scope: scope_list(&grant.scopes),
        id_token: id_token.map(Secret::new),
        authorization_details: access.authorization_details,
        issued_token_type: None,
    };
    Ok(Issued { response, refresh, lives_until })
}

/// The claims about the person in an ID token: those that `claims` asked for there (OpenID Connect Core §5.5), and, for a client that is
/// registered for it, those of the scopes (§5.4), under the conditions under which UserInfo tells them.
fn told_about(app: &App, client: &Client, of: Told<'_>, now: Timestamp) -> Option<Map<String, Value>> {
    let Told { account, grant } = of;
    let policy = &client.token_policy;
    let scopes = policy.id_token_claims && policy.userinfo.met_by(Some(grant.acr), Some(grant.auth_time.seconds()), now);
    if !scopes && grant.claims.id_token.is_empty() {
        return None;
    }
    let age_over_18 = app.settings.country_profile().is_adult(account.person.birth_date, now);
    let holder = Holder { account, age_over_18, locales: &grant.claims.locales };
    let mut person = if scopes { user_claims(&holder, &grant.scopes) } else { Map::new() };
    person.extend(single_claims(&holder, &grant.claims.id_token));
    Some(person)
}

/// Whom an ID token is about, and what was granted.
#[derive(Clone, Copy)]
struct Told<'a> {
    account: &'a Account,
    grant: &'a Grant,
}

/// The access token of a client that acts for itself (RFC 6749 §4.4).
pub(crate) fn issue_to_client(
    app: &App,
    client: &Client,
    reach: Reach,
    bound_to: Option<Binding>,
    now: Timestamp,
) -> Result<Issued, Unavailable> {
    let lifetime = app.settings.tokens.access_token_lifetime;
    let frame = TokenFrame { issuer: app.settings.issuer(), subject: client.id.as_str(), session: None, now, lifetime };
    let Reach { audience: aud, details: authorization_details } = reach;
    let claims = AccessTokenClaims {
        aud,
        cnf: bound_to.map(Confirmation::from),
        authorization_details,
        ..AccessTokenClaims::of_client(&client.id, &frame, &[], token_id(app))
    };
    let access_token = sign(&app.keyring.load(), client.signing_alg, "at+jwt", &claims, now)?;
    let response = TokenResponse {
        access_token: Secret::new(access_token),
        token_type: TokenType::of(claims.jkt()),
        expires_in: lifetime.as_secs(),
        refresh_token: None,
        scope: String::new(),
        id_token: None,
        authorization_details: claims.authorization_details,
        issued_token_type: None,
    };
    Ok(Issued { response, refresh: None, lives_until: now.plus(lifetime) })
}

/// The access token of a client that calls another one for a person (RFC 8693 §2.2.1). It does not outlive the token that it came from.
pub(crate) fn issue_exchanged(
    app: &App,
    client: &Client,
    exchanged: Exchanged,
    bound_to: Option<Binding>,
    now: Timestamp,
) -> Result<Issued, Unavailable> {
    let Exchanged { from, target, account, scopes, actor } = exchanged;
    let lifetime = app.settings.tokens.access_token_lifetime.min(Timestamp::from_seconds(from.exp).since(now));
    let subject = subject(app, &target, account);
    let frame = TokenFrame { issuer: app.settings.issuer(), subject: &subject, session: None, now, lifetime };
    let resource = target.token_policy.resource_identifier.as_ref().map_or(target.id.as_str(), ResourceUri::as_str);
    let claims = AccessTokenClaims {
        aud: Audience::one(resource),
        auth_time: from.auth_time,
        acr: from.acr,
        amr: from.amr,
        gid: from.gid,
        cnf: bound_to.map(Confirmation::from),
        act: Some(actor),
        ..AccessTokenClaims::of_client(&client.id, &frame, &scopes, token_id(app))
    };
    // The target verifies it, so the algorithm is the one that the target registered.
    let access_token = sign(&app.keyring.load(), target.signing_alg, "at+jwt", &claims, now)?;
    let response = TokenResponse {
        access_token: Secret::new(access_token),
        token_type: TokenType::of(claims.jkt()),
        expires_in: lifetime.as_secs(),
        refresh_token: None,
        scope: scope_list(&scopes),
        id_token: None,
        authorization_details: None,
        issued_token_type: Some(exchange::ACCESS_TOKEN),
    };
    Ok(Issued { response, refresh: None, lives_until: now.plus(lifetime) })
}

fn token_id(app: &App) -> String {
    URL_SAFE_NO_PAD.encode(app.random.bytes::<16>())
}

/// Until when a refresh token of this answer works; `None` where the grant has none (OpenID Connect Core §11).
fn refresh_until(app: &App, client: &Client, grant: &Grant, now: Timestamp) -> Option<Timestamp> {
    let wanted = grant.scopes.contains(&Scope::OfflineAccess) && client.grant_types.contains(&GrantType::RefreshToken);
    wanted.then(|| now.plus(app.settings.tokens.refresh_token_lifetime))
}

/// The refresh token of an answer, and what is written of it.
fn refresh_token(app: &App, refresh: RefreshToken, expires_at: Timestamp) -> (Option<Secret<String>>, Option<IssuedRefresh>) {
    let new = |token: Secret<String>| {
        let hash = TokenHash::of(token.expose());
        (Some(token), Some(IssuedRefresh::New { hash, expires_at }))
    };
    match refresh {
        RefreshToken::First => new(app.random.token()),
        RefreshToken::Next(token) => new(token),
        RefreshToken::Again(token) => (Some(token), None),
        RefreshToken::Same { token, expires_at: stored } => {
            let due = expires_at.since(stored) >= app.settings.tokens.refresh_token_lifetime / PROLONGED_AFTER;
            let hash = TokenHash::of(token.expose());
            (Some(token), due.then_some(IssuedRefresh::Prolonged { hash, expires_at }))
        }
    }
}
