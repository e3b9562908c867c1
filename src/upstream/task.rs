//! What is no chat turn: bodies of the smaller shapes, translated or pointed at their model, and answers that go by
//! without being held, because they are sound, pictures or whatever nobody here knows.

use super::Attempt;
use super::answer::{JSON, Written, client_headers};
use crate::chat::{ApiError, Usage};
use crate::format::{Loss, Shape, Target, embeddings, rerank, view};
use crate::handover::Outcome;
use crate::host::{Host, HostResult, Level, Side};
use crate::http::{Headers, Reply};
use crate::provider::Provider;
use crate::surface::Operation;
use crate::wire::frame::{self, Framing};
use crate::wire::json::{Doc, Edits};
use crate::wire::multipart::{self, Form};
use crate::wire::shallow;
use crate::wire::watch::Watch;
use crate::wire::websocket;

/// What of a request its answer needs, in its own shape.
pub(super) enum Wish {
    Vectors(embeddings::Wish),
    Ranks(rerank::Wish),
}

/// A request for the provider: translated where the shapes differ, else the same bytes but for the model's name. None:
/// not even that has to change.
pub(super) fn write_request(
    attempt: &Attempt,
    body: &[u8],
    target: &Target<'_>,
    loss: &mut Loss,
) -> Result<Option<Vec<u8>>, ApiError> {
    let mut edits = Edits::new();
    let content_type = attempt.client_headers.get("content-type").unwrap_or_default();
    if attempt.order.operation.takes_forms()
        && let Some(boundary) = multipart::boundary(content_type)
    {
        let wrong = |why| ApiError::invalid_request("", format!("the body is not an acceptable form: {why}"));
        let form = Form::parse(body, boundary).map_err(wrong)?;
        match form.text("model") {
            Some((_, named)) if named == target.model => {}
            Some((part, _)) => edits.replace(part.span.clone(), target.model),
            // Left out: the first part comes after one that says it.
            None => {
                let head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\n");
                edits.replace(0..0, format!("{head}{}\r\n", target.model));
            }
        }
        return Ok((!edits.is_empty()).then(|| edits.apply(body)));
    }
    let doc = Doc::parse(body).map_err(|error| ApiError::invalid_request("", error.to_string()))?;
    let same = attempt.same_shape();
    match (attempt.order.shape, attempt.shape) {
        (Shape::Embeddings(_), Shape::Embeddings(to)) if same => to.retarget(doc.root(), target, &mut edits),
        (Shape::Embeddings(from), Shape::Embeddings(to)) => {
            let request = from.read_request(&doc)?;
            let written = embeddings::translate(&request, to, target, loss)?;
            let _ = attempt.wish.set(Wish::Vectors(request.wish()));
            return Ok(Some(written));
        }
        (Shape::Rerank(_), Shape::Rerank(to)) if same => to.retarget(doc.root(), target, &mut edits),
        (Shape::Rerank(from), Shape::Rerank(to)) => {
            let request = from.read_request(&doc)?;
            let written = to.write_request(&request, target, loss)?;
            let _ = attempt.wish.set(Wish::Ranks(request.wish()));
            return Ok(Some(written));
        }
        _ if same => embeddings::name_model(doc.root(), target.model, &mut edits),
        _ => {
            let (operation, shape) = (attempt.order.operation.name(), attempt.shape.name());
            return Err(ApiError::unsupported("model", format!("{operation} cannot be translated to {shape}")));
        }
    }
    Ok((!edits.is_empty()).then(|| edits.apply(body)))
}

/// What a request may take, until the provider has said so. None: it is not counted in tokens, or costs none.
pub(super) fn estimate(attempt: &Attempt) -> Option<Usage> {
    let order = &attempt.order;
    let counts = match order.operation {
        Operation::Speech => true,
        Operation::CountTokens => false,
        _ => !matches!(order.shape, Shape::Plain(_)),
    };
    let pieces = attempt.pieces.get();
    let usage = match counts {
        true => Usage::estimate(order.body_bytes, 0),
        false => Usage { estimated: true, ..pieces },
    };
    (counts || pieces.images > 0).then_some(usage).map(|usage| with_pieces(usage, attempt))
}

/// A usage with what is counted by the piece, which no provider tells.
fn with_pieces(usage: Usage, attempt: &Attempt) -> Usage {
    let Usage { images, characters, .. } = attempt.pieces.get();
    Usage { images, characters, ..usage }
}

