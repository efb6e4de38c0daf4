//! The sentences of the pages: present in each language, used, with the same variables, and free of foreign digits.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails as the test does")]

use panjereh::locale::Locale;
use panjereh::web::translate;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Key → the variables of its sentence.
fn sentences(locale: Locale) -> BTreeMap<String, BTreeSet<String>> {
    let mut sentences: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut current = String::new();
    for line in translate::source(locale).lines().filter(|line| !line.starts_with('#')) {
        if !line.starts_with([' ', '}'])
            && let Some((key, _)) = line.split_once(" = ")
        {
            key.clone_into(&mut current);
            assert!(sentences.insert(current.clone(), BTreeSet::new()).is_none(), "{}: `{key}` stands twice", locale.tag());
        }
        let variables = line.split('$').skip(1).map(|rest| rest.split([' ', '}']).next().unwrap_or_default().to_owned());
        if let Some(known) = sentences.get_mut(&current) {
            known.extend(variables);
        }
    }
    sentences
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs" || extension == "html") {
            found.push(path);
        }
    }
}

/// Every source file of the program that may hold keys of sentences, without its unit tests.
fn sources() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default().to_owned();
        (path, code)
    };
    found.into_iter().map(read).collect()
}

/// Keys in direct calls: `t("…")` and `t_with("…"`.
fn asked_for(code: &str) -> Vec<&str> {
    [".t(\"", ".t_with(\""]
        .iter()
        .flat_map(|call| code.split(call).skip(1).filter_map(|rest| rest.split('"').next()))
        .filter(|key| !key.is_empty())
        .collect()
}

#[test]
fn each_language_has_the_same_keys_with_the_same_variables() {
    assert_eq!(sentences(Locale::Fa), sentences(Locale::En));
}

#[test]
fn each_file_is_well_formed() {
    for locale in Locale::ALL {
        let parsed = fluent_bundle::FluentResource::try_new(translate::source(locale).to_owned());
        assert!(parsed.is_ok(), "{}: {:?}", locale.tag(), parsed.err().map(|(_, problems)| problems));
    }
}

#[test]
fn every_key_that_a_page_asks_for_exists() {
    let known = sentences(Locale::Fa);
    for (path, code) in sources() {
        for key in asked_for(&code) {
            assert!(known.contains_key(key), "{} asks for `{key}`, which no language has", path.display());
        }
    }
}

#[test]
fn every_sentence_is_used() {
    let sources = sources();
    for key in sentences(Locale::Fa).keys() {
        let quoted = format!("\"{key}\"");
        assert!(sources.iter().any(|(_, code)| code.contains(&quoted)), "`{key}` is translated but never used");
    }
}

#[test]
fn persian_sentences_hold_no_latin_digits_and_no_arabic_letters() {
    for line in translate::source(Locale::Fa).lines().filter(|line| !line.starts_with('#')) {
        let (_, sentence) = line.split_once(" = ").unwrap_or(("", line));
        assert!(!sentence.contains(|c: char| c.is_ascii_digit()), "Latin digits: {line}");
        assert!(!sentence.contains(['ي', 'ك', '٤', '٥', '٦']), "Arabic letters or digits: {line}");
    }
}

#[test]
fn templates_hold_no_text_of_their_own() {
    for (path, code) in sources().into_iter().filter(|(path, _)| path.extension().is_some_and(|e| e == "html")) {
        let bare = without_markup(&code);
        assert!(!bare.contains(char::is_alphabetic), "{}: text in a template: {}", path.display(), bare.trim());
    }
}

/// The rest of a template without tags, attributes, expressions, statements and comments.
fn without_markup(template: &str) -> String {
    let mut rest = template.to_owned();
    // A field's call holds the attributes of its <input>.
    let field = ("{% call parts::field", "{% endcall %}");
    for (open, close) in [field, ("{#", "#}"), ("{{", "}}"), ("{%", "%}"), ("<", ">")] {
        let mut kept = String::new();
        let mut tail = rest.as_str();
        while let Some((before, after)) = tail.split_once(open) {
            kept.push_str(before);
            tail = after.split_once(close).map_or("", |(_, after)| after);
        }
        kept.push_str(tail);
        rest = kept;
    }
    rest
}
