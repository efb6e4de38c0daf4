//! Pages outside of an interaction: devices, the window, sign-out, the guide for developers.

use super::interaction::{consent_page, details_page};
use super::reader::{LOGO, Page, Reader, about, form, page, wrong};
use panjereh::client::scope::Scope;
use panjereh::web::layout::{About, FormError, Layout};
use panjereh::web::pages::{
    Approvals, Arrived, Compare, Consent, ConsentItem, ConsentReader, Content, Counts, Decided, Developers, Device, Elsewhere,
    Ended, Ending, Entered, Entry, FormPost, Group, Leaving, LoggedOut, Logout, Notice, Onward, Passing, Service, ServiceList,
    ShownClaim, Subject, Window, Withheld, masked,
};
use panjereh::web::pages::{Hit, Value};

pub(super) fn device_pages(reader: Reader) -> Vec<Page> {
    let layout = reader.layout();
    let device = |form, user_code: &str| Device { layout: layout.clone(), form, user_code: user_code.to_owned() };
    let user_code = "WDJB-MJHT".to_owned();
    let compare = Compare { layout: layout.clone(), form: form(), agency: reader.agency(), user_code };
    let consent = Consent {
        layout: Layout { person: Some(reader.person()), ..reader.layout() },
        form: form(),
        shown_to: String::new(),
        agency: reader.agency(),
        about: About::default(),
        items: vec![ConsentItem { asked: Scope::AgeOver18.into(), values: Vec::new() }],
        withheld: Withheld::Nothing,
        details: Vec::new(),
        elsewhere: Some(Elsewhere::Device),
        counts: Counts::Henceforth,
        reader: ConsentReader::Known,
    };
    let signed_in = Layout { person: Some(reader.person()), ..reader.layout() };
    let message = reader.pick("باجهٔ 3، کد پیگیری 45-2", "Counter 3, number 45-2");
    let counter = Consent {
        layout: signed_in.clone(),
        form: form(),
        shown_to: String::new(),
        agency: reader.agency(),
        about: About::default(),
        items: vec![ConsentItem { asked: Scope::NationalId.into(), values: vec![ShownClaim::NationalId(masked("0012345679"))] }],
        withheld: Withheld::Nothing,
        details: Vec::new(),
        elsewhere: Some(Elsewhere::Counter(Some(message))),
        counts: Counts::Henceforth,
        reader: ConsentReader::Known,
    };
    vec![
        page("device", &device(form(), "")),
        page("device-wrong", &device(wrong(&[FormError::UserCodeWrong]), "WDJB-MJHA")),
        page("compare", &compare),
        page("consent-device", &consent),
        page("consent-counter", &counter),
        page("approvals", &Approvals { layout: signed_in.clone(), waiting: vec![reader.back()], entered: Entered::Nothing }),
        page("approvals-none", &Approvals { layout: signed_in, waiting: vec![], entered: Entered::Nothing }),
        page("approvals-signed-out", &Approvals { layout: layout.clone(), waiting: vec![], entered: Entered::Nothing }),
        page("approvals-wrong", &Approvals { layout: layout.clone(), waiting: vec![], entered: Entered::Wrong }),
        page("ask-allowed", &Decided { layout: layout.clone(), ending: Ending::AskAllowed }),
        page("ask-refused", &Decided { layout: layout.clone(), ending: Ending::AskRefused }),
        page("device-allowed", &Decided { layout: layout.clone(), ending: Ending::DeviceAllowed }),
        page("device-refused", &Decided { layout: layout.clone(), ending: Ending::DeviceRefused }),
    ]
}

