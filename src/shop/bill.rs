//! What is to be paid for several products, line by line. The lines add up to the total.

use crate::coupons::basket::{Basket, Item};
use crate::coupons::coupon::ProductKey;
use crate::coupons::pricing::Priced;
use crate::redemptions::redemption::Redemption;
use uuid::Uuid;

/// What is to be paid, in minor units.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bill {
    /// What is bought; none of a bill for an amount alone.
    pub lines: Vec<Line>,
    /// What a code takes off.
    pub discount: i64,
    /// What is left to pay.
    pub total: i64,
}

/// Some units of a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The product of the catalogue.
    pub product: Uuid,
    /// What people call it, as it was.
    pub name: String,
    /// What programs call it, as it was.
    pub sku: String,
    /// One unit before the discount; none if it has no price.
    pub unit_price: Option<i64>,
    /// How many.
    pub quantity: i64,
    /// What comes off all of them.
    pub discount: i64,
    /// What all of them cost then.
    pub total: i64,
}

impl Bill {
    /// An amount, of whatever.
    #[must_use]
    pub const fn of_amount(total: i64) -> Self {
        Self { lines: Vec::new(), discount: 0, total }
    }

    /// Products without a code.
    #[must_use]
    pub fn of_items(items: &[Item]) -> Self {
        let line = |item: &Item| Line::new(item, 0, item.amount());
        Self::of_lines(items.iter().filter_map(line).collect())
    }

    /// Products with what a code would take off.
    #[must_use]
    pub fn of_prices(basket: &Basket, priced: &Priced) -> Self {
        let lines = basket.items().iter().zip(&priced.lines);
        Self::of_lines(lines.filter_map(|(item, line)| Line::new(item, line.discount, line.total)).collect())
    }

    /// Products with what a code takes off, once that is decided.
    #[must_use]
    pub fn of_redemption(basket: &Basket, redemption: &Redemption) -> Self {
        let lines = basket.items().iter().zip(&redemption.lines);
        Self::of_lines(lines.filter_map(|(item, line)| Line::new(item, line.discount, line.price_after)).collect())
    }

    /// What it would be without the code.
    #[must_use]
    pub const fn before(&self) -> i64 {
        self.total.saturating_add(self.discount)
    }

    fn of_lines(lines: Vec<Line>) -> Self {
        // What is more than an order can be is shown all the same.
        let sum = |of: fn(&Line) -> i64| lines.iter().map(of).fold(0, i64::saturating_add);
        Self { discount: sum(|line| line.discount), total: sum(|line| line.total), lines }
    }
}

impl Line {
    /// A line of the catalogue; callers' own products stand on no bill of the shop.
    fn new(item: &Item, discount: i64, total: i64) -> Option<Self> {
        let ProductKey::Id(product) = item.product else { return None };
        Some(Self {
            product,
            name: item.label(),
            sku: item.sku.clone().unwrap_or_default(),
            unit_price: item.unit_price,
            quantity: item.quantity,
            discount,
            total,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Bill;
    use crate::coupons::basket::{Basket, Item};
    use crate::coupons::coupon::ProductKey;
    use uuid::Uuid;

    fn item(unit_price: Option<i64>, quantity: i64) -> Item {
        Item {
            product: ProductKey::Id(Uuid::now_v7()),
            sku: Some("HQ-41".to_owned()),
            name: Some("Harbour Quarterly 41".to_owned()),
            product_type: "issue".to_owned(),
            unit_price,
            quantity,
            retail_licensed: false,
            private: unit_price.is_none(),
        }
    }

    #[test]
    fn without_a_code_the_lines_cost_what_they_cost() {
        let basket = Basket::new(vec![item(Some(1_490), 2), item(None, 1)]).unwrap();
        let bill = Bill::of_items(basket.items());
        assert_eq!((bill.before(), bill.discount, bill.total), (2_980, 0, 2_980));
        assert_eq!(bill.lines.iter().map(|line| line.total).collect::<Vec<_>>(), [2_980, 0]);
    }
}
