//! The pages under `/interaction/{id}`: one file per step. A step does its part and returns to the dispatcher ([`show`]). Where its
//! form does not lead on, it keeps the outcome and sends the browser to the page that shows it ([`outcome`]).

pub(crate) mod authenticator;
pub(crate) mod cancel;
pub(crate) mod code;
pub(crate) mod consent;
pub(crate) mod details;
pub(crate) mod device;
pub(crate) mod longer;
pub(crate) mod more_evidence;
pub(crate) mod outcome;
pub(crate) mod passkey;
pub(crate) mod proofing;
pub(crate) mod recovery_codes;
pub(crate) mod show;
pub(crate) mod sign_in;

use crate::app::App;
use crate::app::unavailable::Breakdown;
use crate::client::words::ClientId;
use crate::flows::cross_device::decide::Answered;
use crate::flows::interaction::arrival::{Arrived, arrived};
use crate::flows::interaction::one_time_code::SmsText;
use crate::flows::interaction::open::{InteractionGone, NotKept, Open, open};
use crate::flows::session::browser_session::Begun;
use crate::identity::account::Account;
use crate::identity::id::InteractionId;
use crate::identity::person::Person;
use crate::locale::Locale;
use crate::messaging::agency_name::in_a_message;
use crate::oidc::params::Params;
use crate::records::cross_device::CrossDeviceWay;
use crate::records::delivery::message::Purpose;
use crate::records::interaction::Interaction;
use crate::records::outcome::StepForm;
use crate::text::LocalName;
use crate::web::answer::{Beyond, broken, page, page_reaching, refuse, refuse_plainly, see_other};
use crate::web::cookies;
use crate::web::layout::{About, Contact, FormPart, Layout, Link, TimeLeft};
use crate::web::pages;
use crate::web::pages::masked;
use crate::web::pages::refusal::{RefusalKind, Way};
use crate::web::visitor::Visitor;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;

/// A visitor in their interaction.
pub(crate) struct Step<'a> {
    /// The program.
    pub(crate) app: &'a Arc<App>,
    /// The visitor.
    pub(crate) visitor: &'a Visitor,
    /// Their interaction.
    pub(crate) open: Open,
}

impl<'a> Step<'a> {
    /// Opens the interaction for a page.
    pub(crate) async fn enter(app: &'a Arc<App>, visitor: &'a Visitor, id: &str) -> Result<Self, Response> {
        let id: InteractionId = id.parse().map_err(|_| refuse_plainly(visitor, RefusalKind::InteractionGone))?;
        match open(app, id, visitor.binding(), visitor.origin, app.clock.now()).await {
            Ok(open) => {
                visitor.shows(open.interaction.request.display);
                Self { app, visitor, open }.in_language_chosen().await
            }
            Err(InteractionGone::Gone) => Err(gone(app, visitor, id).await),
            Err(gone) => Err(ended(visitor, &gone)),
        }
    }

    /// A language that the person switches to here takes precedence over the client's `ui_locales`, on the following pages too.
    async fn in_language_chosen(mut self) -> Result<Self, Response> {
        if let Some(locale) = self.visitor.switched {
            match self.open.speak(self.app, locale.tag(), self.app.clock.now()).await {
                Ok(()) => {}
                // Another request changed the interaction in between: retry with its new state.
                Err(NotKept::Overtaken) => return Err(see_other(&format!("{}?lang={}", self.address(""), locale.tag()))),
                Err(NotKept::Unavailable(cause)) => return Err(self.broken(&cause)),
            }
        }
        Ok(self)
    }

    /// Opens the interaction for a form; the CSRF token of the form must be the interaction's own.
    pub(crate) async fn enter_by_form(
        app: &'a Arc<App>,
        visitor: &'a Visitor,
        id: &str,
        form: &Params,
    ) -> Result<Self, Response> {
        let mut step = Self::enter_by_form_that_changes_nothing(app, visitor, id, form).await?;
        // It goes with the next change. If nothing changes, it stays: a reload of its page shows it again.
        step.open.interaction.outcome = None;
        Ok(step)
    }

    /// The same for a form after which the page is as it was.
    pub(crate) async fn enter_by_form_that_changes_nothing(
        app: &'a Arc<App>,
        visitor: &'a Visitor,
        id: &str,
        form: &Params,
    ) -> Result<Self, Response> {
        let id: InteractionId = id.parse().map_err(|_| refuse_plainly(visitor, RefusalKind::InteractionGone))?;
        let open = open(app, id, visitor.binding(), visitor.origin, app.clock.now()).await.map_err(|gone| match gone {
            // The page of a `GET` says that it is over, so that a reload sends no form.
            InteractionGone::Gone => see_other(&format!("/interaction/{id}")),
            gone => ended(visitor, &gone),
        })?;
        visitor.shows(open.interaction.request.display);
        open.check_csrf(form.get("csrf").unwrap_or_default()).map_err(|gone| ended(visitor, &gone))?;
        Ok(Self { app, visitor, open })
    }

