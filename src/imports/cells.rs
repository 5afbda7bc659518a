//! From the cells of other systems to what the form of a coupon takes. Each says in a sentence what it cannot read.

use crate::money::{self, Currency};
use serde::{Deserialize, Serialize};

/// What sets off the decimals of a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decimals {
    /// Whichever it can only be; where both could be, the row is rejected.
    #[default]
    Either,
    /// 1,234.50
    Point,
    /// 1.234,50
    Comma,
}

impl Decimals {
    /// The words of forms, and what people read.
    pub const CHOICES: [(&str, &str); 3] =
        [("either", "Whichever it can only be"), ("point", "A point: 1,234.50"), ("comma", "A comma: 1.234,50")];

    /// The word of forms.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Either => "either",
            Self::Point => "point",
            Self::Comma => "comma",
        }
    }

    /// The choice with this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Either, Self::Point, Self::Comma].into_iter().find(|choice| choice.word() == word)
    }
}

/// Words for "no limit", and for nothing at all.
const NOTHING: [&str; 8] = ["null", "none", "nil", "n/a", r"\n", "unlimited", "∞", "-"];

/// Whether a cell says nothing.
#[must_use]
pub fn is_nothing(cell: &str) -> bool {
    let cell = cell.trim().to_lowercase();
    cell.is_empty() || NOTHING.contains(&cell.as_str())
}

/// A number with a point for its decimals and nothing between its thousands, where the choice says which is which; as it was
/// otherwise.
fn plain(cell: &str, decimals: Decimals) -> String {
    let spaced = |letter: char| matches!(letter, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '\'' | '’');
    let cell = cell.trim();
    let text = match decimals {
        Decimals::Either => return cell.to_owned(),
        Decimals::Point => cell.replace(',', " "),
        Decimals::Comma => cell.replace('.', " ").replace(',', "."),
    };
    let (whole, rest) = text.split_once('.').map_or((text.as_str(), None), |(whole, rest)| (whole, Some(rest)));
    let groups: Vec<&str> = whole.split(spaced).collect();
    let by_three = groups.iter().skip(1).all(|group| group.len() == 3);
    if !by_three {
        // As it was: what reads it next refuses it.
        return cell.to_owned();
    }
    rest.map_or_else(|| groups.concat(), |rest| format!("{}.{rest}", groups.concat()))
}

/// Without decimals that are only zeros beyond two: exports write 20.0000.
fn trimmed(number: &str) -> &str {
    match number.rsplit_once(['.', ',']) {
        Some((_, decimals)) if decimals.len() > 2 && decimals.bytes().skip(2).all(|byte| byte == b'0') => {
            number.get(..number.len() - (decimals.len() - 2)).unwrap_or(number)
        }
        _ => number,
    }
}

/// A number of uses, for the form; empty is unlimited.
#[must_use]
pub fn count(cell: &str, zero_is_unlimited: bool) -> String {
    if is_nothing(cell) {
        return String::new();
    }
    let cell = cell.trim();
    // A sheet makes 100 a 100.0.
    let whole = match cell.split_once('.') {
        Some((whole, zeros)) if !zeros.is_empty() && zeros.len() != 3 && zeros.bytes().all(|byte| byte == b'0') => {
            whole
        }
        _ => cell,
    };
    let groups: Vec<&str> = whole.split([',', ' ', '\u{a0}', '\u{202f}', '\'', '’']).collect();
    let by_three = groups.iter().skip(1).all(|group| group.len() == 3);
    let digits = if by_three { groups.concat() } else { whole.to_owned() };
    let is_zero = !digits.is_empty() && digits.bytes().all(|byte| byte == b'0');
    if zero_is_unlimited && is_zero { String::new() } else { digits }
}

/// A percentage, for the form; as a fraction 0.15 is 15.
///
/// # Errors
/// A fraction that is none.
pub fn percent(cell: &str, decimals: Decimals, fractions: bool) -> Result<String, String> {
    let text = cell.trim().trim_end_matches('%').trim_end();
    let text = plain(text.strip_prefix('-').unwrap_or(text), decimals);
    let text = trimmed(&text);
    if !fractions {
        return Ok(text.to_owned());
    }
    let (whole, rest) = text.split_once(['.', ',']).unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if text.is_empty() || !digits(whole) || !digits(rest) || rest.len() > 12 {
        return Err(format!("“{}” is no fraction like 0.15.", cell.trim()));
    }
    let rest = format!("{rest:0<4}");
    let (percent, more) = rest.split_at(2);
    let more = more.trim_end_matches('0');
    let number = format!("{whole}{percent}");
    let number = number.trim_start_matches('0');
    Ok(format!("{}.{more:0<1}", if number.is_empty() { "0" } else { number }))
}

