//! The token pipeline: everything that the grant types of `POST /token` have in common. RFC 6749 §5.1.
//!
//! A grant type (`redeem_code`, `cross_device::decide`, `refresh`, `exchange`, `client_credentials`) finds what the client
//! presents, consumes it, and passes it on as `Found`. The function `answer` narrows, mints, writes grant and event in one
//! transaction, looks again, and answers. Only this file makes a [`TokenAnswer`], and the token endpoint sends nothing else: no
//! grant type can leave out a step.
//!
//! "Sign out everywhere" relies on the second look. A sign-out and a token request can happen at the same time. If the sign-out was
//! answered before the second look, the look sees it and no token leaves. Otherwise the look came before the answer. The token may then
//! leave after the answer, but its grant was on disk before the look, so the sign-out ends it. The same holds for a closed account.

use crate::app::App;
use crate::app::reload::is_registered;
use crate::app::unavailable::Unavailable;
use crate::client::grant_type::GrantType;
use crate::client::metadata::Client;
use crate::client::scope::Scope;
use crate::client::words::ClientId;
use crate::clients::authenticate_client::AuthenticatedClient;
use crate::crypto::jose::jwe::Recipient;
use crate::flows::session::backchannel_logout;
use crate::flows::token::dpop::ShownKey;
use crate::flows::token::encrypt_response::{NoRecipient, recipient};
use crate::flows::token::issue::{
    Exchanged, IdToken, Issued, IssuedRefresh, Mint, RefreshToken, issue, issue_exchanged, issue_to_client, reach, subject,
};
use crate::flows::token::not_issued::NotIssued;
use crate::identity::account::Account;
use crate::identity::id::{AccountId, GrantId, SessionId};
use crate::oidc::binding::Binding;
use crate::oidc::claims::token::AccessTokenClaims;
use crate::oidc::details::reach::{Allowed, Narrower};
use crate::oidc::token::request::{TokenResponse, narrow};
use crate::oidc::token::resource::Granted;
use crate::records::event::{EventKind, What};
use crate::records::grant::Grant;
use crate::store::{GRANT_EXISTS, Tx};
use crate::time::Timestamp;
use serde::Serialize;
use std::sync::Arc;

/// A token response that went through the whole pipeline.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct TokenAnswer(TokenResponse);

/// The client that asks for tokens.
pub(crate) struct Requester<'a> {
    /// Its registration. The type says that it authenticated.
    pub(crate) client: &'a AuthenticatedClient,
    /// The key that its tokens will be bound to (RFC 9449 §5, RFC 8705 §3), if it showed one.
    pub(crate) key: Option<ShownKey>,
    /// The time of the request.
    pub(crate) now: Timestamp,
}

impl Requester<'_> {
    fn binding(&self) -> Option<Binding> {
        self.key.as_ref().map(|key| key.binding().clone())
    }

    /// What the refresh tokens of a grant are bound to: RFC 9449 §5 binds those of a public client. Any other client
    /// authenticates to use them, so they need no key.
    fn refresh_binding(&self) -> Option<Binding> {
        self.binding().filter(|_| self.client.client().is_public())
    }
}

/// What a grant type found. This is the only thing in which grant types differ.
pub(crate) enum Found<'a> {
    /// A person's grant to the client: from a code, a decision in another browser, or a refresh token.
    Grant(Box<FoundGrant<'a>>),
    /// An access token of a person, to be exchanged for one for another agency (RFC 8693).
    Token(Box<Exchanged>),
    /// The client's own registration, and no person (RFC 6749 §4.4).
    Registration(&'a Narrower),
}

/// A grant, and what of it the request asks for.
pub(crate) struct FoundGrant<'a> {
    /// What was granted.
    pub(crate) grant: Grant,
    /// `scope`, where the request names it (RFC 6749 §6).
    pub(crate) scopes: Option<&'a [Scope]>,
    /// `resource` and `authorization_details`.
    pub(crate) narrower: &'a Narrower,
    /// Whether it is in the store.
    pub(crate) kept: Kept,
}

