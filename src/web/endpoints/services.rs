//! The list of connected services: the part that one page of the window shows. Found by search, by first letter, or page by page.

use crate::oidc::params::Params;
use crate::text::{alphabetical, fold_name, latin_digits};
use crate::web::pages::window::{Finder, Group, Letter, Pager, Service, ServiceList, Shown};

/// With more services than this the list has a search, letters, headings and pages.
const FEW: usize = 12;
/// The most services on one page of the list.
const ON_A_PAGE: usize = 12;
/// The longest text that is searched for, in characters, and its most words.
const LONGEST_QUERY: usize = 80;
const MOST_WORDS: usize = 8;

/// A connected service, and what it is found by.
pub(crate) struct Listed {
    /// What the page shows.
    pub(crate) service: Service,
    /// The name of its agency in the reader's language; empty where it has none.
    pub(crate) agency: String,
    /// Its names and those of its agency, in every language.
    pub(crate) names: Vec<String>,
}

/// Which part of the list is asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    query: String,
    letter: Option<String>,
    page: usize,
}

impl Asked {
    /// Reads the query of the address. What it cannot read counts as not given.
    pub(crate) fn of(query: Option<&str>) -> Self {
        let params = Params::parse(query.unwrap_or_default());
        let text = |name| params.get(name).unwrap_or_default();
        let query: String = text("q").trim().chars().take(LONGEST_QUERY).collect();
        let letter = initial(text("letter")).filter(|_| query.is_empty());
        let page = latin_digits(text("page")).parse().unwrap_or(1);
        Self { query, letter, page }
    }

    /// Whether no part was chosen: the page begins with what the person used lately.
    pub(crate) fn is_everything(&self) -> bool {
        self.query.is_empty() && self.letter.is_none()
    }

    fn address(&self, page: usize) -> String {
        let mut pairs = url::form_urlencoded::Serializer::new(String::from("/?"));
        pairs.extend_pairs(Some(("q", &self.query)).filter(|(_, query)| !query.is_empty()));
        pairs.extend_pairs(self.letter.as_ref().map(|letter| ("letter", letter)));
        pairs.append_pair("page", &page.to_string());
        pairs.finish()
    }
}

/// The part of all services that is asked for.
pub(crate) fn part(mut all: Vec<Listed>, asked: &Asked) -> ServiceList {
    all.sort_by_cached_key(|listed| {
        (alphabetical(&listed.agency), alphabetical(&listed.service.name), listed.service.id.clone())
    });
    if all.len() <= FEW && asked.is_everything() {
        let services: Vec<_> = all.into_iter().map(|listed| listed.service).collect();
        let groups = if services.is_empty() { Vec::new() } else { vec![Group { agency: None, services }] };
        return ServiceList { groups, ..ServiceList::default() };
    }
    let letters = letters(&all, asked);
    all.retain(|listed| is_asked_for(listed, asked));
    let (found, last) = (all.len(), all.len().div_ceil(ON_A_PAGE));
    let page = asked.page.clamp(1, last.max(1));
    let here = all.into_iter().skip((page - 1) * ON_A_PAGE).take(ON_A_PAGE);
    let pager = (last > 1).then(|| Pager {
        page,
        pages: last,
        earlier: (page > 1).then(|| asked.address(page - 1)),
        later: (page < last).then(|| asked.address(page + 1)),
    });
    ServiceList { finder: Some(Finder { query: asked.query.clone(), letters, found }), groups: by_agency(here), pager }
}

/// An agency with several services on the page has a heading; a single service names its agency itself.
fn by_agency(services: impl Iterator<Item = Listed>) -> Vec<Group> {
    let mut agencies: Vec<(String, Vec<Service>)> = Vec::new();
    for Listed { service, agency, .. } in services {
        match agencies.last_mut() {
            Some((last, services)) if *last == agency => services.push(service),
            _ => agencies.push((agency, vec![service])),
        }
    }
    let mut groups: Vec<Group> = Vec::new();
    for (agency, mut services) in agencies {
        let has_heading = services.len() > 1 && !agency.is_empty();
        if has_heading {
            for service in &mut services {
                service.agency = None;
            }
        }
        match groups.last_mut() {
            Some(group) if !has_heading && group.agency.is_none() => group.services.append(&mut services),
            _ => groups.push(Group { agency: has_heading.then_some(agency), services }),
        }
    }
    groups
}

/// The first letters of all services, each once, in alphabetical order.
fn letters(all: &[Listed], asked: &Asked) -> Vec<Letter> {
    let mut letters: Vec<_> = all.iter().filter_map(|listed| initial(&listed.service.name)).collect();
    letters.sort_by_cached_key(|letter| alphabetical(letter));
    letters.dedup();
    let link = |letter: String| {
        let shown = if asked.letter.as_ref() == Some(&letter) { Shown::Here } else { Shown::Elsewhere };
        let uri = url::form_urlencoded::Serializer::new(String::from("/?")).append_pair("letter", &letter).finish();
        Letter { letter, uri, shown }
    };
    letters.into_iter().map(link).collect()
}

/// The letter under which a name is found; آ stands under ا.
fn initial(name: &str) -> Option<String> {
    let letter = fold_name(name).chars().find(|c| c.is_alphanumeric())?;
    Some(if letter == 'آ' { "ا".to_owned() } else { letter.to_uppercase().collect() })
}

