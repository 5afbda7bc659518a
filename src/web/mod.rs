//! Plumbing between HTTP and the slices: pages and fragments, forms and their errors, notices, cursors, assets,
//! throttles, and the faces of an error. No noun of the domain is known here.

pub mod address;
pub mod again;
pub mod api;
pub mod assets;
pub mod deprecated;
pub mod faces;
pub mod form;
pub mod gate;
pub mod headers;
pub mod html;
pub mod htmx;
pub mod notice;
pub mod numbers;
pub mod paging;
pub mod patience;
pub mod quota;
pub mod replay;
pub mod request_log;
pub mod same_origin;
pub mod seal;
pub mod shell;
pub mod throttle;
pub mod token;
pub mod turns;
pub mod unsent;
