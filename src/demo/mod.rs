//! A filled tenant to look at, made anew at each start in a folder of its own.

use crate::app::App;
use crate::clock::Clock;
use crate::config::Config;

/// Runs the demo.
///
/// # Errors
/// As `serve`.
pub async fn run(config: Config) -> anyhow::Result<()> {
    let app = App::build(config, Clock::System).await?;
    crate::cli::until_signal(app).await
}
