//! The demo's assembly: provider, agencies and people in one process.

use crate::boot::failure::Failure;
use crate::boot::program::{Opened, Program, Schema};
use crate::boot::start::stop_signal;
use crate::demo::agency_config::{AgencyConfig, AgencyKind};
use crate::demo::clients::DemoClients;
use crate::demo::kiosk;
use crate::demo::people::{DemoPeople, PersonKind};
use crate::demo::populate::populate;
use crate::demo::{DemoResult, agency, pages};
use crate::identity::age::CountryProfile;
use crate::registry::Registry;
use crate::registry::local::LocalRegistry;
use crate::secret::Secret;
use crate::settings::{LogLevel, Network, PlainHttp, Settings, Support};
use crate::text::LocalName;
use crate::web::server::serve::Door;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};
use tokio::net::TcpListener;
use tokio::sync::watch;

/// How the demo is started.
pub(crate) struct Options {
    /// The provider's port; the agencies are on the next two.
    pub(crate) port: u16,
    /// Where its data is kept between runs; `None` is a temporary folder.
    pub(crate) data: Option<PathBuf>,
    /// How many people the registry holds.
    pub(crate) people: u32,
}

/// Runs the demo until it is told to stop. `adjust` gets the demo's settings and returns them with those of the command line.
pub(crate) async fn run(options: Options, adjust: impl FnOnce(Settings) -> Result<Settings, Failure>) -> DemoResult<()> {
    let temporary = match &options.data {
        Some(_) => None,
        None => Some(tempfile::Builder::new().prefix("panjereh-demo-").tempdir()?),
    };
    let folder = temporary.as_ref().map_or_else(|| options.data.clone().unwrap_or_default(), |folder| folder.path().to_owned());
    std::fs::create_dir_all(&folder)?;
    let settings = adjust(settings(options.port, &folder))?;
    let listeners = listen(options.port).await?;
    let scene = Box::pin(set(&options, settings, &folder)).await?;
    announce(&options, &folder, &scene);
    play(scene, listeners).await?;
    drop(temporary);
    Ok(())
}

struct Scene {
    program: Program,
    people: DemoPeople,
    clients: DemoClients,
    origins: [String; 2],
}

/// Both addresses of `localhost`: some programs try only the first one that they get, which may be either.
type Doors = Vec<TcpListener>;

async fn listen(port: u16) -> DemoResult<[Doors; 3]> {
    let bind = async |port: u16| -> DemoResult<Doors> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
        let mut doors = vec![listener.map_err(|cause| format!("port {port} is not free ({cause}); try --port"))?];
        match TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await {
            Ok(listener) => doors.push(listener),
            Err(cause) if cause.kind() == ErrorKind::AddrInUse => {
                return Err(format!("port {port} is not free on ::1 ({cause}); try --port").into());
            }
            // A machine without IPv6.
            Err(_) => {}
        }
        Ok(doors)
    };
    Ok([bind(port).await?, bind(port + 1).await?, bind(port + 2).await?])
}

async fn set(options: &Options, settings: Settings, folder: &Path) -> DemoResult<Scene> {
    let opened = Opened::open(settings, None, Schema::Migrate).await?;
    let store = &opened.store;
    let people = populate(store, folder, options.people.into(), opened.clock.now()).await?;

    let origins = [1, 2].map(|next| format!("http://localhost:{}", options.port + next));
    let clients = DemoClients::new(&origins[0], &origins[1], &opened.random)?;
    let mut tx = store.write().await?;
    for agency in &clients.agencies {
        tx.put_agency(agency).await?;
    }
    for one in &clients.clients {
        tx.put_client(&one.client).await?;
    }
    tx.save().await?;

    let unanswered = people.of(PersonKind::Unanswered).map(|one| one.person.national_id.clone()).collect();
    let registry = Registry::Local(LocalRegistry::new(store.clone()).with_unreachable(unanswered));
    Ok(Scene { program: opened.assemble(registry).await?, people, clients, origins })
}

