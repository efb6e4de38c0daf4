//! One page of the guide from Markdown to HTML, and to texts that can be searched.
//!
//! What the frame's content security policy, screen readers and phones need is made here: no inline style, tables and programs
//! that scroll by themselves and take the focus, no header cells without a text.

use crate::guide::address::uri;
use pulldown_cmark::{CodeBlockKind, CowStr, Event, Options, Parser, Tag, TagEnd, html};
use std::mem::take;

/// The address of the window in the files of `docs/connect`: that of the demo, against which the tests run their programs.
const DEMO: &str = "http://localhost:8080";

/// The same without the scheme, as settings that want a host write it.
const DEMO_HOST: &str = "localhost:8080";

/// These stand in rendered code where a reader sees the issuer, and its host: private-use characters, which no page contains.
const ISSUER: char = '\u{e000}';
const HOST: char = '\u{e001}';

// A phone shows a row as a column, and a style sheet that does so takes the meaning of a table away: the roles bring it back.
const COLUMN_HEADER: &str = "<th role=\"columnheader\" scope=\"col\">";
const CELL: &str = "<td role=\"cell\">";

/// A page after rendering.
#[derive(Debug, Default)]
pub(crate) struct Rendered {
    /// Its first heading.
    pub(crate) title: String,
    /// Its content below the first heading, with [`ISSUER`] for the issuer.
    html: String,
    /// Its sections in their order. The first has no anchor.
    pub(crate) sections: Vec<Section>,
}

/// A heading and what stands below it.
#[derive(Debug, Default)]
pub(crate) struct Section {
    /// The `id` of its heading.
    pub(crate) anchor: String,
    pub(crate) heading: String,
    pub(crate) blocks: Vec<Block>,
}

/// A paragraph, a list item, a row or a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Block {
    /// As plain text, with [`ISSUER`] for the issuer.
    pub(crate) text: String,
    /// The same in small letters, for the search.
    pub(crate) folded: String,
    pub(crate) kind: Kind,
}

/// What a block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Prose,
    Program,
}

impl Rendered {
    /// The HTML with an issuer in it.
    pub(crate) fn html_for(&self, issuer: &str) -> String {
        text_for(&self.html, &escaped(issuer))
    }
}

/// A text with an issuer in it.
pub(crate) fn text_for(text: &str, issuer: &str) -> String {
    let host = issuer.split_once("://").map_or(issuer, |(_, host)| host);
    text.replace(ISSUER, issuer).replace(HOST, host.split('/').next().unwrap_or_default())
}

/// Renders a page.
pub(crate) fn render(markdown: &str) -> Rendered {
    let mut writer = Writer::default();
    writer.page.sections.push(Section::default());
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        writer.take(event);
    }
    writer.end_block();
    let mut page = writer.page;
    html::push_html(&mut page.html, writer.events.into_iter());
    page
}

/// Reads the events of a page one by one.
#[derive(Default)]
struct Writer<'a> {
    page: Rendered,
    events: Vec<Event<'a>>,
    /// The plain text of the block that is being read.
    block: String,
    is_program: bool,
    is_head_of_table: bool,
    /// In a link whose target is not of the guide.
    leads_out: bool,
    /// Where the text of the heading or the header cell that is being read begins in `events`.
    began: usize,
}

