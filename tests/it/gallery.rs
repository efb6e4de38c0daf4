//! Every page in every language, with people who do not exist. With `PANJEREH_GALLERY=DIR` they are also written to that folder,
//! to look at them: `python3 -m http.server -d DIR`.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails as the test does")]

use askama::Template;
use panjereh::client::scope::Scope;
use panjereh::edge::assets::{self, Coding};
use panjereh::identity::birth_date::BirthDate;
use panjereh::identity::person::Gender;
use panjereh::locale::Locale;
use panjereh::oidc::authorization::prompt::Display;
use panjereh::web::layout::{About, Contact, FormError, FormPart, Layout, Link, TimeLeft};
use panjereh::web::pages::{
    Approvals, Arrival, Arrived, Authenticator, BackTo, Becomes, CodePurpose, Compare, Consent, ConsentItem, ConsentReader,
    Content, Counts, Decided, Developers, Device, Elsewhere, Ended, Ending, Entered, Entry, Finder, FormPost, Group, Hit,
    Leaving, Letter, LetterSent, LetterWay, LoggedOut, Logout, MessageNews, MoreEvidence, MoreReason, Notice, OneTimeCode,
    Onward, Pager, Passing, Prove, RecoveryCode, RecoveryCodes, RecoveryUsed, Refusal, RefusalKind, Sending, Service,
    ServiceList, Sheet, Shown, ShownClaim, ShownDetail, ShownField, SignIn, Subject, Value, WaitingWay, Way, Window, Withheld,
    masked,
};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

const BASE: &str = "/interaction/7K2MD8RA";
const ASSETS: [&str; 11] = [
    "app.css",
    "developers.css",
    "no-script.css",
    "vazirmatn.woff2",
    "logo.svg",
    "girih.svg",
    "once.js",
    "passkey.js",
    "form-post.js",
    "recovery-codes.js",
    "time.js",
];

/// An agency's logo: the one picture from another origin.
const LOGO: &str = "http://localhost:8081/emblem.svg";

/// The sample texts of one reader.
#[derive(Clone, Copy)]
struct Reader {
    locale: Locale,
}

impl Reader {
    fn pick(self, fa: &str, en: &str) -> String {
        match self.locale {
            Locale::Fa => fa.to_owned(),
            Locale::En => en.to_owned(),
        }
    }

    fn layout(self) -> Layout {
        let contact = Contact {
            phone: Some(self.pick("۰۲۱ ۰۰۰۰ ۰۰۰۰", "+98 21 0000 0000")),
            address: Some("support@window.example".to_owned()),
            hours: Some(self.pick("شنبه تا چهارشنبه، ۸ تا ۱۶", "Saturday to Wednesday, 8:00 to 16:00 (Iran)")),
        };
        Layout { reference: "3F9C-71AB-40DE".to_owned(), contact, ..Layout::plain(self.locale, BASE) }
    }

    fn agency(self) -> String {
        self.pick("سازمان امور مالیاتی", "Tax Administration")
    }

    fn person(self) -> String {
        self.pick("مریم رضایی", "Maryam Rezaei")
    }

    fn back(self) -> Link {
        Link { name: self.agency(), uri: "http://localhost:8081/".to_owned() }
    }

