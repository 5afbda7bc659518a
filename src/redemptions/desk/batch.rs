//! One transaction of the desk: claim the keys, find what is touched, lock it, load the facts, decide each command in
//! memory (later ones see the earlier ones), write set-wise, commit.

use super::book::Book;
use super::command::{Command, Redeem, Reply};
use super::lock::Touched;
use super::{grant, reverse};
use crate::accounts::persons;
use crate::coupons::code::CodeKey;
use crate::coupons::rows;
use crate::db::Db;
use crate::db::tables::redemptions;
use crate::error::Error;
use crate::redemptions::world::{Ask, World};
use crate::tenants::Tenant;
use crate::web::replay::{self, Claim};
use crate::web::throttle;
use anyhow::anyhow;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// The answer of one command: none while it is not decided.
type Slot = Option<Result<Reply, Error>>;

/// Runs the commands in one transaction.
///
/// # Errors
/// When the batch as a whole failed and changed nothing.
pub(super) async fn run(db: &Db, commands: &[Command]) -> Result<Vec<Result<Reply, Error>>, Error> {
    let tx = db.begin().await?;
    let (mut slots, twins) = claim(&tx, commands).await?;
    let mut tenants: BTreeMap<Uuid, Vec<usize>> = BTreeMap::new();
    for (index, command) in commands.iter().enumerate() {
        if slots.get(index).is_some_and(Option::is_none) && !twins.contains_key(&index) {
            tenants.entry(command.tenant().id).or_default().push(index);
        }
    }
    let mut made = Vec::new();
    for indexes in tenants.values() {
        let group: Vec<(usize, &Command)> =
            indexes.iter().filter_map(|index| Some((*index, commands.get(*index)?))).collect();
        let Some((_, first)) = group.first() else { continue };
        let (answers, ids) = of_tenant(&tx, first.tenant(), &group).await?;
        made.extend(ids.into_iter().map(|id| (first.tenant().id, id)));
        for (index, reply) in answers {
            settle(&tx, commands.get(index), &reply).await?;
            if let Some(slot) = slots.get_mut(index) {
                *slot = Some(Ok(reply));
            }
        }
    }
    if let Err(error) = tx.commit().await {
        // The commit may have arrived although its answer did not.
        if made.is_empty() || !all_there(db, &made).await? {
            return Err(error.into());
        }
    }
    Ok(finish(slots, &twins))
}

/// Claims the keys in one order. Answers that are there already are final; a command whose twin is in the same batch
/// gets the twin's answer.
async fn claim(tx: &DatabaseTransaction, commands: &[Command]) -> Result<(Vec<Slot>, BTreeMap<usize, usize>), Error> {
    let mut slots: Vec<Slot> = commands.iter().map(|_| None).collect();
    let mut twins = BTreeMap::new();
    let mut keyed: Vec<_> = commands.iter().enumerate().filter_map(|(i, c)| Some((c.request()?, i, c.now()))).collect();
    keyed.sort();
    let mut last: Option<(&replay::Key, usize)> = None;
    for (key, index, now) in keyed {
        if let Some((claimed, first)) = last
            && claimed == key
        {
            twins.insert(index, first);
            continue;
        }
        last = Some((key, index));
        let answer = match replay::claim(tx, key, now).await {
            Ok(Claim::First) => None,
            Ok(Claim::Again(answer)) => Some(read_back(answer)),
            Err(refused @ Error::Unprocessable(_)) => Some(Err(refused)),
            Err(error) => return Err(error),
        };
        if let Some(slot) = slots.get_mut(index) {
            *slot = answer;
        }
    }
    Ok((slots, twins))
}

fn read_back(answer: Value) -> Result<Reply, Error> {
    serde_json::from_value(answer).map_err(|error| Error::Internal(error.into()))
}

async fn settle(tx: &DatabaseTransaction, command: Option<&Command>, reply: &Reply) -> Result<(), Error> {
    let Some(key) = command.and_then(Command::request) else { return Ok(()) };
    if reply.is_final() {
        let answer = serde_json::to_value(reply).map_err(|error| Error::Internal(error.into()))?;
        replay::settle(tx, key, answer).await
    } else {
        replay::give_back(tx, key).await
    }
}

