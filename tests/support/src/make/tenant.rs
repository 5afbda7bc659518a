use crate::app::App;
use crate::seed;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;
use vouchsafe::db::tables::tenants;

/// A second tenant at this hostname; its id.
pub async fn tenant(app: &App, slug: &str, hostname: &str) -> Uuid {
    let id = Uuid::now_v7();
    let row = tenants::ActiveModel {
        slug: Set(slug.to_owned()),
        hostname: Set(Some(hostname.to_owned())),
        ..seed::harbour_works(id, app.now())
    };
    let tx = app.db.begin().await.expect("a transaction");
    tenants::Entity::insert(row).exec_without_returning(&tx).await.expect("a tenant");
    tx.commit().await.expect("the tenant is kept");
    id
}

/// Gives the seeded tenant a hostname.
pub async fn hostname(app: &App, hostname: &str) {
    change(app, tenants::Column::Hostname, Expr::value(hostname)).await;
}

/// Takes the coupons of the seeded tenant away.
pub async fn switch_coupons_off(app: &App) {
    change(app, tenants::Column::CouponsEnabled, Expr::value(false)).await;
}

/// Lets payments of the seeded tenant be played.
pub async fn sandbox_payments(app: &App) {
    change(app, tenants::Column::SandboxPayments, Expr::value(true)).await;
}

async fn change(app: &App, column: tenants::Column, value: Expr) {
    let tx = app.db.begin().await.expect("a transaction");
    let change = tenants::Entity::update_many().col_expr(column, value).filter(tenants::Column::Id.eq(app.tenant));
    change.exec(&tx).await.expect("a changed tenant");
    tx.commit().await.expect("the change is kept");
}
