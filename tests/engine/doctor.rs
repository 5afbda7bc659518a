//! `vouchsafe doctor`: nothing differs after a busy day, whatever differs is found and mended on record.

use crate::till::{HOLD, Till, done, tickets};
use chrono::Duration;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde_json::Value;
use std::process::Command;
use support::app::SECRET;
use support::prelude::*;
use uuid::Uuid;
use vouchsafe::db::tables::audit_entries;
use vouchsafe::redemptions::desk::{Event, Reply};
use vouchsafe::redemptions::redemption::State;

/// Runs the program's own `doctor` on the database of this app: its exit code, and what it prints.
async fn doctor(app: &App, arguments: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vouchsafe"));
    command.arg("doctor").args(arguments).current_dir(&app.config.data).env("VOUCHSAFE_DATA", &app.config.data);
    command.env_remove("DATABASE_URL").env("VOUCHSAFE_SECRET_KEY", SECRET);
    if let Some(url) = &app.config.database_url {
        command.env("DATABASE_URL", url);
    }
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), said)
}

/// What `doctor --json` found: what it is, and the figures as `name counted kept`.
async fn found(app: &App, arguments: &[&str]) -> (i32, Vec<(String, String, String)>) {
    let (code, said) = doctor(app, &[&["--json"], arguments].concat()).await;
    let said: Value = serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}"));
    let line = |it: &Value| {
        let figures = it["fields"].as_array().unwrap().iter();
        let figures: Vec<_> =
            figures.map(|it| format!("{} {} {}", it["name"].as_str().unwrap(), it["counted"], it["kept"])).collect();
        (it["what"].as_str().unwrap().to_owned(), figures.join(", "), it["outcome"].as_str().unwrap().to_owned())
    };
    (code, said["differences"].as_array().unwrap().iter().map(line).collect())
}