/// Signs of currencies, with those that use them.
const SIGNS: [(char, &str); 6] = [
    ('€', "EUR"),
    (
        '$',
        "ARS AUD BBD BMD BND BSD BZD CAD CLP COP CUP CVE DOP FJD GYD HKD JMD KYD LRD MOP MXN NAD NZD SBD SGD SRD TOP TTD \
        TWD USD UYU WST XCD",
    ),
    ('£', "EGP FKP GBP GIP LBP SDG SHP SSP SYP"),
    ('¥', "CNY JPY"),
    ('₣', "BIF CHF DJF GNF KMF RWF XAF XOF XPF"),
    ('₹', "INR"),
];

/// An amount, for the form.
///
/// # Errors
/// Another currency, or a number of smallest units that is none.
pub fn amount(cell: &str, currency: Currency, decimals: Decimals, minor_units: bool) -> Result<String, String> {
    let text = cell.trim();
    let is_sign = |letter: char| SIGNS.iter().any(|(sign, _)| *sign == letter);
    for (sign, users) in SIGNS.iter().filter(|(sign, _)| text.contains(*sign)) {
        if !users.split_ascii_whitespace().any(|code| code == currency.code()) {
            same_currency(&sign.to_string(), currency)?;
        }
    }
    let bare = text.trim_matches(is_sign).trim();
    let letters = |letter: char| letter.is_ascii_alphabetic();
    let named: String = bare.chars().filter(|letter| letters(*letter)).collect();
    if !named.is_empty() {
        same_currency(&named, currency)?;
    }
    let number = bare.trim_matches(|letter: char| letters(letter) || letter.is_whitespace());
    if !minor_units {
        let plain = plain(number, decimals);
        // Three digits may be thousands, unless it was said what sets these off.
        let three = plain.rsplit_once(['.', ',']).is_some_and(|(_, digits)| digits.len() == 3);
        return Ok(if three && decimals == Decimals::Either { plain } else { trimmed(&plain).to_owned() });
    }
    let only_zeros = |zeros: &str| zeros.len() != 3 && zeros.bytes().all(|byte| byte == b'0');
    let whole = number.split_once('.').filter(|(_, zeros)| only_zeros(zeros)).map_or(number, |cut| cut.0);
    let units = money::parse_count(whole)
        .map_err(|_| format!("“{text}” is no whole number of the smallest unit, as was chosen for amounts."))?;
    Ok(currency.format(units))
}

/// Whether a cell names the currency of the tenant.
///
/// # Errors
/// It names another one.
pub fn same_currency(cell: &str, currency: Currency) -> Result<(), String> {
    let named = cell.trim();
    if is_nothing(named) || named.eq_ignore_ascii_case(currency.code()) {
        return Ok(());
    }
    Err(format!("This amount is in {}; here everything is in {}.", named.to_uppercase(), currency.code()))
}

