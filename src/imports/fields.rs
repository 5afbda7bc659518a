//! What a column of a file can mean, and how its cells are to be read.

use super::cells::Decimals;
use super::dates::Order;
use serde::{Deserialize, Serialize};

/// Declares the fields: name, word, label.
macro_rules! fields {
    ($($(#[$doc:meta])* $name:ident $word:literal $label:literal)+) => {
        /// The meaning of a column.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Field {
            $($(#[$doc])* #[serde(rename = $word)] $name,)+
        }

        impl Field {
            /// All of them, in the order of a form.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// Its word in forms and rows.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$name => $word),+ }
            }

            /// What people read.
            #[must_use]
            pub const fn label(self) -> &'static str {
                match self { $(Self::$name => $label),+ }
            }
        }
    };
}

fields! {
    /// What people type.
    Code "code" "Code"
    /// A percentage off.
    Percent "percent" "Percentage off"
    /// An amount off.
    Amount "amount" "Amount off"
    /// Credit for organizations.
    Credit "credit" "Credit"
    /// A percentage or an amount, as the kind says.
    Value "value" "Value (percentage or amount)"
    /// Whether the value is a percentage or an amount.
    Kind "kind" "Kind of the value"
    /// What the amounts are in.
    Currency "currency" "Currency"
    /// The most that a percentage takes off.
    MaximumDiscount "maximum_discount" "Maximum discount"
    /// From which subtotal on.
    MinimumAmount "minimum_amount" "Order from"
    /// Uses in total; of codes, the uses of each.
    MaxUses "max_uses" "Uses in total"
    /// Uses that were made in the other system.
    Used "used" "Uses already made"
    /// Uses per person.
    MaxUsesPerPerson "max_uses_per_person" "Uses per person"
    /// Uses per organization.
    MaxUsesPerOrganization "max_uses_per_organization" "Uses per organization"
    /// The most that all uses together may cost.
    Budget "budget" "Budget"
    /// From when.
    ValidFrom "valid_from" "Valid from"
    /// Until when.
    ValidUntil "valid_until" "Valid until"
    /// Whether it can be used.
    Active "active" "Active (yes or no)"
    /// Once, repeating or forever.
    Duration "duration" "Duration (once, repeating, forever)"
    /// How many periods of a plan.
    Periods "discounted_periods" "Discounted periods"
    /// Keys of product types.
    ProductTypes "product_types" "Product types"
    /// Addresses of the people it is for.
    People "people" "Only these people"
    /// What the admins call it.
    Name "name" "Name"
    /// What everybody reads.
    Description "description" "Description"
    /// What the admins note.
    Note "note" "Note"
    /// Tags.
    Tags "tags" "Tags"
    /// A condition that has no equal here: a coupon that has it would come out too generous.
    Condition "condition" "A condition unknown here (reject such rows)"
}

impl Field {
    /// The field with this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|field| field.word() == word)
    }

    /// Whether a code of an existing coupon has it.
    #[must_use]
    pub const fn is_of_codes(self) -> bool {
        matches!(self, Self::Code | Self::MaxUses | Self::Used)
    }

    /// Whether several columns may have it: their cells are read one after the other.
    #[must_use]
    pub const fn may_repeat(self) -> bool {
        matches!(self, Self::Kind | Self::Condition | Self::Tags | Self::Note)
    }
}

/// What the columns of a file mean.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Mapping {
    /// The system that it comes from, by the word of its preset.
    pub preset: String,
    /// For each column what it means; `None` is left out.
    pub columns: Vec<Option<Field>>,
    /// Whether 0 stands for unlimited, as in some systems; here it is closed.
    pub zero_is_unlimited: bool,
    /// Whether amounts are in the smallest unit: 1050 is 10.50.
    pub minor_units: bool,
    /// Whether a percentage is a fraction: 0.15 is 15 %.
    pub fractions: bool,
    /// What the decimals are set off by.
    pub decimals: Decimals,
    /// Which comes first in 03/04/2026.
    pub dates: Order,
    /// A tag for everything that is imported.
    pub tag: String,
}

impl Mapping {
    /// The first column with this meaning.
    #[must_use]
    pub fn column(&self, field: Field) -> Option<usize> {
        self.columns.iter().position(|column| *column == Some(field))
    }

    /// Whether a column has this meaning.
    #[must_use]
    pub fn has(&self, field: Field) -> bool {
        self.column(field).is_some()
    }

    /// What keeps the rows from being read, in a sentence; `names` are those of the columns.
    ///
    /// # Errors
    /// The sentence.
    pub fn check(&self, names: &[String], for_codes: bool) -> Result<(), String> {
        if !self.has(Field::Code) {
            return Err("Choose the column that holds the codes.".to_owned());
        }
        for (at, field) in self.columns.iter().enumerate().filter_map(|(at, field)| Some((at, (*field)?))) {
            let again = self.columns.iter().skip(at + 1).position(|other| *other == Some(field));
            if let Some(other) = again.filter(|_| !field.may_repeat()) {
                let name = |at: usize| names.get(at).map_or("", String::as_str);
                let (one, two) = (name(at), name(at + 1 + other));
                return Err(format!("“{one}” and “{two}” are both to be “{}”. Leave one of them out.", field.label()));
            }
        }
        if for_codes {
            return Ok(());
        }
        if self.has(Field::Value) && !self.has(Field::Kind) {
            return Err(
                "Choose the column that says whether the value is a percentage or an amount, or choose “Percentage off” or \
                 “Amount off” for the value itself."
                    .to_owned(),
            );
        }
        let gives = [Field::Percent, Field::Amount, Field::Credit, Field::Value];
        if !gives.into_iter().any(|field| self.has(field)) {
            return Err(
                "Choose the column that says what the coupons give: a percentage, an amount or a credit. A file of \
                        codes alone belongs into a coupon that is there."
                    .to_owned(),
            );
        }
        Ok(())
    }
}
