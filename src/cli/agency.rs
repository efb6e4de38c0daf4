//! `panjereh agency`: agencies and their clients, declared by a file. Applying a file twice changes nothing the second time.

use super::failure::Failure;
use super::output::print;
use super::registration_token::{self, RegistrationTokenCommand};
use super::sources::Surroundings;
use super::table::table;
use super::world::open_checked_store;
use crate::identity::agency::Agency;
use crate::oidc::client::{Client, ClientSecret};
use crate::oidc::registration::{AgencyFile, Change, ClientDeclaration, Problems, Resolution, changes, describe};
use crate::random::Random;
use crate::store::{Store, Tx};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Subcommand)]
pub(super) enum AgencyCommand {
    /// Register what a file declares, and show what that changes
    Apply {
        /// The file, in TOML
        file: PathBuf,
        /// Only show what would change
        #[arg(long)]
        dry_run: bool,
        /// Remove clients of these agencies that the file does not declare
        #[arg(long)]
        prune: bool,
    },
    /// Make an initial access token, with which clients may register themselves (registration.mode = "token"); list them, revoke one
    RegistrationToken(RegistrationTokenCommand),
    /// List agencies and their clients
    List,
    /// Print an agency file with every key in it, explained
    Example,
}

pub(super) async fn run(command: AgencyCommand, surroundings: &Surroundings) -> Result<(), Failure> {
    let settings = &surroundings.settings()?;
    match command {
        AgencyCommand::Example => print(crate::oidc::registration::EXAMPLE),
        AgencyCommand::RegistrationToken(command) => registration_token::run(command, &open_checked_store(settings).await?).await,
        AgencyCommand::List => print(&list(&open_checked_store(settings).await?).await?),
        AgencyCommand::Apply { file, dry_run, prune } => {
            let declared = parse(&file, &text(&file)?)?;
            let store = open_checked_store(settings).await?;
            let undeclared = if prune { Undeclared::Remove } else { Undeclared::Keep };
            let plan = Plan::make(declared, &Registered::read(&store).await?, undeclared);
            if dry_run {
                return print(&(plan.told() + "nothing was changed, because this is a dry run\n"));
            }
            let secrets = plan.carry_out(&store, &Random::Os).await?;
            print(&(plan.told() + &told_once(&secrets)))
        }
    }
}

/// Registers what a file declares in a store that nobody has used yet, as a stage's is; the text of the file may be filled in before.
pub async fn stage(store: &Store, path: &Path, fill_in: &(dyn Fn(&str) -> String + Sync)) -> Result<(), Failure> {
    let plan = Plan::make(parse(path, &fill_in(&text(path)?))?, &Registered::read(store).await?, Undeclared::Keep);
    plan.carry_out(store, &Random::Os).await.map(drop)
}

fn text(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| {
        let what = format!("{} cannot be read: {error}", path.display());
        Failure::new(what, "name an agency file that is there and may be read")
    })
}

fn parse(path: &Path, text: &str) -> Result<AgencyFile, Failure> {
    let name = path.display();
    AgencyFile::parse(text).map_err(|Problems(problems)| {
        let lines: Vec<String> = problems.iter().map(|problem| format!("{name}: {problem}")).collect();
        let remedy = "correct what is named above and apply the file again; `panjereh agency example` explains every key";
        Failure::new(format!("{name} is not usable, so nothing was changed\n{}", lines.join("\n")), remedy)
    })
}

/// What is registered now.
struct Registered {
    agencies: Vec<Agency>,
    clients: Vec<Client>,
}

impl Registered {
    async fn read(store: &Store) -> Result<Self, Failure> {
        Ok(Self { agencies: store.agencies().await?, clients: store.clients().await? })
    }
}

/// What becomes of clients that an agency has and the file does not declare.
#[derive(Clone, Copy)]
enum Undeclared {
    Keep,
    Remove,
}

/// What applying a file does, in the order in which it is told.
struct Plan {
    steps: Vec<Step>,
    kept: Vec<String>,
}

enum Step {
    AddAgency(Agency),
    ChangeAgency { old: Agency, new: Agency },
    Add(Resolution),
    Change { changes: Vec<Change>, new: Resolution },
    Remove(Client),
}