/// Yes or no; `None` where nothing is said.
///
/// # Errors
/// A word that is neither.
pub fn yes_or_no(cell: &str) -> Result<Option<bool>, String> {
    const YES: [&str; 10] = ["true", "yes", "y", "1", "active", "enabled", "publish", "published", "on", "1.0"];
    const NO: [&str; 15] = [
        "false", "no", "n", "0", "inactive", "disabled", "draft", "pending", "private", "trash", "off", "paused",
        "archived", "0.0", "expired",
    ];
    let word = cell.trim().to_lowercase();
    match word.as_str() {
        "" | "null" => Ok(None),
        word if YES.contains(&word) => Ok(Some(true)),
        word if NO.contains(&word) => Ok(Some(false)),
        _ => Err(format!("“{}” is neither yes nor no.", cell.trim())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chf() -> Currency {
        Currency::from_code("CHF").unwrap()
    }

    #[test]
    fn a_decimal_comma_is_read_as_it_was_chosen_and_never_guessed_wrongly() {
        let amount = |cell: &str, decimals| amount(cell, chf(), decimals, false).unwrap();
        assert_eq!(money::parse(&amount("12,50", Decimals::Either), chf()), Ok(1_250));
        assert_eq!(money::parse(&amount("1.234,50", Decimals::Either), chf()), Ok(123_450));
        assert!(money::parse(&amount("1,234", Decimals::Either), chf()).is_err(), "1.234 or 1234: refused");
        assert_eq!(money::parse(&amount("1,234", Decimals::Point), chf()), Ok(123_400));
        assert_eq!(money::parse(&amount("1.234", Decimals::Comma), chf()), Ok(123_400));
        assert_eq!(money::parse(&amount("1.234,50 CHF", Decimals::Comma), chf()), Ok(123_450));
        assert!(money::parse(&amount("1,23.5", Decimals::Point), chf()).is_err());
        assert_eq!(money::parse(&amount("20.0000", Decimals::Either), chf()), Ok(2_000));
        assert!(money::parse(&amount("1,000", Decimals::Either), chf()).is_err());
    }

    #[test]
    fn three_digits_behind_a_point_are_never_guessed() {
        let read = |cell: &str, decimals| money::parse(&amount(cell, chf(), decimals, false).unwrap(), chf());
        for cell in ["1.000", "1.250", "2.500"] {
            assert!(read(cell, Decimals::Either).is_err(), "{cell}: as many thousands, or so many units");
        }
        assert_eq!(read("1.234.000", Decimals::Either), Ok(123_400_000));
        assert_eq!((read("2.500", Decimals::Comma), read("2.500", Decimals::Point)), (Ok(250_000), Ok(250)));
        assert!(amount("5.000", chf(), Decimals::Either, true).is_err());
        assert_eq!(amount("500.0", chf(), Decimals::Either, true).unwrap(), "5.00");
        assert_eq!(percent("10.000", Decimals::Either, false).unwrap(), "10.00");
    }

    #[test]
    fn a_sign_of_another_currency_is_refused() {
        let read = |cell: &str, code: &str| {
            amount(cell, Currency::from_code(code).unwrap(), Decimals::Either, false)
                .map_err(|told| told.contains(code))
        };
        assert_eq!((read("€20", "CHF"), read("20 $", "CHF"), read("£20", "JPY")), (Err(true), Err(true), Err(true)));
        let twenty = || Ok("20".to_owned());
        assert_eq!((read("€20", "EUR"), read("20 $", "CAD"), read("¥20", "JPY")), (twenty(), twenty(), twenty()));
    }

    #[test]
    fn an_amount_in_another_currency_is_refused() {
        let told = amount("USD 20", chf(), Decimals::Either, false).unwrap_err();
        assert!(told.contains("USD") && told.contains("CHF"), "{told}");
        assert_eq!(amount("1050", chf(), Decimals::Either, true).unwrap(), "10.50");
        assert!(amount("10.50", chf(), Decimals::Either, true).is_err());
    }

    #[test]
    fn a_percentage_can_be_a_fraction() {
        let read = |cell: &str| percent(cell, Decimals::Either, true).unwrap();
        let points = |cell: &str| money::BasisPoints::parse(&read(cell)).map(money::BasisPoints::get);
        assert_eq!(
            (points("0.15"), points("1"), points("0,125"), points("0.0001")),
            (Ok(1_500), Ok(10_000), Ok(1_250), Ok(1))
        );
        assert!(percent("x", Decimals::Either, true).is_err());
        assert_eq!(percent(" 10.0000 % ", Decimals::Either, false).unwrap(), "10.00");
    }

    #[test]
    fn zero_is_closed_unless_it_was_chosen_to_be_unlimited() {
        assert_eq!(
            (count("0", false), count("0", true), count("NULL", false)),
            ("0".to_owned(), String::new(), String::new())
        );
        assert_eq!(
            (count("1,000", false), count("100.0", true), count("1 000", false)),
            ("1000".to_owned(), "100".to_owned(), "1000".to_owned())
        );
        assert!(money::parse_count(&count("1.000", false)).is_err(), "1 or 1000: refused");
        assert!(money::parse_count(&count("-1", false)).is_err());
    }
}
