//! A provider with an HTTP gateway: the operator writes the request, and which answers mean what.

mod template;

pub(crate) use crate::messaging::http::template::{Escape, Template};

use crate::messaging::letter::{Answered, Order};
use crate::outbound::{ConfiguredDoor, Exchange, Exchanged, OutboundError};
use serde_json::Value;

/// What the answers of a gateway mean.
pub(crate) struct Answers {
    /// Statuses of a message that was taken.
    pub(crate) accepted: Vec<u16>,
    /// Statuses of a message that is never taken.
    pub(crate) refused: Vec<u16>,
    /// The member of the JSON answer that says whether the message was taken (a JSON pointer, RFC 6901), and the values that mean so:
    /// for gateways that answer 200 in every case.
    pub(crate) where_accepted: Option<(String, Vec<String>)>,
    /// The values of the same member that mean that the message is never taken.
    pub(crate) where_refused: Vec<String>,
    /// The member with the gateway's id of the message.
    pub(crate) message_id: Option<String>,
}

/// A gateway.
pub(crate) struct HttpGateway {
    /// The door to its server.
    pub(crate) door: ConfiguredDoor,
    /// The method.
    pub(crate) method: String,
    /// The URL.
    pub(crate) url: Template,
    /// Header fields.
    pub(crate) headers: Vec<(String, Template)>,
    /// The body with its media type.
    pub(crate) body: Option<(String, Template)>,
    /// What its answers mean.
    pub(crate) answers: Answers,
}

/// The longest id of a message that is kept.
const LONGEST_ID: usize = 64;

impl HttpGateway {
    /// Hands over a message.
    pub(crate) async fn send(&self, order: Order<'_>) -> Answered {
        let request = Exchange {
            method: self.method.clone(),
            url: self.url.fill(order),
            headers: self.headers.iter().map(|(name, value)| (name.clone(), value.fill(order))).collect(),
            body: self.body.as_ref().map(|(media_type, body)| (media_type.clone(), body.fill(order))),
        };
        match self.door.exchange(request).await {
            Ok(answer) => self.answers.read(&answer),
            // The URL was written by the operator and is not shown: the number may be in it.
            Err(OutboundError::Refused(reason)) => Answered::Failed(format!("the URL cannot be called: {reason}")),
            Err(problem) => Answered::Failed(problem.to_string()),
        }
    }
}

impl Answers {
    fn read(&self, answer: &Exchanged) -> Answered {
        let Exchanged { status, retry_after, body } = answer;
        if matches!(status, 429 | 503) {
            return Answered::Busy(*retry_after);
        }
        if self.refused.contains(status) {
            return Answered::Refused(format!("status {status}"));
        }
        if !self.accepted.contains(status) {
            return Answered::Failed(format!("status {status}"));
        }
        let json: Value = serde_json::from_slice(body).unwrap_or_default();
        if let Some((pointer, taken)) = &self.where_accepted {
            match json.pointer(pointer).and_then(word) {
                Some(said) if taken.contains(&said) => {}
                Some(said) if self.where_refused.contains(&said) => {
                    return Answered::Refused(format!("status {status}, and one of refused_values at {pointer}"));
                }
                Some(_) => return Answered::Failed(format!("status {status}, and none of accepted_values at {pointer}")),
                None => return Answered::Failed(format!("status {status}, and nothing at {pointer}")),
            }
        }
        let id = self.message_id.as_ref().and_then(|pointer| json.pointer(pointer)).and_then(word);
        Answered::Accepted(id.filter(|id| !id.is_empty() && id.len() <= LONGEST_ID).into_iter().collect())
    }
}

/// A text, a number or a truth value of JSON as the operator writes it in the provider file.
fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}
