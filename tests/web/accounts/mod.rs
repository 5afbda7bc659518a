//! Signing in, one's own account, the people of a tenant, its settings, and the installation.

mod api_keys;
mod first_run;
mod people;
mod settings;
mod sign_in;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use support::prelude::*;
use vouchsafe::db::tables::audit_entries;

/// What the audit log says of the last entry with this action: the fields with before and after.
async fn last_changes(app: &App, action: &str) -> serde_json::Value {
    let found = audit_entries::Entity::find()
        .filter(audit_entries::Column::Action.eq(action))
        .order_by_desc(audit_entries::Column::Id)
        .one(app.db.read())
        .await;
    found.expect("the audit log").unwrap_or_else(|| panic!("no entry {action}")).changes
}

async fn sign_in(actor: &Actor, email: &str, password: &str) -> Answer {
    actor.post_form("/sign-in", &[("email", email), ("password", password), ("next", "/account")]).await
}
