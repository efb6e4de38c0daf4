//! Clients that register themselves and look after their registration. OpenID Connect Dynamic Client Registration 1.0, RFC 7591, RFC 7592.

use crate::app::App;
use crate::app::reload::{forget, learn};
use crate::app::throttle::{Throttled, before_registration};
use crate::app::unavailable::Broken;
use crate::client::agency::Agency;
use crate::client::grant_type::GrantType;
use crate::client::metadata::{Client, ClientSecret};
use crate::client::parts::self_registered::{LetIn, SelfRegistered};
use crate::client::words::ClientId;
use crate::oidc::error::{OAuthError, OAuthErrorCode};
use crate::random::Random;
use crate::records::event::EventKind;
use crate::records::origin::RequestOrigin;
use crate::registration::dynamic::{Policy, Requested, bad, check_sector, read};
use crate::registration::{Resolution, dynamic};
use crate::secret::{Secret, TokenHash, same_bytes};
use crate::settings::RegistrationMode;
use crate::store::{RegistrationToken, Store};
use crate::text::LocalName;
use crate::time::Timestamp;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::sync::Arc;

/// A client as it is registered now.
pub struct Registered {
    /// Its registration.
    pub client: Client,
    /// Its secret, where one was made just now.
    pub secret: Option<ClientSecret>,
    /// The token with which it looks after its registration.
    pub access_token: Secret<String>,
}

