//! A stage for `serve`: everything that an operator prepares elsewhere, made at start in a temporary folder and forgotten at the end.
//!
//! Certification runs use it (`tests/conformance/panjereh.toml`). Only `[demo]` asks for it, and only on localhost.

use super::pages;
use super::people::{DemoPeople, Kind};
use super::populate::populate;
use crate::cli::agency;
use crate::cli::failure::Failure;
use crate::cli::start::Outcome;
use crate::flows::App;
use crate::registry::Registry;
use crate::registry::local::LocalRegistry;
use crate::secret::Secret;
use crate::settings::{Settings, Stage as Asked, Tls};
use crate::store::Store;
use crate::time::Timestamp;
use axum::Router;
use std::net::SocketAddr;
use std::sync::Arc;
use tempfile::TempDir;

/// How many people the registry holds.
const PEOPLE: u64 = 200;
/// Where the suite is reached, unless it is said.
const BASE: &str = "https://localhost:8444";

fn is_reached_by_others(address: &SocketAddr) -> bool {
    !address.ip().to_canonical().is_loopback()
}

/// A stage; its folder goes with it.
pub struct Stage {
    folder: TempDir,
    people: DemoPeople,
}

impl Stage {
    /// The folder of a stage, if one is asked for; the settings name places in it from here on.
    pub fn folder(settings: &mut Settings) -> Result<Option<TempDir>, Failure> {
        if settings.demo.stage == Asked::Off {
            return Ok(None);
        }
        if !settings.is_local() {
            let what = "demo.stage is for an issuer on localhost: everybody's passwords are public on a stage";
            return Err(Failure::new(what, "remove the section [demo], or use an issuer such as https://localhost:8443"));
        }
        // Whoever reaches it is anybody there: the passwords are published, and one code may be everybody's.
        let doors = [("server.listen", Some(settings.server.listen)), ("tls.mutual_listen", settings.tls.mutual_listen)];
        if let Some((key, address)) =
            doors.into_iter().find_map(|(key, address)| Some(key).zip(address.filter(is_reached_by_others)))
        {
            let what = format!("{key} = \"{address}\" lets others than this machine in, and demo.stage is on");
            let remedy =
                format!("give {key} an address of this machine alone, such as \"127.0.0.1:8443\", or remove the section [demo]");
            return Err(Failure::new(what, remedy));
        }
        let folder = tempfile::Builder::new().prefix("panjereh-stage-").tempdir().map_err(|error| {
            Failure::new(format!("no temporary folder can be made: {error}"), "see that the folder of TMPDIR may be written")
        })?;
        let path = |name: &str| folder.path().join(name);
        settings.database.url = Secret::new(format!("sqlite:{}", path("panjereh.sqlite").display()));
        settings.keys.master_key_file = path("keys/master.key");
        settings.sms.outbox = path("outbox.jsonl");
        let unnamed = Tls::default();
        if (&settings.tls.certificate, &settings.tls.key) == (&unnamed.certificate, &unnamed.key) {
            settings.tls.certificate = path("keys/tls-certificate.pem");
            settings.tls.key = path("keys/tls-key.pem");
        }
        Ok(Some(folder))
    }

    /// Makes what an operator prepares elsewhere: the schema, people, agencies with their clients.
    pub async fn set(folder: TempDir, store: &Store, settings: &Settings, base: Option<&str>, now: Timestamp) -> Outcome<Self> {
        store.migrate().await?;
        let people = populate(store, folder.path(), PEOPLE, now).await?;
        if let Some(path) = &settings.demo.agencies {
            agency::stage(store, path, &|text| text.replace("${CONFORMANCE_BASE}", base.unwrap_or(BASE))).await?;
        }
        tracing::warn!(folder = %folder.path().display(), "this is a stage: nobody here is real, and nothing is kept");
        Ok(Self { folder, people })
    }

    /// Its registry, which does not answer for one of the people.
    pub fn registry(&self, store: &Store) -> Registry {
        let unanswered = self.people.of(Kind::Unanswered).map(|one| one.person.national_id.clone()).collect();
        Registry::Local(LocalRegistry::new(store.clone()).with_unreachable(unanswered))
    }

    /// `/demo/people.json` and `/demo/outbox`.
    pub fn routes(&self, app: &Arc<App>) -> Router {
        pages::routes(app, &self.people)
    }

    /// Removes its folder.
    pub fn clear(self) {
        if let Err(cause) = self.folder.close() {
            tracing::warn!(%cause, "the stage's folder could not be removed");
        }
    }
}
