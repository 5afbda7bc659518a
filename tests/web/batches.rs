//! Many codes at once: asked for on a page or by a key, made by a job, void with one click.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;
use std::collections::BTreeSet;
use support::prelude::*;
use uuid::Uuid;
use vouchsafe::coupons::generator::{ALPHABET, rude_word};
use vouchsafe::db::tables::{audit_entries, batches, codes, jobs};

const KEY: &str = "a-request-key-of-its-own";

fn id_of(path: &str) -> Uuid {
    path.rsplit('/').next().and_then(|id| id.parse().ok()).expect("an id")
}

async fn codes_of(app: &App, batch: Uuid) -> Vec<codes::Model> {
    codes::Entity::find().filter(codes::Column::BatchId.eq(batch)).all(app.db.read()).await.unwrap()
}

async fn entries(app: &App, action: &str) -> u64 {
    audit_entries::Entity::find().filter(audit_entries::Column::Action.eq(action)).count(app.db.read()).await.unwrap()
}

/// A batch of a new coupon of 100 % for orders, made to its end.
async fn made(app: &App, count: i64) -> (make::Coupon, Uuid) {
    let coupon = make::coupon().percent("100").create(app).await;
    let key = app.key(&["coupons:write", "coupons:read"]).await;
    let asked =
        key.call("POST", "/api/v1/batches", &json!({ "coupon_id": coupon.id, "count": count })).await.expect(201);
    app.run_jobs().await;
    (coupon, id_of(asked.location()))
}

/// A batch that was voided (or restored) just now, whose job has not begun.
async fn mark(app: &App, batch: Uuid, voided_at: Option<chrono::DateTime<chrono::Utc>>) {
    let tx = app.db.begin().await.unwrap();
    let this = batches::Entity::update_many().col_expr(batches::Column::VoidedAt, Expr::value(voided_at));
    this.filter(batches::Column::Id.eq(batch)).exec(&tx).await.unwrap();
    tx.commit().await.unwrap();
}

/// Redeems a code at once.
async fn redeem(app: &App, code: &str) -> Answer {
    let key = app.key(&["redemptions:write"]).await;
    let item = json!({ "sku": "ticket", "product_type": "ticket", "unit_price": 1_000, "quantity": 1 });
    key.call("POST", "/api/v1/redemptions", &json!({ "code": code, "mode": "instant", "items": [item] })).await
}

