//! The parts of a filter: how each is asked of one coupon, and where the coupons are found that have it.

use crate::coupons::code::CodeKey;
use crate::coupons::coupon::Status;
use crate::coupons::queries::filter::Filter;
use crate::coupons::queries::status::{has_status, of_tab};
use crate::db::values::Values;
use chrono::{DateTime, Utc};

/// An index of trigrams needs this many characters.
const TRIGRAM: usize = 3;
/// One thing that a filter asks for, those first that most likely leave few.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Typed,
    Tag,
    ProductType,
    Status(Status),
    Benefit,
    /// Without deleted ones; what it leaves is never few.
    Living,
}

/// What the words of a part depend on beside the filter.
pub(super) struct Asked<'a> {
    pub filter: &'a Filter,
    pub postgres: bool,
    pub now: DateTime<Utc>,
}

impl Part {
    /// The parts of a filter.
    pub(super) fn of(filter: &Filter) -> Vec<Self> {
        let parts = [
            (!filter.typed.trim().is_empty()).then_some(Self::Typed),
            filter.tag.as_ref().map(|_| Self::Tag),
            filter.product_type.as_ref().map(|_| Self::ProductType),
            filter.status.map(Self::Status),
            filter.benefit.as_ref().map(|_| Self::Benefit),
            // Every status but one says it.
            (filter.living && filter.status.is_none()).then_some(Self::Living),
        ];
        parts.into_iter().flatten().collect()
    }

    /// The condition on the coupon `c`. What looks elsewhere does so as a value, which no planner turns into a join.
    pub(super) fn condition(self, asked: &Asked<'_>, values: &mut Values) -> String {
        let filter = asked.filter;
        match self {
            Self::Typed => typed(asked, values),
            Self::Tag => {
                let tag = values.put(filter.tag.clone());
                let has = "FROM coupon_tags AS t WHERE t.tenant_id = c.tenant_id AND t.coupon_id = c.id AND t.tag";
                format!("COALESCE((SELECT true {has} = {tag}), false)")
            }
            Self::ProductType => {
                let kind = values.put(filter.product_type.clone());
                format!(
                    "(COALESCE((SELECT true FROM coupon_product_types AS t WHERE t.tenant_id = c.tenant_id \
                     AND t.coupon_id = c.id AND t.product_type = {kind}), false) \
                     OR COALESCE((SELECT true FROM coupon_products AS x JOIN products AS p ON p.tenant_id = x.tenant_id \
                     AND p.id = x.product_id WHERE x.tenant_id = c.tenant_id AND x.coupon_id = c.id \
                     AND NOT x.excluded AND p.product_type = {kind} LIMIT 1), false))"
                )
            }
            Self::Status(status) => has_status(status, false, asked.now, values),
            Self::Benefit => {
                let kind = values.put(filter.benefit.clone());
                // The index of benefits is one of the rarer kinds; the words that say so have to stand here.
                let rarer = if is_common(filter) { "" } else { " AND c.benefit <> 'percentage'" };
                format!("c.benefit = {kind}{rarer}")
            }
            Self::Living => "c.deleted_at IS NULL".to_owned(),
        }
    }

    /// Statements that find the ids of coupons with this part, each so many at most: in an index, or along the list where
    /// nearly all have it; none where that would be in vain.
    pub(super) fn sources(self, asked: &Asked<'_>, tenant: &str, limit: u64, values: &mut Values) -> Vec<String> {
        let filter = asked.filter;
        match self {
            Self::Typed => {
                named(asked, tenant, limit, values).into_iter().chain(coded(asked, tenant, limit, values)).collect()
            }
            Self::Tag => {
                let tag = values.put(filter.tag.clone());
                let by_tag = asked.by("coupon_tags_by_tag");
                vec![format!(
                    "SELECT coupon_id AS id FROM coupon_tags {by_tag} WHERE tenant_id = {tenant} AND tag = {tag} \
                     LIMIT {limit}"
                )]
            }
            Self::ProductType => {
                let kind = values.put(filter.product_type.clone());
                let by_type = asked.by("coupon_product_types_by_type");
                vec![
                    format!(
                        "SELECT coupon_id AS id FROM coupon_product_types {by_type} WHERE tenant_id = {tenant} \
                         AND product_type = {kind} LIMIT {limit}"
                    ),
                    format!(
                        "SELECT x.coupon_id AS id FROM products AS p CROSS JOIN coupon_products AS x \
                         WHERE p.tenant_id = {tenant} AND p.product_type = {kind} AND x.tenant_id = {tenant} \
                         AND x.product_id = p.id AND NOT x.excluded LIMIT {limit}"
                    ),
                ]
            }
            Self::Living => Vec::new(),
            Self::Status(_) | Self::Benefit => {
                let condition = match self {
                    Self::Status(status @ (Status::Expired | Status::Active | Status::Scheduled)) => {
                        has_status(status, true, asked.now, values)
                    }
                    _ => self.condition(asked, values),
                };
                let gift = asked.gift();
                vec![format!(
                    "SELECT c.id FROM coupons AS c WHERE c.tenant_id = {tenant} AND {gift} AND {condition} LIMIT {limit}"
                )]
            }
        }
    }
}

