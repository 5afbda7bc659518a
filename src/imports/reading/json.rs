//! A JSON array of objects: each key is a column, each object a row. `null` is an empty cell.

use super::{LONGEST_ROW, MOST_COLUMNS, MOST_ROWS, Record, Sink, Unreadable};
use serde::de::{DeserializeSeed, Deserializer as _, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;
use std::fmt;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::ops::ControlFlow;

/// The keys as the first record, then every object. It is read twice, so that the columns are known first.
pub(super) fn each(file: &mut File, sink: &mut Sink<'_>) -> Result<(), Unreadable> {
    let mut columns: Vec<String> = Vec::new();
    let mut rows = 0_i64;
    let mut wide = None;
    read(file, &mut |pairs| {
        rows += 1;
        for (key, _) in pairs {
            if !columns.contains(&key) {
                columns.push(key);
            }
        }
        if columns.len() > MOST_COLUMNS {
            wide = Some(rows);
            return ControlFlow::Break(());
        }
        if rows > MOST_ROWS { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    if let Some(row) = wide {
        return Err(Unreadable::TooManyColumns(row));
    }
    if rows > MOST_ROWS {
        return Err(Unreadable::TooManyRows);
    }
    if columns.is_empty() {
        return Err(Unreadable::Empty);
    }
    if sink(Record { number: 0, cells: columns.clone(), fault: None })?.is_break() {
        return Ok(());
    }
    let (mut number, mut failed) = (0, None);
    read(file, &mut |pairs| {
        number += 1;
        let mut cells = vec![String::new(); columns.len()];
        for (key, text) in pairs {
            if let Some(cell) = columns.iter().position(|column| *column == key).and_then(|at| cells.get_mut(at)) {
                *cell = text;
            }
        }
        sink(Record { number, cells, fault: None }).unwrap_or_else(|error| {
            failed = Some(error);
            ControlFlow::Break(())
        })
    })?;
    failed.map_or(Ok(()), |error| Err(error.into()))
}

type Pairs = Vec<(String, String)>;
type Take<'a> = dyn FnMut(Pairs) -> ControlFlow<()> + 'a;

fn read(file: &mut File, take: &mut Take<'_>) -> Result<(), Unreadable> {
    file.seek(SeekFrom::Start(0))?;
    let mut mark = [0; 3];
    let found = file.read(&mut mark)?;
    // A byte order mark is none of JSON's business.
    let begin = if mark.get(..found) == Some(b"\xef\xbb\xbf") { 3 } else { 0 };
    file.seek(SeekFrom::Start(begin))?;
    let mut stopped = false;
    let mut reader = serde_json::Deserializer::from_reader(BufReader::new(&*file));
    let read = reader.deserialize_seq(Rows { take, stopped: &mut stopped });
    match read {
        _ if stopped => Ok(()),
        Ok(()) => reader.end().map_err(|error| Unreadable::BrokenJson(error.line(), error.column())),
        Err(error) if error.is_data() => Err(Unreadable::NoArray),
        Err(error) => Err(Unreadable::BrokenJson(error.line(), error.column())),
    }
}

struct Rows<'a, 'b> {
    take: &'a mut Take<'b>,
    stopped: &'a mut bool,
}

impl<'de> Visitor<'de> for Rows<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<(), A::Error> {
        while let Some(pairs) = rows.next_element_seed(Row)? {
            if (self.take)(pairs).is_break() {
                *self.stopped = true;
                return Err(A::Error::custom("enough"));
            }
        }
        Ok(())
    }
}

struct Row;

impl<'de> DeserializeSeed<'de> for Row {
    type Value = Pairs;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Pairs, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Row {
    type Value = Pairs;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
        let mut pairs = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            if pairs.len() > MOST_COLUMNS {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            // As it stands in the file first: taken apart, a list of a million numbers is many times as large.
            let raw: Box<RawValue> = map.next_value()?;
            let cell = match raw.get() {
                long if long.len() > LONGEST_ROW => long.to_owned(),
                short => serde_json::from_str(short).map(text).map_err(A::Error::custom)?,
            };
            pairs.push((key, cell));
        }
        Ok(pairs)
    }
}

/// A value as the cell of a table would show it.
fn text(value: Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text,
        Value::Bool(yes) => yes.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Array(items) => items.into_iter().map(text).collect::<Vec<_>>().join(", "),
        Value::Object(_) => value.to_string(),
    }
}
