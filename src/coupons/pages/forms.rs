//! New and edit, as a page and in the dialog; the fragments of the form.

use super::editor::Editor;
use super::list::List;
use crate::accounts::guards::CouponAdmin;
use crate::accounts::shell::{Section, Shell};
use crate::coupons::form::CouponForm;
use crate::coupons::generator::{Letters, Pattern};
use crate::coupons::queries::{self, ProductChoice};
use crate::coupons::save::{self, Outcome, Saved};
use crate::coupons::{rows, warnings};
use crate::db::{self, Db};
use crate::error::Error;
use crate::web::form::{Form, Query};
use crate::web::notice::Notice;
use crate::web::{html, htmx};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use uuid::Uuid;

/// Where a new coupon starts from.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct From {
    from: Option<Uuid>,
}

/// What the product selector is asked.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Wanted {
    product_search: String,
    products: Vec<String>,
    then: String,
}

#[derive(Template)]
#[template(path = "coupons/form_page.html")]
struct Page {
    shell: Shell,
    editor: Editor,
    modal: bool,
}

#[derive(Template)]
#[template(path = "coupons/form_modal.html")]
struct Modal {
    editor: Editor,
    modal: bool,
}

#[derive(Template)]
#[template(path = "coupons/created.html")]
struct Created {
    list: List,
    notice: Notice,
}

#[derive(Template)]
#[template(path = "coupons/_code_input.html")]
struct CodeInput {
    code: String,
    described: &'static str,
    is_wrong: bool,
    is_fixed: bool,
    has_focus: bool,
}

#[derive(Template)]
#[template(path = "coupons/_products.html")]
struct Products {
    products: Vec<ProductChoice>,
    ticked: Vec<Uuid>,
}

/// `GET /dashboard/coupons/new`: an empty form, or one filled from the coupon it is `from`.
///
/// # Errors
/// [`Error::NotFound`] for a coupon the tenant does not have.
pub async fn new(who: CouponAdmin, db: web::Data<Db>, Query(wanted): Query<From>) -> Result<HttpResponse, Error> {
    let editor = match wanted.from {
        None => Editor::new(db.read(), &who.tenant, CouponForm::default()).await?,
        Some(id) => {
            let coupon = rows::load(db.read(), who.tenant.id, &[id]).await?.remove(&id).ok_or(Error::NotFound)?;
            let warnings = warnings::of_new(&coupon, None, who.now);
            let copied = Editor::of(db.read(), &who.tenant, coupon).await?;
            let mut form = copied.form;
            if form.name == form.code {
                // Nobody gave it one: it was called like its code.
                form.name.clear();
            }
            let form = CouponForm { code: String::new(), version: String::new(), ..form };
            Editor { warnings, ..Editor::new(db.read(), &who.tenant, form).await? }
        }
    };
    show(&who, StatusCode::OK, editor)
}

/// `POST /dashboard/coupons`.
///
/// # Errors
/// [`Error::BadRequest`] for a choice that the form does not offer.
pub async fn create(
    who: CouponAdmin,
    db: web::Data<Db>,
    request: HttpRequest,
    Form(form): Form<CouponForm>,
) -> Result<HttpResponse, Error> {
    form.check_words()?;
    if !form.then.is_empty() {
        return show(&who, StatusCode::OK, helped(&who, &db, form, None).await?);
    }
    let tx = db.begin().await?;
    let outcome = save::make(&tx, &who.actor(), &who.tenant, &form, who.now).await?;
    if let Outcome::Saved(saved) = outcome {
        db::commit(tx).await?;
        return created(&who, &db, &request, saved, !form.gift.is_empty()).await;
    }
    drop(tx);
    refused(&who, &db, form, None, outcome).await
}

/// `GET /dashboard/coupons/{id}/edit`.
///
/// # Errors
/// [`Error::NotFound`] for a coupon the tenant does not have, [`Error::Conflict`] for a deleted one.
pub async fn edit(who: CouponAdmin, db: web::Data<Db>, path: web::Path<Uuid>) -> Result<HttpResponse, Error> {
    let coupon = rows::load(db.read(), who.tenant.id, &[*path]).await?.remove(&*path).ok_or(Error::NotFound)?;
    if coupon.deleted_at.is_some() {
        return Err(gone());
    }
    show(&who, StatusCode::OK, Editor::of(db.read(), &who.tenant, coupon).await?)
}

/// `POST /dashboard/coupons/{id}`.
///
/// # Errors
/// As [`edit`] and [`create`].
pub async fn update(
    who: CouponAdmin,
    db: web::Data<Db>,
    path: web::Path<Uuid>,
    Form(form): Form<CouponForm>,
) -> Result<HttpResponse, Error> {
    form.check_words()?;
    if !form.then.is_empty() {
        return show(&who, StatusCode::OK, helped(&who, &db, form, Some(*path)).await?);
    }
    let tx = db.begin().await?;
    let outcome = save::edit(&tx, &who.actor(), &who.tenant, *path, &form, who.now).await?.ok_or(Error::NotFound)?;
    if let Outcome::Saved(saved) = outcome {
        db::commit(tx).await?;
        return Ok(updated(who.fragment, &saved));
    }
    drop(tx);
    refused(&who, &db, form, Some(*path), outcome).await
}

