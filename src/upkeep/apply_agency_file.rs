//! Applies an agency file: compares it with what is registered, then saves the changes in one transaction.

use crate::client::agency::Agency;
use crate::client::metadata::{Client, ClientSecret};
use crate::identity::assurance::Acr;
use crate::random::Random;
use crate::records::event::{Event, EventDraft, EventKind};
use crate::records::principal::Principal;
use crate::registration::{AgencyFile, Change, ClientDeclaration, Resolution, changes};
use crate::store::{Store, StoreError, Tx};
use crate::time::Timestamp;

/// What is registered now.
pub(crate) struct Registered {
    pub(crate) agencies: Vec<Agency>,
    pub(crate) clients: Vec<Client>,
}

impl Registered {
    /// Reads all agencies and clients.
    pub(crate) async fn read(store: &Store) -> Result<Self, StoreError> {
        Ok(Self { agencies: store.agencies().await?, clients: store.clients().await? })
    }
}

/// What happens to an agency's clients that the file does not declare.
#[derive(Clone, Copy)]
pub(crate) enum Undeclared {
    /// They stay as they are.
    Keep,
    /// They are removed.
    Remove,
}

/// What applying a file does, in the order in which it is printed.
pub(crate) struct Plan {
    pub(crate) steps: Vec<Step>,
    /// Clients that the file does not declare and that stay.
    pub(crate) kept: Vec<String>,
    /// Clients of the file that accept the lowest level, whether or not that is a change.
    pub(crate) accept_low: Vec<String>,
}

/// One change.
pub(crate) enum Step {
    AddAgency(Agency),
    ChangeAgency { old: Agency, new: Agency },
    Add(Resolution),
    Change { changes: Vec<Change>, new: Resolution },
    Remove(Client),
}

/// A secret that was made, and the client that it belongs to as it is registered.
pub(crate) struct NewSecret {
    pub(crate) client: Client,
    pub(crate) secret: ClientSecret,
}

impl Plan {
    /// Compares the file with what is registered.
    pub(crate) fn make(file: AgencyFile, registered: &Registered, undeclared: Undeclared) -> Self {
        let mut plan = Self { steps: Vec::new(), kept: Vec::new(), accept_low: Vec::new() };
        // A client may move from one agency to another: what the file declares anywhere is not undeclared.
        let declared: Vec<_> =
            file.agencies.iter().flat_map(|(_, clients)| clients).map(|client| client.client().id.clone()).collect();
        for (agency, clients) in file.agencies {
            let slug = agency.slug.clone();
            plan.agency(agency, registered);
            for client in clients {
                plan.client(client, registered);
            }
            let left = registered.clients.iter().filter(|client| client.agency == slug && !declared.contains(&client.id));
            for client in left {
                match undeclared {
                    Undeclared::Remove => plan.steps.push(Step::Remove(client.clone())),
                    Undeclared::Keep => plan.kept.push(client.id.to_string()),
                }
            }
        }
        plan
    }

    fn agency(&mut self, new: Agency, registered: &Registered) {
        match registered.agencies.iter().find(|old| old.slug == new.slug) {
            None => self.steps.push(Step::AddAgency(new)),
            Some(old) if *old != new => self.steps.push(Step::ChangeAgency { old: old.clone(), new }),
            Some(_) => {}
        }
    }

    fn client(&mut self, declared: ClientDeclaration, registered: &Registered) {
        let old = registered.clients.iter().find(|old| old.id == declared.client().id);
        let new = declared.resolve(old);
        // A client that signs no person in has no use for a level.
        let of_people = client_of(&new).grant_types.iter().any(|grant_type| grant_type.is_of_a_person());
        if of_people && client_of(&new).min_acr == Acr::Low {
            self.accept_low.push(client_of(&new).id.to_string());
        }
        let Some(old) = old else { return self.steps.push(Step::Add(new)) };
        let changes = changes(old, client_of(&new));
        if !changes.is_empty() {
            self.steps.push(Step::Change { changes, new });
        }
    }

    /// Saves all steps in one transaction, and returns the secrets that were made for them.
    pub(crate) async fn carry_out(&self, store: &Store, random: &Random, now: Timestamp) -> Result<Vec<NewSecret>, StoreError> {
        let mut secrets = Vec::new();
        if self.steps.is_empty() {
            return Ok(secrets);
        }
        let mut tx = store.write().await?;
        for step in &self.steps {
            match step {
                Step::AddAgency(agency) | Step::ChangeAgency { new: agency, .. } => tx.put_agency(agency).await?,
                Step::Add(client) | Step::Change { new: client, .. } => secrets.extend(put(&mut tx, client, random).await?),
                Step::Remove(client) => drop(tx.delete_client(&client.id).await?),
            }
            tx.append_event(&step.event(random, now)).await?;
        }
        tx.save().await?;
        Ok(secrets)
    }
}

impl Step {
    /// What the event log says about it: which agency or client, and the names of the fields that changed.
    fn event(&self, random: &Random, now: Timestamp) -> Event {
        let event = EventDraft::new(random, now, EventKind::AgencyFileApplied).by(Principal::Operator);
        match self {
            Self::AddAgency(agency) => event.because(format!("agency {} added", agency.slug)),
            Self::ChangeAgency { new, .. } => event.because(format!("agency {} changed", new.slug)),
            Self::Add(client) => event.at_client(&client_of(client).id).because("added"),
            Self::Change { changes, new } => {
                let fields: Vec<_> = changes.iter().map(|change| change.field).collect();
                event.at_client(&client_of(new).id).because(format!("changed: {}", fields.join(", ")))
            }
            Self::Remove(client) => event.at_client(&client.id).because("removed"),
        }
    }
}

async fn put(tx: &mut Tx, client: &Resolution, random: &Random) -> Result<Option<NewSecret>, StoreError> {
    match client {
        Resolution::Complete(client) => {
            tx.put_client(client).await?;
            Ok(None)
        }
        Resolution::SecretNeeded(client) => {
            let secret = random.token();
            let client = client.clone().with_secret(&secret);
            tx.put_client(&client).await?;
            Ok(Some(NewSecret { client, secret }))
        }
    }
}

/// The client that a step adds or changes, as it will be registered.
pub(crate) const fn client_of(resolution: &Resolution) -> &Client {
    match resolution {
        Resolution::Complete(client) => client,
        Resolution::SecretNeeded(client) => client.client(),
    }
}
