//! What holds for every page.

use super::Language;
use super::chromium::Browser;
use crate::{environment, python};
use std::path::Path;

/// Checks the current page against what holds for every page, and keeps its screenshots.
pub async fn look_at(browser: &Browser, language: Language, name: &str) {
    let html = browser.script("return [document.documentElement.lang, document.documentElement.dir]").await;
    let direction = if language == Language::Fa { "rtl" } else { "ltr" };
    assert_eq!((html[0].as_str(), html[1].as_str()), (Some(language.tag()), Some(direction)), "language of {name}");
    let h1 = browser.script("return document.querySelectorAll('h1').length").await;
    assert_eq!(h1.as_u64(), Some(1), "{name} has one main heading");
    let nameless = browser
        .script(
            "return [...document.querySelectorAll('input:not([type=hidden])')].filter(i => !i.labels.length && !i.ariaLabel \
             && i.tabIndex >= 0).map(i => i.name)",
        )
        .await;
    assert_eq!(nameless.as_array().map(Vec::len), Some(0), "every field of {name} has a label: {nameless}");
    browser.keep(name).await;
    check_with_axe(browser, name).await;
}

/// axe-core finds nothing on the page.
pub async fn check_with_axe(browser: &Browser, name: &str) {
    let Some(file) = python::axe() else {
        assert!(environment("CI").is_none(), "axe-core is missing, and CI must not skip the accessibility check");
        return;
    };
    let source = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    browser.script(&format!("{source}; return true")).await;
    let found = browser
        .script_that_answers(
            "const done = arguments[arguments.length - 1]; axe.run(document, { resultTypes: ['violations'] }).then(\
             r => done(r.violations.map(v => v.id + ': ' + v.help + ' ' + v.nodes.map(n => n.target.join(' ')).join(', '))),\
             e => done([String(e)]))",
        )
        .await;
    assert_eq!(found.as_array().map(Vec::len), Some(0), "axe on {name}: {found:#}");
}

/// The longest part of a translated text that does not depend on its variables.
pub fn sentence(language: Language, key: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/web/locales/{}.ftl", language.tag()));
    let texts = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let mut lines =
        texts.lines().skip_while(|line| !line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('=')));
    let first = lines.next().unwrap_or_else(|| panic!("{key} has no text in {}", language.tag()));
    // A text that depends on a number has variants; the default one, marked with a star, is used here.
    let variant = lines.take_while(|line| line.starts_with(' ')).find_map(|line| line.trim().strip_prefix("*[")?.split_once(']'));
    let text = variant.map_or_else(|| first.split_once('=').expect("a text").1, |(_, text)| text);
    let stretch = text.split('{').map(|part| plain(part.split_once('}').map_or(part, |(_, rest)| rest)));
    stretch.max_by_key(String::len).filter(|stretch| stretch.len() > 4).unwrap_or_else(|| panic!("{key} has no fixed words"))
}

/// The text without direction marks, and with single spaces.
pub fn plain(text: &str) -> String {
    let visible: String = text.chars().filter(|c| !('\u{2066}'..='\u{2069}').contains(c)).collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}
