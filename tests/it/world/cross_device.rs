//! Cross-device sign-ins: those that do not begin in the person's browser.

use super::agency::Agency;
use super::browser::{Browser, Page};
use super::citizen::Citizen;
use super::{Answer, World};
use axum::body::Body;
use axum::http::Request;
use panjereh::client::grant_type::{DEVICE_CODE, GrantType};
use panjereh::client::metadata::Client;
use panjereh::client::parts::ciba::DeliveryMode;

/// The answer to a device.
#[derive(Debug, Clone)]
pub struct DeviceCodes {
    pub device_code: String,
    pub user_code: String,
    pub complete: String,
}

impl DeviceCodes {
    #[track_caller]
    pub fn of(answer: &Answer) -> Self {
        assert_eq!(answer.status, 200, "{}", answer.text());
        let json = answer.json();
        let text = |name: &str| json[name].as_str().unwrap().to_owned();
        Self { device_code: text("device_code"), user_code: text("user_code"), complete: text("verification_uri_complete") }
    }
}

/// Registers a client for the device grant.
pub fn with_devices(client: &mut Client) {
    client.grant_types.push(GrantType::DeviceCode);
}

impl Agency<'_> {
    /// A device of the agency requests a code.
    pub async fn device(&self, scope: &str) -> DeviceCodes {
        DeviceCodes::of(&self.post("/device_authorization", &[("scope", scope)]).await)
    }

    /// The device polls for its tokens.
    pub async fn poll_device(&self, codes: &DeviceCodes) -> Answer {
        self.token(&device_form(codes)).await
    }

    pub fn poll_request(&self, codes: &DeviceCodes) -> Request<Body> {
        self.token_request(&device_form(codes))
    }
}

/// The form that redeems a device code.
pub fn device_form(codes: &DeviceCodes) -> [(&str, &str); 2] {
    [("grant_type", DEVICE_CODE), ("device_code", &codes.device_code)]
}

impl Browser<'_> {
    /// Types a code.
    pub async fn type_code(&mut self, code: &str) -> &Page {
        self.open("/device").await;
        let form = self.page.form("/device").fill("user_code", code);
        self.submit(form).await
    }

    /// Types the code of a message from a counter.
    pub async fn type_message_code(&mut self, code: &str) -> &Page {
        self.open("/approve").await;
        let form = self.page.form("/approve").fill("code", code);
        self.submit(form).await
    }

    /// Confirms that the device shows the same code.
    pub async fn is_mine(&mut self) -> &Page {
        let form = self.page.form("/device").press("device-mine");
        self.submit(form).await
    }

    /// Denies that the device shows the same code.
    pub async fn is_not_mine(&mut self) -> &Page {
        let form = self.page.form("/device").press("device-other");
        self.submit(form).await
    }
}

impl World {
    /// An agency whose devices may ask.
    pub async fn agency_with_devices(&self, name: &str) -> Agency<'_> {
        self.agency_with(name, with_devices).await
    }
}

/// Registers a client for CIBA by polling.
pub fn by_polling(client: &mut Client) {
    client.grant_types.push(GrantType::Ciba);
}

/// Registers a client for CIBA with pings to this address.
pub fn by_ping(endpoint: String) -> impl FnOnce(&mut Client) {
    move |client| {
        by_polling(client);
        client.ciba.delivery = DeliveryMode::Ping;
        client.ciba.notification_endpoint = Some(endpoint);
    }
}

impl Agency<'_> {
    /// Requests the approval of a person by national ID.
    pub async fn ask_by_back(&self, citizen: &Citizen, more: &[(&str, &str)]) -> Answer {
        let form = [&[("scope", "openid"), ("login_hint", citizen.national_id())][..], more].concat();
        self.post("/ciba", &form).await
    }

    /// The same, when it must be accepted; returns `auth_req_id`, and the address that was sent to the person.
    pub async fn asked(&self, citizen: &Citizen, more: &[(&str, &str)]) -> (String, String) {
        let answer = self.ask_by_back(citizen, more).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let message = self.world.messages().pop().expect("the person is told");
        assert_eq!((message.to.as_str(), message.code), (citizen.mobile(), None));
        (answer.json()["auth_req_id"].as_str().unwrap().to_owned(), code_in(&message.text))
    }

    /// Polls for the tokens.
    pub async fn poll_back(&self, auth_req_id: &str) -> Answer {
        self.token(&back_form(auth_req_id)).await
    }
}

/// The code in a message. The message has no link.
pub fn code_in(text: &str) -> String {
    assert!(!text.contains("://") && !text.contains("window.example"), "no link: {text}");
    let code = text.split(' ').find(|word| word.len() == 9 && word.as_bytes()[4] == b'-').expect("a code");
    code.to_owned()
}

/// The form that redeems an `auth_req_id`.
pub fn back_form(auth_req_id: &str) -> [(&str, &str); 2] {
    [("grant_type", panjereh::client::grant_type::CIBA), ("auth_req_id", auth_req_id)]
}
