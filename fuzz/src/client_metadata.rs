//! The metadata of a client: JSON of a dynamic registration (RFC 7591 §3) if it begins with a brace, otherwise an agency file in
//! TOML.

use super::assert_printable;
use panjereh::client::agency::Agency;
use panjereh::client::detail_types::TypeName;
use panjereh::client::metadata::Client;
use panjereh::client::scope::Scope;
use panjereh::client::words::{ClientId, Pkce, TokenEndpointAuthMethod};
use panjereh::oidc::authorization::redirect::{check_registrable, is_registered};
use panjereh::registration::dynamic::Policy;
use panjereh::registration::{AgencyFile, changes, describe, dynamic};
use panjereh::text::LocalName;
use std::sync::LazyLock;

const ALLOWED: [Scope; 4] = [Scope::Openid, Scope::Profile, Scope::Phone, Scope::OfflineAccess];

static TYPES: LazyLock<[TypeName; 1]> = LazyLock::new(|| [TypeName::parse("payment").expect("a name")]);
static AGENCY: LazyLock<Agency> = LazyLock::new(|| Agency {
    slug: "open".to_owned(),
    name: LocalName { fa: "خودثبت‌نام".to_owned(), en: "Registered by themselves".to_owned() },
});

/// Reads one registration or one file.
pub fn check(data: &[u8]) {
    if data.first() == Some(&b'{') {
        register(data);
    } else if let Ok(text) = std::str::from_utf8(data) {
        declare(text);
    }
}

fn register(body: &[u8]) {
    let id = ClientId::parse("made-by-us").expect("an id");
    for pkce in Pkce::ALL {
        let policy = Policy { agency: &AGENCY, scopes: &ALLOWED, details_types: &*TYPES, pkce };
        let requested = match dynamic::read(body, &id, &policy) {
            Ok(requested) => requested,
            Err(error) => {
                assert_printable(&error);
                continue;
            }
        };
        let client = requested.declaration.client();
        check_client(client);
        assert!(client.id == id && client.agency == "open", "who it is, the client does not decide");
        assert!(client.scopes.iter().all(|scope| ALLOWED.contains(scope)));
        assert!(pkce == Pkce::Optional || client.pkce == Pkce::Required);
        // RFC 7592 §2.2: a client can send back the metadata that we return, and nothing changes.
        let mut told = dynamic::metadata_of(client);
        if let Some(uri) = requested.sector_identifier_uri {
            told.insert("sector_identifier_uri".to_owned(), uri.into());
        }
        let told = serde_json::Value::Object(told).to_string();
        let again = dynamic::read(told.as_bytes(), &id, &policy).unwrap_or_else(|error| panic!("{error}: {told}"));
        // The answer names one method; an update by it keeps that the client never chose one (`clients/register_client.rs`).
        let again = Client { secret_methods: client.secret_methods, ..again.declaration.client().clone() };
        assert_eq!(changes(client, &again), []);
        assert_eq!(&again, client);
    }
}

fn declare(text: &str) {
    match AgencyFile::parse(text) {
        Ok(file) => {
            assert_eq!(AgencyFile::parse(text).as_ref(), Ok(&file));
            for (agency, clients) in &file.agencies {
                for declaration in clients {
                    check_client(declaration.client());
                    assert_eq!(declaration.client().agency, agency.slug);
                }
            }
        }
        Err(problems) => {
            assert!(!problems.0.is_empty(), "a refusal says why");
            assert!(problems.0.iter().all(|problem| !problem.remedy.is_empty()));
        }
    }
}

fn check_client(client: &Client) {
    let uris = client.redirect_uris.iter().chain(&client.post_logout_redirect_uris);
    for uri in uris {
        assert_eq!(check_registrable(uri, client.application_type), Ok(()));
        assert!(!uri.contains(['#', '*', '\n', '\r', '\t', ' ', '\\']) || !uri.starts_with("http"), "{uri}");
    }
    for uri in &client.redirect_uris {
        assert!(is_registered(client, uri));
        let url = url::Url::parse(uri).expect("a URL");
        for dressed in
            [format!("{uri}/"), format!("{uri}%00"), format!("{uri}#x"), uri.to_uppercase(), format!("{url}.evil.example")]
        {
            assert!(!is_registered(client, &dressed) || client.redirect_uris.contains(&dressed), "{dressed}");
        }
    }
    assert!(client.auth_method != TokenEndpointAuthMethod::None || client.demands_pkce() && client.secret_hash.is_none());
    assert!(!client.name.fa.trim().is_empty() && !client.name.en.trim().is_empty());
    assert!(!describe(client).is_empty());
    let kept = serde_json::to_vec(client).expect("JSON");
    assert_eq!(&serde_json::from_slice::<Client>(&kept).expect("what was kept"), client);
}
