//! The log of the program while a story runs, at its most detailed level.
//!
//! One subscriber serves the whole test process and keeps the lines of capturing threads; those of other tests are not even
//! formatted. A subscriber for each test would race with the others: `tracing` caches globally whether a place in the code is
//! enabled.

use std::cell::{Cell, RefCell};
use std::io::Write;
use std::sync::Once;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{LevelFilter, dynamic_filter_fn};
use tracing_subscriber::layer::SubscriberExt as _;

thread_local! {
    static LINES: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
    static LEVEL: Cell<LevelFilter> = const { Cell::new(LevelFilter::TRACE) };
}

static LISTENING: Once = Once::new();

/// Collects the lines of this thread for as long as it lives.
pub struct CapturedLog(());

impl CapturedLog {
    pub fn begin() -> Self {
        Self::begin_at(LevelFilter::TRACE)
    }

    /// As with this `log.level`.
    pub fn begin_at(level: LevelFilter) -> Self {
        LEVEL.set(level);
        LISTENING.call_once(|| {
            let capturing = dynamic_filter_fn(|what, _| *what.level() <= LEVEL.get() && LINES.with_borrow(Option::is_some));
            let lines = tracing_subscriber::fmt::layer().json().with_writer(|| Sink).with_filter(capturing);
            tracing::subscriber::set_global_default(tracing_subscriber::registry().with(lines)).unwrap();
        });
        LINES.set(Some(Vec::new()));
        Self(())
    }

    #[expect(clippy::unused_self, reason = "only who began capturing may read, and only while it lasts")]
    pub fn text(&self) -> String {
        LINES.with_borrow(|lines| String::from_utf8(lines.clone().unwrap()).unwrap())
    }
}

impl Drop for CapturedLog {
    fn drop(&mut self) {
        LINES.set(None);
    }
}

struct Sink;

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LINES.with_borrow_mut(|lines| lines.as_mut().map(|lines| lines.extend_from_slice(bytes)));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
