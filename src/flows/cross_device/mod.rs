//! Wing `cross_device/`: a client asks, and the citizen decides in another browser than the one that waits.
//!
//! [`device`]: a device without a keyboard shows a code (RFC 8628). [`ciba`]: a counter or call centre asks for a citizen, who gets a
//! text message (OpenID Connect CIBA Core). [`approve`]: the citizen's list of what waits. [`decide`]: the end of both; the decision is
//! kept once, and `redeem_cross_device` is the grant type by which the client fetches it at the token endpoint.
//!
//! The pages are those of the wing `interaction/`; the ping that tells a client about a decision is in the wing `delivery/`. Start with
//! [`decide`].

pub(crate) mod approve;
pub(crate) mod ciba;
pub(crate) mod decide;
pub(crate) mod device;
