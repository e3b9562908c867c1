//! The answer on its way past the policies that watch it. Nothing here runs for an exchange that nobody watches.
//!
//! A whole answer is held and shown at once; a stream is shown as it comes, and only what is undecided waits. What cannot
//! be read is refused, as long as the client has read nothing: with a status; after that by an error in the stream.

use super::{Gateway, State};
use crate::chat::{ApiError, Delta};
use crate::format::lanes::{self, Ending, Unreadable};
use crate::format::{Ask, Format, Shape};
use crate::handover::Order;
use crate::host::{Flow, Host, HostResult, Level, Side};
use crate::http::Headers;
use crate::policy::{AnswerStages, Finding};
use crate::wire::frame::Framing;

/// An answer that is watched.
pub(super) struct Watch {
    stages: AnswerStages,
    shape: Shape,
    format: &'static dyn Format,
    ask: Ask,
    /// Whether the client asked for a stream.
    streams: bool,
    body: Kind,
    judging: Judging,
}

/// Whether somebody outside judges the whole answer, of which the client has nothing until then.
enum Judging {
    /// Nobody does, or everybody has.
    Over,
    /// When it is whole.
    Wanted,
    /// The answer waits.
    Asked,
    /// It is not to pass.
    Denied(ApiError),
}

/// What is watched of it.
enum Kind {
    /// Its headers have not come.
    Untold,
    /// JSON, held until its end.
    Json(Headers),
    /// Text, held until its end.
    Text(Headers),
    /// A stream.
    Stream(Box<Watched>),
    /// Nothing, or nothing any more: it passes.
    Passing,
    /// It was ended; the rest is swallowed, or cut off.
    Ended { stop_upstream: bool },
}

struct Watched {
    stream: lanes::Stream,
    /// The headers, as long as the beginning is held.
    held: Option<Headers>,
    /// How much of what is held was read.
    fed: usize,
    /// What may leave of it.
    early: Vec<u8>,
}

/// What is not let through.
enum Stopped {
    Unreadable(Unreadable),
    Ended(Ending),
    Denied(ApiError),
}

impl Watch {
    /// Who watches the answer to an order; None if nobody does.
    pub fn new(stages: AnswerStages, order: &Order, path: &str, now_ns: u64) -> Option<Self> {
        if stages.is_empty() {
            return None;
        }
        let ask = Ask {
            model: order.model.clone(),
            stream: order.stream,
            include_usage: order.include_usage,
            now_secs: now_ns / 1_000_000_000,
            fallback_id: format!("{now_ns:x}"),
            framing: order.format.client_framing(path),
            echo: String::new(),
            sent: 0,
        };
        let (shape, format, streams) = (order.shape, order.format, order.stream);
        Some(Self { stages, shape, format, ask, streams, body: Kind::Untold, judging: Judging::Over })
    }

    /// Whether a policy has ended it: whatever still comes, the client gets nothing of it.
    pub fn has_ended(&self) -> bool {
        matches!(self.body, Kind::Ended { .. })
    }

    /// What the policies have done.
    pub fn findings(&self) -> Vec<Finding> {
        self.stages.findings()
    }

