//! The steps of a citizen through the agencies and Panjereh.

use super::Language;
use super::chromium::Browser;
use super::pages::{look_at, plain, sentence};
use crate::demo_process::{Demo, Person};
use panjereh::identity::birth_date::BirthDate;
use panjereh::text::{latin_digits, persian_digits};
use std::time::Duration;

/// One citizen's browser, one demo, one language.
pub struct Story {
    pub demo: Demo,
    pub browser: Browser,
    pub language: Language,
    step: u32,
}

impl Story {
    /// A fresh demo and a fresh browser with a passkey device; `None` where there is no chromedriver.
    pub async fn begin(name: &str, language: Language) -> Option<Self> {
        let mut browser = Browser::start(&format!("{name}-{}", language.tag()), language.tag()).await?;
        browser.plug_in_passkey_device().await;
        Some(Self { demo: Demo::start().await, browser, language, step: 0 })
    }

    pub async fn end(self) {
        self.browser.close().await;
    }

    /// Checks the current page.
    pub async fn look(&mut self, name: &str) {
        self.step += 1;
        look_at(&self.browser, self.language, &format!("{:02}-{name}", self.step)).await;
    }

    /// Opens an agency in the story's language.
    pub async fn open(&self, agency: &str) {
        self.browser.open(&format!("{agency}/?lang={}", self.language.tag())).await;
    }

    /// From the agency's first page to Panjereh's sign-in page.
    pub async fn go_to_sign_in(&self, agency: &str) {
        self.open(agency).await;
        self.browser.press("#sign-in").await;
        self.browser.see("#national-id").await;
        assert!(self.browser.url().await.as_str().starts_with(&self.demo.issuer()), "the password is typed at the issuer alone");
    }

    /// On to the page where a person without an account enters their details.
    pub async fn go_to_prove(&self, agency: &str) {
        self.go_to_sign_in(agency).await;
        self.browser.press("#prove").await;
        self.browser.see("#birth-date").await;
    }

    /// Types their details: in Persian with Persian digits and the Persian calendar, in English with Latin digits and the
    /// Gregorian calendar.
    pub async fn say_who(&self, person: &Person) {
        let written = |text: &str| match self.language {
            Language::Fa => persian_digits(text),
            Language::En => text.to_owned(),
        };
        self.browser.fill("#national-id", &written(&person.national_id)).await;
        self.browser.fill("#birth-date", &self.birth_date(person)).await;
        self.browser.fill("#mobile", &written(&person.mobile)).await;
        self.browser.press("#submit").await;
    }

    fn birth_date(&self, person: &Person) -> String {
        let date = BirthDate::parse_iso(&person.birth_date).expect("an ISO date");
        match self.language {
            Language::Fa => {
                let (year, month, day) = date.jalali().expect("a day");
                persian_digits(&format!("{year}/{month:02}/{day:02}"))
            }
            Language::En => person.birth_date.clone(),
        }
    }

    /// Reads the newest code on the phone and types it.
    pub async fn type_code(&self, person: &Person, seen: usize) {
        let code = self.demo.code_after(&person.mobile, seen).await;
        self.browser.fill("#otp", &code).await;
        self.browser.press("#submit").await;
    }

    /// Types a code that is not the one on the phone.
    pub async fn type_wrong_code(&self, person: &Person, seen: usize) {
        let code = self.demo.code_after(&person.mobile, seen).await;
        let wrong = if code == "000000" { "000001" } else { "000000" };
        self.browser.fill("#otp", wrong).await;
        self.browser.press("#submit").await;
    }

    /// National ID and password on the sign-in page.
    pub async fn type_password(&self, person: &Person, password: &str) {
        self.browser.fill("#national-id", &person.national_id).await;
        self.browser.fill("#password", password).await;
        self.browser.press("#password ~ #submit, form:has(#password) #submit").await;
    }

    /// The page holds one of these sentences in the reader's language, with a reference number.
    pub async fn is_told(&mut self, name: &str, keys: &[&str]) {
        self.browser.see(".refusal, .errors").await;
        let text = plain(&self.browser.text().await);
        let said = keys.iter().any(|key| text.contains(&sentence(self.language, key)));
        assert!(said, "none of {keys:?} is said at {name}:\n{text}");
        let reference = self.browser.text_of("footer .code, .reference .code").await;
        assert!(!reference.trim().is_empty(), "{name} has a reference number");
        self.look(name).await;
    }

    /// Signed in at the agency, as some person.
    pub async fn is_signed_in_at(&self, agency: &str) {
        self.browser.see("#sign-out").await;
        assert!(self.browser.url().await.as_str().starts_with(agency), "back at the agency");
        assert!(!self.browser.text_of("#person-name").await.trim().is_empty(), "the agency knows a name");
    }

    /// Signed out at the agency, soon: the provider notifies it, not the browser.
    pub async fn is_signed_out_at(&self, agency: &str) {
        for _ in 0..50 {
            self.open(agency).await;
            if self.browser.see_one_of(&["#sign-in", "#sign-out"]).await == "#sign-in" {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{agency} still has a session");
    }

    /// The value of a claim on the agency's page, with Latin digits.
    pub async fn claim(&self, name: &str) -> String {
        latin_digits(&self.browser.text_of(&format!("#claims [data-claim='{name}']")).await)
    }
}
