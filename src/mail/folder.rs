//! Letters that no server takes: a file each. Only the demo keeps them in a form that its page shows; elsewhere a mailed
//! link is for nobody who is signed in.

use super::letter::Letter;
use crate::config::Config;
use std::io::Write;
use std::path::Path;

/// The folder below the data folder.
pub(super) const NAME: &str = "mail";
/// How many the demo shows.
const SHOWN: usize = 50;

/// A letter that was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// What was mailed.
    pub letter: Letter,
}

/// Writes a letter as a file that only this user can read.
pub(super) fn put(folder: &Path, letter: &Letter, bytes: &[u8], shown: bool) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let name: String = letter.id.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '-').collect();
    write_private(&folder.join(format!("{name}.eml")), bytes)?;
    if shown {
        write_private(&folder.join(format!("{name}.json")), &serde_json::to_vec(letter)?)?;
    }
    Ok(())
}

fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(bytes)
}

/// The letters of the demo, newest first; none elsewhere.
#[must_use]
pub fn kept(config: &Config) -> Vec<Kept> {
    let Ok(entries) = std::fs::read_dir(config.data.join(NAME)) else { return Vec::new() };
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|kind| kind == "json"));
    // Ids begin with their instant.
    paths.sort();
    let read = |path: &std::path::PathBuf| serde_json::from_slice(&std::fs::read(path).ok()?).ok();
    paths.iter().rev().take(SHOWN).filter_map(read).map(|letter| Kept { letter }).collect()
}