    /// What kind of answer it is, by its headers.
    fn kind(&mut self, headers: &Headers) -> Result<Kind, Unreadable> {
        let compressed = headers.get("content-encoding").is_some_and(|it| !it.is_empty() && it != "identity");
        if compressed {
            return Err(Unreadable("it is compressed"));
        }
        let content_type = headers.get("content-type").unwrap_or_default();
        let bare = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let chat = matches!(self.shape, Shape::Chat(_));
        let framing = match Framing::of(content_type) {
            None if self.streams && good(headers) && self.ask.framing == Framing::JsonArray => Some(Framing::JsonArray),
            framing => framing,
        };
        Ok(match framing {
            Some(framing) if chat => {
                let mut stream = lanes::Stream::new(self.shape, framing);
                if self.stages.may_end() {
                    self.ask.framing = framing;
                    stream.may_end(self.format, &self.ask);
                }
                stream.hold_first(self.stages.hold_first());
                Kind::Stream(Box::new(Watched { stream, held: None, fed: 0, early: Vec::new() }))
            }
            Some(_) => return Err(Unreadable("it is a stream of a kind that nobody here reads")),
            None if bare == "application/json" || bare.ends_with("+json") => Kind::Json(headers.clone()),
            None if bare.starts_with("text/") || bare == "application/x-subrip" => Kind::Text(headers.clone()),
            // Sounds and pictures hold no text.
            None if ["audio/", "image/", "video/"].iter().any(|kind| bare.starts_with(kind)) => Kind::Passing,
            None => return Err(Unreadable("it is of a kind that nobody here reads")),
        })
    }
}

impl Gateway {
    /// An answer's headers, once they are as the client is to see them.
    pub(super) fn watch_headers(&mut self, host: &dyn Host, end: bool) -> Flow {
        let Some(watch) = self.watch.as_mut().filter(|_| !end) else { return Flow::Continue };
        let Ok(mut headers) = host.headers(Side::Response) else { return self.give_up(host) };
        match watch.kind(&headers) {
            Ok(kind) => watch.body = kind,
            Err(why) if watch.stages.let_unreadable_pass() => {
                watch.body = Kind::Passing;
                host.log(Level::Debug, &format!("an answer passes unread: {}", why.0));
            }
            Err(why) => return self.refuse(host, &unreadable(why)),
        }
        // An error is nothing a model has said.
        let judged = watch.stages.judge() && !matches!(watch.body, Kind::Passing) && good(&headers);
        if judged {
            watch.judging = Judging::Wanted;
        }
        match &mut watch.body {
            Kind::Json(_) | Kind::Text(_) => Flow::Pause,
            Kind::Stream(watched) => {
                headers.remove("content-length");
                headers.remove("etag");
                if judged || watched.stream.holds_first() {
                    watched.held = Some(headers);
                    return Flow::Pause;
                }
                match host.update_headers(Side::Response, &headers) {
                    Ok(()) => Flow::Continue,
                    Err(_) => self.give_up(host),
                }
            }
            Kind::Untold | Kind::Passing | Kind::Ended { .. } => Flow::Continue,
        }
    }

    /// More of its body.
    pub(super) fn watch_body(&mut self, host: &dyn Host, end: bool) -> Flow {
        let Some(mut watch) = self.watch.take() else { return Flow::Continue };
        if end && matches!(watch.judging, Judging::Wanted) {
            self.judge(&mut watch, host);
        }
        if let Judging::Wanted | Judging::Asked = watch.judging {
            self.watch = Some(watch);
            return Flow::Pause;
        }
        let flow = match &mut watch.body {
            _ if matches!(watch.judging, Judging::Denied(_)) => self.refuse_judged(&mut watch, host),
            Kind::Untold | Kind::Passing => Ok(Flow::Continue),
            Kind::Ended { stop_upstream: true } => {
                // The end was sent with an earlier piece; what is sent beside a reset is lost.
                let _ = host.reset();
                // The client was told its end, and has not gone away.
                self.state = State::Answered;
                Ok(Flow::Pause)
            }
            Kind::Ended { stop_upstream: false } => host.set_body(Side::Response, &[]).map(|()| Flow::Continue),
            Kind::Json(_) | Kind::Text(_) if !end => Ok(Flow::Pause),
            Kind::Json(_) | Kind::Text(_) => self.watch_whole(&mut watch, host),
            Kind::Stream(_) => self.watch_stream(&mut watch, host, end),
        };
        self.watch = Some(watch);
        flow.unwrap_or_else(|_| self.give_up(host))
    }

