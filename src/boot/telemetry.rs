//! What operators see: the log on standard error, and metrics for Prometheus.

use crate::boot::failure::Failure;
use crate::settings::{Log, LogFormat, LogLevel};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Upper bounds of the buckets of durations, in seconds. The interesting ones are around a millisecond and around a password hash.
const SECONDS: [f64; 13] = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0];

/// Starts the log. Once in a process.
pub(crate) fn start_log(log: &Log) -> Result<(), Failure> {
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let registry = tracing_subscriber::registry().with(filter(log.level));
    let started = match log.format {
        // The span's fields stand in every line: one of them is the request id.
        LogFormat::Json => {
            registry.with(lines.json().flatten_event(true).with_current_span(true).with_span_list(false)).try_init()
        }
        LogFormat::Text => registry.with(lines.compact()).try_init(),
    };
    started.map_err(|error| Failure::new(format!("the log cannot be started: {error}"), "start it once in a process"))?;
    log_panics();
    Ok(())
}

/// Which events are written. `webauthn-rs` is silent, because it repeats what browsers sent; `sqlx` is so below a warning, because it repeats
/// every statement.
fn filter(level: LogLevel) -> Targets {
    let level = match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let quiet = [("webauthn_rs", LevelFilter::OFF), ("webauthn_rs_core", LevelFilter::OFF), ("sqlx", LevelFilter::WARN)];
    Targets::new().with_default(level).with_targets(quiet)
}

/// A panic becomes one line of the log with its place. Not its message: that may repeat what somebody typed.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "a part of the program gave up: this is a defect, please report it");
    }));
}

/// Starts collecting metrics. Once in a process. `render` of the answer is what `GET /metrics` says; `run_upkeep` of it has to be
/// called every few seconds, or histograms grow.
pub(crate) fn start_metrics() -> Result<PrometheusHandle, Failure> {
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
        .and_then(PrometheusBuilder::install_recorder)
        .map_err(|error| Failure::new(format!("metrics cannot be collected: {error}"), "start them once in a process"))
}
