//! The pages: each a view model and, beside it, the template of the same name. They hold plain data that a handler has
//! already decided on; the only rule here is how it reads.

pub(crate) mod approvals;
pub(crate) mod arrived;
pub(crate) mod authentication;
pub(crate) mod consent;
pub(crate) mod decided;
pub(crate) mod developers;
pub(crate) mod device;
pub(crate) mod form_post;
pub(crate) mod leaving;
pub(crate) mod logged_out;
pub(crate) mod logout;
pub(crate) mod notice;
pub(crate) mod refusal;
pub(crate) mod window;

pub use crate::guide::search::Hit;
pub use crate::web::pages::approvals::{Approvals, Entered};
pub use crate::web::pages::arrived::Arrived;
pub use crate::web::pages::authentication::authenticator::{Authenticator, Becomes};
pub use crate::web::pages::authentication::more_evidence::{LetterSent, LetterWay, MoreEvidence, MoreReason, WaitingWay};
pub use crate::web::pages::authentication::one_time_code::{CodePurpose, MessageNews, OneTimeCode, Sending};
pub use crate::web::pages::authentication::proofing::Prove;
pub use crate::web::pages::authentication::recovery_code::{BackTo, RecoveryCode};
pub use crate::web::pages::authentication::recovery_codes::{RecoveryCodes, Sheet};
pub use crate::web::pages::authentication::recovery_used::RecoveryUsed;
pub use crate::web::pages::authentication::sign_in::SignIn;
pub use crate::web::pages::consent::{
    Consent, ConsentItem, ConsentReader, ConsentSubject, Counts, Elsewhere, ShownClaim, ShownDetail, ShownField, Withheld, masked,
};
pub use crate::web::pages::decided::{Decided, Ending};
pub use crate::web::pages::developers::{Content, Developers, Entry, Value};
pub use crate::web::pages::device::{Compare, Device};
pub use crate::web::pages::form_post::FormPost;
pub use crate::web::pages::leaving::{Leaving, Onward};
pub use crate::web::pages::logged_out::{Ended, LoggedOut, Passing};
pub use crate::web::pages::logout::Logout;
pub use crate::web::pages::notice::{Notice, Subject};
pub use crate::web::pages::refusal::{Refusal, RefusalKind, Way, WayTo};
pub use crate::web::pages::window::{Arrival, Finder, Group, Letter, Pager, Service, ServiceList, Shown, Window};
