//! The line of an agency file on which a problem is: `agency[tax].client[tax-web].redirect_uris[0]` is followed through the file.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The line of the value that a problem names; of the innermost table around it if the value is missing. `None` if the text is no
/// TOML.
pub(crate) fn line_of(text: &str, key: &str) -> Option<usize> {
    let table = DeTable::parse(text).ok()?;
    let mut at = table.span().start;
    let mut here = Place::Table(table.get_ref());
    for step in key.split('.').flat_map(steps) {
        let Some((start, next)) = here.enter(step) else { break };
        (at, here) = (start, next);
    }
    let before = text.get(..at)?;
    Some(before.matches('\n').count() + 1)
}

/// One step into a value.
#[derive(Clone, Copy)]
enum Step<'a> {
    /// A key of a table.
    Key(&'a str),
    /// An element of a list: its number, or what its `slug` or `client_id` is.
    Element(&'a str),
}

/// `client[tax-web]` is the key `client`, then the element `tax-web`.
fn steps(part: &str) -> impl Iterator<Item = Step<'_>> {
    let (key, element) = match part.strip_suffix(']').and_then(|part| part.split_once('[')) {
        Some((key, element)) => (key, Some(element)),
        None => (part, None),
    };
    std::iter::once(Step::Key(key)).chain(element.map(Step::Element))
}

/// A value that has more inside.
enum Place<'a> {
    Table(&'a DeTable<'a>),
    Value(&'a DeValue<'a>),
}

impl Place<'_> {
    /// Where the next value begins, and that value.
    fn enter(&self, step: Step<'_>) -> Option<(usize, Self)> {
        let table = match self {
            Self::Table(table) => Some(*table),
            Self::Value(DeValue::Table(table)) => Some(table),
            Self::Value(_) => None,
        };
        match (self, step) {
            (_, Step::Key(name)) => {
                let (key, value) = table?.iter().find(|(key, _)| key.get_ref() == name)?;
                Some((key.span().start, Self::Value(value.get_ref())))
            }
            (Self::Value(DeValue::Array(elements)), Step::Element(name)) => {
                let element = elements.iter().find(|element| is_named(element, name));
                let element = element.or_else(|| elements.get(name.parse::<usize>().ok()?))?;
                Some((element.span().start, Self::Value(element.get_ref())))
            }
            _ => None,
        }
    }
}

fn is_named(element: &Spanned<DeValue<'_>>, name: &str) -> bool {
    let DeValue::Table(table) = element.get_ref() else { return false };
    let is_it = |(key, value): (&Spanned<std::borrow::Cow<'_, str>>, &Spanned<DeValue<'_>>)| {
        ["slug", "client_id"].contains(&key.get_ref().as_ref()) && value.get_ref().as_str() == Some(name)
    };
    table.iter().any(is_it)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"[[agency]]
slug = "tax"
name = { fa = "مالیات", en = "Tax" }

[[agency.client]]
client_id = "tax-web"
redirect_uris = [
    "https://tax.example/callback",
    "https://tax.example/#x",
]

[[agency.client]]
client_id = "tax-app"
"#;

    #[test]
    fn a_problem_is_on_the_line_of_its_value_or_of_the_table_that_lacks_it() {
        let lines = [
            ("agency[tax].slug", 2),
            ("agency[0].slug", 2),
            ("agency[tax].name.en", 3),
            ("agency[tax].client[tax-web].redirect_uris", 7),
            ("agency[tax].client[tax-web].redirect_uris[1]", 9),
            ("agency[tax].client[tax-app].redirect_uris", 12),
            ("agency[tax].client[1].client_id", 13),
            ("agency", 1),
        ];
        for (key, line) in lines {
            assert_eq!(line_of(FILE, key), Some(line), "{key}");
        }
        assert_eq!(line_of("[[agency", "agency"), None);
    }
}
