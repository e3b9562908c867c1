//! `usageMetadata`: what an exchange took. Google counts the cached tokens into the prompt, as we do, and keeps apart
//! from it what its tools brought in, and from the answer what was thought.

use super::names::{count, get, text};
use crate::chat::Usage;
use crate::wire::json::{Text, Value, Writer};

/// Reads the counts; None if there are none.
pub(super) fn read(counts: Value<'_, '_>) -> Option<Usage> {
    let number = |name| count(counts, name);
    let (prompt, total) = (number("promptTokenCount"), number("totalTokenCount"));
    let candidates = number("candidatesTokenCount");
    if prompt.is_none() && total.is_none() && candidates.is_none() {
        return None;
    }
    let tools = number("toolUsePromptTokenCount").unwrap_or(0);
    let thoughts = number("thoughtsTokenCount").unwrap_or(0);
    let input = prompt.unwrap_or(0).saturating_add(tools);
    let output = match candidates {
        Some(candidates) => candidates.saturating_add(thoughts),
        // Left out where nothing was said, and by some servers before the end.
        None => total.unwrap_or(0).saturating_sub(input).max(thoughts),
    };
    Some(Usage {
        input,
        output,
        cache_read: number("cachedContentTokenCount").unwrap_or(0),
        reasoning: thoughts,
        input_audio: of(counts, "promptTokensDetails", "AUDIO"),
        output_audio: of(counts, "candidatesTokensDetails", "AUDIO"),
        cache_read_audio: of(counts, "cacheTokensDetails", "AUDIO"),
        input_image: of(counts, "promptTokensDetails", "IMAGE"),
        output_image: of(counts, "candidatesTokensDetails", "IMAGE"),
        ..Usage::default()
    })
}

/// The tokens of one modality.
fn of(counts: Value<'_, '_>, name: &str, modality: &str) -> u64 {
    let details = get(counts, name).into_iter().flat_map(Value::items);
    let wanted = |detail: &Value<'_, '_>| text(*detail, "modality").is_some_and(|word| word.is(modality));
    details.filter(wanted).filter_map(|detail| count(detail, "tokenCount")).fold(0, u64::saturating_add)
}

/// Vertex's words for how a request was served, and OpenAI's.
const TIERS: &[(&str, &str)] = &[
    ("ON_DEMAND", "default"),
    ("ON_DEMAND_PRIORITY", "priority"),
    ("ON_DEMAND_FLEX", "flex"),
    ("PROVISIONED_THROUGHPUT", "scale"),
];

/// The tier that served it, where the counts say so.
pub(super) fn tier<'a>(counts: Value<'_, '_>) -> Option<Text<'a>> {
    let word = text(counts, "trafficType")?;
    TIERS.iter().find(|(known, _)| word.is(known)).map(|(_, tier)| Text::from_raw(tier))
}

/// Writes the counts.
pub(super) fn write(usage: &Usage, tier: Option<&Text<'_>>, out: &mut Writer) {
    out.open().key("promptTokenCount").number(usage.input);
    out.key("candidatesTokenCount").number(usage.output.saturating_sub(usage.reasoning));
    out.key("totalTokenCount").number(usage.total());
    if usage.cache_read > 0 {
        out.key("cachedContentTokenCount").number(usage.cache_read);
    }
    if usage.reasoning > 0 {
        out.key("thoughtsTokenCount").number(usage.reasoning);
    }
    let answered = usage.output.saturating_sub(usage.reasoning);
    let details = [
        ("promptTokensDetails", usage.input, usage.input_audio, usage.input_image),
        ("cacheTokensDetails", usage.cache_read, usage.cache_read_audio, 0),
        ("candidatesTokensDetails", answered, usage.output_audio, usage.output_image),
    ];
    for (name, all, sound, pictures) in details.into_iter().filter(|(_, _, sound, pictures)| sound + pictures > 0) {
        out.key(name).open_array();
        let text = all.saturating_sub(sound).saturating_sub(pictures);
        let counts = [("TEXT", text), ("AUDIO", sound), ("IMAGE", pictures)];
        for (modality, tokens) in counts.into_iter().filter(|(modality, tokens)| *modality == "TEXT" || *tokens > 0) {
            out.open().key("modality").string(modality).key("tokenCount").number(tokens).close();
        }
        out.close_array();
    }
    let word = tier.and_then(|tier| TIERS.iter().find(|(_, known)| tier.is(known)));
    if let Some((word, _)) = word {
        out.key("trafficType").string(word);
    }
    out.close();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::json::Doc;

    fn of(counts: &str) -> Option<Usage> {
        read(Doc::parse(counts.as_bytes()).unwrap().root())
    }

    #[test]
    fn counts_are_summed_as_openai_counts() {
        let rows = [
            (
                r#"{"promptTokenCount":10,"candidatesTokenCount":3,"totalTokenCount":20,"thoughtsTokenCount":5,"toolUsePromptTokenCount":2,"cachedContentTokenCount":4}"#,
                Some(Usage { input: 12, output: 8, cache_read: 4, reasoning: 5, ..Usage::default() }),
            ),
            (
                r#"{"promptTokenCount":"10","totalTokenCount":15}"#,
                Some(Usage { input: 10, output: 5, ..Usage::default() }),
            ),
            (
                r#"{"promptTokenCount":10,"totalTokenCount":10,"thoughtsTokenCount":7}"#,
                Some(Usage { input: 10, output: 7, reasoning: 7, ..Usage::default() }),
            ),
            (
                r#"{"promptTokenCount":10,"candidatesTokenCount":6,"promptTokensDetails":[{"modality":"TEXT","tokenCount":3},{"modality":"AUDIO","tokenCount":7}],"candidatesTokensDetails":[{"modality":"AUDIO","tokenCount":5}]}"#,
                Some(Usage { input: 10, output: 6, input_audio: 7, output_audio: 5, ..Usage::default() }),
            ),
            (
                r#"{"promptTokenCount":10,"candidatesTokenCount":9,"cachedContentTokenCount":6,"promptTokensDetails":[{"modality":"AUDIO","tokenCount":5},{"modality":"IMAGE","tokenCount":4}],"cacheTokensDetails":[{"modality":"AUDIO","tokenCount":2},{"modality":"TEXT","tokenCount":4}],"candidatesTokensDetails":[{"modality":"IMAGE","tokenCount":8}]}"#,
                Some(Usage {
                    input: 10,
                    output: 9,
                    cache_read: 6,
                    input_audio: 5,
                    cache_read_audio: 2,
                    input_image: 4,
                    output_image: 8,
                    ..Usage::default()
                }),
            ),
            (r#"{"trafficType":"ON_DEMAND"}"#, None),
            (r#"{}"#, None),
            (r#"7"#, None),
        ];
        for (counts, want) in rows {
            assert_eq!(of(counts), want, "{counts}");
            if let Some(usage) = want {
                let mut out = Writer::default();
                write(&usage, Some(&Text::from_raw("flex")), &mut out);
                let written = String::from_utf8(out.out).unwrap();
                assert_eq!(of(&written), Some(usage), "{written}");
                let doc = Doc::parse(written.as_bytes()).unwrap();
                assert_eq!(tier(doc.root()).unwrap().raw(), "flex");
            }
        }
    }
}
