//! One-time codes: six digits, five minutes, five tries, once.

use crate::world::browser::Browser;
use crate::world::citizen::Citizen;
use crate::world::{World, on_both_backends};
use panjereh::locale::Locale;
use std::time::Duration;

on_both_backends! {
    a_wrong_code_counts_down_the_tries_and_the_fifth_ends_the_code,
    a_code_works_for_five_minutes_and_no_longer,
    a_code_works_once,
    a_new_code_ends_the_one_before,
    a_code_that_arrived_still_works_when_a_new_one_is_refused,
    a_code_that_is_no_code_costs_no_try,
    the_six_digits_are_taken_out_of_the_whole_message_and_out_of_what_the_clipboard_made_of_them,
    the_message_names_the_site_so_that_browsers_fill_the_code_in_nowhere_else,
}

/// A person who has just entered their password.
async fn waiting(world: &World) -> (Citizen, Browser<'_>) {
    let tax = world.agency("tax").await;
    let citizen = world.registered(&tax).await;
    let mut browser = world.browser();
    browser.open(&tax.ask("openid").url()).await;
    browser.enter_password(&citizen).await.must(200, "otp-title");
    (citizen, browser)
}

fn other_than(code: &str) -> &'static str {
    if code == "123456" { "654321" } else { "123456" }
}

async fn a_wrong_code_counts_down_the_tries_and_the_fifth_ends_the_code(world: &World) {
    let (citizen, mut browser) = waiting(world).await;
    let code = world.last_code(citizen.mobile());
    for tries_left in (1..5).rev() {
        browser.enter(other_than(&code)).await;
        assert_eq!(browser.page.status(), 422);
        assert!(browser.page.reads(&Locale::En.t_with("error-code-wrong", &[("tries", tries_left)])), "{tries_left}");
    }
    browser.enter(other_than(&code)).await.must(429, "refusal-too-many-tries-title");
    let back = browser.page.url.strip_suffix("/stopped").unwrap().to_owned();
    browser.open(&back).await.must(200, "otp-title");
    browser.enter(&code).await.must(429, "refusal-too-many-tries-title");
    assert_eq!(browser.session(), None);

    // A new code has tries of its own.
    browser.open(&back).await;
    let form = browser.page.form("/code/again");
    browser.submit(form).await.must(200, "otp-sent-again");
    browser.enter_code(&citizen).await.must(200, "consent-title");
}

async fn a_code_works_for_five_minutes_and_no_longer(world: &World) {
    let (citizen, mut browser) = waiting(world).await;
    let code = world.last_code(citizen.mobile());
    world.pass(Duration::from_mins(5));
    browser.enter(&code).await.must(422, "error-code-expired");
    assert_eq!(browser.session(), None);
    let form = browser.page.form("/code/again");
    browser.submit(form).await.must(200, "otp-sent-again");
    let code = world.last_code(citizen.mobile());
    world.pass(Duration::from_mins(5) - Duration::from_millis(1));
    browser.enter(&code).await.must(200, "consent-title");
}

async fn a_code_works_once(world: &World) {
    let (citizen, mut browser) = waiting(world).await;
    let form = browser.page.form("/code").fill("code", &world.last_code(citizen.mobile()));
    let mut twin = browser.clone();
    browser.submit(form.clone()).await.must(200, "consent-title");
    twin.submit(form).await.must(422, "refusal-code-used-title");
    assert_eq!(twin.session(), None);
}

async fn a_new_code_ends_the_one_before(world: &World) {
    let (citizen, mut browser) = waiting(world).await;
    let old = world.last_code(citizen.mobile());
    let form = browser.page.form("/code/again");
    browser.submit(form).await;
    let new = world.last_code(citizen.mobile());
    assert_ne!(old, new);
    browser.enter(&old).await;
    assert!(browser.page.reads(&Locale::En.t_with("error-code-wrong", &[("tries", 4)])));
    browser.enter(&new).await.must(200, "consent-title");
}

async fn a_code_that_arrived_still_works_when_a_new_one_is_refused(world: &World) {
    let (citizen, mut browser) = waiting(world).await;
    for _ in 0..4 {
        let form = browser.page.form("/code/again");
        browser.submit(form).await.must(200, "otp-sent-again");
    }
    let form = browser.page.form("/code/again");
    browser.submit(form).await.must(429, "refusal-no-more-codes-next");
    let again = browser.page.link(browser.page.url.strip_suffix("/stopped").unwrap());
    browser.open(&again).await.must(200, "otp-title");
    browser.enter_code(&citizen).await.must(200, "consent-title");
}

async fn a_code_that_is_no_code_costs_no_try(world: &World) {
    let (citizen, mut browser) = waiting(world).await;
    for typed in ["12345", "1234567", "abcdef", "12 34", "123456 or 654321"] {
        browser.enter(typed).await.must(422, "error-code-shape");
    }
    browser.enter_code(&citizen).await.must(200, "consent-title");
}

async fn the_six_digits_are_taken_out_of_the_whole_message_and_out_of_what_the_clipboard_made_of_them(world: &World) {
    let tax = world.agency("tax").await;
    let citizen = world.registered(&tax).await;
    for language in ["en", "fa"] {
        for number in 0..4 {
            let mut browser = world.browser();
            browser.accept_language = language;
            browser.open(&tax.ask("openid").url()).await;
            browser.enter_password(&citizen).await.must(200, "otp-title");
            let message = world.messages().pop().unwrap();
            let code = message.code.clone().unwrap();
            let full_width = |digit: char| char::from_u32(u32::from(digit) - u32::from('0') + u32::from('０')).unwrap();
            let pasted = match number {
                // A browser takes the line breaks out of what is pasted into a field of one line (HTML §4.10.5.1.2).
                0 => message.text.replace('\n', ""),
                1 => format!("۰۹۱۲ ۵۵۵ ۰۰۰۱ ۱۴:۳۵ {}", message.text.replace('\n', " ")),
                2 => code.chars().map(full_width).collect(),
                _ => format!("\u{200f}{}\u{2011}{}\u{feff}", &code[..3], &code[3..]),
            };
            browser.enter(&pasted).await.must(200, "consent-title");
        }
    }
}

async fn the_message_names_the_site_so_that_browsers_fill_the_code_in_nowhere_else(world: &World) {
    let (citizen, _) = waiting(world).await;
    let message = world.messages().pop().unwrap();
    let code = message.code.unwrap();
    assert_eq!(message.to, citizen.mobile());
    assert!(message.text.contains(&code));
    assert_eq!(message.text.lines().last().unwrap(), format!("@window.example #{code}"));
    assert!(!message.text.contains(&citizen.person.name.family), "a message on a locked screen names no person");
}
