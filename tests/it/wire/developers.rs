//! The guide for agencies' developers at `/developers`.

use crate::world::{Answer, Backend, World, on_both_backends};
use panjereh::settings::{RegistrationMode, Settings};

on_both_backends! {
    the_guide_names_the_addresses_of_this_very_deployment_and_of_no_demo,
    oidc_discovery_3_the_document_says_where_developers_read,
    every_page_of_the_guide_is_served_and_no_other,
    a_search_is_a_plain_get_and_repeats_nothing_as_html,
    the_guide_is_english_in_the_frame_of_the_reader_s_language,
}

async fn the_guide_names_the_addresses_of_this_very_deployment_and_of_no_demo(world: &World) {
    let document = world.get("/.well-known/openid-configuration").await.json();
    let first = world.get("/developers").await;
    assert_eq!((first.status.as_u16(), first.header("cache-control")), (200, "no-store"));
    // A line may break within a name.
    let text = |answer: &Answer| answer.text().replace("<wbr>", "");
    let (first, by_hand) = (text(&first), text(&world.get("/developers/messages").await));
    for name in ["issuer", "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri", "end_session_endpoint"] {
        let address = document[name].as_str().unwrap();
        assert!(first.contains(&format!(">{name}</dt><dd class=\"code\">{address}</dd>")), "{name} on the first page");
        assert!(by_hand.contains(&format!("<code>{address}</code>")), "{name} among the endpoints by hand");
    }
    for name in ["introspection_endpoint", "revocation_endpoint"] {
        assert!(by_hand.contains(&format!("<code>{}</code>", document[name].as_str().unwrap())), "{name}");
    }
    assert!(!by_hand.contains("localhost:8080"), "a demo's address is left on the page");
    let proxy = world.get("/developers/oauth2-proxy").await;
    assert!(proxy.text().contains("issuerURL: https://window.example\n"), "in a program");
    assert!(proxy.text().contains("whitelist_domains = [&quot;window.example&quot;]"), "as a host alone");
    assert!(!first.contains("registration_endpoint</dt>"), "what this deployment does not offer is not named");
}

async fn oidc_discovery_3_the_document_says_where_developers_read(world: &World) {
    let document = world.get("/.well-known/openid-configuration").await.json();
    let place = document["service_documentation"].as_str().unwrap().strip_prefix("https://window.example").unwrap().to_owned();
    assert_eq!(world.get(&place).await.status, 200);
}

async fn every_page_of_the_guide_is_served_and_no_other(world: &World) {
    let first = world.get("/developers").await;
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/connect");
    let mut pages = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let file = file.unwrap().file_name().into_string().unwrap();
        let Some(name) = file.strip_suffix(".md").filter(|name| *name != "README") else { continue };
        let path = format!("/developers/{name}");
        let page = world.get(&path).await;
        assert_eq!((page.status.as_u16(), page.text().matches("<h1").count()), (200, 1), "{path}");
        assert!(first.text().contains(&format!("href=\"{path}\"")), "{path} is not in the list");
        pages += 1;
    }
    assert!(pages > 15);
    for none in ["README", "go.md", "..%2fREADME", "%2e%2e", "Go", "a%00b", ""] {
        assert_eq!(world.get(&format!("/developers/{none}")).await.status, 404, "{none}");
    }
}

async fn a_search_is_a_plain_get_and_repeats_nothing_as_html(world: &World) {
    let found = world.get("/developers?q=neither+the+id_token+nor+the+profileURL+set+an+email&lang=en").await;
    let hits = found.text().split("class=\"hits\"").nth(1).unwrap();
    assert!(hits.contains("href=\"/developers/messages#there-is-no-e-mail\""), "{hits}");
    assert!(hits.contains("<mark>"), "the word that was found is marked");
    for question in ["%3Cscript%3Ealert(1)%3C/script%3E", "%22%20autofocus%20onfocus=%22alert(1)", "%E2%80%AE%00%1B%5B2J"] {
        let answer = world.get(&format!("/developers?q={question}")).await;
        assert_eq!(answer.status, 200, "{question}");
        assert!(!answer.text().contains("<script>") && !answer.text().contains("\" onfocus") && !answer.text().contains('\x1b'));
    }
    let long = world.get(&format!("/developers?q={}", "issuer+".repeat(500))).await;
    assert_eq!(long.status, 200);
    assert!(long.text().len() < 60_000, "a long question is cut: {}", long.text().len());
    // An empty one is the first page, and a form that is no form is refused as everywhere.
    assert!(world.get("/developers?q=+").await.text().contains("class=\"deployment\""));
}

async fn the_guide_is_english_in_the_frame_of_the_reader_s_language(world: &World) {
    for (tag, direction) in [("fa", "rtl"), ("en", "ltr")] {
        let page = world.get(&format!("/developers/go?lang={tag}")).await;
        assert!(page.text().contains(&format!("<html lang=\"{tag}\" dir=\"{direction}\">")));
        assert!(page.text().contains("<article lang=\"en\" dir=\"ltr\""));
        assert!(page.header("set-cookie").contains(&format!("panjereh_lang={tag}")), "the choice is kept");
    }
}

#[tokio::test]
async fn where_clients_register_themselves_the_first_page_says_where() {
    let open = |settings: &mut Settings| settings.registration.mode = RegistrationMode::Open;
    for backend in [Backend::Embedded, Backend::Servers] {
        let Some(world) = World::with(backend, open).await else { continue };
        let first = world.get("/developers").await.text().replace("<wbr>", "");
        assert!(first.contains("registration_endpoint</dt><dd class=\"code\">https://window.example/register</dd>"));
    }
}
