//! The status of a coupon is said twice, in Rust and in SQL: here the two are held together over a grid.

use sea_orm::ActiveValue::Set;
use std::collections::BTreeSet;
use support::prelude::*;
use vouchsafe::coupons::coupon::Status;
use vouchsafe::coupons::queries::{self, Filter, Total};
use vouchsafe::coupons::rows;
use vouchsafe::web::paging::Cursor;

on_both_databases! {
    async fn the_database_and_the_program_call_every_coupon_by_the_same_status(app: App) {
        let now = app.now();
        let moments = [None, Some(now - chrono::TimeDelta::days(1)), Some(now), Some(now + chrono::TimeDelta::days(1))];
        let uses = [(None, 0), (Some(0), 0), (Some(2), 1), (Some(2), 2)];
        let budgets = [(None, 0), (Some(0), 0), (Some(500), 400), (Some(500), 500)];
        let mut made = Vec::new();
        for from in moments {
            for until in moments.into_iter().filter(|until| from.is_none() || until.is_none() || from < *until) {
                for (max_uses, used) in uses {
                    for (budget, spent) in budgets {
                        for credit in [false, true] {
                            let coupon = if credit { make::coupon().credit("2.00") } else { make::coupon() };
                            let coupon = coupon.with(|row| {
                                (row.valid_from, row.valid_until) = (Set(from), Set(until));
                                (row.max_uses, row.uses) = (Set(max_uses), Set(used));
                                (row.budget, row.spent) = (Set(budget), Set(spent));
                            });
                            made.push(coupon.create(&app).await.id);
                        }
                    }
                }
            }
        }
        for (paused, deleted) in [(true, false), (false, true), (true, true)] {
            let coupon = make::coupon().with(|row| {
                row.paused_at = Set(paused.then_some(now));
                row.deleted_at = Set(deleted.then_some(now));
            });
            made.push(coupon.create(&app).await.id);
        }
        let loaded = rows::load(app.db.read(), app.tenant, &made).await.unwrap();
        assert_eq!(loaded.len(), made.len());
        for status in Status::ALL {
            let filter = Filter { status: Some(status), ..Filter::default() };
            let found = queries::page(&app.db, app.tenant, &filter, (&Cursor::default(), 1_000), now).await.unwrap();
            let found: BTreeSet<_> = found.rows.rows.iter().map(|row| row.coupon.id).collect();
            let wanted: BTreeSet<_> = loaded.values().filter(|one| one.status(now) == status).map(|one| one.id).collect();
            assert_eq!(found, wanted, "{status}");
        }
        let active = loaded.values().filter(|one| one.status(now) == Status::Active).count() as u64;
        assert_eq!(queries::active(app.db.read(), app.tenant, now).await.unwrap(), Total::Exactly(active));
    }
}
