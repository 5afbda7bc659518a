//! What an operator can set, by environment or in a TOML file. The environment wins.

use anyhow::{Context, bail};
use serde::Deserialize;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

/// Everything `serve` needs to know; each field has a default that works on a laptop.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen (`VOUCHSAFE_LISTEN`); port 0 lets the system choose.
    pub listen: SocketAddr,
    /// The folder of the SQLite database and the secret key (`VOUCHSAFE_DATA`).
    pub data: PathBuf,
    /// PostgreSQL, when one machine is not enough (`DATABASE_URL`).
    pub database_url: Option<String>,
    /// The address under which people reach this installation, for links in mails (`VOUCHSAFE_BASE_URL`).
    pub base_url: Option<String>,
    /// At least 64 characters that sign cookies (`VOUCHSAFE_SECRET_KEY`); made in the data folder if absent.
    pub secret_key: Option<String>,
    /// Proxies whose `X-Forwarded-For`, `-Host` and `-Proto` are believed (`VOUCHSAFE_TRUSTED_PROXIES`, comma separated).
    pub trusted_proxies: Vec<IpAddr>,
    /// Where mail goes (`VOUCHSAFE_SMTP_URL`).
    pub smtp_url: Option<String>,
    /// Whom mail comes from (`VOUCHSAFE_MAIL_FROM`); `vouchsafe@` the host of the base URL if absent.
    pub mail_from: Option<String>,
    /// Hosts and addresses inside the network that webhooks may go to (`VOUCHSAFE_WEBHOOK_HOSTS`, comma separated).
    pub webhook_hosts: Vec<String>,
    /// The most bytes of a file that is sent to be imported (`VOUCHSAFE_LARGEST_UPLOAD`, in MiB).
    pub largest_upload: u64,
    /// Whether this is the demo, which shows what others keep to themselves. No setting makes it one.
    pub demo: bool,
    /// The password of the demo's users (`VOUCHSAFE_DEMO_PASSWORD`); random if absent.
    pub demo_password: Option<String>,
}

/// The same, as a file says it: everything optional, nothing unknown.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    listen: Option<String>,
    data: Option<PathBuf>,
    database_url: Option<String>,
    base_url: Option<String>,
    secret_key: Option<String>,
    trusted_proxies: Option<Vec<String>>,
    smtp_url: Option<String>,
    mail_from: Option<String>,
    webhook_hosts: Option<Vec<String>>,
    largest_upload: Option<u64>,
    demo_password: Option<String>,
}

const SHORTEST_SECRET: usize = 64;
/// The default limit of a file, in MiB.
pub const LARGEST_UPLOAD: u64 = 64;
const MIB: u64 = 1_024 * 1_024;

impl Config {
    /// Reads the file (`vouchsafe.toml` where there is one, or the one named) and the environment.
    ///
    /// # Errors
    /// A file that is missing though named, an unknown setting, or a value that cannot be read; the message names it.
    pub fn load(file: Option<&Path>, env: impl Fn(&str) -> Option<String>) -> anyhow::Result<Self> {
        let file = match file {
            Some(path) => read(path)?,
            None if Path::new("vouchsafe.toml").exists() => read(Path::new("vouchsafe.toml"))?,
            None => File::default(),
        };
        let env = |name: &str| env(name).filter(|value| !value.trim().is_empty());
        let listen = env("VOUCHSAFE_LISTEN").or(file.listen).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
        let proxies = match env("VOUCHSAFE_TRUSTED_PROXIES") {
            Some(list) => list.split(',').map(|item| item.trim().to_owned()).collect(),
            None => file.trusted_proxies.unwrap_or_default(),
        };
        let hosts = match env("VOUCHSAFE_WEBHOOK_HOSTS") {
            Some(list) => list.split(',').map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect(),
            None => file.webhook_hosts.unwrap_or_default(),
        };
        let config = Self {
            listen: listen.parse().with_context(|| format!("VOUCHSAFE_LISTEN is not an address: {listen}"))?,
            data: env("VOUCHSAFE_DATA").map(PathBuf::from).or(file.data).unwrap_or_else(|| "data".into()),
            database_url: env("DATABASE_URL").or(file.database_url),
            base_url: env("VOUCHSAFE_BASE_URL").or(file.base_url).map(|url| url.trim_end_matches('/').to_owned()),
            secret_key: env("VOUCHSAFE_SECRET_KEY").or(file.secret_key),
            trusted_proxies: proxies
                .iter()
                .map(|item| item.parse().with_context(|| format!("VOUCHSAFE_TRUSTED_PROXIES: not an address: {item}")))
                .collect::<anyhow::Result<_>>()?,
            smtp_url: env("VOUCHSAFE_SMTP_URL").or(file.smtp_url),
            mail_from: env("VOUCHSAFE_MAIL_FROM").or(file.mail_from),
            webhook_hosts: hosts,
            largest_upload: megabytes(env("VOUCHSAFE_LARGEST_UPLOAD"), file.largest_upload)?,
            demo: false,
            demo_password: env("VOUCHSAFE_DEMO_PASSWORD").or(file.demo_password),
        };
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> anyhow::Result<()> {
        match &self.secret_key {
            Some(key) if key.len() < SHORTEST_SECRET => {
                bail!("VOUCHSAFE_SECRET_KEY needs at least {SHORTEST_SECRET} characters")
            }
            // Several processes on one database must agree on it, so none may make its own.
            None if self.database_url.is_some() => bail!("with DATABASE_URL, VOUCHSAFE_SECRET_KEY must be set"),
            _ => Ok(()),
        }
    }

    /// The bytes that sign cookies, made and kept in the data folder when none are configured.
    ///
    /// # Errors
    /// When the data folder cannot be read or written.
    pub fn secret(&self) -> anyhow::Result<Vec<u8>> {
        if let Some(key) = &self.secret_key {
            return Ok(key.clone().into_bytes());
        }
        let path = self.data.join("secret.key");
        if let Ok(key) = std::fs::read(&path)
            && key.len() >= SHORTEST_SECRET
        {
            return Ok(key);
        }
        let key = crate::web::token::random(SHORTEST_SECRET)?;
        std::fs::create_dir_all(&self.data).with_context(|| format!("cannot make {}", self.data.display()))?;
        write_private(&path, key.as_bytes()).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(key.into_bytes())
    }
}

/// A limit in MiB, as bytes.
fn megabytes(said: Option<String>, in_file: Option<u64>) -> anyhow::Result<u64> {
    let said = said.map(|text| text.trim().parse::<u64>());
    let limit = said.transpose().context("VOUCHSAFE_LARGEST_UPLOAD is not a number of MiB")?;
    let limit = limit.or(in_file).unwrap_or(LARGEST_UPLOAD);
    if !(1..=1_024).contains(&limit) {
        bail!("VOUCHSAFE_LARGEST_UPLOAD is between 1 and 1024 MiB");
    }
    Ok(limit * MIB)
}

fn read(path: &Path) -> anyhow::Result<File> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    toml::from_str(&text).with_context(|| format!("cannot understand {}", path.display()))
}

fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(bytes)
}
