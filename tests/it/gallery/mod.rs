//! Every page in every language, with people who do not exist. With `PANJEREH_GALLERY=DIR` they are also written to that folder,
//! to look at them: `python3 -m http.server -d DIR`.
//!
//! `reader.rs`: sample texts. `interaction.rs`, `standing.rs`, `refusals.rs`: the pages. Here: what holds for each of them.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails as the test does")]

mod interaction;
mod reader;
mod refusals;
mod standing;

use askama::Template;
use interaction::{enrolment_and_recovery_pages, more_evidence_pages, sign_in_pages};
use panjereh::edge::assets;
use panjereh::edge::assets::Coding;
use panjereh::locale::Locale;
use panjereh::web::layout::Layout;
use panjereh::web::pages::{Refusal, RefusalKind};
use reader::LOGO;
use reader::{BASE, Page, Reader};
use refusals::refusals;
use standing::{developers_pages, device_pages, other_pages};
use std::collections::BTreeSet;
use std::path::Path;

const ASSETS: [&str; 11] = [
    "app.css",
    "developers.css",
    "no-script.css",
    "vazirmatn.woff2",
    "logo.svg",
    "girih.svg",
    "once.js",
    "passkey.js",
    "form-post.js",
    "recovery-codes.js",
    "time.js",
];

pub fn all_pages(locale: Locale) -> Vec<Page> {
    let reader = Reader { locale };
    [
        sign_in_pages(reader),
        enrolment_and_recovery_pages(reader),
        more_evidence_pages(reader),
        device_pages(reader),
        other_pages(reader),
        developers_pages(reader),
        refusals(reader),
    ]
    .concat()
}

fn each_page(check: impl Fn(Locale, &str, &str)) {
    for locale in Locale::ALL {
        for (name, html) in all_pages(locale) {
            check(locale, &name, &html);
        }
    }
}

#[test]
fn every_page_names_its_language_its_direction_and_itself() {
    each_page(|locale, name, html| {
        let start = format!("<html lang=\"{}\" dir=\"{}\">", locale.tag(), locale.dir());
        assert!(html.contains(&start), "{name}: no {start}");
        let title = html.split("<title>").nth(1).and_then(|rest| rest.split("</title>").next()).unwrap();
        assert!(title.chars().count() > 8 && !title.starts_with(" ·"), "{name}: title `{title}`");
        assert_eq!(html.matches("<h1").count(), 1, "{name}: one first heading");
        assert!(!html.contains('⟦'), "{name}: a sentence is missing");
        assert!(html.contains("3F9C-71AB-40DE"), "{name}: no reference number");
    });
}

#[test]
fn wcag_2_2_1_no_page_reloads_itself_or_leaves_by_a_timer() {
    each_page(|_, name, html| assert!(!html.contains("http-equiv"), "{name}: a meta element acts as a header"));
}

#[test]
fn every_page_says_how_support_is_reached_in_its_language() {
    each_page(|locale, name, html| {
        let (number, link) = match locale {
            Locale::Fa => ("۰۲۱ ۰۰۰۰ ۰۰۰۰", "href=\"tel:02100000000\""),
            Locale::En => ("+98 21 0000 0000", "href=\"tel:+982100000000\""),
        };
        assert_eq!((html.matches(number).count(), html.matches(link).count()), (1, 1), "{name}: the number, once");
        assert!(html.contains("mailto:support@window.example"), "{name}");
    });
    // Where the operator set nothing, the sentences stand by themselves.
    let layout = Layout::plain(Locale::En, BASE);
    let html = Refusal { layout, kind: RefusalKind::Server, ways: vec![], back: None }.render().unwrap();
    assert!(html.contains("contact support") && !html.contains("<dl class=\"contact\""), "{html}");
}

