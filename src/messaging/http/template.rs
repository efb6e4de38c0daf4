//! A text of the provider file with places for the parts of a message. What is put in is escaped for where it stands, so that no text
//! and no number can add a parameter, a member or a header field.

use crate::messaging::letter::Order;

/// What can stand in braces.
const NAMES: [(&str, Place); 5] =
    [("to", Place::To), ("digits", Place::Digits), ("text", Place::Text), ("code", Place::Code), ("id", Place::Id)];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// The number with `+`.
    To,
    /// The number without `+`.
    Digits,
    /// The whole text.
    Text,
    /// The code alone; nothing in a message without one.
    Code,
    /// The id of the message, the same at every attempt.
    Id,
}

/// How what is put in is escaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Escape {
    /// Percent-encoding (RFC 3986 §2.1), in URLs and in forms.
    Percent,
    /// As in a JSON string (RFC 8259 §7).
    Json,
    /// As in XML text and attributes (XML 1.0 §2.4).
    Xml,
    /// Unchanged.
    Plain,
}

impl Escape {
    /// The one for a body of this media type.
    pub(crate) fn of(media_type: &str) -> Option<Self> {
        let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        Some(match essence.as_str() {
            "application/x-www-form-urlencoded" => Self::Percent,
            "text/plain" => Self::Plain,
            other if other == "application/json" || other.ends_with("+json") => Self::Json,
            other if other == "application/xml" || other == "text/xml" || other.ends_with("+xml") => Self::Xml,
            _ => return None,
        })
    }

