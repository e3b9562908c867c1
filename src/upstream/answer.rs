//! Answers as a whole, and what goes for every answer: its headers, its status, our key in its words.

use super::Attempt;
use crate::chat::schema::Schema;
use crate::chat::{self, ApiError, Delta, Fold, Part, ServiceTier, Usage, unfold};
use crate::format::{Format, Loss, rules};
use crate::handover::{MAX_MODEL_BYTES, Outcome};
use crate::host::Host;
use crate::http::Headers;
use crate::provider::Provider;
use crate::wire::frame::{self, Framing};
use crate::wire::json::{Doc, Text};

/// Headers of a provider's answer that are not the client's business: its cookies, its edge, our account with it. Nor
/// are those of our own names, which only we may say.
const WITHHELD: &[&str] = &[
    "set-cookie",
    "openai-organization",
    "openai-project",
    "anthropic-organization-id",
    "server",
    "alt-svc",
    "strict-transport-security",
    "nel",
    "report-to",
    "via",
    "x-envoy-upstream-service-time",
    // Where and how to ask it otherwise: answers to us.
    "location",
    "www-authenticate",
];

/// A body and its content type.
pub(super) type Written = (&'static str, Vec<u8>);

pub(super) const JSON: &str = "application/json";

/// The code of an answer that has not the schema that was asked for.
pub(super) const MISFIT: &str = "schema_misfit";

/// Reads a good answer, notes what it tells, and writes it as the client wants it: in its format, and as a stream or
/// whole, whichever it asked for, whatever the provider gave. `Ok(None)`: it may go on as it came.
pub(super) fn read_answer(
    attempt: &Attempt,
    headers: &Headers,
    body: &[u8],
    host: &dyn Host,
    outcome: &mut Outcome,
) -> Result<Option<Written>, ApiError> {
    if compressed(headers) {
        return Err(ApiError::bad_answer("the provider's answer is compressed, though it was asked not to"));
    }
    let order = &attempt.order;
    if !order.operation.is_chat() {
        return super::task::read_answer(attempt, headers, body, host, outcome);
    }
    let framing = headers.get("content-type").and_then(Framing::of);
    let folded;
    let doc;
    let answer = if let Some(framing) = framing {
        folded = fold(attempt.format, framing, body)?;
        folded
    } else {
        doc = Doc::parse(body).map_err(|_| ApiError::bad_answer("the provider's answer is not JSON"))?;
        if attempt.format.is_error(doc.root()) {
            return Err(attempt.format.read_error(502, headers, body));
        }
        attempt.format.read_answer(&doc)?
    };
    note_model(&answer.model, outcome);
    if !attempt.same_format() {
        let mut loss = Loss(std::mem::take(&mut outcome.lossy));
        rules::note_answer(&answer, order.format, order.stream, &mut loss);
        outcome.lossy = loss.0;
    }
    outcome.finish = answer.choices.first().map(|choice| choice.finish);
    let told = answer.usage.filter(Usage::is_plausible);
    let tier = answer.service_tier.as_ref().map_or(ServiceTier::Standard, tier_of);
    outcome.usage =
        Some(Usage { tier, ..told.unwrap_or_else(|| Usage::estimate(order.body_bytes, body.len() as u64)) });
    if let Some(wanted) = attempt.wanted.get() {
        refuse_misfit(&answer, wanted)?;
    }
    Ok(match order.stream {
        false if framing.is_none() && attempt.same_format() => None,
        false => Some((JSON, order.format.write_answer(&answer, &attempt.ask(host)))),
        true => {
            let mut out = Vec::with_capacity(order.format.stream_repeats() * (body.len() + 4096));
            let mut writer = order.format.stream_writer(&attempt.ask(host));
            unfold(&answer, &mut |delta| writer.write(&delta, &mut out));
            Some((attempt.framing().media_type(), out))
        }
    })
}

/// Throws an answer away that has not the schema that was asked for.
fn refuse_misfit(answer: &chat::Answer<'_>, wanted: &Schema) -> Result<(), ApiError> {
    for choice in &answer.choices {
        let texts = choice.parts.iter().filter_map(|part| match part {
            Part::Text { text, .. } => Some(text.decode()),
            _ => None,
        });
        let text: String = texts.collect();
        // Calls of tools and refusals are other answers than the one with the schema.
        if text.is_empty() {
            continue;
        }
        let fits = serde_json::from_str(&text).is_ok_and(|value| wanted.check(&value).is_ok());
        if !fits {
            let mut error = ApiError::bad_answer("the answer has not the JSON schema that was asked for");
            error.code = Some(MISFIT.to_owned());
            return Err(error);
        }
    }
    Ok(())
}

/// The whole answer that a stream says, for a client that asked for none.
fn fold(format: &dyn Format, framing: Framing, body: &[u8]) -> Result<chat::Answer<'static>, ApiError> {
    let mut fold = Fold::new();
    let mut reader = format.stream_reader();
    let mut ended = false;
    let mut frames = frame::Reader::new(framing);
    let mut read = |event: frame::Event<'_>| {
        reader.read(&event, &mut |delta| {
            ended |= matches!(delta, Delta::End);
            fold.push(&delta);
        });
    };
    frames.push(body, &mut read).and_then(|()| frames.finish(&mut read)).map_err(broken)?;
    if reader.ended() && !ended {
        fold.push(&Delta::End);
    }
    fold.finish()
}

