//! Events of Stripe (<https://docs.stripe.com/webhooks>): sessions of its checkout and payment links, payment intents, and
//! refunds of charges.
//!
//! The order is named by `client_reference_id` of a session, or by `order` in the metadata. What names none, as a refund of
//! a payment link, belongs to the order of the payment intent that it names.

use super::receive::{Incoming, Kind};
use crate::web::token;
use chrono::{DateTime, Duration, Utc};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// How far the time of a signature may be away, so that nobody can send an old one again.
const TOLERANCE: Duration = Duration::minutes(5);
/// Currencies without decimals whose amounts Stripe writes with two (<https://docs.stripe.com/currencies#special-cases>).
const WITH_TWO: [&str; 2] = ["ISK", "UGX"];
/// One with two decimals whose amounts Stripe writes with none (<https://docs.stripe.com/currencies#zero-decimal>).
const WITH_NONE: &str = "MGA";

/// An amount in minor units of ISO 4217 as Stripe writes it.
#[must_use]
pub fn written(amount: i64, currency: &str) -> i64 {
    match currency {
        WITH_NONE => amount / 100,
        code if WITH_TWO.contains(&code) => amount.saturating_mul(100),
        _ => amount,
    }
}

/// An amount that Stripe wrote, in minor units of ISO 4217.
fn read_amount(amount: i64, currency: &str) -> i64 {
    match currency {
        WITH_NONE => amount.saturating_mul(100),
        code if WITH_TWO.contains(&code) => amount / 100,
        _ => amount,
    }
}

/// Whether a `Stripe-Signature` header signs this body now: `t=1700000000,v1=…`, HMAC-SHA256 of `t.body` under the secret.
#[must_use]
pub fn is_signed(secret: &str, header: &str, body: &[u8], now: DateTime<Utc>) -> bool {
    let mut parts = header.split(',').filter_map(|part| part.trim().split_once('='));
    let time = parts.clone().find(|(name, _)| *name == "t").map(|(_, value)| value);
    let Some(time) = time else { return false };
    let Some(signed_at) = time.parse().ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0)) else {
        return false;
    };
    let age = (now - signed_at).abs();
    let Ok(mut mac) = <Hmac<Sha256> as KeyInit>::new_from_slice(secret.as_bytes()) else { return false };
    mac.update(time.as_bytes());
    mac.update(b".");
    mac.update(body);
    let expected = token::hex(&mac.finalize().into_bytes());
    age <= TOLERANCE
        && parts.any(|(name, value)| name == "v1" && bool::from(value.as_bytes().ct_eq(expected.as_bytes())))
}

/// What an event says; `None` for what is no event.
#[must_use]
pub fn read(event: &Value) -> Option<Incoming> {
    let (id, name) = (event["id"].as_str()?, event["type"].as_str()?);
    let object = event.pointer("/data/object").unwrap_or(&Value::Null);
    let is_paid = object["payment_status"].as_str() != Some("unpaid");
    let (kind, amount) = match name {
        "checkout.session.completed" if is_paid => (Kind::Succeeded, &object["amount_total"]),
        "checkout.session.async_payment_succeeded" => (Kind::Succeeded, &object["amount_total"]),
        "payment_intent.succeeded" => (Kind::Succeeded, &object["amount_received"]),
        // `payment_intent.payment_failed` is not among them: the next card may work.
        "checkout.session.async_payment_failed" | "checkout.session.expired" | "payment_intent.canceled" => {
            (Kind::Failed, &Value::Null)
        }
        "charge.refunded" => (Kind::Refunded, &object["amount_refunded"]),
        _ => (Kind::Other, &Value::Null),
    };
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let currency = text(&object["currency"]).map(|code| code.to_uppercase());
    let payment = if name.starts_with("payment_intent.") { &object["id"] } else { &object["payment_intent"] };
    // A session of a subscription has no intent of its own.
    let session = || text(&object["id"]).filter(|_| name.starts_with("checkout.session."));
    Some(Incoming {
        event: id.to_owned(),
        kind,
        reference: text(&object["client_reference_id"])
            .or_else(|| text(object.pointer("/metadata/order").unwrap_or(&Value::Null))),
        payment: text(payment).or_else(session),
        amount: amount.as_i64().map(|amount| read_amount(amount, currency.as_deref().unwrap_or_default())),
        currency,
    })
}

