//! What is written for spreadsheets, read by one: LibreOffice turns a workbook into lines, and they are the same.

use crate::exports::{an_order, bytes_of, export, file_of, newest};
use chrono::{DateTime, Duration, Utc};
use chrono_tz::Asia::Kolkata;
use futures_util::TryStreamExt;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use support::prelude::*;
use vouchsafe::files::{self, New, Writer};
use vouchsafe::sheets::{Book, Cell, Column, Format, Layout, Row, csv};

/// All sheets of a workbook as lines, each cell as it is shown.
const ALL_SHEETS: &str = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1";

/// Has LibreOffice read these workbooks; the cells of each sheet, by `workbook-sheet`.
async fn read_by_libreoffice(folder: &Path, books: &[(&str, Vec<u8>)]) -> BTreeMap<String, Vec<Vec<String>>> {
    let mut command = Command::new("soffice");
    command.arg(format!("-env:UserInstallation=file://{}/profile", folder.display()));
    command.args(["--headless", "--convert-to", ALL_SHEETS, "--outdir"]).arg(folder.join("out"));
    for (name, bytes) in books {
        let path = folder.join(format!("{name}.xlsx"));
        std::fs::write(&path, bytes).unwrap();
        command.arg(path);
    }
    command.env("HOME", folder).stdin(Stdio::null());
    let run = tokio::task::spawn_blocking(move || command.output().expect("LibreOffice; `make tools` installs it"));
    let said = run.await.unwrap();
    let mut sheets = BTreeMap::new();
    for entry in std::fs::read_dir(folder.join("out")).unwrap_or_else(|_| panic!("it wrote nothing: {said:?}")) {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        sheets.insert(name, cells(&std::fs::read(path).unwrap()));
    }
    sheets
}

