//! A form that a page of another site posts to us comes without our cookies: they are `SameSite=Lax`, and a browser sends those
//! with a navigation, not with such a form. An answer at once would treat every citizen as not signed in. So the form is set
//! aside for a moment, and the browser is redirected to fetch the answer. The redirect is a navigation: its cookies are sent.
//!
//! OpenID Connect Core §3.1.2.1 requires `POST` at the authorization endpoint, RP-Initiated Logout 1.0 §2 at the end session
//! endpoint. The content of a form (an ID token, a request object) never becomes part of an address, only the name under which it
//! waits.

use crate::app::App;
use crate::app::throttle::{Kept, Payer, Throttled, budget};
use crate::app::unavailable::{Unavailable, unavailable_from};
use crate::records::address::CountedAddress;
use crate::secret::{Secret, TokenHash};
use crate::transient::{Paid, Taken, TransientError};
use std::time::Duration;

/// How long a form waits: a browser follows a redirect at once.
const WAITS: Duration = Duration::from_mins(1);
/// The largest form that waits. All parameters of the two endpoints together, at their longest, are smaller.
const LARGEST: usize = 48 * 1024;

/// Why a form was not set aside.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotSetAside {
    /// Larger than any form that these endpoints accept.
    #[error("form too large")]
    TooLarge,
    /// Too many from this address.
    #[error(transparent)]
    Throttled(#[from] Throttled),
    /// A dependency failed.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

unavailable_from!(NotSetAside: TransientError);

/// Sets a form for the endpoint at `path` aside. Returns the name under which it waits.
pub(crate) async fn set_aside(
    app: &App,
    path: &str,
    form: &[u8],
    address: CountedAddress,
) -> Result<Secret<String>, NotSetAside> {
    let now = app.clock.now();
    if form.len() > LARGEST {
        return Err(NotSetAside::TooLarge);
    }
    let name = app.random.token();
    let paid = Paid { until: now.plus(WAITS), by: &budget(app, &Payer::Address(address), Kept::Form) };
    app.transient.put_set_aside_form(&hash(path, name.expose()), form, paid, now).await.map_err(Throttled::from)?;
    Ok(name)
}

/// Takes a form out again, once; `None` if it was taken before, or has expired.
pub(crate) async fn take_up(app: &App, path: &str, name: &str) -> Result<Option<Vec<u8>>, Unavailable> {
    match app.transient.take_set_aside_form(&hash(path, name), app.clock.now()).await? {
        Taken::First(form) => Ok(Some(form)),
        Taken::Again | Taken::Unknown => Ok(None),
    }
}

/// The path is part of the hash, so that a form for one endpoint is not found by the other.
fn hash(path: &str, name: &str) -> TokenHash {
    TokenHash::of(&format!("{path} {name}"))
}
