//! What the turns of several formats have in common. Of Anthropic's Messages and Bedrock's Converse: sides alternate, all
//! results of parallel calls open the turn after them, no text may be blank, and arguments are objects.

use std::borrow::Cow;
use std::ops::Range;

use base64::Engine;

use crate::chat::{
    ApiError, Arguments, Choice, Media, MediaKind, MediaSource, Message, Origin, Part, Request, Role, Tool, ToolCall,
};
use crate::wire::json::{Doc, Kind, Text};

/// Consecutive messages that become one turn.
pub(super) struct Turn {
    /// Whose.
    pub role: Role,
    /// Which messages.
    pub messages: Range<usize>,
}

/// Groups messages into turns of alternating sides. System turns and turns with nothing to say do not separate others.
pub(super) fn merged(messages: &[Message<'_>]) -> Vec<Turn> {
    let mut turns: Vec<Turn> = Vec::new();
    for (index, message) in messages.iter().enumerate() {
        let role = match message.role {
            Role::System | Role::Developer => continue,
            Role::Assistant => Role::Assistant,
            Role::User | Role::Tool => Role::User,
        };
        if !message.parts.iter().any(|part| is_written(part, role)) {
            continue;
        }
        match turns.last_mut() {
            Some(turn) if turn.role == role => turn.messages.end = index + 1,
            _ => turns.push(Turn { role, messages: index..index + 1 }),
        }
    }
    turns
}

/// Whether anything of a part goes into a turn of that side.
pub(super) fn is_written(part: &Part<'_>, role: Role) -> bool {
    match part {
        Part::Text { text, .. } | Part::Refusal(text) => !is_blank(text),
        // Unsigned thinking (of another model, or cut by a client) is refused.
        Part::Thinking { signature, .. } => {
            let own = signature.as_ref().and_then(|signature| signature.of(Origin::Anthropic));
            role == Role::Assistant && own.is_some_and(|value| !value.is_empty())
        }
        Part::RedactedThinking(_) => role == Role::Assistant,
        Part::Citation(_) => false,
        Part::Media(_) | Part::ToolCall(_) | Part::ToolResult { .. } | Part::Other { .. } => true,
    }
}

pub(super) fn is_system(role: Role) -> bool {
    matches!(role, Role::System | Role::Developer)
}

/// Nothing but white space, which Anthropic refuses as a block of text.
pub(super) fn is_blank(text: &Text<'_>) -> bool {
    // Most text shows at its first byte that it is none.
    match text.raw().as_bytes().first() {
        None => true,
        Some(b'!'..=b'[' | b']'..=b'~') => false,
        Some(_) => text.decode().trim().is_empty(),
    }
}

/// A call's arguments as an object's JSON text; None if they are none. Nothing is an empty object.
pub(super) fn object_of<'t>(arguments: &'t Arguments<'_>) -> Option<Cow<'t, str>> {
    match arguments {
        Arguments::Json("null") => Some("{}".into()),
        Arguments::Json(json) => json.starts_with('{').then_some((*json).into()),
        Arguments::Text(text) if is_blank(text) => Some("{}".into()),
        Arguments::Text(text) => {
            let json = text.decode();
            is_object(&json).then(|| json.trim().to_owned().into())
        }
    }
}

/// Whether a JSON text is one whole object.
pub(super) fn is_object(json: &str) -> bool {
    Doc::parse(json.as_bytes()).is_ok_and(|doc| doc.root().kind() == Kind::Object)
}

/// The schema of a tool's arguments, which must be there and be an object's.
pub(super) fn input_schema(index: usize, parameters: Option<&str>) -> Result<Cow<'_, str>, ApiError> {
    const EMPTY: &str = r#"{"type":"object","properties":{}}"#;
    let Some(schema) = parameters else { return Ok(EMPTY.into()) };
    // Most schemas begin so; the others are looked into.
    if schema.starts_with(r#"{"type":"object""#) || schema.starts_with(r#"{"type": "object""#) {
        return Ok(schema.into());
    }
    let path = format!("tools[{index}].function.parameters");
    let doc = Doc::parse(schema.as_bytes())
        .map_err(|error| ApiError::invalid_request(path.as_str(), format!("{path} is not JSON: {error}")))?;
    let root = doc.root();
    match root.kind() {
        Kind::Null => Ok(EMPTY.into()),
        Kind::Object if root.members().next().is_none() => Ok(EMPTY.into()),
        Kind::Object if root.get("type").is_some() => Ok(schema.into()),
        Kind::Object => Ok(format!(r#"{{"type":"object",{}"#, schema.get(1..).unwrap_or("}")).into()),
        kind => {
            let what = format!("{path} must be an object, got {}", kind.name());
            Err(ApiError::invalid_request(path, what))
        }
    }
}

/// An id that a provider does not take as it is: what fits of it with a digest of the whole, so that a call and its
/// result still meet and two different ids stay different. None: it fits.
pub(super) fn fitting_id(id: &Text<'_>, max_chars: usize, fits: impl Fn(char) -> bool) -> Option<String> {
    if !id.is_empty() && id.raw().len() <= max_chars && id.raw().chars().all(&fits) {
        return None;
    }
    let id = id.decode();
    let digest = digest(&id);
    let room = max_chars.saturating_sub(17).min(64);
    let kept: String = id.chars().take(room).map(|c| if fits(c) { c } else { '_' }).collect();
    Some(format!("{kept}_{digest:016x}"))
}

/// The same for a provider that takes letters and digits only, so many of them: nothing but a digest has room.
pub(super) fn short_id(id: &Text<'_>, chars: usize) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut rest = digest(&id.decode());
    let mut made = String::with_capacity(chars);
    for _ in 0..chars {
        let digit = usize::try_from(rest % 62).ok().and_then(|at| DIGITS.get(at)).copied().unwrap_or(b'0');
        made.push(char::from(digit));
        rest /= 62;
    }
    made
}

/// FNV-1a: short, the same on every worker and in every attempt, and no secret.
fn digest(id: &str) -> u64 {
    id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

/// How long a request will be about, in any format: what is guessed too short is copied once more, and with it the
/// pictures.
pub(super) fn capacity(request: &Request<'_>) -> usize {
    let tool = |tool: &Tool<'_>| match tool {
        Tool::Function { description, parameters, .. } => {
            description.as_ref().map_or(0, |text| text.raw().len()) + parameters.as_deref().map_or(0, str::len) + 128
        }
        Tool::Other { raw, .. } => raw.len() + 32,
    };
    let messages: usize = request.messages.iter().map(|message| capacity_of_parts(&message.parts) + 64).sum();
    512 + messages + request.tools.iter().map(tool).sum::<usize>()
}

/// The same for a choice of an answer.
pub(super) fn capacity_of_choice(choice: &Choice<'_>) -> usize {
    768 + capacity_of_parts(&choice.parts) + choice.logprobs.len() * 128
}

fn capacity_of_parts(parts: &[Part<'_>]) -> usize {
    let size = |part: &Part<'_>| match part {
        Part::Text { text, .. } | Part::Refusal(text) | Part::Thinking { text, .. } => text.raw().len() + 96,
        Part::Media(Media { source: MediaSource::Data { data, .. }, .. }) => data.raw().len() + 160,
        Part::ToolResult { parts, .. } => capacity_of_parts(parts) + 128,
        Part::ToolCall(ToolCall { arguments: Arguments::Json(json), .. }) => json.len() * 5 / 4 + 192,
        Part::ToolCall(ToolCall { arguments: Arguments::Text(text), .. }) => text.raw().len() + 192,
        Part::Other { raw, .. } => raw.len() + 32,
        _ => 256,
    };
    parts.iter().map(size).sum()
}

/// What a file says that is text and in the body: for providers that take no files. None: it is something else.
pub(super) fn text_of_file(media: &Media<'_>) -> Option<Result<String, &'static str>> {
    let MediaSource::Data { media_type, data } = &media.source else { return None };
    let kind = media_type.raw();
    if media.kind != MediaKind::File || !(kind.starts_with("text/") || kind == "application/json") {
        return None;
    }
    let bytes = base64::engine::general_purpose::STANDARD.decode(data.decode().as_bytes());
    let text = bytes.ok().and_then(|bytes| String::from_utf8(bytes).ok());
    Some(text.ok_or("the file is not UTF-8 text in base64"))
}
