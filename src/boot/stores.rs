//! Opens the stores that the settings name. Missing folders of their files are created.

use crate::boot::failure::Failure;
use crate::settings::Settings;
use crate::store::{Store, StoreOptions};
use crate::transient::Transient;
use std::io::Write as _;
use std::path::Path;

/// Opens the durable store, whatever its schema is.
pub(crate) async fn open_store(settings: &Settings) -> Result<Store, Failure> {
    make_folder(settings)?;
    Ok(Store::open_with(settings.database.url.expose(), options(settings)).await?)
}

/// The same for a program that serves callers, who wait for no more than a moment.
pub(crate) async fn open_serving_store(settings: &Settings) -> Result<Store, Failure> {
    make_folder(settings)?;
    Ok(Store::open_with(settings.database.url.expose(), options(settings).serving()).await?)
}

/// Whether the addresses of both stores can be used as the settings want them, before anything is opened.
pub(crate) fn check_addresses(settings: &Settings) -> Result<(), Failure> {
    Store::check_address(settings.database.url.expose(), &options(settings))?;
    match settings.transient.redis() {
        None => Ok(()),
        Some(url) => Ok(Transient::check_address(url, &settings.transient.tls)?),
    }
}

fn options(settings: &Settings) -> StoreOptions {
    let database = &settings.database;
    StoreOptions {
        postgres_connections: database.postgres_connections,
        pooler: database.pooler,
        tls: database.tls.clone(),
        announce,
        ..StoreOptions::default()
    }
}

/// Tells the operator why a start waits: in the log, or where a command has none, on standard error.
fn announce(line: &str) {
    if tracing::dispatcher::has_been_set() {
        tracing::warn!("{line}");
    } else {
        let _ = writeln!(std::io::stderr().lock(), "{line}");
    }
}

fn make_folder(settings: &Settings) -> Result<(), Failure> {
    match settings.database.url.expose().strip_prefix("sqlite:") {
        Some(path) => make_folder_of(Path::new(path.trim_start_matches("//"))),
        None => Ok(()),
    }
}

/// Opens the durable store, and fails if this program does not know its schema.
pub(crate) async fn open_checked_store(settings: &Settings) -> Result<Store, Failure> {
    let store = open_store(settings).await?;
    store.check_schema().await?;
    Ok(store)
}

/// Opens short-lived state, beside the store or in Redis. A SQLite database is served by one process only.
pub(crate) async fn open_transient(settings: &Settings, store: &Store) -> Result<Transient, Failure> {
    store.serve_alone()?;
    let transient = match settings.transient.redis() {
        None => Transient::embedded(store),
        Some(url) => Transient::redis(url, &settings.transient.tls).await?,
    };
    transient.ready().await?;
    Ok(transient)
}

/// Creates the folder for a file that only its owner may read. A new folder can be entered by its owner only.
pub(crate) fn make_folder_of(file: &Path) -> Result<(), Failure> {
    let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists()) else { return Ok(()) };
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|error| {
        let remedy = "create it, or set a path that can be written";
        Failure::new(format!("the folder {} cannot be created: {error}", folder.display()), remedy)
    })
}