    /// The answer is whole: shows it to those who judge it.
    fn judge(&mut self, watch: &mut Watch, host: &dyn Host) {
        let body = host.body(Side::Response).unwrap_or_default();
        let stages = &mut watch.stages;
        let hear = &mut |passage: &lanes::Passage<'_>| {
            stages.hear(passage);
            lanes::Verdict::PASS
        };
        // What cannot be read is seen again, and refused, on the way out.
        let _ = match &watch.body {
            Kind::Json(_) => lanes::whole(watch.shape, &body, hear).map(drop),
            Kind::Text(_) => lanes::plain(&body, hear).map(drop),
            Kind::Stream(watched) => lanes::overhear(watch.shape, watched.stream.framing(), &body, hear),
            Kind::Untold | Kind::Passing | Kind::Ended { .. } => Ok(()),
        };
        watch.judging = match self.ask_judges(host, &mut watch.stages) {
            Ok(true) => Judging::Asked,
            Ok(false) => Judging::Over,
            Err(error) => Judging::Denied(error),
        };
        if let Judging::Asked = watch.judging {
            self.state = State::Answering;
        }
    }

    /// One of the judges has spoken; `waits`: for others.
    pub(super) fn hear_judge(&mut self, host: &dyn Host, passed: Result<(), ApiError>, waits: bool) {
        let Some(watch) = self.watch.as_mut() else { return };
        match passed {
            Err(error) => watch.judging = Judging::Denied(error),
            Ok(()) if waits || matches!(watch.judging, Judging::Denied(_)) => {}
            Ok(()) => watch.judging = Judging::Over,
        }
        if waits {
            return;
        }
        self.state = State::Answered;
        if self.watch_body(host, true) == Flow::Continue && host.resume(Side::Response).is_err() {
            let _ = host.reset();
        }
    }

    fn refuse_judged(&mut self, watch: &mut Watch, host: &dyn Host) -> HostResult<Flow> {
        let Judging::Denied(error) = std::mem::replace(&mut watch.judging, Judging::Over) else {
            return Ok(Flow::Continue);
        };
        let headers = match std::mem::replace(&mut watch.body, Kind::Passing) {
            Kind::Json(headers) | Kind::Text(headers) => Some(headers),
            Kind::Stream(watched) => watched.held,
            Kind::Untold | Kind::Passing | Kind::Ended { .. } => None,
        };
        match headers {
            Some(headers) => self.refuse_held(host, headers, Stopped::Denied(error)),
            None => Ok(self.refuse(host, &error)),
        }
    }

    fn watch_whole(&mut self, watch: &mut Watch, host: &dyn Host) -> HostResult<Flow> {
        let body = host.body(Side::Response)?;
        let stages = &mut watch.stages;
        let look = &mut |passage: &lanes::Passage<'_>| stages.on_text(passage);
        let (headers, looked) = match std::mem::replace(&mut watch.body, Kind::Passing) {
            Kind::Json(headers) => (headers, lanes::whole(watch.shape, &body, look)),
            Kind::Text(headers) => (headers, lanes::plain(&body, look)),
            _ => return Ok(Flow::Continue),
        };
        let stopped = match looked {
            Ok(Ok(changed)) => {
                if let Some(changed) = changed {
                    let mut headers = headers;
                    headers.remove("etag");
                    headers.set("content-length", &changed.len().to_string());
                    host.update_headers(Side::Response, &headers)?;
                    host.set_body(Side::Response, &changed)?;
                }
                return Ok(Flow::Continue);
            }
            Err(_) if stages.let_unreadable_pass() => return Ok(Flow::Continue),
            Err(why) => Stopped::Unreadable(why),
            Ok(Err(ending)) => Stopped::Ended(ending),
        };
        self.refuse_held(host, headers, stopped)
    }

    fn watch_stream(&mut self, watch: &mut Watch, host: &dyn Host, end: bool) -> HostResult<Flow> {
        let body = host.body(Side::Response).or_else(|error| if end { Ok(Vec::new()) } else { Err(error) })?;
        let Kind::Stream(watched) = &mut watch.body else { return Ok(Flow::Continue) };
        let fresh = body.get(watched.fed..).unwrap_or_default();
        let mut out = Vec::with_capacity(fresh.len() + 64);
        let stages = &mut watch.stages;
        let look = &mut |passage: &lanes::Passage<'_>| stages.on_text(passage);
        let mut read = watched.stream.push(fresh, look, &mut out);
        if read.is_ok() && end {
            read = watched.stream.finish(look, &mut out);
        }
        let ending = watched.stream.ending().cloned();
        let stopped = match (read, ending) {
            (Err(why), _) => Some(Stopped::Unreadable(why)),
            (_, Some(ending)) => Some(Stopped::Ended(ending)),
            _ => None,
        };
        let mut held_headers = watched.held.take();
        if let Some(headers) = held_headers.take() {
            if let Some(stopped) = stopped {
                watch.body = Kind::Ended { stop_upstream: true };
                return self.refuse_held(host, headers, stopped);
            }
            watched.early.append(&mut out);
            if watched.stream.holds_first() && !end {
                watched.fed = body.len();
                watched.held = Some(headers);
                return Ok(Flow::Pause);
            }
            watched.fed = 0;
            out = std::mem::take(&mut watched.early);
            host.update_headers(Side::Response, &headers)?;
        }
        match stopped {
            Some(Stopped::Unreadable(why)) => {
                let error = unreadable(why);
                self.facts.error_source = Some(error.source.name());
                self.facts.error_code.clone_from(&error.code);
                let ask = Ask { sent: watched.stream.sent(), ..watch.ask.clone() };
                watch.format.stream_writer(&ask).write(&Delta::Error(error), &mut out);
                watch.body = Kind::Ended { stop_upstream: true };
            }
            Some(Stopped::Ended(ending)) => watch.body = Kind::Ended { stop_upstream: ending.stop_upstream },
            Some(Stopped::Denied(_)) | None => {}
        }
        if out != body {
            host.set_body(Side::Response, &out)?;
        }
        Ok(Flow::Continue)
    }

    /// Refuses an answer of which the client has seen nothing.
    fn refuse_held(&mut self, host: &dyn Host, mut headers: Headers, stopped: Stopped) -> HostResult<Flow> {
        let error = match stopped {
            Stopped::Denied(error) => error,
            Stopped::Unreadable(why) => unreadable(why),
            Stopped::Ended(ending) if ending.message.is_empty() => {
                ApiError::blocked("the answer was stopped by a policy of the gateway")
            }
            Stopped::Ended(ending) => ApiError::blocked(ending.message),
        };
        self.blame(&error);
        headers.set(":status", &error.status.to_string());
        headers.set("content-type", "application/json");
        headers.set("x-postern-error-source", error.source.name());
        headers.remove("content-encoding");
        headers.remove("etag");
        self.error_header(&error, &mut headers);
        let body = self.write_error(&error);
        headers.set("content-length", &body.len().to_string());
        host.update_headers(Side::Response, &headers)?;
        host.set_body(Side::Response, &body)?;
        Ok(Flow::Continue)
    }

    /// Envoy does not take what was to be said: nothing more is.
    fn give_up(&mut self, host: &dyn Host) -> Flow {
        host.log(Level::Error, "a watched answer was reset: Envoy takes no change of it any more");
        let _ = host.reset();
        self.state = State::Answered;
        Flow::Pause
    }
}

fn good(headers: &Headers) -> bool {
    headers.get(":status").is_none_or(|status| status.starts_with('2'))
}

/// The provider's answer cannot be checked.
fn unreadable(why: Unreadable) -> ApiError {
    let mut error = ApiError::blocked(format!("the answer cannot be checked for personal data: {}", why.0));
    error.status = 502;
    error.code = Some("unreadable_content".to_owned());
    error
}
