//! The main story of the product, as three people live it: with scripts, and with none.

use crate::browser::{Browser, browse};
use support::make::Organization;
use support::prelude::*;
use support::seed;
use thirtyfour::Key;

/// What the story needs to be there before: an organization, and somebody who belongs to it.
async fn nordwind(app: &App) -> (Organization, String) {
    let organization = make::organization(app, "Nordwind Logistics").await;
    let member = make::user().email("lena@nordwind.test").create(app).await;
    organization.take_in(app, member.id, "member").await;
    (organization, member.email)
}

/// An admin makes a coupon that raises a limit.
async fn an_admin_makes_it(browser: &Browser, scripts: bool) {
    browser.sign_in(seed::ADMIN).await;
    browser.open("/dashboard/coupons").await;
    browser.click("#new-coupon").await;
    if scripts {
        browser.until("document.querySelector('#modal').open").await;
    }
    browser.fill("#coupon-code", "welcome-10").await;
    browser.click("label[for=benefit-limits]").await;
    browser.choose("#coupon-limit_mode-instances", "raise_to").await;
    browser.fill("#coupon-limit_value-instances", "10").await;
    browser.fill("#coupon-max_uses", "3").await;
    // A date field takes its parts in the order of the browser's language.
    browser.press("#coupon-valid_until", "12312027").await;
    browser.press("#coupon-max_uses", Key::Enter).await;
    browser.sees("#status", "WELCOME-10").await;
    if scripts {
        browser.until("!document.querySelector('#modal').open && document.activeElement.id === 'new-coupon'").await;
        assert_eq!(browser.path().await, "/dashboard/coupons", "the list stayed where it was");
    }
    browser.open("/dashboard/coupons").await;
    browser.sees("#coupons tbody tr:first-child th", "WELCOME-10").await;
    browser.sees("#coupons tbody tr:first-child", "0 of 3").await;
    browser.sees("#coupons tbody tr:first-child", "31 Dec 2027").await;
    browser.sees("#coupons tbody tr:first-child", "Active").await;
}

/// A member enters it, with a space in it and none of its capitals, and then again.
async fn a_member_uses_it(browser: &Browser, email: &str) {
    browser.sign_out().await;
    browser.sign_in(email).await;
    browser.sees("#limit-instances", "3").await;
    browser.fill("#apply-code", " welcome 10").await;
    browser.press("#apply-code", Key::Enter).await;
    browser.sees("#limit-instances", "10").await;
    browser.sees("#status", "WELCOME-10").await;
    browser.sees("section[aria-labelledby=history-title]", "WELCOME-10").await;
    browser.fill("#apply-code", " welcome 10").await;
    browser.press("#apply-code", Key::Enter).await;
    browser.sees("#apply-code-error", "already").await;
    browser.sees("#apply-code-error", "help@harbour.test").await;
    assert_eq!(browser.value("#apply-code").await, " welcome 10", "what was typed is kept");
}

/// Support reads who applied which code to which organization, and finds it by filters.
async fn support_reads_about_it(browser: &Browser) {
    browser.sign_out().await;
    browser.sign_in(seed::SUPPORT).await;
    browser.open("/audit").await;
    let applied = ".log > li:first-child";
    for words in ["lena", "WELCOME-10", "Nordwind Logistics"] {
        browser.sees(applied, words).await;
    }
    browser.click(".log > li:first-child summary").await;
    browser.sees(".log > li:first-child del", "3").await;
    browser.sees(".log > li:first-child ins", "10").await;
    for filter in ["code=welcome10", "organization=nordwind", "person=lena"] {
        browser.open(&format!("/audit?{filter}")).await;
        browser.sees(applied, "Nordwind Logistics").await;
    }
    browser.open("/audit?until=2020-01-01").await;
    browser.sees("main", "matches").await;
    browser.open("/audit/attempts").await;
    browser.sees("main", "welcome 10").await;
}

/// The admin pauses, edits, deletes and restores it, and each stands in the audit log.
async fn the_admin_changes_it(browser: &Browser, scripts: bool) {
    let row = "#coupons tbody tr:first-child";
    let menu = "#coupons tbody tr:first-child details summary";
    browser.sign_out().await;
    browser.sign_in(seed::ADMIN).await;
    browser.open("/dashboard/coupons").await;
    browser.click(menu).await;
    browser.click(&format!("{row} form[action$='/pause'] button")).await;
    browser.sees(row, "Paused").await;
    browser.sees("#status", "paused").await;

    browser.click(menu).await;
    browser.click(&format!("{row} a[href$='/edit']")).await;
    browser.fill("#coupon-max_uses", "5").await;
    assert!(browser.is_fixed("#coupon-code").await, "the text of a code never changes");
    browser.press("#coupon-max_uses", Key::Enter).await;
    browser.sees("#status", "WELCOME-10").await;
    if scripts {
        browser.until("!document.querySelector('#modal').open").await;
    }
    browser.open("/dashboard/coupons").await;
    browser.sees(row, "1 of 5").await;

    browser.click(menu).await;
    browser.click(&format!("{row} form[action$='/delete'] button")).await;
    browser.sees("#status", "deleted").await;
    browser.open("/dashboard/coupons?status=deleted").await;
    browser.sees(row, "Deleted").await;
    browser.click(menu).await;
    browser.click(&format!("{row} form[action$='/restore'] button")).await;
    browser.sees("#status", "restored").await;

    browser.open("/audit?code=welcome-10").await;
    for done in ["created", "paused", "edited", "deleted", "restored"] {
        browser.sees(".log", done).await;
    }
}

