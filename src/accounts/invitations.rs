//! Invitations: a one-time link that makes somebody a member. Only the hash of its token is kept.
//!
//! An address without an account gets one by setting a name and a password; whoever has an account must sign in to it
//! before accepting, so that a link that was passed on opens nobody else's account.

use crate::accounts::role::Role;
use crate::accounts::{memberships, users};
use crate::audit::{self, Actor, ActorKind, Change, Entry};
use crate::db::tables::invitations::{ActiveModel, Column, Entity, Model};
use crate::db::tables::{memberships as membership_rows, organization_members, organizations, users as user_rows};
use crate::error::Error;
use crate::web::token;
use chrono::{DateTime, Duration, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    QueryOrder,
};
use uuid::Uuid;

/// How long a link can be used.
pub const VALID: Duration = Duration::days(7);
/// Six random bits each.
const TOKEN_LENGTH: usize = 32;

/// An invitation to be made.
#[derive(Clone, Debug)]
pub struct New {
    /// Whom, folded.
    pub email: String,
    /// As what.
    pub role: Role,
    /// Into which organization, and whether as its owner.
    pub organization: Option<(Uuid, bool)>,
    /// By whom.
    pub invited_by: Uuid,
}

/// Makes an invitation and gives back the token of its link; an open one for the same address is revoked by it.
///
/// # Errors
/// [`Error::Unprocessable`] when the address is a member already, or there is no such organization.
pub async fn create(
    tx: &DatabaseTransaction,
    actor: &Actor,
    tenant: Uuid,
    new: New,
    now: DateTime<Utc>,
) -> Result<(Model, String), Error> {
    if let Some(user) = users::by_email(tx, &new.email).await?
        && membership_rows::Entity::find_by_id((tenant, user.id)).one(tx).await?.is_some()
    {
        return Err(Error::Unprocessable(format!("{} is a member already.", user.email)));
    }
    if let Some((organization, _)) = new.organization
        && organizations::Entity::find_by_id((tenant, organization)).one(tx).await?.is_none()
    {
        return Err(Error::Unprocessable("There is no such organization here.".to_owned()));
    }
    let replaced = ActiveModel { revoked_at: Set(Some(now)), ..Default::default() };
    let older = still_open(tenant, now).add(Column::Email.eq(new.email.clone()));
    Entity::update_many().set(replaced).filter(older).exec(tx).await?;
    let secret = token::random(TOKEN_LENGTH)?;
    let row = Model {
        tenant_id: tenant,
        id: Uuid::now_v7(),
        token_hash: token::hash(&secret),
        email: new.email,
        role: new.role.word().to_owned(),
        organization_id: new.organization.map(|(id, _)| id),
        organization_role: new.organization.map(|(_, owner)| if owner { "owner" } else { "member" }.to_owned()),
        invited_by: Some(new.invited_by),
        created_at: now,
        expires_at: now + VALID,
        accepted_at: None,
        revoked_at: None,
        mailed_token_hash: None,
    };
    Entity::insert(ActiveModel::from(row.clone())).exec_without_returning(tx).await?;
    let change = Change::new("role", serde_json::Value::Null, row.role.clone());
    audit::record(tx, actor, tenant, entry("invitation.created", &row, vec![change]), now).await?;
    Ok((row, secret))
}

/// A new token for the letter about an open invitation, beside the one that was shown to whoever invited. `None` when it
/// is not open any more.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn mailed(
    tx: &DatabaseTransaction,
    tenant: Uuid,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<Option<(Model, String)>, Error> {
    let this = still_open(tenant, now).add(Column::Id.eq(id));
    let Some(row) = Entity::find().filter(this.clone()).one(tx).await? else { return Ok(None) };
    let secret = token::random(TOKEN_LENGTH)?;
    let mailed = ActiveModel { mailed_token_hash: Set(Some(token::hash(&secret))), ..Default::default() };
    Entity::update_many().set(mailed).filter(this).exec(tx).await?;
    Ok(Some((row, secret)))
}

