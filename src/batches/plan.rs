//! What a batch is to be, read from what was typed, and whether its codes are hard enough to guess.

use crate::coupons::coupon::Coupon;
use crate::coupons::generator::{ALPHABET, Letters, Pattern, Strength};
use crate::error::Error;
use crate::money::{self, grouped};
use crate::web::form::Errors;

/// The most codes of one batch.
pub const MOST: i64 = 1_000_000;
/// Fewer bits than that for each code that is there, and guessing at random finds one before long.
const FEWEST_BITS: u32 = 24;
/// A code without any limit is worth any patience.
const UNLIMITED_BITS: u32 = 64;

/// As people or callers say it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed {
    /// How many codes.
    pub count: String,
    /// What they begin with.
    pub prefix: String,
    /// How many random characters.
    pub length: String,
    /// How many characters stand together; empty is all.
    pub group: String,
    /// How often each can be used; empty is unlimited.
    pub max_uses: String,
}

/// A batch that can be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// How many codes.
    pub count: i64,
    /// What they begin with, as it was typed.
    pub prefix: String,
    /// How many random characters.
    pub length: i64,
    /// How many characters stand together.
    pub group: Option<i64>,
    /// How often each can be used; `None` is unlimited.
    pub max_uses: Option<i64>,
    /// How they look.
    pub pattern: Pattern,
}

/// What can be said of a plan before it is carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// Five codes as they could be. None of them is made.
    pub samples: Vec<String>,
    /// How many different codes there could be.
    pub space: String,
    /// Of so many guesses one would be right.
    pub odds: String,
    /// How hard they are to guess.
    pub strength: Strength,
    /// What to think about first.
    pub warning: Option<&'static str>,
}

impl Typed {
    /// The plan, or what is wrong with which field.
    ///
    /// # Errors
    /// The sentences for the form.
    pub fn read(&self) -> Result<Plan, Errors> {
        let mut errors = Errors::default();
        let count = errors.keep("count", number(&self.count, 1, MOST));
        let length = errors.keep("length", number(&self.length, 1, 64));
        let optional = |text: &str, least, most| {
            if text.trim().is_empty() { Ok(None) } else { number(text, least, most).map(Some) }
        };
        let group = errors.keep("group", optional(&self.group, 1, 64));
        let max_uses = errors.keep("max_uses", optional(&self.max_uses, 1, i64::MAX));
        let (Some(count), Some(length), Some(group), Some(max_uses)) = (count, length, group, max_uses) else {
            return Err(errors);
        };
        let prefix = self.prefix.trim().to_uppercase();
        // A spreadsheet would take a code that begins with a dash for a sum.
        if prefix.starts_with(['-', '.', '_']) {
            errors.add("prefix", "A prefix begins with a letter or a digit.");
            return Err(errors);
        }
        match pattern(&prefix, length, group) {
            Ok(pattern) => Ok(Plan { count, prefix, length, group, max_uses, pattern }),
            Err((field, sentence)) => {
                errors.add(field, sentence);
                Err(errors)
            }
        }
    }
}

impl Plan {
    /// Refuses what could be guessed, and what would fill more than half of the pattern's space, where `there` codes
    /// with this pattern exist.
    ///
    /// # Errors
    /// The sentence for the length.
    pub fn check(&self, coupon: &Coupon, there: i64) -> Result<(), Errors> {
        let refuse = |sentence: String| {
            let mut errors = Errors::default();
            errors.add("length", sentence);
            Err(errors)
        };
        let of = |number: i64| u64::try_from(number).unwrap_or_default();
        if let Err(fault) = self.pattern.has_room_for(of(self.count), of(there)) {
            return refuse(fault.to_string());
        }
        if bits(self.odds(there)) < FEWEST_BITS {
            let longer = self.long_enough(there);
            return refuse(format!("Codes this short can be guessed. Use {longer} or more characters."));
        }
        let unlimited = self.max_uses.is_none() && coupon.max_uses.is_none() && coupon.budget.is_none();
        if unlimited && self.pattern.strength().bits < UNLIMITED_BITS {
            return refuse(
                "Codes without any limit need 13 or more characters: whoever guesses one can use it for ever."
                    .to_owned(),
            );
        }
        Ok(())
    }

    /// How many guesses there are for each code.
    fn odds(&self, there: i64) -> u128 {
        let codes = u128::try_from(self.count.saturating_add(there)).unwrap_or(1).max(1);
        self.pattern.space() / codes
    }

