//! Every statement of every list finds its index, on a tenant with rows, with and without what the database knows of them.
//!
//! The statements are those that run: a watched database tells them, and each is then explained as it stands.

use sea_orm::{ConnectionTrait, Statement};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use support::prelude::*;
use support::seed::large::{self, Size};
use vouchsafe::audit::queries as audit;
use vouchsafe::coupons::actions::{self, Action};
use vouchsafe::coupons::code::CodeKey;
use vouchsafe::coupons::coupon::Status;
use vouchsafe::coupons::queries::{self, Choices, Filter, Sort, SortKey};
use vouchsafe::coupons::rows;
use vouchsafe::db::Db;
use vouchsafe::exports::filter::Filter as ExportFilter;
use vouchsafe::exports::source::Source;
use vouchsafe::exports::subject::Subject;
use vouchsafe::money::Currency;
use vouchsafe::redemptions::redemption::State;
use vouchsafe::redemptions::{attempts, queries as redemptions};
use vouchsafe::shop::orders::{self, Filter as OrderFilter, State as OrderState};
use vouchsafe::shop::payments::find;
use vouchsafe::tenants;
use vouchsafe::web::paging::Cursor;

/// What SQLite may read from end to end: parts of the statement itself, the index of trigrams, and the words of a tenant,
/// which are a handful.
const OWN_PARTS: [&str; 21] = [
    "tab",
    "tabs",
    "looked",
    "most",
    "few",
    "found",
    "page",
    "n",
    "f",
    "b",
    "s",
    "r",
    "counted",
    "CONSTANT",
    "a",
    "p",
    "merged",
    "coupon_totals",
    "sub_query",
    "product_types",
    "limits",
];

/// The order of the list. PostgreSQL sees that hardly any coupon is a gift, and may as well pass over those in the key.
const NEWEST: &str = "coupons_newest|coupons_tenant_id_id_key";

#[derive(Clone, Default)]
struct Heard(Arc<Mutex<BTreeSet<String>>>);

impl Heard {
    async fn on(&self, app: &App) -> Db {
        let heard = Arc::clone(&self.0);
        let tell = move |sql: &str| _ = heard.lock().unwrap().insert(sql.to_owned());
        Db::open(&app.config).await.unwrap().watched(tell)
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap()).into_iter().collect()
    }
}

/// How the database runs a statement whose values it does not know, as one line a step.
async fn plan(app: &App, sql: &str) -> Vec<String> {
    let backend = app.db.read().get_database_backend();
    if app.database == Database::Sqlite {
        let values = (0..places(sql)).map(|_| sea_orm::Value::String(None));
        let explain = Statement::from_sql_and_values(backend, format!("EXPLAIN QUERY PLAN {sql}"), values);
        let rows = app.db.read().query_all_raw(explain).await.unwrap_or_else(|error| panic!("{error}: {sql}"));
        return rows.iter().map(|row| row.try_get("", "detail").unwrap()).collect();
    }
    let tx = app.db.begin().await.unwrap();
    // As after many runs, when a plan is made for all values; but a search is planned for what is searched for. A table
    // with so few rows would not need its index.
    let mode = if sql.contains("LIKE") { "force_custom_plan" } else { "force_generic_plan" };
    tx.execute_unprepared(&format!("SET LOCAL plan_cache_mode = {mode}")).await.unwrap();
    tx.execute_unprepared("SET LOCAL enable_seqscan = off").await.unwrap();
    tx.execute_unprepared(&format!("PREPARE asked AS {sql}")).await.unwrap_or_else(|error| panic!("{error}: {sql}"));
    let value = |number: usize| match number {
        _ if sql.contains(&format!("LIKE ${number}")) => "'%zzzzz%'".to_owned(),
        1 => format!("'{}'", app.tenant),
        _ => "NULL".to_owned(),
    };
    let values = (1..=places(sql)).map(value).collect::<Vec<_>>().join(", ");
    let execute = if values.is_empty() { "asked".to_owned() } else { format!("asked({values})") };
    let rows = tx.query_all_raw(Statement::from_string(backend, format!("EXPLAIN EXECUTE {execute}"))).await.unwrap();
    tx.execute_unprepared("DEALLOCATE asked").await.unwrap();
    rows.iter().map(|row| row.try_get_by_index::<String>(0).unwrap()).collect()
}

