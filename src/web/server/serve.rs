//! Accepts connections until it is told to stop, then finishes the running requests.

use crate::app::App;
use crate::edge::memory;
use crate::edge::server::connection::{ConnectionContext, Transport, converse};
use crate::edge::server::tls::Acceptor;
use crate::edge::slots::{Admission, Slot, Slots};
use crate::web::{routes, surround};
use axum::Router;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};

/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// The most connections at a time on a listener for the inside: a monitoring has a few.
const INSIDE: usize = 16;
/// How long accepting pauses after it failed for lack of a resource, such as open files.
const SHORTAGE: Duration = Duration::from_secs(1);

/// A listener.
pub enum Door {
    /// Without TLS: a proxy in front ends it, or only this machine reaches the listener.
    Plain(TcpListener),
    /// TLS ends here.
    Tls(TcpListener, Acceptor),
    /// Routes of its own and none of the product, without TLS: for the operator's monitoring, and not for citizens.
    Inside(TcpListener, Router),
}

impl Door {
    /// Where it listens, if the system can tell.
    pub(crate) fn address(&self) -> Option<SocketAddr> {
        let (Self::Plain(listener) | Self::Tls(listener, _) | Self::Inside(listener, _)) = self;
        listener.local_addr().ok()
    }
}

/// Serves the product and `more` routes on these listeners until `stop` resolves. Running requests are finished first, for
/// `server.shutdown_grace` at most: a client that never ends its request does not keep the process alive.
pub async fn serve(app: &Arc<App>, doors: Vec<Door>, more: Router, stop: impl Future<Output = ()>) {
    let server = &app.settings.server;
    let (stopping, stopped) = watch::channel(());
    let (open, mut all_closed) = mpsc::channel(1);
    let context = ConnectionContext {
        app: Arc::clone(app),
        router: surround(app, routes(app).merge(more)),
        stopped,
        slots: Slots::new(server.connections, server.connections_per_address),
        memory: memory::pool(server.request_memory),
        _open: open,
    };
    for door in doors {
        tokio::spawn(keep(door, context.clone()));
    }
    drop(context);
    stop.await;
    drop(stopping);
    if tokio::time::timeout(server.shutdown_grace, all_closed.recv()).await.is_err() {
        tracing::warn!("requests were still running after server.shutdown_grace; they are aborted");
    }
}

/// Accepts connections on one listener.
async fn keep(door: Door, mut context: ConnectionContext) {
    let (listener, acceptor) = match door {
        Door::Plain(listener) => (listener, None),
        Door::Tls(listener, acceptor) => (listener, Some(acceptor)),
        Door::Inside(listener, router) => {
            (context.router, context.slots) = (router, Slots::new(INSIDE, INSIDE));
            (listener, None)
        }
    };
    let mut stopped = context.stopped.clone();
    loop {
        let accepted = tokio::select! {
            _ = stopped.changed() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                // While this waits, further connections wait in the kernel's queue.
                let admission = tokio::select! {
                    _ = stopped.changed() => return,
                    admission = context.slots.admit(context.limited(peer.ip())) => admission,
                };
                let (acceptor, context) = (acceptor.clone(), context.clone());
                match admission {
                    Admission::Now(slot) => drop(tokio::spawn(within(slot, stream, peer, acceptor, context))),
                    Admission::Later(turn) => drop(tokio::spawn(async move {
                        if let Some(slot) = turn.slot().await {
                            within(slot, stream, peer, acceptor, context).await;
                        }
                    })),
                    Admission::Never => {}
                }
            }
            Err(cause) if is_of_one_connection(&cause) => {}
            Err(cause) => {
                tracing::error!(%cause, "no connection can be accepted");
                tokio::time::sleep(SHORTAGE).await;
            }
        }
    }
}

/// A connection for as long as it has its slot.
async fn within(slot: Slot, stream: TcpStream, peer: SocketAddr, acceptor: Option<Acceptor>, context: ConnectionContext) {
    tokio::select! {
        () = enter(stream, peer, acceptor, &slot, &context) => {}
        () = slot.place.ended() => {}
    }
}

async fn enter(stream: TcpStream, peer: SocketAddr, acceptor: Option<Acceptor>, slot: &Slot, context: &ConnectionContext) {
    // The last packet of an answer must not wait for the acknowledgement of the packet before it. Where this option cannot be
    // set, answers are only slower.
    let _ = stream.set_nodelay(true);
    let Some(acceptor) = acceptor else {
        return converse(Transport::plain(stream, peer), slot, context).await;
    };
    let mut stopped = context.stopped.clone();
    let shaken = tokio::select! {
        _ = stopped.changed() => return,
        shaken = tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)) => shaken,
    };
    match shaken {
        Ok(Ok(stream)) => converse(Transport::tls(stream, peer), slot, context).await,
        Ok(Err(cause)) => tracing::debug!(%cause, "a TLS handshake failed"),
        Err(_) => tracing::debug!("a TLS handshake took too long"),
    }
}

/// Whether the error concerns only the connection that was to be accepted.
fn is_of_one_connection(cause: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(cause.kind(), ConnectionRefused | ConnectionAborted | ConnectionReset)
}
