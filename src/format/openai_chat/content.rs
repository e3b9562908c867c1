//! What messages of requests and of answers have in common: content, reasoning, calls.

use super::details::{self, Detail};
use crate::chat::{ApiError, Arguments, Media, MediaKind, MediaSource, Origin, Part, Signature, ToolCall};
use crate::format::field::Field;
use crate::format::openai::{read_audio, read_file_data, read_url};
use crate::wire::json::{Kind, Text, Value};

/// Reads a `content` member: a string or a list of parts.
pub(super) fn read_content<'a>(content: &Field<'_, '_, 'a>, parts: &mut Vec<Part<'a>>) -> Result<(), ApiError> {
    match content.value.kind() {
        Kind::String => parts.push(Part::Text { text: content.text()?, cache: None }),
        Kind::Array => {
            for part in content.items() {
                read_part(&part, parts)?;
            }
        }
        _ => return Err(content.wrong("a string or an array of parts")),
    }
    Ok(())
}

/// Reads one item of a content list.
pub(super) fn read_part<'a>(part: &Field<'_, '_, 'a>, parts: &mut Vec<Part<'a>>) -> Result<(), ApiError> {
    let part = &part.object()?;
    let kind = part.need("type")?.text()?;
    let cache = read_cache(part);
    parts.push(match &*kind.decode() {
        "text" => Part::Text { text: part.need("text")?.text()?, cache },
        "refusal" => Part::Refusal(part.need("refusal")?.text()?),
        "image_url" => {
            let image = part.need("image_url")?;
            // A bare string is no OpenAI, but LiteLLM, Mistral and vLLM take it.
            let (source, detail) = match image.value.kind() {
                Kind::String => (read_url(&image)?, None),
                // `auto` is what it does anyway.
                _ => {
                    let detail = image.text_of("detail")?.filter(|detail| !detail.is("auto"));
                    (read_url(&image.object()?.need("url")?)?, detail)
                }
            };
            Part::Media(Media { kind: MediaKind::Image, source, detail, filename: None, cache })
        }
        // vLLM, OpenRouter, Qwen, Zhipu.
        "video_url" => read_addressed(part, "video_url", MediaKind::Video, cache)?,
        // vLLM.
        "audio_url" => read_addressed(part, "audio_url", MediaKind::Audio, cache)?,
        // Mistral and Zhipu.
        "document_url" => read_addressed(part, "document_url", MediaKind::File, cache)?,
        "file_url" => read_addressed(part, "file_url", MediaKind::File, cache)?,
        "input_audio" => {
            let source = read_audio(&part.need("input_audio")?)?;
            Part::Media(Media { kind: MediaKind::Audio, source, detail: None, filename: None, cache })
        }
        "file" => {
            let file = part.need("file")?.object()?;
            let source = match (file.member("file_data"), file.text_of("file_id")?) {
                (Some(data), _) => read_file_data(&data)?,
                (None, Some(id)) => MediaSource::FileId(id),
                (None, None) => return Err(file.error(format_args!("neither file_data nor file_id is given"))),
            };
            let filename = file.text_of("filename")?;
            Part::Media(Media { kind: MediaKind::File, source, detail: None, filename, cache })
        }
        // Mistral gives reasoning as a list of texts, LiteLLM as a string with Anthropic's signature.
        "thinking" => {
            let thinking = part.need("thinking")?;
            if thinking.value.kind() == Kind::Array {
                return read_texts(&thinking, parts);
            }
            Part::Thinking { text: thinking.text()?, signature: read_signature(part)? }
        }
        "redacted_thinking" => Part::RedactedThinking(part.need("data")?.text()?),
        // Databricks.
        "reasoning" => match part.member("summary") {
            Some(summary) => return read_texts(&summary, parts),
            None => Part::Other { kind, raw: part.value.raw() },
        },
        _ => Part::Other { kind, raw: part.value.raw() },
    });
    Ok(())
}

/// A medium under an object with a `url`, or under the address itself.
fn read_addressed<'a>(
    part: &Field<'_, '_, 'a>,
    name: &str,
    kind: MediaKind,
    cache: Option<&'a str>,
) -> Result<Part<'a>, ApiError> {
    let medium = part.need(name)?;
    let source = match medium.value.kind() {
        Kind::String => read_url(&medium)?,
        _ => read_url(&medium.object()?.need("url")?)?,
    };
    // Mistral's name for a document.
    let filename = part.text_of("document_name")?;
    Ok(Part::Media(Media { kind, source, detail: None, filename, cache }))
}

