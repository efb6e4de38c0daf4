//! `[registration]`: clients that register themselves (OpenID Connect Dynamic Client Registration 1.0, RFC 7591).

use crate::client::detail_types::TypeName;
use crate::client::scope::Scope;
use crate::client::words::Pkce;
use crate::secret::TokenHash;
use crate::settings::key::{Key, Section, Shown, ValueKind, plain, put};
use std::time::Duration;

/// Who may register a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RegistrationMode {
    /// No one: there is no such endpoint.
    #[default]
    Off,
    /// A caller with an initial access token.
    Token,
    /// Every caller.
    Open,
}

/// What happens where a client that nobody vouches for wants the browser before the person has done anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UnaskedRedirects {
    /// A page says where the browser would go.
    #[default]
    Page,
    /// The browser goes there at once.
    Direct,
}

/// `[registration]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// Who may register a client.
    pub mode: RegistrationMode,
    /// The slug of the agency that owns such clients.
    pub(crate) agency: String,
    /// The scopes that such clients may request.
    pub(crate) scopes: Vec<Scope>,
    /// The types of authorization details that such clients may request.
    pub(crate) authorization_details_types: Vec<TypeName>,
    /// Whether such clients need PKCE.
    pub pkce: Pkce,
    /// How many clients one address may register on one day without a token.
    pub per_address_a_day: u64,
    /// How many clients may be registered on one day without a token.
    pub a_day: u64,
    /// How many clients that registered without a token there may be.
    pub in_total: u64,
    /// After how long a registration ends that was never used.
    pub unused_for: Duration,
    /// The hashes of initial access tokens, in addition to those that a command makes.
    pub(crate) initial_access_tokens: Vec<TokenHash>,
    /// Whether a browser is redirected to such a client before the person has done anything.
    pub unasked_redirects: UnaskedRedirects,
}

impl Default for Registration {
    fn default() -> Self {
        Self {
            mode: RegistrationMode::Off,
            agency: "dynamic".to_owned(),
            scopes: vec![Scope::Openid, Scope::Profile],
            authorization_details_types: Vec::new(),
            pkce: Pkce::Required,
            per_address_a_day: 100,
            a_day: 1_000,
            in_total: 5_000,
            unused_for: Duration::from_hours(24 * 7),
            initial_access_tokens: Vec::new(),
            unasked_redirects: UnaskedRedirects::Page,
        }
    }
}

/// In characters. A shorter token could be guessed.
const SHORTEST_TOKEN: usize = 32;

