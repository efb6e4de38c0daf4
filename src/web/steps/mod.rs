//! The pages under `/interaction/{id}`: one file per step. A step does its part and returns to the dispatcher ([`show`]).

pub mod authenticator;
pub mod cancel;
pub mod code;
pub mod consent;
pub mod details;
pub mod device;
pub mod passkey;
pub mod proofing;
pub mod show;
pub mod sign_in;

use crate::app::App;
use crate::app::throttle::Throttled;
use crate::client::words::ClientId;
use crate::flows::cross_device::decide::Answered;
use crate::flows::interaction::one_time_code::{CodeError, SendError, SmsText};
use crate::flows::interaction::open::{InteractionGone, NotKept, Open, open};
use crate::flows::session::browser_session::Begun;
use crate::identity::id::InteractionId;
use crate::identity::person::{Person, PersonName};
use crate::oidc::params::Params;
use crate::records::cross_device::Way;
use crate::text::LocalName;
use crate::web::answer::{Beyond, broken, page_reaching, refuse, refuse_plainly, see_other};
use crate::web::cookies;
use crate::web::layout::{About, FormError, FormPart, Layout, Link};
use crate::web::locale::Locale;
use crate::web::pages::refusal::RefusalKind;
use crate::web::visitor::Visitor;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

/// A step's visitor, in their interaction.
pub struct Step<'a> {
    /// The program.
    pub app: &'a App,
    /// Who.
    pub visitor: &'a Visitor,
    /// Their interaction.
    pub open: Open,
}

impl<'a> Step<'a> {
    /// Opens the interaction for a page.
    pub async fn enter(app: &'a App, visitor: &'a Visitor, id: &str) -> Result<Self, Response> {
        let id: InteractionId = id.parse().map_err(|_| refuse_plainly(visitor, RefusalKind::InteractionGone))?;
        let binding = visitor.binding.as_ref().map(|binding| binding.expose().as_str());
        match open(app, id, binding, visitor.origin, app.clock.now()).await {
            Ok(open) => Self { app, visitor, open }.in_language_chosen().await,
            Err(gone) => Err(ended(visitor, &gone)),
        }
    }

    /// A language switched to here is the person's own and stands above what the client asked for, on the pages that follow too.
    async fn in_language_chosen(mut self) -> Result<Self, Response> {
        if let Some(locale) = self.visitor.switched {
            match self.open.speak(self.app, locale.tag(), self.app.clock.now()).await {
                Ok(()) => {}
                // What was read is old: once more, with what is there now.
                Err(NotKept::Overtaken) => return Err(see_other(&format!("{}?lang={}", self.address(""), locale.tag()))),
                Err(NotKept::Broken(cause)) => return Err(self.broken(&cause)),
            }
        }
        Ok(self)
    }

    /// Opens the interaction for a form; the form's token must be the interaction's own.
    pub async fn enter_by_form(app: &'a App, visitor: &'a Visitor, id: &str, form: &Params) -> Result<Self, Response> {
        let step = Self::enter(app, visitor, id).await?;
        step.open.check_csrf(form.get("csrf").unwrap_or_default()).map_err(|gone| ended(visitor, &gone))?;
        Ok(step)
    }

    /// Whether another request signed somebody in within this interaction since it was opened for this one.
    pub async fn has_moved_on(&self) -> bool {
        let binding = self.visitor.binding.as_ref().map(|binding| binding.expose().as_str());
        let (id, origin) = (self.open.interaction.id, self.visitor.origin);
        let now = open(self.app, id, binding, origin, self.app.clock.now()).await;
        now.is_ok_and(|now| now.interaction.authenticated_at != self.open.interaction.authenticated_at)
    }

    /// `/interaction/{id}`, the dispatcher, and with a suffix a step's own address.
    pub fn address(&self, step: &str) -> String {
        format!("/interaction/{}{step}", self.open.interaction.id)
    }

    /// Back to the dispatcher.
    pub fn on(&self) -> Response {
        see_other(&self.address(""))
    }

