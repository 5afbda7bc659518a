//! What a tenant's fields accept, with the sentence for the form where they do not.

use crate::money::Currency;
use chrono_tz::Tz;

const LONGEST_TEXT: usize = 200;

/// A text of one line that is not empty.
///
/// # Errors
/// The sentence for the form.
pub fn line(typed: &str, missing: &str) -> Result<String, String> {
    let text = typed.trim();
    if text.is_empty() {
        return Err(missing.to_owned());
    }
    if text.chars().count() > LONGEST_TEXT {
        return Err(format!("Use at most {LONGEST_TEXT} characters."));
    }
    if text.contains(char::is_control) {
        Err("Use letters that can be printed.".to_owned())
    } else {
        Ok(text.to_owned())
    }
}

/// A message of one line; empty is none.
///
/// # Errors
/// The sentence for the form.
pub fn message(typed: &str) -> Result<Option<String>, String> {
    if typed.trim().is_empty() { Ok(None) } else { line(typed, "").map(Some) }
}

/// A currency by its code.
///
/// # Errors
/// The sentence for the form.
pub fn currency(typed: &str) -> Result<Currency, String> {
    Currency::from_code(typed).ok_or_else(|| "Choose a currency from the list.".to_owned())
}

/// A time zone by its name.
///
/// # Errors
/// The sentence for the form.
pub fn zone(typed: &str) -> Result<Tz, String> {
    typed.trim().parse().map_err(|_| "Choose a time zone from the list.".to_owned())
}

/// A short name: small letters, digits and dashes.
///
/// # Errors
/// The sentence for the form.
pub fn slug(typed: &str) -> Result<String, String> {
    let slug = typed.trim();
    let fits = (2..=40).contains(&slug.len())
        && slug.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && !slug.starts_with('-')
        && !slug.ends_with('-');
    if fits { Ok(slug.to_owned()) } else { Err("Use 2 to 40 small letters, digits and dashes.".to_owned()) }
}

/// The short name that a name suggests; `tenant` where its letters do not give one.
#[must_use]
pub fn slug_of(name: &str) -> String {
    let words: Vec<String> = name
        .to_lowercase()
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    let joined: String = words.join("-").chars().take(40).collect();
    slug(joined.trim_end_matches('-')).unwrap_or_else(|_| "tenant".to_owned())
}

/// A hostname without port, in lower case; empty is none.
///
/// # Errors
/// The sentence for the form.
pub fn hostname(typed: &str) -> Result<Option<String>, String> {
    let name = typed.trim().to_ascii_lowercase();
    if name.is_empty() {
        return Ok(None);
    }
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if name.len() <= 253 && name.split('.').all(label) {
        Ok(Some(name))
    } else {
        Err("Enter a hostname like coupons.example.org, without https:// and port.".to_owned())
    }
}

/// The address under which people reach the pages, without a path; empty is none.
///
/// # Errors
/// The sentence for the form.
pub fn base_url(typed: &str) -> Result<Option<String>, String> {
    let url = typed.trim().trim_end_matches('/').to_ascii_lowercase();
    if url.is_empty() {
        return Ok(None);
    }
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).unwrap_or_default();
    let (name, port) = host.split_once(':').unwrap_or((host, "443"));
    match hostname(name) {
        Ok(Some(_)) if port.parse::<u16>().is_ok_and(|port| port > 0) => Ok(Some(url)),
        _ => Err("Enter an address like https://coupons.example.org, without a path.".to_owned()),
    }
}

/// Every currency for a list to choose from: the code twice, in the order of the alphabet.
#[must_use]
pub fn currencies() -> Vec<(&'static str, &'static str)> {
    let mut codes: Vec<_> = Currency::all().map(|currency| (currency.code(), currency.code())).collect();
    codes.sort_unstable();
    codes
}

/// Every time zone for a list to choose from.
#[must_use]
pub fn zones() -> Vec<(&'static str, &'static str)> {
    chrono_tz::TZ_VARIANTS.iter().map(|zone| (zone.name(), zone.name())).collect()
}

#[cfg(test)]
mod tests {
    use super::{base_url, hostname, line, slug, slug_of, zone};

    #[test]
    fn a_short_name_comes_from_the_name() {
        assert_eq!(slug_of("  Rope & Signal, Ltd. "), "rope-signal-ltd");
        assert_eq!(slug_of("港"), "tenant");
        for bad in ["", "a", "A-b", "a b", "-ab", "ab-", &"a".repeat(41)] {
            assert!(slug(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_hostname_is_a_name_and_nothing_else() {
        assert_eq!(hostname(" Coupons.Example.ORG "), Ok(Some("coupons.example.org".to_owned())));
        assert_eq!(hostname(" "), Ok(None));
        for bad in ["https://a.test", "a.test:80", "a..test", "-a.test", "a_b.test", "ä.test", "a.test/x"] {
            assert!(hostname(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_base_url_has_scheme_and_host_only() {
        assert_eq!(base_url("https://a.test/"), Ok(Some("https://a.test".to_owned())));
        assert_eq!(base_url("http://127.0.0.1:8080"), Ok(Some("http://127.0.0.1:8080".to_owned())));
        for bad in ["a.test", "ftp://a.test", "https://a.test/x", "https://u@a.test", "https://a.test:0", "https://"] {
            assert!(base_url(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn lines_and_zones_say_what_is_missing() {
        assert_eq!(line(" x ", "Missing."), Ok("x".to_owned()));
        assert_eq!(line(" ", "Missing."), Err("Missing.".to_owned()));
        assert!(zone("Europe/Zurich").is_ok() && zone("Mars/Olympus").is_err());
    }
}
