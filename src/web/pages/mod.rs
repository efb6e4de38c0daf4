//! The pages: each a view model and, beside it, the template of the same name. They hold plain data that a handler has
//! already decided on; the only rule here is how it reads.

pub mod approvals;
pub mod authenticator;
pub mod consent;
pub mod decided;
pub mod device;
pub mod form_post;
pub mod logged_out;
pub mod logout;
pub mod one_time_code;
pub mod prove;
pub mod recovery_code;
pub mod recovery_codes;
pub mod recovery_used;
pub mod refusal;
pub mod sign_in;
pub mod window;

pub use approvals::Approvals;
pub use authenticator::{Authenticator, Becomes};
pub use consent::{Asked, Consent, ConsentItem, Counts, Elsewhere, ShownClaim, ShownDetail, ShownField, masked};
pub use decided::{Decided, Ending};
pub use device::{Compare, Device};
pub use form_post::FormPost;
pub use logged_out::{Ended, LoggedOut};
pub use logout::Logout;
pub use one_time_code::{CodePurpose, OneTimeCode, Sending};
pub use prove::Prove;
pub use recovery_code::{BackTo, RecoveryCode};
pub use recovery_codes::RecoveryCodes;
pub use recovery_used::RecoveryUsed;
pub use refusal::{Refusal, RefusalKind};
pub use sign_in::SignIn;
pub use window::{Arrival, Service, Window};