async fn tell(app: App, browser: Browser, scripts: bool) {
    let (_, member) = nordwind(&app).await;
    if !scripts {
        browser.without_scripts().await;
    }
    an_admin_makes_it(&browser, scripts).await;
    a_member_uses_it(&browser, &member).await;
    support_reads_about_it(&browser).await;
    the_admin_changes_it(&browser, scripts).await;
    if scripts {
        browser.nothing_was_blocked().await;
    }
}

#[tokio::test]
async fn from_a_new_coupon_to_the_audit_log() {
    browse(Database::Sqlite, |app, browser| tell(app, browser, true)).await;
}

#[tokio::test]
async fn from_a_new_coupon_to_the_audit_log_without_scripts() {
    browse(Database::Postgres, |app, browser| tell(app, browser, false)).await;
}

/// A member buys two tickets with a code: from the link to the order that is paid.
async fn buy(app: App, browser: Browser, scripts: bool) {
    if !scripts {
        browser.without_scripts().await;
    }
    make::sandbox_payments(&app).await;
    let coupon = make::coupon().code("NIGHTS-15").percent("15").max_uses(2).create(&app).await;
    make::product("Harbour Nights").of_type("ticket").price(Some(3_490)).create(&app).await;
    browser.open("/redeem?code=nights15").await;
    browser.click(".ticket a.button").await;
    browser.fill("input[name=email]", seed::MEMBER).await;
    browser.fill("input[name=password]", PASSWORD).await;
    browser.press("input[name=password]", Key::Enter).await;
    browser.sees("main", "You bring the code NIGHTS-15").await;
    browser.click("tbody form button").await;
    browser.sees(".ticket__code", "NIGHTS-15").await;
    browser.fill("input[name='quantity[]']", "2").await;
    browser.press("input[name='quantity[]']", Key::Enter).await;
    browser.sees("#cart", "59.32 EUR").await;
    browser.fill("#cart-code", "nights 51").await;
    browser.press("#cart-code", Key::Enter).await;
    browser.sees("#cart-code-error", "do not know this code").await;
    assert_eq!(browser.value("#cart-code").await, "nights 51", "what was typed is kept");
    browser.sees(".ticket__code", "NIGHTS-15").await;
    browser.click("a[href='/checkout']").await;
    browser.sees("main", "−10.48 EUR").await;
    browser.click("form[action='/orders'] button").await;
    browser.sees("main", "59.32 EUR to pay").await;
    assert_eq!(make::coupon_row(&app, coupon.id).await.held, 2);
    browser.click("form[action$='/payment'] button[value=succeeded]").await;
    browser.sees("main .badge", "Paid").await;
    assert_eq!(make::coupon_row(&app, coupon.id).await.uses, 2);
    browser.open("/orders").await;
    browser.sees("tbody tr:first-child", "NIGHTS-15").await;
    if scripts {
        browser.nothing_was_blocked().await;
    }
}

#[tokio::test]
async fn a_member_buys_with_a_code_from_a_link() {
    browse(Database::Sqlite, |app, browser| buy(app, browser, true)).await;
}

#[tokio::test]
async fn a_member_buys_with_a_code_from_a_link_without_scripts() {
    browse(Database::Postgres, |app, browser| buy(app, browser, false)).await;
}

/// Whether the browser would ask before the page is left.
const ASKS: &str = "!window.dispatchEvent(new Event('beforeunload', { cancelable: true }))";

#[tokio::test]
async fn what_was_typed_and_not_sent_is_asked_about_before_the_page_is_left() {
    browse(Database::Sqlite, |app, browser| async move {
        browser.be(&app.admin().await).await;
        browser.open("/dashboard/coupons").await;
        browser.fill("#q", "nothing").await;
        browser.until(&format!("!({ASKS})")).await;
        browser.click("#new-coupon").await;
        browser.until("document.querySelector('#modal').open").await;
        browser.until(&format!("!({ASKS})")).await;
        browser.fill("#coupon-code", "HALF-WAY").await;
        browser.until(ASKS).await;
        browser.open("/dashboard/coupons/new").await;
        browser.until(&format!("!({ASKS})")).await;
        browser.fill("#coupon-code", "HALF-WAY").await;
        browser.until(ASKS).await;
        // Refused, it is still not saved; sent, nothing is left to ask about.
        browser.press("#coupon-code", Key::Enter).await;
        browser.sees(".errors", "Percentage").await;
        browser.until(ASKS).await;
        browser.fill("#coupon-percent", "10").await;
        browser.press("#coupon-percent", Key::Enter).await;
        browser.sees("#status", "HALF-WAY was created").await;
        browser.until(&format!("!({ASKS})")).await;
    })
    .await;
}
