//! Between the rows of the database and the nouns of the rule, set by set: a handful of queries whatever the number of
//! coupons.

mod code;
mod offer;
mod overdue;
mod read;
mod write;

pub use code::{codes, codes_by_key, codes_of, insert_code};
pub use offer::offers;
pub use overdue::{forget_overdue, forget_overdue_of_codes, read, read_codes};
pub use read::load;
pub use write::{insert, insert_all, update};