fn places(sql: &str) -> usize {
    (1..100).take_while(|number| sql.contains(&format!("${number}"))).count()
}

/// Steps that read a table from end to end.
fn scans(app: &App, plan: &[String]) -> Vec<String> {
    let is_scan = |step: &&String| {
        if app.database == Database::Postgres {
            // It says so when it has no other way.
            return step.contains("Seq Scan on")
                && !["tenants", "CTE", "products"].iter().any(|small| step.contains(small));
        }
        // What is read through an index goes on under the name that it is given.
        let has = |step: String| plan.iter().any(|other| other.starts_with(&step));
        let is_read = |name: &str| has(format!("CO-ROUTINE {name}")) && has(format!("SEARCH {name} USING"));
        let is_own = |name: &str| OWN_PARTS.contains(&name) || name.starts_with('(') || is_read(name);
        let mut words = step.split(' ');
        words.next() == Some("SCAN") && words.next().is_some_and(|name| !is_own(name))
    };
    plan.iter().filter(is_scan).cloned().collect()
}

struct Plans<'a> {
    app: &'a App,
    heard: Heard,
}

impl Plans<'_> {
    /// What was asked since the last time used these indexes, and scanned nothing.
    async fn used(&self, what: &str, indexes: &[&str]) {
        let mut all = Vec::new();
        for sql in self.heard.take() {
            let plan = plan(self.app, &sql).await;
            let scans = scans(self.app, &plan);
            assert!(scans.is_empty(), "{what}: {scans:?} in\n{sql}\n{}", plan.join("\n"));
            all.extend(plan);
        }
        assert!(!all.is_empty(), "{what}: nothing was asked");
        for index in indexes {
            let is_used = all.iter().any(|step| index.split('|').any(|index| step.contains(index)));
            assert!(is_used, "{what}: not by {index}, but\n{}", all.join("\n"));
        }
    }
}

fn sorted(key: SortKey) -> Filter {
    Filter { sort: Sort { key, descending: false }, ..Filter::default() }
}

