//! The work, through the store and the short-lived state as the server uses them.

use crate::Failure;
use panjereh::client::scope::Scope;
use panjereh::client::words::ClientId;
use panjereh::identity::account::{Account, AccountStatus, NumberOwner};
use panjereh::identity::assurance::{Acr, AuthenticationMethod, IdentityAssurance};
use panjereh::identity::birth_date::BirthDate;
use panjereh::identity::id::{AccountId, GrantId, InteractionId, SessionId};
use panjereh::identity::mobile::MobileNumber;
use panjereh::identity::national_id::{NationalId, check_digit};
use panjereh::identity::person::{Address, Gender, Person, PersonName, Vital};
use panjereh::oidc::claims::request::RequestedClaims;
use panjereh::random::Random;
use panjereh::records::consent::Consent;
use panjereh::records::grant::Grant;
use panjereh::records::session::Session;
use panjereh::secret::TokenHash;
use panjereh::store::Store;
use panjereh::time::Timestamp;
use panjereh::transient::{Budget, Limit, Paid, Taken, Transient};
use std::path::Path;
use std::time::Duration;

/// The time of every operation.
pub const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);
pub const UNTIL: Timestamp = Timestamp::from_seconds(1_790_003_600);
/// About the length of the state of a begun sign-in.
pub const STATE: usize = 600;
/// Accounts to read: fewer than the cache holds.
const ACCOUNTS: u32 = 1000;
/// Reads between two checks of the time.
const READS: u32 = 100;
const TRIES: Limit = Limit { name: "bench", max: u64::MAX, window: Duration::from_mins(15) };

pub struct Engine {
    store: Store,
    transient: Transient,
    accounts: Vec<AccountId>,
    client: ClientId,
}

impl Engine {
    pub async fn make(database: &Path, with_accounts: bool) -> Result<Self, Failure> {
        let store = Store::open(&format!("sqlite:{}", database.display())).await?;
        store.migrate().await?;
        let client = ClientId::parse("bench").ok_or("not a client id")?;
        let mut tx = store.write().await?;
        let mut accounts = Vec::new();
        for n in 0..if with_accounts { ACCOUNTS } else { 1 } {
            let account = account(n)?;
            tx.insert_account(&account).await?;
            let (scopes, client) = (vec![Scope::Openid, Scope::NationalId], client.clone());
            tx.put_consent(&Consent { account: account.id, client, scopes, claims: Vec::new(), given_at: NOW, shown: None })
                .await?;
            accounts.push(account.id);
        }
        tx.save().await?;
        let transient = Transient::embedded(&store);
        transient.ready().await?;
        Ok(Self { store, transient, accounts, client })
    }

    pub fn accounts(&self) -> &[AccountId] {
        &self.accounts
    }

    pub fn commits(&self) -> u64 {
        self.store.commits()
    }

    /// The writes of a redeemed code: a grant and its refresh token.
    pub async fn write(&self) -> Result<(), Failure> {
        let grant = grant(self.accounts[0], self.client.clone());
        let mut tx = self.store.write().await?;
        tx.insert_grant(&grant, UNTIL).await?;
        tx.insert_refresh(&TokenHash(Random::Os.bytes()), grant.id, NOW, UNTIL).await?;
        Ok(tx.save().await?)
    }

    /// Four operations on short-lived state, as steps of a sign-in make them, and then a write.
    pub async fn step_in_memory(&self) -> Result<(), Failure> {
        let (id, text) = (InteractionId::new(&Random::Os, NOW), "x".repeat(STATE));
        self.transient.put_interaction(id, &text, Paid { until: UNTIL, by: &Budget::UNLIMITED }, NOW).await?;
        let code = TokenHash(Random::Os.bytes());
        let purpose = id.to_string();
        self.transient.put_otp(&purpose, &code, UNTIL, NOW).await?;
        self.transient.hit(&[(TRIES, &purpose)], NOW).await?;
        if !matches!(self.transient.take_otp(&purpose, NOW).await?, Taken::First(_)) {
            return Err("a code that was put is not there".into());
        }
        self.write().await
    }

    /// The same where each of the four is a row of a table, which is on disk before the operation returns.
    pub async fn step_in_table(&self) -> Result<(), Failure> {
        // Browser sessions are such rows: a random key, and a value of a few hundred bytes.
        for _ in 0..4 {
            let session = session(self.accounts[0]);
            let token = TokenHash(Random::Os.bytes());
            self.transient.put_session(&self.store, &token, &session, NOW).await?.save().await?;
        }
        self.write().await
    }

    /// Reads what single sign-on reads; returns how often.
    pub async fn read(&self) -> Result<u32, Failure> {
        for _ in 0..READS {
            let id = self.accounts[usize::try_from(Random::Os.below(u64::from(ACCOUNTS)))?];
            let (_, consent) = self.store.visit(id, &self.client).await?.ok_or("an account is not there")?;
            consent.ok_or("a consent is not there")?;
        }
        tokio::task::yield_now().await;
        Ok(READS)
    }
}

fn grant(account: AccountId, client: ClientId) -> Grant {
    Grant {
        id: GrantId::new(&Random::Os, NOW),
        account,
        client,
        session: SessionId::new(&Random::Os, NOW),
        scopes: vec![Scope::Openid, Scope::NationalId],
        auth_time: NOW,
        methods: vec![AuthenticationMethod::Password],
        acr: Acr::Substantial,
        nonce: Some("n-0S6_WzA2Mj".to_owned()),
        claims: RequestedClaims::default(),
        created_at: NOW,
        bound_to: None,
        details: None,
        resources: Vec::new(),
    }
}

fn session(account: AccountId) -> Session {
    Session {
        id: SessionId::new(&Random::Os, NOW),
        account,
        methods: vec![AuthenticationMethod::Password, AuthenticationMethod::SmsCode],
        auth_time: NOW,
        began_at: NOW,
        seen_at: NOW,
    }
}

/// A synthetic person's account.
fn account(n: u32) -> Result<Account, Failure> {
    let nine = format!("{:09}", 100_000_000 + n);
    let mobile = MobileNumber::parse(&format!("+98912{:07}", 1_000_000 + n))?;
    let person = Person {
        national_id: NationalId::parse(&format!("{nine}{}", char::from(check_digit(nine.as_bytes()))))?,
        name: PersonName { given: "سارا".to_owned(), family: "نمونه".to_owned() },
        latin_name: None,
        father_name: "علی".to_owned(),
        gender: Gender::Female,
        birth_date: BirthDate::parse_iso("1986-10-04").ok_or("not a date")?,
        birth_place: "تهران".to_owned(),
        address: Address {
            country: "IR".to_owned(),
            region: "تهران".to_owned(),
            locality: "تهران".to_owned(),
            street: "خیابان نمونه، پلاک ۱".to_owned(),
            postal_code: "1111111111".to_owned(),
        },
        mobile: Some(mobile.clone()),
        card_serial: None,
        vital: Vital::Alive,
    };
    Ok(Account {
        id: AccountId::new(&Random::Os, NOW),
        person,
        mobile,
        mobile_verified_at: NOW,
        number: NumberOwner::Vouched,
        assurance: IdentityAssurance::Substantial,
        proofed_at: NOW,
        status: AccountStatus::Active,
        sessions_valid_from: NOW,
        created_at: NOW,
    })
}
