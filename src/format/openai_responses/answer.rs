//! Reads whole answers.

use super::{read, read_reasoning, unmapped};
use crate::chat::{
    Answer, ApiError, Arguments, Choice, Citation, ErrorKind, Finish, Logprob, Media, MediaKind, MediaSource, Part,
    ToolCall,
};
use crate::format::field::{Field, is_base64};
use crate::format::openai::{error, usage};
use crate::wire::json::{Kind, Text, Value};

/// Reads an answer. One that failed is the error it tells, whatever its status was.
pub(super) fn read<'a>(root: Value<'_, 'a>) -> Result<Answer<'a>, ApiError> {
    if let Some(error) = failure(root) {
        return Err(error);
    }
    read_whole(root).map_err(|error| match error.kind {
        ErrorKind::InvalidRequest => {
            ApiError::bad_answer(format!("the provider's answer is not what its format promises: {}", error.message))
        }
        _ => error,
    })
}

/// The error of a response that failed, in itself or as an error told with status 200.
pub(super) fn failure(response: Value<'_, '_>) -> Option<ApiError> {
    let failed = response.get("status").is_some_and(|status| status.is("failed"));
    let silent = || failed.then(|| ApiError::bad_answer("the provider failed without saying why"));
    error::in_answer(response).or_else(silent)
}

fn read_whole<'a>(root: Value<'_, 'a>) -> Result<Answer<'a>, ApiError> {
    let whole = Field::alone(root);
    let mut answer = Answer {
        id: text_or_empty(root, "id"),
        model: text_or_empty(root, "model"),
        created: root.get("created_at").and_then(Value::u64),
        usage: root.some("usage").and_then(usage::read),
        service_tier: root.get("service_tier").and_then(Value::text),
        ..Answer::default()
    };
    let mut choice = Choice::default();
    let mut reader = Items { choice: &mut choice, unmapped: &mut answer.unmapped, chars: 0 };
    for item in whole.need("output")?.array()?.items() {
        reader.item(&item.object()?)?;
    }
    let called = choice.parts.iter().any(|part| matches!(part, Part::ToolCall(_)));
    choice.finish = finish(root, called);
    answer.choices.push(choice);
    Ok(answer)
}

pub(super) fn text_or_empty<'a>(object: Value<'_, 'a>, name: &str) -> Text<'a> {
    object.get(name).and_then(Value::text).unwrap_or_default()
}

/// Why a response ends. One that is not complete (or not even begun: made in the background) is a turn unfinished.
pub(super) fn finish(response: Value<'_, '_>, called: bool) -> Finish {
    let status = response.get("status");
    let is = |word| status.is_some_and(|status| status.is(word));
    let reason = response.some("incomplete_details").and_then(|details| details.get("reason"));
    match () {
        () if reason.is_some_and(|reason| reason.is("content_filter")) => Finish::ContentFilter,
        () if reason.is_some() => Finish::Length,
        () if ["incomplete", "in_progress", "queued", "cancelled"].into_iter().any(is) => Finish::Length,
        () if called => Finish::ToolCalls,
        () => Finish::Stop,
    }
}

/// Whether a message is a remark on the way or the answer, which others do not tell.
pub(super) const PHASE: &str = "output[].phase";

/// Reads the items of an answer.
struct Items<'r, 'a> {
    choice: &'r mut Choice<'a>,
    unmapped: &'r mut Vec<&'static str>,
    /// How many characters of text there were so far.
    chars: u64,
}