async fn lists(app: &App) {
    let heard = Heard::default();
    let db = heard.on(app).await;
    let plans = Plans { app, heard };
    let (tenant, now) = (app.tenant, app.now());
    let first = Cursor::default();
    let id = queries::page(&db, tenant, &Filter::default(), (&first, 15), now).await.unwrap().rows.rows[7].coupon.id;
    plans.used("the first page", &[NEWEST]).await;
    let after = Cursor { after: Some(id.to_string()), before: None };
    let end = Cursor { after: None, before: Some("end".to_owned()) };
    for (key, index) in [
        (SortKey::Created, NEWEST),
        (SortKey::Name, "coupons_by_name"),
        (SortKey::Uses, "coupons_by_uses"),
        (SortKey::ValidUntil, "coupons_by_last_day"),
    ] {
        for cursor in [&first, &after, &end] {
            queries::page(&db, tenant, &sorted(key), (cursor, 15), now).await.unwrap();
            plans.used(&format!("{key:?}, {cursor:?}"), &[index]).await;
        }
    }
    let status = |status| Filter { status: Some(status), ..Filter::default() };
    let some = |text: &str| Some(text.to_owned());
    let typed = |text: &str| Filter { typed: text.to_owned(), ..Filter::default() };
    let living = |filter: Filter| Filter { living: true, ..filter };
    let by_name = if app.database == Database::Sqlite { "VIRTUAL TABLE INDEX" } else { "codes_search" };
    for (what, filter, index) in [
        ("paused", status(Status::Paused), "coupons_paused"),
        ("deleted", status(Status::Deleted), "coupons_deleted"),
        ("used up", status(Status::Exhausted), "coupons_used_up"),
        ("expired", status(Status::Expired), "coupons_by_last_day"),
        ("scheduled", status(Status::Scheduled), "coupons_by_start"),
        ("credit", Filter { benefit: some("credit"), ..Filter::default() }, "coupons_by_benefit"),
        ("percentage", Filter { benefit: some("percentage"), ..Filter::default() }, NEWEST),
        ("a tag", Filter { tag: some("spring"), ..Filter::default() }, "coupon_tags_by_tag"),
        ("a type", Filter { product_type: some("ticket"), ..Filter::default() }, "coupon_product_types_by_type"),
        ("a common word", typed("summer"), by_name),
        ("a rare word", typed("rare"), by_name),
        ("no word", typed("zzzzz"), by_name),
        ("a short word", typed("ra"), "codes"),
        ("what is not deleted", living(Filter::default()), NEWEST),
        ("a word, not deleted", living(typed("summer")), by_name),
        ("a tag, not deleted", living(Filter { tag: some("spring"), ..Filter::default() }), "coupon_tags_by_tag"),
        ("two things", Filter { tag: some("vip"), ..status(Status::Paused) }, "coupon_tags_by_tag"),
    ] {
        for cursor in [&first, &after] {
            queries::page(&db, tenant, &filter, (cursor, 15), now).await.unwrap();
            plans.used(what, &[index]).await;
        }
    }
    for (what, filter, index) in [
        ("what is deleted of a search", Filter { status: Some(Status::Deleted), ..typed("summer") }, by_name),
        ("what is a gift of a search", living(Filter { gift: true, ..typed("summer") }), by_name),
    ] {
        queries::matching(&db, tenant, &filter, now).await.unwrap();
        plans.used(what, &[index]).await;
    }
    for (action, index) in [(Action::Delete, "coupons_deleted"), (Action::Pause, "coupons_paused")] {
        actions::since(db.search(), tenant, action, now).await.unwrap();
        plans.used("what an action is taken back from", &[index]).await;
    }
    queries::active(db.search(), tenant, now).await.unwrap();
    let kept = ["coupons_deleted", "coupons_paused", "coupons_by_last_day", "coupons_by_start", "coupons_used_up"];
    plans.used("how many are active", &kept).await;
    queries::ending(db.search(), tenant, now + chrono::TimeDelta::days(7), 5, now).await.unwrap();
    plans.used("what ends soon", &["coupons_by_last_day"]).await;
    queries::nearly_used_up(db.search(), tenant, 5, now).await.unwrap();
    plans.used("what is nearly used up", &["coupons_nearly_used_up"]).await;
    redemptions::needing_attention(db.search(), (tenant, Currency::from_code("EUR").unwrap()), 6, now).await.unwrap();
    plans.used("what needs attention", &["redemptions_needing_attention"]).await;
    let keys: Vec<CodeKey> = (1..=64).map(|number| CodeKey::fold(&format!("NOBODY{number}")).unwrap()).collect();
    rows::codes_by_key(db.read(), tenant, &keys).await.unwrap();
    plans.used("codes by their keys", &["codes_tenant_id_key_key|sqlite_autoindex_codes"]).await;
    rows::offers(db.read(), tenant, &keys.into_iter().collect()).await.unwrap();
    plans.used("previews by their keys", &["codes_tenant_id_key_key|sqlite_autoindex_codes"]).await;
    queries::first_texts(db.read(), tenant, &[id]).await.unwrap();
    plans.used("the first codes of coupons", &["codes"]).await;
    let mut coupon = rows::load(db.read(), tenant, &[id]).await.unwrap().remove(&id).unwrap();
    coupon.counters.held = 1;
    plans.heard.take();
    rows::forget_overdue(db.read(), tenant, std::iter::once(&mut coupon), now).await.unwrap();
    plans.used("overdue holds of a coupon", &["redemptions_held|redemptions_overdue"]).await;
    let start = CodeKey::fold("C12").unwrap();
    for (start, cursor) in [(None, &after), (Some(&start), &first), (Some(&start), &end)] {
        queries::codes_from(db.read(), tenant, id, start, (cursor, 50), now).await.unwrap();
        plans.used("the codes of a coupon", &["codes_by_coupon_and_key"]).await;
    }
    Choices::load(db.read(), tenant).await.unwrap();
    plans.used("the words of the filters", &["coupon_tags_by_tag"]).await;
    ordered(&plans, &db, id).await;
    logs(&plans, &db, id).await;
    uses(&plans, &db, id).await;
    exports(&plans, &db, id).await;
    db.close().await;
}

