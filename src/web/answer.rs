//! Answers: pages, JSON, and the ways back to a client. The only place where a failure becomes an HTTP response.

use crate::app::unavailable::Breakdown;
use crate::oidc::authorization::response::{AuthorizationResponse, to_query_redirect};
use crate::oidc::authorization::response_mode::Carrier;
use crate::oidc::error::{OAuthError, RetryAfter, bearer_challenge};
use crate::web::layout::{Layout, Link};
use crate::web::pages::form_post::FormPost;
use crate::web::pages::leaving::{Leaving, Onward};
use crate::web::pages::refusal::{Refusal, RefusalKind, Way};
use crate::web::visitor::Visitor;
use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::time::Duration;

/// The content security policy of every page: only our own files, and forms that post to us.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; \
                      base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

/// What a page reaches besides our own files: addresses that a client registered.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Beyond<'a> {
    /// The address that the redirect after its form may lead to.
    pub(crate) form: Option<&'a str>,
    /// Images on it: the logo of the agency that asks, or of agencies that know the reader already.
    ///
    /// The reader's browser fetches them from the agency. A proxy of ours would hide the reader from the agency, which sent this
    /// very browser here a moment ago and knows it. It would also serve a third party's bytes under the issuer's own origin,
    /// where a mistake about their type is a script with a citizen's session. So the policy of this one page names the image's
    /// origin, the registration accepts only a host of the agency, no referrer is sent (`no-referrer`), and an SVG in an `img`
    /// runs no script.
    pub(crate) images: &'a [String],
}

/// A page.
pub(crate) fn page(status: StatusCode, template: &impl Template) -> Response {
    page_reaching(status, template, Beyond::default())
}

/// A page whose form may lead to a redirect to `target`.
pub(crate) fn page_leading_to(status: StatusCode, template: &impl Template, target: Option<&str>) -> Response {
    page_reaching(status, template, Beyond { form: target, images: &[] })
}

