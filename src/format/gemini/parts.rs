//! The parts of turns and of answers: one reading for both.
//!
//! A part has one of several members that say what it is, and others that say how: `thought`, `thoughtSignature`,
//! `mediaResolution`. A signature of a call stays with the call. One of a text becomes a block of reasoning of its own
//! behind the text, with nothing in it but the signature, since no other format's texts are signed.

use super::names::{Sealed, bytes_of, get, member, need, text, text_of, unseal};
use crate::chat::{ApiError, Arguments, Media, MediaKind, MediaSource, Part, Signature, ToolCall};
use crate::format::field::Field;
use crate::wire::json::{Kind, Text, Value};

/// What says what a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    Text,
    InlineData,
    FileData,
    FunctionCall,
    FunctionResponse,
    /// Only Gemini has it: `executableCode` and the like, by that name.
    Own(&'static str),
    /// Nothing that is known.
    Unknown,
}

/// Members of a part that only Gemini has parts of.
pub(super) const OWN: &[&str] = &["executableCode", "codeExecutionResult", "toolCall", "toolResponse"];

/// What a part may say beside its content that has no place in the unified model.
const BESIDE: &[&str] = &[
    "audioMetadata",
    "audioTranscription",
    "documentMetadata",
    "mediaProcessing",
    "partMetadata",
    "speechMetadata",
    "spreadsheetMetadata",
    "videoMetadata",
];

/// What a part is, and the value that says so.
pub(super) fn content<'d, 'a>(part: Value<'d, 'a>) -> (Content, Option<Value<'d, 'a>>) {
    const KINDS: &[(&str, Content)] = &[
        ("text", Content::Text),
        ("functionCall", Content::FunctionCall),
        ("functionResponse", Content::FunctionResponse),
        ("inlineData", Content::InlineData),
        ("fileData", Content::FileData),
    ];
    for (name, kind) in KINDS {
        if let Some(value) = get(part, name) {
            return (*kind, Some(value));
        }
    }
    for name in OWN {
        if let Some(value) = get(part, name) {
            return (Content::Own(name), Some(value));
        }
    }
    (Content::Unknown, None)
}

/// Members of a part that are lost with it in any other format.
pub(super) fn beside<'d, 'a>(part: Value<'d, 'a>) -> impl Iterator<Item = (&'static str, Value<'d, 'a>)> {
    let several = part.members().nth(1).is_some();
    BESIDE.iter().filter(move |_| several).filter_map(move |name| Some((*name, get(part, name)?)))
}

/// Whether it is reasoning.
pub(super) fn is_thought(part: Value<'_, '_>) -> bool {
    get(part, "thought").and_then(Value::bool) == Some(true)
}

/// What a part was signed with.
pub(super) fn signature<'a>(part: Value<'_, 'a>) -> Option<Sealed<'a>> {
    text(part, "thoughtSignature").filter(|value| !value.is_empty()).map(unseal)
}

/// Reads a text with its signature: what is said, and what it was signed with, as parts.
pub(super) fn push_text<'a>(said: Text<'a>, part: Value<'_, 'a>, parts: &mut Vec<Part<'a>>) {
    let thought = is_thought(part);
    match (signature(part), thought) {
        (Some(Sealed::Redacted(data)), _) => parts.push(Part::RedactedThinking(data)),
        (Some(Sealed::Signature(signature)), true) => match parts.last_mut() {
            // The end of what was thought just before.
            Some(Part::Thinking { signature: unsigned @ None, .. }) if said.is_empty() => *unsigned = Some(signature),
            _ => parts.push(Part::Thinking { text: said, signature: Some(signature) }),
        },
        (Some(Sealed::Signature(signature)), false) => {
            if !said.is_empty() {
                parts.push(Part::Text { text: said, cache: None });
            }
            parts.push(Part::Thinking { text: Text::default(), signature: Some(signature) });
        }
        (None, true) => parts.push(Part::Thinking { text: said, signature: None }),
        (None, false) => parts.push(Part::Text { text: said, cache: None }),
    }
}

/// A signature of what comes or came in the same part, as a part of its own.
pub(super) fn push_signature<'a>(part: Value<'_, 'a>, parts: &mut Vec<Part<'a>>) {
    match signature(part) {
        Some(Sealed::Signature(signature)) => {
            parts.push(Part::Thinking { text: Text::default(), signature: Some(signature) });
        }
        Some(Sealed::Redacted(data)) => parts.push(Part::RedactedThinking(data)),
        None => {}
    }
}

/// A call. `id`: for one that has none.
pub(super) fn call<'a>(
    call: &Field<'_, '_, 'a>,
    part: Value<'_, 'a>,
    id: impl FnOnce() -> Text<'a>,
) -> Result<ToolCall<'a>, ApiError> {
    let call = call.object()?;
    let args = member(&call, "args").map(|args| args.object()).transpose()?;
    let signature: Option<Signature<'a>> = match signature(part) {
        Some(Sealed::Signature(signature)) => Some(signature),
        Some(Sealed::Redacted(_)) | None => None,
    };
    Ok(ToolCall {
        id: text_of(&call, "id")?.filter(|id| !id.is_empty()).unwrap_or_else(id),
        name: need(&call, "name")?.text()?,
        arguments: Arguments::Json(args.map_or("{}", |args| args.value.raw())),
        signature,
        cache: None,
    })
}

/// `inlineData`: the medium itself.
pub(super) fn inline_data<'a>(data: &Field<'_, '_, 'a>) -> Result<Media<'a>, ApiError> {
    let data = data.object()?;
    let media_type = need(&data, "mimeType")?.text()?;
    let kind = kind_of(media_type.raw());
    let bytes = bytes_of(&need(&data, "data")?)?;
    let source = MediaSource::Data { media_type, data: bytes };
    Ok(Media { kind, source, detail: None, filename: text_of(&data, "displayName")?, cache: None })
}

