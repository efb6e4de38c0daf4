//! `docs/connect` is correct: the real reader reads its agency files, and its programs, cut out of the pages, sign people in and
//! out against the running demo.

mod messages;
pub mod page;
mod programs;
pub mod stage;

use crate::environment;
use crate::{node, python};
use page::Page;
use panjereh::client::detail_types::Asker;
use panjereh::oidc::details::AuthorizationDetails;
use panjereh::oidc::details::types::DetailTypes;
use panjereh::registration::AgencyFile;
use stage::Stage;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The pages with an agency file.
const PAGES: [&str; 17] = [
    "api",
    "apache",
    "aspnet-core",
    "authjs",
    "browser",
    "counter",
    "device",
    "django",
    "express",
    "flask",
    "go",
    "java",
    "laravel",
    "native-app",
    "oauth2-proxy",
    "passport",
    "spring-boot",
];

/// The pages without one.
const OTHERS: [&str; 2] = ["messages", "registration"];

#[test]
fn every_agency_file_in_the_pages_can_be_applied() {
    for name in PAGES {
        let page = Page::read(name);
        let agencies = AgencyFile::parse(page.agency_file()).unwrap_or_else(|problems| panic!("{name}.md:\n{problems}")).agencies;
        assert!(agencies.iter().any(|(_, clients)| !clients.is_empty()), "{name}.md declares no client");
    }
    for text in Page::read("README").all_of("toml") {
        AgencyFile::parse(text).unwrap_or_else(|problems| panic!("README.md:\n{problems}"));
    }
}

#[test]
fn every_page_is_on_the_first_page_and_every_link_leads_somewhere() {
    let first = Page::read("README");
    for name in PAGES.into_iter().chain(OTHERS) {
        assert!(first.text().contains(&format!("]({name}.md)")), "{name}.md is not on the first page");
    }
    for page in [first].into_iter().chain(PAGES.map(Page::read)).chain(OTHERS.map(Page::read)) {
        for link in page.links() {
            let target = link.split('#').next().unwrap_or_default();
            assert!(target.is_empty() || page::folder().join(target).exists(), "{}.md: {link} leads nowhere", page.name());
        }
    }
}

#[test]
fn rfc9396_the_details_on_the_page_about_apis_are_such_as_its_agency_file_allows() {
    let page = Page::read("api");
    let agencies = AgencyFile::parse(page.agency_file()).unwrap().agencies;
    let clients: Vec<_> = agencies.iter().flat_map(|(_, clients)| clients).map(|client| client.client().clone()).collect();
    let (_, details) = page.files().find(|(name, _)| *name == "authorization_details").unwrap();
    let details = AuthorizationDetails::parse(details).unwrap();
    DetailTypes::of(clients.iter()).check(&details, &clients[1], Asker::Person).unwrap();
}

#[tokio::test]
async fn the_express_application_signs_people_in_and_out() {
    let (Some(packages), Some(_)) = (node::packages(), python::interpreter()) else { return };
    let mut stage = Stage::set(&Page::read("express"), 3000, packages).await;
    let mut program = Command::new("node");
    program.arg("server.mjs").env("CLIENT_ID", "tax-express").env("BASE_URL", stage.origin()).env("SESSION_SECRET", "of a test");
    stage.start(&mut program).await;
    stage.visited("/sign-in", &[]);
}

#[tokio::test]
async fn the_django_application_signs_people_in_and_out() {
    let (Some(python), Some(packages)) = (python::interpreter(), python::packages()) else { return };
    let mut stage = Stage::set(&Page::read("django"), 8000, packages).await;
    let django = || {
        let mut django = Command::new(&python);
        django.args(["-B", "-m", "django"]).env("DJANGO_SECRET_KEY", "of a test");
        django
    };
    let settings = ["--settings", "settings", "--pythonpath", "."];
    stage.done(django().arg("migrate").args(settings));
    stage.start(django().args(["runserver", "--noreload", stage.host()]).args(settings)).await;
    stage.visited("/file", &[]);
}

#[tokio::test]
async fn the_desktop_application_signs_people_in_refreshes_and_signs_out() {
    let (Some(python), Some(packages)) = (python::interpreter(), python::packages()) else { return };
    let stage = Stage::set(&Page::read("native-app"), 80, packages).await;
    let browser = scripts().join("browser.py");
    let opens = format!("{} -B {} %s &", python.display(), browser.display());
    let mut program = Command::new(python);
    let told = stage.done(program.arg("desktop.py").env("BROWSER", opens).env("DATA_FOLDER", stage.demo().data()));
    let citizen = stage.demo().person("account", 0).national_id;
    assert!(told.contains(&citizen) && told.contains("adult: True") && told.contains("signed out"), "{told}");
}

