//! The API held against what is said of it: its OpenAPI document by a fuzzer and by a generated client, the calls of
//! `docs/api.md` one by one, and webhooks by the package of their standard. The tools are Python's; `make tools` installs them.

#[cfg(test)]
mod client;
#[cfg(test)]
mod docs;
#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod webhooks;
#[cfg(test)]
mod world;

use std::path::PathBuf;

/// A tool of the tests, or a failed test that says how to get it.
#[cfg(test)]
fn tool(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/tools/.venv/bin").join(name);
    assert!(path.exists(), "{name} is not installed: run `make tools`, which puts it into tests/tools/.venv");
    path
}

/// One at a time: each wants the machine for itself.
#[cfg(test)]
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
