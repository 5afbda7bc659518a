//! A tenant with something to show on every page, made as people make it where they can.

use chrono::Duration;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use support::make::Organization;
use support::prelude::*;
use uuid::Uuid;
use vouchsafe::db::tables::{api_keys, redemptions, webhook_endpoints};

/// What the pages are about.
pub struct World {
    pub member: Actor,
    /// Who manages the members of the same organization.
    pub owner: Actor,
    pub organization: Organization,
    pub coupon: make::Coupon,
    pub tenant: Uuid,
    pub redemption: Uuid,
    /// An order that waits for its payment.
    pub held: Uuid,
    /// An order that is paid.
    pub paid: Uuid,
    pub product: Uuid,
    pub plan: Uuid,
    /// An order of the shop that waits for its payment, and one that is paid.
    pub orders: [Uuid; 2],
    pub key: Uuid,
    pub batch: Uuid,
    pub webhook: Uuid,
    /// An import that waits for what its columns mean, one whose rows are checked, and one that has run.
    pub imports: [String; 3],
}

/// Coupons of every kind and status, an organization with two members, uses and refusals.
pub async fn fill(app: &App) -> World {
    let now = app.now();
    let day = Duration::days(1);
    let organization = make::organization(app, "Nordwind Logistics").await;
    make::organization(app, "A company whose name is so long that it has to be broken somewhere, GmbH & Co. KG").await;
    organization.base(app, "seats", 25, true).await;
    let coupon = make::coupon().code("WELCOME-10").name("Room to try").raise("instances", 10).max_uses(3);
    let coupon = coupon.ends_at(now + day * 40).create(app).await;
    make::coupon().code("CREDIT-20").credit("20.00").create(app).await;
    make::coupon().code("SPRING-15").percent("15").starts_at(now + day * 9).create(app).await;
    make::coupon().code("AUTUMN-5").fixed("5.00").ends_at(now - day).create(app).await;
    make::coupon().code("PAUSED-25").percent("25").paused_at(now - day).create(app).await;
    make::coupon().code("GONE-30").percent("30").deleted_at(now - day).create(app).await;
    make::coupon().code("FULL-3").set("projects", None).max_uses(3).used(3).create(app).await;
    for number in 0..14 {
        make::coupon().code(&format!("BATCH-{number:02}-X")).percent("7.5").max_uses(40).used(number).create(app).await;
    }
    let member = app.member_of(&organization).await;
    let user = make::user().role("member").create(app).await;
    organization.take_in(app, user.id, "owner").await;
    let owner = Actor::signed_in(app, user).await;
    let id = organization.id.to_string();
    for (number, code) in
        ["welcome 10", "credit20", "welcome 10", "paused-25", "nothing-here", "spring 15"].iter().enumerate()
    {
        let key = format!("key-{number}-abcdefgh");
        let fields = [("organization", id.as_str()), ("code", code), ("request_key", &key)];
        member.post_form("/organization/redemptions", &fields).await;
    }
    make::product("A gift box").of_type("ticket").price(None).create(app).await;
    let product = make::product("Tide Almanac").create(app).await;
    let used = redemptions::Entity::find().filter(redemptions::Column::CouponId.eq(coupon.id)).one(app.db.read()).await;
    let redemption = used.unwrap().expect("WELCOME-10 was used").id;
    let (held, paid) = (order(app, "A-1001").await, order(app, "A-1002").await);
    let key = app.key(&["redemptions:write"]).await;
    key.ask("POST", &format!("/api/v1/redemptions/{paid}/confirm")).await.expect(200);
    make::key().name("Till 4").scopes(&["validations", "redemptions:write"]).until(now + day * 90).create(app).await;
    let named = api_keys::Entity::find().filter(api_keys::Column::Name.eq("Till 4")).one(app.db.read()).await;
    let key = named.unwrap().expect("the key of the till").id;
    let fields =
        [("url", "https://hooks.example.invalid/x"), ("events", "redemption.confirmed"), ("request_key", "a-webhook")];
    app.admin().await.post_form("/dashboard/webhooks", &fields).await.expect(200);
    let made = webhook_endpoints::Entity::find().one(app.db.read()).await.unwrap();
    let webhook = made.expect("an endpoint").id;
    app.admin().await.post_form(&format!("/dashboard/webhooks/{webhook}/test"), &[]).await.expect(303);
    let body = serde_json::json!({ "coupon_id": coupon.id, "count": 250, "prefix": "WEL", "group": 4 });
    let asked = app.key(&["coupons:write"]).await.call("POST", "/api/v1/batches", &body).await.expect(201).json();
    let batch = asked["id"].as_str().and_then(|id| id.parse().ok()).expect("an id");
    let admin = app.admin().await;
    let page = admin.get("/dashboard").await.expect(200).page();
    let export = page.form("form[action='/dashboard/exports']").with("format", "xlsx");
    admin.submit(&export).await.expect(303);
    app.run_jobs().await;
    let imports = imports(app).await;
    let plan = make::product("Reader, monthly").of_type("plan").price(Some(890)).create(app).await;
    let orders = shopping(app, &member, [product, plan]).await;
    World {
        member,
        owner,
        organization,
        coupon,
        tenant: app.tenant,
        redemption,
        held,
        paid,
        product,
        plan,
        orders,
        key,
        batch,
        webhook,
        imports,
    }
}

