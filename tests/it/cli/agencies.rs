//! `panjereh agency`.

use super::{Place, assert_has};

const FILE: &str = r#"
[[agency]]
slug = "tax"
name = { fa = "سازمان مالیات", en = "Tax office" }

[[agency.client]]
client_id = "tax-web"
redirect_uris = ["https://tax.example/callback"]

[[agency.client]]
client_id = "tax-app"
application_type = "native"
token_endpoint_auth_method = "none"
redirect_uris = ["http://127.0.0.1/callback"]
"#;

fn place() -> Place {
    let place = Place::migrated();
    place.write("tax.toml", FILE);
    place
}

fn apply(place: &Place, flags: &[&str]) -> super::Said {
    place.run(&[&["agency", "apply", "tax.toml"], flags].concat())
}

fn secret_in(told: &str) -> Option<&str> {
    told.lines().find_map(|line| line.strip_prefix("client secret of tax-web, shown only now: "))
}

#[test]
fn applying_twice_changes_nothing_the_second_time_and_a_secret_is_told_once() {
    let place = place();
    let told = apply(&place, &[]).succeeded();
    assert_has(
        &told,
        &[
            "+ agency tax",
            "+ client tax-web",
            "+ client tax-app",
            "agencies: 1 added, 0 changed; clients: 2 added, 0 changed, 0 removed",
        ],
    );
    let secret = secret_in(&told).expect("a secret");
    assert!(secret.len() >= 43, "{secret}");
    let again = apply(&place, &[]).succeeded();
    assert_has(&again, &["nothing to change"]);
    assert_eq!(secret_in(&again), None);
    assert_has(
        &place.run(&["agency", "list"]).succeeded(),
        &["tax", "Tax office", "tax-web", "client_secret_basic", "tax-app", "none"],
    );
}

#[test]
fn every_client_that_accepts_the_lowest_level_is_named_whenever_its_file_is_applied() {
    let place = place();
    let low = "client_id = \"tax-app\"\nmin_acr = \"urn:panjereh:acr:low\"\n";
    place.write("tax.toml", &FILE.replace("client_id = \"tax-app\"\n", low));
    for flags in [&["--dry-run"][..], &[], &[]] {
        let told = apply(&place, flags).succeeded();
        let named: Vec<_> = told.lines().filter(|line| line.starts_with("warning: ")).collect();
        assert!(matches!(named[..], [line] if line.contains("client tax-app accepts urn:panjereh:acr:low")), "{told}");
    }
    place.write("tax.toml", FILE);
    let told = apply(&place, &[]).succeeded();
    assert_has(&told, &["~ client tax-app", "min_acr: urn:panjereh:acr:low -> urn:panjereh:acr:substantial"]);
    assert!(!told.contains("warning"), "{told}");
}

#[test]
fn what_a_library_must_be_told_stands_beside_the_secret() {
    let place = place();
    let told = apply(&place, &[]).succeeded();
    let beside = |told: &str| {
        let lines: Vec<_> = told.lines().collect();
        let at = lines.iter().position(|line| line.starts_with("client secret of tax-web")).expect("a secret");
        assert_eq!(at, lines.len() - 1, "nothing follows the secret, for scripts that take it from there");
        lines[at - 1].strip_prefix("client tax-web: ").unwrap_or_default().to_owned()
    };
    let both = "secret sent by: client_secret_basic or client_secret_post";
    assert_eq!(beside(&told), format!("signing algorithm: ES256; {both}; PKCE (S256): required"));
    let place = Place::migrated();
    let named =
        "id_token_signed_response_alg = \"RS256\"\ntoken_endpoint_auth_method = \"client_secret_post\"\npkce = \"optional\"\n";
    place.write("tax.toml", &FILE.replace("client_id = \"tax-web\"\n", &format!("client_id = \"tax-web\"\n{named}")));
    let told = apply(&place, &[]).succeeded();
    assert_eq!(beside(&told), "signing algorithm: RS256; secret sent by: client_secret_post; PKCE (S256): optional");
}

#[test]
fn a_dry_run_shows_what_would_change_and_changes_nothing() {
    let place = place();
    let told = apply(&place, &["--dry-run"]).succeeded();
    assert_has(&told, &["+ agency tax", "+ client tax-web", "nothing was changed"]);
    assert_eq!(secret_in(&told), None);
    assert_has(&place.run(&["agency", "list"]).succeeded(), &["there are no agencies"]);
}

