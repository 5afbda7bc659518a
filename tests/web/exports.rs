//! Rows as files: asked for from a list, made by a job, there for a day, for one person alone.

use chrono::Duration;
use reqwest::Method;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde_json::json;
use std::collections::BTreeMap;
use support::mail::MailServer;
use support::prelude::*;
use support::seed;
use uuid::Uuid;
use vouchsafe::audit::{self, ActorKind};
use vouchsafe::clock::Clock;
use vouchsafe::db::tables::{audit_entries, exports, file_chunks, files, jobs};
use vouchsafe::exports::ask::{self, Wanted};
use vouchsafe::exports::filter::Filter;
use vouchsafe::exports::subject::Subject;
use vouchsafe::files::Writer;
use vouchsafe::sheets::Format;
use vouchsafe::tenants;

/// A row of a file, by the names of its columns.
type Row = BTreeMap<String, String>;

pub fn rows_of(text: &str) -> Vec<Row> {
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    reader.deserialize().map(|row| row.expect("a row as long as the first")).collect()
}

/// Sends the export menu of a page.
pub async fn export(actor: &Actor, page: &str, subject: &str, format: &str) -> Answer {
    let page = actor.get(page).await.expect(200).page();
    let form = page.form(&format!("form[action='/dashboard/exports']:has(input[value='{subject}'])"));
    actor.submit(&form.with("format", format)).await.expect(303)
}

pub async fn newest(app: &App) -> exports::Model {
    let found = exports::Entity::find().order_by_desc(exports::Column::Id).one(app.db.read()).await.unwrap();
    found.expect("an export")
}

pub fn file_of(row: &exports::Model) -> String {
    format!("/dashboard/exports/{}/file", row.id)
}

pub async fn bytes_of(actor: &Actor, path: &str) -> Vec<u8> {
    let answer = actor.request(Method::GET, path).send().await.expect("an answer");
    assert_eq!(answer.status(), 200, "{path}");
    answer.bytes().await.expect("a whole file").to_vec()
}

/// Exports as CSV, and reads it.
async fn exported(app: &App, actor: &Actor, page: &str, subject: &str) -> Vec<Row> {
    export(actor, page, subject, "csv").await;
    app.run_jobs().await;
    rows_of(&actor.get(&file_of(&newest(app).await)).await.expect(200).body)
}

/// An order of two lines with a code of 10 % on each unit, of which one unit comes back.
pub async fn an_order(app: &App, code: &str, name: &str) -> Uuid {
    let key = app.key(&["redemptions:write"]).await;
    let item = |sku: &str, price: i64, quantity: i64| json!({ "sku": sku, "product_type": "ticket", "unit_price": price, "quantity": quantity });
    let items = [item("evening", 4_900, 2), item("programme", 855, 1)];
    let body = json!({ "code": code, "mode": "hold", "order_ref": name, "items": items, "person": { "email": "anna@nord.test", "external_id": "C-7" } });
    let held = key.call("POST", "/api/v1/redemptions", &body).await.expect(201).json();
    let id = held["id"].as_str().unwrap().to_owned();
    key.ask("POST", &format!("/api/v1/redemptions/{id}/confirm")).await.expect(200);
    let back = json!({ "reason": "one came back", "lines": [{ "line": 0, "quantity": 1 }] });
    key.call("POST", &format!("/api/v1/redemptions/{id}/reverse"), &back).await.expect(200);
    id.parse().unwrap()
}

async fn entries(app: &App, action: &str) -> Vec<audit_entries::Model> {
    let of_action = audit_entries::Entity::find().filter(audit_entries::Column::Action.eq(action));
    of_action.all(app.db.read()).await.unwrap()
}

