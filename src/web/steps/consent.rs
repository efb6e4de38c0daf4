//! The consent page, and `POST …/consent`: what the person decided.

use crate::app::App;
use crate::client::scope::Scope;
use crate::flows::interaction::consent::{Answer, Decision, decide, shown_to};
use crate::flows::interaction::dispatcher::Next;
use crate::identity::account::Account;
use crate::identity::person::Address;
use crate::locale::Locale;
use crate::oidc::claims::request::{RequestedClaims, UserClaim};
use crate::oidc::params::Params;
use crate::records::cross_device::CrossDeviceWay;
use crate::records::event::EventKind;
use crate::records::evidence::release;
use crate::records::interaction::{Visit, client_can_be_impersonated};
use crate::text::is_persian;
use crate::web::answer::to_client;
use crate::web::pages::consent::{Consent, ConsentItem, ConsentReader, ConsentSubject, Counts, Elsewhere, ShownClaim, Withheld};
use crate::web::pages::masked;
use crate::web::steps::{Step, answered, details, full_name, name_in_other_script, name_of};
use crate::web::visitor::Visitor;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::civil::Date;
use std::sync::Arc;

/// Anything but an explicit `allow` is a denial.
pub(crate) async fn submit(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, Response> {
    let form = Params::from_form(&body);
    let step = Step::enter_by_form(&app, &visitor, &id, &form).await?;
    let decision = if form.get("decision") == Some("allow") { Decision::Allow } else { Decision::Deny };
    let answer = Answer { decision, shown_to: form.get("shown_to").unwrap_or_default() };
    let next = decide(&app, step.open.clone(), visitor.session.as_ref(), answer).await.map_err(|gone| step.over(&gone))?;
    Ok(match next {
        Some(Next::Respond(response)) => to_client(&response, step.layout("/"), step.agency()),
        Some(Next::Answered(how)) => answered(&step, how),
        _ => step.on(),
    })
}

/// The page: which agency asks, for what, and every value that it would receive.
pub(crate) fn page(step: &Step<'_>, visit: &Visit) -> Response {
    let mut layout = step.layout(&step.address(""));
    layout.person = Some(name_of(&visit.account, layout.locale));
    let request = &step.open.interaction.request;
    let confirmed_on = step.app.settings.country_profile().today(visit.account.proofed_at);
    let level = visit.account.assurance;
    let all = Requested { scopes: request.scopes.clone(), claims: request.claims.deliver.clone() };
    let granted = Requested { scopes: release::scopes(&all.scopes, level), claims: release::claims(&all.claims, level) };
    let withheld = if granted == all { Withheld::Nothing } else { Withheld::RegistryData };
    let items = asked_for(&granted, &Told { account: &visit.account, confirmed_on, locale: layout.locale });
    let details = match &request.details {
        Some(details) => details::shown(details, step.app.client_cache.load().detail_types(), &layout),
        None => Vec::new(),
    };
    let elsewhere = step.open.interaction.answering.as_ref().map(|answering| match answering.way {
        CrossDeviceWay::Device(_) => Elsewhere::Device,
        CrossDeviceWay::Ciba(ref asked) => Elsewhere::Counter(asked.message.clone()),
    });
    let agency = step.client_name();
    let (form, about) = (step.form("/consent", &[]), step.about_client());
    let counts = if client_can_be_impersonated(request, &step.open.client) { Counts::Once } else { Counts::Henceforth };
    let shown_to = shown_to(&step.open, &visit.account);
    let is_new = step.open.interaction.newcomer == Some(visit.account.id);
    let reader = if is_new { ConsentReader::Newcomer } else { ConsentReader::Known };
    if visit.account.assurance.releases_registry_data() {
        let shown =
            step.app.event(EventKind::DataShown, step.app.clock.now()).by_citizen(visit.account.id).about(visit.account.id);
        step.app.note(shown.at_client(&step.open.client.id).from(step.open.origin));
    }
    let consent =
        Consent { layout, form, shown_to, agency, about: about.clone(), items, withheld, details, elsewhere, counts, reader };
    step.page_about(StatusCode::OK, &consent, &about)
}

/// What is asked for, without what is not released at the person's level.
#[derive(PartialEq, Eq)]
struct Requested {
    scopes: Vec<Scope>,
    claims: RequestedClaims,
}

/// The values that an agency would receive, and the language in which the page shows them.
struct Told<'a> {
    account: &'a Account,
    confirmed_on: Date,
    locale: Locale,
}

