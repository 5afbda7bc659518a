//! Files of other systems: taken in, tried row by row, imported, and taken back.

use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;
use std::fmt::Write;
use support::prelude::*;
use vouchsafe::coupons::code::CodeKey;
use vouchsafe::coupons::coupon::Coupon;
use vouchsafe::coupons::rows;
use vouchsafe::db::tables::{audit_entries, codes, coupons, file_chunks, files, import_rows, imports};

/// Sends a file as a browser does, into a coupon where its code is named.
async fn send(who: &Actor, into: &str, name: &str, bytes: &[u8]) -> Answer {
    let what = if into.is_empty() { "coupons" } else { "codes" };
    who.send_file("/dashboard/imports", &[("what", what), ("into", into)], (name, bytes)).await
}

/// Sends a file and has its rows checked as they were guessed to be, with these choices; the page of the outcome.
async fn checked(app: &App, into: &str, text: &str, choices: &[(&str, &str)]) -> (String, Page) {
    let admin = app.admin().await;
    let sent = send(&admin, into, "rows.csv", text.as_bytes()).await.expect(303);
    let mut form = admin.get(sent.location()).await.expect(200).page().form("form[action$='/columns']");
    for (name, value) in choices {
        form = form.with(name, value);
    }
    let asked = admin.submit(&form).await.expect(303);
    app.run_jobs().await;
    let page = admin.get(asked.location()).await.expect(200).page();
    (asked.location().to_owned(), page)
}

/// The same, and then it is run to its end.
async fn imported(app: &App, into: &str, text: &str, choices: &[(&str, &str)]) -> (String, Page) {
    let (path, page) = checked(app, into, text, choices).await;
    let admin = app.admin().await;
    admin.submit(&page.form("form[action$='/run']")).await.expect(303);
    app.run_jobs().await;
    let page = admin.get(&path).await.expect(200).page();
    (path, page)
}

/// The rows of the page: line, code, outcome, what is said.
fn rows_of(page: &Page) -> Vec<String> {
    let count = page.all("#import tbody tr").len();
    let cells = |row: usize| page.texts(&format!("#import tbody tr:nth-child({row}) > *")).join(" ");
    (1..=count).map(cells).collect()
}

async fn coupon(app: &App, code: &str) -> Option<Coupon> {
    let key = CodeKey::fold(code).unwrap();
    let found = rows::codes_by_key(app.db.read(), app.tenant, std::slice::from_ref(&key)).await.unwrap();
    let id = found.get(&key)?.coupon_id;
    rows::load(app.db.read(), app.tenant, &[id]).await.unwrap().remove(&id)
}

async fn count_of(app: &App) -> (u64, u64) {
    (
        coupons::Entity::find().count(app.db.read()).await.unwrap(),
        codes::Entity::find().count(app.db.read()).await.unwrap(),
    )
}

async fn entries(app: &App, action: &str) -> u64 {
    audit_entries::Entity::find().filter(audit_entries::Column::Action.eq(action)).count(app.db.read()).await.unwrap()
}

async fn redeem(app: &App, code: &str) -> Answer {
    let key = app.key(&["redemptions:write"]).await;
    let item = json!({ "sku": "ticket", "product_type": "ticket", "unit_price": 1_000, "quantity": 1 });
    key.call("POST", "/api/v1/redemptions", &json!({ "code": code, "mode": "instant", "items": [item] })).await
}

const MIXED: &str = "code,discount_percent,limit,active\n\
    GOOD-1,10,50,true\n\
    GOOD-2,\"12,5\",,false\n\
    abc12,10,5,true\n\
    good1,10,5,true\n\
    BAD/1,10,5,true\n\
    BAD-2,110,5,maybe\n\
    ,10,5,true\n\
    Q,20,5,true\n";

