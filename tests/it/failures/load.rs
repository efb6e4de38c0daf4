//! Citizens who go on signing in while something fails, and the ledger of what they were told.

use super::{RECOVERS, WAITS, instant};
use crate::world::agency::{Agency, Asking, code_form};
use crate::world::browser::Browser;
use crate::world::{Answer, World, send};
use std::time::Duration;

/// What came of one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Everything that was asked for was granted.
    Done,
    /// Something was unavailable.
    Unavailable,
}

/// A code with what is known of it.
struct Code {
    asking: Asking,
    text: String,
    /// How often tokens were given for it.
    granted: usize,
}

/// A citizen in a browser, and an agency that redeems what the browser brings.
pub struct Load<'w> {
    world: &'w World,
    agency: Agency<'w>,
    browser: Browser<'w>,
    codes: Vec<Code>,
    /// Refresh tokens that were issued and not used.
    refresh: Vec<String>,
    /// Refresh tokens whose use was answered with 503: they may be used or not, and work at most once more.
    unsure: Vec<String>,
    pub unavailable: usize,
    turns: usize,
}

impl<'w> Load<'w> {
    pub async fn begin(world: &'w World) -> Load<'w> {
        let agency = world.agency("tax").await;
        let (_, browser, tokens) = world.signed_in(&agency, "openid offline_access").await;
        let refresh = vec![tokens.refresh().to_owned()];
        Load { world, agency, browser, codes: Vec::new(), refresh, unsure: Vec::new(), unavailable: 0, turns: 0 }
    }

    /// One single sign-on, whose code is redeemed, every other time twice at once, and one refresh.
    pub async fn turn(&mut self) -> Outcome {
        let before = self.unavailable;
        self.turns += 1;
        let asking = self.agency.ask("openid offline_access");
        let began = instant();
        self.browser.open(&asking.url()).await;
        let answer = self.browser.page.answer.clone();
        if self.judge(&answer, began.elapsed()) == Outcome::Done {
            let text = asking.code(&self.browser.page);
            self.redeem(Code { asking, text, granted: 0 }).await;
        }
        self.refresh().await;
        // A citizen who is not signed in.
        let (mut stranger, began) = (self.world.browser(), instant());
        stranger.open(&self.agency.ask("openid").url()).await;
        let answer = stranger.page.answer.clone();
        self.judge(&answer, began.elapsed());
        if self.unavailable == before { Outcome::Done } else { Outcome::Unavailable }
    }

    async fn redeem(&mut self, mut code: Code) {
        let form = code_form(&code.asking, &code.text);
        let router = self.world.router();
        let send = || {
            let (router, request) = (router.clone(), self.agency.token_request(&form));
            async move {
                let began = instant();
                (send(router, request).await, began.elapsed())
            }
        };
        let twice = self.turns.is_multiple_of(2);
        let answers = if twice {
            let (one, other) = tokio::join!(send(), send());
            vec![one, other]
        } else {
            vec![send().await]
        };
        for (answer, took) in answers {
            if answer.status == 200 {
                code.granted += 1;
                // A second redemption ends the grant of the first (RFC 6749 §4.1.2): its refresh token is worth nothing then.
                if !twice {
                    self.refresh.push(answer.json()["refresh_token"].as_str().unwrap().to_owned());
                }
            } else if answer.status == 400 {
                assert_eq!(answer.error(), "invalid_grant");
            } else {
                self.judge(&answer, took);
            }
        }
        assert!(code.granted <= 1, "a code was redeemed {} times", code.granted);
        self.codes.push(code);
    }

    async fn refresh(&mut self) {
        let Some(token) = self.refresh.pop() else { return };
        let began = instant();
        let answer = self.agency.refresh(&token).await;
        if answer.status == 200 {
            self.refresh.push(answer.json()["refresh_token"].as_str().unwrap().to_owned());
        } else {
            assert_ne!(answer.error(), "invalid_grant", "a refresh token that was acknowledged is lost");
            self.judge(&answer, began.elapsed());
            self.unsure.push(token);
        }
    }

    /// An answer in an outage: 503, when to try again, something to read, and in time.
    fn judge(&mut self, answer: &Answer, took: Duration) -> Outcome {
        assert!(took < WAITS, "a caller waited for {took:?}: {} {}", answer.status, answer.text());
        if answer.status == 200 || answer.status.is_redirection() {
            return Outcome::Done;
        }
        assert_eq!(answer.status, 503, "{}", answer.text());
        assert!(answer.header("retry-after").parse::<u64>().is_ok_and(|seconds| (1..=10).contains(&seconds)));
        assert!(answer.text().len() > 20, "an empty answer");
        self.unavailable += 1;
        Outcome::Unavailable
    }

    /// Goes on for this long; something must be unavailable in it.
    pub async fn suffer(&mut self, time: Duration) {
        let (began, before) = (instant(), self.unavailable);
        while began.elapsed() < time {
            self.turn().await;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert!(self.unavailable > before, "nothing failed: this test tests nothing");
    }

    /// Goes on until everything works again, which must be soon after the cause is gone.
    pub async fn recover(&mut self) {
        let began = instant();
        loop {
            let ready = self.world.get("/readyz").await;
            let turn = self.turn().await;
            if ready.status == 200 && turn == Outcome::Done {
                return;
            }
            assert!(began.elapsed() < RECOVERS, "it does not recover: {} {}", ready.status, ready.text());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Everything that was acknowledged is there, and nothing was granted twice.
    pub async fn settle(mut self) {
        for token in self.refresh.drain(..) {
            let answer = self.agency.refresh(&token).await;
            assert_eq!(answer.status, 200, "a refresh token that was issued does not work: {}", answer.text());
        }
        for token in self.unsure.drain(..) {
            // FAPI 2.0 §5.3.2.1: this client authenticates, so its token stays. It must not be lost by an answer that was.
            let answer = self.agency.refresh(&token).await;
            assert_eq!(answer.status, 200, "a refresh token is lost with an answer: {}", answer.text());
        }
        assert!(self.codes.iter().any(|code| code.granted == 1), "no code was ever redeemed");
        for code in &self.codes {
            let answer = self.agency.redeem(&code.asking, &code.text).await;
            let granted = code.granted + usize::from(answer.status == 200);
            assert!(granted <= 1, "a code was redeemed twice");
            assert!(answer.status == 200 || answer.error() == "invalid_grant", "{}", answer.text());
        }
        self.world.messages();
    }
}

/// Asks whether the instance is ready until it says that it is not, with this reason, each answer in time.
pub async fn not_ready(world: &World, reason: &str) {
    let began = instant();
    loop {
        let asked = instant();
        let answer = world.get("/readyz").await;
        assert!(asked.elapsed() < WAITS, "/readyz took {:?}", asked.elapsed());
        if answer.status == 503 {
            assert!(answer.text().contains(reason), "{reason} is not the reason: {}", answer.text());
            assert!(!answer.header("retry-after").is_empty());
            return;
        }
        assert!(began.elapsed() < WAITS + WAITS, "/readyz does not notice that {reason}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
