use crate::app::App;
use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, EntityTrait};
use uuid::Uuid;
use vouchsafe::db::Db;
use vouchsafe::db::tables::{credit_balances, organization_limits, organization_members, organizations};

/// An organization that was made.
#[derive(Clone, Debug)]
pub struct Organization {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
}

/// Makes an organization of this name.
pub async fn organization(app: &App, name: &str) -> Organization {
    organization_at(&app.db, app.tenant, name, app.now()).await
}

/// Makes it in a database that no app of this test serves.
pub async fn organization_at(db: &Db, tenant: Uuid, name: &str, now: DateTime<Utc>) -> Organization {
    let id = Uuid::now_v7();
    let tx = db.begin().await.expect("a transaction");
    let row = organizations::ActiveModel {
        tenant_id: Set(tenant),
        id: Set(id),
        name: Set(name.to_owned()),
        name_folded: Set(name.to_lowercase()),
        external_ref: Set(None),
        created_at: Set(now),
        updated_at: Set(now),
    };
    organizations::Entity::insert(row).exec_without_returning(&tx).await.expect("an organization");
    let balance = credit_balances::ActiveModel {
        tenant_id: Set(tenant),
        organization_id: Set(id),
        balance: Set(0),
        updated_at: Set(now),
    };
    credit_balances::Entity::insert(balance).exec_without_returning(&tx).await.expect("a balance");
    tx.commit().await.expect("the organization is kept");
    Organization { id, name: name.to_owned() }
}

impl Organization {
    /// Takes a user in as `owner` or `member`.
    pub async fn take_in(&self, app: &App, user: Uuid, role: &str) {
        let row = organization_members::ActiveModel {
            tenant_id: Set(app.tenant),
            organization_id: Set(self.id),
            user_id: Set(user),
            role: Set(role.to_owned()),
            created_at: Set(app.now()),
        };
        let tx = app.db.begin().await.expect("a transaction");
        organization_members::Entity::insert(row).exec_without_returning(&tx).await.expect("a member");
        tx.commit().await.expect("the member is kept");
    }

    /// Sets the base of a limit, and whether it is locked.
    pub async fn base(&self, app: &App, key: &str, value: i64, locked: bool) {
        let row = organization_limits::ActiveModel {
            tenant_id: Set(app.tenant),
            organization_id: Set(self.id),
            limit_key: Set(key.to_owned()),
            base_set: Set(true),
            base_value: Set(Some(value)),
            locked: Set(locked),
            in_use: Set(None),
            updated_at: Set(app.now()),
        };
        let tx = app.db.begin().await.expect("a transaction");
        organization_limits::Entity::insert(row).exec_without_returning(&tx).await.expect("a base");
        tx.commit().await.expect("the base is kept");
    }
}
