//! The doctor: recounts every counter, balance and grant of a tenant from the rows that are the record, and tells what
//! differs from what is kept beside them.
//!
//! A redemption that is held counts in `held` with all that it takes. A confirmed or reversed one counts in `uses` with
//! what it took, less what was reversed if its terms give uses back. Released and expired ones count nowhere. What the
//! rows themselves contradict each other in is told too, and left alone: nobody but a person can say which is right.

mod count;
mod ledger;
mod repair;

pub use repair::{Outcome, repair};

use crate::db::Db;
use crate::error::Error;
use crate::redemptions::world::{Counter, Rows};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

/// What is counted twice: in rows, and in a figure kept beside them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The counters of a coupon.
    Coupon(Uuid),
    /// The counters of a code.
    Code {
        /// Its coupon.
        coupon: Uuid,
        /// The code.
        code: Uuid,
    },
    /// A counter of a person, an organization, a product, or of what a person had free.
    Usage(Counter),
    /// The balance of an organization.
    Balance(Uuid),
    /// The grants of a redemption, which are live as long as it is confirmed.
    Grants {
        /// The redemption.
        redemption: Uuid,
        /// Its coupon.
        coupon: Uuid,
        /// The organization that has the limits.
        organization: Uuid,
    },
    /// The balances after each entry of an organization's ledger, which lead from one to the next. Never repaired.
    Ledger(Uuid),
    /// A redemption and its own lines, grants and ledger entries. Never repaired.
    Redemption(Uuid),
}

/// A figure as it was counted from the rows, and as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What the rows say.
    pub counted: i64,
    /// What is kept.
    pub kept: i64,
}

/// Something that is not as the rows say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What.
    pub what: What,
    /// What people know it by.
    pub label: String,
    /// The figures that differ, at least one.
    pub fields: Vec<Field>,
}

impl What {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Coupon(_) => "coupon",
            Self::Code { .. } => "code",
            Self::Usage(Counter::Person { .. }) => "uses of a person",
            Self::Usage(Counter::Organization { .. }) => "uses of an organization",
            Self::Usage(Counter::Product { .. }) => "uses of a product",
            Self::Usage(Counter::Free { .. }) => "free units of a person",
            Self::Balance(_) => "credit balance",
            Self::Grants { .. } => "limit grants",
            Self::Ledger(_) => "ledger",
            Self::Redemption(_) => "redemption",
        }
    }

    /// Its ids: the owner, and what of it where there are many.
    #[must_use]
    pub fn which(self) -> String {
        match self {
            Self::Coupon(id) | Self::Balance(id) | Self::Ledger(id) | Self::Redemption(id) => id.to_string(),
            Self::Code { code, .. } => code.to_string(),
            Self::Usage(counter) => {
                let (_, owner, subject) = counter.columns();
                format!("{owner}/{subject}")
            }
            Self::Grants { redemption, .. } => redemption.to_string(),
        }
    }

    /// Whether a count can be put in its place.
    #[must_use]
    pub const fn can_be_repaired(self) -> bool {
        !matches!(self, Self::Ledger(_) | Self::Redemption(_))
    }

    /// The rows that the desk locks before it moves this.
    fn rows(self) -> Rows {
        let mut rows = Rows::default();
        match self {
            Self::Coupon(coupon) => _ = rows.coupons.insert(coupon),
            Self::Code { coupon, code } => _ = (rows.coupons.insert(coupon), rows.codes.insert(code)),
            Self::Usage(Counter::Free { person, .. }) => _ = rows.persons.insert(person),
            Self::Usage(
                Counter::Person { coupon, .. } | Counter::Organization { coupon, .. } | Counter::Product { coupon, .. },
            ) => _ = rows.coupons.insert(coupon),
            Self::Balance(organization) | Self::Ledger(organization) => _ = rows.organizations.insert(organization),
            Self::Grants { coupon, organization, .. } => {
                _ = (rows.organizations.insert(organization), rows.coupons.insert(coupon));
            }
            Self::Redemption(_) => {}
        }
        rows
    }
}

/// Everything of a tenant that is not as its rows say, as of one instant.
///
/// # Errors
/// When the database does not answer.
pub async fn examine(db: &Db, tenant: Uuid) -> Result<Vec<Difference>, Error> {
    let instant = db.instant().await?;
    let mut found = Vec::new();
    found.extend(count::coupons(&instant, tenant, None).await?);
    found.extend(count::codes(&instant, tenant, None).await?);
    for scope in count::HOLDERS {
        found.extend(count::holders(&instant, tenant, scope, None).await?);
    }
    for scope in count::PRODUCTS {
        found.extend(count::products(&instant, tenant, scope).await?);
    }
    found.extend(ledger::balances(&instant, tenant, None).await?);
    found.extend(ledger::grants(&instant, tenant, None).await?);
    found.extend(ledger::chains(&instant, tenant).await?);
    found.extend(ledger::redemptions(&instant, tenant).await?);
    let mut differences = Vec::with_capacity(found.len());
    for (what, fields) in found {
        differences.push(Difference { what, label: label(&instant, tenant, what).await?, fields });
    }
    Ok(differences)
}

/// What is counted, with the figures that differ.
type Found = (What, Vec<Field>);

/// The figures that differ among these.
fn differing(fields: impl IntoIterator<Item = (&'static str, i64, i64)>) -> Vec<Field> {
    let fields = fields.into_iter().filter(|(_, counted, kept)| counted != kept);
    fields.map(|(name, counted, kept)| Field { name, counted, kept }).collect()
}

/// What people know it by: a coupon's name, a code's text, an organization's name, one of a person's names.
async fn label(connection: &impl ConnectionTrait, tenant: Uuid, what: What) -> Result<String, Error> {
    let (sql, id) = match what {
        What::Coupon(id)
        | What::Usage(
            Counter::Person { coupon: id, .. }
            | Counter::Organization { coupon: id, .. }
            | Counter::Product { coupon: id, .. },
        ) => ("SELECT name AS label FROM coupons WHERE tenant_id = $1 AND id = $2", id),
        What::Code { code, .. } => ("SELECT text AS label FROM codes WHERE tenant_id = $1 AND id = $2", code),
        What::Usage(Counter::Free { person, .. }) => (
            "SELECT kind || ' ' || key AS label FROM person_aliases WHERE tenant_id = $1 AND person_id = $2 \
             ORDER BY kind, key LIMIT 1",
            person,
        ),
        What::Balance(id) | What::Ledger(id) => {
            ("SELECT name AS label FROM organizations WHERE tenant_id = $1 AND id = $2", id)
        }
        What::Grants { redemption: id, .. } | What::Redemption(id) => (
            "SELECT c.text AS label FROM redemptions r JOIN codes c ON c.tenant_id = r.tenant_id AND c.id = r.code_id \
             WHERE r.tenant_id = $1 AND r.id = $2",
            id,
        ),
    };
    let row = connection.query_one_raw(count::statement(connection, sql, [tenant.into(), id.into()])).await?;
    Ok(match row {
        Some(row) => row.try_get("", "label")?,
        None => String::new(),
    })
}
