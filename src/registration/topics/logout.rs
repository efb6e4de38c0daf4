//! Where a client is notified that a session ended, and where the browser may be sent after a logout.

use crate::client::metadata::Client;
use crate::registration::access::{Address, Flag, RedirectUris, field};
use crate::registration::reader::Reader;
use crate::registration::row::{Row, by_both, line};
use url::Url;

/// RP-Initiated Logout 1.0 §3.1, Back-Channel Logout 1.0 §2.2, Front-Channel Logout 1.0 §2.
pub(crate) const ROWS: &[Row] = &[
    by_both("post_logout_redirect_uris", &RedirectUris(field!(post_logout_redirect_uris)), line("[]", "")),
    by_both(
        "backchannel_logout_uri",
        &Address(field!(logout.backchannel)),
        line(r#""…""#, "gets a signed logout token when the session ends"),
    ),
    by_both("backchannel_logout_session_required", &Flag(field!(logout.backchannel_session_required)), line("false", "")),
    by_both(FRONTCHANNEL, &Address(field!(logout.frontchannel)), line(r#""…""#, "loaded in a frame on the signed-out page")),
    by_both("frontchannel_logout_session_required", &Flag(field!(logout.frontchannel_session_required)), line("false", "")),
];

const FRONTCHANNEL: &str = "frontchannel_logout_uri";

/// The client's frame must have the origin of one of its redirect URIs (Front-Channel Logout 1.0 §2).
pub(crate) fn check(client: &Client, file: &mut Reader<'_, '_>) {
    let origin = |uri: &str| Url::parse(uri).ok().map(|url| url.origin());
    let foreign = |uri: &String| client.redirect_uris.iter().all(|redirect| origin(redirect) != origin(uri));
    if client.logout.frontchannel.as_ref().is_some_and(foreign) {
        file.refuse(FRONTCHANNEL, "use scheme, host and port of one of redirect_uris (Front-Channel Logout 1.0 2)");
    }
}
