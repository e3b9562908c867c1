//! Where an answer comes from: Google's grounding and citations as sources of the text, and sources as grounding.
//!
//! Google counts in bytes of UTF-8, the unified model in characters, both from the answer's first. A source without a
//! place in the text is one of the whole.

use std::collections::BTreeMap;

use super::names::{count, get, text};
use crate::chat::Citation;
use crate::wire::json::{Text, Value, Writer};

/// How many sources one answer may have; what is beyond says nothing.
const MAX_SOURCES: usize = 4096;

/// The sources that a candidate names. `said`: its text so far. `starts`: where in it each part begins, where parts are
/// told apart.
pub(super) fn read<'a>(candidate: Value<'_, 'a>, said: &str, starts: &[usize]) -> Vec<Citation<'a>> {
    let mut found = Vec::new();
    if let Some(metadata) = get(candidate, "citationMetadata") {
        // The Gemini API's older name, and Vertex's.
        let list = get(metadata, "citations").or_else(|| get(metadata, "citationSources"));
        for source in list.into_iter().flat_map(Value::items).take(MAX_SOURCES) {
            let span = count(source, "endIndex").map(|end| (count(source, "startIndex").unwrap_or(0), end));
            found.push(Citation { url: text(source, "uri"), title: text(source, "title"), quote: None, span });
        }
    }
    if let Some(metadata) = get(candidate, "groundingMetadata") {
        grounding(metadata, starts, &mut found);
    }
    found.truncate(MAX_SOURCES);
    in_characters(&mut found, said);
    found
}

fn grounding<'a>(metadata: Value<'_, 'a>, starts: &[usize], found: &mut Vec<Citation<'a>>) {
    let chunks: Vec<_> =
        get(metadata, "groundingChunks").into_iter().flat_map(Value::items).take(MAX_SOURCES).collect();
    let mut supports = vec![false; chunks.len()];
    for support in get(metadata, "groundingSupports").into_iter().flat_map(Value::items).take(MAX_SOURCES) {
        let span = get(support, "segment").and_then(|segment| {
            let part = count(segment, "partIndex").unwrap_or(0);
            let base = *starts.get(usize::try_from(part).ok()?)? as u64;
            let start = count(segment, "startIndex").unwrap_or(0);
            Some((base.checked_add(start)?, base.checked_add(count(segment, "endIndex")?)?))
        });
        for index in get(support, "groundingChunkIndices").into_iter().flat_map(Value::items) {
            let Some(index) = index.u64().and_then(|index| usize::try_from(index).ok()) else { continue };
            let (Some(chunk), Some(used)) = (chunks.get(index), supports.get_mut(index)) else { continue };
            *used = true;
            if found.len() < MAX_SOURCES {
                found.extend(source(*chunk).map(|source| Citation { span, ..source }));
            }
        }
    }
    let unused = chunks.iter().zip(supports).filter(|(_, used)| !used);
    found.extend(unused.filter_map(|(chunk, _)| source(*chunk)));
}

/// What one chunk of grounding tells of itself.
fn source<'a>(chunk: Value<'_, 'a>) -> Option<Citation<'a>> {
    let (url, title) = (|of| text(of, "uri"), |of| text(of, "title"));
    if let Some(web) = get(chunk, "web").or_else(|| get(chunk, "maps")) {
        return Some(Citation { url: url(web), title: title(web), ..Citation::default() });
    }
    if let Some(own) = get(chunk, "retrievedContext") {
        return Some(Citation { url: url(own), title: title(own), quote: text(own, "text"), span: None });
    }
    let image = get(chunk, "image")?;
    Some(Citation { url: text(image, "sourceUri"), title: title(image), ..Citation::default() })
}

