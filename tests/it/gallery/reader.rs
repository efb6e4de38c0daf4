//! The sample texts of one reader: agencies, services and people who do not exist.

use askama::Template;
use panjereh::locale::Locale;
use panjereh::web::layout::{About, Contact, FormError, FormPart, Layout, Link};
use panjereh::web::pages::{Arrival, Finder, Group, Letter, Pager, Service, ServiceList, Shown};

pub(super) const BASE: &str = "/interaction/7K2MD8RA";
/// An agency's logo: the one picture from another origin.
pub(super) const LOGO: &str = "http://localhost:8081/emblem.svg";

/// The sample texts of one reader.
#[derive(Clone, Copy)]
pub(super) struct Reader {
    pub(super) locale: Locale,
}

impl Reader {
    pub(super) fn pick(self, fa: &str, en: &str) -> String {
        match self.locale {
            Locale::Fa => fa.to_owned(),
            Locale::En => en.to_owned(),
        }
    }

    pub(super) fn layout(self) -> Layout {
        let contact = Contact {
            phone: Some(self.pick("۰۲۱ ۰۰۰۰ ۰۰۰۰", "+98 21 0000 0000")),
            address: Some("support@window.example".to_owned()),
            hours: Some(self.pick("شنبه تا چهارشنبه، ۸ تا ۱۶", "Saturday to Wednesday, 8:00 to 16:00 (Iran)")),
        };
        Layout { reference: "3F9C-71AB-40DE".to_owned(), contact, ..Layout::plain(self.locale, BASE) }
    }

    pub(super) fn agency(self) -> String {
        self.pick("سازمان امور مالیاتی", "Tax Administration")
    }

    pub(super) fn person(self) -> String {
        self.pick("مریم رضایی", "Maryam Rezaei")
    }

    pub(super) fn back(self) -> Link {
        Link { name: self.agency(), uri: "http://localhost:8081/".to_owned() }
    }

    /// The first page of three hundred and two services.
    pub(super) fn many_services(self) -> ServiceList {
        let few = self.services();
        let names = few.iter().cycle().take(12).enumerate().map(|(at, service)| Service {
            id: format!("open-service-{at}"),
            name: self.locale.t_with("back-to", &[("agency", service.name.as_str())]),
            agency: None,
            ..service.clone()
        });
        let services: Vec<_> = names.collect();
        let agency = |from: usize, to: usize| Group { agency: Some(self.agency()), services: services[from..to].to_vec() };
        let alphabet = self.pick("ابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی", "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
        let letter = |letter: char| Letter {
            letter: letter.to_string(),
            uri: "/?letter=x".to_owned(),
            shown: if matches!(letter, 'پ' | 'C') { Shown::Here } else { Shown::Elsewhere },
        };
        ServiceList {
            finder: Some(Finder { query: String::new(), letters: alphabet.chars().map(letter).collect(), found: 302 }),
            groups: vec![
                Group { agency: None, ..agency(0, 3) },
                agency(3, 7),
                Group { agency: None, ..agency(7, 9) },
                agency(9, 12),
            ],
            pager: Some(Pager { page: 2, pages: 26, earlier: Some("/?page=1".to_owned()), later: Some("/?page=3".to_owned()) }),
        }
    }

    /// The answer to a search.
    pub(super) fn found(self, query: &str, services: Vec<Service>) -> ServiceList {
        let finder = Some(Finder { query: query.to_owned(), letters: Vec::new(), found: services.len() });
        let groups = if services.is_empty() { Vec::new() } else { vec![Group { agency: Some(self.agency()), services }] };
        ServiceList { finder, groups, pager: None }
    }

    pub(super) fn services(self) -> Vec<Service> {
        let service = |id: &str, name, agency, arrival| Service {
            id: format!("open-{id}"),
            name,
            agency,
            uri: format!("http://localhost:8081/{id}"),
            arrival,
            logo: None,
        };
        let insurance = self.pick("سازمان بیمهٔ سلامت ایرانیان", "Health Insurance Organisation");
        vec![
            service("tax", self.agency(), None, Arrival::SignedIn),
            service("health", self.pick("پروندهٔ سلامت", "Health record"), Some(insurance), Arrival::SignedIn),
            service("library", self.pick("کتابخانهٔ ملی", "National library"), None, Arrival::AtTheDoor),
        ]
    }
}

/// Everything that an agency can have besides its name.
pub(super) fn about() -> About {
    About {
        logo: Some(LOGO.to_owned()),
        policy: Some("http://localhost:8081/policy".to_owned()),
        terms: Some("http://localhost:8081/terms".to_owned()),
        unchecked: true,
    }
}

pub(super) fn form() -> FormPart {
    FormPart::new(BASE, "c2FtcGxl")
}

pub(super) fn wrong(errors: &[FormError]) -> FormPart {
    form().with(errors)
}

/// Its name and its HTML.
pub(super) type Page = (String, String);

pub(super) fn page(name: &str, page: &impl Template) -> Page {
    (name.to_owned(), page.render().unwrap())
}
