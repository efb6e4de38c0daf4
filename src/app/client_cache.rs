//! Agencies and clients in memory. Every request reads them; they change rarely. When the store's revision moves, the clients that changed
//! are read again, or all of them if anything else changed.

use crate::app::unavailable::Unavailable;
use crate::client::agency::Agency;
use crate::client::display_name::DisplayName;
use crate::client::grant_type::GrantType;
use crate::client::metadata::Client;
use crate::client::parts::self_registered::LetIn;
use crate::client::profile::Profile;
use crate::client::resource::ResourceUri;
use crate::client::words::ClientId;
use crate::oidc::details::types::DetailTypes;
use crate::store::Store;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};

/// Whether a client was never used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unused {
    /// Its registration expires if that stays so.
    Yes,
    /// It was used, or its registration does not expire.
    No,
}

/// All agencies and clients, as of one revision of the store.
#[derive(Debug, Clone, Default)]
pub struct ClientCache {
    pub(crate) revision: i64,
    pub(crate) clients: HashMap<ClientId, Arc<Client>>,
    pub(crate) agencies: HashMap<String, Agency>,
    detail_types: Arc<DetailTypes>,
    /// Clients that registered themselves and were never used.
    unused: HashSet<ClientId>,
    /// The looks of the names of agencies and their clients, made when they are needed first.
    looks: Arc<OnceLock<HashSet<String>>>,
}

/// Clients that changed between two revisions, as they are now; `None` for one that was removed.
pub(crate) struct ChangedClients {
    revision: i64,
    clients: Vec<(ClientId, Option<Arc<Client>>)>,
    unused: HashSet<ClientId>,
}

impl ClientCache {
    /// Reads all agencies and clients; every client follows `profile` or a stricter one. The revision is read first: a change in
    /// between then causes one more reload and is never missed.
    pub(crate) async fn load(store: &Store, profile: Profile) -> Result<Self, Unavailable> {
        // No caller waits for it.
        let store = store.at_leisure();
        let revision = store.revision().await?;
        let held = |client: Client| (client.id.clone(), Arc::new(client.held_to(profile)));
        let clients: HashMap<_, _> = store.clients().await?.into_iter().map(held).collect();
        let detail_types = Arc::new(DetailTypes::of(clients.values().map(Arc::as_ref)));
        let unused = store.unused_clients().await?.into_iter().collect();
        let agencies = store.agencies().await?.into_iter().map(|agency| (agency.slug.clone(), agency)).collect();
        Ok(Self { revision, clients, agencies, detail_types, unused, looks: Arc::default() })
    }

    /// What changed until `revision`, if nothing but a few clients of known agencies did.
    pub(crate) async fn changes(
        &self,
        store: &Store,
        revision: i64,
        profile: Profile,
    ) -> Result<Option<ChangedClients>, Unavailable> {
        let Some(changed) = store.changed_clients(self.revision, revision).await? else { return Ok(None) };
        let mut clients = Vec::with_capacity(changed.len());
        for id in changed {
            let client = store.client(&id).await?.map(|client| Arc::new(client.held_to(profile)));
            if client.as_ref().is_some_and(|client| self.agency(&client.agency).is_none()) {
                return Ok(None);
            }
            clients.push((id, client));
        }
        let unused = store.unused_clients().await?.into_iter().collect();
        Ok(Some(ChangedClients { revision, clients, unused }))
    }

    /// The cache with these changes.
    pub(crate) fn with(&self, changed: &ChangedClients) -> Self {
        let mut next = self.clone();
        for (id, client) in &changed.clients {
            match client {
                Some(client) => next.clients.insert(id.clone(), Arc::clone(client)),
                None => next.clients.remove(id),
            };
        }
        next.detail_types = Arc::new(DetailTypes::of(next.clients.values().map(Arc::as_ref)));
        next.unused.clone_from(&changed.unused);
        // The names of clients that registered themselves are not among the looks.
        let looks_stay = |(_, client): &(ClientId, Option<Arc<Client>>)| {
            client.as_ref().is_some_and(|client| client.self_registered.is_some())
        };
        if !changed.clients.iter().all(looks_stay) {
            next.looks = Arc::default();
        }
        next.revision = changed.revision;
        next
    }

    /// Whether this client registered itself and was never used.
    pub(crate) fn is_unused(&self, id: &ClientId) -> bool {
        self.unused.contains(id)
    }

    /// Records that a client was registered and is unused, or that it is in use.
    pub(crate) fn set_unused(&mut self, id: &ClientId, unused: Unused) {
        match unused {
            Unused::Yes => self.unused.insert(id.clone()),
            Unused::No => self.unused.remove(id),
        };
    }

    /// How many clients registered themselves though nobody let them in.
    pub(crate) fn let_in_by_nobody(&self) -> usize {
        let own = |client: &&Arc<Client>| client.self_registered.as_ref().is_some_and(|own| own.let_in == LetIn::ByNobody);
        self.clients.values().filter(own).count()
    }

    /// The client of that id.
    pub fn client(&self, id: &ClientId) -> Option<Arc<Client>> {
        self.clients.get(id).cloned()
    }

    /// The client that is this resource. If several clients claim it, none is returned, because the `sub` of its tokens would be
    /// ambiguous.
    pub(crate) fn resource(&self, resource: &ResourceUri) -> Option<Arc<Client>> {
        let is_it = |client: &&Arc<Client>| client.token_policy.resource_identifier.as_ref() == Some(resource);
        let mut found = self.clients.values().filter(is_it);
        found.next().filter(|_| found.next().is_none()).cloned()
    }

    /// The types of authorization details that the resources among the clients declare.
    pub(crate) fn detail_types(&self) -> &DetailTypes {
        &self.detail_types
    }

    /// Whether any client is registered for this.
    pub(crate) fn any_client_may_use(&self, grant_type: GrantType) -> bool {
        self.clients.values().any(|client| client.may_use(grant_type))
    }

    /// The agency that owns a client.
    pub(crate) fn agency(&self, slug: &str) -> Option<&Agency> {
        self.agencies.get(slug)
    }

    /// Whether a name looks like that of an agency, or of a client that an operator declared. The agency `but` is that of the clients
    /// which register themselves: they may have its name.
    pub(crate) fn looks_like_an_agency(&self, name: &str, but: &str) -> bool {
        let looks = self.looks.get_or_init(|| {
            let agencies = self.agencies.values().filter(|agency| agency.slug != but).map(|agency| &agency.name);
            let clients = self.clients.values().filter(|client| client.self_registered.is_none()).map(|client| &client.name);
            agencies.chain(clients).flat_map(|name| [&name.fa, &name.en]).flat_map(|name| DisplayName::looks(name)).collect()
        });
        DisplayName::looks(name).iter().any(|look| looks.contains(look))
    }

    /// Clients that have a page of their own or that start a sign-in, for the list of services; ordered by agency and name.
    /// Clients that registered themselves are left out: no operator has reviewed them, so they are not recommended.
    pub(crate) fn services(&self) -> Vec<Arc<Client>> {
        let mut services: Vec<_> = self
            .clients
            .values()
            .filter(|client| client.client_uri.is_some() || client.pages.initiate_login.is_some())
            .filter(|client| client.self_registered.is_none())
            .cloned()
            .collect();
        services.sort_by(|a, b| (&a.agency, &a.name.fa, a.id.as_str()).cmp(&(&b.agency, &b.name.fa, b.id.as_str())));
        services
    }
}