/// Orders of the shop, and a cart with a code in it.
async fn shopping(app: &App, member: &Actor, products: [Uuid; 2]) -> [Uuid; 2] {
    make::sandbox_payments(app).await;
    let mut orders = Vec::new();
    for code in ["BATCH-04-X", "BATCH-05-X", "BATCH-06-X"] {
        for product in products {
            let product = product.to_string();
            member.post_form("/cart/items", &[("product", &product), ("quantity", "2")]).await.expect(303);
        }
        member.post_form("/cart/code", &[("code", code)]).await.expect(303);
        if orders.len() < 2 {
            let form = member.get("/checkout").await.page().form("form[action='/orders']");
            let path = member.submit(&form).await.expect(303).location().to_owned();
            orders.push(path.rsplit('/').next().and_then(|id| id.parse().ok()).expect("an order"));
        }
    }
    let paid = format!("/orders/{}/payment", orders[1]);
    member.post_form(&paid, &[("outcome", "succeeded")]).await.expect(303);
    let fields = [("secret", "whsec_of_the_browser"), ("pay_url", "https://pay.example.invalid/{order}")];
    app.admin().await.post_form("/dashboard/payments/paystack", &fields).await.expect(303);
    orders.try_into().expect("two orders")
}

/// Imports in the states in which they look different.
async fn imports(app: &App) -> [String; 3] {
    let admin = app.admin().await;
    let text = "code,discount_percent,limit,active,memo\nMOVED-1,10,50,true,a\nMOVED-2,12.5,,false,\nmoved1,5,,true,c\nBAD/1,200,x,perhaps,d\nQ,20,5,true,\n";
    let mut ids = Vec::new();
    for steps in 0..3 {
        let name = [
            "columns.csv",
            "a file with a name that is so long that it has to be broken somewhere on a phone.csv",
            "done.csv",
        ];
        let text = if steps == 2 { text.replace("MOVED", "DONE") } else { text.to_owned() };
        let file = (name[steps], text.as_bytes());
        let sent = admin.send_file("/dashboard/imports", &[("what", "coupons"), ("into", "")], file).await.expect(303);
        let mut path = sent.location().to_owned();
        if steps > 0 {
            let form = admin.get(&path).await.page().form("form[action$='/columns']");
            path = admin.submit(&form).await.expect(303).location().to_owned();
            app.run_jobs().await;
        }
        if steps > 1 {
            admin.post_form(&format!("{path}/run"), &[]).await.expect(303);
            app.run_jobs().await;
        }
        ids.push(path.split('/').nth(3).expect("an id").to_owned());
    }
    ids.try_into().expect("three")
}

/// An order of two lines that a shop holds with a code.
async fn order(app: &App, reference: &str) -> Uuid {
    let key = app.key(&["redemptions:write"]).await;
    let item = |sku: &str, price: i64, quantity: i64| serde_json::json!({ "sku": sku, "product_type": "ticket", "unit_price": price, "quantity": quantity });
    let items = [item("evening-ticket", 4_900, 2), item("programme", 850, 1)];
    let body = serde_json::json!({ "code": "BATCH-03-X", "mode": "hold", "order_ref": reference, "items": items });
    let held = key.call("POST", "/api/v1/redemptions", &body).await.expect(201).json();
    held["id"].as_str().and_then(|id| id.parse().ok()).expect("an id")
}