async fn ordered(plans: &Plans<'_>, db: &Db, anybody: uuid::Uuid) {
    let all = OrderFilter::default;
    for (what, filter, index) in [
        ("orders", all(), "orders_pkey|sqlite_autoindex_orders|orders_by"),
        // Of a table without rows, PostgreSQL takes any of the indexes that begin with the tenant.
        ("an order", OrderFilter { id: Some(anybody), ..all() }, "orders_pkey|sqlite_autoindex_orders|orders_by"),
        ("orders to be paid", OrderFilter { state: Some(OrderState::Open), ..all() }, "orders_by_state"),
        ("orders to be looked at", OrderFilter { needs_attention: true, ..all() }, "orders_by"),
        ("own orders", OrderFilter { of: Some((anybody, vec![anybody, plans.app.tenant])), ..all() }, "orders_by_user"),
    ] {
        orders::page(db.read(), plans.app.tenant, &filter, &Cursor::default()).await.unwrap();
        plans.used(what, &[index]).await;
    }
    let (tenant, first) = (plans.app.tenant, Cursor::default());
    find::page(db.read(), tenant, &first).await.unwrap();
    plans.used("payments", &["payment_events_pkey|sqlite_autoindex_payment_events"]).await;
    find::of_order(db.read(), tenant, anybody).await.unwrap();
    plans.used("payments of an order", &["payment_events_by_order"]).await;
}

async fn logs(plans: &Plans<'_>, db: &Db, coupon: uuid::Uuid) {
    let (tenant, now) = (plans.app.tenant, plans.app.now());
    let first = Cursor::default();
    let code = |coupon| audit::Code { key: "CABC".to_owned(), coupon };
    let ids = vec![coupon, tenant];
    for (what, wanted, index) in [
        ("the log", audit::Wanted::default(), "audit_entries"),
        ("a code", audit::Wanted { code: Some(code(None)), ..audit::Wanted::default() }, "audit_by_code"),
        (
            "a code and its coupon",
            audit::Wanted { code: Some(code(Some(coupon))), ..audit::Wanted::default() },
            "audit_by_coupon_alone",
        ),
        ("people", audit::Wanted { actors: Some(ids.clone()), ..audit::Wanted::default() }, "audit_by_actor"),
        (
            "organizations",
            audit::Wanted { organizations: Some(ids.clone()), ..audit::Wanted::default() },
            "audit_by_organization",
        ),
        (
            "an action",
            audit::Wanted { action: Some("coupon.paused".to_owned()), ..audit::Wanted::default() },
            "audit_by_action",
        ),
        ("a time", audit::Wanted { from: Some(now), until: Some(now), ..audit::Wanted::default() }, "audit_entries"),
    ] {
        audit::page(db.read(), tenant, &wanted, (&first, audit::PAGE)).await.unwrap();
        plans.used(what, &[index]).await;
    }
    for (what, wanted, index) in [
        ("attempts", attempts::Wanted::default(), "attempts"),
        ("of people", attempts::Wanted { users: Some(ids.clone()), ..attempts::Wanted::default() }, "attempts_by_user"),
        (
            "of organizations",
            attempts::Wanted { organizations: Some(ids), ..attempts::Wanted::default() },
            "attempts_by_organization",
        ),
        (
            "of a reason",
            attempts::Wanted { refusal: Some("paused"), ..attempts::Wanted::default() },
            "attempts_by_refusal",
        ),
    ] {
        attempts::page(db.read(), tenant, &wanted, &first).await.unwrap();
        plans.used(what, &[index]).await;
    }
    attempts::count_of_coupon(db.read(), (tenant, coupon), now, 100).await.unwrap();
    // Half of all attempts are this coupon's: so many are found soon either way.
    plans.used("refused lately", &["attempts_by_coupon|attempts_pkey"]).await;
}

