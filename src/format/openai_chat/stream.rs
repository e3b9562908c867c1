//! Streamed answers, both directions.

use super::answer::{
    Ending, call_id, ending, failed, finish_word, sound_of, stop_sequence, write_id, write_image, write_model,
    write_redacted_block, write_sound, write_thinking_block,
};
use super::content::{read_part, read_text_signature, read_thought_signature};
use super::details::{self, Detail};
use super::write::write_thought_signature;
use super::{LEGACY, logprobs, sources};
use crate::chat::{
    ApiError, Citation, Delta, Finish, Logprob, Media, MediaKind, MediaSource, Origin, Part, Signature, Usage,
};
use crate::format::field::Field;
use crate::format::openai::{error, usage};
use crate::format::{Ask, Seen, StreamReader, StreamWriter};
use crate::wire::frame;
use crate::wire::json::{Doc, Kind, Text, Value, Writer};

/// How many choices and calls are followed; more than any provider gives (`n` and `tools` end at 128), and little
/// enough that a hostile stream cannot make the state grow.
const MAX_LANES: usize = 128;

/// How much reasoning the writer keeps for the block that a signature closes. Beyond, the block carries none.
const MAX_KEPT_THINKING_BYTES: usize = 1024 * 1024;

/// How much sound of one answer is collected; minutes of it.
const MAX_SOUND_BYTES: usize = 16 * 1024 * 1024;

const DONE: &[u8] = b"[DONE]";

/// Reads the chunks of one stream.
#[derive(Debug, Default)]
pub(super) struct Reader {
    started: bool,
    /// `[DONE]` or an error came.
    over: bool,
    choices: Vec<ChoiceState>,
    service_tier: String,
    /// What the provider says of the whole answer, in every chunk; told once, at the end of the first choice.
    sources: Vec<Citation<'static>>,
}

#[derive(Debug, Default)]
struct ChoiceState {
    index: u32,
    calls: Vec<CallState>,
    finished: bool,
    said: bool,
    /// Reasoning came as text, so the text of LiteLLM's blocks is the same again.
    reasoned: bool,
    /// The last of OpenRouter's details is words that nothing signs yet.
    unsigned: bool,
    /// Sources came with the text, so those beside it are the same again.
    cited: bool,
    /// Sound so far, in base64.
    sound: String,
}

/// A call under way.
#[derive(Debug, Default)]
struct CallState {
    /// The provider's index; may be missing (Mistral) or the same for all (some of Google's).
    index: Option<u64>,
    id: String,
    started: bool,
    /// Arguments that came before the name.
    early: String,
    signature: Option<Signature<'static>>,
}

impl StreamReader for Reader {
    fn read(&mut self, event: &frame::Event<'_>, emit: &mut dyn FnMut(Delta<'_>)) -> Seen {
        if !event.has_data || self.over {
            return Seen::Event;
        }
        let data = event.data.trim_ascii();
        if data == DONE {
            self.over = true;
            self.close_open(emit);
            emit(Delta::End);
            return Seen::End;
        }
        let Ok(doc) = Doc::parse(data) else { return Seen::Unknown };
        let root = doc.root();
        if root.kind() != Kind::Object {
            return Seen::Unknown;
        }
        if let Some(error) = error::in_answer(root).or_else(|| named_error(event, root)) {
            return self.fail(error, emit);
        }
        match self.chunk(root, emit) {
            Ok(seen) => seen,
            Err(error) => self.fail(error, emit),
        }
    }

    fn ended(&self) -> bool {
        self.over || (!self.choices.is_empty() && self.choices.iter().all(|choice| choice.finished))
    }
}

/// `event: error` with an object that is not wrapped in `error`.
fn named_error(event: &frame::Event<'_>, root: Value<'_, '_>) -> Option<ApiError> {
    let bare = event.name == Some(b"error") && root.get("choices").is_none();
    bare.then(|| error::read(502, &crate::http::Headers::new(), root.raw().as_bytes()))
}

