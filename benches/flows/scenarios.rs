//! The flows, each as a citizen's browser and an agency's server make it.

use crate::Failure;
use crate::citizen::{Citizen, World};
use crate::http::{Answer, Connection};
use crate::prepare::{CLIENT_ID, Kind, REDIRECT_URI, RESOURCE, SIGNING_CLIENT_ID, nobody};
use panjereh::oidc::authorization::pkce::{CodeChallenge, CodeVerifier};
use panjereh::oidc::token::credentials::JWT_BEARER;
use panjereh::oidc::token::exchange;
use panjereh::random::Random;
use std::net::Ipv4Addr;
use std::rc::Rc;
use url::form_urlencoded::byte_serialize;

/// What is measured.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Scenario {
    /// A new browser: connection, authorize, password, one-time code, consent, token, UserInfo.
    FirstSignIn,
    /// The same for people whose password hash costs nothing.
    FirstSignInBesideHash,
    /// A new browser and a wrong password: authorize, page, answer.
    WrongPassword,
    /// The same with the national ID of a person without an account. It must not cost less: an attacker can measure time.
    NoAccount,
    /// A signed-in browser: authorize, token, UserInfo.
    SingleSignOn,
    /// The same by a client that authenticates by `private_key_jwt`.
    SignedClient,
    /// The same with a pushed request and tokens bound by DPoP: push, authorize, token, UserInfo, the last two with a proof.
    PushedAndBound,
    /// A rotating refresh token.
    Refresh,
    /// UserInfo.
    UserInfo,
    /// An agency asks about an access token.
    Introspection,
    /// A token for a machine.
    ClientCredentials,
    /// A token to call another agency on behalf of a citizen.
    Exchange,
    /// The discovery document.
    Discovery,
}

/// All, in the order of the table.
pub const ALL: [Scenario; 13] = [
    Scenario::FirstSignIn,
    Scenario::FirstSignInBesideHash,
    Scenario::WrongPassword,
    Scenario::NoAccount,
    Scenario::SingleSignOn,
    Scenario::SignedClient,
    Scenario::PushedAndBound,
    Scenario::Refresh,
    Scenario::UserInfo,
    Scenario::Introspection,
    Scenario::ClientCredentials,
    Scenario::Exchange,
    Scenario::Discovery,
];

impl Scenario {
    pub const fn name(self) -> &'static str {
        match self {
            Self::FirstSignIn => "first sign-in",
            Self::FirstSignInBesideHash => "… beside its hash",
            Self::WrongPassword => "wrong password",
            Self::NoAccount => "… and no account",
            Self::SingleSignOn => "single sign-on",
            Self::SignedClient => "… private_key_jwt",
            Self::PushedAndBound => "… PAR and DPoP",
            Self::Refresh => "refresh",
            Self::UserInfo => "userinfo",
            Self::Introspection => "introspection",
            Self::ClientCredentials => "client credentials",
            Self::Exchange => "token exchange",
            Self::Discovery => "discovery",
        }
    }

    /// Whether each flow takes an unused account.
    pub const fn takes_new_account(self) -> bool {
        matches!(self, Self::FirstSignIn | Self::FirstSignInBesideHash | Self::WrongPassword | Self::NoAccount)
    }

    /// Whether each flow contains a password hash.
    pub const fn hashes_password(self) -> bool {
        matches!(self, Self::FirstSignIn | Self::WrongPassword | Self::NoAccount)
    }

    /// The kind of the accounts of its flows.
    pub const fn kind(self) -> Kind {
        if matches!(self, Self::FirstSignInBesideHash) { Kind::HashForNothing } else { Kind::Ordinary }
    }

    const fn needs_citizen(self) -> bool {
        !matches!(self, Self::ClientCredentials | Self::Discovery) && !self.takes_new_account()
    }

    const fn client_id(self) -> &'static str {
        if matches!(self, Self::SignedClient) { SIGNING_CLIENT_ID } else { CLIENT_ID }
    }
}

/// The tokens of a flow.
#[derive(serde::Deserialize)]
struct Tokens {
    #[serde(rename = "access_token")]
    access: String,
    #[serde(rename = "refresh_token")]
    refresh: Option<String>,
    #[serde(rename = "id_token")]
    id: Option<String>,
}