    /// The first page of three hundred and two services.
    fn many_services(self) -> ServiceList {
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
    fn found(self, query: &str, services: Vec<Service>) -> ServiceList {
        let finder = Some(Finder { query: query.to_owned(), letters: Vec::new(), found: services.len() });
        let groups = if services.is_empty() { Vec::new() } else { vec![Group { agency: Some(self.agency()), services }] };
        ServiceList { finder, groups, pager: None }
    }

    fn services(self) -> Vec<Service> {
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
fn about() -> About {
    About {
        logo: Some(LOGO.to_owned()),
        policy: Some("http://localhost:8081/policy".to_owned()),
        terms: Some("http://localhost:8081/terms".to_owned()),
        unchecked: true,
    }
}

fn form() -> FormPart {
    FormPart::new(BASE, "c2FtcGxl")
}

fn wrong(errors: &[FormError]) -> FormPart {
    form().with(errors)
}

/// Its name and its HTML.
pub type Page = (String, String);

fn page(name: &str, page: &impl Template) -> Page {
    (name.to_owned(), page.render().unwrap())
}

fn sign_in_pages(reader: Reader) -> Vec<Page> {
    let layout = reader.layout();
    let sign_in = |form, id: &str, about| SignIn {
        layout: layout.clone(),
        form,
        agency: reader.agency(),
        again: None,
        cancel: Some(format!("{BASE}/cancel")),
        about,
        base: BASE.to_owned(),
        national_id: id.to_owned(),
    };
    let prove = |form, id: &str, birth: &str, mobile: &str| Prove {
        layout: layout.clone(),
        form,
        agency: reader.agency(),
        base: BASE.to_owned(),
        national_id: id.to_owned(),
        birth_date: birth.to_owned(),
        mobile: mobile.to_owned(),
    };
    let code = |form, purpose, sending| OneTimeCode {
        layout: layout.clone(),
        form,
        purpose,
        number: "0912•••4567".to_owned(),
        minutes: 5,
        again: format!("{BASE}/code/again"),
        sending,
        news: MessageNews::OnItsWay,
        check: Some(BASE.to_owned()),
    };
    let proofing = CodePurpose::Proofing { change: format!("{BASE}/prove") };
    let recovery = CodePurpose::SignIn { recovery: format!("{BASE}/recovery"), back: format!("{BASE}/sign-in") };
    let time = TimeLeft { seconds: 240, ends: reader.pick("ساعت ۱۴:۳۵", "14:35"), form: form() };
    let small = Layout { display: Display::Popup, ..layout.clone() };
    let large = Layout { display: Display::Touch, ..layout.clone() };
    let three = [FormError::NationalIdCheckDigit, FormError::BirthDateUnreadable, FormError::MobileUnreadable];
    vec![
        page("sign-in", &sign_in(form(), "", About::default())),
        page("sign-in-about", &sign_in(form(), "", about())),
        page("sign-in-wrong", &sign_in(wrong(&[FormError::CredentialsWrong]), "0012345679", About::default())),
        page("sign-in-again", &SignIn { again: Some(reader.person()), ..sign_in(form(), "", About::default()) }),
        page(
            "sign-in-time",
            &SignIn { layout: Layout { time: Some(time), ..layout.clone() }, ..sign_in(form(), "", About::default()) },
        ),
        page("sign-in-popup", &SignIn { layout: small.clone(), ..sign_in(form(), "", about()) }),
        page("sign-in-touch", &SignIn { layout: large.clone(), ..sign_in(form(), "", about()) }),
        page("otp-popup", &OneTimeCode { layout: small, ..code(form(), recovery.clone(), Sending::First) }),
        page("otp-touch", &OneTimeCode { layout: large, ..code(form(), recovery.clone(), Sending::First) }),
        page("prove", &prove(form(), "", "", "")),
        page("prove-wrong", &prove(wrong(&three), "0012345678", "12 mehr", "12")),
        page("prove-mismatch", &prove(wrong(&[FormError::Mismatch]), "0012345679", "1365/07/12", "09120000000")),
        page("otp-lost-proofing", &OneTimeCode { news: MessageNews::Lost, ..code(form(), proofing.clone(), Sending::First) }),
        page("otp-lost-sign-in", &OneTimeCode { news: MessageNews::Lost, ..code(form(), recovery.clone(), Sending::First) }),
        page("otp-waiting", &OneTimeCode { news: MessageNews::Waiting, ..code(form(), recovery.clone(), Sending::First) }),
        page("otp", &code(form(), proofing, Sending::First)),
        page("otp-wrong", &code(wrong(&[FormError::CodeWrong { tries_left: 3 }]), recovery.clone(), Sending::First)),
        page("otp-again", &code(form(), recovery, Sending::Again)),
    ]
}

fn enrolment_and_recovery_pages(reader: Reader) -> Vec<Page> {
    let layout = reader.layout();
    let authenticator = |form| Authenticator {
        layout: layout.clone(),
        form,
        base: BASE.to_owned(),
        username: "0012345679".to_owned(),
        account: Becomes::New,
    };
    let codes = (0..5).map(|n| format!("k7qm-{n}x2d-9vtr-4h{n}p")).collect();
    let sheet = Sheet {
        codes,
        made_on: jiff::civil::date(2026, 11, 23),
        reference: "7K2M-8RAB".to_owned(),
        site: "https://window.example".to_owned(),
    };
    let download = format!("{BASE}/recovery-codes");
    let recovery_code = |form, back: fn(String) -> BackTo| RecoveryCode {
        layout: layout.clone(),
        form,
        back: back(BASE.to_owned()),
        sheet: "7K2M-8RAB".to_owned(),
    };
    let recovery_used = |left| RecoveryUsed { layout: layout.clone(), form: form(), left };
    vec![
        page("authenticator", &authenticator(form())),
        page("authenticator-takeover", &Authenticator { account: Becomes::Theirs, ..authenticator(form()) }),
        page("authenticator-wrong", &authenticator(wrong(&[FormError::PasswordTooCommon]))),
        page("recovery-codes", &RecoveryCodes { layout: layout.clone(), form: form(), sheet, download }),
        page("recovery-code", &recovery_code(form(), BackTo::Code)),
        page("recovery-code-instead", &recovery_code(form(), BackTo::SignIn)),
        page("recovery-code-wrong", &recovery_code(wrong(&[FormError::RecoveryCodeWrong]), BackTo::Code)),
        page("recovery-used", &recovery_used(9)),
        page("recovery-used-last", &recovery_used(0)),
    ]
}

fn consent_page(reader: Reader, name: &str, about: About) -> Page {
    let other_script = reader.pick("Maryam Rezaei", "مریم رضایی");
    let items = [
        (Scope::Openid, vec![]),
        (
            Scope::Profile,
            vec![
                ShownClaim::Name(reader.person()),
                ShownClaim::OtherScript(other_script),
                ShownClaim::BirthDate(BirthDate::from_civil(jiff::civil::date(1986, 10, 4))),
                ShownClaim::Gender(Gender::Female),
                ShownClaim::ConfirmedOn(jiff::civil::date(2026, 11, 23)),
            ],
        ),
        (Scope::Phone, vec![ShownClaim::Mobile("0912•••4567".to_owned())]),
        (
            Scope::Address,
            vec![
                // As the registry has it, for readers of English too.
                ShownClaim::Address("تهران، خیابان آزادی، پلاک 12".to_owned()),
                ShownClaim::PostalCode("1345678901".to_owned()),
                ShownClaim::Country("IR".to_owned()),
            ],
        ),
        (Scope::NationalId, vec![ShownClaim::NationalId(masked("0012345679"))]),
        (Scope::AgeOver18, vec![]),
        (Scope::OfflineAccess, vec![]),
    ];
    let items = items.into_iter().map(|(scope, values)| ConsentItem { asked: scope.into(), values }).collect();
    let layout = Layout { person: Some(reader.person()), ..reader.layout() };
    let agency = reader.agency();
    let counts = if about.unchecked { Counts::Once } else { Counts::Henceforth };
    let shown_to = String::new();
    page(
        name,
        &Consent {
            layout,
            form: form(),
            shown_to,
            agency,
            about,
            items,
            withheld: Withheld::Nothing,
            details: Vec::new(),
            elsewhere: None,
            counts,
            reader: ConsentReader::Newcomer,
        },
    )
}

fn details_page(reader: Reader) -> Page {
    let field = |fa: &str, en: &str, values: &[&str]| ShownField {
        title: reader.pick(fa, en),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    };
    let amount = reader.pick("۱۲٬۵۰۰٬۰۰۰", "12,500,000");
    let (start, read) = (reader.pick("آغاز پرداخت", "start the payment"), reader.pick("دیدن نتیجه", "read the result"));
    let details = vec![
        ShownDetail {
            title: reader.pick("پرداخت مالیات", "Payment of a tax bill"),
            place: reader.agency(),
            fields: vec![
                field("مبلغ (ریال)", "Amount (rials)", &[&amount]),
                field("شمارهٔ قبض", "Bill", &["TX-1405/889-10"]),
                field("اجازهٔ", "May", &[&start, &read]),
                field(
                    "برای",
                    "For",
                    &["A very long text that was written without a single thought for narrow telephones, <b>&c.</b>"],
                ),
            ],
        },
        ShownDetail {
            title: reader.pick("دیدن نسخه‌ها", "Reading prescriptions"), place: reader.person(), fields: Vec::new()
        },
    ];
    let items = vec![ConsentItem { asked: Scope::OfflineAccess.into(), values: vec![] }];
    let layout = Layout { person: Some(reader.person()), ..reader.layout() };
    let (agency, about, counts) = (reader.agency(), About::default(), Counts::Henceforth);
    let shown_to = String::new();
    page(
        "consent-details",
        &Consent {
            layout,
            form: form(),
            shown_to,
            agency,
            about,
            items,
            withheld: Withheld::Nothing,
            details,
            elsewhere: None,
            counts,
            reader: ConsentReader::Known,
        },
    )
}

fn more_evidence_pages(reader: Reader) -> Vec<Page> {
    let until = reader.pick("۲ دی ۱۴۰۵", "23 December 2026");
    let sent = |form| LetterSent { form, on: reader.pick("۲ آذر ۱۴۰۵", "23 November 2026"), until: until.clone() };
    let page_of = |name, card, letter, waiting| {
        let more = MoreEvidence {
            layout: reader.layout(),
            agency: reader.agency(),
            reason: match &waiting {
                WaitingWay::Useless => MoreReason::Level,
                _ => MoreReason::Account(format!("{BASE}/sign-in")),
            },
            card,
            letter,
            desk: matches!(&waiting, WaitingWay::Useless)
                .then(|| reader.pick("ثبت احوال، خیابان نمونه، پلاک ۱", "Civil registry office, 1 Sample Street")),
            waiting,
            leave: form(),
        };
        page(name, &more)
    };
    let to_send = || Some(LetterWay { send: Some(form()), sent: None });
    let on_its_way = |code| Some(LetterWay { send: None, sent: Some(sent(code)) });
    vec![
        page_of("more-evidence", form(), to_send(), WaitingWay::Useless),
        page_of("more-evidence-letter", form(), on_its_way(form()), WaitingWay::Useless),
        page_of("more-evidence-letter-wrong", form(), on_its_way(wrong(&[FormError::LetterCodeWrong])), WaitingWay::Useless),
        page_of("more-evidence-letter-closed", form(), on_its_way(wrong(&[FormError::LetterCodeClosed])), WaitingWay::Useless),
        page_of("more-evidence-no-letters", wrong(&[FormError::CardSerialWrong]), None, WaitingWay::Useless),
        page_of("more-evidence-closed", wrong(&[FormError::CardSerialClosed]), to_send(), WaitingWay::Useless),
        page_of("claim", form(), to_send(), WaitingWay::Possible(form(), 7)),
        page_of("claim-waits", form(), to_send(), WaitingWay::Until(until.clone())),
        page_of("claim-objected", form(), None, WaitingWay::Objected),
    ]
}

fn device_pages(reader: Reader) -> Vec<Page> {
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

fn other_pages(reader: Reader) -> Vec<Page> {
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
fn developers_pages(reader: Reader) -> Vec<Page> {
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

fn refusals(reader: Reader) -> Vec<Page> {
    let under_age = RefusalKind::UnderAge { adult_from: jiff::civil::date(2026, 11, 23) };
    let kinds = [
        ("under-age", under_age),
        ("deceased", RefusalKind::Deceased),
        ("code-used", RefusalKind::CodeUsed),
        ("too-many-tries", RefusalKind::TooManyTries { wait: Duration::from_mins(15) }),
        ("too-many-tries-day", RefusalKind::TooManyTries { wait: Duration::from_hours(24) }),
        ("no-more-codes", RefusalKind::NoMoreCodes { wait: Duration::from_mins(15) }),
        ("code-tries", RefusalKind::CodeTriesUsedUp),
        ("too-large", RefusalKind::TooLarge),
        ("other-method", RefusalKind::OtherMethod),
        ("too-slow", RefusalKind::TooSlow),
        ("registry-unavailable", RefusalKind::RegistryUnavailable),
        ("already-registered", RefusalKind::AlreadyRegistered),
        ("bad-request", RefusalKind::BadRequest),
        ("unknown-client", RefusalKind::UnknownClient),
        ("bad-redirect", RefusalKind::BadRedirect),
        ("request-gone", RefusalKind::RequestGone),
        ("interaction-gone", RefusalKind::InteractionGone),
        ("nothing-asked", RefusalKind::NothingAsked),
        ("not-found", RefusalKind::NotFound),
        ("unavailable", RefusalKind::Unavailable),
        ("server", RefusalKind::Server),
    ];
    let refusal = |(name, kind): (&str, RefusalKind)| {
        let ways = match kind {
            RefusalKind::CodeTriesUsedUp => vec![Way::form("otp-again", form()), Way::link("otp-recovery", BASE.to_owned())],
            RefusalKind::NoMoreCodes { .. } => vec![Way::link("otp-recovery", BASE.to_owned())],
            RefusalKind::TooManyTries { .. } => vec![Way::passkey(BASE.to_owned())],
            RefusalKind::AlreadyRegistered => vec![Way::link("sign-in-title", BASE.to_owned())],
            _ => vec![],
        };
        page(&format!("refusal-{name}"), &Refusal { layout: reader.layout(), kind, ways, back: Some(reader.back()) })
    };
    kinds.into_iter().map(refusal).collect()
}

pub fn all_pages(locale: Locale) -> Vec<Page> {
    let reader = Reader { locale };
    [
        sign_in_pages(reader),
        enrolment_and_recovery_pages(reader),
        more_evidence_pages(reader),
        device_pages(reader),
        other_pages(reader),
        developers_pages(reader),
        refusals(reader),
    ]
    .concat()
}

fn each_page(check: impl Fn(Locale, &str, &str)) {
    for locale in Locale::ALL {
        for (name, html) in all_pages(locale) {
            check(locale, &name, &html);
        }
    }
}

#[test]
fn every_page_names_its_language_its_direction_and_itself() {
    each_page(|locale, name, html| {
        let start = format!("<html lang=\"{}\" dir=\"{}\">", locale.tag(), locale.dir());
        assert!(html.contains(&start), "{name}: no {start}");
        let title = html.split("<title>").nth(1).and_then(|rest| rest.split("</title>").next()).unwrap();
        assert!(title.chars().count() > 8 && !title.starts_with(" ·"), "{name}: title `{title}`");
        assert_eq!(html.matches("<h1").count(), 1, "{name}: one first heading");
        assert!(!html.contains('⟦'), "{name}: a sentence is missing");
        assert!(html.contains("3F9C-71AB-40DE"), "{name}: no reference number");
    });
}

#[test]
fn wcag_2_2_1_no_page_reloads_itself_or_leaves_by_a_timer() {
    each_page(|_, name, html| assert!(!html.contains("http-equiv"), "{name}: a meta element acts as a header"));
}

#[test]
fn every_page_says_how_support_is_reached_in_its_language() {
    each_page(|locale, name, html| {
        let (number, link) = match locale {
            Locale::Fa => ("۰۲۱ ۰۰۰۰ ۰۰۰۰", "href=\"tel:02100000000\""),
            Locale::En => ("+98 21 0000 0000", "href=\"tel:+982100000000\""),
        };
        assert_eq!((html.matches(number).count(), html.matches(link).count()), (1, 1), "{name}: the number, once");
        assert!(html.contains("mailto:support@window.example"), "{name}");
    });
    // Where the operator set nothing, the sentences stand by themselves.
    let layout = Layout::plain(Locale::En, BASE);
    let html = Refusal { layout, kind: RefusalKind::Server, ways: vec![], back: None }.render().unwrap();
    assert!(html.contains("contact support") && !html.contains("<dl class=\"contact\""), "{html}");
}

#[test]
fn no_page_holds_a_style_or_a_script_of_its_own() {
    each_page(|locale, name, html| {
        let name = format!("{name} ({})", locale.tag());
        assert!(!html.contains("<style") && !html.contains(" style="), "{name}: inline style");
        assert!(!html.contains("javascript:") && !html.contains(" onclick="), "{name}: inline script");
        for script in html.split("<script").skip(1) {
            assert!(script.starts_with(" src=\"/assets/") && script.contains("defer></script>"), "{name}: inline script");
        }
        let html = html.replace(&format!("<img class=\"agency-logo\" src=\"{LOGO}\""), "");
        let html = html.replace(&format!("<img class=\"mark\" src=\"{LOGO}\""), "");
        for outside in ["src=\"http", "src=\"//", "url(http"] {
            assert!(!html.contains(outside), "{name}: fetches from outside");
        }
    });
}

#[test]
fn no_page_weighs_45_kilobytes_with_all_that_it_loads() {
    let gzipped = |path: &str| {
        let asset = assets::find(path.trim_start_matches("/assets/")).unwrap();
        asset.coded(Coding::Gzip).or(asset.coded(Coding::Identity)).unwrap().len()
    };
    // The style sheet loads these.
    let by_style = ["vazirmatn.woff2", "girih.svg"].map(assets::url);
    each_page(|locale, name, html| {
        let named = html.split("\"/assets/").skip(1).filter_map(|rest| rest.split('"').next());
        let loaded: BTreeSet<String> = named.map(|file| format!("/assets/{file}")).chain(by_style.map(str::to_owned)).collect();
        let weight = html.len() + loaded.iter().map(|path| gzipped(path)).sum::<usize>();
        assert!(weight < 45_000, "{name} ({}): {weight} bytes", locale.tag());
    });
}

#[test]
fn every_id_is_there_once_and_every_reference_to_one_is_answered() {
    each_page(|_, name, html| {
        let values = |attribute: &str| -> Vec<String> {
            let start = format!(" {attribute}=\"");
            html.split(&start).skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
        };
        let ids = values("id");
        for (at, id) in ids.iter().enumerate() {
            assert!(!ids[..at].contains(id), "{name}: `{id}` stands twice");
        }
        let anchors = values("href").into_iter().filter_map(|href| href.strip_prefix('#').map(str::to_owned));
        let described = values("aria-describedby").into_iter().chain(values("aria-labelledby")).chain(values("for"));
        for target in anchors.chain(described.flat_map(|list| list.split(' ').map(str::to_owned).collect::<Vec<_>>())) {
            assert!(ids.contains(&target), "{name}: nothing has the id `{target}`");
        }
    });
}

#[test]
fn what_an_agency_or_a_person_wrote_is_text_and_never_markup() {
    each_page(|_, name, html| assert!(!html.contains("<b>"), "{name}: unescaped"));
    let html = all_pages(Locale::En).into_iter().find(|(name, _)| name == "form-post").unwrap().1;
    assert!(html.contains("&#34;&#60;b&#62;"));
}

#[test]
fn the_main_button_of_every_form_is_its_first_submit_button() {
    let first = |name: &str| {
        let html = all_pages(Locale::Fa).into_iter().find(|(page, _)| page == name).unwrap().1;
        let button = html.split("type=\"submit\"").nth(1).unwrap().split('>').next().unwrap().to_owned();
        button.split("id=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
    };
    for name in ["sign-in", "prove", "otp", "authenticator", "recovery-codes", "recovery-code", "form-post", "device"] {
        assert_eq!(first(name), "submit", "{name}");
    }
    assert_eq!(first("consent"), "consent-allow");
    assert_eq!(first("compare"), "device-mine");
    assert_eq!(first("logout"), "logout-confirm");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test for the eye has no command line")]
fn the_gallery_is_written_to_the_folder_that_is_named() {
    let Some(folder) = std::env::var_os("PANJEREH_GALLERY") else { return };
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder.join("assets")).unwrap();
    for name in ASSETS {
        let url = assets::url(name);
        let asset = assets::find(url.trim_start_matches("/assets/")).unwrap();
        std::fs::write(folder.join(url.trim_start_matches('/')), asset.coded(Coding::Identity).unwrap()).unwrap();
    }
    each_page(|locale, name, html| std::fs::write(folder.join(format!("{name}.{}.html", locale.tag())), html).unwrap());
}
