//! Coupons, as their list is filtered: newest first, a row each.

use super::{PAGE, Page};
use crate::coupons::benefit::Benefit;
use crate::coupons::coupon::Coupon;
use crate::coupons::queries::{self, Choices, Filter as CouponFilter, FirstCode};
use crate::coupons::summary;
use crate::db::Db;
use crate::error::Error;
use crate::exports::filter::Filter;
use crate::sheets::{Cell, Column, Row};
use crate::tenants::Tenant;
use crate::web::paging::Cursor;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// What is said of a coupon.
pub const COLUMNS: &[Column] = &[
    Column { name: "code", width: 22 },
    Column { name: "codes", width: 8 },
    Column { name: "name", width: 26 },
    Column { name: "status", width: 11 },
    Column { name: "benefit", width: 26 },
    Column { name: "benefit_kind", width: 14 },
    Column { name: "percent", width: 9 },
    Column { name: "amount", width: 12 },
    Column { name: "maximum_discount", width: 17 },
    Column { name: "currency", width: 9 },
    Column { name: "applies_to", width: 30 },
    Column { name: "minimum_amount", width: 16 },
    Column { name: "valid_from", width: 20 },
    Column { name: "valid_until", width: 20 },
    Column { name: "uses_per", width: 9 },
    Column { name: "uses", width: 8 },
    Column { name: "held", width: 8 },
    Column { name: "max_uses", width: 10 },
    Column { name: "max_uses_per_person", width: 20 },
    Column { name: "max_uses_per_organization", width: 26 },
    Column { name: "max_uses_per_product", width: 21 },
    Column { name: "spent", width: 12 },
    Column { name: "spent_held", width: 12 },
    Column { name: "budget", width: 12 },
    Column { name: "discounted_periods", width: 18 },
    Column { name: "tags", width: 20 },
    Column { name: "gift", width: 6 },
    Column { name: "description", width: 40 },
    Column { name: "note", width: 40 },
    Column { name: "created_at", width: 20 },
    Column { name: "paused_at", width: 20 },
    Column { name: "deleted_at", width: 20 },
    Column { name: "coupon_id", width: 38 },
];

/// How far they have been read.
pub struct Coupons {
    db: Db,
    tenant: Tenant,
    choices: Choices,
    filter: CouponFilter,
    asked_at: DateTime<Utc>,
    cursor: Option<Cursor>,
}

impl Coupons {
    pub(super) async fn open(
        db: &Db,
        tenant: &Tenant,
        filter: &Filter,
        asked_at: DateTime<Utc>,
    ) -> Result<Self, Error> {
        let choices = Choices::load(db.read(), tenant.id).await?;
        let filter = filter.of_coupons(&choices)?;
        let cursor = Some(Cursor::default());
        Ok(Self { db: db.clone(), tenant: tenant.clone(), choices, filter, asked_at, cursor })
    }

    /// The kept total of the tab; what a filter leaves is found only by reading it.
    pub(super) fn total(&self) -> Option<i64> {
        let all = self.choices.kept(self.filter.gift).living;
        (!self.filter.narrows()).then(|| i64::try_from(all).unwrap_or(i64::MAX))
    }

    pub(super) async fn next(&mut self) -> Result<Option<Page>, Error> {
        let Some(cursor) = self.cursor.take() else { return Ok(None) };
        let (tenant, as_of) = (self.tenant.id, self.asked_at);
        let found = queries::coupons(&self.db, tenant, &self.filter, (&cursor, PAGE), as_of).await?;
        self.cursor = found.next.map(|after| Cursor { after: Some(after), before: None });
        let ids: Vec<Uuid> = found.rows.iter().map(|coupon| coupon.id).collect();
        let codes = queries::first_codes(self.db.read(), tenant, &ids).await?;
        let there = found.rows.iter().filter(|coupon| coupon.created_at <= as_of);
        let rows: Vec<Row> = there.map(|coupon| self.row(coupon, codes.get(&coupon.id))).collect();
        Ok(Some(Page { read: i64::try_from(rows.len()).unwrap_or_default(), rows }))
    }

    fn row(&self, coupon: &Coupon, code: Option<&FirstCode>) -> Row {
        let decimals = self.tenant.currency.exponent();
        let money = |amount: Option<i64>| Cell::money(amount, decimals);
        let (percent, amount, most) = match &coupon.benefit {
            Benefit::Percentage { basis_points, max_discount } => {
                (Cell::Decimal(basis_points.get(), 2), None, *max_discount)
            }
            Benefit::FixedAmount { amount } | Benefit::Credit { amount } => (Cell::Empty, Some(*amount), None),
            Benefit::Limits { .. } => (Cell::Empty, None, None),
        };
        let counters = &coupon.counters;
        vec![
            Cell::text(code.map_or("", |code| code.text.as_str())),
            Cell::Whole(code.map_or(0, |code| code.codes)),
            Cell::text(coupon.name.as_str()),
            Cell::text(coupon.status(self.asked_at).code()),
            Cell::text(summary::benefit(coupon, &self.choices, &self.tenant)),
            Cell::text(coupon.benefit.kind()),
            percent,
            money(amount),
            money(most),
            Cell::text(self.tenant.currency.to_string()),
            Cell::text(summary::applies_to(coupon, &self.choices)),
            money(Some(coupon.minimum_amount).filter(|amount| *amount > 0)),
            Cell::time(coupon.valid_from),
            Cell::time(coupon.valid_until),
            Cell::text(coupon.uses_per.word()),
            Cell::Whole(counters.uses),
            Cell::Whole(counters.held),
            Cell::whole(coupon.max_uses),
            Cell::whole(coupon.max_uses_per_person),
            Cell::whole(coupon.max_uses_per_organization),
            Cell::whole(coupon.max_uses_per_product),
            money(Some(counters.spent)),
            money(Some(counters.spent_held)),
            money(coupon.budget),
            Cell::whole(coupon.discounted_periods),
            Cell::text(coupon.tags.join(", ")),
            Cell::text(if coupon.gift { "yes" } else { "no" }),
            Cell::text(coupon.description.as_str()),
            Cell::text(coupon.note.as_str()),
            Cell::Time(coupon.created_at),
            Cell::time(coupon.paused_at),
            Cell::time(coupon.deleted_at),
            Cell::id(coupon.id),
        ]
    }
}
