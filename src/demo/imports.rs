//! An import of the demo: codes that a university sent as a file, with the slips that such files have.

use super::house::House;
use crate::app::App;
use crate::coupons::code::CodeKey;
use crate::coupons::rows;
use crate::db;
use crate::files::{New, Writer};
use crate::imports::create::{self, Upload};
use crate::imports::faces::presets;
use crate::imports::queries::KEPT;
use crate::imports::reading;
use anyhow::{Context, anyhow};
use chrono::{DateTime, Utc};
use std::io::Write;

const NAME: &str = "student-cards.csv";
/// The coupon that the codes are for.
const INTO: &str = "STUDENT";
const LARGEST: u64 = 1_024 * 1_024;

/// Sends the file, has it checked, and runs it.
pub(super) async fn happen(app: &App, house: &House, now: DateTime<Utc>) -> anyhow::Result<()> {
    let at = house.at(now, 3, 140);
    let key = CodeKey::fold(INTO).map_err(|fault| anyhow!("{fault}"))?;
    let found = rows::codes_by_key(app.db.read(), house.tenant.id, std::slice::from_ref(&key)).await?;
    let coupon = found.get(&key).context("the demo lacks a coupon")?.coupon_id;
    let text = text();
    let mut file = tempfile::tempfile()?;
    file.write_all(text.as_bytes())?;
    let looked = reading::look(&mut file, None, LARGEST)?;
    let mapping = presets::guess(&looked.columns, true);
    let new = New { tenant: house.tenant.id, name: NAME.to_owned(), media_type: "text/csv".to_owned() };
    let mut kept = Writer::create(&app.db, new, at).await?;
    kept.write(text.as_bytes()).await?;
    let size = i64::try_from(text.len())?;
    let (name, of) = (NAME.to_owned(), (looked.clone(), mapping.clone()));
    let upload = Upload { coupon: Some(coupon), file: kept.id(), name, size, looked: of.0, mapping: of.1 };
    let tx = app.db.begin().await?;
    kept.finish(&tx, now + KEPT, at).await?;
    let id = create::create(&tx, &house.by_admin(), house.tenant.id, upload, at).await?;
    create::check(&tx, (house.tenant.id, id), (&looked, &mapping), at).await?;
    db::commit(tx).await?;
    app.jobs.run_due().await?;
    let tx = app.db.begin().await?;
    create::run(&tx, &house.by_admin(), (house.tenant.id, id), at).await?;
    db::commit(tx).await?;
    app.jobs.run_due().await?;
    Ok(())
}

fn letter(number: i32) -> char {
    match number % 4 {
        0 => 'A',
        1 => 'F',
        2 => 'H',
        _ => 'M',
    }
}

fn text() -> String {
    let mut text = String::from("Card code;Max uses;Faculty\r\n");
    for (number, faculty) in (1..=28).zip(["Law", "Medicine", "Physics", "Letters"].into_iter().cycle()) {
        text.push_str(&format!("UNI-{}{:03}K;1;{faculty}\r\n", letter(number), number * 37 % 1_000));
    }
    text.push_str("uni-f037k;1;Law\r\nUNI/7;1;Law\r\nUNI-H904K;one;Physics\r\n");
    text
}
