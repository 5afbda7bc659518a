//! `/dashboard/people`: members with their roles, and open invitations.

use crate::accounts::guards::Admin;
use crate::accounts::invitations::{self, New};
use crate::accounts::letters;
use crate::accounts::memberships;
use crate::accounts::role::Role;
use crate::accounts::shell::{Section, Shell};
use crate::accounts::users;
use crate::calendar;
use crate::config::Config;
use crate::db::tables::organizations;
use crate::db::{self, Db};
use crate::error::Error;
use crate::jobs;
use crate::mail::Post;
use crate::web::address;
use crate::web::form::{Errors, Form, Query};
use crate::web::html;
use crate::web::notice::Notice;
use crate::web::paging::{self, Cursor};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

const PATH: &str = "/dashboard/people";
const ROLES: [(&str, &str); 3] = [("member", "Member"), ("support", "Support"), ("admin", "Admin")];

/// The form of an invitation.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invite {
    email: String,
    role: String,
    #[serde(default)]
    organization: String,
    #[serde(default)]
    owner: Option<String>,
}

/// The form of a role.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleFields {
    role: Role,
}

/// What the list of members is narrowed to.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Filter {
    q: String,
    after: Option<String>,
    before: Option<String>,
}

struct MemberRow {
    id: Uuid,
    name: String,
    email: String,
    role: &'static str,
    seen: String,
    is_you: bool,
    is_disabled: bool,
    /// Why what was asked of this one was not done.
    refused: Option<String>,
}

struct OpenRow {
    id: Uuid,
    email: String,
    role: &'static str,
    until: String,
}

/// A link that is shown once.
struct Link {
    email: String,
    url: String,
    until: String,
}

#[derive(Template)]
#[template(path = "accounts/people.html")]
struct Page {
    shell: Shell,
    errors: Errors,
    typed: Invite,
    link: Option<Link>,
    /// Whether invitations are mailed.
    mailed: bool,
    roles: &'static [(&'static str, &'static str)],
    organizations: Vec<(String, String)>,
    q: String,
    members: Vec<MemberRow>,
    newer: Option<String>,
    older: Option<String>,
    open: Vec<OpenRow>,
}

impl Page {
    fn is_bad(&self) -> bool {
        !self.errors.is_empty() || self.members.iter().any(|member| member.refused.is_some())
    }

    fn email_hint(&self) -> &'static str {
        if self.mailed {
            "They get a link by mail, and you see one too."
        } else {
            "They get the link from you: no mail server is configured."
        }
    }
}

/// `GET /dashboard/people`.
///
/// # Errors
/// As the guard.
pub async fn index(
    who: Admin,
    filter: Query<Filter>,
    db: web::Data<Db>,
    (config, post): (web::Data<Config>, web::Data<Post>),
) -> Result<HttpResponse, Error> {
    html::page(&page(&who, filter.0, &db, letters::reach_people(&post, &config, &who.tenant)).await?)
}

