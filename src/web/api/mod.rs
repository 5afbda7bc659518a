//! What every call of the JSON API shares: bodies and queries read strictly, answers, preconditions, and writes that
//! happen once.

mod answer;
mod body;
mod exact;
mod id;
mod once;
mod plain;
mod precondition;
mod query;
mod strict;

pub use answer::{Answer, List, Prefer, json};
pub use body::{Body, LARGEST_BODY, Optional, Raw, merge, read, refuse};
pub use id::Id;
pub use once::{Once, marked, once};
pub use precondition::{IfMatch, etag};
pub use query::{Limit, Page, Query};
