//! Our own accept loop over HTTP/1.1, because the stock one has no time-outs: a client may be slow, broken or hostile, and
//! still costs no more than its share of connections for a bounded time. It knows nothing of what is being served.
//!
//! A connection is one task with one timer. What the connection waits for is its *phase*, and each phase has its deadline;
//! moving from one phase to the next writes a number and touches no timer.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::io::{self, IoSlice};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use bytes::{Buf, Bytes, BytesMut};
use http::header::{CONNECTION, HOST};
use http::{HeaderValue, Request, Version};
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tower::Service;

use super::address::TrustedProxies;
use super::middleware::Shell;
use super::problem::ProblemKind;

/// What connections may cost.
#[derive(Clone, Debug)]
pub struct NetLimits {
    /// How long a request's head may take, from its first byte, or from the connection's start for its first request; 10 s.
    pub head_time_max: Duration,
    /// How long a connection may rest between requests; 60 s.
    pub idle_time_max: Duration,
    /// How long a client may take to accept 64 KiB of an answer, or what is left of it; 30 s.
    pub write_time_max: Duration,
    /// Bytes of a request's head; 16 KiB.
    pub head_bytes_max: usize,
    /// Connections in all; 4,096.
    pub connections_max: usize,
    /// Connections from one address (for IPv6 one /64); 64. Loopback and trusted proxies are not counted.
    pub connections_per_address_max: usize,
    /// How long running requests have to finish when the server stops; 30 s.
    pub drain_time_max: Duration,
    /// Whose connections are not counted by address: they carry many clients.
    pub trusted_proxies: TrustedProxies,
}

impl Default for NetLimits {
    fn default() -> Self {
        Self {
            head_time_max: Duration::from_secs(10),
            idle_time_max: Duration::from_mins(1),
            write_time_max: Duration::from_secs(30),
            head_bytes_max: 16 * 1024,
            connections_max: 4_096,
            connections_per_address_max: 64,
            drain_time_max: Duration::from_secs(30),
            trusted_proxies: TrustedProxies::default(),
        }
    }
}

/// Progress on a slow answer that earns it another `write_time_max`.
const WRITE_PROGRESS_BYTES_MIN: u64 = 64 * 1024;

/// What is read and thrown away of a request that was refused before all of it had come. Closing at once would reset
/// the connection, and the client could lose the answer that says why.
const LINGER_BYTES_MAX: usize = 1024 * 1024;
const LINGER_TIME_MAX: Duration = Duration::from_secs(2);

/// How much of a request hyper may hold at once.
const BUFFER_BYTES_MAX: usize = 64 * 1024;

/// How long the loop rests when the system can't give it a connection (no file descriptors, no memory).
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves until `shutdown` completes; then takes no more connections, closes those that rest, lets running requests finish
/// within `drain_time_max`, and ends. Says whether every one of them could.
pub async fn serve(listener: TcpListener, shell: Shell, limits: NetLimits, shutdown: impl Future<Output = ()>) -> bool {
    let shared = Arc::new(Shared {
        draining: AtomicBool::new(false),
        drain: Notify::new(),
        open: AtomicUsize::new(0),
        by_address: Mutex::new(HashMap::new()),
        limits,
    });
    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            () = &mut shutdown => break,
            Some(ended) = connections.join_next(), if !connections.is_empty() => {
                note_end(&ended);
                continue;
            }
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => accept(&mut connections, &shared, &shell, stream, peer),
            Err(error) => pause_after(&error).await,
        }
    }
    drop(listener);
    shared.draining.store(true, Ordering::SeqCst);
    shared.drain.notify_waiters();
    let drained = timeout(shared.limits.drain_time_max, async {
        while let Some(ended) = connections.join_next().await {
            note_end(&ended);
        }
    });
    if drained.await.is_err() {
        tracing::warn!(connections = connections.len(), "connections did not finish in time and are cut");
        connections.shutdown().await;
        return false;
    }
    true
}

