//! Where the head of a request is unfinished in a stream of bytes: HTTP/1.1 by what follows a request, HTTP/2 by its frames.
//!
//! hyper reads HTTP; this only follows how far a client has come, so that a head has one limit of size and one of time, whichever
//! version it is written in.

/// The first bytes of HTTP/2 (RFC 9113 §3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// Length, type, flags and stream of a frame (RFC 9113 §4.1).
const FRAME_HEAD: usize = 9;
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const PUSH_PROMISE: u8 = 5;
const CONTINUATION: u8 = 9;
const END_HEADERS: u8 = 4;

/// Follows one connection.
#[derive(Debug)]
pub(crate) enum Follower {
    /// It may become either; so many bytes of the preface have come.
    Undecided(usize),
    /// HTTP/1.1.
    Http1 {
        /// The last four bytes.
        tail: [u8; 4],
    },
    /// HTTP/2.
    Http2(Frames),
}

/// Follows the frames of HTTP/2.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    head: [u8; FRAME_HEAD],
    /// How much of the head of the frame has come.
    have: usize,
    /// How much of its payload is to come.
    left: usize,
    /// The bytes of the header block that is not finished: its frames so far.
    block: Option<usize>,
}

impl Follower {
    /// Follows a connection from its first byte.
    pub(crate) const fn new() -> Self {
        Self::Undecided(0)
    }

    /// Whether it is HTTP/2.
    pub(crate) const fn is_http2(&self) -> bool {
        matches!(self, Self::Http2(_))
    }

    /// More bytes have come. For HTTP/2 tells how many bytes of an unfinished head there are; `None` for HTTP/1.1, where only the
    /// server knows whether it reads a head or a body.
    pub(crate) fn read(&mut self, bytes: &[u8]) -> Option<usize> {
        if let Self::Undecided(have) = self {
            let expected = PREFACE.get(*have..).unwrap_or_default();
            let both = bytes.len().min(expected.len());
            if bytes.get(..both) != expected.get(..both) {
                *self = Self::Http1 { tail: [0; 4] };
            } else if both < expected.len() {
                *have += both;
                return Some(*have);
            } else {
                *self = Self::Http2(Frames::default());
                return self.read(bytes.get(both..).unwrap_or_default());
            }
        }
        match self {
            Self::Undecided(have) => Some(*have),
            Self::Http1 { tail } => {
                for byte in bytes.iter().skip(bytes.len().saturating_sub(4)) {
                    tail.rotate_left(1);
                    tail[3] = *byte;
                }
                None
            }
            Self::Http2(frames) => Some(frames.read(bytes)),
        }
    }

    /// Whether the last thing that came is the end of a head.
    pub(crate) fn ends_a_head(&self) -> bool {
        matches!(self, Self::Http1 { tail } if tail == b"\r\n\r\n" || tail.ends_with(b"\n\n"))
    }
}

impl Frames {
    fn read(&mut self, mut bytes: &[u8]) -> usize {
        while !bytes.is_empty() {
            if self.have < FRAME_HEAD {
                let part = bytes.len().min(FRAME_HEAD - self.have);
                let (now, later) = bytes.split_at(part);
                self.head[self.have..self.have + part].copy_from_slice(now);
                (self.have, bytes) = (self.have + part, later);
                if self.have < FRAME_HEAD {
                    break;
                }
                self.begins();
            }
            let part = bytes.len().min(self.left);
            bytes = bytes.get(part..).unwrap_or_default();
            self.left -= part;
            if self.left == 0 {
                self.ends();
            }
        }
        self.unfinished()
    }