/// `GET /dashboard/coupons/code`: the input with a code that nobody has.
///
/// # Errors
/// When the system has no randomness to give.
pub async fn code(who: CouponAdmin, db: web::Data<Db>) -> Result<HttpResponse, Error> {
    let code = unused_code(&db, who.tenant.id).await?;
    let described = "coupon-code-hint";
    html::page(&CodeInput { code, described, is_wrong: false, is_fixed: false, has_focus: false })
}

/// `GET /dashboard/coupons/products`: the ticked products, and those that were searched.
///
/// # Errors
/// When the database does not answer.
pub async fn products(
    who: CouponAdmin,
    db: web::Data<Db>,
    Query(wanted): Query<Wanted>,
) -> Result<HttpResponse, Error> {
    let ticked: Vec<Uuid> = wanted.products.iter().filter_map(|id| id.parse().ok()).collect();
    let typed = wanted.product_search.replace('\0', "");
    let products = queries::product_choices(db.search(), who.tenant.id, &ticked, &typed).await?;
    tracing::trace!(then = %wanted.then, "products were searched");
    html::page(&Products { products, ticked })
}

fn show(who: &CouponAdmin, status: StatusCode, editor: Editor) -> Result<HttpResponse, Error> {
    // htmx swaps no other error than 422.
    let in_dialog = if status.is_success() { status } else { StatusCode::UNPROCESSABLE_ENTITY };
    if who.fragment {
        html::with_status(in_dialog, &Modal { editor, modal: true })
    } else {
        html::with_status(status, &Page { shell: who.shell(Section::Coupons), editor, modal: false })
    }
}

/// What another button than Save does: it fills something in, and saves nothing.
async fn helped(who: &CouponAdmin, db: &Db, mut form: CouponForm, id: Option<Uuid>) -> Result<Editor, Error> {
    let coupon = match id {
        Some(id) => Some(rows::load(db.read(), who.tenant.id, &[id]).await?.remove(&id).ok_or(Error::NotFound)?),
        None => None,
    };
    let counters = coupon.as_ref().map(|coupon| coupon.counters).unwrap_or_default();
    match std::mem::take(&mut form.then).as_str() {
        "generate" if coupon.is_none() => form.code = unused_code(db, who.tenant.id).await?,
        "close_uses" => form.max_uses = (counters.uses + counters.held).to_string(),
        "close_budget" => form.budget = who.tenant.currency.format(counters.spent + counters.spent_held),
        _ => {}
    }
    let editor = Editor::new(db.read(), &who.tenant, form).await?;
    let Some(coupon) = coupon else { return Ok(editor) };
    let code = save::first_code(db.read(), who.tenant.id, coupon.id).await?;
    Ok(editor.editing(coupon, code.map(|code| code.to_string()).unwrap_or_default()))
}

/// The form again, with what is wrong.
async fn refused(
    who: &CouponAdmin,
    db: &Db,
    form: CouponForm,
    id: Option<Uuid>,
    outcome: Outcome,
) -> Result<HttpResponse, Error> {
    let editor = helped(who, db, form, id).await?;
    match outcome {
        Outcome::Invalid(errors) => show(who, StatusCode::UNPROCESSABLE_ENTITY, editor.with_errors(errors)),
        Outcome::Taken(taken) => show(who, StatusCode::UNPROCESSABLE_ENTITY, editor.with_taken(&taken)),
        Outcome::Outdated(theirs) => {
            show(who, StatusCode::CONFLICT, editor.with_theirs(db.read(), &who.tenant, *theirs).await?)
        }
        Outcome::Gone | Outcome::Saved(_) => Err(gone()),
    }
}

fn gone() -> Error {
    Error::Conflict("This coupon is deleted. Restore it before you edit it.".to_owned())
}

async fn created(
    who: &CouponAdmin,
    db: &Db,
    request: &HttpRequest,
    saved: Saved,
    gift: bool,
) -> Result<HttpResponse, Error> {
    let notice = Notice::new(saved.sentence).with_link(format!("/dashboard/coupons/{}", saved.id), "Open");
    if !who.fragment {
        let list = if gift { "/dashboard/coupons?tab=gifts" } else { "/dashboard/coupons" };
        return Ok(notice.on(html::see_other(list)));
    }
    let list = List::behind(db, &who.tenant, request, who.now).await?;
    let mut response = html::page(&Created { list, notice })?;
    response.headers_mut().insert(htmx::TRIGGER, htmx::value("modal-close"));
    Ok(response)
}

/// Nothing to show under htmx: the list or the page behind the dialog refreshes itself, and says the notice.
fn updated(fragment: bool, saved: &Saved) -> HttpResponse {
    let notice = Notice::new(saved.sentence.clone());
    if !fragment {
        return notice.on(html::see_other(&format!("/dashboard/coupons/{}", saved.id)));
    }
    let mut response = HttpResponse::NoContent().finish();
    response.headers_mut().insert(htmx::TRIGGER, htmx::value("modal-close, coupons-changed"));
    notice.on(response)
}

/// A code whose key nobody in the tenant has. The pattern has room for many more than anybody makes.
async fn unused_code(db: &Db, tenant: Uuid) -> Result<String, Error> {
    let mut letters = Letters::default();
    for _ in 0..8 {
        let code = Pattern::default().draw(&mut letters).map_err(anyhow::Error::from)?;
        if rows::codes_by_key(db.read(), tenant, std::slice::from_ref(code.key())).await?.is_empty() {
            return Ok(code.to_string());
        }
    }
    Err(Error::Internal(anyhow::anyhow!("no unused code was drawn")))
}
