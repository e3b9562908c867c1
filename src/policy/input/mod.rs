//! How many input tokens a request has, before anybody has answered it.
//!
//! Every text is counted in the vocabulary of the model that will be asked, or estimated where that is not public; what a
//! format puts around turns, tools and pictures is added by the rules its maker published or others have measured. Text
//! beyond [`COUNTED_BYTES`] is not counted but taken to be like what was, so that no request costs more than a few
//! milliseconds; such a count is called estimated. The provider's own word wins when it comes.

mod framing;
mod image;
mod tools;

use self::framing::Framing;
use super::{Ask, Content};
use crate::chat::{Arguments, MediaKind, MediaSource, Message, Part, Request, ResponseFormat, Role, Tool};
use crate::format::{Shape, view};
use crate::tokens::{self, Bucket, Calibration, Count, Encoding, Vocabulary};
use crate::wire::json::{Doc, Edits, Kind, Text, Value};

/// How much text of a request is counted; the rest is taken to be alike. 25 ms of the worst text there is, 3 of English.
const COUNTED_BYTES: usize = 256 * 1024;

/// A count, and whether it is one or only near it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Counted {
    /// Input tokens.
    pub tokens: u64,
    /// They were not all counted exactly.
    pub estimated: bool,
    /// There are more, but nobody has to know how many.
    pub more: bool,
    /// What to hold against the provider's own count.
    pub calibration: Option<Calibration>,
}

/// Counts the input of a request, up to `limit`: beyond it there is only more.
pub(super) fn count(ask: &Ask<'_>, limit: u64) -> Counted {
    let model = ask.targets.first().map_or(ask.model, |target| target.model.as_str());
    let mut tally = Tally::new(model, ask.count, limit);
    match ask.content {
        _ if ask.count == Count::Off => return Counted::default(),
        Content::Json(doc) => tally.body(doc, ask),
        Content::Form(form) => {
            let mut look = |_: Option<&str>, text: &str| {
                tally.text(text);
                Vec::new()
            };
            view::rewrite_form(form, ask.shape, &mut Edits::new(), &mut look);
        }
        Content::Nothing | Content::Opaque => {}
    }
    tally.end(model)
}

/// A count on its way.
struct Tally {
    /// None: by an estimate.
    encoding: Option<Encoding>,
    vocabulary: Vocabulary,
    framing: Framing,
    limit: u64,
    /// Of texts: counted, estimated.
    counted: u64,
    estimate: f64,
    /// Of what is not text.
    fixed: u64,
    /// Bytes of text that were counted, and that were not.
    bytes: usize,
    skipped: usize,
    estimated: bool,
    bucket: Option<Bucket>,
}

impl Tally {
    fn new(model: &str, count: Count, limit: u64) -> Self {
        let vocabulary = Vocabulary::of(model);
        let encoding = match vocabulary {
            // Also asks whether this build has the table.
            Vocabulary::Known(encoding) if count == Count::Exact && tokens::count_to("", encoding, 0).is_some() => {
                Some(encoding)
            }
            _ => None,
        };
        Self {
            encoding,
            vocabulary,
            framing: Framing::of(model),
            limit,
            counted: 0,
            estimate: 0.0,
            fixed: 0,
            bytes: 0,
            skipped: 0,
            estimated: encoding.is_none(),
            bucket: None,
        }
    }

    fn is_over(&self) -> bool {
        self.counted.saturating_add(self.fixed) > self.limit
    }

    fn text(&mut self, text: &str) {
        if text.is_empty() || self.is_over() {
            return;
        }
        let room = COUNTED_BYTES.saturating_sub(self.bytes).min(text.len());
        let mut cut = room;
        while !text.is_char_boundary(cut) {
            cut -= 1;
        }
        let (text, rest) = text.split_at_checked(cut).unwrap_or((text, ""));
        self.skipped += rest.len();
        self.bytes += text.len();
        match self.encoding {
            Some(encoding) => {
                let limit = self.limit.saturating_sub(self.counted);
                self.counted = self.counted.saturating_add(tokens::count_to(text, encoding, limit).unwrap_or(0));
            }
            None => {
                self.bucket.get_or_insert_with(|| Bucket::of(text));
                let (family, factor) = self.vocabulary.family();
                self.estimate += tokens::estimate(text, family) * factor;
            }
        }
    }

    fn json_text(&mut self, text: &Text<'_>) {
        self.text(&text.decode());
    }

    fn fixed(&mut self, tokens: u64) {
        self.fixed = self.fixed.saturating_add(tokens);
    }

    /// What no rule is published for.
    fn guessed(&mut self, tokens: u64) {
        self.estimated = true;
        self.fixed(tokens);
    }

    fn body(&mut self, doc: &Doc<'_>, ask: &Ask<'_>) {
        let root = doc.root();
        match ask.shape {
            Shape::Chat(format) if ask.operation.is_chat() => {
                // It was read once to be checked, and is not kept: most requests are not counted.
                if let Ok(request) = format.read_request(doc) {
                    let framed = format.name() != "openai_completions";
                    self.request(&request, framed);
                }
            }
            Shape::Embeddings(_) if root.get("input").is_some() => self.input(root.get("input")),
            shape => {
                let mut look = |_: Option<&str>, text: &str| {
                    self.text(text);
                    Vec::new()
                };
                view::rewrite_shape(doc, shape, &mut Edits::new(), &mut look);
            }
        }
    }