/// `fileData`: where the medium is. Files in Google's own store can be read by nobody else.
pub(super) fn file_data<'a>(data: &Field<'_, '_, 'a>) -> Result<Media<'a>, ApiError> {
    let data = data.object()?;
    let uri = need(&data, "fileUri")?.text()?;
    let media_type = text_of(&data, "mimeType")?;
    let kind = match &media_type {
        Some(media_type) => kind_of(media_type.raw()),
        None if is_film(uri.raw()) => MediaKind::Video,
        None => kind_of(media_type_of(uri.raw()).unwrap_or_default()),
    };
    let filename = text_of(&data, "displayName")?;
    let source = if is_stored(uri.raw()) { MediaSource::FileId(uri) } else { MediaSource::Url(uri) };
    Ok(Media { kind, source, detail: None, filename, cache: None })
}

/// What a media type is a type of.
fn kind_of(media_type: &str) -> MediaKind {
    match media_type.split('/').next().unwrap_or_default() {
        "image" => MediaKind::Image,
        "audio" => MediaKind::Audio,
        "video" => MediaKind::Video,
        _ => MediaKind::File,
    }
}

/// Whether an address is a file's in Google's own store.
pub(super) fn is_stored(uri: &str) -> bool {
    ["https://generativelanguage.googleapis.com/", "files/"].iter().any(|store| uri.starts_with(store))
}

/// Whether an address is a page whose film Gemini watches; it has no media type.
pub(super) fn is_film(uri: &str) -> bool {
    const FILMS: &[&str] = &["https://www.youtube.com/", "https://youtube.com/", "https://youtu.be/"];
    FILMS.iter().any(|page| uri.starts_with(page))
}

/// The media type that the ending of an address tells: of what Gemini reads (its pages on pictures, sound, films and
/// documents).
pub(super) fn media_type_of(uri: &str) -> Option<&'static str> {
    const ENDINGS: &[(&str, &str)] = &[
        ("png", "image/png"),
        ("jpg", "image/jpeg"),
        ("jpeg", "image/jpeg"),
        ("webp", "image/webp"),
        ("heic", "image/heic"),
        ("heif", "image/heif"),
        ("gif", "image/gif"),
        ("wav", "audio/wav"),
        ("mp3", "audio/mp3"),
        ("aac", "audio/aac"),
        ("aiff", "audio/aiff"),
        ("ogg", "audio/ogg"),
        ("flac", "audio/flac"),
        ("mp4", "video/mp4"),
        ("mpeg", "video/mpeg"),
        ("mpg", "video/mpeg"),
        ("mov", "video/quicktime"),
        ("avi", "video/x-msvideo"),
        ("webm", "video/webm"),
        ("wmv", "video/x-ms-wmv"),
        ("pdf", "application/pdf"),
        ("txt", "text/plain"),
        ("md", "text/markdown"),
        ("html", "text/html"),
        ("csv", "text/csv"),
        ("json", "application/json"),
    ];
    let path = uri.split(['?', '#']).next()?;
    let (_, ending) = path.rsplit('/').next()?.rsplit_once('.')?;
    ENDINGS.iter().find(|(known, _)| ending.eq_ignore_ascii_case(known)).map(|(_, media_type)| *media_type)
}

/// What a tool's answer says, as text: the one thing it holds under a name for it, or all of it as JSON. And whether the
/// tool failed.
pub(super) fn told<'a>(response: Value<'_, 'a>) -> (Text<'a>, Option<bool>) {
    let mut members = response.members();
    let only = members.next().filter(|_| members.next().is_none());
    let said = only.filter(|(key, _)| matches!(key.raw(), "output" | "result" | "content" | "error"));
    let Some((key, value)) = said else { return (Text::from_plain(response.raw()), None) };
    let failed = key.is("error").then_some(true);
    match value.kind() {
        Kind::String => (value.text().unwrap_or_default(), failed),
        // `{"output": {...}}` says the object; anything smaller is as well told with its name.
        Kind::Object | Kind::Array => (Text::from_plain(value.raw()), failed),
        _ => (Text::from_plain(response.raw()), failed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::json::Doc;

    #[test]
    fn an_address_tells_its_media_type() {
        let rows = [
            ("https://x.io/a.PNG?size=1.jpg", Some("image/png")),
            ("https://x.io/a/b.pdf#page=2", Some("application/pdf")),
            ("https://x.io/a.b/c", None),
            ("gs://bucket/film.mp4", Some("video/mp4")),
            ("https://x.io/.", None),
        ];
        for (uri, want) in rows {
            assert_eq!(media_type_of(uri), want, "{uri}");
        }
    }

    #[test]
    fn a_tools_answer_is_told_as_text() {
        let rows = [
            (r#"{"output":"sunny"}"#, "sunny", None),
            (r#"{"result":"sunny"}"#, "sunny", None),
            (r#"{"error":"no such city"}"#, "no such city", Some(true)),
            (r#"{"output":{"a":1}}"#, r#"{"a":1}"#, None),
            (r#"{"output":7}"#, r#"{"output":7}"#, None),
            (r#"{"a":1,"b":"x"}"#, r#"{"a":1,"b":"x"}"#, None),
            (r#"{}"#, "{}", None),
        ];
        for (response, want, failed) in rows {
            let doc = Doc::parse(response.as_bytes()).unwrap();
            let (text, is_error) = told(doc.root());
            assert_eq!((&*text.decode(), is_error), (want, failed), "{response}");
        }
    }
}
