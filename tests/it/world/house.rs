//! A provider behind a real socket: the listener of the program, in this process.

use crate::world::{Backend, World};
use axum::Router;
use panjereh::settings::Server;
use panjereh::web::server::serve::{Door, serve};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A request that the program answers at once.
pub const REQUEST: &[u8] = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// A listener of its own, which stops on request.
pub struct House {
    pub world: World,
    pub address: SocketAddr,
    pub stop: oneshot::Sender<()>,
    pub serving: JoinHandle<()>,
}

/// With changed settings, a door of this kind and more routes.
pub async fn house(change: impl FnOnce(&mut Server), door: impl FnOnce(TcpListener) -> Door, more: Router) -> House {
    let world = World::with(Backend::Embedded, |settings| change(&mut settings.server)).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let (app, door) = (Arc::clone(&world.app), door(listener));
    let serving = tokio::spawn(async move {
        serve(&app, vec![door], more, async move {
            let _ = stopped.await;
        })
        .await;
    });
    House { world, address, stop, serving }
}

/// Without TLS, with changed settings.
pub async fn plain(change: impl FnOnce(&mut Server)) -> House {
    house(change, Door::Plain, Router::new()).await
}

/// What is received before the other side closes.
pub async fn to_the_end(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    // A reset is an end, too.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// The next answer, if it is short.
pub async fn one_answer(stream: &mut TcpStream) -> String {
    let mut answer = [0; 4096];
    let read = stream.read(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer[..read]).into_owned()
}

impl House {
    /// A connection from this address of 127.0.0.0/8, all of which is this machine.
    pub async fn connect_from(&self, host: u8) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 0, 0, host)), 0)).unwrap();
        socket.connect(self.address).await.unwrap()
    }

    /// The answer to these bytes on a connection of its own, up to its end.
    pub async fn ask(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect_from(1).await;
        // The server may answer and close before it has read everything.
        let _ = stream.write_all(bytes).await;
        let _ = stream.shutdown().await;
        to_the_end(&mut stream).await
    }
}

/// Whether the server closes the connection within this time.
pub async fn is_closed_within(stream: &mut TcpStream, time: Duration) -> bool {
    tokio::time::timeout(time, to_the_end(stream)).await.is_ok()
}
