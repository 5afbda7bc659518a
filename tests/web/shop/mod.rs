//! What members buy: the shop, the cart with its code, the checkout, and what becomes of an order.

mod cart;
mod checkout;
mod orders;
mod payments;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use support::prelude::*;
use uuid::Uuid;
use vouchsafe::db::tables::{orders as rows, redemptions};

/// Puts so many of a product into the cart.
async fn put(who: &Actor, product: Uuid, quantity: &str) {
    let product = product.to_string();
    who.post_form("/cart/items", &[("product", &product), ("quantity", quantity)]).await.expect(303);
}

/// Applies a code to the cart, which takes it.
async fn apply(who: &Actor, code: &str) {
    who.post_form("/cart/code", &[("code", code)]).await.expect(303);
}

/// Orders what is in the cart, for this organization or for oneself; the path of the order.
async fn order(who: &Actor, organization: Option<Uuid>) -> String {
    let query = organization.map(|id| format!("?organization={id}")).unwrap_or_default();
    let page = who.get(&format!("/checkout{query}")).await.expect(200).page();
    who.submit(&page.form("form[action='/orders']")).await.expect(303).location().to_owned()
}

fn id_of(path: &str) -> Uuid {
    path.rsplit('/').next().unwrap().parse().unwrap()
}

/// The order as the database has it.
async fn row(app: &App, path: &str) -> rows::Model {
    rows::Entity::find_by_id((app.tenant, id_of(path))).one(app.db.read()).await.unwrap().unwrap()
}

/// Where the redemption of an order stands.
async fn standing(app: &App, path: &str) -> String {
    let id = row(app, path).await.redemption_id.unwrap();
    redemptions::Entity::find_by_id((app.tenant, id)).one(app.db.read()).await.unwrap().unwrap().state
}

/// Uses and held uses of a coupon.
async fn counted(app: &App, coupon: &make::Coupon) -> (i64, i64) {
    let row = make::coupon_row(app, coupon.id).await;
    (row.uses, row.held)
}

/// How many redemptions there are.
async fn redeemed(app: &App) -> usize {
    let find = redemptions::Entity::find().filter(redemptions::Column::TenantId.eq(app.tenant));
    find.all(app.db.read()).await.unwrap().len()
}

/// Switches played payments on.
async fn sandbox(app: &App) {
    make::sandbox_payments(app).await;
}
