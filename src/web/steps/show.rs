//! `GET /interaction/{id}`: the page of whatever is missing.

use super::{Step, answered, details, ended, name_of};
use crate::flows::App;
use crate::flows::interact::{Next, next};
use crate::flows::one_time_code::CODE_LIFETIME;
use crate::flows::step_up::asked_of;
use crate::identity::decoupled::Way;
use crate::identity::interaction::{Proves, SentCode, Visit, may_be_played};
use crate::identity::person::{Address, Person};
use crate::oidc::authorization::AuthorizationRequest;
use crate::oidc::claims_request::UserClaim;
use crate::oidc::device::UserCode;
use crate::oidc::scope::Scope;
use crate::web::answer::{refuse_plainly, to_client};
use crate::web::layout::FormError;
use crate::web::locale::Locale;
use crate::web::pages::authenticator::Authenticator;
use crate::web::pages::consent::{Asked, Consent, ConsentItem, Counts, Elsewhere, ShownClaim};
use crate::web::pages::device::Compare;
use crate::web::pages::masked;
use crate::web::pages::one_time_code::{CodePurpose, OneTimeCode, Sending};
use crate::web::pages::recovery_codes::RecoveryCodes;
use crate::web::pages::refusal::RefusalKind;
use crate::web::pages::sign_in::SignIn;
use crate::web::visitor::Visitor;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;

/// Shows what comes next.
pub async fn show(State(app): State<Arc<App>>, visitor: Visitor, Path(id): Path<String>) -> Response {
    match Step::enter(&app, &visitor, &id).await {
        Ok(step) => dispatch(step).await,
        Err(response) => response,
    }
}

async fn dispatch(step: Step<'_>) -> Response {
    let Step { app, visitor, open } = step;
    let keep = Step { app, visitor, open: open.clone() };
    match next(app, open, visitor.session.as_ref(), app.clock.now()).await {
        Ok(Next::SignIn) => sign_in(&keep, "", &[]).await,
        Ok(Next::Code(sent)) => one_time_code(&keep, &sent, Sending::First, &[]),
        Ok(Next::Authenticator(person)) => authenticator(&keep, &person, &[]),
        Ok(Next::RecoveryCodes(codes)) => {
            let form = keep.form("/codes-kept", &[]);
            keep.page(StatusCode::OK, &RecoveryCodes { layout: keep.layout(&keep.address("")), form, codes })
        }
        Ok(Next::Consent(visit)) => consent(&keep, &visit),
        Ok(Next::Comparison(code)) => compare(&keep, &code),
        Ok(Next::Answered(how)) => answered(&keep, how),
        Ok(Next::NotTheirs) => refuse_plainly(visitor, RefusalKind::NothingAsked),
        Ok(Next::Respond(response)) => to_client(&response, keep.layout("/"), keep.agency()),
        Err(gone) => ended(visitor, &gone),
    }
}

/// The sign-in page.
pub async fn sign_in(step: &Step<'_>, national_id: &str, errors: &[FormError]) -> Response {
    let again = match asked_of(step.app, &step.open, step.visitor.session.as_ref(), step.app.clock.now()).await {
        Ok(account) => account.map(|account| name_of(&account.person, step.locale())),
        Err(cause) => return step.broken(&cause),
    };
    let hint = step.open.interaction.request.login_hint.as_deref().unwrap_or_default();
    // A hint may be anything; only what could be a national ID goes into the field.
    let hint = crate::identity::national_id::NationalId::parse(hint).map(|id| id.as_str().to_owned()).unwrap_or_default();
    let about = step.about();
    let sign_in = SignIn {
        layout: step.layout(&step.address("")),
        form: step.form("/sign-in", errors),
        agency: step.agency(),
        again,
        cancel: step.open.interaction.answering.is_none().then(|| step.address("/cancel")),
        about: about.clone(),
        base: step.address(""),
        national_id: if national_id.is_empty() { hint } else { national_id.to_owned() },
    };
    step.page_about(status(errors), &sign_in, &about)
}

/// The one-time code page.
pub fn one_time_code(step: &Step<'_>, sent: &SentCode, sending: Sending, errors: &[FormError]) -> Response {
    let purpose = match sent.proves {
        Proves::SecondFactor(_) => CodePurpose::SignIn { recovery: step.address("/recovery"), back: step.address("/sign-in") },
        Proves::Number(_) => CodePurpose::Proofing { change: step.address("/prove") },
    };
    let left = CODE_LIFETIME.saturating_sub(step.app.clock.now().since(sent.sent_at));
    let code = OneTimeCode {
        layout: step.layout(&step.address("")),
        form: step.form("/code", errors),
        purpose,
        number: sent.to.masked(),
        minutes: left.as_secs().div_ceil(60),
        again: step.address("/code/again"),
        sending,
    };
    step.page(status(errors), &code)
}

