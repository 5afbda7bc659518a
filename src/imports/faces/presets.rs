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
        signs: &[
            &["post_title", "discount_type"],
            &["coupon_amount", "discount_type"],
            &["usage_limit_per_user", "discount_type"],
        ],
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
        &[
            "code",
            "codes",
            "coupon_code",
            "voucher_code",
            "promo_code",
            "promotion_code",
            "discount_code",
            "gift_code",
            "coupon",
        ],
    ),
    (
        Field::Percent,
        &[
            "percent",
            "percentage",
            "percent_off",
            "percentage_off",
            "discount_percent",
            "discount_percentage",
            "coupon_percent_off",
        ],
    ),
    (
        Field::Amount,
        &["amount_off", "discount_amount", "amount", "fixed_amount", "coupon_amount_off", "amount_discount"],
    ),
    (Field::Credit, &["credit", "credit_amount", "gift_balance", "balance"]),
    (Field::Value, &["value", "discount_value", "coupon_amount", "discount"]),
    (Field::Kind, &["discount_type", "type", "kind", "price_mode", "price_effect", "value_type", "benefit"]),
    (Field::Currency, &["currency", "coupon_currency"]),
    (Field::MaximumDiscount, &["maximum_discount", "max_discount", "discount_amount_limit", "max_discount_amount"]),
    (
        Field::MinimumAmount,
        &[
            "minimum_amount",
            "min_amount",
            "minimum_order",
            "minimum_spend",
            "min_booking_amount",
            "minimum_order_amount",
        ],
    ),
    (
        Field::MaxUses,
        &[
            "max_uses",
            "max_usages",
            "maximum_usages",
            "maximum_uses",
            "max_redemptions",
            "usage_limit",
            "uses_limit",
            "limit",
            "redemption_limit",
            "uses_in_total",
            "limit_uses",
        ],
    ),
    (
        Field::Used,
        &[
            "used",
            "uses",
            "used_count",
            "times_redeemed",
            "usage_count",
            "redeemed",
            "redemption_count",
            "redemptions",
            "times_used",
            "uses_already_made",
        ],
    ),
    (
        Field::MaxUsesPerPerson,
        &[
            "max_uses_per_person",
            "max_uses_per_customer",
            "max_uses_per_user",
            "usage_limit_per_user",
            "uses_per_person",
            "limit_per_customer",
        ],
    ),
    (Field::MaxUsesPerOrganization, &["max_uses_per_organization", "uses_per_organization"]),
    (Field::Budget, &["budget"]),
    (Field::ValidFrom, &["valid_from", "start_date", "starts_at", "start", "available_from", "begins_at", "from"]),
    (
        Field::ValidUntil,
        &[
            "valid_until",
            "valid_to",
            "end_date",
            "ends_at",
            "expires_at",
            "expires",
            "expiry",
            "expiry_date",
            "expiration",
            "expiration_date",
            "redeem_by",
            "date_expires",
            "redeem_by_utc",
            "expires_at_utc",
            "until",
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
    let signed = |preset: &&Preset| preset.signs.iter().any(|signs| signs.iter().all(has));
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
    // "Card code" is a code too, where it is the only one.
    let of_codes = |name: &String| fold(name).ends_with("code");
    if let (false, Some(at)) = (mapping.has(Field::Code), names.iter().position(of_codes))
        && let Some(place) = mapping.columns.get_mut(at)
    {
        *place = Some(Field::Code);
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
pub(super) fn fold(name: &str) -> String {
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

#[cfg(test)]
mod tests;
