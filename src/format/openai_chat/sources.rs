//! Where an answer's text comes from: OpenAI's `annotations`, and what providers of its shape have beside them.

use crate::chat::{Citation, Part};
use crate::wire::json::{Text, Value, Writer};

/// How many sources of one answer are kept.
const MAX: usize = 512;

/// The annotations of a message or of a delta.
pub(super) fn of_message<'a>(message: Value<'_, 'a>) -> Vec<Citation<'a>> {
    let all = message.some("annotations").into_iter().flat_map(|list| list.items());
    all.take(MAX).filter_map(read).collect()
}

fn read<'a>(annotation: Value<'_, 'a>) -> Option<Citation<'a>> {
    if !annotation.get("type")?.is("url_citation") {
        return None;
    }
    // Flat in the Responses API, and in some servers here.
    let of = annotation.some("url_citation").unwrap_or(annotation);
    let text = |name: &str| of.some(name).and_then(Value::text).filter(|text| !text.is_empty());
    let number = |name: &str| of.some(name).and_then(Value::u64);
    Some(Citation {
        url: text("url"),
        title: text("title"),
        // OpenRouter's.
        quote: text("content"),
        span: number("start_index").zip(number("end_index")).filter(|(start, end)| start < end),
    })
}

/// What a provider says of the whole answer: Perplexity's `search_results`, or its and xAI's `citations`, which are
/// addresses; Zhipu's `web_search`.
pub(super) fn of_answer<'a>(root: Value<'_, 'a>) -> Vec<Citation<'a>> {
    let list = |name: &str| root.some(name).into_iter().flat_map(|list| list.items()).take(MAX);
    let text = |of: Value<'_, 'a>, name: &str| of.some(name).and_then(Value::text).filter(|text| !text.is_empty());
    let entry = |of: Value<'_, 'a>| {
        let url = text(of, "url").or_else(|| text(of, "link"))?;
        let quote = text(of, "snippet").or_else(|| text(of, "content"));
        Some(Citation { url: Some(url), title: text(of, "title"), quote, span: None })
    };
    for name in ["search_results", "web_search"] {
        let found: Vec<_> = list(name).filter_map(entry).collect();
        if !found.is_empty() {
            return found;
        }
    }
    list("citations").filter_map(Value::text).map(|url| Citation { url: Some(url), ..Citation::default() }).collect()
}

/// Writes `annotations`, if there are sources.
pub(super) fn write_all(parts: &[Part<'_>], writer: &mut Writer) {
    if !parts.iter().any(|part| matches!(part, Part::Citation(_))) {
        return;
    }
    writer.key("annotations").open_array();
    let (mut before, mut so_far) = (0, 0);
    for part in parts {
        match part {
            Part::Text { text, .. } => (before, so_far) = (so_far, so_far + text.chars()),
            Part::Citation(citation) => write(None, citation, (before, so_far), writer),
            _ => {}
        }
    }
    writer.close_array();
}

/// One annotation; in a stream it carries its index. `text`: the characters of the text just before it, which it is
/// about where it does not say.
pub(super) fn write(index: Option<u64>, citation: &Citation<'_>, text: (u64, u64), writer: &mut Writer) {
    let (start, end) = citation.span.unwrap_or(text);
    let nothing = Text::default();
    // An address must be there; a document that has none has its title.
    writer.open();
    if let Some(index) = index {
        writer.key("index").number(index);
    }
    writer.key("type").string("url_citation").key("url_citation").open();
    writer.key("url").text(citation.url.as_ref().unwrap_or(&nothing));
    writer.key("title").text(citation.title.as_ref().or(citation.url.as_ref()).unwrap_or(&nothing));
    writer.key("start_index").number(start).key("end_index").number(end);
    if let Some(quote) = &citation.quote {
        writer.key("content").text(quote);
    }
    writer.close().close();
}
