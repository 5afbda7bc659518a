//! A tenant as large as one wants it, made inside the database from a series of numbers: for measuring, and for asking how
//! a query is run. Every row is one that the program could have written, and every counter is right.
//!
//! The first coupon is the hot one: half of all redemptions are its own. The others are spread over the other coupons. One
//! coupon in ten has `SUMMER` in its code, seven have `RARE`; statuses, benefits, tags and gifts are mixed in.

use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;
use std::fmt::Write;
use uuid::Uuid;
use vouchsafe::coupons::coupon::ProductKey;
use vouchsafe::db::Db;
use vouchsafe::redemptions::world::product_id;

/// Organizations that redeem the hot coupon.
pub const ORGANIZATIONS: u64 = 20;
/// Rows of one transaction, so that the write-ahead log stays small.
const PIECE: u64 = 250_000;
/// Coupons are this old at most, redemptions half of it.
const YEARS_MS: u64 = 2 * 365 * 24 * 3_600 * 1_000;

/// How much there is to be.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Coupons, each with one code.
    pub coupons: u64,
    /// Redemptions, each with a line and an entry in the audit log.
    pub redemptions: u64,
    /// Refused entries.
    pub attempts: u64,
}

/// The words of one database.
struct Words {
    postgres: bool,
    tenant: String,
    now_ms: u64,
    size: Size,
}

/// Fills the tenant, and tells the database to look at what it has.
pub async fn fill(db: &Db, tenant: Uuid, size: Size, now: DateTime<Utc>) {
    let now_ms = u64::try_from(now.timestamp_millis()).expect("a time after 1970");
    let postgres = db.is_postgres();
    if !postgres {
        // More than the program would take; the rest of this process only measures.
        let tx = db.begin().await.expect("a transaction");
        tx.execute_unprepared("PRAGMA cache_size = -500000").await.expect("memory");
        tx.commit().await.expect("it is kept");
    }
    let mut words = Words { postgres, tenant: String::new(), now_ms, size };
    words.tenant = words.literal(tenant);
    words.run(db, 1, ORGANIZATIONS, &[words.organizations()], false).await;
    words.run(db, 1, size.coupons, &words.coupons(), false).await;
    words.run(db, 1, size.redemptions, &words.redemptions(), true).await;
    words.run(db, 1, size.attempts, &[words.attempts()], true).await;
    words.run(db, 1, ORGANIZATIONS, &[words.counters()], false).await;
    let tx = db.begin().await.expect("a transaction");
    if postgres {
        // As its own vacuum does sooner or later; until then every search reads what was added one by one.
        for index in ["codes_search", "coupons_search"] {
            let sql = format!("SELECT gin_clean_pending_list('{index}'::regclass)");
            tx.execute_unprepared(&sql).await.expect("the index takes what was added");
        }
    }
    tx.execute_unprepared("ANALYZE").await.expect("statistics");
    tx.commit().await.expect("they are kept");
}

impl Words {
    /// Runs the statements for the numbers from `first` to `last`, piece by piece. `trusted` leaves the foreign keys of
    /// PostgreSQL unchecked for these rows, whose targets were made by the same numbers: that would take minutes.
    async fn run(&self, db: &Db, first: u64, last: u64, statements: &[String], trusted: bool) {
        let mut from = first;
        while from <= last {
            let to = last.min(from + PIECE - 1);
            let tx = db.begin().await.expect("a transaction");
            if self.postgres {
                tx.execute_unprepared("SET LOCAL statement_timeout = 0").await.expect("time");
            }
            if self.postgres && trusted {
                tx.execute_unprepared("SET LOCAL session_replication_role = replica").await.expect("a superuser");
            }
            for statement in statements {
                let numbers = if self.postgres {
                    format!("(SELECT n AS i FROM generate_series({from}::bigint, {to}::bigint) AS n) AS numbers")
                } else {
                    format!(
                        "(WITH RECURSIVE n(i) AS (SELECT {from} UNION ALL SELECT i + 1 FROM n WHERE i < {to}) \
                         SELECT i FROM n) AS numbers"
                    )
                };
                let sql = statement.replace("NUMBERS", &numbers);
                tx.execute_unprepared(&sql).await.unwrap_or_else(|error| panic!("{error}: {sql}"));
            }
            tx.commit().await.expect("the rows are kept");
            from = to + 1;
        }
    }

