//! Tables about what people allowed: consents, grants, refresh tokens.

pub mod consents;
pub mod issued;
pub mod refresh;