impl<'a> Writer<'a> {
    fn take(&mut self, event: Event<'a>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => {
                let text = if self.is_program { at_the_issuer(&text).into() } else { text };
                self.block.push_str(&text);
                self.events.push(if self.is_program { html_of(escaped(&text)) } else { Event::Text(text) });
            }
            Event::Code(code) => {
                let code = at_the_issuer(&code);
                self.block.push_str(&code);
                self.events.push(html_of(format!("<code>{}</code>", breakable(&escaped(&code)))));
            }
            // The pages hold no HTML of their own; whatever looks like it is text.
            Event::Html(text) | Event::InlineHtml(text) => self.events.push(Event::Text(text)),
            Event::SoftBreak | Event::HardBreak => {
                self.block.push(' ');
                self.events.push(event);
            }
            other => self.events.push(other),
        }
    }

    fn start(&mut self, tag: Tag<'a>) {
        match tag {
            Tag::Heading { .. } => {
                self.end_block();
                self.began = self.events.len();
            }
            Tag::CodeBlock(kind) => {
                self.end_block();
                self.is_program = true;
                self.events.push(html_of(start_of_program(&kind)));
            }
            Tag::Table(_) => self.events.push(html_of("<div class=\"scroll\" tabindex=\"0\"><table role=\"table\">")),
            Tag::TableHead => {
                self.is_head_of_table = true;
                self.began = self.events.len();
                self.events.push(html_of("<thead role=\"rowgroup\"><tr role=\"row\">"));
            }
            Tag::TableRow => {
                self.end_block();
                self.events.push(html_of("<tr role=\"row\">"));
            }
            Tag::TableCell => {
                self.block.push(' ');
                self.events.push(html_of(if self.is_head_of_table { COLUMN_HEADER } else { CELL }));
            }
            // A document that is not of the guide is not served: its name stays as a text.
            Tag::Link { dest_url, .. } if dest_url.starts_with("../") => self.leads_out = true,
            Tag::Link { link_type, dest_url, title, id } => {
                self.events.push(Event::Start(Tag::Link { link_type, dest_url: target(&dest_url).into(), title, id }));
            }
            Tag::Paragraph | Tag::Item => {
                self.end_block();
                self.events.push(Event::Start(tag));
            }
            tag => self.events.push(Event::Start(tag)),
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(level) => {
                let heading = take(&mut self.block).trim().to_owned();
                if self.page.title.is_empty() {
                    self.events.truncate(self.began);
                    self.page.title = heading;
                } else {
                    let anchor = anchor(&heading);
                    self.events.insert(self.began, html_of(format!("<{level} id=\"{anchor}\">")));
                    self.events.push(html_of(format!("</{level}>\n")));
                    self.page.sections.push(Section { anchor, heading, blocks: Vec::new() });
                }
            }
            TagEnd::CodeBlock => {
                self.end_block();
                self.is_program = false;
                self.events.push(html_of("</code></pre>\n"));
            }
            TagEnd::Table => {
                self.end_block();
                self.events.push(html_of("</tbody></table></div>\n"));
            }
            TagEnd::TableHead => {
                self.is_head_of_table = false;
                self.end_head_of_table();
            }
            TagEnd::Link if take(&mut self.leads_out) => {}
            TagEnd::TableRow => self.events.push(html_of("</tr>\n")),
            TagEnd::TableCell => self.events.push(html_of(if self.is_head_of_table { "</th>" } else { "</td>" })),
            tag => self.events.push(Event::End(tag)),
        }
    }

    /// A head without any text is left out, and a header cell without one is a plain cell.
    fn end_head_of_table(&mut self) {
        if self.block.trim().is_empty() {
            self.events.truncate(self.began);
        } else {
            let mut head = String::new();
            html::push_html(&mut head, self.events.drain(self.began..));
            let head = head.replace(&format!("{COLUMN_HEADER}</th>"), &format!("{CELL}</td>"));
            self.events.push(html_of(head + "</tr></thead>\n"));
        }
        self.events.push(html_of("<tbody role=\"rowgroup\">\n"));
        self.end_block();
    }

    fn end_block(&mut self) {
        let text = take(&mut self.block).split_whitespace().collect::<Vec<_>>().join(" ");
        let kind = if self.is_program { Kind::Program } else { Kind::Prose };
        if let Some(section) = self.page.sections.last_mut().filter(|_| !text.is_empty()) {
            section.blocks.push(Block { folded: text.to_ascii_lowercase(), text, kind });
        }
    }
}

fn html_of<'a>(html: impl Into<CowStr<'a>>) -> Event<'a> {
    Event::Html(html.into())
}

/// The word after a block's language is the name of the file that it is.
fn start_of_program(kind: &CodeBlockKind<'_>) -> String {
    let file = match kind {
        CodeBlockKind::Fenced(info) => info.split_whitespace().nth(1),
        CodeBlockKind::Indented => None,
    };
    let caption = file.map(|file| format!("<p class=\"file\">{}</p>", escaped(file))).unwrap_or_default();
    format!("{caption}<pre tabindex=\"0\"><code>")
}

/// Links between the files are links between the pages.
fn target(link: &str) -> String {
    let (file, anchor) = link.split_once('#').map_or((link, None), |(file, anchor)| (file, Some(anchor)));
    let page = file.strip_suffix(".md").map_or_else(|| file.to_owned(), uri);
    anchor.map_or_else(|| page.clone(), |anchor| format!("{page}#{anchor}"))
}

/// The `id` of a heading, as the forges that show these files make it.
fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase().replace(' ', "-");
    kept.chars().filter(|sign| sign.is_alphanumeric() || "-_".contains(*sign)).collect()
}

