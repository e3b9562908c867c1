//! Folding a streamed answer into the whole answer it is: for a client that asked for no stream where the provider
//! gives only one, for caches and guards, and for the law that both ways of reading a format agree.

use super::{
    Answer, ApiError, Arguments, Choice, Citation, Delta, Finish, Logprob, Media, MediaSource, Part, Signature,
    ToolCall, Usage,
};
use crate::wire::json::Text;

/// How many choices a stream may have; OpenAI's `n` ends at 128. Deltas of choices beyond say nothing.
const MAX_CHOICES: u32 = 128;

/// Collects the deltas of one stream.
#[derive(Debug, Default)]
pub struct Fold {
    id: String,
    model: String,
    created: Option<u64>,
    choices: Vec<Lane>,
    usage: Option<Usage>,
    service_tier: Option<Text<'static>>,
    unmapped: Vec<&'static str>,
    error: Option<ApiError>,
    ended: bool,
}

#[derive(Debug, Default)]
struct Lane {
    blocks: Vec<Block>,
    finish: Option<Finish>,
    stop_sequence: Option<Text<'static>>,
    logprobs: Vec<Logprob<'static>>,
}

/// A part under way; every string is in its escaped form.
#[derive(Debug)]
#[allow(clippy::large_enum_variant)]
enum Block {
    Text(String),
    Refusal(String),
    Thinking {
        text: String,
        signature: Option<Signed>,
    },
    Redacted(String),
    Call {
        index: u32,
        id: String,
        name: String,
        arguments: String,
        signature: Option<Signature<'static>>,
    },
    /// Complete as it came: a source, a picture.
    Whole(Part<'static>),
}

/// A signature that may come in pieces.
#[derive(Debug)]
struct Signed {
    origin: super::Origin,
    value: String,
}

impl Fold {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in one step. Neighbouring steps of a kind become one part.
    pub fn push(&mut self, delta: &Delta<'_>) {
        match delta {
            Delta::Start { id, model, created } => {
                self.id = id.raw().to_owned();
                self.model = model.raw().to_owned();
                self.created = *created;
            }
            Delta::Text(choice, text) => match self.blocks(*choice) {
                [.., Block::Text(last)] => last.push_str(text.raw()),
                _ => self.add(*choice, Block::Text(text.raw().to_owned())),
            },
            Delta::Refusal(choice, text) => match self.blocks(*choice) {
                [.., Block::Refusal(last)] => last.push_str(text.raw()),
                _ => self.add(*choice, Block::Refusal(text.raw().to_owned())),
            },
            Delta::Thinking(choice, more) => match self.blocks(*choice) {
                [.., Block::Thinking { text, signature: None }] => text.push_str(more.raw()),
                _ => self.add(*choice, Block::Thinking { text: more.raw().to_owned(), signature: None }),
            },
            Delta::ThinkingStart(choice) => {
                self.add(*choice, Block::Thinking { text: String::new(), signature: None });
            }
            Delta::Signature(choice, more) => {
                let piece = more.value.raw();
                match self.blocks(*choice) {
                    [.., Block::Thinking { signature: Some(signed), .. }] if signed.origin == more.origin => {
                        signed.value.push_str(piece);
                    }
                    [.., Block::Thinking { signature: signature @ None, .. }] => {
                        *signature = Some(Signed { origin: more.origin, value: piece.to_owned() });
                    }
                    _ => {
                        let signature = Some(Signed { origin: more.origin, value: piece.to_owned() });
                        self.add(*choice, Block::Thinking { text: String::new(), signature });
                    }
                }
            }
            Delta::Media(choice, media) => self.add(*choice, Block::Whole(Part::Media(media.to_static()))),
            Delta::Citation(choice, citation) => {
                self.add(*choice, Block::Whole(Part::Citation(citation.to_static())));
            }
            Delta::Logprobs(choice, more) => {
                if let Some(lane) = self.lane(*choice) {
                    lane.logprobs.extend(more.iter().map(Logprob::to_static));
                }
            }
            Delta::ServiceTier(tier) => self.service_tier = Some(kept(tier)),
            Delta::Unmapped(name) => note(&mut self.unmapped, name),
            Delta::RedactedThinking(choice, data) => self.add(*choice, Block::Redacted(data.raw().to_owned())),
            Delta::ToolStart { choice, index, id, name, signature } => {
                let (id, name) = (id.raw().to_owned(), name.raw().to_owned());
                let signature = signature.as_ref().map(Signature::to_static);
                self.add(*choice, Block::Call { index: *index, id, name, arguments: String::new(), signature });
            }
            Delta::ToolArguments { choice, index: wanted, fragment } => {
                let call = self.blocks(*choice).iter_mut().rev().find_map(|block| match block {
                    Block::Call { index, arguments, .. } if index == wanted => Some(arguments),
                    _ => None,
                });
                if let Some(arguments) = call {
                    arguments.push_str(fragment.raw());
                }
            }
            Delta::Finish { choice, finish, stop_sequence } => {
                if let Some(lane) = self.lane(*choice) {
                    lane.finish = Some(*finish);
                    lane.stop_sequence = stop_sequence.as_ref().map(kept);
                }
            }
            Delta::Usage(usage) => self.usage = Some(*usage),
            Delta::Error(error) => self.error = Some(error.clone()),
            Delta::End => self.ended = true,
        }
    }

