//! A form that a page of another site sends to us comes without our cookies: they are `SameSite=Lax`, and a browser lets those go along
//! with a navigation, not with a form. Whoever decided at once would take every citizen for somebody who is not signed in. So the form is
//! set aside for a moment, and the browser is sent to fetch the answer, which is a navigation: then its cookies are there.
//!
//! OpenID Connect Core §3.1.2.1 wants `POST` at the authorization endpoint, RP-Initiated Logout 1.0 §2 at the end session endpoint. What a
//! form holds (an ID token, a request object) never becomes part of an address: only the name under which it waits does.

use crate::app::App;
use crate::app::throttle::{Throttled, before_parking};
use crate::app::unavailable::Broken;
use crate::secret::{Secret, TokenHash};
use crate::transient::Taken;
use std::time::Duration;

/// How long a form waits: a browser follows a redirect at once.
const WAITS: Duration = Duration::from_mins(1);
/// The largest form that waits. Every parameter of the two endpoints at its longest is less than that.
const LARGEST: usize = 48 * 1024;

/// Why a form was not set aside.
#[derive(Debug, thiserror::Error)]
pub enum NotParked {
    /// Larger than any that means something here.
    #[error("form too large")]
    TooLarge,
    /// Too many from this address.
    #[error(transparent)]
    Throttled(#[from] Throttled),
    /// Something broke.
    #[error(transparent)]
    Broken(#[from] Broken),
}

/// Sets a form for the endpoint at `path` aside; gives the name under which it waits.
pub async fn park(app: &App, path: &str, form: &[u8], address: &str) -> Result<Secret<String>, NotParked> {
    let now = app.clock.now();
    if form.len() > LARGEST {
        return Err(NotParked::TooLarge);
    }
    before_parking(app, address, now).await?;
    let name = app.random.token();
    app.transient.put_parked(&hash(path, name.expose()), form, now.plus(WAITS), now).await.map_err(Broken::from)?;
    Ok(name)
}

/// Takes a form up again, once; `None` for one that was taken up before, or waited too long.
pub async fn take_up(app: &App, path: &str, name: &str) -> Result<Option<Vec<u8>>, Broken> {
    match app.transient.take_parked(&hash(path, name), app.clock.now()).await? {
        Taken::First(form) => Ok(Some(form)),
        Taken::Again | Taken::Unknown => Ok(None),
    }
}

/// What waits for one endpoint, the other does not find.
fn hash(path: &str, name: &str) -> TokenHash {
    TokenHash::of(&format!("{path} {name}"))
}
