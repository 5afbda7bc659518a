//! The secrets of endpoints: made here, kept only sealed.

use anyhow::anyhow;
use base64::Engine;
use base64::prelude::BASE64_STANDARD as BASE64;

/// What a secret begins with; the rest is base64.
pub(super) const PREFIX: &str = "whsec_";
/// Random bytes of a secret: as many as the hash has.
const BYTES: usize = 32;

/// A new secret, as the receiver needs it.
///
/// # Errors
/// When the system has no randomness to give.
pub fn new() -> anyhow::Result<String> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(|error| anyhow!("no randomness: {error}"))?;
    Ok(format!("{PREFIX}{}", BASE64.encode(bytes)))
}