impl Plan {
    fn make(file: AgencyFile, registered: &Registered, undeclared: Undeclared) -> Self {
        let mut plan = Self { steps: Vec::new(), kept: Vec::new() };
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
        let Some(old) = old else { return self.steps.push(Step::Add(new)) };
        let changes = changes(old, client_of(&new));
        if !changes.is_empty() {
            self.steps.push(Step::Change { changes, new });
        }
    }

    /// Saves all of it in one transaction, and returns the secrets that were made for it.
    async fn carry_out(&self, store: &Store, random: &Random) -> Result<Vec<(String, ClientSecret)>, Failure> {
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
        }
        tx.save().await?;
        Ok(secrets)
    }

    fn told(&self) -> String {
        let mut text: String = self.steps.iter().map(Step::told).collect();
        if self.steps.is_empty() {
            text.push_str("nothing to change: what the file declares is registered\n");
        }
        for id in &self.kept {
            let _ = writeln!(text, "note: client {id} is registered and not in the file; --prune would remove it");
        }
        text
    }
}

async fn put(tx: &mut Tx, client: &Resolution, random: &Random) -> Result<Option<(String, ClientSecret)>, Failure> {
    match client {
        Resolution::Complete(client) => {
            tx.put_client(client).await?;
            Ok(None)
        }
        Resolution::SecretNeeded(client) => {
            let secret = random.token();
            let client = client.clone().with_secret(&secret);
            tx.put_client(&client).await?;
            Ok(Some((client.id.to_string(), secret)))
        }
    }
}

const fn client_of(resolution: &Resolution) -> &Client {
    match resolution {
        Resolution::Complete(client) => client,
        Resolution::SecretNeeded(client) => client.client(),
    }
}

impl Step {
    fn told(&self) -> String {
        match self {
            Self::AddAgency(agency) => format!("+ agency {} ({} / {})\n", agency.slug, agency.name.fa, agency.name.en),
            Self::ChangeAgency { old, new } => format!(
                "~ agency {}\n    name: {} / {} -> {} / {}\n",
                new.slug, old.name.fa, old.name.en, new.name.fa, new.name.en
            ),
            Self::Add(new) => {
                let client = client_of(new);
                let fields = describe(client).into_iter().filter(|(field, value)| *field != "client_id" && !value.is_empty());
                let lines: String = fields
                    .flat_map(|(field, value)| [format!("    {field}: "), told_secret(new, field, value), "\n".to_owned()])
                    .collect();
                format!("+ client {}\n{lines}", client.id)
            }
            Self::Change { changes, new } => {
                let lines: String = changes
                    .iter()
                    .flat_map(|change| {
                        [
                            format!("    {}: {} -> ", change.field, change.old),
                            told_secret(new, change.field, change.new.clone()),
                            "\n".to_owned(),
                        ]
                    })
                    .collect();
                format!("~ client {}\n{lines}", client_of(new).id)
            }
            Self::Remove(client) => format!("- client {}\n", client.id),
        }
    }
}

/// A secret that is still to be made looks like none in the plan.
fn told_secret(client: &Resolution, field: &str, value: String) -> String {
    match client {
        Resolution::SecretNeeded(_) if field == "client_secret" => "made anew".to_owned(),
        _ => value,
    }
}

fn told_once(secrets: &[(String, ClientSecret)]) -> String {
    let line = |(id, secret): &(String, ClientSecret)| format!("client secret of {id}, shown only now: {}\n", secret.expose());
    secrets.iter().map(line).collect::<Vec<_>>().concat()
}

async fn list(store: &Store) -> Result<String, Failure> {
    let Registered { agencies, clients } = Registered::read(store).await?;
    if agencies.is_empty() {
        return Ok("there are no agencies; register some with `panjereh agency apply FILE`\n".to_owned());
    }
    let mut rows = Vec::new();
    for agency in &agencies {
        let own: Vec<_> = clients.iter().filter(|client| client.agency == agency.slug).collect();
        let name = || format!("{} / {}", agency.name.fa, agency.name.en);
        if own.is_empty() {
            rows.push([agency.slug.clone(), "-".to_owned(), "-".to_owned(), name()]);
        }
        for client in own {
            rows.push([agency.slug.clone(), client.id.to_string(), client.auth_method.name().to_owned(), name()]);
        }
    }
    Ok(table(["AGENCY", "CLIENT", "AUTHENTICATION", "NAME"], &rows))
}
