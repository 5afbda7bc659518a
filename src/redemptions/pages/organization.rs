//! `/organization`: limits, credit, history and members of the own organization, and the form that takes a code.

use super::members::Added;
use crate::accounts::guards::Member;
use crate::accounts::role::Role;
use crate::accounts::shell::{Section, Shell};
use crate::calendar;
use crate::db::Db;
use crate::db::tables::credit_entries;
use crate::error::Error;
use crate::organizations::limits::OrganizationLimit;
use crate::organizations::members::MemberRole;
use crate::organizations::queries::{self as organizations, LiveGrant, OrganizationMember};
use crate::organizations::{Organization, credit};
use crate::redemptions::queries::{Listed, of_organization};
use crate::web::form::{Errors, Query};
use crate::web::paging::Cursor;
use crate::web::{html, token};
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;
use serde::Deserialize;
use uuid::Uuid;

/// How many redemptions the page shows.
const HISTORY: u64 = 30;

/// Which organization.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Which {
    /// Its id; without one, the first of the own ones.
    id: Option<Uuid>,
    /// A code to fill in, from a link; it is shown and not applied.
    #[serde(default)]
    code: String,
}

/// What was typed into the form, and what became of it.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    /// What was typed.
    pub code: String,
    /// Why it was refused.
    pub refused: Option<String>,
    /// The form of a new member.
    pub member: Added,
    /// What is wrong with that form.
    pub errors: Errors,
}

/// One organization, for the page.
pub struct Shown {
    organization: Organization,
    others: Vec<Organization>,
    limits: Vec<OrganizationLimit>,
    grants: Vec<LiveGrant>,
    balance: i64,
    ledger: Vec<credit_entries::Model>,
    history: Vec<Listed>,
    members: Vec<OrganizationMember>,
    typed: Typed,
    request_key: String,
    who: Member,
}

/// The page.
#[derive(Template)]
#[template(path = "redemptions/organization.html")]
struct Page {
    shell: Shell,
    shown: Option<Shown>,
}

/// What the form swaps.
#[derive(Template)]
#[template(path = "redemptions/_organization.html")]
struct Region<'a> {
    shown: &'a Shown,
    shell: &'a Shell,
    with_status: bool,
}

/// `GET /organization`
///
/// # Errors
/// [`Error::NotFound`] for somebody else's organization.
pub async fn show(who: Member, which: Query<Which>, db: web::Data<Db>) -> Result<HttpResponse, Error> {
    let shell = who.shell(Section::Organization);
    match choose(&db, &who, which.0.id).await? {
        Some((organization, others)) => {
            let typed = Typed { code: which.0.code, ..Typed::default() };
            let shown = Shown::load(db.read(), who, organization, others, typed).await?;
            html::page(&Page { shell, shown: Some(shown) })
        }
        None => html::page(&Page { shell, shown: None }),
    }
}

/// The organization that was asked for, or the first of the own ones; with the others to switch to. Support sees all.
///
/// # Errors
/// [`Error::NotFound`] for somebody else's organization.
pub async fn choose(
    db: &Db,
    who: &Member,
    id: Option<Uuid>,
) -> Result<Option<(Organization, Vec<Organization>)>, Error> {
    let own = organizations::of_user(db.read(), who.tenant.id, who.user.id).await?;
    let own: Vec<Organization> = own.into_iter().map(|(organization, _)| organization).collect();
    let Some(id) = id else {
        return Ok(own.first().cloned().map(|first| (first, own)));
    };
    if let Some(chosen) = own.iter().find(|organization| organization.id == id) {
        return Ok(Some((chosen.clone(), own)));
    }
    let seen =
        if who.reaches(Role::Support) { organizations::by_id(db.read(), who.tenant.id, id).await? } else { None };
    seen.map(|organization| Some((organization, own))).ok_or(Error::NotFound)
}

/// Answers with the page, or its region under htmx.
///
/// # Errors
/// When the database does not answer.
pub async fn answer(
    db: &Db,
    who: Member,
    (organization, others): (Organization, Vec<Organization>),
    status: StatusCode,
    typed: Typed,
) -> Result<HttpResponse, Error> {
    let shell = who.shell(Section::Organization);
    let fragment = who.fragment;
    let shown = Shown::load(db.read(), who, organization, others, typed).await?;
    if fragment {
        html::with_status(status, &Region { shown: &shown, shell: &shell, with_status: true })
    } else {
        html::with_status(status, &Page { shell, shown: Some(shown) })
    }
}

impl Shown {
    async fn load(
        connection: &impl ConnectionTrait,
        who: Member,
        organization: Organization,
        others: Vec<Organization>,
        typed: Typed,
    ) -> Result<Self, Error> {
        let (tenant, id) = (who.tenant.id, organization.id);
        let mut limits = organizations::limits(connection, tenant, &[id]).await?;
        Ok(Self {
            limits: limits.remove(&id).unwrap_or_default(),
            grants: organizations::grants(connection, tenant, id).await?,
            balance: credit::balance(connection, tenant, id).await?,
            ledger: credit::ledger(connection, tenant, id, &Cursor::default()).await?.rows,
            history: of_organization(connection, (tenant, who.tenant.currency), id, HISTORY, who.now).await?,
            members: organizations::members(connection, tenant, id).await?,
            request_key: token::random(24)?,
            organization,
            others,
            typed,
            who,
        })
    }

    fn money(&self, amount: &i64) -> String {
        self.who.tenant.currency.money(*amount).to_string()
    }

    fn signed(&self, amount: &i64) -> String {
        if *amount > 0 { format!("+{}", self.money(amount)) } else { self.money(amount).replacen('-', "−", 1) }
    }

    fn moment(&self, at: &DateTime<Utc>) -> String {
        calendar::moment(*at, self.who.tenant.zone)
    }

    fn granted<'a>(&'a self, key: &'a str) -> Vec<&'a LiveGrant> {
        self.grants.iter().filter(|grant| grant.limit_key == key).collect()
    }

    fn default_of(limit: &OrganizationLimit) -> String {
        limit.base.unwrap_or(limit.default).to_string()
    }

    fn in_use(limit: &OrganizationLimit) -> String {
        limit.in_use.map_or_else(|| "–".to_owned(), |count| count.to_string())
    }

    fn maker(&self, listed: &Listed) -> String {
        match &listed.user {
            Some(name) if *name == self.who.user.display_name => "You".to_owned(),
            Some(name) => name.clone(),
            None => "–".to_owned(),
        }
    }

    /// Whether who looks at the page manages the members.
    fn manages_members(&self) -> bool {
        let me = self.members.iter().find(|member| self.is_me(member));
        me.is_some_and(|me| me.role == MemberRole::Owner)
    }

    fn is_me(&self, member: &OrganizationMember) -> bool {
        member.user_id == self.who.user.id
    }

    fn can_apply(&self) -> bool {
        self.who.tenant.row.coupons_enabled
    }
}
