//! The signature of Standard Webhooks: HMAC-SHA256 over id, instant and body.

use super::secret::PREFIX;
use anyhow::anyhow;
use base64::Engine;
use base64::prelude::BASE64_STANDARD as BASE64;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The header `webhook-signature` of a message that is sent at `now`: one signature for each secret that is good, so that
/// a receiver may have the old one or the new.
///
/// # Errors
/// When a secret is none.
pub fn signature(secrets: &[String], id: &str, now: DateTime<Utc>, body: &str) -> anyhow::Result<String> {
    let signed = secrets.iter().map(|secret| one(secret, id, now, body)).collect::<Result<Vec<_>, _>>()?;
    Ok(signed.join(" "))
}

fn one(secret: &str, id: &str, now: DateTime<Utc>, body: &str) -> anyhow::Result<String> {
    let key = secret.strip_prefix(PREFIX).and_then(|key| BASE64.decode(key).ok());
    let key = key.ok_or_else(|| anyhow!("a webhook's secret cannot be read"))?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|error| anyhow!("no key for a signature: {error}"))?;
    mac.update(format!("{id}.{}.{body}", now.timestamp()).as_bytes());
    Ok(format!("v1,{}", BASE64.encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::signature;
    use chrono::DateTime;

    /// The example that the specification's own libraries test with.
    #[test]
    fn the_signature_is_that_of_the_specification() {
        let now = DateTime::from_timestamp(1_614_265_330, 0).unwrap();
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned();
        let signed = |secrets: &[String]| {
            signature(secrets, "msg_p5jXN8AQM9LWM0D4loKWxJek", now, "{\"test\": 2432232314}").unwrap()
        };
        let expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(signed(std::slice::from_ref(&secret)), expected);
        assert_eq!(signed(&[secret.clone(), secret]), format!("{expected} {expected}"));
    }
}