    /// The instant with this expression of milliseconds.
    fn time(&self, ms: &str) -> String {
        if self.postgres {
            format!("to_timestamp(({ms}) / 1000.0)")
        } else {
            format!("strftime('%Y-%m-%dT%H:%M:%f', ({ms}) / 1000.0, 'unixepoch') || '+00:00'")
        }
    }

    /// An id of version 7 made at `ms`, of the kind `kind`, with this number.
    fn id(&self, ms: &str, kind: u32, number: &str) -> String {
        if self.postgres {
            format!(
                "(lpad(to_hex({ms}), 12, '0') || '70008' || lpad(to_hex({kind}), 3, '0') || \
                 lpad(to_hex({number}), 12, '0'))::uuid"
            )
        } else {
            format!("unhex(printf('%012x70008%03x%012x', {ms}, {kind}, {number}))")
        }
    }

    fn literal(&self, id: Uuid) -> String {
        if self.postgres { format!("'{id}'::uuid") } else { format!("x'{}'", id.simple()) }
    }

    fn bool(&self, condition: &str) -> String {
        if self.postgres { format!("({condition})") } else { format!("(CASE WHEN {condition} THEN 1 ELSE 0 END)") }
    }

    /// When the coupon with this number was made.
    fn coupon_ms(&self, number: &str) -> String {
        let step = YEARS_MS / self.size.coupons.max(1);
        let start = self.now_ms - YEARS_MS;
        format!("({start} + ({number}) * {step})")
    }

    fn coupon_id(&self, number: &str) -> String {
        self.id(&self.coupon_ms(number), 1, number)
    }

    fn code_id(&self, number: &str) -> String {
        self.id(&self.coupon_ms(number), 2, number)
    }

    /// When the redemption with this number was made.
    fn redemption_ms(&self, number: &str) -> String {
        let step = (YEARS_MS / 2) / self.size.redemptions.max(1);
        let start = self.now_ms - YEARS_MS / 2;
        format!("({start} + ({number}) * {step})")
    }

    fn organization_id(&self, number: &str) -> String {
        self.id(&(self.now_ms - YEARS_MS).to_string(), 3, number)
    }

    /// The text of a code, which is its key too: neither O nor I nor L is in it.
    fn code_text(&self, number: &str) -> String {
        let rare = (self.size.coupons / 7).max(1);
        let hash = format!("(({number}) * 2654435761) % 4294967296");
        let hex = if self.postgres {
            format!("upper(lpad(to_hex({hash}), 8, '0'))")
        } else {
            format!("printf('%08X', {hash})")
        };
        format!(
            "(CASE WHEN ({number}) % 10 = 0 THEN 'SUMMER' WHEN ({number}) % {rare} = 1 THEN 'RARE' ELSE 'C' END) || {hex}"
        )
    }

    fn hot(&self) -> u64 {
        self.size.redemptions / 2
    }

    /// Coupons beside the hot one.
    fn spread(&self) -> u64 {
        self.size.coupons.saturating_sub(1).max(1)
    }

    /// The number of the coupon of redemption `i`.
    fn coupon_of(&self) -> String {
        format!("(CASE WHEN i <= {} THEN 1 ELSE 2 + i % {} END)", self.hot(), self.spread())
    }

    fn organizations(&self) -> String {
        let (tenant, at) = (&self.tenant, self.time(&(self.now_ms - YEARS_MS).to_string()));
        let id = self.organization_id("i");
        format!(
            "INSERT INTO organizations (tenant_id, id, name, name_folded, created_at, updated_at) \
             SELECT {tenant}, {id}, 'Customer ' || i, 'customer ' || i, {at}, {at} FROM NUMBERS"
        )
    }

