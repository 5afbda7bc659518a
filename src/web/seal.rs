//! Secrets that sign or check signatures: sealed before they are kept, opened only for that.
//!
//! A signature needs the secret itself, so a hash will not do. It is sealed with AES-256-GCM under a key that is derived
//! from the installation's secret key, and bound to its row: who has the database alone can sign nothing, and a sealed
//! secret moved to another row does not open.

use crate::config::Config;
use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit as _, Nonce};
use anyhow::anyhow;
use base64::Engine;
use base64::prelude::BASE64_STANDARD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt::{self, Formatter};
use uuid::Uuid;

/// What sets this use of the installation's key apart from all others.
const CONTEXT: &[u8] = b"vouchsafe: secrets of webhooks, AES-256-GCM, 1";
/// What a sealed secret begins with: how it was sealed.
const SEALED: &str = "1:";
const NONCE: usize = 12;

/// Seals and opens secrets; clones are the same one.
#[derive(Clone)]
pub struct Seal(Aes256Gcm);

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("Seal")
    }
}

impl Seal {
    /// Under the installation's secret key (`VOUCHSAFE_SECRET_KEY`).
    ///
    /// # Errors
    /// When that key cannot be read.
    pub fn of(config: &Config) -> anyhow::Result<Self> {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&config.secret()?)
            .map_err(|error| anyhow!("no key for sealed secrets: {error}"))?;
        mac.update(CONTEXT);
        let key = mac.finalize().into_bytes();
        let cipher = Aes256Gcm::new_from_slice(key.as_slice());
        Ok(Self(cipher.map_err(|error| anyhow!("no cipher for sealed secrets: {error}"))?))
    }

    /// Seals the secret of a row.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub fn close(&self, row: Uuid, secret: &str) -> anyhow::Result<String> {
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).map_err(|error| anyhow!("no randomness: {error}"))?;
        let payload = Payload { msg: secret.as_bytes(), aad: row.as_bytes() };
        let sealed = self.0.encrypt(&Nonce::from(nonce), payload);
        let sealed = sealed.map_err(|error| anyhow!("a secret cannot be sealed: {error}"))?;
        Ok(format!("{SEALED}{}", BASE64.encode([nonce.as_slice(), &sealed].concat())))
    }

    /// The secret of a row; none where it was sealed under another key, or for another row.
    #[must_use]
    pub fn open(&self, row: Uuid, sealed: &str) -> Option<String> {
        let bytes = BASE64.decode(sealed.strip_prefix(SEALED)?).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE>()?;
        let payload = Payload { msg: sealed, aad: row.as_bytes() };
        String::from_utf8(self.0.decrypt(&Nonce::from(*nonce), payload).ok()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::{CONTEXT, Seal};
    use aes_gcm::{Aes256Gcm, KeyInit};
    use uuid::Uuid;

    #[test]
    fn a_sealed_secret_opens_for_its_row_and_under_its_key_alone() {
        let seal = |byte: u8| Seal(Aes256Gcm::new_from_slice(&[byte; 32]).unwrap());
        let (row, secret) = (Uuid::now_v7(), "whsec_of-somebody".to_owned());
        let sealed = seal(1).close(row, &secret).unwrap();
        assert!(!sealed.contains("whsec_") && sealed != seal(1).close(row, &secret).unwrap());
        assert_eq!(seal(1).open(row, &sealed).as_deref(), Some(secret.as_str()));
        assert_eq!(seal(2).open(row, &sealed), None);
        assert_eq!(seal(1).open(Uuid::now_v7(), &sealed), None);
        let changed = format!("{}AAAA", &sealed[..sealed.len() - 4]);
        assert_eq!(seal(1).open(row, &changed), None);
        assert_eq!((seal(1).open(row, ""), seal(1).open(row, "1:")), (None, None));
        assert!(CONTEXT.starts_with(b"vouchsafe"));
    }
}