/// One of the concurrent flows: an account and a session of its own.
pub struct Worker {
    scenario: Scenario,
    world: Rc<World>,
    random: Random,
    citizen: Option<Citizen>,
    agency: Connection,
    tokens: Option<Tokens>,
}

impl Worker {
    /// Prepares it: signs in where the scenario begins signed in. `n` is an account that no other worker has.
    pub async fn new(scenario: Scenario, world: &Rc<World>, n: usize) -> Result<Self, Failure> {
        // Agencies call from addresses of their own.
        let address = Ipv4Addr::from_bits(Ipv4Addr::new(127, 255, 0, 1).to_bits() + u32::try_from(n)?);
        let agency = Connection::open(world.port, address).await?;
        let mut worker = Self { scenario, world: Rc::clone(world), random: Random::Os, citizen: None, agency, tokens: None };
        if scenario.needs_citizen() {
            let mut citizen = Citizen::new(world, n).await?;
            worker.tokens = Some(worker.sign_in(&mut citizen).await?);
            worker.citizen = Some(citizen);
        }
        Ok(worker)
    }

    /// One flow; `n` is an unused account where the scenario takes one.
    pub async fn flow(&mut self, n: usize) -> Result<(), Failure> {
        match self.scenario {
            Scenario::FirstSignIn | Scenario::FirstSignInBesideHash => {
                let mut citizen = Citizen::new(&self.world, n).await?;
                let tokens = self.sign_in(&mut citizen).await?;
                self.user_info(&tokens).await
            }
            Scenario::WrongPassword | Scenario::NoAccount => {
                let mut citizen = Citizen::new(&self.world, n).await?;
                let national_id = match self.scenario {
                    Scenario::WrongPassword => self.world.data.account(n)?.national_id.clone(),
                    _ => nobody(n)?,
                };
                let path = format!("/authorize?{}", self.request()?.0);
                citizen.mistype(&path, &national_id).await
            }
            Scenario::SingleSignOn | Scenario::SignedClient | Scenario::PushedAndBound => {
                let mut citizen = self.citizen.take().ok_or("no citizen")?;
                let tokens = self.sign_in(&mut citizen).await?;
                self.citizen = Some(citizen);
                self.user_info(&tokens).await
            }
            Scenario::Refresh => {
                let old = self.tokens.take().and_then(|tokens| tokens.refresh).ok_or("no refresh token")?;
                self.tokens = Some(self.token(&format!("grant_type=refresh_token&refresh_token={old}")).await?);
                Ok(())
            }
            Scenario::UserInfo | Scenario::Introspection | Scenario::Exchange => {
                let tokens = self.tokens.take().ok_or("no tokens")?;
                match self.scenario {
                    Scenario::UserInfo => self.user_info(&tokens).await?,
                    Scenario::Introspection => self.introspect(&tokens).await?,
                    _ => self.exchange(&tokens).await?,
                }
                self.tokens = Some(tokens);
                Ok(())
            }
            Scenario::ClientCredentials => self.token("grant_type=client_credentials").await.map(drop),
            Scenario::Discovery => {
                let answer = self.agency.get("/.well-known/openid-configuration", "").await?;
                expect(answer, "authorization_endpoint").map(drop)
            }
        }
    }

    /// From the authorization request to tokens, through all pages on the way.
    async fn sign_in(&mut self, citizen: &mut Citizen) -> Result<Tokens, Failure> {
        let (request, verifier) = self.request()?;
        let path = match self.scenario {
            Scenario::PushedAndBound => self.push(&request).await?,
            _ => format!("/authorize?{request}"),
        };
        let home = citizen.walk(&path, REDIRECT_URI).await?;
        let code =
            home.split(['?', '&']).find_map(|pair| pair.strip_prefix("code=")).ok_or_else(|| format!("no code: {home}"))?;
        let form = format!(
            "grant_type=authorization_code&code={code}&redirect_uri={}&code_verifier={}",
            encoded(REDIRECT_URI),
            verifier.expose()
        );
        let tokens = self.token(&form).await?;
        tokens.id.as_ref().ok_or("no ID token")?;
        Ok(tokens)
    }

