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
    let woo = said(
        "post_title,post_excerpt,post_status,discount_type,coupon_amount,usage_limit,usage_limit_per_user,date_expires,minimum_amount,product_ids",
    );
    assert_eq!(woo.0, "woocommerce");
    assert!(
        woo.1.contains(&("post_title".to_owned(), "code")) && woo.1.contains(&("product_ids".to_owned(), "condition"))
    );
    let pretix = said(
        "Voucher code,Valid until,Product,Reserve quota,Bypass quota,Price effect,Value,Tag,Redeemed,Maximum usages,Seat,Comment",
    );
    assert_eq!(pretix.0, "pretix");
    assert!(
        pretix.1.contains(&("Price effect".to_owned(), "kind")) && pretix.1.contains(&("Comment".to_owned(), "note"))
    );
    let voucherify = said(
        "Code,Voucher Type,Value,Discount Type,Category,Active,Start Date,Expiration Date,Redeemed Quantity,Redemption Limit,Additional Info",
    );
    assert_eq!(voucherify.0, "voucherify");
    assert!(voucherify.1.contains(&("Redemption Limit".to_owned(), "max_uses")));
    assert_eq!(
        said("code,discount_percent,active"),
        ("bare".to_owned(), pairs(&[("code", "code"), ("discount_percent", "percent"), ("active", "active")]))
    );
}

#[test]
fn names_of_any_spelling_are_understood_once() {
    assert_eq!(
        (fold("Redeem By (UTC)"), fold("minBookingAmount"), fold(" CODE ")),
        ("redeem_by_utc".to_owned(), "min_booking_amount".to_owned(), "code".to_owned())
    );
    assert_eq!(said("Coupon Code,code,Discount %").1.len(), 2, "a second column of codes is left out");
}
