//! Reads a streamed answer of Ollama's: a line of JSON for each step, of which the last is `done`.

use super::answer::{error_in, finish_of, read_created, read_logprobs, read_usage};
use crate::chat::Delta;
use crate::format::{Seen, StreamReader};
use crate::wire::frame;
use crate::wire::json::{Doc, Kind, Text, Value};

/// How many calls are followed; more than any model makes.
const MAX_CALLS: u32 = 128;

/// Reads a stream of Ollama's.
#[derive(Default)]
pub(super) struct Reader {
    started: bool,
    thinking: bool,
    calls: u32,
    /// The last line, or an error, came.
    over: bool,
}

impl StreamReader for Reader {
    fn read(&mut self, event: &frame::Event<'_>, emit: &mut dyn FnMut(Delta<'_>)) -> Seen {
        if !event.has_data {
            return Seen::Event;
        }
        let Ok(doc) = Doc::parse(&event.data) else { return Seen::Unknown };
        let root = doc.root();
        if self.over || root.kind() != Kind::Object {
            return Seen::Unknown;
        }
        if let Some(error) = error_in(root) {
            self.over = true;
            emit(Delta::Error(error));
            return Seen::Error;
        }
        let (message, done) = (root.some("message"), root.get("done").and_then(Value::bool));
        if message.is_none() && done.is_none() {
            return Seen::Unknown;
        }
        if !std::mem::replace(&mut self.started, true) {
            let model = root.get("model").and_then(Value::text).unwrap_or_default();
            emit(Delta::Start { id: Text::default(), model, created: read_created(root) });
        }
        if let Some(message) = message {
            self.message(message, emit);
        }
        let tokens = read_logprobs(root);
        if !tokens.is_empty() {
            emit(Delta::Logprobs(0, tokens));
        }
        if done != Some(true) {
            return Seen::Event;
        }
        self.over = true;
        if let Some(usage) = read_usage(root) {
            emit(Delta::Usage(usage));
        }
        emit(Delta::Finish { choice: 0, finish: finish_of(root, self.calls > 0), stop_sequence: None });
        emit(Delta::End);
        Seen::End
    }

    fn ended(&self) -> bool {
        self.over
    }
}

impl Reader {
    fn message(&mut self, message: Value<'_, '_>, emit: &mut dyn FnMut(Delta<'_>)) {
        let text = |name: &str| message.get(name).and_then(Value::text).filter(|text| !text.is_empty());
        if let Some(thought) = text("thinking") {
            if !std::mem::replace(&mut self.thinking, true) {
                emit(Delta::ThinkingStart(0));
            }
            emit(Delta::Thinking(0, thought));
        }
        if let Some(text) = text("content") {
            self.thinking = false;
            emit(Delta::Text(0, text));
        }
        for call in message.some("tool_calls").into_iter().flat_map(Value::items) {
            if let Some(function) = call.some("function").filter(|_| self.calls < MAX_CALLS) {
                self.call(call, function, emit);
            }
        }
    }

    /// A call comes whole.
    fn call(&mut self, call: Value<'_, '_>, function: Value<'_, '_>, emit: &mut dyn FnMut(Delta<'_>)) {
        let index = self.calls;
        self.calls += 1;
        let text = |value: Option<Value<'_, '_>>| value.and_then(Value::text).map(Text::into_owned).unwrap_or_default();
        let (id, name) = (text(call.get("id")), text(function.get("name")));
        emit(Delta::ToolStart { choice: 0, index, id, name, signature: None });
        let arguments = function.some("arguments");
        let fragment = match arguments.map(|arguments| (arguments.kind(), arguments)) {
            Some((Kind::Object, object)) => Text::from_plain(object.raw()),
            Some((Kind::String, text)) => text.text().unwrap_or_default(),
            _ => Text::from_raw("{}"),
        };
        emit(Delta::ToolArguments { choice: 0, index, fragment });
    }
}
