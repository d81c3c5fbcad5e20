//! Answers that are sent compressed to who takes them so: lists of what there is to book, which are long and alike, and in which
//! nothing stands that only some may read. What tells of people is never compressed: its length would tell what stands beside a
//! text that somebody else chose (`docs/SECURITY.md`). Routes that don't ask for it pay nothing for it.

use std::io::{self, Write as _};
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, ETAG, VARY};
use http::{HeaderValue, Method, StatusCode};
use hyper::body::{Body as HttpBody, Frame};

use super::assets::takes_gzip;

/// What is shorter is sent in one packet anyway.
const BYTES_MIN: u64 = 1_024;
/// So much is taken in before the connection is asked again whether it can send.
const BYTES_AT_ONCE: usize = 32 * 1_024;
/// Lists shrink to a tenth; what a higher level would save of that costs twice the time.
const LEVEL: Compression = Compression::new(4);

/// A layer for `GET`s whose answers are worth it: JSON that is known whole. An answer with a strong `ETag` stays as it is, since
/// its tag is what `If-Match` takes.
pub(super) async fn lists(request: Request, next: Next) -> Response {
    let takes = |value: &HeaderValue| value.to_str().is_ok_and(takes_gzip);
    let takes = request.method() == Method::GET && request.headers().get_all(ACCEPT_ENCODING).iter().any(takes);
    let mut response = next.run(request).await;
    if response.status() != StatusCode::OK || response.headers().contains_key(ETAG) {
        return response;
    }
    response.headers_mut().append(VARY, HeaderValue::from_static("accept-encoding"));
    let is_long = response.body().size_hint().exact().is_some_and(|bytes| BYTES_MIN <= bytes);
    if !takes || !is_long || response.headers().contains_key(CONTENT_ENCODING) {
        return response;
    }
    response.headers_mut().remove(CONTENT_LENGTH);
    response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    response.map(|body| {
        let encoder = GzEncoder::new(Vec::new(), LEVEL);
        Body::new(Compressed { body, rest: Bytes::new(), encoder: Some(encoder) })
    })
}

/// A body as gzip, made as fast as it is sent.
struct Compressed {
    body: Body,
    /// What has arrived and is not taken in yet.
    rest: Bytes,
    /// None, once all has been sent.
    encoder: Option<GzEncoder<Vec<u8>>>,
}

impl Compressed {
    /// Takes some of what has arrived in; what can be sent by then.
    fn take_in(&mut self) -> io::Result<Vec<u8>> {
        let Some(encoder) = &mut self.encoder else { return Ok(Vec::new()) };
        let some = self.rest.split_to(self.rest.len().min(BYTES_AT_ONCE));
        encoder.write_all(&some)?;
        Ok(std::mem::take(encoder.get_mut()))
    }

    /// The end of it, once.
    fn finish(&mut self) -> Option<io::Result<Vec<u8>>> {
        self.encoder.take().map(GzEncoder::finish)
    }
}

impl HttpBody for Compressed {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = |made: io::Result<Vec<u8>>| made.map(|it| Frame::data(it.into())).map_err(axum::Error::new);
        loop {
            while !self.rest.is_empty() {
                match self.take_in() {
                    Ok(made) if made.is_empty() => {}
                    made => return Poll::Ready(Some(frame(made))),
                }
            }
            match Pin::new(&mut self.body).poll_frame(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Some(Ok(arrived))) => {
                    if let Ok(data) = arrived.into_data() {
                        self.rest = data;
                    }
                }
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(error))),
                Poll::Ready(None) => return Poll::Ready(self.finish().map(frame)),
            }
        }
    }
}
