//! Names, and patterns of LIKE made from what people type.

use sea_orm::sea_query::LikeExpr;
use unicode_normalization::UnicodeNormalization;

/// A name or a needle as both are compared: trimmed, compatibility-normalised, lower case. It is kept beside the name, for
/// SQLite's own `lower` knows ASCII alone.
#[must_use]
pub fn folded(text: &str) -> String {
    text.trim().nfkc().collect::<String>().to_lowercase()
}

/// A pattern for what contains the text; nothing in the text is a wildcard.
#[must_use]
pub fn contains(text: &str) -> LikeExpr {
    LikeExpr::new(format!("%{}%", escaped(text))).escape('\\')
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

#[cfg(test)]
mod tests {
    use super::{escaped, folded};

    #[test]
    fn names_are_compared_folded() {
        assert_eq!(folded(" ＮＯＲＴＨ Ökö "), "north ökö");
    }

    #[test]
    fn what_people_type_is_no_pattern() {
        assert_eq!(escaped(r"50%_\"), r"50\%\_\\");
    }
}