    /// Back to the dispatcher, signed in.
    pub fn on_signed_in(&self, begun: &Begun) -> Response {
        let mut response = self.on();
        cookies::Names::of(self.app).set_session(response.headers_mut(), begun);
        response
    }

    /// The frame of this step's pages; its language switch goes to `path`.
    pub fn layout(&self, path: &str) -> Layout {
        let request = &self.open.interaction.request;
        Layout { display: request.display, ..self.visitor.layout_at(&request.ui_locales, path) }
    }

    /// The reader's language.
    pub fn locale(&self) -> Locale {
        self.visitor.locale(&self.open.interaction.request.ui_locales)
    }

    /// The asking client, as the reader calls it. Who asks a person by name is told to that person alone, so before they have signed in
    /// it is nobody but the window.
    pub fn agency(&self) -> String {
        if self.is_nobody_else_s_business() { self.locale().t("app-name") } else { self.client_name() }
    }

    /// The name of the asking client, for whoever it is certain that it asks.
    pub fn client_name(&self) -> String {
        in_language(&self.open.client.name, self.locale())
    }

    fn is_nobody_else_s_business(&self) -> bool {
        self.open.interaction.answering.as_ref().is_some_and(|answering| answering.asks_each_time())
    }

    /// What else is shown of it, where its name is.
    pub fn about(&self) -> About {
        if self.is_nobody_else_s_business() { About::default() } else { self.about_client() }
    }

    /// What else is shown of it, for whoever it is certain that it asks.
    pub fn about_client(&self) -> About {
        About::of(&self.open.client, self.locale())
    }

    /// A form of this interaction.
    pub fn form(&self, step: &str, errors: &[FormError]) -> FormPart {
        FormPart::new(self.address(step), self.open.interaction.csrf.clone()).with(errors)
    }

    /// A page of this interaction. Any of its forms may be the last one before the client: whoever allowed the client earlier
    /// is sent back from the code or the passkey at once, and browsers apply `form-action` to that redirect.
    pub fn page(&self, status: StatusCode, template: &impl Template) -> Response {
        self.page_about(status, template, &About::default())
    }

    /// The same, with the client's logo on it.
    pub fn page_about(&self, status: StatusCode, template: &impl Template, about: &About) -> Response {
        let beyond = Beyond { form: Some(&self.open.interaction.request.redirect_uri), image: about.logo.as_deref() };
        let mut response = page_reaching(status, template, beyond);
        if let Some(locale) = self.visitor.switched {
            cookies::set_language(response.headers_mut(), locale);
        }
        response
    }

    /// A refusal within the interaction: try again where that makes sense, or start over at the agency.
    pub fn refuse(&self, kind: RefusalKind, again: Option<String>) -> Response {
        let uri = self.open.client.client_uri.as_ref().filter(|_| !self.is_nobody_else_s_business());
        let back = uri.map(|uri| Link { name: self.agency(), uri: uri.clone() });
        refuse(self.layout(&self.address("")), kind, again, back)
    }

    /// Something broke.
    pub fn broken(&self, cause: &impl std::fmt::Display) -> Response {
        broken(self.visitor, cause)
    }

    /// The text of a message with a code: last the line that lets browsers fill in a code for this origin alone.
    pub fn sms_text(&self) -> SmsText {
        let host = self.app.settings.issuer().split("//").nth(1).unwrap_or_default();
        let host = host.split([':', '/']).next().unwrap_or_default();
        let sentence = self.locale().t_with("sms-code", &[("code", "{code}")]);
        // Digits turn no sentence around; telephones that look for a code may stumble over invisible marks beside it.
        let sentence = sentence.replace(['\u{2068}', '\u{2069}'], "");
        SmsText(format!("{sentence}\n\n@{host} #{{code}}"))
    }
}

