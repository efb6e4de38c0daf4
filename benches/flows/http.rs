//! One HTTP/1.1 connection that is kept alive: small, so that the driver costs little compared with the server.

use crate::Failure;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// A connection from one loopback address to the server.
pub struct Connection {
    stream: TcpStream,
    host: String,
    /// Bytes read beyond the last answer.
    rest: Vec<u8>,
}

/// An answer, read to its end.
pub struct Answer {
    pub status: u16,
    pub location: Option<String>,
    /// Name and value of each cookie that was set.
    pub cookies: Vec<(String, String)>,
    pub body: Vec<u8>,
}

enum Length {
    Known(usize),
    Chunked,
}

impl Connection {
    /// Connects from `from` (any address of 127.0.0.0/8), so that each citizen has an address of their own.
    pub async fn open(port: u16, from: Ipv4Addr) -> Result<Self, Failure> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::V4(SocketAddrV4::new(from, 0)))?;
        let stream = socket.connect(SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, port))).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, host: format!("localhost:{port}"), rest: Vec::new() })
    }

    /// `headers` are whole lines, each with its line end.
    pub async fn get(&mut self, path: &str, headers: &str) -> Result<Answer, Failure> {
        let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n{headers}\r\n", self.host);
        self.exchange(request).await
    }

    /// Posts a form.
    pub async fn post(&mut self, path: &str, headers: &str, form: &str) -> Result<Answer, Failure> {
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n{headers}\r\n{form}",
            self.host,
            form.len()
        );
        self.exchange(request).await
    }

    /// Posts a JSON document.
    pub async fn post_json(&mut self, path: &str, headers: &str, document: &str) -> Result<Answer, Failure> {
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n{headers}\r\n{document}",
            self.host,
            document.len()
        );
        self.exchange(request).await
    }

    async fn exchange(&mut self, request: String) -> Result<Answer, Failure> {
        self.stream.write_all(request.as_bytes()).await?;
        let head_end = loop {
            if let Some(at) = find(&self.rest, b"\r\n\r\n") {
                break at + 4;
            }
            self.read_more().await?;
        };
        let head = String::from_utf8(self.rest.drain(..head_end).collect())?;
        let (mut answer, length) = parse_head(&head)?;
        answer.body = match length {
            Length::Known(length) => self.take(length).await?,
            Length::Chunked => self.take_chunks().await?,
        };
        Ok(answer)
    }

    async fn take(&mut self, length: usize) -> Result<Vec<u8>, Failure> {
        while self.rest.len() < length {
            self.read_more().await?;
        }
        Ok(self.rest.drain(..length).collect())
    }

    async fn take_chunks(&mut self) -> Result<Vec<u8>, Failure> {
        let mut body = Vec::new();
        loop {
            let line_end = loop {
                if let Some(at) = find(&self.rest, b"\r\n") {
                    break at + 2;
                }
                self.read_more().await?;
            };
            let line = String::from_utf8(self.rest.drain(..line_end).collect())?;
            let length = usize::from_str_radix(line.trim(), 16)?;
            let chunk = self.take(length + 2).await?;
            if length == 0 {
                return Ok(body);
            }
            body.extend_from_slice(&chunk[..length]);
        }
    }

    async fn read_more(&mut self) -> Result<(), Failure> {
        if self.stream.read_buf(&mut self.rest).await? == 0 {
            return Err("the server closed the connection".into());
        }
        Ok(())
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

fn parse_head(head: &str) -> Result<(Answer, Length), Failure> {
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).ok_or("no status line")?.parse()?;
    let mut answer = Answer { status, location: None, cookies: Vec::new(), body: Vec::new() };
    let mut length = Length::Known(0);
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = Length::Known(value.parse()?),
            "transfer-encoding" => length = Length::Chunked,
            "location" => answer.location = Some(value.to_owned()),
            "set-cookie" => {
                let pair = value.split(';').next().unwrap_or_default();
                answer.cookies.extend(pair.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())));
            }
            _ => {}
        }
    }
    Ok((answer, length))
}
