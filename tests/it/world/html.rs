//! A small reader for HTML of our own markup: forms with their fields and buttons, links, and the text without tags.

/// A form as a browser fills it in before it sends it.
#[derive(Debug, Clone)]
pub struct Form {
    pub action: String,
    /// Names and values of its fields, the hidden ones included.
    pub fields: Vec<(String, String)>,
    buttons: Vec<Button>,
}

#[derive(Debug, Clone)]
struct Button {
    id: String,
    pair: Option<(String, String)>,
}

impl Form {
    /// Types into a field, which must be there.
    #[must_use]
    pub fn fill(mut self, name: &str, value: &str) -> Self {
        let field = self.fields.iter_mut().find(|(known, _)| known == name);
        value.clone_into(&mut field.unwrap_or_else(|| panic!("the form {} has no field {name}", self.action)).1);
        self
    }

    /// Sends a field that the page does not have.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Presses a button by its id; its name and value are sent.
    #[must_use]
    pub fn press(mut self, id: &str) -> Self {
        let button = self.buttons.iter().find(|button| button.id == id);
        let button = button.unwrap_or_else(|| panic!("the form {} has no button {id}", self.action));
        self.fields.extend(button.pair.clone());
        self
    }

    /// Whether the page has a field of this name.
    pub fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|(known, _)| known == name)
    }

    pub fn value(&self, name: &str) -> &str {
        self.fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// The body that a browser sends.
    pub fn body(&self) -> String {
        encode(&self.fields)
    }
}

/// Pairs as `application/x-www-form-urlencoded`.
pub fn encode<N: AsRef<str>, V: AsRef<str>>(pairs: &[(N, V)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// Every form of a page.
pub fn forms(html: &str) -> Vec<Form> {
    html.split("<form").skip(1).map(|rest| form(rest.split("</form>").next().unwrap())).collect()
}

fn form(html: &str) -> Form {
    let action = attribute(html.split('>').next().unwrap(), "action").expect("a form has an action");
    let fields = tags(html, "<input").filter_map(pair).collect();
    let submits = tags(html, "<button").filter(|tag| attribute(tag, "type").as_deref() == Some("submit"));
    let buttons = submits.map(|tag| Button { id: attribute(tag, "id").unwrap_or_default(), pair: pair(tag) }).collect();
    Form { action, fields, buttons }
}

fn pair(tag: &str) -> Option<(String, String)> {
    Some((attribute(tag, "name")?, attribute(tag, "value").unwrap_or_default()))
}

fn tags<'a>(html: &'a str, start: &'a str) -> impl Iterator<Item = &'a str> {
    html.split(start).skip(1).map(|rest| rest.split('>').next().unwrap())
}

/// The targets of all links.
pub fn links(html: &str) -> Vec<String> {
    tags(html, "<a ").filter_map(|tag| attribute(tag, "href")).collect()
}

/// The value of an attribute, decoded.
pub fn attribute(tag: &str, name: &str) -> Option<String> {
    let tag = format!(" {}", tag.replace(char::is_whitespace, " "));
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    Some(decode(rest.split('"').next()?))
}

/// The visible text: without tags, references decoded, white space folded.
pub fn text(html: &str) -> String {
    let without_tags: String = html.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text).collect();
    fold(&decode(&without_tags))
}

/// White space folded, for comparing.
pub fn fold(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn decode(text: &str) -> String {
    let mut parts = text.split('&');
    let mut decoded = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (reference, rest) = part.split_once(';').expect("every & begins a reference");
        decoded.push(match reference {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            number => number.strip_prefix('#').and_then(|n| n.parse().ok()).and_then(char::from_u32).expect("a known reference"),
        });
        decoded.push_str(rest);
    }
    decoded
}

#[test]
fn a_form_is_read_as_a_browser_reads_it() {
    let html = r#"<p>x<form id="f" method="post" action="/a?b&#38;c"><input type="hidden" name="csrf" value="&#34;1"><input
        name="code" required><button type="button" id="no">n</button><button type="submit" name="d" value="allow" id="yes">j</button></form>"#;
    let form = forms(html).remove(0);
    assert_eq!(form.action, "/a?b&c");
    let sent = form.fill("code", "۱ 2").press("yes");
    assert_eq!(sent.body(), "csrf=%221&code=%DB%B1+2&d=allow");
    assert_eq!(text("<p>a <b>b</b>&#39;\n c</p>"), "a b' c");
}