#[test]
fn three_hundred_clients_are_added_in_a_line_each_and_in_full_on_request() {
    let place = Place::migrated();
    let client = |n: u32| {
        format!(
            "[[agency.client]]\nclient_id = \"web-{n}\"\nredirect_uris = [\"https://tax.example/{n}\"]\ntoken_endpoint_auth_method = \"none\"\n"
        )
    };
    let head = "[[agency]]\nslug = \"tax\"\nname = { fa = \"مالیات\", en = \"Tax\" }\n".to_owned();
    place.write("tax.toml", &(head + &(0..300).map(client).collect::<String>()));
    let told = apply(&place, &["--dry-run"]).succeeded();
    assert_eq!(told.lines().count(), 1 + 300 + 1 + 1, "{told}");
    assert_has(&told, &["agencies: 1 added, 0 changed; clients: 300 added, 0 changed, 0 removed"]);
    assert_has(&apply(&place, &["--dry-run", "--verbose"]).succeeded(), &["    redirect_uris: https://tax.example/299"]);
}

#[test]
fn a_change_is_shown_field_by_field_and_keeps_the_secret() {
    let place = place();
    apply(&place, &[]).succeeded();
    place.write(
        "tax.toml",
        &FILE.replace("https://tax.example/callback", "https://tax.example/new").replace("Tax office", "Tax Office"),
    );
    let told = apply(&place, &[]).succeeded();
    let expected = [
        "~ agency tax",
        "Tax office",
        "Tax Office",
        "~ client tax-web",
        "redirect_uris: https://tax.example/callback -> https://tax.example/new",
    ];
    assert_has(&told, &expected);
    assert!(!told.contains("+ client") && secret_in(&told).is_none(), "{told}");
    assert_has(&apply(&place, &[]).succeeded(), &["nothing to change"]);
}

#[test]
fn a_client_that_left_the_file_stays_until_it_is_pruned() {
    let place = place();
    apply(&place, &[]).succeeded();
    let without_app = FILE.split("[[agency.client]]").take(2).collect::<Vec<_>>().join("[[agency.client]]");
    place.write("tax.toml", &without_app);
    assert_has(&apply(&place, &[]).succeeded(), &["tax-app is registered and not in the file", "--prune"]);
    assert_has(&place.run(&["agency", "list"]).succeeded(), &["tax-app"]);
    assert_has(&apply(&place, &["--prune"]).succeeded(), &["- client tax-app"]);
    assert!(!place.run(&["agency", "list"]).succeeded().contains("tax-app"));
}

#[test]
fn initial_access_tokens_are_made_listed_and_revoked_one_by_one() {
    let place = Place::migrated();
    let command = ["agency", "registration-token"];
    let with = |more: &[&str]| place.run(&[&command, more].concat());
    assert_has(&with(&["list"]).succeeded(), &["there are no tokens"]);
    let one = with(&["--days", "30", "--note", "Ministry of samples"]).succeeded();
    let other = with(&[]).succeeded();
    let name = |token: &str| token.split('.').next().unwrap().to_owned();
    assert!(one.trim().len() > 50 && one.lines().count() == 1, "the token and nothing else, for scripts: {one}");
    let listed = with(&["list"]).succeeded();
    assert_has(&listed, &[&name(&one), &name(&other), "valid", "Ministry of samples", "CLIENTS"]);
    assert!(!listed.contains(one.trim()), "what is kept is a hash");

    assert_has(&with(&["revoke", &name(&one)]).succeeded(), &[&name(&one), "revoked"]);
    assert_has(&with(&["revoke", &name(&one)]).failed(), &["to revoke", "registration-token list"]);
    assert_has(&with(&["revoke", "nobody"]).failed(), &["there is no token nobody"]);
    let listed = with(&["list"]).succeeded();
    let line = |token: &str| listed.lines().find(|line| line.starts_with(&name(token))).unwrap().to_owned();
    assert!(line(&one).contains("revoked 20") && line(&other).contains("valid"), "{listed}");
}

#[test]
fn a_bad_file_is_told_whole_and_changes_nothing() {
    let place = place();
    place.write("tax.toml", &FILE.replace("https://tax.example/callback", "https://tax.example/#x").replace("native", "desktop"));
    let told = apply(&place, &[]).failed();
    assert_has(
        &told,
        &[
            "tax.toml:8: agency[tax].client[tax-web].redirect_uris[0]",
            "tax.toml:12: agency[tax].client[tax-app].application_type",
        ],
    );
    assert_has(&place.run(&["agency", "list"]).succeeded(), &["there are no agencies"]);
    assert_has(&place.run(&["agency", "apply", "none.toml"]).failed(), &["none.toml cannot be read"]);
}
