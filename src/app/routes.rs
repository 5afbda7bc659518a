//! Every route of the program, once. The same list configures the server and is held against the table of roles by the
//! tests, so a route that no test knows does not pass.

use crate::accounts::guards::SignedIn;
use crate::accounts::pages::{account, api_keys, first_run, invitations, mail, people, resets, sign_in, users};
use crate::app::tree::Tree;
use crate::app::{api_docs, health, openapi};
use crate::batches;
use crate::coupons;
use crate::coupons::api::faces as coupon_faces;
use crate::error::Error;
use crate::exports;
use crate::imports;
use crate::jobs;
use crate::organizations::api as organizations_api;
use crate::organizations::pages::limits;
use crate::redemptions;
use crate::redemptions::pages::organizations;
use crate::shop;
use crate::shop::pages::{products, types};
use crate::tenants::pages::{platform, settings};
use crate::web::assets;
use crate::webhooks;
use actix_web::http::{Method, header};
use actix_web::{HttpRequest, HttpResponse, guard, web};

/// A method and a path pattern.
pub type Route = (&'static str, &'static str);

/// Declares the routes: `"path" { get handler, post handler }`.
macro_rules! routes {
    ($($path:literal { $($method:ident $handler:path),+ $(,)? })+) => {
        /// All of them, for the tests.
        pub const ROUTES: &[Route] = &[$($((stringify!($method), $path)),+),+];

        /// Registers them, each path with a plain 405 for the methods it does not take.
        pub fn configure(config: &mut web::ServiceConfig) {
            let mut tree = Tree::default();
            $(
                tree.add($path, |path| {
                    let resource = web::resource(path)$(.route(taking(stringify!($method)).to($handler)))+;
                    resource.default_service(web::to(|request: HttpRequest| async move {
                        other_method(&request, &[$(stringify!($method)),+])
                    }))
                });
            )+
            tree.register(config);
        }
    };
}

/// What is posted to these paths changes nothing, unless it is refused.
pub const QUESTIONS: &[&str] = &["/api/v1/previews", "/billing/vouchers/redeem-preview"];