/// The shell catches the panics of handlers; one that gets here is a fault of this file or of hyper.
fn note_end(ended: &Result<(), tokio::task::JoinError>) {
    if ended.as_ref().is_err_and(tokio::task::JoinError::is_panic) {
        tracing::error!("a connection's task panicked");
    }
}

/// An error of `accept` is either about the one connection, and the next may be fine, or about the system, and then trying
/// again at once would only burn what is left of it.
async fn pause_after(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    if matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted) {
        return;
    }
    tracing::warn!(%error, "can't accept connections");
    sleep(ACCEPT_PAUSE).await;
}

fn accept(connections: &mut JoinSet<()>, shared: &Arc<Shared>, shell: &Shell, stream: TcpStream, peer: SocketAddr) {
    let shell = shell.for_peer(peer);
    let slot = match Slot::take(shared, &shell, peer.ip()) {
        Ok(slot) => slot,
        Err(kind) => {
            shell.metrics().refused.inc();
            // As much as the socket's buffer takes at once, which is all of it: nobody waits for a client too many.
            let _ = stream.try_write(&shell.refusal(kind));
            return;
        }
    };
    // Answers are written whole; waiting for more to send along would only delay them.
    let _ = stream.set_nodelay(true);
    connections.spawn(connection(stream, shell, slot));
}

/// What all connections share.
struct Shared {
    limits: NetLimits,
    draining: AtomicBool,
    drain: Notify,
    open: AtomicUsize,
    by_address: Mutex<HashMap<IpAddr, usize>>,
}

/// A connection's place under the caps, given back when it is dropped.
struct Slot {
    shared: Arc<Shared>,
    shell: Shell,
    counted: Option<IpAddr>,
}

impl Slot {
    fn take(shared: &Arc<Shared>, shell: &Shell, address: IpAddr) -> Result<Self, ProblemKind> {
        let limits = &shared.limits;
        let address = address.to_canonical();
        let exempt = address.is_loopback() || limits.trusted_proxies.contains(address);
        let counted = (!exempt).then(|| network(address));
        if let Some(address) = counted {
            let mut by_address = shared.by_address.lock().unwrap_or_else(PoisonError::into_inner);
            let count = by_address.entry(address).or_default();
            if limits.connections_per_address_max <= *count {
                return Err(ProblemKind::TooManyRequests);
            }
            *count += 1;
        }
        let slot = Self { shared: Arc::clone(shared), shell: shell.clone(), counted };
        shell.metrics().connections.inc();
        let open = shared.open.fetch_add(1, Ordering::Relaxed);
        // Dropping the slot takes it off again.
        if limits.connections_max <= open { Err(ProblemKind::Overloaded) } else { Ok(slot) }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.shared.open.fetch_sub(1, Ordering::Relaxed);
        self.shell.metrics().connections.dec();
        if let Some(address) = self.counted {
            let mut by_address = self.shared.by_address.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(count) = by_address.get_mut(&address) {
                *count -= 1;
                if *count == 0 {
                    by_address.remove(&address);
                }
            }
        }
    }
}

/// Whoever has one IPv6 address has the whole /64.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => Ipv6Addr::from(u128::from(address) & (u128::MAX << 64)).into(),
    }
}