async fn plant(app: &App, sql: &str) {
    let tx = app.db.begin().await.unwrap();
    let done = tx.execute_unprepared(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    assert!(done.rows_affected() > 0, "nothing was planted: {sql}");
    tx.commit().await.unwrap();
}

/// An id as the database at hand writes it.
fn id(app: &App, id: Uuid) -> String {
    match app.database {
        Database::Sqlite => format!("x'{}'", id.simple()),
        Database::Postgres => format!("'{id}'"),
    }
}

/// One of everything that can happen to a redemption; the coupon by unit, and the organization.
async fn busy_day(app: &App) -> (make::Coupon, Uuid) {
    let till = Till::open(app).await;
    let by_unit = make::coupon().percent("100").max_uses(50).create(app).await;
    let by_order = make::coupon().fixed("6").create(app).await;
    let kept = make::coupon().percent("50").with(|row| row.restore_uses = Set("never".to_owned())).create(app).await;
    let once = make::coupon().percent("10").max_uses(1).create(app).await;
    let club = make::organization(app, "Rowing club").await.id;
    let three = |sku: &str| vec![tickets(sku, 1_000, 3), tickets("programme", 200, 1)];
    // Held; extended; swapped for another content; released; expired and paid late; confirmed.
    till.checkout(&by_unit.code).order("held").person("ada").items(vec![tickets("opera", 900, 2)]).done().await;
    till.later(Duration::minutes(5)).checkout(&by_order.code).order("held-2").organization(club).done().await;
    till.later(Duration::minutes(9)).checkout(&by_order.code).order("held-2").organization(club).done().await;
    till.checkout(&by_order.code).order("swapped").items(three("concert")).done().await;
    till.checkout(&by_order.code).order("swapped").items(three("opera")).done().await;
    let released = till.checkout(&by_unit.code).order("released").person("bob").done().await.redemption.id;
    done(till.release(released).await);
    for coupon in [&by_unit, &by_order, &kept] {
        for lines in [None, Some(vec![(0, 2)]), Some(vec![(0, 3), (1, 1)]), Some(vec![])] {
            let order = till.checkout(&coupon.code).items(three("concert")).person("eve").email("eve@example.org");
            let order = if coupon.id == by_unit.id { order.items(vec![tickets("concert", 1_000, 3)]) } else { order };
            let held = order.organization(club).done().await.redemption;
            done(till.confirm(held.id).await);
            let lines = lines.map(|mut lines: Vec<(usize, i64)>| {
                lines.retain(|(line, _)| *line < held.lines.len());
                lines
            });
            if lines.as_ref().is_none_or(|lines| !lines.is_empty()) {
                done(till.change(held.id, Event::Reverse(lines)).await);
            }
        }
    }
    // Paid too late, and honoured.
    let late = till.checkout(&once.code).order("late").person("cy").done().await.redemption.id;
    let after = till.later(HOLD + Duration::minutes(1));
    let other = after.checkout(&once.code).order("other").person("dan").done().await.redemption.id;
    done(after.confirm(other).await);
    assert!(matches!(after.confirm(late).await, Reply::TooLate { .. }));
    done(after.change(late, Event::Honour).await);
    // An own hold that steps aside, and two names that turn out to be one person.
    till.checkout(&by_unit.code).order("mine").person("fay").done().await;
    till.checkout(&by_unit.code).order("mine too").email("fay@example.org").done().await;
    let joined = till.checkout(&by_order.code).order("joined").person("fay").email("fay@example.org").done().await;
    done(till.confirm(joined.redemption.id).await);
    // What organizations get, and give back.
    let credit = make::coupon().credit("25").per_organization(None).create(app).await;
    let limits = make::coupon().raise("seats", 40).per_organization(None).create(app).await;
    let more = make::coupon().raise("seats", 90).set("projects", Some(70)).per_organization(None).create(app).await;
    done(till.apply(&credit.code, club).await);
    done(till.apply(&limits.code, club).await);
    let credited = done(till.apply(&credit.code, club).await).redemption;
    let raised = done(till.apply(&more.code, club).await).redemption;
    assert_eq!(done(till.reverse(credited.id).await).redemption.state, State::Reversed);
    assert_eq!(done(till.reverse(raised.id).await).redemption.state, State::Reversed);
    (by_unit, club)
}

/// What the audit log has of repairs: subject, its id, what changed.
async fn repairs(app: &App) -> Vec<(String, String, String)> {
    use audit_entries::{Column, Entity};
    let rows = Entity::find().filter(Column::Action.eq("doctor.repaired")).all(app.db.read()).await.unwrap();
    rows.into_iter().map(|row| (row.subject_kind, row.actor_label, row.changes.to_string())).collect()
}

on_both_databases! {
    async fn after_a_busy_day_nothing_differs(app: App) {
        busy_day(&app).await;
        assert_eq!(found(&app, &[]).await, (0, vec![]));
        let (code, said) = doctor(&app, &["--repair"]).await;
        assert_eq!((code, said.trim()), (0, "Everything was counted again. 0 differences."));
        assert_eq!(repairs(&app).await, vec![]);
    }

    async fn whatever_differs_is_found_and_mended_on_record(app: App) {
        let (coupon, club) = busy_day(&app).await;
        let here = format!("id = {}", id(&app, coupon.id));
        let of_coupon = format!("owner_id = {}", id(&app, coupon.id));
        let nobody = id(&app, Uuid::now_v7());
        let tenant = id(&app, app.tenant);
        let planted = [
            (format!("UPDATE coupons SET uses = uses + 1, spent = spent - 1 WHERE {here}"), "coupon", "coupon"),
            (format!("UPDATE coupons SET held = 0, spent_held = 7 WHERE {here}"), "coupon", "coupon"),
            (format!("UPDATE codes SET uses = 0 WHERE id = {}", id(&app, coupon.code_id)), "code", "code"),
            (format!("UPDATE codes SET held = held + 3 WHERE id = {}", id(&app, coupon.code_id)), "code", "code"),
            (
                format!("UPDATE usage_counters SET uses = uses + 1 WHERE scope = 'person' AND uses > 0 AND {of_coupon}"),
                "uses of a person",
                "coupon",
            ),
            (
                format!("DELETE FROM usage_counters WHERE scope = 'organization' AND {of_coupon}"),
                "uses of an organization",
                "coupon",
            ),
            (
                format!("UPDATE usage_counters SET uses = 0 WHERE scope = 'product' AND uses > 0 AND {of_coupon}"),
                "uses of a product",
                "coupon",
            ),
            (
                "UPDATE usage_counters SET uses = uses + 2 WHERE scope = 'free' AND uses > 0".to_owned(),
                "free units of a person",
                "person",
            ),
            (
                format!("INSERT INTO usage_counters (tenant_id, scope, owner_id, subject_id, uses, held) \
                    VALUES ({tenant}, 'product', {nobody}, {nobody}, 1, 0)"),
                "uses of a product",
                "coupon",
            ),
            (
                format!("UPDATE credit_balances SET balance = 3 WHERE organization_id = {}", id(&app, club)),
                "credit balance",
                "organization",
            ),
            ("UPDATE limit_grants SET live = NOT live WHERE live".to_owned(), "limit grants", "redemption"),
            (
                "UPDATE limit_grants SET live = NOT live, withdrawn_at = NULL WHERE withdrawn_at IS NOT NULL".to_owned(),
                "limit grants",
                "redemption",
            ),
        ];
        for (number, (sql, what, subject)) in planted.iter().enumerate() {
            plant(&app, sql).await;
            let (code, differences) = found(&app, &[]).await;
            assert_eq!(code, 1, "{sql}");
            let whats: Vec<_> = differences.iter().map(|(what, _, outcome)| (what.as_str(), outcome.as_str())).collect();
            assert_eq!(whats, [(*what, "found")], "{sql}: {differences:?}");
            let (code, said) = doctor(&app, &["--repair"]).await;
            assert_eq!(code, 0, "{sql}: {said}");
            assert!(said.contains("harbour-works: ") && said.contains(" – repaired"), "{said}");
            assert_eq!(found(&app, &[]).await, (0, vec![]), "{sql}");
            let repairs = repairs(&app).await;
            assert_eq!(repairs.len(), number + 1, "{sql}");
            assert_eq!((repairs[number].0.as_str(), repairs[number].1.as_str()), (*subject, "doctor"), "{sql}");
        }
        let log = app.admin().await.get("/audit?action=doctor.repaired").await.expect(200);
        assert!(log.page().words().contains("repaired what is kept of"), "{log:?}");
    }

    async fn several_differences_are_told_one_by_one_with_their_figures(app: App) {
        let coupon = make::coupon().max_uses(20).create(&app).await;
        let till = Till::open(&app).await;
        let held = till.checkout(&coupon.code).order("A-1").person("ada").items(vec![tickets("a", 500, 4)]).done().await;
        plant(&app, "UPDATE coupons SET uses = 3, held = 5").await;
        plant(&app, "UPDATE usage_counters SET uses = 9 WHERE scope = 'person'").await;
        let expected = [
            ("coupon", "uses 0 3, held 4 5"),
            ("uses of a person", "uses 0 9"),
        ];
        let expected = |outcome: &str| {
            expected.map(|(what, figures)| (what.to_owned(), figures.to_owned(), outcome.to_owned())).to_vec()
        };
        assert_eq!(found(&app, &[]).await, (1, expected("found")));
        assert_eq!(found(&app, &["--repair"]).await, (0, expected("repaired")));
        assert_eq!(found(&app, &[]).await, (0, vec![]));
        let changes = repairs(&app).await;
        assert!(changes[0].2.contains(r#""before":3"#) && changes[0].2.contains(r#""after":0"#), "{changes:?}");
        done(till.confirm(held.redemption.id).await);
        assert_eq!(found(&app, &[]).await, (0, vec![]), "the desk goes on from the repaired counters");
    }

    async fn a_count_above_its_maximum_is_told_and_raises_nothing(app: App) {
        let coupon = make::coupon().max_uses(9).create(&app).await;
        let till = Till::open(&app).await;
        let held = till.checkout(&coupon.code).items(vec![tickets("a", 500, 4)]).done().await;
        done(till.confirm(held.redemption.id).await);
        plant(&app, "UPDATE coupons SET uses = 1, max_uses = 2").await;
        let (code, said) = doctor(&app, &["--repair"]).await;
        assert_eq!(code, 1);
        assert!(said.contains("uses counted 4, kept 1 – left as it is. The count is more than its maximum allows"), "{said}");
        let row = make::coupon_row(&app, coupon.id).await;
        assert_eq!((row.uses, row.max_uses), (1, Some(2)));
        assert_eq!(repairs(&app).await, vec![]);
    }

    async fn rows_that_contradict_each_other_are_told_and_left_alone(app: App) {
        let (_, club) = busy_day(&app).await;
        plant(&app, &format!(
            "INSERT INTO credit_entries (tenant_id, id, organization_id, amount, balance_after, kind, memo, created_at) \
             SELECT tenant_id, {}, organization_id, 100, 77, kind, memo, created_at FROM credit_entries LIMIT 1",
            id(&app, Uuid::now_v7()),
        )).await;
        plant(&app, "UPDATE redemption_lines SET price_after = price_after + 1 WHERE sku = 'opera' AND quantity = 2").await;
        let (code, differences) = found(&app, &["--repair"]).await;
        let whats: Vec<_> = differences.iter().map(|(what, _, outcome)| (what.as_str(), outcome.as_str())).collect();
        assert_eq!(whats, [("credit balance", "repaired"), ("ledger", "left"), ("redemption", "left")]);
        assert_eq!(code, 1);
        let _ = club;
    }

    async fn a_clock_that_jumps_back_and_forth_costs_no_use_and_gives_none_away(app: App) {
        let coupon = make::coupon().percent("100").max_uses(6).create(&app).await;
        let till = Till::open(&app).await;
        let mut held = Vec::new();
        for (number, minutes) in [0, -60, 30, 120, -1_440, 50, 1, 100, -5, 46, 0, 91].into_iter().enumerate() {
            let now = till.later(Duration::minutes(minutes));
            let reply = now.checkout(&coupon.code).order(&format!("jump-{number}")).ask().await;
            if let Reply::Done(receipt) = reply {
                held.push(receipt.redemption.id);
            }
            if number % 3 == 2 && let Some(id) = held.pop() {
                let reply = now.confirm(id).await;
                assert!(matches!(reply, Reply::Done(_) | Reply::TooLate { .. }), "{reply:?}");
            }
            let row = make::coupon_row(&app, coupon.id).await;
            assert!(row.uses + row.held <= 6, "{row:?}");
            assert_eq!(found(&app, &[]).await, (0, vec![]), "after {minutes} minutes");
        }
    }

    async fn a_tenant_is_named_and_can_be_looked_at_alone(app: App) {
        let other = make::tenant(&app, "north-pier", "north.test").await;
        make::coupon().used(2).create_in(&app, other).await;
        let (code, said) = doctor(&app, &[]).await;
        assert_eq!(code, 1);
        assert!(said.starts_with("north-pier: coupon "), "{said}");
        assert_eq!(doctor(&app, &["--tenant", "harbour-works"]).await.0, 0);
        assert_eq!(doctor(&app, &["--tenant", "nowhere"]).await, (2, "vouchsafe: no tenant has the short name nowhere\n".to_owned()));
    }
}

#[test]
fn a_doctor_who_cannot_look_says_so_and_makes_no_database() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_vouchsafe"));
    command.arg("doctor").current_dir(folder.path()).env("VOUCHSAFE_DATA", folder.path()).env_remove("DATABASE_URL");
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("there is no database at"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
