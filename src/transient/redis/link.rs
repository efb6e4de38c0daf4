//! The connection to Redis: one, shared by all requests, and made anew when it is of no use.
//!
//! Every command has its answer, or an error, within [`ANSWERS_WITHIN`]: a Redis that is frozen or unreachable holds up no request. A
//! connection ends with the first error after which it may be of no use: it broke, it did not answer in time, or the server behind the
//! address became a replica or is still loading. The next command opens a new one; of several at once, one does.

use crate::crypto::server_tls::ServerConnector;
use crate::settings::server_tls::{Wire, is_this_machine};
use crate::settings::{ServerTls, TlsPolicy};
use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::{
    AsyncConnectionConfig, Cmd, ConnectionAddr, ConnectionInfo, ErrorKind, IntoConnectionInfo as _, Pipeline, RedisError,
    RedisFuture, RedisResult, Value,
};
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::{TcpStream, UnixStream};
use tokio::task::{AbortHandle, JoinHandle};

/// How long a command waits for its answer, a new connection included.
const ANSWERS_WITHIN: Duration = Duration::from_millis(1300);
/// Commands that wait to be sent before the next caller has to wait.
const QUEUE: usize = 1024;

/// Where Redis is.
enum Place {
    Tcp { host: String, port: u16, tls: Option<ServerConnector> },
    Unix(PathBuf),
}

/// A shared connection; cheap to clone.
#[derive(Clone)]
pub(crate) struct Link(Arc<Inner>);

struct Inner {
    place: Place,
    info: ConnectionInfo,
    live: Mutex<Option<Live>>,
    /// Held while a connection is made.
    connecting: tokio::sync::Mutex<u64>,
}

struct Live {
    connection: MultiplexedConnection,
    number: u64,
    driver: AbortHandle,
}

impl Link {
    /// Connects to the Redis at this address, or says why it cannot.
    pub(crate) async fn open(url: &str, tls: &ServerTls) -> RedisResult<Self> {
        let (place, info) = place(url, tls)?;
        let link = Self(Arc::new(Inner { place, info, live: Mutex::default(), connecting: tokio::sync::Mutex::new(0) }));
        in_time(link.connection()).await?;
        Ok(link)
    }

    /// Whether an address can be used as the settings want it. Connects to nothing.
    pub(crate) fn check(url: &str, tls: &ServerTls) -> RedisResult<()> {
        place(url, tls).map(drop)
    }

    fn live(&self) -> Option<(MultiplexedConnection, u64)> {
        let live = self.0.live.lock().unwrap_or_else(PoisonError::into_inner);
        live.as_ref().map(|live| (live.connection.clone(), live.number))
    }

    async fn connection(&self) -> RedisResult<(MultiplexedConnection, u64)> {
        if let Some(live) = self.live() {
            return Ok(live);
        }
        let mut number = self.0.connecting.lock().await;
        // Another command may have connected meanwhile.
        if let Some(live) = self.live() {
            return Ok(live);
        }
        let (connection, driver) = self.0.connect().await?;
        *number += 1;
        let live = Live { connection: connection.clone(), number: *number, driver: driver.abort_handle() };
        *self.0.live.lock().unwrap_or_else(PoisonError::into_inner) = Some(live);
        Ok((connection, *number))
    }

    /// Ends a connection, unless a newer one has taken its place.
    fn end(&self, number: u64) {
        let mut live = self.0.live.lock().unwrap_or_else(PoisonError::into_inner);
        if live.as_ref().is_some_and(|live| live.number == number)
            && let Some(ended) = live.take()
        {
            ended.driver.abort();
        }
    }

    async fn send<T>(&self, command: impl AsyncSend<T>) -> RedisResult<T> {
        // The number of the connection survives the time limit, which ends the connection too.
        let used = Mutex::new(None);
        let sent = in_time(async {
            let (connection, number) = self.connection().await?;
            *used.lock().unwrap_or_else(PoisonError::into_inner) = Some(number);
            command.send(connection).await
        });
        let result = sent.await;
        let number = *used.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Err(error), Some(number)) = (&result, number)
            && ends_connection(error)
        {
            self.end(number);
        }
        result
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// What is sent on a connection.
trait AsyncSend<T>: Send {
    fn send(self, connection: MultiplexedConnection) -> impl Future<Output = RedisResult<T>> + Send;
}

impl AsyncSend<Value> for &Cmd {
    async fn send(self, mut connection: MultiplexedConnection) -> RedisResult<Value> {
        connection.send_packed_command(self).await
    }
}

/// A pipeline with the number of answers to skip and to read.
struct Batch<'a>(&'a Pipeline, usize, usize);

impl AsyncSend<Vec<Value>> for Batch<'_> {
    async fn send(self, mut connection: MultiplexedConnection) -> RedisResult<Vec<Value>> {
        connection.send_packed_commands(self.0, self.1, self.2).await
    }
}

impl ConnectionLike for Link {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        Box::pin(self.send(cmd))
    }

    fn req_packed_commands<'a>(&'a mut self, cmd: &'a Pipeline, offset: usize, count: usize) -> RedisFuture<'a, Vec<Value>> {
        Box::pin(self.send(Batch(cmd, offset, count)))
    }

    fn get_db(&self) -> i64 {
        self.0.info.redis_settings().db()
    }
}

