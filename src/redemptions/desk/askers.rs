//! The persons behind a batch's entries: found by their names, made where there is none, and joined where the names of one
//! asker turn out to lead to several.

use super::command::{Asker, Command, Enter};
use crate::accounts::persons::{self, Alias};
use crate::audit::{self, Actor, Change, Entry};
use crate::db::tables::{coupon_people, person_aliases, redemptions, usage_counters};
use crate::error::Error;
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// The persons that aliases lead to.
pub(super) type Known = BTreeMap<Alias, Uuid>;

fn enters<'a>(commands: &'a [(usize, &'a Command)]) -> impl Iterator<Item = &'a Enter> {
    commands.iter().filter_map(|(_, command)| match command {
        Command::Enter(enter) => Some(enter.as_ref()),
        Command::Change(_) => None,
    })
}

/// The person of an asker among those that are known.
pub(super) fn person(known: &Known, asker: &Asker) -> Option<Uuid> {
    asker.aliases.iter().find_map(|alias| known.get(alias)).copied()
}

/// Whom the aliases of these commands lead to now, by a plain read.
pub(super) async fn find(
    tx: &DatabaseTransaction,
    tenant: Uuid,
    commands: &[(usize, &Command)],
) -> Result<Known, Error> {
    let aliases: BTreeSet<Alias> = enters(commands).flat_map(|enter| enter.asker.aliases.iter().cloned()).collect();
    persons::find_all(tx, tenant, &aliases).await
}

/// Whom the aliases lead to, once each asker is one person. Names are taken in one order everywhere, so that two batches
/// that meet the same new people do not wait for each other in a circle.
pub(super) async fn settle(
    tx: &DatabaseTransaction,
    tenant: Uuid,
    commands: &[(usize, &Command)],
    now: DateTime<Utc>,
) -> Result<Known, Error> {
    let mut known = find(tx, tenant, commands).await?;
    let mut unsettled: Vec<&Enter> = enters(commands).filter(|enter| !is_one(&known, &enter.asker)).collect();
    unsettled.sort_by(|a, b| a.asker.aliases.cmp(&b.asker.aliases));
    for enter in unsettled {
        one_person(tx, tenant, enter, &mut known, now).await?;
    }
    Ok(known)
}

fn is_one(known: &Known, asker: &Asker) -> bool {
    let persons: BTreeSet<_> = asker.aliases.iter().map(|alias| known.get(alias)).collect();
    persons.len() <= 1 && !persons.contains(&None)
}

async fn one_person(
    tx: &DatabaseTransaction,
    tenant: Uuid,
    enter: &Enter,
    known: &mut Known,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let aliases = &enter.asker.aliases;
    let persons: BTreeSet<Uuid> = aliases.iter().filter_map(|alias| known.get(alias)).copied().collect();
    let mut persons = persons.into_iter();
    let person = match (persons.next(), aliases.first()) {
        (Some(oldest), _) => oldest,
        (None, Some(alias)) => persons::find_or_create(tx, tenant, alias, now).await?,
        (None, None) => return Ok(()),
    };
    for other in persons {
        join(tx, &enter.actor, tenant, (person, other), now).await?;
        known.values_mut().filter(|id| **id == other).for_each(|id| *id = person);
    }
    for alias in aliases {
        let named = persons::name(tx, tenant, alias, person, now).await?;
        known.insert(alias.clone(), named);
    }
    Ok(())
}

/// Makes one person of two: the names, redemptions, assignments and counters of `other` go to `person`.
async fn join(
    tx: &DatabaseTransaction,
    actor: &Actor,
    tenant: Uuid,
    (person, other): (Uuid, Uuid),
    now: DateTime<Utc>,
) -> Result<(), Error> {
    lock(tx, tenant, &[person, other]).await?;
    person_aliases::Entity::update_many()
        .col_expr(person_aliases::Column::PersonId, Expr::value(person))
        .filter(person_aliases::Column::TenantId.eq(tenant))
        .filter(person_aliases::Column::PersonId.eq(other))
        .exec(tx)
        .await?;
    redemptions::Entity::update_many()
        .col_expr(redemptions::Column::PersonId, Expr::value(person))
        .filter(redemptions::Column::TenantId.eq(tenant))
        .filter(redemptions::Column::PersonId.eq(other))
        .exec(tx)
        .await?;
    assign(tx, tenant, (person, other)).await?;
    add_counters(tx, tenant, (person, other)).await?;
    let entry = Entry {
        action: "person.joined",
        subject_kind: "person",
        subject_id: person.to_string(),
        subject_label: one_name(tx, tenant, person).await?,
        person_id: Some(person),
        changes: vec![Change::new("person", other.to_string(), person.to_string())],
        ..Entry::default()
    };
    audit::record(tx, actor, tenant, entry, now).await
}

async fn lock(tx: &DatabaseTransaction, tenant: Uuid, ids: &[Uuid]) -> Result<(), Error> {
    use crate::db::tables::persons::{Column, Entity};
    if super::lock::is_needed(tx) {
        let rows = Entity::find().select_only().column(Column::Id).filter(Column::TenantId.eq(tenant));
        let rows = rows.filter(Column::Id.is_in(ids.iter().copied())).order_by_asc(Column::Id).lock_exclusive();
        rows.into_tuple::<Uuid>().all(tx).await?;
    }
    Ok(())
}

/// One of a person's names, for the audit log.
async fn one_name(tx: &DatabaseTransaction, tenant: Uuid, person: Uuid) -> Result<String, Error> {
    use person_aliases::{Column, Entity};
    let find = Entity::find().filter(Column::TenantId.eq(tenant)).filter(Column::PersonId.eq(person));
    let named = find.order_by_asc(Column::Kind).one(tx).await?;
    Ok(named.map_or_else(String::new, |row| format!("{} {}", row.kind, row.key)))
}

async fn assign(tx: &DatabaseTransaction, tenant: Uuid, (person, other): (Uuid, Uuid)) -> Result<(), Error> {
    use coupon_people::{ActiveModel, Column, Entity};
    let mine = || Entity::find().filter(Column::TenantId.eq(tenant));
    let assigned = mine().filter(Column::PersonId.eq(other)).all(tx).await?;
    if assigned.is_empty() {
        return Ok(());
    }
    let rows = assigned.iter().map(|row| ActiveModel {
        tenant_id: Set(tenant),
        coupon_id: Set(row.coupon_id),
        person_id: Set(person),
    });
    let once = OnConflict::columns([Column::TenantId, Column::CouponId, Column::PersonId]).do_nothing().to_owned();
    Entity::insert_many(rows).on_conflict(once).exec_without_returning(tx).await?;
    let theirs = Entity::delete_many().filter(Column::TenantId.eq(tenant)).filter(Column::PersonId.eq(other));
    theirs.exec(tx).await?;
    Ok(())
}

async fn add_counters(tx: &DatabaseTransaction, tenant: Uuid, (person, other): (Uuid, Uuid)) -> Result<(), Error> {
    use sea_orm::sea_query::ExprTrait;
    use usage_counters::{ActiveModel, Column, Entity};
    let of_other = || {
        let subject = Column::Scope.eq("person").and(Column::SubjectId.eq(other));
        let owner = Column::Scope.eq("free").and(Column::OwnerId.eq(other));
        sea_orm::Condition::all().add(Column::TenantId.eq(tenant)).add(subject.or(owner))
    };
    let theirs = Entity::find().filter(of_other()).all(tx).await?;
    if theirs.is_empty() {
        return Ok(());
    }
    let rows = theirs.into_iter().map(|row| {
        let free = row.scope == "free";
        ActiveModel {
            tenant_id: Set(tenant),
            owner_id: Set(if free { person } else { row.owner_id }),
            subject_id: Set(if free { row.subject_id } else { person }),
            scope: Set(row.scope),
            uses: Set(row.uses),
            held: Set(row.held),
        }
    });
    let sum = |column| Expr::col((Entity, column)).add(Expr::col(("excluded", column)));
    let added = OnConflict::columns([Column::TenantId, Column::Scope, Column::OwnerId, Column::SubjectId])
        .value(Column::Uses, sum(Column::Uses))
        .value(Column::Held, sum(Column::Held))
        .to_owned();
    Entity::insert_many(rows).on_conflict(added).exec_without_returning(tx).await?;
    Entity::delete_many().filter(of_other()).exec(tx).await?;
    Ok(())
}
