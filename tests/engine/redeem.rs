//! A limit is a limit: the desk under parallel entries, from one process and from two, on both databases.

use futures_util::future::join_all;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use support::prelude::*;
use uuid::Uuid;
use vouchsafe::accounts::persons::Alias;
use vouchsafe::audit::{Actor as By, ActorKind};
use vouchsafe::coupons::refusal::Refusal;
use vouchsafe::db::tables::{attempts, audit_entries, codes, coupons, credit_entries, limit_grants, redemptions};
use vouchsafe::redemptions::desk::{Asker, Change, Desk, Enter, Event, Place, Reply};
use vouchsafe::redemptions::guesses;
use vouchsafe::redemptions::redemption::State;
use vouchsafe::tenants::{self, Tenant};

const ROUNDS: usize = 20;
const RACERS: usize = 64;
const USES: i64 = 10;

pub(crate) async fn tenant(app: &App) -> Tenant {
    tenants::queries::by_id(app.db.read(), app.tenant).await.unwrap().unwrap()
}

pub(crate) fn entry(app: &App, tenant: &Tenant, user: Uuid, organization: Uuid, entered: &str) -> Enter {
    Enter {
        tenant: tenant.clone(),
        actor: By { kind: ActorKind::User, id: Some(user), label: "racer".into(), request_id: "race".into() },
        id: Uuid::now_v7(),
        entered: entered.to_owned(),
        place: Place::Organization(organization),
        asker: Asker {
            user: Some(user),
            aliases: [Alias::User(user)].into(),
            address: "127.0.0.1".to_owned(),
            guesses: guesses::of_user(tenant.id, user, std::net::Ipv4Addr::LOCALHOST.into()),
            ..Asker::default()
        },
        channel: "organization".to_owned(),
        request: None,
        beside: None,
        now: app.now(),
    }
}

fn reversal(app: &App, tenant: &Tenant, user: Uuid, id: Uuid, reason: &str) -> Change {
    Change {
        tenant: tenant.clone(),
        actor: By { kind: ActorKind::User, id: Some(user), label: "support".into(), request_id: "undo".into() },
        id,
        event: Event::Reverse(None),
        reason: Some(reason.to_owned()),
        request: None,
        beside: None,
        now: app.now(),
    }
}

pub(crate) async fn organizations(app: &App, many: usize) -> Vec<Uuid> {
    let mut made = Vec::new();
    for number in 0..many {
        made.push(make::organization(app, &format!("Racer {number}")).await.id);
    }
    made
}

/// Races all organizations for a code through the desks in turn; how many were told yes and how many `exhausted`.
async fn race(app: &App, desks: &[Desk], racers: &[Uuid], user: Uuid, code: &str) -> (usize, usize) {
    let tenant = tenant(app).await;
    let entries = racers.iter().zip(desks.iter().cycle()).map(|(organization, desk)| {
        let entry = entry(app, &tenant, user, *organization, code);
        async move { desk.enter(entry).await.expect("the desk answers") }
    });
    let replies = join_all(entries).await;
    let yes = replies.iter().filter(|reply| matches!(reply, Reply::Done(_))).count();
    let no =
        replies.iter().filter(|reply| matches!(reply, Reply::Refused { refusal: Refusal::Exhausted { .. } })).count();
    (yes, no)
}

/// What the database holds of a coupon: its counter, its code's, its confirmed redemptions, live grants, ledger rows,
/// audit entries and refused attempts.
async fn books(app: &App, coupon: Uuid) -> (i64, i64, u64, u64, u64, u64, u64) {
    let db = app.db.read();
    let row = coupons::Entity::find().filter(coupons::Column::Id.eq(coupon)).one(db).await.unwrap().unwrap();
    let code = codes::Entity::find().filter(codes::Column::CouponId.eq(coupon)).one(db).await.unwrap().unwrap();
    let made = redemptions::Entity::find()
        .filter(redemptions::Column::CouponId.eq(coupon))
        .filter(redemptions::Column::State.eq("confirmed"))
        .all(db)
        .await
        .unwrap();
    let ids: Vec<Uuid> = made.iter().map(|row| row.id).collect();
    let grants = limit_grants::Entity::find()
        .filter(limit_grants::Column::RedemptionId.is_in(ids.clone()))
        .filter(limit_grants::Column::Live.eq(true));
    let ledger = credit_entries::Entity::find().filter(credit_entries::Column::RedemptionId.is_in(ids));
    let audit = audit_entries::Entity::find()
        .filter(audit_entries::Column::CouponId.eq(coupon))
        .filter(audit_entries::Column::Action.eq("redemption.confirmed"));
    let refused = attempts::Entity::find().filter(attempts::Column::CouponId.eq(coupon));
    (
        row.uses,
        code.uses,
        made.len() as u64,
        grants.count(db).await.unwrap(),
        ledger.count(db).await.unwrap(),
        audit.count(db).await.unwrap(),
        refused.count(db).await.unwrap(),
    )
}

/// Takes away the CHECKs on the counters of PostgreSQL, which would hide that a lock is left out.
async fn without_the_last_guard(app: &App) {
    use sea_orm::ConnectionTrait;
    if app.database == Database::Postgres {
        let tx = app.db.begin().await.unwrap();
        tx.execute_unprepared(make::WITHOUT_THE_LAST_GUARD).await.unwrap();
        tx.commit().await.unwrap();
    }
}

