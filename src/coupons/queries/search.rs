//! Substring search: codes by their folded key, names by their lower case. SQLite asks its trigram index, PostgreSQL
//! its own; a needle too short for a trigram finds codes by their beginning.

use crate::coupons::code::CodeKey;
use crate::db::tables::{codes, coupons};
use sea_orm::sea_query::{Expr, ExprTrait, LikeExpr, Query, SelectStatement};
use sea_orm::{ColumnTrait, Condition};
use uuid::Uuid;

/// An index of trigrams needs this many characters.
const TRIGRAM: usize = 3;

/// Coupons of which a code or the name contains what was typed.
#[must_use]
pub fn matches(tenant: Uuid, typed: &str, is_postgres: bool) -> Condition {
    let typed = typed.trim();
    let mut found = Condition::any().add(name_contains(&typed.to_lowercase(), is_postgres));
    if let Some(needle) = CodeKey::needle(typed) {
        found = found.add(Expr::col((coupons::Entity, coupons::Column::Id)).in_subquery(coupons_with_code(
            tenant,
            &needle,
            is_postgres,
        )));
    }
    found
}

fn coupons_with_code(tenant: Uuid, needle: &str, is_postgres: bool) -> SelectStatement {
    let contains = if needle.len() < TRIGRAM {
        codes::Column::Key.like(format!("{needle}%"))
    } else if is_postgres {
        codes::Column::Key.like(format!("%{needle}%"))
    } else {
        in_index("codes.seq", "codes_search", needle)
    };
    Query::select()
        .column(codes::Column::CouponId)
        .from(codes::Entity)
        .and_where(Expr::col((codes::Entity, codes::Column::TenantId)).eq(tenant))
        .and_where(contains)
        .take()
}

fn name_contains(needle: &str, is_postgres: bool) -> sea_orm::sea_query::SimpleExpr {
    if is_postgres || needle.chars().count() < TRIGRAM {
        let pattern = format!("%{}%", needle.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_"));
        coupons::Column::NameFolded.like(LikeExpr::new(pattern).escape('\\'))
    } else {
        in_index("coupons.seq", "coupons_search", needle)
    }
}

/// The needle goes in as one quoted phrase, so that nothing in it is an operator of the index's query language.
fn in_index(seq: &str, index: &str, needle: &str) -> sea_orm::sea_query::SimpleExpr {
    let phrase = format!("\"{}\"", needle.replace('"', "\"\""));
    Expr::cust_with_values(format!("{seq} IN (SELECT rowid FROM {index} WHERE {index} MATCH ?)"), [phrase])
}