    fn coupons(&self) -> Vec<String> {
        let (tenant, made) = (&self.tenant, self.time(&self.coupon_ms("i")));
        let (hot, all, spread) = (self.hot(), self.size.redemptions, self.spread());
        let uses = format!(
            "(CASE WHEN i = 1 THEN {hot} ELSE ({all} - (i - 2) + {spread}) / {spread} \
             - ({hot} - (i - 2) + {spread}) / {spread} END)"
        );
        let past = self.time(&(self.now_ms - 3_600_000).to_string());
        let future = self.time(&(self.now_ms + YEARS_MS).to_string());
        let text = |null: &str| if self.postgres { format!("NULL::{null}") } else { "NULL".to_owned() };
        let (no_time, no_number) = (text("timestamptz"), text("bigint"));
        let coupon = format!(
            "INSERT INTO coupons (tenant_id, id, name, name_folded, description, note, benefit, percentage_bp, amount, \
             minimum_amount, valid_from, valid_until, uses_per, max_uses, benefit_ends, restore_uses, gift, paused_at, \
             deleted_at, created_at, updated_at, uses, held, spent, spent_held, version) \
             SELECT {tenant}, {id}, 'Offer ' || i, 'offer ' || i, '', '', \
             CASE WHEN i % 10 = 7 THEN 'fixed_amount' WHEN i % 100 = 8 THEN 'credit' ELSE 'percentage' END, \
             CASE WHEN i % 10 = 7 OR i % 100 = 8 THEN {no_number} ELSE 1000 END, \
             CASE WHEN i % 10 = 7 OR i % 100 = 8 THEN 500 ELSE {no_number} END, 0, \
             CASE WHEN i % 20 = 4 THEN {future} ELSE {no_time} END, \
             CASE WHEN i % 20 = 3 THEN {past} ELSE {no_time} END, 'order', \
             CASE WHEN i % 25 = 5 THEN {uses} ELSE {no_number} END, 'never', 'always', {gift}, \
             CASE WHEN i % 50 = 1 AND i > 1 THEN {made} ELSE {no_time} END, \
             CASE WHEN i % 50 = 2 THEN {made} ELSE {no_time} END, {made}, {made}, {uses}, 0, 100 * {uses}, 0, 1 FROM NUMBERS",
            id = self.coupon_id("i"),
            gift = self.bool("i % 100 = 9"),
        );
        let code = format!(
            "INSERT INTO codes (tenant_id, id, coupon_id, text, key, canary, uses, held, created_at, deleted_at) \
             SELECT {tenant}, {code}, {coupon}, {text}, {text}, {no}, {uses}, 0, {made}, \
             CASE WHEN i % 50 = 2 THEN {made} ELSE {no_time} END FROM NUMBERS",
            code = self.code_id("i"),
            coupon = self.coupon_id("i"),
            text = self.code_text("i"),
            no = self.bool("1 = 0"),
        );
        let linked = |table: &str, column: &str, value: &str, which: &str| {
            let coupon = self.coupon_id("i");
            format!(
                "INSERT INTO {table} (tenant_id, coupon_id, {column}) SELECT {tenant}, {coupon}, '{value}' FROM NUMBERS \
                 WHERE i % {which}"
            )
        };
        let vip = (self.size.coupons / 100).max(1);
        let seat = self.literal(product_id(&ProductKey::Sku("seat".to_owned())));
        let seats = format!(
            "INSERT INTO usage_counters (tenant_id, scope, owner_id, subject_id, uses, held) \
             SELECT {tenant}, 'product', {coupon}, {seat}, {uses}, 0 FROM NUMBERS",
            coupon = self.coupon_id("i"),
        );
        vec![
            coupon,
            code,
            seats,
            linked("coupon_tags", "tag", "spring", "10 = 0"),
            linked("coupon_tags", "tag", "vip", &format!("{vip} = 0")),
            linked("coupon_product_types", "product_type", "ticket", "5 = 0"),
        ]
    }

