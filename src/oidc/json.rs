//! JSON from other parties, parsed strictly: no name twice in an object, and limited nesting.
//!
//! RFC 8259 §4 leaves open what a repeated name means, so two parsers could see two requests in one signed text (RFC 7519 §4 lets
//! a parser reject it, RFC 8725 §2.6 wants one meaning).

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;

/// Parses one JSON text of at most `depth` nested objects and arrays; `None` for anything else.
pub fn parse_strictly(text: &[u8], depth: usize) -> Option<Value> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    let value = Strict { depth }.deserialize(&mut reader).ok()?;
    reader.end().ok().map(|()| value)
}

/// How many more levels a value may have.
#[derive(Clone, Copy)]
struct Strict {
    depth: usize,
}

impl Strict {
    fn inner<E: Error>(self) -> Result<Self, E> {
        self.depth.checked_sub(1).map(|depth| Self { depth }).ok_or_else(|| E::custom("nested too deeply"))
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON in which no name is repeated")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let value = members.next_value_seed(inner)?;
            if object.insert(name, value).is_some() {
                return Err(A::Error::custom("a name is repeated"));
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rfc8259_4_a_repeated_name_is_refused_however_it_is_written_and_wherever_it_stands() {
        for text in [r#"{"a":1,"a":1}"#, r#"{"a":1,"\u0061":2}"#, r#"{"x":{"a":1,"a":2}}"#, r#"[{"a":null,"a":null}]"#] {
            assert_eq!(parse_strictly(text.as_bytes(), 5), None, "{text}");
        }
        assert!(parse_strictly(br#"{"a":{"b":1},"b":{"a":1}}"#, 5).is_some());
    }

    #[test]
    fn what_is_nested_too_deeply_or_is_no_json_is_refused() {
        assert!(parse_strictly(b"[[1]]", 2).is_some());
        for text in ["[[[1]]]", r#"{"a":{"b":{}}}"#, "", "{", "{} {}", "nul", &"[".repeat(10_000)] {
            assert_eq!(parse_strictly(text.as_bytes(), 2), None, "{}", &text[..text.len().min(20)]);
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic_and_as_others_read_them(text in "[\\[\\]{}\":,a0-9.e ntrueflls-]{0,40}") {
            if let Some(value) = parse_strictly(text.as_bytes(), 8) {
                prop_assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
            }
        }
    }
}
