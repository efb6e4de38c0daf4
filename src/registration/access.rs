//! How a metadata value is read from an agency file or a registration request, and written again. One type for each form of
//! value.

use crate::client::metadata::Client;
use crate::client::words::{ApplicationType, SigningAlg};
use crate::identity::assurance::Acr;
use crate::oidc::authorization::redirect::check_registrable;
use crate::registration::reader::{DescribedBy, Reader};
use crate::text::LocalName;
use serde_json::{Value, json};
use std::ops::RangeInclusive;

/// Reads and writes the value of one name.
pub(crate) trait Access: Sync {
    /// Reads the value of `name` into `client` and notes what is wrong with it. If `name` is absent, the default stays.
    fn read(&self, name: &'static str, file: &mut Reader<'_, '_>, client: &mut Client);

    /// The value in the form that a file has; null if there is none.
    fn write(&self, client: &Client) -> Value;

    /// The value as text for an operator, without secrets; empty if there is none.
    fn show(&self, client: &Client) -> String {
        shown(&self.write(client))
    }

    /// Whether two versions of a client have the same value. [`Self::show`] can give the same text for different values.
    fn is_same(&self, old: &Client, new: &Client) -> bool {
        self.write(old) == self.write(new)
    }

    /// Whether the value may differ by language. Then it is an object with a value for each language, or one value for all.
    fn has_languages(&self) -> bool {
        false
    }

    /// A value that is accepted and is not the default.
    #[cfg(test)]
    fn sample(&self) -> Value;
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(shown).collect::<Vec<_>>().join(" "),
        Value::Object(languages) => {
            ["fa", "en"].into_iter().filter_map(|language| Some(shown(languages.get(language)?))).collect::<Vec<_>>().join(" / ")
        }
        value => value.to_string(),
    }
}

/// Access to a field of a client, for reading and writing. Made by `field!`.
pub(crate) struct Field<T: 'static> {
    pub(crate) get: fn(&Client) -> &T,
    pub(crate) get_mut: fn(&mut Client) -> &mut T,
}

/// `field!(requests.default_max_age)`: the [`Field`] of that path.
macro_rules! field {
    ($($name:ident).+) => {
        $crate::registration::access::Field { get: |client| &client.$($name).+, get_mut: |client| &mut client.$($name).+ }
    };
}
pub(crate) use field;

/// A closed set of values, each with its word.
pub(crate) trait Word: Copy + PartialEq + 'static {
    /// All values.
    const ALL: &'static [Self];
    /// The word in files and in metadata.
    fn word(self) -> &'static str;
}

/// `words!(Pkce, name)`: makes a type with `ALL` and a method for its words a [`Word`].
macro_rules! words {
    ($kind:ty, $word:ident) => {
        impl $crate::registration::access::Word for $kind {
            const ALL: &'static [Self] = &<$kind>::ALL;
            fn word(self) -> &'static str {
                self.$word()
            }
        }
    };
}
pub(crate) use words;

words!(SigningAlg, name);
words!(Acr, uri);

/// `true` or `false`.
pub(crate) struct Flag(pub(crate) Field<bool>);

impl Access for Flag {
    fn read(&self, name: &'static str, file: &mut Reader<'_, '_>, client: &mut Client) {
        if let Some(flag) = file.flag(name) {
            *(self.0.get_mut)(client) = flag;
        }
    }

    fn write(&self, client: &Client) -> Value {
        (*(self.0.get)(client)).into()
    }

    #[cfg(test)]
    fn sample(&self) -> Value {
        true.into()
    }
}

/// One value of a closed set.
pub(crate) struct Choice<T: 'static>(pub(crate) Field<T>);

impl<T: Word> Access for Choice<T> {
    fn read(&self, name: &'static str, file: &mut Reader<'_, '_>, client: &mut Client) {
        if let Some(chosen) = file.choice(name, T::ALL, T::word) {
            *(self.0.get_mut)(client) = chosen;
        }
    }

    fn write(&self, client: &Client) -> Value {
        (self.0.get)(client).word().into()
    }

    #[cfg(test)]
    fn sample(&self) -> Value {
        T::ALL.last().map(|word| word.word()).into()
    }
}

/// One value of a closed set, or none.
pub(crate) struct OptionalChoice<T: 'static>(pub(crate) Field<Option<T>>);

impl<T: Word> Access for OptionalChoice<T> {
    fn read(&self, name: &'static str, file: &mut Reader<'_, '_>, client: &mut Client) {
        *(self.0.get_mut)(client) = file.choice(name, T::ALL, T::word);
    }

    fn write(&self, client: &Client) -> Value {
        (self.0.get)(client).map(T::word).into()
    }

    #[cfg(test)]
    fn sample(&self) -> Value {
        T::ALL.last().map(|word| word.word()).into()
    }
}

/// Several values of a closed set. Their order is kept.
pub(crate) struct Choices<T: 'static>(pub(crate) Field<Vec<T>>);

impl<T: Word> Access for Choices<T> {
    fn read(&self, name: &'static str, file: &mut Reader<'_, '_>, client: &mut Client) {
        if let Some(chosen) = file.choices(name, T::ALL, T::word) {
            *(self.0.get_mut)(client) = chosen;
        }
    }

