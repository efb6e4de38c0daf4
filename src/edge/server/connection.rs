//! One connection: it serves requests, in turn or concurrently, until it is idle for too long or the server stops.

use crate::app::App;
use crate::crypto::certificate::ClientCertificate;
use crate::edge::bodies::{AnswerBody, BodyFault, RequestBody, RequestHold};
use crate::edge::forwarded::client_address;
use crate::edge::host::{length_of_head, names_one_host};
use crate::edge::memory::Purse;
use crate::edge::metrics::TurnedAway;
use crate::edge::server::tls::{Protocol, TlsStream, certificate_of, protocol_of};
use crate::edge::shares::Shares;
use crate::edge::slots::{Slot, Slots};
use crate::edge::watched::{HasBody, HeadClock, Watch, Watched};
use crate::settings::Server;
use axum::Router;
use axum::body::{Body, HttpBody as _};
use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Request, StatusCode, Version, header};
use axum::response::{IntoResponse as _, Response};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use std::convert::Infallible;
use std::future::poll_fn;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tower::Service as _;

/// The number of requests that may run at once on one HTTP/2 connection.
const STREAMS: u32 = 128;
/// What a client may send of a body before it is read, on HTTP/2 (RFC 9113 §6.9): of one request, and of all of a connection.
const WINDOW: u32 = 64 * 1024;
/// The bytes of answers that wait on one HTTP/2 connection for its client to read.
const SENT_AHEAD: usize = 64 * 1024;
/// What HTTP/2 keeps for a request beside its bytes until its answer is sent: a task, its header lines.
const STREAM: usize = 8 * 1024;
/// hyper does not take less.
const LEAST_BUFFER: usize = 8 * 1024;

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

/// Answers every request of a connection.
pub(crate) async fn converse<S>(transport: Transport<S>, slot: &Slot, context: &ConnectionContext)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Transport { stream, peer, protocol, certificate } = transport;
    let server = &context.app.settings.server;
    let purse = Purse::new(&context.memory);
    let watch = Watch::new(Arc::clone(&slot.place), server.head_limit, purse.held(context.limited(peer.ip())));
    let here = Arc::new(Here { peer, certificate, purse, watch: Arc::clone(&watch) });
    let service = service_fn(|mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(here.peer));
        if let Some(certificate) = &here.certificate {
            request.extensions_mut().insert(certificate.clone());
        }
        answer(request, slot, Arc::clone(&here), context)
    });
    let builder = builder(protocol, server);
    let stream = TokioIo::new(Watched::new(stream, Arc::clone(&watch)));
    let mut connection = pin!(builder.serve_connection(stream, service));
    let mut stopped = context.stopped.clone();
    let mut idle = pin!(tokio::time::sleep(server.idle_timeout));
    let mut head = HeadClock::new(server.head_timeout);
    let (mut seen, mut ending) = (0, false);
    loop {
        tokio::select! {
            // In this order: whether a head is unfinished shows after the connection has read what came.
            biased;
            // The cause is not logged: most connections end because the client leaves.
            _ = connection.as_mut() => return,
            () = poll_fn(|cx| head.poll(&watch, cx)) => return,
            _ = stopped.changed(), if !ending => {
                connection.as_mut().graceful_shutdown();
                ending = true;
            }
            () = idle.as_mut() => {
                match slot.place.since(seen) {
                    Some(begun) => seen = begun,
                    None if ending => return,
                    None => {
                        connection.as_mut().graceful_shutdown();
                        ending = true;
                    }
                }
                idle.set(tokio::time::sleep(server.idle_timeout));
            }
        }
    }
}

/// What the requests of one connection share.
struct Here {
    peer: SocketAddr,
    certificate: Option<ClientCertificate>,
    purse: Arc<Purse>,
    watch: Arc<Watch>,
}

