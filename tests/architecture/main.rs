//! The house holds: who may import whom, how long a file may be, what a template may say.

#[cfg(test)]
mod common;
#[cfg(test)]
mod imports;
#[cfg(test)]
mod templates;
