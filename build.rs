//! What is made of files when the program is built: the list of `migrations/` for `src/db/migrate.rs`, and the table of
//! `src/web/assets/` for `src/edge/assets.rs`, each file compressed. It is run again when one of them is added or changed.

use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=migrations");
    println!("cargo::rerun-if-changed={ASSETS}");
    let (project, out) = (PathBuf::from(variable("CARGO_MANIFEST_DIR")?), PathBuf::from(variable("OUT_DIR")?));
    std::fs::write(out.join("migrations.rs"), migrations(&project.join("migrations"))?)?;
    std::fs::write(out.join("assets.rs"), assets(&project.join(ASSETS), &out.join("assets"))?)?;
    Ok(())
}

fn migrations(folder: &Path) -> Outcome<String> {
    let mut list = String::from("&[\n");
    for path in files(folder)?.iter().filter(|path| extension(path) == "sql") {
        let name = path.file_stem().and_then(|name| name.to_str()).ok_or("a migration's name is no UTF-8")?;
        let (version, description) = name.split_once('_').ok_or_else(|| format!("{name}: write NUMBER_DESCRIPTION.sql"))?;
        let version: i64 = version.parse().map_err(|_| format!("{name}: the name begins with no number"))?;
        let (description, path) = (description.replace('_', " "), text(path)?);
        writeln!(list, "({version}, {description:?}, include_str!({path:?})),")?;
    }
    list.push(']');
    Ok(list)
}

const ASSETS: &str = "src/web/assets";

/// One file as it is served: under a name with a hash of its content.
struct Asset {
    name: String,
    url: String,
    content_type: &'static str,
    hash: u64,
    body: Vec<u8>,
}

/// The table of assets, as an expression. Their bodies are written to `out`: as they are, by Brotli (RFC 7932) and by gzip (RFC
/// 1952); a compressed body that is not smaller is left out.
fn assets(folder: &Path, out: &Path) -> Outcome<String> {
    std::fs::create_dir_all(out)?;
    let mut table = String::from("&[\n");
    for Asset { name, url, content_type, hash, body } in read_assets(folder)? {
        let mut included = Vec::new();
        for (coding, coded) in [("br", brotli(&body)?), ("gz", gzip(&body)?)] {
            let path = out.join(format!("{name}.{coding}"));
            let is_smaller = coded.len() < body.len();
            std::fs::write(&path, coded)?;
            included.push(if is_smaller { format!("Some(include_bytes!({:?}))", text(&path)?) } else { "None".to_owned() });
        }
        let path = out.join(&name);
        std::fs::write(&path, body)?;
        let [brotli, gzip] = included.as_slice() else { return Err("two codings".into()) };
        writeln!(
            table,
            "Asset {{ name: {name:?}, url: {url:?}, content_type: {content_type:?}, hash: \"{hash:016x}\", \
             body: include_bytes!({:?}), brotli: {brotli}, gzip: {gzip} }},",
            text(&path)?
        )?;
    }
    table.push(']');
    Ok(table)
}

/// Every file of a served type. Style sheets come last: their `url("name")` becomes the path of that asset.
fn read_assets(folder: &Path) -> Outcome<Vec<Asset>> {
    let (styles, others): (Vec<_>, Vec<_>) = files(folder)?.into_iter().partition(|path| extension(path) == "css");
    let mut assets: Vec<Asset> = Vec::new();
    for path in others.iter().chain(&styles) {
        let Some(content_type) = content_type(extension(path)) else { continue };
        let mut body = std::fs::read(path)?;
        if extension(path) == "css" {
            let style = String::from_utf8(body)?;
            body = assets.iter().fold(style, |style, asset| with_url(&style, asset)).into_bytes();
        }
        let name = path.file_name().and_then(|name| name.to_str()).ok_or("an asset's name is no UTF-8")?;
        let (stem, extension) = name.rsplit_once('.').ok_or("an asset has an extension")?;
        let hash = fingerprint(&body);
        let url = format!("/assets/{stem}.{hash:016x}.{extension}");
        assets.push(Asset { name: name.to_owned(), url, content_type, hash, body });
    }
    Ok(assets)
}

fn content_type(extension: &str) -> Option<&'static str> {
    match extension {
        "css" => Some("text/css; charset=utf-8"),
        "js" => Some("text/javascript; charset=utf-8"),
        "svg" => Some("image/svg+xml"),
        "woff2" => Some("font/woff2"),
        _ => None,
    }
}

fn with_url(style: &str, asset: &Asset) -> String {
    style.replace(&format!("url(\"{}\")", asset.name), &format!("url(\"{}\")", asset.url))
}

/// FNV-1a, 64 bits. It tells versions of our own files apart, so no attacker chooses content that could collide.
fn fingerprint(body: &[u8]) -> u64 {
    body.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

fn brotli(body: &[u8]) -> Outcome<Vec<u8>> {
    // The buffer, the best quality, the largest common window.
    let mut writer = brotli::CompressorWriter::new(Vec::new(), 4096, 11, 22);
    writer.write_all(body)?;
    writer.flush()?;
    Ok(writer.into_inner())
}

fn gzip(body: &[u8]) -> Outcome<Vec<u8>> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    writer.write_all(body)?;
    Ok(writer.finish()?)
}

fn files(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        files.push(entry?.path());
    }
    files.sort();
    Ok(files)
}

fn extension(path: &Path) -> &str {
    path.extension().and_then(|extension| extension.to_str()).unwrap_or_default()
}

fn text(path: &Path) -> Outcome<&str> {
    Ok(path.to_str().ok_or("a path is no UTF-8")?)
}

#[expect(clippy::disallowed_methods, reason = "cargo tells a build script where things are in the environment")]
fn variable(name: &str) -> Result<String, std::env::VarError> {
    std::env::var(name)
}
