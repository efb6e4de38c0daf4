use super::*;
use crate::identity::account::{AccountStatus, NumberOwner};
use crate::identity::assurance::IdentityAssurance;
use crate::identity::birth_date::BirthDate;
use crate::identity::id::AccountId;
use crate::identity::mobile::MobileNumber;
use crate::identity::national_id::NationalId;
use crate::identity::person::{PersonName, Vital};
use crate::time::Timestamp;

fn an_account() -> Account {
    Account {
        id: AccountId::from_bytes([1; 16]),
        person: Person {
            national_id: NationalId::parse("0012345679").unwrap(),
            name: PersonName { given: "مریم".to_owned(), family: "آزمون".to_owned() },
            latin_name: Some(PersonName { given: "Maryam".to_owned(), family: "Azmoun".to_owned() }),
            father_name: "نمونه".to_owned(),
            gender: Gender::Female,
            birth_date: BirthDate::parse_iso("1986-10-04").unwrap(),
            birth_place: "یزد".to_owned(),
            address: Address {
                country: "IR".to_owned(),
                region: "یزد".to_owned(),
                locality: "یزد".to_owned(),
                street: "کوچه نمونه ۱".to_owned(),
                postal_code: "8910000000".to_owned(),
            },
            mobile: None,
            card_serial: None,
            vital: Vital::Alive,
        },
        mobile: MobileNumber::parse("+989120000000").unwrap(),
        mobile_verified_at: Timestamp::from_seconds(1_600_000_000),
        number: NumberOwner::Vouched,
        assurance: IdentityAssurance::Substantial,
        proofed_at: Timestamp::from_seconds(1_600_000_000),
        status: AccountStatus::Active,
        sessions_valid_from: Timestamp::from_seconds(0),
        created_at: Timestamp::from_seconds(1_600_000_000),
    }
}

fn claims(scopes: &[Scope]) -> Map<String, Value> {
    user_claims(&Holder { account: &an_account(), age_over_18: true, locales: &[] }, scopes)
}

/// The claims of the scopes `profile` and `address` that depend on the language, each with the script of its value.
fn in_languages(latin: bool, locales: &[ClaimLocale]) -> Vec<String> {
    let mut account = an_account();
    account.person.latin_name = account.person.latin_name.filter(|_| latin);
    let told = user_claims(&Holder { account: &account, age_over_18: true, locales }, &[Scope::Profile, Scope::Address]);
    let is_localized = |name: &&String| UserClaim::from_name(name.split('#').next().unwrap()).unwrap().is_localized();
    let is_latin = |value: &Value| value.as_str().is_some_and(str::is_ascii);
    let mut told: Vec<_> = told
        .iter()
        .filter(|(name, _)| is_localized(name) && !name.starts_with("given_name") && !name.starts_with("family_name"))
        .map(|(name, value)| format!("{name}={}", if is_latin(value) { "latin" } else { "persian" }))
        .collect();
    told.sort_unstable();
    told
}

#[test]
fn oidc_core_5_2_claims_locales_choose_what_comes_without_a_tag() {
    const FA: ClaimLocale = ClaimLocale::Fa;
    const EN: ClaimLocale = ClaimLocale::En;
    let cases: [(bool, &[ClaimLocale], &[&str]); 8] = [
        (true, &[], &["address=persian", "name#en=latin", "name#fa=persian", "name=persian"]),
        (false, &[], &["address=persian", "name#fa=persian", "name=persian"]),
        // One language: no tags.
        (true, &[FA], &["address=persian", "name=persian"]),
        (true, &[EN], &["address#fa=persian", "address=persian", "name=latin"]),
        // Not known in that language: returned in another, with the tag of that one.
        (false, &[EN], &["address#fa=persian", "address=persian", "name#fa=persian", "name=persian"]),
        // Several: each that is known has its tag, and the most wanted comes without a tag, too.
        (true, &[EN, FA], &["address#fa=persian", "address=persian", "name#en=latin", "name#fa=persian", "name=latin"]),
        (true, &[FA, EN], &["address#fa=persian", "address=persian", "name#en=latin", "name#fa=persian", "name=persian"]),
        (false, &[EN, FA], &["address#fa=persian", "address=persian", "name#fa=persian", "name=persian"]),
    ];
    for (latin, locales, told) in cases {
        assert_eq!(in_languages(latin, locales), told, "{latin} {locales:?}");
    }
}