routes! {
    "/healthz" { get health::alive }
    "/readyz" { get health::ready }
    "/robots.txt" { get assets::robots }
    "/favicon.ico" { get assets::favicon }
    "/dashboard/redemptions" { get redemptions::pages::redemptions::index }
    "/dashboard/redemptions/{id}" { get redemptions::pages::redemption::show }
    "/dashboard/redemptions/{id}/release" { post redemptions::pages::settle::settle }
    "/dashboard/redemptions/{id}/reverse" { post redemptions::pages::settle::settle }
    "/dashboard/redemptions/{id}/honour" { post redemptions::pages::settle::settle }
    "/dashboard/redemptions/{id}/resolve" { post redemptions::pages::settle::settle }
    "/audit/why-not" { get redemptions::pages::why_not::show }
    "/redeem" { get redemptions::pages::redeem::show }
    "/organization" { get redemptions::pages::organization::show }
    "/organization/redemptions" { post redemptions::pages::apply::create }
    "/organization/{id}/members" { post redemptions::pages::members::create }
    "/organization/{id}/members/{user}/role" { post redemptions::pages::members::change_role }
    "/organization/{id}/members/{user}/remove" { post redemptions::pages::members::remove }
    "/dashboard" { get redemptions::pages::overview::index }
    "/dashboard/limits" { get limits::index, post limits::create }
    "/dashboard/limits/new" { get limits::new }
    "/dashboard/limits/{key}" { get limits::edit, post limits::update }
    "/dashboard/products" { get products::index, post products::create }
    "/dashboard/products/new" { get products::new }
    "/dashboard/products/{id}" { get products::edit, post products::update }
    "/dashboard/products/{id}/archive" { post products::archive }
    "/dashboard/products/{id}/restore" { post products::restore }
    "/shop" { get shop::pages::storefront::index }
    "/products/{id}" { get shop::pages::product::show, post shop::pages::product::quote }
    "/plans/{id}" { get shop::pages::product::show, post shop::pages::product::quote }
    "/cart" { get shop::pages::cart::show, post shop::pages::cart::update }
    "/cart/items" { post shop::pages::cart::create }
    "/cart/items/{id}/remove" { post shop::pages::cart::remove }
    "/cart/code" { post shop::pages::cart::apply }
    "/cart/code/remove" { post shop::pages::cart::forget }
    "/checkout" { get shop::pages::checkout::show }
    "/orders" { get shop::pages::orders::mine::index, post shop::pages::checkout::create }
    "/orders/{id}" { get shop::pages::orders::show::show }
    "/orders/{id}/cancel" { post shop::pages::orders::show::cancel }
    "/orders/{id}/payment" { post shop::pages::orders::show::pay }
    "/dashboard/orders" { get shop::pages::orders::all::index }
    "/dashboard/orders/{id}" { get shop::pages::orders::manage::show }
    "/dashboard/orders/{id}/confirm" { post shop::pages::orders::manage::confirm }
    "/dashboard/orders/{id}/release" { post shop::pages::orders::manage::release }
    "/dashboard/orders/{id}/refund" { post shop::pages::orders::manage::refund }
    "/dashboard/orders/{id}/honour" { post shop::pages::orders::manage::honour }
    "/dashboard/payments" { get shop::pages::payments::index }
    "/dashboard/payments/{provider}" { post shop::pages::payments::save }
    "/dashboard/payments/{provider}/remove" { post shop::pages::payments::remove }
    "/dashboard/orders/{id}/resolve" { post shop::pages::orders::manage::resolve }
    "/dashboard/product-types" { get types::index, post types::create }
    "/dashboard/product-types/{key}" { post types::update }
    "/dashboard/organizations" { get organizations::list::index, post organizations::form::create }
    "/dashboard/organizations/new" { get organizations::form::new }
    "/dashboard/organizations/{id}" { get organizations::show::show }
    "/dashboard/organizations/{id}/name" { get organizations::form::edit, post organizations::form::update }
    "/dashboard/organizations/{id}/members" { post organizations::members::create }
    "/dashboard/organizations/{id}/members/{user}/role" { post organizations::members::change_role }
    "/dashboard/organizations/{id}/members/{user}/remove" { post organizations::members::remove }
    "/dashboard/organizations/{id}/limits" { post organizations::limits::update }
    "/dashboard/organizations/{id}/credit" { post organizations::credit::adjust }
    "/audit" { get redemptions::pages::audit::index }
    "/audit/attempts" { get redemptions::pages::attempts::index }
    "/assets/{edition}/{name:.+}" { get assets::show }
    "/" { get sign_in::start }
    "/sign-in" { get sign_in::new, post sign_in::create }
    "/password-reset" { get resets::new, post resets::create }
    "/password-reset/{token}" { get resets::edit, post resets::update }
    "/sign-out" { post sign_in::end }
    "/first-run" { get first_run::new, post first_run::create }
    "/invitations/{token}" { get invitations::show, post invitations::accept }
    "/account" { get account::show }
    "/account/name" { post account::rename }
    "/account/password" { post account::change_password }
    "/account/sessions/end-others" { post account::end_others }
    "/account/sessions/{id}/end" { post account::end_session }
    "/dashboard/mail" { get mail::index }
    "/dashboard/people" { get people::index }
    "/dashboard/people/invitations" { post people::invite }
    "/dashboard/people/invitations/{id}/revoke" { post people::revoke }
    "/dashboard/people/{id}/role" { post people::change_role }
    "/dashboard/people/{id}/remove" { post people::remove }
    "/dashboard/coupons" { get coupons::pages::list::index, post coupons::pages::forms::create }
    "/dashboard/coupons/new" { get coupons::pages::forms::new }
    "/dashboard/coupons/code" { get coupons::pages::forms::code }
    "/dashboard/coupons/products" { get coupons::pages::forms::products }
    "/dashboard/coupons/bulk" { post coupons::pages::actions::bulk }
    "/dashboard/coupons/{id}" { get redemptions::pages::coupon::show, post coupons::pages::forms::update }
    "/dashboard/coupons/{id}/codes" { get coupons::pages::codes::index, post coupons::pages::code::create }
    "/dashboard/coupons/{id}/codes/new" { get coupons::pages::code::new }
    "/dashboard/coupons/{id}/edit" { get coupons::pages::forms::edit }
    "/dashboard/coupons/{id}/pause" { post coupons::pages::actions::pause }
    "/dashboard/coupons/{id}/resume" { post coupons::pages::actions::resume }
    "/dashboard/coupons/{id}/delete" { post coupons::pages::actions::delete }
    "/dashboard/coupons/{id}/restore" { post coupons::pages::actions::restore }
    "/dashboard/api-keys" { get api_keys::index, post api_keys::create }
    "/dashboard/api-keys/{id}" { get api_keys::show }
    "/dashboard/api-keys/{id}/rotate" { post api_keys::rotate }
    "/dashboard/api-keys/{id}/revoke" { post api_keys::revoke }
    "/dashboard/batches" { get batches::pages::list::index }
    "/dashboard/batches/{id}" { get batches::pages::show::show }
    "/dashboard/batches/{id}/void" { post batches::pages::show::void }
    "/dashboard/batches/{id}/restore" { post batches::pages::show::restore }
    "/dashboard/codes/{id}/delete" { post coupons::pages::code::delete }
    "/dashboard/codes/{id}/restore" { post coupons::pages::code::restore }
    "/dashboard/batches/{id}/codes.csv" { get batches::pages::download::codes }
    "/dashboard/coupons/{id}/batches" { post batches::pages::new::create }
    "/dashboard/coupons/{id}/batches/new" { get batches::pages::new::new }
    "/dashboard/exports" { get exports::pages::list::index, post exports::pages::create::create }
    "/dashboard/exports/{id}/file" { get exports::pages::file::show }
    "/dashboard/exports/{id}/delete" { post exports::pages::file::delete }
    "/dashboard/imports" { get imports::pages::list::index, post imports::pages::new::create }
    "/dashboard/imports/new" { get imports::pages::new::new }
    "/dashboard/imports/{id}" { get imports::pages::show::show }
    "/dashboard/imports/{id}/columns" { get imports::pages::columns::edit, post imports::pages::columns::update }
    "/dashboard/imports/{id}/run" { post imports::pages::show::run }
    "/dashboard/imports/{id}/undo" { post imports::pages::show::undo }
    "/dashboard/imports/{id}/discard" { post imports::pages::show::discard }
    "/dashboard/imports/{id}/rejected.csv" { get imports::pages::rejected::index }
    "/dashboard/jobs" { get jobs::pages::index }
    "/dashboard/jobs/{id}/retry" { post jobs::pages::retry }
    "/dashboard/webhooks" { get webhooks::pages::list::index, post webhooks::pages::list::create }
    "/dashboard/webhooks/{id}" { get webhooks::pages::show::show, post webhooks::pages::show::update }
    "/dashboard/webhooks/{id}/test" { post webhooks::pages::act::test }
    "/dashboard/webhooks/{id}/replay" { post webhooks::pages::act::replay }
    "/dashboard/webhooks/{id}/rotate" { post webhooks::pages::act::rotate }
    "/dashboard/webhooks/{id}/disable" { post webhooks::pages::act::disable }
    "/dashboard/webhooks/{id}/enable" { post webhooks::pages::act::enable }
    "/dashboard/webhooks/{id}/delete" { post webhooks::pages::act::delete }
    "/dashboard/webhooks/{id}/deliveries/{delivery}/replay" { post webhooks::pages::act::replay_one }
    "/dashboard/settings" { get settings::edit, post settings::update }
    "/api/v1/validations" { post redemptions::api::validations::create }
    "/api/v1/previews" { post redemptions::api::previews::create }
    "/api/v1/redemptions" { get redemptions::api::list::index, post redemptions::api::redemptions::create }
    "/api/v1/redemptions/{id}" { get redemptions::api::redemptions::show }
    "/api/v1/redemptions/{id}/confirm" { post redemptions::api::redemptions::confirm }
    "/api/v1/redemptions/{id}/release" { post redemptions::api::redemptions::release }
    "/api/v1/redemptions/{id}/reverse" { post redemptions::api::redemptions::reverse }
    "/api/v1/redemptions/{id}/honour" { post redemptions::api::redemptions::honour }
    "/api/v1/redemptions/{id}/renewal" { get redemptions::api::redemptions::show_renewal }
    "/api/v1/organizations" { get organizations_api::organizations::index }
    "/api/v1/organizations/{id}" { get organizations_api::organizations::show }
    "/api/v1/organizations/{id}/limits" { put organizations_api::limits::update }
    "/api/v1/organizations/{id}/credit" { get organizations_api::credit::show }
    "/api/v1/organizations/{id}/credit/spend" { post organizations_api::credit::spend_some }
    "/api/v1/organizations/{id}/redemptions" { post redemptions::api::organizations::create }
    "/webhooks/payments/{tenant}/{provider}" { post shop::api::payments::create }
    "/api/docs" { get api_docs::show }
    "/api/docs/problems" { get api_docs::problems }
    "/api/v1/openapi.json" { get openapi::show }
    "/api/v1/coupons" { get coupons::api::coupons::index, post coupons::api::coupons::create }
    "/api/v1/coupons/{id}" {
        get coupons::api::coupons::show,
        patch coupons::api::coupons::update,
        delete coupons::api::coupons::delete,
    }
    "/api/v1/coupons/{id}/pause" { post coupons::api::actions::pause }
    "/api/v1/coupons/{id}/resume" { post coupons::api::actions::resume }
    "/api/v1/coupons/{id}/restore" { post coupons::api::actions::restore }
    "/api/v1/coupons/{id}/codes" { get coupons::api::codes::index, post coupons::api::codes::create }
    "/api/v1/codes/{id}" { get coupons::api::codes::show, delete coupons::api::codes::delete }
    "/api/v1/codes/{id}/restore" { post coupons::api::codes::restore }
    "/api/v1/batches" { get batches::api::index, post batches::api::create }
    "/api/v1/batches/{id}" { get batches::api::show }
    "/api/v1/batches/{id}/void" { post batches::api::void }
    "/api/v1/exports" { get exports::api::index, post exports::api::create }
    "/api/v1/exports/{id}" { get exports::api::show, delete exports::api::delete }
    "/api/v1/exports/{id}/file" { get exports::api::file }
    "/api/v1/audit-entries" { get redemptions::api::audit_entries::index }
    "/api/v1/orders/{id}" { get shop::api::orders::show }
    "/api/v1/orders/{id}/confirm" { post shop::api::orders::confirm }
    "/api/v1/orders/{id}/release" { post shop::api::orders::release }
    "/api/v1/orders/{id}/refund" { post shop::api::orders::refund }
    "/api/v1/orders/{id}/honour" { post shop::api::orders::honour }
    "/promo-codes" { get coupon_faces::promo_codes::index, post coupon_faces::promo_codes::create }
    "/promo-codes/validate" { post redemptions::api::faces::promo_codes::create }
    "/promo-codes/{id}" { patch coupon_faces::promo_codes::update, delete coupon_faces::promo_codes::delete }
    "/billing/vouchers/issue" { post coupon_faces::vouchers::issue }
    "/billing/vouchers/list" { get coupon_faces::vouchers::list }
    "/billing/vouchers/revoke/{code}" { delete coupon_faces::vouchers::revoke }
    "/billing/vouchers/redeem-preview" { post redemptions::api::faces::vouchers::create }
    "/billing/admin/promos" { get coupon_faces::vouchers::list, post coupon_faces::vouchers::issue }
    "/billing/admin/promos/{code}" { delete coupon_faces::vouchers::revoke }
    "/billing/checkout" { post shop::api::faces::checkout::create }
    "/platform" { get platform::index }
    "/platform/tenants" { post platform::create }
    "/platform/tenants/new" { get platform::new }
    "/platform/tenants/{id}" { get platform::edit, post platform::update }
    "/platform/users" { get users::index }
    "/platform/users/{id}/disable" { post users::disable }
    "/platform/users/{id}/enable" { post users::enable }
}

/// A route for a method. Whatever can be read can be asked for its headers alone (RFC 9110, section 9.3.2).
fn taking(method: &str) -> actix_web::Route {
    match method {
        "get" => web::route().guard(guard::Any(guard::Get()).or(guard::Head())),
        other => web::method(Method::from_bytes(other.to_uppercase().as_bytes()).unwrap_or(Method::GET)),
    }
}

/// Whatever has no route. It asks who is there for the frame of the answer alone.
///
/// # Errors
/// Always [`Error::NotFound`].
pub async fn nothing_here(_who: Option<SignedIn>) -> Result<HttpResponse, Error> {
    Err(Error::NotFound)
}

/// 405 with the methods that the path takes.
fn other_method(request: &HttpRequest, allowed: &[&str]) -> HttpResponse {
    use actix_web::ResponseError;
    let mut methods: Vec<String> = allowed.iter().map(|method| method.to_uppercase()).collect();
    if methods.iter().any(|method| method == "GET") {
        methods.push("HEAD".to_owned());
    }
    tracing::debug!(method = %request.method(), "not taken here");
    let mut response = Error::MethodNotAllowed.error_response();
    response.headers_mut().insert(header::ALLOW, crate::web::htmx::value(&methods.join(", ")));
    response
}
