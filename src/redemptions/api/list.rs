//! `GET /api/v1/redemptions`: every use of every code, found by what a caller remembers of it.

use super::shapes::RedemptionShown;
use crate::accounts::caller::SettlesRedemptions;
use crate::coupons;
use crate::db::Db;
use crate::error::Error;
use crate::redemptions::log::filter::DAY;
use crate::redemptions::queries::{self, Asked};
use crate::redemptions::redemption::State;
use crate::redemptions::rows;
use crate::web::api::{self, Limit, List, Query};
use crate::web::paging::{Cursor, Slice};
use actix_web::{HttpResponse, web};
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

/// What is looked for; everything that is said must fit.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RedemptionsWanted {
    /// The whole reference of an order, as the caller said it.
    #[schemars(extend("examples" = ["A-1001"]))]
    pub order_ref: String,
    /// A code as somebody types it.
    pub code: String,
    /// The id of a person, an e-mail address, the caller's own id of its customer, or a part of the name or address of
    /// somebody with an account.
    pub person: String,
    /// For this organization.
    pub organization_id: Option<Uuid>,
    /// Of this coupon.
    pub coupon_id: Option<Uuid>,
    /// In this state now.
    pub state: Option<State>,
    /// Only those that somebody has to look at.
    pub needs_attention: bool,
    /// The first day, in the tenant's zone, or an instant.
    #[schemars(regex(pattern = DAY))]
    pub from: String,
    /// The last day, which counts whole, or an instant.
    #[schemars(regex(pattern = DAY))]
    pub until: String,
    /// The `next` of the page before.
    #[schemars(with = "Option<Uuid>")]
    pub after: Option<String>,
    /// So many at once.
    pub limit: Option<Limit>,
}

/// `GET /api/v1/redemptions`, newest first.
///
/// # Errors
/// [`Error::BadQuery`] for a filter or a cursor that there is not.
pub async fn index(
    who: SettlesRedemptions,
    db: web::Data<Db>,
    Query(wanted): Query<RedemptionsWanted>,
) -> Result<HttpResponse, Error> {
    let text = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    let asked = Asked {
        code: &wanted.code,
        order: &wanted.order_ref,
        person: &wanted.person,
        organization: &text(wanted.organization_id),
        coupon: &text(wanted.coupon_id),
        state: wanted.state,
        needs_attention: wanted.needs_attention,
        from: &wanted.from,
        until: &wanted.until,
    };
    let place = (&Cursor { after: wanted.after, before: None }, wanted.limit.unwrap_or_default().get());
    place.0.ids()?;
    let (tenant, connection) = (&who.tenant, db.read());
    let found = match asked.wanted(&db, tenant).await? {
        Some(wanted) => queries::rows(connection, tenant.id, &wanted, place, who.now).await?,
        None => Slice { rows: Vec::new(), next: None, previous: None },
    };
    let (ids, codes): (Vec<Uuid>, Vec<Uuid>) = found.rows.iter().map(|row| (row.id, row.code_id)).unzip();
    let codes = coupons::rows::codes(connection, tenant.id, &codes).await?;
    let mut whole = rows::whole(connection, tenant.id, found.rows).await?;
    let shown = ids.iter().filter_map(|id| whole.remove(id)).map(|it| {
        let code = codes.get(&it.code_id).map(|code| code.text.to_string()).unwrap_or_default();
        RedemptionShown::new(tenant, it, code)
    });
    api::json(&List::from(Slice { rows: shown.collect(), next: found.next, previous: found.previous }))
}
