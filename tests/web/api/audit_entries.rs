//! `/api/v1/audit-entries`.

use serde_json::json;
use support::prelude::*;

const LOG: &str = "/api/v1/audit-entries";

on_both_databases! {
    async fn the_log_is_read_page_by_page_and_by_filter(app: App) {
        let admin = app.admin().await;
        for _ in 0..60 {
            app.key(&["exports"]).await;
        }
        let coupon = make::coupon().code("WELCOME10").create(&app).await;
        admin.post_form(&format!("/dashboard/coupons/{}/pause", coupon.id), &[]).await.expect(303);
        let key = app.key(&["audit:read"]).await;
        let first = key.get(LOG).await.expect(200).json();
        assert_eq!(first["items"].as_array().unwrap().len(), 50);
        let rest = key.get(&format!("{LOG}?after={}", first["next"].as_str().unwrap())).await.expect(200).json();
        assert!(rest["next"].is_null() && !rest["items"].as_array().unwrap().is_empty(), "{rest}");
        let paused = key.get(&format!("{LOG}?code=welcome+10&action=coupon.paused")).await.expect(200).json();
        let entry = &paused["items"][0];
        assert_eq!(entry["actor"], json!({ "kind": "user", "id": admin.id(), "label": support::seed::ADMIN }));
        assert_eq!((&entry["code"], &entry["coupon_id"]), (&json!("WELCOME10"), &json!(coupon.id)));
        assert_eq!(entry["changes"][0]["field"], "paused_at");
        let none = key.get(&format!("{LOG}?until=2020-01-01")).await.expect(200).json();
        assert_eq!(none, json!({ "items": [], "next": null }));
        let since = key.get(&format!("{LOG}?from=2020-01-01T00:00:00Z")).await.expect(200).json();
        assert_eq!(since["items"].as_array().unwrap().len(), 50);
        let few = key.get(&format!("{LOG}?limit=2")).await.expect(200).json();
        assert_eq!((few["items"].as_array().unwrap().len(), few["next"].is_string()), (2, true));
    }
}
