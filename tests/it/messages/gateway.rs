//! An HTTP gateway: it keeps every request as it was on the wire and answers as it is told.

use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// An answer: status, extra header lines, body.
#[derive(Clone)]
pub struct Says(pub u16, pub &'static str, pub &'static str);

/// A request as it was on the wire.
#[derive(Clone)]
pub struct Request {
    pub line: String,
    pub head: String,
    pub body: String,
}

pub struct Gateway {
    pub port: u16,
    requests: Arc<Mutex<Vec<Request>>>,
    says: Arc<Mutex<Says>>,
    delay: Arc<Mutex<Duration>>,
    task: JoinHandle<()>,
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Gateway {
    pub async fn start(says: Says) -> Self {
        Self::start_with(says, None).await
    }

    pub async fn start_with(says: Says, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (requests, says) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(says)));
        let delay = Arc::new(Mutex::new(Duration::ZERO));
        let (kept, said, waits) = (Arc::clone(&requests), Arc::clone(&says), Arc::clone(&delay));
        let task = tokio::spawn(async move {
            let mut under_way = tokio::task::JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (kept, said, waits, tls) = (Arc::clone(&kept), Arc::clone(&said), Arc::clone(&waits), tls.clone());
                under_way.spawn(async move {
                    match tls {
                        None => serve(stream, &kept, &said, &waits).await,
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                serve(stream, &kept, &said, &waits).await;
                            }
                        }
                    }
                });
            }
        });
        Self { port, requests, says, delay, task }
    }

    pub fn says(&self, says: Says) {
        *self.says.lock().unwrap() = says;
    }

    pub fn waits(&self, time: Duration) {
        *self.delay.lock().unwrap() = time;
    }

    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    kept: &Mutex<Vec<Request>>,
    said: &Mutex<Says>,
    waits: &Mutex<Duration>,
) {
    let mut bytes = Vec::new();
    let (head, length) = loop {
        let mut some = [0; 4096];
        match stream.read(&mut some).await {
            Ok(0) | Err(_) => return,
            Ok(count) => bytes.extend(&some[..count]),
        }
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
            let length =
                head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse::<usize>().ok());
            bytes.drain(..end + 4);
            break (head, length.unwrap_or(0));
        }
    };
    while bytes.len() < length {
        let mut some = [0; 4096];
        match stream.read(&mut some).await {
            Ok(0) | Err(_) => return,
            Ok(count) => bytes.extend(&some[..count]),
        }
    }
    let line = head.lines().next().unwrap_or_default().to_owned();
    kept.lock().unwrap().push(Request { line, head, body: String::from_utf8(bytes).unwrap() });
    let delay = *waits.lock().unwrap();
    tokio::time::sleep(delay).await;
    let Says(status, more, body) = said.lock().unwrap().clone();
    let answer = format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\nconnection: close\r\n{more}\r\n{body}", body.len());
    stream.write_all(answer.as_bytes()).await.ok();
    stream.shutdown().await.ok();
}
