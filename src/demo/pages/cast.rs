//! `/demo`: the people whose part a user of the demo can take, with a button beside each value that copies it.

use crate::app::App;
use crate::demo::agency_page::{CastTexts, Language, Texts};
use crate::demo::pages::finished;
use crate::demo::people::{DemoPeople, DemoPerson, PersonKind, full_name, jalali};
use crate::web::answer::page;
use crate::web::layout::Layout;
use crate::web::visitor::Visitor;
use askama::Template;
use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "cast.html", config = "src/demo/askama.toml")]
struct CastPage<'a> {
    layout: Layout,
    t: &'static CastTexts,
    people: &'a DemoPeople,
}

/// One value of a person, under its name.
struct Line {
    name: &'static str,
    value: String,
}

impl CastPage<'_> {
    fn heading(&self, kind: PersonKind) -> &'static str {
        match kind {
            PersonKind::Account => &self.t.account,
            PersonKind::New => &self.t.new,
            PersonKind::Minor => &self.t.minor,
            PersonKind::Deceased => &self.t.deceased,
            PersonKind::Abroad => &self.t.abroad,
            PersonKind::Unanswered => &self.t.unanswered,
        }
    }

    /// Values that a form asks for, as a person types them.
    fn lines(&self, one: &DemoPerson) -> Vec<Line> {
        let (t, person) = (self.t, &one.person);
        let mut lines = vec![
            Line { name: &t.national_id, value: person.national_id.as_str().to_owned() },
            Line { name: &t.born_jalali, value: jalali(person.birth_date) },
            Line { name: &t.born_gregorian, value: person.birth_date.to_string() },
        ];
        let mobile = person.mobile.as_ref().map(|mobile| Line { name: &t.mobile, value: mobile.e164().to_owned() });
        let password = one.password.as_ref().map(|text| Line { name: &t.password, value: text.expose().clone() });
        lines.extend(mobile.into_iter().chain(password));
        lines
    }
}

/// Both names, because either may be on a page.
fn name_of(one: &DemoPerson) -> String {
    let latin = one.person.latin_name.as_ref().map(full_name).unwrap_or_default();
    format!("{} · {latin}", full_name(&one.person.name))
}

/// The page and its script.
pub(crate) fn routes(people: &DemoPeople) -> Router<Arc<App>> {
    let people = Arc::new(people.clone());
    Router::new()
        .route("/demo", get(async move |visitor: Visitor| show(&people, &visitor)))
        .route("/demo/copy.js", get(async || ([(header::CONTENT_TYPE, "text/javascript")], include_str!("../copy.js"))))
}

fn show(people: &DemoPeople, visitor: &Visitor) -> Response {
    let layout = visitor.layout(&[]);
    match Texts::of(Language::from(layout.locale)) {
        Some(t) => finished(page(StatusCode::OK, &CastPage { layout, t: &t.cast, people }), visitor),
        None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
