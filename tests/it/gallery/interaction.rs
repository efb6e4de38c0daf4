//! The pages between the question of an agency and the answer to it.

use super::reader::{BASE, Page, Reader, about, form, page, wrong};
use panjereh::client::scope::Scope;
use panjereh::identity::birth_date::BirthDate;
use panjereh::identity::person::Gender;
use panjereh::oidc::authorization::prompt::Display;
use panjereh::web::layout::{About, FormError, Layout, TimeLeft};
use panjereh::web::pages::{
    Authenticator, BackTo, Becomes, CodePurpose, Consent, ConsentItem, ConsentReader, Counts, LetterSent, LetterWay, MessageNews,
    MoreEvidence, MoreReason, OneTimeCode, Prove, RecoveryCode, RecoveryCodes, RecoveryUsed, Sending, Sheet, ShownClaim,
    ShownDetail, ShownField, SignIn, WaitingWay, Withheld, masked,
};

pub(super) fn sign_in_pages(reader: Reader) -> Vec<Page> {
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

pub(super) fn enrolment_and_recovery_pages(reader: Reader) -> Vec<Page> {
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

pub(super) fn consent_page(reader: Reader, name: &str, about: About) -> Page {
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

pub(super) fn details_page(reader: Reader) -> Page {
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

pub(super) fn more_evidence_pages(reader: Reader) -> Vec<Page> {
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
