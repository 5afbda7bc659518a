//! What no page of ours sends.

use reqwest::Method;
use support::prelude::*;

const FORM: &str = "application/x-www-form-urlencoded";

on_both_databases! {
    async fn a_body_over_the_limit_is_413(app: App) {
        let visitor = app.anonymous();
        let large = "x".repeat(70_000);
        let answer = visitor.post_form("/sign-in", &[("email", &large), ("password", "x")]).await.expect(413);
        assert_eq!(answer.page().text("h1"), "Too large");
    }

    async fn a_field_the_form_does_not_have_is_refused(app: App) {
        let fields = [("email", "a@b.test"), ("password", "x"), ("platform_admin", "true")];
        let answer = app.anonymous().post_form("/sign-in", &fields).await.expect(400);
        assert!(answer.page().words().contains("platform_admin"), "{answer:?}");
        app.admin().await.get("/audit?unknown=1").await.expect(400);
    }

    async fn an_id_that_is_none_is_a_404_page(app: App) {
        let admin = app.admin().await;
        for path in ["/dashboard/coupons/xyz", "/dashboard/organizations/0", "/dashboard/redemptions/%00"] {
            let page = admin.get(path).await.expect(404).page();
            assert!(page.words().contains("Not found"), "{path}: {}", page.words());
        }
    }

    async fn a_text_with_u0000_is_a_400_everywhere(app: App) {
        let (visitor, admin, member) = (app.anonymous(), app.admin().await, app.member().await);
        visitor.post_form("/sign-in", &[("email", "a\0@harbour.test"), ("password", "x")]).await.expect(400);
        visitor.get("/redeem?code=%00").await.expect(400);
        member.post_form("/organization/redemptions", &[("code", "A\0B")]).await.expect(400);
        for path in [
            "/audit?person=%00",
            "/audit/attempts?code=%00",
            "/dashboard/redemptions?order=%00",
            "/audit/why-not?code=A&person=%00",
            "/dashboard/organizations?q=a%00b",
            "/dashboard/coupons?q=%00",
        ] {
            admin.get(path).await.expect(400);
        }
        // A percent sign that is meant as such is none.
        admin.get("/dashboard/coupons?q=%2500").await.expect(200);
    }

    async fn a_body_that_is_no_form_is_refused(app: App) {
        let visitor = app.anonymous();
        for (kind, body) in [("application/json", "{}"), ("text/plain", "email=a"), (FORM, "email=%ff&email=2&password")] {
            let request = visitor.request(Method::POST, "/sign-in").header("Content-Type", kind).body(body);
            visitor.send(request).await.expect(400);
        }
    }

    async fn markup_in_a_field_comes_back_as_text(app: App) {
        let nasty = "\"><script>alert(1)</script>@harbour.test";
        let answer = app.anonymous().post_form("/sign-in", &[("email", nasty), ("password", "12345678")]).await;
        assert!(!answer.body.contains("<script>alert"), "{}", answer.body);
        assert_eq!(answer.page().value_of("email").as_deref(), Some(nasty));
    }

    async fn a_sign_in_leads_only_to_pages_of_ours(app: App) {
        for next in ["https://elsewhere.test", "//elsewhere.test", "/\\elsewhere.test", "javascript:alert(1)"] {
            let fields = [("email", support::seed::MEMBER), ("password", PASSWORD), ("next", next)];
            let answer = app.anonymous().post_form("/sign-in", &fields).await.expect(303);
            assert!(!answer.location().contains("elsewhere") && !answer.location().contains("script"), "{answer:?}");
        }
    }
}
