//! The columns of other systems' files, and the guess what a column means from its name.
//!
//! Stripe: the dashboard's exports of coupons and of promotion codes, and lists of its API as JSON. WooCommerce: the columns
//! that its coupon exporters share, named after the fields of a coupon's post. pretix: the download of an event's vouchers.
//! Voucherify: its export of vouchers, and the template of its import.

use crate::imports::dates::Order;
use crate::imports::fields::{Field, Mapping};

/// A system that files come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// The word of forms.
    pub word: &'static str,
    /// What people read.
    pub label: &'static str,
    /// What its columns mean where that is not what their names say to everybody; `None` is left out.
    columns: &'static [(&'static str, Option<Field>)],
    /// Columns by which it is recognised: all of one of these sets.
    signs: &'static [&'static [&'static str]],
    /// Whether 0 stands for unlimited.
    zero_is_unlimited: bool,
}

/// All of them; the first is any other system.
pub const PRESETS: &[Preset] = &[
    Preset { word: "", label: "Another system", columns: &[], signs: &[], zero_is_unlimited: false },
    Preset {
        word: "stripe",
        label: "Stripe",
        columns: &[
            ("name", Some(Field::Name)),
            ("redeem_by_utc", Some(Field::ValidUntil)),
            ("expires_at_utc", Some(Field::ValidUntil)),
            ("coupon", None),
            ("coupon_id", None),
            ("valid", None),
            ("created_utc", None),
            ("customer", Some(Field::Condition)),
            ("customer_id", Some(Field::Condition)),
            ("first_time_transaction", Some(Field::Condition)),
            ("restrictions_first_time_transaction", Some(Field::Condition)),
            ("applies_to_products", Some(Field::Condition)),
        ],
        signs: &[
            &["percent_off", "duration", "max_redemptions"],
            &["code", "max_redemptions", "times_redeemed"],
            &["code", "coupon", "promotion_code_id"],
        ],
        zero_is_unlimited: false,
    },
    Preset {
        word: "woocommerce",
        label: "WooCommerce",
        columns: &[
            ("post_title", Some(Field::Code)),
            ("post_excerpt", Some(Field::Description)),
            ("post_status", Some(Field::Active)),
            ("discount_type", Some(Field::Kind)),
            ("coupon_amount", Some(Field::Value)),
            ("amount", Some(Field::Value)),
            ("usage_limit", Some(Field::MaxUses)),
            ("usage_count", Some(Field::Used)),
            ("usage_limit_per_user", Some(Field::MaxUsesPerPerson)),
            ("date_expires", Some(Field::ValidUntil)),
            ("expiry_date", Some(Field::ValidUntil)),
            ("customer_email", Some(Field::People)),
            ("email_restrictions", Some(Field::People)),
            ("maximum_amount", Some(Field::Condition)),
            ("product_ids", Some(Field::Condition)),
            ("exclude_product_ids", Some(Field::Condition)),
            ("excluded_product_ids", Some(Field::Condition)),
            ("product_categories", Some(Field::Condition)),
            ("exclude_product_categories", Some(Field::Condition)),
            ("excluded_product_categories", Some(Field::Condition)),
            ("limit_usage_to_x_items", Some(Field::Condition)),
            ("exclude_sale_items", Some(Field::Condition)),
            ("post_date", None),
            ("date_created", None),
            ("id", None),
        ],
        signs: &[&["post_title", "discount_type"], &["coupon_amount", "discount_type"], &["usage_limit_per_user", "discount_type"]],
        zero_is_unlimited: true,
    },
    Preset {
        word: "pretix",
        label: "pretix",
        columns: &[
            ("voucher_code", Some(Field::Code)),
            ("price_effect", Some(Field::Kind)),
            ("value", Some(Field::Value)),
            ("maximum_usages", Some(Field::MaxUses)),
            ("redeemed", Some(Field::Used)),
            ("tag", Some(Field::Tags)),
            ("comment", Some(Field::Note)),
            ("product", Some(Field::Condition)),
            ("seat", Some(Field::Condition)),
        ],
        signs: &[&["voucher_code", "price_effect"], &["voucher_code", "reserve_quota"]],
        zero_is_unlimited: false,
    },
    Preset {
        word: "voucherify",
        label: "Voucherify",
        columns: &[
            ("code", Some(Field::Code)),
            ("voucher_type", Some(Field::Kind)),
            ("discount_type", Some(Field::Kind)),
            ("value", Some(Field::Value)),
            ("campaign", Some(Field::Tags)),
            ("category", Some(Field::Tags)),
            ("redemption_quantity", Some(Field::MaxUses)),
            ("redemption_limit", Some(Field::MaxUses)),
            ("redemption_count", Some(Field::Used)),
            ("redeemed_quantity", Some(Field::Used)),
            ("discount_amount_limit", Some(Field::MaximumDiscount)),
            ("additional_info", Some(Field::Note)),
            ("validity_timeframe_interval", Some(Field::Condition)),
            ("validity_timeframe_duration", Some(Field::Condition)),
            ("validity_day_of_week", Some(Field::Condition)),
            ("validation_rule_id", Some(Field::Condition)),
            ("customer_id", Some(Field::Condition)),
            ("discount_unit_type", Some(Field::Condition)),
            ("discount_unit_effect", Some(Field::Condition)),
            ("formula", Some(Field::Condition)),
            ("id", None),
            ("campaign_id", None),
            ("created_at", None),
        ],
        signs: &[&["voucher_type", "discount_type"], &["code", "voucher_type"]],
        zero_is_unlimited: false,
    },
    Preset {
        word: "bare",
        label: "Code, discount_percent, active",
        columns: &[("limit", Some(Field::MaxUses))],
        signs: &[&["code", "discount_percent", "active"], &["code", "discount_percent"]],
        zero_is_unlimited: false,
    },
];