/// Whether a grant is in the store.
pub(crate) enum Kept {
    /// Not yet: the pipeline adds it. Its id is unique, so that of several redemptions at the same time one is served and the others fail
    /// with [`NotIssued::Redeemed`].
    New {
        /// The grant is kept until then, or as long as its tokens live, so that a later redemption is recognised.
        remembered_until: Timestamp,
        /// What ends it.
        ends_with: EndsWith,
    },
    /// It is there, and its refresh token was claimed.
    Before {
        /// The transaction of the claim. It is rolled back unless there is an answer.
        tx: Box<Tx>,
        /// The refresh token of the answer.
        refresh: RefreshToken,
        /// The recipient of an encrypted ID token. It is looked up before `tx` begins: a transaction must not wait for a client's server.
        recipient: Result<Option<Recipient>, NoRecipient>,
    },
    /// It is there, and so is its refresh token, which the client keeps: nothing was claimed.
    Standing {
        /// Its account.
        account: Arc<Account>,
        /// That refresh token.
        refresh: RefreshToken,
        /// The recipient of an encrypted ID token.
        recipient: Result<Option<Recipient>, NoRecipient>,
    },
}

/// What ends a new grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EndsWith {
    /// The end of the browser's session in which it was made, or of every session of the account.
    Session,
    /// The end of every session of the account. It belongs to no browser's session (RFC 8628, OpenID Connect CIBA Core).
    Account,
}

/// Tokens that have not left yet.
struct Minted {
    issued: Issued,
    record: Record,
    stands_on: StandsOn,
}

/// What is written before the tokens leave.
enum Record {
    /// A grant, new or refreshed, and its event.
    Grant(Box<Grant>, WriteTo),
    /// An event only: an exchanged token belongs to a grant that is in the store.
    Exchange {
        /// The person.
        account: AccountId,
        /// The client that the token is for.
        target: ClientId,
    },
    /// Nothing: the token of a client that acts for itself names no person.
    Nothing,
}

/// Where a grant is written.
enum WriteTo {
    /// In a new transaction, which inserts it.
    New {
        /// See [`Kept::New`].
        remembered_until: Timestamp,
    },
    /// In the transaction that claimed its refresh token.
    Open(Box<Tx>),
    /// Not again: it is there, with this account. An event is added.
    Standing(Arc<Account>),
}

/// What must still be valid when the tokens leave.
enum StandsOn {
    /// The sign-in of a person.
    SignIn { grant: GrantId, account: AccountId, auth_time: Timestamp, session: Option<SessionId> },
    /// A grant that was there before.
    Grant(GrantId),
    /// The subject token of an exchange.
    Token(Box<AccessTokenClaims>),
    /// Nothing but the client's authentication in this request.
    Client,
}

/// Answers a token request.
pub(crate) async fn answer(app: &App, requester: Requester<'_>, found: Found<'_>) -> Result<TokenAnswer, NotIssued> {
    let Minted { issued, record, stands_on } = match found {
        Found::Grant(found) => mint_grant(app, &requester, *found).await?,
        Found::Token(exchanged) => mint_exchanged(app, &requester, *exchanged)?,
        Found::Registration(narrower) => mint_for_client(app, &requester, narrower)?,
    };
    // What is reported as done is on disk before it is reported.
    match write(app, &requester, &issued, record).await {
        Err(Unavailable::Store(error)) if error.conflict() == Some(GRANT_EXISTS) => return Err(NotIssued::Redeemed),
        written => written?,
    }
    look_again(app, &stands_on, requester.now).await?;
    Ok(TokenAnswer(issued.response))
}