    fn redemptions(&self) -> Vec<String> {
        let (tenant, at) = (&self.tenant, self.time(&self.redemption_ms("i")));
        let (id, number) = (self.id(&self.redemption_ms("i"), 4, "i"), self.coupon_of());
        let (coupon, code) = (self.coupon_id(&number), self.code_id(&number));
        let hot = self.hot();
        let none = if self.postgres { "NULL::uuid" } else { "NULL" };
        let organization = format!(
            "CASE WHEN i <= {hot} THEN {} ELSE {none} END",
            self.organization_id(&format!("1 + i % {ORGANIZATIONS}"))
        );
        let json = |text: &str| if self.postgres { format!("'{text}'::jsonb") } else { format!("'{text}'") };
        let terms = json(
            r#"{"benefit":{"kind":"percentage","basis_points":1000,"max_discount":null},"uses_per":"order","minimum_amount":0,"discounted_periods":null,"benefit_ends_at":null,"restore_uses":"always","minimum_charge":0}"#,
        );
        let units = json("[]");
        let changes = json("[]");
        let subject = self.subject("i");
        let mut audit = String::new();
        let _ = write!(
            audit,
            "INSERT INTO audit_entries (tenant_id, id, action, actor_kind, actor_id, actor_label, subject_kind, subject_id, \
             subject_label, organization_id, organization_label, coupon_id, code_key, code_text, redemption_id, changes, \
             request_id, created_at) SELECT {tenant}, {}, \
             CASE WHEN i % 3 = 0 THEN 'redemption.held' ELSE 'redemption.confirmed' END, 'key', {none}, 'The shop', 'redemption', \
             {subject}, {text}, {organization}, CASE WHEN i <= {hot} THEN 'Customer ' || (1 + i % {ORGANIZATIONS}) END, \
             {coupon}, {text}, {text}, {id}, {changes}, '', {at} FROM NUMBERS",
            self.id(&self.redemption_ms("i"), 5, "i"),
            text = self.code_text(&number),
        );
        vec![
            format!(
                "INSERT INTO redemptions (tenant_id, id, coupon_id, code_id, state, organization_id, channel, order_ref, uses, \
                 amount_before, discount, terms, confirmed_at, created_at, updated_at) SELECT {tenant}, {id}, {coupon}, {code}, \
                 'confirmed', {organization}, 'shop', 'order-' || i, 1, 1000, 100, {terms}, {at}, {at}, {at} FROM NUMBERS"
            ),
            format!(
                "INSERT INTO redemption_lines (tenant_id, redemption_id, line, sku, product_type, unit_price, quantity, units, \
                 uses, free_units, discount, price_after) SELECT {tenant}, {id}, 0, 'seat', 'ticket', 1000, 1, {units}, 1, 0, 100, \
                 900 FROM NUMBERS"
            ),
            audit,
        ]
    }

    /// The id of the redemption with this number, as text.
    fn subject(&self, number: &str) -> String {
        let id = self.id(&self.redemption_ms(number), 4, number);
        if self.postgres {
            return format!("({id})::text");
        }
        let ms = self.redemption_ms(number);
        format!("printf('%08x-%04x-7000-8004-%012x', {ms} / 65536, {ms} % 65536, {number})")
    }

    fn attempts(&self) -> String {
        let (tenant, at) = (&self.tenant, self.time(&self.redemption_ms("i")));
        let (id, number) = (self.id(&self.redemption_ms("i"), 6, "i"), self.coupon_of());
        let trace = if self.postgres { "'[]'::jsonb" } else { "'[]'" };
        format!(
            "INSERT INTO attempts (tenant_id, id, entered, code_key, code_id, coupon_id, refusal, sentence, trace, channel, \
             address, request_id, created_at) SELECT {tenant}, {id}, {text}, {text}, {code}, {coupon}, \
             CASE WHEN i % 10 = 0 THEN 'paused' ELSE 'exhausted' END, 'This code is used up.', {trace}, 'shop', '127.0.0.1', \
             '', {at} FROM NUMBERS",
            text = self.code_text(&number),
            code = self.code_id(&number),
            coupon = self.coupon_id(&number),
        )
    }

    /// What the organizations used of the hot coupon.
    fn counters(&self) -> String {
        let (tenant, hot) = (&self.tenant, self.hot());
        let (coupon, organization) = (self.coupon_id("1"), self.organization_id("1 + i % 20"));
        let used = format!(
            "(({hot} - i % {ORGANIZATIONS} + {ORGANIZATIONS}) / {ORGANIZATIONS} - (CASE WHEN i % {ORGANIZATIONS} = 0 THEN 1 ELSE 0 END))"
        );
        format!(
            "INSERT INTO usage_counters (tenant_id, scope, owner_id, subject_id, uses, held) \
             SELECT {tenant}, 'organization', {coupon}, {organization}, {used}, 0 FROM NUMBERS"
        )
    }
}