/// What a name means in any system's file.
const NAMES: &[(Field, &[&str])] = &[
    (
        Field::Code,
        &["code", "codes", "coupon_code", "voucher_code", "promo_code", "promotion_code", "discount_code", "gift_code", "coupon"],
    ),
    (
        Field::Percent,
        &["percent", "percentage", "percent_off", "percentage_off", "discount_percent", "discount_percentage", "coupon_percent_off"],
    ),
    (Field::Amount, &["amount_off", "discount_amount", "amount", "fixed_amount", "coupon_amount_off", "amount_discount"]),
    (Field::Credit, &["credit", "credit_amount", "gift_balance", "balance"]),
    (Field::Value, &["value", "discount_value", "coupon_amount", "discount"]),
    (Field::Kind, &["discount_type", "type", "kind", "price_mode", "price_effect", "value_type", "benefit"]),
    (Field::Currency, &["currency", "coupon_currency"]),
    (Field::MaximumDiscount, &["maximum_discount", "max_discount", "discount_amount_limit", "max_discount_amount"]),
    (
        Field::MinimumAmount,
        &["minimum_amount", "min_amount", "minimum_order", "minimum_spend", "min_booking_amount", "minimum_order_amount"],
    ),
    (
        Field::MaxUses,
        &[
            "max_uses", "max_usages", "maximum_usages", "maximum_uses", "max_redemptions", "usage_limit", "uses_limit", "limit",
            "redemption_limit", "uses_in_total", "limit_uses",
        ],
    ),
    (
        Field::Used,
        &[
            "used", "uses", "used_count", "times_redeemed", "usage_count", "redeemed", "redemption_count", "redemptions",
            "times_used", "uses_already_made",
        ],
    ),
    (
        Field::MaxUsesPerPerson,
        &["max_uses_per_person", "max_uses_per_customer", "max_uses_per_user", "usage_limit_per_user", "uses_per_person", "limit_per_customer"],
    ),
    (Field::MaxUsesPerOrganization, &["max_uses_per_organization", "uses_per_organization"]),
    (Field::Budget, &["budget"]),
    (Field::ValidFrom, &["valid_from", "start_date", "starts_at", "start", "available_from", "begins_at", "from"]),
    (
        Field::ValidUntil,
        &[
            "valid_until", "valid_to", "end_date", "ends_at", "expires_at", "expires", "expiry", "expiry_date", "expiration",
            "expiration_date", "redeem_by", "date_expires", "redeem_by_utc", "expires_at_utc", "until",
        ],
    ),
    (Field::Active, &["active", "is_active", "enabled", "status", "post_status"]),
    (Field::Duration, &["duration", "coupon_duration"]),
    (Field::Periods, &["duration_in_months", "discounted_periods", "coupon_duration_in_months"]),
    (Field::ProductTypes, &["product_types", "product_type", "applicable_workspace_types"]),
    (Field::People, &["people", "customer_email", "customer_emails", "emails", "only_these_people"]),
    (Field::Name, &["name", "title", "coupon_name"]),
    (Field::Description, &["description", "post_excerpt"]),
    (Field::Note, &["note", "notes", "comment", "internal_note", "additional_info"]),
    (Field::Tags, &["tags", "tag", "category", "labels"]),
];

