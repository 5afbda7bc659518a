//! A large tenant: it is one that the program could have made, and its lists show everything once.

use std::collections::BTreeSet;
use support::prelude::*;
use support::seed::large::{self, Size};
use vouchsafe::coupons::coupon::Status;
use vouchsafe::coupons::queries::{self, FEW, Filter, Sort, SortKey, Total};
use vouchsafe::redemptions::doctor;
use vouchsafe::web::paging::Cursor;

/// The numbers of all coupons that a filter finds, in the order of its pages, and the total of the first.
async fn all(app: &App, filter: &Filter) -> (Vec<u64>, Option<Total>) {
    let (mut numbers, mut cursor, mut total) = (Vec::new(), Cursor::default(), None);
    loop {
        let found = queries::page(&app.db, app.tenant, filter, (&cursor, 90), app.now()).await.unwrap();
        total = total.or(found.total);
        numbers.extend(found.rows.rows.iter().map(|row| number(&row.coupon.name)));
        match found.rows.next {
            Some(next) => cursor = Cursor { after: Some(next), before: None },
            None => return (numbers, total),
        }
    }
}

fn number(name: &str) -> u64 {
    name.strip_prefix("Offer ").and_then(|number| number.parse().ok()).unwrap()
}

on_both_databases! {
    async fn a_seeded_tenant_has_every_row_and_every_counter_right(app: App) {
        let size = Size { coupons: 300, redemptions: 2_000, attempts: 50 };
        large::fill(&app.db, app.tenant, size, app.now()).await;
        let found = doctor::examine(&app.db, app.tenant).await.unwrap();
        assert!(found.is_empty(), "{:?}", &found[..found.len().min(3)]);
        let list = app.admin().await.get("/dashboard/coupons").await.expect(200).page();
        assert_eq!(list.texts("#coupons tbody th .code").len(), 15);
        assert!(list.words().contains("15 of 291 coupons"), "{}", list.words());
        let gifts = app.admin().await.get("/dashboard/coupons?tab=gifts").await.expect(200).page();
        assert!(gifts.words().contains("3 coupons"), "{}", gifts.words());
    }

    async fn the_pages_of_a_filter_hold_every_coupon_once_whether_they_are_few_or_many(app: App) {
        const COUPONS: u64 = 6_000;
        let size = Size { coupons: COUPONS, redemptions: 0, attempts: 0 };
        large::fill(&app.db, app.tenant, size, app.now()).await;
        let typed = |text: &str| Filter { typed: text.to_owned(), ..Filter::default() };
        let benefit = |kind: &str| Filter { benefit: Some(kind.to_owned()), ..Filter::default() };
        let tag = |tag: &str| Filter { tag: Some(tag.to_owned()), ..Filter::default() };
        let cases: [(Filter, fn(u64) -> bool); 10] = [
            (Filter::default(), |_| true),
            (typed("summer"), |i| i % 10 == 0),
            (typed("rare"), |i| i % (COUPONS / 7) == 1 && i % 10 != 0),
            (typed("offer 59"), |i| i / 100 == 59 || i / 10 == 59 || i == 59),
            (benefit("fixed_amount"), |i| i % 10 == 7),
            (benefit("credit"), |i| i % 100 == 8),
            (tag("spring"), |i| i % 10 == 0),
            (tag("vip"), |i| i % 60 == 0),
            (Filter { product_type: Some("ticket".to_owned()), ..Filter::default() }, |i| i % 5 == 0),
            (Filter { status: Some(Status::Deleted), ..typed("summer") }, |_| false),
        ];
        for (filter, is_found) in cases {
            let wanted: BTreeSet<u64> = (1..=COUPONS).filter(|i| i % 100 != 9 && is_found(*i)).collect();
            for key in [SortKey::Created, SortKey::Name] {
                let filter = Filter { sort: Sort { key, descending: true }, ..filter.clone() };
                let (found, total) = all(&app, &filter).await;
                assert_eq!(found.len(), wanted.len(), "{filter:?}");
                assert_eq!(found.iter().copied().collect::<BTreeSet<_>>(), wanted, "{filter:?}");
                if key == SortKey::Created {
                    assert!(found.is_sorted_by(|one, next| one > next), "{filter:?}");
                }
                let count = wanted.len() as u64;
                match total {
                    None => assert_eq!(count, COUPONS - COUPONS / 100),
                    Some(Total::Exactly(said)) => assert_eq!(said, count, "{filter:?}"),
                    Some(Total::MoreThan(said)) => assert!(said < count && count > FEW, "{filter:?}: {said}"),
                }
            }
        }
    }
    async fn what_stands_far_from_the_beginning_of_a_list_is_looked_up_and_counted(app: App) {
        let size = Size { coupons: 9_000, redemptions: 0, attempts: 0 };
        large::fill(&app.db, app.tenant, size, app.now()).await;
        let filter = Filter { typed: "offer 2".to_owned(), ..Filter::default() };
        let wanted = (1..=9_000_u64).filter(|i| i.to_string().starts_with('2') && i % 100 != 9).rev();
        let (found, total) = all(&app, &filter).await;
        assert_eq!(found, wanted.collect::<Vec<_>>(), "newest first, though the first of them is 6,000 coupons away");
        assert_eq!(total, Some(Total::Exactly(found.len() as u64)));
        let from_the_end = Cursor { after: None, before: Some("end".to_owned()) };
        let last = queries::page(&app.db, app.tenant, &filter, (&from_the_end, 15), app.now()).await.unwrap().rows;
        let numbers: Vec<u64> = last.rows.iter().map(|row| number(&row.coupon.name)).collect();
        assert_eq!(numbers, found[found.len() - 15..], "from the end they are near");
    }
    async fn what_is_common_is_counted_exactly_too_while_it_is_little(app: App) {
        let size = Size { coupons: 90, redemptions: 0, attempts: 0 };
        large::fill(&app.db, app.tenant, size, app.now()).await;
        let filter = Filter { benefit: Some("percentage".to_owned()), ..Filter::default() };
        let found = queries::page(&app.db, app.tenant, &filter, (&Cursor::default(), 15), app.now()).await.unwrap();
        let (every, _) = all(&app, &filter).await;
        assert!(every.len() > 30, "{every:?}");
        assert_eq!((found.rows.rows.len(), found.total), (15, Some(Total::Exactly(every.len() as u64))));
    }
}
