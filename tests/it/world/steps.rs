//! What people do on the pages, one function per step. Each sends the form that the page holds.

use super::World;
use super::agency::{Agency, Asking};
use super::browser::{Browser, Page};
use super::citizen::Citizen;
use super::html;
use super::tokens::Tokens;
use crate::soft_authenticator::SoftAuthenticator;

impl Browser<'_> {
    /// From the sign-in page to the proofing form, filled in and sent.
    pub async fn prove(&mut self, citizen: &Citizen) -> &Page {
        let mobile = citizen.mobile().to_owned();
        self.prove_with(citizen.national_id(), &citizen.birth_date, &mobile).await
    }

    /// The same with other details.
    pub async fn prove_with(&mut self, national_id: &str, birth_date: &str, mobile: &str) -> &Page {
        if !html::forms(self.page.html()).iter().any(|form| form.action.ends_with("/prove")) {
            self.follow("/prove").await;
        }
        let form = self.page.form("/prove").fill("national_id", national_id).fill("birth_date", birth_date);
        self.submit(form.fill("mobile", mobile)).await
    }

    /// Enters the code that was sent to this citizen last.
    pub async fn enter_code(&mut self, citizen: &Citizen) -> &Page {
        let code = self.world.last_code(citizen.mobile());
        self.enter(&code).await
    }

    /// Enters this code.
    pub async fn enter(&mut self, code: &str) -> &Page {
        let form = self.page.form("/code").fill("code", code);
        self.submit(form).await
    }

    /// Sets a first password and notes the recovery codes, which the page shows once.
    pub async fn choose_password(&mut self, citizen: &mut Citizen) -> &Page {
        let form = self.page.form("/authenticator").fill("password", &citizen.password);
        self.submit(form).await;
        self.keep_codes(citizen).await
    }

    /// Makes a first passkey and notes the recovery codes.
    pub async fn make_passkey(&mut self, citizen: &mut Citizen, passkey: &mut SoftAuthenticator) -> &Page {
        let form = self.page.form("/passkey/new");
        let options = self.fetch(&form.action).await.json();
        let form = form.fill("response", &passkey.create(&options));
        self.submit(form).await;
        self.keep_codes(citizen).await
    }

    /// Notes the recovery codes and continues.
    pub async fn keep_codes(&mut self, citizen: &mut Citizen) -> &Page {
        self.page.must(200, "recovery-codes-title");
        citizen.recovery_codes = recovery_codes(self.page.html());
        let form = self.page.form("/codes-kept");
        self.submit(form).await
    }

    /// National ID and password; where the page names the person, only the password.
    pub async fn enter_password(&mut self, citizen: &Citizen) -> &Page {
        let form = self.page.form("/sign-in");
        if form.has("national_id") {
            return self.enter_credentials(citizen.national_id(), &citizen.password).await;
        }
        self.submit(form.fill("password", &citizen.password)).await
    }

    /// The same with other values.
    pub async fn enter_credentials(&mut self, national_id: &str, password: &str) -> &Page {
        let form = self.page.form("/sign-in").fill("national_id", national_id).fill("password", password);
        self.submit(form).await
    }

    /// Password and code.
    pub async fn sign_in(&mut self, citizen: &Citizen) -> &Page {
        self.enter_password(citizen).await;
        self.enter_code(citizen).await
    }

    /// The passkey's answer to the sign-in page.
    pub async fn use_passkey(&mut self, passkey: &SoftAuthenticator) -> &Page {
        let form = self.page.form("/passkey");
        let options = self.fetch(&format!("{}/options", form.action)).await.json();
        let form = form.fill("response", &passkey.get(&options));
        self.submit(form).await
    }

    /// A recovery code instead of the text message.
    pub async fn enter_recovery_code(&mut self, code: &str) -> &Page {
        if !self.page.says("recovery-code-title") {
            self.follow("/recovery").await;
        }
        let form = self.page.form("/recovery").fill("code", code);
        self.submit(form).await
    }

    /// From the page about an account that exists: the person did not make it.
    pub async fn it_is_not_mine(&mut self) -> &Page {
        assert!(self.page.says("refusal-not-my-account"), "{}", self.page.words());
        let interaction = self.page.url.trim_end_matches("/stopped").to_owned();
        self.follow(&interaction).await
    }

    /// Allows what the consent page shows.
    pub async fn allow(&mut self) -> &Page {
        let form = self.page.form("/consent").press("consent-allow");
        self.submit(form).await
    }

    /// Denies it.
    pub async fn deny(&mut self) -> &Page {
        let form = self.page.form("/consent").press("consent-deny");
        self.submit(form).await
    }

    /// All steps of a person without an account, up to the consent page.
    pub async fn register(&mut self, citizen: &mut Citizen) -> &Page {
        self.prove(citizen).await;
        self.enter_code(citizen).await;
        self.choose_password(citizen).await
    }

    /// Signs out, here or everywhere: the id of the button.
    pub async fn sign_out(&mut self, button: &str) -> &Page {
        self.open("/logout").await;
        let form = self.page.form("/logout/confirm").press(button);
        self.submit(form).await
    }

    /// Goes to an agency, signs in there by password and code, and consents where asked; returns the code.
    pub async fn sign_in_at(&mut self, agency: &Agency<'_>, citizen: &Citizen, scope: &str) -> (Asking, String) {
        let asking = agency.ask(scope);
        self.open(&asking.url()).await;
        self.sign_in(citizen).await;
        if self.page.left_for.is_none() {
            self.allow().await;
        }
        let code = asking.code(&self.page);
        (asking, code)
    }
}

impl World {
    /// A person with an account, made by the pages in a browser that is gone.
    pub async fn registered(&self, agency: &Agency<'_>) -> Citizen {
        let mut citizen = self.citizen().await;
        let mut browser = self.browser();
        browser.open(&agency.ask("openid").url()).await;
        browser.register(&mut citizen).await;
        citizen
    }

    /// A person signed in at an agency: their browser, and the tokens.
    pub async fn signed_in<'w>(&'w self, agency: &Agency<'_>, scope: &str) -> (Citizen, Browser<'w>, Tokens) {
        let mut citizen = self.citizen().await;
        let mut browser = self.browser();
        let asking = agency.ask(scope);
        browser.open(&asking.url()).await;
        browser.register(&mut citizen).await;
        browser.allow().await;
        let code = asking.code(&browser.page);
        let (tokens, _) = agency.sign_in(&asking, &code).await;
        (citizen, browser, tokens)
    }
}

/// The codes as the page shows them.
pub fn recovery_codes(html: &str) -> Vec<String> {
    let shown = html.split("<li><span aria-hidden=\"true\">").skip(1);
    shown.map(|rest| rest.split('<').next().unwrap().to_owned()).collect()
}