on_both_databases! {
    async fn every_line_of_every_redemption_is_exported_with_person_order_amounts_and_times(app: App) {
        let admin = app.admin().await;
        let coupon = make::coupon().code("TEN-OFF").name("Ten off").percent("10").create(&app).await;
        let other = make::coupon().code("ROOM").raise("instances", 9).create(&app).await;
        let order = an_order(&app, &coupon.code, "A-1001").await;
        let nord = make::organization(&app, "Nordwind").await;
        let member = app.member_of(&nord).await;
        let id = nord.id.to_string();
        let apply = [("organization", id.as_str()), ("code", &other.code), ("request_key", "a-key-of-its-own")];
        member.post_form("/organization/redemptions", &apply).await;
        let all = exported(&app, &admin, "/dashboard", "usage").await;
        assert_eq!(all.len(), 3, "two lines and one redemption without: {all:#?}");
        let of = |row: &Row, names: &[&str]| names.iter().map(|name| row[*name].clone()).collect::<Vec<_>>();
        let money = ["quantity", "unit_price", "amount_before", "discount", "amount_after", "uses", "reversed_quantity", "reversed_discount", "currency"];
        assert_eq!(of(&all[0], &money), ["2", "49.00", "98.00", "9.80", "88.20", "2", "1", "4.90", "EUR"]);
        // 10 % of 8.55 are 0.855, which is 0.86.
        assert_eq!(of(&all[1], &money), ["1", "8.55", "8.55", "0.86", "7.69", "1", "0", "0.00", "EUR"]);
        let who = ["code", "coupon", "benefit", "order_ref", "line", "sku", "email", "customer_id", "state"];
        assert_eq!(of(&all[0], &who), ["TEN-OFF", "Ten off", "10 % off", "A-1001", "1", "evening", "anna@nord.test", "C-7", "confirmed"]);
        assert_eq!((all[0]["redemption_id"].as_str(), &all[0]["redemption_id"]), (order.to_string().as_str(), &all[1]["redemption_id"]));
        let room = ["code", "benefit", "organization", "channel", "line", "quantity", "uses", "state"];
        assert_eq!(of(&all[2], &room), ["ROOM", "Instances raised to 9", "Nordwind", "organization", "", "", "1", "confirmed"]);
        assert_eq!(all[2]["user"], member.user.as_ref().unwrap().display_name);
        // The tenant's zone, with its offset.
        let made = chrono::DateTime::parse_from_rfc3339(&all[0]["created_at"]).unwrap();
        let zone = chrono_tz::Europe::Zurich;
        let local = app.now().with_timezone(&zone).to_rfc3339();
        assert_eq!(all[0]["created_at"][19..], local[local.len() - 6..]);
        assert!((app.now() - made.to_utc()).num_seconds() < 60);
        assert!(!all[0]["confirmed_at"].is_empty() && all[0]["held_until"].is_empty());
        // Of one coupon alone, from its page.
        let page = format!("/dashboard/coupons/{}", coupon.id);
        let its = exported(&app, &admin, &page, "coupon_usage").await;
        assert_eq!(its, all[..2]);
        assert_eq!(newest(&app).await.label, "Redemptions of TEN-OFF");
        // Within days; an end day counts whole.
        let form = admin.get("/dashboard/exports").await.page().form("form.form").with("format", "csv");
        let day = app.now().with_timezone(&zone).date_naive();
        for (from, until, count) in [(day, day, 3), (day + Duration::days(1), day + Duration::days(2), 0)] {
            let days = form.clone().with("from", &from.to_string()).with("until", &until.to_string());
            admin.submit(&days.with("subject", "usage")).await.expect(303);
            app.run_jobs().await;
            let newest = newest(&app).await;
            assert_eq!((newest.row_count, newest.label), (count, format!("Redemptions: from {from}, until {until}")));
        }
    }

    async fn the_coupons_of_the_current_filter_are_exported_whatever_page_is_shown(app: App) {
        let admin = app.admin().await;
        for number in 0..20 {
            make::coupon().code(&format!("SPRING-{number:02}")).percent("15").max_uses(40).used(number).create(&app).await;
        }
        make::coupon().code("SPRING-OLD").percent("15").paused_at(app.now()).create(&app).await;
        make::coupon().code("AUTUMN").fixed("5.00").create(&app).await;
        let found = exported(&app, &admin, "/dashboard/coupons?q=spring&status=active&sort=name", "coupons").await;
        assert_eq!(found.len(), 20, "{found:#?}");
        assert_eq!((found[0]["code"].as_str(), found[0]["uses"].as_str(), found[0]["percent"].as_str()), ("SPRING-19", "19", "15.00"));
        assert_eq!((found[0]["status"].as_str(), found[0]["max_uses"].as_str(), found[0]["budget"].as_str()), ("active", "40", ""));
        let export = newest(&app).await;
        assert_eq!((export.label.as_str(), export.row_count), ("Coupons: “spring”, status active", 20));
        // The menu is there without scripts, and in what htmx swaps in.
        let fragment = admin.htmx_get("/dashboard/coupons?q=autumn").await.expect(200).page();
        assert_eq!(fragment.attribute("form[action='/dashboard/exports'] input[name='q']", "value").as_deref(), Some("autumn"));
        assert!(fragment.has("details.menu > summary") && fragment.all("form[action='/dashboard/exports'] button[name='format']").len() == 2);
        assert_eq!(exported(&app, &admin, "/dashboard/coupons", "coupons").await.len(), 22);
        assert_eq!(newest(&app).await.filter, json!({}));
    }

    async fn the_audit_log_is_exported_with_its_filters_and_support_may_have_it(app: App) {
        let admin = app.admin().await;
        let coupon = make::coupon().code("SECRET-SALE").percent("15").create(&app).await;
        for action in ["pause", "resume", "delete"] {
            admin.post_form(&format!("/dashboard/coupons/{}/{action}", coupon.id), &[]).await.expect(303);
        }
        let support = app.support().await;
        let found = exported(&app, &support, "/audit?code=secret+sale&action=coupon.paused", "audit").await;
        assert_eq!(found.len(), 1, "{found:#?}");
        assert_eq!((found[0]["action"].as_str(), found[0]["actor"].as_str(), found[0]["code"].as_str()), ("coupon.paused", seed::ADMIN, "SECRET-SALE"));
        assert_eq!(found[0]["what"], "paused coupon SECRET-SALE");
        assert!(found[0]["changes"].starts_with("Paused: empty → "), "{}", found[0]["changes"]);
        let all = exported(&app, &support, "/audit", "audit").await;
        let actions: Vec<_> = all.iter().map(|row| row["action"].as_str()).collect();
        let of_coupon = actions.iter().filter(|action| action.starts_with("coupon.")).collect::<Vec<_>>();
        assert_eq!(of_coupon, [&"coupon.paused", &"coupon.resumed", &"coupon.deleted"], "in the order in which it happened");
        assert!(actions.contains(&"export.finished") && all.last().unwrap()["action"] == "export.created", "up to the moment it was asked for, and not what it brought");
        // Nothing else: neither by a form of their own nor by the API.
        let page = support.get("/dashboard/exports").await.expect(200).page();
        assert_eq!(page.texts("select[name='subject'] option"), ["Audit log"]);
        let form = page.form("form.form").with("format", "csv").with("subject", "usage");
        support.submit(&form).await.expect(403);
        support.call("POST", "/api/v1/exports", &json!({ "subject": "coupons" })).await.expect(403);
        support.call("POST", "/api/v1/exports", &json!({ "subject": "audit" })).await.expect(201);
    }

    async fn an_export_is_listed_with_its_state_and_progress_and_comes_as_a_file(app: App) {
        let admin = app.admin().await;
        let empty = admin.get("/dashboard/exports").await.expect(200).page();
        assert!(empty.words().contains("No exports yet") && !empty.has("#exports[hx-get]"), "an empty page says what to do and stands still");
        make::coupon().code("ONE").percent("15").create(&app).await;
        // Not run yet: a process of its own takes it, or nobody.
        let said = export(&admin, "/dashboard/coupons", "coupons", "csv").await;
        let shown = admin.follow(&said).await.page();
        assert!(shown.status().contains("being made") && shown.text("#exports tbody th").contains("Coupons"));
        app.run_jobs().await;
        let page = admin.get("/dashboard/exports").await.page();
        let row = newest(&app).await;
        assert_eq!((page.text("#exports .badge"), page.has("#exports[hx-get]")), ("Ready".to_owned(), false));
        assert!(page.text("#exports tbody").contains("tomorrow at"), "{}", page.text("#exports tbody"));
        let link = page.attribute("#exports a[download]", "href").expect("a way to the file");
        let file = admin.get(&link).await.expect(200);
        assert_eq!((file.header("content-type"), file.header("content-length")), ("text/csv; charset=utf-8; header=present", row.size.to_string().as_str()));
        assert!(file.header("content-disposition").contains("attachment; filename=\"coupons-20") && file.header("cache-control").contains("private"));
        let raw = bytes_of(&admin, &link).await;
        assert!(raw.starts_with("\u{feff}code,codes,name".as_bytes()) && raw.ends_with(b"\r\n"));
        assert_eq!(i64::try_from(raw.len()).unwrap(), row.size);
        let again = admin.request(Method::GET, &link).header("If-None-Match", file.header("etag"));
        assert_eq!(admin.send(again).await.status, 304);
        // Deleted with its file.
        let form = page.form(&format!("form[action$='/{}/delete']", row.id));
        admin.submit(&form).await.expect(303);
        admin.get(&link).await.expect(404);
        vouchsafe::app::sweep(&app.db, app.now()).await.unwrap();
        assert_eq!(files::Entity::find().count(app.db.read()).await.unwrap(), 0);
        assert_eq!(file_chunks::Entity::find().count(app.db.read()).await.unwrap(), 0);
        assert_eq!(entries(&app, "export.deleted").await.len(), 1);
    }

    async fn an_export_belongs_to_one_user_of_one_tenant(app: App) {
        make::hostname(&app, "127.0.0.1").await;
        let other = make::tenant(&app, "other", "other.test").await;
        let admin = app.admin().await;
        export(&admin, "/dashboard", "usage", "csv").await;
        app.run_jobs().await;
        let (row, link) = (newest(&app).await, file_of(&newest(&app).await));
        admin.get(&link).await.expect(200);
        let signed_out = app.anonymous().get(&link).await.expect(303);
        assert!(signed_out.location().starts_with("/sign-in?next=") && signed_out.location().contains(&row.id.to_string()));
        let colleague = Actor::signed_in(&app, make::user().role("admin").create(&app).await).await;
        for somebody in [&colleague, &app.support().await, &app.platform_admin().await] {
            somebody.get(&link).await.expect(404);
            somebody.post_form(&format!("/dashboard/exports/{}/delete", row.id), &[]).await.expect(404);
            assert!(somebody.get("/dashboard/exports").await.expect(200).page().words().contains("No exports yet"));
            somebody.get(&format!("/api/v1/exports/{}", row.id)).await.expect(404);
        }
        app.member().await.get(&link).await.expect(403);
        let key = app.key(&["exports"]).await;
        for path in [format!("/api/v1/exports/{}", row.id), format!("/api/v1/exports/{}/file", row.id)] {
            key.get(&path).await.expect(404);
        }
        // The same user in another tenant has none of it.
        let rows = exports::Entity::find().filter(exports::Column::TenantId.eq(other));
        assert_eq!(rows.count(app.db.read()).await.unwrap(), 0);
        let elsewhere = admin.request(Method::GET, &link).header("Host", "other.test");
        let answer = admin.send(elsewhere).await.status;
        assert!([403, 404].contains(&answer), "{answer}");
    }

    async fn whoever_loses_the_role_loses_the_file_too(app: App) {
        let (admin, colleague) = (app.admin().await, make::user().role("admin").create(&app).await);
        let colleague = Actor::signed_in(&app, colleague).await;
        export(&admin, "/dashboard", "usage", "csv").await;
        app.run_jobs().await;
        let link = file_of(&newest(&app).await);
        admin.get(&link).await.expect(200);
        for (role, page) in [("support", 200), ("member", 403)] {
            let path = format!("/dashboard/people/{}/role", admin.id());
            colleague.post_form(&path, &[("role", role)]).await.expect(303);
            admin.get(&link).await.expect(303);
            let again = Actor::signed_in(&app, admin.user.clone().unwrap()).await;
            again.get("/dashboard/exports").await.expect(page);
            again.get(&link).await.expect(403);
        }
    }

    async fn what_a_killed_process_left_half_done_is_made_anew(app: App) {
        let admin = app.admin().await;
        make::coupon().code("ONE").percent("15").create(&app).await;
        // As it stands when a process dies in the middle: a file without an end, and a lease that has run out.
        let tenant = tenants::queries::by_id(app.db.read(), app.tenant).await.unwrap().unwrap();
        let wanted = Wanted { subject: Subject::Coupons, format: Format::Csv, filter: Filter::default() };
        let checked = wanted.check(&app.db, &tenant).await.unwrap().unwrap();
        let new = vouchsafe::files::New { tenant: app.tenant, name: "half.csv".to_owned(), media_type: "text/csv".to_owned() };
        let mut half = Writer::create(&app.db, new, app.now()).await.unwrap();
        half.write(&vec![b'x'; 2 * vouchsafe::files::CHUNK]).await.unwrap();
        let tx = app.db.begin().await.unwrap();
        let actor = audit::Actor { kind: ActorKind::User, id: Some(admin.id()), label: seed::ADMIN.to_owned(), request_id: String::new() };
        let row = ask::create(&tx, &actor, (app.tenant, format!("user:{}", admin.id())), checked, app.now()).await.unwrap();
        let dead = jobs::ActiveModel {
            state: Set("running".to_owned()),
            leased_by: Set(Some(Uuid::now_v7())),
            leased_until: Set(Some(app.now() - Duration::seconds(1))),
            ..Default::default()
        };
        jobs::Entity::update_many().set(dead).filter(jobs::Column::Id.eq(row.job_id)).exec(&tx).await.unwrap();
        let begun = exports::ActiveModel { file_id: Set(Some(half.id())), ..Default::default() };
        exports::Entity::update_many().set(begun).filter(exports::Column::Id.eq(row.id)).exec(&tx).await.unwrap();
        tx.commit().await.unwrap();
        admin.get(&file_of(&row)).await.expect(409);
        app.run_jobs().await;
        let file = admin.get(&file_of(&row)).await.expect(200).body;
        assert_eq!((rows_of(&file).len(), &rows_of(&file)[0]["code"]), (1, &"ONE".to_owned()));
        assert_eq!(files::Entity::find().count(app.db.read()).await.unwrap(), 1, "what was half done is gone");
        assert!(half.write(&vec![b'x'; vouchsafe::files::CHUNK]).await.is_err(), "and whoever wakes up cannot go on");
    }

    async fn every_export_is_an_audit_entry(app: App) {
        let admin = app.admin().await;
        make::coupon().code("ONE").percent("15").create(&app).await;
        let page = admin.get("/dashboard/coupons?status=active").await.page();
        let form = page.form("form[action='/dashboard/exports']").with("format", "xlsx");
        admin.submit(&form).await.expect(303);
        admin.submit(&form).await.expect(303);
        app.run_jobs().await;
        assert_eq!(exports::Entity::find().count(app.db.read()).await.unwrap(), 1, "a double click is one export");
        let (asked, made) = (entries(&app, "export.created").await, entries(&app, "export.finished").await);
        assert_eq!((asked.len(), made.len()), (1, 1));
        let change = |entry: &audit_entries::Model, field: &str| {
            let all = entry.changes.as_array().unwrap();
            all.iter().find(|change| change["field"] == field).map(|change| change["after"].clone())
        };
        assert_eq!((change(&asked[0], "status"), change(&asked[0], "format")), (Some(json!("active")), Some(json!("xlsx"))));
        assert_eq!((change(&made[0], "rows"), made[0].actor_label.as_str(), made[0].actor_id), (Some(json!(1)), seed::ADMIN, Some(admin.id())));
        let log = admin.get("/audit").await.page().words();
        assert!(log.contains("asked for an export: Coupons: status active"), "{log}");
    }

    async fn a_wrong_day_is_named_and_nothing_is_asked_for(app: App) {
        let admin = app.admin().await;
        let form = admin.get("/dashboard/exports").await.page().form("form.form").with("format", "csv").with("subject", "usage");
        let page = admin.submit(&form.clone().with("from", "2026-02-30")).await.expect(422).page();
        assert_eq!(page.field_errors().len(), 1, "{:?}", page.field_errors());
        assert_eq!(page.value_of("from").as_deref(), Some("2026-02-30"), "what was typed is still there");
        let page = admin.submit(&form.clone().with("from", "2026-02-03").with("until", "2026-02-02")).await.expect(422).page();
        assert_eq!(page.field_errors(), ["Until is before From."]);
        assert_eq!(page.attribute("input[aria-invalid]", "name").as_deref(), Some("until"));
        let page = admin.submit(&form.with("subject", "coupons").with("from", "2026-02-03")).await.expect(422).page();
        assert!(page.field_errors().join(" ").contains("not narrowed by this"), "{:?}", page.field_errors());
        assert_eq!(exports::Entity::find().count(app.db.read()).await.unwrap(), 0);
    }

    async fn a_key_makes_watches_and_fetches_its_own_exports(app: App) {
        let coupon = make::coupon().code("TEN-OFF").percent("10").create(&app).await;
        an_order(&app, &coupon.code, "A-1").await;
        let key = app.key(&["exports"]).await;
        let body = json!({ "subject": "coupon_usage", "format": "csv", "filter": { "coupon_id": coupon.id } });
        let asked = key.call("POST", "/api/v1/exports", &body).await.expect(201);
        assert!(["waiting", "running"].contains(&asked.json()["state"].as_str().unwrap()));
        app.run_jobs().await;
        let done = key.get(asked.location()).await.expect(200).json();
        assert_eq!((&done["state"], &done["rows"], &done["filter"]), (&json!("done"), &json!(2), &json!({ "coupon_id": coupon.id })));
        assert_eq!(key.get("/api/v1/exports").await.expect(200).json()["items"], json!([done]));
        let file = key.get(done["file"].as_str().unwrap()).await.expect(200);
        assert_eq!(rows_of(&file.body).len(), 2);
        assert!(done["expires_at"].is_string() && done["size"] == json!(file.header("content-length").parse::<i64>().unwrap()));
        let batch = { let body = json!({ "coupon_id": coupon.id, "count": 12 }); app.key(&["coupons:write"]).await.call("POST", "/api/v1/batches", &body).await.expect(201).json() };
        app.run_jobs().await;
        let codes = key.call("POST", "/api/v1/exports", &json!({ "subject": "codes", "format": "csv", "filter": { "batch_id": batch["id"] } })).await.expect(201);
        app.run_jobs().await;
        assert_eq!(key.get(codes.location()).await.json()["rows"], 12);
        for (body, field) in [
            (json!({ "subject": "coupon_usage" }), "filter.coupon_id"),
            (json!({ "subject": "codes", "filter": { "batch_id": Uuid::now_v7() } }), "filter.batch_id"),
            (json!({ "subject": "usage", "filter": { "from": "yesterday" } }), "filter.from"),
            (json!({ "subject": "usage", "filter": { "q": "x" } }), "filter.q"),
            (json!({ "subject": "coupons", "filter": { "status": "lost" } }), "filter.status"),
        ] {
            let problem = key.call("POST", "/api/v1/exports", &body).await.expect(422).json();
            assert_eq!(problem["errors"][0]["field"], field, "{problem}");
        }
        assert_eq!(key.call("POST", "/api/v1/exports", &json!({ "subject": "everything" })).await.expect(400).header("content-type"), "application/problem+json");
        app.key(&["audit:read"]).await.get("/api/v1/exports").await.expect(403);
        // Deleted with its file, once.
        app.key(&["exports"]).await.ask("DELETE", asked.location()).await.expect(404);
        key.ask("DELETE", asked.location()).await.expect(204);
        for path in [asked.location(), done["file"].as_str().unwrap()] {
            key.get(path).await.expect(404);
        }
        key.ask("DELETE", asked.location()).await.expect(404);
        assert_eq!(entries(&app, "export.deleted").await.len(), 1);
        let files = || async { files::Entity::find().count(app.db.read()).await.unwrap() };
        assert_eq!(files().await, 2);
        vouchsafe::app::sweep(&app.db, app.now()).await.unwrap();
        assert_eq!(files().await, 1);
    }

    async fn the_codes_of_a_batch_come_as_a_workbook_too(app: App) {
        let admin = app.admin().await;
        let coupon = make::coupon().code("MANY").percent("10").create(&app).await;
        let body = json!({ "coupon_id": coupon.id, "count": 300 });
        let batch = app.key(&["coupons:write"]).await.call("POST", "/api/v1/batches", &body).await.expect(201).json();
        app.run_jobs().await;
        let path = format!("/dashboard/batches/{}", batch["id"].as_str().unwrap());
        assert!(admin.get(&path).await.expect(200).page().has("a[href$='codes.csv']"));
        export(&admin, &path, "codes", "xlsx").await;
        app.run_jobs().await;
        let row = newest(&app).await;
        assert_eq!((row.label.as_str(), row.row_count), ("Codes of MANY", 300));
        assert!(bytes_of(&admin, &file_of(&row)).await.starts_with(b"PK"));
    }
}

