//! `/dashboard/redemptions/{id}`: support takes a use back, with a reason.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use support::prelude::*;
use vouchsafe::db::tables::{coupons, redemptions};

/// A member's redemption of a credit code, and where support sees it.
async fn redeemed(app: &App) -> (Actor, String, make::Coupon) {
    let member = app.member_of(&make::organization(app, "Northwind Labs").await).await;
    let coupon = make::coupon().code("CREDIT-5").credit("5").max_uses(1).create(app).await;
    let form = member.get("/organization").await.page().form("#apply").with("code", "CREDIT-5");
    member.submit(&form).await.expect(303);
    let row = redemptions::Entity::find()
        .filter(redemptions::Column::CouponId.eq(coupon.id))
        .one(app.db.read())
        .await
        .unwrap()
        .unwrap();
    (member, format!("/dashboard/redemptions/{}", row.id), coupon)
}

async fn uses(app: &App, coupon: &make::Coupon) -> i64 {
    let row = coupons::Entity::find().filter(coupons::Column::Id.eq(coupon.id)).one(app.db.read()).await;
    row.unwrap().unwrap().uses
}

on_both_databases! {
    async fn support_reverses_a_redemption_with_a_reason_and_the_credit_goes_back(app: App) {
        let (member, path, coupon) = redeemed(&app).await;
        let support = app.support().await;
        let form = support.get(&path).await.expect(200).page().form("main form");
        let answer = support.submit(&form.with("reason", "entered by mistake")).await.expect(303);
        let page = support.follow(&answer).await.expect(200).page();
        assert!(page.status().contains("was reversed"), "{}", page.status());
        assert_eq!(page.text(".badge"), "Reversed");
        assert_eq!(uses(&app, &coupon).await, 0, "the use came back");
        let page = member.get("/organization").await.page();
        assert!(page.text("#balance").starts_with("0.00"));
        assert!(page.words().contains("entered by mistake"));
        let log = support.get("/audit?action=redemption.reversed").await.expect(200).page();
        assert!(log.words().contains("entered by mistake"), "{}", log.words());
    }

    async fn a_reversal_without_a_reason_changes_nothing(app: App) {
        let (_, path, coupon) = redeemed(&app).await;
        let support = app.support().await;
        let form = support.get(&path).await.page().form("main form");
        let page = support.submit(&form.with("reason", "  ")).await.expect(422).page();
        assert!(page.field_errors().iter().any(|error| error.contains("Say why")), "{:?}", page.field_errors());
        assert_eq!(uses(&app, &coupon).await, 1);
    }

    async fn a_member_may_not_reverse(app: App) {
        let (member, path, coupon) = redeemed(&app).await;
        member.get(&path).await.expect(403);
        let fields = [("reason", "because"), ("request_key", "k")];
        member.post_form(&format!("{path}/reverse"), &fields).await.expect(403);
        assert_eq!(uses(&app, &coupon).await, 1);
    }
}
