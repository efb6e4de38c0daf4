//! Authorization details (RFC 9396) as a person reads them before they allow them.

use crate::client::detail_types::{Field, FieldKind};
use crate::locale::Locale;
use crate::oidc::details::types::{DetailTypes, texts};
use crate::oidc::details::{AuthorizationDetails, Detail};
use crate::text::LocalName;
use crate::web::layout::Layout;
use crate::web::pages::consent::{ShownDetail, ShownField};
use crate::web::steps::in_language;
use serde_json::Value;

/// The objects of a request, each with its type's declaration. An object whose type is no longer declared is neither shown nor
/// granted.
pub fn shown(details: &AuthorizationDetails, types: &DetailTypes, layout: &Layout) -> Vec<ShownDetail> {
    let name = |name: &LocalName| in_language(name, layout.locale);
    let shown = |detail: &Detail| {
        let declared = types.get(detail.kind())?;
        let fields = declared.details.fields.iter().filter_map(|field| {
            let values = values(field, detail.field(&field.name)?, layout);
            Some(ShownField { title: name(&field.title), values })
        });
        Some(ShownDetail { title: name(&declared.details.title), place: name(&declared.owner), fields: fields.collect() })
    };
    details.iter().filter_map(shown).collect()
}

fn values(field: &Field, value: &Value, layout: &Layout) -> Vec<String> {
    let text = |text: &str| {
        let known = field.values.iter().find(|known| known.value == text);
        known.map_or_else(|| text.to_owned(), |known| in_language(&known.title, layout.locale))
    };
    match (field.kind, value) {
        (FieldKind::Text | FieldKind::Texts, value) => texts(value).map(text).collect(),
        (FieldKind::Number, number) => vec![layout.digits(&grouped(&number.to_string(), layout.locale))],
        (FieldKind::Flag, Value::Bool(true)) => vec![layout.t("yes")],
        (FieldKind::Flag, _) => vec![layout.t("no")],
    }
}

/// Large amounts are written in groups of three digits.
fn grouped(number: &str, locale: Locale) -> String {
    let separator = match locale {
        Locale::Fa => '٬',
        Locale::En => ',',
    };
    let first = number.len() % 3;
    let mut text = String::with_capacity(number.len() + number.len() / 3);
    for (at, digit) in number.chars().enumerate() {
        if at > 0 && at % 3 == first {
            text.push(separator);
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_numbers_are_read_in_groups_of_three() {
        for (number, text) in [("0", "0"), ("999", "999"), ("1000", "1,000"), ("123456", "123,456"), ("1234567", "1,234,567")] {
            assert_eq!(grouped(number, Locale::En), text);
        }
        assert_eq!(grouped("12500000", Locale::Fa), "12٬500٬000");
    }
}