    /// The parameters of an authorization request, and the verifier that redeems its code.
    fn request(&self) -> Result<(String, CodeVerifier), Failure> {
        let verifier = CodeVerifier::parse(self.random.token().expose()).ok_or("a verifier")?;
        let challenge = CodeChallenge::of(&verifier);
        let scope = if self.scenario == Scenario::Refresh { "openid+offline_access" } else { "openid+profile" };
        let state = self.random.token();
        let client_id = self.scenario.client_id();
        let request = format!(
            "response_type=code&client_id={client_id}&redirect_uri={}&scope={scope}&state={state}&nonce={state}\
             &code_challenge={challenge}&code_challenge_method=S256",
            encoded(REDIRECT_URI),
            state = state.expose(),
        );
        Ok((request, verifier))
    }

    /// Pushes a request (RFC 9126 §2); returns the path to which the browser goes with it.
    async fn push(&mut self, request: &str) -> Result<String, Failure> {
        #[derive(serde::Deserialize)]
        struct Pushed {
            request_uri: String,
        }
        let answer = self.agency.post("/par", self.world.data.authorization(), request).await?;
        let pushed: Pushed = serde_json::from_slice(&expect_with(answer, 201, "request_uri")?)?;
        Ok(format!("/authorize?client_id={CLIENT_ID}&request_uri={}", encoded(&pushed.request_uri)))
    }

    /// A request of the client at the token endpoint, authenticated and with a proof as the scenario requires.
    async fn token(&mut self, form: &str) -> Result<Tokens, Failure> {
        let (data, issuer) = (&self.world.data, self.world.issuer());
        let answer = match self.scenario {
            Scenario::SignedClient => {
                let assertion = data.key.assertion(SIGNING_CLIENT_ID, &issuer)?;
                let form = format!("{form}&client_assertion_type={}&client_assertion={assertion}", encoded(JWT_BEARER));
                self.agency.post("/token", "", &form).await?
            }
            Scenario::PushedAndBound => {
                let proof = data.key.proof("POST", &format!("{issuer}/token"), None)?;
                self.agency.post("/token", &format!("{}DPoP: {proof}\r\n", data.authorization()), form).await?
            }
            _ => self.agency.post("/token", data.authorization(), form).await?,
        };
        Ok(serde_json::from_slice(&expect(answer, "access_token")?)?)
    }

    async fn user_info(&mut self, tokens: &Tokens) -> Result<(), Failure> {
        let headers = match self.scenario {
            Scenario::PushedAndBound => {
                let url = format!("{}/userinfo", self.world.issuer());
                let proof = self.world.data.key.proof("GET", &url, Some(&tokens.access))?;
                format!("Authorization: DPoP {}\r\nDPoP: {proof}\r\n", tokens.access)
            }
            _ => format!("Authorization: Bearer {}\r\n", tokens.access),
        };
        expect(self.agency.get("/userinfo", &headers).await?, "\"sub\"").map(drop)
    }

    async fn introspect(&mut self, tokens: &Tokens) -> Result<(), Failure> {
        let form = format!("token={}", tokens.access);
        let answer = self.agency.post("/introspect", self.world.data.authorization(), &form).await?;
        expect(answer, "\"active\":true").map(drop)
    }

    async fn exchange(&mut self, tokens: &Tokens) -> Result<(), Failure> {
        let form = format!(
            "grant_type={}&subject_token={}&subject_token_type={}&resource={}",
            encoded(panjereh::client::grant_type::TOKEN_EXCHANGE),
            tokens.access,
            encoded(exchange::ACCESS_TOKEN),
            encoded(RESOURCE)
        );
        self.token(&form).await.map(drop)
    }
}

fn encoded(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}

/// The body of a 200 that contains the expected text.
fn expect(answer: Answer, wanted: &str) -> Result<Vec<u8>, Failure> {
    expect_with(answer, 200, wanted)
}

fn expect_with(answer: Answer, status: u16, wanted: &str) -> Result<Vec<u8>, Failure> {
    let holds = answer.body.windows(wanted.len()).any(|window| window == wanted.as_bytes());
    if answer.status == status && holds {
        return Ok(answer.body);
    }
    Err(format!("{}: {}", answer.status, String::from_utf8_lossy(&answer.body)).into())
}