/// With a mail server, and a clock that the test moves.
async fn in_time(story: impl AsyncFn(App, MailServer)) {
    for database in [Database::Sqlite, Database::Postgres] {
        let server = MailServer::start().await;
        let url = server.url.clone();
        let app = App::start_at_with(database, Clock::System.now(), |config| config.smtp_url = Some(url)).await;
        story(app.clone(), server).await;
        app.stop().await;
    }
}

#[tokio::test]
async fn two_clicks_make_one_export_and_a_click_ten_seconds_later_another() {
    in_time(async |app, _| {
        let (admin, colleague) = (app.admin().await, app.support().await);
        let ask = async |who: &Actor, format| {
            who.post_form("/dashboard/exports", &[("subject", "audit"), ("format", format)]).await.expect(303);
        };
        let made = async || exports::Entity::find().count(app.db.read()).await.unwrap();
        for so_many in [1, 2] {
            tokio::join!(ask(&admin, "csv"), ask(&admin, "csv"), ask(&admin, "csv"));
            app.run_jobs().await;
            app.pass(Duration::seconds(9));
            ask(&admin, "csv").await;
            assert_eq!(made().await, so_many);
            app.pass(Duration::seconds(1));
        }
        tokio::join!(ask(&admin, "csv"), ask(&admin, "xlsx"), ask(&colleague, "csv"));
        assert_eq!(made().await, 5, "another person, and another format");
    })
    .await;
}

