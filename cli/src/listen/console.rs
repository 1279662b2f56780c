//! The console's port: the control API, its token, and the file by which other commands find it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use chatislav_dispatcher::{CertificateDer, read_certificates};
use chatislav_receiver::{Control, ControlConfig, Forward, Handle, Journal, Token};
use chatislav_webhooks::Line;
use clap::Args;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::exit::Failure;
use crate::output::Output;
use crate::receiver::Running;
use crate::screen::WebhooksScreen;
use crate::{private, runtime};

/// What a store keeps of the console, so that links outlive a restart.
const TOKEN: &str = "console_token";
const PORT: &str = "console_port";

#[derive(Args)]
#[command(next_help_heading = "Console")]
pub(super) struct ConsoleArguments {
    /// The port of the console and its API, on this machine only. By default the port after the
    /// receiver's, or any free one if that is taken.
    #[arg(long, value_name = "PORT")]
    console_port: Option<u16>,
    /// No console; `requests`, `replay`, `wait` and `clear` then do not find this receiver.
    #[arg(long, conflicts_with = "console_port")]
    no_console: bool,
}

/// What a console needs before it has a receiver.
pub(crate) struct Desk {
    port: Option<u16>,
    /// Whether the receiver's own port was anybody's choice.
    follows: bool,
    sender: Arc<dyn Forward>,
    store: Option<PathBuf>,
}

/// A console that answers. It is gone from the runtime folder when it is dropped.
pub(crate) struct Console {
    url: String,
    token: String,
    stop: oneshot::Sender<()>,
    served: JoinHandle<()>,
    _file: Option<private::File>,
}

impl ConsoleArguments {
    pub(super) fn desk(
        &self,
        arguments: &super::Arguments,
        authorities: Vec<CertificateDer<'static>>,
        output: Output,
    ) -> Option<Desk> {
        if self.no_console {
            return None;
        }
        let store = arguments.store.as_ref().map(|path| std::path::absolute(path).unwrap_or_else(|_| path.clone()));
        let sender = arguments.forward.sender(authorities, output);
        Some(Desk { port: self.console_port, follows: arguments.port != 0, sender, store })
    }
}

/// The authorities of a file that we have written.
pub(super) fn authorities(file: &private::File) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let pem = std::fs::read(file.path()).map_err(Failure::failed)?;
    read_certificates(&pem).map_err(Failure::failed)
}

impl Desk {
    /// For a receiver on a port that nobody has chosen, which keeps nothing.
    pub(crate) fn passing(sender: Arc<dyn Forward>) -> Self {
        Desk { port: None, follows: false, sender, store: None }
    }

    /// Takes a port, and tells where it is.
    pub(crate) async fn open(
        self,
        receiver: &Handle,
        journal: &Journal,
        url: &str,
        screen: WebhooksScreen,
        output: Output,
    ) -> Result<Console, Failure> {
        let token = match journal.setting(TOKEN).filter(|token| !token.is_empty()) {
            Some(token) => token,
            None => hex::encode(*runtime::random()?),
        };
        let control = self.bind(receiver, journal, url, &token, &screen).await?;
        let address = control.local_addr().map_err(Failure::failed)?;
        for (key, value) in [(TOKEN, token.as_str()), (PORT, &address.port().to_string())] {
            journal.set_setting(key, value).map_err(Failure::failed)?;
        }
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(control.run(async {
            let _ = stopped.await;
        }));
        let running = Running::here(url, &format!("http://{address}"), &token, self.store.as_deref());
        let file = match running.publish() {
            Ok(file) => Some(file),
            Err(Failure { message, .. }) => {
                output.note(&format!("note: other commands will not find this receiver without --receiver: {message}"));
                None
            }
        };
        Ok(Console { url: running.console, token, stop, served, _file: file })
    }

    async fn bind(
        &self,
        receiver: &Handle,
        journal: &Journal,
        url: &str,
        token: &str,
        screen: &WebhooksScreen,
    ) -> Result<Control, Failure> {
        let config = || ControlConfig {
            screen: Some(Arc::new(screen.clone())),
            ..ControlConfig::new(Token::new(token), reachable(url), Arc::clone(&self.sender))
        };
        if let Some(port) = self.port {
            return Control::bind(port, receiver, config()).await.map_err(|error| {
                Failure::usage(format!("--console-port {port}: {error}; choose another, or 0 for any free one"))
            });
        }
        let kept = journal.setting(PORT).and_then(|port| port.parse().ok());
        let next = address(url).filter(|_| self.follows).and_then(|address| address.port().checked_add(1));
        for port in [kept, next].into_iter().flatten() {
            if let Ok(control) = Control::bind(port, receiver, config()).await {
                return Ok(control);
            }
        }
        Control::bind(0, receiver, config()).await.map_err(|error| Failure::failed(format!("no console: {error}")))
    }
}

impl Console {
    /// With what tells programs the way.
    pub(crate) fn line(&self, line: Line) -> Line {
        line.text("console", &self.url).text("token", &self.token)
    }

    /// What opens it in a browser.
    pub(crate) fn link(&self) -> String {
        format!("{}/#token={}", self.url, self.token)
    }

    /// Lets streams tell what they have not told yet, and ends.
    pub(super) async fn close(self) {
        let _ = self.stop.send(());
        let _ = self.served.await;
    }
}

fn address(url: &str) -> Option<SocketAddr> {
    url.split_once("://").and_then(|(_, address)| address.parse().ok())
}

/// Who listens on every address is reached at this machine's own.
pub(super) fn reachable(url: &str) -> String {
    let Some((scheme, mut address)) =
        url.split_once("://").and_then(|(scheme, rest)| Some((scheme, rest.parse::<SocketAddr>().ok()?)))
    else {
        return url.to_owned();
    };
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    format!("{scheme}://{address}")
}
