//! What a list of coupons is asked for.

use crate::coupons::coupon::Status;

/// Which coupons, and in which order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// A part of a code or of a name; empty is all.
    pub typed: String,
    /// Of this status.
    pub status: Option<Status>,
    /// With this kind of benefit.
    pub benefit: Option<String>,
    /// Made for this product type, or for a product of it.
    pub product_type: Option<String>,
    /// With this tag.
    pub tag: Option<String>,
    /// Gifts, or all others.
    pub gift: bool,
    /// Without deleted ones.
    pub living: bool,
    /// In this order.
    pub sort: Sort,
}

/// An order of the list. The id follows, so that it is always the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// By what.
    pub key: SortKey,
    /// The largest first.
    pub descending: bool,
}

/// What a list can be sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortKey {
    /// When it was made.
    Created,
    /// Its name.
    Name,
    /// Its confirmed uses.
    Uses,
    /// Its end; those without one come last when ends go up.
    ValidUntil,
}

impl Default for Sort {
    /// Newest first.
    fn default() -> Self {
        Self { key: SortKey::Created, descending: true }
    }
}

impl Sort {
    /// The order with this word: `uses` goes up, `-uses` goes down; nothing is newest first.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        let (descending, word) = word.strip_prefix('-').map_or((false, word), |word| (true, word));
        let key = match word {
            "" if !descending => return Some(Self::default()),
            "created" => SortKey::Created,
            "name" => SortKey::Name,
            "uses" => SortKey::Uses,
            "valid_until" => SortKey::ValidUntil,
            _ => return None,
        };
        Some(Self { key, descending })
    }

    /// Its word; empty for the default.
    #[must_use]
    pub fn word(self) -> String {
        let key = match self.key {
            SortKey::Created if self.descending => return String::new(),
            SortKey::Created => "created",
            SortKey::Name => "name",
            SortKey::Uses => "uses",
            SortKey::ValidUntil => "valid_until",
        };
        format!("{}{key}", if self.descending { "-" } else { "" })
    }
}

impl Filter {
    /// Whether it leaves something out beside the other tab and, as lists do, the deleted ones.
    #[must_use]
    pub fn narrows(&self) -> bool {
        let everything = Self { gift: self.gift, living: true, sort: self.sort, ..Self::default() };
        *self != everything
    }
}
