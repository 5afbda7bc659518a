//! `GET /dashboard/coupons`: the list, its search, filters and sort, all of them in the URL.

use super::Row;
use crate::accounts::guards::CouponReader;
use crate::accounts::role::Role;
use crate::accounts::shell::{Section, Shell};
use crate::coupons::actions::MOST_MATCHING;
use crate::coupons::coupon::Status;
use crate::coupons::queries::{self, Choices, Filter, PAGE, Sort, SortKey, Total, Words};
use crate::db::Db;
use crate::error::Error;
use crate::tenants::Tenant;
use crate::web::form::Query;
use crate::web::html;
use crate::web::notice::Notice;
use crate::web::numbers::thousands;
use crate::web::paging::{Cursor, END, Slice, filters_label, query};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;

/// The query string of the list.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Wanted {
    pub(super) q: String,
    status: String,
    benefit: String,
    product_type: String,
    tag: String,
    pub(super) tab: String,
    pub(super) sort: String,
    after: Option<String>,
    before: Option<String>,
}

/// A list with all that is said around it.
#[derive(Clone, Debug)]
pub struct List {
    pub(super) wanted: Wanted,
    pub(super) sort: Sort,
    pub(super) choices: Choices,
    pub(super) rows: Slice<Row>,
    pub(super) total: Total,
    pub(super) narrows: bool,
    pub(super) elsewhere: Total,
    /// What else matches, in words, and where it is.
    pub(super) also: Vec<(String, String)>,
    pub(super) may_change: bool,
    /// Whether it is swapped in beside what was asked for.
    pub(super) out_of_band: bool,
}

#[derive(Template)]
#[template(path = "coupons/list.html")]
struct Page {
    shell: Shell,
    list: List,
}

#[derive(Template)]
#[template(path = "coupons/list_fragment.html")]
struct Fragment {
    notice: Option<Notice>,
    list: List,
}

/// `GET /dashboard/coupons`.
///
/// # Errors
/// [`Error::BadQuery`] for a filter, a sort or a cursor that there is not.
pub async fn index(who: CouponReader, db: web::Data<Db>, Query(wanted): Query<Wanted>) -> Result<HttpResponse, Error> {
    let list = List::load(&db, &who.tenant, wanted, who.reaches(Role::Admin), who.now).await?;
    let notice = who.notice.clone();
    let page = Page { shell: who.shell(Section::Coupons), list: list.clone() };
    html::page_or_fragment(who.fragment, StatusCode::OK, &page, &Fragment { notice, list })
}

impl Wanted {
    fn filter(&self, choices: &Choices) -> Result<Filter, Error> {
        let words = Words {
            tab: &self.tab,
            typed: &self.q,
            status: &self.status,
            benefit: &self.benefit,
            product_type: &self.product_type,
            tag: &self.tag,
            sort: &self.sort,
        };
        words.filter(choices)
    }

    /// What matches beside the list: among gifts or the others, and deleted. Without a search, what of the tab is deleted
    /// where it has nothing else.
    async fn also(
        &self,
        db: &Db,
        tenant: &Tenant,
        (filter, choices): (&Filter, &Choices),
        now: DateTime<Utc>,
    ) -> Result<Vec<(String, String)>, Error> {
        let deleted = |total: Total| match total {
            Total::Exactly(1) => "1 deleted coupon".to_owned(),
            total => format!("{total} deleted coupons"),
        };
        let kept = choices.kept(filter.gift);
        let bin = self.path(&[("status", Status::Deleted.code())]);
        if filter.typed.is_empty() {
            let is_bare = !filter.narrows() && kept.living == 0 && kept.deleted > 0;
            return Ok(is_bare.then(|| (deleted(Total::Exactly(kept.deleted)), bin)).into_iter().collect());
        }
        let counted = async |there: u64, filter: Filter| match there {
            0 => Ok(Total::Exactly(0)),
            _ => queries::matching(db, tenant.id, &filter, now).await,
        };
        let beside = choices.kept(!filter.gift);
        let other = Filter { gift: !filter.gift, ..filter.clone() };
        let gone = Filter { status: Some(Status::Deleted), living: false, ..filter.clone() };
        let (other, gone) = tokio::try_join!(
            counted(beside.living + beside.deleted, other),
            counted(if filter.living { kept.deleted } else { 0 }, gone),
        )?;
        let mut also = Vec::new();
        if !other.is_none() {
            let (place, tab) = if filter.gift { ("the other coupons", "") } else { ("gifts", "gifts") };
            also.push((format!("{other} more among {place}"), self.path(&[("tab", tab)])));
        }
        also.extend((!gone.is_none()).then(|| (deleted(gone), bin)));
        Ok(also)
    }

