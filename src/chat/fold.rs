//! Folding a streamed answer into the whole answer it is: for a client that asked for no stream where the provider
//! gives only one, for caches and guards, and for the law that both ways of reading a format agree.

use super::{Answer, ApiError, Arguments, Choice, Delta, Finish, Part, ToolCall, Usage};
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
    error: Option<ApiError>,
    ended: bool,
}

#[derive(Debug, Default)]
struct Lane {
    blocks: Vec<Block>,
    finish: Option<Finish>,
    stop_sequence: Option<String>,
}

/// A part under way; every string is in its escaped form.
#[derive(Debug)]
enum Block {
    Text(String),
    Refusal(String),
    Thinking { text: String, signature: String },
    Redacted(String),
    Call { index: u32, id: String, name: String, arguments: String },
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
                [.., Block::Thinking { text, signature }] if signature.is_empty() => text.push_str(more.raw()),
                _ => self.add(*choice, Block::Thinking { text: more.raw().to_owned(), signature: String::new() }),
            },
            Delta::Signature(choice, more) => match self.blocks(*choice) {
                [.., Block::Thinking { signature, .. }] => signature.push_str(more.raw()),
                _ => self.add(*choice, Block::Thinking { text: String::new(), signature: more.raw().to_owned() }),
            },
            Delta::RedactedThinking(choice, data) => self.add(*choice, Block::Redacted(data.raw().to_owned())),
            Delta::ToolStart { choice, index, id, name } => {
                let (id, name) = (id.raw().to_owned(), name.raw().to_owned());
                self.add(*choice, Block::Call { index: *index, id, name, arguments: String::new() });
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
                    lane.stop_sequence = stop_sequence.as_ref().map(|text| text.raw().to_owned());
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
    let same = |text: &Text<'_>| Text::from_raw_owned(text.raw().to_owned());
    emit(Delta::Start { id: same(&answer.id), model: same(&answer.model), created: answer.created });
    for (choice, said) in (0..).zip(&answer.choices) {
        let mut calls = 0;
        for part in &said.parts {
            match part {
                Part::Text { text, .. } => emit(Delta::Text(choice, same(text))),
                Part::Refusal(text) => emit(Delta::Refusal(choice, same(text))),
                Part::Thinking { text, signature } => {
                    if !text.is_empty() {
                        emit(Delta::Thinking(choice, same(text)));
                    }
                    if let Some(signature) = signature {
                        emit(Delta::Signature(choice, same(signature)));
                    }
                }
                Part::RedactedThinking(data) => emit(Delta::RedactedThinking(choice, same(data))),
                Part::ToolCall(call) => {
                    let index = calls;
                    calls += 1;
                    emit(Delta::ToolStart { choice, index, id: same(&call.id), name: same(&call.name) });
                    let fragment = match &call.arguments {
                        Arguments::Json(json) => Text::from_plain(json),
                        Arguments::Text(text) => same(text),
                    };
                    emit(Delta::ToolArguments { choice, index, fragment });
                }
                // What no stream of another format can say, and pictures, which no chat stream carries.
                Part::Media(_) | Part::ToolResult { .. } | Part::Other { .. } => {}
            }
        }
        let stop_sequence = said.stop_sequence.as_ref().map(same);
        emit(Delta::Finish { choice, finish: said.finish, stop_sequence });
    }
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
                Part::Thinking { text: text(thought), signature: (!signature.is_empty()).then(|| text(signature)) }
            }
            Block::Redacted(data) => Part::RedactedThinking(text(data)),
            Block::Call { id, name, arguments, .. } => Part::ToolCall(ToolCall {
                id: text(id),
                name: text(name),
                arguments: Arguments::Text(text(arguments)),
                cache: None,
            }),
        });
        Choice {
            parts: parts.collect(),
            finish: self.finish.unwrap_or_default(),
            stop_sequence: self.stop_sequence.map(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fold(deltas: &[Delta<'_>]) -> Result<Answer<'static>, ApiError> {
        let mut fold = Fold::new();
        deltas.iter().for_each(|delta| fold.push(delta));
        fold.finish()
    }

    #[test]
    fn neighbours_of_a_kind_become_one_part_and_calls_keep_their_arguments_apart() {
        let text = Text::from_raw;
        let answer = fold(&[
            Delta::Start { id: text("a"), model: text("m"), created: Some(1) },
            Delta::Thinking(0, text("th")),
            Delta::Thinking(0, text("ink")),
            Delta::Signature(0, text("si")),
            Delta::Signature(0, text("g")),
            Delta::Thinking(0, text("again")),
            Delta::Text(0, text("o")),
            Delta::Text(0, text("k")),
            Delta::ToolStart { choice: 0, index: 0, id: text("c0"), name: text("f") },
            Delta::ToolStart { choice: 0, index: 1, id: text("c1"), name: text("g") },
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
            "[Thinking { text: Text(\"think\"), signature: Some(Text(\"sig\")) }, \
             Thinking { text: Text(\"again\"), signature: None }, Text { text: Text(\"ok\"), cache: None }, \
             ToolCall(ToolCall { id: Text(\"c0\"), name: Text(\"f\"), arguments: Text(Text(\"{}\")), cache: None }), \
             ToolCall(ToolCall { id: Text(\"c1\"), name: Text(\"g\"), arguments: Text(Text(\"[]\")), cache: None })]"
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
        let call =
            |id, arguments| Part::ToolCall(ToolCall { id: text(id), name: text("look_up"), arguments, cache: None });
        let parts = vec![
            Part::Thinking { text: text("hm"), signature: Some(text("c2ln")) },
            Part::Text { text: text("It is \\u00e9."), cache: None },
            call("call_1", Arguments::Text(text("{\\\"q\\\":1}"))),
            call("call_2", Arguments::Json("{\"q\":2}")),
        ];
        let usage = Some(Usage { input: 3, output: 4, ..Usage::default() });
        let choices = vec![Choice { parts, finish: Finish::ToolCalls, stop_sequence: None }];
        let answer = Answer { id: text("id"), model: text("m"), created: Some(7), choices, usage };
        let mut fold = Fold::new();
        unfold(&answer, &mut |delta| fold.push(&delta));
        let back = format!("{:?}", fold.finish().unwrap());
        let wanted = format!("{answer:?}").replace(r#"Json("{\"q\":2}")"#, r#"Text(Text("{\\\"q\\\":2}"))"#);
        assert_eq!(back, wanted);
    }
}
