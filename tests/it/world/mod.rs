//! A whole provider inside the test: the real router, a clock that stands still, repeatable randomness, and the people and
//! agencies around it. Nothing is mocked: browsers send the forms of the pages, agencies verify tokens with an independent
//! library.
//!
//! Start with [`World`]; `citizen.rs`, `browser.rs` and `agency.rs` are the people in it.

pub mod agency;
pub mod assertion;
pub mod browser;
pub mod citizen;
pub mod cross_device;
pub mod dpop;
pub mod envelope;
pub mod house;
pub mod html;
pub mod log;
pub mod office;
pub mod registry;
pub mod steps;
pub mod tokens;

use crate::backends;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request, StatusCode};
use panjereh::app::App;
use panjereh::boot::registry::open_registry;
use panjereh::boot::start::Parts;
use panjereh::client::words::SigningAlg;
use panjereh::crypto::keyring::KeyRecord;
use panjereh::crypto::seal::MasterKey;
use panjereh::random::Random;
use panjereh::registry::Registry;
use panjereh::registry::local::LocalRegistry;
use panjereh::settings::{RegistrySource, Settings};
use panjereh::store::Store;
use panjereh::time::{Clock, Timestamp};
use panjereh::transient::Transient;
use panjereh::web;
use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tower::ServiceExt as _;

/// Under `https`, as in production: the cookies have their prefix there.
pub const ISSUER: &str = "https://window.example";
/// The morning (in Tehran) of the day before a person born on 1387-09-02 comes of age.
pub const START: Timestamp = Timestamp::from_seconds(1_795_322_400);
/// The address that requests come from, unless a test sets another one.
pub const HOME: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));

/// Two RSA keys take a second to make; every world has the same ones, sealed under the same key.
static KEYS: LazyLock<Vec<KeyRecord>> = LazyLock::new(|| {
    let made_at = START.minus(Duration::from_hours(24));
    let make = |alg| KeyRecord::generate(alg, &master(), &Random::seeded(2), made_at, made_at).unwrap();
    SigningAlg::ALL.into_iter().map(make).collect()
});

/// The master key of every world.
pub fn master() -> MasterKey {
    MasterKey::from_bytes([7; 32])
}

/// Where a world keeps its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// SQLite, and short-lived state beside it.
    Embedded,
    /// PostgreSQL and Redis.
    Servers,
}

/// A provider and the people around it. No other test uses its stores.
pub struct World {
    /// The program.
    pub app: Arc<App>,
    /// Its clock.
    pub clock: Clock,
    router: Router,
    numbers: AtomicU32,
    messages_read: AtomicUsize,
    folder: tempfile::TempDir,
    store: backends::TestStore,
}

impl World {
    /// A new world; `None` where this machine has no such servers.
    pub async fn new(backend: Backend) -> Option<Self> {
        Self::with(backend, |_| ()).await
    }

    /// A new world with changed settings.
    pub async fn with(backend: Backend, change: impl FnOnce(&mut Settings)) -> Option<Self> {
        let (store, transient) = match backend {
            Backend::Embedded => {
                let store = backends::sqlite().await;
                let transient = Transient::embedded(&store.store);
                (store, transient)
            }
            Backend::Servers => (backends::postgres().await?, backends::redis().await?),
        };
        Some(Self::over(store, transient, change).await)
    }

    /// A new world on stores that a test opened itself.
    pub async fn over(store: backends::TestStore, transient: Transient, change: impl FnOnce(&mut Settings)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = Settings::default();
        ISSUER.clone_into(&mut settings.server.issuer);
        settings.sms.outbox = folder.path().join("outbox.jsonl");
        settings.proofing.letter_folder = folder.path().join("letters");
        // Agencies of a test listen on this machine. `attacks/` tests that such addresses are rejected otherwise.
        settings.outbound.allow_private_addresses = panjereh::settings::Network::parse("127.0.0.0/8").into_iter().collect();
        settings.outbound.plain_http = panjereh::settings::PlainHttp::Allowed;
        change(&mut settings);

        let mut tx = store.store.write().await.unwrap();
        for key in KEYS.iter() {
            tx.insert_key(key).await.unwrap();
        }
        tx.save().await.unwrap();
        let clock = Clock::frozen(START);
        let unreachable = HashSet::from([citizen::unreachable()]);
        let registry = match settings.registry.source {
            RegistrySource::Local => Registry::Local(LocalRegistry::new(store.store.clone()).with_unreachable(unreachable)),
            RegistrySource::Remote => open_registry(&settings, &store.store).unwrap(),
        };
        let random = Random::seeded(1405);
        let parts =
            Parts { settings, store: store.store.clone(), transient, master: master(), registry, clock: clock.clone(), random };
        let app = parts.assemble().await.unwrap();
        let router = web::surround(&app, web::routes(&app));
        Self { app, clock, router, numbers: AtomicU32::new(1), messages_read: AtomicUsize::new(0), folder, store }
    }

    /// The address of the database, for a test that locks something there.
    pub fn database_url(&self) -> &str {
        &self.store.url
    }