    /// The whole answer. Fails with the stream's own error, or if the stream was cut: no [`Delta::End`] came.
    pub fn finish(self) -> Result<Answer<'static>, ApiError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        if !self.ended {
            return Err(ApiError::bad_answer("the provider's stream ended before its answer was complete"));
        }
        Ok(Answer {
            id: Text::from_raw_owned(self.id),
            model: Text::from_raw_owned(self.model),
            created: self.created,
            choices: self.choices.into_iter().map(Lane::into_choice).collect(),
            usage: self.usage,
            service_tier: self.service_tier,
            unmapped: self.unmapped,
        })
    }

    fn lane(&mut self, choice: u32) -> Option<&mut Lane> {
        if choice >= MAX_CHOICES {
            return None;
        }
        let index = choice as usize;
        if self.choices.len() <= index {
            self.choices.resize_with(index + 1, Lane::default);
        }
        self.choices.get_mut(index)
    }

    fn blocks(&mut self, choice: u32) -> &mut [Block] {
        self.lane(choice).map(|lane| lane.blocks.as_mut_slice()).unwrap_or_default()
    }

    fn add(&mut self, choice: u32, block: Block) {
        if let Some(lane) = self.lane(choice) {
            lane.blocks.push(block);
        }
    }
}

/// The other way: the steps of a stream that says what a whole answer says, for a client that asked for a stream where
/// the provider gave none.
pub fn unfold(answer: &Answer<'_>, emit: &mut dyn FnMut(Delta<'_>)) {
    let same = Text::by_ref;
    emit(Delta::Start { id: same(&answer.id), model: same(&answer.model), created: answer.created });
    for (choice, said) in (0..).zip(&answer.choices) {
        let mut calls = 0;
        for part in &said.parts {
            match part {
                Part::Text { text, .. } => emit(Delta::Text(choice, same(text))),
                Part::Refusal(text) => emit(Delta::Refusal(choice, same(text))),
                Part::Thinking { text, signature } => {
                    emit(Delta::ThinkingStart(choice));
                    if !text.is_empty() {
                        emit(Delta::Thinking(choice, same(text)));
                    }
                    if let Some(signature) = signature {
                        emit(Delta::Signature(choice, signature.by_ref()));
                    }
                }
                Part::RedactedThinking(data) => emit(Delta::RedactedThinking(choice, same(data))),
                Part::ToolCall(call) => {
                    let index = calls;
                    calls += 1;
                    let signature = call.signature.as_ref().map(Signature::by_ref);
                    emit(Delta::ToolStart { choice, index, id: same(&call.id), name: same(&call.name), signature });
                    let fragment = match &call.arguments {
                        Arguments::Json(json) => Text::from_plain(json),
                        Arguments::Text(text) => same(text),
                    };
                    emit(Delta::ToolArguments { choice, index, fragment });
                }
                Part::Media(media) => emit(Delta::Media(choice, media.by_ref())),
                Part::Citation(citation) => emit(Delta::Citation(choice, citation.by_ref())),
                // What no stream of another format can say.
                Part::ToolResult { .. } | Part::Other { .. } => {}
            }
        }
        if !said.logprobs.is_empty() {
            emit(Delta::Logprobs(choice, said.logprobs.iter().map(Logprob::by_ref).collect()));
        }
        let stop_sequence = said.stop_sequence.as_ref().map(same);
        emit(Delta::Finish { choice, finish: said.finish, stop_sequence });
    }
    if let Some(tier) = &answer.service_tier {
        emit(Delta::ServiceTier(same(tier)));
    }
    answer.unmapped.iter().for_each(|name| emit(Delta::Unmapped(name)));
    if let Some(usage) = answer.usage {
        emit(Delta::Usage(usage));
    }
    emit(Delta::End);
}