fn settings(port: u16, folder: &Path) -> Settings {
    let mut settings = Settings::default();
    settings.server.issuer = format!("http://localhost:{port}");
    settings.database.url = Secret::new(format!("sqlite:{}", folder.join("panjereh.sqlite").display()));
    settings.keys.master_key_file = folder.join("keys/master.key");
    settings.sms.outbox = folder.join("outbox.jsonl");
    // The sample agencies answer on this machine, without TLS.
    settings.outbound.allow_private_addresses = ["127.0.0.0/8", "::1"].into_iter().filter_map(Network::parse).collect();
    settings.outbound.plain_http = PlainHttp::Allowed;
    // A load test comes from this machine as well.
    settings.limits.per_address = 1_000_000;
    // A developer who connects an application finds here why a request of it was refused.
    settings.log.level = LogLevel::Info;
    settings.support = sample_support();
    settings
}

/// Nobody answers there: the numbers of the demonstration are no telephone's.
fn sample_support() -> Support {
    let text = |fa: &str, en: &str| LocalName { fa: fa.to_owned(), en: en.to_owned() };
    Support {
        phone: text("۰۲۱ ۰۰۰۰ ۰۰۰۰", "+98 21 0000 0000"),
        address: text("support@window.example", "support@window.example"),
        hours: text("شنبه تا چهارشنبه، ۸ تا ۱۶", "Saturday to Wednesday, 8:00 to 16:00 (Iran)"),
    }
}

/// The addresses come last: they are what a newcomer looks for, and a terminal shows the end.
fn announce(options: &Options, folder: &Path, scene: &Scene) {
    let [tax, health] = &scene.origins;
    let issuer = scene.program.app.settings.issuer();
    let country = CountryProfile::IRAN;
    println!("Panjereh, the window: a demonstration. No person here is real.\n");
    println!("One person of each kind; all of them are at {issuer}/demo\n");
    println!("{}", scene.people.table(|birth| country.adult_from(birth)));
    println!("Text messages are shown at {issuer}/demo/outbox and kept in {}.", folder.join("outbox.jsonl").display());
    println!(
        "Stop with Ctrl+C.{}\n",
        if options.data.is_none() { " All data is deleted then; --data DIR keeps it." } else { "" }
    );
    println!("  people and messages  {issuer}/demo");
    println!("  the window           {issuer}");
    println!("  tax office           {tax}");
    println!("  health service       {health}   and a kiosk in its hall: {health}/kiosk");
}

async fn play(scene: Scene, listeners: [Doors; 3]) -> DemoResult<()> {
    let Scene { program, people, clients, origins } = scene;
    let app = &program.app;
    let [window, tax, health] = listeners;
    let (stop, mut stopped) = watch::channel(());
    tokio::spawn(async move {
        stop_signal().await;
        drop(stop);
    });
    let mut stages = tokio::task::JoinSet::new();
    let played = [(AgencyKind::TaxOffice, &origins[0], tax), (AgencyKind::HealthService, &origins[1], health)];
    for (kind, origin, listeners) in played {
        let (client_id, client_secret) = clients.credentials(kind).ok_or("an agency of the demo has no secret")?;
        let config = AgencyConfig {
            kind,
            origin: origin.clone(),
            issuer: app.settings.issuer().to_owned(),
            client_id,
            client_secret,
            clock: app.clock.clone(),
            random: app.random.clone(),
        };
        let more = if kind == AgencyKind::HealthService { kiosk::routes() } else { axum::Router::new() };
        stages.spawn(agency::serve(listeners, config, more, stopped.clone()));
    }
    let more = pages::routes(app, &people).merge(pages::clients(&clients));
    let doors = window.into_iter().map(Door::Plain).collect();
    let ran = program.with_routes(more).run(doors, async move {
        // An error means that the sender was dropped, which is the signal to stop.
        let _ = stopped.changed().await;
    });
    ran.await?;
    while let Some(done) = stages.join_next().await {
        done??;
    }
    Ok(())
}