/// Serves one connection to its end.
async fn connection(stream: TcpStream, shell: Shell, slot: Slot) {
    let limits = &slot.shared.limits;
    let state = Arc::new(State::new(limits));
    let stream = Stream {
        tcp: stream,
        state: Arc::clone(&state),
        shell: shell.clone(),
        ahead: BytesMut::new(),
        head: Head::default(),
        refusal: None,
        lingered: 0,
        eof: false,
    };
    let service = {
        let state = Arc::clone(&state);
        service_fn(move |request: Request<Incoming>| {
            let in_chunks = state.request_began(request.body());
            let named = names_one_host(&request);
            let request = request.map(|body| request_body(body, &state));
            let answer = if named {
                shell.clone().call(request)
            } else {
                shell.refuse(request, ProblemKind::BadRequest.detail("send one `Host`"))
            };
            let state = Arc::clone(&state);
            async move {
                let mut response = answer.await?;
                // Where chunks end is hyper's knowledge, and with it which bytes after them are the next request's head.
                if in_chunks || !named {
                    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                }
                Ok::<_, Infallible>(response.map(|body| AnswerBody { body, state }))
            }
        })
    };
    let served = http1::Builder::new()
        // A client that has sent its request and closed its side still gets its answer.
        .half_close(true)
        // The phases below do this, and tell a resting connection from a slow head.
        .header_read_timeout(None)
        .max_header_size(limits.head_bytes_max)
        .max_buf_size(BUFFER_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service);
    let mut served = pin!(served);
    let mut drain = pin!(slot.shared.drain.notified());
    // From here on a notification is not lost; one that came before is seen in `draining`.
    drain.as_mut().enable();
    let mut draining = false;
    let mut first = true;
    let mut timer = pin!(tokio::time::sleep_until(state.next_look(Instant::now())));
    let in_time = poll_fn(|cx| {
        if first {
            // Leaves this task's waker there, which stays the same as long as the task lives.
            first = false;
            let _ = drain.as_mut().poll(cx);
        }
        if !draining && slot.shared.draining.load(Ordering::SeqCst) {
            draining = true;
            served.as_mut().graceful_shutdown();
        }
        // How it ended (the client left, its HTTP was broken) is the client's own matter.
        if served.as_mut().poll(cx).is_ready() {
            return Poll::Ready(true);
        }
        while timer.as_mut().poll(cx).is_ready() {
            let now = Instant::now();
            if state.due() <= now {
                return Poll::Ready(false);
            }
            timer.as_mut().reset(state.next_look(now));
        }
        Poll::Pending
    });
    if !in_time.await && !state.is(Phase::Idle) {
        slot.shell.metrics().timed_out.inc();
    }
}

/// Whether a request says once whom it is for. Of two hosts a proxy may have believed the other. (Of two lengths hyper takes
/// those that are equal for one, and refuses others.)
fn names_one_host<B>(request: &Request<B>) -> bool {
    match request.headers().get_all(HOST).iter().count() {
        0 => request.version() < Version::HTTP_11,
        count => count == 1,
    }
}

/// What a connection waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Phase {
    /// The head of a request, of which the first byte may have come.
    Head,
    /// The next request, if there is one.
    Idle,
    /// The answer of the shell, which has deadlines of its own for it and for the request's body.
    Request,
    /// The rest of the answer is going out.
    Flush,
    /// The client's reading of the last answer, while what it still sends is thrown away.
    Linger,
}

/// No deadline.
const NEVER: u64 = u64::MAX;

/// What comes next is a head.
const HEAD_TO_COME: u64 = u64::MAX;
/// What comes next is a body in chunks, of which only hyper knows the end.
const CHUNKS_TO_COME: u64 = u64::MAX - 1;

/// A connection's phase and deadlines. Written by the parts of the one task that owns the connection, so the orderings
/// can be relaxed.
struct State {
    started: Instant,
    head_time_max: Duration,
    idle_time_max: Duration,
    write_time_max: Duration,
    phase: AtomicU8,
    /// The phase's deadline, in milliseconds after `started`.
    due: AtomicU64,
    /// The deadline for writing, likewise; `NEVER` while the client keeps up.
    write_due: AtomicU64,
    /// Bytes written since `write_due` was set.
    written: AtomicU64,
    /// The last request was answered before its body was read to the end.
    unread: AtomicBool,
    /// How many bytes of a body come next; or one of the two values above.
    to_come: AtomicU64,
}

impl State {
    fn new(limits: &NetLimits) -> Self {
        let state = Self {
            started: Instant::now(),
            head_time_max: limits.head_time_max,
            idle_time_max: limits.idle_time_max,
            write_time_max: limits.write_time_max,
            phase: AtomicU8::new(Phase::Head as u8),
            due: AtomicU64::new(NEVER),
            write_due: AtomicU64::new(NEVER),
            written: AtomicU64::new(0),
            unread: AtomicBool::new(false),
            to_come: AtomicU64::new(HEAD_TO_COME),
        };
        state.enter(Phase::Head, Some(limits.head_time_max));
        state
    }

