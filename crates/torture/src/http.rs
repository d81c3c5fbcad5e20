//! A lean HTTP/1.1 client: one connection, one request at a time, a few microseconds of CPU each, so that it doesn't
//! distort what it measures. It speaks what the contract's server answers, follows no redirect and trusts no proxy.

use std::net::SocketAddr;
use std::time::Duration;
use thiserror::Error;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// An answer that is longer than this is an error of the server: lists are paged.
const ANSWER_BYTES_MAX: usize = 64 << 20;
/// The head of an answer.
const HEAD_BYTES_MAX: usize = 64 << 10;

/// Why there is no answer. The difference matters: only the first says for certain that nothing happened.
#[derive(Debug, Error)]
pub enum NoAnswer {
    /// The connection was refused, so the request was never sent.
    #[error("not connected: {0}")]
    NotSent(std::io::Error),
    /// The request was sent, at least in part, and its fate is unknown.
    #[error("connection lost: {0}")]
    Lost(std::io::Error),
    /// The same, after waiting long enough.
    #[error("no answer within {0:?}")]
    TooLate(Duration),
    /// What came back is not HTTP/1.1.
    #[error("not HTTP: {0}")]
    Garbled(&'static str),
}

/// A request, as its parts.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// `GET`, `POST`, …
    pub method: &'static str,
    /// The path with its query.
    pub path: &'a str,
    /// The bearer token.
    pub token: Option<&'a str>,
    /// `Idempotency-Key`.
    pub key: Option<&'a str>,
    /// `If-Match`.
    pub if_match: Option<&'a str>,
    /// `Content-Type`; sent where there is a body.
    pub content_type: &'static str,
    /// The body; none for an empty one.
    pub body: &'a str,
}

impl<'a> Request<'a> {
    /// A request without a body.
    pub fn new(method: &'static str, path: &'a str) -> Self {
        Self { method, path, token: None, key: None, if_match: None, content_type: "application/json", body: "" }
    }

    /// Appends the request as it goes over the wire.
    pub fn write_to(&self, out: &mut Vec<u8>) {
        let mut text = |parts: &[&str]| {
            for part in parts {
                out.extend_from_slice(part.as_bytes());
            }
        };
        text(&[self.method, " ", self.path, " HTTP/1.1\r\nhost: localhost\r\n"]);
        if let Some(token) = self.token {
            text(&["authorization: Bearer ", token, "\r\n"]);
        }
        if let Some(key) = self.key {
            text(&["idempotency-key: ", key, "\r\n"]);
        }
        if let Some(tag) = self.if_match {
            text(&["if-match: ", tag, "\r\n"]);
        }
        if self.body.is_empty() {
            // A POST must say that it has no body.
            text(&[if self.method == "POST" { "content-length: 0\r\n\r\n" } else { "\r\n" }]);
        } else {
            text(&[
                "content-type: ",
                self.content_type,
                "\r\ncontent-length: ",
                &self.body.len().to_string(),
                "\r\n\r\n",
                self.body,
            ]);
        }
    }
}

/// What the server answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// `ETag`, with its quotes.
    pub etag: Option<String>,
    /// `Location`.
    pub location: Option<String>,
    /// Whether `Idempotent-Replayed: true` was there.
    pub replayed: bool,
    /// Whether `Retry-After` was there.
    pub retry_after: bool,
    /// The body.
    pub body: Vec<u8>,
}

/// One connection to one server, opened when it is first needed and opened again after it was lost.
#[derive(Debug)]
pub struct Client {
    address: SocketAddr,
    patience: Duration,
    stream: Option<TcpStream>,
    out: Vec<u8>,
    input: Vec<u8>,
}

impl Client {
    /// A client for one server, which waits `patience` for an answer.
    pub fn new(address: SocketAddr, patience: Duration) -> Self {
        Self { address, patience, stream: None, out: Vec::with_capacity(1024), input: Vec::with_capacity(8192) }
    }

    /// Opens the connection now, so that a race starts with the request and not with a handshake.
    pub async fn connect(&mut self) -> Result<(), NoAnswer> {
        if self.stream.is_none() {
            let stream = timeout(self.patience, TcpStream::connect(self.address))
                .await
                .map_err(|_| NoAnswer::NotSent(std::io::ErrorKind::TimedOut.into()))?
                .map_err(NoAnswer::NotSent)?;
            stream.set_nodelay(true).map_err(NoAnswer::NotSent)?;
            self.stream = Some(stream);
        }
        Ok(())
    }

