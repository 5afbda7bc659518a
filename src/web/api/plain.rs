//! What the libraries that read a body or a query say of a fault, in words for people.

const INSTANT: &str = "This has to be an instant as 2031-04-01T09:00:00Z.";
const ID: &str = "This has to be an id as 01998a00-0000-7000-8000-000000000001.";
const ADDRESS: &str = "This has to be an IP address.";
const WHOLE: &str = "This has to be a whole number.";

/// The sentence for a message. Our own are sentences already; one that nobody knows is not passed on.
pub(super) fn sentence(said: &str) -> String {
    if said.ends_with('.') {
        return said.to_owned();
    }
    if said.starts_with("missing field") {
        return "This is missing.".to_owned();
    }
    if said.starts_with("duplicate field") {
        return "This is there twice.".to_owned();
    }
    let expected = said.split_once(", expected ").map(|(_, expected)| expected);
    if said.starts_with("unknown field") {
        return match expected {
            Some(known) => format!("There is no such field; there is {}.", words(known, "and")),
            None => "There is no such field: this takes none.".to_owned(),
        };
    }
    if said.starts_with("unknown variant") {
        return format!("This has to be {}.", words(expected.unwrap_or_default(), "or"));
    }
    match expected {
        Some(expected) => kind(expected),
        None => unread(said),
    }
}

/// `one of `a`, `b`, `c``, or `` `a` or `b` ``, as a list: `a, b and c`.
fn words(listed: &str, last: &str) -> String {
    let all: Vec<&str> = listed.split('`').skip(1).step_by(2).collect();
    match all.as_slice() {
        [before @ .., end] if !before.is_empty() => format!("{} {last} {end}", before.join(", ")),
        few => few.concat(),
    }
}

/// What should have stood there, by what a type expects.
fn kind(expected: &str) -> String {
    let said = match expected {
        "i8" | "i16" | "i32" | "i64" | "isize" => WHOLE,
        "u8" | "u16" | "u32" | "u64" | "usize" => "This has to be a whole number from 0.",
        "f32" | "f64" | "a JSON number" => "This has to be a number.",
        "a string" | "string or map" => "This has to be a text.",
        "a boolean" => "This has to be true or false.",
        "a sequence" => "This has to be a list.",
        other if other.contains("RFC 3339") => INSTANT,
        other if other.contains("UUID") => ID,
        other if other.contains("IP address") => ADDRESS,
        other if other == "an object" || other == "a map" || other.starts_with("struct ") => {
            "This has to be an object."
        }
        _ => UNKNOWN,
    };
    said.to_owned()
}

const UNKNOWN: &str = "This cannot be read as what it should be.";

/// What was to be read out of a text.
fn unread(said: &str) -> String {
    let starts = |with: &str| said.starts_with(with);
    let said = if starts("UUID parsing failed") {
        ID
    } else if said.contains("IP address") {
        ADDRESS
    } else if said.contains("`true` or `false`") {
        "This has to be true or false."
    } else if starts("invalid digit") || starts("number too") || starts("cannot parse integer") {
        WHOLE
    } else if starts("input ") || starts("premature end of input") || starts("trailing input") {
        // As of the library for dates.
        INSTANT
    } else {
        UNKNOWN
    };
    said.to_owned()
}

#[cfg(test)]
mod tests {
    use super::{UNKNOWN, sentence};
    use crate::web::api::read;
    use chrono::{DateTime, Utc};
    use serde::Deserialize;
    use serde_json::json;
    use std::net::IpAddr;
    use uuid::Uuid;

    #[derive(Debug, Default, Deserialize)]
    #[serde(deny_unknown_fields, default)]
    struct All {
        whole: i64,
        counted: usize,
        number: f64,
        text: String,
        flag: bool,
        list: Vec<i64>,
        inner: Inner,
        at: Option<DateTime<Utc>>,
        id: Option<Uuid>,
        address: Option<IpAddr>,
        word: Word,
    }

    #[derive(Debug, Default, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its reading is tested")]
    struct Inner {
        a: i64,
        b: i64,
    }

    #[derive(Debug, Default, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Word {
        #[default]
        One,
        Two,
        Three,
    }

    #[test]
    fn no_words_of_a_library_reach_people() {
        let cases = [
            (json!({ "whole": "5" }), "This has to be a whole number."),
            (json!({ "whole": 1.5 }), "This has to be a whole number."),
            (json!({ "counted": -1 }), "This has to be a whole number from 0."),
            (json!({ "number": [] }), "This has to be a number."),
            (json!({ "text": 5 }), "This has to be a text."),
            (json!({ "flag": "yes" }), "This has to be true or false."),
            (json!({ "list": {} }), "This has to be a list."),
            (json!({ "inner": 5 }), "This has to be an object."),
            (json!({ "inner": [1, 2] }), "This has to be an object."),
            (json!({ "inner": { "a": 1 } }), "This is missing."),
            (json!({ "inner": { "c": 1 } }), "There is no such field; there is a and b."),
            (json!({ "at": "2027-01-01" }), "This has to be an instant as 2031-04-01T09:00:00Z."),
            (json!({ "at": "soon" }), "This has to be an instant as 2031-04-01T09:00:00Z."),
            (json!({ "at": 5 }), "This has to be an instant as 2031-04-01T09:00:00Z."),
            (json!({ "id": "x" }), "This has to be an id as 01998a00-0000-7000-8000-000000000001."),
            (json!({ "id": 5 }), "This has to be an id as 01998a00-0000-7000-8000-000000000001."),
            (json!({ "address": "here" }), "This has to be an IP address."),
            (json!({ "address": 5 }), "This has to be an IP address."),
            (json!({ "word": "four" }), "This has to be one, two or three."),
            (json!({ "word": 5 }), "This has to be a text."),
        ];
        for (body, said) in cases {
            let fault = read::<All>(&body).expect_err(&body.to_string()).fault();
            assert_eq!(fault.errors[0].message, said, "{body}");
        }
        assert_eq!(sentence("the length of the moon is odd"), UNKNOWN);
    }
}