impl Inner {
    async fn connect(&self) -> RedisResult<(MultiplexedConnection, JoinHandle<()>)> {
        match &self.place {
            Place::Unix(path) => self.shake_hands(UnixStream::connect(path).await?).await,
            Place::Tcp { host, port, tls } => {
                let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
                let stream = TcpStream::connect((bare, *port)).await?;
                stream.set_nodelay(true)?;
                match tls {
                    None => self.shake_hands(stream).await,
                    Some(tls) => self.shake_hands(tls.connect(host, stream).await?).await,
                }
            }
        }
    }

    async fn shake_hands<S>(&self, stream: S) -> RedisResult<(MultiplexedConnection, JoinHandle<()>)>
    where
        S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
    {
        // The time limit is that of the whole command, so the library's own is off.
        let config = AsyncConnectionConfig::new().set_response_timeout(None).set_pipeline_buffer_size(QUEUE);
        let made = MultiplexedConnection::new_with_config(self.info.redis_settings(), stream, config);
        let (connection, driver) = made.await?;
        Ok((connection, tokio::spawn(driver)))
    }
}

async fn in_time<T>(answer: impl Future<Output = RedisResult<T>>) -> RedisResult<T> {
    let late = |_| Err(io::Error::new(io::ErrorKind::TimedOut, "no answer in time").into());
    tokio::time::timeout(ANSWERS_WITHIN, answer).await.unwrap_or_else(late)
}

/// Whether a connection may be of no use after this error.
fn ends_connection(error: &RedisError) -> bool {
    error.is_io_error()
        || error.is_connection_dropped()
        || error.is_unrecoverable_error()
        || matches!(error.kind(), ErrorKind::Parse | ErrorKind::AuthenticationFailed)
        // Behind one address another server may answer by now.
        || matches!(error.code(), Some("READONLY" | "MASTERDOWN" | "LOADING" | "NOAUTH"))
}

/// Where an address leads, and how. `rediss` is TLS; `redis` is clear text, on this machine only unless the settings say otherwise.
fn place(url: &str, tls: &ServerTls) -> RedisResult<(Place, ConnectionInfo)> {
    let (plain, wants_tls) = match url.strip_prefix("rediss://") {
        Some(rest) => (format!("redis://{rest}"), true),
        None => (url.to_owned(), false),
    };
    let refused = |problem: String| RedisError::from((ErrorKind::InvalidClientConfig, "the address cannot be used", problem));
    let info = plain.as_str().into_connection_info()?;
    let place = match info.addr().clone() {
        ConnectionAddr::Unix(path) => Place::Unix(path),
        ConnectionAddr::Tcp(host, port) => {
            let policy = if wants_tls { TlsPolicy::VerifyFull } else { tls.policy };
            let wire =
                ServerTls { policy, ..tls.clone() }.wire(&host).map_err(|problem| refused(format!("transient.url {problem}")))?;
            // `redis://` and "auto" is clear text on this machine, and nothing elsewhere: the operator decides which of the two.
            if !wants_tls && tls.policy == TlsPolicy::Auto && !is_this_machine(&host) {
                return Err(refused(
                    "transient.url leads to another machine without TLS: write rediss:// in place of redis://".to_owned(),
                ));
            }
            let tls = match wire {
                Wire::Plain => None,
                Wire::VerifyCa | Wire::VerifyFull => Some(ServerConnector::new(tls)?),
            };
            Place::Tcp { host, port, tls }
        }
        _ => return Err(refused("it is of an unknown kind".to_owned())),
    };
    Ok((place, info))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_tls(url: &str, policy: TlsPolicy) -> Option<bool> {
        match place(url, &ServerTls { policy, ..ServerTls::default() }).ok()?.0 {
            Place::Tcp { tls, .. } => Some(tls.is_some()),
            Place::Unix(_) => Some(false),
        }
    }

    #[test]
    fn another_machine_is_reached_by_tls_or_not_at_all_unless_the_setting_says_so() {
        for here in ["redis://127.0.0.1:6379/0", "redis://localhost", "redis://[::1]:6379", "unix:///run/redis.sock"] {
            assert_eq!(is_tls(here, TlsPolicy::Auto), Some(false), "{here}");
        }
        for elsewhere in ["redis://:secret@redis.example:6379/0", "redis://10.1.2.3", "redis://[2001:db8::1]:6379"] {
            assert_eq!(is_tls(elsewhere, TlsPolicy::Auto), None, "{elsewhere}");
            assert_eq!(is_tls(elsewhere, TlsPolicy::VerifyFull), Some(true), "{elsewhere}");
            assert_eq!(is_tls(elsewhere, TlsPolicy::PlainText), Some(false), "{elsewhere}");
            assert_eq!(is_tls(&elsewhere.replace("redis://", "rediss://"), TlsPolicy::PlainText), Some(true), "{elsewhere}");
        }
        assert_eq!(is_tls("rediss://127.0.0.1", TlsPolicy::Auto), Some(true));
    }
}