#[tokio::test]
async fn apaches_module_signs_people_in_refreshes_hears_of_sign_outs_and_signs_out() {
    apache_signs_people_in(&Page::read("apache"), &[]).await;
}

#[tokio::test]
async fn apaches_module_authenticates_with_a_key_instead_of_a_secret() {
    let Some(python) = python::interpreter() else { return };
    let made = python::run(Command::new(python).arg("-B").arg(scripts().join("make_key.py"))).expect("a key");
    let key: serde_json::Value = serde_json::from_str(&made).expect("JSON");
    let jwks = format!(
        "client_id = \"tax-apache\"\ntoken_endpoint_auth_method = \"private_key_jwt\"\njwks = '{{\"keys\":[{}]}}'",
        key["jwk"]
    );
    // As the page says under "With a key instead of a secret".
    let page = Page::read("apache").with(&[
        ("client_id = \"tax-apache\"", &jwks),
        ("OIDCProviderTokenEndpointAuth client_secret_basic", "OIDCProviderTokenEndpointAuth private_key_jwt"),
        (
            "OIDCClientSecret              \"${PANJEREH_CLIENT_SECRET}\"",
            "OIDCPrivateKeyFiles           apache#private.pem\nOIDCPublicKeyFiles            apache#public.pem",
        ),
    ]);
    apache_signs_people_in(&page, &["private", "public"].map(|half| (half, key[half].as_str().expect("PEM")))).await;
}

async fn apache_signs_people_in(page: &Page, keys: &[(&str, &str)]) {
    let (Some(apache), Some(packages)) = (apache_with_its_module(), python::packages()) else { return };
    let mut stage = Stage::set(page, 3000, packages).await;
    for (half, pem) in keys {
        stage.write(&format!("{half}.pem"), pem);
    }
    let token_page = r#"<!--#echo var="OIDC_access_token" -->"#;
    stage.write("private/token.shtml", token_page);
    stage.write("index.html", "<p>Tax Office</p>");
    stage.write("httpd.conf", &std::fs::read_to_string(scripts().join("httpd.conf")).expect("httpd.conf"));
    let mut server = Command::new(apache);
    // One process in the foreground, which ends on request.
    server.arg("-X").arg("-d").arg(stage.folder()).args(["-f", "httpd.conf"]);
    server.env("FOLDER", stage.folder()).env("HOST", stage.host()).env("PANJEREH_CRYPTO_PASSPHRASE", "of a test");
    server.env("PANJEREH_CLIENT_SECRET", stage.secret());
    stage.start(&mut server).await;
    stage.visited("/private/", &["--told", "--refresh", "/private/token.shtml", "/private/callback"]);
    assert!(!stage.demo().told().contains("not delivered"), "{}", stage.demo().told());
}

#[tokio::test]
async fn the_spring_boot_application_signs_people_in_hears_of_sign_outs_and_signs_out() {
    let (Some(maven), Some(packages)) = (maven(), python::packages()) else { return };
    let mut stage = Stage::set(&Page::read("spring-boot"), 8090, packages).await;
    // `mvn spring-boot:run` in two steps, because Maven may have to download packages first.
    stage.done(Command::new(maven).args(["--batch-mode", "--quiet", "package"]));
    let (_, port) = stage.host().split_once(':').expect("a port");
    let mut program = Command::new("java");
    program.args(["-XX:TieredStopAtLevel=1", "-jar", "target/tax-1.jar"]).env("SERVER_PORT", port);
    stage.start(&mut program).await;
    stage.visited("/file", &["--told"]);
}

fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/other_clients")
}

/// Debian's Apache.
fn apache_with_its_module() -> Option<PathBuf> {
    let server = PathBuf::from("/usr/sbin/apache2");
    if server.exists() && Path::new("/usr/lib/apache2/modules/mod_auth_openidc.so").exists() {
        return Some(server);
    }
    lacking("Apache with mod_auth_openidc is missing: apt-get install apache2-bin libapache2-mod-auth-openidc")
}

/// Maven, with a JDK.
pub fn maven() -> Option<&'static str> {
    let there = |program: &str| python::run(Command::new(program).arg("-version")).is_ok();
    if there("mvn") && there("javac") {
        return Some("mvn");
    }
    lacking("Maven or a JDK is missing: apt-get install maven default-jdk-headless")
}

/// `None` after a message; a failure where tests must not be skipped.
fn lacking<T>(why: &str) -> Option<T> {
    assert!(environment("CI").is_none(), "{why}");
    println!("SKIPPED: {why}");
    None
}
