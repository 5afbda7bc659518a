//! The words of a coupon's choices, in the database and in forms.

use super::{BenefitEnds, RestoreUses, UsesPer};

/// Gives a choice its words, both ways.
macro_rules! words {
    ($kind:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        impl $kind {
            /// The word in the database and in forms.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }

            /// The choice with this word.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

words!(UsesPer { Unit = "unit", Order = "order" });
words!(BenefitEnds { Never = "never", EndOfRedeemMonth = "end_of_redeem_month" });
words!(RestoreUses { Always = "always", Never = "never" });
