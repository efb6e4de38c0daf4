//! What operators see: the log on standard error, and metrics for Prometheus.

use crate::boot::failure::Failure;
use crate::settings::{Log, LogFormat, LogLevel};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::io::IsTerminal as _;
use std::time::Duration;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Upper bounds of the buckets for durations, in seconds. Most requests take around a millisecond or around one password hash.
const SECONDS: [f64; 13] = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0];

/// How often the samples of histograms are summed up. Between two times they are kept one by one.
const UPKEEP: Duration = Duration::from_secs(5);

/// Starts the log. Once per process. It has colours on a terminal only: in a file or a collector their codes are noise that hides
/// the words. The library itself honours `NO_COLOR` (no-color.org), which is how a terminal is kept plain.
pub(crate) fn start_log(log: &Log) -> Result<(), Failure> {
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = if std::io::stderr().is_terminal() { lines } else { lines.with_ansi(false) };
    let registry = tracing_subscriber::registry().with(filter(log.level));
    let started = match log.format {
        // The fields of the span are part of every line: one of them is the request id.
        LogFormat::Json => {
            registry.with(lines.json().flatten_event(true).with_current_span(true).with_span_list(false)).try_init()
        }
        LogFormat::Text => registry.with(lines.compact()).try_init(),
    };
    started.map_err(|error| Failure::new(format!("the log cannot be started: {error}"), "start it only once per process"))?;
    log_panics();
    Ok(())
}

/// The pool logs each attempt to connect while a server is down. Each request that failed has a line of its own.
const POOL: (&str, LevelFilter) = ("sqlx_core::pool", LevelFilter::OFF);

/// Which events are logged. `webauthn-rs` is silenced, because it repeats what browsers sent; `sqlx` logs warnings and errors
/// only, because it repeats every statement.
fn filter(level: LogLevel) -> Targets {
    let level = match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let quiet = [("webauthn_rs", LevelFilter::OFF), ("webauthn_rs_core", LevelFilter::OFF), ("sqlx", LevelFilter::WARN), POOL];
    Targets::new().with_default(level).with_targets(quiet)
}

/// Logs a panic as one line with its place. The message is left out, because it may contain personal data.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "a task panicked: this is a defect, please report it");
    }));
}

/// Starts collecting metrics. Once per process. `render` of the result is the content of `GET /metrics`. Called within a runtime: a
/// task of it sums up the samples of histograms, which would grow without bound while no monitoring asks.
pub(crate) fn start_metrics() -> Result<PrometheusHandle, Failure> {
    let metrics = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
        .and_then(PrometheusBuilder::install_recorder)
        .map_err(|error| Failure::new(format!("metrics cannot be collected: {error}"), "start them only once per process"))?;
    let kept = metrics.clone();
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(UPKEEP);
        loop {
            ticks.tick().await;
            kept.run_upkeep();
        }
    });
    Ok(metrics)
}
