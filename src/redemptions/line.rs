//! A line of a redeemed order, and what is reversed of it.

use crate::coupons::basket::Item;
use crate::coupons::coupon::ProductKey;
use crate::coupons::pricing::{PricedLine, Units};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;

/// What a redemption does to a line of an order. Money is minor units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// What is sold.
    pub product: ProductKey,
    /// Its sku in the catalogue, as it was.
    #[serde(default)]
    pub sku: Option<String>,
    /// What people call it, as it was.
    pub name: Option<String>,
    /// The key of its type.
    pub product_type: String,
    /// One unit before the discount; none if it has no price.
    pub unit_price: Option<i64>,
    /// How many.
    pub quantity: i64,
    /// Its units, those with the same price together.
    pub units: Vec<Units>,
    /// The machine code of the reason why the whole line keeps its price.
    pub refusal: Option<String>,
    /// How many uses its discounted units take.
    pub uses: i64,
    /// How many units the code makes free.
    pub free_units: i64,
    /// What comes off all its units.
    pub discount: i64,
    /// What all its units cost then.
    pub price_after: i64,
    /// What was taken back of it.
    pub reversed: Reversed,
}

/// What was taken back of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reversed {
    /// Units.
    pub quantity: i64,
    /// Their uses.
    pub uses: i64,
    /// How many of them were free.
    pub free_units: i64,
    /// What came off them.
    pub discount: i64,
    /// What they cost, to be paid back.
    pub price: i64,
}

impl Line {
    /// The line of this item with these prices.
    #[must_use]
    pub fn new(item: &Item, priced: &PricedLine) -> Self {
        Self {
            product: item.product.clone(),
            sku: item.sku.clone(),
            name: item.name.clone(),
            product_type: item.product_type.clone(),
            unit_price: priced.unit_price,
            quantity: priced.quantity,
            units: priced.units.clone(),
            refusal: priced.refusal.as_ref().map(|refusal| refusal.code().to_owned()),
            uses: priced.uses,
            free_units: priced.free_units(),
            discount: priced.discount,
            price_after: priced.total,
            reversed: Reversed::default(),
        }
    }

    /// Units that can still be reversed.
    #[must_use]
    pub const fn left(&self) -> i64 {
        self.quantity.saturating_sub(self.reversed.quantity)
    }

    /// Takes so many more units back, at most those that are left. The units with the largest discount go first, so that
    /// what remains never keeps a discount that was given for more.
    pub fn reverse(&mut self, quantity: i64) {
        self.reversed = self.first(self.reversed.quantity.saturating_add(quantity.clamp(0, self.left())));
    }

    /// The figures of its first units, those with the largest discount first.
    #[must_use]
    pub fn first(&self, quantity: i64) -> Reversed {
        let mut units = self.units.clone();
        units.sort_by_key(|units| (Reverse(units.discount), Reverse(units.discounted())));
        let takes_uses = self.uses > 0;
        let mut figures = Reversed::default();
        for group in units {
            let taken = group.quantity.min(quantity - figures.quantity);
            figures.quantity += taken;
            figures.discount += taken * group.discount;
            figures.price += taken * group.price;
            if group.discounted() {
                figures.uses += if takes_uses { taken } else { 0 };
                figures.free_units += if group.price == 0 { taken } else { 0 };
            }
        }
        figures
    }
}

#[cfg(test)]
mod tests {
    use super::{Line, Reversed};
    use crate::coupons::coupon::ProductKey;
    use crate::coupons::pricing::{Note, Units};

    /// Three tickets at 10.00, of which two are free and one keeps its price.
    fn tickets() -> Line {
        let units = |quantity, discount, note| Units { quantity, discount, price: 1_000 - discount, note };
        Line {
            product: ProductKey::Sku("ticket".to_owned()),
            sku: None,
            name: None,
            product_type: "ticket".to_owned(),
            unit_price: Some(1_000),
            quantity: 3,
            units: vec![units(1, 0, Note::NoUsesLeft), units(2, 1_000, Note::Discounted)],
            refusal: None,
            uses: 2,
            free_units: 2,
            discount: 2_000,
            price_after: 1_000,
            reversed: Reversed::default(),
        }
    }

    #[test]
    fn the_units_with_the_largest_discount_are_reversed_first() {
        let mut line = tickets();
        line.reverse(1);
        assert_eq!(line.reversed, Reversed { quantity: 1, uses: 1, free_units: 1, discount: 1_000, price: 0 });
        line.reverse(2);
        assert_eq!(line.reversed, Reversed { quantity: 3, uses: 2, free_units: 2, discount: 2_000, price: 1_000 });
        assert_eq!(line.left(), 0);
    }

    #[test]
    fn never_more_than_the_line_has_is_reversed() {
        let mut line = tickets();
        line.reverse(i64::MAX);
        assert_eq!(line.reversed.quantity, 3);
        line.reverse(-5);
        assert_eq!(line.reversed.quantity, 3);
    }
}
