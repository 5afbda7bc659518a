//! `user` and `key`: what an operator does at the command line, where nobody has to be signed in.

use crate::accounts::passwords::{self, Passwords};
use crate::accounts::role::Role;
use crate::accounts::{keys, memberships, sessions, users};
use crate::audit::Actor;
use crate::calendar;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::tables::tenants as rows;
use crate::db::{self, Db};
use crate::tenants::Tenant;
use crate::web::token;
use anyhow::{Context, anyhow, bail};
use clap::{Args, Subcommand};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use std::io::{BufRead, IsTerminal};

/// As strong as a password that nobody types needs to be.
const GENERATED: usize = 20;

/// `vouchsafe user ...`
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Make a user. The password is the first line of standard input, or generated and printed.
    #[command(after_help = "Examples:\n  \
        vouchsafe user add ada@example.org --name \"Ada Lovelace\" --platform-admin\n  \
        echo 'a long password' | vouchsafe user add sol@example.org --tenant harbour-works --role support")]
    Add(Add),
    /// Give a user a new password and end all their sessions.
    #[command(after_help = "Examples:\n  \
        vouchsafe user password ada@example.org\n  \
        echo 'a long password' | vouchsafe user password ada@example.org")]
    Password {
        /// The user's e-mail address.
        email: String,
    },
}

/// What `user add` takes.
#[derive(Debug, Args)]
pub struct Add {
    /// The e-mail address to sign in with.
    email: String,
    /// What people call them; the part before the @ if absent.
    #[arg(long)]
    name: Option<String>,
    /// Let them administer the whole installation.
    #[arg(long)]
    platform_admin: bool,
    /// The short name of the tenant they become a member of.
    #[arg(long, value_name = "SLUG", requires = "role")]
    tenant: Option<String>,
    /// As what: member, support or admin.
    #[arg(long, value_parser = ["member", "support", "admin"], requires = "tenant")]
    role: Option<String>,
}

/// `vouchsafe key ...`
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Make a key for a calling system and print it; it is not shown again.
    #[command(after_help = "Example:\n  \
        vouchsafe key create --tenant harbour-works --name checkout \\\n      \
        --scopes validations,redemptions:write --expires 2027-12-31\n\n\
        Scopes: coupons:read, coupons:write, validations, redemptions:write, organizations:write, audit:read, exports")]
    Create {
        /// The short name of the tenant.
        #[arg(long, value_name = "SLUG")]
        tenant: String,
        /// What people call the key.
        #[arg(long)]
        name: String,
        /// What it is allowed, separated by commas.
        #[arg(long, value_name = "LIST")]
        scopes: String,
        /// Its last day, in the tenant's time zone; without it the key does not expire.
        #[arg(long, value_name = "DATE")]
        expires: Option<String>,
    },
}

/// Does what `user` says.
///
/// # Errors
/// With a sentence for the terminal.
pub async fn user(config: &Config, command: UserCommand) -> anyhow::Result<()> {
    let db = open(config).await?;
    let done = match command {
        UserCommand::Add(add) => add_user(&db, add).await,
        UserCommand::Password { email } => set_password(&db, &email).await,
    };
    db.close().await;
    done
}

/// Does what `key` says.
///
/// # Errors
/// With a sentence for the terminal.
pub async fn key(config: &Config, command: KeyCommand) -> anyhow::Result<()> {
    let db = open(config).await?;
    let KeyCommand::Create { tenant, name, scopes, expires } = command;
    let done = create_key(&db, (&tenant, &name), &scopes, expires.as_deref()).await;
    db.close().await;
    done
}

