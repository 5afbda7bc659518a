//! Torture: the program itself, as processes that race, are killed, lose their database, their disk or their network.
//!
//! Every story runs a few rounds with `make test` and many with `make torture`, says how many it ran, and ends with
//! `vouchsafe doctor` finding nothing. `make faults` shows that each of them turns red on a fault it is there for.

#[cfg(test)]
mod attack;
#[cfg(test)]
mod cluster;
#[cfg(test)]
mod crowds;
#[cfg(test)]
mod disk;
#[cfg(test)]
mod house;
#[cfg(test)]
mod kills;
#[cfg(test)]
mod load;
#[cfg(test)]
mod outages;
#[cfg(test)]
mod proxy;
#[cfg(test)]
mod races;
#[cfg(test)]
mod server;
#[cfg(test)]
mod told;
#[cfg(test)]
mod twins;

/// One story at a time: each wants the machine for itself.
#[cfg(test)]
pub static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// How many rounds to run: few with `make test`, many with `make torture`.
#[cfg(test)]
pub fn rounds(short: usize, long: usize) -> usize {
    if std::env::var("VOUCHSAFE_TORTURE").is_ok_and(|how| how == "long") { long } else { short }
}

/// A number below `end`, another one each time.
#[cfg(test)]
pub fn random(end: u64) -> u64 {
    let [.., a, b, c, d] = uuid::Uuid::now_v7().into_bytes();
    u64::from(u32::from_le_bytes([a, b, c, d])) % end
}
