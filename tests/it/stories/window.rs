//! The window with many services: found without a script, those used lately first, signing out in the header.

use crate::world::browser::Page;
use crate::world::{World, on_both_backends};
use panjereh::client::metadata::Client;
use panjereh::text::LocalName;

on_both_backends! {
    a_citizen_finds_one_of_many_services_by_search_letter_and_page_without_a_script,
    the_services_that_a_citizen_used_lately_come_first_with_their_logos,
    the_window_of_many_services_stays_light_and_signs_out_in_its_header,
}

/// Forty services of four agencies.
async fn many(world: &World) {
    let kinds = [("آب", "Water"), ("پست", "Post"), ("گذرنامه", "Passports"), ("مالیات", "Taxes")];
    for at in 0..40 {
        let (fa, en) = kinds[at % 4];
        let named = |client: &mut Client| {
            client.name = LocalName { fa: format!("{fa} {at}"), en: format!("{en} {at}") };
            client.agency = format!("owner-{}", at % 4);
        };
        world.agency_with(&format!("service{at}"), named).await;
    }
}

fn links(page: &Page) -> Vec<&str> {
    page.html().split("<li><a id=\"open-").skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

async fn a_citizen_finds_one_of_many_services_by_search_letter_and_page_without_a_script(world: &World) {
    many(world).await;
    let mut browser = world.browser();
    // The form as a browser sends it.
    browser.open("/").await.must(200, "window-find");
    assert!(browser.page.html().contains("<form class=\"finder\" role=\"search\" method=\"get\" action=\"/\">"));
    for (query, expected) in [
        ("Passports+22", "service22"),
        ("passports+%DB%B2%DB%B2", "service22"),
        ("%DA%AF%D8%B0%D8%B1%D9%86%D8%A7%D9%85%D9%87+22", "service22"),
    ] {
        browser.open(&format!("/?q={query}")).await;
        assert_eq!(links(&browser.page), [expected], "{query}");
    }
    browser.open("/?q=%3Cscript%3E").await;
    assert!(links(&browser.page).is_empty() && browser.page.reads("<script>") && !browser.page.html().contains("<script>"));
    browser.open("/?letter=P").await;
    assert_eq!(links(&browser.page).len(), 12, "the first page of posts and passports");
    browser.open("/?letter=W").await;
    assert_eq!(links(&browser.page).len(), 10);

    let mut seen = Vec::new();
    browser.open("/").await;
    loop {
        seen.extend(links(&browser.page).into_iter().map(str::to_owned));
        if !browser.page.html().contains("id=\"later\"") {
            break;
        }
        let later = browser.page.html().split("id=\"later\" href=\"").nth(1).unwrap().split('"').next().unwrap();
        let later = later.replace("&#38;", "&").replace("&amp;", "&");
        browser.open(&later).await;
    }
    assert_eq!(seen.len(), 40);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 40, "each service is on one page");
}

async fn the_services_that_a_citizen_used_lately_come_first_with_their_logos(world: &World) {
    many(world).await;
    let with_logo = |client: &mut Client| {
        let host = format!("https://{}.example/logo.png", client.id);
        client.pages.logo = Some(LocalName { fa: host.clone(), en: host });
    };
    let (tax, health) = (world.agency_with("tax", with_logo).await, world.agency_with("health", with_logo).await);
    world.agency_with("never-used", with_logo).await;
    let (_, mut browser, _) = world.signed_in(&tax, "openid").await;
    world.pass(std::time::Duration::from_secs(1));
    let asking = health.ask("openid");
    browser.open(&asking.url()).await;
    let code = asking.code(browser.allow().await);
    health.sign_in(&asking, &code).await;

    browser.open("/").await.must(200, "window-lately");
    assert_eq!(&links(&browser.page)[..2], ["health", "tax"], "the latest first");
    assert_eq!(links(&browser.page).iter().filter(|id| ["health", "tax"].contains(id)).count(), 2, "each once");
    let policy = browser.page.answer.header("content-security-policy");
    assert!(policy.contains("img-src 'self' https://health.example https://tax.example;"), "{policy}");
    assert!(!browser.page.html().contains("https://never-used.example/logo.png"), "only agencies that know the person are asked");
    browser.open("/?q=agency+tax").await;
    assert_eq!(links(&browser.page), ["tax"], "a search looks at all");
    assert!(
        browser.page.html().contains("https://tax.example/logo.png"),
        "a service that was used has its logo wherever it stands"
    );
    assert!(browser.page.answer.header("content-security-policy").contains("img-src 'self' https://tax.example;"));
    let mut stranger = world.browser();
    stranger.open("/").await.must(200, "window-title");
    assert!(!stranger.page.says("window-lately"));
    assert!(stranger.page.answer.header("content-security-policy").contains("img-src 'self';"));
}

async fn the_window_of_many_services_stays_light_and_signs_out_in_its_header(world: &World) {
    many(world).await;
    let tax = world.agency("tax").await;
    let (_, mut browser, _) = world.signed_in(&tax, "openid").await;
    browser.open("/").await.must(200, "window-sign-out");
    assert!(browser.page.html().len() < 12_000, "{} bytes", browser.page.html().len());
    let header = browser.page.html().split("</header>").next().unwrap();
    assert!(header.contains("id=\"sign-out\" href=\"/logout\""), "{header}");
    let mut stranger = world.browser();
    assert!(!stranger.open("/").await.html().contains("id=\"sign-out\""));
}
