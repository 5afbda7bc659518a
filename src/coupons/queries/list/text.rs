//! The statements of the list.

use super::look::FEW;
use super::part::{Asked, Part};
use super::read::Written;
use crate::coupons::queries::filter::{Filter, SortKey};
use crate::coupons::queries::status::LAST_DAY;
use crate::db::tables::coupons;
use crate::db::values::Values;
use chrono::{DateTime, Utc};
use sea_orm::Value;
use uuid::Uuid;

/// How many were looked at in the source that has most, and how many of all match.
const COUNTS: &str = "SELECT (SELECT rows FROM most) AS looked, (SELECT count(*) FROM found) AS total";

/// Where a page begins, and in which direction it is read.
pub(super) struct Place {
    pub backwards: bool,
    pub edge: Option<Edge>,
}

/// The row at the edge of the page before.
pub(super) struct Edge {
    pub id: Uuid,
    /// What the list is sorted by, if not by id alone.
    pub key: Option<Value>,
}

impl Edge {
    /// As this order sees it.
    pub(super) fn of(row: &coupons::Model, key: SortKey) -> Self {
        let key = match key {
            SortKey::Created => None,
            SortKey::Name => Some(row.name_folded.clone().into()),
            SortKey::Uses => Some(row.uses.into()),
            SortKey::ValidUntil => Some(row.valid_until.unwrap_or_else(no_end).into()),
        };
        Self { id: row.id, key }
    }
}

/// What the statements are made from.
pub(super) struct Text<'a> {
    pub tenant: Uuid,
    pub filter: &'a Filter,
    pub now: DateTime<Utc>,
    pub place: Place,
    /// Rows to read.
    pub rows: usize,
    pub postgres: bool,
}

