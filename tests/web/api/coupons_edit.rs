//! `PATCH /api/v1/coupons/{id}`: a merge patch over the version that was read.

use super::coupons::{PATH, percentage, writer};
use serde_json::{Value, json};
use support::prelude::*;

on_both_databases! {
    async fn null_clears_absent_keeps_and_every_edit_has_its_version(app: App) {
        let key = writer(&app).await;
        let mut body = percentage("EDIT-1");
        (body["max_uses"], body["name"], body["budget"]) = (json!(10), json!("Before"), json!(500));
        (body["valid_until"], body["people"]) = (json!("2999-01-01T12:34:56.789Z"), json!(["mira@elsewhere.test"]));
        let before = key.call("POST", PATH, &body).await.expect(201).json();
        let path = format!("{PATH}/{}", before["id"].as_str().unwrap());
        let patch = json!({ "max_uses": null, "description": "New", "benefit": { "maximum_discount": 900 } });
        let answer = key.call("PATCH", &path, &patch).await.expect(200);
        let after = answer.json();
        assert_eq!(answer.header("etag"), "\"2\"");
        let mut expected = before.clone();
        (expected["max_uses"], expected["remaining"], expected["version"]) = (Value::Null, Value::Null, json!(2));
        (expected["description"], expected["benefit"]["maximum_discount"]) = (json!("New"), json!(900));
        assert_eq!(after, expected);
        let same = key.call("PATCH", &path, &json!({ "description": "New" })).await.expect(200).json();
        assert_eq!(same["version"], 2, "nothing changed");
        let cleared = json!({ "people": null, "valid_until": null, "tags": null, "gift": null, "uses_per": null });
        let cleared = key.call("PATCH", &path, &cleared).await.expect(200).json();
        assert_eq!((&cleared["people"], &cleared["valid_until"], &cleared["tags"]), (&json!([]), &Value::Null, &json!([])));
        let entries = app.key(&["audit:read"]).await.get("/api/v1/audit-entries?action=coupon.edited").await.json();
        let fields: Vec<_> = entries["items"][1]["changes"].as_array().unwrap().iter().map(|change| &change["field"]).collect();
        assert_eq!(fields, ["benefit", "max_uses", "description"]);
    }

    async fn another_kind_of_benefit_replaces_the_old_one(app: App) {
        let key = writer(&app).await;
        let path = format!("{PATH}/{}", make::coupon().percent("15").create(&app).await.id);
        let credit = json!({ "benefit": { "kind": "credit", "amount": 2500 } });
        let after = key.call("PATCH", &path, &credit).await.expect(200).json();
        assert_eq!(after["benefit"], credit["benefit"]);
        assert_eq!((&after["uses_per"], &after["max_uses_per_organization"]), (&json!("order"), &json!(1)));
        let back = json!({ "benefit": { "kind": "percentage", "percentage": "20" } });
        let after = key.call("PATCH", &path, &back).await.expect(200).json();
        assert_eq!((&after["benefit"]["basis_points"], &after["uses_per"]), (&json!(2000), &json!("unit")));
        let better = json!({ "benefit": { "percentage": "21.5" } });
        assert_eq!(key.call("PATCH", &path, &better).await.expect(200).json()["benefit"]["basis_points"], 2150);
    }

    async fn a_maximum_below_what_is_used_and_held_is_refused_with_the_number(app: App) {
        let key = writer(&app).await;
        let path = format!("{PATH}/{}", make::coupon().max_uses(50).used(40).create(&app).await.id);
        let problem = key.call("PATCH", &path, &json!({ "max_uses": 39 })).await.expect(422).json();
        assert_eq!((&problem["code"], &problem["errors"][0]["field"]), (&json!("invalid"), &json!("max_uses")));
        assert!(problem["errors"][0]["message"].as_str().unwrap().contains("40"), "{problem}");
        assert_eq!(key.call("PATCH", &path, &json!({ "max_uses": 40 })).await.expect(200).json()["status"], "exhausted");
    }

    async fn a_code_never_changes_and_what_there_is_not_is_refused(app: App) {
        let key = writer(&app).await;
        let coupon = make::coupon().code("STAYS-1").create(&app).await;
        let path = format!("{PATH}/{}", coupon.id);
        let problem = key.call("PATCH", &path, &json!({ "code": "OTHER-1" })).await.expect(422).json();
        assert_eq!(problem["errors"][0]["field"], "code");
        for same in ["STAYS-1", "stays-1", " Stays-1 "] {
            key.call("PATCH", &path, &json!({ "code": same })).await.expect(200);
        }
        for (patch, status, field) in [
            (json!({ "colour": null }), 400, "colour"),
            (json!({ "version": 7 }), 400, "version"),
            (json!({ "benefit": { "colour": 1 } }), 400, "benefit.colour"),
            (json!({ "benefit": null }), 422, "benefit"),
            (json!({ "name": null }), 422, "name"),
            (json!({ "code": null }), 422, "code"),
            (json!({ "benefit": { "percentage": "12.345" } }), 422, "benefit.percentage"),
            (json!({ "benefit": ["percentage", 1500] }), 400, "benefit"),
            (json!({ "benefit": { "kind": "limits", "limits": [["seats", "set", 20]] } }), 400, "benefit.limits[0]"),
            (json!({ "benefit": { "amount": 5 } }), 422, "benefit.amount"),
            (json!({ "uses_per": "order", "max_uses_per_product": 3 }), 422, "max_uses_per_product"),
        ] {
            let problem = key.call("PATCH", &path, &patch).await.expect(status).json();
            assert_eq!(problem["errors"][0]["field"], field, "{patch}: {problem}");
        }
        assert_eq!(key.get(&path).await.json()["version"], 1);
    }

    async fn only_the_version_that_was_read_is_written_over(app: App) {
        let key = writer(&app).await;
        let path = format!("{PATH}/{}", make::coupon().create(&app).await.id);
        let patch = async |tag: &str, name: &str| {
            let request = key.json_request("PATCH", &path, &json!({ "name": name })).header("If-Match", tag);
            key.send(request).await
        };
        patch("\"1\"", "First").await.expect(200);
        let problem = patch("\"1\"", "Second").await.expect(412).json();
        assert_eq!(problem["code"], "version_mismatch");
        patch("W/\"2\"", "Weak").await.expect(412);
        patch("2", "Bare").await.expect(412);
        patch("\"9\", \"2\"", "One of them").await.expect(200);
        patch("*", "Any").await.expect(200);
        assert_eq!(key.get(&path).await.json()["name"], "Any");
        let delete = key.request(reqwest::Method::DELETE, &path).header("If-Match", "\"1\"");
        key.send(delete).await.expect(412);
    }

    async fn who_asks_for_little_gets_204(app: App) {
        let key = writer(&app).await;
        let path = format!("{PATH}/{}", make::coupon().create(&app).await.id);
        let request = key.json_request("PATCH", &path, &json!({ "name": "A" })).header("Prefer", "return=minimal");
        let answer = key.send(request).await.expect(204);
        assert_eq!((answer.body.as_str(), answer.header("preference-applied"), answer.header("etag")), ("", "return=minimal", "\"2\""));
        let kind = key.request(reqwest::Method::PATCH, &path).header("Content-Type", "application/merge-patch+json");
        key.send(kind.body(r#"{"name":"B"}"#)).await.expect(200);
        let kind = key.request(reqwest::Method::PATCH, &path).header("Content-Type", "application/json-patch+json");
        key.send(kind.body(r#"[{"op":"replace","path":"/name","value":"C"}]"#)).await.expect(415);
        let request = key.json_request("POST", PATH, &percentage("TOLD-1")).header("Prefer", "return=minimal");
        assert_eq!(key.send(request).await.expect(201).json()["code"], "TOLD-1", "what was made is always told");
    }
}