on_both_databases! {
    async fn of_64_parallel_entries_exactly_10_succeed_and_54_are_exhausted(app: App) {
        let racers = organizations(&app, RACERS).await;
        let user = app.member().await.id();
        let desks = [Desk::open(app.db.clone())];
        for round in 0..ROUNDS {
            let made = make::coupon().raise("instances", 100 + round as i64).max_uses(USES).create(&app).await;
            let outcome = race(&app, &desks, &racers, user, &made.code).await;
            assert_eq!(outcome, (10, 54), "round {round}");
            assert_eq!(books(&app, made.id).await, (10, 10, 10, 10, 0, 10, 54), "round {round}");
        }
    }

    async fn two_desks_on_one_database_are_as_exact_as_one(app: App) {
        if cfg!(feature = "planted-no-lock") {
            without_the_last_guard(&app).await;
        }
        let racers = organizations(&app, RACERS).await;
        let user = app.member().await.id();
        let second = vouchsafe::db::Db::open(&app.config).await.unwrap();
        let desks = [Desk::open(app.db.clone()), Desk::open(second)];
        for round in 0..ROUNDS {
            let made = make::coupon().credit("10").max_uses(USES).create(&app).await;
            let outcome = race(&app, &desks, &racers, user, &made.code).await;
            assert_eq!(outcome, (10, 54), "round {round}");
            assert_eq!(books(&app, made.id).await, (10, 10, 10, 0, 10, 10, 54), "round {round}");
        }
    }

    async fn an_unlimited_code_counts_its_uses_too(app: App) {
        let racers = organizations(&app, 8).await;
        let user = app.member().await.id();
        let made = make::coupon().credit("5").create(&app).await;
        let outcome = race(&app, &[Desk::open(app.db.clone())], &racers, user, &made.code).await;
        assert_eq!(outcome, (8, 0));
        assert_eq!(books(&app, made.id).await.0, 8);
    }

    async fn the_same_organization_many_times_at_once_has_the_code_once(app: App) {
        let organization = make::organization(&app, "Once").await.id;
        let user = app.member().await.id();
        let made = make::coupon().credit("5").create(&app).await;
        let desk = Desk::open(app.db.clone());
        let tenant = tenant(&app).await;
        let entries = (0..50).map(|_| desk.enter(entry(&app, &tenant, user, organization, &made.code)));
        let replies: Vec<_> = join_all(entries).await.into_iter().map(|reply| reply.unwrap()).collect();
        let applied = |reply: &&Reply| matches!(reply, Reply::Done(_));
        let again = |reply: &&Reply| matches!(reply, Reply::Refused { refusal: Refusal::AlreadyApplied { .. } });
        assert_eq!(replies.iter().filter(applied).count(), 1);
        assert_eq!(replies.iter().filter(again).count(), 49);
        assert_eq!(books(&app, made.id).await, (1, 1, 1, 0, 1, 1, 49));
    }

    async fn a_reversal_gives_everything_back_and_deletes_nothing(app: App) {
        let organization = make::organization(&app, "Undone").await;
        let user = app.member().await.id();
        let made = make::coupon().credit("12.50").max_uses(1).create(&app).await;
        let desk = Desk::open(app.db.clone());
        let tenant = tenant(&app).await;
        let redeem = entry(&app, &tenant, user, organization.id, &made.code);
        let id = redeem.id;
        assert!(matches!(desk.enter(redeem).await.unwrap(), Reply::Done(_)));
        let replies = join_all((0..8).map(|_| desk.change(reversal(&app, &tenant, user, id, "a mistake")))).await;
        for reply in replies {
            let Ok(Reply::Done(receipt)) = reply else { panic!("{reply:?}") };
            assert_eq!((receipt.redemption.state, receipt.missing), (State::Reversed, 0));
        }
        assert_eq!(books(&app, made.id).await, (0, 0, 0, 0, 0, 1, 0));
        let ledger = credit_entries::Entity::find().filter(credit_entries::Column::RedemptionId.eq(id));
        let amounts: Vec<i64> = ledger.all(app.db.read()).await.unwrap().iter().map(|row| row.amount).collect();
        assert_eq!(amounts, [1250, -1250], "the ledger keeps both");
        let again = entry(&app, &tenant, user, organization.id, &made.code);
        assert!(matches!(desk.enter(again).await.unwrap(), Reply::Done(_)), "the use came back");
    }

    async fn withdrawing_a_grant_computes_the_limit_again(app: App) {
        let organization = make::organization(&app, "Limits").await.id;
        let user = app.member().await.id();
        let (low, high) =
            (make::coupon().raise("instances", 20).create(&app).await, make::coupon().raise("instances", 30).create(&app).await);
        let desk = Desk::open(app.db.clone());
        let tenant = tenant(&app).await;
        let mut ids = Vec::new();
        for code in [&low.code, &high.code] {
            let redeem = entry(&app, &tenant, user, organization, code);
            ids.push(redeem.id);
            assert!(matches!(desk.enter(redeem).await.unwrap(), Reply::Done(_)));
        }
        desk.change(reversal(&app, &tenant, user, ids[1], "over")).await.unwrap();
        let limits = vouchsafe::organizations::queries::limits(app.db.read(), app.tenant, &[organization]).await.unwrap();
        let instances = limits[&organization].iter().find(|limit| limit.key == "instances").unwrap();
        assert_eq!(instances.effective().to_string(), "20");
    }
}
