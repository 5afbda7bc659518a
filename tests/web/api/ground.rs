//! What holds for every call: problems, methods, queries, and where a call may come from.

use reqwest::Method;
use support::prelude::*;

on_both_databases! {
    async fn whatever_is_not_there_is_a_problem_document(app: App) {
        for path in ["/api", "/api/", "/api/v1", "/api/v1/nothing", "/api/v2/coupons", "/billing/nothing"] {
            let answer = app.anonymous().get(path).await.expect(404);
            assert_eq!(answer.header("content-type"), "application/problem+json", "{path}");
            let problem = answer.json();
            assert_eq!((&problem["status"], &problem["code"]), (&404.into(), &"not_found".into()), "{path}");
            assert_eq!(problem["request_id"], answer.header("x-request-id"), "{path}");
            for member in ["type", "title", "detail"] {
                assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "{path}: {member}");
            }
        }
        let page = app.anonymous().get("/apiary").await.expect(404);
        assert!(page.header("content-type").starts_with("text/html"), "{page:?}");
    }

    async fn another_method_is_405_and_names_those_that_work(app: App) {
        let answer = app.anonymous().ask("DELETE", "/api/v1/audit-entries").await.expect(405);
        assert_eq!((answer.header("allow"), &answer.json()["code"]), ("GET, HEAD", &"method_not_allowed".into()));
        let problems = app.anonymous().get("/api/docs/problems").await.expect(200).page();
        assert!(problems.has("#method_not_allowed"), "the type of the problem leads somewhere");
        app.support().await.ask("HEAD", "/api/v1/audit-entries").await.expect(200);
    }

    async fn a_query_is_read_strictly(app: App) {
        let key = app.key(&["audit:read"]).await;
        for (query, field, code) in [
            ("colour=1", "colour", "unknown_field"),
            ("action=a&action=b", "action", "duplicate_field"),
            ("person=%00", "person", "invalid_value"),
        ] {
            let problem = key.get(&format!("/api/v1/audit-entries?{query}")).await.expect(400).json();
            assert_eq!((&problem["code"], &problem["errors"][0]["field"]), (&"invalid_query".into(), &field.into()));
            assert_eq!(problem["errors"][0]["code"], code, "{problem}");
        }
        let long = format!("/api/v1/coupons?q={}", "x".repeat(101));
        let key = app.key(&["audit:read", "coupons:read"]).await;
        for (path, field) in [
            ("/api/v1/audit-entries?after=nonsense", "after"),
            ("/api/v1/audit-entries?action=no.such", "action"),
            ("/api/v1/audit-entries?from=yesterday", "from"),
            ("/api/v1/audit-entries?from=%C2%A0", "from"),
            ("/api/v1/audit-entries?until=%202026-02-28", "until"),
            ("/api/v1/audit-entries?until=2031-02-30", "until"),
            ("/api/v1/audit-entries?limit=101", "limit"),
            ("/api/v1/coupons?status=bogus", "status"),
            ("/api/v1/coupons?sort=bogus", "sort"),
            ("/api/v1/coupons?after=abc", "after"),
            ("/promo-codes?after=zz", "after"),
            (&long, "q"),
        ] {
            let problem = key.get(path).await.expect(400).json();
            assert_eq!((&problem["code"], &problem["errors"][0]["field"]), (&"invalid_query".into(), &field.into()), "{problem}");
            assert!(problem["errors"][0]["message"].as_str().unwrap().ends_with('.'), "a sentence: {problem}");
        }
        for day in ["2031-01-31", "2032-02-29", "2031-04-30T09:00:00.5%2B02:00"] {
            key.get(&format!("/api/v1/audit-entries?from={day}&until={day}&limit=1")).await.expect(200);
        }
    }

    async fn a_call_with_a_key_may_come_from_anywhere_and_one_with_a_session_may_not(app: App) {
        let path = "/api/v1/audit-entries";
        let key = app.key(&["audit:read"]).await;
        let elsewhere = [("Origin", "https://elsewhere.test"), ("Sec-Fetch-Site", "cross-site")];
        for (name, value) in elsewhere {
            let answer = key.send(key.request(Method::POST, path).header(name, value)).await;
            assert_eq!(answer.status, 405, "{answer:?}");
            let admin = app.admin().await;
            let answer = admin.send(admin.bare_request(Method::POST, path).header(name, value)).await.expect(403);
            assert_eq!(answer.header("content-type"), "application/problem+json");
            // A key beside a cookie does not open the door for the cookie.
            let both = admin.bare_request(Method::POST, path).header(name, value).bearer_auth("vs_anything");
            admin.send(both).await.expect(403);
        }
    }

    async fn who_may_not_ask_is_told_so_before_it_is_known_whether_an_id_is_one(app: App) {
        let mut checked = 0;
        for (method, path) in vouchsafe::app::routes::ROUTES.iter().filter(|(_, path)| path.contains("{id}")) {
            if !path.starts_with("/api/v1/") && !path.starts_with("/promo-codes") {
                continue;
            }
            for id in ["nonsense", "01998a00-0000-7000-8000-000000000001"] {
                let method = reqwest::Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
                let anybody = app.anonymous();
                anybody.send(anybody.request(method, &path.replace("{id}", id))).await.expect(401);
            }
            checked += 1;
        }
        assert!(checked > 20, "{checked}");
        app.key(&["coupons:read"]).await.get("/api/v1/coupons/nonsense").await.expect(404);
    }

    async fn a_whole_number_is_one_however_it_is_written(app: App) {
        let key = app.key(&["coupons:write"]).await;
        let body = r#"{"code": "WHOLE-1", "benefit": {"kind": "percentage", "basis_points": 1.5e3}, "max_uses": 5.0}"#;
        let request = key.request(Method::POST, "/api/v1/coupons").header("Content-Type", "application/json").body(body);
        assert_eq!(key.send(request).await.expect(201).json()["max_uses"], 5);
        let half = key.request(Method::POST, "/api/v1/coupons").header("Content-Type", "application/json").body(body.replace("5.0", "5.5"));
        key.send(half).await.expect(400);
    }

    async fn a_call_that_takes_no_fields_refuses_them(app: App) {
        let coupon = make::coupon().create(&app).await;
        let key = app.key(&["coupons:write", "redemptions:write"]).await;
        let pause = format!("/api/v1/coupons/{}/pause", coupon.id);
        let none = "01998a00-0000-7000-8000-000000000001";
        for path in [&pause, &format!("/api/v1/redemptions/{none}/confirm")] {
            let problem = key.call("POST", path, &serde_json::json!({ "bogus": 1 })).await.expect(400).json();
            assert_eq!((&problem["code"], &problem["errors"][0]["field"]), (&"invalid_body".into(), &"bogus".into()));
            for (kind, body, status) in [("application/json", "{not json", 400), ("text/plain", "{}", 415)] {
                let request = key.request(Method::POST, path).header("Content-Type", kind).body(body);
                key.send(request).await.expect(status);
            }
        }
        assert_eq!(make::coupon_row(&app, coupon.id).await.paused_at, None);
        key.call("POST", &pause, &serde_json::json!({})).await.expect(200);
        key.ask("POST", &pause).await.expect(200);
    }

    async fn a_wait_is_as_long_in_its_sentence_as_in_its_header(app: App) {
        let mut last = None;
        for _ in 0..17 {
            let body = serde_json::json!({ "code": "guess" });
            last = Some(app.anonymous().call("POST", "/api/v1/previews", &body).await);
        }
        let answer = last.unwrap().expect(429);
        let seconds = answer.header("retry-after");
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(&format!("in {seconds} second")), "{detail} {seconds}");
    }
}
