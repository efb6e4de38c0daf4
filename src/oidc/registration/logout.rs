//! Where a client wants to hear that a session ended: its metadata and their rules.

use super::metadata::web_address;
use super::reader::Reader;
use crate::oidc::logout_token::LogoutUris;
use url::Url;

/// The keys that are read here.
pub(super) const KEYS: [&str; 4] = [
    "backchannel_logout_uri",
    "backchannel_logout_session_required",
    "frontchannel_logout_uri",
    "frontchannel_logout_session_required",
];

/// Back-Channel Logout 1.0 §2.2 and Front-Channel Logout 1.0 §2.
pub(super) fn logout_uris(file: &mut Reader<'_, '_>, redirect_uris: &[String]) -> LogoutUris {
    let [back, back_session, front, front_session] = KEYS;
    let uris = LogoutUris {
        backchannel: web_address(file, back),
        backchannel_session_required: file.flag(back_session).unwrap_or_default(),
        frontchannel: web_address(file, front),
        frontchannel_session_required: file.flag(front_session).unwrap_or_default(),
    };
    let origin = |uri: &str| Url::parse(uri).ok().map(|url| url.origin());
    let foreign = |uri: &String| redirect_uris.iter().all(|redirect| origin(redirect) != origin(uri));
    if uris.frontchannel.as_ref().is_some_and(foreign) {
        file.refuse(front, "use scheme, host and port of one of redirect_uris (Front-Channel Logout 1.0 2)");
    }
    uris
}
