//! One address in front of servers that change, as the address of a cluster is.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Forwards each new connection to the server that is the target when it is opened.
pub struct Forwarder {
    pub port: u16,
    target: Arc<Mutex<SocketAddr>>,
    lost: watch::Sender<u32>,
}

impl Forwarder {
    pub async fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own = listener.local_addr().unwrap().port();
        let target = Arc::new(Mutex::new(SocketAddr::from(([127, 0, 0, 1], port))));
        let (lost, losing) = watch::channel(0);
        let towards = target.clone();
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let (target, mut losing) = (*towards.lock().unwrap(), losing.clone());
                losing.mark_unchanged();
                tokio::spawn(async move {
                    let Ok(mut far) = TcpStream::connect(target).await else { return };
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                        // The far end hears nothing more and says nothing more, and neither end is told.
                        _ = losing.changed() => std::future::pending::<()>().await,
                    }
                });
            }
        });
        Self { port: own, target, lost }
    }

    /// New connections lead to this port; those that are open stay where they are.
    pub fn lead_to(&self, port: u16) {
        self.target.lock().unwrap().set_port(port);
    }

    /// Every connection that is open is lost without a word, as when a machine loses its power.
    pub fn lose_all(&self) {
        self.lost.send_modify(|times| *times += 1);
    }
}
