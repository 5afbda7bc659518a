//! What people call the products and persons that coupons point at.

use crate::coupons::changes::{Names, listed_products};
use crate::coupons::coupon::Coupon;
use crate::db::tables::{person_aliases, products, users};
use crate::error::Error;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The names of the products these coupons list, and of these persons.
///
/// # Errors
/// When the database does not answer.
pub async fn of(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    coupons: &[&Coupon],
    people: &[Uuid],
) -> Result<Names, Error> {
    let listed: Vec<Uuid> = coupons.iter().flat_map(|coupon| listed_products(coupon)).collect();
    Ok(Names {
        products: product_names(connection, tenant, &listed).await?,
        people: person_names(connection, tenant, people).await?,
    })
}

async fn product_names(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    ids: &[Uuid],
) -> Result<BTreeMap<Uuid, String>, Error> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows: Vec<(Uuid, String)> = products::Entity::find()
        .select_only()
        .column(products::Column::Id)
        .column(products::Column::Name)
        .filter(products::Column::TenantId.eq(tenant))
        .filter(products::Column::Id.is_in(ids.iter().copied()))
        .into_tuple()
        .all(connection)
        .await?;
    Ok(rows.into_iter().collect())
}

/// Each person by an e-mail address: the user's own, or the one it was assigned under.
async fn person_names(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    ids: &[Uuid],
) -> Result<BTreeMap<Uuid, String>, Error> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    // `user` sorts behind `email`, so that its address is the one that stays. A caller's own id is no name for people.
    let aliases = person_aliases::Entity::find()
        .filter(person_aliases::Column::TenantId.eq(tenant))
        .filter(person_aliases::Column::PersonId.is_in(ids.iter().copied()))
        .filter(person_aliases::Column::Kind.is_in(["email", "user"]))
        .order_by_asc(person_aliases::Column::Kind)
        .all(connection)
        .await?;
    let user_ids = aliases.iter().filter(|row| row.kind == "user").filter_map(|row| row.key.parse::<Uuid>().ok());
    let users: Vec<(Uuid, String)> = users::Entity::find()
        .select_only()
        .column(users::Column::Id)
        .column(users::Column::Email)
        .filter(users::Column::Id.is_in(user_ids))
        .into_tuple()
        .all(connection)
        .await?;
    let addresses: BTreeMap<String, String> = users.into_iter().map(|(id, email)| (id.to_string(), email)).collect();
    let name = |kind: &str, key: String| if kind == "user" { addresses.get(&key).cloned().unwrap_or(key) } else { key };
    Ok(aliases.into_iter().map(|row| (row.person_id, name(&row.kind, row.key))).collect())
}
