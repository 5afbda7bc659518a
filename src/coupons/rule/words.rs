//! What staff call the checks of the rule and the refusals named after them.

use super::trace::Check;

/// Gives every check its machine word, the name of its refusal, and what it looks at.
macro_rules! words {
    ($($check:ident $word:literal $refused:literal $looks:literal)+) => {
        impl Check {
            /// The machine word, which is also the code of its refusal.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$check => $word),+
                }
            }

            /// What staff call its refusal: “Already applied”.
            #[must_use]
            pub const fn refused(self) -> &'static str {
                match self {
                    $(Self::$check => $refused),+
                }
            }

            /// What holds when it passes: “The code exists”.
            #[must_use]
            pub const fn looks(self) -> &'static str {
                match self {
                    $(Self::$check => $looks),+
                }
            }

            /// The check with this word.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$check),)+
                    _ => None,
                }
            }
        }
    };
}

words! {
    MalformedCode "malformed_code" "Malformed code" "It can be a code"
    UnknownCode "unknown_code" "Unknown code" "The code exists"
    CouponsDisabled "coupons_disabled" "Coupons switched off" "Coupons are switched on"
    NotForOrders "not_for_orders" "Not for orders" "It is for orders"
    NotForOrganizations "not_for_organizations" "Not for organizations" "It is for organizations"
    Paused "paused" "Paused" "It is not paused"
    Expired "expired" "Expired" "It is not over"
    NotStarted "not_started" "Not started" "It has started"
    SignInRequired "sign_in_required" "Sign-in required" "A person is known where one is needed"
    NotAssigned "not_assigned" "Not assigned" "It was made for this person"
    AlreadyApplied "already_applied" "Already applied" "It was not applied here before"
    PersonLimit "person_limit" "Limit per person" "This person has uses left"
    OrganizationLimit "organization_limit" "Limit per organization" "This organization has uses left"
    Exhausted "exhausted" "Exhausted" "Uses are left"
    BudgetExhausted "budget_exhausted" "Budget exhausted" "Money is left"
    Held "held" "Held" "What is left is not all held by unpaid orders"
    CurrencyMismatch "currency_mismatch" "Other currency" "The order is in the right currency"
    ProductTypeNotEligible "product_type_not_eligible" "Product type not eligible" "It is for this type of product"
    ProductNotEligible "product_not_eligible" "Product not eligible" "It is for this product"
    RetailLicensed "retail_licensed" "Retail licence" "No retail licence forbids a discount"
    FullDiscountRequired "full_discount_required" "Full discount required" "The product has a price, or all of it is off"
    ProductLimit "product_limit" "Limit per product" "This product has uses left"
    BelowMinimum "below_minimum" "Below the minimum" "The order is large enough"
    FullDiscountSingleItem "full_discount_single_item" "Several items at 100 %" "Only one item becomes free"
    FreeClaimsLimit "free_claims_limit" "Limit of free items" "This person may have more for free"
    LimitUnchanged "limit_unchanged" "Limit unchanged" "Some limit would change"
    LimitNotApplicable "limit_not_applicable" "Limit not applicable" "The limits can be changed"
    NoEffect "no_effect" "No effect" "It would do something"
}

#[cfg(test)]
mod tests {
    use super::Check;

    #[test]
    fn the_words_are_those_of_the_trace() {
        for check in Check::ALL {
            assert_eq!(serde_json::to_value(check).unwrap(), check.word());
            assert_eq!(Check::from_word(check.word()), Some(check));
        }
    }
}
