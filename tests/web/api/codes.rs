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

    async fn a_code_that_was_deleted_alone_comes_back_alone(app: App) {
        let key = writer(&app).await;
        let coupon = make::coupon().code("BATCH-1").credit("5").create(&app).await;
        make::code(&app, coupon.id, "BATCH-2").await;
        let preview = async |code: &str| app.anonymous().call("POST", "/api/v1/previews", &json!({ "code": code })).await.status;
        key.ask("DELETE", "/billing/vouchers/revoke/BATCH-2").await.expect(204);
        // Its coupon goes and comes back; whoever revoked the code meant it.
        key.ask("DELETE", &format!("{PATH}/{}", coupon.id)).await.expect(204);
        key.ask("POST", &format!("{PATH}/{}/restore", coupon.id)).await.expect(200);
        assert_eq!((preview("BATCH-1").await, preview("BATCH-2").await), (200, 404));
        // Whoever wants it once more is told how to have it back.
        let path = format!("{PATH}/{}/codes", coupon.id);
        let problem = key.call("POST", &path, &json!({ "code": "batch_2" })).await.expect(409).json();
        assert_eq!((&problem["code"], &problem["deleted"]), (&json!("code_taken"), &json!(true)));
        let restore = problem["restore"].as_str().unwrap();
        assert!(restore.starts_with("/api/v1/codes/"), "{problem}");
        for _ in 0..2 {
            assert_eq!(key.ask("POST", restore).await.expect(200).json()["deleted_at"], json!(null));
        }
        assert_eq!(preview("BATCH-2").await, 200);
        let log = app.key(&["audit:read"]).await.get("/api/v1/audit-entries?action=code.restored").await.json();
        assert_eq!((log["items"].as_array().unwrap().len(), &log["items"][0]["code"]), (1, &json!("BATCH-2")));
        // The same from the form of a new coupon.
        key.ask("DELETE", "/billing/vouchers/revoke/BATCH-2").await.expect(204);
        let admin = app.admin().await;
        let form = admin.get("/dashboard/coupons/new").await.page().form("form[action='/dashboard/coupons']");
        let refused = admin.submit(&form.with("code", "BATCH-2").with("percent", "10")).await.expect(422).page();
        let action = refused.attribute("button[formaction$='/restore']", "formaction").expect("an offer to restore it");
        let done = admin.post_form(&action, &[]).await.expect(303);
        assert_eq!(done.location(), format!("/dashboard/coupons/{}", coupon.id));
        assert!(admin.follow(&done).await.page().words().contains("BATCH-2 was restored."));
        assert_eq!(preview("BATCH-2").await, 200);
        // One of a batch as well, as long as it is not void with it.
        let made = json!({ "coupon_id": coupon.id, "count": 2 });
        let batch = key.call("POST", "/api/v1/batches", &made).await.expect(201).json();
        app.run_jobs().await;
        let codes = key.get(&path).await.json()["items"].clone();
        let one = codes.as_array().unwrap().iter().find(|code| code["code"] != "BATCH-1" && code["code"] != "BATCH-2").unwrap();
        let (text, again) = (one["code"].as_str().unwrap(), format!("/api/v1/codes/{}/restore", one["id"].as_str().unwrap()));
        key.ask("DELETE", &format!("/billing/vouchers/revoke/{text}")).await.expect(204);
        key.ask("POST", &again).await.expect(200);
        key.ask("POST", &format!("/api/v1/batches/{}/void", batch["id"].as_str().unwrap())).await.expect(200);
        app.run_jobs().await;
        assert_eq!(key.ask("POST", &again).await.expect(409).json()["code"], "conflict");
        // Not while its coupon is deleted.
        key.ask("DELETE", "/billing/vouchers/revoke/BATCH-2").await.expect(204);
        key.ask("DELETE", &format!("{PATH}/{}", coupon.id)).await.expect(204);
        assert_eq!(key.ask("POST", restore).await.expect(409).json()["code"], "deleted");
        admin.post_form(&action, &[]).await.expect(409);
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

    async fn a_code_is_deleted_by_its_id_and_its_coupon_stays(app: App) {
        let key = writer(&app).await;
        let coupon = make::coupon().code("FIRST-1").credit("5").create(&app).await;
        let made = key.call("POST", &format!("{PATH}/{}/codes", coupon.id), &json!({ "code": "SECOND-2" })).await.expect(201);
        let code = made.location();
        for _ in 0..2 {
            key.ask("DELETE", code).await.expect(204);
        }
        assert!(key.get(code).await.expect(200).json()["deleted_at"].is_string());
        assert_eq!(key.get(&format!("{PATH}/{}", coupon.id)).await.json()["deleted_at"], json!(null));
        let log = app.key(&["audit:read"]).await.get("/api/v1/audit-entries?action=code.deleted").await.json();
        assert_eq!(log["items"].as_array().unwrap().len(), 1);
        key.ask("POST", &format!("{code}/restore")).await.expect(200);
        key.ask("DELETE", &format!("/api/v1/codes/{}", uuid::Uuid::now_v7())).await.expect(404);
    }
}