pub const SECTION: Section<Registration> = Section {
    name: "registration",
    about: "Clients that register themselves (RFC 7591).",
    keys: &[
        plain(
            "mode",
            "Who may register a client: no one (off), a caller with an initial access token (token), every caller (open).",
            ValueKind::Choice {
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
            "The short name of the agency that owns such clients. The agency is created when the first client registers.",
            ValueKind::Text {
                remedy: "Give 1 to 64 characters out of a-z 0-9 -",
                set: |section, text| {
                    let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
                    if !(1..=64).contains(&text.len()) || !text.bytes().all(known) {
                        return Err("is not a short name");
                    }
                    text.clone_into(&mut section.agency);
                    Ok(())
                },
                get: |section| section.agency.clone(),
            },
        ),
        plain(
            "scopes",
            "The scopes that such clients may request. No officer has checked these clients: allow few scopes.",
            ValueKind::List {
                remedy: "Give scopes such as [\"openid\", \"profile\"] (in the environment separated by commas)",
                set: |section, items| {
                    let scopes: Option<Vec<Scope>> = items.iter().map(|name| Scope::from_name(name)).collect();
                    section.scopes = scopes.ok_or("contains an unknown scope")?;
                    Ok(())
                },
                get: |section| section.scopes.iter().map(|scope| scope.name().to_owned()).collect(),
            },
        ),
        plain(
            "authorization_details_types",
            "The types of authorization details (RFC 9396) that such clients may request.",
            ValueKind::List {
                remedy: "Give types that an API declares, such as [\"tax_payment\"] (in the environment separated by commas)",
                set: |section, items| {
                    let types: Option<Vec<TypeName>> = items.iter().map(|name| TypeName::parse(name)).collect();
                    section.authorization_details_types = types.ok_or("contains a text that is not the name of a type")?;
                    Ok(())
                },
                get: |section| section.authorization_details_types.iter().map(ToString::to_string).collect(),
            },
        ),
        plain(
            "pkce",
            "Whether such clients need PKCE if they have a secret or a key. Public clients always need it.",
            ValueKind::Choice {
                words: &["required", "optional"],
                set: |section, word| {
                    section.pkce = Pkce::ALL.into_iter().find(|pkce| pkce.name() == word)?;
                    Some(())
                },
                get: |section| section.pkce.name(),
            },
        ),
        plain(
            "per_address_a_day",
            "How many clients one address may register on one day without an initial access token (mode = \"open\"). An IPv6 /64 counts as\n\
             an address; a /56 may register twice, a /48 four times as many.",
            ValueKind::Number {
                from: 1,
                to: 1_000_000,
                set: |section, number| put(&mut section.per_address_a_day, number),
                get: |section| section.per_address_a_day,
            },
        ),
        plain(
            "a_day",
            "How many clients may be registered on one day without an initial access token, by all addresses together.",
            ValueKind::Number {
                from: 1,
                to: 1_000_000,
                set: |section, number| put(&mut section.a_day, number),
                get: |section| section.a_day,
            },
        ),
        plain(
            "in_total",
            "How many clients that registered without an initial access token there may be. Each takes up to 12 KiB.",
            ValueKind::Number {
                from: 1,
                to: 1_000_000,
                set: |section, number| put(&mut section.in_total, number),
                get: |section| section.in_total,
            },
        ),
        plain(
            "unused_for",
            "After how long a client that registered itself is removed if it never got a token.",
            ValueKind::Span {
                from: Duration::from_hours(1),
                to: Duration::from_hours(24 * 365),
                place: |section| &mut section.unused_for,
            },
        ),
        plain(
            "unasked_redirects",
            "What happens where a client that registered itself without an initial access token wants the browser back before the\n\
             person has done anything (an error, prompt=none, a sign-out while no person is signed in): a page says where the\n\
             browser would go (page), or it goes there at once (direct). Nobody vouches for such an address (RFC 9700 4.11.2):\n\
             write direct for tests only.",
            ValueKind::Choice {
                words: &["page", "direct"],
                set: |section, word| {
                    section.unasked_redirects = match word {
                        "page" => UnaskedRedirects::Page,
                        "direct" => UnaskedRedirects::Direct,
                        _ => return None,
                    };
                    Some(())
                },
                get: |section| match section.unasked_redirects {
                    UnaskedRedirects::Page => "page",
                    UnaskedRedirects::Direct => "direct",
                },
            },
        ),
        Key {
            name: "initial_access_tokens",
            about: "Initial access tokens (mode = \"token\"), in addition to those that `panjereh agency registration-token`\n\
                    makes. Do not write them into this file: set PANJEREH_REGISTRATION_INITIAL_ACCESS_TOKENS.",
            kind: ValueKind::List {
                remedy: "Give random tokens of at least 32 characters (in the environment separated by commas)",
                set: |section, items| {
                    if items.iter().any(|token| token.len() < SHORTEST_TOKEN) {
                        return Err("contains a token that is too short");
                    }
                    section.initial_access_tokens = items.iter().map(|token| TokenHash::of(token)).collect();
                    Ok(())
                },
                // Only the hashes are known. The reference file shows the default, which is empty.
                get: |_| Vec::new(),
            },
            shown: Shown::Hidden,
        },
    ],
};