    fn begins(&mut self) {
        let [a, b, c, kind, ..] = self.head;
        self.left = usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c);
        match kind {
            HEADERS | PUSH_PROMISE => self.block = Some(FRAME_HEAD + self.left),
            CONTINUATION => self.block = self.block.map(|block| block + FRAME_HEAD + self.left),
            _ => {}
        }
    }

    fn ends(&mut self) {
        self.have = 0;
        let [_, _, _, kind, flags, ..] = self.head;
        if matches!(kind, HEADERS | PUSH_PROMISE | CONTINUATION) && flags & END_HEADERS != 0 {
            self.block = None;
        }
    }

    /// The bytes of the header block that is not finished, or of a frame that is not; a body has limits of its own.
    fn unfinished(&self) -> usize {
        let is_body = self.have == FRAME_HEAD && self.head[3] == DATA;
        self.block.unwrap_or(if is_body { 0 } else { self.have })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn frame(kind: u8, flags: u8, length: u8) -> Vec<u8> {
        let mut frame = vec![0, 0, length, kind, flags, 0, 0, 0, 1];
        frame.resize(FRAME_HEAD + usize::from(length), b'x');
        frame
    }

    fn http2(frames: &[Vec<u8>]) -> Vec<u8> {
        [PREFACE.to_vec(), frames.concat()].concat()
    }

    #[test]
    fn http_1_1_is_told_from_http_2_by_its_first_bytes_wherever_they_are_broken() {
        for text in ["GET / HTTP/1.1\r\n\r\n", "POST / HTTP/1.1\r\n\r\n", "PRI * HTTP/1.1\r\n\r\n"] {
            for at in 1..text.len() {
                let mut follower = Follower::new();
                follower.read(&text.as_bytes()[..at]);
                assert_eq!(follower.read(&text.as_bytes()[at..]), None, "{text} at {at}");
                assert!(!follower.is_http2() && follower.ends_a_head(), "{text} at {at}");
            }
        }
        for at in 1..PREFACE.len() {
            let mut follower = Follower::new();
            assert_eq!(follower.read(&PREFACE[..at]), Some(at));
            assert_eq!(follower.read(&PREFACE[at..]), Some(0));
            assert!(follower.is_http2());
        }
    }

    #[test]
    fn rfc9113_4_3_a_header_block_is_unfinished_until_its_last_frame() {
        let mut follower = Follower::new();
        assert_eq!(follower.read(&http2(&[frame(4, 0, 6), frame(HEADERS, 0, 10)])), Some(19));
        assert_eq!(follower.read(&frame(CONTINUATION, 0, 20)), Some(48));
        assert_eq!(follower.read(&frame(CONTINUATION, END_HEADERS, 5)), Some(0));
        assert_eq!(follower.read(&frame(HEADERS, END_HEADERS, 5)[..7]), Some(7));
        assert_eq!(follower.read(&frame(HEADERS, END_HEADERS, 5)[7..]), Some(0));
        assert_eq!(follower.read(&frame(DATA, 0, 50)[..20]), Some(0), "a body has limits of its own");
        assert_eq!(follower.read(&frame(DATA, 0, 50)[20..]), Some(0));
        assert_eq!(follower.read(&frame(4, 0, 0)[..8]), Some(8));
        assert_eq!(follower.read(&frame(4, 0, 0)[8..]), Some(0), "a frame without a payload ends with its head");
    }

    proptest! {
        #[test]
        fn however_the_bytes_are_broken_the_same_is_unfinished(
            frames in prop::collection::vec((prop::sample::select(vec![0_u8, 1, 4, 9]), prop::bool::ANY, 0_u8..40), 0..8),
            cuts in prop::collection::vec(1_usize..30, 0..20),
            kept in 0_usize..400,
        ) {
            let frames: Vec<_> = frames.into_iter().map(|(kind, last, length)| frame(kind, u8::from(last) * END_HEADERS, length)).collect();
            let mut bytes = http2(&frames);
            bytes.truncate(PREFACE.len().max(kept));
            let (mut whole, mut broken) = (Follower::new(), Follower::new());
            let expected = whole.read(&bytes);
            let (mut rest, mut found) = (&bytes[..], None);
            for cut in cuts {
                let (now, later) = rest.split_at(cut.min(rest.len()));
                found = broken.read(now);
                rest = later;
            }
            if !rest.is_empty() {
                found = broken.read(rest);
            }
            prop_assert_eq!(found, expected);
        }
    }
}
