//! Why somebody did what they did, for the audit log: said on a page and by a call in the same way.

/// The most characters.
pub const LONGEST: usize = 300;
/// What is said where there has to be one.
pub const MISSING: &str = "Say why; it goes to the audit log.";

/// The reason without blanks around it; `None` for no words.
///
/// # Errors
/// The sentence for one that cannot be kept.
pub fn read(said: &str) -> Result<Option<String>, String> {
    // Counted as they came, blanks too: so the documentation of the API says it.
    if said.chars().count() > LONGEST || said.contains('\0') {
        return Err(format!("A reason has at most {LONGEST} characters."));
    }
    Ok(Some(said.trim().to_owned()).filter(|reason| !reason.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, read};

    #[test]
    fn a_reason_has_some_words_and_not_too_many() {
        assert_eq!(read("  returned "), Ok(Some("returned".to_owned())));
        assert_eq!(read(" \n"), Ok(None));
        assert!(read(&"ü".repeat(LONGEST)).is_ok());
        assert_eq!(read(&"ü".repeat(LONGEST + 1)), Err("A reason has at most 300 characters.".to_owned()));
        assert!(read(&format!("a{}", " ".repeat(LONGEST))).is_err(), "blanks count");
        assert!(read("a\0").is_err());
    }
}