impl Reader {
    fn fail(&mut self, error: ApiError, emit: &mut dyn FnMut(Delta<'_>)) -> Seen {
        self.over = true;
        emit(Delta::Error(error));
        Seen::Error
    }

    fn chunk(&mut self, root: Value<'_, '_>, emit: &mut dyn FnMut(Delta<'_>)) -> Result<Seen, ApiError> {
        let mut has_choices = false;
        let mut found_usage = None;
        for choice in root.some("choices").into_iter().flat_map(|choices| choices.items()) {
            if choice.kind() != Kind::Object {
                continue;
            }
            has_choices = true;
            // Azure's first chunk has no choices and an empty id, so the first with a choice counts.
            if !self.started {
                self.started = true;
                let text = |name: &str| root.get(name).and_then(|value| value.text()).unwrap_or_default();
                let created = root.get("created").and_then(|created| created.u64());
                emit(Delta::Start { id: text("id"), model: text("model"), created });
            }
            if let Some(tier) =
                root.some("service_tier").and_then(Value::text).filter(|it| it.raw() != self.service_tier)
            {
                self.service_tier = tier.raw().to_owned();
                emit(Delta::ServiceTier(tier));
            }
            if self.sources.is_empty() {
                self.sources.extend(sources::of_answer(root).iter().map(Citation::to_static));
            }
            if let Some(error) = error::in_answer(choice) {
                return Err(error);
            }
            self.choice(choice, emit)?;
            // Moonshot tells it inside the choice.
            found_usage = found_usage.or_else(|| choice.some("usage").and_then(usage::read));
        }
        let groq = || root.some("x_groq").and_then(|groq| groq.some("usage"));
        found_usage = root.some("usage").or_else(groq).and_then(usage::read).or(found_usage);
        let only = found_usage.is_some() && !has_choices;
        if let Some(usage) = found_usage {
            emit(Delta::Usage(usage));
        }
        let known = has_choices || root.get("choices").is_some() || only;
        Ok(match (only, known) {
            (true, _) => Seen::UsageOnly,
            (_, true) => Seen::Event,
            _ => Seen::Unknown,
        })
    }

    fn choice(&mut self, choice: Value<'_, '_>, emit: &mut dyn FnMut(Delta<'_>)) -> Result<(), ApiError> {
        let index = choice.get("index").and_then(|index| index.u64()).and_then(|index| u32::try_from(index).ok());
        let index = index.unwrap_or(0);
        let known = self.choices.iter().position(|state| state.index == index);
        let state = match known {
            Some(at) => self.choices.get_mut(at),
            None if self.choices.len() < MAX_LANES => {
                self.choices.push(ChoiceState { index, ..ChoiceState::default() });
                self.choices.last_mut()
            }
            None => None,
        };
        let Some(state) = state else { return Ok(()) };
        if let Some(delta) = choice.some("delta").filter(|delta| delta.kind() == Kind::Object) {
            state.delta(delta, emit);
        }
        if let Some(told) = choice.some("logprobs").map(logprobs::read).filter(|told| !told.is_empty()) {
            emit(Delta::Logprobs(index, told));
        }
        let word = choice.some("finish_reason").and_then(|word| word.text()).filter(|word| !word.is_empty());
        let Some(word) = word.filter(|_| !state.finished) else { return Ok(()) };
        let finish = match ending(Some(&word), !state.calls.is_empty()) {
            Ending::Is(finish) => finish,
            Ending::Failed if !state.said => return Err(failed(&word)),
            Ending::Failed => state.unnamed_finish(),
        };
        if index == 0 {
            state.cite(std::mem::take(&mut self.sources), emit);
        }
        state.finish(finish, stop_sequence(choice), emit);
        Ok(())
    }

    /// `[DONE]` is a proper end, also of choices that never gave a reason.
    fn close_open(&mut self, emit: &mut dyn FnMut(Delta<'_>)) {
        for state in self.choices.iter_mut().filter(|state| !state.finished) {
            if state.index == 0 {
                state.cite(std::mem::take(&mut self.sources), emit);
            }
            let finish = state.unnamed_finish();
            state.finish(finish, None, emit);
        }
    }
}

impl ChoiceState {
    fn delta(&mut self, delta: Value<'_, '_>, emit: &mut dyn FnMut(Delta<'_>)) {
        let index = self.index;
        let text = |name: &str| delta.get(name).and_then(|value| value.text()).filter(|text| !text.is_empty());
        let details = || delta.some(details::NAME).into_iter().flat_map(|list| list.items());
        if details().next().is_some() {
            // What they say in words, `reasoning` says, too.
            details().filter_map(Detail::read).for_each(|detail| self.detail(detail, emit));
        } else if let Some(thought) = text("reasoning_content").or_else(|| text("reasoning")) {
            (self.said, self.reasoned) = (true, true);
            emit(Delta::Thinking(index, thought));
        }
        for block in delta.some("thinking_blocks").into_iter().flat_map(|blocks| blocks.items()) {
            self.thinking_block(block, emit);
        }
        if let Some(content) = delta.some("content") {
            self.content(content, emit);
        }
        for citation in sources::of_message(delta) {
            self.cited = true;
            emit(Delta::Citation(index, citation));
        }
        if let Some(images) = delta.some("images") {
            self.content(images, emit);
        }
        if let Some(audio) = delta.some("audio") {
            self.sound(audio, emit);
        }
        if let Some(refusal) = text("refusal") {
            self.said = true;
            emit(Delta::Refusal(index, refusal));
        }
        if let Some(signature) = read_text_signature(delta) {
            emit(Delta::ThinkingStart(index));
            emit(Delta::Signature(index, signature));
        }
        for call in delta.some("tool_calls").into_iter().flat_map(|calls| calls.items()) {
            self.call(call, emit);
        }
        if let Some(function) = delta.some("function_call") {
            self.function(Some(0), "", function, None, emit);
        }
    }

    /// What the provider says of the whole answer, unless it said it of its parts.
    fn cite(&mut self, sources: Vec<Citation<'static>>, emit: &mut dyn FnMut(Delta<'_>)) {
        if !self.cited {
            sources.into_iter().for_each(|citation| emit(Delta::Citation(self.index, citation)));
        }
    }

    /// A piece of a sound, and of its words. The sound is told whole, at the end.
    fn sound(&mut self, audio: Value<'_, '_>, emit: &mut dyn FnMut(Delta<'_>)) {
        let text = |name: &str| audio.some(name).and_then(Value::text).filter(|text| !text.is_empty());
        if let Some(words) = text("transcript") {
            self.said = true;
            emit(Delta::Text(self.index, words));
        }
        if let Some(data) = text("data").filter(|data| self.sound.len() + data.raw().len() <= MAX_SOUND_BYTES) {
            self.said = true;
            self.sound.push_str(data.raw());
        }
    }

    fn detail(&mut self, detail: Detail<'_>, emit: &mut dyn FnMut(Delta<'_>)) {
        self.said = true;
        let unsigned = std::mem::take(&mut self.unsigned);
        match detail {
            Detail::Said(text, signature) => {
                self.unsigned = signature.is_none();
                if !text.is_empty() {
                    emit(Delta::Thinking(self.index, text));
                }
                if let Some(signature) = signature {
                    emit(Delta::Signature(self.index, signature));
                }
            }
            Detail::Signed(signature) => {
                if !unsigned {
                    emit(Delta::ThinkingStart(self.index));
                }
                emit(Delta::Signature(self.index, signature));
            }
            Detail::Redacted(data) => emit(Delta::RedactedThinking(self.index, data)),
        }
    }

    fn thinking_block(&mut self, block: Value<'_, '_>, emit: &mut dyn FnMut(Delta<'_>)) {
        let text = |name: &str| block.get(name).and_then(|value| value.text()).filter(|text| !text.is_empty());
        if let Some(data) = text("data") {
            self.said = true;
            emit(Delta::RedactedThinking(self.index, data));
        }
        if let Some(thought) = text("thinking").filter(|_| !self.reasoned) {
            self.said = true;
            emit(Delta::Thinking(self.index, thought));
        }
        if let Some(signature) = text("signature") {
            emit(Delta::Signature(self.index, Signature::unseal(signature, Origin::Anthropic)));
        }
    }

    /// A string, or (Mistral, Databricks) a list of parts.
    fn content(&mut self, content: Value<'_, '_>, emit: &mut dyn FnMut(Delta<'_>)) {
        if let Some(text) = content.text() {
            if !text.is_empty() {
                self.said = true;
                emit(Delta::Text(self.index, text));
            }
            return;
        }
        for item in content.items() {
            // One part that cannot be read does not take the others with it.
            let mut parts = Vec::new();
            let _ = read_part(&Field::alone(item), &mut parts);
            for part in parts {
                self.said = true;
                match part {
                    Part::Text { text, .. } if !text.is_empty() => emit(Delta::Text(self.index, text)),
                    Part::Refusal(text) => emit(Delta::Refusal(self.index, text)),
                    Part::Thinking { text, signature } => {
                        if !text.is_empty() {
                            emit(Delta::Thinking(self.index, text));
                        }
                        if let Some(signature) = signature {
                            emit(Delta::Signature(self.index, signature));
                        }
                    }
                    Part::RedactedThinking(data) => emit(Delta::RedactedThinking(self.index, data)),
                    Part::Media(media) => emit(Delta::Media(self.index, media)),
                    _ => {}
                }
            }
        }
    }

    fn call(&mut self, call: Value<'_, '_>, emit: &mut dyn FnMut(Delta<'_>)) {
        let id = call.get("id").and_then(|id| id.text()).unwrap_or_default();
        let index = call.get("index").and_then(|index| index.u64());
        if let Some(function) = call.some("function") {
            self.function(index, id.raw(), function, read_thought_signature(call), emit);
        }
    }

    /// A piece of a call. Servers repeat id and name, leave out the index, or use one index for all: the id decides,
    /// then the index, then the order.
    fn function(
        &mut self,
        index: Option<u64>,
        id: &str,
        function: Value<'_, '_>,
        signature: Option<Signature<'_>>,
        emit: &mut dyn FnMut(Delta<'_>),
    ) {
        let name = function.get("name").and_then(|name| name.text()).filter(|name| !name.is_empty());
        let same = |call: &CallState| match (index, id.is_empty()) {
            (Some(index), true) => call.index == Some(index),
            // Another id under a known index is another call only if it has a name of its own.
            (Some(index), false) => call.index == Some(index) && (call.id == id || name.is_none()),
            (None, false) => call.id == id,
            (None, true) => name.is_none(),
        };
        let at = match self.calls.iter().rposition(same) {
            Some(at) => at,
            None if self.calls.len() >= MAX_LANES => return,
            None => {
                self.calls.push(CallState { index, id: id.to_owned(), ..CallState::default() });
                self.calls.len() - 1
            }
        };
        self.said = true;
        let Some(call) = self.calls.get_mut(at) else { return };
        let (choice, index) = (self.index, at as u32);
        if !call.started {
            if call.id.is_empty() {
                call.id.push_str(id);
            }
            if let Some(signature) = signature {
                call.signature = Some(signature.to_static());
            }
            if let Some(name) = name {
                call.start(choice, index, name, emit);
            }
        }
        let Some(arguments) = function.some("arguments") else { return };
        let fragment = match arguments.kind() {
            Kind::String => arguments.text().unwrap_or_default(),
            // A whole object where a string should be.
            Kind::Object => Text::from_plain(arguments.raw()),
            _ => return,
        };
        match call.started {
            _ if fragment.is_empty() => {}
            true => emit(Delta::ToolArguments { choice, index, fragment }),
            false => call.early.push_str(fragment.raw()),
        }
    }

    /// The end where the provider did not say which.
    fn unnamed_finish(&self) -> Finish {
        if self.calls.is_empty() { Finish::Stop } else { Finish::ToolCalls }
    }

    fn finish(&mut self, finish: Finish, stop_sequence: Option<Text<'_>>, emit: &mut dyn FnMut(Delta<'_>)) {
        for (index, call) in self.calls.iter_mut().enumerate().filter(|(_, call)| !call.started) {
            call.start(self.index, index as u32, Text::default(), emit);
        }
        if !self.sound.is_empty() {
            let source =
                MediaSource::Data { media_type: Text::from_raw("audio/wav"), data: Text::from_raw(&self.sound) };
            let media = Media { kind: MediaKind::Audio, source, detail: None, filename: None, cache: None };
            emit(Delta::Media(self.index, media));
            self.sound = String::new();
        }
        self.finished = true;
        emit(Delta::Finish { choice: self.index, finish, stop_sequence });
    }
}

impl CallState {
    fn start(&mut self, choice: u32, index: u32, name: Text<'_>, emit: &mut dyn FnMut(Delta<'_>)) {
        self.started = true;
        let signature = self.signature.take();
        emit(Delta::ToolStart { choice, index, id: Text::from_raw(&self.id), name, signature });
        if !self.early.is_empty() {
            emit(Delta::ToolArguments { choice, index, fragment: Text::from_raw(&self.early) });
            self.early = String::new();
        }
    }
}

/// Writes one stream.
#[derive(Debug)]
pub(super) struct ChunkWriter {
    ask: Ask,
    /// The start of every chunk, up to the choices; empty before the first.
    head: Vec<u8>,
    choices: Vec<ChoiceOut>,
    usage: Option<Usage>,
    service_tier: Option<Text<'static>>,
    over: bool,
}

#[derive(Debug, Default)]
struct ChoiceOut {
    index: u32,
    finished: bool,
    /// For each call, whether it got arguments.
    calls: Vec<bool>,
    /// Reasoning since the last signature, escaped.
    thinking: String,
    /// Blocks of `thinking_blocks` so far. The index is what OpenAI's SDKs need to join pieces of a list.
    blocks: u64,
    /// The last delta was a signature, so the next one is more of it.
    signing: bool,
    /// Items of `annotations` and of `images` so far.
    annotations: u64,
    images: u64,
    /// The characters of the text since the last source: first, and one past the last.
    text: (u64, u64),
    /// The last delta was a source, so the next text is another.
    cited: bool,
}

impl ChunkWriter {
    pub(super) fn new(ask: &Ask) -> Self {
        Self { ask: ask.clone(), head: Vec::new(), choices: Vec::new(), usage: None, service_tier: None, over: false }
    }

    fn start(&mut self, id: &Text<'_>, model: &Text<'_>, created: Option<u64>) {
        let mut writer = Writer::with_capacity(192);
        writer.out.extend_from_slice(b"data: ");
        writer.open();
        write_id(id, &self.ask, &mut writer);
        writer.key("object").raw("\"chat.completion.chunk\"");
        writer.key("created").number(created.unwrap_or(self.ask.now_secs));
        write_model(model, &self.ask, &mut writer);
        writer.key("choices").open_array();
        self.head = writer.out;
    }

    /// A chunk with one choice; `delta` writes the members of its delta.
    fn chunk(&self, choice: u32, finish: Option<Finish>, out: &mut Writer, delta: impl FnOnce(&mut Writer)) {
        out.out.extend_from_slice(&self.head);
        out.open().key("index").number(choice.into()).key("delta").open();
        delta(out);
        out.close().key("logprobs").null();
        self.chunk_end(finish, out);
    }

    fn chunk_end(&self, finish: Option<Finish>, out: &mut Writer) {
        out.key("finish_reason");
        match finish {
            Some(finish) => out.string(finish_word(finish, &self.ask)),
            None => out.null(),
        };
        out.close().close_array();
        if let Some(tier) = &self.service_tier {
            out.key("service_tier").text(tier);
        }
        if self.ask.include_usage {
            out.key("usage").null();
        }
        out.close();
        out.out.extend_from_slice(b"\n\n");
    }

    /// The state of a choice, whose first chunk has the role.
    fn lane(&mut self, choice: u32, out: &mut Writer) -> Option<usize> {
        if let Some(at) = self.choices.iter().position(|lane| lane.index == choice) {
            return Some(at);
        }
        if self.choices.len() >= MAX_LANES {
            return None;
        }
        if self.head.is_empty() {
            self.start(&Text::default(), &Text::default(), None);
        }
        self.chunk(choice, None, out, |delta| {
            delta.key("role").raw("\"assistant\"").key("content").string("");
        });
        self.choices.push(ChoiceOut { index: choice, ..ChoiceOut::default() });
        Some(self.choices.len() - 1)
    }

    fn text(&mut self, choice: u32, field: &str, text: &Text<'_>, out: &mut Writer) {
        if !text.is_empty() && self.lane(choice, out).is_some() {
            self.chunk(choice, None, out, |delta| {
                delta.key(field).text(text);
            });
        }
    }

    /// More of what is said, counted for the sources that do not say what they are about.
    fn content(&mut self, choice: u32, text: &Text<'_>, out: &mut Writer) {
        self.text(choice, "content", text, out);
        if let Some(lane) = self.choices.iter_mut().find(|lane| lane.index == choice) {
            let (start, end) = lane.text;
            let start = if std::mem::take(&mut lane.cited) { end } else { start };
            lane.text = (start, end + text.chars());
        }
    }

    fn citation(&mut self, choice: u32, citation: &Citation<'_>, out: &mut Writer) {
        let Some(at) = self.lane(choice, out) else { return };
        let Some(lane) = self.choices.get_mut(at) else { return };
        lane.cited = true;
        let (index, text) = (lane.annotations, lane.text);
        lane.annotations += 1;
        self.chunk(choice, None, out, |delta| {
            delta.key("annotations").open_array();
            sources::write(Some(index), citation, text, delta);
            delta.close_array();
        });
    }

    fn media(&mut self, choice: u32, media: &Media<'_>, out: &mut Writer) {
        let Some(at) = self.lane(choice, out) else { return };
        let Some(lane) = self.choices.get_mut(at) else { return };
        if let Some(sound) = sound_of(media) {
            return self.chunk(choice, None, out, |delta| {
                write_sound(sound, choice as usize, &self.ask, delta.key("audio"));
            });
        }
        let index = lane.images;
        lane.images += 1;
        self.chunk(choice, None, out, |delta| {
            delta.key("images").open_array();
            write_image(Some(index), media, delta);
            delta.close_array();
        });
    }

    fn logprobs(&mut self, choice: u32, told: &[Logprob<'_>], out: &mut Writer) {
        if told.is_empty() || self.lane(choice, out).is_none() {
            return;
        }
        out.out.extend_from_slice(&self.head);
        out.open().key("index").number(choice.into()).key("delta").open().close();
        logprobs::write(told, out.key("logprobs"));
        self.chunk_end(None, out);
    }

    fn thinking(&mut self, choice: u32, text: &Text<'_>, out: &mut Writer) {
        self.text(choice, "reasoning_content", text, out);
        if let Some(lane) = self.choices.iter_mut().find(|lane| lane.index == choice)
            && lane.thinking.len().saturating_add(text.raw().len()) <= MAX_KEPT_THINKING_BYTES
        {
            lane.thinking.push_str(text.raw());
        }
    }

    /// The block that the signature proves, whole, as it must be sent back. More of a signature is another piece of
    /// the same block.
    fn signature(&mut self, choice: u32, signature: &Signature<'_>, out: &mut Writer) {
        let Some(at) = self.lane(choice, out) else { return };
        let Some(lane) = self.choices.get_mut(at) else { return };
        if lane.thinking.is_empty() && signature.of(Origin::Gemini).is_some() {
            // It proves the text before it.
            let signature = signature.seal(Origin::Gemini);
            return self.chunk(choice, None, out, |delta| write_thought_signature(&signature, delta));
        }
        let signature = signature.seal(Origin::Anthropic);
        let thinking = std::mem::take(&mut lane.thinking);
        if !std::mem::replace(&mut lane.signing, true) {
            lane.blocks += 1;
        }
        let index = lane.blocks - 1;
        self.chunk(choice, None, out, |delta| {
            delta.key("thinking_blocks").open_array();
            write_thinking_block(Some(index), &thinking, signature.raw(), delta);
            delta.close_array();
        });
    }

    fn redacted(&mut self, choice: u32, data: &Text<'_>, out: &mut Writer) {
        let Some(at) = self.lane(choice, out) else { return };
        let Some(lane) = self.choices.get_mut(at) else { return };
        let index = lane.blocks;
        lane.blocks += 1;
        self.chunk(choice, None, out, |delta| {
            delta.key("thinking_blocks").open_array();
            write_redacted_block(Some(index), data, delta);
            delta.close_array();
        });
    }

    fn tool_start(
        &mut self,
        choice: u32,
        index: u32,
        (id, name): (&Text<'_>, &Text<'_>),
        signature: Option<&Signature<'_>>,
        out: &mut Writer,
    ) {
        let Some(at) = self.lane(choice, out) else { return };
        let Some(lane) = self.choices.get_mut(at) else { return };
        if index as usize != lane.calls.len() || lane.calls.len() >= MAX_LANES {
            return;
        }
        lane.calls.push(false);
        if self.ask.echo == LEGACY {
            // Such a client has room for one call, and one call at a time was asked for.
            if index == 0 {
                self.chunk(choice, None, out, |delta| {
                    delta.key("function_call").open().key("name").text(name).key("arguments").string("").close();
                });
            }
            return;
        }
        let id = call_id(id, choice as usize, index as usize, &self.ask);
        self.chunk(choice, None, out, |delta| {
            delta.key("tool_calls").open_array().open();
            delta.key("index").number(index.into()).key("id").text(&id).key("type").raw("\"function\"");
            delta.key("function").open().key("name").text(name).key("arguments").string("").close();
            if let Some(signature) = signature {
                write_thought_signature(&signature.seal(Origin::Gemini), delta);
            }
            delta.close().close_array();
        });
    }

    fn tool_arguments(&mut self, choice: u32, index: u32, fragment: &Text<'_>, out: &mut Writer) {
        let lane = self.choices.iter_mut().find(|lane| lane.index == choice);
        let Some(got) = lane.and_then(|lane| lane.calls.get_mut(index as usize)) else { return };
        if fragment.is_empty() {
            return;
        }
        *got = true;
        self.fragment(choice, index, fragment, out);
    }

    fn fragment(&self, choice: u32, index: u32, fragment: &Text<'_>, out: &mut Writer) {
        match self.ask.echo == LEGACY {
            false => self.chunk(choice, None, out, |delta| write_fragment(index, fragment, delta)),
            true if index == 0 => self.chunk(choice, None, out, |delta| {
                delta.key("function_call").open().key("arguments").text(fragment).close();
            }),
            true => {}
        }
    }

    fn finish(&mut self, choice: u32, finish: Finish, out: &mut Writer) {
        let Some(at) = self.lane(choice, out) else { return };
        let Some(lane) = self.choices.get_mut(at) else { return };
        if std::mem::replace(&mut lane.finished, true) {
            return;
        }
        // Clients parse the joined arguments, and nothing is no JSON.
        let calls = std::mem::take(&mut lane.calls);
        for (index, _) in calls.iter().enumerate().filter(|(_, got)| !**got) {
            self.fragment(choice, index as u32, &Text::from_raw("{}"), out);
        }
        self.chunk(choice, Some(finish), out, |_| {});
    }

    fn end(&mut self, out: &mut Writer) {
        let open: Vec<(u32, bool)> =
            self.choices.iter().filter(|lane| !lane.finished).map(|lane| (lane.index, lane.calls.is_empty())).collect();
        for (choice, silent) in open {
            self.finish(choice, if silent { Finish::Stop } else { Finish::ToolCalls }, out);
        }
        if let Some(usage) = self.usage.filter(|_| self.ask.include_usage) {
            if self.head.is_empty() {
                self.start(&Text::default(), &Text::default(), None);
            }
            out.out.extend_from_slice(&self.head);
            out.close_array();
            if let Some(tier) = &self.service_tier {
                out.key("service_tier").text(tier);
            }
            usage::write(&usage, out.key("usage"));
            out.close();
            out.out.extend_from_slice(b"\n\n");
        }
        out.out.extend_from_slice(b"data: [DONE]\n\n");
        self.over = true;
    }
}

fn write_fragment(index: u32, fragment: &Text<'_>, delta: &mut Writer) {
    delta.key("tool_calls").open_array().open().key("index").number(index.into());
    delta.key("function").open().key("arguments").text(fragment).close().close().close_array();
}

impl StreamWriter for ChunkWriter {
    fn write(&mut self, delta: &Delta<'_>, out: &mut Vec<u8>) {
        if self.over {
            return;
        }
        if !matches!(delta, Delta::Signature(..)) {
            self.choices.iter_mut().for_each(|lane| lane.signing = false);
        }
        let mut writer = Writer { out: std::mem::take(out) };
        match delta {
            Delta::Start { id, model, created } => {
                if self.head.is_empty() {
                    self.start(id, model, *created);
                    // At once: clients time the first byte.
                    self.lane(0, &mut writer);
                }
            }
            Delta::Text(choice, text) => self.content(*choice, text, &mut writer),
            Delta::Refusal(choice, text) => self.text(*choice, "refusal", text, &mut writer),
            Delta::Thinking(choice, text) => self.thinking(*choice, text, &mut writer),
            Delta::Signature(choice, signature) => self.signature(*choice, signature, &mut writer),
            Delta::RedactedThinking(choice, data) => self.redacted(*choice, data, &mut writer),
            Delta::ToolStart { choice, index, id, name, signature } => {
                self.tool_start(*choice, *index, (id, name), signature.as_ref(), &mut writer);
            }
            Delta::ToolArguments { choice, index, fragment } => {
                self.tool_arguments(*choice, *index, fragment, &mut writer);
            }
            Delta::Finish { choice, finish, .. } => self.finish(*choice, *finish, &mut writer),
            Delta::Usage(usage) => self.usage = Some(*usage),
            Delta::Error(error) => {
                writer.out.extend_from_slice(b"data: ");
                error::write_into(error, &mut writer);
                writer.out.extend_from_slice(b"\n\n");
                self.over = true;
            }
            Delta::End => self.end(&mut writer),
            Delta::Media(choice, media) => self.media(*choice, media, &mut writer),
            Delta::Citation(choice, citation) => self.citation(*choice, citation, &mut writer),
            Delta::Logprobs(choice, told) => self.logprobs(*choice, told, &mut writer),
            Delta::ServiceTier(tier) => self.service_tier = Some(tier.clone().into_owned()),
            Delta::ThinkingStart(choice) => {
                // What comes now proves nothing that came before.
                if let Some(lane) = self.choices.iter_mut().find(|lane| lane.index == *choice) {
                    lane.thinking.clear();
                }
            }
            Delta::Unmapped(_) => {}
        }
        *out = writer.out;
    }
}