/// Where the browser ends when the answer goes elsewhere: an address of its own, which may be opened again.
pub fn answered(step: &Step<'_>, how: Answered) -> Response {
    let way = step.open.interaction.answering.as_ref().map(|answering| &answering.way);
    see_other(match (way, how) {
        (Some(Way::Device(_)), Answered::Allowed) => "/device/allowed",
        (Some(Way::Device(_)), Answered::Refused) => "/device/refused",
        (Some(Way::Backchannel(_)), Answered::Allowed) => "/approve/allowed",
        (Some(Way::Backchannel(_)), Answered::Refused) => "/approve/refused",
        (None, _) => "/",
    })
}

/// An interaction that cannot go on.
pub fn ended(visitor: &Visitor, gone: &InteractionGone) -> Response {
    match gone {
        InteractionGone::Gone => refuse_plainly(visitor, RefusalKind::InteractionGone),
        InteractionGone::Forged => refuse_plainly(visitor, RefusalKind::BadRequest),
        InteractionGone::Broken(cause) => broken(visitor, cause),
    }
}

/// A name in the reader's language.
pub fn in_language(name: &LocalName, locale: Locale) -> String {
    locale.pick(name).to_owned()
}

/// A person's name in the reader's script, where the registry knows it.
pub fn name_of(person: &Person, locale: Locale) -> String {
    let name = match (locale, &person.latin_name) {
        (Locale::En, Some(latin)) => latin,
        _ => &person.name,
    };
    whole_name(name)
}

/// The same name in the other script, where both are known.
pub fn name_in_other_script(person: &Person, locale: Locale) -> Option<String> {
    let latin = person.latin_name.as_ref()?;
    Some(whole_name(match locale {
        Locale::Fa => latin,
        Locale::En => &person.name,
    }))
}

fn whole_name(name: &PersonName) -> String {
    format!("{} {}", name.given, name.family)
}

/// What a client is called, by its id.
pub fn agency_name(app: &App, client: &str, locale: Locale) -> String {
    let client = ClientId::parse(client).and_then(|id| app.directory.load().client(&id));
    client.map(|client| in_language(&client.name, locale)).unwrap_or_default()
}

/// A field as it was typed. What is longer than anybody types is cut: it is wrong in any case.
pub fn typed(form: &Params, name: &str) -> String {
    form.get(name).unwrap_or_default().chars().take(80).collect()
}

/// What a fault means: on the form, on a page of its own, or for the log.
pub enum Fault {
    /// To be mended on the form.
    Form(FormError),
    /// A page of its own.
    Page(RefusalKind),
    /// None: another request was faster, and the dispatcher shows where it stands.
    Overtaken,
    /// For the log.
    Broken(String),
}

impl From<&NotKept> for Fault {
    fn from(error: &NotKept) -> Self {
        match error {
            NotKept::Overtaken => Self::Overtaken,
            NotKept::Broken(cause) => Self::Broken(cause.to_string()),
        }
    }
}

impl From<&Throttled> for Fault {
    fn from(throttled: &Throttled) -> Self {
        match throttled {
            Throttled::TooMany { retry_after } => Self::Page(RefusalKind::TooManyTries { wait: *retry_after }),
            Throttled::Broken(cause) => Self::Broken(cause.to_string()),
        }
    }
}

impl From<&SendError> for Fault {
    fn from(error: &SendError) -> Self {
        match error {
            SendError::Throttled(throttled) => throttled.into(),
            SendError::NotKept(error) => error.into(),
            SendError::Sms(cause) => Self::Broken(cause.to_string()),
            SendError::Broken(cause) => Self::Broken(cause.to_string()),
        }
    }
}

impl From<&CodeError> for Fault {
    fn from(error: &CodeError) -> Self {
        match error {
            CodeError::Wrong { tries_left } => Self::Form(FormError::CodeWrong { tries_left: *tries_left }),
            CodeError::TooManyTries => Self::Page(RefusalKind::CodeTriesUsedUp),
            CodeError::Expired => Self::Form(FormError::CodeExpired),
            CodeError::Used => Self::Page(RefusalKind::CodeUsed),
            CodeError::Broken(cause) => Self::Broken(cause.to_string()),
        }
    }
}
