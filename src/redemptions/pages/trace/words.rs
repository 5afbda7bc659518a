//! What a check looked at, by the name it has in a trace, in people's words.

use super::Manner;
use crate::calendar;
use chrono::DateTime;
use serde_json::Value;

/// A name of a trace and what people call it.
pub(super) struct Words {
    pub name: &'static str,
    label: &'static str,
    kind: Kind,
    /// What is said where nothing is set; nothing is said where this is empty.
    unset: &'static str,
}

/// What a value is.
#[derive(Clone, Copy)]
enum Kind {
    /// A count, yes or no, or a text.
    Plain,
    /// Minor units.
    Money,
    /// An instant.
    Moment,
    /// The instant after the last day.
    End,
}

macro_rules! words {
    ($($name:literal $kind:ident $label:literal $unset:literal)+) => {
        /// All of them, in the order in which they are said.
        pub(super) const WORDS: &[Words] =
            &[$(Words { name: $name, label: $label, kind: Kind::$kind, unset: $unset }),+];
    };
}

words! {
    "fault" Plain "Why" ""
    "because" Plain "Why" ""
    "coupon_deleted_at" Moment "Coupon deleted" ""
    "code_deleted_at" Moment "Code deleted" ""
    "coupons_enabled" Plain "Codes switched on" ""
    "for_orders" Plain "For orders" ""
    "for_organizations" Plain "For organizations" ""
    "paused_at" Moment "Paused since" ""
    "valid_from" Moment "Begins" "at once"
    "valid_until" End "Ends" "never"
    "now" Moment "Asked for" ""
    "person_known" Plain "Person known" ""
    "assigned_people_only" Plain "For chosen people only" ""
    "assigned" Plain "This person is one of them" ""
    "counts_free_claims" Plain "Free items are counted for each person" ""
    "organization_applied_at" Moment "This organization applied it" "never"
    "person_applied_at" Moment "This person applied it" "never"
    "max_uses_per_person" Plain "Uses per person" "unlimited"
    "max_uses_per_organization" Plain "Uses per organization" "unlimited"
    "max_uses" Plain "Uses in total" "unlimited"
    "uses" Plain "Used" ""
    "held" Plain "Held by unpaid orders" ""
    "code_max_uses" Plain "Uses of this code" "unlimited"
    "code_uses" Plain "Used of this code" ""
    "code_held" Plain "Held of this code" ""
    "budget" Money "Budget" "none"
    "spent" Money "Spent" ""
    "spent_held" Money "Held of the budget" ""
    "least_spend" Money "Least it would take" ""
    "held_until" Moment "First hold until" ""
    "currency" Plain "Currency here" ""
    "order_currency" Plain "Currency of the order" "not said"
    "minimum_amount" Money "Order from" ""
    "subtotal" Money "Counted" ""
    "full_discount" Plain "All of the price is off" ""
    "full_discount_single_item" Plain "Only one item may become free" ""
    "eligible_products" Plain "Products it is for" ""
    "free_claims_per_person" Plain "Free items per person" "unlimited"
    "free_units" Plain "Free items in this order" ""
    "units_without_price" Plain "Items without a price" ""
    "grants" Plain "Limits" ""
    "already_so" Plain "Already so" ""
    "not_applicable" Plain "Cannot be changed" ""
    "discount" Money "Discount" ""
}

impl Words {
    /// `Uses in total: 3`.
    pub(super) fn said(&self, value: &Value, (currency, zone): Manner) -> Option<String> {
        let moment = |text: &str| DateTime::parse_from_rfc3339(text).ok().map(|instant| instant.to_utc());
        let value = match (self.kind, value) {
            (_, Value::Null) => self.unset.to_owned(),
            (_, Value::Bool(flag)) => (if *flag { "yes" } else { "no" }).to_owned(),
            (Kind::Money, Value::Number(amount)) => currency.money(amount.as_i64()?).to_string(),
            (Kind::Moment, Value::String(text)) => calendar::moment(moment(text)?, zone),
            (Kind::End, Value::String(text)) => calendar::end_moment(moment(text)?, zone),
            (_, Value::String(text)) => text.clone(),
            (_, other) => other.to_string(),
        };
        (!value.is_empty()).then(|| format!("{}: {value}", self.label))
    }
}

#[cfg(test)]
mod tests {
    use super::WORDS;

    /// The rule's own source, where every name is a literal beside its value.
    const RULE: [&str; 5] = [
        include_str!("../../../coupons/rule.rs"),
        include_str!("../../../coupons/rule/offer.rs"),
        include_str!("../../../coupons/rule/asker.rs"),
        include_str!("../../../coupons/rule/order.rs"),
        include_str!("../../../coupons/rule/organization.rs"),
    ];

    #[test]
    fn everything_a_check_looks_at_has_a_word() {
        let named = RULE.iter().flat_map(|source| source.split("(\"").skip(1));
        let named = named.filter_map(|rest| rest.split_once("\", ")).map(|(name, _)| name);
        let named: Vec<_> =
            named.filter(|name| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')).collect();
        assert!(named.len() > 40, "{named:?}");
        for name in named {
            assert!(WORDS.iter().any(|words| words.name == name), "{name} has no word");
        }
    }
}
