//! Leaving for a client's address before the person has done anything (RFC 9700 §4.11.2).
//!
//! An attacker registers a client of its own, with an address that it chose, and sends people a link to this server whose answer is a
//! redirect there: an error, `prompt=none`, a sign-out where no person is signed in. The link shows our name and leads to the
//! attacker's page. So the browser is redirected at once only for a client that an operator vouches for.

use crate::app::App;
use crate::client::metadata::Client;
use crate::client::parts::self_registered::LetIn;
use crate::settings::UnaskedRedirects;

/// How a browser leaves for a client's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leave {
    /// At once.
    AtOnce,
    /// After a page that says where it goes.
    AfterPage,
}

/// How a browser leaves for an address of this client if the person has neither signed in nor decided anything.
pub(crate) fn leave(app: &App, client: &Client) -> Leave {
    let vouched_for = client.self_registered.as_ref().is_none_or(|own| own.let_in != LetIn::ByNobody);
    match app.settings.registration.unasked_redirects {
        UnaskedRedirects::Page if !vouched_for => Leave::AfterPage,
        UnaskedRedirects::Page | UnaskedRedirects::Direct => Leave::AtOnce,
    }
}
