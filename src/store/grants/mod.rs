//! Tables about what citizens allowed: consents, grants, refresh tokens.

pub(crate) mod consents;
pub(crate) mod issued;
pub(crate) mod refresh;