#[tokio::test]
async fn a_letter_brings_the_link_which_ends_after_a_day_and_says_so() {
    in_time(async |app, server| {
        let admin = app.admin().await;
        make::coupon().code("ONE").percent("15").create(&app).await;
        export(&admin, "/dashboard/coupons", "coupons", "xlsx").await;
        app.run_jobs().await;
        let letters = server.letters();
        assert_eq!(letters.len(), 1);
        assert_eq!(
            (letters[0].to.as_str(), letters[0].header("Subject").as_str()),
            (seed::ADMIN, "Your export from Harbour Works is ready")
        );
        let link = letters[0].link("https://vouchsafe.test/dashboard/exports/");
        let path = link.strip_prefix("https://vouchsafe.test").unwrap();
        assert_eq!(path, file_of(&newest(&app).await));
        assert!(bytes_of(&admin, path).await.starts_with(b"PK"));
        // The link of a letter asks who is there, and leads on.
        let stranger = app.anonymous();
        let asked = stranger.get(path).await.expect(303);
        let form = stranger.follow(&asked).await.page().form("form[action^='/sign-in']");
        let into = stranger.submit(&form.with("email", seed::ADMIN).with("password", seed::PASSWORD)).await.expect(303);
        assert_eq!(into.location(), path);
        app.pass(Duration::hours(23));
        assert!(bytes_of(&app.admin().await, path).await.starts_with(b"PK"));
        app.pass(Duration::hours(2));
        let admin = app.admin().await;
        let over = admin.get(path).await.expect(410).page().words();
        assert!(over.contains("This export was there until") && over.contains("Ask for it again"), "{over}");
        let list = admin.get("/dashboard/exports").await.page();
        assert_eq!((list.text("#exports .badge"), list.has("a[download]")), ("Expired".to_owned(), false));
        // The file is removed; the list remembers for a week.
        vouchsafe::app::sweep(&app.db, app.now()).await.unwrap();
        assert_eq!(files::Entity::find().count(app.db.read()).await.unwrap(), 0);
        admin.get(path).await.expect(410);
        app.pass(Duration::days(8));
        vouchsafe::app::sweep(&app.db, app.now()).await.unwrap();
        assert_eq!(exports::Entity::find().count(app.db.read()).await.unwrap(), 0);
        app.admin().await.get(path).await.expect(404);
    })
    .await;
}

#[tokio::test]
async fn without_an_address_for_links_an_export_needs_no_letter() {
    for database in [Database::Sqlite, Database::Postgres] {
        let server = MailServer::start().await;
        let url = server.url.clone();
        let app = App::start_at_with(database, Clock::System.now(), |config| {
            (config.smtp_url, config.base_url) = (Some(url), None);
        })
        .await;
        let admin = app.admin().await;
        let tx = app.db.begin().await.unwrap();
        use sea_orm::ConnectionTrait;
        tx.execute_unprepared("UPDATE tenants SET base_url = NULL").await.unwrap();
        tx.commit().await.unwrap();
        export(&admin, "/dashboard", "usage", "csv").await;
        let said = admin.get("/dashboard/exports").await.page().words();
        assert!(said.contains("It appears here when it is ready."), "{said}");
        app.run_jobs().await;
        bytes_of(&admin, &file_of(&newest(&app).await)).await;
        assert!(server.letters().is_empty());
        let failed = jobs::Entity::find().filter(jobs::Column::State.eq("failed"));
        assert_eq!(failed.count(app.db.read()).await.unwrap(), 0);
        app.stop().await;
    }
}
