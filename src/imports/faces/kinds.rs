//! What other systems call a percentage, an amount and a credit.

use super::presets::fold;

/// What the word of another system says about a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It says nothing; another column does.
    Silent,
    /// A percentage.
    Percent,
    /// An amount off each unit.
    AmountEach,
    /// An amount off the order.
    Amount,
    /// Credit.
    Credit,
}

/// Reads the kind of a value.
///
/// # Errors
/// A sentence for what has no equal here.
pub fn kind(word: &str) -> Result<Kind, String> {
    let folded = fold(word);
    Ok(match folded.as_str() {
        "" | "discount_voucher" | "discount" | "coupon" => Kind::Silent,
        "percent"
        | "percentage"
        | "percent_off"
        | "percentage_off"
        | "recurring_percent"
        | "reduce_product_price_by" => Kind::Percent,
        "percent_product" => Kind::Percent,
        "amount" | "fixed_amount" | "fixed" | "fixed_cart" | "amount_off" | "flat" | "apply_to_order" => Kind::Amount,
        "fixed_product" | "subtract" | "subtract_from_product_price" => Kind::AmountEach,
        "gift_voucher" | "gift" | "gift_card" | "credit" | "store_credit" | "smart_coupon" => Kind::Credit,
        _ if word.trim() == "%" => Kind::Percent,
        _ => {
            return Err(format!(
                "“{}” is no kind of coupon that there is here: it is a percentage, an amount off or a credit.",
                word.trim()
            ));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_that_there_is_not_is_refused_with_its_word() {
        assert_eq!(kind("Reduce product price by (%)"), Ok(Kind::Percent));
        assert_eq!(kind("DISCOUNT_VOUCHER"), Ok(Kind::Silent));
        assert!(kind("Set product price to").unwrap_err().contains("Set product price to"));
    }
}
