//! A receiver within this process, on a free port of 127.0.0.1.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use chatislav_receiver::{Config, Journal, Receiver, Sink};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::exit::Failure;

/// It serves until it is stopped or dropped.
pub(crate) struct OwnReceiver {
    /// `http://127.0.0.1:PORT`, without a path.
    pub(crate) url: String,
    stop: oneshot::Sender<()>,
    served: JoinHandle<()>,
}

impl OwnReceiver {
    /// To be called within the runtime.
    pub(crate) async fn start(config: Config, sink: Arc<dyn Sink>) -> Result<Self, Failure> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let receiver =
            Receiver::bind(address, config, Arc::new(Journal::default()), sink).await.map_err(Failure::failed)?;
        let url = format!("http://{}", receiver.local_addr().map_err(Failure::failed)?);
        let (stop, stopped) = oneshot::channel::<()>();
        let served = tokio::spawn(receiver.run(async {
            // Dropping the sender stops it as well.
            let _ = stopped.await;
        }));
        Ok(OwnReceiver { url, stop, served })
    }

    /// Lets it answer what it has begun, and waits for that.
    pub(crate) async fn stop(self) -> Result<(), Failure> {
        let _ = self.stop.send(());
        self.served.await.map_err(Failure::failed)
    }
}
