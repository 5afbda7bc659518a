//! Who may call: keys with and without the scope, that ended or are another tenant's, and sessions.

use chrono::Duration;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use support::prelude::*;
use vouchsafe::db::tables::api_keys::{Column, Entity};

const LOG: &str = "/api/v1/audit-entries";

async fn set(app: &App, column: Column, value: Expr) {
    let tx = app.db.begin().await.unwrap();
    let changed = Entity::update_many().col_expr(column, value).filter(Column::TenantId.eq(app.tenant)).exec(&tx).await;
    assert!(changed.unwrap().rows_affected > 0);
    tx.commit().await.unwrap();
}

on_both_databases! {
    async fn a_key_with_the_scope_is_served_and_one_without_is_told_which_it_lacks(app: App) {
        app.key(&["audit:read"]).await.get(LOG).await.expect(200);
        let answer = app.key(&["coupons:read", "coupons:write", "exports"]).await.get(LOG).await.expect(403);
        let problem = answer.json();
        assert_eq!((&problem["code"], &problem["scope"]), (&"missing_scope".into(), &"audit:read".into()));
        assert!(problem["detail"].as_str().unwrap().contains("audit:read"), "{problem}");
        assert_eq!(answer.header("www-authenticate"), r#"Bearer error="insufficient_scope", scope="audit:read""#);
    }

    async fn sessions_are_served_by_their_role(app: App) {
        app.admin().await.get(LOG).await.expect(200);
        app.support().await.get(LOG).await.expect(200);
        app.platform_admin().await.get(LOG).await.expect(200);
        let problem = app.member().await.get(LOG).await.expect(403).json();
        assert_eq!(problem["code"], "forbidden");
        let answer = app.anonymous().get(LOG).await.expect(401);
        assert_eq!((answer.header("www-authenticate"), &answer.json()["code"]), ("Bearer", &"unauthorized".into()));
    }

    async fn what_is_no_key_is_401_even_beside_a_session(app: App) {
        let unknown = format!("Bearer vs_{}", "a".repeat(40));
        let (admin, headers) = (app.admin().await, ["Bearer", "Bearer ", "Bearer vs_a", "Basic dTpw", "vs_a", &unknown]);
        for header in headers {
            let request = admin.request(reqwest::Method::GET, LOG).header("Authorization", header);
            let answer = admin.send(request).await.expect(401);
            assert_eq!(answer.header("www-authenticate"), r#"Bearer error="invalid_token""#, "{header}");
            assert_eq!(answer.json()["code"], "invalid_key", "{header}");
        }
        let secret = make::key().scopes(&["audit:read"]).create(&app).await;
        let twice = app.anonymous().request(reqwest::Method::GET, LOG).bearer_auth(&secret).bearer_auth(&secret);
        app.anonymous().send(twice).await.expect(401);
    }

    async fn a_key_that_was_revoked_or_has_ended_is_refused_at_once(app: App) {
        let key = app.key(&["audit:read"]).await;
        key.get(LOG).await.expect(200);
        set(&app, Column::RevokedAt, Expr::value(app.now())).await;
        key.get(LOG).await.expect(401);
        let ended = make::key().scopes(&["audit:read"]).until(app.now() - Duration::seconds(1)).create(&app).await;
        Actor::with_key(&app, &ended).get(LOG).await.expect(401);
        let ends = make::key().scopes(&["audit:read"]).until(app.now() + Duration::hours(1)).create(&app).await;
        Actor::with_key(&app, &ends).get(LOG).await.expect(200);
    }

    async fn a_key_of_another_tenant_is_no_key_here(app: App) {
        make::hostname(&app, "harbour.test").await;
        let other = make::tenant(&app, "other", "other.test").await;
        let key = app.key_of(other, &["audit:read"]).await;
        let at = |host: &str| key.request(reqwest::Method::GET, LOG).header("Host", host);
        key.send(at("other.test")).await.expect(200);
        assert_eq!(key.send(at("harbour.test")).await.expect(401).json()["code"], "invalid_key");
        let none = key.send(at("nobody.test")).await.expect(404);
        assert_eq!(none.header("content-type"), "application/problem+json");
    }

    async fn a_use_is_noted_beside_the_call(app: App) {
        let key = app.key(&["audit:read"]).await;
        key.get(LOG).await.expect(200);
        for _ in 0..100 {
            let row = Entity::find().one(app.db.read()).await.unwrap().unwrap();
            if row.last_used_at.is_some() {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        panic!("the use of the key was not noted");
    }
}