/// Answers one request. What is wrong with its head is answered as everything else is, by the layers around the routes.
fn answer(
    request: Request<Incoming>,
    slot: &Slot,
    here: Arc<Here>,
    context: &ConnectionContext,
) -> impl Future<Output = Result<Response, Infallible>> + Send + use<> {
    let running = slot.begin();
    let place = Arc::clone(&slot.place);
    let (mut parts, body) = request.into_parts();
    let has_body = if body.is_end_stream() { HasBody::No } else { HasBody::Yes };
    here.watch.head_is_whole(has_body);
    let length = length_of_head(&parts);
    let server = &context.app.settings.server;
    let who = if has_body == HasBody::Yes || length > LEAST_BUFFER {
        context.limited(client_address(&context.app, here.peer.ip(), &parts.headers))
    } else {
        context.limited(here.peer.ip())
    };
    let mut memory = here.purse.held(who);
    let beside = if parts.version < Version::HTTP_2 { 0 } else { STREAM };
    let fits = memory.grow(length + beside).is_ok();
    let hold = RequestHold::new(memory);
    if let Some(status) = refused(&parts, length, server) {
        parts.extensions.insert(TurnedAway(status));
    } else if !fits {
        hold.fails(BodyFault::NoMemory);
        parts.extensions.insert(TurnedAway(StatusCode::SERVICE_UNAVAILABLE));
    }
    parts.extensions.insert(hold.clone());
    let body = match has_body {
        HasBody::No => Body::empty(),
        HasBody::Yes => Body::new(RequestBody::new(body, hold.clone(), place, server.body_timeout)),
    };
    let (mut router, version) = (context.router.clone(), parts.version);
    async move {
        let Ok(answer) = router.call(Request::from_parts(parts, body)).await;
        drop((running, hold));
        let (parts, body) = answer.into_parts();
        let mut memory = here.purse.held(who);
        let body = memory.grow(beside).and_then(|()| AnswerBody::hold(body, version, memory));
        Ok(body.map_or_else(|_| busy(), |body| Response::from_parts(parts, body)))
    }
}

/// The answer in the place of one for which there is no memory.
fn busy() -> Response {
    let mut response = StatusCode::SERVICE_UNAVAILABLE.into_response();
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("10"));
    response
}

/// Why a request is not looked at: its head is too long (RFC 6585 §5), or it names no host or several (RFC 9112 §3.2).
fn refused(parts: &Parts, length: usize, server: &Server) -> Option<StatusCode> {
    if length > server.head_limit || parts.headers.len() > server.head_lines {
        return Some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    }
    (!names_one_host(parts)).then_some(StatusCode::BAD_REQUEST)
}

fn builder(protocol: Protocol, server: &Server) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().max_buf_size(server.head_limit.max(LEAST_BUFFER));
    if server.head_lines > Server::default().head_lines {
        // hyper has room for a hundred on its stack, and answers 431 beyond.
        builder.http1().max_headers(server.head_lines);
    }
    builder
        .http2()
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(u32::try_from(server.head_limit).unwrap_or(u32::MAX))
        .initial_stream_window_size(WINDOW)
        .initial_connection_window_size(WINDOW)
        .max_send_buf_size(SENT_AHEAD);
    match protocol {
        Protocol::Either => builder,
        Protocol::Http1 => builder.http1_only(),
        Protocol::Http2 => builder.http2_only(),
    }
}

/// What every connection needs.
#[derive(Clone)]
pub(crate) struct ConnectionContext {
    /// The program.
    pub(crate) app: Arc<App>,
    /// Every route.
    pub(crate) router: Router,
    /// Its sender is dropped when serving has to end.
    pub(crate) stopped: watch::Receiver<()>,
    /// The slots of connections.
    pub(crate) slots: Arc<Slots>,
    /// The memory of requests.
    pub(crate) memory: Arc<Shares>,
    /// Every connection holds one; when none is left, all of them have ended.
    pub(crate) _open: mpsc::Sender<()>,
}

impl ConnectionContext {
    /// The address that limits are counted for; none for a trusted proxy, which speaks for everybody behind it.
    pub(crate) fn limited(&self, address: IpAddr) -> Option<IpAddr> {
        (!self.app.settings.trusts_proxy(address)).then_some(address)
    }
}
