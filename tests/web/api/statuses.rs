//! The table of refusals: what each is called, its status, and what strangers see of it. And each way to use a code
//! against each reason why it cannot be used.

use chrono::Duration;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use support::prelude::*;
use vouchsafe::db::tables::{orders, redemptions, tenants};

const REDEMPTIONS: &str = "/api/v1/redemptions";

/// What is refused, how, and with what: the code, where it is typed, and what goes with it.
struct Row {
    word: &'static str,
    status: u16,
    strangers: u16,
    code: String,
    path: String,
    body: Value,
}

fn item(rest: Value) -> Value {
    let mut item = json!({ "sku": "concert", "product_type": "ticket", "unit_price": 1000 });
    item.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    item
}

fn order(code: &str, items: Value, rest: Value) -> Value {
    let mut body = json!({ "code": code, "mode": "hold", "items": items });
    body.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    body
}

fn ada() -> Value {
    json!({ "person": { "external_id": "ada" } })
}

async fn in_orders(app: &App, key: &Actor) -> Vec<Row> {
    let now = app.now();
    let ticket = || json!([item(json!({}))]);
    let row = |word, status, strangers, code: &str, items: Value, rest: Value| Row {
        word,
        status,
        strangers,
        code: code.to_owned(),
        path: REDEMPTIONS.to_owned(),
        body: order(code, items, rest),
    };
    let mut rows = vec![
        row("malformed_code", 400, 400, "ß", ticket(), json!({})),
        row("unknown_code", 404, 404, "NOBODY", ticket(), json!({})),
    ];
    let credit = make::coupon().credit("5").create(app).await;
    rows.push(row("not_for_orders", 422, 200, &credit.code, ticket(), json!({})));
    let paused = make::coupon().paused_at(now).create(app).await;
    rows.push(row("paused", 410, 410, &paused.code, ticket(), json!({})));
    let over = make::coupon().ends_at(now - Duration::hours(1)).create(app).await;
    rows.push(row("expired", 410, 410, &over.code, ticket(), json!({})));
    let later = make::coupon().starts_at(now + Duration::hours(1)).create(app).await;
    rows.push(row("not_started", 422, 404, &later.code, ticket(), json!({})));
    let personal = make::coupon().with(|row| row.max_uses_per_person = Set(Some(1))).create(app).await;
    rows.push(row("sign_in_required", 401, 200, &personal.code, ticket(), json!({})));
    let made = json!({ "code": "ONLY-MIRA", "benefit": { "kind": "percentage", "basis_points": 500 }, "people": ["mira@elsewhere.test"] });
    key.call("POST", "/api/v1/coupons", &made).await.expect(201);
    rows.push(row("not_assigned", 403, 404, "ONLY-MIRA", ticket(), ada()));
    let twice = make::coupon().with(|row| row.max_uses_per_person = Set(Some(2))).create(app).await;
    let full = json!([item(json!({ "quantity": 2 }))]);
    use_up(key, &order(&twice.code, full, ada())).await;
    rows.push(row("person_limit", 409, 200, &twice.code, ticket(), ada()));
    let once = make::coupon().with(|row| row.max_uses_per_person = Set(Some(1))).create(app).await;
    use_up(key, &order(&once.code, ticket(), ada())).await;
    rows.push(row("already_applied", 409, 200, &once.code, ticket(), ada()));
    let used = make::coupon().max_uses(1).used(1).create(app).await;
    rows.push(row("exhausted", 410, 410, &used.code, ticket(), json!({})));
    let spent = make::coupon().with(|row| (row.budget, row.spent) = (Set(Some(100)), Set(100))).create(app).await;
    rows.push(row("budget_exhausted", 410, 410, &spent.code, ticket(), json!({})));
    let held = make::coupon().max_uses(1).create(app).await;
    key.call("POST", REDEMPTIONS, &order(&held.code, ticket(), json!({ "order_ref": "H-1" }))).await.expect(201);
    rows.push(row("held", 409, 410, &held.code, ticket(), json!({})));
    let plain = make::coupon().create(app).await.code;
    rows.push(row("currency_mismatch", 422, 200, &plain, ticket(), json!({ "currency": "USD" })));
    let kinds = json!({ "code": "ISSUES-5", "benefit": { "kind": "percentage", "basis_points": 500 }, "product_types": ["issue"] });
    key.call("POST", "/api/v1/coupons", &kinds).await.expect(201);
    rows.push(row("product_type_not_eligible", 422, 200, "ISSUES-5", ticket(), json!({})));
    let product = make::product("Almanac").create(app).await;
    let one = json!({ "code": "ALMANAC-5", "benefit": { "kind": "percentage", "basis_points": 500 }, "product_types": ["issue"], "products": [product] });
    key.call("POST", "/api/v1/coupons", &one).await.expect(201);
    rows.push(row(
        "product_not_eligible",
        422,
        200,
        "ALMANAC-5",
        json!([item(json!({ "product_type": "issue" }))]),
        json!({}),
    ));
    rows.push(row("retail_licensed", 422, 200, &plain, json!([item(json!({ "retail_licensed": true }))]), json!({})));
    let hidden = json!([{ "sku": "press", "product_type": "plan", "private": true }]);
    rows.push(row("full_discount_required", 422, 200, &plain, hidden, json!({})));
    let per_product = make::coupon().with(|row| row.max_uses_per_product = Set(Some(1))).create(app).await;
    use_up(key, &order(&per_product.code, ticket(), json!({}))).await;
    rows.push(row("product_limit", 422, 200, &per_product.code, ticket(), json!({})));
    let minimum = make::coupon().with(|row| row.minimum_amount = Set(5_000)).create(app).await;
    rows.push(row("below_minimum", 422, 200, &minimum.code, ticket(), json!({})));
    let free = make::coupon().percent("100").create(app).await;
    let two = json!([item(json!({})), item(json!({ "sku": "other" }))]);
    rows.push(row("full_discount_single_item", 422, 200, &free.code, two, ada()));
    rows.push(row("free_claims_limit", 422, 200, &free.code, json!([item(json!({ "quantity": 2 }))]), ada()));
    rows.push(row("no_effect", 422, 200, &plain, json!([item(json!({ "unit_price": 0 }))]), json!({})));
    rows
}

