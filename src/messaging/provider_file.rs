//! A provider file: one provider in TOML, with its password or its key. `docs/messages.md` describes it; `deploy/sms-http.toml` and
//! `deploy/sms-smpp.toml` are examples, which a test reads.

use crate::crypto::server_tls::ServerConnector;
use crate::messaging::http::{Answers, Escape, HttpGateway, Template};
use crate::messaging::providers::{Provider, Way};
use crate::messaging::smpp::{Account, ReceiptIds, SmppLink, SmppSettings, Source};
use crate::outbound::{ClientIdentity, ConfiguredDoor, Destination, Limits};
use crate::records::delivery::message::Receipt;
use crate::secret::Secret;
use crate::settings::{ServerTls, span};
use rusmpp::types::COctetString;
use rusmpp::values::{Npi, Ton};
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::mpsc;

/// The longest name of a provider.
const LONGEST_NAME: usize = 32;
/// The longest answer of a gateway that is read.
const LONGEST_ANSWER: usize = 64 * 1024;
/// The bounds of a time limit.
const TIMEOUTS: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(30);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProviderFile {
    name: String,
    http: Option<Http>,
    smpp: Option<Smpp>,
    tls: Option<TlsFiles>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Http {
    #[serde(default = "post")]
    method: String,
    url: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    content_type: Option<String>,
    body: Option<String>,
    #[serde(default = "taken")]
    accepted: Vec<u16>,
    #[serde(default = "never_taken")]
    refused: Vec<u16>,
    accepted_at: Option<String>,
    #[serde(default)]
    accepted_values: Vec<String>,
    #[serde(default)]
    refused_values: Vec<String>,
    message_id_at: Option<String>,
    #[serde(default = "ten_seconds", deserialize_with = "duration")]
    timeout: Duration,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Smpp {
    host: String,
    #[serde(default = "smpp_port")]
    port: u16,
    system_id: String,
    password: Secret<String>,
    #[serde(default)]
    system_type: String,
    source: String,
    source_ton: Option<u8>,
    source_npi: Option<u8>,
    #[serde(default = "ten")]
    window: usize,
    #[serde(default = "thirty_seconds", deserialize_with = "duration")]
    enquire_link: Duration,
    #[serde(default = "ten_seconds", deserialize_with = "duration")]
    timeout: Duration,
    #[serde(default)]
    receipt_ids: ReceiptIds,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TlsFiles {
    ca: Option<PathBuf>,
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
}

fn post() -> String {
    "POST".to_owned()
}
fn taken() -> Vec<u16> {
    vec![200, 201, 202, 204]
}
fn never_taken() -> Vec<u16> {
    vec![400, 422]
}
const fn ten_seconds() -> Duration {
    Duration::from_secs(10)
}
const fn thirty_seconds() -> Duration {
    Duration::from_secs(30)
}
const fn smpp_port() -> u16 {
    2775
}
const fn ten() -> usize {
    10
}

fn duration<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(from)?;
    span::parse(&text).ok_or_else(|| serde::de::Error::custom("no duration: give a number and s, m, h or d"))
}

/// The provider that a file describes. The error does not show values of the file, which holds a password.
pub(crate) fn provider(text: &str, receipts: &mpsc::Sender<Receipt>) -> Result<Provider, String> {
    let file: ProviderFile = toml::from_str(text).map_err(|error| problem(text, &error))?;
    let fits = |sign: char| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == '-';
    if file.name.is_empty() || file.name.len() > LONGEST_NAME || !file.name.chars().all(fits) {
        return Err(format!("name: give 1 to {LONGEST_NAME} of a-z, 0-9 and -"));
    }
    let way = match (file.http, file.smpp) {
        (Some(http), None) => Way::Http(Box::new(gateway(http, file.tls.as_ref())?)),
        (None, Some(smpp)) => Way::Smpp(SmppLink::new(link(&file.name, smpp, file.tls)?, receipts.clone())),
        _ => return Err("give one of the sections [http] and [smpp]".to_owned()),
    };
    Ok(Provider::new(file.name, way))
}

/// Line and reason, without the line itself.
fn problem(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let message = error.message();
    // What serde says of a wrong type repeats the value.
    let harmless = ["unknown field", "missing field", "duplicate", "no duration", "unknown variant"];
    let reason =
        if harmless.iter().any(|known| message.starts_with(known)) { message } else { "not TOML, or a value of another type" };
    format!("line {}: {reason}", before.matches('\n').count() + 1)
}

fn within(name: &str, given: Duration, bounds: RangeInclusive<Duration>) -> Result<Duration, String> {
    let wanted = || format!("{name}: give {} to {}", span::show(*bounds.start()), span::show(*bounds.end()));
    bounds.contains(&given).then_some(given).ok_or_else(wanted)
}

fn gateway(http: Http, tls: Option<&TlsFiles>) -> Result<HttpGateway, String> {
    let url = Template::parse(&http.url, Escape::Percent).map_err(|problem| format!("http.url: {problem}"))?;
    let method = http.method.to_ascii_uppercase();
    if !matches!(method.as_str(), "GET" | "POST" | "PUT") {
        return Err("http.method: give GET, POST or PUT".to_owned());
    }
    let body = match (&http.body, &http.content_type) {
        (None, None) => None,
        (Some(body), Some(media_type)) => {
            let known =
                "http.content_type: give application/json, application/x-www-form-urlencoded, application/xml or text/plain";
            let escape = Escape::of(media_type).ok_or(known)?;
            Some((media_type.clone(), Template::parse(body, escape).map_err(|problem| format!("http.body: {problem}"))?))
        }
        _ => return Err("http.body and http.content_type: give both or none".to_owned()),
    };
    let headers = headers(&http.headers)?;
    let places = || std::iter::once(&url).chain(body.iter().map(|(_, body)| body)).chain(headers.iter().map(|(_, value)| value));
    if !places().any(Template::has_recipient) {
        return Err("nothing names the recipient: put {to} or {digits} into http.url or http.body".to_owned());
    }
    if http.accepted_at.is_none() && !(http.accepted_values.is_empty() && http.refused_values.is_empty()) {
        return Err("http.accepted_at: give the member that has accepted_values and refused_values".to_owned());
    }
    let door = door(&url, tls, within("http.timeout", http.timeout, TIMEOUTS)?)?;
    let where_accepted = http.accepted_at.map(|pointer| (pointer, http.accepted_values));
    let answers = Answers {
        accepted: http.accepted,
        refused: http.refused,
        where_accepted,
        where_refused: http.refused_values,
        message_id: http.message_id_at,
    };
    Ok(HttpGateway { door, method, url, headers, body, answers })
}

/// The text of a message is in no header field: its line breaks and its letters have no place there.
fn headers(given: &BTreeMap<String, String>) -> Result<Vec<(String, Template)>, String> {
    let read = |(name, value): (&String, &String)| {
        let is_field = http::HeaderName::from_bytes(name.as_bytes()).is_ok() && http::HeaderValue::from_str(value).is_ok();
        let template = Template::parse(value, Escape::Plain).ok().filter(|template| is_field && !template.has_text());
        let template = template.ok_or_else(|| format!("http.headers: {name} cannot be a header field, or has {{text}} in it"))?;
        Ok((name.clone(), template))
    };
    given.iter().map(read).collect()
}

/// The server is fixed: no place of a message stands before the path.
fn door(url: &Template, tls: Option<&TlsFiles>, timeout: Duration) -> Result<ConfiguredDoor, String> {
    let beginning = url.beginning();
    let is_fixed = beginning.split_once("://").is_some_and(|(_, rest)| rest.contains('/'));
    if !is_fixed {
        return Err("http.url: give a whole URL with a path; {…} may stand in the path and after it only".to_owned());
    }
    let read = |path: &PathBuf| std::fs::read(path).map_err(|error| format!("tls: {} cannot be read: {error}", path.display()));
    let ca = tls.and_then(|tls| tls.ca.as_ref()).map(read).transpose()?;
    let pair = match tls.map(|tls| (&tls.certificate, &tls.key)) {
        None | Some((None, None)) => None,
        Some((Some(certificate), Some(key))) => Some((read(certificate)?, Secret::new(read(key)?))),
        Some(_) => return Err("tls: give certificate and key, or none of them".to_owned()),
    };
    let identity = pair.as_ref().map(|(certificate, key)| ClientIdentity { certificate_pem: certificate, key_pem: key });
    let destination = Destination { url: beginning, ca_pem: ca.as_deref(), identity };
    let limits = Limits { timeout, response_limit: LONGEST_ANSWER };
    ConfiguredDoor::new(&destination, limits).map_err(|error| format!("http.url: {error}"))
}

fn link(name: &str, smpp: Smpp, tls: Option<TlsFiles>) -> Result<SmppSettings, String> {
    let too_long = |key: &str, most: usize| format!("smpp.{key}: give at most {most} characters of ASCII");
    if smpp.host.is_empty() || !(1..=1_000).contains(&smpp.window) {
        return Err("smpp: give a host, and a window of 1 to 1000".to_owned());
    }
    let is_number = smpp.source.bytes().all(|byte| byte.is_ascii_digit());
    // A word is alphanumeric (5); a short number has no plan that all networks know (0).
    let (ton, npi) = if is_number { (0, 0) } else { (5, 0) };
    let tls = tls.map(|TlsFiles { ca, certificate, key }| ServerTls { ca, certificate, key, ..ServerTls::default() });
    Ok(SmppSettings {
        name: name.to_owned(),
        tls: tls.map(|tls| ServerConnector::new(&tls)).transpose().map_err(|error| format!("tls: {error}"))?,
        account: Account {
            system_id: COctetString::from_string(smpp.system_id).map_err(|_| too_long("system_id", 15))?,
            password: COctetString::from_string(smpp.password.expose().clone()).map_err(|_| too_long("password", 8))?,
            system_type: COctetString::from_string(smpp.system_type).map_err(|_| too_long("system_type", 12))?,
        },
        source: Source {
            address: COctetString::from_string(smpp.source).map_err(|_| too_long("source", 20))?,
            ton: Ton::from(smpp.source_ton.unwrap_or(ton)),
            npi: Npi::from(smpp.source_npi.unwrap_or(npi)),
        },
        host: smpp.host,
        port: smpp.port,
        window: smpp.window,
        enquire_link: within("smpp.enquire_link", smpp.enquire_link, Duration::from_secs(1)..=Duration::from_mins(10))?,
        timeout: within("smpp.timeout", smpp.timeout, TIMEOUTS)?,
        receipt_ids: smpp.receipt_ids,
    })
}