on_both_databases! {
    async fn an_admin_generates_codes_that_people_can_read_and_use(app: App) {
        let admin = app.admin().await;
        let coupon = make::coupon().code("SUMMER-26").percent("100").create(&app).await;
        let detail = admin.get(&format!("/dashboard/coupons/{}", coupon.id)).await.page();
        let link = detail.attribute("a[href$='/batches/new']", "href").expect("a way to the form");
        let page = admin.get(&link).await.expect(200).page();
        assert_eq!(page.all("#batch-preview .code").len(), 5, "five as they could be");
        assert!(page.text("#batch-preview").contains("787 quadrillion") && page.text("#batch-preview").contains("fair"));
        assert_eq!(codes::Entity::find().count(app.db.read()).await.unwrap(), 1, "a look makes nothing");
        let form = page.form("form[action$='/batches']").with("count", "2,500").with("prefix", "sum");
        let looked = admin.submit(&form.clone().with("then", "preview")).await.expect(200).page();
        assert!(looked.texts("#batch-preview .code").iter().all(|code| code.starts_with("SUM-")));
        let asked = admin.submit(&form).await.expect(303);
        assert_eq!(asked.location(), admin.submit(&form).await.expect(303).location(), "a double click is one batch");
        let batch = id_of(asked.location());
        app.run_jobs().await;
        let shown = admin.get(asked.location()).await.expect(200).page();
        assert_eq!((shown.text("h1"), shown.text(".badge"), shown.has("#batch[hx-get]")), ("2,500 codes".to_owned(), "Ready".to_owned(), false));
        let rows = codes_of(&app, batch).await;
        assert_eq!(rows.len(), 2_500, "exactly as many");
        let keys: BTreeSet<_> = rows.iter().map(|row| &row.key).collect();
        assert_eq!(keys.len(), 2_500);
        for row in &rows {
            let (prefix, drawn) = row.text.split_once('-').unwrap();
            assert_eq!((prefix, drawn.len(), row.max_uses), ("SUM", 14, Some(1)), "{}", row.text);
            assert!(drawn.bytes().all(|letter| letter == b'-' || ALPHABET.contains(&letter)), "{}", row.text);
            assert_eq!(rude_word(&row.text), None, "{}", row.text);
        }
        assert_eq!(entries(&app, "batch.created").await, 1, "one entry for the whole");
        assert_eq!(entries(&app, "code.created").await, 0);
        // Found by a part of a code, and used once.
        let part = &rows[7].key[4..10];
        let found = admin.get(&format!("/dashboard/coupons?q={part}")).await.expect(200).page().words();
        assert!(found.contains("SUMMER-26"), "{found}");
        redeem(&app, &rows[7].text.to_lowercase().replace('-', " ")).await.expect(201);
        assert_eq!(redeem(&app, &rows[7].text).await.expect(410).json()["code"], "exhausted");
    }

    async fn codes_that_could_be_guessed_are_refused_before_any_is_made(app: App) {
        let admin = app.admin().await;
        let coupon = make::coupon().percent("10").create(&app).await;
        let path = format!("/dashboard/coupons/{}/batches", coupon.id);
        let ask = async |count: &str, length: &str, uses: &str| {
            let fields = [("count", count), ("length", length), ("max_uses", uses), ("request_key", KEY)];
            admin.post_form(&path, &fields).await.expect(422).page().field_errors().join(" ")
        };
        let half = ask("15,000", "3", "1").await;
        assert!(half.contains("more than half of the 29791"), "{half}");
        let guessed = ask("10000", "7", "1").await;
        assert!(guessed.contains("can be guessed") && guessed.contains("8 or more"), "{guessed}");
        let endless = ask("10", "12", "").await;
        assert!(endless.contains("13 or more"), "{endless}");
        assert!(ask("1000001", "12", "1").await.contains("at most 1,000,000"));
        assert!(ask("ten", "12", "1").await.contains("whole number"));
        assert_eq!(entries(&app, "batch.created").await, 0);
        app.run_jobs().await;
        assert_eq!(codes::Entity::find().count(app.db.read()).await.unwrap(), 1);
    }

    async fn the_unused_codes_of_a_batch_become_void_and_valid_again(app: App) {
        let (_, batch) = made(&app, 1_200).await;
        let rows = codes_of(&app, batch).await;
        redeem(&app, &rows[0].text).await.expect(201);
        let admin = app.admin().await;
        let path = format!("/dashboard/batches/{batch}");
        let said = admin.submit(&admin.get(&path).await.page().form("form[action$='/void']")).await.expect(303);
        app.run_jobs().await;
        let page = admin.follow(&said).await.page();
        assert!(page.words().contains("1,199 codes that nobody had used"), "{}", page.words());
        assert_eq!(redeem(&app, &rows[1].text).await.expect(404).json()["code"], "unknown_code");
        let left: Vec<_> = codes_of(&app, batch).await.into_iter().filter(|row| row.deleted_at.is_none()).collect();
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].text, rows[0].text, "what was used stays as it is");
        // Deleting and restoring the coupon does not bring them back.
        let coupon = left[0].coupon_id;
        for action in ["delete", "restore"] {
            admin.post_form(&format!("/dashboard/coupons/{coupon}/{action}"), &[]).await.expect(303);
        }
        redeem(&app, &rows[1].text).await.expect(404);
        // The undo of the notice.
        admin.submit(&page.form("#status form")).await.expect(303);
        app.run_jobs().await;
        assert!(codes_of(&app, batch).await.iter().all(|row| row.deleted_at.is_none()));
        redeem(&app, &rows[1].text).await.expect(201);
        assert_eq!((entries(&app, "batch.voided").await, entries(&app, "batch.restored").await), (1, 1));
    }

    async fn the_unused_codes_of_a_void_batch_are_refused_before_the_job_has_come_to_them(app: App) {
        let (_, batch) = made(&app, 3).await;
        let rows = codes_of(&app, batch).await;
        let texts: Vec<String> = rows.iter().map(|row| row.text.clone()).collect();
        redeem(&app, &texts[0]).await.expect(201);
        mark(&app, batch, Some(app.now())).await;
        let page = app.admin().await.get(&format!("/dashboard/coupons/{}/codes", rows[0].coupon_id)).await.expect(200).page();
        assert_eq!(page.texts(&format!("td a[href='/dashboard/batches/{batch}']")), ["Void with its batch"; 2]);
        let states = page.texts("td[data-label='State']");
        assert_eq!(states.iter().filter(|state| *state == "Void").count(), 2, "{states:?}");
        assert!(!page.has("form[action$='/restore']"), "only the batch can be restored");
        assert_eq!(redeem(&app, &texts[1]).await.expect(404).json()["code"], "unknown_code");
        let item = json!({ "sku": "ticket", "product_type": "ticket", "unit_price": 1_000 });
        let asked = json!({ "code": texts[1], "items": [item] });
        let key = app.key(&["validations"]).await;
        let looked = key.call("POST", "/api/v1/validations", &asked).await.expect(200).json();
        assert_eq!(looked["refusal"]["code"], "unknown_code", "{looked}");
        app.anonymous().call("POST", "/api/v1/previews", &json!({ "code": texts[1] })).await.expect(404);
        mark(&app, batch, None).await;
        redeem(&app, &texts[1]).await.expect(201);
    }

    async fn what_there_is_of_a_batch_that_was_given_up_can_be_had_and_voided(app: App) {
        let (_, batch) = made(&app, 40).await;
        let tx = app.db.begin().await.unwrap();
        batches::Entity::update_many().col_expr(batches::Column::Count, Expr::value(100)).exec(&tx).await.unwrap();
        let failed = jobs::Entity::update_many().col_expr(jobs::Column::State, Expr::value("failed"));
        failed.filter(jobs::Column::Kind.eq("batch.make")).exec(&tx).await.unwrap();
        tx.commit().await.unwrap();
        let admin = app.admin().await;
        let path = format!("/dashboard/batches/{batch}");
        let page = admin.get(&path).await.expect(200).page();
        assert_eq!((page.text("h1"), page.text(".badge")), ("40 of 100 codes".to_owned(), "Failed".to_owned()));
        assert!(page.has("a[href$='codes.csv']"));
        let reads = app.key(&["coupons:read"]).await;
        let state = async || reads.get(&format!("/api/v1/batches/{batch}")).await.json()["state"].clone();
        assert_eq!(state().await, "failed");
        let tx = app.db.begin().await.unwrap();
        jobs::Entity::delete_many().filter(jobs::Column::Kind.eq("batch.make")).exec(&tx).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!((state().await, admin.get(&path).await.page().text(".badge")), (json!("failed"), "Failed".to_owned()));
        admin.submit(&page.form("form[action$='/void']")).await.expect(303);
        app.run_jobs().await;
        assert!(codes_of(&app, batch).await.iter().all(|code| code.deleted_at.is_some()));
    }

    async fn a_job_that_was_superseded_does_nothing(app: App) {
        let (_, batch) = made(&app, 30).await;
        let admin = app.admin().await;
        let turn = async |word: &str| admin.post_form(&format!("/dashboard/batches/{batch}/{word}"), &[]).await.expect(303);
        // A void that was given up before it began, and was taken back since.
        turn("void").await;
        let of_void = || jobs::Entity::update_many().filter(jobs::Column::Kind.eq("batch.void"));
        let tx = app.db.begin().await.unwrap();
        of_void().col_expr(jobs::Column::State, Expr::value("failed")).exec(&tx).await.unwrap();
        tx.commit().await.unwrap();
        turn("restore").await;
        app.run_jobs().await;
        let tx = app.db.begin().await.unwrap();
        let old = of_void().col_expr(jobs::Column::State, Expr::value("waiting"));
        old.filter(jobs::Column::State.eq("failed")).exec(&tx).await.unwrap();
        tx.commit().await.unwrap();
        app.run_jobs().await;
        assert!(codes_of(&app, batch).await.iter().all(|code| code.deleted_at.is_none()));
    }

    async fn one_code_is_said_as_one(app: App) {
        let (_, batch) = made(&app, 1).await;
        let admin = app.admin().await;
        let path = format!("/dashboard/batches/{batch}");
        assert_eq!(admin.get(&path).await.page().text("h1"), "1 code");
        admin.post_form(&format!("{path}/void"), &[]).await.expect(303);
        app.run_jobs().await;
        let said = admin.get(&path).await.page().words() + &admin.get("/dashboard/jobs").await.page().words();
        assert!(said.contains("1 code that nobody had used") && !said.contains("1 codes"), "{said}");
    }

    async fn the_codes_come_as_a_file(app: App) {
        let (_, batch) = made(&app, 4_100).await;
        let file = app.admin().await.get(&format!("/dashboard/batches/{batch}/codes.csv")).await.expect(200);
        assert!(file.header("content-type").starts_with("text/csv") && file.header("content-disposition").contains(".csv"));
        let lines: Vec<_> = file.body.trim_start_matches('\u{feff}').split_terminator("\r\n").collect();
        assert_eq!((lines[0], lines.len()), ("code,max_uses,uses,held,voided_at", 4_101));
        let mut rows = codes_of(&app, batch).await;
        rows.sort_unstable_by_key(|row| row.id);
        assert!(rows.is_sorted_by_key(|row| row.key.clone()), "pieces after one another, as they stand in the index");
        let texts: BTreeSet<_> = rows.into_iter().map(|row| format!("{},1,0,0,", row.text)).collect();
        assert_eq!(lines[1..].iter().map(|line| (*line).to_owned()).collect::<BTreeSet<_>>(), texts);
    }

    async fn a_key_makes_watches_and_voids_a_batch(app: App) {
        let coupon = make::coupon().percent("10").create(&app).await;
        let key = app.key(&["coupons:write", "coupons:read"]).await;
        let body = json!({ "coupon_id": coupon.id, "count": 300, "prefix": "API", "length": 10, "group": 5, "max_uses": 2 });
        let asked = key.call("POST", "/api/v1/batches", &body).await.expect(201);
        let batch = asked.json();
        for (field, value) in body.as_object().unwrap() {
            assert_eq!(&batch[field], value, "{field}");
        }
        app.run_jobs().await;
        let done = key.get(asked.location()).await.expect(200).json();
        assert_eq!((&done["state"], &done["made"]), (&json!("done"), &json!(300)));
        let listed = key.get(&format!("/api/v1/batches?coupon_id={}", coupon.id)).await.expect(200).json();
        assert_eq!(listed["items"], json!([done]));
        let path = format!("{}/void", asked.location());
        assert!(key.ask("POST", &path).await.expect(200).json()["voided_at"].is_string());
        key.ask("POST", &path).await.expect(200);
        app.run_jobs().await;
        let void = key.get(asked.location()).await.json();
        assert_eq!((&void["state"], &void["voided"]), (&json!("done"), &json!(300)));
        for (body, field) in [
            (json!({ "coupon_id": Uuid::now_v7(), "count": 5 }), "coupon_id"),
            (json!({ "coupon_id": coupon.id, "count": 0 }), "count"),
            (json!({ "coupon_id": coupon.id, "count": 5, "prefix": "-é" }), "prefix"),
            (json!({ "coupon_id": coupon.id, "count": 5, "max_uses": null }), "length"),
        ] {
            let problem = key.call("POST", "/api/v1/batches", &body).await.expect(422).json();
            assert_eq!(problem["errors"][0]["field"], field, "{problem}");
        }
    }

    async fn the_batches_of_others_are_not_there(app: App) {
        let (_, batch) = made(&app, 5).await;
        make::hostname(&app, "harbour.test").await;
        let other = make::tenant(&app, "other", "127.0.0.1").await;
        let theirs = app.key_of(other, &["coupons:write", "coupons:read"]).await;
        theirs.get(&format!("/api/v1/batches/{batch}")).await.expect(404);
        theirs.ask("POST", &format!("/api/v1/batches/{batch}/void")).await.expect(404);
        assert_eq!(theirs.get("/api/v1/batches").await.expect(200).json()["items"], json!([]));
    }
}