#[test]
fn no_page_holds_a_style_or_a_script_of_its_own() {
    each_page(|locale, name, html| {
        let name = format!("{name} ({})", locale.tag());
        assert!(!html.contains("<style") && !html.contains(" style="), "{name}: inline style");
        assert!(!html.contains("javascript:") && !html.contains(" onclick="), "{name}: inline script");
        for script in html.split("<script").skip(1) {
            assert!(script.starts_with(" src=\"/assets/") && script.contains("defer></script>"), "{name}: inline script");
        }
        let html = html.replace(&format!("<img class=\"agency-logo\" src=\"{LOGO}\""), "");
        let html = html.replace(&format!("<img class=\"mark\" src=\"{LOGO}\""), "");
        for outside in ["src=\"http", "src=\"//", "url(http"] {
            assert!(!html.contains(outside), "{name}: fetches from outside");
        }
    });
}

#[test]
fn no_page_weighs_45_kilobytes_with_all_that_it_loads() {
    let gzipped = |path: &str| {
        let asset = assets::find(path.trim_start_matches("/assets/")).unwrap();
        asset.coded(Coding::Gzip).or(asset.coded(Coding::Identity)).unwrap().len()
    };
    // The style sheet loads these.
    let by_style = ["vazirmatn.woff2", "girih.svg"].map(assets::url);
    each_page(|locale, name, html| {
        let named = html.split("\"/assets/").skip(1).filter_map(|rest| rest.split('"').next());
        let loaded: BTreeSet<String> = named.map(|file| format!("/assets/{file}")).chain(by_style.map(str::to_owned)).collect();
        let weight = html.len() + loaded.iter().map(|path| gzipped(path)).sum::<usize>();
        assert!(weight < 45_000, "{name} ({}): {weight} bytes", locale.tag());
    });
}

#[test]
fn every_id_is_there_once_and_every_reference_to_one_is_answered() {
    each_page(|_, name, html| {
        let values = |attribute: &str| -> Vec<String> {
            let start = format!(" {attribute}=\"");
            html.split(&start).skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
        };
        let ids = values("id");
        for (at, id) in ids.iter().enumerate() {
            assert!(!ids[..at].contains(id), "{name}: `{id}` stands twice");
        }
        let anchors = values("href").into_iter().filter_map(|href| href.strip_prefix('#').map(str::to_owned));
        let described = values("aria-describedby").into_iter().chain(values("aria-labelledby")).chain(values("for"));
        for target in anchors.chain(described.flat_map(|list| list.split(' ').map(str::to_owned).collect::<Vec<_>>())) {
            assert!(ids.contains(&target), "{name}: nothing has the id `{target}`");
        }
    });
}

#[test]
fn what_an_agency_or_a_person_wrote_is_text_and_never_markup() {
    each_page(|_, name, html| assert!(!html.contains("<b>"), "{name}: unescaped"));
    let html = all_pages(Locale::En).into_iter().find(|(name, _)| name == "form-post").unwrap().1;
    assert!(html.contains("&#34;&#60;b&#62;"));
}

#[test]
fn the_main_button_of_every_form_is_its_first_submit_button() {
    let first = |name: &str| {
        let html = all_pages(Locale::Fa).into_iter().find(|(page, _)| page == name).unwrap().1;
        let button = html.split("type=\"submit\"").nth(1).unwrap().split('>').next().unwrap().to_owned();
        button.split("id=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
    };
    for name in ["sign-in", "prove", "otp", "authenticator", "recovery-codes", "recovery-code", "form-post", "device"] {
        assert_eq!(first(name), "submit", "{name}");
    }
    assert_eq!(first("consent"), "consent-allow");
    assert_eq!(first("compare"), "device-mine");
    assert_eq!(first("logout"), "logout-confirm");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test for the eye has no command line")]
fn the_gallery_is_written_to_the_folder_that_is_named() {
    let Some(folder) = std::env::var_os("PANJEREH_GALLERY") else { return };
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder.join("assets")).unwrap();
    for name in ASSETS {
        let url = assets::url(name);
        let asset = assets::find(url.trim_start_matches("/assets/")).unwrap();
        std::fs::write(folder.join(url.trim_start_matches('/')), asset.coded(Coding::Identity).unwrap()).unwrap();
    }
    each_page(|locale, name, html| std::fs::write(folder.join(format!("{name}.{}.html", locale.tag())), html).unwrap());
}