    /// Moves the clock forward.
    pub fn pass(&self, time: Duration) {
        self.clock.advance(time);
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A number that nothing else in this world has.
    fn next_number(&self) -> u32 {
        self.numbers.fetch_add(1, Ordering::SeqCst)
    }

    /// Reads clients and keys again, as every instance does every few seconds.
    pub async fn refresh(&self) {
        panjereh::app::reload::refresh(&self.app, &master()).await.unwrap();
    }

    /// Sends one request from [`HOME`].
    pub async fn send(&self, request: Request<Body>) -> Answer {
        send(self.router.clone(), request).await
    }

    /// The router, for a test that sends many requests at once.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// Another instance of the program: the same stores and keys, a memory of its own.
    pub async fn another_instance(&self) -> Router {
        self.another_instance_with(|_| ()).await
    }

    /// The same, with changed settings.
    pub async fn another_instance_with(&self, change: impl FnOnce(&mut Settings)) -> Router {
        let app = self.another_app(self.clock.clone(), change).await;
        web::surround(&app, web::routes(&app))
    }

    /// The program after a restart: it knows what is in the stores.
    pub async fn restarted(&self) -> Router {
        self.app.store.flush().await.unwrap();
        let store = Store::open(self.database_url()).await.unwrap();
        let transient = match &self.app.transient {
            Transient::Embedded(_) => Transient::embedded(&store),
            shared => shared.clone(),
        };
        let app = self.assembled(self.app.settings.clone(), (store, transient), self.clock.clone()).await;
        web::surround(&app, web::routes(&app))
    }

    /// The program of another instance, whose machine has this clock.
    pub async fn another_app(&self, clock: Clock, change: impl FnOnce(&mut Settings)) -> Arc<App> {
        let mut settings = self.app.settings.clone();
        change(&mut settings);
        self.assembled(settings, (self.app.store.clone(), self.app.transient.clone()), clock).await
    }

    async fn assembled(&self, settings: Settings, (store, transient): (Store, Transient), clock: Clock) -> Arc<App> {
        let parts = Parts {
            settings,
            store,
            transient,
            master: master(),
            registry: self.app.registry.clone(),
            clock,
            random: Random::seeded(2810),
        };
        parts.assemble().await.unwrap()
    }

    /// A plain GET without cookies.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// A form without cookies, as a program or a page of another site sends it.
    pub async fn post(&self, path: &str, body: &str) -> Answer {
        let request = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(body.to_owned())).unwrap()).await
    }

    /// Every message sent so far, the oldest first. They count as read.
    pub fn messages(&self) -> Vec<Message> {
        let all = self.outbox();
        self.messages_read.store(all.len(), Ordering::SeqCst);
        all
    }

    /// The code in the last message; it must be to this number.
    pub fn last_code(&self, number: &str) -> String {
        let last = self.messages().pop().expect("a message was sent");
        assert_eq!(last.to, number, "the last message went to another number");
        last.code.expect("the message has a code")
    }

    fn outbox(&self) -> Vec<Message> {
        let text = std::fs::read_to_string(self.folder.path().join("outbox.jsonl")).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// At its end a test fails if it has not read every message that was sent.
impl Drop for World {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_eq!(self.outbox().len(), self.messages_read.load(Ordering::SeqCst), "messages were sent that no story read");
        }
    }
}

/// A text message as the outbox holds it.
#[derive(serde::Deserialize)]
pub struct Message {
    pub to: String,
    pub text: String,
    pub code: Option<String>,
}

/// Sends one request; it comes from [`HOME`] unless it says otherwise.
pub async fn send(router: Router, mut request: Request<Body>) -> Answer {
    if request.extensions().get::<ConnectInfo<SocketAddr>>().is_none() {
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(HOME, 50_000)));
    }
    let (parts, body) = router.oneshot(request).await.unwrap().into_parts();
    let body = axum::body::to_bytes(body, 1 << 22).await.unwrap();
    Answer { status: parts.status, headers: parts.headers, body }
}

/// An answer as it was on the wire.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    /// A header that occurs at most once; empty when it is missing.
    pub fn header(&self, name: &str) -> &str {
        assert!(self.headers.get_all(name).iter().count() <= 1, "{name} occurs more than once");
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {} {}", self.status, self.text()))
    }

    /// `error` of an OAuth error body.
    pub fn error(&self) -> String {
        self.json()["error"].as_str().unwrap_or_default().to_owned()
    }

    /// The values of all cookies that it sets, attributes included.
    pub fn cookies(&self) -> Vec<&str> {
        self.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect()
    }
}

/// Makes two tests of each story: one on SQLite with embedded state, one on PostgreSQL with Redis.
macro_rules! on_both_backends {
    ($($story:ident),+ $(,)?) => {
        mod embedded {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $story() {
                super::$story(&$crate::world::World::new($crate::world::Backend::Embedded).await.unwrap()).await;
            })+
        }
        mod servers {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $story() {
                if let Some(world) = $crate::world::World::new($crate::world::Backend::Servers).await {
                    super::$story(&world).await;
                }
            })+
        }
    };
}
pub(crate) use on_both_backends;
