//! Where a text comes from: the `citations` of a text block.

use crate::chat::Citation;
use crate::wire::json::{Text, Value, Writer};

/// Reads one, of any kind. `span`: which characters of the answer the block is.
pub(super) fn read<'a>(citation: Value<'_, 'a>, span: (u64, u64)) -> Option<Citation<'a>> {
    let text = |name: &str| citation.some(name).and_then(Value::text).filter(|text| !text.is_empty());
    let found = Citation {
        // A search result's `source` is an address, or what the client calls it by.
        url: text("url").or_else(|| text("source")),
        title: text("title").or_else(|| text("document_title")),
        quote: text("cited_text"),
        span: Some(span).filter(|(start, end)| start < end),
    };
    (found.url.is_some() || found.title.is_some() || found.quote.is_some()).then_some(found)
}

/// Writes `citations`, if there are any.
pub(super) fn write_all<'c, 'a: 'c>(citations: impl Iterator<Item = &'c Citation<'a>>, out: &mut Writer) {
    let mut citations = citations.peekable();
    if citations.peek().is_none() {
        return;
    }
    out.key("citations").open_array();
    citations.for_each(|citation| write(citation, out));
    out.close_array();
}

/// One: found in the web if it has an address, else in a document. What only Anthropic knows of it is empty: which part
/// of which of its own results.
pub(super) fn write(citation: &Citation<'_>, out: &mut Writer) {
    let nothing = Text::default();
    let quote = citation.quote.as_ref().unwrap_or(&nothing);
    let title = |name: &str, out: &mut Writer| {
        match &citation.title {
            Some(title) => out.key(name).text(title),
            None => out.key(name).null(),
        };
    };
    match &citation.url {
        Some(url) => {
            out.open().key("type").string("web_search_result_location").key("url").text(url);
            title("title", out);
            out.key("cited_text").text(quote).key("encrypted_index").string("").close();
        }
        None => {
            out.open().key("type").string("char_location").key("document_index").number(0);
            title("document_title", out);
            out.key("cited_text").text(quote);
            out.key("start_char_index").number(0).key("end_char_index").number(0).close();
        }
    }
}
