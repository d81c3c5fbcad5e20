//! The same server over a real socket on loopback, for tests that need one: raw bytes go in, raw bytes come out.

use std::net::SocketAddr;
use std::time::Duration;

use bronya_server::run::{Options, Server};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Longer than any answer takes, also on a busy machine.
const EVER: Duration = Duration::from_secs(20);

/// Opens a server on a database that another one has just left: whatever that one was still doing holds its file until it has
/// ended.
pub(crate) async fn open_when_free(options: &Options) -> Server {
    let mut opened = Server::open(options.clone()).await;
    for _ in 0..100 {
        if opened.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        opened = Server::open(options.clone()).await;
    }
    opened.unwrap_or_else(|error| panic!("the server doesn't start: {error:?}"))
}

/// A server that listens.
#[derive(Debug)]
pub struct RealServer {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<bool>,
}

impl RealServer {
    /// Opens a server with these options and lets it listen on a free port of loopback.
    pub async fn start(options: Options) -> Self {
        let server = open_when_free(&options).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let address = listener.local_addr().expect("a listener has an address");
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(server.serve(listener, async move {
            // The sender's end means the same as its word.
            stopped.await.unwrap_or(());
        }));
        Self { address, stop: Some(stop), serving }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sends these bytes on a connection of their own and reads until the server closes it.
    pub async fn exchange(&self, bytes: &[u8]) -> String {
        let talk = async {
            let mut stream = TcpStream::connect(self.address).await?;
            stream.write_all(bytes).await?;
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).await?;
            Ok::<_, std::io::Error>(String::from_utf8_lossy(&answer).into_owned())
        };
        let answer = tokio::time::timeout(EVER, talk).await.expect("the server answers and closes");
        answer.unwrap_or_else(|error| panic!("{error}"))
    }

    /// Asks it to stop, and does not wait for it.
    pub fn ask_to_stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // A server that has died already is found out by its handle.
            stop.send(()).unwrap_or(());
        }
    }

    /// Asks it to stop, if it was not asked before; tells whether it answered everything that it had accepted.
    pub async fn stop(mut self) -> bool {
        self.ask_to_stop();
        tokio::time::timeout(EVER, self.serving).await.expect("the server stops").expect("the server doesn't panic")
    }
}