/// A page that reaches beyond our own files.
pub(crate) fn page_reaching(status: StatusCode, template: &impl Template, beyond: Beyond<'_>) -> Response {
    let Ok(html) = template.render() else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let mut response = (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response();
    let mut images: Vec<String> = beyond.images.iter().filter_map(|uri| image_source(uri)).collect();
    images.sort();
    images.dedup();
    let policy = match beyond.form.and_then(form_sources) {
        None if images.is_empty() => HeaderValue::from_static(POLICY),
        form => HeaderValue::from_str(&policy(form.as_deref(), &images)).unwrap_or(HeaderValue::from_static(POLICY)),
    };
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Browsers apply `form-action` also to the redirects that follow a form, and not only to ours. Many agencies receive the
/// callback at one host and redirect the person to another, so behind an https callback every https address is allowed. With the
/// callback's origin alone those people would end on an empty page, at the end of a sign-in.
fn policy(form: Option<&str>, images: &[String]) -> String {
    let mut policy = POLICY.to_owned();
    if !images.is_empty() {
        policy = policy.replacen("img-src 'self'", &format!("img-src 'self' {}", images.join(" ")), 1);
    }
    if let Some(form) = form {
        policy.push(' ');
        policy.push_str(form);
    }
    policy
}

/// The origin of an image; `None` where the text is no web address.
fn image_source(uri: &str) -> Option<String> {
    form_target(uri).filter(|origin| origin.starts_with("https://") || origin.starts_with("http://"))
}

/// A page with frames: the only frames on any page of ours, each of an agency's registered origin.
pub(crate) fn page_with_frames(template: &impl Template, frames: &[String]) -> Response {
    let mut response = page(StatusCode::OK, template);
    let mut origins: Vec<String> = frames.iter().filter_map(|frame| form_target(frame)).collect();
    origins.sort();
    origins.dedup();
    if !origins.is_empty()
        && let Ok(policy) = HeaderValue::from_str(&format!("{POLICY}; frame-src {}", origins.join(" ")))
    {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// Every port of the loopback addresses, and https.
const LOOPBACK_SOURCES: &str = "http://127.0.0.1:* http://localhost:* http://[::1]:* https:";

/// What `form-action` must allow for a form whose redirect leads to this address.
///
/// A loopback callback is a developer's server, or an application that opened a port for this one sign-in (RFC 8252 §7.3). Both send
/// the browser on: to the port of a front end, or to a page of the application's maker. If the browser stopped there, the code would be
/// used and the person would see nothing.
fn form_sources(target: &str) -> Option<String> {
    let origin = form_target(target)?;
    Some(match url::Url::parse(target).ok()?.host() {
        _ if origin.starts_with("https://") => "https:".to_owned(),
        // Browsers know no IPv6 address in a policy and ignore it there (CSP 3 §2.3.1, `host-char`): only the scheme matches it.
        Some(url::Host::Ipv6(address)) if address.is_loopback() => format!("{LOOPBACK_SOURCES} http:"),
        Some(url::Host::Ipv4(address)) if address.is_loopback() => LOOPBACK_SOURCES.to_owned(),
        Some(url::Host::Domain("localhost")) => LOOPBACK_SOURCES.to_owned(),
        _ => origin,
    })
}

/// The origin of a web address, or the scheme of a native application. It must hold no character that ends a source or a
/// directive of the policy. The registration rejects such hosts; this check covers what was registered before that rule.
fn form_target(uri: &str) -> Option<String> {
    let url = url::Url::parse(uri).ok()?;
    let source = match url.origin() {
        origin @ url::Origin::Tuple(..) => origin.ascii_serialization(),
        url::Origin::Opaque(_) => format!("{}:", url.scheme()),
    };
    source.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._+:/[]".contains(&b)).then_some(source)
}

/// A refusal: what happened, what to do next, and the reference number that a reader gives when asking for help.
pub(crate) fn refuse(layout: Layout, kind: RefusalKind, ways: Vec<Way>, back: Option<Link>) -> Response {
    let status = StatusCode::from_u16(kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    // Support finds this line by the number that the reader reports.
    tracing::info!(kind = kind.name(), status = status.as_u16(), "a refusal page was shown");
    let wait = kind.retry_after();
    let mut response = page(status, &Refusal { layout, kind, ways, back });
    if let Some(wait) = wait {
        put_retry_after(&mut response, wait);
    }
    response
}

/// A refusal without a link to go on.
pub(crate) fn refuse_plainly(visitor: &Visitor, kind: RefusalKind) -> Response {
    refuse(visitor.layout(&[]), kind, Vec::new(), None)
}

/// An internal failure: the cause is logged under the reference number, and the reader sees the number. One that may pass is answered
/// with 503 and `Retry-After` (RFC 9110 §15.6.4), another with 500.
pub(crate) fn broken(visitor: &Visitor, failure: impl Into<Breakdown>) -> Response {
    let Breakdown { cause, may_pass } = failure.into();
    tracing::error!(%cause, "a request could not be answered");
    refuse_plainly(visitor, if may_pass { RefusalKind::Unavailable } else { RefusalKind::Server })
}

/// A redirect to another page, by GET (RFC 9110 §15.4.4; RFC 9700 §4.12 forbids 307).
pub(crate) fn see_other(location: &str) -> Response {
    match HeaderValue::from_str(location) {
        Ok(location) => {
            let headers = [(header::LOCATION, location), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
            (StatusCode::SEE_OTHER, headers).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// Back to the client, by the response mode of its request (RFC 6749 §4.1.2, Form Post Response Mode 1.0).
pub(crate) fn to_client(response: &AuthorizationResponse, layout: Layout, agency: String) -> Response {
    match response.carrier {
        Carrier::Query => see_other(&to_query_redirect(&response.redirect_uri, &response.params)),
        Carrier::Form => {
            // The interaction is over.
            let layout = Layout { time: None, ..layout };
            let form = FormPost { layout, agency, action: response.redirect_uri.clone(), fields: response.fields() };
            page_leading_to(StatusCode::OK, &form, Some(&response.redirect_uri))
        }
    }
}

/// The page before the browser leaves for an address of a client that nobody vouches for (RFC 9700 §4.11.2).
pub(crate) fn leaving(layout: Layout, agency: String, onward: Onward) -> Response {
    let target = match &onward {
        Onward::Link(uri) => uri,
        Onward::Form { action, .. } => action,
    }
    .clone();
    let place = place_of(&target);
    page_leading_to(StatusCode::OK, &Leaving { layout, agency, place, onward }, Some(&target))
}

/// Where an address leads, as a page can name it: the host with its port, or the scheme of an application on the device.
fn place_of(uri: &str) -> String {
    let Ok(url) = url::Url::parse(uri) else { return String::new() };
    match url.host_str() {
        Some(host) => url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")),
        None => format!("{}:", url.scheme()),
    }
}

/// JSON that must not be cached: RFC 6749 §5.1 requires both headers, the second for caches of HTTP/1.0.
pub(crate) fn json_no_store(status: StatusCode, body: &impl Serialize) -> Response {
    let Ok(body) = serde_json::to_vec(body) else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::PRAGMA, HeaderValue::from_static("no-cache")),
    ];
    (status, headers, body).into_response()
}

/// RFC 6750 §3: a request without any token learns how to authenticate, and no error code.
pub(crate) fn bearer_needed(realm: &str) -> Response {
    let challenge = HeaderValue::from_str(&bearer_challenge(realm)).unwrap_or(HeaderValue::from_static("Bearer"));
    let headers = [(header::WWW_AUTHENTICATE, challenge), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    (StatusCode::UNAUTHORIZED, headers).into_response()
}

/// An error of the token endpoint and of the other endpoints for clients (RFC 6749 §5.2).
pub(crate) fn oauth_error(error: &OAuthError, realm: &str) -> Response {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = json_no_store(status, error);
    if let Some(challenge) = error.challenge(realm).and_then(|challenge| HeaderValue::from_str(&challenge).ok()) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    if let Some(wait) = error.retry_after.map(RetryAfter::wait) {
        put_retry_after(&mut response, wait);
    }
    response
}

/// Rounded up, so that a client which retries at that second is not too early (RFC 6585 §4, RFC 9110 §10.2.3).
fn put_retry_after(response: &mut Response, wait: Duration) {
    let seconds = wait.as_millis().div_ceil(1000).max(1);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(u64::try_from(seconds).unwrap_or(u64::MAX)));
}

#[cfg(test)]
mod tests {
    use crate::web::answer::{LOOPBACK_SOURCES, POLICY, form_sources, form_target, image_source, policy};

    #[test]
    fn a_form_may_lead_to_an_origin_or_to_an_application_s_scheme() {
        assert_eq!(form_target("https://tax.example/cb?x=1").as_deref(), Some("https://tax.example"));
        assert_eq!(form_target("http://localhost:8081/callback").as_deref(), Some("http://localhost:8081"));
        assert_eq!(form_target("ir.example.app:/cb").as_deref(), Some("ir.example.app:"));
        assert_eq!(form_target("not a uri"), None);
    }

    #[test]
    fn an_image_adds_its_origin_to_the_images_and_to_nothing_else() {
        let image = image_source("https://tax.example:8443/logo.png?v=2;script-src *").unwrap();
        assert_eq!(image, "https://tax.example:8443");
        let with_both = policy(Some("https:"), std::slice::from_ref(&image));
        assert_eq!(with_both.replacen(" https://tax.example:8443", "", 1), format!("{POLICY} https:"));
        assert!(with_both.contains("img-src 'self' https://tax.example:8443; font-src 'self'"));
        for none in ["data:image/png;base64,AA", "javascript:1", "ir.example.app:/logo", "//tax.example/x", ""] {
            assert_eq!(image_source(none), None, "{none}");
        }
    }

    #[test]
    fn no_address_writes_into_the_policy() {
        for uri in ["https://a;script-src-elem/x", "https://a,b/x", "https://a'b/x", "https://a*/x", "https://a$b/"] {
            assert!(url::Url::parse(uri).is_ok(), "must parse as a URL: {uri}");
            assert_eq!((form_target(uri), image_source(uri)), (None, None), "{uri}");
        }
        assert_eq!(form_target("http://[::1]:8081/cb").as_deref(), Some("http://[::1]:8081"));
    }

    #[test]
    fn behind_an_https_callback_an_agency_may_send_people_on_to_another_of_its_hosts() {
        assert_eq!(form_sources("https://tax.example/cb").as_deref(), Some("https:"));
        assert_eq!(form_sources("ir.example.app:/cb").as_deref(), Some("ir.example.app:"));
    }

    #[test]
    fn behind_a_loopback_callback_a_developer_s_server_may_send_people_on_to_another_of_its_ports() {
        for callback in ["http://127.0.0.1:8081/cb", "http://localhost:8081/cb", "http://127.0.0.1/cb", "http://LOCALHOST/cb"] {
            assert_eq!(form_sources(callback).as_deref(), Some(LOOPBACK_SOURCES), "{callback}");
        }
        assert_eq!(form_sources("http://[::1]:8081/cb"), Some(format!("{LOOPBACK_SOURCES} http:")));
        // A name that only looks like one is another host.
        for other in
            ["http://localhost.example/cb", "http://127.0.0.1.example/cb", "http://192.0.2.7:81/cb", "http://[2001:db8::1]/cb"]
        {
            assert_eq!(form_sources(other), form_target(other), "{other}");
        }
    }
}
