//! The command line.

mod accounts;
mod doctor;

use crate::accounts::first_run;
use crate::app::{App, openapi};
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;
use anyhow::Context;
use clap::{Parser, Subcommand};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

/// Self-hosted coupons: a limit is a limit, every refusal explains itself, every change is on record.
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true)]
struct Arguments {
    /// A TOML file with settings; `vouchsafe.toml` is read where there is one. The environment wins over it.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server. Example: vouchsafe serve
    Serve,
    /// Run a filled tenant to look at, made anew at each start. Example: vouchsafe demo
    Demo,
    /// Bring the schema of the database up to date and stop. Example: vouchsafe migrate
    Migrate,
    /// Print the OpenAPI document of the JSON API. Example: vouchsafe openapi > openapi.json
    Openapi,
    /// Make a user, or give one a new password.
    #[command(subcommand)]
    User(accounts::UserCommand),
    /// Make a key for a calling system.
    #[command(subcommand)]
    Key(accounts::KeyCommand),
    /// Count every counter, balance and grant again from the rows, and show what differs.
    #[command(after_help = "Examples:\n  vouchsafe doctor\n  vouchsafe doctor --repair\n\n\
        Exit codes: 0 no differences are left, 1 differences are left, 2 it could not look.")]
    Doctor(doctor::Doctor),
}

/// Does what the command line says; what goes wrong is a sentence on the terminal.
pub async fn run() -> ExitCode {
    let arguments = Arguments::parse();
    // For a doctor, 1 means that there are differences.
    let failure = match arguments.command {
        Command::Doctor(_) => ExitCode::from(doctor::COULD_NOT_RUN),
        _ => ExitCode::FAILURE,
    };
    match obey(arguments).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("vouchsafe: {error:#}");
            failure
        }
    }
}

async fn obey(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let config = Config::load(arguments.config.as_deref(), |name| std::env::var(name).ok())?;
    log_to_stderr();
    match arguments.command {
        Command::Doctor(command) => return doctor::run(&config, command).await,
        Command::Serve => serve(config).await,
        Command::User(command) => accounts::user(&config, command).await,
        Command::Key(command) => accounts::key(&config, command).await,
        Command::Openapi => {
            println!("{}", serde_json::to_string_pretty(&openapi::document())?);
            Ok(())
        }
        Command::Demo => crate::demo::run(config).await,
        Command::Migrate => {
            let db = Db::open(&config).await.context("cannot open the database")?;
            db.migrate().await.context("cannot bring the schema up to date")?;
            db.close().await;
            println!("The schema is up to date.");
            Ok(())
        }
    }?;
    Ok(ExitCode::SUCCESS)
}

async fn serve(config: Config) -> anyhow::Result<()> {
    let app = App::build(config, Clock::System).await?;
    println!("Vouchsafe listens on http://{}", app.address);
    if let Some(token) = first_run::announce(&app.db, Clock::System.now()).await? {
        println!("It is empty. Open http://{}/first-run and enter this one-time token: {token}", app.address);
    }
    until_signal(app).await
}

/// Runs the app until SIGTERM or Ctrl-C; a second signal stops it at once.
///
/// # Errors
/// When the server fails.
pub async fn until_signal(app: App) -> anyhow::Result<()> {
    let handle = app.handle();
    tokio::spawn(async move {
        signal().await;
        tracing::info!("stopping; requests under way are finished first");
        tokio::spawn(handle.stop(true));
        signal().await;
        std::process::exit(130);
    });
    app.run().await
}

async fn signal() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        let terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate());
        if let Ok(mut terminate) = terminate {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    if interrupt.await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Lines of JSON, or of text where a person watches. `RUST_LOG` chooses what is said.
fn log_to_stderr() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,sea_orm_migration=warn"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if std::io::stderr().is_terminal() { log.init() } else { log.json().flatten_event(true).init() }
}