    fn is(&self, phase: Phase) -> bool {
        self.phase.load(Ordering::Relaxed) == phase as u8
    }

    fn enter(&self, phase: Phase, within: Option<Duration>) {
        self.phase.store(phase as u8, Ordering::Relaxed);
        self.due.store(within.map_or(NEVER, |time| self.millis_after(time)), Ordering::Relaxed);
    }

    fn millis_after(&self, time: Duration) -> u64 {
        u64::try_from((self.started.elapsed() + time).as_millis()).unwrap_or(NEVER - 1)
    }

    /// Says whether the body comes in chunks.
    fn request_began(&self, body: &impl HttpBody) -> bool {
        self.unread.store(false, Ordering::Relaxed);
        self.enter(Phase::Request, None);
        let to_come =
            if body.is_end_stream() { HEAD_TO_COME } else { body.size_hint().exact().unwrap_or(CHUNKS_TO_COME) };
        self.to_come.store(to_come, Ordering::Relaxed);
        to_come == CHUNKS_TO_COME
    }

    fn bytes_came(&self) {
        if self.is(Phase::Idle) {
            self.enter(Phase::Head, Some(self.head_time_max));
        }
    }

    fn answer_handed_over(&self) {
        if self.is(Phase::Request) {
            self.enter(Phase::Flush, None);
        }
    }

    fn write_blocked(&self) {
        if self.write_due.load(Ordering::Relaxed) == NEVER {
            self.written.store(0, Ordering::Relaxed);
            self.write_due.store(self.millis_after(self.write_time_max), Ordering::Relaxed);
        }
    }

    fn wrote(&self, bytes: usize) {
        if self.write_due.load(Ordering::Relaxed) == NEVER {
            return;
        }
        let written = self.written.load(Ordering::Relaxed) + bytes as u64;
        self.written.store(written, Ordering::Relaxed);
        if WRITE_PROGRESS_BYTES_MIN <= written {
            self.write_due.store(NEVER, Ordering::Relaxed);
        }
    }

    fn flushed(&self) {
        self.write_due.store(NEVER, Ordering::Relaxed);
        if self.is(Phase::Flush) {
            self.enter(Phase::Idle, Some(self.idle_time_max));
        }
    }

    /// The deadline that comes first. A year is as good as never, and can be added to a time.
    fn due(&self) -> Instant {
        let millis = self.due.load(Ordering::Relaxed).min(self.write_due.load(Ordering::Relaxed));
        self.started + Duration::from_millis(millis).min(Duration::from_hours(366 * 24))
    }

    /// When the timer has to look at the deadlines: at the first of them, or before any that is set from now on can have
    /// passed.
    fn next_look(&self, now: Instant) -> Instant {
        let shortest = self.head_time_max.min(self.idle_time_max).min(self.write_time_max).min(LINGER_TIME_MAX);
        self.due().min(now + shortest)
    }
}

/// How far a request's head has been looked through.
#[derive(Default)]
struct Head {
    /// It has a byte that is no line's end; what is before that is skipped.
    begun: bool,
    /// The line has a byte.
    in_line: bool,
    after_cr: bool,
}

impl Head {
    /// Looks through what came, and says how much of it belongs to this head. Lines end with CR LF. Hyper also takes a
    /// bare LF, at which a proxy may have seen no end of a line, and passed on as one request what would be two here; so
    /// one that stands alone is spoilt, and hyper refuses it.
    fn look(&mut self, bytes: &mut [u8]) -> usize {
        for (at, byte) in bytes.iter_mut().enumerate() {
            let after_cr = std::mem::replace(&mut self.after_cr, *byte == b'\r');
            match *byte {
                b'\n' if !after_cr => *byte = b'\0',
                b'\n' if self.begun && !self.in_line => {
                    *self = Self::default();
                    return at + 1;
                }
                b'\n' => self.in_line = false,
                b'\r' => {}
                _ => (self.begun, self.in_line) = (true, true),
            }
        }
        bytes.len()
    }
}

