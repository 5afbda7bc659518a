//! schemathesis on the whole document: what it allows is accepted or refused as it says, what it does not is refused, and
//! nothing is ever a fault of ours.

use crate::world;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use support::prelude::*;
use vouchsafe::app::openapi::OPERATIONS;

/// At least so many calls.
const CASES: usize = 2_000;
/// The same with `make fuzz`.
const MANY_CASES: usize = 20_000;
/// Examples for each operation and phase, which make about as many calls as that.
const EXAMPLES: usize = 5;
const MANY_EXAMPLES: usize = 430;

async fn fuzz(app: App) {
    let _alone = crate::ALONE.lock().await;
    let tool = crate::tool("schemathesis");
    let many = std::env::var("VOUCHSAFE_FUZZ").is_ok_and(|how| how == "long");
    world::fill(&app).await;
    let secret = world::key(&app).await;
    let key = Actor::with_key(&app, &secret);
    let subjects = world::subjects(&app, &key).await;
    let document =
        world::with_subjects(app.anonymous().get("/api/v1/openapi.json").await.expect(200).json(), &subjects);
    let folder = tempfile::tempdir().unwrap();
    let (schema, report) = (folder.path().join("openapi.json"), folder.path().join("calls.har"));
    std::fs::write(&schema, document.to_string()).unwrap();
    let forgetting = tokio::spawn(world::forget_guesses(app.clone()));
    let mut command = Command::new(tool);
    command
        .current_dir(folder.path())
        .arg("--config-file")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contract/schemathesis.toml"))
        .args(["run", "openapi.json", "--checks", "all", "--no-color", "--url", &app.url])
        .args(["--header", &format!("Authorization: Bearer {secret}"), "--workers", "1"])
        .args(["--max-examples", &if many { MANY_EXAMPLES } else { EXAMPLES }.to_string()])
        .args(["--generation-database", "none", "--report", "har", "--report-har-path"])
        .arg(&report)
        .stdin(Stdio::null());
    if !many {
        command.args(["--seed", "20310401"]);
    }
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    forgetting.abort();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    let calls: Value = serde_json::from_str(&std::fs::read_to_string(&report).unwrap()).unwrap();
    let calls = calls["log"]["entries"].as_array().unwrap();
    let least = if many { MANY_CASES } else { CASES };
    println!("{} calls on {:?}", calls.len(), app.database);
    assert!(calls.len() >= least, "{} calls of {least}\n{said}", calls.len());
    let served = served(calls);
    let never: Vec<_> = OPERATIONS.iter().map(|it| it.id).filter(|id| !served.contains_key(id)).collect();
    assert!(never.is_empty(), "no call of these ever succeeded: {never:?}");
}

/// How often a call of each operation succeeded.
fn served(calls: &[Value]) -> BTreeMap<&'static str, usize> {
    let mut served = BTreeMap::new();
    for call in
        calls.iter().filter(|call| call["response"]["status"].as_i64().is_some_and(|it| (200..300).contains(&it)))
    {
        let method = call["request"]["method"].as_str().unwrap().to_lowercase();
        let url = call["request"]["url"].as_str().unwrap();
        let path = url.split("//").nth(1).unwrap().split(['?', '#']).next().unwrap();
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        let fits = |pattern: &str| {
            let pattern: Vec<&str> = pattern.split('/').skip(1).collect();
            pattern.len() == parts.len() && pattern.iter().zip(&parts).all(|(a, b)| a == b || a.starts_with('{'))
        };
        // Of two that fit, the one without a parameter is the one that answers.
        let found = OPERATIONS
            .iter()
            .filter(|it| it.method == method && fits(it.path))
            .min_by_key(|it| it.path.matches('{').count());
        if let Some(found) = found {
            *served.entry(found.id).or_default() += 1;
        }
    }
    served
}

on_both_databases! {
    async fn a_fuzzer_finds_nothing(app: App) {
        fuzz(app).await;
    }
}
