//! Cookies: the session's with its browser state, the interaction's, what is kept of an earlier sign-in, and the chosen language.
//!
//! With `https` the secrets carry the prefix `__Host-`: no other host and no plain connection can set them. On a developer's
//! `http://localhost` browsers refuse that prefix, so it is left out there.

use crate::app::App;
use crate::app::known_browser::KNOWN_FOR;
use crate::flows::session::browser_session::Begun;
use crate::oidc::logout::session_state::browser_state;
use crate::secret::{Secret, TokenHash};
use crate::web::locale::Locale;
use axum::http::{HeaderMap, HeaderValue, header};

/// The language that the person chose; no secret.
pub const LANGUAGE: &str = "panjereh_lang";

/// The names of the secret cookies in this deployment.
#[derive(Clone, Copy)]
pub struct Names {
    /// The session's.
    pub session: &'static str,
    /// The one that binds interactions to a browser.
    pub binding: &'static str,
    /// The one that stays when a session is over ([`crate::app::known_browser`]).
    pub known: &'static str,
    attributes: &'static str,
    /// The browser state's: our own frame in a client's page reads it, so scripts may, and it goes along to other sites' frames. It
    /// is no secret: all that it says is whether it is still the same.
    state: &'static str,
    state_attributes: &'static str,
}

impl Names {
    /// The names that this deployment's issuer allows.
    pub fn of(app: &App) -> Self {
        if app.settings.issuer().starts_with("https://") {
            Self {
                session: "__Host-panjereh_session",
                binding: "__Host-panjereh_interaction",
                known: "__Host-panjereh_known",
                attributes: "; Path=/; HttpOnly; SameSite=Lax; Secure",
                state: "__Host-panjereh_state",
                state_attributes: "; Path=/; SameSite=None; Secure",
            }
        } else {
            Self {
                session: "panjereh_session",
                binding: "panjereh_interaction",
                known: "panjereh_known",
                attributes: "; Path=/; HttpOnly; SameSite=Lax",
                state: "panjereh_state",
                state_attributes: "; Path=/; SameSite=Lax",
            }
        }
    }

    /// Sets the session's cookie, which ends with the browser, the session itself earlier; and the one that stays.
    pub fn set_session(self, headers: &mut HeaderMap, begun: &Begun) {
        let value = begun.cookie.expose();
        push(headers, &format!("{}={value}{}", self.session, self.attributes));
        let state = browser_state(&TokenHash::of(value));
        push(headers, &format!("{}={state}{}", self.state, self.state_attributes));
        let (known, seconds) = (begun.known.expose(), KNOWN_FOR.as_secs());
        push(headers, &format!("{}={known}{}; Max-Age={seconds}", self.known, self.attributes));
    }

    /// Removes the session's cookie.
    pub fn clear_session(self, headers: &mut HeaderMap) {
        push(headers, &format!("{}={}; Max-Age=0", self.session, self.attributes));
        push(headers, &format!("{}={}; Max-Age=0", self.state, self.state_attributes));
    }

    /// Sets the cookie that binds interactions to this browser; it lasts a day, longer than any of them.
    pub fn set_binding(self, headers: &mut HeaderMap, value: &Secret<String>) {
        push(headers, &format!("{}={}{}; Max-Age=86400", self.binding, value.expose(), self.attributes));
    }
}

/// Remembers the chosen language for a year.
pub fn set_language(headers: &mut HeaderMap, locale: Locale) {
    push(headers, &format!("{LANGUAGE}={}; Path=/; SameSite=Lax; Max-Age=31536000", locale.tag()));
}

/// The value of a cookie.
pub fn find<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(known, value)| (known == name).then_some(value))
}

fn push(headers: &mut HeaderMap, cookie: &str) {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        headers.append(header::SET_COOKIE, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("xpanjereh_session=1; panjereh_session=2"));
        headers.append(header::COOKIE, HeaderValue::from_static("other=3"));
        assert_eq!(find(&headers, "panjereh_session"), Some("2"));
        assert_eq!(find(&headers, "other"), Some("3"));
        assert_eq!(find(&headers, "session"), None);
    }

    proptest! {
        #[test]
        fn a_cookie_is_found_among_any_others_and_no_other_is_taken_for_it(
            before in "[a-zA-Z0-9_=; -]{0,30}",
            value in "[A-Za-z0-9_-]{1,43}",
            after in "[ -~]{0,30}",
        ) {
            let mut headers = HeaderMap::new();
            headers.append(header::COOKIE, HeaderValue::from_str(&format!("{before}; __Host-wanted={value}; {after}")).unwrap());
            prop_assert_eq!(find(&headers, "__Host-wanted"), Some(value.as_str()));
            prop_assert_eq!(find(&headers, "wanted"), None);
            prop_assert_eq!(find(&headers, "Host-wanted"), None);
        }
    }
}