/// A search finds a service whose names have every word of it, in any spelling and either language.
fn is_asked_for(listed: &Listed, asked: &Asked) -> bool {
    if let Some(letter) = &asked.letter {
        return initial(&listed.service.name).as_ref() == Some(letter);
    }
    let fold = |text: &str| latin_digits(&fold_name(text));
    let (query, names) = (fold(&asked.query), fold(&listed.names.join(" ")));
    query.split(' ').take(MOST_WORDS).all(|word| names.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::pages::window::Arrival;

    fn listed(id: usize, name: &str, agency: &str, other: &str) -> Listed {
        let service = Service {
            id: format!("open-{id}"),
            name: name.to_owned(),
            agency: Some(agency.to_owned()),
            uri: format!("https://{id}.example/"),
            arrival: Arrival::AtTheDoor,
            logo: None,
        };
        let names = [name, agency, other].map(str::to_owned).to_vec();
        Listed { service, agency: agency.to_owned(), names }
    }

    fn many() -> Vec<Listed> {
        let names = ["آب", "برق", "پرونده", "چاپ", "گذرنامه", "کتاب", "یارانه", "ژرفا", "مالیات", "وام"];
        (0..302)
            .map(|id| listed(id, &format!("{} {id}", names[id % 10]), &format!("سازمان {}", id % 60), "National Service"))
            .collect()
    }

    fn ids(list: &ServiceList) -> Vec<&str> {
        list.groups.iter().flat_map(|group| &group.services).map(|service| service.id.as_str()).collect()
    }

    #[test]
    fn every_one_of_many_services_is_on_exactly_one_page() {
        let mut seen = Vec::new();
        for page in 1..=26 {
            let list = part(many(), &Asked::of(Some(&format!("page={page}"))));
            let pager = list.pager.clone().unwrap();
            assert_eq!((pager.page, pager.pages, list.finder.as_ref().unwrap().found), (page, 26, 302));
            assert_eq!((pager.earlier.is_some(), pager.later.is_some()), (page > 1, page < 26));
            assert!(ids(&list).len() <= ON_A_PAGE);
            seen.extend(ids(&list).into_iter().map(str::to_owned));
        }
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 302);
    }

    #[test]
    fn a_page_that_does_not_exist_is_the_nearest_one() {
        for (query, expected) in
            [("page=0", 1), ("page=27", 26), ("page=-1", 1), ("page=x", 1), ("page=۳", 3), ("page=1&page=2", 1)]
        {
            assert_eq!(part(many(), &Asked::of(Some(query))).pager.unwrap().page, expected, "{query}");
        }
    }

    #[test]
    fn a_search_finds_in_any_spelling_and_either_language() {
        let found = |query: &str| {
            let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("q", query).finish();
            let mut all = many();
            all.push(listed(900, "پروندهٔ سلامتِ من ۲۴", "سازمان بیمه‌ها", "Health Record"));
            let list = part(all, &Asked::of(Some(&query)));
            (list.finder.unwrap().found, list.groups.first().map(|group| group.services[0].id.clone()))
        };
        for query in ["health", "HEALTH rec", "سلامت", "پرونده سلامت", "24 سلامت", "٢٤ سلامت", "بيمه‌ها", "بیمهها", "record پروندهٔ"]
        {
            assert_eq!(found(query), (1, Some("open-900".to_owned())), "{query}");
        }
        assert_eq!(found("no such service"), (0, None));
        assert_eq!(found("<script>"), (0, None));
        assert_eq!(found("   ").0, 303, "nothing is searched for");
    }

    #[test]
    fn letters_are_in_the_order_of_the_persian_alphabet_and_each_has_its_services() {
        let list = part(many(), &Asked::default());
        let letters: Vec<_> = list.finder.unwrap().letters.into_iter().map(|letter| letter.letter).collect();
        assert_eq!(letters, ["ا", "ب", "پ", "چ", "ژ", "ک", "گ", "م", "و", "ی"]);
        let chosen = part(many(), &Asked::of(Some("letter=%DA%AF")));
        let finder = chosen.finder.clone().unwrap();
        assert_eq!(finder.found, 30);
        assert!(finder.letters.iter().filter(|letter| letter.is_shown()).map(|letter| letter.letter.as_str()).eq(["گ"]));
        assert!(chosen.groups.iter().flat_map(|group| &group.services).all(|service| service.name.starts_with('گ')));
        assert!(chosen.pager.unwrap().later.unwrap().contains("letter=%DA%AF&page=2"));
    }

    #[test]
    fn services_stand_under_their_agency_in_the_order_of_the_alphabet() {
        let mut all: Vec<_> = (0..20).map(|id| listed(id, &format!("n{id}"), "یکم", "")).collect();
        all.extend([
            listed(30, "ت", "گمرک", ""),
            listed(31, "پ", "گمرک", ""),
            listed(32, "ا", "پست", ""),
            listed(33, "ا", "آب", ""),
        ]);
        let list = part(all, &Asked::default());
        let headings: Vec<_> = list.groups.iter().map(|group| group.agency.as_deref().unwrap_or_default()).collect();
        assert_eq!(headings, ["", "گمرک", "یکم"], "a heading where an agency has several");
        assert_eq!(&ids(&list)[..4], ["open-33", "open-32", "open-31", "open-30"]);
        let named: Vec<_> = list.groups[0].services.iter().map(|service| service.agency.as_deref().unwrap_or_default()).collect();
        assert_eq!(named, ["آب", "پست"], "a single service names its agency itself");
        assert!(list.groups[1].services.iter().all(|service| service.agency.is_none()));
    }

    #[test]
    fn few_services_are_one_plain_list() {
        let list = part((0..12).map(|id| listed(id, "a", "b", "")).collect(), &Asked::default());
        assert_eq!((list.finder.clone(), list.pager.clone(), list.groups.len()), (None, None, 1));
        assert!(list.groups[0].agency.is_none() && list.groups[0].services[0].agency.is_some());
        assert!(part(Vec::new(), &Asked::default()).is_empty());
    }
}
