//! Lists by cursor: newest first, by a key that never moves.
//!
//! A cursor is the key of the row at the edge of a page. Going on asks for the rows after it, going back for the rows
//! before it; both cost the same on the first page and the last.

use crate::error::Error;
use serde::Deserialize;
use uuid::Uuid;

/// Where in a list a page stands, as the URL says it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Cursor {
    /// The key of the last row of the page before this one.
    #[serde(default)]
    pub after: Option<String>,
    /// The key of the first row of the page after this one.
    #[serde(default)]
    pub before: Option<String>,
}

/// What stands in place of a key for the page that ends a list: `?before=end`.
pub const END: &str = "end";

impl Cursor {
    /// The key of the row beside the page; none for the first page and the last.
    #[must_use]
    pub fn edge(&self) -> Option<&str> {
        match self.before.as_deref() {
            Some(END) => None,
            Some(before) => Some(before),
            None => self.after.as_deref(),
        }
    }

    /// Whether the page is read from its end.
    #[must_use]
    pub fn is_backwards(&self) -> bool {
        self.before.is_some()
    }

    /// The two keys as ids, for lists by id.
    ///
    /// # Errors
    /// [`Error::BadQuery`] for what is no id.
    pub fn ids(&self) -> Result<(Option<Uuid>, Option<Uuid>), Error> {
        let id = |name, text: &Option<String>| {
            let id = text.as_deref().filter(|text| !text.is_empty()).map(Uuid::parse_str).transpose();
            id.map_err(|_| Error::BadQuery(name, "This page of the list does not exist.".to_owned()))
        };
        Ok((id("after", &self.after)?, id("before", &self.before)?))
    }
}

/// One page of a list with the cursors to its neighbours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slice<T> {
    /// The rows, in the order of the list.
    pub rows: Vec<T>,
    /// The cursor that goes on, if there is more.
    pub next: Option<String>,
    /// The cursor that goes back, if there is something before.
    pub previous: Option<String>,
}

impl<T> Slice<T> {
    /// Cuts a page from `size + 1` rows that were read in the direction of the cursor.
    pub fn cut(cursor: &Cursor, size: usize, mut rows: Vec<T>, key: impl Fn(&T) -> String) -> Self {
        let more = rows.len() > size;
        rows.truncate(size);
        let backwards = cursor.before.is_some();
        if backwards {
            rows.reverse();
        }
        let has_next = if backwards { cursor.before.as_deref() != Some(END) } else { more };
        let has_previous = if backwards { more } else { cursor.after.is_some() };
        Self {
            next: rows.last().filter(|_| has_next).map(&key),
            previous: rows.first().filter(|_| has_previous).map(&key),
            rows,
        }
    }

    /// The same page with other rows, or without some.
    pub fn filter_map<U>(self, change: impl FnMut(T) -> Option<U>) -> Slice<U> {
        Slice { rows: self.rows.into_iter().filter_map(change).collect(), next: self.next, previous: self.previous }
    }

    /// The same page with other rows.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Slice<U> {
        Slice { rows: self.rows.into_iter().map(change).collect(), next: self.next, previous: self.previous }
    }
}

/// What unfolds the filters of a list, with how many of them are set beside those that are never folded: `Filters (2)`.
#[must_use]
pub fn filters_label(pairs: &[(&str, &str)], never: &[&str]) -> String {
    match pairs.iter().filter(|(name, value)| !value.is_empty() && !never.contains(name)).count() {
        0 => "Filters".to_owned(),
        count => format!("Filters ({count})"),
    }
}

/// A query string of the pairs that have a value, for links that keep the filters of a list.
#[must_use]
pub fn query(pairs: &[(&str, &str)]) -> String {
    let kept: Vec<_> = pairs.iter().filter(|(_, value)| !value.is_empty()).collect();
    match serde_html_form::to_string(&kept) {
        Ok(text) if !text.is_empty() => format!("?{text}"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Cursor, Slice, query};

    fn page(after: Option<&str>, before: Option<&str>, rows: &[i32]) -> Slice<i32> {
        let cursor = Cursor { after: after.map(str::to_owned), before: before.map(str::to_owned) };
        Slice::cut(&cursor, 2, rows.to_vec(), ToString::to_string)
    }

    #[test]
    fn the_first_page_has_only_a_next_one() {
        let first = page(None, None, &[9, 8, 7]);
        assert_eq!((first.rows, first.next.as_deref(), first.previous.as_deref()), (vec![9, 8], Some("8"), None));
    }

    #[test]
    fn going_back_restores_the_order_of_the_list() {
        let back = page(None, Some("5"), &[6, 7, 8]);
        assert_eq!((back.rows, back.next.as_deref(), back.previous.as_deref()), (vec![7, 6], Some("6"), Some("7")));
    }

    #[test]
    fn the_last_page_has_only_a_previous_one() {
        let last = page(Some("3"), None, &[2]);
        assert_eq!((last.rows, last.next.as_deref(), last.previous.as_deref()), (vec![2], None, Some("2")));
    }

    #[test]
    fn links_keep_what_has_a_value() {
        assert_eq!(query(&[("q", "a b"), ("status", ""), ("tag", "ü")]), "?q=a+b&tag=%C3%BC");
        assert_eq!(query(&[("q", "")]), "");
    }
}
