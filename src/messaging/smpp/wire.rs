//! Commands on a connection: a length, then a command of this length (SMPP 3.4 §3.2).

use bytes::BytesMut;
use rusmpp::decode::DecodeWithLength as _;
use rusmpp::encode::{Encode as _, Length as _};
use rusmpp::{Command, CommandStatus, Pdu};
use std::io::{Error, ErrorKind};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

/// The shortest command: its head.
const SHORTEST: usize = 16;
/// The longest that is read. The longest that SMPP 3.4 allows without optional parameters has 382 octets.
const LONGEST: usize = 64 * 1024;
/// How long writing one command may take before the connection counts as broken.
const WRITTEN_WITHIN: Duration = Duration::from_secs(10);

/// TCP, or TLS over it.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// A connection.
pub(super) struct Wire {
    stream: Box<dyn Stream>,
    incoming: BytesMut,
}

/// What arrived.
pub(super) enum Arrived {
    /// A command.
    Command(Box<Command>),
    /// A command that cannot be read: its id and its number.
    Unreadable {
        /// The id.
        id: u32,
        /// The number.
        sequence: u32,
    },
}

impl Wire {
    pub(super) fn new(stream: Box<dyn Stream>) -> Self {
        Self { stream, incoming: BytesMut::new() }
    }

    /// The next command. It may be dropped while it waits, without loss.
    pub(super) async fn next(&mut self) -> Result<Arrived, Error> {
        loop {
            if let Some(arrived) = self.buffered()? {
                return Ok(arrived);
            }
            if self.stream.read_buf(&mut self.incoming).await? == 0 {
                return Err(Error::new(ErrorKind::UnexpectedEof, "the message centre closed the connection"));
            }
        }
    }

    fn buffered(&mut self) -> Result<Option<Arrived>, Error> {
        let number = |bytes: &[u8]| bytes.try_into().map_or(0, u32::from_be_bytes);
        let Some(head) = self.incoming.first_chunk::<SHORTEST>() else { return Ok(None) };
        let (length, id, sequence) = (number(&head[..4]) as usize, number(&head[4..8]), number(&head[12..16]));
        if !(SHORTEST..=LONGEST).contains(&length) {
            return Err(Error::new(ErrorKind::InvalidData, "the message centre sent a command of an impossible length"));
        }
        if self.incoming.len() < length {
            return Ok(None);
        }
        let mut bytes = self.incoming.split_to(length).split_off(4);
        Ok(Some(match Command::decode(&mut bytes, length - 4) {
            Ok((command, _)) => Arrived::Command(Box::new(command)),
            Err(_) => Arrived::Unreadable { id, sequence },
        }))
    }

    /// Sends a command.
    pub(super) async fn send(&mut self, status: CommandStatus, sequence: u32, pdu: Pdu) -> Result<(), Error> {
        let command = Command::new(status, sequence, pdu);
        let length = command.length() + 4;
        let mut bytes = vec![0; length];
        bytes[..4].copy_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
        command.encode(&mut bytes[4..]);
        let written = async {
            self.stream.write_all(&bytes).await?;
            self.stream.flush().await
        };
        tokio::time::timeout(WRITTEN_WITHIN, written).await.map_err(|_| Error::from(ErrorKind::TimedOut))?
    }
}