async fn add_user(db: &Db, add: Add) -> anyhow::Result<()> {
    let email = users::email(&add.email).map_err(|sentence| anyhow!(sentence))?;
    let name = add.name.unwrap_or_else(|| email.split('@').next().unwrap_or_default().to_owned());
    let display_name = users::name(&name).map_err(|sentence| anyhow!(sentence))?;
    let membership = match (&add.tenant, &add.role) {
        (Some(slug), Some(role)) => Some((tenant(db, slug).await?, Role::from_word(role).context("an unknown role")?)),
        _ => None,
    };
    if membership.is_none() && !add.platform_admin {
        bail!("say what they may do: --platform-admin, or --tenant SLUG with --role");
    }
    let (password, generated) = new_password()?;
    let password_hash = Passwords::new()?.hash(&password).await?;
    let (actor, now) = (Actor::system("command line"), Clock::System.now());
    let new = users::New { email, display_name, password_hash, platform_admin: add.platform_admin };
    let tx = db.begin().await?;
    let user = users::create(&tx, new, now).await?;
    if let Some((tenant, role)) = membership {
        memberships::add(&tx, &actor, tenant.id, (&user, role), now).await?;
    }
    users::record(&tx, &actor, &user, ("user.created", vec![]), now).await?;
    db::commit(tx).await?;
    println!("{} can sign in now.", user.email);
    say_password(&password, generated);
    Ok(())
}

async fn set_password(db: &Db, email: &str) -> anyhow::Result<()> {
    let user = users::by_email(db.read(), email).await?.with_context(|| format!("no user has the address {email}"))?;
    let (password, generated) = new_password()?;
    let hash = Passwords::new()?.hash(&password).await?;
    let (actor, now) = (Actor::system("command line"), Clock::System.now());
    let tx = db.begin().await?;
    users::set_password(&tx, user.id, hash, now).await?;
    sessions::end_all(&tx, user.id, None).await?;
    users::record(&tx, &actor, &user, ("user.password_changed", vec![]), now).await?;
    db::commit(tx).await?;
    println!("The password of {} was changed and every session ended.", user.email);
    say_password(&password, generated);
    Ok(())
}

async fn create_key(db: &Db, (slug, name): (&str, &str), scopes: &str, expires: Option<&str>) -> anyhow::Result<()> {
    let tenant = tenant(db, slug).await?;
    let name = users::name(name).map_err(|sentence| anyhow!(sentence))?;
    let scopes = keys::scopes(scopes).map_err(|sentence| anyhow!(sentence))?;
    let expires_at = match expires {
        Some(typed) => Some(calendar::end(calendar::parse_date(typed)?, None, tenant.zone)?),
        None => None,
    };
    let (actor, now) = (Actor::system("command line"), Clock::System.now());
    if expires_at.is_some_and(|at| at <= now) {
        bail!("--expires lies in the past");
    }
    let tx = db.begin().await?;
    let new = keys::New { name, scopes, expires_at, created_by: None };
    let (_, secret) = keys::create(&tx, &actor, tenant.id, new, now).await?;
    db::commit(tx).await?;
    println!("{secret}");
    Ok(())
}

async fn open(config: &Config) -> anyhow::Result<Db> {
    let db = Db::open(config).await.context("cannot open the database")?;
    db.migrate().await.context("cannot bring the schema up to date")?;
    Ok(db)
}

async fn tenant(db: &Db, slug: &str) -> anyhow::Result<Tenant> {
    let found = rows::Entity::find().filter(rows::Column::Slug.eq(slug)).one(db.read()).await?;
    Ok(found.with_context(|| format!("no tenant has the short name {slug}"))?.try_into()?)
}

/// The first line of standard input where something is piped in, else a generated one; and whether it was generated.
fn new_password() -> anyhow::Result<(String, bool)> {
    let mut line = String::new();
    if !std::io::stdin().is_terminal() {
        std::io::stdin().lock().read_line(&mut line).context("cannot read the password")?;
    }
    let typed = line.trim_end_matches(['\r', '\n']);
    if typed.is_empty() {
        return Ok((token::random(GENERATED)?, true));
    }
    passwords::acceptable(typed).map_err(|sentence| anyhow!(sentence))?;
    Ok((typed.to_owned(), false))
}

fn say_password(password: &str, generated: bool) {
    if generated {
        println!("Password: {password}");
    }
}
