//! Claims: in tokens, about people, and the `claims` parameter (OpenID Connect Core §2, §5).

pub mod locale;
pub mod request;
pub(crate) mod token;
pub(crate) mod user;
