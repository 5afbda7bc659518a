//! Dates typed by people and instants shown to them, both in a tenant's time zone.
//!
//! Stored times are UTC instants and validity is half-open: something that starts at an instant is open at
//! it, something that ends at an instant is over at it. A start date is the first instant of its day; an end
//! date includes its whole day and is stored as the first instant of the next. Days have 23 or 25 hours when
//! clocks change, a few begin at 01:00, and on the date line some never were.

mod read;
mod show;
mod zone;

pub use read::{DateFault, end, parse_date, parse_time, start};
pub use show::{day, end_day, end_fields, end_moment, from_now, moment, soon, start_fields, wait};
pub use zone::{end_of_month, first_instant};

#[cfg(test)]
mod tests;