fn cells(lines: &[u8]) -> Vec<Vec<String>> {
    let text = String::from_utf8(lines.to_vec()).expect("UTF-8");
    let mut reader = ::csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// What a spreadsheet shows for a cell of a file of lines: no sign before what could be a formula, and the time that
/// clocks in the zone show.
fn as_shown(cell: &str) -> String {
    if DateTime::parse_from_rfc3339(cell).is_ok() {
        return cell[..19].replace('T', " ");
    }
    let is_marked =
        cell.strip_prefix('\'').is_some_and(|rest| rest.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']));
    if is_marked { cell[1..].to_owned() } else { cell.to_owned() }
}

/// A number as it is written here; what only looks like one has other zeros.
fn number(cell: &str) -> Option<f64> {
    let digits = cell.trim_start_matches('-');
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let has_zeros = digits.starts_with('0') && digits.len() > 1 && !digits.starts_with("0.");
    cell.parse().ok().filter(|_| is_plain && !has_zeros)
}

#[track_caller]
fn same(lines: &[Vec<String>], shown: &[Vec<String>]) {
    assert_eq!(lines.len(), shown.len());
    for (line, shown) in lines.iter().zip(shown) {
        assert_eq!(line.len(), shown.len(), "{line:?}\n{shown:?}");
        for (cell, shown) in line.iter().zip(shown) {
            // 49.00 is the number 49.
            let same = number(cell).is_some_and(|number| shown.parse() == Ok(number));
            assert!(same || as_shown(cell) == *shown, "{cell:?} is shown as {shown:?} in {line:?}");
        }
    }
}

const COLUMNS: &[Column] = &[
    Column { name: "text", width: 20 },
    Column { name: "whole", width: 10 },
    Column { name: "money", width: 10 },
    Column { name: "at", width: 20 },
];

/// What people put into names, and numbers of every size.
fn awkward() -> Vec<Row> {
    let texts = [
        "=1+1",
        "+41 44 000 00 00",
        "-2+3",
        "@SUM(A1)",
        "=HYPERLINK(\"http://x.test\",\"y\")",
        "\ttab",
        "00120",
        "1e5",
        "12/31/2026",
        "TRUE",
        "a,b;c",
        "say \"so\"",
        "two\nlines",
        "  spaces  ",
        "<b>&amp;",
        "é 漢字 😀",
        "_x0041_",
        "'quoted",
        "café\u{301}",
        "#REF!",
    ];
    let numbers = [0, 1, -1, 29, -1_250, 123_456_789, 999_999_999_999_999, 1_000_000_000_000_000, i64::MAX, i64::MIN];
    let at: DateTime<Utc> = "2026-11-21T05:02:22.989075Z".parse().unwrap();
    let row = |(number, text): (usize, &&str)| {
        let amount = numbers[number % numbers.len()];
        let when = at - Duration::hours(7 * i64::try_from(number * number).unwrap());
        vec![
            Cell::text(*text),
            Cell::Whole(amount),
            Cell::money(amount, [2, 0, 3][number % 3]),
            if number % 5 == 4 { Cell::Empty } else { Cell::Time(when) },
        ]
    };
    texts.iter().enumerate().map(row).collect()
}

/// A workbook of these rows, through the database, with sheets of so many rows.
async fn bound(app: &App, folder: &Path, rows: &[Row], most_rows: u32) -> Vec<u8> {
    let new = New { tenant: app.tenant, name: "a.xlsx".to_owned(), media_type: Format::Xlsx.media_type().to_owned() };
    let mut file = Writer::create(&app.db, new, app.now()).await.unwrap();
    let layout = Layout { most_rows, ..Layout::new("Awkward".to_owned(), "Rows", COLUMNS, Kolkata, folder.to_owned()) };
    let mut book = Book::open(Format::Xlsx, layout, &mut file).await.unwrap();
    for some in rows.chunks(3) {
        book.rows(some.to_vec(), &mut file).await.unwrap();
    }
    book.finish(vec![("What", "=everything".to_owned())], &mut file).await.unwrap();
    let tx = app.db.begin().await.unwrap();
    let file = file.finish(&tx, app.now() + Duration::hours(1), app.now()).await.unwrap();
    tx.commit().await.unwrap();
    let chunks: Vec<_> = files::content(&app.db, &file).try_collect().await.unwrap();
    chunks.concat()
}

on_both_databases! {
    async fn a_spreadsheet_reads_the_same_rows_however_awkward_and_in_as_many_sheets_as_it_takes(app: App) {
        let (folder, admin) = (tempfile::tempdir().unwrap(), app.admin().await);
        // What the program itself exports, with people's words in it.
        let coupon = make::coupon().code("TEN-OFF").name("=cmd|' /C calc'!A0").percent("10").create(&app).await;
        make::coupon().code("007").name("+1 for \"you\", too").fixed("1234567.80").ends_at(app.now()).create(&app).await;
        for number in 0..3 {
            an_order(&app, &coupon.code, &format!("-{number}")).await;
        }
        let (mut books, mut lines) = (Vec::new(), Vec::new());
        let coupons = format!("/dashboard/coupons/{}", coupon.id);
        for (name, page, subject) in [("usage", coupons.as_str(), "coupon_usage"), ("coupons", "/dashboard/coupons", "coupons"), ("audit", "/audit?action=redemption.reversed", "audit")] {
            for format in ["csv", "xlsx"] {
                export(&admin, page, subject, format).await;
                app.run_jobs().await;
                let bytes = bytes_of(&admin, &file_of(&newest(&app).await)).await;
                if format == "csv" { lines.push((name, cells(&bytes))) } else { books.push((name, bytes)) }
            }
        }
        // And everything that people could think of, in sheets of 8 rows.
        let rows = awkward();
        books.push(("awkward", bound(&app, folder.path(), &rows, 8).await));
        let sheets = read_by_libreoffice(folder.path(), &books).await;
        let names: Vec<_> = sheets.keys().map(String::as_str).collect();
        assert_eq!(names, [
            "audit-About", "audit-Audit log", "awkward-About", "awkward-Rows", "awkward-Rows 2", "awkward-Rows 3",
            "coupons-About", "coupons-Coupons", "usage-About", "usage-Redemptions",
        ]);
        for (name, lines) in &lines {
            let sheet = sheets.iter().find(|(sheet, _)| sheet.starts_with(name) && !sheet.ends_with("About")).unwrap().1;
            assert!(lines.len() > 2, "{name}");
            same(lines, sheet);
        }
        let head: Vec<String> = COLUMNS.iter().map(|column| column.name.to_owned()).collect();
        let mut read = Vec::new();
        for name in ["awkward-Rows", "awkward-Rows 2", "awkward-Rows 3"] {
            assert_eq!(sheets[name][0], head, "every sheet has its names");
            assert!(sheets[name].len() <= 8);
            read.extend(sheets[name][1..].to_vec());
        }
        same(&cells(&csv::lines(&rows, Kolkata).unwrap()), &read);
        assert_eq!(sheets["awkward-About"], [["What", "=everything"]]);
        // Numbers that a spreadsheet would round are words, and none of the others is.
        assert_eq!((read[6][1].as_str(), read[7][1].as_str(), read[8][2].as_str()), ("999999999999999", "1000000000000000", "9223372036854775.807"));
    }
}