impl Lane {
    fn into_choice(self) -> Choice<'static> {
        let text = Text::from_raw_owned;
        let parts = self.blocks.into_iter().map(|block| match block {
            Block::Text(said) => Part::Text { text: text(said), cache: None },
            Block::Refusal(said) => Part::Refusal(text(said)),
            Block::Thinking { text: thought, signature } => {
                let signature = signature.map(|signed| Signature { origin: signed.origin, value: text(signed.value) });
                Part::Thinking { text: text(thought), signature }
            }
            Block::Redacted(data) => Part::RedactedThinking(text(data)),
            Block::Call { id, name, arguments, signature, .. } => Part::ToolCall(ToolCall {
                id: text(id),
                name: text(name),
                arguments: Arguments::Text(text(arguments)),
                signature,
                cache: None,
            }),
            Block::Whole(part) => part,
        });
        Choice {
            // A block that was opened and never said anything.
            parts: parts.filter(|part| !is_hollow(part)).collect(),
            finish: self.finish.unwrap_or_default(),
            stop_sequence: self.stop_sequence,
            logprobs: self.logprobs,
        }
    }
}

fn is_hollow(part: &Part<'_>) -> bool {
    matches!(part, Part::Thinking { text, signature: None } if text.is_empty())
}

/// Notes a name once; the names are the formats' own, so there are few.
fn note(names: &mut Vec<&'static str>, name: &'static str) {
    if !names.contains(&name) {
        names.push(name);
    }
}

fn kept(text: &Text<'_>) -> Text<'static> {
    Text::from_raw_owned(text.raw().to_owned())
}

impl Media<'_> {
    /// The same, borrowed; without a prompt-cache mark, which answers do not have.
    pub fn by_ref(&self) -> Media<'_> {
        self.with(|text| text.by_ref())
    }

    /// A copy that borrows nothing; without that mark.
    pub fn to_static(&self) -> Media<'static> {
        self.with(kept)
    }

    fn with<'m, 'o>(&'m self, text: impl Fn(&'m Text<'_>) -> Text<'o>) -> Media<'o> {
        let source = match &self.source {
            MediaSource::Data { media_type, data } => {
                MediaSource::Data { media_type: text(media_type), data: text(data) }
            }
            MediaSource::Url(url) => MediaSource::Url(text(url)),
            MediaSource::FileId(id) => MediaSource::FileId(text(id)),
        };
        let [detail, filename] = [&self.detail, &self.filename].map(|it| it.as_ref().map(&text));
        Media { kind: self.kind, source, detail, filename, cache: None }
    }
}