    /// The least length that is not refused.
    fn long_enough(&self, there: i64) -> i64 {
        let odds = |length: i64| (ALPHABET.len() as u128).saturating_pow(u32::try_from(length).unwrap_or(64));
        let codes = u128::try_from(self.count.saturating_add(there)).unwrap_or(1).max(1);
        (self.length..64).find(|length| bits(odds(*length) / codes) >= FEWEST_BITS).unwrap_or(64)
    }

    /// What its codes would be like.
    ///
    /// # Errors
    /// When there is no randomness to be had.
    pub fn preview(&self, there: i64) -> Result<Preview, Error> {
        let mut letters = Letters::default();
        let drawn = (0..5).map(|_| self.pattern.draw(&mut letters));
        let samples = drawn.map(|code| code.map(|code| code.to_string())).collect::<Result<_, _>>();
        let strength = self.pattern.strength();
        Ok(Preview {
            samples: samples.map_err(|fault| Error::Unprocessable(fault.to_string()))?,
            space: words(self.pattern.space()),
            odds: words(self.odds(there)),
            strength,
            warning: strength.warning().map(|_| match strength.bits {
                0..40 => "Good for an offer with narrow limits. Codes worth money had better be longer.",
                _ => "Good for codes that can be used once or a few times.",
            }),
        })
    }
}

/// The pattern of these fields, or which of them is wrong.
///
/// # Errors
/// The field and its sentence.
pub fn pattern(prefix: &str, length: i64, group: Option<i64>) -> Result<Pattern, (&'static str, String)> {
    use crate::coupons::generator::PatternFault;
    let size = |number: i64| usize::try_from(number).unwrap_or_default();
    Pattern::new(prefix, size(length), group.map(size)).map_err(|fault| match fault {
        PatternFault::Prefix(_) => ("prefix", fault.to_string()),
        PatternFault::Group => ("group", fault.to_string()),
        _ => ("length", fault.to_string()),
    })
}

fn number(text: &str, least: i64, most: i64) -> Result<i64, String> {
    // People set thousands apart.
    let digits: String =
        text.chars().filter(|c| !matches!(c, ',' | '\'' | '’' | ' ' | '\u{a0}' | '\u{202f}')).collect();
    let number = money::parse_count(&digits).map_err(|fault| fault.to_string())?;
    match number {
        _ if number < least => Err(format!("This is at least {}.", grouped(least))),
        _ if number > most => Err(format!("This is at most {}.", grouped(most))),
        _ => Ok(number),
    }
}

/// A power of two, rounded down.
fn bits(number: u128) -> u32 {
    number.checked_ilog2().unwrap_or_default()
}

/// A large number in words: "787 million", "about 10^18".
fn words(number: u128) -> String {
    const STEPS: [(u128, &str); 4] = [
        (1_000_000_000_000_000, "quadrillion"),
        (1_000_000_000_000, "trillion"),
        (1_000_000_000, "billion"),
        (1_000_000, "million"),
    ];
    if number >= 1_000_000_000_000_000_000 {
        return format!("more than 10^{}", number.checked_ilog10().unwrap_or_default());
    }
    match STEPS.iter().find(|(step, _)| number >= *step) {
        Some((step, word)) => format!("{} {word}", number / step),
        None => grouped(i64::try_from(number).unwrap_or(i64::MAX)),
    }
}

#[cfg(test)]
mod tests {
    use super::{Typed, words};

    fn typed(count: &str, length: &str) -> Typed {
        Typed { count: count.to_owned(), length: length.to_owned(), max_uses: "1".to_owned(), ..Typed::default() }
    }

    #[test]
    fn what_is_typed_is_read_or_refused_on_its_field() {
        assert_eq!(typed("10,000", "12").read().unwrap().count, 10_000);
        for (typed, field) in [
            (typed("", "12"), "count"),
            (typed("0", "12"), "count"),
            (typed("1000001", "12"), "count"),
            (typed("10", "0"), "length"),
            (typed("10", "65"), "length"),
            (Typed { prefix: "é".to_owned(), ..typed("10", "12") }, "prefix"),
            (Typed { group: "0".to_owned(), ..typed("10", "12") }, "group"),
            (Typed { max_uses: "-1".to_owned(), ..typed("10", "12") }, "max_uses"),
        ] {
            let errors = typed.read().unwrap_err();
            assert!(errors.of(field).is_some(), "{field}: {errors:?}");
        }
    }

    #[test]
    fn large_numbers_are_said_in_words() {
        assert_eq!(words(29_791), "29,791");
        assert_eq!(words(887_503_681), "887 million");
        assert_eq!(words(787_662_783_788_549_761), "787 quadrillion");
        assert_eq!(words(u128::pow(31, 16)), "more than 10^23");
    }
}
