//! Answers that are sent compressed to who takes them so: lists of what there is to book, which are long and alike, and in which
//! nothing stands that only some may read. What tells of people is never compressed: its length would tell what stands beside a
//! text that somebody else chose (`docs/SECURITY.md`). Routes that don't ask for it pay nothing for it.

use http::header::ETAG;
use http::{Extensions, HeaderMap, StatusCode, Version};
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{And, Predicate as _, SizeAbove};

/// What is shorter is sent in one packet anyway.
const BYTES_MIN: u64 = 1_024;
/// Lists shrink to a tenth; what a higher level would save of that costs twice the time.
const LEVEL: CompressionLevel = CompressionLevel::Precise(4);

type IsWorthIt = fn(StatusCode, Version, &HeaderMap, &Extensions) -> bool;

/// A layer for `GET`s whose answers are worth it. An answer with a strong `ETag` stays as it is, since its tag is what `If-Match`
/// takes.
pub(super) fn lists() -> CompressionLayer<And<SizeAbove, IsWorthIt>> {
    let untagged: IsWorthIt = |status, _, headers, _| status == StatusCode::OK && !headers.contains_key(ETAG);
    CompressionLayer::new().quality(LEVEL).compress_when(SizeAbove::new(BYTES_MIN).and(untagged))
}