fn finish(slots: Vec<Slot>, twins: &BTreeMap<usize, usize>) -> Vec<Result<Reply, Error>> {
    let shared: BTreeMap<usize, Reply> = twins
        .iter()
        .filter_map(|(twin, first)| match slots.get(*first) {
            Some(Some(Ok(reply))) => Some((*twin, reply.clone())),
            _ => None,
        })
        .collect();
    let answer = |(index, slot): (usize, Slot)| match slot {
        Some(answer) => answer,
        None => shared.get(&index).cloned().ok_or_else(|| Error::Internal(anyhow!("a command got no answer"))),
    };
    slots.into_iter().enumerate().map(answer).collect()
}

/// Decides and writes the commands of one tenant; the answers and the ids of new redemptions.
async fn of_tenant(
    tx: &DatabaseTransaction,
    tenant: &Tenant,
    group: &[(usize, &Command)],
) -> Result<(Vec<(usize, Reply)>, Vec<Uuid>), Error> {
    let now = group.iter().map(|(_, command)| command.now()).max().unwrap_or_default();
    let users: BTreeSet<Uuid> = group.iter().filter_map(|(_, command)| redeem(command)).map(|it| it.user).collect();
    let people = persons::of_users(tx, tenant.id, &users, now).await?;
    let rows = reversible(tx, tenant.id, group).await?;
    let mut asks = Vec::with_capacity(group.len());
    for (_, command) in group {
        asks.push(match command {
            Command::Redeem(redeem) => people.get(&redeem.user).map(|person| redeem.ask(*person)),
            Command::Reverse(reverse) => match rows.get(&reverse.id) {
                Some(row) => reverse::ask(tx, row).await?,
                None => None,
            },
        });
    }
    let known: Vec<Ask> = asks.iter().flatten().cloned().collect();
    touched(tx, tenant.id, &known).await?.lock(tx, tenant.id).await?;
    // Only now: what was read before the locks may have moved.
    let mut world = World::load(tx, tenant, &known).await?;
    let rows = reversible(tx, tenant.id, group).await?;
    let buckets: BTreeSet<String> = group.iter().filter_map(|(_, c)| redeem(c)).flat_map(grant::buckets).collect();
    let mut book = Book::open(throttle::load(tx, &buckets).await?);
    let mut answers = Vec::with_capacity(group.len());
    for ((index, command), ask) in group.iter().zip(&asks) {
        let reply = match (command, ask) {
            (_, None) => Reply::NotFound,
            (Command::Redeem(redeem), Some(ask)) => grant::redeem(&mut world, &mut book, redeem, ask),
            (Command::Reverse(command), Some(ask)) => match rows.get(&command.id) {
                Some(row) => reverse::reverse(tx, &mut world, &mut book, command, row, ask).await?,
                None => Reply::NotFound,
            },
        };
        answers.push((*index, reply));
    }
    let made = book.made();
    book.write(tx, &world, now).await?;
    Ok((answers, made))
}

const fn redeem(command: &Command) -> Option<&Redeem> {
    match command {
        Command::Redeem(redeem) => Some(redeem),
        Command::Reverse(_) => None,
    }
}

/// The redemptions that are to be reversed.
async fn reversible(
    tx: &DatabaseTransaction,
    tenant: Uuid,
    group: &[(usize, &Command)],
) -> Result<BTreeMap<Uuid, redemptions::Model>, Error> {
    let ids: BTreeSet<Uuid> = group
        .iter()
        .filter_map(|(_, command)| match command {
            Command::Reverse(reverse) => Some(reverse.id),
            Command::Redeem(_) => None,
        })
        .collect();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let found = redemptions::Entity::find()
        .filter(redemptions::Column::TenantId.eq(tenant))
        .filter(redemptions::Column::Id.is_in(ids))
        .all(tx)
        .await?;
    Ok(found.into_iter().map(|row| (row.id, row)).collect())
}

/// What the entries may touch, by a plain read.
async fn touched(tx: &DatabaseTransaction, tenant: Uuid, asks: &[Ask]) -> Result<Touched, Error> {
    let keys: BTreeSet<CodeKey> = asks.iter().filter_map(|ask| ask.key.clone().ok()).collect();
    let codes = rows::codes_by_key(tx, tenant, &keys.into_iter().collect::<Vec<_>>()).await?;
    Ok(Touched {
        organizations: asks.iter().filter_map(|ask| ask.organization).collect(),
        persons: asks.iter().filter_map(|ask| ask.person).collect(),
        coupons: codes.values().map(|code| code.coupon_id).collect(),
        codes: codes.values().map(|code| code.id).collect(),
    })
}

async fn all_there(db: &Db, made: &[(Uuid, Uuid)]) -> Result<bool, Error> {
    for (tenant, id) in made {
        if redemptions::Entity::find_by_id((*tenant, *id)).one(db.read()).await?.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}