/// The page on which a passkey or a password is made.
pub fn authenticator(step: &Step<'_>, person: &Person, errors: &[FormError]) -> Response {
    let authenticator = Authenticator {
        layout: step.layout(&step.address("")),
        form: step.form("/authenticator", errors),
        base: step.address(""),
        username: person.national_id.as_str().to_owned(),
    };
    step.page(status(errors), &authenticator)
}

/// The page on which the code of a device is compared.
fn compare(step: &Step<'_>, code: &UserCode) -> Response {
    let layout = step.layout(&step.address(""));
    let compare = Compare { layout, form: step.form("/device", &[]), agency: step.agency(), user_code: code.to_string() };
    step.page(StatusCode::OK, &compare)
}

/// WCAG and HTTP agree: a form that was not accepted is no success.
fn status(errors: &[FormError]) -> StatusCode {
    if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }
}

fn consent(step: &Step<'_>, visit: &Visit) -> Response {
    let mut layout = step.layout(&step.address(""));
    layout.person = Some(name_of(&visit.account.person, layout.locale));
    let request = &step.open.interaction.request;
    let items = asked_for(request, visit, layout.locale);
    let details = match &request.details {
        Some(details) => details::shown(details, step.app.directory.load().detail_types(), &layout),
        None => Vec::new(),
    };
    let elsewhere = step.open.interaction.answering.as_ref().map(|answering| match answering.way {
        Way::Device(_) => Elsewhere::Device,
        Way::Backchannel(ref asked) => Elsewhere::Counter(asked.message.clone()),
    });
    let agency = step.client_name();
    let (form, about) = (step.form("/consent", &[]), step.about_client());
    let counts = if may_be_played(request, &step.open.client) { Counts::Once } else { Counts::Henceforth };
    let consent = Consent { layout, form, agency, about: about.clone(), items, details, elsewhere, counts };
    step.page_about(StatusCode::OK, &consent, &about)
}

/// Every scope, then the single claims that none of them holds. A scope of one thing is that thing; of a profile only the parts that were
/// asked for are shown, because only they are passed on.
fn asked_for(request: &AuthorizationRequest, visit: &Visit, locale: Locale) -> Vec<ConsentItem> {
    let whole = |scope: Scope| ConsentItem { asked: scope.into(), values: shown(scope, visit, locale) };
    let mut items: Vec<_> = request.scopes.iter().copied().filter(|scope| *scope != Scope::Openid).map(whole).collect();
    let single: Vec<_> = request.claims.deliver.all().filter(|claim| !request.scopes.contains(&claim.scope())).collect();
    for scope in Scope::ALL.into_iter().filter(|scope| single.iter().any(|claim| claim.scope() == *scope)) {
        items.push(match scope {
            Scope::Profile => ConsentItem { asked: Asked::Details, values: parts(&single, visit, locale) },
            scope => whole(scope),
        });
    }
    items
}

fn parts(asked: &[UserClaim], visit: &Visit, locale: Locale) -> Vec<ShownClaim> {
    let any = |claims: &[UserClaim]| claims.iter().any(|claim| asked.contains(claim));
    let wanted = |value: &ShownClaim| match value {
        ShownClaim::Name(_) => any(&[UserClaim::Name, UserClaim::GivenName, UserClaim::FamilyName]),
        ShownClaim::BirthDate(_) => any(&[UserClaim::Birthdate]),
        ShownClaim::Gender(_) => any(&[UserClaim::Gender]),
        _ => false,
    };
    shown(Scope::Profile, visit, locale).into_iter().filter(wanted).collect()
}

fn shown(scope: Scope, visit: &Visit, locale: Locale) -> Vec<ShownClaim> {
    let person = &visit.account.person;
    match scope {
        Scope::Profile => {
            let name = ShownClaim::Name(name_of(person, locale));
            vec![name, ShownClaim::BirthDate(person.birth_date), ShownClaim::Gender(person.gender)]
        }
        Scope::Phone => vec![ShownClaim::Mobile(visit.account.mobile.masked())],
        Scope::Address => vec![ShownClaim::Address(one_line(&person.address))],
        Scope::NationalId => vec![ShownClaim::NationalId(masked(person.national_id.as_str()))],
        Scope::Openid | Scope::AgeOver18 | Scope::OfflineAccess => Vec::new(),
    }
}

fn one_line(address: &Address) -> String {
    [&address.region, &address.locality, &address.street]
        .map(String::as_str)
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("، ")
}
