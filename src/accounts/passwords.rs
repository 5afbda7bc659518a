//! Passwords: what is accepted, and Argon2id off the async threads, two at a time, so that a flood of sign-ins neither
//! stops redemptions nor fills the memory.

use crate::error::Error;
use anyhow::anyhow;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// The fewest characters and the most bytes of a password.
const FEWEST: usize = 8;
const MOST_BYTES: usize = 1_024;
const AT_ONCE: usize = 2;
/// How many may wait for their turn before others are told to come later.
const WAITING: usize = 64;

/// Hashes and checks passwords within its bounds.
#[derive(Clone, Debug)]
pub struct Passwords {
    turns: Arc<Semaphore>,
    places: Arc<Semaphore>,
    /// Checked for unknown users, so that they take as long as known ones.
    decoy: Arc<str>,
}

impl Passwords {
    /// With a decoy of its own.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub fn new() -> anyhow::Result<Self> {
        let decoy = hash(&crate::web::token::random(24)?)?;
        Ok(Self {
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            places: Arc::new(Semaphore::new(AT_ONCE + WAITING)),
            decoy: decoy.into(),
        })
    }

    /// The hash to keep of a password (Argon2id, 19 MiB, two passes; RFC 9106).
    ///
    /// # Errors
    /// [`Error::Unavailable`] when too many wait already.
    pub async fn hash(&self, password: &str) -> Result<String, Error> {
        let password = password.to_owned();
        self.work(move || hash(&password)).await?.map_err(Error::Internal)
    }

    /// Whether the password is the one that was hashed. Without a hash the decoy is checked and the answer is no.
    ///
    /// # Errors
    /// As [`Passwords::hash`].
    pub async fn verify(&self, kept: Option<&str>, password: &str) -> Result<bool, Error> {
        let known = kept.is_some();
        let kept = kept.unwrap_or(&self.decoy).to_owned();
        let password = password.to_owned();
        let matches = self.work(move || verify(&kept, &password)).await?;
        Ok(known && matches)
    }

    async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        let full = || Error::Unavailable(anyhow!("too many passwords to check"));
        let _place = self.places.clone().try_acquire_owned().map_err(|_| full())?;
        let _turn = self.turns.clone().acquire_owned().await.map_err(|_| full())?;
        tokio::task::spawn_blocking(work).await.map_err(|error| Error::Internal(error.into()))
    }
}

/// A password fit to be kept, or the sentence that says what is wrong with it.
///
/// # Errors
/// The sentence for the form.
pub fn acceptable(password: &str) -> Result<&str, String> {
    if password.chars().count() < FEWEST {
        return Err(format!("Use at least {FEWEST} characters."));
    }
    if password.len() > MOST_BYTES {
        return Err(format!("Use at most {MOST_BYTES} bytes."));
    }
    Ok(password)
}

fn hash(password: &str) -> anyhow::Result<String> {
    let hash = Argon2::default().hash_password(password.as_bytes());
    Ok(hash.map_err(|error| anyhow!("cannot hash a password: {error}"))?.to_string())
}

fn verify(kept: &str, password: &str) -> bool {
    PasswordHash::new(kept).is_ok_and(|kept| Argon2::default().verify_password(password.as_bytes(), &kept).is_ok())
}
