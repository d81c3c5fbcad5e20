//! What the shell knows about a request: its id, where it comes from, its limits and its deadline. Made once per request by
//! the outermost layer, and handed to extractors through the request's extensions. It holds nothing about the user.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::extract::MatchedPath;
use tokio::time::Instant;
use uuid::Uuid;

/// What a body may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodyLimits {
    /// Bytes of a JSON body; 256 KiB by default.
    pub json_body_bytes_max: usize,
    /// Bytes of a form body; 16 KiB by default.
    pub form_body_bytes_max: usize,
    /// How long a body may take to arrive; 30 s by default.
    pub body_time_max: Duration,
}

impl Default for BodyLimits {
    fn default() -> Self {
        Self { json_body_bytes_max: 256 * 1024, form_body_bytes_max: 16 * 1024, body_time_max: Duration::from_secs(30) }
    }
}

/// A request as the shell sees it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct RequestContext(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    id: Uuid,
    client: IpAddr,
    body: BodyLimits,
    started: Instant,
    request_time_max: Duration,
    /// The deadline, in milliseconds after `started`.
    due_millis: AtomicU64,
    route: OnceLock<MatchedPath>,
}

impl RequestContext {
    pub(crate) fn new(id: Uuid, client: IpAddr, body: BodyLimits, request_time_max: Duration) -> Self {
        Self(Arc::new(Inner {
            id,
            client,
            body,
            started: Instant::now(),
            request_time_max,
            due_millis: AtomicU64::new(millis(request_time_max)),
            route: OnceLock::new(),
        }))
    }

    /// The request's id.
    pub fn id(&self) -> Uuid {
        self.0.id
    }

    /// The client's address, as [`super::address::TrustedProxies::client`] finds it.
    pub fn client(&self) -> IpAddr {
        self.0.client
    }

    /// What its body may be.
    pub fn body_limits(&self) -> BodyLimits {
        self.0.body
    }

    /// When it began.
    pub(crate) fn started(&self) -> Instant {
        self.0.started
    }

    /// When it must have been answered.
    pub(crate) fn due(&self) -> Instant {
        self.0.started + Duration::from_millis(self.0.due_millis.load(Ordering::Relaxed))
    }

    /// How long an answer may take.
    pub(crate) fn request_time_max(&self) -> Duration {
        self.0.request_time_max
    }

    /// A body has begun to arrive, slowly: for that it has a time of its own.
    pub(crate) fn body_began(&self) {
        let all = self.0.started.elapsed() + self.0.body.body_time_max + self.0.request_time_max;
        self.0.due_millis.store(millis(all), Ordering::Relaxed);
    }

    /// The body is there: from now on the time counts that an answer may take.
    pub(crate) fn body_ended(&self) {
        self.0.due_millis.store(millis(self.0.started.elapsed() + self.0.request_time_max), Ordering::Relaxed);
    }

    /// The route's template, once the router has found it.
    pub(crate) fn route(&self) -> Option<&MatchedPath> {
        self.0.route.get()
    }

    pub(crate) fn set_route(&self, route: &MatchedPath) {
        self.0.route.get_or_init(|| route.clone());
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
