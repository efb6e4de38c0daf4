//! Every refusal.

use super::reader::{BASE, Page, Reader, form, page};
use panjereh::records::outcome::Stop;
use panjereh::web::pages::{Refusal, RefusalKind, Way};
use std::time::Duration;

pub(super) fn refusals(reader: Reader) -> Vec<Page> {
    let under_age = RefusalKind::Stopped(Stop::UnderAge { adult_from: jiff::civil::date(2026, 11, 23) });
    let kinds = [
        ("under-age", under_age),
        ("deceased", RefusalKind::Stopped(Stop::Deceased)),
        ("code-used", RefusalKind::Stopped(Stop::CodeUsed)),
        ("too-many-tries", RefusalKind::Stopped(Stop::TooManyTries { wait: Duration::from_mins(15) })),
        ("too-many-tries-day", RefusalKind::Stopped(Stop::TooManyTries { wait: Duration::from_hours(24) })),
        ("no-more-codes", RefusalKind::Stopped(Stop::NoMoreCodes { wait: Duration::from_mins(15) })),
        ("code-tries", RefusalKind::Stopped(Stop::CodeTriesUsedUp)),
        ("too-large", RefusalKind::TooLarge),
        ("other-method", RefusalKind::OtherMethod),
        ("too-slow", RefusalKind::TooSlow),
        ("registry-unavailable", RefusalKind::Stopped(Stop::RegistryUnavailable)),
        ("already-registered", RefusalKind::Stopped(Stop::AlreadyRegistered)),
        ("bad-request", RefusalKind::BadRequest),
        ("unknown-client", RefusalKind::UnknownClient),
        ("bad-redirect", RefusalKind::BadRedirect),
        ("request-gone", RefusalKind::RequestGone),
        ("interaction-gone", RefusalKind::InteractionGone),
        ("nothing-asked", RefusalKind::NothingAsked),
        ("not-found", RefusalKind::NotFound),
        ("unavailable", RefusalKind::Unavailable),
        ("server", RefusalKind::Server),
    ];
    let refusal = |(name, kind): (&str, RefusalKind)| {
        let ways = match kind {
            RefusalKind::Stopped(Stop::CodeTriesUsedUp) => {
                vec![Way::form("otp-again", form()), Way::link("otp-recovery", BASE.to_owned())]
            }
            RefusalKind::Stopped(Stop::NoMoreCodes { .. }) => vec![Way::link("otp-recovery", BASE.to_owned())],
            RefusalKind::Stopped(Stop::TooManyTries { .. }) => vec![Way::passkey(BASE.to_owned())],
            RefusalKind::Stopped(Stop::AlreadyRegistered) => vec![Way::link("sign-in-title", BASE.to_owned())],
            _ => vec![],
        };
        page(&format!("refusal-{name}"), &Refusal { layout: reader.layout(), kind, ways, back: Some(reader.back()) })
    };
    kinds.into_iter().map(refusal).collect()
}
