//! A hold whose time is over reads as expired, and its uses as free, before anybody has retired it.

use crate::till::{HOLD, Till, done};
use chrono::Duration;
use sea_orm::EntityTrait;
use support::prelude::*;
use vouchsafe::coupons::queries::{self as coupons, Filter};
use vouchsafe::coupons::rows as coupon_rows;
use vouchsafe::db::tables::redemptions::Entity;
use vouchsafe::exports::filter::Filter as ExportFilter;
use vouchsafe::exports::source::Source;
use vouchsafe::exports::subject::Subject;
use vouchsafe::redemptions::queries::{self, Wanted};
use vouchsafe::redemptions::redemption::State;
use vouchsafe::redemptions::rows;
use vouchsafe::sheets::Cell;
use vouchsafe::web::paging::Cursor;

on_both_databases! {
    async fn a_hold_is_free_in_every_figure_at_the_instant_its_time_is_over(app: App) {
        let coupon = make::coupon().percent("10").max_uses(3).create(&app).await;
        make::code(&app, coupon.id, "OTHER").await;
        let till = Till::open(&app).await;
        let short = till.checkout(&coupon.code).order("A-1").held_for(Duration::minutes(5)).done().await.redemption;
        let long = till.checkout("OTHER").order("A-2").done().await.redemption;
        let over = till.now + Duration::minutes(5);
        let (db, tenant) = (app.db.read(), app.tenant);
        for (now, held) in [(over - Duration::microseconds(1), 2), (over, 1), (till.now + HOLD, 0)] {
            let read = coupon_rows::read(db, tenant, &[coupon.id], now).await.unwrap().remove(&coupon.id).unwrap();
            assert_eq!((read.counters.held, read.counters.spent_held), (held, held * 100), "{now}");
            assert_eq!(read.remaining(), Some(3 - held));
            let listed = coupons::page(&app.db, tenant, &Filter::default(), (&Cursor::default(), 15), now).await.unwrap();
            assert_eq!(listed.rows.rows[0].coupon.counters, read.counters);
            let codes = coupons::codes_of(db, tenant, coupon.id, (&Cursor::default(), 15), now).await.unwrap().rows;
            let of = |id| codes.iter().find(|code| code.id == id).unwrap().counters.held;
            assert_eq!((of(short.code_id), of(long.code_id)), (i64::from(held > 1), i64::from(held > 0)), "{now}");
        }
        let row = make::coupon_row(&app, coupon.id).await;
        assert_eq!((row.held, row.spent_held), (2, 200), "nobody has retired them");
    }

    async fn a_hold_reads_as_expired_at_the_instant_its_time_is_over_and_stays_so_when_it_is_retired(app: App) {
        let coupon = make::coupon().percent("10").create(&app).await;
        let till = Till::open(&app).await;
        let held = till.checkout(&coupon.code).order("A-1").person("p-1").done().await.redemption;
        let before = till.later(HOLD - Duration::microseconds(1));
        let after = till.later(HOLD + Duration::seconds(20));
        let tenant = &till.tenant;
        let in_state = async |state, now| {
            let wanted = Wanted { state: Some(state), ..Wanted::default() };
            let of_coupon = Wanted { coupon: Some(coupon.id), ..wanted.clone() };
            let of_order = Wanted { order: Some("A-1".to_owned()), ..wanted.clone() };
            let mut found = Vec::new();
            for wanted in [wanted, of_coupon, of_order] {
                let of = (tenant.id, tenant.currency);
                let page = queries::page(app.db.read(), of, &wanted, &Cursor::default(), now).await.unwrap();
                assert!(page.rows.iter().all(|row| row.state == state), "{state:?} {:?}", page.rows);
                found.push(page.rows.len());
            }
            found
        };
        let read = async |now| rows::one(app.db.read(), tenant.id, held.id, now).await.unwrap().unwrap();
        let exported = async |now| {
            let usage = (Subject::Usage, ExportFilter::default());
            let mut source = Source::open(&app.db, tenant, usage, now).await.unwrap();
            let place = |name| source.columns().iter().position(|column| column.name == name).unwrap();
            let places = ["state", "held_until", "ended_at"].map(place);
            let row = source.next().await.unwrap().unwrap().rows.remove(0);
            places.map(|at| row[at].clone())
        };
        assert_eq!((in_state(State::Held, before.now).await, in_state(State::Expired, before.now).await), (vec![1; 3], vec![0; 3]));
        assert_eq!((read(before.now).await.state, read(before.now).await.held_until), (State::Held, held.held_until));
        assert_eq!(exported(before.now).await[0], Cell::text("held"));
        let expired = read(after.now).await;
        assert_eq!((expired.state, expired.held_until, expired.ended_at), (State::Expired, None, held.held_until));
        for retired in [false, true] {
            if retired {
                done(till.later(HOLD + Duration::seconds(30)).change(held.id, vouchsafe::redemptions::desk::Event::Expire).await);
            }
            let state = Entity::find_by_id((tenant.id, held.id)).one(app.db.read()).await.unwrap().unwrap().state;
            assert_eq!(state, if retired { "expired" } else { "held" });
            assert_eq!(read(after.now).await, expired);
            assert_eq!((in_state(State::Held, after.now).await, in_state(State::Expired, after.now).await), (vec![0; 3], vec![1; 3]));
            assert_eq!(exported(after.now).await, [Cell::text("expired"), Cell::Empty, Cell::time(held.held_until)]);
        }
    }
}
