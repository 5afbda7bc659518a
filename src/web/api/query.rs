//! The query string of a call.

use super::strict;
use crate::error::Error;
use crate::web::gate;
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;

const TITLE: &str = "The query cannot be read";
/// Parameters that name a place in a list.
const PLACES: [&str; 3] = ["after", "before", "limit"];

/// Whether it names a place or a thing; nothing is neither.
fn names_one(parameter: &str) -> bool {
    PLACES.contains(&parameter) || parameter.ends_with("_id")
}

/// The parameters of a call. Unknown names, names that stand twice, and values of another type are 400.
#[derive(Clone, Copy, Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Query<T> {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { gate::after(&request, async { read(request.query_string()).map(Self) }).await })
    }
}

/// Which page of a list, where nothing else is asked.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Page {
    /// The `next` of the page before.
    #[schemars(with = "Option<uuid::Uuid>")]
    pub after: Option<String>,
    /// So many at once.
    pub limit: Option<Limit>,
}

/// How many rows a page has at most: 1 to 100, 50 where nothing is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "i64")]
#[schemars(extend("minimum" = 1, "maximum" = 100))]
pub struct Limit(u16);

impl Limit {
    /// The number.
    #[must_use]
    pub fn get(self) -> usize {
        usize::from(self.0)
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(50)
    }
}

impl TryFrom<i64> for Limit {
    type Error = &'static str;

    fn try_from(number: i64) -> Result<Self, Self::Error> {
        let fits = u16::try_from(number).ok().filter(|number| (1..=100).contains(number));
        fits.map(Self).ok_or("A page has 1 to 100 rows.")
    }
}

fn read<T: DeserializeOwned>(query: &str) -> Result<T, Error> {
    let refused = |field: String, said: &str| strict::fault("invalid_query", TITLE, field, said);
    let pairs: Vec<(String, String)> =
        serde_html_form::from_str(query).map_err(|error| refused(String::new(), &error.to_string()))?;
    let mut seen = BTreeSet::new();
    for (name, value) in &pairs {
        if !seen.insert(name) {
            return Err(refused(String::new(), &format!("duplicate field `{name}`")));
        }
        if value.is_empty() && names_one(name) {
            return Err(refused(name.clone(), "This is empty: leave it out instead."));
        }
        if name.contains('\0') || value.contains('\0') {
            return Err(refused(name.replace('\0', ""), "A text cannot hold the character U+0000."));
        }
    }
    let read = serde_path_to_error::deserialize(serde_html_form::Deserializer::from_bytes(query.as_bytes()));
    read.map_err(|error| {
        let path = error.path().to_string();
        refused(path, &error.into_inner().to_string())
    })
}

#[cfg(test)]
mod tests {
    use super::read;
    use serde::Deserialize;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields, default)]
    struct Wanted {
        after: Option<String>,
        size: u32,
    }

    #[test]
    fn a_query_is_read_once_and_whole() {
        assert_eq!(read::<Wanted>("size=3&after=a%20b").unwrap(), Wanted { after: Some("a b".to_owned()), size: 3 });
        assert_eq!(read::<Wanted>("").unwrap(), Wanted::default());
        let cases = [
            ("size=3&size=4", "size", "duplicate_field"),
            ("size=x", "size", "invalid_value"),
            ("colour=1", "colour", "unknown_field"),
            ("after=%00", "after", "invalid_value"),
            ("after=", "after", "invalid_value"),
        ];
        for (query, field, code) in cases {
            let fault = read::<Wanted>(query).unwrap_err().fault();
            let first = fault.errors.first().unwrap_or_else(|| panic!("{query}: {fault:?}"));
            assert_eq!((first.field.as_str(), &*first.code, &*fault.code), (field, code, "invalid_query"), "{query}");
        }
    }
}