impl Asked<'_> {
    /// Has SQLite use this index. Where most rows have one value it may otherwise read the table from its beginning, in the
    /// hope of soon having found as many as are wanted; for a rare value that is the whole table.
    fn by(&self, index: &str) -> String {
        if self.postgres { String::new() } else { format!("INDEXED BY {index}") }
    }

    /// What makes `\` the escape of a pattern: in PostgreSQL it is, and to say so would keep its index from being used.
    fn escape(&self) -> &'static str {
        if self.postgres { "" } else { r" ESCAPE '\'" }
    }

    /// The condition of the tab.
    pub(super) fn gift(&self) -> &'static str {
        of_tab(self.filter.gift, self.postgres)
    }
}

fn is_common(filter: &Filter) -> bool {
    filter.benefit.as_deref() == Some("percentage")
}

/// A code or the name of the coupon `c` contains what was typed, or begins with it where that is short.
fn typed(asked: &Asked<'_>, values: &mut Values) -> String {
    let name = name_of(asked, values);
    let Some(needle) = CodeKey::needle(&asked.filter.typed) else { return name };
    let like = if needle.len() < TRIGRAM { format!("{needle}%") } else { format!("%{needle}%") };
    let like = values.put(like);
    format!(
        "({name} OR COALESCE((SELECT true FROM codes AS k WHERE k.tenant_id = c.tenant_id AND k.coupon_id = c.id \
         AND k.key LIKE {like} LIMIT 1), false))"
    )
}

/// The name of the coupon `c` contains the needle. One that is too short for an index of trigrams is what the name begins
/// with, unless it is no beginning of a word, which is looked for in all names.
fn name_of(asked: &Asked<'_>, values: &mut Values) -> String {
    let needle = name_needle(asked.filter);
    if needle.chars().count() < TRIGRAM && needle.chars().all(char::is_alphanumeric) {
        let (from, to) = (values.put(needle.clone()), values.put(format!("{needle}\u{10ffff}")));
        return format!("(c.name_folded >= {from} AND c.name_folded < {to})");
    }
    let like = values.put(pattern(&needle));
    format!("c.name_folded LIKE {like}{}", asked.escape())
}

/// Coupons by name.
fn named(asked: &Asked<'_>, tenant: &str, limit: u64, values: &mut Values) -> Option<String> {
    let needle = name_needle(asked.filter);
    if asked.postgres || needle.chars().count() < TRIGRAM {
        let (gift, name) = (asked.gift(), name_of(asked, values));
        return Some(format!(
            "SELECT c.id FROM coupons AS c WHERE c.tenant_id = {tenant} AND {gift} AND {name} LIMIT {limit}"
        ));
    }
    let phrase = values.put(phrase(&needle));
    Some(format!(
        "SELECT c.id FROM coupons_search AS s CROSS JOIN coupons AS c ON c.seq = s.rowid \
         WHERE s.name_folded MATCH {phrase} AND c.tenant_id = {tenant} LIMIT {limit}"
    ))
}

/// Coupons by code: by any part of it, or by its beginning where what was typed is too short for the index.
fn coded(asked: &Asked<'_>, tenant: &str, limit: u64, values: &mut Values) -> Option<String> {
    let needle = CodeKey::needle(&asked.filter.typed)?;
    if needle.len() < TRIGRAM {
        // A range, because LIKE finds no index in SQLite. Every key is made of letters below `[`.
        let (from, to) = (values.put(needle.clone()), values.put(format!("{needle}[")));
        return Some(format!(
            "SELECT coupon_id AS id FROM codes WHERE tenant_id = {tenant} AND key >= {from} AND key < {to} LIMIT {limit}"
        ));
    }
    if asked.postgres {
        let like = values.put(format!("%{needle}%"));
        // As the index says it, which is of no use for looking keys up.
        return Some(format!(
            "SELECT coupon_id AS id FROM codes WHERE tenant_id = {tenant} AND (key || '') LIKE {like} LIMIT {limit}"
        ));
    }
    let phrase = values.put(phrase(&needle));
    Some(format!(
        "SELECT k.coupon_id AS id FROM codes_search AS s CROSS JOIN codes AS k ON k.seq = s.rowid \
         WHERE s.key MATCH {phrase} AND k.tenant_id = {tenant} LIMIT {limit}"
    ))
}

fn name_needle(filter: &Filter) -> String {
    filter.typed.trim().to_lowercase()
}

/// Nothing in the needle is a wildcard.
fn pattern(needle: &str) -> String {
    format!("%{}%", needle.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_"))
}

/// The needle goes in as one quoted phrase, so that nothing in it is an operator of the index's query language.
fn phrase(needle: &str) -> String {
    format!("\"{}\"", needle.replace('"', "\"\""))
}
