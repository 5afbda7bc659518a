//! How coupons are found for people: lists by filter, sort and cursor, and what goes with them.

mod choices;
mod filter;
mod list;
mod search;
mod soon;
mod status;

pub use choices::{Choices, ProductChoice, product_choices, product_kinds};
pub use filter::{Filter, Sort, SortKey};
pub use list::{FirstCode, PAGE, any, count, first_codes, page};
pub use soon::{count_of, ending, nearly_used_up};
pub use status::{has_status, status_word};
