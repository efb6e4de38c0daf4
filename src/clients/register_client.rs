//! Clients that register themselves and manage their registration. OpenID Connect Dynamic Client Registration 1.0, RFC 7591,
//! RFC 7592.

use crate::app::App;
use crate::app::client_cache::Unused;
use crate::app::reload::{forget, learn};
use crate::app::throttle::{Throttled, before_new_client, before_registration};
use crate::app::unavailable::{Unavailable, unavailable_from};
use crate::client::agency::Agency;
use crate::client::grant_type::GrantType;
use crate::client::metadata::{Client, ClientSecret};
use crate::client::parts::self_registered::{LetIn, SelfRegistered};
use crate::client::words::{ClientId, SecretMethods};
use crate::oidc::error::{OAuthError, OAuthErrorCode};
use crate::random::Random;
use crate::records::address::CountedAddress;
use crate::records::event::{EventDraft, EventKind};
use crate::records::origin::RequestOrigin;
use crate::records::principal::Principal;
use crate::registration::dynamic::{Policy, Requested, bad, check_sector, read};
use crate::registration::{Resolution, dynamic};
use crate::secret::{Secret, TokenHash, same_bytes};
use crate::settings::RegistrationMode;
use crate::store::{RegistrationToken, Store, StoreError};
use crate::text::LocalName;
use crate::time::Timestamp;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::sync::Arc;
use std::time::Duration;

/// A client as it is registered now.
pub(crate) struct Registered {
    /// Its registration.
    pub(crate) client: Client,
    /// Its secret, if this request made one.
    pub(crate) secret: Option<ClientSecret>,
    /// The registration access token (RFC 7592 §3).
    pub(crate) access_token: Secret<String>,
}

/// Why a registration request was refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RegistrationRefused {
    /// Dynamic registration is off.
    #[error("registration is off")]
    Off,
    /// There is no access token.
    #[error("no access token")]
    NoToken,
    /// The initial or registration access token is unknown, or of another client (RFC 7592 §2).
    #[error("access token refused")]
    Token,
    /// The metadata cannot be registered; the error tells the client why.
    #[error(transparent)]
    Metadata(OAuthError),
    /// There are as many clients of this kind as there may be.
    #[error("as many clients registered themselves as may")]
    Full,
    /// Too many tries.
    #[error(transparent)]
    Throttled(#[from] Throttled),
    /// A dependency failed.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

unavailable_from!(RegistrationRefused: StoreError);

impl From<&RegistrationRefused> for OAuthError {
    fn from(error: &RegistrationRefused) -> Self {
        match error {
            RegistrationRefused::Off => Self::new(OAuthErrorCode::AccessDenied, "dynamic registration is not offered"),
            RegistrationRefused::NoToken | RegistrationRefused::Token => {
                Self::new(OAuthErrorCode::InvalidToken, "the access token is unknown, expired, or not for this registration")
            }
            RegistrationRefused::Metadata(error) => error.clone(),
            RegistrationRefused::Full => {
                let description = "no more registrations without an initial access token are taken now; ask the operator";
                Self::new(OAuthErrorCode::TemporarilyUnavailable, description).unreachable_for(FULL_FOR)
            }
            RegistrationRefused::Throttled(Throttled::TooMany { retry_after }) => {
                let description = "too many registrations from this address; wait before the next";
                Self::new(OAuthErrorCode::TemporarilyUnavailable, description).not_before(*retry_after)
            }
            RegistrationRefused::Throttled(Throttled::Unavailable(cause)) | RegistrationRefused::Unavailable(cause) => {
                cause.into()
            }
        }
    }
}

/// The most bytes of keys in a registration: a dozen of the largest that are of use.
const MOST_KEYS: usize = 4096;
/// The most bytes of a registration.
const MOST: usize = 12 * 1024;
/// How long a client should wait where no more registrations are taken.
const FULL_FOR: Duration = Duration::from_hours(1);

/// What a request carries beside its body.
pub(crate) struct Caller<'a> {
    /// The bearer token.
    pub(crate) token: Option<&'a str>,
    /// The address for which limits are counted.
    pub(crate) address: CountedAddress,
    /// Where the request came from, for the audit log.
    pub(crate) origin: RequestOrigin,
}