/// Revokes an open invitation.
///
/// # Errors
/// [`Error::NotFound`] when there is no such open invitation.
pub async fn revoke(
    tx: &DatabaseTransaction,
    actor: &Actor,
    tenant: Uuid,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<Model, Error> {
    let row = Entity::find_by_id((tenant, id)).one(tx).await?.ok_or(Error::NotFound)?;
    let revoked = ActiveModel { revoked_at: Set(Some(now)), ..Default::default() };
    let this = still_open(tenant, now).add(Column::Id.eq(id));
    if Entity::update_many().set(revoked).filter(this).exec(tx).await?.rows_affected == 0 {
        return Err(Error::NotFound);
    }
    audit::record(tx, actor, tenant, entry("invitation.revoked", &row, vec![]), now).await?;
    Ok(row)
}

/// Accepts an invitation, which came with this token, for a user with its address.
///
/// # Errors
/// [`Error::NotFound`] when it is not open any more, or is for another address.
pub async fn accept(
    tx: &DatabaseTransaction,
    (invitation, secret): (&Model, &str),
    user: &user_rows::Model,
    request_id: &str,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let tenant = invitation.tenant_id;
    let accepted = ActiveModel { accepted_at: Set(Some(now)), ..Default::default() };
    let this = still_open(tenant, now).add(Column::Id.eq(invitation.id)).add(Column::Email.eq(user.email.clone()));
    // The row decides who was first.
    if Entity::update_many().set(accepted).filter(this).exec(tx).await?.rows_affected == 0 {
        return Err(Error::NotFound);
    }
    let actor = Actor {
        kind: ActorKind::User,
        id: Some(user.id),
        label: user.email.clone(),
        request_id: request_id.to_owned(),
    };
    if invitation.mailed_token_hash.as_ref() == Some(&token::hash(secret)) {
        users::prove_address(tx, user.id, now).await?;
    }
    memberships::add(tx, &actor, tenant, (user, Role::of_row(&invitation.role)?), now).await?;
    join(tx, &actor, invitation, user, now).await?;
    audit::record(tx, &actor, tenant, entry("invitation.accepted", invitation, vec![]), now).await
}

/// Makes the new member one of the organization that the invitation names, if it is still there.
async fn join(
    tx: &DatabaseTransaction,
    actor: &Actor,
    invitation: &Model,
    user: &user_rows::Model,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let (Some(id), Some(role)) = (invitation.organization_id, invitation.organization_role.clone()) else {
        return Ok(());
    };
    let tenant = invitation.tenant_id;
    let Some(organization) = organizations::Entity::find_by_id((tenant, id)).one(tx).await? else { return Ok(()) };
    let row = organization_members::Model {
        tenant_id: tenant,
        organization_id: id,
        user_id: user.id,
        role: role.clone(),
        created_at: now,
    };
    let row = organization_members::ActiveModel::from(row);
    organization_members::Entity::insert(row).exec_without_returning(tx).await?;
    let entry = Entry {
        action: "organization.member_added",
        subject_kind: "organization",
        subject_id: id.to_string(),
        subject_label: organization.name.clone(),
        organization: Some((id, organization.name)),
        changes: vec![Change::new(&user.email, serde_json::Value::Null, role)],
        ..Entry::default()
    };
    audit::record(tx, actor, tenant, entry, now).await
}

/// The open invitation with this token.
///
/// # Errors
/// When the database does not answer.
pub async fn by_token(
    connection: &impl ConnectionTrait,
    tenant: Uuid,
    secret: &str,
    now: DateTime<Utc>,
) -> Result<Option<Model>, Error> {
    let hash = token::hash(secret);
    let token = Condition::any().add(Column::TokenHash.eq(hash.clone())).add(Column::MailedTokenHash.eq(hash));
    let this = still_open(tenant, now).add(token);
    Ok(Entity::find().filter(this).one(connection).await?)
}

/// The invitations of a tenant that can still be used, newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn open(connection: &impl ConnectionTrait, tenant: Uuid, now: DateTime<Utc>) -> Result<Vec<Model>, Error> {
    Ok(Entity::find().filter(still_open(tenant, now)).order_by_desc(Column::Id).all(connection).await?)
}

fn still_open(tenant: Uuid, now: DateTime<Utc>) -> Condition {
    Condition::all()
        .add(Column::TenantId.eq(tenant))
        .add(Column::AcceptedAt.is_null())
        .add(Column::RevokedAt.is_null())
        .add(Column::ExpiresAt.gt(now))
}

fn entry(action: &'static str, row: &Model, changes: Vec<Change>) -> Entry {
    Entry {
        action,
        subject_kind: "invitation",
        subject_id: row.id.to_string(),
        subject_label: row.email.clone(),
        changes,
        ..Entry::default()
    }
}
