//! What was read is kept for as long as the database stands where it stood before the reading began: then it is as fresh as
//! if it were read again.

use crate::db::standing::Standing;
use crate::error::Error;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

/// So many are kept of a kind.
const MOST: usize = 4_096;

/// What was read of one kind, by what was asked; clones share it.
pub struct Kept<K, V>(Arc<Mutex<Shelf<K, V>>>);

struct Shelf<K, V> {
    /// Where the database stood before the oldest of them was read.
    at: Standing,
    values: HashMap<K, V>,
}

impl<K, V> Clone for Kept<K, V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K, V> Default for Kept<K, V> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Shelf { at: Standing::default(), values: HashMap::new() })))
    }
}

impl<K: Eq + Hash, V: Clone> Kept<K, V> {
    /// What is asked for, read only if it was not since the database stands where it does. `None` is for a database that does
    /// not say where it stands.
    ///
    /// # Errors
    /// Those of the reading, which are not kept.
    pub async fn or_read(
        &self,
        at: Option<Standing>,
        asked: K,
        read: impl Future<Output = Result<V, Error>>,
    ) -> Result<V, Error> {
        let Some(at) = at else { return read.await };
        if let Some(value) = self.get(at, &asked) {
            return Ok(value);
        }
        let value = read.await?;
        self.put(at, asked, value.clone());
        Ok(value)
    }

    fn get(&self, at: Standing, asked: &K) -> Option<V> {
        let shelf = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (shelf.at == at).then(|| shelf.values.get(asked).cloned()).flatten()
    }

    fn put(&self, at: Standing, asked: K, value: V) {
        let mut shelf = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Who began to read before others is not to put theirs away.
        if at < shelf.at {
            return;
        }
        if at > shelf.at || shelf.values.len() >= MOST {
            *shelf = Shelf { at, values: HashMap::new() };
        }
        shelf.values.insert(asked, value);
    }
}

#[cfg(test)]
mod tests {
    use super::{Kept, MOST};
    use crate::db::standing::Standing;
    use crate::error::Error;

    async fn read(kept: &Kept<usize, &'static str>, at: Standing, asked: usize, value: &'static str) -> &'static str {
        kept.or_read(Some(at), asked, async { Ok(value) }).await.unwrap()
    }

    #[tokio::test]
    async fn what_was_read_is_kept_until_the_database_stands_elsewhere() {
        let (kept, [before, after]) = (Kept::default(), [1, 2].map(Standing::of));
        assert_eq!(read(&kept, before, 7, "old").await, "old");
        assert_eq!(read(&kept, before, 7, "new").await, "old");
        assert_eq!(read(&kept, after, 7, "new").await, "new");
        assert_eq!(read(&kept, after, 7, "newer").await, "new");
    }

    #[tokio::test]
    async fn whoever_began_to_read_earlier_puts_nothing_newer_away() {
        let (kept, [before, after]) = (Kept::default(), [1, 2].map(Standing::of));
        assert_eq!(read(&kept, after, 7, "new").await, "new");
        assert_eq!(read(&kept, before, 7, "old").await, "old");
        assert_eq!(read(&kept, after, 7, "newer").await, "new");
    }

    #[tokio::test]
    async fn nothing_is_kept_of_a_failure_nor_of_a_database_that_does_not_say_where_it_stands() {
        let (kept, at) = (Kept::default(), Standing::of(1));
        assert!(kept.or_read(Some(at), 7, async { Err(Error::NotFound) }).await.is_err());
        assert_eq!(read(&kept, at, 7, "read").await, "read");
        assert_eq!(kept.or_read(None, 7, async { Ok("anew") }).await.unwrap(), "anew");
    }

    #[tokio::test]
    async fn no_more_is_kept_than_there_is_room_for() {
        let (kept, at) = (Kept::default(), Standing::of(1));
        for asked in 0..=MOST {
            read(&kept, at, asked, "read").await;
        }
        assert_eq!(read(&kept, at, 0, "anew").await, "anew");
    }
}
