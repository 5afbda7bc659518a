//! `/api/v1/coupons/{id}/codes` and `/api/v1/codes/{id}`.

use super::coupons::{PATH, writer};
use serde_json::json;
use support::prelude::*;

on_both_databases! {
    async fn a_coupon_gets_another_code(app: App) {
        let key = writer(&app).await;
        let coupon = make::coupon().code("FIRST-1").create(&app).await;
        let path = format!("{PATH}/{}/codes", coupon.id);
        let made = key.call("POST", &path, &json!({ "code": "second-2", "max_uses": 3 })).await.expect(201);
        let code = made.json();
        assert_eq!(made.location(), format!("/api/v1/codes/{}", code["id"].as_str().unwrap()));
        assert_eq!(code, key.get(made.location()).await.expect(200).json());
        let expected = json!({
            "id": code["id"], "coupon_id": coupon.id, "code": "SECOND-2", "max_uses": 3, "canary": false, "uses": 0,
            "held": 0, "deleted_at": null,
        });
        assert_eq!(code, expected);
        let page = key.get(&format!("{path}?limit=1")).await.expect(200).json();
        assert_eq!(page["items"], json!([code]));
        let next = key.get(&format!("{path}?limit=1&after={}", page["next"].as_str().unwrap())).await.expect(200).json();
        assert_eq!((&next["items"][0]["code"], &next["next"]), (&json!("FIRST-1"), &json!(null)));
        let log = app.key(&["audit:read"]).await.get("/api/v1/audit-entries?action=code.created").await.json();
        assert_eq!((&log["items"][0]["code"], &log["items"][0]["coupon_id"]), (&json!("SECOND-2"), &json!(coupon.id)));
        assert!(app.support().await.get("/audit").await.page().words().contains("added a code to a coupon"));
    }

    async fn a_code_that_is_taken_or_none_is_refused(app: App) {
        let key = writer(&app).await;
        let coupon = make::coupon().code("FIRST-1").create(&app).await;
        let path = format!("{PATH}/{}/codes", coupon.id);
        let problem = key.call("POST", &path, &json!({ "code": "f1rst_1" })).await.expect(409).json();
        assert_eq!((&problem["code"], &problem["existing_code"]), (&json!("code_taken"), &json!("FIRST-1")));
        for (body, status, field) in [
            (json!({}), 400, "code"),
            (json!({ "code": "NEW-1", "uses": 3 }), 400, "uses"),
            (json!({ "code": "😀" }), 422, "code"),
            (json!({ "code": "AB" }), 422, "code"),
            (json!({ "code": "NEW-1", "max_uses": -1 }), 422, "max_uses"),
        ] {
            let problem = key.call("POST", &path, &body).await.expect(status).json();
            assert_eq!(problem["errors"][0]["field"], field, "{body}");
        }
        assert_eq!(key.get(&path).await.json()["items"].as_array().unwrap().len(), 1);
    }
}
