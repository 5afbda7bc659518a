//! Who stands in the frame around a page, and where they can go.

use crate::accounts::guards::{SignedIn, Visit};
use crate::accounts::role::Role;
use crate::web::shell::{Group, Link};

pub use crate::web::shell::Shell;

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
    /// Providers of payments, and what they told.
    Payments,
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
    /// Orders of everybody.
    AllOrders,
    /// The own organization.
    Organization,
    /// What can be bought.
    Shop,
    /// What is to be bought.
    Cart,
    /// The own orders.
    Orders,
    /// Tenants.
    Platform,
    /// The own account.
    Account,
}

impl Shell {
    /// For somebody who is signed in; `here` is the section of the page, where it has one.
    #[must_use]
    pub fn of(who: &SignedIn, here: Option<Section>) -> Self {
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
}

fn navigation(who: &SignedIn, here: Option<Section>) -> Vec<Group> {
    let link = |section, path, label| Link { path, label, here: Some(section) == here };
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
            link(Section::AllOrders, "/dashboard/orders", "Orders"),
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
            link(Section::Payments, "/dashboard/payments", "Payments"),
            link(Section::Jobs, "/dashboard/jobs", "Jobs"),
            link(Section::Settings, "/dashboard/settings", "Settings"),
        ];
        if who.user.platform_admin {
            links.push(link(Section::Platform, "/platform", "Platform"));
        }
        groups.push(Group { title: "Setup", links });
    }
    if who.reaches(Role::Member) {
        let links = vec![
            link(Section::Organization, "/organization", "Your organization"),
            link(Section::Shop, "/shop", "Shop"),
            link(Section::Cart, "/cart", "Cart"),
            link(Section::Orders, "/orders", "Your orders"),
        ];
        groups.push(Group { title: "Your own", links });
    }
    groups.retain(|group| !group.links.is_empty());
    groups
}