impl Citation<'_> {
    /// The same, borrowed.
    pub fn by_ref(&self) -> Citation<'_> {
        self.with(|text| text.by_ref())
    }

    /// A copy that borrows nothing.
    pub fn to_static(&self) -> Citation<'static> {
        self.with(kept)
    }

    fn with<'c, 'o>(&'c self, text: impl Fn(&'c Text<'_>) -> Text<'o>) -> Citation<'o> {
        let [url, title, quote] = [&self.url, &self.title, &self.quote].map(|it| it.as_ref().map(&text));
        Citation { url, title, quote, span: self.span }
    }
}

impl Logprob<'_> {
    /// The same, borrowed.
    pub fn by_ref(&self) -> Logprob<'_> {
        self.with(|text| text.by_ref())
    }

    /// A copy that borrows nothing.
    pub fn to_static(&self) -> Logprob<'static> {
        self.with(kept)
    }

    fn with<'l, 'o>(&'l self, text: impl Fn(&'l Text<'_>) -> Text<'o>) -> Logprob<'o> {
        let top = self.top.iter().map(|(token, logprob)| (text(token), text(logprob))).collect();
        Logprob { token: text(&self.token), logprob: text(&self.logprob), top }
    }
}

impl Delta<'_> {
    /// A copy that borrows nothing.
    pub fn to_static(&self) -> Delta<'static> {
        match self {
            Self::Start { id, model, created } => Delta::Start { id: kept(id), model: kept(model), created: *created },
            Self::Text(choice, text) => Delta::Text(*choice, kept(text)),
            Self::Refusal(choice, text) => Delta::Refusal(*choice, kept(text)),
            Self::ThinkingStart(choice) => Delta::ThinkingStart(*choice),
            Self::Thinking(choice, text) => Delta::Thinking(*choice, kept(text)),
            Self::Signature(choice, signature) => Delta::Signature(*choice, signature.to_static()),
            Self::RedactedThinking(choice, data) => Delta::RedactedThinking(*choice, kept(data)),
            Self::ToolStart { choice, index, id, name, signature } => Delta::ToolStart {
                choice: *choice,
                index: *index,
                id: kept(id),
                name: kept(name),
                signature: signature.as_ref().map(Signature::to_static),
            },
            Self::ToolArguments { choice, index, fragment } => {
                Delta::ToolArguments { choice: *choice, index: *index, fragment: kept(fragment) }
            }
            Self::Media(choice, media) => Delta::Media(*choice, media.to_static()),
            Self::Citation(choice, citation) => Delta::Citation(*choice, citation.to_static()),
            Self::Logprobs(choice, tokens) => Delta::Logprobs(*choice, tokens.iter().map(Logprob::to_static).collect()),
            Self::ServiceTier(tier) => Delta::ServiceTier(kept(tier)),
            Self::Unmapped(name) => Delta::Unmapped(name),
            Self::Finish { choice, finish, stop_sequence } => {
                Delta::Finish { choice: *choice, finish: *finish, stop_sequence: stop_sequence.as_ref().map(kept) }
            }
            Self::Usage(usage) => Delta::Usage(*usage),
            Self::Error(error) => Delta::Error(error.clone()),
            Self::End => Delta::End,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::Origin;

    fn fold(deltas: &[Delta<'_>]) -> Result<Answer<'static>, ApiError> {
        let mut fold = Fold::new();
        deltas.iter().for_each(|delta| fold.push(delta));
        fold.finish()
    }

    #[test]
    fn neighbours_of_a_kind_become_one_part_and_calls_keep_their_arguments_apart() {
        let text = Text::from_raw;
        let signed = |value| Signature { origin: Origin::Anthropic, value: text(value) };
        let call = |index, id, name| {
            let (id, name) = (text(id), text(name));
            Delta::ToolStart { choice: 0, index, id, name, signature: None }
        };
        let answer = fold(&[
            Delta::Start { id: text("a"), model: text("m"), created: Some(1) },
            Delta::Thinking(0, text("th")),
            Delta::Thinking(0, text("ink")),
            Delta::Signature(0, signed("si")),
            Delta::Signature(0, signed("g")),
            Delta::Thinking(0, text("again")),
            Delta::Text(0, text("o")),
            Delta::Text(0, text("k")),
            call(0, "c0", "f"),
            call(1, "c1", "g"),
            Delta::ToolArguments { choice: 0, index: 0, fragment: text("{") },
            Delta::ToolArguments { choice: 0, index: 1, fragment: text("[]") },
            Delta::ToolArguments { choice: 0, index: 0, fragment: text("}") },
            Delta::Finish { choice: 0, finish: Finish::ToolCalls, stop_sequence: None },
            Delta::Text(1, text("other")),
            Delta::Text(4_000_000_000, text("far away")),
            Delta::End,
        ])
        .unwrap();
        assert_eq!(answer.choices.len(), 2);
        let shape = format!("{:?}", answer.choices[0].parts);
        assert_eq!(
            shape,
            "[Thinking { text: Text(\"think\"), signature: Some(Signature { origin: Anthropic, value: Text(\"sig\") }) }, \
             Thinking { text: Text(\"again\"), signature: None }, Text { text: Text(\"ok\"), cache: None }, \
             ToolCall(ToolCall { id: Text(\"c0\"), name: Text(\"f\"), arguments: Text(Text(\"{}\")), signature: None, cache: None }), \
             ToolCall(ToolCall { id: Text(\"c1\"), name: Text(\"g\"), arguments: Text(Text(\"[]\")), signature: None, cache: None })]"
        );
    }

    #[test]
    fn a_cut_stream_is_no_answer_and_an_error_stays_an_error() {
        assert_eq!(fold(&[Delta::Text(0, Text::from_raw("x"))]).err().unwrap().status, 502);
        let error = ApiError::provider(529, None, "busy");
        assert_eq!(fold(&[Delta::Error(error.clone()), Delta::End]).err(), Some(error));
    }

    #[test]
    fn an_answer_unfolded_folds_to_itself() {
        let text = |raw: &'static str| Text::from_raw(raw);
        let call = |id, arguments| {
            Part::ToolCall(ToolCall { id: text(id), name: text("look_up"), arguments, signature: None, cache: None })
        };
        let parts = vec![
            Part::Thinking {
                text: text("hm"),
                signature: Some(Signature { origin: Origin::Gemini, value: text("c2ln") }),
            },
            Part::RedactedThinking(text("cmVk")),
            Part::Thinking {
                text: text(""),
                signature: Some(Signature { origin: Origin::OpenAi, value: text("b25l") }),
            },
            Part::Thinking {
                text: text(""),
                signature: Some(Signature { origin: Origin::OpenAi, value: text("dHdv") }),
            },
            Part::Text { text: text("It is \\u00e9."), cache: None },
            Part::Citation(Citation { url: Some(text("https://x.io")), span: Some((0, 2)), ..Citation::default() }),
            call("call_1", Arguments::Text(text("{\\\"q\\\":1}"))),
            call("call_2", Arguments::Json("{\"q\":2}")),
        ];
        let usage = Some(Usage { input: 3, output: 4, ..Usage::default() });
        let logprobs = vec![Logprob { token: text("It"), logprob: text("-0.1"), top: vec![(text("He"), text("-2"))] }];
        let choices = vec![Choice { parts, finish: Finish::ToolCalls, stop_sequence: None, logprobs }];
        let answer = Answer {
            id: text("id"),
            model: text("m"),
            created: Some(7),
            choices,
            usage,
            service_tier: Some(text("flex")),
            unmapped: vec!["x"],
        };
        let mut fold = Fold::new();
        unfold(&answer, &mut |delta| fold.push(&delta));
        let back = format!("{:?}", fold.finish().unwrap());
        let wanted = format!("{answer:?}").replace(r#"Json("{\"q\":2}")"#, r#"Text(Text("{\\\"q\\\":2}"))"#);
        assert_eq!(back, wanted);
    }
}