    /// Whether another request has signed a person in within this interaction since this request opened it.
    pub(crate) async fn has_moved_on(&self) -> bool {
        let binding = self.visitor.binding();
        let (id, origin) = (self.open.interaction.id, self.visitor.origin);
        let now = open(self.app, id, binding, origin, self.app.clock.now()).await;
        now.is_ok_and(|now| now.interaction.authenticated_at != self.open.interaction.authenticated_at)
    }

    /// `/interaction/{id}`, the dispatcher; with a suffix the address of one step.
    pub(crate) fn address(&self, step: &str) -> String {
        format!("/interaction/{}{step}", self.open.interaction.id)
    }

    /// Back to the dispatcher.
    pub(crate) fn on(&self) -> Response {
        see_other(&self.address(""))
    }

    /// Back to the dispatcher, signed in.
    pub(crate) fn on_signed_in(&self, begun: &Begun) -> Response {
        let mut response = self.on();
        cookies::Names::of(self.app).set_session(response.headers_mut(), begun);
        response
    }

    /// The frame of this step's pages; its language switch links to `path`.
    pub(crate) fn layout(&self, path: &str) -> Layout {
        let Interaction { request, csrf, .. } = &self.open.interaction;
        let layout = self.visitor.layout_at(&request.ui_locales, path);
        let now = self.app.clock.now();
        let left = self.open.interaction.ends_at().since(now);
        // A device or a counter has a time of its own, which no page here can extend.
        let is_own = self.open.interaction.answering.is_none();
        let time = is_own.then(|| TimeLeft {
            seconds: left.as_secs(),
            ends: layout.locale.time_after(layout.now, left),
            form: FormPart::new(self.address("/longer"), csrf.clone()),
        });
        Layout { display: request.display, time, ..layout }
    }

    /// The reader's language.
    pub(crate) fn locale(&self) -> Locale {
        self.visitor.locale(&self.open.interaction.request.ui_locales)
    }

    /// The name of the client that asks, in the reader's language. Where a client asks a person by name, only that person may
    /// learn which one it is, so the pages before the sign-in show the name of the window instead.
    pub(crate) fn agency(&self) -> String {
        if self.is_nobody_else_s_business() { self.locale().t("app-name") } else { self.client_name() }
    }

    /// The name of the client that asks. Only for a reader who may learn it.
    pub(crate) fn client_name(&self) -> String {
        in_language(&self.open.client.name, self.locale())
    }

    fn is_nobody_else_s_business(&self) -> bool {
        self.open.interaction.answering.as_ref().is_some_and(|answering| answering.asks_each_time())
    }

    /// Logo, policy and terms of the client, on pages that show its name.
    pub(crate) fn about(&self) -> About {
        if self.is_nobody_else_s_business() { About::default() } else { self.about_client() }
    }

    /// Logo, policy and terms of the client. Only for a reader who may learn its name.
    pub(crate) fn about_client(&self) -> About {
        About::of(&self.open.client, self.locale())
    }

    /// A form of this interaction, with its faults if one of `forms` was sent last.
    pub(crate) fn form(&self, step: &str, forms: &[StepForm]) -> FormPart {
        FormPart::new(self.address(step), self.open.interaction.csrf.clone()).with(self.faults(forms))
    }

    /// A page of this interaction. Any of its forms may be the last one before the client: a person who allowed the client
    /// earlier is redirected to it right after the code or the passkey, and browsers apply `form-action` to that redirect.
    pub(crate) fn page(&self, status: StatusCode, template: &impl Template) -> Response {
        self.page_about(status, template, &About::default())
    }

    /// The same, with the client's logo on it.
    pub(crate) fn page_about(&self, status: StatusCode, template: &impl Template, about: &About) -> Response {
        let beyond = Beyond { form: Some(&self.open.interaction.request.redirect_uri), images: about.logo.as_slice() };
        let mut response = page_reaching(status, template, beyond);
        if let Some(locale) = self.visitor.switched {
            cookies::set_language(response.headers_mut(), locale);
        }
        response
    }

    /// A refusal within the interaction: what helps, or back to the agency.
    pub(crate) fn refuse(&self, kind: RefusalKind, ways: Vec<Way>) -> Response {
        let uri = self.open.client.client_uri.as_ref().filter(|_| !self.is_nobody_else_s_business());
        let back = uri.map(|uri| Link { name: self.agency(), uri: uri.clone() });
        refuse(self.layout(&self.address("/stopped")), kind, ways, back)
    }

    /// The answer to a form where the interaction cannot continue: the page of a `GET` says so.
    pub(crate) fn over(&self, gone: &InteractionGone) -> Response {
        match gone {
            InteractionGone::Gone => self.on(),
            InteractionGone::Forged | InteractionGone::Unavailable(_) => ended(self.visitor, gone),
        }
    }

    /// What was typed could not be stored. Where another request was faster, the dispatcher shows the current state.
    pub(crate) fn not_kept(&self, error: &NotKept) -> Response {
        match error {
            NotKept::Overtaken => self.on(),
            NotKept::Unavailable(cause) => self.broken(cause),
        }
    }

    /// An internal failure.
    pub(crate) fn broken(&self, failure: impl Into<Breakdown>) -> Response {
        broken(self.visitor, failure)
    }

