//! `panjereh registry serve`: the reference service of the civil registry.

use crate::boot::failure::Failure;
use crate::boot::registry::service_key;
use crate::boot::start::stop_signal;
use crate::boot::stores::open_checked_store;
use crate::boot::telemetry::start_log;
use crate::crypto::certificate::Authorities;
use crate::edge::registry_service;
use crate::edge::server::tls::Acceptor;
use crate::random::Random;
use crate::registry::local::LocalRegistry;
use crate::registry::service::RegistryService;
use crate::settings::Settings;
use crate::time::Clock;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpListener;

/// Flags of `registry serve`.
#[derive(Debug, clap::Args)]
pub(crate) struct ServeArguments {
    /// Address and port to listen on
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8446")]
    listen: SocketAddr,
    /// The certificate of this service: a PEM file
    #[arg(long, value_name = "FILE")]
    certificate: PathBuf,
    /// The private key of that certificate: a PEM file
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The authorities that issue the certificates of sign-in servers: a PEM file
    #[arg(long, value_name = "FILE")]
    client_ca: PathBuf,
    /// The private key that signs the answers: a PEM file; it is generated if it does not exist
    #[arg(long, value_name = "FILE")]
    signing_key: PathBuf,
}

/// Serves until the program is asked to stop.
pub(super) async fn run(arguments: ServeArguments, settings: Settings) -> Result<(), Failure> {
    start_log(&settings.log)?;
    let ServeArguments { listen, certificate, key, client_ca, signing_key } = arguments;
    let pair = service_key(&signing_key)?;
    let acceptor = acceptor(&certificate, &key, &client_ca)?;
    let store = open_checked_store(&settings).await?;
    let local = LocalRegistry::new(store).named(&settings.registry.name);
    let service = RegistryService::new(local, pair, Clock::System, Random::Os)
        .map_err(|error| Failure::new(format!("--signing-key cannot be used: {error}"), "name another key"))?;
    let listener = TcpListener::bind(listen).await.map_err(|error| {
        Failure::new(format!("{listen} cannot be listened on: {error}"), "set --listen to a free address and port")
    })?;
    tracing::info!(%listen, registry = settings.registry.name, "serving the civil registry");
    let served = registry_service::serve(listener, acceptor, registry_service::routes(Arc::new(service)), stop_signal()).await;
    tracing::info!("stopped");
    served.map_err(|error| Failure::new(format!("the service ended: {error}"), "start it again"))
}

fn acceptor(certificate: &Path, key: &Path, client_ca: &Path) -> Result<Acceptor, Failure> {
    let read = |path: &Path| {
        std::fs::read(path).map_err(|error| {
            Failure::new(format!("{} cannot be read: {error}", path.display()), "name a PEM file that exists and can be read")
        })
    };
    let authorities = Authorities::from_pem(&read(client_ca)?).ok_or_else(|| {
        let cause = format!("--client-ca {} holds no certificates in PEM", client_ca.display());
        Failure::new(cause, "name a PEM file with the authorities that issue the certificates of sign-in servers")
    })?;
    Acceptor::for_clients_of(&read(certificate)?, &read(key)?, &authorities).map_err(|error| {
        let cause = format!("{} and {}: {error}", certificate.display(), key.display());
        Failure::new(cause, "name the certificate chain with --certificate and its private key with --key, each as PEM")
    })
}
