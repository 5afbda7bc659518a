//! `/api/v1/organizations`: limits and credit, for keys, staff, and members of their own.

use serde_json::{Value, json};
use support::prelude::*;

const PATH: &str = "/api/v1/organizations";

fn limit<'a>(organization: &'a Value, key: &str) -> &'a Value {
    organization["limits"].as_array().unwrap().iter().find(|limit| limit["key"] == key).unwrap()
}

fn names(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect()
}

on_both_databases! {
    async fn organizations_are_listed_and_read(app: App) {
        for name in ["Alba", "Borealis", "Castor"] {
            make::organization(&app, name).await;
        }
        let key = app.key(&["organizations:write"]).await;
        let first = key.get(&format!("{PATH}?limit=2")).await.expect(200).json();
        assert_eq!(names(&first), ["Castor", "Borealis"]);
        let rest = key.get(&format!("{PATH}?limit=2&after={}", first["next"].as_str().unwrap())).await.expect(200).json();
        assert_eq!((names(&rest), &rest["next"]), (vec!["Alba"], &Value::Null));
        let found = key.get(&format!("{PATH}?q=ORE")).await.expect(200).json();
        assert_eq!(names(&found), ["Borealis"]);
        let path = format!("{PATH}/{}", found["items"][0]["id"].as_str().unwrap());
        let one = key.get(&path).await.expect(200).json();
        assert_eq!(one, found["items"][0]);
        assert_eq!((&one["credit"], &one["currency"], &one["members"]), (&json!(0), &json!("EUR"), &json!(0)));
        let seats = json!({
            "key": "seats", "label": "Seats", "value": 10, "base": null, "default": 10, "locked": false, "in_use": null,
        });
        assert_eq!(limit(&one, "seats"), &seats);
    }

    async fn a_member_sees_the_own_ones_and_no_other(app: App) {
        let own = make::organization(&app, "Own").await;
        let other = make::organization(&app, "Other").await;
        let member = app.member_of(&own).await;
        assert_eq!(names(&member.get(PATH).await.expect(200).json()), ["Own"]);
        assert_eq!(names(&member.get(&format!("{PATH}?q=none")).await.expect(200).json()), Vec::<&str>::new());
        assert_eq!(member.get(&format!("{PATH}/{}", own.id)).await.expect(200).json()["members"], 1);
        member.get(&format!("{PATH}/{}/credit", own.id)).await.expect(200);
        for path in [format!("{PATH}/{}", other.id), format!("{PATH}/{}/credit", other.id)] {
            member.get(&path).await.expect(404);
            app.support().await.get(&path).await.expect(200);
            app.anonymous().get(&path).await.expect(401);
            assert_eq!(app.key(&["coupons:read"]).await.get(&path).await.expect(403).json()["scope"], "organizations:write");
        }
        for actor in [member, app.support().await] {
            actor.call("PUT", &format!("{PATH}/{}/limits", own.id), &json!({ "limits": [] })).await.expect(403);
        }
    }

    async fn bases_locks_and_use_are_set_by_the_host_system(app: App) {
        let organization = make::organization(&app, "Nordwind").await;
        let key = app.key(&["organizations:write"]).await;
        let path = format!("{PATH}/{}/limits", organization.id);
        let set = async |limits: Value| key.call("PUT", &path, &json!({ "limits": limits })).await.expect(200).json();
        let after = set(json!([{ "key": "seats", "base": 25, "locked": true, "in_use": 7 }, { "key": "projects", "in_use": 2 }])).await;
        let seats = limit(&after, "seats");
        assert_eq!((&seats["value"], &seats["base"], &seats["locked"], &seats["in_use"]), (&json!(25), &json!(25), &json!(true), &json!(7)));
        let kept = set(json!([{ "key": "seats", "in_use": 8 }])).await;
        assert_eq!((&limit(&kept, "seats")["base"], &limit(&kept, "seats")["in_use"]), (&json!(25), &json!(8)));
        assert_eq!(limit(&kept, "projects")["in_use"], 2);
        let cleared = set(json!([{ "key": "seats", "base": null, "locked": false, "in_use": null }])).await;
        assert_eq!(limit(&cleared, "seats")["value"], 10);
        let log = app.key(&["audit:read"]).await.get("/api/v1/audit-entries?action=organization.limit_set").await.json();
        assert_eq!((log["items"].as_array().unwrap().len(), &log["items"][0]["actor"]["kind"]), (4, &json!("key")));
    }

    async fn what_no_limit_can_be_is_refused_whole(app: App) {
        let organization = make::organization(&app, "Nordwind").await;
        let key = app.key(&["organizations:write"]).await;
        let path = format!("{PATH}/{}/limits", organization.id);
        let good = json!({ "key": "projects", "base": 7 });
        for (status, wrong, field) in [
            (422, json!({ "key": "none", "base": 1 }), "limits[1].key"),
            (422, json!({ "key": "projects" }), "limits[1].key"),
            (422, json!({ "key": "seats", "base": -1 }), "limits[1].base"),
            (422, json!({ "key": "seats", "base": 1001 }), "limits[1].base"),
            (422, json!({ "key": "seats", "base": "unlimited" }), "limits[1].base"),
            (422, json!({ "key": "seats", "in_use": -1 }), "limits[1].in_use"),
            (400, json!({ "key": "seats", "base": "many" }), "limits[1].base"),
            (400, json!({ "key": "seats", "locked": null, "colour": 1 }), "limits[1].colour"),
            (400, json!({ "base": 1 }), "limits[1].key"),
        ] {
            let problem = key.call("PUT", &path, &json!({ "limits": [good, wrong] })).await.expect(status).json();
            assert_eq!(problem["errors"][0]["field"], field, "{wrong}: {problem}");
            assert!(problem["errors"][0]["message"].as_str().unwrap().ends_with('.'), "a sentence: {problem}");
        }
        let after = key.get(&format!("{PATH}/{}", organization.id)).await.json();
        assert_eq!(limit(&after, "projects")["base"], Value::Null, "nothing of it was written");
    }

    async fn the_ledger_is_read_page_by_page(app: App) {
        let organization = make::organization(&app, "Nordwind").await;
        let admin = app.admin().await;
        for (number, amount) in ["10.00", "5.50", "-3.25"].iter().enumerate() {
            let fields = [("amount", *amount), ("memo", "by hand"), ("request_key", &format!("key-{number}-abcdefgh"))];
            admin.post_form(&format!("/dashboard/organizations/{}/credit", organization.id), &fields).await.expect(303);
        }
        let path = format!("{PATH}/{}/credit", organization.id);
        let key = app.key(&["organizations:write"]).await;
        let first = key.get(&format!("{path}?limit=2")).await.expect(200).json();
        assert_eq!((&first["balance"], &first["currency"]), (&json!(1225), &json!("EUR")));
        let entry = &first["items"][0];
        assert_eq!((&entry["amount"], &entry["balance_after"], &entry["memo"]), (&json!(-325), &json!(1225), &json!("by hand")));
        let rest = key.get(&format!("{path}?limit=2&after={}", first["next"].as_str().unwrap())).await.expect(200).json();
        assert_eq!((&rest["items"][0]["amount"], &rest["next"]), (&json!(1000), &Value::Null));
        for path in [format!("{path}?after=x"), format!("{path}?limit=0"), format!("{path}?before=x")] {
            key.get(&path).await.expect(400);
        }
    }

    async fn an_organization_of_another_tenant_is_not_there(app: App) {
        let organization = make::organization(&app, "Nordwind").await;
        let other = make::tenant(&app, "other", "other.test").await;
        make::hostname(&app, "harbour.test").await;
        let key = app.key_of(other, &["organizations:write"]).await;
        for (method, path) in [("GET", String::new()), ("GET", "/credit".to_owned()), ("PUT", "/limits".to_owned())] {
            let path = format!("{PATH}/{}{path}", organization.id);
            let request = key.json_request(method, &path, &json!({ "limits": [] })).header("Host", "other.test");
            assert_eq!(key.send(request).await.expect(404).json()["code"], "not_found");
        }
    }
}
