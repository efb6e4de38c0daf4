//! The data folder: made through the library before the server starts, on a real disk, as if the accounts had been made long ago.

use crate::Failure;
use crate::keys::Key;
use argon2::password_hash::PasswordHasher as _;
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use panjereh::client::agency::Agency;
use panjereh::client::grant_type::GrantType;
use panjereh::client::metadata::Client;
use panjereh::client::resource::ResourceUri;
use panjereh::client::scope::Scope;
use panjereh::client::words::{ClientId, TokenEndpointAuthMethod};
use panjereh::crypto::password;
use panjereh::crypto::password::{Password, Workspace};
use panjereh::identity::account::{Account, AccountStatus, NumberOwner, PasswordRecord};
use panjereh::identity::assurance::IdentityAssurance;
use panjereh::identity::birth_date::BirthDate;
use panjereh::identity::id::AccountId;
use panjereh::identity::mobile::MobileNumber;
use panjereh::identity::national_id::{NationalId, check_digit};
use panjereh::identity::person::{Address, Gender, Person, PersonName, Vital};
use panjereh::random::Random;
use panjereh::secret::{Secret, TokenHash};
use panjereh::store::Store;
use panjereh::text::LocalName;
use panjereh::time::{Clock, Timestamp};
use std::cell::Cell;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use tempfile::TempDir;

/// The password of every account. All have it under the same salt, which saves an hour of hashing here and nothing at the server.
pub const PASSWORD: &str = "narenj-va-toranj";
/// The client of most flows: a secret, and everything else that a flow may need.
pub const CLIENT_ID: &str = "bench";
/// A client that authenticates by `private_key_jwt`.
pub const SIGNING_CLIENT_ID: &str = "bench-signing";
/// The agency that [`CLIENT_ID`] calls on behalf of a citizen.
pub const RESOURCE: &str = "https://resource.example/";
pub const REDIRECT_URI: &str = "http://localhost:9/callback";

static PHC: LazyLock<Option<Secret<String>>> = LazyLock::new(|| {
    Password::parse(PASSWORD).ok().map(|password| password::hash(&password, &Random::Os, &mut Workspace::new()))
});

/// The same password behind a hash that costs nothing, so that the cost of a sign-in without its hash is measured directly and
/// not as a small difference of two large numbers.
fn phc_for_nothing() -> Result<Secret<String>, Failure> {
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(Params::MIN_M_COST, 1, 1, None)?);
    Ok(Secret::new(argon2.hash_password_with_salt(PASSWORD.as_bytes(), &[7; 16])?.to_string()))
}

/// The kind of account.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// With a password as the product stores it.
    Ordinary,
    /// With a password whose hash costs nothing.
    HashForNothing,
}

/// Verifies the password once, as the server does, in memory that is kept as the server keeps it.
pub fn check_password(workspace: &mut Workspace) -> bool {
    PHC.as_ref().is_some_and(|phc| password::verify(PASSWORD, phc.expose(), workspace))
}

/// A person who can sign in.
pub struct BenchAccount {
    pub national_id: String,
    pub mobile: String,
    /// The address that they connect from: limits count by address, and a nation does not share one.
    pub address: Ipv4Addr,
}

/// The server's data folder and what is in it.
pub struct Data {
    folder: TempDir,
    accounts: Vec<BenchAccount>,
    authorization: String,
    /// The key of [`SIGNING_CLIENT_ID`], which also makes the DPoP proofs of flows.
    pub key: Key,
    /// The next unused account of each kind.
    unused: [Cell<usize>; 2],
}

