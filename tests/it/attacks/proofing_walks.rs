//! Random walks over proofing: the person and a stranger who knows their national ID and birth date, with tabs, at two instances, in any
//! order, repeated and abandoned.

use crate::stories::more_evidence::{OTHER, OWN, SERIAL, account_if_any, codes_of, with_card};
use crate::world::agency::Agency;
use crate::world::browser::Browser;
use crate::world::citizen::Citizen;
use crate::world::{Backend, World, html};
use panjereh::identity::account::{Account, AccountStatus};
use panjereh::identity::assurance::{EvidenceKind, IdentityAssurance};
use panjereh::identity::mobile::MobileNumber;
use panjereh::registry::local::add_all;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::time::Duration;

/// Tabs of the person come first, then those of the stranger.
const TABS: usize = 4;
const STRANGERS: usize = 2;

#[derive(Debug, Clone)]
enum Step {
    /// A new request of an agency in this tab; what was open there is abandoned.
    Begin(usize),
    /// National ID, birth date and the number of this tab's owner, and the code.
    Prove(usize),
    /// The one-time code of the message before the last one.
    OldCode(usize),
    /// A password, where the page asks for one.
    Password(usize),
    /// The serial: the right one, which only the person knows.
    Serial(usize),
    /// A letter is asked for.
    AskLetter(usize),
    /// The code of a letter to the person, which only the person has: of which one, counted from the last.
    LetterCode(usize, usize),
    /// Waiting for the account.
    Wait(usize),
    /// National ID and password, and the code.
    SignIn(usize),
    /// Two tabs send their forms for a password at the same time.
    PasswordsAtOnce(usize, usize),
    /// Days pass.
    Days(u64),
    /// The registry gets the person's number.
    Register,
}

fn step() -> impl Strategy<Value = Step> {
    let tab = || 0..TABS;
    prop_oneof![
        3 => tab().prop_map(Step::Begin),
        6 => tab().prop_map(Step::Prove),
        1 => tab().prop_map(Step::OldCode),
        5 => tab().prop_map(Step::Password),
        3 => tab().prop_map(Step::Serial),
        3 => tab().prop_map(Step::AskLetter),
        4 => (tab(), 0..3_usize).prop_map(|(tab, which)| Step::LetterCode(tab, which)),
        3 => tab().prop_map(Step::Wait),
        3 => tab().prop_map(Step::SignIn),
        2 => (tab(), tab()).prop_map(|(one, other)| Step::PasswordsAtOnce(one, other)),
        3 => (1..9_u64).prop_map(Step::Days),
        1 => Just(Step::Register),
    ]
}

struct Walk<'w> {
    world: &'w World,
    tax: Agency<'w>,
    citizen: Citizen,
    tabs: Vec<Browser<'w>>,
    /// Every account that was ever the person's, in the order of their making.
    seen: Vec<Account>,
}

fn is_strangers(tab: usize) -> bool {
    tab >= TABS - STRANGERS
}

fn number_of(tab: usize) -> &'static str {
    if is_strangers(tab) { OTHER } else { OWN }
}

fn password_of(tab: usize) -> &'static str {
    if is_strangers(tab) { "chenar-of-the-stranger" } else { "baran-of-the-person" }
}

