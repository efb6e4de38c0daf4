//! Puts the people of the demo into the registry, and makes accounts for those who have one.

use crate::boot::private::refuse_open;
use crate::crypto::password;
use crate::crypto::password::{Password, Workspace};
use crate::demo::DemoResult;
use crate::demo::people::{DemoPeople, PersonKind};
use crate::identity::account::{Account, AccountStatus, NumberOwner, PasswordRecord};
use crate::identity::age::CountryProfile;
use crate::identity::assurance::IdentityAssurance;
use crate::identity::id::AccountId;
use crate::private_file::private;
use crate::random::Random;
use crate::registry::generate::Generator;
use crate::registry::local::add_all;
use crate::store::Store;
use crate::time::Timestamp;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;

/// Every demo of a year has the same people; a minor who comes of age in the course of it is replaced by the next.
const SEED: u64 = 1405;

/// Fills the registry. The people of an earlier run in the same folder stay the same.
pub(crate) async fn populate(store: &Store, folder: &Path, count: u64, now: Timestamp) -> DemoResult<DemoPeople> {
    let kept = folder.join("people.json");
    if let Ok(text) = std::fs::read(&kept) {
        refuse_open(&kept)?;
        return Ok(serde_json::from_slice(&text)?);
    }
    let country = CountryProfile::IRAN;
    // Ages are counted from the first of January: if they were counted from today, all birth dates would move every day.
    let mut generator = Generator::new(SEED, country.today(now).first_of_year());
    let people = DemoPeople::choose(&mut generator, |birth| country.adult_from(birth), country.today(now), &Random::seeded(SEED));
    let cast: Vec<_> = people.iter().map(|one| one.person.clone()).collect();
    let others = usize::try_from(count)?.saturating_sub(cast.len());
    let cut_off = "the registry has people, but there is no people.json: a start was interrupted; use an empty folder";
    add_all(store, cast.into_iter().chain(generator.take(others)))
        .await
        .map_err(|cause| format!("{}: {cause}; {cut_off}", folder.display()))?;
    open_accounts(store, &people, now).await?;
    private(File::options().write(true).create(true).truncate(true)).open(&kept)?.write_all(&serde_json::to_vec(&people)?)?;
    Ok(people)
}

async fn open_accounts(store: &Store, people: &DemoPeople, now: Timestamp) -> DemoResult<()> {
    let mut tx = store.write().await?;
    let mut workspace = Workspace::new();
    for one in people.of(PersonKind::Account) {
        let (Some(mobile), Some(password)) = (&one.person.mobile, &one.password) else { continue };
        let account = Account {
            id: AccountId::new(&Random::Os, now),
            person: one.person.clone(),
            mobile: mobile.clone(),
            mobile_verified_at: now,
            number: NumberOwner::Vouched,
            assurance: IdentityAssurance::Substantial,
            proofed_at: now,
            status: AccountStatus::Active,
            sessions_valid_from: now,
            created_at: now,
        };
        let phc = password::hash(&Password::parse(password.expose())?, &Random::Os, &mut workspace);
        tx.insert_account(&account).await?;
        tx.set_password(account.id, &PasswordRecord { phc, set_at: now }).await?;
    }
    Ok(tx.save().await?)
}
