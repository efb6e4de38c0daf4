//! Finds words in the guide: a plain GET form, no script, no index. The guide is small enough to be read through.

use crate::guide::address::uri;
use crate::guide::markdown::{Block, Kind, Section, text_for};
use crate::guide::pages::Page;

/// A longer question is cut: libraries print whole paragraphs.
const MOST_LETTERS: usize = 300;
/// The words that are looked for: each costs a walk through the whole guide, a fifth of a millisecond.
const MOST_WORDS: usize = 12;
const MOST_HITS: usize = 12;
/// How much of a block is shown before the word that was found, and in all.
const BEFORE: usize = 80;
const EXCERPT: usize = 260;

/// A place in the guide that a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Its address.
    pub uri: String,
    /// The title of its page.
    pub title: String,
    /// The heading above it; empty at the beginning of a page.
    pub section: String,
    /// Its text before a word that was asked for.
    pub before: String,
    /// That word.
    pub found: String,
    /// Its text after that word.
    pub after: String,
}

/// A question without control characters and of a bounded length.
pub(crate) fn readable(question: &str) -> String {
    let printable = question.chars().map(|sign| if sign.is_control() { ' ' } else { sign });
    printable.take(MOST_LETTERS).collect::<String>().trim().to_owned()
}

/// The best places for a question, the best first. The most of its words decide: a library's message, pasted whole, has words in
/// it that no page can have (an address, a number).
pub(crate) fn search(guide: &[Page], question: &str, issuer: &str) -> Vec<Hit> {
    let words = words(question);
    let places = guide.iter().flat_map(|page| page.rendered.sections.iter().map(move |section| (page, section)));
    let mut found: Vec<(usize, Hit)> = places
        .filter_map(|(page, section)| {
            let (score, block) = best_block(page, section, &words)?;
            Some((score, hit(page, section, &text_for(&block.text, issuer), &words)))
        })
        .collect();
    found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    let enough = found.first().map_or(0, |(best, _)| best * 2 / 3);
    found.into_iter().filter(|(score, _)| *score >= enough).map(|(_, hit)| hit).take(MOST_HITS).collect()
}

fn words(question: &str) -> Vec<String> {
    let mut words = Vec::new();
    for word in question.split_whitespace() {
        let word = word.trim_matches(|sign: char| !sign.is_alphanumeric()).to_ascii_lowercase();
        if word.chars().count() > 1 && !words.contains(&word) && words.len() < MOST_WORDS {
            words.push(word);
        }
    }
    words
}

/// The block of a section with the most of the words in it or in its headings. A word in a program counts less: programs hold many.
fn best_block<'a>(page: &Page, section: &'a Section, words: &[String]) -> Option<(usize, &'a Block)> {
    let headings = format!("{} {} {}", page.name, page.rendered.title, section.heading).to_ascii_lowercase();
    let score = |block: &Block| {
        let here = if block.kind == Kind::Program { 1 } else { 3 };
        let of_word =
            |word: &String| usize::from(headings.contains(word)) * 2 + usize::from(block.folded.contains(word.as_str())) * here;
        words.iter().map(of_word).sum::<usize>()
    };
    // The first of equals: `max_by_key` would take the last.
    let blocks = section.blocks.iter().rev().map(|block| (score(block), block));
    blocks.max_by_key(|(score, _)| *score).filter(|(score, _)| *score > 0)
}

fn hit(page: &Page, section: &Section, block: &str, words: &[String]) -> Hit {
    let lower = block.to_ascii_lowercase();
    let longest_first = |word: &&String| std::cmp::Reverse(word.len());
    let mut by_length: Vec<&String> = words.iter().collect();
    by_length.sort_by_key(longest_first);
    let place = by_length.into_iter().find_map(|word| lower.find(word.as_str()).map(|at| (at, at + word.len())));
    let (from, to) = place.unwrap_or((0, 0));
    let begin = block.floor_char_boundary(from.saturating_sub(BEFORE));
    // Not in the middle of a word.
    let begin = if begin == 0 { 0 } else { block[begin..from].find(' ').map_or(begin, |space| begin + space + 1) };
    let end = block.floor_char_boundary((begin + EXCERPT).max(to));
    let anchor = if section.anchor.is_empty() { String::new() } else { format!("#{}", section.anchor) };
    Hit {
        uri: uri(page.name) + &anchor,
        title: page.rendered.title.clone(),
        section: section.heading.clone(),
        before: format!("{}{}", if begin > 0 { "… " } else { "" }, &block[begin..from]),
        found: block[from..to].to_owned(),
        after: format!("{}{}", &block[to..end], if end < block.len() { " …" } else { "" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guide::markdown::render;
    use proptest::prelude::*;

    fn guide() -> Vec<Page> {
        let go = "# Go\n\nBegin.\n\n## What to watch\n\n- The clock of the *server*.\n- `oidc: issuer did not match` needs the address.\n";
        let java = "# Java\n\nA server.\n";
        [("go", go), ("java", java)].map(|(name, text)| Page { name, rendered: render(text) }).into()
    }

    #[test]
    fn a_message_that_was_pasted_whole_finds_its_row_though_it_holds_an_address() {
        let found = search(&guide(), "panic: oidc: issuer did not match \"https://id.example\"", "https://id.example");
        assert_eq!(found[0].uri, "/developers/go#what-to-watch");
        let excerpt = format!("{}[{}]{}", found[0].before, found[0].found, found[0].after);
        assert_eq!(excerpt, "oidc: [issuer] did not match needs the address.");
    }

    #[test]
    fn the_name_of_a_page_finds_it_first() {
        assert_eq!(search(&guide(), "JAVA server", "x")[0].uri, "/developers/java");
        assert!(search(&guide(), "unheard-of", "x").is_empty());
        assert!(search(&guide(), "? !", "x").is_empty());
    }

    proptest! {
        #[test]
        fn any_question_has_an_answer(question in ".{0,400}", text in "[ -~\u{e9}\u{645}\u{130}]{0,600}") {
            let guide = [Page { name: "x", rendered: render(&format!("# T\n\n{text}\n")) }];
            let question = readable(&question);
            prop_assert!(question.chars().count() <= MOST_LETTERS && !question.contains(char::is_control));
            search(&guide, &question, "https://id.example");
            search(&guide, &text, "https://id.example");
        }
    }
}
