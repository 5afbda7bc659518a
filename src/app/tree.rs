//! Routes in an order in which they are soon found.
//!
//! The router tries one after the other, and a path with a variable part is a regular expression to it. So the plain paths
//! come first, and the others stand below what they begin with: of those, only the few with the right beginning are tried.

use actix_web::{Resource, web};
use std::collections::BTreeMap;

/// Resources on their way to the router.
#[derive(Default)]
pub struct Tree {
    plain: Vec<Resource>,
    /// Those with a variable part, by the plain segments before it.
    below: BTreeMap<&'static str, Vec<Resource>>,
}

impl Tree {
    /// Adds what `make` makes of a path; it is given the part of the path that its place leaves over.
    pub fn add(&mut self, path: &'static str, make: impl FnOnce(&str) -> Resource) {
        let root = path.split_once('{').and_then(|(fixed, _)| fixed.rsplit_once('/')).map(|(root, _)| root);
        match root.and_then(|root| Some((root, path.strip_prefix(root)?))) {
            Some((root, rest)) => self.below.entry(root).or_default().push(make(rest)),
            None => self.plain.push(make(path)),
        }
    }

    /// Registers all of them.
    pub fn register(self, config: &mut web::ServiceConfig) {
        for resource in self.plain {
            config.service(resource);
        }
        // The longest beginning first: a shorter one would take what is below it.
        for (root, resources) in self.below.into_iter().rev() {
            config.service(resources.into_iter().fold(web::scope(root), |scope, resource| scope.service(resource)));
        }
    }
}