pub(super) fn other_pages(reader: Reader) -> Vec<Page> {
    let layout = reader.layout();
    let signed_in = Layout { person: Some(reader.person()), ..reader.layout() };
    let window = |layout: &Layout, list, waiting| {
        let (layout, logout) = (layout.clone(), "/logout".to_owned());
        Window { layout, lately: Vec::new(), list, waiting, logout }
    };
    let few = ServiceList { groups: vec![Group { agency: None, services: reader.services() }], ..ServiceList::default() };
    let lately: Vec<_> =
        reader.services().into_iter().map(|service| Service { logo: Some(LOGO.to_owned()), ..service }).collect();
    let searched = |query: &str, services| window(&signed_in, reader.found(query, services), vec![]);
    let stay = "http://localhost:8081/".to_owned();
    let logout = |agency| Logout { layout: signed_in.clone(), form: form(), agency, unnamed: false, stay: stay.clone() };
    let fields = vec![("code".to_owned(), "a\"<b>".to_owned()), ("state".to_owned(), "xyz".to_owned())];
    let action = "http://localhost:8081/callback".to_owned();
    let onward = |place: &str| Onward::Link(format!("https://{place}/callback?error=login_required"));
    let place = "app.self-registered.example";
    let leaving = |onward| Leaving { layout: layout.clone(), agency: reader.agency(), place: place.to_owned(), onward };
    let logged_out = |ended| LoggedOut {
        layout: layout.clone(),
        ended,
        back: None,
        onward: Passing::Through,
        unnamed: false,
        frames: Vec::new(),
    };
    vec![
        page(
            "arrived",
            &Arrived { layout: signed_in.clone(), agency: reader.agency(), onward: Some("http://localhost:8081/".to_owned()) },
        ),
        page("privacy", &Notice { layout: layout.clone(), subject: Subject::Privacy }),
        page("accessibility", &Notice { layout: layout.clone(), subject: Subject::Accessibility }),
        page("password", &Notice { layout: layout.clone(), subject: Subject::Password }),
        page("window", &window(&layout, few.clone(), vec![])),
        page("window-empty", &window(&layout, ServiceList::default(), vec![])),
        page("window-signed-in", &window(&signed_in, few, vec![reader.back()])),
        page("window-many", &Window { lately, ..window(&signed_in, reader.many_services(), vec![]) }),
        page("window-found", &searched("<b>", reader.services()[..1].to_vec())),
        page("window-found-none", &searched(&reader.pick("گذرنامه", "passport"), vec![])),
        consent_page(reader, "consent", About::default()),
        consent_page(reader, "consent-about", about()),
        details_page(reader),
        page(
            "form-post",
            &FormPost { layout: layout.clone(), agency: reader.agency(), action: action.clone(), fields: fields.clone() },
        ),
        page("logout", &logout(Some(reader.agency()))),
        page("logout-plain", &logout(None)),
        page("logged-out", &LoggedOut { back: Some(reader.back()), ..logged_out(Ended::ThisSession) }),
        page("logged-out-everywhere", &logged_out(Ended::EverySession)),
        page("logged-out-unnamed", &LoggedOut { unnamed: true, ..logged_out(Ended::ThisSession) }),
        page("logout-unnamed", &Logout { unnamed: true, ..logout(None) }),
        page("leaving", &leaving(onward(place))),
        page("leaving-by-form", &leaving(Onward::Form { action, fields })),
    ]
}

/// The guide for developers, of which the wire test sees the real pages.
pub(super) fn developers_pages(reader: Reader) -> Vec<Page> {
    let entry = |uri: &str, title: &str, is_open, sections: &[(&str, &str)]| Entry {
        uri: uri.to_owned(),
        title: title.to_owned(),
        is_open,
        sections: sections.iter().map(|(anchor, heading)| ((*anchor).to_owned(), (*heading).to_owned())).collect(),
    };
    let developers = |shown, sections: &[(&str, &str)]| Developers {
        layout: Layout { path: "/developers".to_owned(), ..reader.layout() },
        pages: vec![
            entry("/developers", "Connecting an application in ten minutes", !sections.is_empty(), sections),
            entry("/developers/go", "Go", false, &[]),
        ],
        shown,
    };
    let html = "<p>Any library that speaks OpenID Connect will do; see <code>urn:<wbr>panjereh:<wbr>acr:<wbr>substantial</code>.</p>\n\
        <h2 id=\"the-program\">The program</h2>\n<p class=\"file\">server.mjs</p><pre tabindex=\"0\"><code>const panjereh = await \
        oidc.discovery(new URL(ISSUER), CLIENT_ID, { id_token_signed_response_alg: 'ES256' }, oidc.ClientSecretBasic(secret))\n\
        </code></pre>\n<div class=\"scroll\" tabindex=\"0\"><table role=\"table\"><thead role=\"rowgroup\"><tr role=\"row\"><th \
        role=\"columnheader\" scope=\"col\">scope</th><th role=\"columnheader\" scope=\"col\">claims\
        </th></tr></thead>\n<tbody role=\"rowgroup\">\n<tr role=\"row\"><td role=\"cell\"><code>national_id</code></td><td role=\"cell\"><code>national_id</code>, ten digits</td></tr>\n\
        </tbody></table></div>\n<ul>\n<li>Take the level that you get.</li>\n</ul>\n";
    let value = |name, path: &str| Value { name, uri: format!("https://id.example{path}") };
    let deployment = vec![value("issuer", ""), value("authorization_endpoint", "/authorize"), value("token_endpoint", "/token")];
    let page_of = |deployment| Content::Page {
        title: "Connecting an application in ten minutes".to_owned(),
        html: html.to_owned(),
        deployment,
    };
    let hit = Hit {
        uri: "/developers/messages#the-issuer-does-not-match".to_owned(),
        title: "What my library says".to_owned(),
        section: "The issuer does not match".to_owned(),
        before: "… oidc: ".to_owned(),
        found: "issuer".to_owned(),
        after: " URL provided to client did not match …".to_owned(),
    };
    let query = "oidc: issuer \"…/\" <did not match>".to_owned();
    vec![
        page("developers", &developers(page_of(deployment), &[("the-program", "The program")])),
        page("developers-page", &developers(page_of(vec![]), &[("the-program", "The program")])),
        page("developers-found", &developers(Content::Found { query: query.clone(), found: vec![hit] }, &[])),
        page("developers-found-none", &developers(Content::Found { query, found: vec![] }, &[])),
    ]
}