/// What a request asks for by the piece: pictures, and characters to be read aloud.
pub(super) fn pieces(operation: Operation, body: &[u8]) -> Usage {
    let mut pieces = Usage::default();
    match operation {
        Operation::Speech => {
            let text =
                Doc::parse(body).ok().and_then(|doc| Some(doc.root().get("input")?.text()?.decode().chars().count()));
            pieces.characters = text.unwrap_or(0) as u64;
        }
        Operation::ImageGeneration | Operation::ImageEdit | Operation::ImageVariation => {
            let number = |value: &[u8]| std::str::from_utf8(value).ok()?.trim().parse::<u64>().ok();
            pieces.images = shallow::root_member(body, "n").and_then(number).unwrap_or(1);
        }
        _ => {}
    }
    pieces
}

/// Reads a good answer that was held, notes what it tells, and writes it in the client's shape. `Ok(None)`: it may go on
/// as it came.
pub(super) fn read_answer(
    attempt: &Attempt,
    headers: &Headers,
    body: &[u8],
    host: &dyn Host,
    outcome: &mut Outcome,
) -> Result<Option<Written>, ApiError> {
    let order = &attempt.order;
    if !matches!(body.first(), Some(b'{' | b'[' | b' ' | b'\n' | b'\r')) {
        return Err(ApiError::bad_answer("the provider's answer is not JSON"));
    }
    // An error is never that large.
    if body.len() < 65_536 && shallow::root_member(body, "error").is_some_and(|error| error != b"null") {
        return Err(attempt.format.read_error(502, headers, body));
    }
    let same = attempt.same_shape();
    let mut written = None;
    let told = match (attempt.shape, order.shape) {
        // Vectors are megabytes of numbers: only their frame and the usage are looked at.
        (Shape::Embeddings(shape), _) if same && !(order.packed && shape.is_unpacked(body)) => {
            shape.usage(headers, body)
        }
        (Shape::Embeddings(from), Shape::Embeddings(to)) => {
            let answer = from.read_answer(headers, body);
            let answer = answer.ok_or_else(|| ApiError::bad_answer("the provider's answer is no list of vectors"))?;
            let packed;
            let wish = match attempt.wish.get() {
                Some(Wish::Vectors(wish)) => wish,
                _ => {
                    packed = answer.packed_wish();
                    &packed
                }
            };
            written = Some(embeddings::translate_answer(&answer, to, wish, &attempt.ask(host))?);
            answer.usage
        }
        (Shape::Rerank(from), Shape::Rerank(to)) => {
            let broken = || ApiError::bad_answer("the provider's answer is no list of ranked documents");
            let doc = Doc::parse(body).map_err(|_| broken())?;
            let answer = from.read_answer(headers, &doc).ok_or_else(broken)?;
            if let Some(Wish::Ranks(wish)) = attempt.wish.get() {
                written = Some(to.write_answer(&answer, wish, &attempt.ask(host))?);
            }
            let units = answer.search_units.unwrap_or(0);
            let usage = answer.usage.or_else(|| (units > 0).then(|| estimate(attempt)).flatten());
            usage.map(|usage| Usage { search_units: units, ..usage })
        }
        _ => None,
    };
    outcome.usage = told.filter(Usage::is_plausible).or_else(|| estimate(attempt));
    Ok(written.map(|body| (JSON, body)))
}

/// The header of an answer that is our own guess.
const ESTIMATED: (&str, &str) = ("x-postern-estimated", "true");

/// Tokens that stand around a text: its role, and what divides turns.
const TOKENS_AROUND: u64 = 4;

/// Counts the tokens of a request by its texts, for a provider that does not count. Pictures are not counted.
pub(super) fn count_tokens(attempt: &Attempt, body: &[u8]) -> Result<Reply, ApiError> {
    let doc = Doc::parse(body).map_err(|error| ApiError::invalid_request("", error.to_string()))?;
    let mut tokens = 0u64;
    view::rewrite_shape(&doc, attempt.order.shape, &mut Edits::new(), &mut |_, text| {
        tokens += Usage::estimate(text.len() as u64, 0).input + TOKENS_AROUND;
        Vec::new()
    });
    let headers = [("content-type", JSON), ESTIMATED].into_iter().collect();
    Ok(Reply { status: 200, headers, body: attempt.order.format.write_count(tokens) })
}

/// An answer that goes by.
pub(super) struct Passing {
    /// How its usage is found, if there is any to find.
    reads: Reads,
    /// An event was its last, or it is of a kind whose last event nobody knows.
    ended: bool,
    told: Option<Usage>,
}

enum Reads {
    Nothing,
    Json(Watch),
    Events(frame::Reader),
    Messages(websocket::Reader),
}

