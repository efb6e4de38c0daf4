//! What pages load: compressed when the program is built, never while it serves, and light.

use crate::world::{Answer, World, on_both_backends};
use axum::body::Body;
use axum::http::Request;
use std::io::Read as _;

on_both_backends! {
    rfc9110_8_4_each_asset_is_sent_in_the_best_coding_that_is_accepted,
    rfc9110_13_1_2_an_asset_that_a_cache_has_is_not_sent_again,
    a_cold_page_weighs_less_than_45_kilobytes_with_all_that_it_loads,
    a_page_that_holds_secrets_is_never_compressed,
}

/// A request as a browser sends it.
async fn get(world: &World, path: &str, headers: &[(&str, &str)]) -> Answer {
    let request = headers.iter().fold(Request::get(path), |request, (name, value)| request.header(*name, *value));
    world.send(request.body(Body::empty()).unwrap()).await
}

fn decoded(answer: &Answer) -> Vec<u8> {
    let mut body = Vec::new();
    match answer.header("content-encoding") {
        "br" => brotli::Decompressor::new(answer.body.as_ref(), 4096).read_to_end(&mut body),
        "gzip" => flate2::read::GzDecoder::new(answer.body.as_ref()).read_to_end(&mut body),
        "" => answer.body.as_ref().read_to_end(&mut body),
        other => panic!("{other} is no coding of ours"),
    }
    .unwrap();
    body
}

/// The assets that a text names.
fn named(text: &str) -> Vec<String> {
    let names = text.split("\"/assets/").skip(1).filter_map(|rest| rest.split('"').next());
    names.map(|name| format!("/assets/{name}")).collect()
}

/// A page's assets, those of its style sheets included, each once.
async fn loaded(world: &World, html: &str) -> Vec<String> {
    let mut all = named(html);
    for sheet in named(html).iter().filter(|path| path.contains("/app.")) {
        all.extend(named(get(world, sheet, &[]).await.text()));
    }
    all.sort();
    all.dedup();
    all
}

async fn rfc9110_8_4_each_asset_is_sent_in_the_best_coding_that_is_accepted(world: &World) {
    let tax = world.agency("tax").await;
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    let assets = loaded(world, browser.page.html()).await;
    assert!(assets.len() >= 7, "{assets:?}");
    for asset in assets {
        let plain = get(world, &asset, &[]).await;
        assert_eq!((plain.header("content-encoding"), plain.header("vary")), ("", "accept-encoding"), "{asset}");
        let is_text = !asset.contains("/vazirmatn.");
        let mut tags = vec![plain.header("etag").to_owned()];
        for (accepted, coding) in
            [("gzip, deflate, br, zstd", "br"), ("gzip", "gzip"), ("GZip;q=0.5", "gzip"), ("br;q=0, *", "gzip")]
        {
            let answer = get(world, &asset, &[("accept-encoding", accepted)]).await;
            assert_eq!(answer.header("content-encoding"), if is_text { coding } else { "" }, "{asset} for {accepted}");
            assert_eq!(answer.header("vary"), "accept-encoding");
            assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable");
            assert_eq!(answer.header("content-type"), plain.header("content-type"));
            assert_eq!(answer.header("content-length"), answer.body.len().to_string());
            assert_eq!(decoded(&answer), plain.body, "{asset}: the same content");
            assert!(answer.body.len() <= plain.body.len());
            tags.push(answer.header("etag").to_owned());
        }
        tags.sort();
        tags.dedup();
        assert_eq!(tags.len(), if is_text { 3 } else { 1 }, "RFC 9110 §8.8.3.3: an entity tag for each coding: {tags:?}");
        assert!(tags.iter().all(|tag| tag.starts_with('"') && tag.ends_with('"')), "strong: {tags:?}");
    }
}

async fn rfc9110_13_1_2_an_asset_that_a_cache_has_is_not_sent_again(world: &World) {
    let tax = world.agency("tax").await;
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    let sheet = named(browser.page.html()).into_iter().find(|path| path.contains("/app.")).unwrap();
    let first = get(world, &sheet, &[("accept-encoding", "br")]).await;
    let tag = first.header("etag");
    for known in [tag.to_owned(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".to_owned()] {
        let answer = get(world, &sheet, &[("accept-encoding", "br"), ("if-none-match", &known)]).await;
        assert_eq!((answer.status.as_u16(), answer.body.len()), (304, 0), "{known}");
        assert_eq!((answer.header("etag"), answer.header("vary")), (tag, "accept-encoding"), "RFC 9110 §15.4.5");
    }
    for (accepted, known) in [("gzip", tag), ("br", "\"other\"")] {
        let answer = get(world, &sheet, &[("accept-encoding", accepted), ("if-none-match", known)]).await;
        assert_eq!(answer.status, 200, "another representation");
    }
}

async fn a_cold_page_weighs_less_than_45_kilobytes_with_all_that_it_loads(world: &World) {
    let tax = world.agency("tax").await;
    let mut citizen = world.citizen().await;
    let mut browser = world.browser();
    browser.accept_language = "fa";
    let mut pages = Vec::new();
    let asking = tax.ask("openid profile phone address national_id age_over_18 offline_access");
    pages.push(browser.open(&asking.url()).await.clone());
    pages.push(browser.follow("/prove").await.clone());
    pages.push(browser.prove(&citizen).await.clone());
    pages.push(browser.enter_code(&citizen).await.clone());
    pages.push(browser.choose_password(&mut citizen).await.clone());
    browser.allow().await;
    pages.push(browser.open("/").await.clone());
    pages.push(browser.open("/device").await.clone());
    pages.push(browser.open("/logout").await.clone());
    pages.push(world.browser().open("/").await.clone());
    for page in pages {
        for coding in ["br", "gzip"] {
            let mut weight = page.html().len();
            for asset in loaded(world, page.html()).await {
                weight += get(world, &asset, &[("accept-encoding", coding)]).await.body.len();
            }
            println!("{}: {weight} bytes with {coding}, {} of them the page", page.url, page.html().len());
            assert!(weight < 45_000, "{}: {weight} bytes with {coding}, {} of them the page", page.url, page.html().len());
        }
    }
}

async fn a_page_that_holds_secrets_is_never_compressed(world: &World) {
    let tax = world.agency("tax").await;
    let (_, mut browser, _) = world.signed_in(&tax, "openid").await;
    browser.open(&tax.ask("openid phone").url()).await.must(200, "consent-title");
    let consent = browser.page.url.clone();
    for path in ["/", "/?q=a", "/logout?state=a", "/device", consent.as_str()] {
        let answer = browser.fetch_with(path, &[("accept-encoding", "br, gzip")]).await;
        assert_eq!((answer.status.as_u16(), answer.header("content-encoding")), (200, ""), "{path}: BREACH");
        assert!(answer.text().contains("</html>"));
    }
}
