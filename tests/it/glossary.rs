//! The words of the pages: each thing has one name, as `docs/glossary.md` says.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails as the test does")]

use panjereh::locale::Locale;
use panjereh::web::translate;
use std::path::Path;

/// A word of the glossary in one language: what to write, and what not.
struct Entry {
    uses: Vec<String>,
    not: Vec<String>,
}

fn words(cell: &str) -> Vec<String> {
    cell.split(['،', ',']).map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect()
}

/// The rows of both tables, in one language.
fn entries(locale: Locale) -> Vec<Entry> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/glossary.md");
    let text = std::fs::read_to_string(file).unwrap();
    let rows = text.lines().filter(|line| line.starts_with("| ") && !line.contains("| Persian |"));
    let entry = |row: &str| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').collect();
        assert_eq!(cells.len(), 5, "five columns: {row}");
        let at = if locale == Locale::Fa { 1 } else { 3 };
        Entry { uses: words(cells[at]), not: words(cells[at + 1]) }
    };
    rows.map(entry).collect()
}

/// The sentences of a language, each on its line, without names of variables: those of the pages, and those of the demo's agencies.
fn sentences(locale: Locale) -> Vec<String> {
    let sentence = |line: &str| {
        let text = line.split_once(" = ").map_or(line, |(_, text)| text);
        let outside = text.split('{').map(|part| part.split_once('}').map_or(part, |(_, rest)| rest));
        outside.collect::<Vec<_>>().join(" ").to_lowercase()
    };
    let file = format!("src/demo/texts/{}.toml", locale.tag());
    let demo = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
    let lines = translate::source(locale).lines().chain(demo.lines());
    lines.filter(|line| !line.starts_with('#')).map(sentence).collect()
}

/// Whether a text has the word. A Persian word may have an ending (گوشی‌تان), an English one a plural.
fn has(text: &str, word: &str, locale: Locale) -> bool {
    let word = word.to_lowercase();
    text.match_indices(&word).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + word.len()..]);
        let ends = match locale {
            Locale::Fa => true,
            Locale::En => !after.strip_prefix('s').unwrap_or(after).starts_with(char::is_alphanumeric),
        };
        ends && !before.ends_with(|c: char| c.is_alphanumeric() || c == '\u{200c}')
    })
}

#[test]
fn no_sentence_of_a_page_has_a_word_that_the_glossary_rules_out() {
    let mut found = Vec::new();
    for locale in Locale::ALL {
        for word in entries(locale).iter().flat_map(|entry| &entry.not) {
            let with_it = sentences(locale).into_iter().filter(|sentence| has(sentence, word, locale));
            found.extend(with_it.map(|sentence| format!("{}: “{word}” in: {sentence}", locale.tag())));
        }
    }
    assert!(found.is_empty(), "docs/glossary.md has the word to write instead:\n{}", found.join("\n"));
}

#[test]
fn every_word_of_the_glossary_is_in_use() {
    for locale in Locale::ALL {
        let text = sentences(locale).join("\n");
        let entries = entries(locale);
        assert!(entries.len() > 30, "the tables were read");
        for word in entries.iter().flat_map(|entry| &entry.uses) {
            assert!(has(&text, word, locale), "{}: no page uses “{word}”", locale.tag());
        }
    }
}

#[test]
fn the_test_of_words_sees_endings_and_no_parts_of_other_words() {
    assert!(has("به گوشی‌تان", "گوشی", Locale::Fa) && has("«پیوند»", "پیوند", Locale::Fa));
    assert!(!has("هم‌پیوند", "پیوند", Locale::Fa) && !has("نوگوشی", "گوشی", Locale::Fa));
    assert!(has("two telephones.", "telephone", Locale::En) && has("by sms", "SMS", Locale::En));
    assert!(!has("a selection", "select", Locale::En) && !has("during", "ring", Locale::En));
}
