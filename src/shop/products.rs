//! Products: what they are made of, how they are found, and the only ways to change them.

use crate::audit::{self, Actor, Change, Entry};
use crate::clock;
use crate::coupons::queries::products_named;
use crate::db::like;
use crate::db::newest;
use crate::db::tables::products::{ActiveModel, Column, Entity, Model};
use crate::error::{Error, is_taken};
use crate::tenants::{self, Tenant};
use crate::web::paging::{Cursor, Slice};
use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    QuerySelect,
};
use serde_json::{Value, json};
use uuid::Uuid;

/// A product as the database holds it.
pub type Product = Model;
/// Products a page.
pub const PAGE: usize = 30;

/// What an administrator says of a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductData {
    /// What people read.
    pub name: String,
    /// What programs call it; unique in the tenant.
    pub sku: String,
    /// The key of its kind.
    pub product_type: String,
    /// In minor units; only a private product may lack one.
    pub price: Option<i64>,
    /// Not shown in the shop; had with a code.
    pub private: bool,
    /// Sold under a licence that allows no discount.
    pub retail_licensed: bool,
}

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was made.
    Done,
    /// Another product has this sku; the transaction must not go on.
    SkuTaken,
    /// The tenant has no such product, or no such kind.
    NotFound,
}

/// One page of the products whose name or sku contains the needle, newest first, archived ones included.
///
/// # Errors
/// [`Error::BadQuery`] for a cursor that is none.
pub async fn page(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    needle: &str,
    cursor: &Cursor,
) -> Result<Slice<Product>, Error> {
    let find = Entity::find().filter(Column::TenantId.eq(tenant));
    let find = if needle.trim().is_empty() { find } else { find.filter(products_named(needle)) };
    newest::of_entity(connection, find, (Column::Id, |row| row.id), (cursor, PAGE)).await
}

/// One page of what the shop shows to everybody: what is neither private nor archived, whose name or sku contains the
/// needle, of this kind if one is named; newest first.
///
/// # Errors
/// [`Error::BadQuery`] for a cursor that is none.
pub async fn on_sale(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    (needle, kind): (&str, &str),
    cursor: &Cursor,
) -> Result<Slice<Product>, Error> {
    let mut find = Entity::find()
        .filter(Column::TenantId.eq(tenant))
        .filter(Column::Private.eq(false))
        .filter(Column::ArchivedAt.is_null());
    if !needle.trim().is_empty() {
        find = find.filter(products_named(needle));
    }
    if !kind.is_empty() {
        find = find.filter(Column::ProductType.eq(kind));
    }
    newest::of_entity(connection, find, (Column::Id, |row| row.id), (cursor, PAGE)).await
}

/// The product with this id.
///
/// # Errors
/// When the database does not answer.
pub async fn by_id(connection: &impl ConnectionTrait, tenant: Uuid, id: Uuid) -> Result<Option<Product>, Error> {
    Ok(Entity::find_by_id((tenant, id)).one(connection).await?)
}

/// Makes a product.
///
/// # Errors
/// When the database refuses it.
pub async fn create(
    tx: &DatabaseTransaction,
    actor: &Actor,
    tenant: &Tenant,
    data: &ProductData,
    now: DateTime<Utc>,
) -> Result<Outcome, Error> {
    tenants::queries::keep_currency(tx, tenant).await?;
    let id = clock::id_at(now);
    let mut row = columns(data, now);
    (row.tenant_id, row.id, row.created_at) = (Set(tenant.id), Set(id), Set(now));
    row.archived_at = Set(None);
    match Entity::insert(row).exec_without_returning(tx).await {
        Err(error) if is_taken(&error) => return Ok(Outcome::SkuTaken),
        other => other?,
    };
    let changes = fields(tenant, data).into_iter().map(|(field, after)| Change::new(field, Value::Null, after));
    audit::record(tx, actor, tenant.id, about(id, &data.name, "product.created", changes.collect()), now).await?;
    Ok(Outcome::Done)
}

