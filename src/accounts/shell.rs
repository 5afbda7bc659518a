//! The frame around a page: who is here, where they can go, and what the last write left to say.

use crate::accounts::guards::{SignedIn, Visit};
use crate::accounts::role::Role;
use crate::web::notice::Notice;

/// The sections of the navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// Figures.
    Overview,
    /// Coupons.
    Coupons,
    /// Many codes at once.
    Batches,
    /// Files of coupons or codes.
    Imports,
    /// What is sold.
    Products,
    /// Organizations, seen by admins.
    Organizations,
    /// What limits there are.
    Limits,
    /// Members of the tenant.
    People,
    /// Keys of calling systems.
    ApiKeys,
    /// Who else is told of changes.
    Webhooks,
    /// Work that goes on beside the requests.
    Jobs,
    /// Settings of the tenant.
    Settings,
    /// Exports.
    Exports,
    /// Uses of codes.
    Redemptions,
    /// The audit log.
    Audit,
    /// Refused entries.
    Attempts,
    /// Why a code would be refused.
    WhyNot,
    /// The own organization.
    Organization,
    /// Tenants.
    Platform,
    /// The own account.
    Account,
}

/// A group of links.
#[derive(Clone, Debug)]
pub struct Group {
    /// What they have in common.
    pub title: &'static str,
    /// The links.
    pub links: Vec<Link>,
}

/// One link of the navigation.
#[derive(Clone, Copy, Debug)]
pub struct Link {
    /// Where it leads.
    pub path: &'static str,
    /// What it says.
    pub label: &'static str,
    /// Whether this page is in its section.
    pub here: bool,
}

/// What `layouts/base.html` shows around every page.
#[derive(Clone, Debug)]
pub struct Shell {
    /// The name of the tenant.
    pub tenant: String,
    /// The tenant's time zone, for the foot of the page.
    pub zone: String,
    /// The name and e-mail address of who is signed in, and the role.
    pub user: Option<(String, String, &'static str)>,
    /// Where they can go.
    pub nav: Vec<Group>,
    /// The status line.
    pub notice: Option<Notice>,
    /// Whether payments are only played.
    pub sandbox: bool,
}

impl Shell {
    /// For somebody who is signed in.
    #[must_use]
    pub fn of(who: &SignedIn, here: Section) -> Self {
        let role = match who.role {
            _ if who.user.platform_admin => "Platform admin",
            Some(role) => role.label(),
            None => "No role here",
        };
        Self {
            user: Some((who.user.display_name.clone(), who.user.email.clone(), role)),
            nav: navigation(who, here),
            ..Self::for_strangers(who)
        }
    }

    /// For a page that anybody sees.
    #[must_use]
    pub fn for_strangers(visit: &Visit) -> Self {
        Self {
            tenant: visit.tenant.row.name.clone(),
            zone: visit.tenant.row.time_zone.clone(),
            user: None,
            nav: Vec::new(),
            notice: visit.notice.clone(),
            sandbox: visit.tenant.row.sandbox_payments,
        }
    }

    /// Whether the navigation is a column beside the page: for those who have more than one group.
    #[must_use]
    pub fn has_side(&self) -> bool {
        self.nav.len() > 1
    }
}

fn navigation(who: &SignedIn, here: Section) -> Vec<Group> {
    let link = |section, path, label| Link { path, label, here: section == here };
    let coupons = who.tenant.row.coupons_enabled;
    let mut groups = Vec::new();
    if who.reaches(Role::Support) {
        let mut offers = vec![];
        if who.reaches(Role::Admin) {
            offers.push(link(Section::Overview, "/dashboard", "Overview"));
        }
        if coupons {
            offers.push(link(Section::Coupons, "/dashboard/coupons", "Coupons"));
        }
        if coupons && who.reaches(Role::Admin) {
            offers.push(link(Section::Batches, "/dashboard/batches", "Batches"));
            offers.push(link(Section::Imports, "/dashboard/imports", "Imports"));
        }
        if who.reaches(Role::Admin) {
            offers.push(link(Section::Products, "/dashboard/products", "Products"));
        }
        groups.push(Group { title: "Offers", links: offers });
    }
    if who.reaches(Role::Admin) {
        let links = vec![
            link(Section::Organizations, "/dashboard/organizations", "Organizations"),
            link(Section::Limits, "/dashboard/limits", "Limits"),
        ];
        groups.push(Group { title: "Customers", links });
    }
    if who.reaches(Role::Support) {
        let links = vec![
            link(Section::Redemptions, "/dashboard/redemptions", "Redemptions"),
            link(Section::Audit, "/audit", "Audit log"),
            link(Section::Attempts, "/audit/attempts", "Refused attempts"),
            link(Section::WhyNot, "/audit/why-not", "Why not?"),
            link(Section::Exports, "/dashboard/exports", "Exports"),
        ];
        groups.push(Group { title: "Support", links });
    }
    if who.reaches(Role::Admin) {
        let mut links = vec![
            link(Section::People, "/dashboard/people", "People"),
            link(Section::ApiKeys, "/dashboard/api-keys", "API keys"),
            link(Section::Webhooks, "/dashboard/webhooks", "Webhooks"),
            link(Section::Jobs, "/dashboard/jobs", "Jobs"),
            link(Section::Settings, "/dashboard/settings", "Settings"),
        ];
        if who.user.platform_admin {
            links.push(link(Section::Platform, "/platform", "Platform"));
        }
        groups.push(Group { title: "Setup", links });
    }
    if who.reaches(Role::Member) {
        let links = vec![link(Section::Organization, "/organization", "Your organization")];
        groups.push(Group { title: "Your own", links });
    }
    groups.retain(|group| !group.links.is_empty());
    groups
}
