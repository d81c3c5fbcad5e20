//! Logs: one event is one line, as JSON or for people, with the id of the request that it belongs to. It never lets text from
//! outside make a second line, and never writes secrets by itself: what is logged is what the code names.

use std::cell::Cell;
use std::fmt::{self, Write as _};
use std::panic::PanicHookInfo;
use std::str::FromStr;

use bronya_store::ports::Clock;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields, MakeWriter};
use tracing_subscriber::registry::LookupSpan;
use uuid::Uuid;

/// How long one value in a log line may get; the rest is cut off.
const VALUE_CHARS_MAX: usize = 4_096;

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object per line, for machines.
    Json,
    /// One line of text, for people.
    #[default]
    Human,
}

/// Text that names no format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a log format is `json` or `human`")]
pub struct LogFormatError;

impl FromStr for LogFormat {
    type Err = LogFormatError;

    fn from_str(text: &str) -> Result<Self, LogFormatError> {
        match text {
            "json" => Ok(Self::Json),
            "human" => Ok(Self::Human),
            _ => Err(LogFormatError),
        }
    }
}

/// Logs can't be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter is none.
    #[error("`{0}` is no log filter: write a level (`info`), or targets with levels (`info,bronya_store=debug`)")]
    Filter(String),
    /// Logs are set up already.
    #[error("logs are set up already")]
    Twice,
}

/// Sends log lines to the standard error, from now on and for the whole process, panics included.
pub fn init(format: LogFormat, filter: &str, clock: Clock) -> Result<(), TelemetryError> {
    let subscriber = subscriber(format, filter, clock, std::io::stderr)?;
    tracing::subscriber::set_global_default(subscriber).map_err(|_| TelemetryError::Twice)?;
    std::panic::set_hook(Box::new(log_panic));
    Ok(())
}

/// What `init` installs, with another place to write to.
pub fn subscriber<W>(
    format: LogFormat,
    filter: &str,
    clock: Clock,
    writer: W,
) -> Result<impl Subscriber + Send + Sync, TelemetryError>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let filter = EnvFilter::try_new(filter).map_err(|_| TelemetryError::Filter(filter.to_owned()))?;
    Ok(tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(writer)
        .event_format(Line { format, clock })
        .finish())
}

/// A panic is one log line, with its place and, where it happened during a request, its id.
fn log_panic(info: &PanicHookInfo<'_>) {
    let message = info.payload_as_str().unwrap_or("(no message)");
    let location = info.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(location, "panic: {message}");
}

thread_local! {
    /// The request that this thread is working for at the moment.
    static REQUEST: Cell<Option<Uuid>> = const { Cell::new(None) };
}

/// Runs `f`, whose log lines get the request's id. For the span of one poll: it costs two writes to a thread's own
/// memory, where a span would cost an allocation and a lock per request.
pub(crate) fn in_request<R>(id: Uuid, f: impl FnOnce() -> R) -> R {
    struct Restore(Option<Uuid>);
    impl Drop for Restore {
        fn drop(&mut self) {
            REQUEST.set(self.0);
        }
    }
    let _restore = Restore(REQUEST.replace(Some(id)));
    f()
}

struct Line {
    format: LogFormat,
    clock: Clock,
}

impl<S, N> FormatEvent<S, N> for Line
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let mut spans = Vec::new();
        if let Some(scope) = context.event_scope() {
            for span in scope.from_root() {
                let extensions = span.extensions();
                let text = extensions.get::<FormattedFields<N>>().map(|f| f.fields.clone()).unwrap_or_default();
                spans.push((span.name(), text));
            }
        }
        let metadata = event.metadata();
        let now = self.clock.now();
        let mut line = String::with_capacity(256);
        match self.format {
            LogFormat::Json => {
                write!(line, "{{\"timestamp\":\"{now:.6}\",\"level\":\"{}\",\"target\":", metadata.level())?;
                quote(&mut line, metadata.target());
                line.push_str(",\"message\":");
                quote(&mut line, &fields.message);
                if let Some(id) = REQUEST.get() {
                    write!(line, ",\"request_id\":\"{id}\"")?;
                }
                if !fields.others.is_empty() {
                    line.push_str(",\"fields\":{");
                    for (index, (name, value)) in fields.others.iter().enumerate() {
                        if 0 < index {
                            line.push(',');
                        }
                        quote(&mut line, name);
                        line.push(':');
                        match value {
                            Value::Plain(text) => line.push_str(text),
                            Value::Text(text) => quote(&mut line, text),
                        }
                    }
                    line.push('}');
                }
                if !spans.is_empty() {
                    line.push_str(",\"spans\":[");
                    for (index, (name, text)) in spans.iter().enumerate() {
                        if 0 < index {
                            line.push(',');
                        }
                        quote(&mut line, &format!("{name}{{{text}}}"));
                    }
                    line.push(']');
                }
                line.push('}');
            }
            LogFormat::Human => {
                write!(line, "{now:.6} {:>5} ", metadata.level())?;
                for (name, text) in &spans {
                    escape(&mut line, name);
                    line.push('{');
                    escape(&mut line, text);
                    line.push_str("}:");
                }
                line.push_str(metadata.target());
                line.push_str(": ");
                escape(&mut line, &fields.message);
                for (name, value) in &fields.others {
                    line.push(' ');
                    line.push_str(name);
                    line.push('=');
                    match value {
                        Value::Plain(text) => line.push_str(text),
                        Value::Text(text) if is_word(text) => line.push_str(text),
                        Value::Text(text) => quote(&mut line, text),
                    }
                }
                if let Some(id) = REQUEST.get() {
                    write!(line, " request_id={id}")?;
                }
            }
        }
        line.push('\n');
        writer.write_str(&line)
    }
}