/// Each filter of the redemptions alone, and together with others; of two, PostgreSQL takes what it knows to find less.
async fn uses(plans: &Plans<'_>, db: &Db, coupon: uuid::Uuid) {
    use redemptions::Wanted;
    let (tenant, now) = (plans.app.tenant, plans.app.now());
    let currency = Currency::from_code("EUR").unwrap();
    let before = Cursor { after: None, before: Some(coupon.to_string()) };
    let ids = Some(vec![coupon, tenant]);
    let state = |state| Wanted { state: Some(state), ..Wanted::default() };
    let (coupon, code) = (Some(coupon), Some(coupon));
    let (reversed, expired) = (state(State::Reversed), state(State::Expired));
    let of_order = Wanted { order: Some("order-7".to_owned()), ..Wanted::default() };
    for (what, wanted, index) in [
        ("all", Wanted::default(), "redemptions"),
        ("of an order", of_order.clone(), "redemptions_by_order"),
        ("of an order and a coupon", Wanted { coupon, ..of_order }, "redemptions_by_order|redemptions_by_coupon"),
        ("of persons", Wanted { persons: ids.clone(), ..Wanted::default() }, "redemptions_by_person"),
        (
            "of a person's coupon",
            Wanted { persons: ids.clone(), coupon, ..Wanted::default() },
            "redemptions_by_person|redemptions_by_coupon",
        ),
        ("of organizations", Wanted { organizations: ids.clone(), ..Wanted::default() }, "redemptions_by_organization"),
        ("that need attention", Wanted { needs_attention: true, ..Wanted::default() }, "redemptions_needing_attention"),
        ("that are held", state(State::Held), "redemptions_held|redemptions_overdue"),
        ("that are confirmed", state(State::Confirmed), "redemptions"),
        ("that are expired", expired.clone(), "redemptions_ended"),
        ("whose hold is over", expired, "redemptions_overdue|redemptions_held"),
        ("that are reversed", reversed.clone(), "redemptions_ended"),
        ("of a coupon, reversed", Wanted { coupon, ..reversed }, "redemptions_ended|redemptions_by_coupon"),
        ("of a code", Wanted { code, coupon, ..Wanted::default() }, "redemptions_by_code|redemptions_by_coupon"),
        ("of a coupon", Wanted { coupon, ..Wanted::default() }, "redemptions_by_coupon"),
        ("of a time", Wanted { from: Some(now), until: Some(now), ..Wanted::default() }, "redemptions"),
    ] {
        for cursor in [&Cursor::default(), &before] {
            redemptions::page(db.read(), (tenant, currency), &wanted, cursor, now).await.unwrap();
            plans.used(what, &[index]).await;
        }
    }
}

/// From the key at the edge of the page before, and never past what was read already.
async fn exports(plans: &Plans<'_>, db: &Db, coupon: uuid::Uuid) {
    let (tenant, now) = (plans.app.tenant, plans.app.now());
    let tenant = tenants::queries::by_id(db.read(), tenant).await.unwrap().unwrap();
    let of_coupon = ExportFilter { coupon_id: Some(coupon), ..ExportFilter::default() };
    for (what, subject, filter, index) in [
        ("all redemptions", Subject::Usage, ExportFilter::default(), "redemptions"),
        ("those of a coupon", Subject::CouponUsage, of_coupon, "redemptions_by_coupon"),
    ] {
        let mut source = Source::open(db, &tenant, (subject, filter), now).await.unwrap();
        plans.heard.take();
        source.total().await.unwrap();
        plans.used(&format!("how many, {what}"), &[index]).await;
        for _ in 1..3 {
            source.next().await.unwrap();
        }
        let said = plans.heard.0.lock().unwrap().iter().any(|sql| sql.contains("OFFSET"));
        assert!(!said, "rows that were read already are not passed over");
        plans.used(&format!("pages, {what}"), &[index, "codes", "redemption_lines", "person_aliases"]).await;
    }
}

on_both_databases! {
    async fn every_statement_of_every_list_finds_its_index(app: App) {
        let size = Size { coupons: 12_000, redemptions: 6_000, attempts: 3_000 };
        large::fill(&app.db, app.tenant, size, app.now()).await;
        lists(&app).await;
        if app.database == Database::Sqlite {
            // Without figures too, as they are before the first look at the tables.
            let tx = app.db.begin().await.unwrap();
            tx.execute_unprepared("DELETE FROM sqlite_stat1").await.unwrap();
            tx.execute_unprepared("ANALYZE sqlite_schema").await.unwrap();
            tx.commit().await.unwrap();
            lists(&app).await;
        }
    }
}