/// Why nothing was registered or told.
#[derive(Debug, thiserror::Error)]
pub enum RegistrationRefused {
    /// No registration is offered here.
    #[error("registration is off")]
    Off,
    /// There is no access token.
    #[error("no access token")]
    NoToken,
    /// The initial or registration access token is unknown, or of another client (RFC 7592 §2).
    #[error("access token refused")]
    Token,
    /// What was sent cannot be registered; tells the client why.
    #[error(transparent)]
    Metadata(OAuthError),
    /// Too many tries.
    #[error(transparent)]
    Throttled(#[from] Throttled),
    /// Something broke.
    #[error(transparent)]
    Broken(#[from] Broken),
}

impl From<&RegistrationRefused> for OAuthError {
    fn from(error: &RegistrationRefused) -> Self {
        match error {
            RegistrationRefused::Off => Self::new(OAuthErrorCode::AccessDenied, "dynamic registration is not offered"),
            RegistrationRefused::NoToken | RegistrationRefused::Token => {
                Self::new(OAuthErrorCode::InvalidToken, "the access token is unknown, expired, or not for this registration")
            }
            RegistrationRefused::Metadata(error) => error.clone(),
            RegistrationRefused::Throttled(Throttled::TooMany { retry_after }) => {
                let description = "too many registrations from this address; wait before the next";
                Self::new(OAuthErrorCode::TemporarilyUnavailable, description).not_before(*retry_after)
            }
            RegistrationRefused::Throttled(Throttled::Broken(_)) | RegistrationRefused::Broken(_) => {
                Self::new(OAuthErrorCode::ServerError, "try again in a moment")
            }
        }
    }
}

/// What came along with a request.
pub struct Caller<'a> {
    /// The bearer token.
    pub token: Option<&'a str>,
    /// The address that limits count.
    pub address: &'a str,
    /// From where it comes, as the audit log keeps it.
    pub origin: RequestOrigin,
}

/// A new initial access token (RFC 7591 §3) for the span of `from` and `until`. It begins with its name, by which it is listed and revoked;
/// its hash is all that is kept of the rest.
pub async fn make_initial_access_token(
    store: &Store,
    random: &Random,
    note: &str,
    (from, until): (Timestamp, Timestamp),
) -> Result<Secret<String>, Broken> {
    let id = format!("{:08x}", u32::from_be_bytes(random.bytes()));
    let token = Secret::new(format!("{id}.{}", random.token().expose()));
    let kept = RegistrationToken { id, note: note.to_owned(), created_at: from, expires_at: until, revoked_at: None, clients: 0 };
    let mut tx = store.write().await?;
    tx.insert_registration_token(&kept, &TokenHash::of(token.expose())).await?;
    tx.save().await?;
    Ok(token)
}

/// Why somebody may register or change a client.
enum Permit {
    /// It is their own, an operator lets anybody, or they have a token that the settings list.
    Standing,
    /// They have this token, which counts how often it is used.
    Token(TokenHash),
}

/// Registers a new client (RFC 7591 §3).
pub async fn register(app: &App, caller: &Caller<'_>, body: &[u8]) -> Result<Registered, RegistrationRefused> {
    let now = app.clock.now();
    before_registration(app, caller.address, now).await?;
    let permit = may_register(app, caller.token, now).await?;
    let id =
        ClientId::parse(&URL_SAFE_NO_PAD.encode(app.random.bytes::<16>())).ok_or(Broken::Worker("no client id".to_owned()))?;
    let let_in = match app.settings.registration.mode {
        RegistrationMode::Token => LetIn::ByToken,
        RegistrationMode::Open | RegistrationMode::Off => LetIn::ByNobody,
    };
    let requested = checked(app, &id, body, let_in).await?;
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

/// What is registered (RFC 7592 §2.1), without the secret: its hash is all that is kept. RFC 7592 §3 would let the answer bring a new one.
/// It does not, because a question must not change what it asks about: an answer that is lost, or a second reader, would leave the client
/// with a secret that no longer works, in the middle of its business.
pub async fn look_up(app: &App, caller: &Caller<'_>, id: &str) -> Result<Registered, RegistrationRefused> {
    let (client, _) = owned(app, caller, id).await?;
    let access_token = Secret::new(caller.token.unwrap_or_default().to_owned());
    Ok(Registered { client: (*client).clone(), secret: None, access_token })
}

/// Replaces all of a registration (RFC 7592 §2.2). Identifier and secret stay; the body may repeat them and must not change them.
pub async fn update(app: &App, caller: &Caller<'_>, id: &str, body: &[u8]) -> Result<Registered, RegistrationRefused> {
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

/// Ends a registration (RFC 7592 §2.3). Its tokens die with it: nobody can use them without a client.
pub async fn remove(app: &App, caller: &Caller<'_>, id: &str) -> Result<(), RegistrationRefused> {
    let (client, _) = owned(app, caller, id).await?;
    let now = app.clock.now();
    let mut tx = app.store.write().await.map_err(Broken::from)?;
    if !tx.delete_client(&client.id).await.map_err(Broken::from)? {
        return Err(RegistrationRefused::Token);
    }
    let event = app.event(EventKind::ClientRemoved, now).by_client(&client.id).from(caller.origin);
    tx.append_event(&event).await.map_err(Broken::from)?;
    tx.save().await.map_err(Broken::from)?;
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
            let works = app.store.registration_token_works(&hash, now).await.map_err(Broken::from)?;
            works.then_some(Permit::Token(hash)).ok_or(RegistrationRefused::Token)
        }
    }
}

/// The client of that id, if the token is its own. An id that nobody has is answered like a wrong token (RFC 7592 §2.1).
async fn owned(app: &App, caller: &Caller<'_>, id: &str) -> Result<(Arc<Client>, SelfRegistered), RegistrationRefused> {
    before_registration(app, caller.address, app.clock.now()).await?;
    if app.settings.registration.mode == RegistrationMode::Off {
        return Err(RegistrationRefused::Off);
    }
    let token = caller.token.ok_or(RegistrationRefused::NoToken)?;
    let client = ClientId::parse(id).and_then(|id| app.directory.load().client(&id)).ok_or(RegistrationRefused::Token)?;
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
    app.directory.load().agency(slug).cloned().unwrap_or_else(made)
}

/// Reads a description and checks what needs other servers.
async fn checked(app: &App, id: &ClientId, body: &[u8], let_in: LetIn) -> Result<Requested, RegistrationRefused> {
    let settings = &app.settings.registration;
    let agency = agency(app);
    let details_types = &settings.authorization_details_types;
    let policy = Policy { agency: &agency, scopes: &settings.scopes, details_types, pkce: settings.pkce };
    let requested = read(body, id, &policy).map_err(RegistrationRefused::Metadata)?;
    let client = requested.declaration.client();
    // It makes people's telephones ring: somebody has to have let the client in, when it registered.
    if let_in == LetIn::ByNobody && client.may_use(GrantType::Ciba) {
        let description = "grant_types: ciba is for clients that an operator or an initial access token lets in";
        return Err(RegistrationRefused::Metadata(bad(description)));
    }
    let called = [
        ("jwks_uri", &client.jwks_uri),
        ("backchannel_logout_uri", &client.logout.backchannel),
        ("backchannel_client_notification_endpoint", &client.backchannel.notification_endpoint),
    ];
    for (name, uri) in called {
        if let Some(Err(problem)) = uri.as_ref().map(|uri| app.outbound.callable(uri)) {
            return Err(RegistrationRefused::Metadata(bad(format!("{name}: {problem}"))));
        }
    }
    if let Some(uri) = &requested.sector_identifier_uri {
        let listed = app.outbound.get_json(uri).await;
        let listed = listed.map_err(|problem| RegistrationRefused::Metadata(bad(format!("sector_identifier_uri: {problem}"))))?;
        check_sector(&listed, client).map_err(RegistrationRefused::Metadata)?;
    }
    Ok(requested)
}

/// A registration that is made, or put in the place of another.
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
    let client = Client { self_registered: Some(own), ..client };
    let kind = if before.is_some() { EventKind::ClientChanged } else { EventKind::ClientRegistered };
    let agency = agency(app);
    let mut tx = app.store.write().await.map_err(Broken::from)?;
    // Whoever was let in while the token still worked may have been busy: what counts is that it works now.
    if let Permit::Token(hash) = permit
        && !tx.use_registration_token(&hash, now).await.map_err(Broken::from)?
    {
        return Err(RegistrationRefused::Token);
    }
    if app.directory.load().agency(&agency.slug).is_none() {
        tx.put_agency(&agency).await.map_err(Broken::from)?;
    }
    if before.is_none() {
        tx.put_client(&client).await.map_err(Broken::from)?;
    } else if !tx.change_client(&client).await.map_err(Broken::from)? {
        // What this instance remembers, another one has removed.
        return Err(RegistrationRefused::Token);
    }
    let event = app.event(kind, now).by_client(&client.id).from(origin);
    tx.append_event(&event).await.map_err(Broken::from)?;
    tx.save().await.map_err(Broken::from)?;
    // Here it is known at once; the other instances see that the store's revision moved.
    learn(app, &client, &agency);
    Ok(Registered { client, secret, access_token })
}

/// The answer's metadata (RFC 7591 §3.2.1, RFC 7592 §3).
pub fn told(app: &App, registered: &Registered) -> serde_json::Map<String, serde_json::Value> {
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