/// Narrows a grant to what the request asks for and the client may still have, and mints its tokens.
async fn mint_grant(app: &App, requester: &Requester<'_>, found: FoundGrant<'_>) -> Result<Minted, NotIssued> {
    let (client, now) = (requester.client.client(), requester.now);
    let FoundGrant { grant, scopes, narrower, kept } = found;
    let grant = grant.within(client).map_err(NotIssued::Target)?;
    let mut narrowed = Grant { scopes: scopes_of_answer(&grant, scopes)?, bound_to: requester.binding(), ..grant.clone() };
    let (mut place, refresh, recipient, session) = match kept {
        Kept::New { remembered_until, ends_with } => {
            let session = (ends_with == EndsWith::Session).then_some(grant.session);
            (WriteTo::New { remembered_until }, RefreshToken::First, None, session)
        }
        Kept::Before { tx, refresh, recipient } => {
            // OpenID Connect Core §12.2: an ID token beside a refreshed access token repeats no nonce.
            narrowed.nonce = None;
            (WriteTo::Open(tx), refresh, Some(recipient), None)
        }
        Kept::Standing { account, refresh, recipient } => {
            narrowed.nonce = None;
            (WriteTo::Standing(account), refresh, Some(recipient), None)
        }
    };
    let account = account_of(app, &grant, &mut place).await?.ok_or(NotIssued::AccountClosed)?;
    let registered = &client.token_policy.resources;
    let granted = Granted { registered, resources: &narrowed.resources, scopes: &narrowed.scopes };
    let allowed = Allowed { granted, details: narrowed.details.as_ref() };
    let reach = reach(app, &allowed, narrower).map_err(NotIssued::Target)?;
    let id_token = id_token(app, client, &narrowed, recipient).await?;
    let issued = issue(app, client, Mint { account: &account, grant: &narrowed, reach: &reach, id_token, refresh }, now)?;
    let stands_on = match place {
        WriteTo::Standing(_) => StandsOn::Grant(grant.id),
        WriteTo::New { .. } | WriteTo::Open(_) => {
            StandsOn::SignIn { grant: grant.id, account: grant.account, auth_time: grant.auth_time, session }
        }
    };
    Ok(Minted { issued, record: Record::Grant(Box::new(grant), place), stands_on })
}

/// The account of a grant, unless it is closed or all its sessions ended since the person signed in.
async fn account_of(app: &App, grant: &Grant, place: &mut WriteTo) -> Result<Option<Arc<Account>>, Unavailable> {
    let account = match place {
        WriteTo::New { .. } => app.store.account(grant.account).await?,
        WriteTo::Open(tx) => tx.account(grant.account).await?,
        WriteTo::Standing(account) => Some(Arc::clone(account)),
    };
    Ok(account.filter(|account| account.honours(grant.auth_time)))
}

/// RFC 6749 §6: the scope may be narrowed for this answer, never widened; the grant and its refresh token keep theirs, so
/// `offline_access` stays.
fn scopes_of_answer(grant: &Grant, asked: Option<&[Scope]>) -> Result<Vec<Scope>, NotIssued> {
    let mut scopes = narrow(&grant.scopes, asked).map_err(|_| NotIssued::WiderScope)?;
    if grant.scopes.contains(&Scope::OfflineAccess) && !scopes.contains(&Scope::OfflineAccess) {
        scopes.push(Scope::OfflineAccess);
    }
    Ok(scopes)
}

/// Whether the answer has an ID token, for every grant type: it belongs to the scope `openid` (OpenID Connect Core §3.1.2.1, §12.2).
/// `known` is its recipient, if that was looked up before.
async fn id_token(
    app: &App,
    client: &Client,
    narrowed: &Grant,
    known: Option<Result<Option<Recipient>, NoRecipient>>,
) -> Result<IdToken, NotIssued> {
    if !narrowed.scopes.contains(&Scope::Openid) {
        return Ok(IdToken::Omitted);
    }
    let recipient = match known {
        Some(recipient) => recipient?,
        None => recipient(app, client, client.protection.id_token_encryption).await?,
    };
    Ok(IdToken::encrypted_for(recipient))
}

fn mint_exchanged(app: &App, requester: &Requester<'_>, exchanged: Exchanged) -> Result<Minted, NotIssued> {
    let (account, target, from) = (exchanged.account, exchanged.target.id.clone(), Box::new(exchanged.from.clone()));
    let issued = issue_exchanged(app, requester.client.client(), exchanged, requester.binding(), requester.now)?;
    Ok(Minted { issued, record: Record::Exchange { account, target }, stands_on: StandsOn::Token(from) })
}

fn mint_for_client(app: &App, requester: &Requester<'_>, narrower: &Narrower) -> Result<Minted, NotIssued> {
    let client = requester.client.client();
    let granted = Granted { registered: &client.token_policy.resources, resources: &[], scopes: &[] };
    // RFC 9396 §6: what the client is registered for stands in the place of a grant.
    let allowed = Allowed { granted, details: narrower.details.as_ref() };
    let reach = reach(app, &allowed, narrower).map_err(NotIssued::Target)?;
    let issued = issue_to_client(app, client, reach, requester.binding(), requester.now)?;
    Ok(Minted { issued, record: Record::Nothing, stands_on: StandsOn::Client })
}

