//! Few at a time for each caller: what is counted after it was answered cannot be outrun by asking all at once.

use crate::error::Error;
use anyhow::anyhow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// So many requests of one caller are served at once.
const AT_ONCE: usize = 4;
/// From so many callers on, those who are gone are forgotten.
const MANY: usize = 1_024;

/// Who is being served; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Turns(Arc<Mutex<HashMap<String, Weak<Semaphore>>>>);

/// A turn, which ends when it is dropped.
#[derive(Debug)]
pub struct Turn {
    _permit: OwnedSemaphorePermit,
}

impl Turns {
    /// Waits for a turn of this caller.
    ///
    /// # Errors
    /// Never, while the program runs.
    pub async fn take(&self, caller: &str) -> Result<Turn, Error> {
        let turns = self.of(caller);
        let permit = turns.acquire_owned().await.map_err(|_| Error::Unavailable(anyhow!("no more turns")))?;
        Ok(Turn { _permit: permit })
    }

    fn of(&self, caller: &str) -> Arc<Semaphore> {
        let mut served = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turns) = served.get(caller).and_then(Weak::upgrade) {
            return turns;
        }
        if served.len() >= MANY {
            served.retain(|_, turns| turns.strong_count() > 0);
        }
        let turns = Arc::new(Semaphore::new(AT_ONCE));
        served.insert(caller.to_owned(), Arc::downgrade(&turns));
        turns
    }
}

#[cfg(test)]
mod tests {
    use super::Turns;

    #[tokio::test]
    async fn a_fifth_request_of_one_caller_waits_and_another_caller_does_not() {
        let turns = Turns::default();
        let mut taken = Vec::new();
        for _ in 0..4 {
            taken.push(turns.take("a").await.unwrap());
        }
        assert!(turns.of("a").try_acquire().is_err());
        turns.take("b").await.unwrap();
        taken.pop();
        turns.take("a").await.unwrap();
    }
}
