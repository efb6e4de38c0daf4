//! Claims about a person (OpenID Connect Core §5): what UserInfo returns, and the ID token if `claims` asks for it there.
//!
//! Names are stored in Persian and, for some people, in Latin script. A client that names no language gets the Persian values
//! without a language tag, and every known value once more with its tag. With `claims_locales` (§5.2) the most wanted value that
//! is known has no tag; values have a tag if the client named several languages, or if the returned language is none of those.

use crate::client::scope::Scope;
use crate::identity::account::{Account, NumberOwner};
use crate::identity::birth_date::BirthDate;
use crate::identity::person::{Address, Gender, Person};
use crate::oidc::claims::locale::ClaimLocale;
use crate::oidc::claims::request::{AskedClaim, UserClaim};
use serde_json::{Map, Value, json};

/// A person as UserInfo describes them.
#[derive(Clone, Copy)]
pub(crate) struct Holder<'a> {
    /// Their account.
    pub(crate) account: &'a Account,
    /// Whether they are an adult today by the country's law; the claim is called `age_over_18`.
    pub(crate) age_over_18: bool,
    /// `claims_locales`, most wanted first; empty if the client named none.
    pub(crate) locales: &'a [ClaimLocale],
}

/// The claims that a scope gives (OpenID Connect Core §5.4): what discovery lists and what the consent page explains.
pub(crate) const fn claims_of(scope: Scope) -> &'static [&'static str] {
    match scope {
        Scope::Openid => &["sub"],
        Scope::Profile => &["name", "given_name", "family_name", "birthdate", "gender", "updated_at"],
        Scope::Phone => &["phone_number", "phone_number_verified"],
        Scope::Address => &["address"],
        Scope::NationalId => &["national_id"],
        Scope::AgeOver18 => &["age_over_18"],
        Scope::OfflineAccess => &[],
    }
}

/// The claims about a person that these scopes give (OpenID Connect Core §5.1, §5.4), without `sub`. Those of the registry only where
/// the account may release them.
pub(crate) fn user_claims(holder: &Holder<'_>, scopes: &[Scope]) -> Map<String, Value> {
    let mut claims = Map::new();
    if scopes.contains(&Scope::Phone) {
        claims.insert("phone_number".into(), holder.account.mobile.e164().into());
    }
    let Some(person) = holder.account.confirmed() else { return claims };
    for scope in scopes {
        match scope {
            Scope::Openid | Scope::OfflineAccess => {}
            Scope::Profile => {
                put_localized(&mut claims, holder, UserClaim::Name);
                put_localized(&mut claims, holder, UserClaim::GivenName);
                put_localized(&mut claims, holder, UserClaim::FamilyName);
                if let Some(birthdate) = birthdate(person.birth_date) {
                    claims.insert("birthdate".into(), birthdate.into());
                }
                claims.insert("gender".into(), gender(person.gender).into());
                claims.insert("updated_at".into(), holder.account.proofed_at.seconds().into());
            }
            Scope::Phone => {
                // §5.1: verified means that its owner was verified. A one-time code alone shows who reads its messages.
                if holder.account.number == NumberOwner::Vouched {
                    claims.insert("phone_number_verified".into(), true.into());
                }
            }
            Scope::Address => put_localized(&mut claims, holder, UserClaim::Address),
            Scope::NationalId => {
                claims.insert("national_id".into(), person.national_id.as_str().into());
            }
            Scope::AgeOver18 => {
                claims.insert("age_over_18".into(), holder.age_over_18.into());
            }
        }
    }
    claims
}