impl Data {
    /// Makes the folder with `count` ordinary accounts, twice as many whose hash costs nothing, and the clients.
    pub async fn make(count: usize) -> Result<Self, Failure> {
        // Not in a temporary folder, which may be in memory: durable writes are part of the measurement.
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("target");
        std::fs::create_dir_all(&root)?;
        let folder = tempfile::Builder::new().prefix("bench-flows-").tempdir_in(root)?;
        let store = Store::open(&format!("sqlite:{}", folder.path().join("panjereh.sqlite").display())).await?;
        store.migrate().await?;
        let now = Clock::System.now();
        let secret = Random::Os.token();
        let accounts = insert_accounts(&store, count, now).await?;
        let key = Key::new()?;
        insert_clients(&store, &secret, &key).await?;
        store.flush().await?;
        let basic = STANDARD.encode(format!("{CLIENT_ID}:{}", secret.expose()));
        let authorization = format!("Authorization: Basic {basic}\r\n");
        Ok(Self { folder, accounts, authorization, key, unused: [Cell::new(0), Cell::new(count)] })
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn outbox(&self) -> PathBuf {
        self.folder.path().join("outbox.jsonl")
    }

    pub fn account(&self, n: usize) -> Result<&BenchAccount, Failure> {
        self.accounts.get(n).ok_or_else(|| "not enough accounts were prepared: ask for more with --accounts".into())
    }

    /// The number of an unused account.
    pub fn unused_account(&self, kind: Kind) -> usize {
        let unused = &self.unused[usize::from(kind == Kind::HashForNothing)];
        unused.replace(unused.get() + 1)
    }

    /// The client's header line for `client_secret_basic`.
    pub fn authorization(&self) -> &str {
        &self.authorization
    }
}

async fn insert_accounts(store: &Store, count: usize, now: Timestamp) -> Result<Vec<BenchAccount>, Failure> {
    let (ordinary, for_nothing) = (PHC.clone().ok_or("the password of the benchmark is not one")?, phc_for_nothing()?);
    let mut made = Vec::with_capacity(count * 3);
    let mut tx = store.write().await?;
    for n in 0..u32::try_from(count * 3)? {
        let account = account(n, now)?;
        let phc = if made.len() < count { &ordinary } else { &for_nothing };
        tx.insert_account(&account).await?;
        tx.set_password(account.id, &PasswordRecord { phc: phc.clone(), set_at: now }).await?;
        made.push(BenchAccount {
            national_id: account.person.national_id.as_str().to_owned(),
            mobile: account.mobile.e164().to_owned(),
            address: Ipv4Addr::from_bits(Ipv4Addr::new(127, 1, 0, 1).to_bits() + n),
        });
    }
    tx.save().await?;
    Ok(made)
}

fn account(n: u32, now: Timestamp) -> Result<Account, Failure> {
    let mobile = MobileNumber::parse(&format!("+98912{:07}", 1_000_000 + n))?;
    let person = Person {
        national_id: NationalId::parse(&numbered(100_000_000 + n)?)?,
        name: PersonName { given: "سارا".to_owned(), family: "نمونه".to_owned() },
        latin_name: Some(PersonName { given: "Sara".to_owned(), family: "Nemuneh".to_owned() }),
        father_name: "علی".to_owned(),
        gender: Gender::Female,
        birth_date: BirthDate::parse_iso("1986-10-04").ok_or("a birth date")?,
        birth_place: "یزد".to_owned(),
        address: Address {
            country: "IR".to_owned(),
            region: "یزد".to_owned(),
            locality: "یزد".to_owned(),
            street: "خیابان باغ ۱".to_owned(),
            postal_code: "8916712345".to_owned(),
        },
        mobile: Some(mobile.clone()),
        card_serial: None,
        vital: Vital::Alive,
    };
    Ok(Account {
        id: AccountId::new(&Random::Os, now),
        person,
        mobile,
        mobile_verified_at: now,
        number: NumberOwner::Vouched,
        assurance: IdentityAssurance::Substantial,
        proofed_at: now,
        status: AccountStatus::Active,
        sessions_valid_from: now,
        created_at: now,
    })
}

/// The national ID of a person without an account.
pub fn nobody(n: usize) -> Result<String, Failure> {
    numbered(500_000_000 + u32::try_from(n)?)
}

/// A national ID whose first nine digits are this number.
fn numbered(number: u32) -> Result<String, Failure> {
    let mut digits = format!("{number:09}").into_bytes();
    digits.push(check_digit(&digits));
    Ok(String::from_utf8(digits)?)
}

async fn insert_clients(store: &Store, secret: &Secret<String>, key: &Key) -> Result<(), Failure> {
    let resource = ResourceUri::parse(RESOURCE).ok_or("a resource")?;
    let mut asking = client(CLIENT_ID)?;
    asking.secret_hash = Some(TokenHash::of(secret.expose()));
    asking.grant_types.push(GrantType::TokenExchange);
    asking.token_policy.resources.push(resource.clone());
    let mut signing = client(SIGNING_CLIENT_ID)?;
    signing.auth_method = TokenEndpointAuthMethod::PrivateKeyJwt;
    signing.jwks = Some(key.jwks());
    let mut called = client("bench-resource")?;
    called.secret_hash = Some(TokenHash::of(secret.expose()));
    called.token_policy.resource_identifier = Some(resource);

    let mut tx = store.write().await?;
    tx.put_agency(&Agency { slug: "bench".to_owned(), name: name() }).await?;
    for client in [asking, signing, called] {
        tx.put_client(&client).await?;
    }
    Ok(tx.save().await?)
}

fn name() -> LocalName {
    LocalName { fa: "سنجش".to_owned(), en: "Benchmark".to_owned() }
}

fn client(id: &str) -> Result<Client, Failure> {
    Ok(Client {
        redirect_uris: vec![REDIRECT_URI.to_owned()],
        grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken, GrantType::ClientCredentials],
        scopes: Scope::ALL.to_vec(),
        sector: "localhost".to_owned(),
        ..Client::new(ClientId::parse(id).ok_or("a client_id")?, "bench", name())
    })
}