#[test]
fn oidc_core_5_2_a_single_claim_with_a_tag_comes_in_that_language_or_not_at_all() {
    let mut account = an_account();
    let asked = ["name#en", "given_name", "address#fa", "address#en"].map(|name| AskedClaim::from_member(name).unwrap());
    let told = |account: &Account, locales: &[ClaimLocale]| {
        let told = single_claims(&Holder { account, age_over_18: true, locales }, &asked);
        let mut names: Vec<String> = told.keys().cloned().collect();
        names.sort_unstable();
        names
    };
    assert_eq!(told(&account, &[]), ["address#fa", "given_name", "given_name#en", "given_name#fa", "name#en"]);
    assert_eq!(told(&account, &[ClaimLocale::Fa]), ["address#fa", "given_name", "name#en"], "a tag in claims is more exact");
    account.person.latin_name = None;
    assert_eq!(told(&account, &[]), ["address#fa", "given_name", "given_name#fa"]);
}

#[test]
fn oidc_core_5_4_each_scope_gives_its_claims_and_no_other() {
    for scope in Scope::ALL {
        let given = claims(&[scope]);
        let names: Vec<&str> = given.keys().map(String::as_str).filter(|name| !name.contains('#')).collect();
        let mut listed: Vec<&str> = claims_of(scope).iter().copied().filter(|name| *name != "sub").collect();
        listed.sort_unstable();
        let mut names = names;
        names.sort_unstable();
        assert_eq!(names, listed, "{}", scope.name());
    }
}

#[test]
fn oidc_core_5_2_names_carry_a_language_tag_for_each_script() {
    let profile = claims(&[Scope::Profile]);
    assert_eq!(profile["name"], "مریم آزمون");
    assert_eq!(profile["name#fa"], profile["name"]);
    assert_eq!(profile["name#en"], "Maryam Azmoun");
    assert_eq!(profile["given_name#en"], "Maryam");
    assert_eq!(profile["birthdate"], "1986-10-04");
    let mut account = an_account();
    account.person.latin_name = None;
    assert!(
        !user_claims(&Holder { account: &account, age_over_18: true, locales: &[] }, &[Scope::Profile]).contains_key("name#en")
    );
}

#[test]
fn oidc_core_5_1_1_the_address_is_an_object() {
    let address = &claims(&[Scope::Address])["address"];
    assert_eq!(address["country"], "IR");
    assert_eq!(address["formatted"], "کوچه نمونه ۱\nیزد\nیزد\n8910000000\nIR");
}

#[test]
fn a_client_with_the_age_scope_alone_learns_nothing_else() {
    assert_eq!(Value::from(claims(&[Scope::Openid, Scope::AgeOver18])), json!({ "age_over_18": true }));
}

#[test]
fn an_account_with_a_registry_match_alone_releases_the_number_that_was_typed_and_nothing_else() {
    let mut account = an_account();
    (account.assurance, account.number) = (IdentityAssurance::Low, NumberOwner::Unvouched);
    let holder = Holder { account: &account, age_over_18: true, locales: &[ClaimLocale::En] };
    let told = user_claims(&holder, &Scope::ALL);
    assert_eq!(told.keys().collect::<Vec<_>>(), ["phone_number"]);
    let all: Vec<AskedClaim> =
        ["name", "name#en", "address", "address#fa", "gender", "national_id", "phone_number_verified", "age_over_18"]
            .into_iter()
            .filter_map(AskedClaim::from_member)
            .collect();
    assert!(single_claims(&holder, &all).is_empty());
}

#[test]
fn oidc_core_5_1_a_number_that_nobody_vouches_for_is_not_called_verified() {
    let mut account = an_account();
    account.number = NumberOwner::Unvouched;
    let told = user_claims(&Holder { account: &account, age_over_18: true, locales: &[] }, &[Scope::Phone]);
    assert_eq!(told.keys().collect::<Vec<_>>(), ["phone_number"]);
}
