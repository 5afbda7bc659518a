//! A client that openapi-python-client makes of the document holds a code for an order and confirms it, as it comes.

use crate::world;
use std::path::Path;
use std::process::{Command, Stdio};
use support::prelude::*;

/// Runs a command, and shows what it said where it fails.
async fn run(mut command: Command) -> String {
    let output = tokio::task::spawn_blocking(move || command.stdin(Stdio::null()).output().unwrap()).await.unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
    said
}

on_both_databases! {
    async fn a_generated_client_holds_and_confirms(app: App) {
        let _alone = crate::ALONE.lock().await;
        world::fill(&app).await;
        let secret = world::key(&app).await;
        let folder = tempfile::tempdir().unwrap();
        let document = app.anonymous().get("/api/v1/openapi.json").await.expect(200).body;
        std::fs::write(folder.path().join("openapi.json"), document).unwrap();
        let mut generate = Command::new(crate::tool("openapi-python-client"));
        generate.current_dir(folder.path()).args(["generate", "--path", "openapi.json", "--output-path", "client", "--meta", "none"]);
        let said = run(generate).await;
        assert!(!said.contains("WARNING") && !said.contains("ERROR"), "it understands all of the document: {said}");
        let mut checkout = Command::new(crate::tool("python"));
        checkout
            .current_dir(folder.path())
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contract/checkout.py"))
            .env("PYTHONPATH", folder.path())
            .env("VOUCHSAFE_URL", &app.url)
            .env("VOUCHSAFE_KEY", &secret);
        let said = run(checkout).await;
        assert_eq!(said.trim(), "held, then confirmed: 2966 left of 3490");
    }
}