/// Single claims about a person, as `claims` asked for them (OpenID Connect Core §5.5). One with a language tag is returned in
/// that language only, and left out if it is not known in it (§5.2).
pub(crate) fn single_claims(holder: &Holder<'_>, asked: &[AskedClaim]) -> Map<String, Value> {
    let untagged = |name: &str| asked.iter().any(|asked| asked.locale.is_none() && asked.claim.name() == name);
    let mut scopes: Vec<Scope> = asked.iter().map(|asked| asked.claim.scope()).collect();
    scopes.dedup();
    let mut claims = user_claims(holder, &scopes);
    claims.retain(|name, _| untagged(name.split('#').next().unwrap_or_default()));
    for AskedClaim { claim, locale } in asked {
        let Some(locale) = *locale else { continue };
        let person = holder.account.confirmed();
        if let Some(value) = person.and_then(|person| localized(person, *claim, locale)) {
            claims.insert(tagged(*claim, locale), value);
        }
    }
    claims
}

/// Adds a claim whose value depends on the language.
fn put_localized(claims: &mut Map<String, Value>, holder: &Holder<'_>, claim: UserClaim) {
    let person = &holder.account.person;
    let mut put = |name: String, locale| {
        if let Some(value) = localized(person, claim, locale) {
            claims.insert(name, value);
        }
    };
    let wanted = holder.locales;
    // A wish that cannot be met is no reason to return nothing (§5.2): Persian is always known.
    let known = |locale: &ClaimLocale| localized(person, claim, *locale).is_some();
    let best = wanted.iter().copied().find(known).unwrap_or(ClaimLocale::Fa);
    put(claim.name().to_owned(), best);
    let with_tag: &[ClaimLocale] = match wanted {
        // The client named no language. An address is known in one language only, so that it needs no tag.
        [] if claim == UserClaim::Address => &[],
        [] => &ClaimLocale::ALL,
        // One language: §5.2 recommends no tag. A value in another language has one.
        [only] if *only == best => &[],
        [_] => &[ClaimLocale::Fa],
        several => several,
    };
    for locale in with_tag {
        put(tagged(claim, *locale), *locale);
    }
}

fn tagged(claim: UserClaim, locale: ClaimLocale) -> String {
    format!("{}#{}", claim.name(), locale.tag())
}

/// A claim in a language; `None` if it is not known in it, or is the same in all.
fn localized(person: &Person, claim: UserClaim, locale: ClaimLocale) -> Option<Value> {
    if claim == UserClaim::Address {
        return (locale == ClaimLocale::Fa).then(|| address(&person.address));
    }
    let name = match locale {
        ClaimLocale::Fa => &person.name,
        ClaimLocale::En => person.latin_name.as_ref()?,
    };
    // A claim that is not known is left out, and is not an empty text (§5.3.2): some people have a single name.
    let known = |text: String| Some(text).filter(|text| !text.is_empty()).map(Value::from);
    match claim {
        UserClaim::Name => known(name.full()),
        UserClaim::GivenName => known(name.given.clone()),
        UserClaim::FamilyName => known(name.family.clone()),
        _ => None,
    }
}

/// OpenID Connect Core §5.1: `YYYY-MM-DD`, or `YYYY` where the day is not known; there is no form for a year with a month.
fn birthdate(date: BirthDate) -> Option<String> {
    let year = || date.gregorian_year().map(|year| format!("{year:04}"));
    date.day().map(|day| day.to_string()).or_else(year)
}

const fn gender(gender: Gender) -> &'static str {
    match gender {
        Gender::Female => "female",
        Gender::Male => "male",
    }
}

/// OpenID Connect Core §5.1.1; `formatted` is the address as on an envelope, one part a line.
fn address(address: &Address) -> Value {
    let lines = [&address.street, &address.locality, &address.region, &address.postal_code, &address.country];
    let lines: Vec<&str> = lines.into_iter().map(String::as_str).filter(|line| !line.is_empty()).collect();
    let members = [
        ("formatted", &lines.join("\n")),
        ("street_address", &address.street),
        ("locality", &address.locality),
        ("region", &address.region),
        ("postal_code", &address.postal_code),
        ("country", &address.country),
    ];
    members.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name.to_owned(), json!(value))).collect()
}

#[cfg(test)]
mod tests;
