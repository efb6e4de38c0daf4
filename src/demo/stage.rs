//! A stage for `serve`: everything that an operator prepares elsewhere is made at start in a temporary folder and deleted at the
//! end.
//!
//! Certification runs use it (`tests/conformance/panjereh.toml`). Only `[demo]` asks for it, and only on localhost.

use crate::boot::agency_file::{parse, text};
use crate::boot::failure::Failure;
use crate::boot::listeners::open_doors;
use crate::boot::program::{Opened, Schema};
use crate::boot::start::stop_signal;
use crate::demo::people::{DemoPeople, PersonKind};
use crate::demo::populate::populate;
use crate::demo::{DemoResult, pages};
use crate::registry::Registry;
use crate::registry::local::LocalRegistry;
use crate::secret::Secret;
use crate::settings::{Settings, Tls};
use crate::upkeep::apply_agency_file::{Plan, Registered, Undeclared};
use std::net::SocketAddr;
use std::path::Path;
use tempfile::TempDir;

/// How many people the registry holds.
const PEOPLE: u64 = 200;
/// The address of the suite, unless another one is given.
const BASE: &str = "https://localhost:8444";

fn is_reached_by_others(address: &SocketAddr) -> bool {
    !address.ip().to_canonical().is_loopback()
}

/// Serves a stage until the system asks it to stop; then its folder is removed. `base` is the address of the conformance suite,
/// for the agency file.
pub(crate) async fn serve(mut settings: Settings, master: Option<&Secret<String>>, base: Option<&str>) -> Result<(), Failure> {
    let folder = folder(&mut settings)?;
    let opened = Opened::open(settings, master, Schema::Migrate).await?;
    let people = prepare(&opened, folder.path(), base.unwrap_or(BASE)).await;
    let people = people.map_err(|error| Failure::new(error.to_string(), "correct the section [demo]"))?;
    let unanswered = people.of(PersonKind::Unanswered).map(|one| one.person.national_id.clone()).collect();
    let registry = Registry::Local(LocalRegistry::new(opened.store.clone()).with_unreachable(unanswered));
    let doors = open_doors(&opened.settings).await?;
    let program = opened.assemble(registry).await?;
    let more = pages::routes(&program.app, &people);
    let ran = program.with_routes(more).run(doors, stop_signal()).await;
    if let Err(cause) = folder.close() {
        tracing::warn!(%cause, "the stage's folder could not be removed");
    }
    ran
}

/// Makes what an operator prepares elsewhere: people, agencies with their clients.
async fn prepare(opened: &Opened, folder: &Path, base: &str) -> DemoResult<DemoPeople> {
    let store = &opened.store;
    let people = populate(store, folder, PEOPLE, opened.clock.now()).await?;
    if let Some(path) = &opened.settings.demo.agencies {
        let declared = parse(path, &text(path)?.replace("${CONFORMANCE_BASE}", base))?;
        let plan = Plan::make(declared, &Registered::read(store).await?, Undeclared::Keep);
        plan.carry_out(store, &opened.random, opened.clock.now()).await?;
    }
    tracing::warn!(folder = %folder.display(), "this is a stage: no person here is real, and no data is kept");
    Ok(people)
}

/// Makes the folder of a stage, and sets the paths in the settings to places in it.
fn folder(settings: &mut Settings) -> Result<TempDir, Failure> {
    if !settings.is_local() {
        let what = "demo.stage is for an issuer on localhost: on a stage the passwords of all people are public";
        return Err(Failure::new(what, "remove the section [demo], or use an issuer such as https://localhost:8443"));
    }
    // A visitor who reaches a stage can sign in as any of its people: the passwords are published, and one code may work for all.
    let doors = [
        ("server.listen", Some(settings.server.listen)),
        ("tls.mutual_listen", settings.tls.mutual_listen),
        ("server.metrics_listen", settings.server.metrics_listen),
    ];
    if let Some((key, address)) = doors.into_iter().find_map(|(key, address)| Some(key).zip(address.filter(is_reached_by_others)))
    {
        let what = format!("{key} = \"{address}\" can be reached from other machines, and demo.stage is on");
        let remedy = format!("set {key} to a loopback address, such as \"127.0.0.1:8443\", or remove the section [demo]");
        return Err(Failure::new(what, remedy));
    }
    let folder = tempfile::Builder::new().prefix("panjereh-stage-").tempdir().map_err(|error| {
        Failure::new(format!("no temporary folder can be made: {error}"), "make the folder of TMPDIR writable")
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
    Ok(folder)
}
