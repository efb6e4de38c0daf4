//! How the reader reaches support, in their language.

use crate::locale::Locale;
use crate::settings::Support;
use crate::text::latin_digits;

/// Every part may be missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contact {
    /// The telephone number.
    pub phone: Option<String>,
    /// A street address, an e-mail address or a web address.
    pub address: Option<String>,
    /// When people answer.
    pub hours: Option<String>,
}

impl Contact {
    /// What the operator set, for readers of a language.
    pub(crate) fn of(support: &Support, locale: Locale) -> Self {
        let part = |text| Some(locale.pick(text)).filter(|text| !text.is_empty()).map(str::to_owned);
        Self { phone: part(&support.phone), address: part(&support.address), hours: part(&support.hours) }
    }

    /// Whether there is anything to show.
    pub(crate) const fn is_known(&self) -> bool {
        self.phone.is_some() || self.address.is_some() || self.hours.is_some()
    }

    /// The number as a link (RFC 3966).
    pub(crate) fn phone_link(&self) -> Option<String> {
        let dialled: String = latin_digits(self.phone.as_ref()?).chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
        (dialled.len() > 2).then(|| format!("tel:{dialled}"))
    }

    /// The address as a link, if it is an e-mail or a web address.
    pub(crate) fn address_link(&self) -> Option<String> {
        let address = self.address.as_ref()?;
        let is_one_word = !address.contains(char::is_whitespace);
        if is_one_word && address.starts_with("https://") {
            return Some(address.clone());
        }
        let is_mail = is_one_word && address.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
        is_mail.then(|| format!("mailto:{address}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::LocalName;

    #[test]
    fn numbers_and_addresses_become_links_where_they_can() {
        let text = |text: &str| LocalName { fa: text.to_owned(), en: String::new() };
        let of = |phone: &str, address: &str| {
            let support = Support { phone: text(phone), address: text(address), ..Support::default() };
            let contact = Contact::of(&support, Locale::Fa);
            (contact.phone_link(), contact.address_link())
        };
        assert_eq!(
            of("۰۲۱-۱۲۳۴ ۵۶۷۸", "help@window.example"),
            (Some("tel:02112345678".into()), Some("mailto:help@window.example".into()))
        );
        assert_eq!(of("+98 21 1234", "https://window.example/help").1, Some("https://window.example/help".into()));
        assert_eq!(of("در باجه", "تهران، خیابان نمونه، پلاک ۱"), (None, None));
        assert_eq!(of("", "javascript:alert(1)"), (None, None));
        assert!(!Contact::of(&Support::default(), Locale::En).is_known());
    }
}