/// The preset with this word.
#[must_use]
pub fn from_word(word: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|preset| preset.word == word)
}

/// The system whose columns these are, and what they mean. `for_codes` leaves out what codes alone do not have.
#[must_use]
pub fn guess(names: &[String], for_codes: bool) -> Mapping {
    let folded: Vec<String> = names.iter().map(|name| fold(name)).collect();
    let has = |sign: &&str| folded.iter().any(|name| name == sign);
    let signed = |preset: &&Preset| preset.signs.iter().any(|signs| signs.iter().all(|sign| has(&sign)));
    let preset = PRESETS.iter().find(signed).or(PRESETS.first());
    preset.map(|preset| with(preset, names, for_codes)).unwrap_or_default()
}

/// What the columns mean in a file of this system.
#[must_use]
pub fn with(preset: &Preset, names: &[String], for_codes: bool) -> Mapping {
    let mut mapping = Mapping {
        preset: preset.word.to_owned(),
        zero_is_unlimited: preset.zero_is_unlimited,
        dates: Order::default(),
        ..Mapping::default()
    };
    for name in names {
        let field = meaning(preset, &fold(name)).filter(|field| !for_codes || field.is_of_codes());
        let free = field.filter(|field| field.may_repeat() || !mapping.has(*field));
        mapping.columns.push(free);
    }
    // The id of a coupon is what people type, where nothing else is.
    if preset.word == "stripe" && !mapping.has(Field::Code) {
        let id = names.iter().position(|name| fold(name) == "id");
        if let Some(place) = id.and_then(|at| mapping.columns.get_mut(at)) {
            *place = Some(Field::Code);
        }
    }
    // A file of one column holds codes, whatever its head says.
    if let ([_], [place @ None]) = (names, mapping.columns.as_mut_slice()) {
        *place = Some(Field::Code);
    }
    mapping
}

fn meaning(preset: &Preset, name: &str) -> Option<Field> {
    if let Some((_, field)) = preset.columns.iter().find(|(known, _)| *known == name) {
        return *field;
    }
    NAMES.iter().find(|(_, names)| names.contains(&name)).map(|(field, _)| *field)
}

/// A name without capitals and punctuation: `Redeem By (UTC)` is `redeem_by_utc`, `minOrder` is `min_order`.
fn fold(name: &str) -> String {
    let mut folded = String::new();
    let mut before = ' ';
    for letter in name.trim().chars() {
        if letter.is_uppercase() && (before.is_lowercase() || before.is_ascii_digit()) && !folded.ends_with('_') {
            folded.push('_');
        }
        if letter.is_alphanumeric() {
            folded.extend(letter.to_lowercase());
        } else if !folded.ends_with('_') && !folded.is_empty() {
            folded.push('_');
        }
        before = letter;
    }
    folded.trim_end_matches('_').to_owned()
}

