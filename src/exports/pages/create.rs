//! `POST /dashboard/exports`: from its own page, or from the list whose rows are wanted.

use super::list::{self, owner};
use crate::accounts::guards::Support;
use crate::accounts::letters;
use crate::config::Config;
use crate::db::{self, Db};
use crate::error::Error;
use crate::exports::ask::{self, Wanted};
use crate::exports::filter::Filter;
use crate::exports::subject::Subject;
use crate::mail::Post;
use crate::sheets::Format;
use crate::web::form::{Errors, Form};
use crate::web::html;
use crate::web::notice::Notice;
use crate::web::replay::{self, Claim};
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

const PATH: &str = "/dashboard/exports";

/// The form; which of its fields narrow an export is for its subject to say.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fields {
    pub(super) subject: String,
    pub(super) format: String,
    pub(super) from: String,
    pub(super) until: String,
    coupon_id: Option<Uuid>,
    batch_id: Option<Uuid>,
    q: String,
    status: String,
    benefit: String,
    product_type: String,
    tag: String,
    tab: String,
    person: String,
    organization: String,
    code: String,
    action: String,
}

impl Fields {
    fn wanted(&self) -> Result<Wanted, Errors> {
        let mut errors = Errors::default();
        let unknown = |what: &str| format!("Please choose {what}.");
        let subject = Subject::from_word(&self.subject).ok_or_else(|| unknown("what to export"));
        let format = Format::from_word(&self.format).ok_or_else(|| unknown("a format"));
        let (subject, format) = (errors.keep("subject", subject), errors.keep("format", format));
        let filter = Filter {
            coupon_id: self.coupon_id,
            batch_id: self.batch_id,
            q: self.q.clone(),
            status: self.status.clone(),
            benefit: self.benefit.clone(),
            product_type: self.product_type.clone(),
            tag: self.tag.clone(),
            tab: self.tab.clone(),
            person: self.person.clone(),
            organization: self.organization.clone(),
            code: self.code.clone(),
            action: self.action.clone(),
            from: self.from.clone(),
            until: self.until.clone(),
        };
        subject.zip(format).map(|(subject, format)| Wanted { subject, format, filter }).ok_or(errors)
    }
}

/// `POST /dashboard/exports`.
///
/// # Errors
/// [`Error::Forbidden`] for what the role may not have.
pub async fn create(
    who: Support,
    db: web::Data<Db>,
    post: web::Data<Post>,
    config: web::Data<Config>,
    Form(fields): Form<Fields>,
) -> Result<HttpResponse, Error> {
    match ask(&who, &db, &fields).await? {
        Ok(()) => {
            let is_mailed = letters::reach_people(&post, &config, &who.tenant);
            let said = if is_mailed {
                "The export is being made. You get a mail with the link; it also appears here."
            } else {
                "The export is being made. It appears here when it is ready."
            };
            Ok(Notice::new(said).on(html::see_other(PATH)))
        }
        Err(errors) => list::page(&who, &db, (list::Wanted::default(), fields), errors).await,
    }
}

/// Asks for it, once for two clicks; or what is wrong.
async fn ask(who: &Support, db: &Db, fields: &Fields) -> Result<Result<(), Errors>, Error> {
    let wanted = match fields.wanted() {
        Ok(wanted) => wanted,
        Err(errors) => return Ok(Err(errors)),
    };
    if !who.reaches(wanted.subject.least_role()) {
        return Err(Error::Forbidden("Only administrators export this."));
    }
    let checked = match wanted.check(db, &who.tenant).await? {
        Ok(checked) => checked,
        Err(errors) => return Ok(Err(errors)),
    };
    let body = json!(fields).to_string();
    let key = replay::Key::of_content(who.tenant.id, who.user.id, &format!("POST {PATH}"), &body)?;
    let tx = db.begin().await?;
    if let Claim::Again(_) = replay::claim(&tx, &key, who.now).await? {
        return Ok(Ok(()));
    }
    let row = ask::create(&tx, &who.actor(), (who.tenant.id, owner(who)), checked, who.now).await?;
    replay::settle(&tx, &key, json!(row.id), who.now).await?;
    db::commit(tx).await?;
    Ok(Ok(()))
}