/// A prompt-cache mark, in the model's one form: Anthropic's, which OpenRouter, LiteLLM and Qwen take too, or OpenAI's
/// own, whose times to live are others.
pub(super) fn read_cache<'a>(marked: &Field<'_, '_, 'a>) -> Option<&'a str> {
    if let Some(mark) = marked.raw_of("cache_control") {
        return Some(mark);
    }
    let mark = marked.member("prompt_cache_breakpoint")?;
    let long = mark.value.some("ttl").is_some_and(|ttl| ttl.is("12h"));
    Some(if long { r#"{"type":"ephemeral","ttl":"1h"}"# } else { r#"{"type":"ephemeral"}"# })
}

/// Gemini's signature of a call: in Google's own member of the compatible API, or where LiteLLM, Portkey and their
/// clients put it. LiteLLM also hides it in the id, where it survives clients that know no other field.
pub(super) fn read_thought_signature<'a>(call: Value<'_, 'a>) -> Option<Signature<'a>> {
    let of = |holder: Option<Value<'_, 'a>>| holder?.some("thought_signature")?.text().filter(|it| !it.is_empty());
    let google = |holder: Option<Value<'_, 'a>>| of(holder?.some("extra_content")?.some("google"));
    let litellm = |holder: Option<Value<'_, 'a>>| of(holder?.some("provider_specific_fields"));
    let (call, function) = (Some(call), call.some("function"));
    let found = google(call).or_else(|| litellm(call)).or_else(|| of(function)).or_else(|| litellm(function));
    let in_id = || {
        let id = call?.some("id")?.text()?;
        let (_, signature) = id.borrowed()?.split_once("__thought__")?;
        (!signature.is_empty()).then(|| Text::from_raw(signature))
    };
    found.or_else(in_id).map(|value| Signature::unseal(value, Origin::Gemini))
}

/// Gemini's signature of a text, which Google's compatible API puts beside it: reasoning that says nothing else.
pub(super) fn read_text_signature<'a>(message: Value<'_, 'a>) -> Option<Signature<'a>> {
    let value = message.some("extra_content")?.some("google")?.some("thought_signature")?.text()?;
    (!value.is_empty()).then(|| Signature::unseal(value, Origin::Gemini))
}

/// The same as a part, behind the text.
pub(super) fn text_signature<'a>(message: &Field<'_, '_, 'a>) -> Option<Part<'a>> {
    let signature = read_text_signature(message.value)?;
    Some(Part::Thinking { text: Text::default(), signature: Some(signature) })
}

/// Reasoning as a list of objects with a `text`.
fn read_texts<'a>(list: &Field<'_, '_, 'a>, parts: &mut Vec<Part<'a>>) -> Result<(), ApiError> {
    for item in list.array()?.items() {
        if let Some(text) = item.text_of("text")? {
            parts.push(Part::Thinking { text, signature: None });
        }
    }
    Ok(())
}

/// Providers without a signature leave it out or send `""`.
fn read_signature<'a>(block: &Field<'_, '_, 'a>) -> Result<Option<Signature<'a>>, ApiError> {
    let value = block.text_of("signature")?.filter(|signature| !signature.is_empty());
    // LiteLLM's convention, from the days when only Claude signed.
    Ok(value.map(|value| Signature::unseal(value, Origin::Anthropic)))
}

/// Reads the reasoning of an assistant message: LiteLLM's `thinking_blocks` or OpenRouter's `reasoning_details`, which keep
/// the signatures, or else the text under either of its two names.
pub(super) fn read_thinking<'a>(message: &Field<'_, '_, 'a>, parts: &mut Vec<Part<'a>>) -> Result<(), ApiError> {
    if let Some(blocks) = message.member("thinking_blocks")
        && blocks.value.items().next().is_some()
    {
        for block in blocks.items() {
            let block = block.object()?;
            match &*block.need("type")?.text()?.decode() {
                "thinking" => {
                    let text = block.text_of("thinking")?.unwrap_or_default();
                    parts.push(Part::Thinking { text, signature: read_signature(&block)? });
                }
                "redacted_thinking" => parts.push(Part::RedactedThinking(block.need("data")?.text()?)),
                _ => {}
            }
        }
        return Ok(());
    }
    if let Some(list) = message.member(details::NAME)
        && list.value.items().next().is_some()
    {
        for piece in list.array()?.items() {
            if let Some(detail) = Detail::read(piece.object()?.value) {
                detail.add_to(parts);
            }
        }
        return Ok(());
    }
    parts.extend(reasoning_text(message)?.map(|text| Part::Thinking { text, signature: None }));
    Ok(())
}

/// DeepSeek, xAI and LiteLLM say `reasoning_content`; Groq, OpenRouter, Together and newer vLLM say `reasoning`. Some
/// send both, with the same text.
fn reasoning_text<'a>(message: &Field<'_, '_, 'a>) -> Result<Option<Text<'a>>, ApiError> {
    let text = match message.text_of("reasoning_content")? {
        Some(text) if !text.is_empty() => Some(text),
        _ => message.text_of("reasoning")?,
    };
    Ok(text.filter(|text| !text.is_empty()))
}

/// Reads `tool_calls`. What a client sends must be by the book; what a provider sends may lack the id, and have its
/// arguments as an object.
pub(super) fn read_calls<'a>(
    calls: &Field<'_, '_, 'a>,
    from_client: bool,
    parts: &mut Vec<Part<'a>>,
) -> Result<(), ApiError> {
    for call in calls.array()?.items() {
        let call = call.object()?;
        if let Some(kind) = call.text_of("type")?
            && !kind.is("function")
            && call.member("function").is_none()
        {
            parts.push(Part::Other { kind, raw: call.value.raw() });
            continue;
        }
        let id = match from_client {
            true => call.need("id")?.text()?,
            false => call.text_of("id")?.unwrap_or_default(),
        };
        let function = call.need("function")?.object()?;
        parts.push(Part::ToolCall(ToolCall {
            id,
            name: function.need("name")?.text()?,
            arguments: read_arguments(&function, from_client)?,
            signature: read_thought_signature(call.value),
            cache: read_cache(&call),
        }));
    }
    Ok(())
}

/// The `arguments` of a function; a call without is a call with none.
pub(super) fn read_arguments<'a>(function: &Field<'_, '_, 'a>, from_client: bool) -> Result<Arguments<'a>, ApiError> {
    match function.member("arguments") {
        None => Ok(Arguments::Text(Text::default())),
        Some(object) if !from_client && object.value.kind() == Kind::Object => Ok(Arguments::Json(object.value.raw())),
        Some(text) => text.text().map(Arguments::Text),
    }
}
