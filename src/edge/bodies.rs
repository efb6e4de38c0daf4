//! Bodies under way: that of a request has a time and a place in memory, that of an answer a place in memory until it is sent.

use crate::edge::memory::{HeldMemory, NoMemory};
use crate::edge::slots::{Place, Waits};
use axum::BoxError;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::Version;
use hyper::body::{Frame, Incoming, SizeHint};
use std::pin::Pin;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::Sleep;

/// An answer that is not longer is with the system as soon as it is made, on HTTP/1.1.
const SHORT: usize = 16 * 1024;

/// How long and how much of a body is read for which there is no memory.
const LINGERS: Duration = Duration::from_secs(1);
const MOST_THROWN_AWAY: usize = 256 * 1024;

/// Why a body did not come in whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyFault {
    /// It took longer than `server.body_timeout`.
    Slow,
    /// There is no memory for it (`server.request_memory`).
    NoMemory,
}

/// What a request holds until it is answered. The same value is held by its body, and by the layers that answer.
#[derive(Clone)]
pub(crate) struct RequestHold(Arc<Inner>);

struct Inner {
    memory: Mutex<HeldMemory>,
    fault: AtomicU8,
}

impl RequestHold {
    /// With what its head holds.
    pub(crate) fn new(memory: HeldMemory) -> Self {
        Self(Arc::new(Inner { memory: Mutex::new(memory), fault: AtomicU8::new(0) }))
    }

    fn grow(&self, bytes: usize) -> Result<(), NoMemory> {
        self.0.memory.lock().unwrap_or_else(PoisonError::into_inner).grow(bytes)
    }

    /// The request is answered with this fault, whatever its handler does.
    pub(crate) fn fails(&self, fault: BodyFault) {
        self.0.fault.store(if fault == BodyFault::Slow { 1 } else { 2 }, Ordering::Relaxed);
    }

    /// Why the body did not come in whole, if that is so.
    pub(crate) fn fault(&self) -> Option<BodyFault> {
        match self.0.fault.load(Ordering::Relaxed) {
            0 => None,
            1 => Some(BodyFault::Slow),
            _ => Some(BodyFault::NoMemory),
        }
    }
}

/// The body of a request, as it comes in.
pub(crate) struct RequestBody {
    inner: Incoming,
    hold: RequestHold,
    place: Arc<Place>,
    /// Made when the server first waits, which it does not where the body comes with the head.
    clock: Option<Pin<Box<Sleep>>>,
    timeout: Duration,
    is_waited_for: bool,
    /// What was read and thrown away since there was no memory.
    thrown_away: usize,
}

impl RequestBody {
    /// A body that has this long to come in.
    pub(crate) fn new(inner: Incoming, hold: RequestHold, place: Arc<Place>, timeout: Duration) -> Self {
        Self { inner, hold, place, clock: None, timeout, is_waited_for: false, thrown_away: 0 }
    }

    fn waited_for(&mut self, waits: Waits) {
        let wanted = waits == Waits::Begins;
        if self.is_waited_for != wanted {
            self.is_waited_for = wanted;
            self.place.waits(waits);
        }
    }

    fn fail(&mut self, fault: BodyFault) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        self.hold.fails(fault);
        self.waited_for(Waits::Ends);
        Poll::Ready(Some(Err(BoxError::from("the body of the request did not come in whole"))))
    }
}

impl HttpBody for RequestBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        loop {
            match Pin::new(&mut self.inner).poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => {
                    self.waited_for(Waits::Ends);
                    let data = frame.data_ref().map_or(0, Bytes::len);
                    if self.thrown_away == 0 && self.hold.grow(data).is_ok() {
                        return Poll::Ready(Some(Ok(frame)));
                    }
                    // For a moment the rest is read all the same: a client that is still sending would not see the answer.
                    if self.thrown_away == 0 {
                        self.clock = Some(Box::pin(tokio::time::sleep(LINGERS)));
                    }
                    self.thrown_away += data;
                    if self.thrown_away > MOST_THROWN_AWAY {
                        return self.fail(BodyFault::NoMemory);
                    }
                }
                Poll::Ready(_) if self.thrown_away > 0 => return self.fail(BodyFault::NoMemory),
                Poll::Ready(end) => {
                    self.waited_for(Waits::Ends);
                    return Poll::Ready(end.map(|failed| failed.map_err(BoxError::from)));
                }
                Poll::Pending => {
                    self.waited_for(Waits::Begins);
                    let timeout = self.timeout;
                    let clock = self.clock.get_or_insert_with(|| Box::pin(tokio::time::sleep(timeout)));
                    std::task::ready!(clock.as_mut().poll(cx));
                    let fault = if self.thrown_away > 0 { BodyFault::NoMemory } else { BodyFault::Slow };
                    return self.fail(fault);
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        self.waited_for(Waits::Ends);
    }
}

/// The body of an answer whose client may not read it.
pub(crate) struct AnswerBody {
    inner: Body,
    memory: Arc<HeldMemory>,
}

/// A part of an answer. What HTTP queues of it is memory until it is sent, so it is counted until then.
struct HeldBytes {
    bytes: Bytes,
    _memory: Arc<HeldMemory>,
}

impl AsRef<[u8]> for HeldBytes {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl AnswerBody {
    /// The body of an answer of known size. Pages and documents are whole in memory, so their size is known.
    pub(crate) fn hold(inner: Body, version: Version, mut memory: HeldMemory) -> Result<Body, NoMemory> {
        let size = inner.size_hint().exact().and_then(|size| usize::try_from(size).ok()).unwrap_or_default();
        if size == 0 || (version < Version::HTTP_2 && size <= SHORT) {
            return Ok(inner);
        }
        memory.grow(size)?;
        Ok(Body::new(Self { inner, memory: Arc::new(memory) }))
    }
}

impl HttpBody for AnswerBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = std::task::ready!(Pin::new(&mut self.inner).poll_frame(cx));
        let held = |bytes| Bytes::from_owner(HeldBytes { bytes, _memory: Arc::clone(&self.memory) });
        Poll::Ready(frame.map(|frame| frame.map(|frame| frame.map_data(held))))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