impl Text<'_> {
    /// Walks the list in its order, and keeps these columns of what matches.
    pub(super) fn walk(&self, columns: &str, parts: &[Part]) -> Written {
        let (asked, mut values) = (self.asked(), Values::default());
        let mut conditions = self.onward(&asked, &mut values);
        conditions.extend(parts.iter().map(|part| part.condition(&asked, &mut values)));
        let sql = format!(
            "SELECT {columns} FROM coupons AS c WHERE {} ORDER BY {} LIMIT {}",
            conditions.join(" AND "),
            self.order(),
            self.rows,
        );
        (sql, values.into())
    }

    /// The ids of what matches among no more than so many rows of it.
    pub(super) fn walk_near(&self, parts: &[Part], near: u64) -> Written {
        let (asked, mut values) = (self.asked(), Values::default());
        let (list, order) = (self.onward(&asked, &mut values).join(" AND "), self.order());
        let conditions: Vec<String> = parts.iter().map(|part| part.condition(&asked, &mut values)).collect();
        // SQLite reads them as they come, in their order; if it were said once more, it would sort all of them first.
        let sorted = if self.postgres { format!("ORDER BY {order}") } else { String::new() };
        let sql = format!(
            "SELECT c.id FROM (SELECT * FROM coupons AS c WHERE {list} ORDER BY {order} LIMIT {near}) AS c \
             WHERE {} {sorted} LIMIT {}",
            conditions.join(" AND "),
            self.rows,
        );
        (sql, values.into())
    }

    /// The rows of the list from where the page begins.
    fn onward(&self, asked: &Asked<'_>, values: &mut Values) -> Vec<String> {
        let tenant = values.put(self.tenant);
        let list = [format!("c.tenant_id = {tenant}"), asked.gift().to_owned()];
        list.into_iter().chain(self.beyond(values)).collect()
    }

    /// Looks the coupons of one part up, sorts those that match the rest if they are no more than `most`, and counts both;
    /// `None` where no index finds them. There is always a row: what was counted stands in each. Of a few more than `most`
    /// it is counted how many match, at least; of many not.
    pub(super) fn of_part(&self, part: Part, most: u64) -> Option<Written> {
        let mut values = Values::default();
        let tenant = values.put(self.tenant);
        let found = self.found(part, (&tenant, most), &mut values)?;
        let order = self.order();
        let beyond = self.beyond(&mut values).map(|beyond| format!(" AND {}", beyond.replace("c.", "found.")));
        let sql = format!(
            "{found}, \
             page AS MATERIALIZED (SELECT * FROM found WHERE {is_all}{beyond} ORDER BY {sorting} LIMIT {rows}) \
             SELECT page.id, n.looked, n.total FROM ({COUNTS}) AS n LEFT JOIN page ON true ORDER BY {sorted}",
            is_all = is_all(most),
            beyond = beyond.unwrap_or_default(),
            sorting = order.replace("c.", "found."),
            rows = self.rows,
            sorted = order.replace("c.", "page."),
        );
        Some((sql, values.into()))
    }

    /// Counts them alone, in one row.
    pub(super) fn count_of_part(&self, part: Part, most: u64) -> Option<Written> {
        let mut values = Values::default();
        let tenant = values.put(self.tenant);
        let found = self.found(part, (&tenant, most), &mut values)?;
        Some((format!("{found} {COUNTS}"), values.into()))
    }

    /// Those of a part that were looked at, and those of them that match the rest.
    fn found(&self, part: Part, (tenant, most): (&str, u64), values: &mut Values) -> Option<String> {
        let asked = self.asked();
        let sources = part.sources(&asked, tenant, most + 1, values);
        if sources.is_empty() {
            return None;
        }
        let of_source = |(number, source)| format!("SELECT id, {number} AS source FROM ({source}) AS s");
        let sources: Vec<String> = sources.into_iter().enumerate().map(of_source).collect();
        let rest = Part::of(self.filter).into_iter().filter(|other| *other != part);
        let mut conditions = vec![asked.gift().to_owned()];
        conditions.extend(rest.map(|part| part.condition(&asked, values)));
        let counted = if most > FEW { format!("WHERE {}", is_all(most)) } else { String::new() };
        Some(format!(
            "WITH looked AS MATERIALIZED ({sources}), \
             most AS MATERIALIZED (SELECT COALESCE(max(rows), 0) AS rows \
                FROM (SELECT count(*) AS rows FROM looked GROUP BY source) AS counted), \
             few AS MATERIALIZED (SELECT DISTINCT id FROM looked {counted}), \
             found AS MATERIALIZED (SELECT c.id, c.name_folded, c.uses, c.valid_until FROM few CROSS JOIN coupons AS c \
                WHERE c.tenant_id = {tenant} AND c.id = few.id AND {conditions})",
            sources = sources.join(" UNION ALL "),
            conditions = conditions.join(" AND "),
        ))
    }

    fn asked(&self) -> Asked<'_> {
        Asked { filter: self.filter, postgres: self.postgres, now: self.now }
    }

    fn is_descending(&self) -> bool {
        self.filter.sort.descending != self.place.backwards
    }

    fn order(&self) -> String {
        let direction = if self.is_descending() { "DESC" } else { "ASC" };
        match key(self.filter.sort.key) {
            Some(key) => format!("{key} {direction}, c.id {direction}"),
            None => format!("c.id {direction}"),
        }
    }

    /// The rows on the far side of the edge.
    fn beyond(&self, values: &mut Values) -> Option<String> {
        let edge = self.place.edge.as_ref()?;
        let far = if self.is_descending() { "<" } else { ">" };
        let id = values.put(edge.id);
        Some(match (key(self.filter.sort.key), edge.key.clone()) {
            (Some(key), Some(value)) => format!("({key}, c.id) {far} ({}, {id})", values.put(value)),
            _ => format!("c.id {far} {id}"),
        })
    }
}

fn is_all(most: u64) -> String {
    format!("(SELECT rows FROM most) <= {most}")
}

/// What comes before the id in the order; an end that is open counts as the last of all.
fn key(key: SortKey) -> Option<&'static str> {
    match key {
        SortKey::Created => None,
        SortKey::Name => Some("c.name_folded"),
        SortKey::Uses => Some("c.uses"),
        SortKey::ValidUntil => Some(LAST_DAY),
    }
}

fn no_end() -> DateTime<Utc> {
    const LAST_SECOND_OF_9999: i64 = 253_402_300_799;
    DateTime::from_timestamp(LAST_SECOND_OF_9999, 0).unwrap_or(DateTime::<Utc>::MAX_UTC)
}