impl<'a> Items<'_, 'a> {
    fn item(&mut self, item: &Field<'_, '_, 'a>) -> Result<(), ApiError> {
        let kind = item.need("type")?.text()?;
        match kind.raw() {
            "message" => {
                if item.member("phase").is_some() {
                    self.unmapped.push(PHASE);
                }
                for part in item.member("content").map(|list| list.array()).transpose()?.iter().flat_map(Field::items) {
                    self.content(&part.object()?)?;
                }
            }
            "reasoning" => self.choice.parts.extend(read_reasoning(item)?),
            "function_call" => self.choice.parts.push(Part::ToolCall(ToolCall {
                id: call_id(item.value),
                name: item.need("name")?.text()?,
                arguments: Arguments::Text(item.text_of("arguments")?.unwrap_or_default()),
                signature: None,
                cache: None,
            })),
            _ => match picture(item.value) {
                Some(picture) => self.choice.parts.push(Part::Media(picture)),
                None => {
                    let name = unmapped(&kind);
                    if !self.unmapped.contains(&name) {
                        self.unmapped.push(name);
                    }
                }
            },
        }
        Ok(())
    }

    fn content(&mut self, part: &Field<'_, '_, 'a>) -> Result<(), ApiError> {
        let said = read::read_part(part)?;
        let Part::Text { text, .. } = &said else {
            match said {
                Part::Other { .. } => self.unmapped.push("output[].content[]"),
                said => self.choice.parts.push(said),
            }
            return Ok(());
        };
        let before = self.chars;
        self.chars += text.chars();
        if !text.is_empty() {
            self.choice.parts.push(said);
        }
        for note in part.value.some("annotations").into_iter().flat_map(Value::items) {
            self.choice.parts.extend(citation(note, before).map(Part::Citation));
        }
        self.choice.logprobs.extend(part.value.some("logprobs").into_iter().flat_map(logprobs));
        Ok(())
    }
}

/// The id that a result has to name. Servers that have but one id for a call put it in either place.
pub(super) fn call_id<'a>(item: Value<'_, 'a>) -> Text<'a> {
    let id = text_or_empty(item, "call_id");
    if id.is_empty() { text_or_empty(item, "id") } else { id }
}

/// A source of a text; its place counts from the start of that text, and ours from the start of the answer's.
pub(super) fn citation<'a>(annotation: Value<'_, 'a>, before: u64) -> Option<Citation<'a>> {
    if annotation.kind() != Kind::Object {
        return None;
    }
    let text = |name| annotation.get(name).and_then(Value::text).filter(|text| !text.is_empty());
    let place = |name| annotation.get(name).and_then(Value::u64).map(|at| before.saturating_add(at));
    Some(Citation {
        url: text("url"),
        title: text("title").or_else(|| text("filename")),
        quote: None,
        span: place("start_index").zip(place("end_index")),
    })
}

/// Log probabilities of tokens; those that cannot be read say nothing.
pub(super) fn logprobs<'a>(list: Value<'_, 'a>) -> impl Iterator<Item = Logprob<'a>> {
    fn one<'a>(token: Value<'_, 'a>) -> Option<(Text<'a>, Text<'a>)> {
        Some((token.get("token")?.text()?, Text::from_raw(token.get("logprob")?.number()?)))
    }
    list.items().filter_map(|token| {
        let (text, logprob) = one(token)?;
        let top = token.some("top_logprobs").into_iter().flat_map(Value::items).filter_map(one).collect();
        Some(Logprob { token: text, logprob, top })
    })
}

/// What the tool for pictures calls their formats. Without a word it is the first.
const PICTURES: &[(&str, &str)] = &[
    ("png", "image/png"),
    ("webp", "image/webp"),
    ("jpeg", "image/jpeg"),
    ("gif", "image/gif"),
    ("svg", "image/svg+xml"),
];

/// The picture that an item is, if the provider's own tool made one.
pub(super) fn picture<'a>(item: Value<'_, 'a>) -> Option<Media<'a>> {
    item.get("type").filter(|kind| kind.is("image_generation_call"))?;
    let data = item.get("result")?.text().filter(|data| is_base64(&data.decode()))?;
    let format = item.get("output_format");
    let known = PICTURES.iter().find(|(known, _)| format.is_some_and(|format| format.is(known)));
    let media_type = Text::from_raw(known.map_or("image/png", |(_, media_type)| media_type));
    let source = MediaSource::Data { media_type, data };
    Some(Media { kind: MediaKind::Image, source, detail: None, filename: None, cache: None })
}
