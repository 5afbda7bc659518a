use super::*;
use proptest::prelude::*;
use std::io::Write;

const LARGEST: u64 = 4 * 1_024 * 1_024;

fn file(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file
}

fn looked(bytes: &[u8]) -> Looked {
    look(&mut file(bytes), None, LARGEST).unwrap()
}

/// Every record below the head.
fn records(bytes: &[u8]) -> Vec<Record> {
    let mut file = file(bytes);
    let looked = look(&mut file, None, LARGEST).unwrap();
    let mut spool = Spool::of(&mut file, &looked.reading).unwrap();
    let records = spool.take(usize::MAX).unwrap();
    assert_eq!((spool.rows, spool.taken), (records.len() as i64, records.len() as i64));
    records
}

fn cells(bytes: &[u8]) -> Vec<Vec<String>> {
    records(bytes).into_iter().map(|record| record.cells).collect()
}

fn utf16(text: &str, little: bool) -> Vec<u8> {
    text.encode_utf16().flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
}

/// A zip file with these parts.
pub(in crate::imports) fn zipped(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn workbook(sheet: &str) -> Vec<u8> {
    let head = r#"<?xml version="1.0" encoding="UTF-8"?>"#;
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006/relationships";
    let book = format!(
        r#"{head}<workbook xmlns="{main}" xmlns:r="{rel}"><sheets><sheet name="Codes" sheetId="1" r:id="rId1"/></sheets></workbook>"#
    );
    let links = format!(
        r#"{head}<Relationships xmlns="{package}"><Relationship Id="rId1" Type="{rel}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="{rel}/styles" Target="styles.xml"/></Relationships>"#
    );
    let styles = format!(
        r#"{head}<styleSheet xmlns="{main}"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>"#
    );
    let sheet = format!(r#"{head}<worksheet xmlns="{main}"><sheetData>{sheet}</sheetData></worksheet>"#);
    let root = format!(
        r#"{head}<Relationships xmlns="{package}"><Relationship Id="rId1" Type="{rel}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#
    );
    zipped(&[
        ("_rels/.rels", root.as_bytes()),
        ("xl/workbook.xml", book.as_bytes()),
        ("xl/_rels/workbook.xml.rels", links.as_bytes()),
        ("xl/styles.xml", styles.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
    ])
}

fn text(column: &str, text: &str) -> String {
    format!(r#"<c r="{column}" t="inlineStr"><is><t>{text}</t></is></c>"#)
}

#[test]
fn the_encoding_is_found_out_by_looking() {
    let said = "code;name\nÜBER-1;Grüße\n";
    let western: Vec<u8> = said.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap()).collect();
    let with = |mark: &[u8], bytes: Vec<u8>| [mark.to_vec(), bytes].concat();
    for (bytes, encoding) in [
        (said.as_bytes().to_vec(), Encoding::Utf8),
        (with(b"\xef\xbb\xbf", said.as_bytes().to_vec()), Encoding::Utf8),
        (with(b"\xff\xfe", utf16(said, true)), Encoding::Utf16Le),
        (with(b"\xfe\xff", utf16(said, false)), Encoding::Utf16Be),
        (utf16(said, true), Encoding::Utf16Le),
        (utf16(said, false), Encoding::Utf16Be),
        (western, Encoding::Windows1252),
    ] {
        let looked = looked(&bytes);
        assert_eq!((looked.reading.encoding, looked.reading.separator), (encoding, Separator::Semicolon));
        assert_eq!(
            (looked.columns, cells(&bytes)),
            (vec!["code".to_owned(), "name".to_owned()], vec![vec!["ÜBER-1".to_owned(), "Grüße".to_owned()]])
        );
    }
}

#[test]
fn letters_of_another_encoding_are_told_and_not_guessed() {
    let bytes = b"code,name\nA1,Gr\xfc\xdfe\nA2,ok\n";
    let mut file = file(bytes);
    let mut reading = look(&mut file, None, LARGEST).unwrap().reading;
    reading.encoding = Encoding::Utf8;
    let records = Spool::of(&mut file, &reading).unwrap().take(9).unwrap();
    assert!(records[0].fault.as_deref().unwrap().contains("encoding") && records[1].fault.is_none());
}

#[test]
fn the_separator_is_the_one_that_cuts_all_rows_alike() {
    for separator in Separator::ALL {
        let s = separator.char();
        let text = format!("code{s}name{s}amount\nA1{s}\"a, b; c | d\te\"{s}1,5\nA2{s}x{s}2,25\n");
        let looked = looked(text.as_bytes());
        assert_eq!((looked.reading.separator, looked.columns.len()), (separator, 3), "{text}");
        assert_eq!(looked.sample[0].cells[1], "a, b; c | d\te");
    }
    assert_eq!(looked(b"code\nA1\nA2\n").reading.separator, Separator::Comma);
}

#[test]
fn a_broken_quote_costs_its_row_and_is_told_with_its_line() {
    let read = records(b"code,note\nA1,fine\nA2,\"never closed\nA3,x\nA4,y\n");
    assert_eq!(read.len(), 4, "{read:?}");
    assert_eq!((read[1].number, read[1].cells[0].as_str()), (3, "A2"));
    assert_eq!(read[1].fault.as_deref(), Some("The quote that opens in line 3 is never closed."));
    assert!(read.iter().filter(|record| record.fault.is_some()).count() == 1 && read[3].cells == ["A4", "y"]);
    let read = records(b"code,note\nA1,\"10\nA2,\"20\"\nA3,z\n");
    assert_eq!(
        read[0].fault.as_deref(),
        Some("A quote opens in line 2 and closes in line 3, where “2” follows it instead of a separator.")
    );
    assert_eq!((read[1].cells[0].as_str(), read[1].fault.as_deref(), read[2].cells[1].as_str()), ("A2", None, "z"));
}

#[test]
fn a_cell_may_have_lines_quotes_and_separators() {
    let read = records(b"code,note\r\nA1,\"two\r\nlines, \"\"quoted\"\"\"\r\n\r\n;\r\nA2,\"\"\r\n,\r\nA3\r\n");
    assert_eq!(read[0].cells, ["A1", "two\nlines, \"quoted\""]);
    assert_eq!((read[1].cells.as_slice(), read[1].number), (["; ".trim().to_owned()].as_slice(), 5));
    assert_eq!(
        (read[2].cells.as_slice(), read[3].cells.as_slice()),
        (["A2".to_owned(), String::new()].as_slice(), ["A3".to_owned()].as_slice())
    );
    assert_eq!(cells(b"code\rA1\rA2").len(), 2, "lines of old machines");
}

#[test]
fn a_bare_list_of_codes_has_no_head() {
    assert!(!looked(b"SPRING-1\nSPRING-2\n").reading.header);
    assert_eq!(cells(b"SPRING-1\nSPRING-2\n").len(), 2);
    assert!(looked(b"Gift code\nSPRING-2\n").reading.header);
}

#[test]
fn what_guards_a_formula_is_taken_off_again() {
    assert_eq!(cells(b"code,note\nA1,'-5\nA2,'quoted'\n"), [["A1", "-5"], ["A2", "'quoted'"]]);
}

#[test]
fn a_json_array_is_a_table_whose_columns_are_its_keys() {
    let looked =
        looked(br#"[{"code":"A1","discount_percent":10,"active":true},{"code":"A2","limit":null,"active":false}]"#);
    assert_eq!(
        (looked.reading.format, looked.columns.as_slice()),
        (Format::Json, ["code", "discount_percent", "active", "limit"].map(str::to_owned).as_slice())
    );
    assert_eq!(looked.sample[1].cells, ["A2", "", "false", ""]);
    let told = |text: &str| look(&mut file(text.as_bytes()), None, LARGEST).unwrap_err().to_string();
    assert!(told("[{\"code\":\n\"A1\",}]").contains("line 2"));
    assert!(
        told("{\"code\": 1}").contains("array") && told("[1, 2]").contains("array") && told("[]").contains("no rows")
    );
}

#[test]
fn a_workbook_is_read_as_it_looks() {
    let rows = format!(
        r#"<row r="1">{}{}{}</row><row r="3">{}<c r="B3"><v>12.5</v></c><c r="C3" s="1"><v>46387</v></c></row><row r="4"><c r="A4"><v>12345678901234567</v></c><c r="B4" t="b"><v>1</v></c><c r="C4" s="1"><v>46387.5</v></c></row>"#,
        text("A1", "code"),
        text("B1", "percent"),
        text("C1", "until"),
        text("A3", "A1"),
    );
    let bytes = workbook(&rows);
    let looked = looked(&bytes);
    assert_eq!((looked.reading.format, looked.sheets.as_slice()), (Format::Workbook, ["Codes".to_owned()].as_slice()));
    let read = records(&bytes);
    assert_eq!(
        (read[0].number, read[0].cells.as_slice()),
        (3, ["A1", "12.5", "2026-12-31"].map(str::to_owned).as_slice())
    );
    assert_eq!(read[1].cells, ["1.23457E+16", "true", "2026-12-31 12:00:00"], "digits that are lost are not made up");
}

#[test]
fn a_zip_bomb_is_not_opened() {
    let zeros = vec![b' '; 40 * 1_024 * 1_024];
    let bomb = zipped(&[("xl/workbook.xml", b"<a/>"), ("xl/worksheets/sheet1.xml", &zeros)]);
    assert!(bomb.len() < 200_000);
    assert!(matches!(look(&mut file(&bomb), None, LARGEST), Err(Unreadable::Bomb)));
    let strings = zipped(&[("xl/sharedStrings.xml", &zeros[..9 * 1_024 * 1_024])]);
    assert!(
        matches!(look(&mut file(&strings), None, LARGEST), Err(Unreadable::Bomb)),
        "what stays in memory has a limit of its own"
    );
    let far = workbook(&format!(
        r#"<row r="1">{}</row><row r="1048576">{}</row>"#,
        text("A1", "code"),
        text("XFD1048576", "far")
    ));
    assert!(matches!(look(&mut file(&far), None, LARGEST), Err(Unreadable::TooManyColumns(1_048_576))));
    assert!(matches!(look(&mut file(b"PK\x03\x04 and so on"), None, LARGEST), Err(Unreadable::NoWorkbook)));
    assert!(matches!(look(&mut file(&[0xd0, 0xcf, 0x11, 0xe0, 1, 2]), None, LARGEST), Err(Unreadable::OldWorkbook)));
}

#[test]
fn a_file_read_the_wrong_way_ends_with_a_sentence() {
    let broken = "\"a\n".repeat(3_000);
    assert!(matches!(
        Spool::of(&mut file(broken.as_bytes()), &looked(b"a,b\n1,2\n").reading),
        Err(Unreadable::TooManyBroken(_))
    ));
    let wide = vec!["x"; 300].join(",");
    assert!(matches!(look(&mut file(wide.as_bytes()), None, LARGEST), Err(Unreadable::TooManyColumns(1))));
    let long = format!("code\n{}\nA2\n", "x".repeat(200_000));
    let read = records(long.as_bytes());
    assert!(
        read[0].fault.as_deref().unwrap().contains("64 KiB")
            && read[0].cells[0].len() == LONGEST_ROW
            && read[1].cells == ["A2"]
    );
    assert!(matches!(look(&mut file(b""), None, LARGEST), Err(Unreadable::Empty)));
}

#[test]
fn no_row_of_any_format_is_longer_than_a_row_may_be() {
    let (long, list) = ("x".repeat(200_000), "1,".repeat(100_000));
    let wide =
        format!(r#"[{{"code":"A1","note":"{long}"}},{{"code":"A2","note":[{list}1]}},{{"code":"A3","note":"short"}}]"#);
    let sheet = format!(
        r#"<row r="1">{}{}</row><row r="2">{}{}</row><row r="3">{}{}</row>"#,
        text("A1", "code"),
        text("B1", "note"),
        text("A2", "A1"),
        text("B2", &long),
        text("A3", "A3"),
        text("B3", "short")
    );
    for bytes in [wide.into_bytes(), workbook(&sheet)] {
        let read = records(&bytes);
        let (last, first) = read.split_last().unwrap();
        for record in first {
            assert!(record.fault.as_deref().unwrap().contains("64 KiB"), "{:?}", record.fault);
            assert!(record.cells.iter().map(String::len).sum::<usize>() <= LONGEST_ROW);
        }
        assert_eq!((last.cells.join(" "), &last.fault), ("A3 short".to_owned(), &None));
        let sample = looked(&bytes).sample;
        assert!(sample.iter().flat_map(|record| &record.cells).all(|cell| cell.len() <= LONGEST_ROW));
    }
}

/// Reads whatever it is to its end, in every way that it can be read.
fn read_every_way(bytes: &[u8]) {
    let mut file = file(bytes);
    if let Ok(looked) = look(&mut file, None, LARGEST) {
        drop(Spool::of(&mut file, &looked.reading));
    }
    for format in [Format::Delimited, Format::Workbook, Format::Json] {
        for encoding in Encoding::ALL {
            let reading =
                Reading { format, encoding, separator: Separator::Semicolon, header: true, sheet: String::new() };
            drop(Spool::of(&mut file, &reading));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        read_every_way(&bytes);
    }

    #[test]
    fn no_text_of_quotes_and_separators_makes_the_reader_panic(text in "[\"',;|\t\r\n a\u{e9}\u{feff}\u{0}=\\[\\]{}:-]{0,200}") {
        read_every_way(text.as_bytes());
    }

    #[test]
    fn no_damaged_workbook_makes_the_reader_panic(at in 0_usize..1_500, byte in any::<u8>(), cut in 0_usize..1_500) {
        let mut bytes = workbook(&format!(r#"<row r="1">{}</row><row r="2">{}</row>"#, text("A1", "code"), text("A2", "A1")));
        if let Some(place) = bytes.get_mut(at) {
            *place = byte;
        }
        bytes.truncate(bytes.len().saturating_sub(cut % 7 * cut / 7));
        read_every_way(&bytes);
    }

    // No cell begins with the sign that keeps a formula from being one: that is taken off.
    #[test]
    fn what_a_well_known_writer_writes_is_read_as_it_was(rows in proptest::collection::vec(proptest::collection::vec("([a-z,;\"\n ][a-z,;\"\n ']{0,7})?", 3), 1..12)) {
        let mut writer = csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Always).from_writer(Vec::new());
        writer.write_record(["code", "two", "three"]).unwrap();
        rows.iter().for_each(|row| writer.write_record(row).unwrap());
        let bytes = writer.into_inner().unwrap();
        let reading = looked(b"code,two,three\n1,2,3\n").reading;
        let expected: Vec<Vec<String>> = rows.into_iter().filter(|row| row.iter().any(|cell| !cell.trim().is_empty())).collect();
        let read = match Spool::of(&mut file(&bytes), &reading) {
            Ok(mut spool) => spool.take(usize::MAX).unwrap(),
            Err(Unreadable::Empty) => Vec::new(),
            Err(other) => panic!("{other}"),
        };
        prop_assert!(read.iter().all(|record| record.fault.is_none()));
        prop_assert_eq!(read.into_iter().map(|record| record.cells).collect::<Vec<_>>(), expected);
    }
}