/// Whether the instants of a column are in UTC, by its name.
#[must_use]
pub fn is_utc(name: &str) -> bool {
    fold(name).ends_with("_utc")
}

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
        "percent" | "percentage" | "percent_off" | "percentage_off" | "recurring_percent" | "reduce_product_price_by" => {
            Kind::Percent
        }
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

    fn names(text: &str) -> Vec<String> {
        text.split(',').map(str::to_owned).collect()
    }

    fn said(text: &str) -> (String, Vec<(String, &'static str)>) {
        let names = names(text);
        let mapping = guess(&names, false);
        let named = names.iter().cloned().zip(&mapping.columns);
        (mapping.preset, named.filter_map(|(name, field)| Some((name, field.as_ref()?.word()))).collect())
    }

    fn pairs(pairs: &[(&str, &'static str)]) -> Vec<(String, &'static str)> {
        pairs.iter().map(|(name, word)| ((*name).to_owned(), *word)).collect()
    }

    #[test]
    fn the_files_of_known_systems_are_recognised_by_their_columns() {
        let stripe = said(
            "id,Name,Duration,Duration In Months,Percent Off,Amount Off,Currency,Max Redemptions,Times Redeemed,Redeem By (UTC),Created (UTC)",
        );
        let meant = pairs(&[
            ("id", "code"),
            ("Name", "name"),
            ("Duration", "duration"),
            ("Duration In Months", "discounted_periods"),
            ("Percent Off", "percent"),
            ("Amount Off", "amount"),
            ("Currency", "currency"),
            ("Max Redemptions", "max_uses"),
            ("Times Redeemed", "used"),
            ("Redeem By (UTC)", "valid_until"),
        ]);
        assert_eq!(stripe, ("stripe".to_owned(), meant));
        let woo = said("post_title,post_excerpt,post_status,discount_type,coupon_amount,usage_limit,usage_limit_per_user,date_expires,minimum_amount,product_ids");
        assert_eq!(woo.0, "woocommerce");
        assert!(woo.1.contains(&("post_title".to_owned(), "code")) && woo.1.contains(&("product_ids".to_owned(), "condition")));
        let pretix = said("Voucher code,Valid until,Product,Reserve quota,Bypass quota,Price effect,Value,Tag,Redeemed,Maximum usages,Seat,Comment");
        assert_eq!(pretix.0, "pretix");
        assert!(pretix.1.contains(&("Price effect".to_owned(), "kind")) && pretix.1.contains(&("Comment".to_owned(), "note")));
        let voucherify = said("Code,Voucher Type,Value,Discount Type,Category,Active,Start Date,Expiration Date,Redeemed Quantity,Redemption Limit,Additional Info");
        assert_eq!(voucherify.0, "voucherify");
        assert!(voucherify.1.contains(&("Redemption Limit".to_owned(), "max_uses")));
        assert_eq!(
            said("code,discount_percent,active"),
            ("bare".to_owned(), pairs(&[("code", "code"), ("discount_percent", "percent"), ("active", "active")]))
        );
    }

    #[test]
    fn names_of_any_spelling_are_understood_once() {
        assert_eq!((fold("Redeem By (UTC)"), fold("minBookingAmount"), fold(" CODE ")), ("redeem_by_utc".to_owned(), "min_booking_amount".to_owned(), "code".to_owned()));
        assert_eq!(said("Coupon Code,code,Discount %").1.len(), 2, "a second column of codes is left out");
    }

    #[test]
    fn a_kind_that_there_is_not_is_refused_with_its_word() {
        assert_eq!(kind("Reduce product price by (%)"), Ok(Kind::Percent));
        assert_eq!(kind("DISCOUNT_VOUCHER"), Ok(Kind::Silent));
        assert!(kind("Set product price to").unwrap_err().contains("Set product price to"));
    }
}
