//! Stories of the browser session: it begins, it ends, clients hear of it.

pub mod backchannel_logout;
pub mod browser_session;
pub mod log_out;
pub mod session_end;
