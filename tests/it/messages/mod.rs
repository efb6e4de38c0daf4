//! Text messages by providers: message centres (SMPP) and HTTP gateways that share no code with the program, in every mood.

mod centre;
mod gateway;
mod http;
mod jsmpp;
mod page;
mod provider_files;
mod smpp;
mod texts;
mod tls;

use crate::world::{Backend, World};
use panjereh::app::App;
use panjereh::flows::delivery::run::{deliver_all_due, keep_delivering};
use panjereh::identity::id::DeliveryId;
use panjereh::identity::mobile::MobileNumber;
use panjereh::messaging::message::Notification;
use panjereh::records::delivery::DeliveryKind;
use panjereh::records::delivery::message::{MessageState, Purpose};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// A folder with provider files.
pub struct Files(tempfile::TempDir);

impl Files {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn put(&self, name: &str, text: &str) -> PathBuf {
        use std::io::Write as _;
        let path = self.0.path().join(name);
        let mut file = std::fs::OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&path).unwrap();
        file.write_all(text.as_bytes()).unwrap();
        path
    }
}

/// A provider file for a message centre of this machine.
pub fn smpp(name: &str, port: u16, more: &str) -> String {
    format!(
        "name = \"{name}\"\n[smpp]\nhost = \"127.0.0.1\"\nport = {port}\nsystem_id = \"window\"\npassword = \"secret\"\nsource = \"Window\"\n\
         timeout = \"15s\"\n{more}"
    )
}

/// A provider file for a gateway of this machine that takes JSON.
pub fn http(name: &str, port: u16, more: &str) -> String {
    let body = r#"{"to":"{to}","text":"{text}","id":"{id}"}"#;
    format!(
        "name = \"{name}\"\n[http]\nurl = \"http://127.0.0.1:{port}/send\"\ncontent_type = \"application/json\"\nbody = '{body}'\n\
         message_id_at = \"/id\"\ntimeout = \"1s\"\n{more}"
    )
}

/// A world whose messages go to these providers.
pub async fn world(backend: Backend, files: &Files, providers: &[String]) -> Option<World> {
    let paths = providers.iter().enumerate().map(|(at, text)| files.put(&format!("{at}.toml"), text)).collect();
    World::with(backend, |settings| settings.sms.providers = paths).await
}

/// On each backend of this machine.
pub async fn worlds(files: &Files, providers: &[String]) -> Vec<World> {
    let embedded = world(Backend::Embedded, files, providers).await;
    embedded.into_iter().chain(world(Backend::Servers, files, providers).await).collect()
}

pub fn number(at: usize) -> MobileNumber {
    MobileNumber::parse(&format!("+98912{:07}", 6_000_000 + at)).unwrap()
}

/// A notice into the outbox.
pub async fn put(app: &App, to: &MobileNumber, text: &str) -> DeliveryId {
    let lifetime = Duration::from_hours(24);
    let notice = Notification { to, text, purpose: Purpose::Notice, lifetime };
    app.notify(notice, app.clock.now()).await.unwrap()
}

pub async fn deliver(app: &Arc<App>) {
    deliver_all_due(app, DeliveryKind::Message).await.unwrap();
}

pub async fn state(app: &App, id: DeliveryId) -> MessageState {
    app.store.message_state(id, app.clock.now()).await.unwrap().expect("the message is known")
}

/// The delivery loop and the receipts of an instance, until it is dropped.
pub struct Running(tokio::task::JoinHandle<()>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort();
    }
}

pub fn run(app: &Arc<App>) -> Running {
    Running(tokio::spawn(keep_delivering(Arc::clone(app))))
}

/// Waits until something is so; not for ever.
pub async fn until(what: &str, mut so: impl AsyncFnMut() -> bool) {
    for _ in 0..400 {
        if so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it did not come to this: {what}");
}

pub async fn until_state(app: &App, id: DeliveryId, expected: MessageState) {
    until(expected.name(), async || state(app, id).await == expected).await;
}

/// Where a test needs no second backend.
pub async fn embedded(files: &Files, providers: &[String]) -> World {
    world(Backend::Embedded, files, providers).await.unwrap()
}

/// The rows of the outbox as they lie on disk.
#[expect(clippy::disallowed_methods, reason = "the rows are read as they are, behind the store's back")]
pub async fn outbox(world: &World) -> Vec<(String, String)> {
    use sqlx::Connection as _;
    let sql = "SELECT recipient, body FROM outbox WHERE kind = 'message'";
    if world.database_url().starts_with("sqlite:") {
        let mut connection = sqlx::SqliteConnection::connect(world.database_url()).await.unwrap();
        sqlx::query_as(sql).fetch_all(&mut connection).await.unwrap()
    } else {
        let mut connection = sqlx::PgConnection::connect(world.database_url()).await.unwrap();
        sqlx::query_as(sql).fetch_all(&mut connection).await.unwrap()
    }
}
