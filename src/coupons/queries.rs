//! How coupons are found for people: lists by filter, sort and cursor, and what goes with them.

mod choices;
mod codes;
mod filter;
mod first_codes;
mod kinds;
mod list;
mod names;
mod soon;
mod status;
mod words;

pub use choices::{
    Choices, Kept, LimitChoice, ProductChoice, TypeChoice, product_choices, product_kinds, products_named,
};
pub use codes::{codes_from, codes_of, first_code};
pub use filter::{Filter, Sort, SortKey};
pub use first_codes::{FirstCode, first_codes, first_texts};
pub use kinds::{changed_at, of_kinds};
pub use list::{FEW, Found, Listed, MOST_CODES, PAGE, Total, coupons, ids, matching, page};
pub use names::names;
pub use soon::{active, ending, nearly_used_up};
pub use words::Words;
