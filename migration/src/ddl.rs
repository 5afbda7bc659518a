//! One SQL text for two databases.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

/// The words in which the databases differ: placeholder, SQLite, PostgreSQL.
///
/// Keys that people type are compared by byte on both (`{key}`), so that no collation makes É equal E.
/// Times are written by the program alone; neither database makes one up.
const WORDS: [(&str, &str, &str); 9] = [
    ("{uuid}", "BLOB", "uuid"),
    ("{time}", "TEXT", "timestamptz"),
    ("{json}", "TEXT", "jsonb"),
    ("{bool}", "INTEGER", "boolean"),
    ("{int}", "INTEGER", "bigint"),
    ("{key}", "TEXT", "text COLLATE \"C\""),
    ("{bytes}", "BLOB", "bytea"),
    ("{strict}", "STRICT", ""),
    // A row number that the full-text index can hold on to, whatever VACUUM does.
    ("{seq}", "INTEGER PRIMARY KEY AUTOINCREMENT", "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"),
];

/// Runs a script of statements separated by lines that hold only `;`.
///
/// # Errors
/// The first statement that the database refuses ends the script.
pub async fn run(manager: &SchemaManager<'_>, script: &str) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    let postgres = connection.get_database_backend() == DbBackend::Postgres;
    for statement in script.split("\n;").map(str::trim).filter(|s| !s.is_empty()) {
        let mut sql = statement.to_owned();
        for (word, sqlite, pg) in WORDS {
            sql = sql.replace(word, if postgres { pg } else { sqlite });
        }
        connection.execute_unprepared(&sql).await?;
    }
    Ok(())
}

/// Runs the script of the database at hand.
///
/// # Errors
/// As [`run`].
pub async fn run_for(manager: &SchemaManager<'_>, sqlite: &str, postgres: &str) -> Result<(), DbErr> {
    let script = match manager.get_database_backend() {
        DbBackend::Postgres => postgres,
        _ => sqlite,
    };
    run(manager, script).await
}

/// Drops the tables in the order given.
///
/// # Errors
/// When a table is still referenced by one that is not listed before it.
pub async fn drop_tables(manager: &SchemaManager<'_>, tables: &[&str]) -> Result<(), DbErr> {
    for table in tables {
        manager.get_connection().execute_unprepared(&format!("DROP TABLE {table}")).await?;
    }
    Ok(())
}

/// A change written as one script, with the script that undoes it, or the tables it makes in the order in which they can be
/// dropped.
macro_rules! migration {
    (up: $up:expr, down: [$($table:literal),+ $(,)?] $(,)?) => {
        crate::ddl::migration!(@ $up, manager, crate::ddl::drop_tables(manager, &[$($table),+]));
    };
    (up: $up:expr, down: $down:expr $(,)?) => {
        crate::ddl::migration!(@ $up, manager, crate::ddl::run(manager, $down));
    };
    (@ $up:expr, $manager:ident, $down:expr) => {
        use sea_orm_migration::prelude::*;

        #[derive(DeriveMigrationName)]
        pub struct Migration;

        #[async_trait::async_trait]
        impl MigrationTrait for Migration {
            // SQLite would otherwise be left half-way by a failing change.
            fn use_transaction(&self) -> Option<bool> {
                Some(true)
            }
            async fn up(&self, $manager: &SchemaManager) -> Result<(), DbErr> {
                crate::ddl::run($manager, $up).await
            }
            async fn down(&self, $manager: &SchemaManager) -> Result<(), DbErr> {
                $down.await
            }
        }
    };
}
pub(crate) use migration;