    /// Closes the connection.
    pub fn disconnect(&mut self) {
        self.stream = None;
    }

    /// Sends a request and waits for its answer. It never tries again: whoever asks for that must know what it means.
    pub async fn send(&mut self, request: &Request<'_>) -> Result<Answer, NoAnswer> {
        self.out.clear();
        request.write_to(&mut self.out);
        self.send_written().await
    }

    /// Sends bytes that [`Request::write_to`] made earlier.
    pub async fn send_bytes(&mut self, request: &[u8]) -> Result<Answer, NoAnswer> {
        self.out.clear();
        self.out.extend_from_slice(request);
        self.send_written().await
    }

    async fn send_written(&mut self) -> Result<Answer, NoAnswer> {
        self.connect().await?;
        let patience = self.patience;
        let result = timeout(patience, self.exchange()).await.unwrap_or(Err(NoAnswer::TooLate(patience)));
        if result.is_err() {
            // A late answer must not be taken for that of the next request.
            self.stream = None;
        }
        let (answer, stays_open) = result?;
        if !stays_open {
            self.stream = None;
        }
        Ok(answer)
    }

    async fn exchange(&mut self) -> Result<(Answer, bool), NoAnswer> {
        let Some(stream) = self.stream.as_mut() else {
            return Err(NoAnswer::NotSent(std::io::ErrorKind::NotConnected.into()));
        };
        stream.write_all(&self.out).await.map_err(NoAnswer::Lost)?;
        self.input.clear();
        let (head, body_starts) = loop {
            more(stream, &mut self.input).await?;
            if let Some(end) = find(&self.input, b"\r\n\r\n") {
                let head = Head::parse(&self.input[..end])?;
                // 100 Continue and its like come before the answer.
                if head.answer.status < 200 {
                    self.input.drain(..end + 4);
                    continue;
                }
                break (head, end + 4);
            }
            if self.input.len() > HEAD_BYTES_MAX {
                return Err(NoAnswer::Garbled("the head is too long"));
            }
        };
        let Head { mut answer, length, mut stays_open } = head;
        match length {
            Length::None => {}
            Length::Bytes(bytes) => {
                let end = body_starts.checked_add(bytes).filter(|end| *end <= ANSWER_BYTES_MAX);
                let end = end.ok_or(NoAnswer::Garbled("the body is too long"))?;
                while self.input.len() < end {
                    more(stream, &mut self.input).await?;
                }
                answer.body = self.input[body_starts..end].to_vec();
            }
            Length::Chunked => {
                self.input.drain(..body_starts);
                answer.body = read_chunks(stream, &mut self.input).await?;
            }
            Length::UntilEnd => {
                while stream.read_buf(&mut self.input).await.map_err(NoAnswer::Lost)? > 0 {
                    if self.input.len() > ANSWER_BYTES_MAX {
                        return Err(NoAnswer::Garbled("the body is too long"));
                    }
                }
                answer.body = self.input[body_starts..].to_vec();
                stays_open = false;
            }
        }
        Ok((answer, stays_open))
    }
}

async fn more(stream: &mut TcpStream, input: &mut Vec<u8>) -> Result<(), NoAnswer> {
    match stream.read_buf(input).await {
        Ok(0) => Err(NoAnswer::Lost(std::io::ErrorKind::UnexpectedEof.into())),
        Ok(_) => Ok(()),
        Err(error) => Err(NoAnswer::Lost(error)),
    }
}

