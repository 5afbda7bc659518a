//! The engine under the pages: schema, guards of the database, the desk's races and queries, on both databases.

#[cfg(test)]
mod append_only;
#[cfg(test)]
mod coupon_status;
#[cfg(test)]
mod doctor;
#[cfg(test)]
mod files;
#[cfg(test)]
mod imports;
#[cfg(test)]
mod jobs;
#[cfg(test)]
mod large;
#[cfg(test)]
mod life;
#[cfg(test)]
mod migrations;
#[cfg(test)]
mod model;
#[cfg(test)]
mod overdue;
#[cfg(test)]
mod plans;
#[cfg(test)]
mod redeem;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod search;
#[cfg(test)]
mod statements;
#[cfg(test)]
mod statistics;
#[cfg(test)]
mod till;
#[cfg(test)]
mod webhooks;
