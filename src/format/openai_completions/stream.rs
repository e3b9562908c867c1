//! Streamed answers, both directions: chunks with more text, then one with the reason, then `[DONE]`.

use super::answer::{finish, write_choice, write_head};
use crate::chat::{Delta, Finish, Usage};
use crate::format::openai::{error, usage};
use crate::format::{Ask, Seen, StreamReader, StreamWriter};
use crate::wire::frame;
use crate::wire::json::{Doc, Kind, Text, Value, Writer};

/// How many choices are followed: `n` ends at 128, times the prompts.
const MAX_LANES: usize = 128;

const DONE: &[u8] = b"[DONE]";

/// Reads the chunks of one stream.
#[derive(Debug, Default)]
pub(super) struct Reader {
    started: bool,
    /// `[DONE]` or an error came.
    over: bool,
    /// The choices, and whether each has ended.
    choices: Vec<(u32, bool)>,
}

impl StreamReader for Reader {
    fn read(&mut self, event: &frame::Event<'_>, emit: &mut dyn FnMut(Delta<'_>)) -> Seen {
        if !event.has_data || self.over {
            return Seen::Event;
        }
        let data = event.data.trim_ascii();
        if data == DONE {
            self.over = true;
            emit(Delta::End);
            return Seen::End;
        }
        let Ok(doc) = Doc::parse(data) else { return Seen::Unknown };
        let root = doc.root();
        if root.kind() != Kind::Object {
            return Seen::Unknown;
        }
        if let Some(error) = error::in_answer(root) {
            self.over = true;
            emit(Delta::Error(error));
            return Seen::Error;
        }
        self.chunk(root, emit)
    }

    fn ended(&self) -> bool {
        self.over || (!self.choices.is_empty() && self.choices.iter().all(|(_, ended)| *ended))
    }
}

impl Reader {
    fn chunk(&mut self, root: Value<'_, '_>, emit: &mut dyn FnMut(Delta<'_>)) -> Seen {
        let mut has_choices = false;
        for choice in root.some("choices").into_iter().flat_map(Value::items) {
            has_choices = true;
            if !self.started {
                self.started = true;
                let text = |name: &str| root.get(name).and_then(Value::text).unwrap_or_default();
                let created = root.get("created").and_then(Value::u64);
                emit(Delta::Start { id: text("id"), model: text("model"), created });
            }
            self.choice(choice, emit);
        }
        let told = root.some("usage").and_then(usage::read);
        if let Some(usage) = told {
            emit(Delta::Usage(usage));
        }
        match (has_choices || root.get("choices").is_some(), told) {
            (_, Some(_)) if !has_choices => Seen::UsageOnly,
            (true, _) => Seen::Event,
            _ => Seen::Unknown,
        }
    }

    fn choice(&mut self, choice: Value<'_, '_>, emit: &mut dyn FnMut(Delta<'_>)) {
        let index = choice.get("index").and_then(Value::u64).and_then(|index| u32::try_from(index).ok()).unwrap_or(0);
        let at = self.choices.iter().position(|(known, _)| *known == index).unwrap_or(self.choices.len());
        if at == self.choices.len() && at < MAX_LANES {
            self.choices.push((index, false));
        }
        let Some((_, ended)) = self.choices.get_mut(at) else { return };
        if let Some(text) = choice.get("text").and_then(Value::text).filter(|text| !text.is_empty()) {
            emit(Delta::Text(index, text));
        }
        let word = choice.some("finish_reason").and_then(Value::text).filter(|word| !word.is_empty());
        if let Some(word) = word.filter(|_| !*ended) {
            *ended = true;
            emit(Delta::Finish { choice: index, finish: finish(&word), stop_sequence: None });
        }
    }
}

/// Writes one stream.
#[derive(Debug)]
pub(super) struct ChunkWriter {
    ask: Ask,
    /// The start of every chunk, up to the choices; empty before the first.
    head: Vec<u8>,
    /// The choices, and whether each has ended.
    choices: Vec<(u32, bool)>,
    usage: Option<Usage>,
    over: bool,
}

impl ChunkWriter {
    pub(super) fn new(ask: &Ask) -> Self {
        Self { ask: ask.clone(), head: Vec::new(), choices: Vec::new(), usage: None, over: false }
    }

    fn start(&mut self, id: &Text<'_>, model: &Text<'_>, created: Option<u64>) {
        if self.head.is_empty() {
            let mut writer = Writer { out: b"data: ".to_vec() };
            write_head(id, model, created, &self.ask, &mut writer);
            self.head = writer.out;
        }
    }

    /// A chunk with one choice.
    fn chunk(&mut self, choice: u32, text: &str, finish: Option<Finish>, out: &mut Writer) {
        self.start(&Text::default(), &Text::default(), None);
        let at = self.choices.iter().position(|(known, _)| *known == choice).unwrap_or(self.choices.len());
        if at == self.choices.len() && at < MAX_LANES {
            self.choices.push((choice, false));
        }
        let Some((_, ended)) = self.choices.get_mut(at).filter(|(_, ended)| !*ended) else { return };
        *ended = finish.is_some();
        out.out.extend_from_slice(&self.head);
        write_choice(choice.into(), text, finish, out);
        out.close_array();
        if self.ask.include_usage {
            out.key("usage").null();
        }
        out.close();
        out.out.extend_from_slice(b"\n\n");
    }

    fn end(&mut self, out: &mut Writer) {
        let open: Vec<u32> = self.choices.iter().filter(|(_, ended)| !ended).map(|(choice, _)| *choice).collect();
        open.into_iter().for_each(|choice| self.chunk(choice, "", Some(Finish::Stop), out));
        if let Some(usage) = self.usage.filter(|_| self.ask.include_usage) {
            self.start(&Text::default(), &Text::default(), None);
            out.out.extend_from_slice(&self.head);
            out.close_array();
            usage::write(&usage, out.key("usage"));
            out.close();
            out.out.extend_from_slice(b"\n\n");
        }
        out.out.extend_from_slice(b"data: [DONE]\n\n");
        self.over = true;
    }
}

impl StreamWriter for ChunkWriter {
    fn write(&mut self, delta: &Delta<'_>, out: &mut Vec<u8>) {
        if self.over {
            return;
        }
        let mut writer = Writer { out: std::mem::take(out) };
        match delta {
            Delta::Start { id, model, created } => self.start(id, model, *created),
            Delta::Text(choice, text) | Delta::Refusal(choice, text) if !text.is_empty() => {
                self.chunk(*choice, text.raw(), None, &mut writer);
            }
            Delta::Finish { choice, finish, .. } => self.chunk(*choice, "", Some(*finish), &mut writer),
            Delta::Usage(usage) => self.usage = Some(*usage),
            Delta::Error(error) => {
                writer.out.extend_from_slice(b"data: ");
                error::write_into(error, &mut writer);
                writer.out.extend_from_slice(b"\n\n");
                self.over = true;
            }
            Delta::End => self.end(&mut writer),
            // Told as lost where there is something to lose.
            _ => {}
        }
        *out = writer.out;
    }
}