async fn read_chunks(stream: &mut TcpStream, input: &mut Vec<u8>) -> Result<Vec<u8>, NoAnswer> {
    let mut body = Vec::new();
    loop {
        let line = loop {
            if let Some(end) = find(input, b"\r\n") {
                break end;
            }
            more(stream, input).await?;
        };
        let size = std::str::from_utf8(&input[..line])
            .ok()
            .and_then(|text| usize::from_str_radix(text.split(';').next()?.trim(), 16).ok())
            .filter(|size| body.len().saturating_add(*size) <= ANSWER_BYTES_MAX)
            .ok_or(NoAnswer::Garbled("a chunk without a proper size"))?;
        let end = line + 2 + size;
        while input.len() < end + 2 {
            more(stream, input).await?;
        }
        body.extend_from_slice(&input[line + 2..end]);
        input.drain(..end + 2);
        if size == 0 {
            return Ok(body);
        }
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

enum Length {
    None,
    Bytes(usize),
    Chunked,
    UntilEnd,
}

struct Head {
    answer: Answer,
    length: Length,
    stays_open: bool,
}

impl Head {
    fn parse(bytes: &[u8]) -> Result<Self, NoAnswer> {
        let text = std::str::from_utf8(bytes).map_err(|_| NoAnswer::Garbled("the head is not text"))?;
        let mut lines = text.split("\r\n");
        let status = lines
            .next()
            .and_then(|line| line.strip_prefix("HTTP/1.1 "))
            .and_then(|rest| rest.get(..3)?.parse().ok())
            .ok_or(NoAnswer::Garbled("no status line"))?;
        let mut head = Self {
            answer: Answer { status, ..Answer::default() },
            length: if status == 204 || status == 304 { Length::None } else { Length::UntilEnd },
            stays_open: true,
        };
        for line in lines {
            let (name, value) = line.split_once(':').ok_or(NoAnswer::Garbled("a header without a colon"))?;
            let value = value.trim();
            if name.eq_ignore_ascii_case("content-length") {
                head.length = Length::Bytes(value.parse().map_err(|_| NoAnswer::Garbled("content-length"))?);
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                head.length = Length::Chunked;
            } else if name.eq_ignore_ascii_case("etag") {
                head.answer.etag = Some(value.to_owned());
            } else if name.eq_ignore_ascii_case("location") {
                head.answer.location = Some(value.to_owned());
            } else if name.eq_ignore_ascii_case("idempotent-replayed") {
                head.answer.replayed = value == "true";
            } else if name.eq_ignore_ascii_case("retry-after") {
                head.answer.retry_after = true;
            } else if name.eq_ignore_ascii_case("connection") {
                head.stays_open = !value.eq_ignore_ascii_case("close");
            }
        }
        Ok(head)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    /// Answers each request with the next of the given texts, cut into pieces of three bytes.
    async fn server(answers: &'static [&'static str]) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let mut answers = answers.iter();
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut buffer = vec![0; 4096];
                while stream.read(&mut buffer).await.is_ok_and(|bytes| bytes > 0) {
                    let Some(answer) = answers.next() else { return };
                    for piece in answer.as_bytes().chunks(3) {
                        stream.write_all(piece).await.unwrap();
                        tokio::task::yield_now().await;
                    }
                    if !answer.starts_with("HTTP/1.1 2") {
                        break;
                    }
                }
            }
        });
        address
    }

    #[tokio::test]
    async fn bodies_of_every_framing_are_read_on_one_connection() {
        let address = server(&[
            "HTTP/1.1 200 OK\r\nETag: \"7\"\r\nContent-Length: 5\r\n\r\nhello",
            "HTTP/1.1 204 No Content\r\n\r\n",
            "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\nLocation: /x\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n",
            "HTTP/1.1 503 Unavailable\r\nRetry-After: 1\r\nConnection: close\r\n\r\nno",
        ])
        .await;
        let mut client = Client::new(address, Duration::from_secs(5));
        let request = Request { token: Some("t"), body: "{}", ..Request::new("POST", "/") };
        let hello = client.send(&request).await.unwrap();
        assert_eq!((hello.status, hello.etag.as_deref(), hello.body.as_slice()), (200, Some("\"7\""), &b"hello"[..]));
        assert_eq!(client.send(&Request::new("GET", "/")).await.unwrap().status, 204);
        let chunked = client.send(&request).await.unwrap();
        assert_eq!((chunked.body.as_slice(), chunked.location.as_deref()), (&b"abcde"[..], Some("/x")));
        let last = client.send(&request).await.unwrap();
        assert_eq!((last.status, last.retry_after, last.body.as_slice()), (503, true, &b"no"[..]));
    }

    #[tokio::test]
    async fn a_lost_answer_and_a_request_never_sent_are_told_apart() {
        let address = server(&["HTTP/1.1 500 half a head"]).await;
        let mut client = Client::new(address, Duration::from_secs(5));
        assert!(matches!(client.send(&Request::new("GET", "/")).await, Err(NoAnswer::Lost(_))));

        let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let mut client = Client::new(closed, Duration::from_secs(5));
        assert!(matches!(client.send(&Request::new("GET", "/")).await, Err(NoAnswer::NotSent(_))));
    }

    #[tokio::test]
    async fn patience_ends() {
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = Client::new(silent.local_addr().unwrap(), Duration::from_millis(20));
        assert!(matches!(client.send(&Request::new("GET", "/")).await, Err(NoAnswer::TooLate(_))));
    }
}