    /// A text message that says "contact support", with its number if the operator set one.
    pub(crate) fn sms_notice(&self, key: &str, args: &[(&'static str, String)]) -> String {
        let locale = self.locale();
        let text = locale.t_in_message(key, args);
        match Contact::of(&self.app.settings.support, locale).phone {
            Some(phone) => format!("{text} {}", locale.t_in_message("sms-support", &[("phone", phone)])),
            None => text,
        }
    }

    /// The text message with a code, which names the agency. It has no link: people must not learn to follow one. Its last line lets
    /// browsers fill in the code for this origin only.
    pub(crate) fn sms_text(&self, purpose: Purpose) -> SmsText {
        let host = self.app.settings.issuer().split("//").nth(1).unwrap_or_default();
        let host = host.split([':', '/']).next().unwrap_or_default();
        let agency = if self.is_nobody_else_s_business() { None } else { in_a_message(&self.client_name()) };
        let agency = agency.unwrap_or_else(|| self.locale().t("sms-an-agency"));
        let key = if purpose == Purpose::Verify { "sms-code-verify" } else { "sms-code-sign-in" };
        let sentence = self.locale().t_in_message(key, &[("code", "{code}".to_owned()), ("agency", agency)]);
        SmsText(format!("{sentence}\n\n@{host} #{{code}}"))
    }
}

/// The last page, where the answer does not go to this browser: an address of its own, which may be opened again.
pub(crate) fn answered(step: &Step<'_>, how: Answered) -> Response {
    let way = step.open.interaction.answering.as_ref().map(|answering| &answering.way);
    see_other(match (way, how) {
        (Some(CrossDeviceWay::Device(_)), Answered::Allowed) => "/device/allowed",
        (Some(CrossDeviceWay::Device(_)), Answered::Refused) => "/device/refused",
        (Some(CrossDeviceWay::Ciba(_)), Answered::Allowed) => "/approve/allowed",
        (Some(CrossDeviceWay::Ciba(_)), Answered::Refused) => "/approve/refused",
        (None, _) => "/",
    })
}

/// The page of an interaction that is over: where it led, if it led this browser to a client.
async fn gone(app: &App, visitor: &Visitor, id: InteractionId) -> Response {
    match arrived(app, id, visitor.binding(), visitor.session.as_ref()).await {
        Ok(Some(Arrived { client, account })) => {
            let mut layout = visitor.layout(&[]);
            layout.person = Some(name_of(&account, layout.locale));
            let agency = in_language(&client.name, layout.locale);
            let onward = client.pages.begin_sign_in(app.settings.issuer(), client.client_uri.as_deref());
            let onward = onward.or_else(|| client.client_uri.clone());
            page(StatusCode::OK, &pages::Arrived { layout, agency, onward })
        }
        Ok(None) => ended(visitor, &InteractionGone::Gone),
        Err(cause) => broken(visitor, &cause),
    }
}

/// The answer where an interaction cannot continue.
pub(crate) fn ended(visitor: &Visitor, gone: &InteractionGone) -> Response {
    if !matches!(gone, InteractionGone::Unavailable(_)) {
        tracing::info!(reason = %gone, "an interaction cannot continue");
    }
    match gone {
        InteractionGone::Gone => refuse_plainly(visitor, RefusalKind::InteractionGone),
        InteractionGone::Forged => refuse_plainly(visitor, RefusalKind::BadRequest),
        InteractionGone::Unavailable(cause) => broken(visitor, cause),
    }
}

/// A name in the reader's language.
pub(crate) fn in_language(name: &LocalName, locale: Locale) -> String {
    locale.pick(name).to_owned()
}

/// What names the person of an account on a page: the name in the reader's script, where the registry knows it; where the account may
/// be a stranger's, the national ID that was typed.
pub(crate) fn name_of(account: &Account, locale: Locale) -> String {
    account.confirmed().map_or_else(|| masked(account.person.national_id.as_str()), |person| full_name(person, locale))
}

/// A person's name in the reader's script, where the registry knows it.
pub(crate) fn full_name(person: &Person, locale: Locale) -> String {
    let name = match (locale, &person.latin_name) {
        (Locale::En, Some(latin)) => latin,
        _ => &person.name,
    };
    name.full()
}

/// The same name in the other script, where both are known.
pub(crate) fn name_in_other_script(person: &Person, locale: Locale) -> Option<String> {
    let latin = person.latin_name.as_ref()?;
    let other = match locale {
        Locale::Fa => latin,
        Locale::En => &person.name,
    };
    Some(other.full())
}

/// The name of a client, by its id.
pub(crate) fn agency_name(app: &App, client: &str, locale: Locale) -> String {
    let client = ClientId::parse(client).and_then(|id| app.client_cache.load().client(&id));
    client.map(|client| in_language(&client.name, locale)).unwrap_or_default()
}

/// A field as it was typed. Text longer than any valid value is cut: it is invalid in any case.
pub(crate) fn typed(form: &Params, name: &str) -> String {
    form.get(name).unwrap_or_default().chars().take(80).collect()
}