/// Changes a product.
///
/// # Errors
/// When the database refuses it.
pub async fn edit(
    tx: &DatabaseTransaction,
    actor: &Actor,
    (tenant, id): (&Tenant, Uuid),
    data: &ProductData,
    now: DateTime<Utc>,
) -> Result<Outcome, Error> {
    tenants::queries::keep_currency(tx, tenant).await?;
    let Some(before) = lock(tx, tenant.id, id).await? else { return Ok(Outcome::NotFound) };
    let pairs = fields(tenant, &ProductData::from(&before)).into_iter().zip(fields(tenant, data));
    let changed = pairs.filter(|((_, before), (_, after))| before != after);
    let changes: Vec<_> = changed.map(|((field, before), (_, after))| Change::new(field, before, after)).collect();
    if changes.is_empty() {
        return Ok(Outcome::Done);
    }
    match Entity::update_many().set(columns(data, now)).filter(is(tenant.id, id)).exec(tx).await {
        Err(error) if is_taken(&error) => return Ok(Outcome::SkuTaken),
        other => other?,
    };
    audit::record(tx, actor, tenant.id, about(id, &data.name, "product.edited", changes), now).await?;
    Ok(Outcome::Done)
}

/// Takes a product out of the catalogue, or back into it.
///
/// # Errors
/// When the database refuses it.
pub async fn archive(
    tx: &DatabaseTransaction,
    actor: &Actor,
    (tenant, id): (Uuid, Uuid),
    archived: bool,
    now: DateTime<Utc>,
) -> Result<Option<Product>, Error> {
    let Some(product) = lock(tx, tenant, id).await? else { return Ok(None) };
    if product.archived_at.is_some() == archived {
        return Ok(Some(product));
    }
    let archived_at = archived.then_some(now);
    let changed = ActiveModel { archived_at: Set(archived_at), updated_at: Set(now), ..Default::default() };
    Entity::update_many().set(changed).filter(is(tenant, id)).exec(tx).await?;
    let action = if archived { "product.archived" } else { "product.restored" };
    let changes = vec![Change::new("archived", !archived, archived)];
    audit::record(tx, actor, tenant, about(id, &product.name, action, changes), now).await?;
    Ok(Some(product))
}

impl From<&Product> for ProductData {
    fn from(row: &Product) -> Self {
        Self {
            name: row.name.clone(),
            sku: row.sku.clone(),
            product_type: row.product_type.clone(),
            price: row.price,
            private: row.private,
            retail_licensed: row.retail_licensed,
        }
    }
}

async fn lock(tx: &DatabaseTransaction, tenant: Uuid, id: Uuid) -> Result<Option<Product>, Error> {
    Ok(Entity::find_by_id((tenant, id)).lock_exclusive().one(tx).await?)
}

fn is(tenant: Uuid, id: Uuid) -> Condition {
    Condition::all().add(Column::TenantId.eq(tenant)).add(Column::Id.eq(id))
}

fn columns(data: &ProductData, now: DateTime<Utc>) -> ActiveModel {
    ActiveModel {
        name: Set(data.name.clone()),
        name_folded: Set(like::folded(&data.name)),
        sku: Set(data.sku.clone()),
        product_type: Set(data.product_type.clone()),
        price: Set(data.price),
        private: Set(data.private),
        retail_licensed: Set(data.retail_licensed),
        updated_at: Set(now),
        ..Default::default()
    }
}

fn fields(tenant: &Tenant, data: &ProductData) -> [(&'static str, Value); 6] {
    [
        ("name", json!(data.name)),
        ("sku", json!(data.sku)),
        ("product_type", json!(data.product_type)),
        ("price", json!(data.price.map(|price| tenant.currency.money(price).to_string()))),
        ("private", json!(data.private)),
        ("retail_licensed", json!(data.retail_licensed)),
    ]
}

fn about(id: Uuid, name: &str, action: &'static str, changes: Vec<Change>) -> Entry {
    Entry {
        action,
        subject_kind: "product",
        subject_id: id.to_string(),
        subject_label: name.to_owned(),
        changes,
        ..Entry::default()
    }
}