/// The socket, watched.
struct Stream {
    tcp: TcpStream,
    state: Arc<State>,
    shell: Shell,
    /// What came behind the end of a head or a body, and is handed on when that is done with: hyper reads what it gets.
    ahead: BytesMut,
    head: Head,
    /// Our own answer in place of a bare one of hyper's, and how much of it has gone out.
    refusal: Option<(Vec<u8>, usize)>,
    lingered: usize,
    eof: bool,
}

impl Stream {
    /// Hyper answers what it can't parse by itself, with a status and nothing else. Our clients get a problem.
    fn replace(&mut self, head: &[u8]) {
        if self.refusal.is_none() {
            let kind = match head.get(9..12) {
                Some(b"414") => ProblemKind::UriTooLong,
                Some(b"431") => ProblemKind::HeadersTooLarge,
                _ => ProblemKind::BadRequest,
            };
            self.refusal = Some((self.shell.refusal(kind), 0));
        }
    }

    /// How many of the bytes that came hyper may have now: no more than end what it reads.
    fn admit(&mut self, bytes: &mut [u8]) -> usize {
        match self.state.to_come.load(Ordering::Relaxed) {
            HEAD_TO_COME => self.head.look(bytes),
            CHUNKS_TO_COME => bytes.len(),
            left => {
                let admitted = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
                let left = left - admitted as u64;
                self.state.to_come.store(if left == 0 { HEAD_TO_COME } else { left }, Ordering::Relaxed);
                admitted
            }
        }
    }

    /// Hyper writes outside of a request only to refuse one.
    fn refuses(&self) -> bool {
        self.state.is(Phase::Head) || self.state.is(Phase::Idle)
    }

    fn poll_refusal(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Some((text, sent)) = &mut self.refusal {
            while let Some(rest) = text.get(*sent..).filter(|rest| !rest.is_empty()) {
                let Poll::Ready(result) = Pin::new(&mut self.tcp).poll_write(cx, rest) else {
                    self.state.write_blocked();
                    return Poll::Pending;
                };
                match result? {
                    0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                    bytes => *sent += bytes,
                }
            }
        }
        Poll::Ready(Ok(()))
    }

    fn note_write(&self, result: &Poll<io::Result<usize>>) {
        match result {
            Poll::Ready(Ok(bytes)) => self.state.wrote(*bytes),
            Poll::Ready(Err(_)) => {}
            Poll::Pending => self.state.write_blocked(),
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if !self.ahead.is_empty() {
            let mut ahead = std::mem::take(&mut self.ahead);
            let count = ahead.len().min(buf.remaining());
            let admitted = self.admit(&mut ahead[..count]);
            buf.put_slice(&ahead[..admitted]);
            ahead.advance(admitted);
            self.ahead = ahead;
            self.state.bytes_came();
            return Poll::Ready(Ok(()));
        }
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.tcp).poll_read(cx, buf))?;
        let came = &mut buf.filled_mut()[before..];
        if came.is_empty() {
            self.eof = true;
            return Poll::Ready(Ok(()));
        }
        self.state.bytes_came();
        let admitted = self.admit(came);
        self.ahead.extend_from_slice(&came[admitted..]);
        buf.set_filled(before + admitted);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if self.refuses() {
            self.replace(buf);
            return Poll::Ready(Ok(buf.len()));
        }
        let result = Pin::new(&mut self.tcp).poll_write(cx, buf);
        self.note_write(&result);
        result
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.refuses() {
            if let Some(head) = bufs.iter().find(|buf| !buf.is_empty()) {
                self.replace(head);
            }
            return Poll::Ready(Ok(bufs.iter().map(|buf| buf.len()).sum()));
        }
        let result = Pin::new(&mut self.tcp).poll_write_vectored(cx, bufs);
        self.note_write(&result);
        result
    }

    fn is_write_vectored(&self) -> bool {
        self.tcp.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_refusal(cx))?;
        // A socket has no buffer of its own to flush.
        self.state.flushed();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_refusal(cx))?;
        if !self.state.is(Phase::Linger) {
            ready!(Pin::new(&mut self.tcp).poll_shutdown(cx))?;
            let unread = self.refusal.is_some() || self.state.unread.load(Ordering::Relaxed);
            if self.eof || !unread {
                return Poll::Ready(Ok(()));
            }
            self.state.enter(Phase::Linger, Some(LINGER_TIME_MAX));
        }
        let mut scratch = [0_u8; 4096];
        while self.lingered < LINGER_BYTES_MAX {
            let mut buf = ReadBuf::new(&mut scratch);
            ready!(Pin::new(&mut self.tcp).poll_read(cx, &mut buf))?;
            match buf.filled().len() {
                0 => break,
                bytes => self.lingered += bytes,
            }
        }
        Poll::Ready(Ok(()))
    }
}

