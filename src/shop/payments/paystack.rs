//! Events of Paystack (<https://paystack.com/docs/payments/webhooks>): charges and refunds. The reference of the
//! transaction is the id of the order. An order that is not paid ends by itself: a charge that failed may be tried again.

use super::receive::{Incoming, Kind};
use crate::web::token;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha512;
use subtle::ConstantTimeEq;

/// Whether an `x-paystack-signature` header signs this body: HMAC-SHA512 of the body under the secret key.
#[must_use]
pub fn is_signed(secret: &str, header: &str, body: &[u8]) -> bool {
    let Ok(mut mac) = <Hmac<Sha512> as KeyInit>::new_from_slice(secret.as_bytes()) else { return false };
    mac.update(body);
    let expected = token::hex(&mac.finalize().into_bytes());
    bool::from(header.trim().as_bytes().ct_eq(expected.as_bytes()))
}

/// What an event says; `None` for what is no event. Paystack gives events no id: the thing that it tells of has one.
#[must_use]
pub fn read(event: &Value) -> Option<Incoming> {
    let (name, data) = (event["event"].as_str()?, event.get("data")?);
    let (kind, reference) = match name {
        "charge.success" => (Kind::Succeeded, &data["reference"]),
        "refund.processed" => (Kind::Refunded, &data["transaction_reference"]),
        _ => (Kind::Other, &data["reference"]),
    };
    let text = |value: &Value| value.as_str().map(str::to_owned).or_else(|| value.as_i64().map(|id| id.to_string()));
    let id = text(&data["id"]).or_else(|| text(&data["refund_reference"]));
    let id = id.unwrap_or_else(|| token::hash(&event.to_string()));
    let reference = text(reference)?;
    // Some events say amounts as text.
    let amount = data["amount"].as_i64().or_else(|| data["amount"].as_str()?.parse().ok());
    Some(Incoming {
        event: format!("{name}:{id}"),
        kind,
        payment: Some(reference.clone()),
        reference: Some(reference),
        amount: amount.filter(|_| kind != Kind::Other),
        currency: text(&data["currency"]).map(|code| code.to_uppercase()),
    })
}

#[cfg(test)]
mod tests {
    use super::{is_signed, read};
    use crate::shop::payments::Kind;
    use serde_json::json;

    #[test]
    fn a_signature_is_of_this_body_under_this_secret() {
        // HMAC-SHA512, RFC 4231, test case 2.
        let (secret, body) = ("Jefe", b"what do ya want for nothing?");
        let signature = "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737";
        assert!(is_signed(secret, signature, body));
        assert!(!is_signed(secret, signature, b"what do you want?") && !is_signed("jefe", signature, body));
        assert!(!is_signed(secret, "", body));
    }

    #[test]
    fn a_charge_and_its_refunds_name_the_order() {
        let charge = json!({ "event": "charge.success", "data": { "id": 7, "reference": "order", "amount": 1_200, "currency": "NGN" } });
        let it = read(&charge).unwrap();
        assert_eq!(
            (it.event.as_str(), it.kind, it.reference.as_deref(), it.amount),
            ("charge.success:7", Kind::Succeeded, Some("order"), Some(1_200))
        );
        let refund = json!({ "event": "refund.processed", "data": { "id": "12", "transaction_reference": "order", "amount": "500", "currency": "NGN" } });
        let it = read(&refund).unwrap();
        assert_eq!((it.event.as_str(), it.kind, it.amount), ("refund.processed:12", Kind::Refunded, Some(500)));
        let nameless = |amount: &str| {
            read(&json!({ "event": "refund.processed", "data": { "refund_reference": null, "transaction_reference": "order", "amount": amount } })).unwrap().event
        };
        assert!(
            nameless("1") == nameless("1") && nameless("1") != nameless("2"),
            "what has no id is known by all it says"
        );
        assert!(read(&json!({ "event": "charge.success" })).is_none());
        assert!(read(&json!({ "event": "transfer.success", "data": {} })).is_none());
    }
}
