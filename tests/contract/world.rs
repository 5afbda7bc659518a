//! What the examples of the document speak of, made so that each of them can succeed once.

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::{Value, json};
use support::prelude::*;
use uuid::Uuid;
use vouchsafe::accounts::keys::SCOPES;
use vouchsafe::db::tables::{organizations, products, throttles};

/// The organization that the document's examples name.
pub const ORGANIZATION: &str = "01998a00-0000-7000-8000-000000000001";

/// A key with every scope.
pub async fn key(app: &App) -> String {
    make::key().name("contract").scopes(&SCOPES).create(app).await
}

/// The codes, products and the organization of the examples.
pub async fn fill(app: &App) {
    make::coupon().code("SPRING-15").percent("15").create(app).await;
    make::coupon().code("SUMMER").percent("15").create(app).await;
    make::coupon().id(ORGANIZATION.parse().unwrap()).code("MANY-1").percent("15").create(app).await;
    make::coupon().code("HELLO-OMAN").credit("50").create(app).await;
    make::coupon().code("WELCOME-10").raise("instances", 10).create(app).await;
    let desk = make::product("Lighthouse room").of_type("meeting_room").price(Some(3_490)).create(app).await;
    let nord = make::organization(app, "Nordwind").await;
    let tx = app.db.begin().await.unwrap();
    products::Entity::update_many()
        .col_expr(products::Column::Sku, Expr::value("ROOM-LIGHT"))
        .filter(products::Column::Id.eq(desk))
        .exec(&tx)
        .await
        .unwrap();
    let row = organizations::Entity::find_by_id((app.tenant, nord.id)).one(&tx).await.unwrap().unwrap();
    let mut named: organizations::ActiveModel = row.into();
    (named.id, named.name) = (Set(ORGANIZATION.parse().unwrap()), Set("Südwind".to_owned()));
    (named.name_folded, named.external_ref) = (Set("südwind".to_owned()), Set(None));
    organizations::Entity::insert(named.reset_all()).exec_without_returning(&tx).await.unwrap();
    tx.commit().await.unwrap();
}

/// Something for each `{id}` and `{code}` of the document, in a state in which the call succeeds: by operation.
pub async fn subjects(app: &App, key: &Actor) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    let id_of = |value: &Value| value["id"].as_str().unwrap().to_owned();
    for operation in [
        "getCoupon",
        "updateCoupon",
        "deleteCoupon",
        "pauseCoupon",
        "resumeCoupon",
        "restoreCoupon",
        "listCodes",
        "createCode",
    ] {
        found.push((operation, make::coupon().create(app).await.id.to_string()));
    }
    for operation in ["getCode", "deleteCode", "restoreCode"] {
        found.push((operation, make::coupon().create(app).await.code_id.to_string()));
    }
    let coupon = make::coupon().percent("10").create(app).await;
    for (number, operation) in
        ["getRedemption", "confirmRedemption", "releaseRedemption", "reverseRedemption", "getRenewal"]
            .into_iter()
            .enumerate()
    {
        let item = json!({ "sku": "almanac", "product_type": "issue", "unit_price": 3490, "quantity": 2 });
        let hold = json!({ "code": coupon.code, "mode": "hold", "order_ref": format!("W-{number}"), "items": [item] });
        let held = key.call("POST", "/api/v1/redemptions", &hold).await.expect(201).json();
        if number > 2 {
            key.ask("POST", &format!("/api/v1/redemptions/{}/confirm", id_of(&held))).await.expect(200);
        }
        found.push((operation, id_of(&held)));
    }
    let credit = make::coupon().credit("500").per_organization(None).create(app).await;
    for operation in ["getOrganization", "setLimits", "getCredit", "applyCode", "spendCredit"] {
        let organization = make::organization(app, operation).await;
        let path = format!("/api/v1/organizations/{}/redemptions", organization.id);
        key.call("POST", &path, &json!({ "code": credit.code })).await.expect(201);
        found.push((operation, organization.id.to_string()));
    }
    for operation in ["getOrder", "confirmOrder", "releaseOrder", "refundOrder"] {
        let body = json!({ "organization_id": ORGANIZATION, "amount": 700 });
        let placed = key.call("POST", "/billing/checkout", &body).await.expect(201).json();
        let id = placed["order_id"].as_str().unwrap().to_owned();
        if operation == "refundOrder" {
            key.ask("POST", &format!("/api/v1/orders/{id}/confirm")).await.expect(200);
        }
        found.push((operation, id));
    }
    for operation in ["getBatch", "voidBatch"] {
        let body = json!({ "coupon_id": make::coupon().percent("10").create(app).await.id, "count": 3 });
        found.push((operation, id_of(&key.call("POST", "/api/v1/batches", &body).await.expect(201).json())));
    }
    for operation in ["getExport", "downloadExport"] {
        let body = json!({ "subject": "coupons", "format": "csv" });
        found.push((operation, id_of(&key.call("POST", "/api/v1/exports", &body).await.expect(201).json())));
    }
    app.run_jobs().await;
    for operation in ["updatePromoCode", "deletePromoCode"] {
        found.push((operation, make::coupon().create(app).await.id.to_string()));
    }
    for operation in ["revokeVoucher", "deletePromo"] {
        found.push((operation, make::coupon().credit("5").create(app).await.code));
    }
    found
}

/// Guesses are forgotten at once, so that a fuzzer is heard and not slowed down.
pub async fn forget_guesses(app: App) {
    loop {
        let tx = app.db.begin().await.unwrap();
        // In their order, as the app locks them: a fuzzer must not meet our own deadlock.
        let all = throttles::Entity::find().order_by_asc(throttles::Column::Bucket).lock_exclusive();
        let buckets: Vec<String> = all.all(&tx).await.unwrap().into_iter().map(|row| row.bucket).collect();
        throttles::Entity::delete_many().filter(throttles::Column::Bucket.is_in(buckets)).exec(&tx).await.unwrap();
        tx.commit().await.unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}

/// The document with what it is to be tried on.
pub fn with_subjects(mut document: Value, subjects: &[(&'static str, String)]) -> Value {
    let Some(paths) = document["paths"].as_object_mut() else { panic!("no paths") };
    for operation in paths.values_mut().flat_map(|path| path.as_object_mut().unwrap().values_mut()) {
        let id = operation["operationId"].as_str().unwrap().to_owned();
        // What the other examples use is there already.
        if ["createCoupon", "createPromoCode"].contains(&id.as_str()) {
            operation["requestBody"]["content"]["application/json"]["example"]["code"] =
                json!(format!("FRESH-{}", id.len()));
        }
        let Some((_, subject)) = subjects.iter().find(|(name, _)| *name == id) else { continue };
        for parameter in operation["parameters"].as_array_mut().unwrap() {
            if parameter["in"] == "path" {
                parameter["example"] = json!(subject);
            }
        }
    }
    document
}

#[test]
fn ids_are_ids() {
    assert!(ORGANIZATION.parse::<Uuid>().is_ok());
}