/// Makes an initial access token (RFC 7591 §3) that is valid from `from` until `until`. It begins with its id, by which it is
/// listed and revoked. Only the hash of the token is stored.
pub async fn make_initial_access_token(
    store: &Store,
    random: &Random,
    note: &str,
    from: Timestamp,
    until: Timestamp,
) -> Result<Secret<String>, Unavailable> {
    let id = format!("{:08x}", u32::from_be_bytes(random.bytes()));
    let token = Secret::new(format!("{id}.{}", random.token().expose()));
    let event = EventDraft::new(random, from, EventKind::RegistrationTokenMade).by(Principal::Operator).because(id.clone());
    let kept = RegistrationToken { id, note: note.to_owned(), created_at: from, expires_at: until, revoked_at: None, clients: 0 };
    let mut tx = store.write().await?;
    tx.insert_registration_token(&kept, &TokenHash::of(token.expose())).await?;
    tx.append_event(&event).await?;
    tx.save().await?;
    Ok(token)
}

/// Why a caller may register or change a client.
enum Permit {
    /// The client is the caller's own, registration is open, or the caller has a token that the settings list.
    Standing,
    /// The caller has this token; its uses are counted.
    Token(TokenHash),
}

/// Registers a new client (RFC 7591 §3).
pub(crate) async fn register(app: &App, caller: &Caller<'_>, body: &[u8]) -> Result<Registered, RegistrationRefused> {
    let now = app.clock.now();
    before_registration(app, caller.address, now).await?;
    let permit = may_register(app, caller.token, now).await?;
    let id = ClientId::parse(&URL_SAFE_NO_PAD.encode(app.random.bytes::<16>()))
        .ok_or(Unavailable::Worker("no client id".to_owned()))?;
    let let_in = match app.settings.registration.mode {
        RegistrationMode::Token => LetIn::ByToken,
        RegistrationMode::Open | RegistrationMode::Off => LetIn::ByNobody,
    };
    let requested = checked(app, &id, body, let_in).await?;
    if let_in == LetIn::ByNobody {
        before_new_client(app, caller.address, now).await?;
        if u64::try_from(app.client_cache.load().let_in_by_nobody())
            .is_ok_and(|clients| clients >= app.settings.registration.in_total)
        {
            return Err(RegistrationRefused::Full);
        }
    }
    let access_token = app.random.token();
    let own = SelfRegistered {
        access_token: TokenHash::of(access_token.expose()),
        at: now,
        sector_identifier_uri: requested.sector_identifier_uri.clone(),
        let_in,
    };
    let change = Change { before: None, own, access_token, permit, origin: caller.origin };
    keep(app, requested, change, now).await
}

/// The registration (RFC 7592 §2.1), without the secret, of which only the hash is stored. RFC 7592 §3 would allow a new secret
/// in the response. There is none, because a read must not change what it reads: after a lost response, or a read by another
/// program, the client would be left with a secret that no longer works, while it is in operation.
pub(crate) async fn look_up(app: &App, caller: &Caller<'_>, id: &str) -> Result<Registered, RegistrationRefused> {
    let (client, _) = owned(app, caller, id).await?;
    let access_token = Secret::new(caller.token.unwrap_or_default().to_owned());
    Ok(Registered { client: (*client).clone(), secret: None, access_token })
}

/// Replaces all of a registration (RFC 7592 §2.2). Identifier and secret stay; the body may repeat them and must not change them.
pub(crate) async fn update(app: &App, caller: &Caller<'_>, id: &str, body: &[u8]) -> Result<Registered, RegistrationRefused> {
    let (client, own) = owned(app, caller, id).await?;
    let requested = checked(app, &client.id, body, own.let_in).await?;
    let (repeated_id, repeated_secret) = &requested.repeated;
    if repeated_id.as_deref() != Some(client.id.as_str()) {
        return Err(RegistrationRefused::Metadata(bad("client_id: repeat the one that is registered (RFC 7592 2.2)")));
    }
    if repeated_secret.as_ref().is_some_and(|secret| !client.has_secret(&Secret::new(secret.clone()))) {
        return Err(RegistrationRefused::Metadata(bad("client_secret: it is not chosen by the client; leave it out")));
    }
    let own = SelfRegistered { sector_identifier_uri: requested.sector_identifier_uri.clone(), ..own };
    let access_token = Secret::new(caller.token.unwrap_or_default().to_owned());
    let (before, origin) = (Some(&*client), caller.origin);
    keep(app, requested, Change { before, own, access_token, permit: Permit::Standing, origin }, app.clock.now()).await
}