/// Text that needs no quotes to be told apart from what stands beside it.
fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'=' | b'\\'))
}

/// Adds a JSON string.
fn quote(line: &mut String, text: &str) {
    line.push('"');
    escape(line, text);
    line.push('"');
}

/// Adds text as the inside of a JSON string, with every character escaped that some program takes for the end of a
/// line, and those that turn the direction of writing.
fn escape(line: &mut String, text: &str) {
    for character in text.chars().take(VALUE_CHARS_MAX) {
        match character {
            '"' => line.push_str("\\\""),
            '\\' => line.push_str("\\\\"),
            '\n' => line.push_str("\\n"),
            '\r' => line.push_str("\\r"),
            '\t' => line.push_str("\\t"),
            '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                unicode(line, character);
            }
            other if other.is_control() => unicode(line, other),
            other => line.push(other),
        }
    }
}

fn unicode(line: &mut String, character: char) {
    // Every character that comes here lies below U+10000; writing to a string can't fail.
    let _ = write!(line, "\\u{:04x}", u32::from(character));
}

enum Value {
    /// A number or a boolean, which is the same in JSON.
    Plain(String),
    Text(String),
}

#[derive(Default)]
struct Fields {
    message: String,
    others: Vec<(&'static str, Value)>,
}

impl Fields {
    fn add(&mut self, field: &Field, value: Value) {
        match (field.name(), value) {
            ("message", Value::Plain(text) | Value::Text(text)) => self.message = text,
            (name, value) => self.others.push((name, value)),
        }
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        let text = value.to_string();
        // JSON has no infinities and no NaN.
        self.add(field, if value.is_finite() { Value::Plain(text) } else { Value::Text(text) });
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, Value::Plain(value.to_string()));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, Value::Plain(value.to_string()));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, Value::Plain(value.to_string()));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, Value::Text(value.to_owned()));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field, Value::Text(format!("{value:?}")));
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use jiff::Timestamp;

    use super::*;

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(format: LogFormat, filter: &str, work: impl FnOnce()) -> String {
        let sink = Sink::default();
        let writer = sink.clone();
        let clock = Clock::from_fn(|| Timestamp::from_microsecond(1_800_000_000_123_456).unwrap());
        let subscriber = subscriber(format, filter, clock, move || writer.clone()).unwrap();
        tracing::subscriber::with_default(subscriber, work);
        let bytes = sink.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    /// Every character that some program takes for the end of a line.
    const EVIL: &str = "x\n{\"level\":\"admin\"}\r\n\u{b}\u{c}\u{1c}\u{85}\u{2028}\u{2029}\u{1b}[31m\0";

    #[test]
    fn one_event_is_one_line_whatever_the_text() {
        for format in [LogFormat::Json, LogFormat::Human] {
            let text = logged(format, "trace", || {
                let span = tracing::info_span!("job", name = %EVIL);
                let _entered = span.enter();
                tracing::info!(user = EVIL, shown = %EVIL, debugged = ?EVIL, "{EVIL}");
            });
            let ends = |c: char| c != '\n' && (c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'));
            assert_eq!(text.matches('\n').count(), 1, "{text}");
            assert!(!text.contains(ends), "{text:?}");
            if format == LogFormat::Json {
                let value: serde_json::Value = serde_json::from_str(&text).unwrap();
                assert_eq!(value["message"], EVIL);
                assert_eq!(value["fields"]["user"], EVIL);
                assert_eq!(value["level"], "INFO");
            }
        }
    }

    #[test]
    fn lines_look_like_this() {
        let work = || {
            in_request(Uuid::from_u128(7), || {
                tracing::warn!(status = 503, name = "a b", "shed");
            });
            tracing::debug!("not asked for");
            tracing::info!(ratio = 0.5, nan = f64::NAN, open = true, "plain");
        };
        expect_test::expect![[r#"
            2027-01-15T08:00:00.123456Z  WARN bronya_server::telemetry::tests: shed status=503 name="a b" request_id=00000000-0000-0000-0000-000000000007
            2027-01-15T08:00:00.123456Z  INFO bronya_server::telemetry::tests: plain ratio=0.5 nan=NaN open=true
        "#]]
        .assert_eq(&logged(LogFormat::Human, "info", work));
        expect_test::expect![[r#"
            {"timestamp":"2027-01-15T08:00:00.123456Z","level":"WARN","target":"bronya_server::telemetry::tests","message":"shed","request_id":"00000000-0000-0000-0000-000000000007","fields":{"status":503,"name":"a b"}}
            {"timestamp":"2027-01-15T08:00:00.123456Z","level":"INFO","target":"bronya_server::telemetry::tests","message":"plain","fields":{"ratio":0.5,"nan":"NaN","open":true}}
        "#]]
        .assert_eq(&logged(LogFormat::Json, "info", work));
    }

    #[test]
    fn a_request_ends_with_its_scope_even_by_panic() {
        let caught = std::panic::catch_unwind(|| in_request(Uuid::from_u128(7), || panic!("expected")));
        assert!(caught.is_err());
        assert_eq!(REQUEST.get(), None);
    }

    #[test]
    fn values_are_cut_and_bad_settings_refused() {
        let text = logged(LogFormat::Human, "info", || {
            tracing::info!("{}", "x".repeat(100_000));
        });
        assert!(text.len() < VALUE_CHARS_MAX + 200);
        let clock = Clock::from_fn(|| Timestamp::UNIX_EPOCH);
        assert!(matches!(
            subscriber(LogFormat::Json, "bronya=nonsense", clock, io::stderr).err(),
            Some(TelemetryError::Filter(_))
        ));
        assert_eq!("json".parse(), Ok(LogFormat::Json));
        assert_eq!("xml".parse::<LogFormat>(), Err(LogFormatError));
    }
}
