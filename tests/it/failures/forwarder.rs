//! One address in front of servers that change, as the address of a cluster is.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::net::{TcpListener, TcpStream};

/// Forwards each new connection to the server that is the target when it is opened.
pub struct Forwarder {
    pub port: u16,
    target: Arc<Mutex<SocketAddr>>,
}

impl Forwarder {
    pub async fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own = listener.local_addr().unwrap().port();
        let target = Arc::new(Mutex::new(SocketAddr::from(([127, 0, 0, 1], port))));
        let towards = target.clone();
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let target = *towards.lock().unwrap();
                tokio::spawn(async move {
                    if let Ok(mut far) = TcpStream::connect(target).await {
                        tokio::io::copy_bidirectional(&mut near, &mut far).await.ok();
                    }
                });
            }
        });
        Self { port: own, target }
    }

    /// New connections lead to this port; those that are open stay where they are.
    pub fn lead_to(&self, port: u16) {
        self.target.lock().unwrap().set_port(port);
    }
}
