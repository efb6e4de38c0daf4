//! Every page of the gallery on the narrowest phones, with the text at its normal size and at twice that (WCAG 2.2, 1.4.4 and
//! 1.4.10), and what a reader sees first.

use super::Language;
use super::chromium::Browser;
use super::pages::check_with_axe;
use crate::gallery::all_pages;
use axum::Router;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use panjereh::edge::assets::{self, Coding};
use panjereh::locale::Locale;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;

const CHECK: &str = include_str!("layout.js");
/// The narrowest phones: width and height.
const PHONES: [(u32, u32); 2] = [(320, 640), (360, 740)];

/// The gallery on a port of its own, and a browser before it; `None` where there is no chromedriver.
async fn gallery(story: &str, language: Language) -> Option<(Browser, String, Vec<String>)> {
    let browser = Browser::start(&format!("{story}-{}", language.tag()), language.tag()).await?;
    let pages = all_pages(Locale::from_tag(language.tag()).expect("a language of ours"));
    let names = pages.iter().map(|(name, _)| name.clone()).collect();
    let pages: Arc<HashMap<String, String>> = Arc::new(pages.into_iter().collect());
    let page = async move |Path(name): Path<String>| pages.get(&name).cloned().map(Html).ok_or(StatusCode::NOT_FOUND);
    let router = Router::new().route("/{name}", get(page)).route("/assets/{name}", get(asset));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, router).await });
    Some((browser, address, names))
}

async fn asset(Path(name): Path<String>) -> Response {
    // That page leaves at once.
    if name.starts_with("form-post.") {
        return StatusCode::NOT_FOUND.into_response();
    }
    let Some(body) = assets::find(&name).and_then(|asset| asset.coded(Coding::Identity)) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let content_type = match name.rsplit('.').next() {
        Some("css") => "text/css",
        Some("js") => "text/javascript",
        Some("svg") => "image/svg+xml",
        _ => "font/woff2",
    };
    ([(header::CONTENT_TYPE, content_type)], body).into_response()
}

async fn doubles_its_text(language: Language) {
    let Some((browser, address, names)) = gallery("double-text", language).await else { return };
    let mut found = Vec::new();
    for name in names {
        browser.open(&format!("{address}/{name}")).await;
        browser.script_that_answers("document.fonts.ready.then(arguments[0])").await;
        check_with_axe(&browser, &name).await;
        for times in [1, 2] {
            let double = "const root = document.documentElement; root.style.fontSize = ''; \
                          root.style.fontSize = `${parseFloat(getComputedStyle(root).fontSize) * TIMES}px`";
            browser.script(&double.replace("TIMES", &times.to_string())).await;
            for (width, height) in PHONES {
                browser.at_width(width, height).await;
                let faults = browser.script(CHECK).await;
                let faults = faults.as_array().cloned().unwrap_or_else(|| vec![faults]);
                if !faults.is_empty() {
                    browser.picture(&format!("{name}-{width}-{times}")).await;
                }
                found.extend(faults.iter().map(|fault| format!("{name} at {width} px, text times {times}: {fault}")));
            }
        }
    }
    assert!(found.is_empty(), "{} faults, pictures in target/screenshots:\n{}", found.len(), found.join("\n"));
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wcag_1_4_4_every_page_is_readable_with_twice_the_text_on_the_narrowest_phones_in_persian() {
    doubles_its_text(Language::Fa).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wcag_1_4_4_every_page_is_readable_with_twice_the_text_on_the_narrowest_phones_in_english() {
    doubles_its_text(Language::En).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_first_choices_and_both_decisions_weigh_the_same_and_are_near() {
    for language in [Language::Fa, Language::En] {
        let Some((browser, address, _)) = gallery("weights", language).await else { return };
        browser.at_width(360, 740).await;
        for page in ["sign-in", "sign-in-wrong", "prove"] {
            browser.open(&format!("{address}/{page}")).await;
            let [one, other] = pair(&browser, "#way-sign-in", "#prove").await;
            assert_eq!((&one["width"], &one["height"], &one["font"]), (&other["width"], &other["height"], &other["font"]));
            let below = if page == "sign-in-wrong" { 1100.0 } else { 740.0 };
            assert!(other["bottom"].as_f64().unwrap() <= below, "{page}: on the first screen: {other}");
        }
        for (page, ids, reach) in [
            ("consent", ["#consent-allow", "#consent-deny"], 1480.0),
            ("consent-device", ["#consent-allow", "#consent-deny"], 740.0),
            ("compare", ["#device-mine", "#device-other"], 1110.0),
        ] {
            for scheme in ["light", "dark"] {
                let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
                browser.cdp("Emulation.setEmulatedMedia", media).await;
                browser.open(&format!("{address}/{page}")).await;
                let [one, other] = pair(&browser, ids[0], ids[1]).await;
                for same in ["background", "border", "color", "font", "weight", "width", "height"] {
                    assert_eq!(one[same], other[same], "{page} ({scheme}): {same}");
                }
                let contrast = other["contrast"].as_f64().unwrap();
                assert!(contrast >= 3.0, "{page} ({scheme}): WCAG 1.4.11: the outline has {contrast}:1");
                assert!(other["bottom"].as_f64().unwrap() <= reach, "{page}: within {reach} px: {other}");
                assert_ne!(first_word(&one), first_word(&other), "{page}: they begin with different words");
            }
        }
        browser.close().await;
    }
}

fn first_word(button: &Value) -> String {
    button["text"].as_str().unwrap().split_whitespace().next().unwrap_or_default().to_owned()
}

/// How two elements look.
async fn pair(browser: &Browser, one: &str, other: &str) -> [Value; 2] {
    let look = "
        const light = (text) => {
          const [r, g, b] = text.match(/[\\d.]+/g).map(Number).map((c) => c / 255).map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
          return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const contrast = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
        const sheet = getComputedStyle(document.querySelector('.sheet')).backgroundColor;
        return ['ONE', 'OTHER'].map((css) => {
          const element = document.querySelector(css), style = getComputedStyle(element), box = element.getBoundingClientRect();
          return { width: Math.round(box.width), height: Math.round(box.height), bottom: box.bottom + scrollY, text: element.textContent,
            font: style.fontSize, weight: style.fontWeight, background: style.backgroundColor, color: style.color,
            border: style.border, contrast: contrast(style.borderTopColor, sheet) };
        })";
    let found = browser.script(&look.replace("OTHER", other).replace("ONE", one)).await;
    [found[0].clone(), found[1].clone()]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_window_with_three_hundred_services_is_a_few_screens_long() {
    for language in [Language::Fa, Language::En] {
        let Some((browser, address, _)) = gallery("long-window", language).await else { return };
        browser.at_width(360, 740).await;
        browser.open(&format!("{address}/window-many")).await;
        let height = browser.script("return document.documentElement.scrollHeight").await.as_f64().unwrap();
        assert!(height < 3_800.0, "{height} px");
        let [sign_out, find] = pair(&browser, "#sign-out", "#find").await;
        assert!(sign_out["bottom"].as_f64().unwrap() < 160.0, "sign-out is in the header: {sign_out}");
        assert!(find["bottom"].as_f64().unwrap() < 1_200.0, "the search is near: {find}");
        browser.close().await;
    }
}