/// Deletes a registration (RFC 7592 §2.3). Its tokens stop working with it: each use of a token looks up its client.
pub(crate) async fn remove(app: &App, caller: &Caller<'_>, id: &str) -> Result<(), RegistrationRefused> {
    let (client, _) = owned(app, caller, id).await?;
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    if !tx.delete_client(&client.id).await? {
        return Err(RegistrationRefused::Token);
    }
    let event = app.event(EventKind::ClientRemoved, now).by_client(&client.id).from(caller.origin);
    tx.append_event(&event).await?;
    tx.save().await?;
    forget(app, &client.id);
    Ok(())
}

async fn may_register(app: &App, token: Option<&str>, now: Timestamp) -> Result<Permit, RegistrationRefused> {
    match app.settings.registration.mode {
        RegistrationMode::Off => Err(RegistrationRefused::Off),
        RegistrationMode::Open => Ok(Permit::Standing),
        RegistrationMode::Token => {
            let token = token.ok_or(RegistrationRefused::NoToken)?;
            let hash = TokenHash::of(token);
            if app.settings.registration.initial_access_tokens.iter().any(|known| same_bytes(&known.0, &hash.0)) {
                return Ok(Permit::Standing);
            }
            let works = app.store.registration_token_works(&hash, now).await?;
            works.then_some(Permit::Token(hash)).ok_or(RegistrationRefused::Token)
        }
    }
}

/// The client with this id, if the token is its own. An unknown id is answered like a wrong token (RFC 7592 §2.1).
async fn owned(app: &App, caller: &Caller<'_>, id: &str) -> Result<(Arc<Client>, SelfRegistered), RegistrationRefused> {
    before_registration(app, caller.address, app.clock.now()).await?;
    if app.settings.registration.mode == RegistrationMode::Off {
        return Err(RegistrationRefused::Off);
    }
    let token = caller.token.ok_or(RegistrationRefused::NoToken)?;
    let client = ClientId::parse(id).and_then(|id| app.client_cache.load().client(&id)).ok_or(RegistrationRefused::Token)?;
    let own = client.self_registered.clone().ok_or(RegistrationRefused::Token)?;
    let hash = TokenHash::of(token);
    if same_bytes(&hash.0, &own.access_token.0) { Ok((client, own)) } else { Err(RegistrationRefused::Token) }
}

fn agency(app: &App) -> Agency {
    let slug = &app.settings.registration.agency;
    let made = || Agency {
        slug: slug.clone(),
        name: LocalName { fa: "سامانهٔ خوداظهار".to_owned(), en: "Self-registered service".to_owned() },
    };
    app.client_cache.load().agency(slug).cloned().unwrap_or_else(made)
}

/// Parses the client metadata and checks what depends on other servers.
async fn checked(app: &App, id: &ClientId, body: &[u8], let_in: LetIn) -> Result<Requested, RegistrationRefused> {
    let settings = &app.settings.registration;
    let agency = agency(app);
    let details_types = &settings.authorization_details_types;
    let policy = Policy { agency: &agency, scopes: &settings.scopes, details_types, pkce: settings.pkce };
    let requested = read(body, id, &policy).map_err(RegistrationRefused::Metadata)?;
    let client = requested.declaration.client();
    // Where the client gave itself no name, it has that of the agency of such clients.
    let looks_like_an_agency = |name: &str| app.client_cache.load().looks_like_an_agency(name, &settings.agency);
    if [&client.name.fa, &client.name.en].into_iter().any(|name| looks_like_an_agency(name)) {
        let description = "client_name: it looks like the name of an agency; choose another one (RFC 7591 5)";
        return Err(RegistrationRefused::Metadata(bad(description)));
    }
    // Such a client can have messages sent to any person. So an operator or an initial access token must have admitted it.
    if let_in == LetIn::ByNobody && client.may_use(GrantType::Ciba) {
        let description = "grant_types: ciba is for clients that an operator or an initial access token lets in";
        return Err(RegistrationRefused::Metadata(bad(description)));
    }
    must_be_small(client)?;
    let called = [
        ("jwks_uri", &client.jwks_uri),
        ("backchannel_logout_uri", &client.logout.backchannel),
        ("backchannel_client_notification_endpoint", &client.ciba.notification_endpoint),
    ];
    for (name, uri) in called {
        if let Some(Err(problem)) = uri.as_ref().map(|uri| app.outbound.strangers().callable(uri)) {
            return Err(RegistrationRefused::Metadata(bad(format!("{name}: {problem}"))));
        }
    }
    if let Some(uri) = &requested.sector_identifier_uri {
        let listed = app.outbound.strangers().get_json(uri).await;
        let listed = listed.map_err(|problem| RegistrationRefused::Metadata(bad(format!("sector_identifier_uri: {problem}"))))?;
        check_sector(&listed, client).map_err(RegistrationRefused::Metadata)?;
    }
    Ok(requested)
}

