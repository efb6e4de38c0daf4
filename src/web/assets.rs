//! Style sheets, font, scripts and drawings, inside the binary under names that carry a hash of their content.

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::borrow::Cow;
use std::sync::LazyLock;

/// The content under one name never changes.
pub(crate) const CACHE_CONTROL: &str = "public, max-age=31536000, immutable";

/// One file as it is served.
#[derive(Debug)]
pub struct Asset {
    name: &'static str,
    url: String,
    content_type: &'static str,
    body: Cow<'static, [u8]>,
}

impl Asset {
    /// The content.
    pub fn body(&self) -> &[u8] {
        &self.body
    }
}

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const SVG: &str = "image/svg+xml";

// The files that the style sheet refers to come before it.
static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let mut assets = vec![
        asset("vazirmatn.woff2", "font/woff2", include_bytes!("assets/vazirmatn.woff2").into()),
        asset("logo.svg", SVG, include_bytes!("assets/logo.svg").into()),
        asset("girih.svg", SVG, include_bytes!("assets/girih.svg").into()),
        asset("no-script.css", STYLE, include_bytes!("assets/no-script.css").into()),
        asset("once.js", SCRIPT, include_bytes!("assets/once.js").into()),
        asset("passkey.js", SCRIPT, include_bytes!("assets/passkey.js").into()),
        asset("form-post.js", SCRIPT, include_bytes!("assets/form-post.js").into()),
        asset("check-session.js", SCRIPT, include_bytes!("assets/check-session.js").into()),
        asset("logged-out.js", SCRIPT, include_bytes!("assets/logged-out.js").into()),
    ];
    let style = with_urls(include_str!("assets/app.css"), &assets);
    assets.push(asset("app.css", STYLE, style.into_bytes().into()));
    assets
});

/// The path of the asset `name`; empty for an unknown name.
pub fn url(name: &str) -> &'static str {
    ASSETS.iter().find(|asset| asset.name == name).map_or("", |asset| asset.url.as_str())
}

/// The asset that is served under `/assets/{file}`.
pub fn find(file: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.url.strip_prefix("/assets/") == Some(file))
}

/// `GET /assets/{file}`.
pub(crate) async fn serve(Path(file): Path<String>) -> Response {
    match find(&file) {
        Some(asset) => {
            let headers = [(header::CONTENT_TYPE, asset.content_type), (header::CACHE_CONTROL, CACHE_CONTROL)];
            (headers, asset.body()).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn asset(name: &'static str, content_type: &'static str, body: Cow<'static, [u8]>) -> Asset {
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    let url = format!("/assets/{stem}.{:016x}.{extension}", fingerprint(&body));
    Asset { name, url, content_type, body }
}

/// FNV-1a, 64 bits. It tells versions of our own files apart, so no attacker chooses content that could collide.
fn fingerprint(body: &[u8]) -> u64 {
    body.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// A style sheet in which each `url("name")` is replaced by the path of that asset.
fn with_urls(style: &str, assets: &[Asset]) -> String {
    assets.iter().fold(style.to_owned(), |style, asset| {
        style.replace(&format!("url(\"{}\")", asset.name), &format!("url(\"{}\")", asset.url))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_asset_is_found_under_the_url_that_pages_use() {
        for asset in ASSETS.iter() {
            let file = url(asset.name).strip_prefix("/assets/").unwrap();
            assert_eq!(find(file).unwrap().name, asset.name);
        }
    }

    #[test]
    fn the_style_sheet_points_to_files_that_are_served() {
        let file = url("app.css").strip_prefix("/assets/").unwrap();
        let style = std::str::from_utf8(find(file).unwrap().body()).unwrap();
        let targets: Vec<_> = style.split("url(\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert!(!targets.is_empty());
        for target in targets {
            assert!(target.strip_prefix("/assets/").and_then(find).is_some(), "{target} is not served");
        }
    }
}
