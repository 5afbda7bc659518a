//! How coupons are found for people: lists by filter, sort and cursor, and what goes with them.

mod choices;
mod codes;
mod filter;
mod kinds;
mod list;
mod search;
mod soon;
mod status;
mod words;

pub use choices::{Choices, ProductChoice, product_choices, product_kinds};
pub use codes::codes_of;
pub use filter::{Filter, Sort, SortKey};
pub use kinds::{changed_at, of_kinds};
pub use list::{FirstCode, PAGE, any, count, first_codes, page, page_of};
pub use soon::{count_of, ending, nearly_used_up};
pub use status::{has_status, status_word};
pub use words::Words;