on_both_databases! {
    async fn every_row_is_tried_and_said_to_be_new_duplicate_or_rejected_and_why_before_anything_is_made(app: App) {
        make::coupon().code("ABC12").percent("20").create(&app).await;
        let before = count_of(&app).await;
        let (_, page) = checked(&app, "", MIXED, &[]).await;
        assert_eq!(page.text("#answer-title"), "3 coupons will be made.");
        let said = page.text(".answer");
        assert!(said.contains("2 rows have a code that is taken") && said.contains("3 rows cannot be imported"), "{said}");
        let rows = rows_of(&page);
        assert!(rows[0].contains("2 GOOD-1 New 10 % off, 50 uses"), "{rows:?}");
        assert!(rows[1].contains("GOOD-2 New 12.5 % off, unlimited uses, paused"), "{rows:?}");
        assert!(rows[2].contains("ABC12 Duplicate") && rows[2].contains("ABC12 exists already with another"), "{rows:?}");
        assert!(rows[3].contains("5 GOOD1 Duplicate code: GOOD1 reads like GOOD-1 in line 2"), "{rows:?}");
        assert!(rows[4].contains("BAD/1 Rejected code: ") && rows[4].contains("“/” is not among them"), "{rows:?}");
        assert!(rows[5].contains("active: “maybe” is neither yes nor no."), "{rows:?}");
        assert!(rows[6].contains("8 No code Rejected code: There is no code in this row."), "{rows:?}");
        assert!(rows[7].contains("Q New") && rows[7].contains("very short"), "one or two letters come with a warning: {rows:?}");
        assert_eq!(count_of(&app).await, before, "a dry run makes nothing");
        assert_eq!(entries(&app, "coupon.created").await, 0);
    }

    async fn what_a_row_says_of_uses_and_money_is_never_guessed(app: App) {
        let text = "code,percent,max_uses,used,currency,minimum_amount\n\
            USED-1,10,1500,1.000,,\n\
            USED-2,10,1500,500,,\n\
            MIN-1,10,,,USD,50\n\
            MIN-2,10,,,USD,0.00\n\
            MIN-3,10,,,,1.000\n";
        let (_, page) = checked(&app, "", text, &[]).await;
        let rows = rows_of(&page);
        assert!(rows[0].contains("USED-1 Rejected used: "), "{rows:?}");
        assert!(rows[1].contains("USED-2 New") && rows[1].contains("1,000 uses"), "{rows:?}");
        assert!(rows[2].contains("MIN-1 Rejected currency: This amount is in USD"), "{rows:?}");
        assert!(rows[3].contains("MIN-2 New"), "nothing in another currency is nothing: {rows:?}");
        assert!(rows[4].contains("MIN-3 Rejected minimum_amount: "), "{rows:?}");
    }

    async fn one_is_said_as_one(app: App) {
        let (path, page) = checked(&app, "", "code,percent\nQ,10\n", &[]).await;
        assert!(page.text(".answer").contains("1 row to be made carries a warning; look at it first."), "{}", page.text(".answer"));
        let admin = app.admin().await;
        admin.submit(&page.form("form[action$='/run']")).await.expect(303);
        let running = admin.get(&path).await.page().words() + &admin.get("/dashboard/jobs").await.page().words();
        app.run_jobs().await;
        let done = admin.get(&path).await.page().words();
        for wrong in ["1 coupons", "1 coupon are"] {
            assert!(!running.contains(wrong) && !done.contains(wrong), "{wrong}: {running} {done}");
        }
    }

    async fn what_is_new_is_made_and_running_it_again_changes_nothing(app: App) {
        make::coupon().code("ABC12").percent("20").create(&app).await;
        let before = count_of(&app).await;
        let (path, page) = imported(&app, "", MIXED, &[("tag", "moved")]).await;
        assert_eq!((page.text("#answer-title"), page.text(".badge")), ("3 coupons were imported.".to_owned(), "Done".to_owned()));
        assert_eq!(count_of(&app).await, (before.0 + 3, before.1 + 3));
        let (one, two) = (coupon(&app, "GOOD-1").await.unwrap(), coupon(&app, "good 2").await.unwrap());
        assert_eq!((one.max_uses, one.tags, one.paused_at), (Some(50), vec!["moved".to_owned()], None));
        assert!(two.max_uses.is_none() && two.paused_at.is_some(), "a limit of nothing is unlimited, inactive is paused");
        let seen = app.anonymous().call("POST", "/api/v1/previews", &json!({ "code": "good 1" })).await.expect(200);
        assert_eq!(seen.json()["code"], "GOOD-1");
        let admin = app.admin().await;
        let detail = admin.get(&format!("/dashboard/coupons/{}", one.id)).await.page();
        assert_eq!(detail.attribute(".facts a[href*='/imports/']", "href"), Some(path.clone()), "it says where it came from");
        let log = admin.get("/audit").await.page().words();
        assert!(log.contains("has imported rows.csv") && log.contains("began to import rows.csv"), "{log}");
        assert_eq!((entries(&app, "coupon.created").await, entries(&app, "import.finished").await), (3, 1));
        // The same again, as another import: everything is there.
        let (_, again) = checked(&app, "", MIXED, &[("tag", "moved")]).await;
        assert_eq!(again.text("#answer-title"), "Nothing would be made: no row of this file is new.");
        assert!(again.text(".answer").contains("3 rows are there already and say the same"), "{}", again.text(".answer"));
        assert!(!again.has("form[action$='/run']"));
        // Asking twice to run is asking once.
        admin.post_form(&format!("{path}/run"), &[]).await.expect(303);
        app.run_jobs().await;
        assert_eq!(count_of(&app).await, (before.0 + 3, before.1 + 3));
        assert!(files::Entity::find().count(app.db.read()).await.unwrap() == 1, "only the file of the second is still kept");
    }

    async fn codes_are_imported_into_a_coupon_that_is_there(app: App) {
        let target = make::coupon().code("SUMMER-26").percent("100").create(&app).await;
        make::coupon().code("TAKEN-1").percent("10").create(&app).await;
        let text = "Gift code;Max uses\nsum-1;1\nSUM-2;\nTAKEN-1;1\nsum 1;3\nSUM_2;2\nx y;0\n";
        let (path, page) = checked(&app, "summer 26", text, &[]).await;
        assert_eq!(page.text("#answer-title"), "2 codes for the coupon of SUMMER-26 will be made.");
        let rows = rows_of(&page);
        assert!(rows[2].contains("TAKEN-1 Duplicate") && rows[2].contains("belongs to another coupon"), "{rows:?}");
        assert!(rows[4].contains("SUM_2 reads like SUM-2 in line 3"), "{rows:?}");
        assert!(rows[3].contains("Rejected") && rows[5].contains("a space"), "{rows:?}");
        let admin = app.admin().await;
        admin.submit(&page.form("form[action$='/run']")).await.expect(303);
        app.run_jobs().await;
        assert!(admin.get(&path).await.page().text("#answer-title").contains("2 codes for the coupon of SUMMER-26 were imported"));
        let made = codes::Entity::find().filter(codes::Column::CouponId.eq(target.id)).all(app.db.read()).await.unwrap();
        let uses = |text: &str| made.iter().find(|code| code.text == text).map(|code| code.max_uses);
        assert_eq!((made.len(), uses("SUM-1"), uses("SUM-2")), (3, Some(Some(1)), Some(None)));
        redeem(&app, "SUM1").await.expect(201);
        assert_eq!((entries(&app, "import.started").await, entries(&app, "code.created").await), (1, 0), "one entry for the whole");
    }

    async fn an_import_that_went_wrong_is_taken_back_and_can_be_brought_again(app: App) {
        make::coupon().code("SUMMER-26").percent("100").create(&app).await;
        let codes_text = "code\nCODE-1\nCODE-2\nCODE-3\n";
        let (path, page) = imported(&app, "SUMMER-26", codes_text, &[]).await;
        redeem(&app, "CODE-1").await.expect(201);
        let admin = app.admin().await;
        admin.submit(&page.form("form[action$='/undo']")).await.expect(303);
        app.run_jobs().await;
        let page = admin.get(&path).await.page();
        assert_eq!(page.text("#answer-title"), "2 codes taken back. One stays, because it was used or changed.");
        assert_eq!(redeem(&app, "CODE-2").await.expect(404).json()["code"], "unknown_code");
        let (_, page) = checked(&app, "SUMMER-26", codes_text, &[]).await;
        assert_eq!(page.text("#answer-title"), "2 codes for the coupon of SUMMER-26 will be made.");
        admin.submit(&page.form("form[action$='/run']")).await.expect(303);
        app.run_jobs().await;
        redeem(&app, "CODE-2").await.expect(201);
        // Whole coupons.
        let text = "code,percent\nWHOLE-1,100\nWHOLE-2,100\n";
        let (path, page) = imported(&app, "", text, &[]).await;
        redeem(&app, "WHOLE-1").await.expect(201);
        admin.submit(&page.form("form[action$='/undo']")).await.expect(303);
        app.run_jobs().await;
        let (kept, gone) = (coupon(&app, "WHOLE-1").await.unwrap(), coupon(&app, "WHOLE-2").await.unwrap());
        assert!(kept.deleted_at.is_none() && gone.deleted_at.is_some());
        assert!(admin.get(&path).await.page().text("#answer-title").starts_with("1 coupon taken back."));
        let (_, page) = imported(&app, "", "code,percent\nWHOLE-2,25\n", &[]).await;
        assert_eq!(page.text("#answer-title"), "1 coupon was imported.");
        let back = coupon(&app, "WHOLE-2").await.unwrap();
        assert!(back.deleted_at.is_none() && back.id == gone.id, "it comes back as the file says it now");
        assert!(admin.get(&format!("/dashboard/coupons/{}", back.id)).await.page().words().contains("25 % off"));
        assert_eq!(entries(&app, "import.undone").await, 2);
    }

    async fn everything_that_is_wrong_with_a_row_is_said_at_once(app: App) {
        let text = "code,discount_percent,max_uses,valid_until\n😀,200,many,2999-13-45\n,x,-3,\nOK-1,10,5,\n";
        let (_, page) = checked(&app, "", text, &[]).await;
        let said = |row: usize| page.texts(&format!("#import tbody tr:nth-child({row}) .row-problem strong"));
        let mut first = said(1);
        first.sort();
        assert_eq!(first, ["code:", "discount_percent:", "max_uses:", "valid_until:"], "{:?}", rows_of(&page));
        let mut second = said(2);
        second.sort();
        assert_eq!(second, ["code:", "discount_percent:", "max_uses:"], "{:?}", rows_of(&page));
        assert!(said(3).is_empty() && rows_of(&page)[2].contains("10 % off"), "{:?}", rows_of(&page));
    }

    async fn rows_that_were_left_out_come_as_a_file_that_can_be_mended_and_imported(app: App) {
        let text = "code,discount_percent,note\nOK-1,10,fine\n-BAD-,200,\"a, \"\"b\"\"\"\nBAD-3,x,=1+1\nOK-1,10,again\n";
        let (path, page) = imported(&app, "", text, &[]).await;
        let link = page.attribute("a[href$='/rejected.csv']", "href").expect("a way to the file");
        let admin = app.admin().await;
        let file = admin.get(&link).await.expect(200);
        assert!(file.header("content-disposition").contains("attachment"));
        let body = file.body.trim_start_matches('\u{feff}');
        let lines: Vec<_> = body.split_terminator("\r\n").collect();
        assert_eq!((lines[0], lines.len()), ("code,discount_percent,note,why_not_imported", 4), "{body}");
        assert!(lines[1].starts_with("'-BAD-,200,\"a, \"\"b\"\"\","), "{body}");
        assert!(lines[2].starts_with("BAD-3,x,'=1+1,discount_percent: Please type a percentage"), "{body}");
        // Mended, and sent as it is.
        let mended = body.replace("200", "20").replace("BAD-3,x", "BAD-3,30");
        let (_, page) = checked(&app, "", &mended, &[]).await;
        assert_eq!(page.text("#answer-title"), "2 coupons will be made.", "{}", page.words());
        assert!(rows_of(&page)[0].contains("-BAD- New 20 % off"), "{:?}", rows_of(&page));
        assert!(admin.get(&format!("{path}?show=rejected")).await.expect(200).page().texts("tbody tr").len() == 2);
    }

    async fn zero_is_unlimited_only_where_it_was_chosen(app: App) {
        let text = "code,percent,usage_limit\nZERO-1,10,0\n";
        let (_, page) = imported(&app, "", text, &[]).await;
        assert!(rows_of(&page)[0].contains("0 uses"), "{:?}", rows_of(&page));
        assert_eq!(coupon(&app, "ZERO-1").await.unwrap().max_uses, Some(0));
        imported(&app, "", &text.replace("ZERO-1", "ZERO-2"), &[("zero", "unlimited")]).await;
        assert_eq!(coupon(&app, "ZERO-2").await.unwrap().max_uses, None);
    }

    async fn files_of_known_systems_are_understood_by_their_columns(app: App) {
        let text = "id,Name,Duration,Duration In Months,Percent Off,Amount Off,Currency,Max Redemptions,Times Redeemed,Redeem By (UTC),Created (UTC)\n\
            LAUNCH-26,Launch,repeating,3,25.0,,,100,40,2099-06-30 22:00:00,2026-01-01\n\
            TENOFF,Ten off,forever,,,10.00,usd,,,,\n";
        let (_, page) = imported(&app, "", text, &[]).await;
        assert!(rows_of(&page)[1].contains("This amount is in USD"), "{:?}", rows_of(&page));
        let launch = coupon(&app, "LAUNCH-26").await.unwrap();
        assert_eq!((launch.max_uses, launch.discounted_periods), (Some(60), Some(3)), "what was used elsewhere is gone");
        assert_eq!(launch.valid_until.unwrap().to_rfc3339(), "2099-06-30T22:00:00+00:00");
        let text = "post_title,post_excerpt,post_status,discount_type,coupon_amount,usage_limit,usage_limit_per_user,date_expires,minimum_amount,product_ids,customer_email\n\
            woo-cart,Welcome,publish,fixed_cart,15,0,1,4102444800,50,,\n\
            woo-product,,draft,percent,10,5,0,,,\"12,13\",\n\
            woo-mail,,publish,percent,10,5,0,,,,anna@example.test\n";
        let (_, page) = imported(&app, "", text, &[]).await;
        assert!(rows_of(&page)[1].contains("product_ids: “12,13” is a condition that cannot be brought along"), "{:?}", rows_of(&page));
        let cart = coupon(&app, "WOO-CART").await.unwrap();
        assert_eq!((cart.max_uses, cart.max_uses_per_person, cart.minimum_amount, cart.description.as_str()), (None, Some(1), 5_000, "Welcome"));
        assert!(coupon(&app, "WOO-MAIL").await.unwrap().assigned_people_only);
        let text = "\"Voucher code\",\"Valid until\",\"Product\",\"Reserve quota\",\"Bypass quota\",\"Price effect\",\"Value\",\"Tag\",\"Redeemed\",\"Maximum usages\",\"Seat\",\"Comment\"\n\
            \"PRETIX1\",\"2099-01-01T00:00:00+00:00\",\"Any product\",\"No\",\"No\",\"Reduce product price by (%)\",\"20.00\",\"press\",\"0\",\"1\",\"\",\"for Ines\"\n\
            \"PRETIX2\",\"\",\"Any product\",\"No\",\"No\",\"Set product price to\",\"5.00\",\"\",\"0\",\"1\",\"\",\"\"\n";
        let (_, page) = imported(&app, "", text, &[]).await;
        assert!(rows_of(&page)[1].contains("Price effect: “Set product price to” is no kind of coupon"), "{:?}", rows_of(&page));
        let pretix = coupon(&app, "pretix1").await.unwrap();
        assert_eq!((pretix.max_uses, pretix.tags, pretix.note.as_str()), (Some(1), vec!["press".to_owned()], "for Ines"));
        let text = "Code,Voucher Type,Value,Discount Type,Category,Active,Start Date,Expiration Date,Redeemed Quantity,Redemption Limit,Additional Info\n\
            VFY-1,DISCOUNT_VOUCHER,1500,AMOUNT,vip,TRUE,2026-03-11T09:00:00.000Z,,0,10,\n\
            VFY-2,GIFT_VOUCHER,5000,,,FALSE,,,,,\n";
        imported(&app, "", text, &[("amounts", "minor")]).await;
        assert_eq!((coupon(&app, "VFY1").await.unwrap().max_uses, coupon(&app, "VFY2").await.unwrap().benefit.kind()), (Some(10), "credit"));
        let (_, page) = imported(&app, "", r#"[{"code":"BARE-1","discount_percent":15,"active":true,"limit":null},{"code":"BARE-2","discount_percent":5,"active":false}]"#, &[]).await;
        assert_eq!(page.text("#answer-title"), "2 coupons were imported.");
        assert!(coupon(&app, "BARE1").await.unwrap().max_uses.is_none());
    }

    async fn a_mended_guess_is_kept_and_a_wrong_one_is_told(app: App) {
        let admin = app.admin().await;
        let sent = send(&admin, "", "odd.csv", b"Kennwort;Rabatt\nODD-1;10\n").await.expect(303);
        let page = admin.get(sent.location()).await.expect(200).page();
        assert_eq!(page.attribute("select[name=separator] option[selected]", "value").as_deref(), Some("semicolon"));
        let refused = admin.submit(&page.form("form[action$='/columns']")).await.expect(422).page();
        assert!(refused.field_errors()[0].contains("Choose the column that holds the codes"), "{}", refused.words());
        let form = page.form("form[action$='/columns']").without("column").and("column", "code").and("column", "code");
        assert!(admin.submit(&form).await.expect(422).page().words().contains("“Kennwort” and “Rabatt” are both"));
        let form = page.form("form[action$='/columns']").without("column").and("column", "code").and("column", "percent");
        let asked = admin.submit(&form).await.expect(303);
        app.run_jobs().await;
        assert_eq!(admin.get(asked.location()).await.page().text("#answer-title"), "1 coupon will be made.");
        // Read otherwise, the columns are others.
        let form = page.form("form[action$='/columns']").with("separator", "comma").with("then", "look");
        let again = admin.submit(&form).await.expect(303);
        let page = admin.get(again.location()).await.page();
        assert_eq!(page.texts("table label"), ["Kennwort;Rabatt"]);
        admin.post_form(sent.location(), &[("separator", "star")]).await.expect(400);
    }

    async fn a_file_that_is_too_large_is_told_so_and_nothing_of_it_is_kept(app: App) {
        let admin = app.admin().await;
        let told = send(&admin, "", "large.csv", &vec![b'a'; 65 * 1_024 * 1_024]).await.expect(413).page();
        assert!(told.words().contains("at most 64 MiB"), "{}", told.words());
        for rows in [files::Entity::find().count(app.db.read()).await, file_chunks::Entity::find().count(app.db.read()).await, imports::Entity::find().count(app.db.read()).await] {
            assert_eq!(rows.unwrap(), 0);
        }
        let empty = send(&admin, "", "empty.csv", b"").await.expect(422).page();
        assert!(empty.field_errors()[0].contains("no rows"), "{}", empty.words());
        let old = send(&admin, "", "old.xls", &[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1]).await.expect(422).page();
        assert!(old.field_errors()[0].contains("Save it as .xlsx"), "{}", old.words());
        let nowhere = send(&admin, "NOT-THERE", "a.csv", b"code\nA1B\n").await.expect(422).page();
        assert!(nowhere.field_errors()[0].contains("no coupon with the code NOT-THERE"), "{}", nowhere.words());
        let bare = admin.post_form("/dashboard/imports", &[("what", "coupons")]).await;
        assert_eq!(bare.status, 400, "a form without a file");
        assert_eq!(imports::Entity::find().count(app.db.read()).await.unwrap(), 0);
    }

    async fn a_broken_quote_is_told_with_its_line_and_costs_only_its_row(app: App) {
        let text = "code,percent\nFIRST,10\n\"SECOND,20\nTHIRD,30\n";
        let (_, page) = checked(&app, "", text, &[]).await;
        assert_eq!(page.text("#answer-title"), "2 coupons will be made.");
        assert!(rows_of(&page)[1].contains("The quote that opens in line 3 is never closed."), "{:?}", rows_of(&page));
    }

    async fn many_thousand_rows_are_imported_in_pieces_with_exact_counts(app: App) {
        make::coupon().code("MANY-26").percent("10").create(&app).await;
        let mut text = String::from("code,max_uses\n");
        for number in 0..12_000 {
            let shown = if number % 100 == 7 { number - 1 } else { number };
            writeln!(text, "M{shown:06}X,1").unwrap();
        }
        let (path, page) = imported(&app, "MANY-26", &text, &[]).await;
        assert!(page.text("#answer-title").starts_with("11,880 codes"), "{}", page.words());
        let import = imports::Entity::find().one(app.db.read()).await.unwrap().unwrap();
        assert_eq!((import.row_count, import.made, import.same, import.duplicates, import.rejected), (12_000, 11_880, 0, 120, 0));
        let made = import_rows::Entity::find().filter(import_rows::Column::Outcome.eq("made")).count(app.db.read()).await.unwrap();
        assert_eq!((made, count_of(&app).await.1), (11_880, 11_881));
        let admin = app.admin().await;
        let last = admin.get(&format!("{path}?after=11950")).await.expect(200).page();
        assert_eq!(rows_of(&last).len(), 50);
        assert_eq!(rows_of(&admin.get(&format!("{path}?show=duplicate")).await.page()).len(), 50);
    }

    async fn an_import_of_another_tenant_is_not_there(app: App) {
        let (path, _) = checked(&app, "", "code,percent\nMINE-1,10\n", &[]).await;
        make::hostname(&app, "harbour.test").await;
        make::tenant(&app, "other", "127.0.0.1").await;
        let platform = app.platform_admin().await;
        for path in [path.clone(), format!("{path}/columns"), format!("{path}/rejected.csv")] {
            platform.get(&path).await.expect(404);
        }
        for action in ["run", "undo", "discard", "columns"] {
            platform.post_form(&format!("{path}/{action}"), &[]).await.expect(404);
        }
        assert!(platform.get("/dashboard/imports").await.expect(200).page().words().contains("No imports yet"));
        assert_eq!(count_of(&app).await.0, 0);
    }

    async fn an_import_that_nobody_wants_goes(app: App) {
        let (path, page) = checked(&app, "", "code,percent\nMINE-1,10\n", &[]).await;
        let admin = app.admin().await;
        admin.post_form(&format!("{path}/undo"), &[]).await.expect(409);
        admin.submit(&page.form("form[action$='/discard']")).await.expect(303);
        admin.get(&path).await.expect(404);
        vouchsafe::imports::queries::sweep(&app.db, app.now()).await.unwrap();
        assert_eq!((imports::Entity::find().count(app.db.read()).await.unwrap(), files::Entity::find().count(app.db.read()).await.unwrap()), (0, 0));
        assert_eq!(import_rows::Entity::find().count(app.db.read()).await.unwrap(), 0);
    }
}