impl Passing {
    /// Lets its headers go.
    pub fn begin(
        headers: Headers,
        attempt: &Attempt,
        provider: &Provider,
        host: &dyn Host,
        outcome: &mut Outcome,
    ) -> HostResult<Self> {
        let content_type = headers.get("content-type").unwrap_or_default();
        // What is only fetched again was paid for when it was made.
        let counts = !attempt.is_raw() || attempt.client_headers.get(":method") == Some("POST");
        let events = Framing::of(content_type).filter(|framing| *framing == Framing::Sse);
        let reads = match events {
            _ if outcome.status == 101 => Reads::Messages(websocket::Reader::default()),
            _ if !counts || super::answer::compressed(&headers) => Reads::Nothing,
            Some(framing) => Reads::Events(frame::Reader::new(framing)),
            None if content_type.starts_with(JSON) => Reads::Json(Watch::new("usage")),
            None => Reads::Nothing,
        };
        let mut headers = client_headers(headers, provider);
        outcome.show(&mut headers);
        host.update_headers(Side::Response, &headers)?;
        attempt.taken.report(outcome, host)?;
        Ok(Self { reads, ended: attempt.is_raw(), told: None })
    }

    /// More of it, or its end.
    pub fn body(&mut self, attempt: &Attempt, end: bool, host: &dyn Host, outcome: &mut Outcome) -> HostResult<()> {
        let before = self.told;
        let piece = if matches!(self.reads, Reads::Nothing) { Vec::new() } else { host.body(Side::Response)? };
        match std::mem::replace(&mut self.reads, Reads::Nothing) {
            Reads::Nothing => {}
            Reads::Json(mut watch) => {
                watch.push(&piece);
                if end && let Some(found) = watch.found() {
                    self.told = embeddings::openai_usage(found);
                }
                self.reads = Reads::Json(watch);
            }
            Reads::Events(mut events) => {
                let read = events.push(&piece, |event| self.event(&event, outcome));
                if end {
                    let _ = events.finish(|event| self.event(&event, outcome));
                    if !self.ended {
                        host.set_body(Side::Response, &self.cut(piece, attempt, host, outcome))?;
                    }
                } else if read.is_ok() {
                    self.reads = Reads::Events(events);
                } else {
                    // Larger than anything that is read here; it goes by all the same.
                    self.ended = true;
                }
            }
            Reads::Messages(mut messages) => {
                messages.push(&piece, |message| self.message(message));
                self.reads = Reads::Messages(messages);
            }
        }
        let told = self.told.filter(Usage::is_plausible).map(|told| with_pieces(told, attempt));
        outcome.usage = told.or_else(|| estimate(attempt));
        outcome.complete = end;
        if end || self.told != before { attempt.taken.report(outcome, host) } else { Ok(()) }
    }

    /// A stream that ended before its last event is told to the client as an error.
    fn cut(&self, mut out: Vec<u8>, attempt: &Attempt, host: &dyn Host, outcome: &mut Outcome) -> Vec<u8> {
        outcome.error = Some("stream_cut".to_owned());
        host.log(Level::Warn, &format!("provider {} ended a stream before its end", outcome.provider));
        let error = ApiError::bad_answer("the provider's stream ended before its end");
        let mut writer = frame::Writer::new(Framing::Sse);
        writer.event(&mut out, Some("error"), &attempt.order.format.write_error(&error));
        out
    }

    fn event(&mut self, event: &frame::Event<'_>, outcome: &mut Outcome) {
        if !event.has_data {
            return;
        }
        if let Some(usage) = shallow::root_member(&event.data, "usage").and_then(embeddings::openai_usage) {
            self.told = Some(usage);
        }
        let kind = shallow::root_member(&event.data, "type").unwrap_or_default();
        if kind == b"\"error\"" || shallow::root_member(&event.data, "error").is_some_and(|error| error != b"null") {
            outcome.error = Some("provider".to_owned());
            self.ended = true;
        }
        let last = [&b".done\""[..], b".completed\""].iter().any(|end| kind.ends_with(end));
        self.ended |= last || event.data.as_ref() == b"[DONE]";
    }

    /// A message of a realtime session: each answer and each transcription tells what it took.
    fn message(&mut self, message: &[u8]) {
        let inside = shallow::root_member(message, "response").and_then(|it| shallow::root_member(it, "usage"));
        let usage = inside.or_else(|| shallow::root_member(message, "usage")).and_then(embeddings::openai_usage);
        if let Some(usage) = usage.filter(Usage::is_plausible) {
            self.told = Some(self.told.unwrap_or_default().plus(&usage));
        }
    }
}
