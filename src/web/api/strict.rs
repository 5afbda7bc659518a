//! JSON read strictly: no key twice, no character that a database cannot keep, and every fault on its field.

use super::exact::Exact;
use super::plain;
use crate::error::{Error, Fault};
use actix_web::http::StatusCode;
use serde::de::{DeserializeOwned, Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Number, Value};
use std::collections::BTreeMap;
use std::fmt;

/// A JSON document without a key that stands twice in one object.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Self)
    }
}

struct StrictVisitor;

/// A text that both databases can keep.
fn kept<E: serde::de::Error>(text: String) -> Result<String, E> {
    if text.contains('\0') { Err(E::custom("A text cannot hold the character U+0000.")) } else { Ok(text) }
}

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    /// A whole number is one however it is written: 5.0 is 5.
    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        // The bounds are powers of two, so they are exact.
        if value.fract() == 0.0 && (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&value) {
            return Ok((value as i64).into());
        }
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("A number is out of range."))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Value, E> {
        kept(value.to_owned()).map(Value::String)
    }

    fn visit_string<E: serde::de::Error>(self, value: String) -> Result<Value, E> {
        kept(value).map(Value::String)
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(Strict(item)) = seq.next_element()? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        // Sorted, so that the same content is the same text.
        let mut object = BTreeMap::new();
        while let Some(key) = map.next_key::<String>()? {
            let key = kept(key)?;
            if object.contains_key(&key) {
                return Err(A::Error::custom(format!("duplicate field `{key}`")));
            }
            let Strict(value) = map.next_value()?;
            object.insert(key, value);
        }
        Ok(Value::Object(object.into_iter().collect()))
    }
}

/// The document that the bytes hold.
///
/// # Errors
/// 400 `malformed_json`, or `invalid_body` for a key that stands twice and a text that cannot be kept.
pub(super) fn document(bytes: &[u8]) -> Result<Value, Error> {
    let read: Result<Strict, _> = serde_json::from_slice(bytes);
    read.map(|Strict(value)| value).map_err(|error| {
        if error.is_data() {
            let message = error.to_string();
            // The place in the text helps people, not the field.
            let said = message.split(" at line ").next().unwrap_or(&message).to_owned();
            return fault("invalid_body", "The body cannot be read", String::new(), &said);
        }
        let (line, column) = (error.line(), error.column());
        let detail = format!("The body is no JSON: it ends or goes wrong at line {line}, column {column}.");
        Fault::new("malformed_json", "The body cannot be read", detail).with_status(StatusCode::BAD_REQUEST)
    })
}

/// The data that a document says.
///
/// # Errors
/// 400 `invalid_body` with the field that is unknown, missing, or of another type.
pub(super) fn data<T: DeserializeOwned>(document: &Value) -> Result<T, Error> {
    if !document.is_object() {
        return Err(fault("invalid_body", "The body cannot be read", String::new(), "It has to be a JSON object."));
    }
    serde_path_to_error::deserialize(Exact(document)).map_err(|error| {
        let path = error.path().to_string();
        fault("invalid_body", "The body cannot be read", path, &error.into_inner().to_string())
    })
}

/// 400 with a fault of serde, or a sentence of ours, on its field. `path` is where it happened; `.` is the document itself.
pub(super) fn fault(code: &'static str, title: &'static str, path: String, said: &str) -> Error {
    let (word, named) = word_of(said);
    let above = if path == "." { String::new() } else { path };
    let field = match named {
        // The path may or may not end with the field that the message names.
        Some(named) if above.is_empty() || above == named => named.to_owned(),
        Some(named) if above.ends_with(&format!(".{named}")) => above,
        Some(named) => format!("{above}.{named}"),
        None => above,
    };
    let sentence = plain::sentence(said);
    let place = if field.is_empty() { String::new() } else { format!(" ({field})") };
    let fault = Fault::new(code, title, format!("{title}{place}: {sentence}"));
    let fault = if field.is_empty() { fault } else { fault.on(field, word, sentence) };
    fault.with_status(StatusCode::BAD_REQUEST)
}

/// The machine's word for a message of serde, and the field that it names.
fn word_of(said: &str) -> (&'static str, Option<&str>) {
    let named = said.split('`').nth(1);
    if said.starts_with("unknown field") {
        ("unknown_field", named)
    } else if said.starts_with("missing field") {
        ("missing_field", named)
    } else if said.starts_with("duplicate field") {
        ("duplicate_field", named)
    } else if said.starts_with("invalid type") {
        ("wrong_type", None)
    } else {
        ("invalid_value", None)
    }
}

#[cfg(test)]
mod tests {
    use super::{data, document};
    use crate::error::Fault;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Line {
        #[expect(dead_code, reason = "only its reading is tested")]
        quantity: i64,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Basket {
        #[expect(dead_code, reason = "only its reading is tested")]
        code: String,
        #[expect(dead_code, reason = "only its reading is tested")]
        items: Vec<Line>,
    }

    fn fault_of(text: &str) -> Fault {
        let read = document(text.as_bytes()).and_then(|document| data::<Basket>(&document));
        read.expect_err(text).fault()
    }

    fn field_of(text: &str) -> (String, String) {
        let fault = fault_of(text);
        let first = fault.errors.first().unwrap_or_else(|| panic!("{text}: {fault:?}"));
        (first.field.clone(), first.code.to_string())
    }

    #[test]
    fn every_fault_names_its_field() {
        let cases = [
            (r#"{"code": 1, "items": []}"#, "code", "wrong_type"),
            (r#"{"items": []}"#, "code", "missing_field"),
            (r#"{"code": "A", "items": [{}]}"#, "items[0].quantity", "missing_field"),
            (r#"{"code": "A", "items": [{"quantity": "1"}]}"#, "items[0].quantity", "wrong_type"),
            (r#"{"code": "A", "items": [{"quantity": 1.5}]}"#, "items[0].quantity", "wrong_type"),
            (r#"{"code": "A", "items": [], "colour": 1}"#, "colour", "unknown_field"),
            (r#"{"code": "A", "items": [{"quantity": 1, "size": 2}]}"#, "items[0].size", "unknown_field"),
            (r#"{"code": "A", "items": [], "code": "B"}"#, "code", "duplicate_field"),
            (r#"{"code": "A", "items": [[1]]}"#, "items[0]", "wrong_type"),
            (r#"{"code": "A", "items": [{"quantity": 1}, []]}"#, "items[1]", "wrong_type"),
        ];
        for (text, field, code) in cases {
            assert_eq!(field_of(text), (field.to_owned(), code.to_owned()), "{text}");
        }
    }

    #[test]
    fn a_whole_number_with_a_fraction_of_zero_is_read_to_the_unit() {
        for whole in ["4254746202403802", "9007199254740991", "-4254746202403803"] {
            let read = document(format!("[{whole}.0]").as_bytes()).unwrap();
            assert_eq!(read.to_string(), format!("[{whole}]"));
        }
    }

    #[test]
    fn what_is_no_json_is_said_to_be_none() {
        for text in ["", "{", "{'a': 1}", "{\"a\": 1} x", "\u{feff}{}", "{\"code\": \"\\ud800\"}", &"[".repeat(400)] {
            assert_eq!(fault_of(text).code, "malformed_json", "{text}");
        }
        for text in ["[]", "null", "1", r#""a""#, "[\"A\", []]", r#"{"code": "\u0000", "items": []}"#] {
            assert_eq!(fault_of(text).code, "invalid_body", "{text}");
        }
    }
}
