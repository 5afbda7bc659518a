//! The checkers of `tests/tools`: axe in the page, html-validate beside it.

use crate::browser::Browser;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The rules of WCAG 2.2 AA and good practice.
const RULES: &str = r#"["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]"#;

fn tools() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tools")
}

/// The source of axe, for [`Browser::in_every_page`].
pub fn axe() -> String {
    let path = tools().join("node_modules/axe-core/axe.min.js");
    std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; `make tools` installs it", path.display()))
}

/// What axe finds in the page as it stands.
pub async fn accessibility(browser: &Browser) -> Vec<String> {
    let found = browser
        .js_async(&format!(
            "axe.run(document, {{ runOnly: {RULES}, resultTypes: ['violations'] }}).then(
                (result) => done(result.violations.flatMap((rule) => rule.nodes.slice(0, 3).map((node) =>
                    `${{rule.id}}: ${{node.target}} | ${{[...node.any, ...node.all, ...node.none][0]?.message ?? rule.help}}`))),
                (error) => done([`axe failed: ${{error}}`]))"
        ))
        .await;
    strings(&found)
}

/// What sticks out of the page, if it scrolls sideways.
pub async fn overflow(browser: &Browser) -> Vec<String> {
    let found = browser
        .js("(() => {
            const page = document.documentElement;
            if (page.scrollWidth <= page.clientWidth) return [];
            const wide = [...document.querySelectorAll('body *')].filter((part) =>
                part.getBoundingClientRect().right > page.clientWidth + 1 && !part.closest('.scroller, .visually-hidden'));
            return ['sticks out: ' + wide.slice(0, 3).map((part) => part.outerHTML.slice(0, 100)).join(' ;; ')];
        })()")
        .await;
    strings(&found)
}

/// What sticks out of the card that it stands in.
pub async fn cards(browser: &Browser) -> Vec<String> {
    let found = browser
        .js("[...document.querySelectorAll('.list, .panel')].flatMap((card) => {
            const edge = card.getBoundingClientRect().right + 1;
            const wide = [...card.querySelectorAll('*')].filter((part) =>
                part.getBoundingClientRect().right > edge && !part.closest('.scroller, .visually-hidden, .menu__list')
                && getComputedStyle(part.closest('thead') ?? part).position !== 'absolute');
            return wide.slice(0, 1).map((part) => 'leaves its card: ' + part.outerHTML.slice(0, 100));
        })")
        .await;
    strings(&found)
}

/// What html-validate finds in these pages, given as name and markup.
pub fn markup(pages: &[(String, String)]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in pages {
        std::fs::write(folder.path().join(format!("{name}.html")), text).unwrap();
    }
    let output = Command::new("node")
        .arg(tools().join("node_modules/html-validate/bin/html-validate.mjs"))
        .arg("--config")
        .arg(tools().join(".htmlvalidate.json"))
        .args(["--formatter", "text"])
        .arg(format!("{}/*.html", folder.path().display()))
        .output()
        .expect("node is not installed; `make tools` installs it");
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    if output.status.success() {
        return Vec::new();
    }
    said.lines().map(|line| line.replace(&format!("{}/", folder.path().display()), "")).collect()
}

fn strings(value: &serde_json::Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}
