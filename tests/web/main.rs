//! The app as people meet it: over HTTP, as somebody, on both databases.

#[cfg(test)]
mod accounts;
#[cfg(test)]
mod again;
#[cfg(test)]
mod api;
#[cfg(test)]
mod audit;
#[cfg(test)]
mod bad_coupons;
#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod basics;
#[cfg(test)]
mod batches;
#[cfg(test)]
mod codes;
#[cfg(test)]
mod coupons;
#[cfg(test)]
mod coupons_actions;
#[cfg(test)]
mod coupons_form;
#[cfg(test)]
mod exports;
#[cfg(test)]
mod imports;
#[cfg(test)]
mod jobs;
#[cfg(test)]
mod mail;
#[cfg(test)]
mod organization;
#[cfg(test)]
mod organizations;
#[cfg(test)]
mod origins;
#[cfg(test)]
mod outage;
#[cfg(test)]
mod overdue;
#[cfg(test)]
mod products;
#[cfg(test)]
mod program;
#[cfg(test)]
mod redemptions;
#[cfg(test)]
mod redemptions_list;
#[cfg(test)]
mod rights;
#[cfg(test)]
mod sheets;
#[cfg(test)]
mod shop;
#[cfg(test)]
mod sweep;
#[cfg(test)]
mod tenants;
#[cfg(test)]
mod webhooks;
#[cfg(test)]
mod why_not;