    /// The address of the list with some of its words replaced.
    fn path(&self, replaced: &[(&str, &str)]) -> String {
        let kept = [
            ("tab", self.tab.as_str()),
            ("q", self.q.as_str()),
            ("status", self.status.as_str()),
            ("benefit", self.benefit.as_str()),
            ("product_type", self.product_type.as_str()),
            ("tag", self.tag.as_str()),
            ("sort", self.sort.as_str()),
        ];
        let new = |name: &str| replaced.iter().find(|(other, _)| *other == name).map(|(_, value)| *value);
        let mut pairs: Vec<(&str, &str)> =
            kept.iter().map(|(name, value)| (*name, new(name).unwrap_or(value))).collect();
        pairs.extend(replaced.iter().filter(|(name, _)| matches!(*name, "after" | "before")));
        format!("/dashboard/coupons{}", query(&pairs))
    }
}

impl List {
    /// What the query string asks for.
    ///
    /// # Errors
    /// As [`index`].
    pub async fn load(
        db: &Db,
        tenant: &Tenant,
        wanted: Wanted,
        may_change: bool,
        now: DateTime<Utc>,
    ) -> Result<Self, Error> {
        let choices = Choices::load(db.read(), tenant.id).await?;
        let filter = wanted.filter(&choices)?;
        let cursor = Cursor { after: wanted.after.clone(), before: wanted.before.clone() };
        let found = queries::page(db, tenant.id, &filter, (&cursor, PAGE), now).await?;
        let tab = choices.kept(filter.gift).living;
        let total = found.total.unwrap_or(Total::Exactly(tab));
        let narrows = filter.narrows();
        let elsewhere = match total {
            Total::Exactly(0) if narrows && filter.typed.is_empty() => Total::Exactly(tab),
            Total::Exactly(0) if narrows => {
                let (typed, gift, sort) = (filter.typed.clone(), filter.gift, filter.sort);
                let anywhere = Filter { typed, gift, sort, living: true, ..Filter::default() };
                if anywhere == filter { total } else { queries::matching(db, tenant.id, &anywhere, now).await? }
            }
            _ => Total::Exactly(0),
        };
        let is_all = found.rows.next.is_none() && found.rows.previous.is_none();
        let also = if is_all { wanted.also(db, tenant, (&filter, &choices), now).await? } else { Vec::new() };
        let rows = found.rows.map(|row| Row::of(&row.coupon, row.code.as_ref(), &choices, tenant, now));
        Ok(Self {
            wanted,
            sort: filter.sort,
            choices,
            rows,
            total,
            narrows,
            elsewhere,
            also,
            may_change,
            out_of_band: false,
        })
    }

