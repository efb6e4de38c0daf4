//! One page of `docs/connect` and its fenced blocks. The word after a block's language is the name of the file in it.

use std::path::{Path, PathBuf};

/// Where the pages are.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/connect")
}

/// A page.
pub struct Page {
    name: String,
    text: String,
    blocks: Vec<Block>,
}

struct Block {
    language: String,
    file: Option<String>,
    text: String,
}

impl Page {
    /// Reads `docs/connect/{name}.md`.
    pub fn read(name: &str) -> Self {
        let path = folder().join(format!("{name}.md"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self { name: name.to_owned(), blocks: blocks(&text), text }
    }

    /// The same page with words replaced in all of its blocks; each of them must occur.
    pub fn with(mut self, changes: &[(&str, &str)]) -> Self {
        for (old, new) in changes {
            assert!(self.blocks.iter().any(|block| block.text.contains(old)), "{}.md has no {old}", self.name);
            for block in &mut self.blocks {
                block.text = block.text.replace(old, new);
            }
        }
        self
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// The blocks in a language.
    pub fn all_of<'a>(&'a self, language: &'a str) -> impl Iterator<Item = &'a str> {
        self.blocks.iter().filter(move |block| block.language == language).map(|block| block.text.as_str())
    }

    /// The agency file: the page's one block of TOML.
    pub fn agency_file(&self) -> &str {
        let mut files = self.all_of("toml");
        let file = files.next().unwrap_or_else(|| panic!("{}.md has no agency file", self.name));
        assert!(files.next().is_none(), "{}.md has several agency files", self.name);
        file
    }

    /// The blocks that are files: name and content.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.blocks.iter().filter_map(|block| Some((block.file.as_deref()?, block.text.as_str())))
    }

    /// The targets of its links into the repository.
    pub fn links(&self) -> impl Iterator<Item = &str> {
        let after = self.text.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
        after.map(|(link, _)| link).filter(|link| !link.starts_with("http"))
    }
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for line in page.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => {
                let mut words = info.split_whitespace().map(str::to_owned);
                open = Some(Block { language: words.next().unwrap_or_default(), file: words.next(), text: String::new() });
            }
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(block), None) => block.text.extend([line, "\n"]),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a fenced block is not closed");
    blocks
}
