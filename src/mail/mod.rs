//! Mail: a letter in words, and the post that takes it away by SMTP. Without a mail server letters are put into a folder
//! below the data folder; the demo shows them on a page.
//!
//! A letter is sent by a job (`crate::jobs`), never by a request. What only its receiver may know is made when the
//! letter is, so that no secret waits in the database.

mod folder;
mod letter;
mod post;

pub use folder::{Kept, kept};
pub use letter::Letter;
pub use post::{NotSent, Post};
