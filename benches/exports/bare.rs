//! The least that could be done: the workbook writer with cells that are at hand, and rows in one statement.

use rust_xlsxwriter::{Format, Workbook};
use sea_orm::ConnectionTrait;
use std::path::Path;
use std::time::{Duration, Instant};
use uuid::Uuid;
use vouchsafe::db::Db;
use vouchsafe::exports::source::Source;
use vouchsafe::sheets::Cell;

/// What the bare writer did.
pub struct Bare {
    pub rows: u64,
    pub took: Duration,
}

/// Writes the cells of this source in constant memory, and puts the workbook together; reading them is not counted.
pub async fn workbook(mut source: Source, folder: &Path) -> Bare {
    let (mut took, mut rows) = (Duration::ZERO, 0_u32);
    let (money, time) =
        (Format::new().set_num_format("#,##0.00"), Format::new().set_num_format("yyyy\\-mm\\-dd hh:mm:ss"));
    let mut book = Workbook::new();
    book.set_tempdir(folder).expect("a folder");
    book.add_worksheet_with_constant_memory().expect("a sheet");
    while let Some(page) = source.next().await.expect("a page") {
        let began = Instant::now();
        for row in &page.rows {
            if rows > 0 && rows.is_multiple_of(1_048_576) {
                book.add_worksheet_with_constant_memory().expect("a sheet");
            }
            let sheet =
                book.worksheet_from_index(usize::try_from(rows / 1_048_576).expect("a number")).expect("a sheet");
            for (at, cell) in (0..).zip(row) {
                let place = rows % 1_048_576;
                match cell {
                    Cell::Empty => continue,
                    Cell::Text(text) => sheet.write_string(place, at, text),
                    Cell::Whole(number) => sheet.write_number(place, at, *number as f64),
                    Cell::Decimal(units, _) => sheet.write_number_with_format(place, at, *units as f64 / 100.0, &money),
                    Cell::Time(instant) => {
                        let days = instant.timestamp() as f64 / 86_400.0 + 25_569.0;
                        sheet.write_number_with_format(place, at, days, &time)
                    }
                }
                .expect("a cell");
            }
            rows += 1;
        }
        took += began.elapsed();
    }
    let began = Instant::now();
    book.save(folder.join("bare.xlsx")).expect("a workbook");
    Bare { rows: rows.into(), took: took + began.elapsed() }
}

/// Inserts as many codes of the same kind in one statement and one transaction, made inside the database.
pub async fn codes(db: &Db, (tenant, coupon): (Uuid, Uuid), rows: u64) -> Duration {
    let (tenant, coupon) = (tenant.simple(), coupon.simple());
    let batch = Uuid::now_v7().simple();
    let sql = if db.is_postgres() {
        format!(
            "INSERT INTO codes (tenant_id, id, coupon_id, batch_id, text, key, max_uses, canary, uses, held, created_at, deleted_at) \
             SELECT '{tenant}', gen_random_uuid(), '{coupon}', '{batch}', 'BARE' || lpad(i::text, 8, '0'), \
             'BARE' || lpad(i::text, 8, '0'), 1, false, 0, 0, now(), NULL FROM generate_series(1, {rows}) AS i"
        )
    } else {
        format!(
            "INSERT INTO codes (tenant_id, id, coupon_id, batch_id, text, key, max_uses, canary, uses, held, created_at, deleted_at) \
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) \
             SELECT x'{tenant}', randomblob(16), x'{coupon}', x'{batch}', printf('BARE%08d', i), printf('BARE%08d', i), 1, 0, 0, 0, \
             '2026-01-01T00:00:00+00:00', NULL FROM n"
        )
    };
    let began = Instant::now();
    let tx = db.begin().await.expect("a transaction");
    if db.is_postgres() {
        tx.execute_unprepared("SET LOCAL statement_timeout = 0").await.expect("time");
    }
    tx.execute_unprepared(&sql).await.expect("the codes");
    tx.commit().await.expect("they are kept");
    began.elapsed()
}
