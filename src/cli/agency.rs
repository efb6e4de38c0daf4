//! `panjereh agency`: agencies and their clients, declared by a file. Applying a file twice changes nothing the second time.

use crate::boot::agency_file::{parse, text};
use crate::boot::failure::Failure;
use crate::boot::stores::open_checked_store;
use crate::cli::output::print;
use crate::cli::registration_token;
use crate::cli::registration_token::RegistrationTokenCommand;
use crate::cli::sources::Surroundings;
use crate::cli::table::table;
use crate::client::metadata::{Client, GrantType};
use crate::identity::assurance::Acr;
use crate::random::Random;
use crate::registration::{Resolution, describe};
use crate::store::Store;
use crate::time::Clock;
use crate::upkeep::apply_agency_file::{NewSecret, Plan, Registered, Step, Undeclared, client_of};
use std::fmt::Write as _;
use std::path::PathBuf;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum AgencyCommand {
    /// Register what a file declares, and show the changes
    Apply {
        /// The file, in TOML
        file: PathBuf,
        /// Only show what would change
        #[arg(long)]
        dry_run: bool,
        /// Remove clients of these agencies that the file does not declare
        #[arg(long)]
        prune: bool,
        /// Show every field of what is added
        #[arg(long)]
        verbose: bool,
    },
    /// Create an initial access token for clients that register themselves (registration.mode = "token"); list or revoke tokens
    RegistrationToken(RegistrationTokenCommand),
    /// List agencies and their clients
    List,
    /// Print an agency file with every key, explained
    Example,
}

pub(crate) async fn run(command: AgencyCommand, surroundings: &Surroundings) -> Result<(), Failure> {
    let settings = &surroundings.settings()?;
    match command {
        AgencyCommand::Example => print(&crate::registration::example()),
        AgencyCommand::RegistrationToken(command) => registration_token::run(command, &open_checked_store(settings).await?).await,
        AgencyCommand::List => print(&list(&open_checked_store(settings).await?).await?),
        AgencyCommand::Apply { file, dry_run, prune, verbose } => {
            let declared = parse(&file, &text(&file)?)?;
            let store = open_checked_store(settings).await?;
            let undeclared = if prune { Undeclared::Remove } else { Undeclared::Keep };
            let plan = Plan::make(declared, &Registered::read(&store).await?, undeclared);
            let detail = if verbose { Detail::Fields } else { Detail::Names };
            if dry_run {
                return print(&(summary(&plan, detail) + "nothing was changed, because this is a dry run\n"));
            }
            let secrets = plan.carry_out(&store, &Random::Os, Clock::System.now()).await?;
            print(&(summary(&plan, detail) + &new_secrets(&secrets)))
        }
    }
}

/// How much is shown of what is added.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Detail {
    Names,
    Fields,
}

fn summary(plan: &Plan, detail: Detail) -> String {
    let mut text: String = plan.steps.iter().map(|step| step_summary(step, detail)).collect();
    for id in &plan.kept {
        let _ = writeln!(text, "note: client {id} is registered and not in the file; --prune would remove it");
    }
    for id in &plan.accept_low {
        let _ = writeln!(
            text,
            "warning: client {id} accepts {}: a stranger who knows a national ID and a birth date can sign in there as that person. No \
             data of the registry is released for such a sign-in",
            Acr::Low.uri()
        );
    }
    text + &totals(plan)
}

/// The last line before the secrets: how many agencies and clients are added, changed, removed.
fn totals(plan: &Plan) -> String {
    if plan.steps.is_empty() {
        return "nothing to change: everything that the file declares is registered\n".to_owned();
    }
    let count = |is_it: fn(&Step) -> bool| plan.steps.iter().filter(|step| is_it(step)).count();
    format!(
        "agencies: {} added, {} changed; clients: {} added, {} changed, {} removed\n",
        count(|step| matches!(step, Step::AddAgency(_))),
        count(|step| matches!(step, Step::ChangeAgency { .. })),
        count(|step| matches!(step, Step::Add(_))),
        count(|step| matches!(step, Step::Change { .. })),
        count(|step| matches!(step, Step::Remove(_))),
    )
}

fn step_summary(step: &Step, detail: Detail) -> String {
    match step {
        Step::AddAgency(agency) => format!("+ agency {} ({} / {})\n", agency.slug, agency.name.fa, agency.name.en),
        Step::ChangeAgency { old, new } => {
            format!("~ agency {}\n    name: {} / {} -> {} / {}\n", new.slug, old.name.fa, old.name.en, new.name.fa, new.name.en)
        }
        Step::Add(new) if detail == Detail::Names => format!("+ client {}\n", client_of(new).id),
        Step::Add(new) => {
            let client = client_of(new);
            let fields = describe(client).into_iter().filter(|(field, value)| *field != "client_id" && !value.is_empty());
            let lines: String = fields
                .flat_map(|(field, value)| [format!("    {field}: "), described(new, field, value), "\n".to_owned()])
                .collect();
            format!("+ client {}\n{lines}", client.id)
        }
        Step::Change { changes, new } => {
            let lines: String = changes
                .iter()
                .flat_map(|change| {
                    [
                        format!("    {}: {} -> ", change.field, change.old),
                        described(new, change.field, change.new.clone()),
                        "\n".to_owned(),
                    ]
                })
                .collect();
            format!("~ client {}\n{lines}", client_of(new).id)
        }
        Step::Remove(client) => format!("- client {}\n", client.id),
    }
}

/// A field of a client in the plan; a secret that is not generated yet has no value there.
fn described(client: &Resolution, field: &str, value: String) -> String {
    match client {
        Resolution::SecretNeeded(_) if field == "client_secret" => "generated".to_owned(),
        _ => value,
    }
}

/// Each secret, and beside it what its developer has to set in a library: many expect another algorithm, or send no PKCE.
fn new_secrets(secrets: &[NewSecret]) -> String {
    let lines = |NewSecret { client, secret }: &NewSecret| {
        // The secret is the last thing said, for scripts that take it from there.
        format!(
            "client {}: {}\nclient secret of {}, shown only now: {}\n",
            client.id,
            to_be_set(client),
            client.id,
            secret.expose()
        )
    };
    secrets.iter().map(lines).collect::<Vec<_>>().concat()
}

fn to_be_set(client: &Client) -> String {
    let described = describe(client);
    let value =
        |name: &str| described.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str()).unwrap_or_default();
    let (alg, methods) = (value("id_token_signed_response_alg"), value("token_endpoint_auth_method"));
    let pkce = match (client.may_use(GrantType::AuthorizationCode), client.demands_pkce()) {
        (false, _) => "",
        (true, true) => "; PKCE (S256): required",
        (true, false) => "; PKCE (S256): optional",
    };
    format!("signing algorithm: {alg}; secret sent by: {methods}{pkce}")
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