/// What is registered stays in the memory of every instance.
fn must_be_small(client: &Client) -> Result<(), RegistrationRefused> {
    let keys = client.jwks.as_ref().map_or(0, |jwks| jwks.to_string().len());
    if keys > MOST_KEYS {
        let description = "jwks: at most 4096 bytes; register fewer keys, without certificates, or a jwks_uri";
        return Err(RegistrationRefused::Metadata(bad(description)));
    }
    if serde_json::to_vec(client).map_or(usize::MAX, |bytes| bytes.len()) > MOST {
        let description = "the registration is larger than 12 KiB: register fewer or shorter values";
        return Err(RegistrationRefused::Metadata(bad(description)));
    }
    Ok(())
}

/// A new registration, or one that replaces another.
struct Change<'a> {
    before: Option<&'a Client>,
    own: SelfRegistered,
    access_token: Secret<String>,
    permit: Permit,
    origin: RequestOrigin,
}

async fn keep(app: &App, requested: Requested, change: Change<'_>, now: Timestamp) -> Result<Registered, RegistrationRefused> {
    let Change { before, own, access_token, permit, origin } = change;
    let (client, secret) = match requested.declaration.resolve(before) {
        Resolution::Complete(client) => (client, None),
        Resolution::SecretNeeded(client) => {
            let secret = app.random.token();
            (client.with_secret(&secret), Some(secret))
        }
    };
    let client = Client { self_registered: Some(own), ..as_before(client, before) };
    let kind = if before.is_some() { EventKind::ClientChanged } else { EventKind::ClientRegistered };
    let agency = agency(app);
    let mut tx = app.store.write().await?;
    // The token worked when the request came. The steps since may have been slow: it must still work now.
    if let Permit::Token(hash) = permit
        && !tx.use_registration_token(&hash, now).await?
    {
        return Err(RegistrationRefused::Token);
    }
    if app.client_cache.load().agency(&agency.slug).is_none() {
        tx.put_agency(&agency).await?;
    }
    if before.is_none() {
        tx.put_client(&client).await?;
        tx.expires_unused(&client.id, now.plus(app.settings.registration.unused_for)).await?;
    } else if !tx.change_client(&client).await? {
        // This instance still has the client cached; another one has removed it.
        return Err(RegistrationRefused::Token);
    }
    let event = app.event(kind, now).by_client(&client.id).from(origin);
    tx.append_event(&event).await?;
    tx.save().await?;
    // This instance knows the client at once; the others see that the store's revision changed.
    let unused = if before.is_none() || app.client_cache.load().is_unused(&client.id) { Unused::Yes } else { Unused::No };
    learn(app, &client, &agency, unused);
    Ok(Registered { client, secret, access_token })
}

/// An update repeats what an answer said (RFC 7592 §2.2), so also the method that the client never named. That narrows nothing.
fn as_before(mut client: Client, before: Option<&Client>) -> Client {
    if let Some(before) = before.filter(|before| before.auth_method == client.auth_method)
        && before.secret_methods == SecretMethods::Either
    {
        client.secret_methods = SecretMethods::Either;
    }
    client
}

/// The answer's metadata (RFC 7591 §3.2.1, RFC 7592 §3).
pub(crate) fn client_information(app: &App, registered: &Registered) -> serde_json::Map<String, serde_json::Value> {
    let mut told = dynamic::metadata_of(&registered.client);
    let uri = format!("{}{}/{}", app.settings.issuer(), crate::oidc::paths::REGISTER, registered.client.id);
    told.insert("registration_client_uri".to_owned(), uri.into());
    told.insert("registration_access_token".to_owned(), registered.access_token.expose().clone().into());
    if let Some(secret) = &registered.secret {
        told.insert("client_secret".to_owned(), secret.expose().clone().into());
    }
    if registered.client.secret_hash.is_some() {
        // Zero: it does not expire.
        told.insert("client_secret_expires_at".to_owned(), 0.into());
    }
    told
}
