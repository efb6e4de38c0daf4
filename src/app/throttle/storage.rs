//! Limits of what takes up memory and disk for a while.

use super::{Counted, QUARTER, Throttled, address_limit, at, hit};
use crate::app::App;
use crate::records::address::CountedAddress;
use crate::time::Timestamp;
use crate::transient::Limit;

/// Before a public client gets a device code.
pub(crate) async fn before_device_request(app: &App, address: CountedAddress, now: Timestamp) -> Result<(), Throttled> {
    let limits: Vec<Counted> = at(address, address_limit(app, "device_request_address")).collect();
    hit(app, &limits, now).await
}

/// Before a form from another site is stored for the same-site request that follows.
pub(crate) async fn before_setting_aside(app: &App, address: CountedAddress, now: Timestamp) -> Result<(), Throttled> {
    crowd(app, "parked_address", address, now).await
}

/// Before an interaction is created for a browser without a session.
pub(crate) async fn before_pages(app: &App, address: CountedAddress, now: Timestamp) -> Result<(), Throttled> {
    crowd(app, "pages_address", address, now).await
}

/// Before a pushed authorization request of a public client is stored.
pub(crate) async fn before_public_push(app: &App, address: CountedAddress, now: Timestamp) -> Result<(), Throttled> {
    crowd(app, "public_push_address", address, now).await
}

/// For requests that guess nothing and only use storage for a while: many of them come before each attempt.
async fn crowd(app: &App, name: &'static str, address: CountedAddress, now: Timestamp) -> Result<(), Throttled> {
    let limit = Limit { name, max: app.settings.limits.per_address.saturating_mul(10), window: QUARTER };
    let limits: Vec<Counted> = at(address, limit).collect();
    hit(app, &limits, now).await
}