async fn in_organizations(app: &App, key: &Actor) -> Vec<Row> {
    let nord = make::organization(app, "Nordwind").await;
    let path = format!("/api/v1/organizations/{}/redemptions", nord.id);
    let row = |word, status, strangers, code: String| Row {
        word,
        status,
        strangers,
        body: json!({ "code": code }),
        code,
        path: path.clone(),
    };
    let plain = make::coupon().create(app).await;
    let once = make::coupon().credit("5").create(app).await;
    let twice = make::coupon().credit("5").per_organization(Some(2)).create(app).await;
    for code in [&once.code, &twice.code, &twice.code] {
        key.call("POST", &path, &json!({ "code": code })).await.expect(201);
    }
    let low = make::coupon().raise("seats", 2).create(app).await;
    let locked = make::coupon().raise("projects", 50).create(app).await;
    nord.base(app, "projects", 7, true).await;
    vec![
        row("not_for_organizations", 422, 200, plain.code),
        row("already_applied", 409, 200, once.code),
        row("organization_limit", 409, 200, twice.code),
        row("limit_unchanged", 409, 200, low.code),
        row("limit_not_applicable", 409, 200, locked.code),
    ]
}

async fn use_up(key: &Actor, order: &Value) {
    let held = key.call("POST", REDEMPTIONS, order).await.expect(201).json();
    key.ask("POST", &format!("{REDEMPTIONS}/{}/confirm", held["id"].as_str().unwrap())).await.expect(200);
}

async fn check(app: &App, key: &Actor, row: &Row) {
    let answer = key.call("POST", &row.path, &row.body).await;
    let problem = answer.json();
    assert_eq!((answer.status, &problem["code"]), (row.status, &json!(row.word)), "{problem}");
    assert_eq!(answer.header("retry-after").is_empty(), row.word != "held", "{}: {problem}", row.word);
    assert!(problem["detail"].as_str().unwrap().contains("help@harbour.test"), "{problem}");
    let stranger = app.anonymous().call("POST", "/api/v1/previews", &json!({ "code": row.code })).await;
    assert_eq!(stranger.status, row.strangers, "{}: {stranger:?}", row.word);
    if row.path == REDEMPTIONS {
        let mut asked = row.body.clone();
        asked.as_object_mut().unwrap().remove("mode");
        let said = key.call("POST", "/api/v1/validations", &asked).await.expect(200).json();
        assert_eq!((&said["valid"], &said["refusal"]["code"]), (&json!(false), &json!(row.word)), "{said}");
    }
}

