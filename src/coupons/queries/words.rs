//! A filter from the words of a query string.

use super::choices::Choices;
use super::filter::{Filter, Sort};
use crate::coupons::benefit::Benefit;
use crate::coupons::coupon::Status;
use crate::error::Error;

/// The longest text that is searched for, in characters.
const LONGEST: usize = 100;

/// The words of a query string; an empty one asks for nothing.
#[derive(Clone, Copy, Debug, Default)]
#[expect(missing_docs, reason = "each is named after what it becomes in the filter")]
pub struct Words<'a> {
    pub tab: &'a str,
    pub typed: &'a str,
    pub status: &'a str,
    pub benefit: &'a str,
    pub product_type: &'a str,
    pub tag: &'a str,
    pub sort: &'a str,
}

impl Words<'_> {
    /// What they ask for.
    ///
    /// # Errors
    /// [`Error::BadQuery`] for a tab, a status, a benefit, a product type or an order that there is not.
    pub fn filter(&self, choices: &Choices) -> Result<Filter, Error> {
        let unknown = |name, what: &str| Error::BadQuery(name, format!("There is no such {what}."));
        for (name, typed) in [("q", self.typed), ("tag", self.tag)] {
            if typed.contains('\0') || typed.chars().count() > LONGEST {
                let why = format!("This cannot be searched for: it has more than {LONGEST} characters, or U+0000.");
                return Err(Error::BadQuery(name, why));
            }
        }
        let gift = match self.tab {
            "" => false,
            "gifts" => true,
            _ => return Err(unknown("tab", "tab")),
        };
        let some = |word: &str| Some(word.to_owned()).filter(|word| !word.is_empty());
        let status = some(self.status)
            .map(|word| Status::from_code(&word).ok_or_else(|| unknown("status", "status")))
            .transpose()?;
        let benefit = some(self.benefit);
        if benefit.as_ref().is_some_and(|kind| !Benefit::KINDS.contains(&kind.as_str())) {
            return Err(unknown("benefit", "benefit"));
        }
        let product_type = some(self.product_type);
        if product_type.as_ref().is_some_and(|key| !choices.types.iter().any(|row| row.key == *key)) {
            return Err(unknown("product_type", "product type"));
        }
        let sort = Sort::from_word(self.sort).ok_or_else(|| unknown("sort", "order"))?;
        let (typed, tag) = (self.typed.trim().to_owned(), some(self.tag));
        // Deleted coupons are seen where they are asked for.
        let living = status != Some(Status::Deleted);
        Ok(Filter { gift, typed, status, benefit, product_type, tag, living, sort })
    }
}
