//! The desk.
use crate::db::Db;
/// The desk.
#[derive(Clone, Debug)]
pub struct Desk {}
impl Desk {
    /// Opens.
    pub fn open(_db: Db) -> Self {
        Self {}
    }
    /// Closes.
    pub async fn close(self) {}
}
