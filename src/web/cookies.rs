//! Cookies: the session and its browser state, the interaction, the known browser, and the chosen language.
//!
//! With `https` the secrets carry the prefix `__Host-`: no other host and no plain connection can set them. On a developer's
//! `http://localhost` browsers refuse that prefix, so it is left out there.

use crate::app::App;
use crate::app::known_browser::KNOWN_FOR;
use crate::flows::session::browser_session::Begun;
use crate::locale::Locale;
use crate::oidc::logout::session_state::browser_state;
use crate::secret::{Secret, TokenHash};
use axum::http::{HeaderMap, HeaderValue, header};

/// The language that the person chose; not a secret.
pub(crate) const LANGUAGE: &str = "panjereh_lang";

/// The names of the secret cookies in this deployment.
#[derive(Clone, Copy)]
pub(crate) struct Names {
    /// The session cookie.
    pub(crate) session: &'static str,
    /// The cookie that binds interactions to a browser.
    pub(crate) binding: &'static str,
    /// The cookie that stays after a session has ended ([`crate::app::known_browser`]).
    pub(crate) known: &'static str,
    attributes: &'static str,
    /// The browser state. Our frame in a client's page reads it, so scripts may read it and browsers send it in frames of other
    /// sites. It is not a secret: it only shows whether the session is still the same.
    state: &'static str,
    state_attributes: &'static str,
}

impl Names {
    /// The names that this deployment's issuer allows.
    pub(crate) fn of(app: &App) -> Self {
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

    /// Sets the session cookie and the cookie of the known browser. The session cookie ends with the browser; the session itself
    /// may expire earlier.
    pub(crate) fn set_session(self, headers: &mut HeaderMap, begun: &Begun) {
        let value = begun.cookie.expose();
        push(headers, &format!("{}={value}{}", self.session, self.attributes));
        let state = browser_state(&TokenHash::of(value));
        push(headers, &format!("{}={state}{}", self.state, self.state_attributes));
        let (known, seconds) = (begun.known.expose(), KNOWN_FOR.as_secs());
        push(headers, &format!("{}={known}{}; Max-Age={seconds}", self.known, self.attributes));
    }

    /// Removes the session cookie.
    pub(crate) fn clear_session(self, headers: &mut HeaderMap) {
        push(headers, &format!("{}={}; Max-Age=0", self.session, self.attributes));
        push(headers, &format!("{}={}; Max-Age=0", self.state, self.state_attributes));
    }

    /// Sets the cookie that binds interactions to this browser; it lasts a day, longer than any interaction.
    pub(crate) fn set_binding(self, headers: &mut HeaderMap, value: &Secret<String>) {
        push(headers, &format!("{}={}{}; Max-Age=86400", self.binding, value.expose(), self.attributes));
    }
}

/// Remembers the chosen language for a year.
pub(crate) fn set_language(headers: &mut HeaderMap, locale: Locale) {
    push(headers, &format!("{LANGUAGE}={}; Path=/; SameSite=Lax; Max-Age=31536000", locale.tag()));
}

/// The value of a cookie.
pub(crate) fn find<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
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