/// Turns spans in bytes into spans in characters. One that does not lie in the text is none.
fn in_characters(found: &mut [Citation<'_>], said: &str) {
    let most = said.len() as u64;
    let mut ends: Vec<&mut u64> = Vec::new();
    for source in found {
        source.span = source.span.filter(|(start, end)| start <= end && *end <= most);
        if let Some((start, end)) = &mut source.span {
            ends.extend([start, end]);
        }
    }
    ends.sort_unstable();
    let mut ends = ends.into_iter().peekable();
    let mut number = 0;
    for (at, _) in said.char_indices() {
        while let Some(end) = ends.next_if(|end| **end <= at as u64) {
            *end = number;
        }
        number += 1;
    }
    ends.for_each(|end| *end = number);
}

/// Writes sources as grounding of a candidate whose text is `said`.
pub(super) fn write(sources: &[&Citation<'_>], said: &str, out: &mut Writer) {
    let mut chunks: BTreeMap<[Option<&str>; 3], usize> = BTreeMap::new();
    let mut places = Vec::with_capacity(sources.len());
    out.key("groundingMetadata").open().key("groundingChunks").open_array();
    for source in sources {
        let key = [&source.url, &source.title, &source.quote].map(|text| text.as_ref().map(Text::raw));
        let next = chunks.len();
        let index = *chunks.entry(key).or_insert(next);
        places.push(index);
        if index == next {
            chunk(source, out);
        }
    }
    out.close_array();
    let bytes = Bytes::of(said, sources);
    // Sources of the same words, each with its copy of them, must not make a flood of a text.
    let mut copied = 4 * said.len();
    if sources.iter().any(|source| source.span.is_some()) {
        out.key("groundingSupports").open_array();
        for (source, index) in sources.iter().zip(places) {
            let Some((start, end)) = source.span else { continue };
            let (start, end) = (bytes.at(start), bytes.at(end));
            out.open().key("segment").open();
            if start > 0 {
                out.key("startIndex").number(start as u64);
            }
            out.key("endIndex").number(end as u64);
            if let Some(words) = said.get(start..end)
                && words.len() <= copied
            {
                copied -= words.len();
                out.key("text").string(words);
            }
            out.close().key("groundingChunkIndices").open_array().number(index as u64).close_array().close();
        }
        out.close_array();
    }
    out.close();
}

fn chunk(source: &Citation<'_>, out: &mut Writer) {
    out.open().key(if source.quote.is_some() { "retrievedContext" } else { "web" }).open();
    for (name, text) in [("uri", &source.url), ("title", &source.title), ("text", &source.quote)] {
        if let Some(text) = text {
            out.key(name).text(text);
        }
    }
    out.close().close();
}

/// Where characters stand in a text, for those that are asked for.
struct Bytes(BTreeMap<u64, usize>, usize);

impl Bytes {
    fn of(said: &str, sources: &[&Citation<'_>]) -> Self {
        let mut places: BTreeMap<u64, usize> =
            sources.iter().filter_map(|source| source.span).flat_map(|(start, end)| [(start, 0), (end, 0)]).collect();
        let mut wanted = places.iter_mut().peekable();
        for (number, (at, _)) in (0_u64..).zip(said.char_indices()) {
            while let Some((_, place)) = wanted.next_if(|(wanted, _)| **wanted <= number) {
                *place = at;
            }
        }
        wanted.for_each(|(_, place)| *place = said.len());
        Self(places, said.len())
    }

    fn at(&self, number: u64) -> usize {
        self.0.get(&number).copied().unwrap_or(self.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::json::Doc;

    const SAID: &str = "Zürich, übermorgen: 20 °C.";

    fn shown(sources: &[Citation<'_>]) -> Vec<String> {
        let text = |text: &Option<Text<'_>>| text.as_ref().map_or("-".to_owned(), |text| text.decode().into_owned());
        let show = |source: &Citation<'_>| {
            format!("{} {} {} {:?}", text(&source.url), text(&source.title), text(&source.quote), source.span)
        };
        sources.iter().map(show).collect()
    }

    #[test]
    fn grounding_and_citations_become_sources_in_characters() {
        let rows: &[(&str, &[&str])] = &[
            (
                r#"{"groundingMetadata":{"groundingChunks":[{"web":{"uri":"u0","title":"t0"}},{"web":{"uri":"u1"}},{"retrievedContext":{"uri":"u2","title":"t2","text":"q"}},{"image":{"sourceUri":"u3"}},{"odd":{}}],
                    "groundingSupports":[{"segment":{"endIndex":7,"text":"Zürich"},"groundingChunkIndices":[0,2]},{"segment":{"startIndex":9,"endIndex":28},"groundingChunkIndices":[0,9,-1]},{"segment":{"startIndex":5,"endIndex":2000},"groundingChunkIndices":[1]}]}}"#,
                &[
                    "u0 t0 - Some((0, 6))",
                    "u2 t2 q Some((0, 6))",
                    "u0 t0 - Some((8, 25))",
                    "u1 - - None",
                    "u3 - - None",
                ],
            ),
            (
                r#"{"citationMetadata":{"citations":[{"startIndex":9,"endIndex":20,"uri":"u","title":"t"},{"uri":"v"}]}}"#,
                &["u t - Some((8, 18))", "v - - None"],
            ),
            (
                r#"{"citation_metadata":{"citation_sources":[{"end_index":1,"uri":"u"},{"startIndex":9,"endIndex":2}]}}"#,
                &["u - - Some((0, 1))", "- - - None"],
            ),
            ("{}", &[]),
        ];
        for (candidate, want) in rows {
            let doc = Doc::parse(candidate.as_bytes()).unwrap();
            assert_eq!(shown(&read(doc.root(), SAID, &[0])), *want, "{candidate}");
        }
    }

    #[test]
    fn a_part_of_several_is_told_by_its_number() {
        let candidate = r#"{"groundingMetadata":{"groundingChunks":[{"web":{"uri":"u"}}],
            "groundingSupports":[{"segment":{"partIndex":1,"startIndex":1,"endIndex":3},"groundingChunkIndices":[0]},
                                 {"segment":{"partIndex":7,"endIndex":3},"groundingChunkIndices":[0]}]}}"#;
        let doc = Doc::parse(candidate.as_bytes()).unwrap();
        assert_eq!(shown(&read(doc.root(), SAID, &[0, 9])), ["u - - Some((9, 10))", "u - - None"]);
    }

    #[test]
    fn sources_written_and_read_again_are_the_same() {
        let text = Text::from_raw;
        let sources = [
            Citation { url: Some(text("u")), title: Some(text("t")), quote: None, span: Some((8, 18)) },
            Citation { url: Some(text("u")), title: Some(text("t")), quote: None, span: Some((0, 6)) },
            Citation { url: None, title: None, quote: Some(text("q")), span: Some((0, 26)) },
            Citation { url: Some(text("v")), ..Citation::default() },
        ];
        let mut out = Writer::default();
        out.open();
        write(&sources.iter().collect::<Vec<_>>(), SAID, &mut out);
        out.close();
        let doc = Doc::parse(&out.out).unwrap();
        let chunks = get(doc.root(), "groundingMetadata").and_then(|it| get(it, "groundingChunks")).unwrap();
        assert_eq!(chunks.items().count(), 3, "{}", out.out.escape_ascii());
        assert_eq!(shown(&read(doc.root(), SAID, &[0])), shown(&sources));
    }

    #[test]
    fn many_sources_of_one_text_do_not_repeat_it_without_end() {
        let said = "a".repeat(10_000);
        let whole = Citation { url: Some(Text::from_raw("u")), span: Some((0, 10_000)), ..Citation::default() };
        let mut out = Writer::default();
        out.open();
        write(&[&whole; 1000], &said, &mut out);
        out.close();
        assert!(out.out.len() < 200_000, "{}", out.out.len());
        let doc = Doc::parse(&out.out).unwrap();
        assert_eq!(read(doc.root(), &said, &[0]).len(), 1000);
    }
}