    /// Texts to be turned into vectors; a number is a token already.
    fn input(&mut self, value: Option<Value<'_, '_>>) {
        let Some(value) = value else { return };
        match value.kind() {
            Kind::String => {
                if let Some(text) = value.text() {
                    self.json_text(&text);
                }
            }
            Kind::Number => self.fixed(1),
            Kind::Array => value.items().for_each(|item| self.input(Some(item))),
            _ => {}
        }
    }

    fn request(&mut self, request: &Request<'_>, framed: bool) {
        let framing = self.framing;
        for message in &request.messages {
            if framed {
                self.fixed(framing.per_message);
            }
            self.message(message);
        }
        if framed {
            self.fixed(framing.per_request);
        }
        self.tools(request);
        if let Some(ResponseFormat::JsonSchema { schema, .. }) = &request.response_format {
            self.estimated = true;
            self.text(schema);
        }
    }

    fn message(&mut self, message: &Message<'_>) {
        if let Some(name) = &message.name {
            self.fixed(1);
            self.json_text(name);
        }
        message.parts.iter().for_each(|part| self.part(part));
    }

    fn part(&mut self, part: &Part<'_>) {
        match part {
            Part::Text { text, .. } | Part::Refusal(text) | Part::Thinking { text, .. } => self.json_text(text),
            Part::RedactedThinking(opaque) => self.guessed(opaque.raw().len() as u64 / 4),
            Part::Citation(_) => {}
            Part::ToolCall(call) => {
                self.guessed(3);
                self.json_text(&call.name);
                match &call.arguments {
                    Arguments::Json(json) => self.text(json),
                    Arguments::Text(text) => self.json_text(text),
                }
            }
            Part::ToolResult { parts, .. } => {
                self.estimated = true;
                parts.iter().for_each(|part| self.part(part));
            }
            Part::Media(media) => {
                self.estimated = true;
                match (media.kind, &media.source) {
                    (MediaKind::Image, source) => {
                        let size = match source {
                            MediaSource::Data { data, .. } => image::size(data.raw()),
                            MediaSource::Url(url) => {
                                url.raw().split_once(";base64,").and_then(|(_, it)| image::size(it))
                            }
                            MediaSource::FileId(_) => None,
                        };
                        let low = media.detail.as_ref().is_some_and(|detail| detail.is("low"));
                        self.guessed(self.framing.image(size, low));
                    }
                    // 32 tokens a second at 16 kB of MP3 a second is Gemini's; others are near.
                    (MediaKind::Audio | MediaKind::Video, MediaSource::Data { data, .. }) => {
                        self.guessed(data.raw().len() as u64 * 3 / 4 / 16_000 * 32 + 32);
                    }
                    // A page is 1,500 to 3,000 tokens, and some 50 kB.
                    (MediaKind::File, MediaSource::Data { data, .. }) => {
                        self.guessed((data.raw().len() as u64 * 3 / 4).div_ceil(50_000) * 2_000);
                    }
                    (_, MediaSource::Url(_) | MediaSource::FileId(_)) => self.guessed(2_000),
                }
            }
            Part::Other { raw, .. } => {
                self.estimated = true;
                self.text(raw);
            }
        }
    }

    fn tools(&mut self, request: &Request<'_>) {
        if request.tools.is_empty() {
            return;
        }
        self.estimated = true;
        if self.framing.typescript {
            let system = request.messages.iter().any(|it| matches!(it.role, Role::System | Role::Developer));
            let (rendered, fixed) = tools::typescript(request, system);
            self.fixed(fixed);
            return self.text(&rendered);
        }
        self.fixed(self.framing.tools);
        for tool in &request.tools {
            self.fixed(self.framing.per_tool);
            match tool {
                Tool::Function { name, description, parameters, .. } => {
                    self.json_text(name);
                    description.iter().for_each(|text| self.json_text(text));
                    parameters.iter().for_each(|json| self.text(json));
                }
                Tool::Other { raw, .. } => self.text(raw),
            }
        }
    }

    fn end(self, model: &str) -> Counted {
        let calibration = self
            .bucket
            .map(|bucket| Calibration::new(model, bucket, self.estimate, self.fixed))
            .filter(|_| self.skipped == 0);
        let ratio = calibration.map_or(1.0, |calibration| calibration.ratio());
        let text = self.counted as f64 + self.estimate * ratio;
        let beyond = if self.bytes > 0 { text * self.skipped as f64 / self.bytes as f64 } else { 0.0 };
        let tokens = ((text + beyond).round() as u64).saturating_add(self.fixed);
        Counted { tokens, estimated: self.estimated || self.skipped > 0, more: tokens > self.limit, calibration }
    }
}

#[cfg(test)]
mod tests;
