//! Metrics for Prometheus: those of HTTP, and a registry where every other part adds its own. It never makes a label out of
//! anything that a client chooses freely, so the number of series is bounded by the code.

use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::MatchedPath;
use http::{Method, StatusCode};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{
    DescriptorEncoder, EncodeLabelSet, EncodeLabelValue, EncodeMetric, LabelValueEncoder,
};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Metric, Registry};

/// The bounds of latency histograms, in seconds: from what a lone commit takes to the request deadline.
pub const LATENCY_SECONDS: [f64; 14] =
    [0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// The media type of [`Metrics::render`].
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The registry. Cheap to clone: all clones are one.
#[derive(Clone, Debug)]
pub struct Metrics(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    registry: Mutex<Registry>,
    http: HttpMetrics,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// A registry with the metrics of HTTP. Every name begins with `bronya_`.
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("bronya");
        let http = HttpMetrics::new(&mut registry);
        Self(Arc::new(Inner { registry: Mutex::new(registry), http }))
    }

    /// The metrics of HTTP.
    pub fn http(&self) -> &HttpMetrics {
        &self.0.http
    }

    /// Adds a metric: a counter, gauge, histogram, or family of them, of which the caller keeps a clone. A counter's
    /// name goes without `_total`, which is added.
    pub fn register(&self, name: &str, help: &str, metric: impl Metric) {
        self.registry(|registry| registry.register(name, help, metric));
    }

    /// Adds a gauge whose value is asked for at each scrape; for what is counted elsewhere anyway, such as a queue's
    /// length or a pool's connections.
    pub fn register_gauge(&self, name: &str, help: &str, value: impl Fn() -> f64 + Send + Sync + 'static) {
        let asked = Asked { name: name.to_owned(), help: format!("{help}."), value: Box::new(value) };
        self.registry(|registry| registry.register_collector(Box::new(asked)));
    }

    /// Everything, in Prometheus' text format (0.0.4).
    pub fn render(&self) -> String {
        let mut open_metrics = String::new();
        // Writing to a string can't fail, and no collector of ours does.
        let _ = self.registry(|registry| encode(&mut open_metrics, registry));
        classic(&open_metrics)
    }

    fn registry<R>(&self, work: impl FnOnce(&mut Registry) -> R) -> R {
        // A panic while registering leaves the registry whole: at worst one metric is missing.
        work(&mut self.0.registry.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A histogram over [`LATENCY_SECONDS`].
pub fn latency_histogram() -> Histogram {
    Histogram::new(LATENCY_SECONDS)
}

/// The client library writes `OpenMetrics`. In the older text format, which every scraper reads, a counter is declared with the
/// name of its samples, there are no units, and no end mark.
fn classic(open_metrics: &str) -> String {
    let counters: Vec<&str> =
        open_metrics.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.strip_suffix(" counter")).collect();
    let mut text = String::with_capacity(open_metrics.len());
    for line in open_metrics.lines() {
        if line == "# EOF" || line.starts_with("# UNIT ") {
            continue;
        }
        let declared = line.strip_prefix("# TYPE ").or_else(|| line.strip_prefix("# HELP "));
        match declared.and_then(|rest| rest.split_once(' ')) {
            Some((name, rest)) if counters.contains(&name) => {
                let keyword = line.get(..7).unwrap_or_default();
                let _ = writeln!(text, "{keyword}{name}_total {rest}");
            }
            _ => {
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    text
}

struct Asked {
    name: String,
    help: String,
    value: Box<dyn Fn() -> f64 + Send + Sync>,
}

impl fmt::Debug for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asked").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Collector for Asked {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let gauge = ConstGauge::new((self.value)());
        gauge.encode(encoder.encode_descriptor(&self.name, &self.help, None, MetricType::Gauge)?)
    }
}

/// What HTTP counts. Cheap to clone: all clones are one.
#[derive(Clone, Debug)]
pub struct HttpMetrics {
    requests: Family<RequestLabels, Counter>,
    durations: Family<RouteLabels, Histogram, Latency>,
    /// Requests that are being worked on.
    pub in_flight: Gauge,
    /// Connections that are open.
    pub connections: Gauge,
    /// Requests that were shed because too many were in flight.
    pub shed: Counter,
    /// Connections that were refused because of a cap.
    pub refused: Counter,
    /// Connections that were closed because their client was too slow.
    pub timed_out: Counter,
    /// Requests whose handler panicked.
    pub panics: Counter,
}

#[derive(Clone, Copy, Debug)]
struct Latency;

impl MetricConstructor<Histogram> for Latency {
    fn new_metric(&self) -> Histogram {
        latency_histogram()
    }
}

/// The route's template, or none for an address that nothing is at.
#[derive(Clone, Debug)]
struct Route(Option<MatchedPath>);

impl Route {
    fn as_str(&self) -> &str {
        self.0.as_ref().map_or("unmatched", MatchedPath::as_str)
    }
}

impl PartialEq for Route {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Route {}

impl std::hash::Hash for Route {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl EncodeLabelValue for Route {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
        encoder.write_str(self.as_str())
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    route: Route,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    method: &'static str,
    route: Route,
}

impl HttpMetrics {
    fn new(registry: &mut Registry) -> Self {
        let new = Self {
            requests: Family::default(),
            durations: Family::new_with_constructor(Latency),
            in_flight: Gauge::default(),
            connections: Gauge::default(),
            shed: Counter::default(),
            refused: Counter::default(),
            timed_out: Counter::default(),
            panics: Counter::default(),
        };
        registry.register("http_requests", "Requests that were answered", new.requests.clone());
        registry.register("http_request_duration_seconds", "Time from head to answer", new.durations.clone());
        registry.register("http_requests_in_flight", "Requests that are being worked on", new.in_flight.clone());
        registry.register("http_connections", "Connections that are open", new.connections.clone());
        registry.register("http_requests_shed", "Requests shed because too many were in flight", new.shed.clone());
        registry.register("http_connections_refused", "Connections refused because of a cap", new.refused.clone());
        registry.register("http_connections_timed_out", "Connections closed for being slow", new.timed_out.clone());
        registry.register("http_panics", "Requests whose handler panicked", new.panics.clone());
        new
    }

    /// Counts one answer. A client that left before it counts as 499.
    pub(crate) fn answered(&self, method: &Method, route: Option<&MatchedPath>, status: u16, duration: Duration) {
        let method = method_label(method);
        let route = Route(route.cloned());
        let labels = RouteLabels { method, route: route.clone() };
        self.durations.get_or_create(&labels).observe(duration.as_secs_f64());
        self.requests.get_or_create(&RequestLabels { method, route, status }).inc();
    }

    /// Counts an answer to something that never became a request.
    pub(crate) fn malformed(&self, status: StatusCode) {
        let labels = RequestLabels { method: "MALFORMED", route: Route(None), status: status.as_u16() };
        self.requests.get_or_create(&labels).inc();
    }
}

/// A method as a label: a client can make up any number of methods, so only the known ones have their names.
pub(crate) fn method_label(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "HEAD" => "HEAD",
        "OPTIONS" => "OPTIONS",
        _ => "OTHER",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_recorded_is_rendered_in_the_classic_format() {
        let metrics = Metrics::new();
        let queue: Gauge = Gauge::default();
        metrics.register("engine_queue", "Commands that wait", queue.clone());
        metrics.register_gauge("pool_idle", "Idle connections", || 3.0);
        queue.set(5);
        metrics.http().answered(&Method::GET, None, 404, Duration::from_millis(3));
        metrics.http().answered(&Method::from_bytes(b"EVIL").unwrap(), None, 405, Duration::from_mins(1));
        metrics.http().malformed(StatusCode::BAD_REQUEST);
        let text = metrics.render();
        for line in [
            "# TYPE bronya_http_requests_total counter",
            "# TYPE bronya_http_request_duration_seconds histogram",
            "bronya_http_requests_total{method=\"GET\",route=\"unmatched\",status=\"404\"} 1",
            "bronya_http_requests_total{method=\"OTHER\",route=\"unmatched\",status=\"405\"} 1",
            "bronya_http_requests_total{method=\"MALFORMED\",route=\"unmatched\",status=\"400\"} 1",
            "bronya_http_request_duration_seconds_bucket{le=\"0.005\",method=\"GET\",route=\"unmatched\"} 1",
            "bronya_http_request_duration_seconds_bucket{le=\"0.0025\",method=\"GET\",route=\"unmatched\"} 0",
            "bronya_engine_queue 5",
            "bronya_pool_idle 3.0",
        ] {
            assert!(text.lines().any(|l| l == line), "{line} is not in\n{text}");
        }
        assert!(!text.contains("EVIL") && !text.contains("# EOF"), "{text}");
    }

    /// 1 µs a request is the budget; the bound is generous, for a debug build on a busy machine.
    #[test]
    fn recording_is_cheap() {
        let metrics = Metrics::new();
        let started = std::time::Instant::now();
        for _ in 0..10_000 {
            metrics.http().answered(&Method::GET, None, 200, Duration::from_millis(1));
        }
        let each = started.elapsed() / 10_000;
        assert!(each < Duration::from_micros(20), "{each:?}");
    }
}
