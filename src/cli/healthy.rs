//! `panjereh healthy`: asks a server on this machine whether it is ready. A container image without a shell has no other program for it.

use crate::boot::failure::Failure;
use crate::cli::output::print;
use crate::cli::sources::Surroundings;
use crate::settings::TlsMode;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Readiness answers within two seconds; a health check that hangs says nothing.
const PATIENCE: Duration = Duration::from_secs(4);

#[derive(Debug, clap::Args)]
pub(crate) struct HealthyArguments {
    /// Address and port of the server [default: server.listen]
    #[arg(long, value_name = "ADDRESS:PORT")]
    at: Option<SocketAddr>,
}

/// Asks `/readyz` by plain HTTP. Where TLS ends in the server, only whether it accepts connections is known.
pub(crate) async fn run(arguments: &HealthyArguments, surroundings: &Surroundings) -> Result<(), Failure> {
    let settings = surroundings.settings()?;
    let at = arguments.at.unwrap_or_else(|| reachable(settings.server.listen));
    let plain = arguments.at.is_some() || settings.tls.mode == TlsMode::Off;
    let failed =
        |what: String| Failure::new(format!("the server at {at} is not healthy: {what}"), "look into its log, and at /readyz");
    let answer = timeout(PATIENCE, async {
        let mut stream = TcpStream::connect(at).await?;
        if !plain {
            return Ok("accepts connections".to_owned());
        }
        let request = format!("GET /readyz HTTP/1.1\r\nHost: {at}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.take(8 * 1024).read_to_end(&mut answer).await?;
        Ok::<_, std::io::Error>(String::from_utf8_lossy(&answer).into_owned())
    });
    let answer = answer.await.map_err(|_| failed("it does not answer".to_owned()))?;
    let answer = answer.map_err(|error| failed(error.to_string()))?;
    if !plain || answer.starts_with("HTTP/1.1 200 ") {
        return print(if plain { "ready" } else { "accepts connections (TLS ends in the server, so more is not asked)" });
    }
    let reason = answer.split("\r\n\r\n").nth(1).filter(|body| !body.is_empty()).unwrap_or("its answer is empty");
    Err(failed(reason.trim().to_owned()))
}

/// A server that listens on every address is asked on loopback.
fn reachable(mut listen: SocketAddr) -> SocketAddr {
    if listen.ip().is_unspecified() {
        listen.set_ip(if listen.is_ipv4() { std::net::Ipv4Addr::LOCALHOST.into() } else { std::net::Ipv6Addr::LOCALHOST.into() });
    }
    listen
}
