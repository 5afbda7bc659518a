//! The calls of `docs/api.md`, pasted into a shell beside a fresh demo, and what they answer.

use serde_json::Value;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// The demo, in a folder of its own.
struct Demo {
    child: Child,
    url: String,
    folder: tempfile::TempDir,
}

impl Demo {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_vouchsafe"))
            .arg("demo")
            .current_dir(folder.path())
            .env_remove("DATABASE_URL")
            .env("VOUCHSAFE_LISTEN", "127.0.0.1:0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (mut said, mut part) = (String::new(), [0; 1024]);
        let mut out = child.stdout.take().unwrap();
        while !said.contains("Ctrl-C") {
            let length = out.read(&mut part).unwrap();
            assert!(length > 0, "it ended: {said}");
            said.push_str(std::str::from_utf8(&part[..length]).unwrap());
        }
        let url = said.split_whitespace().find(|word| word.starts_with("http://")).unwrap().to_owned();
        Self { child, url, folder }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// The fenced blocks of a page: their language and their text.
fn blocks(page: &str) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(String, String)> = None;
    for line in page.lines() {
        match (line.strip_prefix("```"), open.take()) {
            (Some(language), None) => open = Some((language.to_owned(), String::new())),
            (Some(_), Some(block)) => blocks.push(block),
            (None, Some((language, text))) => open = Some((language, text + line + "\n")),
            (None, None) => {}
        }
    }
    blocks
}

/// Whether an answer is what the page says; `…` is anything.
fn fits(said: &Value, answer: &Value) -> bool {
    match (said, answer) {
        (Value::String(any), _) if any == "…" => !answer.is_null(),
        (Value::Object(said), Value::Object(answer)) => {
            said.len() == answer.len()
                && said.iter().all(|(key, said)| answer.get(key).is_some_and(|it| fits(said, it)))
        }
        (Value::Array(said), Value::Array(answer)) => {
            said.len() == answer.len() && said.iter().zip(answer).all(|(said, answer)| fits(said, answer))
        }
        _ => said == answer,
    }
}

#[test]
fn every_documented_call_answers_as_it_is_documented() {
    let demo = Demo::start();
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/api.md")).unwrap();
    let blocks = blocks(&page);
    let mut script = String::new();
    for (number, (language, text)) in blocks.iter().enumerate() {
        if language == "sh" {
            let text = text.replace("http://127.0.0.1:8080", &demo.url);
            script.push_str(&format!("echo '@@@ {number}'\n{text}\necho\n"));
        }
    }
    let output = Command::new("bash")
        .arg("-c")
        .arg(&script)
        .current_dir(demo.folder.path())
        .env("VOUCHSAFE", env!("CARGO_BIN_EXE_vouchsafe"))
        .env_remove("DATABASE_URL")
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let fault = String::from_utf8_lossy(&output.stderr);
    let answer_of = |number: usize| {
        let begin = format!("@@@ {number}\n");
        let rest = said.split_once(&begin).unwrap_or_else(|| panic!("{number} did not run: {said}\n{fault}")).1;
        rest.split("@@@ ").next().unwrap().trim().to_owned()
    };
    let mut checked = 0;
    for (number, pair) in blocks.windows(2).enumerate() {
        let [(asked, call), (language, expected)] = pair else { continue };
        if asked != "sh" || language == "sh" {
            continue;
        }
        let answer = answer_of(number);
        match language.as_str() {
            "json" => {
                let read = |text: &str| {
                    serde_json::from_str::<Value>(text)
                        .unwrap_or_else(|error| panic!("{error}: {text}\n{call}\n{fault}"))
                };
                assert!(
                    fits(&read(expected), &read(&answer)),
                    "{call}\nanswers\n{answer}\nand not\n{expected}\n{fault}"
                );
            }
            _ => assert_eq!(answer, expected.trim(), "{call}\n{fault}"),
        }
        checked += 1;
    }
    assert!(checked >= 14, "{checked} calls have an answer");
}

/// Each route of the older callers stands in the page.
#[test]
fn every_route_of_the_faces_is_documented() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/api.md")).unwrap();
    for (method, path) in vouchsafe::app::routes::ROUTES {
        if !path.starts_with("/promo-codes") && !path.starts_with("/billing") {
            continue;
        }
        let root = path.split('{').next().unwrap().trim_end_matches('/');
        assert!(page.contains(root), "{method} {path}");
    }
}
