//! The values of a statement that is written out.

use sea_orm::Value;

/// Values in the order of their places. Both databases call a place `$1`.
#[derive(Clone, Debug, Default)]
pub struct Values(Vec<Value>);

impl Values {
    /// Puts one in; its place.
    pub fn put(&mut self, value: impl Into<Value>) -> String {
        self.0.push(value.into());
        format!("${}", self.0.len())
    }
}

impl From<Values> for Vec<Value> {
    fn from(values: Values) -> Self {
        values.0
    }
}
