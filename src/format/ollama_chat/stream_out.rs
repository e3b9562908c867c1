//! Writes a streamed answer for a client of Ollama's. A call comes whole there, so its arguments are gathered until the
//! answer ends.

use super::answer::{write_call_told, write_end, write_head, write_logprobs};
use super::write_error;
use crate::chat::{ApiError, Arguments, Delta, Finish, Logprob, Usage};
use crate::format::turns::object_of;
use crate::format::{Ask, StreamWriter};
use crate::wire::json::{self, Text, Writer};

/// How many bytes of arguments may be gathered. Far beyond any answer; at the end of it the stream is given up.
const MAX_GATHERED_BYTES: usize = 4 * 1024 * 1024;
/// How many calls are followed.
const MAX_CALLS: usize = 128;

/// Writes a stream for a client of Ollama's.
pub(super) struct LineWriter {
    ask: Ask,
    model: Text<'static>,
    created: Option<u64>,
    calls: Vec<Call>,
    gathered_bytes: usize,
    /// Something was called, told or not yet.
    called: bool,
    finish: Option<Finish>,
    usage: Option<Usage>,
    done: bool,
}

/// A call under way; all is escaped.
struct Call {
    id: Text<'static>,
    name: Text<'static>,
    arguments: String,
}

impl LineWriter {
    pub(super) fn new(ask: &Ask) -> Self {
        Self {
            ask: ask.clone(),
            model: Text::default(),
            created: None,
            calls: Vec::new(),
            gathered_bytes: 0,
            called: false,
            finish: None,
            usage: None,
            done: false,
        }
    }

    /// A line that says something.
    fn line(&self, content: &str, tokens: &[Logprob<'_>], lines: &mut Vec<u8>, more: impl FnOnce(&mut Writer)) {
        write_line(lines, |out| {
            write_head(&self.model, self.created, &self.ask, out);
            out.key("message").open().key("role").raw("\"assistant\"");
            out.key("content").text(&Text::from_raw(content));
            more(out);
            out.close();
            write_logprobs(tokens, out);
            out.key("done").bool(false).close();
        });
    }

    fn settle_calls(&mut self, lines: &mut Vec<u8>) {
        let calls = std::mem::take(&mut self.calls);
        if calls.is_empty() {
            return;
        }
        self.line("", &[], lines, |out| {
            out.key("tool_calls").open_array();
            for (nth, Call { id, name, arguments }) in (0..).zip(&calls) {
                let raw = Text::from_raw(arguments);
                let arguments = Arguments::Text(raw.clone());
                write_call_told(id, nth, name, object_of(&arguments).as_deref(), &raw, &self.ask, out);
            }
            out.close_array();
        });
    }

    fn end(&mut self, lines: &mut Vec<u8>) {
        self.settle_calls(lines);
        write_line(lines, |out| {
            write_head(&self.model, self.created, &self.ask, out);
            out.key("message").open().key("role").raw("\"assistant\"").key("content").string("").close();
            write_end(self.finish.unwrap_or_default(), self.usage.as_ref(), out);
            out.close();
        });
        self.done = true;
    }

    fn fail(&mut self, error: &ApiError, lines: &mut Vec<u8>) {
        write_line(lines, |out| write_error(error, out));
        self.done = true;
    }

    fn step(&mut self, delta: &Delta<'_>, out: &mut Vec<u8>) {
        match delta {
            Delta::Start { model, created, .. } => {
                self.model = model.clone().into_owned();
                self.created = *created;
            }
            Delta::Text(0, text) | Delta::Refusal(0, text) => {
                if !text.is_empty() {
                    self.line(text.raw(), &[], out, |_| {});
                }
            }
            Delta::Thinking(0, text) => {
                if !text.is_empty() {
                    self.line("", &[], out, |out| {
                        out.key("thinking").text(text);
                    });
                }
            }
            Delta::Logprobs(0, tokens) => self.line("", tokens, out, |_| {}),
            Delta::ToolStart { choice: 0, index, id, name, .. } => {
                if *index as usize == self.calls.len() && self.calls.len() < MAX_CALLS && !self.called {
                    let (id, name) = (id.clone().into_owned(), name.clone().into_owned());
                    self.calls.push(Call { id, name, arguments: String::new() });
                }
            }
            Delta::ToolArguments { choice: 0, index, fragment } => {
                if let Some(call) = self.calls.get_mut(*index as usize) {
                    call.arguments.push_str(fragment.raw());
                    self.gathered_bytes += fragment.raw().len();
                }
                if self.gathered_bytes > MAX_GATHERED_BYTES {
                    self.fail(&ApiError::bad_answer("the provider's calls are larger than can be held"), out);
                }
            }
            Delta::Finish { choice: 0, finish, .. } => {
                self.finish = Some(*finish);
                self.called |= !self.calls.is_empty();
                self.settle_calls(out);
            }
            Delta::Usage(usage) => self.usage = Some(*usage),
            Delta::Error(error) => self.fail(error, out),
            Delta::End => self.end(out),
            // An answer has one choice.
            Delta::Text(..)
            | Delta::Refusal(..)
            | Delta::Thinking(..)
            | Delta::Logprobs(..)
            | Delta::ToolStart { .. }
            | Delta::ToolArguments { .. }
            | Delta::Finish { .. } => {}
            // No place for them here.
            Delta::ThinkingStart(_)
            | Delta::Signature(..)
            | Delta::RedactedThinking(..)
            | Delta::Media(..)
            | Delta::Citation(..)
            | Delta::ServiceTier(_)
            | Delta::Unmapped(_) => {}
        }
    }
}

impl StreamWriter for LineWriter {
    fn write(&mut self, delta: &Delta<'_>, out: &mut Vec<u8>) {
        if self.done {
            return;
        }
        self.step(delta, out);
    }
}

/// What some clients take for the end of a line (Python's `iter_lines`, which Ollama's own client reads by), and how
/// Ollama's server writes it. All of it can stand in strings only.
const LINE_ENDS: [(&str, &str); 3] = [("\u{2028}", r"\u2028"), ("\u{2029}", r"\u2029"), ("\u{85}", r"\u0085")];

/// A line of its own, written where it will stand: arguments may have line ends between their tokens.
fn write_line(lines: &mut Vec<u8>, object: impl FnOnce(&mut Writer)) {
    let start = lines.len();
    let mut out = Writer { out: std::mem::take(lines) };
    object(&mut out);
    *lines = out.out;
    let line = lines.get_mut(start..).unwrap_or_default();
    json::on_one_line(line);
    if let Ok(text) = std::str::from_utf8(line)
        && !text.is_ascii()
        && LINE_ENDS.iter().any(|(end, _)| text.contains(end))
    {
        let clean = LINE_ENDS.iter().fold(text.to_owned(), |text, (end, escaped)| text.replace(end, escaped));
        lines.truncate(start);
        lines.extend_from_slice(clean.as_bytes());
    }
    lines.push(b'\n');
}
