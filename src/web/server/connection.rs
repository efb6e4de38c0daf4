//! One connection: it serves requests, in turn or concurrently, until it is idle for too long or the server stops.

use crate::crypto::certificate::ClientCertificate;
use crate::web::server::tls::{Protocol, TlsStream, certificate_of, protocol_of};
use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, mpsc, watch};
use tower::Service as _;

/// The number of requests that may run at once on one HTTP/2 connection.
const STREAMS: u32 = 128;

/// A connection with what is known about the other side.
pub(crate) struct Transport<S> {
    stream: S,
    peer: SocketAddr,
    protocol: Protocol,
    certificate: Option<ClientCertificate>,
}

impl Transport<TcpStream> {
    /// Without TLS. Whether it is HTTP/1.1 or HTTP/2 shows in its first bytes (RFC 9113 §3.3).
    pub(crate) fn plain(stream: TcpStream, peer: SocketAddr) -> Self {
        Self { stream, peer, protocol: Protocol::Either, certificate: None }
    }
}

impl Transport<TlsStream> {
    /// With TLS, where ALPN has decided (RFC 7301).
    pub(crate) fn tls(stream: TlsStream, peer: SocketAddr) -> Self {
        let (protocol, certificate) = (protocol_of(&stream), certificate_of(&stream));
        Self { stream, peer, protocol, certificate }
    }
}

/// The activity of a connection. A connection without activity takes a slot from other clients, whether its client is idle, sends
/// the head of a request byte by byte, or does not read its answer.
#[derive(Default)]
struct Activity {
    begun: AtomicUsize,
    running: AtomicUsize,
}

/// A request that is running; it has ended when this is dropped.
struct Running(Arc<Activity>);

impl Activity {
    fn begin(self: &Arc<Self>) -> Running {
        self.begun.fetch_add(1, Ordering::Relaxed);
        self.running.fetch_add(1, Ordering::Relaxed);
        Running(Arc::clone(self))
    }

    /// The number of requests begun, if it has changed since it was `seen` or a request is running.
    fn since(&self, seen: usize) -> Option<usize> {
        let begun = self.begun.load(Ordering::Relaxed);
        (begun != seen || self.running.load(Ordering::Relaxed) > 0).then_some(begun)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Answers every request of a connection.
pub(crate) async fn converse<S>(transport: Transport<S>, context: &ConnectionContext)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Transport { stream, peer, protocol, certificate } = transport;
    let activity = Arc::new(Activity::default());
    let (router, begun) = (context.router.clone(), Arc::clone(&activity));
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        if let Some(certificate) = &certificate {
            request.extensions_mut().insert(certificate.clone());
        }
        answer(router.clone(), request, begun.begin())
    });
    let builder = builder(protocol);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    let mut stopped = context.stopped.clone();
    let mut idle = pin!(tokio::time::sleep(context.idle_timeout));
    let (mut seen, mut ending) = (0, false);
    loop {
        tokio::select! {
            // The cause is not logged: most connections end because the client leaves.
            _ = connection.as_mut() => return,
            _ = stopped.changed(), if !ending => {
                connection.as_mut().graceful_shutdown();
                ending = true;
            }
            () = idle.as_mut() => {
                match activity.since(seen) {
                    Some(begun) => seen = begun,
                    None if ending => return,
                    None => {
                        connection.as_mut().graceful_shutdown();
                        ending = true;
                    }
                }
                idle.set(tokio::time::sleep(context.idle_timeout));
            }
        }
    }
}

async fn answer(
    mut router: Router,
    request: Request<Incoming>,
    running: Running,
) -> Result<axum::response::Response, std::convert::Infallible> {
    let answer = router.call(request).await;
    drop(running);
    answer
}

fn builder(protocol: Protocol) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http2().max_concurrent_streams(STREAMS);
    match protocol {
        Protocol::Either => builder,
        Protocol::Http1 => builder.http1_only(),
        Protocol::Http2 => builder.http2_only(),
    }
}

/// What every connection needs.
#[derive(Clone)]
pub(crate) struct ConnectionContext {
    /// Every route.
    pub(crate) router: Router,
    /// How long a connection may be without a running request.
    pub(crate) idle_timeout: Duration,
    /// Its sender is dropped when serving has to end.
    pub(crate) stopped: watch::Receiver<()>,
    pub(crate) slots: Arc<Semaphore>,
    /// Every connection holds one; when none is left, all of them have ended.
    pub(crate) _open: mpsc::Sender<()>,
}