/// Writes grant, refresh token and event in one transaction. On disk on return.
async fn write(app: &App, requester: &Requester<'_>, issued: &Issued, record: Record) -> Result<(), Unavailable> {
    let (client, now) = (requester.client.client(), requester.now);
    let (mut tx, kind, what, account) = match record {
        Record::Nothing => return Ok(()),
        Record::Exchange { account, target } => {
            (Box::new(app.store.write().await?), EventKind::TokenExchanged, What::Target(target), account)
        }
        Record::Grant(grant, place) => {
            let (mut tx, grant, kind) = match place {
                WriteTo::New { remembered_until } => {
                    let mut tx = Box::new(app.store.write().await?);
                    let grant = Grant { bound_to: requester.refresh_binding(), ..*grant };
                    tx.insert_grant(&grant, remembered_until.max(issued.lives_until)).await?;
                    if client.may_use(GrantType::Ciba) {
                        tx.know_subject(&subject(app, client, grant.account), grant.account).await?;
                    }
                    (tx, grant, EventKind::TokensIssued)
                }
                WriteTo::Open(mut tx) => {
                    // A public client that begins to show a key gets refresh tokens that are bound to it from now on (RFC 9449 §5).
                    if let Some(binding) = requester.refresh_binding().filter(|_| grant.bound_to.is_none()) {
                        tx.bind_grant(grant.id, &binding).await?;
                    }
                    (tx, *grant, EventKind::TokensRefreshed)
                }
                WriteTo::Standing(_) => (Box::new(app.store.write().await?), *grant, EventKind::TokensRefreshed),
            };
            match &issued.refresh {
                Some(IssuedRefresh::New { hash, expires_at }) => tx.insert_refresh(hash, grant.id, now, *expires_at).await?,
                Some(IssuedRefresh::Prolonged { hash, expires_at }) => tx.prolong_refresh(hash, grant.id, *expires_at).await?,
                None => {}
            }
            backchannel_logout::remember(&mut tx, client, &grant, issued.lives_until, now).await?;
            (tx, kind, What::Grant(grant.id), grant.account)
        }
    };
    let event = app.event(kind, now).by_client(&client.id).about(account).with(what).from(requester.client.origin());
    tx.append_event(&event).await?;
    Ok(tx.save().await?)
}

/// Checks again, after the write, that session and account are still valid. If not, the grant is ended and the tokens do not leave.
async fn look_again(app: &App, stands_on: &StandsOn, now: Timestamp) -> Result<(), NotIssued> {
    match stands_on {
        StandsOn::SignIn { grant, account, auth_time, session } => {
            let account = app.store.account(*account).await?;
            let honoured = account.is_some_and(|account| account.honours(*auth_time));
            let over = match session {
                _ if !honoured => true,
                Some(session) => app.transient.has_ended(*session, now).await?,
                None => false,
            };
            if over {
                end(app, *grant, now).await?;
                return Err(NotIssued::SignedOut);
            }
            Ok(())
        }
        StandsOn::Grant(grant) => app.store.granted_account(*grant).await?.map(drop).ok_or(NotIssued::SignedOut),
        StandsOn::Token(token) => person_behind(app, token, now).await?.map(drop).ok_or(NotIssued::SignedOut),
        StandsOn::Client => Ok(()),
    }
}

async fn end(app: &App, grant: GrantId, now: Timestamp) -> Result<(), Unavailable> {
    let mut tx = app.store.write().await?;
    tx.end_grant(grant, now).await?;
    Ok(tx.save().await?)
}

/// The account of a valid access token. `None` if the token was revoked, its grant ended, the account is closed, or the client that holds
/// the token or the one that the person signed in to is no longer registered (RFC 7592 §2.3).
pub(crate) async fn person_behind(
    app: &App,
    token: &AccessTokenClaims,
    now: Timestamp,
) -> Result<Option<AccountId>, Unavailable> {
    let Some(grant) = token.gid else { return Ok(None) };
    if token.is_given_back_alone() && app.transient.is_revoked(&token.jti, now).await? {
        return Ok(None);
    }
    let Some((account, grant)) = app.store.granted_account(grant).await? else { return Ok(None) };
    Ok((is_registered(app, &token.client_id) && is_registered(app, &grant.client)).then_some(account.id))
}
