//! Delivery receipts: a `deliver_sm` that says what became of a part (SMPP 3.4 §4.6 with its optional parameters, Appendix B for the
//! text that most message centres write).

use crate::records::delivery::message::MessageState;
use rusmpp::pdus::DeliverSm;
use rusmpp::tlvs::TlvValue;
use rusmpp::values::{MessageState as WireState, MessageType};
use serde::Deserialize;

/// How a message centre writes the id of a part in its receipts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ReceiptIds {
    /// As in its answer to `submit_sm`.
    #[default]
    Same,
    /// In decimal, where the answer was hexadecimal.
    Decimal,
}

/// A receipt that says how it ended: the id as it was in the answer to `submit_sm`, and the state. `None` for other messages, and for a part
/// that is still on its way.
pub(crate) fn read(message: &DeliverSm, ids: ReceiptIds) -> Option<(String, MessageState)> {
    let text = String::from_utf8_lossy(message.short_message().as_ref()).into_owned();
    let parameters = || message.tlvs().iter().filter_map(|tlv| tlv.value());
    let id = parameters().find_map(|value| match value {
        TlvValue::ReceiptedMessageId(id) => Some(id.as_str().to_owned()),
        _ => None,
    });
    if message.esm_class.message_type != MessageType::ShortMessageContainsMCDeliveryReceipt && id.is_none() {
        return None;
    }
    let id = id.or_else(|| field(&text, "id:").map(str::to_owned)).filter(|id| !id.is_empty())?;
    let state = parameters().find_map(|value| match value {
        TlvValue::MessageState(state) => of_parameter(*state),
        _ => None,
    });
    let state = state.or_else(|| field(&text, "stat:").and_then(of_text))?;
    let id = match ids {
        ReceiptIds::Same => id,
        ReceiptIds::Decimal => format!("{:x}", id.parse::<u128>().ok()?),
    };
    Some((known_as(&id, ids), state))
}

/// The id of a part as it is kept, from the answer to `submit_sm`.
pub(crate) fn known_as(id: &str, ids: ReceiptIds) -> String {
    match ids {
        ReceiptIds::Same => id.to_owned(),
        ReceiptIds::Decimal => id.trim_start_matches('0').to_ascii_lowercase(),
    }
}

fn field<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let at = text.find(name)?;
    text[at + name.len()..].split_whitespace().next()
}

/// SMPP 3.4 §5.2.28.
const fn of_parameter(state: WireState) -> Option<MessageState> {
    match state {
        WireState::Delivered => Some(MessageState::Delivered),
        WireState::Expired => Some(MessageState::Expired),
        WireState::Deleted | WireState::Undeliverable | WireState::Rejected | WireState::Unknown => {
            Some(MessageState::Undeliverable)
        }
        _ => None,
    }
}

/// SMPP 3.4 Appendix B. Some centres write the words in full.
fn of_text(word: &str) -> Option<MessageState> {
    Some(match word.get(..7).unwrap_or(word) {
        "DELIVRD" | "DELIVER" => MessageState::Delivered,
        "EXPIRED" => MessageState::Expired,
        "UNDELIV" | "REJECTD" | "REJECTE" | "DELETED" | "UNKNOWN" => MessageState::Undeliverable,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusmpp::tlvs::MessageDeliveryRequestTlvValue as Parameter;
    use rusmpp::types::{COctetString, OctetString};
    use rusmpp::values::{Ansi41Specific, EsmClass, GsmFeatures, MessagingMode};

    fn receipt(text: &str) -> DeliverSm {
        let kind = MessageType::ShortMessageContainsMCDeliveryReceipt;
        let class = EsmClass::new(MessagingMode::Default, kind, Ansi41Specific::Other(0), GsmFeatures::NotSelected);
        DeliverSm::builder().esm_class(class).short_message(OctetString::from_slice(text.as_bytes()).expect("short")).build()
    }

    #[test]
    fn the_text_of_a_receipt_says_which_part_and_what_became_of_it() {
        let text =
            |stat| format!("id:1F sub:001 dlvrd:001 submit date:2612011200 done date:2612011201 stat:{stat} err:000 text:x");
        for (stat, state) in [
            ("DELIVRD", MessageState::Delivered),
            ("EXPIRED", MessageState::Expired),
            ("UNDELIV", MessageState::Undeliverable),
            ("REJECTD", MessageState::Undeliverable),
        ] {
            assert_eq!(read(&receipt(&text(stat)), ReceiptIds::Same), Some(("1F".to_owned(), state)));
        }
        assert_eq!(read(&receipt(&text("ENROUTE")), ReceiptIds::Same), None);
        assert_eq!(read(&receipt("id:"), ReceiptIds::Same), None);
    }

    #[test]
    fn the_optional_parameters_of_a_receipt_count_before_its_text() {
        let mut message = receipt("id:9 stat:UNDELIV");
        message.push_tlv(Parameter::ReceiptedMessageId(COctetString::from_slice(b"abc\0").expect("an id")));
        message.push_tlv(Parameter::MessageState(WireState::Delivered));
        assert_eq!(read(&message, ReceiptIds::Same), Some(("abc".to_owned(), MessageState::Delivered)));
    }

    #[test]
    fn a_decimal_id_of_a_receipt_is_the_hexadecimal_one_of_the_answer() {
        let read = read(&receipt("id:0000000031 stat:DELIVRD"), ReceiptIds::Decimal);
        assert_eq!(read.map(|(id, _)| id), Some(known_as("0000001F", ReceiptIds::Decimal)));
    }

    #[test]
    fn a_message_of_a_person_is_no_receipt() {
        let class =
            EsmClass::new(MessagingMode::Default, MessageType::Default, Ansi41Specific::Other(0), GsmFeatures::NotSelected);
        let text = OctetString::from_slice(b"id:1 stat:DELIVRD").expect("short");
        assert_eq!(read(&DeliverSm::builder().esm_class(class).short_message(text).build(), ReceiptIds::Same), None);
    }
}
