//! A filled tenant to look at, made anew at each start in a folder of its own.
//!
//! It is filled through the same functions that the pages call, with instants in the past, so that whatever it shows
//! could have happened.

mod coupons;
mod house;
mod imports;
mod orders;
mod shopping;
mod uses;
mod webhooks;

use crate::accounts::passwords::Passwords;
use crate::app::App;
use crate::clock::Clock;
use crate::config::Config;
use crate::db;
use crate::exports::{self, ask::Wanted, filter::Filter, subject::Subject};
use crate::sheets::Format;
use crate::web::token;
use anyhow::{Context, anyhow, bail};
use chrono::{DateTime, Utc};
use house::House;
use std::path::Path;

/// Marks a folder that the demo made and may make anew.
const MARK: &str = "made-by-vouchsafe-demo";

/// Makes the demo anew, prints its sign-ins and serves it.
///
/// # Errors
/// When the folder holds anything but a demo, or as `serve`.
pub async fn run(mut config: Config) -> anyhow::Result<()> {
    if config.database_url.is_some() {
        bail!("the demo keeps its own SQLite database; unset DATABASE_URL to run it");
    }
    (config.data, config.demo) = (config.data.join("demo"), true);
    // Links in the letters of the demo lead back to it.
    config.base_url = config.base_url.or_else(|| Some(format!("http://{}", config.listen)));
    clear(&config.data)?;
    let password = match config.demo_password.clone() {
        Some(password) => password,
        None => token::random(12)?,
    };
    let app = App::build(config.clone(), Clock::System).await?;
    fill(&app, &config, &password).await.context("cannot fill the demo")?;
    println!("Vouchsafe runs its demo on http://{}\n", app.address);
    println!("  Sign in with the password {password} as one of");
    for (email, role) in house::SIGN_INS {
        println!("    {email:<20} {role}");
    }
    println!("\n  Its mail is on http://{}/dashboard/mail", app.address);
    println!("  Stop with Ctrl-C. The next start begins anew.");
    crate::cli::until_signal(app).await
}

/// Fills the empty database of an app.
///
/// # Errors
/// When the database refuses something.
pub async fn fill(app: &App, config: &Config, password: &str) -> anyhow::Result<()> {
    let now = Clock::System.now();
    let hash = Passwords::new()?.hash(password).await?;
    let house = house::build(&app.db, &hash, now).await?;
    coupons::make(&app.db, &house, now).await?;
    uses::happen(&app.desk, &house, now).await?;
    orders::happen(&app.db, &app.desk, &house, now).await?;
    shopping::happen(&app.db, &app.desk, &house, now).await?;
    coupons::end_some(&app.db, &house, now).await?;
    webhooks::make(&app.db, config, &house, now).await?;
    imports::happen(app, &house, now).await?;
    exported(app, &house, now).await
}

/// An export that is ready, with its letter.
async fn exported(app: &App, house: &House, now: DateTime<Utc>) -> anyhow::Result<()> {
    let wanted = Wanted { subject: Subject::Usage, format: Format::Xlsx, filter: Filter::default() };
    let checked = wanted.check(&app.db, &house.tenant).await?;
    let checked = checked.map_err(|errors| anyhow!("the demo's export is refused: {errors:?}"))?;
    let owner = (house.tenant.id, format!("user:{}", house.admin.id));
    let tx = app.db.begin().await?;
    exports::ask::create(&tx, &house.by_admin(), owner, checked, now).await?;
    db::commit(tx).await?;
    app.jobs.run_due().await?;
    Ok(())
}

/// Empties the folder of an earlier demo, and refuses any other.
fn clear(folder: &Path) -> anyhow::Result<()> {
    let mark = folder.join(MARK);
    if folder.exists() {
        if !mark.exists() && folder.read_dir()?.next().is_some() {
            bail!("{} holds something that is no demo; it is left alone", folder.display());
        }
        std::fs::remove_dir_all(folder).with_context(|| format!("cannot clear {}", folder.display()))?;
    }
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(std::fs::write(mark, "")?)
}