/// A request's body. One that has none costs nothing.
fn request_body(body: Incoming, state: &Arc<State>) -> Body {
    if body.is_end_stream() {
        return Body::empty();
    }
    Body::new(RequestBody { body, ended: false, state: Arc::clone(state) })
}

/// Notes a body that is dropped before its end.
struct RequestBody {
    body: Incoming,
    ended: bool,
    state: Arc<State>,
}

impl HttpBody for RequestBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        self.ended = frame.is_none();
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        if !self.ended && !self.body.is_end_stream() {
            self.state.unread.store(true, Ordering::Relaxed);
        }
    }
}

/// Notes when hyper has taken all of an answer.
struct AnswerBody {
    body: Body,
    state: Arc<State>,
}

impl HttpBody for AnswerBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for AnswerBody {
    fn drop(&mut self) {
        self.state.answer_handed_over();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A kernel with small buffers lets a server write byte by byte; real sockets of a test machine don't.
    #[test]
    fn a_few_bytes_earn_a_slow_reader_no_more_time() {
        let state = State::new(&NetLimits::default());
        state.request_began(&Body::empty());
        state.write_blocked();
        let due = state.due();
        for _ in 1..WRITE_PROGRESS_BYTES_MIN {
            state.wrote(1);
            state.write_blocked();
        }
        assert_eq!(state.due(), due);
        state.wrote(1);
        assert!(due < state.due());
    }

    #[test]
    fn one_ipv6_network_is_one_client() {
        let address = |text: &str| network(text.parse().unwrap());
        assert_eq!(address("2001:db8::1"), address("2001:db8::ffff:1"));
        assert_ne!(address("2001:db8::1"), address("2001:db8:0:1::1"));
        assert_ne!(address("192.0.2.1"), address("192.0.2.2"));
    }

    #[tokio::test]
    async fn one_address_has_its_share_and_no_more() {
        let limits = NetLimits {
            connections_per_address_max: 2,
            trusted_proxies: TrustedProxies::new(["192.0.2.9".parse().unwrap()]),
            ..NetLimits::default()
        };
        let shared = Arc::new(Shared {
            limits,
            draining: AtomicBool::new(false),
            drain: Notify::new(),
            open: AtomicUsize::new(0),
            by_address: Mutex::new(HashMap::new()),
        });
        let metrics = crate::metrics::Metrics::new();
        let ids = bronya_store::ports::Ids::from_fn(uuid::Uuid::nil);
        let shell = Shell::new(
            axum::Router::new(),
            super::super::middleware::ShellConfig::default(),
            metrics.http().clone(),
            ids,
        );
        let take = |address: &str| Slot::take(&shared, &shell, address.parse().unwrap());
        let first = take("192.0.2.1").unwrap_or_else(|kind| panic!("{kind:?}"));
        let second = take("::ffff:192.0.2.1").unwrap_or_else(|kind| panic!("{kind:?}"));
        assert_eq!(take("192.0.2.1").err(), Some(ProblemKind::TooManyRequests));
        let others: Vec<_> = ["192.0.2.2", "192.0.2.9", "192.0.2.9", "192.0.2.9", "127.0.0.1", "::1"].map(take).into();
        assert!(others.iter().all(Result::is_ok));
        drop(second);
        assert!(take("192.0.2.1").is_ok());
        drop((first, others));
        // Nothing is kept about clients that have gone.
        assert!(shared.by_address.lock().unwrap().is_empty());
        assert_eq!(metrics.http().connections.get(), 0);
    }
}