    fn write(&self, client: &Client) -> Value {
        let chosen: Vec<_> = (self.0.get)(client).iter().map(|one| one.word()).collect();
        if chosen.is_empty() { Value::Null } else { json!(chosen) }
    }

    #[cfg(test)]
    fn sample(&self) -> Value {
        T::ALL.iter().rev().map(|word| word.word()).collect()
    }
}

/// A whole number within bounds, or none.
pub(crate) struct Number(pub(crate) Field<Option<u32>>, pub RangeInclusive<u32>);

impl Access for Number {
    fn read(&self, name: &'static str, file: &mut Reader<'_, '_>, client: &mut Client) {
        let Self(field, bounds) = self;
        let number = file.number(name, u64::from(*bounds.start())..=u64::from(*bounds.end()));
        *(field.get_mut)(client) = number.and_then(|number| number.try_into().ok());
    }

    fn write(&self, client: &Client) -> Value {
        (*(self.0.get)(client)).into()
    }

    #[cfg(test)]
    fn sample(&self) -> Value {
        (*self.1.end()).into()
    }
}

/// An address that a browser opens or that this server calls.
pub(crate) struct Address(pub Field<Option<String>>);

impl Access for Address {
    fn read(&self, name: &'static str, file: &mut Reader<'_, '_>, client: &mut Client) {
        let Some(uri) = file.text(name) else { return };
        if let Err(problem) = check_registrable(uri, ApplicationType::Web) {
            file.refuse(name, problem.to_string());
        }
        *(self.0.get_mut)(client) = Some(uri.to_owned());
    }

    fn write(&self, client: &Client) -> Value {
        (self.0.get)(client).clone().into()
    }

    #[cfg(test)]
    fn sample(&self) -> Value {
        "https://tax.example/page".into()
    }
}

/// An address of a page, or one for each language.
pub(crate) struct Addresses(pub(crate) Field<Option<LocalName>>);

impl Access for Addresses {
    fn read(&self, name: &'static str, file: &mut Reader<'_, '_>, client: &mut Client) {
        let Some(value) = file.value(name) else { return };
        let parts = match value {
            Value::String(one) => [Some(one.as_str()); 2],
            Value::Object(table) if table.len() == 2 => ["fa", "en"].map(|language| table.get(language).and_then(Value::as_str)),
            _ => [None; 2],
        };
        let [Some(fa), Some(en)] = parts else {
            let remedy = match file.described_by() {
                DescribedBy::Operator => r#"write an address, or { fa = "…", en = "…" } with one for each language"#,
                DescribedBy::Itself => "write an address, or one for each language with #fa and #en at the name",
            };
            return file.refuse(name, remedy);
        };
        let one_for_both = fa == en;
        for address in [fa, en].into_iter().skip(usize::from(one_for_both)) {
            if let Err(problem) = check_registrable(address, ApplicationType::Web) {
                file.refuse(name, problem.to_string());
            }
        }
        *(self.0.get_mut)(client) = Some(LocalName { fa: fa.to_owned(), en: en.to_owned() });
    }

    fn write(&self, client: &Client) -> Value {
        match (self.0.get)(client) {
            Some(LocalName { fa, en }) if fa == en => en.as_str().into(),
            Some(LocalName { fa, en }) => json!({ "fa": fa, "en": en }),
            None => Value::Null,
        }
    }

    fn has_languages(&self) -> bool {
        true
    }

    #[cfg(test)]
    fn sample(&self) -> Value {
        json!({ "fa": "https://tax.example/fa", "en": "https://tax.example/en" })
    }
}

/// The addresses to which the browser is sent back. No address may be listed twice.
pub(crate) struct RedirectUris(pub(crate) Field<Vec<String>>);

impl Access for RedirectUris {
    fn read(&self, name: &'static str, file: &mut Reader<'_, '_>, client: &mut Client) {
        // `application_type` can be read later than this name, so its value is taken from the file.
        let native = ApplicationType::Native;
        let is_native = file.value("application_type").is_some_and(|given| given == native.name());
        let application_type = if is_native { native } else { ApplicationType::Web };
        let uris = (self.0.get_mut)(client);
        for (at, uri) in file.texts(name).into_iter().enumerate() {
            match check_registrable(uri, application_type) {
                Ok(()) if uris.iter().any(|known| known == uri) => {
                    file.refuse_entry(name, at, uri, "it is in the list already: leave it out");
                }
                Ok(()) => uris.push(uri.to_owned()),
                Err(problem) => file.refuse_entry(name, at, uri, problem.to_string()),
            }
        }
    }

    fn write(&self, client: &Client) -> Value {
        json!((self.0.get)(client))
    }

    #[cfg(test)]
    fn sample(&self) -> Value {
        json!(["https://tax.example/one", "https://tax.example/two"])
    }
}

/// A value that the registration response has, but that the table does not read.
pub(crate) struct Told(pub(crate) fn(&Client) -> Value);

impl Access for Told {
    fn read(&self, _: &'static str, _: &mut Reader<'_, '_>, _: &mut Client) {}

    fn write(&self, client: &Client) -> Value {
        (self.0)(client)
    }

    #[cfg(test)]
    fn sample(&self) -> Value {
        Value::Null
    }
}