impl Walk<'_> {
    /// Sends the form with this action, if the page has it.
    async fn send(&mut self, tab: usize, action: &str, fields: &[(&str, &str)]) {
        let Some(mut form) = self.form(tab, action) else { return };
        for (name, value) in fields {
            form = form.fill(name, value);
        }
        self.tabs[tab].submit(form).await;
    }

    fn form(&self, tab: usize, action: &str) -> Option<html::Form> {
        if self.tabs[tab].page.left_for.is_some() {
            return None;
        }
        html::forms(self.tabs[tab].page.html()).into_iter().find(|form| form.action.ends_with(action))
    }

    async fn code(&mut self, tab: usize) {
        if self.form(tab, "/code").is_some() {
            let code = self.world.last_code(number_of(tab));
            self.send(tab, "/code", &[("code", &code)]).await;
        }
    }

    async fn take(&mut self, step: &Step) {
        match *step {
            Step::Begin(tab) => {
                let asking = self.tax.ask("openid");
                self.tabs[tab].open(&asking.url()).await;
            }
            Step::Prove(tab) => {
                if self.form(tab, "/sign-in").is_some() || self.form(tab, "/prove").is_some() {
                    let (id, birth) = (self.citizen.national_id().to_owned(), self.citizen.birth_date.clone());
                    if self.form(tab, "/prove").is_none() {
                        self.tabs[tab].follow("/prove").await;
                    }
                    let fields = [("national_id", id.as_str()), ("birth_date", birth.as_str()), ("mobile", number_of(tab))];
                    self.send(tab, "/prove", &fields).await;
                    self.code(tab).await;
                    if self.tabs[tab].page.says("refusal-not-my-account") {
                        self.tabs[tab].it_is_not_mine().await;
                    }
                }
            }
            Step::OldCode(tab) => self.send(tab, "/code", &[("code", "000000")]).await,
            Step::Password(tab) => {
                self.send(tab, "/authenticator", &[("password", password_of(tab))]).await;
                self.send(tab, "/codes-kept", &[]).await;
            }
            Step::Serial(tab) => {
                let serial = if is_strangers(tab) { "8H00000000" } else { SERIAL };
                self.send(tab, "/card", &[("serial", serial)]).await;
            }
            Step::AskLetter(tab) => self.send(tab, "/letter", &[]).await,
            Step::LetterCode(tab, which) => {
                let codes = codes_of(self.world, &self.citizen).await;
                let known = codes.iter().rev().nth(which).filter(|_| !is_strangers(tab));
                let code = known.cloned().unwrap_or_else(|| "AAAAA-AAAAA".to_owned());
                self.send(tab, "/letter/code", &[("code", &code)]).await;
            }
            Step::Wait(tab) => self.send(tab, "/wait", &[]).await,
            Step::SignIn(tab) => {
                if self.form(tab, "/sign-in").is_some_and(|form| form.has("national_id")) {
                    let id = self.citizen.national_id().to_owned();
                    self.send(tab, "/sign-in", &[("national_id", &id), ("password", password_of(tab))]).await;
                    self.code(tab).await;
                }
            }
            Step::PasswordsAtOnce(one, other) => {
                let forms = [one, other].map(|tab| self.form(tab, "/authenticator").map(|form| (tab, form)));
                if let [Some((one, first)), Some((other, second))] = forms {
                    let first = self.tabs[one].request_of(&first.fill("password", password_of(one)));
                    let second = self.tabs[other].request_of(&second.fill("password", password_of(other)));
                    let _ = tokio::join!(self.world.send(first), self.world.send(second));
                }
            }
            Step::Days(days) => self.world.pass(Duration::from_hours(24 * days)),
            Step::Register => {
                let mut person = self.citizen.person.clone();
                person.mobile = MobileNumber::parse(OWN).ok();
                add_all(&self.world.app.store, [person]).await.unwrap();
            }
        }
    }

    /// What holds after every step.
    async fn check(&mut self) -> Result<(), TestCaseError> {
        let store = &self.world.app.store;
        if let Some(account) = account_if_any(self.world, &self.citizen).await {
            prop_assert_eq!(account.status, AccountStatus::Active);
            let evidence = store.evidence_of(account.id).await.unwrap();
            let kinds: Vec<EvidenceKind> = evidence.iter().map(|evidence| evidence.kind).collect();
            prop_assert_eq!(account.assurance, IdentityAssurance::of(&kinds), "a level is that of its evidence: {:?}", kinds);
            if account.mobile.e164() == OTHER {
                prop_assert_eq!(account.assurance, IdentityAssurance::Low, "the stranger has shown nothing: {:?}", kinds);
            }
            match self.seen.last() {
                Some(last) if last.id == account.id => {
                    prop_assert!(account.assurance >= last.assurance);
                    prop_assert_eq!(&account.mobile, &last.mobile, "an account never changes its holder");
                    *self.seen.last_mut().unwrap() = account;
                }
                Some(last) => {
                    prop_assert!(
                        account.assurance >= last.assurance,
                        "an account gives way to no weaker one: {:?} to {:?}",
                        last.assurance,
                        account.assurance
                    );
                    prop_assert!(self.seen.iter().all(|before| before.id != account.id));
                    self.seen.push(account);
                }
                None => self.seen.push(account),
            }
        } else {
            prop_assert!(self.seen.is_empty(), "the person had an account");
        }
        // Of all accounts that were made, all but the last are closed, with nothing left to sign in with.
        for before in self.seen.iter().rev().skip(1) {
            let closed = store.account(before.id).await.unwrap().unwrap();
            prop_assert_eq!(closed.status, AccountStatus::Closed);
            let left = store.authenticators(before.id).await.unwrap();
            prop_assert!(left.password.is_none() && left.passkeys.is_empty() && left.recovery_codes_left == 0);
        }
        // Each letter was used once at most: evidence of it is of a moment of its own.
        Ok(())
    }
}

fn walk(backend: Backend, cases: u32) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let Some(world) = runtime.block_on(World::new(backend)) else { return };
    let tax = runtime.block_on(world.agency("tax"));
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 60, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let outcome = runner.run(&prop::collection::vec(step(), 10..40), |steps| {
        runtime.block_on(async {
            // A quarter of an hour, so that the limits of the walk before are over.
            world.pass(Duration::from_hours(25));
            let citizen = with_card(&world).await;
            let tabs = (0..TABS).map(|_| world.browser()).collect();
            let mut walk = Walk { world: &world, tax: tax.clone(), citizen, tabs, seen: Vec::new() };
            for tab in 0..TABS {
                walk.take(&Step::Begin(tab)).await;
            }
            for step in &steps {
                walk.take(step).await;
                walk.check().await?;
            }
            world.messages();
            Ok(())
        })
    });
    outcome.unwrap();
}

#[test]
fn no_order_of_steps_gives_an_account_to_another_person_or_a_level_above_its_evidence() {
    walk(Backend::Embedded, 40);
}

#[test]
fn no_order_of_steps_gives_an_account_to_another_person_or_a_level_above_its_evidence_on_servers() {
    walk(Backend::Servers, 12);
}