fn at_the_issuer(code: &str) -> String {
    code.replace(DEMO, ISSUER.encode_utf8(&mut [0; 4])).replace(DEMO_HOST, HOST.encode_utf8(&mut [0; 4]))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Where a line may break in a long name or an address, so that it breaks nowhere else.
fn breakable(html: &str) -> String {
    let mut text = String::with_capacity(html.len() + 32);
    let mut signs = html.chars().peekable();
    while let Some(sign) = signs.next() {
        text.push(sign);
        let is_between = signs.peek().is_some_and(|next| next.is_alphanumeric());
        if is_between && ":/._=,(".contains(sign) {
            text.push_str("<wbr>");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(markdown: &str) -> String {
        render(markdown).html_for("https://id.example/?a&b").replace("<wbr>", "")
    }

    #[test]
    fn the_demo_s_address_becomes_the_issuer_in_code_and_stays_in_a_link_to_the_demo() {
        let page = "# T\n\nSee <http://localhost:8080/demo> and `http://localhost:8080/token`.\n\n```sh\nISSUER=http://localhost:8080\nHOST=localhost:8080\n```\n";
        let html = html(page);
        assert!(html.contains("<a href=\"http://localhost:8080/demo\">"), "{html}");
        assert!(html.contains("<code>https://id.example/?a&amp;b/token</code>"), "{html}");
        assert!(html.contains("ISSUER=https://id.example/?a&amp;b\nHOST=id.example\n</code></pre>"), "{html}");
    }

    #[test]
    fn a_heading_has_the_anchor_of_its_words_and_begins_a_section() {
        let page = render("# Title\n\nOne.\n\n## What `my` library (v2) says\n\nTwo\nlines.\n\n- an item\n\n```sh\na = 1\n```\n");
        assert_eq!(page.title, "Title");
        let sections: Vec<_> =
            page.sections.iter().map(|it| (it.anchor.as_str(), it.heading.as_str(), it.blocks.clone())).collect();
        let block = |text: &str, kind| Block { text: text.to_owned(), folded: text.to_lowercase(), kind };
        let prose = |text: &str| block(text, Kind::Prose);
        let program = block("a = 1", Kind::Program);
        let items = vec![prose("Two lines."), prose("an item"), program];
        let second = ("what-my-library-v2-says", "What my library (v2) says", items);
        assert_eq!(sections, [("", "", vec![prose("One.")]), second]);
        assert!(
            page.html.contains("<h2 id=\"what-my-library-v2-says\">What <code>my</code> library (v2) says</h2>"),
            "{}",
            page.html
        );
    }

    #[test]
    fn a_table_has_no_header_cell_without_a_text_and_no_style() {
        let bare = html("|||\n|--:|---|\n| a | `b` |\n");
        assert!(
            !bare.contains("<th")
                && !bare.contains("style")
                && bare.contains(&format!("{CELL}a</td>{CELL}<code>b</code></td></tr>")),
            "{bare}"
        );
        let half = html("| | what |\n|---|---|\n| a | b |\n");
        assert!(half.contains(&format!("{CELL}</td>{COLUMN_HEADER}what</th></tr></thead>")), "{half}");
    }

    #[test]
    fn a_line_breaks_at_the_joints_of_a_name_and_nowhere_else() {
        assert_eq!(breakable("urn:panjereh:acr:low a_b &lt;x.y/"), "urn:<wbr>panjereh:<wbr>acr:<wbr>low a_<wbr>b &lt;x.<wbr>y/");
        assert!(render("# T\n\n```sh\na_b:c\n```\n").html.contains("<code>a_b:c\n</code>"), "a program is copied as it is");
    }

    #[test]
    fn a_program_names_its_file_and_what_looks_like_html_is_text() {
        let html = html("```html a.html\n<p id=\"x\">\n```\n\n<script>alert(1)</script> <b>\n");
        assert!(html.contains("<p class=\"file\">a.html</p><pre tabindex=\"0\"><code>&lt;p id=&quot;x&quot;&gt;"), "{html}");
        assert!(!html.contains("<script") && !html.contains("<b>"), "{html}");
    }

    #[test]
    fn links_between_files_are_links_between_pages() {
        assert_eq!(target("go.md"), "/developers/go");
        assert_eq!(target("README.md#how-sure-is-it"), "/developers#how-sure-is-it");
        assert_eq!(target("#refresh"), "#refresh");
        assert_eq!(target("https://example.org/a.html"), "https://example.org/a.html");
        let out = html("# T\n\nSee [the *operator's* page](../operating.md) and [Go](go.md).\n");
        assert_eq!(out, "<p>See the <em>operator's</em> page and <a href=\"/developers/go\">Go</a>.</p>\n");
    }
}