#[cfg(test)]
mod tests {
    use super::{is_signed, read, read_amount, written};
    use crate::shop::payments::Kind;
    use chrono::{DateTime, Duration};
    use hmac::{Hmac, KeyInit, Mac};
    use serde_json::json;
    use sha2::Sha256;

    fn signature(secret: &str, time: i64, body: &[u8]) -> String {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(format!("{time}.").as_bytes());
        mac.update(body);
        crate::web::token::hex(&mac.finalize().into_bytes())
    }

    #[test]
    fn a_signature_is_of_this_body_under_this_secret_and_of_the_last_five_minutes() {
        let (secret, body, time) = ("whsec_test", b"{}".as_slice(), 1_700_000_000);
        let now = DateTime::from_timestamp(time, 0).unwrap();
        let header = format!("t={time},v0=abc,v1=0000,v1={}", signature(secret, time, body));
        assert!(is_signed(secret, &header, body, now));
        assert!(is_signed(secret, &header, body, now + Duration::minutes(5)));
        assert!(!is_signed(secret, &header, body, now + Duration::seconds(301)));
        assert!(!is_signed(secret, &header, b"{ }", now));
        assert!(!is_signed("another", &header, body, now));
        for wrong in ["", "t=,v1=", "v1=abc", "t=x,v1=abc", "t=99999999999999999999,v1=a"] {
            assert!(!is_signed(secret, wrong, body, now), "{wrong}");
        }
        let only_time = format!("t={},v1={}", time + 1, signature(secret, time, body));
        assert!(!is_signed(secret, &only_time, body, now), "the time is signed, too");
    }

    #[test]
    fn a_session_names_its_order_its_payment_and_its_amount() {
        let session = json!({ "id": "evt_1", "type": "checkout.session.completed", "data": { "object": {
            "client_reference_id": "order", "payment_intent": "pi_1", "amount_total": 1_200, "currency": "chf", "payment_status": "paid" } } });
        let read_it = read(&session).unwrap();
        assert_eq!(
            (read_it.kind, read_it.reference.as_deref(), read_it.payment.as_deref()),
            (Kind::Succeeded, Some("order"), Some("pi_1"))
        );
        assert_eq!((read_it.amount, read_it.currency.as_deref()), (Some(1_200), Some("CHF")));
        let mut unpaid = session.clone();
        unpaid["data"]["object"]["payment_status"] = json!("unpaid");
        assert_eq!(read(&unpaid).unwrap().kind, Kind::Other, "its payment is told of later");
        let mut intent = json!({ "id": "evt_2", "type": "payment_intent.payment_failed", "data": { "object": { "id": "pi_1", "metadata": { "order": "o" } } } });
        assert_eq!(read(&intent).unwrap().kind, Kind::Other, "one card of perhaps several");
        intent["type"] = json!("payment_intent.canceled");
        let failed = read(&intent).unwrap();
        assert_eq!(
            (failed.kind, failed.reference.as_deref(), failed.payment.as_deref()),
            (Kind::Failed, Some("o"), Some("pi_1"))
        );
        let krona = json!({ "id": "evt_3", "type": "payment_intent.succeeded", "data": { "object": { "id": "pi_2", "amount_received": 500_000, "currency": "isk" } } });
        assert_eq!(read(&krona).unwrap().amount, Some(5_000));
        for (code, here, there) in
            [("ISK", 5_000, 500_000), ("MGA", 500_000, 5_000), ("JPY", 500, 500), ("OMR", 1_500, 1_500)]
        {
            assert_eq!((written(here, code), read_amount(there, code)), (there, here), "{code}");
        }
        assert!(read(&json!({ "type": "x" })).is_none() && read(&json!([])).is_none());
    }
}