/// Every scope, then the single claims that none of them holds. A scope with one value is shown as that value. Of the scope
/// `profile` only the requested parts are shown, because only they are passed on.
fn asked_for(request: &Requested, told: &Told<'_>) -> Vec<ConsentItem> {
    let whole = |scope: Scope| ConsentItem { asked: scope.into(), values: told.by(scope) };
    let mut items: Vec<_> = request.scopes.iter().copied().map(whole).collect();
    let single: Vec<_> = request.claims.all().filter(|claim| !request.scopes.contains(&claim.scope())).collect();
    for scope in Scope::ALL.into_iter().filter(|scope| single.iter().any(|claim| claim.scope() == *scope)) {
        items.push(match scope {
            Scope::Profile => ConsentItem { asked: ConsentSubject::Details, values: parts(&single, told) },
            scope => whole(scope),
        });
    }
    items
}

fn parts(asked: &[UserClaim], told: &Told<'_>) -> Vec<ShownClaim> {
    let any = |claims: &[UserClaim]| claims.iter().any(|claim| asked.contains(claim));
    let wanted = |value: &ShownClaim| match value {
        ShownClaim::Name(_) | ShownClaim::OtherScript(_) => any(&[UserClaim::Name, UserClaim::GivenName, UserClaim::FamilyName]),
        ShownClaim::BirthDate(_) => any(&[UserClaim::Birthdate]),
        ShownClaim::Gender(_) => any(&[UserClaim::Gender]),
        ShownClaim::ConfirmedOn(_) => any(&[UserClaim::UpdatedAt]),
        _ => false,
    };
    told.by(Scope::Profile).into_iter().filter(wanted).collect()
}

impl Told<'_> {
    /// All values of a scope: the page says that there are no others.
    fn by(&self, scope: Scope) -> Vec<ShownClaim> {
        let person = &self.account.person;
        match scope {
            Scope::Profile => {
                let mut values = vec![ShownClaim::Name(full_name(person, self.locale))];
                values.extend(name_in_other_script(person, self.locale).map(ShownClaim::OtherScript));
                values.extend([ShownClaim::BirthDate(person.birth_date), ShownClaim::Gender(person.gender)]);
                values.push(ShownClaim::ConfirmedOn(self.confirmed_on));
                values
            }
            Scope::Phone => vec![ShownClaim::Mobile(self.account.mobile.masked())],
            Scope::Address => address(&person.address),
            Scope::NationalId => vec![ShownClaim::NationalId(masked(person.national_id.as_str()))],
            Scope::Openid | Scope::AgeOver18 | Scope::OfflineAccess => Vec::new(),
        }
    }
}

fn address(address: &Address) -> Vec<ShownClaim> {
    let lines = [&address.region, &address.locality, &address.street].map(String::as_str);
    let lines: Vec<&str> = lines.into_iter().filter(|line| !line.is_empty()).collect();
    // It is one text in one script, in any language of the page.
    let locale = if lines.iter().any(|line| is_persian(line)) { Locale::Fa } else { Locale::En };
    let line = ShownClaim::Address(lines.join(&locale.t("list-separator")));
    let rest =
        [(&address.postal_code, ShownClaim::PostalCode as fn(String) -> ShownClaim), (&address.country, ShownClaim::Country)];
    let rest = rest.into_iter().filter(|(part, _)| !part.is_empty()).map(|(part, shown)| shown(part.clone()));
    [line].into_iter().chain(rest).collect()
}
