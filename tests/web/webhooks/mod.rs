//! Other systems are told: signed, at least once with one id, and never anything inside the network.

mod pages;
mod sent;
mod targets;
mod told;

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use std::time::Duration;
use support::hooks::{Call, Receiver};
use support::prelude::*;
use uuid::Uuid;
use vouchsafe::config::Config;
use vouchsafe::db::tables::{webhook_deliveries, webhook_endpoints, webhook_outbox};

const PATH: &str = "/dashboard/webhooks";

const ALL: [&str; 9] = [
    "redemption.held",
    "redemption.confirmed",
    "redemption.released",
    "redemption.reversed",
    "organization.limit_changed",
    "organization.credit_changed",
    "coupon.exhausted",
    "coupon.paused",
    "coupon.changed",
];

fn inside(config: &mut Config) {
    config.webhook_hosts = vec!["127.0.0.1".to_owned()];
}

/// Tells a story on both databases, of a tenant that may tell a system on loopback.
async fn open<S: Future<Output = ()>>(story: impl Fn(App, Receiver) -> S) {
    for database in [Database::Sqlite, Database::Postgres] {
        let receiver = Receiver::start().await;
        support::app::tell_as(database, inside, |app| story(app, receiver)).await;
    }
}

/// The same with a clock that stands still until it is moved.
async fn at<S: Future<Output = ()>>(now: DateTime<Utc>, story: impl Fn(App, Receiver) -> S) {
    for database in [Database::Sqlite, Database::Postgres] {
        let receiver = Receiver::start().await;
        support::app::tell_at(database, now, inside, |app| story(app, receiver)).await;
    }
}

/// Makes an endpoint by its form; its id and secret.
async fn endpoint(app: &App, url: &str, events: &[&str]) -> (Uuid, String) {
    let admin = app.admin().await;
    let form = admin.get(PATH).await.expect(200).page().form(&format!("form[action='{PATH}']"));
    let form = events.iter().fold(form.with("url", url), |form, event| form.and("events", event));
    let page = admin.submit(&form).await.expect(200).page();
    let secret = page.text("#secret-text");
    let rows = webhook_endpoints::Entity::find().all(app.db.read()).await.unwrap();
    (rows.iter().max_by_key(|row| row.id).expect("an endpoint").id, secret)
}

async fn row(app: &App, id: Uuid) -> webhook_endpoints::Model {
    webhook_endpoints::Entity::find_by_id((app.tenant, id)).one(app.db.read()).await.unwrap().expect("an endpoint")
}

async fn deliveries(app: &App) -> Vec<webhook_deliveries::Model> {
    let mut rows = webhook_deliveries::Entity::find().all(app.db.read()).await.unwrap();
    rows.sort_by_key(|row| row.id);
    rows
}

/// Waits until so many messages came.
async fn come(app: &App, receiver: &Receiver, count: usize) -> Vec<Call> {
    until(app, || async { receiver.calls().len() >= count }).await;
    receiver.calls()
}

/// Waits until everything that was committed is told, or has to wait.
async fn settled(app: &App) {
    until(app, || async {
        let noted = webhook_outbox::Entity::find().count(app.db.read()).await.unwrap();
        let fresh = webhook_deliveries::Entity::find()
            .filter(webhook_deliveries::Column::State.eq("waiting"))
            .filter(webhook_deliveries::Column::Tries.eq(0));
        noted == 0 && fresh.count(app.db.read()).await.unwrap() == 0
    })
    .await;
}

/// Runs jobs until it is so.
async fn until<S: Future<Output = bool>>(app: &App, so: impl Fn() -> S) {
    for _ in 0..1_200 {
        app.run_jobs().await;
        if so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("it does not come to that; the deliveries are {:?}", deliveries(app).await);
}

/// Changes a coupon by its button.
async fn press(app: &App, coupon: Uuid, action: &str) {
    app.admin().await.post_form(&format!("/dashboard/coupons/{coupon}/{action}"), &[]).await.expect(303);
}
