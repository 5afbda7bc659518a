//! The form of a limit: what people typed, and what it says.

use crate::money::parse_count;
use crate::organizations::definitions::{Definition, DefinitionData};
use crate::organizations::limits::LimitValue;
use crate::organizations::read_name;
use crate::web::form::Errors;
use serde::Deserialize;

/// The longest key and unit, in characters.
const LONGEST_KEY: usize = 40;

/// The fields as typed. The key is asked for only once.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fields {
    /// What programs call it.
    #[serde(default)]
    pub key: String,
    /// What people call it.
    pub label: String,
    /// One of what.
    pub unit: String,
    /// The default; empty is unlimited.
    pub default: String,
    /// The smallest value; may be empty.
    pub minimum: String,
    /// The largest value; may be empty.
    pub maximum: String,
}

impl From<&Definition> for Fields {
    fn from(row: &Definition) -> Self {
        let number = |value: Option<i64>| value.map(|value| value.to_string()).unwrap_or_default();
        Self {
            key: row.key.clone(),
            label: row.label.clone(),
            unit: row.unit.clone(),
            default: number(row.default_value),
            minimum: number(row.minimum),
            maximum: number(row.maximum),
        }
    }
}

impl Fields {
    /// The key of a new limit, or nothing and its sentence noted.
    pub fn read_key(&self, errors: &mut Errors) -> Option<String> {
        errors.keep("key", key(&self.key))
    }

    /// What the other fields say, or nothing and their sentences noted.
    pub fn read(&self, errors: &mut Errors) -> Option<DefinitionData> {
        let label = errors.keep("label", read_name(&self.label));
        let unit = errors.keep("unit", unit(&self.unit));
        let default = errors.keep("default", default(&self.default));
        let minimum = errors.keep("minimum", bound(&self.minimum));
        let maximum = errors.keep("maximum", bound(&self.maximum));
        let data =
            DefinitionData { label: label?, unit: unit?, default: default?, minimum: minimum?, maximum: maximum? };
        conflicts(&data, errors);
        errors.is_empty().then_some(data)
    }
}

fn key(typed: &str) -> Result<String, String> {
    let key = typed.trim();
    let starts = key.starts_with(|first: char| first.is_ascii_lowercase());
    let fits = key.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if starts && fits && key.len() <= LONGEST_KEY {
        return Ok(key.to_owned());
    }
    Err(format!("Enter a–z, 0–9 and _, a letter first, at most {LONGEST_KEY}: like instances."))
}

fn unit(typed: &str) -> Result<String, String> {
    let unit = typed.trim();
    let fits = unit.chars().count() <= LONGEST_KEY && !unit.chars().any(char::is_control);
    if fits { Ok(unit.to_owned()) } else { Err(format!("Enter at most {LONGEST_KEY} characters on one line.")) }
}

fn default(typed: &str) -> Result<LimitValue, String> {
    let typed = typed.trim();
    if typed.eq_ignore_ascii_case("unlimited") {
        return Ok(LimitValue::Unlimited);
    }
    bound(typed).map(LimitValue::from_column)
}

fn bound(typed: &str) -> Result<Option<i64>, String> {
    let typed = typed.trim();
    if typed.is_empty() { Ok(None) } else { parse_count(typed).map(Some).map_err(|fault| fault.to_string()) }
}

fn conflicts(data: &DefinitionData, errors: &mut Errors) {
    if let (Some(minimum), Some(maximum)) = (data.minimum, data.maximum)
        && minimum > maximum
    {
        errors.add("maximum", format!("The largest value cannot be below the smallest, {minimum}."));
    }
    if let Some(minimum) = data.minimum.filter(|minimum| data.default < LimitValue::Finite(*minimum)) {
        errors.add("default", format!("The default cannot be below the smallest value, {minimum}."));
    }
    if let Some(maximum) = data.maximum.filter(|maximum| data.default > LimitValue::Finite(*maximum)) {
        errors.add("default", format!("The default cannot be above the largest value, {maximum}."));
    }
}

#[cfg(test)]
mod tests {
    use super::Fields;
    use crate::organizations::limits::LimitValue;
    use crate::web::form::Errors;

    fn fields(default: &str, minimum: &str, maximum: &str) -> Fields {
        let [default, minimum, maximum] = [default, minimum, maximum].map(str::to_owned);
        Fields { key: "seats".into(), label: "Seats".into(), unit: String::new(), default, minimum, maximum }
    }

    fn wrong(fields: &Fields) -> Vec<&'static str> {
        let mut errors = Errors::default();
        fields.read(&mut errors);
        errors.iter().map(|(field, _)| field).collect()
    }

    #[test]
    fn an_empty_default_is_unlimited() {
        let data = fields("", "", "").read(&mut Errors::default()).unwrap();
        assert_eq!((data.default, data.minimum, data.maximum), (LimitValue::Unlimited, None, None));
    }

    #[test]
    fn the_default_lies_within_the_bounds() {
        assert_eq!(wrong(&fields("5", "2", "10")), Vec::<&str>::new());
        assert_eq!(wrong(&fields("1", "2", "10")), ["default"]);
        assert_eq!(wrong(&fields("", "", "10")), ["default"]);
        assert_eq!(wrong(&fields("5", "10", "2")), ["maximum", "default"]);
        assert_eq!(wrong(&fields("x", "-1", "1e3")), ["default", "minimum", "maximum"]);
    }

    #[test]
    fn a_key_is_a_word_for_programs() {
        let mut fields = fields("5", "", "");
        for typed in ["", "Seats", "2fa", "a b", "a-b", "é"] {
            fields.key = typed.to_owned();
            assert!(fields.read_key(&mut Errors::default()).is_none(), "{typed:?}");
        }
        fields.key = " api_calls2 ".to_owned();
        assert_eq!(fields.read_key(&mut Errors::default()).as_deref(), Some("api_calls2"));
    }
}
