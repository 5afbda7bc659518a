//! The audit log as people ask for it and read it: what its filters mean, and the sentence of each action.

pub mod filter;
pub mod words;
