//! A network that can be cut, swallow everything, or take its time, between a server and its PostgreSQL.

use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What the network does to what is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// It carries it.
    Whole,
    /// It ends every connection, and takes no new one.
    Cut,
    /// It swallows it: no answer, no error, until it is whole and ends what it swallowed of.
    Silent,
    /// It carries it this much later.
    Slow(Duration),
}

/// A proxy in front of a port.
pub struct Proxy {
    pub port: u16,
    network: watch::Sender<Network>,
}

impl Proxy {
    pub async fn before(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let (network, seen) = watch::channel(Network::Whole);
        let it = Self { port: listener.local_addr().expect("its number").port(), network };
        let behind = SocketAddr::from(([127, 0, 0, 1], port));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if *seen.borrow() == Network::Cut {
                    continue;
                }
                tokio::spawn(join(client, behind, seen.clone()));
            }
        });
        it
    }

    pub fn becomes(&self, network: Network) {
        self.network.send_replace(network);
    }
}

async fn join(client: TcpStream, behind: SocketAddr, seen: watch::Receiver<Network>) {
    let Ok(server) = TcpStream::connect(behind).await else { return };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    tokio::select! {
        () = carry(from_client, to_server, seen.clone()) => {}
        () = carry(from_server, to_client, seen) => {}
    }
}

async fn carry(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    mut seen: watch::Receiver<Network>,
) {
    let mut buffer = vec![0; 65_536];
    loop {
        let read = tokio::select! {
            read = from.read(&mut buffer) => read,
            _ = seen.wait_for(|network| *network == Network::Cut) => return,
        };
        let Ok(count @ 1..) = read else { return };
        let network = *seen.borrow();
        match network {
            Network::Cut => return,
            // What was swallowed is gone; once the network is whole again it says that it knows nothing of the connection.
            Network::Silent => {
                _ = seen.wait_for(|network| *network != Network::Silent).await;
                return;
            }
            Network::Slow(time) => tokio::time::sleep(time).await,
            Network::Whole => {}
        }
        if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}
