//! The bytes of one connection, watched as they come in: how much of a head is unfinished, and since when.

use crate::edge::frames::Follower;
use crate::edge::memory::{HeldMemory, NoMemory};
use crate::edge::slots::Place;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

/// Below this an unfinished head is not counted in memory: the first read of a connection has this much room anyway.
const SMALL: usize = 8 * 1024;

/// What is known about the head that a client is sending.
pub(crate) struct Watch {
    place: Arc<Place>,
    limit: usize,
    /// Bytes of the head that is not finished.
    unfinished: AtomicUsize,
    is_http2: AtomicBool,
    /// HTTP/1.1: the bytes that came last end a head.
    ends_a_head: AtomicBool,
    /// HTTP/1.1: the request that runs has no body, so what comes now belongs to the next head.
    is_without_body: AtomicBool,
    is_counted: AtomicBool,
    memory: Mutex<HeldMemory>,
}

impl Watch {
    /// Of a connection, in which a head may have `limit` bytes.
    pub(crate) fn new(place: Arc<Place>, limit: usize, memory: HeldMemory) -> Arc<Self> {
        Arc::new(Self {
            place,
            limit,
            unfinished: AtomicUsize::new(0),
            is_http2: AtomicBool::new(false),
            ends_a_head: AtomicBool::new(false),
            is_without_body: AtomicBool::new(true),
            is_counted: AtomicBool::new(false),
            memory: Mutex::new(memory),
        })
    }

    /// A head came in whole, of a request with a body or without.
    pub(crate) fn head_is_whole(&self, body: HasBody) {
        if self.is_http2.load(Ordering::Relaxed) {
            return;
        }
        let without = body == HasBody::No;
        self.is_without_body.store(without, Ordering::Relaxed);
        // What follows a request without a body is the next head, and a part of it may be here already.
        let begun = without && !self.ends_a_head.load(Ordering::Relaxed);
        self.set(usize::from(begun)).ok();
    }

    fn set(&self, unfinished: usize) -> Result<(), NoMemory> {
        self.unfinished.store(unfinished, Ordering::Relaxed);
        if unfinished > SMALL || self.is_counted.load(Ordering::Relaxed) {
            let counted = if unfinished > SMALL { unfinished } else { 0 };
            self.is_counted.store(counted > 0, Ordering::Relaxed);
            return self.memory.lock().unwrap_or_else(PoisonError::into_inner).set(counted);
        }
        Ok(())
    }

    /// More bytes came in. An error ends the connection.
    fn read(&self, bytes: &[u8], follower: &mut Follower) -> io::Result<()> {
        let unfinished = if let Some(unfinished) = follower.read(bytes) {
            self.is_http2.store(follower.is_http2(), Ordering::Relaxed);
            unfinished
        } else {
            self.ends_a_head.store(follower.ends_a_head(), Ordering::Relaxed);
            self.unfinished_after(bytes)
        };
        // A block that is not much longer is answered 431 by its library, which holds no more of it than the limit.
        if follower.is_http2() && unfinished > self.limit * 2 {
            return Err(io::Error::other("the head of a request is too long"));
        }
        self.set(unfinished).map_err(io::Error::other)
    }

    /// HTTP/1.1: how much of a head is unfinished with these bytes. hyper answers one that is too long; bytes of a body are none of a head.
    fn unfinished_after(&self, bytes: &[u8]) -> usize {
        if self.place.is_running() && !self.is_without_body.load(Ordering::Relaxed) {
            return 0;
        }
        let unfinished = self.unfinished.load(Ordering::Relaxed) + bytes.len();
        // The head ends in here, and what follows is its body, which is counted when it is read.
        let is_whole = unfinished > SMALL && bytes.windows(4).any(|end| end == b"\r\n\r\n");
        if is_whole { SMALL } else { unfinished }
    }

    /// Whether the server waits for the rest of a head.
    fn is_waited_for(&self) -> bool {
        let begun = self.unfinished.load(Ordering::Relaxed) > 0;
        // On HTTP/1.1 the next head has to wait for the answer to the request before it.
        begun && (self.is_http2.load(Ordering::Relaxed) || !self.place.is_running())
    }
}

/// Whether a request has a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HasBody {
    /// It has one.
    Yes,
    /// It ends with its head.
    No,
}

/// The time that a client has for one head.
pub(crate) struct HeadClock {
    timeout: Duration,
    /// The head that it runs for: how many requests came before.
    running: Option<(usize, Pin<Box<Sleep>>)>,
}

impl HeadClock {
    pub(crate) const fn new(timeout: Duration) -> Self {
        Self { timeout, running: None }
    }

    /// Ready when a head has taken too long. To be polled after the connection was.
    pub(crate) fn poll(&mut self, watch: &Watch, cx: &mut Context<'_>) -> Poll<()> {
        if !watch.is_waited_for() {
            self.running = None;
            return Poll::Pending;
        }
        let before = watch.place.begun();
        let (head, clock) = self.running.get_or_insert_with(|| (before, Box::pin(tokio::time::sleep(self.timeout))));
        if *head != before {
            *head = before;
            clock.set(tokio::time::sleep(self.timeout));
        }
        clock.as_mut().poll(cx)
    }
}

/// How long and how much is read of a client that goes on sending after its answer.
const LINGERS: Duration = Duration::from_secs(1);
const MOST_THROWN_AWAY: usize = 256 * 1024;

/// A stream whose bytes are watched.
pub(crate) struct Watched<S> {
    stream: S,
    watch: Arc<Watch>,
    follower: Follower,
    end: End,
}

/// How a connection ends.
enum End {
    /// Not yet.
    Open,
    /// We have said all; so much of what the client is still sending was thrown away.
    Lingers(Pin<Box<Sleep>>, usize),
}

impl<S> Watched<S> {
    pub(crate) const fn new(stream: S, watch: Arc<Watch>) -> Self {
        Self { stream, watch, follower: Follower::new(), end: End::Open }
    }
}

impl<S: AsyncRead + Unpin> Watched<S> {
    /// Reads on for a moment after the last answer (RFC 9112 §9.6): where a connection is closed while bytes of the client are unread,
    /// the system resets it, and the client loses the answer that says what was wrong.
    fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let End::Lingers(clock, thrown_away) = &mut self.end else { return Poll::Ready(()) };
        let mut scratch = [0; 4096];
        while *thrown_away < MOST_THROWN_AWAY {
            let mut buffer = ReadBuf::new(&mut scratch);
            match Pin::new(&mut self.stream).poll_read(cx, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => *thrown_away += buffer.filled().len(),
                Poll::Pending if *thrown_away > 0 || self.watch.unfinished.load(Ordering::Relaxed) > 0 => {
                    return clock.as_mut().poll(cx);
                }
                _ => return Poll::Ready(()),
            }
        }
        Poll::Ready(())
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(cx, buffer);
        let new = buffer.filled().get(before..).unwrap_or_default();
        if !new.is_empty() {
            this.watch.read(new, &mut this.follower)?;
        }
        read
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if matches!(self.end, End::Open) {
            std::task::ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
            self.end = End::Lingers(Box::pin(tokio::time::sleep(LINGERS)), 0);
        }
        self.poll_linger(cx).map(Ok)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, cx: &mut Context<'_>, parts: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, parts)
    }
}