    /// The list that lies behind a dialog, on its first page: as its address says, or all of it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn behind(db: &Db, tenant: &Tenant, request: &HttpRequest, now: DateTime<Utc>) -> Result<Self, Error> {
        let address = request.headers().get("hx-current-url").and_then(|url| url.to_str().ok()).unwrap_or_default();
        let words = address.split_once("/dashboard/coupons?").map_or("", |(_, words)| words);
        let wanted: Wanted = serde_html_form::from_str(words).unwrap_or_default();
        let wanted = Wanted { after: None, before: None, ..wanted };
        let list = match Self::load(db, tenant, wanted, true, now).await {
            Err(Error::BadQuery(..)) => Self::load(db, tenant, Wanted::default(), true, now).await?,
            loaded => loaded?,
        };
        Ok(Self { out_of_band: true, ..list })
    }

    /// The fields that narrow an export to what the list shows, on all its pages.
    pub(super) fn export_fields(&self) -> Vec<(&'static str, &str)> {
        let wanted = &self.wanted;
        let all = [
            ("tab", wanted.tab.as_str()),
            ("q", wanted.q.as_str()),
            ("status", wanted.status.as_str()),
            ("benefit", wanted.benefit.as_str()),
            ("product_type", wanted.product_type.as_str()),
            ("tag", wanted.tag.as_str()),
        ];
        all.into_iter().filter(|(_, value)| !value.is_empty()).collect()
    }

    /// What unfolds the filters that are folded on phones.
    pub(super) fn filters_label(&self) -> String {
        filters_label(&self.export_fields(), &["tab", "q"])
    }

    /// Whether what is searched for is so short that only beginnings are found.
    pub(super) fn is_short(&self) -> bool {
        self.wanted.q.trim().chars().count() < 3
    }

    /// What is offered beyond the ticked rows of this page, where there is more.
    pub(super) fn all_words(&self) -> Option<String> {
        (self.rows.next.is_some() || self.rows.previous.is_some()).then_some(())?;
        let most = thousands(MOST_MATCHING as u64);
        Some(match self.total {
            Total::Exactly(all) if all <= MOST_MATCHING as u64 => format!("All {} that match", thousands(all)),
            _ => format!("All that match, the newest {most} at most"),
        })
    }

    /// Whether it shows what is deleted.
    pub(super) fn is_of_deleted(&self) -> bool {
        self.wanted.status == Status::Deleted.code()
    }

    /// How many coupons a tab has.
    pub(super) fn tab_total(&self, gifts: bool) -> Total {
        Total::Exactly(self.choices.kept(gifts).living)
    }

    /// What the count says: `41 coupons`, `more than 500 coupons`.
    pub(super) fn count_words(&self) -> String {
        match self.total {
            Total::Exactly(0) => "No coupons".to_owned(),
            Total::Exactly(1) => "1 coupon".to_owned(),
            total => format!("{total} coupons"),
        }
    }

    pub(super) fn pager_words(&self) -> String {
        let shown = self.rows.rows.len();
        if shown <= PAGE && self.rows.next.is_none() && self.rows.previous.is_none() {
            self.count_words()
        } else {
            format!("{shown} of {}", self.count_words())
        }
    }

    /// Newest first needs other words than Z to A.
    pub(super) fn is_by_time(&self) -> bool {
        self.sort.key == SortKey::Created && self.sort.descending
    }

    /// The address of this page, for the list to refresh itself.
    pub(super) fn here(&self) -> String {
        match (&self.wanted.after, &self.wanted.before) {
            (Some(after), _) => self.wanted.path(&[("after", after)]),
            (None, Some(before)) => self.wanted.path(&[("before", before)]),
            (None, None) => self.wanted.path(&[]),
        }
    }

    pub(super) fn next(&self) -> Option<String> {
        self.rows.next.as_ref().map(|key| self.wanted.path(&[("after", key)]))
    }

    /// The first page, from where it can be left to the front.
    pub(super) fn first(&self) -> Option<String> {
        self.rows.previous.as_ref().map(|_| self.wanted.path(&[]))
    }

    /// The last page, from where there is one after.
    pub(super) fn last(&self) -> Option<String> {
        self.rows.next.as_ref().map(|_| self.wanted.path(&[("before", END)]))
    }

    pub(super) fn previous(&self) -> Option<String> {
        self.rows.previous.as_ref().map(|key| self.wanted.path(&[("before", key)]))
    }

    /// The same search in every status, without the other filters.
    pub(super) fn everywhere(&self) -> String {
        self.wanted.path(&[("status", ""), ("benefit", ""), ("product_type", ""), ("tag", "")])
    }

    pub(super) fn cleared(&self) -> String {
        self.wanted.path(&[("q", ""), ("status", ""), ("benefit", ""), ("product_type", ""), ("tag", "")])
    }

    /// The link that sorts by a column: what it is sorted by already is turned round.
    pub(super) fn sort_path(&self, word: &str) -> String {
        let turned = match (self.direction(word), word) {
            (Some("descending"), _) => word.to_owned(),
            (Some(_), "created") => String::new(),
            (None, "name" | "valid_until") => word.to_owned(),
            (None, "created") => String::new(),
            _ => format!("-{word}"),
        };
        self.wanted.path(&[("sort", &turned)])
    }

    /// `ascending` or `descending` for the column it is sorted by.
    pub(super) fn direction(&self, word: &str) -> Option<&'static str> {
        let key = Sort::from_word(word)?.key;
        (key == self.sort.key).then_some(if self.sort.descending { "descending" } else { "ascending" })
    }
}
