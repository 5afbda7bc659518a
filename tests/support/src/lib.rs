//! What the tests share: a running app on either database, the people who use it, builders for what it holds, and
//! readers for the pages it answers with.
//!
//! A test is a sentence and speaks as somebody: `app.admin().get("/dashboard/coupons")`.

pub mod actor;
pub mod answer;
pub mod app;
pub mod form;
pub mod hooks;
pub mod mail;
pub mod make;
pub mod page;
pub mod postgres;
pub mod seed;

/// Everything a test needs.
pub mod prelude {
    pub use crate::actor::Actor;
    pub use crate::answer::Answer;
    pub use crate::app::{App, Database};
    pub use crate::form::Form;
    pub use crate::make;
    pub use crate::on_both_databases;
    pub use crate::page::Page;
    pub use crate::seed::PASSWORD;
}

/// Declares stories that are told once on SQLite and once on PostgreSQL:
/// `on_both_databases! { async fn a_paused_code_is_refused(app: App) { … } }`. With `at <instant>;` before them their clock
/// stands still there until [`App::pass`](crate::app::App::pass) moves it.
#[macro_export]
macro_rules! on_both_databases {
    (at $now:expr; $($stories:tt)+) => {
        $crate::on_both_databases! { @told |database, story| $crate::app::tell_at(database, $now, |_| {}, story); $($stories)+ }
    };
    (@told $tell:expr; $($(#[$doc:meta])* async fn $name:ident($app:ident: App) $story:block)+) => {
        $(
            $(#[$doc])*
            #[cfg(test)]
            mod $name {
                #[allow(unused_imports, clippy::allow_attributes, reason = "a story may need nothing from around it")]
                use super::*;

                async fn story($app: $crate::app::App) $story

                #[tokio::test]
                async fn sqlite() {
                    ($tell)($crate::app::Database::Sqlite, story).await;
                }

                #[tokio::test]
                async fn postgres() {
                    ($tell)($crate::app::Database::Postgres, story).await;
                }
            }
        )+
    };
    ($($stories:tt)+) => {
        $crate::on_both_databases! { @told |database, story| $crate::app::tell(database, story); $($stories)+ }
    };
}
