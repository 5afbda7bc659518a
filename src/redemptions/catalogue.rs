//! What the catalogue knows of the items of calls, looked up together for all that come in at once.

use crate::db::Db;
use crate::db::bulk::padded;
use crate::db::tables::products::{self, Column, Entity};
use crate::db::together::{Answers, Together};
use crate::error::Error;
use crate::redemptions::items::ItemSaid;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Where products are looked up; clones share it.
#[derive(Clone)]
pub struct Catalogue(Together<Librarian>);

/// The products that a call names, by id or sku.
struct Named {
    tenant: Uuid,
    ids: BTreeSet<Uuid>,
    skus: BTreeSet<String>,
}

struct Librarian(Db);

impl Catalogue {
    /// The catalogue of every tenant in this database.
    #[must_use]
    pub fn open(db: Db) -> Self {
        Self(Together::open(&db.clone(), Librarian(db)))
    }

    /// The products of this tenant that these items name, as far as there are.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn find(&self, tenant: Uuid, said: &[ItemSaid]) -> Result<Vec<products::Model>, Error> {
        let ids: BTreeSet<Uuid> = said.iter().filter_map(|item| item.product_id).collect();
        let skus: BTreeSet<String> = said.iter().filter_map(|item| item.sku.clone()).collect();
        if ids.is_empty() && skus.is_empty() {
            return Ok(Vec::new());
        }
        self.0.ask(Named { tenant, ids, skus }).await
    }
}

/// Whether the shop of this tenant shows anything to everybody.
///
/// # Errors
/// When the database does not answer.
pub async fn sells(connection: &impl ConnectionTrait, tenant: Uuid) -> Result<bool, Error> {
    let shown = Entity::find()
        .filter(Column::TenantId.eq(tenant))
        .filter(Column::Private.eq(false))
        .filter(Column::ArchivedAt.is_null());
    Ok(shown.one(connection).await?.is_some())
}

impl Answers for Librarian {
    type Question = Named;
    type Answer = Vec<products::Model>;

    async fn answer(&self, questions: &[Named]) -> Result<Vec<Self::Answer>, Error> {
        let mut wanted: BTreeMap<Uuid, (BTreeSet<Uuid>, BTreeSet<&str>)> = BTreeMap::new();
        for named in questions {
            let (ids, skus) = wanted.entry(named.tenant).or_default();
            ids.extend(&named.ids);
            skus.extend(named.skus.iter().map(String::as_str));
        }
        let mut known = Vec::new();
        for (tenant, (ids, skus)) in wanted {
            let any = Condition::any().add(Column::Id.is_in(padded(ids))).add(Column::Sku.is_in(padded(skus)));
            known.extend(Entity::find().filter(Column::TenantId.eq(tenant)).filter(any).all(self.0.read()).await?);
        }
        let of = |named: &Named| {
            let is_named = |row: &&products::Model| {
                row.tenant_id == named.tenant && (named.ids.contains(&row.id) || named.skus.contains(&row.sku))
            };
            known.iter().filter(is_named).cloned().collect()
        };
        Ok(questions.iter().map(of).collect())
    }
}
