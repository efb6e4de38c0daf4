//! How a client's authorization requests must arrive: the keys of [`RequestRules`].

use super::reader::Reader;
use crate::oidc::request_rules::RequestRules;

/// The keys.
pub(super) const KEYS: &[&str] = &["require_pushed_authorization_requests"];

/// What a client's table says about it.
pub(super) fn rules(file: &mut Reader<'_, '_>) -> RequestRules {
    RequestRules { must_be_pushed: file.yes_or_no("require_pushed_authorization_requests").unwrap_or_default() }
}