    fn apply(self, text: &str) -> String {
        match self {
            Self::Percent => {
                let escaped = |byte: u8| match byte {
                    b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
                    _ => format!("%{byte:02X}"),
                };
                text.bytes().map(escaped).collect()
            }
            Self::Json => {
                let quoted = serde_json::Value::from(text).to_string();
                quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default().to_owned()
            }
            Self::Xml => {
                let escaped = |sign: char| match sign {
                    '&' => "&amp;".to_owned(),
                    '<' => "&lt;".to_owned(),
                    '>' => "&gt;".to_owned(),
                    '"' => "&quot;".to_owned(),
                    '\'' => "&#39;".to_owned(),
                    // XML 1.0 §2.2 has no other control characters, not even escaped.
                    sign if sign.is_control() && !matches!(sign, '\n' | '\t' | '\r') => String::new(),
                    sign => sign.to_string(),
                };
                text.chars().map(escaped).collect()
            }
            Self::Plain => text.to_owned(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Fixed(String),
    Filled(Place),
}

/// A text with places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template {
    pieces: Vec<Piece>,
    escape: Escape,
}

impl Template {
    /// Reads it. A lower-case word in braces that is no place is refused: it is a place that was misspelt.
    pub(crate) fn parse(text: &str, escape: Escape) -> Result<Self, String> {
        let (mut pieces, mut fixed, mut rest) = (Vec::new(), String::new(), text);
        while let Some(at) = rest.find('{') {
            fixed.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            let word = rest.split_once('}').map(|(word, _)| word);
            let word = word.filter(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'));
            let Some(word) = word else {
                fixed.push('{');
                continue;
            };
            let Some((_, place)) = NAMES.iter().find(|(name, _)| *name == word) else {
                let known: Vec<String> = NAMES.iter().map(|(name, _)| format!("{{{name}}}")).collect();
                return Err(format!("{{{word}}} is none of {}", known.join(", ")));
            };
            pieces.push(Piece::Fixed(std::mem::take(&mut fixed)));
            pieces.push(Piece::Filled(*place));
            rest = &rest[word.len() + 1..];
        }
        fixed.push_str(rest);
        pieces.push(Piece::Fixed(fixed));
        Ok(Self { pieces, escape })
    }

    /// Filled in.
    pub(crate) fn fill(&self, order: Order<'_>) -> String {
        let letter = order.letter;
        let filled = |piece: &Piece| match piece {
            Piece::Fixed(text) => text.clone(),
            Piece::Filled(Place::To) => self.escape.apply(&letter.to),
            Piece::Filled(Place::Digits) => self.escape.apply(letter.digits()),
            Piece::Filled(Place::Text) => self.escape.apply(&letter.text),
            Piece::Filled(Place::Code) => self.escape.apply(&letter.code),
            Piece::Filled(Place::Id) => self.escape.apply(&order.id.to_string()),
        };
        self.pieces.iter().map(filled).collect()
    }

    /// Whether the text of the message stands in it. Header fields must not have it.
    pub(crate) fn has_text(&self) -> bool {
        self.pieces.contains(&Piece::Filled(Place::Text))
    }

    /// Whether it names the recipient.
    pub(crate) fn has_recipient(&self) -> bool {
        self.pieces.iter().any(|piece| matches!(piece, Piece::Filled(Place::To | Place::Digits)))
    }

    /// What stands before the first place.
    pub(crate) fn beginning(&self) -> &str {
        match self.pieces.first() {
            Some(Piece::Fixed(text)) => text,
            _ => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::id::DeliveryId;
    use crate::messaging::letter::Letter;
    use crate::records::delivery::message::Purpose;
    use crate::time::Timestamp;
    use proptest::prelude::*;

    fn letter(text: &str) -> Letter {
        let gives_up_at = Timestamp::from_seconds(0);
        Letter {
            to: "+989121234567".to_owned(),
            text: text.to_owned(),
            code: "123456".to_owned(),
            purpose: Purpose::Verify,
            gives_up_at,
        }
    }

    fn filled(template: &str, escape: Escape, text: &str) -> String {
        let (id, now) = (DeliveryId::from_bytes([7; 16]), Timestamp::from_seconds(0));
        Template::parse(template, escape).expect("a template").fill(Order { id, letter: &letter(text), now })
    }

    #[test]
    fn each_place_is_filled_and_other_braces_stay() {
        let json = r#"{"to":"{to}","n":"{digits}","t":"{text}","c":"{code}","x":{}}"#;
        let expected = r#"{"to":"+989121234567","n":"989121234567","t":"a \"b\"\nc","c":"123456","x":{}}"#;
        assert_eq!(filled(json, Escape::Json, "a \"b\"\nc"), expected);
        assert_eq!(filled("to={to}&m={text}", Escape::Percent, "ک&x=1 +"), "to=%2B989121234567&m=%DA%A9%26x%3D1%20%2B");
        assert_eq!(filled("<m a='{to}'>{text}</m>", Escape::Xml, "</m>&'\u{7}"), "<m a='+989121234567'>&lt;/m&gt;&amp;&#39;</m>");
        assert_eq!(filled("{text} {Text} {", Escape::Plain, "{to}"), "{to} {Text} {");
    }

    #[test]
    fn a_misspelt_place_is_refused_with_the_known_ones() {
        let problem = Template::parse("m={txt}", Escape::Percent).expect_err("refused");
        assert_eq!(problem, "{txt} is none of {to}, {digits}, {text}, {code}, {id}");
    }

    proptest! {
        #[test]
        fn no_text_can_leave_its_place(text in ".{0,60}") {
            let json = filled(r#"{"a":"{text}","b":1}"#, Escape::Json, &text);
            let read: serde_json::Value = serde_json::from_str(&json).expect("JSON");
            prop_assert_eq!(read.as_object().map(serde_json::Map::len), Some(2));
            prop_assert_eq!(read["a"].as_str(), Some(text.as_str()));
            let form = filled("a={text}&b=1", Escape::Percent, &text);
            let pairs: Vec<(String, String)> = url::form_urlencoded::parse(form.as_bytes()).into_owned().collect();
            prop_assert_eq!(pairs, vec![("a".to_owned(), text), ("b".to_owned(), "1".to_owned())]);
        }
    }
}
