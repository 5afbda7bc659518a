//! Patterns of LIKE made from what people type.

use sea_orm::sea_query::LikeExpr;

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
    use super::escaped;

    #[test]
    fn what_people_type_is_no_pattern() {
        assert_eq!(escaped(r"50%_\"), r"50\%\_\\");
    }
}