/// `POST /dashboard/people/invitations`: shows the link, which is why it answers with a page and no redirect.
///
/// # Errors
/// As the guard.
pub async fn invite(
    who: Admin,
    form: Form<Invite>,
    db: web::Data<Db>,
    (config, post): (web::Data<Config>, web::Data<Post>),
    request: HttpRequest,
) -> Result<HttpResponse, Error> {
    let typed = form.0;
    let mailed = letters::reach_people(&post, &config, &who.tenant);
    let mut errors = Errors::default();
    if let Some(new) = read(&who, &typed, &mut errors) {
        let tx = db.begin().await?;
        match invitations::create(&tx, &who.actor(), who.tenant.id, new, who.now).await {
            Ok((row, secret)) => {
                if mailed {
                    jobs::enqueue(&tx, letter(&who, &row), who.now).await?;
                }
                db::commit(tx).await?;
                let configured = who.tenant.base_url(config.base_url.as_deref()).map(str::to_owned);
                let base = configured.unwrap_or_else(|| address::origin(&request));
                let until = calendar::end_moment(row.expires_at, who.tenant.zone);
                let link = Link { email: row.email, url: format!("{base}/invitations/{secret}"), until };
                return html::page(&Page { link: Some(link), ..page(&who, Filter::default(), &db, mailed).await? });
            }
            Err(Error::Unprocessable(sentence)) => errors.add("email", sentence),
            Err(error) => return Err(error),
        }
    }
    let page = Page { errors, typed, ..page(&who, Filter::default(), &db, mailed).await? };
    html::with_status(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

/// `POST /dashboard/people/invitations/{id}/revoke`.
///
/// # Errors
/// As the guard; [`Error::NotFound`] when it is not open.
pub async fn revoke(who: Admin, id: web::Path<Uuid>, db: web::Data<Db>) -> Result<HttpResponse, Error> {
    let tx = db.begin().await?;
    let row = invitations::revoke(&tx, &who.actor(), who.tenant.id, id.into_inner(), who.now).await?;
    db::commit(tx).await?;
    Ok(Notice::new(format!("The invitation of {} was revoked.", row.email)).on(html::see_other(PATH)))
}

/// `POST /dashboard/people/{id}/role`.
///
/// # Errors
/// As the guard; [`Error::NotFound`] for somebody who is no member.
pub async fn change_role(
    who: Admin,
    id: web::Path<Uuid>,
    form: Form<RoleFields>,
    db: web::Data<Db>,
    (config, post): (web::Data<Config>, web::Data<Post>),
) -> Result<HttpResponse, Error> {
    let tx = db.begin().await?;
    let subject = (id.into_inner(), form.0.role);
    let member = match memberships::change_role(&tx, &who.actor(), who.tenant.id, subject, who.now).await {
        Err(Error::Unprocessable(sentence)) => {
            drop(tx);
            let mailed = letters::reach_people(&post, &config, &who.tenant);
            return refused(&who, &db, mailed, (subject.0, Some(subject.1)), &sentence).await;
        }
        other => other?,
    };
    db::commit(tx).await?;
    let said = format!("{} is now {}.", member.user.display_name, member.role.label());
    Ok(Notice::new(said).on(html::see_other(PATH)))
}

/// `POST /dashboard/people/{id}/remove`.
///
/// # Errors
/// As [`change_role`].
pub async fn remove(
    who: Admin,
    id: web::Path<Uuid>,
    db: web::Data<Db>,
    (config, post): (web::Data<Config>, web::Data<Post>),
) -> Result<HttpResponse, Error> {
    let tx = db.begin().await?;
    let member = match memberships::remove(&tx, &who.actor(), who.tenant.id, *id, who.now).await {
        Err(Error::Unprocessable(sentence)) => {
            drop(tx);
            let mailed = letters::reach_people(&post, &config, &who.tenant);
            return refused(&who, &db, mailed, (*id, None), &sentence).await;
        }
        other => other?,
    };
    db::commit(tx).await?;
    let said = format!("{} is no longer a member. The account itself stays.", member.user.display_name);
    Ok(Notice::new(said).on(html::see_other(PATH)))
}

/// The page again, with why the role of this one was not changed to what was chosen, or why they were not removed.
async fn refused(
    who: &Admin,
    db: &Db,
    mailed: bool,
    (id, chosen): (Uuid, Option<Role>),
    sentence: &str,
) -> Result<HttpResponse, Error> {
    let mut page = page(who, Filter::default(), db, mailed).await?;
    if page.members.iter().all(|row| row.id != id)
        && let Some(user) = memberships::user(db.read(), who.tenant.id, id).await?
    {
        // Somebody of a later page is shown alone.
        page = self::page(who, Filter { q: user.email, ..Filter::default() }, db, mailed).await?;
    }
    if let Some(row) = page.members.iter_mut().find(|row| row.id == id) {
        row.role = chosen.map_or(row.role, Role::word);
        row.refused = Some(sentence.to_owned());
    }
    html::with_status(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

fn read(who: &Admin, typed: &Invite, errors: &mut Errors) -> Option<New> {
    let email = errors.keep("email", users::email(&typed.email));
    let role = Role::from_word(&typed.role).ok_or_else(|| "Choose a role from the list.".to_owned());
    let role = errors.keep("role", role);
    let organization = match typed.organization.trim() {
        "" => Ok(None),
        id => id.parse().map(Some).map_err(|_| "Choose an organization from the list.".to_owned()),
    };
    let organization = errors.keep("organization", organization);
    let owner = typed.owner.is_some();
    Some(New {
        email: email?,
        role: role?,
        organization: organization?.map(|id: Uuid| (id, owner)),
        invited_by: who.user.id,
    })
}

/// The job that mails an invitation.
fn letter(who: &Admin, row: &crate::db::tables::invitations::Model) -> jobs::New {
    jobs::New {
        kind: letters::INVITATION,
        tenant: Some(who.tenant.id),
        label: format!("The invitation of {}", row.email),
        link: Some(PATH.to_owned()),
        payload: json!({ "invitation": row.id }),
        ..jobs::New::default()
    }
}

async fn page(who: &Admin, filter: Filter, db: &Db, mailed: bool) -> Result<Page, Error> {
    let (tenant, zone) = (who.tenant.id, who.tenant.zone);
    let member = |member: memberships::Member| MemberRow {
        is_you: member.user.id == who.user.id,
        is_disabled: member.user.disabled_at.is_some(),
        id: member.user.id,
        name: member.user.display_name,
        email: member.user.email,
        role: member.role.word(),
        refused: None,
        seen: member.seen_at.map_or_else(|| "Not signed in".to_owned(), |at| calendar::from_now(at, who.now)),
    };
    let Filter { q, after, before } = filter;
    let people = memberships::page(db.search(), tenant, &q, &Cursor { after, before }).await?;
    let link = |name, key: &Option<String>| {
        key.as_ref().map(|key| format!("{PATH}{}", paging::query(&[("q", &q), (name, key)])))
    };
    let open = |row: crate::db::tables::invitations::Model| OpenRow {
        id: row.id,
        email: row.email,
        role: Role::from_word(&row.role).map_or("", Role::label),
        until: calendar::moment(row.expires_at, zone),
    };
    let found = organizations::Entity::find()
        .filter(organizations::Column::TenantId.eq(tenant))
        .order_by_asc(organizations::Column::Name)
        .all(db.read())
        .await?;
    let none = std::iter::once((String::new(), "None".to_owned()));
    Ok(Page {
        shell: who.shell(Section::People),
        mailed,
        errors: Errors::default(),
        typed: Invite { role: Role::Member.word().to_owned(), ..Invite::default() },
        link: None,
        roles: &ROLES,
        organizations: none.chain(found.into_iter().map(|row| (row.id.to_string(), row.name))).collect(),
        newer: link("before", &people.previous),
        older: link("after", &people.next),
        members: people.rows.into_iter().map(member).collect(),
        q,
        open: invitations::open(db.read(), tenant, who.now).await?.into_iter().map(open).collect(),
    })
}
