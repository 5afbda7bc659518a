//! Every page, empty, full and with errors, as each role: axe, the width, and the markup find nothing.

use crate::browser::{Browser, browse};
use crate::checkers;
use crate::world::{self, World};
use support::prelude::*;
use support::seed;
use thirtyfour::Key;
use vouchsafe::app::routes::ROUTES;

const WIDTHS: [u32; 3] = [320, 768, 1440];
const SCHEMES: [&str; 2] = ["light", "dark"];

/// Whose session a page is opened with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Stranger,
    Member,
    /// Of the member's organization.
    Owner,
    /// In no organization.
    Alone,
    Support,
    Admin,
    Platform,
}
use Who::{Admin, Alone, Member, Owner, Platform, Stranger, Support};

/// A page in the state in which it is checked.
struct Sight {
    name: &'static str,
    who: Who,
    path: String,
    /// A form to send with these fields first; the page is its answer.
    send: Option<(&'static str, Vec<(&'static str, &'static str)>)>,
}

fn at(name: &'static str, who: Who, path: impl Into<String>) -> Sight {
    Sight { name, who, path: path.into(), send: None }
}

impl Sight {
    fn sending(mut self, form: &'static str, fields: &[(&'static str, &'static str)]) -> Self {
        self.send = Some((form, fields.to_vec()));
        self
    }
}

/// Routes that answer a browser's GET with something else than a page of their own.
const NO_PAGES: &[&str] = &[
    "/healthz",
    "/readyz",
    "/robots.txt",
    "/favicon.ico",
    "/assets/{edition}/{name:.+}",
    "/",
    // Looked at by tests of their own.
    "/first-run",
    // Fragments.
    "/dashboard/coupons/code",
    "/dashboard/coupons/products",
    // Looked at by a test of its own: only the demo has it.
    "/dashboard/mail",
    // A file.
    "/dashboard/batches/{id}/codes.csv",
    "/dashboard/exports/{id}/file",
    "/dashboard/imports/{id}/rejected.csv",
];

/// Everything there is to see in a tenant without anything.
fn empty() -> Vec<Sight> {
    vec![
        at("sign-in", Stranger, "/sign-in"),
        at("sign-in-refused", Stranger, "/sign-in")
            .sending("form[action='/sign-in']", &[("email", "nobody"), ("password", "x")]),
        at("password-forgotten", Stranger, "/password-reset"),
        at("password-forgotten-refused", Stranger, "/password-reset")
            .sending("form[action='/password-reset']", &[("email", "nobody")]),
        at("password-reset-over", Stranger, format!("/password-reset/{}", "not-a-token")),
        at("not-found", Stranger, "/nowhere"),
        at("forbidden", Member, "/audit"),
        at("organization-none", Alone, "/organization"),
        at("account", Member, "/account"),
        at("audit-empty", Support, "/audit"),
        at("attempts-empty", Support, "/audit/attempts"),
        at("redemptions-empty", Support, "/dashboard/redemptions"),
        at("why-not-empty", Support, "/audit/why-not"),
        at("people", Admin, "/dashboard/people"),
        at("coupons-empty", Admin, "/dashboard/coupons"),
        at("coupons-empty-support", Support, "/dashboard/coupons"),
        at("redeem", Stranger, "/redeem"),
        at("api-docs", Stranger, "/api/docs"),
        at("api-problems", Stranger, "/api/docs/problems"),
        at("overview-empty", Admin, "/dashboard"),
        at("limits", Admin, "/dashboard/limits"),
        at("limit-new", Admin, "/dashboard/limits/new"),
        at("limit-new-refused", Admin, "/dashboard/limits/new")
            .sending("form[action='/dashboard/limits']", &[("key", ""), ("label", "")]),
        at("limit", Admin, "/dashboard/limits/seats"),
        at("products-empty", Admin, "/dashboard/products"),
        at("product-new", Admin, "/dashboard/products/new"),
        at("product-new-refused", Admin, "/dashboard/products/new")
            .sending("form[action='/dashboard/products']", &[("name", ""), ("sku", "")]),
        at("product-types", Admin, "/dashboard/product-types"),
        at("shop-empty", Alone, "/shop"),
        at("shop-empty-admin", Admin, "/shop"),
        at("cart-empty", Alone, "/cart"),
        at("orders-empty", Alone, "/orders"),
        at("all-orders-empty", Support, "/dashboard/orders"),
        at("payments-empty", Admin, "/dashboard/payments"),
        at("payments-refused", Admin, "/dashboard/payments")
            .sending("form[action='/dashboard/payments/stripe']", &[("secret", "a b"), ("pay_url", "http://x")]),
        at("api-keys-empty", Admin, "/dashboard/api-keys"),
        at("api-keys-refused", Admin, "/dashboard/api-keys")
            .sending("form[action='/dashboard/api-keys']", &[("name", ""), ("expires", "2020-01-01")]),
        at("webhooks-empty", Admin, "/dashboard/webhooks"),
        at("webhooks-refused", Admin, "/dashboard/webhooks")
            .sending("form[action='/dashboard/webhooks']", &[("url", "http://127.0.0.1/")]),
        at("jobs-empty", Admin, "/dashboard/jobs"),
        at("batches-empty", Admin, "/dashboard/batches"),
        at("exports-empty", Support, "/dashboard/exports"),
        at("imports-empty", Admin, "/dashboard/imports"),
        at("import-new", Admin, "/dashboard/imports/new"),
        at("import-new-refused", Admin, "/dashboard/imports/new")
            .sending("form[action='/dashboard/imports']", &[("into", "NOBODY")]),
        at("settings", Admin, "/dashboard/settings"),
        at("settings-refused", Admin, "/dashboard/settings")
            .sending("form[action='/dashboard/settings']", &[("name", ""), ("hold_minutes", "0")]),
        at("platform", Platform, "/platform"),
        at("platform-users", Platform, "/platform/users"),
        at("tenant-new", Platform, "/platform/tenants/new"),
        at("tenant-new-refused", Platform, "/platform/tenants/new")
            .sending("form[action='/platform/tenants']", &[("name", "")]),
        at("organizations-empty", Admin, "/dashboard/organizations"),
        at("invitation-unknown", Stranger, "/invitations/not-a-token"),
    ]
}

/// Everything there is to see in a tenant that is used.
fn full(world: &World) -> Vec<Sight> {
    let (organization, coupon, tenant) = (world.organization.id, world.coupon.id, world.tenant);
    let (redemption, product, key) = (world.redemption, world.product, world.key);
    vec![
        at("overview", Admin, "/dashboard"),
        at("coupon", Admin, format!("/dashboard/coupons/{coupon}")),
        at("coupon-support", Support, format!("/dashboard/coupons/{coupon}")),
        at("codes", Support, format!("/dashboard/coupons/{coupon}/codes")),
        at("codes-no-match", Admin, format!("/dashboard/coupons/{coupon}/codes?q=zzzzzz")),
        at("codes-admin", Admin, format!("/dashboard/coupons/{coupon}/codes")),
        at("code-new", Admin, format!("/dashboard/coupons/{coupon}/codes/new")),
        at("code-new-taken", Admin, format!("/dashboard/coupons/{coupon}/codes/new"))
            .sending("form[action$='/codes']", &[("code", "welcome-10"), ("max_uses", "-1")]),
        at("redemptions", Support, "/dashboard/redemptions"),
        at("redemptions-of-coupon", Admin, format!("/dashboard/redemptions?coupon={coupon}")),
        at("redemptions-no-match", Support, "/dashboard/redemptions?order=NOTHING"),
        at("redemption", Support, format!("/dashboard/redemptions/{redemption}")),
        at("redemption-refused", Support, format!("/dashboard/redemptions/{redemption}"))
            .sending("form[action$='/reverse']", &[("reason", "")]),
        at("redemption-held", Support, format!("/dashboard/redemptions/{}", world.held)),
        at("redemption-paid", Support, format!("/dashboard/redemptions/{}", world.paid)),
        at("redemption-paid-refused", Support, format!("/dashboard/redemptions/{}", world.paid))
            .sending("form[action$='/reverse']", &[("reason", ""), ("quantity", "x")]),
        at("products", Admin, "/dashboard/products"),
        at("product", Admin, format!("/dashboard/products/{product}")),
        at("shop", Member, "/shop"),
        at("shop-with-a-code", Member, "/shop?code=BATCH-07-X&q=e"),
        at("shop-no-match", Member, "/shop?q=zzzzzz"),
        at("product-page", Member, format!("/products/{product}")),
        at("product-page-refused", Member, format!("/products/{product}"))
            .sending("form[action='/cart/items']", &[("code", "zzzzzz"), ("quantity", "1")]),
        at("plan", Member, format!("/plans/{}?code=BATCH-07-X", world.plan)),
        at("cart", Member, "/cart"),
        at("cart-refused", Member, "/cart").sending("form[action='/cart/code']", &[("code", "zzzzzz")]),
        at("cart-quantity-refused", Member, "/cart").sending("#quantities", &[("quantity[]", "x")]),
        at("checkout", Member, "/checkout"),
        at("checkout-organization", Member, format!("/checkout?organization={organization}")),
        at("orders", Member, "/orders"),
        at("order", Member, format!("/orders/{}", world.orders[0])),
        at("order-paid", Member, format!("/orders/{}", world.orders[1])),
        at("payments", Admin, "/dashboard/payments"),
        at("all-orders", Support, "/dashboard/orders"),
        at("all-orders-no-match", Support, "/dashboard/orders?state=refunded"),
        at("order-by-support", Support, format!("/dashboard/orders/{}", world.orders[1])),
        at("order-by-support-refused", Admin, format!("/dashboard/orders/{}", world.orders[0]))
            .sending("form[action$='/confirm']", &[("reason", "")]),
        at("tenant", Platform, format!("/platform/tenants/{tenant}")),
        at("coupon-new", Admin, "/dashboard/coupons/new"),
        at("coupon-new-refused", Admin, "/dashboard/coupons/new").sending(
            "form[action='/dashboard/coupons']",
            &[("code", "no/good"), ("percent", "100.001"), ("max_uses", "-1"), ("valid_until", "2020-01-01")],
        ),
        at("coupon-new-taken", Admin, "/dashboard/coupons/new")
            .sending("form[action='/dashboard/coupons']", &[("code", "welcome-10"), ("percent", "5")]),
        at("coupon-edit", Admin, format!("/dashboard/coupons/{coupon}/edit")),
        at("coupon", Admin, format!("/dashboard/coupons/{coupon}")),
        at("coupon-support", Support, format!("/dashboard/coupons/{coupon}")),
        at("organizations", Admin, "/dashboard/organizations"),
        at("organizations-no-match", Admin, "/dashboard/organizations?q=zzzzzz"),
        at("organization-new", Admin, "/dashboard/organizations/new"),
        at("organization-new-refused", Admin, "/dashboard/organizations/new")
            .sending("form[action='/dashboard/organizations']", &[("name", "")]),
        at("organization-detail", Admin, format!("/dashboard/organizations/{organization}")),
        at("organization-detail-refused", Admin, format!("/dashboard/organizations/{organization}"))
            .sending("form[action$='/credit']", &[("amount", "a lot"), ("memo", "")]),
        at("organization-name", Admin, format!("/dashboard/organizations/{organization}/name")),
        at("coupons", Admin, "/dashboard/coupons"),
        at("coupons-support", Support, "/dashboard/coupons"),
        at("coupons-no-match", Admin, "/dashboard/coupons?q=zzzzzz"),
        at("attempts", Support, "/audit/attempts"),
        at("why-not-refused", Support, "/audit/why-not?code=welcome+10"),
        at("why-not-line-refused", Support, "/audit/why-not?code=welcome+10&quantity%5B%5D=2"),
        at("coupons-deleted", Admin, "/dashboard/coupons?status=deleted"),
        at("coupons-elsewhere", Admin, "/dashboard/coupons?q=gone"),
        at("why-not-unknown", Support, "/audit/why-not?code=zzzzzz"),
        at("redeem-valid", Stranger, "/redeem?code=welcome-10"),
        at("redeem-ended", Stranger, "/redeem?code=autumn-5"),
        at("redeem-not-valid", Stranger, "/redeem?code=zzzzzz"),
        at("organization", Member, "/organization"),
        at("organization-refused", Member, "/organization").sending("#apply", &[("code", "welcome 10")]),
        at("organization-owner", Owner, "/organization"),
        at("organization-owner-refused", Owner, "/organization")
            .sending("form[action$='/members']", &[("email", "nobody")]),
        at("organization-malformed", Member, "/organization").sending("#apply", &[("code", "😀")]),
        at("audit", Support, "/audit"),
        at("audit-no-match", Support, "/audit?code=NOTHING"),
        at("account-refused", Admin, "/account")
            .sending("form[action='/account/password']", &[("current", "wrong"), ("new", "short")]),
        at("role-refused", Admin, "/dashboard/people")
            .sending("form[action$='/role']:has(option[value='admin'][selected])", &[("role", "member")]),
        at("product-type-refused", Admin, "/dashboard/product-types")
            .sending("form[action^='/dashboard/product-types/']", &[("label", " ")]),
        at("error-framed", Admin, "/dashboard/coupons?status=nonsense"),
        at("audit-backwards", Support, "/audit?from=2026-03-02&until=2026-03-01"),
        at("people-refused", Admin, "/dashboard/people")
            .sending("form[action='/dashboard/people/invitations']", &[("email", "nobody")]),
        at("api-keys", Admin, "/dashboard/api-keys"),
        at("api-key", Admin, format!("/dashboard/api-keys/{key}")),
        at("api-key-refused", Admin, format!("/dashboard/api-keys/{key}"))
            .sending("form[action$='/revoke']", &[("sure", "no")]),
        at("jobs", Admin, "/dashboard/jobs"),
        at("webhooks", Admin, "/dashboard/webhooks"),
        at("webhook", Admin, format!("/dashboard/webhooks/{}", world.webhook)),
        at("webhook-refused", Admin, format!("/dashboard/webhooks/{}", world.webhook))
            .sending("form[action$='/delete']", &[("sure", "no")]),
        at("imports", Admin, "/dashboard/imports"),
        at("import-columns", Admin, format!("/dashboard/imports/{}/columns", world.imports[0])),
        at("import-checked", Admin, format!("/dashboard/imports/{}", world.imports[1])),
        at("import-done", Admin, format!("/dashboard/imports/{}", world.imports[2])),
        at("batches", Admin, "/dashboard/batches"),
        at("exports", Admin, "/dashboard/exports"),
        at("exports-refused", Admin, "/dashboard/exports")
            .sending("form[action='/dashboard/exports']", &[("from", "0026-02-03")]),
        at("batch", Admin, format!("/dashboard/batches/{}", world.batch)),
        at("batch-new", Admin, format!("/dashboard/coupons/{coupon}/batches/new")),
        at("batch-new-refused", Admin, format!("/dashboard/coupons/{coupon}/batches/new"))
            .sending("form[action$='/batches']", &[("count", "many"), ("length", "0")]),
        at("people-platform", Platform, "/dashboard/people"),
    ]
}

async fn actor(app: &App, world: Option<&World>, who: Who) -> Actor {
    match (who, world) {
        (Stranger, _) => app.anonymous(),
        (Member, Some(world)) => world.member.clone(),
        (Owner, Some(world)) => world.owner.clone(),
        (Member | Owner | Alone, _) => app.member().await,
        (Support, _) => app.support().await,
        (Admin, _) => app.admin().await,
        (Platform, _) => app.platform_admin().await,
    }
}

/// Looks at each with every checker; everything that was found, said with where.
async fn check(app: &App, browser: &Browser, world: Option<&World>, sights: Vec<Sight>) {
    browser.in_every_page(&checkers::axe()).await;
    let (mut found, mut sources) = (Vec::new(), Vec::new());
    for sight in sights {
        let actor = actor(app, world, sight.who).await;
        sources.push((sight.name.to_owned(), source(&actor, &sight).await));
        browser.be(&actor).await;
        show(browser, &sight).await;
        found.extend(look(browser, sight.name).await);
        browser.nothing_was_blocked().await;
    }
    found.extend(checkers::markup(&sources));
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

/// What the checkers find in the page as it stands, at every width, in light and dark.
async fn look(browser: &Browser, name: &str) -> Vec<String> {
    let mut found = Vec::new();
    for scheme in SCHEMES {
        browser.scheme(scheme).await;
        for width in WIDTHS {
            browser.size(width).await;
            let mut said = checkers::accessibility(browser).await;
            said.extend(checkers::overflow(browser).await);
            found.extend(said.iter().map(|what| format!("{name} {width} {scheme}: {what}")));
        }
    }
    found
}

/// The markup as it comes to a browser without scripts.
async fn source(actor: &Actor, sight: &Sight) -> String {
    let page = actor.get(&sight.path).await;
    assert!(page.status != 303, "{} leads to {}", sight.path, page.location());
    let Some((selector, fields)) = &sight.send else { return page.body };
    let form = fields.iter().fold(page.page().form(selector), |form, (name, value)| form.with(name, value));
    let answer = actor.submit(&form).await;
    assert!((400..500).contains(&answer.status), "{}: {answer:?}", sight.name);
    answer.body
}

/// The same in the browser.
async fn show(browser: &Browser, sight: &Sight) {
    browser.open(&sight.path).await;
    if let Some((selector, fields)) = &sight.send {
        let form = serde_json::json!(selector);
        for (name, value) in fields {
            let (name, value) = (serde_json::json!(name), serde_json::json!(value));
            // Fields may stand elsewhere and name their form.
            let field = format!("[...document.querySelector({form}).elements].find(field => field.name === {name})");
            browser.js(&format!("({field}).value = {value}")).await;
        }
        browser.js(&format!("document.querySelector({form}).requestSubmit()")).await;
        browser.until("document.querySelector('.field__error, .errors, .notice--bad')").await;
    }
    browser.until("document.readyState === 'complete' && !document.querySelector('.htmx-request')").await;
}

#[tokio::test]
async fn nothing_is_found_in_a_tenant_without_anything() {
    browse(Database::Sqlite, |app, browser| async move {
        check(&app, &browser, None, empty()).await;
    })
    .await;
}

#[tokio::test]
async fn nothing_is_found_in_a_tenant_that_is_used() {
    browse(Database::Sqlite, |app, browser| async move {
        let world = world::fill(&app).await;
        let sights = full(&world);
        check(&app, &browser, Some(&world), sights).await;
    })
    .await;
}

#[tokio::test]
async fn nothing_is_found_in_what_opens_over_a_page() {
    browse(Database::Sqlite, |app, browser| async move {
        browser.in_every_page(&checkers::axe()).await;
        world::fill(&app).await;
        browser.be(&app.admin().await).await;
        let mut found = Vec::new();
        browser.open("/dashboard/coupons").await;
        browser.click("#new-coupon").await;
        browser.until("document.querySelector('#modal').open").await;
        found.extend(look(&browser, "dialog").await);
        browser.click("label[for=benefit-limits]").await;
        let warned = "document.querySelector('#coupon-lowers').checkVisibility()";
        assert_eq!(browser.js(warned).await, false, "nothing is lowered yet");
        browser.choose("#coupon-limit_mode-instances", "set").await;
        browser.until(warned).await;
        found.extend(look(&browser, "dialog-lowers").await);
        browser.click("label[for=benefit-percentage]").await;
        browser.fill("#coupon-code", "no/good").await;
        browser.press("#coupon-code", Key::Enter).await;
        browser.until("document.querySelector('#modal .field__error')").await;
        browser.sees("#modal h2", "New coupon").await;
        found.extend(look(&browser, "dialog-refused").await);
        browser.open("/dashboard/coupons").await;
        browser.click("tbody tr:first-child details.menu summary").await;
        found.extend(look(&browser, "row-menu").await);
        browser.open("/dashboard/people?q=Jonas").await;
        browser.click("tbody details.menu summary").await;
        browser.until("document.querySelector('details.menu[open] .is-danger').checkVisibility()").await;
        found.extend(look(&browser, "remove-person").await);
        browser.open("/dashboard/coupons").await;
        browser.click("#new-coupon").await;
        browser.fill("#coupon-code", "KEPT-10").await;
        browser.sign_out().await;
        browser.press("#coupon-code", Key::Enter).await;
        browser.sees("#modal [data-status]", "What you typed is still here").await;
        assert_eq!(browser.value("#coupon-code").await, "KEPT-10");
        found.extend(look(&browser, "dialog-signed-out").await);
        browser.be(&app.admin().await).await;
        browser.open("/dashboard/organizations/new").await;
        browser.fill("#organization-name", "Kept & Co").await;
        browser.sign_out().await;
        browser.press("#organization-name", Key::Enter).await;
        browser.sees("h1", "You are signed out").await;
        found.extend(look(&browser, "signed-out").await);
        browser.be(&app.admin().await).await;
        browser.click("main form button").await;
        browser.sees("h1", "Kept & Co").await;
        browser.nothing_was_blocked().await;
        assert!(found.is_empty(), "\n{}", found.join("\n"));
    })
    .await;
}

#[tokio::test]
async fn what_somebody_opened_stays_open_while_the_list_around_it_renews_itself() {
    browse(Database::Sqlite, |app, browser| async move {
        let world = world::fill(&app).await;
        let admin = app.admin().await;
        admin.post_form(&format!("/dashboard/webhooks/{}/test", world.webhook), &[]).await.expect(303);
        browser.be(&admin).await;
        browser.open(&format!("/dashboard/webhooks/{}", world.webhook)).await;
        let renewed = "document.querySelector('#deliveries').dataset.seen === undefined";
        browser.js("document.querySelector('#deliveries').dataset.seen = 'yes'").await;
        browser.until(renewed).await;
        browser.click("#deliveries details summary").await;
        browser.js("document.querySelector('#deliveries').dataset.seen = 'yes'").await;
        tokio::time::sleep(std::time::Duration::from_secs(5)).await;
        assert_eq!(browser.js("document.querySelector('#deliveries details').open").await, true);
        assert_eq!(browser.js(renewed).await, false);
        browser.click("#deliveries details summary").await;
        browser.js("document.activeElement.blur()").await;
        browser.until(renewed).await;
    })
    .await;
}

/// Names and codes are anybody's, and some are one long word.
#[tokio::test]
async fn long_words_and_wide_tables_stay_in_their_cards() {
    browse(Database::Sqlite, |app, browser| async move {
        let world = world::fill(&app).await;
        let word = "Donaudampfschifffahrt".repeat(5);
        make::coupon().code(&"A9".repeat(32)).name(&word).create(&app).await;
        make::organization(&app, &word).await;
        let admin = app.admin().await;
        let address = format!("{}@{}.example.test", "somebody".repeat(7), "harbour".repeat(8));
        let invited = [("email", address.as_str()), ("role", "member")];
        admin.post_form("/dashboard/people/invitations", &invited).await.expect(200);
        browser.be(&admin).await;
        let organization = format!("/dashboard/organizations/{}", world.organization.id);
        let batch = format!("/dashboard/batches/{}", world.batch);
        let mut found = Vec::new();
        for width in [390, 768, 1100, 1280, 1440] {
            browser.size(width).await;
            for path in [
                "/dashboard/coupons",
                "/dashboard/people",
                "/dashboard/organizations",
                "/dashboard/jobs",
                "/dashboard/exports",
                "/audit",
                &organization,
                &batch,
            ] {
                browser.open(path).await;
                let said = [checkers::overflow(&browser).await, checkers::cards(&browser).await].concat();
                found.extend(said.iter().map(|what| format!("{path} {width}: {what}")));
            }
        }
        assert!(found.is_empty(), "{}", found.join("\n"));
    })
    .await;
}

#[tokio::test]
async fn a_time_of_day_fits_its_field_in_every_language() {
    browse(Database::Sqlite, |app, browser| async move {
        browser.be(&app.admin().await).await;
        browser.open("/dashboard/coupons/new").await;
        browser.until("document.querySelector('#coupon-valid_until_time').offsetWidth >= 130").await;
    })
    .await;
}

/// A checker that finds nothing anywhere would find nothing here either.
#[tokio::test]
async fn the_checkers_see_what_they_are_meant_to_see() {
    browse(Database::Sqlite, |_app, browser| async move {
        browser.in_every_page(&checkers::axe()).await;
        browser.open("/sign-in").await;
        browser
            .js("document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=\"/favicon.ico\" width=\"3000\"><input>')")
            .await;
        let found = checkers::accessibility(&browser).await.join("\n");
        assert!(found.contains("image-alt") && found.contains("label"), "{found}");
        browser.size(320).await;
        assert!(!checkers::overflow(&browser).await.is_empty());
        let bad = "<!doctype html><html lang=\"en\"><head><title>a</title></head><body><p><div></div></p></body></html>";
        assert!(!checkers::markup(&[("bad".to_owned(), bad.to_owned())]).is_empty());
    })
    .await;
}

/// Patterns of the routes with a page that none of the sights shows.
#[test]
fn every_page_is_looked_at() {
    let source = include_str!("pages.rs");
    let mut unseen = Vec::new();
    let for_machines = |path: &str| ["/api/v1/", "/promo-codes", "/billing/"].iter().any(|root| path.starts_with(root));
    let is_page = |path: &&str| !NO_PAGES.contains(path) && !for_machines(path);
    for (method, pattern) in ROUTES.iter().filter(|(method, path)| *method == "get" && is_page(path)) {
        // As it is written above, up to the parts that differ.
        let written = pattern.split('{').next().unwrap_or_default();
        let rest = pattern.rsplit('}').next().unwrap_or_default();
        let seen =
            source.lines().any(|line| line.contains(&format!("\"{written}")) && line.contains(&format!("{rest}\"")));
        if !seen {
            unseen.push(format!("{method} {pattern}"));
        }
    }
    assert!(unseen.is_empty(), "nobody looks at these: {unseen:#?}");
}

/// A tenant-less installation has one page: the one that makes its first administrator.
#[tokio::test]
async fn nothing_is_found_on_the_first_page_of_all() {
    browse(Database::Sqlite, |app, browser| async move {
        seed::clear(&app.db).await;
        check(&app, &browser, None, vec![at("first-run", Stranger, "/first-run")]).await;
    })
    .await;
}
