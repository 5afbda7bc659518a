//! The frame around a page: who is here, where they can go, and what the last write left to say. Whoever knows who is
//! here leaves it with the request, so that an error stands in the same frame.

use crate::web::notice::Notice;
use actix_web::{HttpMessage, HttpRequest};

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
    /// Whether the navigation is a column beside the page: for those who have more than one group.
    #[must_use]
    pub fn has_side(&self) -> bool {
        self.nav.len() > 1
    }

    /// Leaves it with the request. A stranger's never takes the place of another.
    pub fn stay(self, request: &HttpRequest) {
        let mut left = request.extensions_mut();
        if self.user.is_some() || !left.contains::<Self>() {
            left.insert(self);
        }
    }

    /// The one that was left with the request.
    #[must_use]
    pub fn take(request: &HttpRequest) -> Option<Self> {
        request.extensions_mut().remove()
    }
}
