//! A citizen's browser: one connection, cookies, redirects, forms, and the phone on which codes arrive.

use crate::Failure;
use crate::http::{Answer, Connection};
use crate::prepare::{Data, PASSWORD};
use std::cell::RefCell;
use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::rc::Rc;
use url::form_urlencoded::Serializer;

/// All phones together: the newest code sent to each number, read from `outbox.jsonl` as it grows.
pub struct Phones {
    file: RefCell<File>,
    read_to: RefCell<u64>,
    codes: RefCell<HashMap<String, String>>,
}

impl Phones {
    pub fn new(outbox: &Path) -> Result<Self, Failure> {
        let file = File::options().create(true).append(true).read(true).open(outbox)?;
        let read_to = file.metadata()?.len();
        Ok(Self { file: RefCell::new(file), read_to: RefCell::new(read_to), codes: RefCell::default() })
    }

    /// Takes the code that was sent to a number.
    pub fn code(&self, mobile: &str) -> Result<String, Failure> {
        let mut new = Vec::new();
        let mut file = self.file.borrow_mut();
        let mut read_to = self.read_to.borrow_mut();
        file.seek(SeekFrom::Start(*read_to))?;
        file.read_to_end(&mut new)?;
        // A line that is still being written is left for the next read: it may end within a character.
        let whole = new.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        *read_to += u64::try_from(whole)?;
        for line in new[..whole].split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let message: serde_json::Value = serde_json::from_slice(line)?;
            if let (Some(to), Some(code)) = (message["to"].as_str(), message["code"].as_str()) {
                self.codes.borrow_mut().insert(to.to_owned(), code.to_owned());
            }
        }
        self.codes.borrow_mut().remove(mobile).ok_or_else(|| format!("no code was sent to {mobile}").into())
    }
}

/// What all flows share.
pub struct World {
    pub port: u16,
    pub data: Data,
    pub phones: Phones,
}

impl World {
    /// The provider's issuer.
    pub fn issuer(&self) -> String {
        format!("http://localhost:{}", self.port)
    }
}

/// One person at one browser.
pub struct Citizen {
    world: Rc<World>,
    /// The account.
    n: usize,
    connection: Connection,
    cookies: HashMap<String, String>,
}

/// One form of a page.
#[derive(Default)]
struct Form {
    action: String,
    hidden: Vec<(String, String)>,
    /// `autocomplete` token and name of each visible field.
    fields: Vec<(String, String)>,
    button: Option<(String, String)>,
}

impl Citizen {
    /// A person who has just opened a browser.
    pub async fn new(world: &Rc<World>, n: usize) -> Result<Self, Failure> {
        let connection = Connection::open(world.port, world.data.account(n)?.address).await?;
        Ok(Self { world: Rc::clone(world), n, connection, cookies: HashMap::new() })
    }

    /// Opens `path` and does what each page asks, until the browser is sent to `home`; returns that address.
    pub async fn walk(&mut self, path: &str, home: &str) -> Result<String, Failure> {
        let mut answer = self.get(path).await?;
        for _ in 0..20 {
            answer = match (answer.status, &answer.location) {
                (302 | 303, Some(place)) if place.starts_with(home) => return Ok(place.clone()),
                (302 | 303, Some(place)) => {
                    let path = local(place).to_owned();
                    self.get(&path).await?
                }
                (200, _) => self.fill(&String::from_utf8(answer.body)?).await?,
                (status, _) => return Err(format!("{status}: {}", String::from_utf8_lossy(&answer.body)).into()),
            };
        }
        Err("the pages never end".into())
    }

    /// Opens `path` and enters a wrong password for `national_id`; the page must return with a fault.
    pub async fn mistype(&mut self, path: &str, national_id: &str) -> Result<(), Failure> {
        let mut answer = self.get(path).await?;
        while let (302 | 303, Some(place)) = (answer.status, answer.location.clone()) {
            answer = self.get(local(&place)).await?;
        }
        let page = String::from_utf8(answer.body)?;
        let form = forms(&page).into_iter().find(|form| form.action.ends_with("/sign-in")).ok_or("no sign-in form")?;
        let typed = [("national_id", national_id), ("password", "not-the-password")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let answer = self.post(&form.action, form.hidden.into_iter().chain(typed)).await?;
        if answer.status == 422 {
            Ok(())
        } else {
            Err(format!("{}: {}", answer.status, String::from_utf8_lossy(&answer.body)).into())
        }
    }

    async fn post(&mut self, action: &str, values: impl IntoIterator<Item = (String, String)>) -> Result<Answer, Failure> {
        let body = Serializer::new(String::new()).extend_pairs(values).finish();
        let cookies = self.cookie_line();
        let answer = self.connection.post(local(action), &cookies, &body).await?;
        self.keep_cookies(&answer);
        Ok(answer)
    }

    async fn get(&mut self, path: &str) -> Result<Answer, Failure> {
        let cookies = self.cookie_line();
        let answer = self.connection.get(path, &cookies).await?;
        self.keep_cookies(&answer);
        Ok(answer)
    }

    fn cookie_line(&self) -> String {
        if self.cookies.is_empty() {
            return String::new();
        }
        let pairs: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("Cookie: {}\r\n", pairs.join("; "))
    }

    fn keep_cookies(&mut self, answer: &Answer) {
        for (name, value) in &answer.cookies {
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.clone(), value.clone());
            }
        }
    }

    async fn fill(&mut self, page: &str) -> Result<Answer, Failure> {
        let account = self.world.data.account(self.n)?;
        for form in forms(page) {
            let name = |token: &str| form.fields.iter().find(|(has, _)| has == token).map(|(_, name)| name.as_str());
            let mut values = form.hidden.clone();
            if let (Some(user), Some(password)) = (name("username webauthn"), name("current-password")) {
                values.push((user.to_owned(), account.national_id.clone()));
                values.push((password.to_owned(), PASSWORD.to_owned()));
            } else if let Some(code) = name("one-time-code") {
                values.push((code.to_owned(), self.world.phones.code(&account.mobile)?));
            } else if let Some((name, value)) = form.button.filter(|(_, value)| value == "allow") {
                values.push((name, value));
            } else {
                continue;
            }
            return self.post(&form.action, values).await;
        }
        Err(format!("no form that we know:\n{page}").into())
    }
}

/// Path and query of an address of the server.
fn local(place: &str) -> &str {
    place.strip_prefix("http://").and_then(|rest| rest.find('/').map(|at| &rest[at..])).unwrap_or(place)
}

/// The forms of one of our own pages: enough HTML for those pages only.
fn forms(page: &str) -> Vec<Form> {
    let mut forms: Vec<Form> = Vec::new();
    for tag in page.split('<').skip(1).filter_map(|rest| rest.split('>').next()) {
        if tag.starts_with("form ") {
            forms.push(Form { action: attribute(tag, "action"), ..Form::default() });
        }
        let Some(form) = forms.last_mut() else { continue };
        if tag.starts_with("input ") {
            let name = attribute(tag, "name");
            if attribute(tag, "type") == "hidden" {
                form.hidden.push((name, attribute(tag, "value")));
            } else {
                form.fields.push((attribute(tag, "autocomplete"), name));
            }
        } else if tag.starts_with("button ") && form.button.is_none() {
            form.button = Some((attribute(tag, "name"), attribute(tag, "value")));
        }
    }
    forms
}

fn attribute(tag: &str, name: &str) -> String {
    let start = format!(" {name}=\"");
    let value = tag.split_once(&start).and_then(|(_, rest)| rest.split('"').next()).unwrap_or_default();
    value.replace("&#38;", "&").replace("&amp;", "&")
}
