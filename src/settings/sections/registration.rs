//! `[registration]`: clients that register themselves (OpenID Connect Dynamic Client Registration 1.0, RFC 7591).

use crate::client::detail_types::TypeName;
use crate::client::scope::Scope;
use crate::client::words::Pkce;
use crate::secret::TokenHash;
use crate::settings::key::{Key, Kind, Section, Shown, plain};

/// Who may register a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RegistrationMode {
    /// Nobody; the endpoint is not there.
    #[default]
    Off,
    /// Whoever brings an initial access token.
    Token,
    /// Anybody.
    Open,
}

/// `[registration]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// Who may register a client.
    pub mode: RegistrationMode,
    /// The slug of the agency that owns such clients.
    pub agency: String,
    /// What such clients may ask for.
    pub scopes: Vec<Scope>,
    /// Which types of authorization details such clients may ask for.
    pub authorization_details_types: Vec<TypeName>,
    /// Whether such clients need PKCE.
    pub pkce: Pkce,
    /// Initial access tokens besides those that a command makes, as their hashes.
    pub initial_access_tokens: Vec<TokenHash>,
}

impl Default for Registration {
    fn default() -> Self {
        Self {
            mode: RegistrationMode::Off,
            agency: "dynamic".to_owned(),
            scopes: vec![Scope::Openid, Scope::Profile],
            authorization_details_types: Vec::new(),
            pkce: Pkce::Required,
            initial_access_tokens: Vec::new(),
        }
    }
}

/// A token that is shorter can be guessed.
const SHORTEST_TOKEN: usize = 32;

pub(crate) const SECTION: Section<Registration> = Section {
    name: "registration",
    about: "Clients that register themselves (RFC 7591).",
    keys: &[
        plain(
            "mode",
            "Who may register a client: nobody (off), whoever brings an initial access token (token), anybody (open).",
            Kind::Choice {
                words: &["off", "token", "open"],
                set: |section, word| {
                    section.mode = match word {
                        "off" => RegistrationMode::Off,
                        "token" => RegistrationMode::Token,
                        "open" => RegistrationMode::Open,
                        _ => return None,
                    };
                    Some(())
                },
                get: |section| match section.mode {
                    RegistrationMode::Off => "off",
                    RegistrationMode::Token => "token",
                    RegistrationMode::Open => "open",
                },
            },
        ),
        plain(
            "agency",
            "The short name of the agency that owns such clients; it is made when the first one registers.",
            Kind::Text {
                remedy: "Give 1 to 64 characters out of a-z 0-9 -",
                set: |section, text| {
                    let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
                    if !(1..=64).contains(&text.len()) || !text.bytes().all(known) {
                        return Err("is no short name");
                    }
                    text.clone_into(&mut section.agency);
                    Ok(())
                },
                get: |section| section.agency.clone(),
            },
        ),
        plain(
            "scopes",
            "What such clients may ask for. Nobody has looked at who they are: give them little.",
            Kind::List {
                remedy: "Give scopes such as [\"openid\", \"profile\"] (in the environment separated by commas)",
                set: |section, items| {
                    let scopes: Option<Vec<Scope>> = items.iter().map(|name| Scope::from_name(name)).collect();
                    section.scopes = scopes.ok_or("holds something that is no scope")?;
                    Ok(())
                },
                get: |section| section.scopes.iter().map(|scope| scope.name().to_owned()).collect(),
            },
        ),
        plain(
            "authorization_details_types",
            "Which types of authorization details (RFC 9396) such clients may ask for.",
            Kind::List {
                remedy: "Give types that some agency's API declares, such as [\"tax_payment\"] (in the environment separated by commas)",
                set: |section, items| {
                    let types: Option<Vec<TypeName>> = items.iter().map(|name| TypeName::parse(name)).collect();
                    section.authorization_details_types = types.ok_or("holds something that is no type")?;
                    Ok(())
                },
                get: |section| section.authorization_details_types.iter().map(ToString::to_string).collect(),
            },
        ),
        plain(
            "pkce",
            "Whether such clients, where they have a secret or a key, need PKCE. Public ones always do.",
            Kind::Choice {
                words: &["required", "optional"],
                set: |section, word| {
                    section.pkce = Pkce::ALL.into_iter().find(|pkce| pkce.name() == word)?;
                    Some(())
                },
                get: |section| section.pkce.name(),
            },
        ),
        Key {
            name: "initial_access_tokens",
            about: "Initial access tokens (mode = \"token\"), besides those that `panjereh agency registration-token` makes. Better kept out of\n\
                    this file: set PANJEREH_REGISTRATION_INITIAL_ACCESS_TOKENS.",
            kind: Kind::List {
                remedy: "Give random tokens of at least 32 characters (in the environment separated by commas)",
                set: |section, items| {
                    if items.iter().any(|token| token.len() < SHORTEST_TOKEN) {
                        return Err("holds a token that is too short");
                    }
                    section.initial_access_tokens = items.iter().map(|token| TokenHash::of(token)).collect();
                    Ok(())
                },
                // Only hashes are held; the reference file shows the default, which has none.
                get: |_| Vec::new(),
            },
            shown: Shown::Hidden,
        },
    ],
};
