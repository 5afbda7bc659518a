//! How tenants are found.

use crate::db::bulk::padded;
use crate::db::tables::tenants::{Column, Entity};
use crate::db::tables::{coupons, credit_entries, orders, products, redemptions};
use crate::error::Error;
use crate::tenants::Tenant;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect,
};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// The tenants that answer at some hostnames.
#[derive(Debug)]
pub enum Hosts {
    /// There is no tenant yet.
    None,
    /// There is only one, which answers at all of them.
    Only(Box<Tenant>),
    /// Tenants by their hostnames, in small letters.
    Named(BTreeMap<String, Tenant>),
}

impl Hosts {
    /// Finds the tenants of these hostnames (without their ports, in small letters).
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn find(connection: &impl ConnectionTrait, hostnames: &BTreeSet<String>) -> Result<Self, Error> {
        // Two rows are enough to know whether there is only one.
        let some = Entity::find().limit(2).all(connection).await?;
        match <[_; 1]>::try_from(some) {
            Ok([only]) => Ok(Self::Only(Box::new(only.try_into()?))),
            Err(some) if some.is_empty() => Ok(Self::None),
            Err(_) => {
                let named = Entity::find().filter(Column::Hostname.is_in(padded(hostnames))).all(connection).await?;
                let by_name = named.into_iter().filter_map(|row| Some((row.hostname.clone()?, row)));
                Ok(Self::Named(by_name.map(|(name, row)| Ok((name, row.try_into()?))).collect::<Result<_, Error>>()?))
            }
        }
    }

    /// The tenant that answers at one of them.
    ///
    /// # Errors
    /// [`Error::NotSetUp`] while there is none, [`Error::NotFound`] when the hostname is nobody's.
    pub fn at(&self, hostname: &str) -> Result<&Tenant, Error> {
        match self {
            Self::None => Err(Error::NotSetUp),
            Self::Only(tenant) => Ok(tenant),
            Self::Named(tenants) => tenants.get(hostname).ok_or(Error::NotFound),
        }
    }
}

/// The tenant with this id.
///
/// # Errors
/// When the database does not answer.
pub async fn by_id(connection: &impl ConnectionTrait, id: Uuid) -> Result<Option<Tenant>, Error> {
    Entity::find_by_id(id).one(connection).await?.map(TryInto::try_into).transpose()
}

/// The tenant with this short name.
///
/// # Errors
/// When the database does not answer.
pub async fn by_slug(connection: &impl ConnectionTrait, slug: &str) -> Result<Option<Tenant>, Error> {
    Entity::find().filter(Column::Slug.eq(slug)).one(connection).await?.map(TryInto::try_into).transpose()
}

/// Whether amounts exist in the tenant's currency, so that it cannot change any more.
///
/// # Errors
/// When the database does not answer.
pub async fn has_money(connection: &impl ConnectionTrait, tenant: Uuid) -> Result<bool, Error> {
    let amounts = Condition::any()
        .add(coupons::Column::Amount.is_not_null())
        .add(coupons::Column::MaximumDiscount.is_not_null())
        .add(coupons::Column::Budget.is_not_null())
        .add(coupons::Column::MinimumAmount.gt(0));
    let coupon = coupons::Entity::find().filter(coupons::Column::TenantId.eq(tenant)).filter(amounts);
    let credit = credit_entries::Entity::find().filter(credit_entries::Column::TenantId.eq(tenant));
    let product = products::Entity::find()
        .filter(products::Column::TenantId.eq(tenant))
        .filter(products::Column::Price.is_not_null());
    let redeemed = redemptions::Entity::find()
        .filter(redemptions::Column::TenantId.eq(tenant))
        .filter(Condition::any().add(redemptions::Column::AmountBefore.gt(0)).add(redemptions::Column::Discount.gt(0)));
    let ordered = orders::Entity::find().filter(orders::Column::TenantId.eq(tenant));
    // What has no index of its own comes last.
    Ok(coupon.one(connection).await?.is_some()
        || credit.one(connection).await?.is_some()
        || product.one(connection).await?.is_some()
        || ordered.one(connection).await?.is_some()
        || redeemed.one(connection).await?.is_some())
}

/// Keeps the tenant's currency as it is until the transaction ends: amounts that are about to be written were read in
/// it. A change of the currency waits for that, and then finds the amounts.
///
/// # Errors
/// [`Error::Conflict`] when it changed since the request began.
pub async fn keep_currency(tx: &DatabaseTransaction, tenant: &Tenant) -> Result<(), Error> {
    let now = Entity::find_by_id(tenant.id).lock_shared().one(tx).await?.ok_or(Error::NotFound)?;
    if now.currency == tenant.row.currency {
        return Ok(());
    }
    Err(Error::Conflict(format!(
        "The currency was changed to {} meanwhile. Open the page anew; nothing was saved.",
        now.currency
    )))
}

/// Locks the tenant, so that whatever is found out about it holds until the transaction ends.
///
/// # Errors
/// [`Error::NotFound`] when there is no such tenant.
pub async fn lock(tx: &DatabaseTransaction, tenant: Uuid) -> Result<(), Error> {
    Entity::find_by_id(tenant).lock_exclusive().one(tx).await?.map(|_| ()).ok_or(Error::NotFound)
}

/// How many tenants there are beside this one without a hostname of their own.
///
/// # Errors
/// When the database does not answer.
pub async fn nameless_beside(connection: &impl ConnectionTrait, id: Option<Uuid>) -> Result<u64, Error> {
    let mut others = Condition::all().add(Column::Hostname.is_null());
    if let Some(id) = id {
        others = others.add(Column::Id.into_expr().ne(id));
    }
    Ok(Entity::find().filter(others).count(connection).await?)
}
