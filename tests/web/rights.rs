//! Every route × everybody. A route that is missing from the table fails the test, so none goes unguarded by oversight.

use reqwest::Method;
use support::prelude::*;
use vouchsafe::app::routes::ROUTES;

/// Whom a route serves; everybody else is asked to sign in or told that it is not for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum For {
    Everybody,
    /// Whoever is signed in, with a role here or without.
    SignedIn,
    Members,
    Support,
    Admins,
    PlatformAdmins,
    /// Calling systems with a key: no session is served.
    Keys,
}
use For::{Admins, Everybody, Keys, Members, PlatformAdmins, SignedIn, Support};

/// Who asks, from the least to the most.
const ASKERS: [&str; 6] = ["a stranger", "an outsider", "a member", "support", "an admin", "a platform admin"];

impl For {
    /// The first of [`ASKERS`] who is served; so is everybody after.
    const fn first(self) -> usize {
        match self {
            Everybody => 0,
            SignedIn => 1,
            Members => 2,
            Support => 3,
            Admins => 4,
            PlatformAdmins => 5,
            Keys => ASKERS.len(),
        }
    }
}

/// Method, pattern, whom it serves, and a body or query that is accepted as far as its fields go.
const TABLE: &[(&str, &str, For, &str)] = &[
    ("get", "/healthz", Everybody, ""),
    ("get", "/readyz", Everybody, ""),
    ("get", "/robots.txt", Everybody, ""),
    ("get", "/favicon.ico", Everybody, ""),
    ("get", "/assets/{edition}/{name:.+}", Everybody, ""),
    ("get", "/", Everybody, ""),
    ("get", "/sign-in", Everybody, ""),
    ("post", "/sign-in", Everybody, "email=nobody%40harbour.test&password=not+the+password"),
    ("post", "/sign-out", Everybody, ""),
    ("get", "/password-reset", Everybody, ""),
    ("post", "/password-reset", Everybody, "email=nobody"),
    ("get", "/password-reset/{token}", Everybody, ""),
    ("post", "/password-reset/{token}", Everybody, "password=12345678"),
    ("get", "/organization", Members, ""),
    ("post", "/organization/redemptions", Members, "organization={id}&code=NOTHING&request_key={id}"),
    ("post", "/organization/{id}/members", Members, "email=a%40b.test&role=member"),
    ("post", "/organization/{id}/members/{user}/role", Members, "role=owner"),
    ("post", "/organization/{id}/members/{user}/remove", Members, ""),
    ("get", "/audit", Support, ""),
    ("get", "/audit/attempts", Support, ""),
    ("get", "/dashboard", Admins, ""),
    ("get", "/dashboard/limits", Admins, ""),
    ("post", "/dashboard/limits", Admins, "key=Wrong&label=A&unit=&default=&minimum=&maximum="),
    ("get", "/dashboard/limits/new", Admins, ""),
    ("get", "/dashboard/limits/{key}", Admins, ""),
    ("post", "/dashboard/limits/{key}", Admins, "label=A&unit=&default=&minimum=&maximum="),
    ("get", "/dashboard/organizations", Admins, ""),
    ("post", "/dashboard/organizations", Admins, "name=&request_key={id}"),
    ("get", "/dashboard/organizations/new", Admins, ""),
    ("get", "/dashboard/organizations/{id}", Admins, ""),
    ("get", "/dashboard/organizations/{id}/name", Admins, ""),
    ("post", "/dashboard/organizations/{id}/name", Admins, "name=A"),
    ("post", "/dashboard/organizations/{id}/members", Admins, "email=a%40b.test&role=member"),
    ("post", "/dashboard/organizations/{id}/members/{user}/role", Admins, "role=owner"),
    ("post", "/dashboard/organizations/{id}/members/{user}/remove", Admins, ""),
    ("post", "/dashboard/organizations/{id}/limits", Admins, "key%5B%5D=seats&was%5B%5D=&base%5B%5D=&in_use%5B%5D="),
    ("post", "/dashboard/organizations/{id}/credit", Admins, "amount=&memo=&request_key={id}"),
    ("get", "/dashboard/products", Admins, ""),
    ("post", "/dashboard/products", Admins, "name=&sku=&product_type=&price="),
    ("get", "/dashboard/products/new", Admins, ""),
    ("get", "/dashboard/products/{id}", Admins, ""),
    ("post", "/dashboard/products/{id}", Admins, "name=&sku=&product_type=&price="),
    ("post", "/dashboard/products/{id}/archive", Admins, ""),
    ("post", "/dashboard/products/{id}/restore", Admins, ""),
    ("get", "/shop", Members, "q=a&kind=issue"),
    ("get", "/products/{id}", Members, ""),
    ("post", "/products/{id}", Members, "quantity=1&code=NONE"),
    ("get", "/plans/{id}", Members, ""),
    ("post", "/plans/{id}", Members, "quantity=1&code=NONE"),
    ("get", "/cart", Members, ""),
    ("post", "/cart", Members, ""),
    ("post", "/cart/items", Members, "product={id}&quantity=1"),
    ("post", "/cart/items/{id}/remove", Members, ""),
    ("post", "/cart/code", Members, "code=NONE"),
    ("post", "/cart/code/remove", Members, ""),
    ("get", "/checkout", Members, ""),
    ("get", "/orders", Members, ""),
    ("post", "/orders", Members, "total=0&request_key={id}"),
    ("get", "/orders/{id}", Members, ""),
    ("post", "/orders/{id}/cancel", Members, ""),
    ("post", "/orders/{id}/payment", Members, "outcome=failed"),
    ("get", "/dashboard/orders", Support, "state=open"),
    ("get", "/dashboard/orders/{id}", Support, ""),
    ("post", "/dashboard/orders/{id}/confirm", Admins, "reason=why&request_key={id}"),
    ("post", "/dashboard/orders/{id}/release", Support, "reason=why&request_key={id}"),
    ("post", "/dashboard/orders/{id}/refund", Support, "reason=why&request_key={id}"),
    ("post", "/dashboard/orders/{id}/resolve", Support, "reason=why&request_key={id}"),
    ("get", "/dashboard/payments", Admins, ""),
    ("post", "/dashboard/payments/{provider}", Admins, "secret=&pay_url="),
    ("post", "/dashboard/payments/{provider}/remove", Admins, ""),
    ("post", "/webhooks/payments/{tenant}/{provider}", Everybody, "{}"),
    ("post", "/dashboard/orders/{id}/honour", Support, "reason=why&request_key={id}"),
    ("get", "/dashboard/product-types", Admins, ""),
    ("post", "/dashboard/product-types", Admins, "key=&label="),
    ("post", "/dashboard/product-types/{key}", Admins, "label="),
    ("get", "/dashboard/redemptions", Support, "state=held&code=none"),
    ("get", "/dashboard/redemptions/{id}", Support, ""),
    ("post", "/dashboard/redemptions/{id}/release", Support, "reason=why&request_key={id}"),
    ("post", "/dashboard/redemptions/{id}/reverse", Support, "reason=why&request_key={id}"),
    ("post", "/dashboard/redemptions/{id}/honour", Support, "reason=why&request_key={id}"),
    ("post", "/dashboard/redemptions/{id}/resolve", Support, "reason=why&request_key={id}"),
    ("get", "/audit/why-not", Support, ""),
    ("get", "/redeem", Everybody, ""),
    ("get", "/dashboard/coupons", Support, ""),
    ("post", "/dashboard/coupons", Admins, "code=&benefit=percentage&percent=10"),
    ("get", "/dashboard/coupons/new", Admins, ""),
    ("get", "/dashboard/coupons/code", Admins, ""),
    ("get", "/dashboard/coupons/products", Admins, ""),
    ("post", "/dashboard/coupons/bulk", Admins, "action=pause&ids={id}"),
    ("get", "/dashboard/coupons/{id}", Support, ""),
    ("post", "/dashboard/coupons/{id}", Admins, "version=1&benefit=percentage&percent=10"),
    ("get", "/dashboard/coupons/{id}/codes", Support, "q=A"),
    ("get", "/dashboard/coupons/{id}/edit", Admins, ""),
    ("post", "/dashboard/coupons/{id}/pause", Admins, ""),
    ("post", "/dashboard/coupons/{id}/resume", Admins, ""),
    ("post", "/dashboard/coupons/{id}/delete", Admins, ""),
    ("post", "/dashboard/coupons/{id}/restore", Admins, ""),
    ("post", "/dashboard/coupons/{id}/codes", Admins, "code=&max_uses=&request_key={id}"),
    ("get", "/dashboard/coupons/{id}/codes/new", Admins, ""),
    ("post", "/dashboard/codes/{id}/delete", Admins, ""),
    ("post", "/dashboard/codes/{id}/restore", Admins, ""),
    ("get", "/dashboard/organizations", Admins, ""),
    ("post", "/dashboard/organizations", Admins, "name="),
    ("get", "/dashboard/organizations/new", Admins, ""),
    ("get", "/dashboard/organizations/{id}", Admins, ""),
    ("get", "/dashboard/organizations/{id}/name", Admins, ""),
    ("post", "/dashboard/organizations/{id}/name", Admins, "name=A"),
    ("post", "/dashboard/organizations/{id}/members", Admins, "email=a%40b.test&role=member"),
    ("post", "/dashboard/organizations/{id}/members/{user}/role", Admins, "role=owner"),
    ("post", "/dashboard/organizations/{id}/members/{user}/remove", Admins, ""),
    ("post", "/dashboard/organizations/{id}/limits", Admins, ""),
    ("post", "/dashboard/organizations/{id}/credit", Admins, "amount=1&memo=a&request_key={id}"),
    ("get", "/first-run", Everybody, ""),
    ("post", "/first-run", Everybody, "token=wrong&name=A&email=a%40b.test&password=12345678"),
    ("get", "/invitations/{token}", Everybody, ""),
    ("post", "/invitations/{token}", Everybody, "name=A&password=12345678"),
    ("get", "/account", SignedIn, ""),
    ("post", "/account/name", SignedIn, "display_name=A"),
    ("post", "/account/password", SignedIn, "current=wrong+password&new=another+password"),
    ("post", "/account/sessions/end-others", SignedIn, ""),
    ("post", "/account/sessions/{id}/end", SignedIn, ""),
    ("get", "/dashboard/mail", Admins, ""),
    ("get", "/dashboard/people", Admins, ""),
    ("post", "/dashboard/people/invitations", Admins, "email=new%40harbour.test&role=member"),
    ("post", "/dashboard/people/invitations/{id}/revoke", Admins, ""),
    ("post", "/dashboard/people/{id}/role", Admins, "role=support"),
    ("post", "/dashboard/people/{id}/remove", Admins, ""),
    ("get", "/dashboard/api-keys", Admins, ""),
    ("post", "/dashboard/api-keys", Admins, "name=&expires=&request_key={id}"),
    ("get", "/dashboard/api-keys/{id}", Admins, ""),
    ("post", "/dashboard/api-keys/{id}/rotate", Admins, "overlap=24&request_key=k"),
    ("post", "/dashboard/api-keys/{id}/revoke", Admins, "sure=yes"),
    ("get", "/dashboard/batches", Admins, ""),
    ("get", "/dashboard/batches/{id}", Admins, ""),
    ("post", "/dashboard/batches/{id}/void", Admins, ""),
    ("post", "/dashboard/batches/{id}/restore", Admins, ""),
    ("get", "/dashboard/batches/{id}/codes.csv", Admins, ""),
    ("post", "/dashboard/coupons/{id}/batches", Admins, "count=10&length=12&max_uses=1&request_key={id}"),
    ("get", "/dashboard/coupons/{id}/batches/new", Admins, ""),
    ("get", "/dashboard/exports", Support, ""),
    ("post", "/dashboard/exports", Support, "subject=audit&format=csv&request_key={id}"),
    ("get", "/dashboard/exports/{id}/file", Support, ""),
    ("post", "/dashboard/exports/{id}/delete", Support, ""),
    ("get", "/dashboard/imports", Admins, ""),
    ("post", "/dashboard/imports", Admins, ""),
    ("get", "/dashboard/imports/new", Admins, ""),
    ("get", "/dashboard/imports/{id}", Admins, ""),
    ("get", "/dashboard/imports/{id}/columns", Admins, ""),
    ("post", "/dashboard/imports/{id}/columns", Admins, "then=look"),
    ("post", "/dashboard/imports/{id}/run", Admins, ""),
    ("post", "/dashboard/imports/{id}/undo", Admins, ""),
    ("post", "/dashboard/imports/{id}/discard", Admins, ""),
    ("get", "/dashboard/imports/{id}/rejected.csv", Admins, ""),
    ("get", "/dashboard/jobs", Admins, ""),
    ("post", "/dashboard/jobs/{id}/retry", Admins, ""),
    ("get", "/dashboard/webhooks", Admins, ""),
    ("post", "/dashboard/webhooks", Admins, "url=&request_key={id}"),
    ("get", "/dashboard/webhooks/{id}", Admins, ""),
    ("post", "/dashboard/webhooks/{id}", Admins, "url=&request_key="),
    ("post", "/dashboard/webhooks/{id}/test", Admins, ""),
    ("post", "/dashboard/webhooks/{id}/replay", Admins, ""),
    ("post", "/dashboard/webhooks/{id}/rotate", Admins, "overlap=24&request_key=k"),
    ("post", "/dashboard/webhooks/{id}/disable", Admins, ""),
    ("post", "/dashboard/webhooks/{id}/enable", Admins, ""),
    ("post", "/dashboard/webhooks/{id}/delete", Admins, ""),
    ("post", "/dashboard/webhooks/{id}/deliveries/{delivery}/replay", Admins, ""),
    ("get", "/dashboard/settings", Admins, ""),
    (
        "post",
        "/dashboard/settings",
        Admins,
        "version=1&name=&currency=EUR&time_zone=UTC&minimum_charge=&support_contact=&hold_minutes=&free_claims_per_person=&base_url=",
    ),
    ("post", "/api/v1/validations", Members, r#"{"code":"NONE"}"#),
    ("get", "/api/v1/redemptions", Support, ""),
    ("post", "/api/v1/redemptions", Keys, r#"{"code":"NONE","mode":"hold","items":[]}"#),
    ("get", "/api/v1/redemptions/{id}", Support, ""),
    ("post", "/api/v1/redemptions/{id}/confirm", Keys, "{}"),
    ("post", "/api/v1/redemptions/{id}/release", Support, r#"{"reason":"x"}"#),
    ("post", "/api/v1/redemptions/{id}/reverse", Support, r#"{"reason":"x"}"#),
    ("post", "/api/v1/redemptions/{id}/honour", Support, r#"{"reason":"x"}"#),
    ("get", "/api/v1/redemptions/{id}/renewal", Support, "period=1&amount=1"),
    ("get", "/api/v1/organizations", Members, ""),
    ("get", "/api/v1/organizations/{id}", Members, ""),
    ("put", "/api/v1/organizations/{id}/limits", Admins, r#"{"limits":[]}"#),
    ("get", "/api/v1/organizations/{id}/credit", Members, ""),
    ("post", "/api/v1/organizations/{id}/redemptions", Members, r#"{"code":"NONE"}"#),
    ("get", "/api/docs", Everybody, ""),
    ("get", "/api/docs/problems", Everybody, ""),
    ("get", "/api/v1/openapi.json", Everybody, ""),
    ("get", "/api/v1/coupons", Support, ""),
    ("post", "/api/v1/coupons", Admins, "{}"),
    ("get", "/api/v1/coupons/{id}", Support, ""),
    ("patch", "/api/v1/coupons/{id}", Admins, "{}"),
    ("delete", "/api/v1/coupons/{id}", Admins, ""),
    ("post", "/api/v1/coupons/{id}/pause", Admins, ""),
    ("post", "/api/v1/coupons/{id}/resume", Admins, ""),
    ("post", "/api/v1/coupons/{id}/restore", Admins, ""),
    ("get", "/api/v1/coupons/{id}/codes", Support, ""),
    ("post", "/api/v1/coupons/{id}/codes", Admins, "{}"),
    ("get", "/api/v1/codes/{id}", Support, ""),
    ("delete", "/api/v1/codes/{id}", Admins, ""),
    ("post", "/api/v1/codes/{id}/restore", Admins, ""),
    ("get", "/api/v1/batches", Support, ""),
    ("post", "/api/v1/batches", Admins, r#"{"coupon_id":"01998a00-0000-7000-8000-000000000001","count":5}"#),
    ("get", "/api/v1/batches/{id}", Support, ""),
    ("post", "/api/v1/batches/{id}/void", Admins, ""),
    ("get", "/api/v1/exports", Support, ""),
    ("post", "/api/v1/exports", Support, r#"{"subject":"audit"}"#),
    ("get", "/api/v1/exports/{id}", Support, ""),
    ("delete", "/api/v1/exports/{id}", Support, ""),
    ("get", "/api/v1/exports/{id}/file", Support, ""),
    ("get", "/api/v1/audit-entries", Support, ""),
    ("post", "/api/v1/previews", Everybody, r#"{"code":"NONE"}"#),
    ("post", "/api/v1/organizations/{id}/credit/spend", Admins, r#"{"amount":1}"#),
    ("get", "/api/v1/orders/{id}", Members, ""),
    ("post", "/api/v1/orders/{id}/confirm", Admins, "{}"),
    ("post", "/api/v1/orders/{id}/release", Support, r#"{"reason":"why"}"#),
    ("post", "/api/v1/orders/{id}/refund", Support, r#"{"reason":"why"}"#),
    ("post", "/api/v1/orders/{id}/honour", Support, r#"{"reason":"why"}"#),
    ("get", "/promo-codes", Admins, ""),
    ("post", "/promo-codes", Admins, "{}"),
    ("post", "/promo-codes/validate", Members, r#"{"code":"NONE","workspaceId":"none","bookingAmount":1}"#),
    ("patch", "/promo-codes/{id}", Admins, "{}"),
    ("delete", "/promo-codes/{id}", Admins, ""),
    ("post", "/billing/vouchers/issue", Admins, "{}"),
    ("get", "/billing/vouchers/list", Admins, ""),
    ("delete", "/billing/vouchers/revoke/{code}", Admins, ""),
    ("post", "/billing/vouchers/redeem-preview", Everybody, r#"{"code":"NONE"}"#),
    ("get", "/billing/admin/promos", Admins, ""),
    ("post", "/billing/admin/promos", Admins, "{}"),
    ("delete", "/billing/admin/promos/{code}", Admins, ""),
    ("post", "/billing/checkout", Members, r#"{"organization_id":"{id}"}"#),
    ("get", "/platform", PlatformAdmins, ""),
    ("post", "/platform/tenants", PlatformAdmins, "name=&slug=&hostname=&currency=EUR&time_zone=UTC&support_contact="),
    ("get", "/platform/tenants/new", PlatformAdmins, ""),
    ("get", "/platform/tenants/{id}", PlatformAdmins, ""),
    ("post", "/platform/tenants/{id}", PlatformAdmins, "version=1&hostname="),
    ("get", "/platform/users", PlatformAdmins, ""),
    ("post", "/platform/users/{id}/disable", PlatformAdmins, ""),
    ("post", "/platform/users/{id}/enable", PlatformAdmins, ""),
];

const SOME_ID: &str = "01998a00-0000-7000-8000-000000000001";

/// A path that fits the pattern.
fn sample(pattern: &str) -> String {
    pattern.replace("{edition}/{name:.+}", "0/app.css").split('/').map(fill).collect::<Vec<_>>().join("/")
}

fn fill(part: &str) -> &str {
    if part.starts_with('{') { SOME_ID } else { part }
}

async fn asker(app: &App, who: usize) -> Actor {
    match who {
        0 => app.anonymous(),
        1 => Actor::signed_in(app, make::user().stranger().create(app).await).await,
        2 => app.member().await,
        3 => app.support().await,
        4 => app.admin().await,
        _ => app.platform_admin().await,
    }
}

/// What the answer means for who asked.
fn kind(answer: &Answer) -> &'static str {
    match answer.status {
        303 if answer.location().starts_with("/sign-in") => "asked to sign in",
        401 => "asked to sign in",
        403 => "refused",
        500.. => "failed",
        _ => "served",
    }
}

#[test]
fn every_route_stands_in_the_table_and_nothing_else_does() {
    let missing: Vec<_> =
        ROUTES.iter().filter(|(method, path)| !TABLE.iter().any(|row| row.0 == *method && row.1 == *path)).collect();
    assert!(missing.is_empty(), "whom do these serve? {missing:#?}");
    let gone: Vec<_> = TABLE.iter().filter(|row| !ROUTES.contains(&(row.0, row.1))).map(|row| (row.0, row.1)).collect();
    assert!(gone.is_empty(), "these are no routes any more: {gone:#?}");
}

#[tokio::test]
async fn every_route_serves_those_it_is_for_and_nobody_else() {
    support::app::tell(Database::Sqlite, |app| async move {
        let mut wrong = Vec::new();
        for (method, pattern, audience, body) in TABLE {
            for (who, name) in ASKERS.iter().enumerate() {
                // Each with a session of their own: one of the routes ends it.
                let actor = asker(&app, who).await;
                let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
                let query = if method == Method::GET && !body.is_empty() { format!("?{body}") } else { String::new() };
                let mut request = actor.request(method.clone(), &format!("{}{query}", sample(pattern)));
                if query.is_empty() && (!body.is_empty() || method == Method::POST) {
                    let is_json = body.starts_with('{');
                    let kind = if is_json { "application/json" } else { "application/x-www-form-urlencoded" };
                    request = request.header("Content-Type", kind).body(body.replace("{id}", SOME_ID));
                }
                let answer = actor.send(request).await;
                let expected = match who {
                    _ if who >= audience.first() => "served",
                    0 => "asked to sign in",
                    _ => "refused",
                };
                // These lead to the door by themselves.
                let is_door = ["/", "/sign-out", "/first-run"].contains(pattern) && kind(&answer) == "asked to sign in";
                if kind(&answer) != expected && !(expected == "served" && is_door) {
                    wrong.push(format!(
                        "{method} {pattern}: {name} is {} ({}), not {expected}",
                        kind(&answer),
                        answer.status
                    ));
                }
            }
        }
        assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    })
    .await;
}

#[tokio::test]
async fn every_path_answers_other_methods_with_405() {
    support::app::tell(Database::Sqlite, |app| async move {
        let admin = app.platform_admin().await;
        for (_, pattern, ..) in TABLE {
            let answer = admin.send(admin.request(Method::from_bytes(b"PROPFIND").unwrap(), &sample(pattern))).await;
            assert_eq!(answer.status, 405, "{pattern}");
            let methods = TABLE.iter().filter(|row| row.1 == *pattern).map(|row| row.0.to_uppercase());
            for method in methods {
                assert!(answer.header("allow").contains(&method), "{pattern}: {}", answer.header("allow"));
            }
        }
    })
    .await;
}

/// A form or a filter that nobody can read, by those who may not send it: they are told so, and not what is wrong with it.
#[tokio::test]
async fn who_may_not_come_in_is_told_so_whatever_was_sent() {
    support::app::tell(Database::Sqlite, |app| async move {
        let mut actors = Vec::new();
        for who in 0..ASKERS.len() {
            actors.push(asker(&app, who).await);
        }
        let mut wrong = Vec::new();
        for (method, pattern, audience, _) in TABLE {
            for (who, actor) in actors.iter().enumerate().take(audience.first()) {
                let expected = if who == 0 { "asked to sign in" } else { "refused" };
                let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
                let mut request = actor.request(method.clone(), &format!("{}?no_such_field=1", sample(pattern)));
                if method == Method::POST {
                    request = request.header("Content-Type", "text/plain").body("no form at all");
                }
                let answer = actor.send(request).await;
                if kind(&answer) != expected {
                    wrong
                        .push(format!("{method} {pattern}: {} gets {}, is not {expected}", ASKERS[who], answer.status));
                }
            }
        }
        assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    })
    .await;
}