async fn tenant(app: &App, column: tenants::Column, value: Expr) {
    let tx = app.db.begin().await.unwrap();
    tenants::Entity::update_many()
        .col_expr(column, value)
        .filter(tenants::Column::Id.eq(app.tenant))
        .exec(&tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

on_both_databases! {
    async fn every_refusal_has_its_status_and_strangers_see_their_part(app: App) {
        let key = app.key(&["coupons:read", "coupons:write", "validations", "redemptions:write", "organizations:write"]).await;
        let mut rows = in_orders(&app, &key).await;
        rows.extend(in_organizations(&app, &key).await);
        tenant(&app, tenants::Column::FreeClaimsPerPerson, Expr::value(Some(1_i64))).await;
        for row in &rows {
            check(&app, &key, row).await;
        }
        tenant(&app, tenants::Column::CouponsEnabled, Expr::value(false)).await;
        let code = make::coupon().create(&app).await.code;
        let body = order(&code, json!([item(json!({}))]), json!({}));
        let off = Row { word: "coupons_disabled", status: 403, strangers: 404, code, path: REDEMPTIONS.to_owned(), body };
        check(&app, &key, &off).await;
        let words: std::collections::BTreeSet<_> = rows.iter().map(|row| row.word).collect();
        assert_eq!(words.len() + 1, 28, "all of the table: {words:?}");
    }

    async fn no_way_to_use_a_code_forgets_to_look_whether_it_can_be_used(app: App) {
        let now = app.now();
        let nord = make::organization(&app, "Nordwind").await;
        let key = app.key(&["redemptions:write", "organizations:write", "validations"]).await;
        let member = app.member_of(&nord).await;
        let room = make::product("Room").of_type("meeting_room").create(&app).await;
        let states: [(&str, fn(make::NewCoupon, chrono::DateTime<chrono::Utc>) -> make::NewCoupon); 5] = [
            ("paused", |it, now| it.paused_at(now)),
            ("deleted", |it, now| it.deleted_at(now)),
            ("over", |it, now| it.ends_at(now)),
            ("early", |it, now| it.starts_at(now + Duration::hours(1))),
            ("used up", |it, _| it.max_uses(1).used(1)),
        ];
        for (state, spoil) in states {
            let of_order = spoil(make::coupon().percent("100"), now).create(&app).await.code;
            let of_organization = spoil(make::coupon().credit("5"), now).create(&app).await.code;
            for mode in ["hold", "instant"] {
                let mut body = order(&of_order, json!([item(json!({}))]), ada());
                body["mode"] = json!(mode);
                let answer = key.call("POST", REDEMPTIONS, &body).await;
                assert!([404, 410, 422].contains(&answer.status), "{state}, {mode}: {answer:?}");
            }
            let applied = format!("/api/v1/organizations/{}/redemptions", nord.id);
            let answer = key.call("POST", &applied, &json!({ "code": of_organization })).await;
            assert!([404, 410, 422].contains(&answer.status), "{state}: {answer:?}");
            let checkout = json!({ "organization_id": nord.id, "amount": 100, "promo_code": of_organization });
            let answer = key.call("POST", "/billing/checkout", &checkout).await;
            assert!([404, 410, 422].contains(&answer.status), "{state}: {answer:?}");
            let id = nord.id.to_string();
            let form = [("organization", id.as_str()), ("code", &of_organization), ("request_key", &of_organization)];
            member.post_form("/organization/redemptions", &form).await.expect(422);
            let said = key.call("POST", "/api/v1/validations", &json!({ "code": of_order, "items": [item(json!({}))] })).await;
            assert_eq!(said.expect(200).json()["valid"], false, "{state}");
            let booking = json!({ "code": of_order, "workspaceId": room, "bookingAmount": 100 });
            assert_eq!(member.call("POST", "/promo-codes/validate", &booking).await.expect(200).json()["valid"], false, "{state}");
        }
        assert!(redemptions::Entity::find().all(app.db.read()).await.unwrap().is_empty());
        assert!(orders::Entity::find().all(app.db.read()).await.unwrap().is_empty());
    }
}
