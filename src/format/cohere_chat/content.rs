//! What messages of requests and of answers have in common: blocks of content, calls, sources, log probabilities.

use crate::chat::{ApiError, Arguments, Citation, Logprob, Media, MediaKind, Part, ToolCall};
use crate::format::field::Field;
use crate::format::openai::read_url;
use crate::wire::json::{Kind, Text, Value};

/// Reads a `content` member: a string or a list of blocks.
pub(super) fn read_content<'a>(content: &Field<'_, '_, 'a>, parts: &mut Vec<Part<'a>>) -> Result<(), ApiError> {
    match content.value.kind() {
        Kind::String => parts.push(Part::Text { text: content.text()?, cache: None }),
        Kind::Array => {
            for block in content.items() {
                parts.push(read_block(&block.object()?)?);
            }
        }
        _ => return Err(content.wrong("a string or an array of blocks")),
    }
    Ok(())
}

fn read_block<'a>(block: &Field<'_, '_, 'a>) -> Result<Part<'a>, ApiError> {
    let kind = block.need("type")?.text()?;
    Ok(match &*kind.decode() {
        "text" => Part::Text { text: block.need("text")?.text()?, cache: None },
        "thinking" => Part::Thinking { text: block.need("thinking")?.text()?, signature: None },
        "image_url" => {
            let image = block.need("image_url")?.object()?;
            let source = read_url(&image.need("url")?)?;
            let detail = image.text_of("detail")?;
            Part::Media(Media { kind: MediaKind::Image, source, detail, filename: None, cache: None })
        }
        "document" => read_document(&block.need("document")?)?,
        _ => Part::Other { kind, raw: block.value.raw() },
    })
}

/// A document as a text: a string as it is, an object as its JSON, since Cohere shows its model all names and values.
pub(super) fn read_document<'a>(document: &Field<'_, '_, 'a>) -> Result<Part<'a>, ApiError> {
    let text = match document.value.kind() {
        Kind::String => document.text()?,
        Kind::Object => {
            document.need("data")?;
            Text::from_plain(document.value.raw())
        }
        _ => return Err(document.wrong("a string or an object")),
    };
    Ok(Part::Text { text, cache: None })
}

/// Reads `tool_calls`. What a client sends must be by the book; what a provider sends may lack the id.
pub(super) fn read_calls<'a>(
    calls: &Field<'_, '_, 'a>,
    from_client: bool,
    parts: &mut Vec<Part<'a>>,
) -> Result<(), ApiError> {
    for call in calls.array()?.items() {
        let call = call.object()?;
        let id = match from_client {
            true => call.need("id")?.text()?,
            false => call.text_of("id")?.unwrap_or_default(),
        };
        let function = call.need("function")?.object()?;
        let name = function.need("name")?.text()?;
        let arguments = match function.member("arguments") {
            None => Arguments::Text(Text::default()),
            Some(object) if object.value.kind() == Kind::Object => Arguments::Json(object.value.raw()),
            Some(text) => Arguments::Text(text.text()?),
        };
        parts.push(Part::ToolCall(ToolCall { id, name, arguments, signature: None, cache: None }));
    }
    Ok(())
}

/// A citation is about a text, about the reasoning or about the plan; only of the first can it be said where.
pub(super) fn is_about_text(citation: Value<'_, '_>) -> bool {
    citation.some("type").is_none_or(|kind| kind.is("TEXT_CONTENT"))
}

/// Reads one citation, each of its sources by itself. `base`: how many characters of text come before its block.
pub(super) fn read_citation<'a>(citation: Value<'_, 'a>, base: u64, each: &mut dyn FnMut(Citation<'a>)) {
    let place = |name: &str| Some(citation.some(name)?.u64()?.saturating_add(base));
    let span = place("start").zip(place("end"));
    let mut sources = citation.some("sources").into_iter().flat_map(Value::items).peekable();
    if sources.peek().is_none() {
        return each(Citation { span, ..Citation::default() });
    }
    for source in sources {
        let content = source.some("document").or_else(|| source.some("tool_output"));
        let text = |object: Option<Value<'_, 'a>>, name: &str| {
            object.and_then(|object| object.get(name)).and_then(Value::text).filter(|text| !text.is_empty())
        };
        each(Citation {
            url: text(content, "url"),
            title: text(content, "title").or_else(|| text(Some(source), "id")),
            // What Cohere's own examples call a document's passage.
            quote: text(content, "snippet"),
            span,
        });
    }
}

/// Reads the likelihood of a piece of text. Where it has several tokens, it is as likely as all of them together.
pub(super) fn read_logprob<'a>(item: Value<'_, 'a>) -> Option<Logprob<'a>> {
    let mut numbers = item.some("logprobs")?.items().filter_map(Value::number);
    let (first, second) = (numbers.next()?, numbers.next());
    let logprob = match second {
        None => Text::from_raw(first),
        Some(second) => {
            let number = |text: &str| text.parse::<f64>().unwrap_or(0.0);
            let sum = numbers.fold(number(first) + number(second), |sum, more| sum + number(more));
            // A number of JSON, however far the sum went.
            Text::from_raw_owned(sum.clamp(-1.0e9, 1.0e9).to_string())
        }
    };
    let token = item.get("text").and_then(Value::text).unwrap_or_default();
    Some(Logprob { token, logprob, top: Vec::new() })
}