/// What a client is told of a stream that cannot be read on.
pub(super) fn broken(why: frame::Broken) -> ApiError {
    ApiError::bad_answer(format!("the provider's stream cannot be read: {why}"))
}

/// Takes our own key out of an error, should the provider quote it there.
pub(super) fn scrub_error(provider: &Provider, error: &mut ApiError) {
    for text in [Some(&mut error.message), error.code.as_mut(), error.param.as_mut()].into_iter().flatten() {
        if let Some(clean) = provider.scrub(text) {
            *text = clean;
        }
    }
}

/// The tier that an answer names.
pub(super) fn tier_of(name: &Text<'_>) -> ServiceTier {
    ServiceTier::ALL.into_iter().find(|tier| name.is(tier.name())).unwrap_or_default()
}

/// The model an answer names. A provider's word, which goes into records and a header: so not without a limit.
pub(super) fn note_model(model: &Text<'_>, outcome: &mut Outcome) {
    if !model.is_empty() && model.raw().len() <= MAX_MODEL_BYTES {
        outcome.model = model.decode().into_owned();
    }
}

/// What the client sees of a provider's headers.
pub(super) fn client_headers(mut headers: Headers, provider: &Provider) -> Headers {
    provider.scrub_headers(&mut headers);
    headers.retain(|name, _| !WITHHELD.contains(&name) && !name.starts_with("x-postern-"));
    // Each provider's name for its request id, under both names that SDKs read.
    let ids = ["x-request-id", "request-id", "x-amzn-requestid", "x-debug-trace-id"];
    let id = ids.into_iter().find_map(|name| headers.get(name)).map(str::to_owned);
    if let Some(id) = id {
        headers.set("x-request-id", &id);
        headers.set("request-id", &id);
    }
    headers
}

pub(super) fn set_status(headers: &mut Headers, error: &mut ApiError, outcome: &mut Outcome) {
    // An error that a provider calls 2xx must not reach the client, or Envoy's retry, as one.
    if error.status < 400 {
        error.status = 502;
    }
    outcome.error.get_or_insert_with(|| error.kind.name().to_owned());
    outcome.usage = None;
    headers.set(":status", &error.status.to_string());
    if let Some(secs) = error.retry_after_secs
        && headers.get("retry-after").is_none()
    {
        headers.set("retry-after", &secs.to_string());
    }
}

/// What kind of error it is, where the client's format says that in a header.
pub(super) fn set_error_header(headers: &mut Headers, error: &ApiError, client: &dyn Format) {
    if let Some((name, value)) = client.error_header(error) {
        headers.set(name, value);
    }
}

pub(super) fn compressed(headers: &Headers) -> bool {
    headers.get("content-encoding").is_some_and(|encoding| !encoding.is_empty() && encoding != "identity")
}
