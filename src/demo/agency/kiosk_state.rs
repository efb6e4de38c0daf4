//! What the kiosks of an agency show.

use crate::demo::agency_page::Texts;
use crate::demo::device_party::Waiting;
use crate::demo::relying_party::SignedIn;
use crate::secret::TokenHash;
use crate::time::Timestamp;
use quick_cache::sync::Cache;
use std::sync::Arc;

/// How many kiosks are kept; the least used ones are dropped first.
const KIOSKS: usize = 100;

/// What the kiosks of an agency show, by the secret of their cookie.
pub(crate) struct Kiosks(pub(crate) Cache<TokenHash, Showing>);

#[derive(Clone)]
pub(crate) enum Showing {
    Code(Arc<Waiting>),
    Visitor(Arc<SignedIn>, Timestamp),
    Ended(Ending),
}

#[derive(Clone, Copy)]
pub(crate) enum Ending {
    Denied,
    Expired,
    Failed,
}

impl Default for Kiosks {
    fn default() -> Self {
        Self(Cache::new(KIOSKS))
    }
}

impl Ending {
    pub(crate) fn sentence(self, t: &'static Texts) -> &'static str {
        match self {
            Self::Denied => &t.kiosk.denied,
            Self::Expired => &t.kiosk.expired,
            Self::Failed => &t.problem_refused,
        }
    }
}
