//! The post: by SMTP as the configuration says, or into a folder.

use super::folder;
use super::letter::Letter;
use crate::config::Config;
use anyhow::{Context, anyhow};
use lettre::message::{Mailbox, Message, MultiPart};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use std::path::PathBuf;
use std::time::Duration;

/// How long a mail server may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Takes letters away; clones are the same post.
#[derive(Clone)]
pub struct Post {
    from: Address,
    way: Way,
}

#[derive(Clone)]
enum Way {
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    Folder { path: PathBuf, shown: bool },
}

/// Why a letter did not go out, in a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotSent {
    /// It may go out later.
    Later(String),
    /// The server will never take it.
    Never(String),
}

impl Post {
    /// As the configuration says: `VOUCHSAFE_SMTP_URL` (`smtps://user:password@host`, or `smtp://host?tls=required`),
    /// and a folder without it.
    ///
    /// # Errors
    /// When the URL or the sender's address cannot be read.
    pub fn open(config: &Config) -> anyhow::Result<Self> {
        let from = match &config.mail_from {
            Some(from) => from.clone(),
            None => format!("vouchsafe@{}", host(config.base_url.as_deref())),
        };
        let from = from.parse().with_context(|| format!("VOUCHSAFE_MAIL_FROM is not an e-mail address: {from}"))?;
        let way = match &config.smtp_url {
            Some(url) => {
                // The URL may hold a password: it is not repeated.
                let smtp = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
                    .map_err(|error| anyhow!("VOUCHSAFE_SMTP_URL cannot be read: {error}"))?;
                Way::Smtp(smtp.timeout(Some(PATIENCE)).build())
            }
            None => Way::Folder { path: config.data.join(folder::NAME), shown: config.demo },
        };
        Ok(Self { from, way })
    }

    /// Whether letters reach people.
    #[must_use]
    pub fn reaches_people(&self) -> bool {
        matches!(self.way, Way::Smtp(_) | Way::Folder { shown: true, .. })
    }

    /// Sends a letter.
    ///
    /// # Errors
    /// [`NotSent`], with what the server said.
    pub async fn send(&self, letter: &Letter) -> Result<(), NotSent> {
        let message = self.message(letter).map_err(|error| NotSent::Never(format!("It cannot be mailed: {error}.")))?;
        match &self.way {
            Way::Smtp(smtp) => match smtp.send(message).await {
                Ok(_) => Ok(()),
                Err(error) if error.is_permanent() => {
                    Err(NotSent::Never(format!("The mail server refused it: {error}.")))
                }
                Err(error) => Err(NotSent::Later(format!("The mail server did not take it: {error}."))),
            },
            Way::Folder { path, shown } => {
                let (path, letter, shown, bytes) = (path.clone(), letter.clone(), *shown, message.formatted());
                let put = tokio::task::spawn_blocking(move || folder::put(&path, &letter, &bytes, shown)).await;
                match put {
                    Ok(Ok(())) => Ok(()),
                    Ok(Err(error)) => Err(NotSent::Later(format!("The folder of mails cannot be written: {error}."))),
                    Err(_) => Err(NotSent::Later("The folder of mails cannot be written.".to_owned())),
                }
            }
        }
    }

    fn message(&self, letter: &Letter) -> anyhow::Result<Message> {
        let to: Address = letter.to.parse().context("its receiver is no e-mail address")?;
        let name = Some(letter.from_name.replace(['\r', '\n'], " ")).filter(|name| !name.is_empty());
        let domain = self.from.domain();
        let message = Message::builder()
            .from(Mailbox::new(name, self.from.clone()))
            .to(Mailbox::new(None, to))
            .subject(letter.subject.replace(['\r', '\n'], " "))
            .message_id(Some(format!("<{}@{domain}>", letter.id)))
            .multipart(MultiPart::alternative_plain_html(letter.text(), letter.html()?))?;
        Ok(message)
    }
}

/// The host of a URL; what no mail comes from where there is none.
fn host(url: Option<&str>) -> String {
    let host = url.and_then(|url| url.split_once("://")).map(|(_, rest)| rest);
    let host = host.and_then(|rest| rest.split(['/', ':', '?']).next()).filter(|host| host.contains('.'));
    host.filter(|host| !host.starts_with('[')).unwrap_or("vouchsafe.invalid").to_owned()
}

#[cfg(test)]
mod tests {
    use super::host;

    #[test]
    fn mail_comes_from_the_host_of_the_installation() {
        assert_eq!(host(Some("https://coupons.example.com:8443/x")), "coupons.example.com");
        assert_eq!(host(Some("http://localhost:8080")), "vouchsafe.invalid");
        assert_eq!(host(None), "vouchsafe.invalid");
    }
}
