//! `usage`, in OpenAI's spelling and in those of the servers that follow it more or less.

use crate::chat::Usage;
use crate::wire::json::{Value, Writer};

/// Reads a usage object; None if it counts nothing. Numbers that are not whole count as absent.
///
/// - Cache hits are inside `prompt_tokens`. DeepSeek calls them `prompt_cache_hit_tokens`, Databricks and Moonshot put
///   them flat. Only a sum that could not be otherwise proves they were counted apart, and then they are added.
/// - Reasoning is inside `completion_tokens`. xAI counts it apart, which its `total_tokens` proves.
/// - Embeddings have no output; some servers give only the total.
pub(in crate::format) fn read(usage: Value<'_, '_>) -> Option<Usage> {
    let number = |name: &str| usage.some(name).and_then(Value::u64);
    // `input_token_details` is the spelling of transcriptions and realtime sessions.
    let details = |names: [&str; 3]| names.into_iter().find_map(|name| usage.get(name));
    let prompt = details(["prompt_tokens_details", "input_tokens_details", "input_token_details"]);
    let completion = details(["completion_tokens_details", "output_tokens_details", "output_token_details"]);
    let of = |details: Option<Value<'_, '_>>, name: &str| details.and_then(|d| d.get(name)).and_then(Value::u64);

    let total = number("total_tokens");
    let input = number("prompt_tokens").or_else(|| number("input_tokens"));
    let output = number("completion_tokens").or_else(|| number("output_tokens"));
    let mut input = match (input, output) {
        (Some(input), _) => input,
        (None, Some(output)) => total.unwrap_or(output).saturating_sub(output),
        (None, None) => total?,
    };
    let mut output = output.unwrap_or(0);

    let cache_read = of(prompt, "cached_tokens")
        .or_else(|| number("prompt_cache_hit_tokens"))
        .or_else(|| number("cache_read_input_tokens"))
        .or_else(|| number("cached_tokens"))
        .unwrap_or(0);
    let cache_write = of(prompt, "cache_write_tokens")
        .or_else(|| of(prompt, "cache_creation_tokens"))
        .or_else(|| number("cache_creation_input_tokens"))
        .unwrap_or(0);
    let cached = cache_read.saturating_add(cache_write);
    if cached > input {
        input = input.saturating_add(cached);
    }

    let reasoning = of(completion, "reasoning_tokens").or_else(|| number("reasoning_tokens")).unwrap_or(0);
    let apart = input.saturating_add(output).saturating_add(reasoning);
    if reasoning > 0 && total == Some(apart) {
        output = output.saturating_add(reasoning);
    }
    Some(Usage {
        input,
        output,
        cache_read,
        cache_write,
        reasoning,
        input_audio: of(prompt, "audio_tokens").unwrap_or(0),
        output_audio: of(completion, "audio_tokens").unwrap_or(0),
        cache_read_audio: of(prompt.and_then(|d| d.get("cached_tokens_details")), "audio_tokens").unwrap_or(0),
        input_image: of(prompt, "image_tokens").unwrap_or(0),
        output_image: of(completion, "image_tokens").unwrap_or(0),
        ..Usage::default()
    })
}

/// Writes a usage object as OpenAI's SDKs know it.
pub(in crate::format) fn write(usage: &Usage, writer: &mut Writer) {
    writer.open();
    writer.key("prompt_tokens").number(usage.input);
    writer.key("completion_tokens").number(usage.output);
    writer.key("total_tokens").number(usage.total());
    writer.key("prompt_tokens_details").open().key("cached_tokens").number(usage.cache_read);
    if usage.cache_write > 0 {
        writer.key("cache_write_tokens").number(usage.cache_write);
    }
    if usage.input_image > 0 {
        writer.key("image_tokens").number(usage.input_image);
    }
    writer.key("audio_tokens").number(usage.input_audio).close();
    writer.key("completion_tokens_details").open().key("reasoning_tokens").number(usage.reasoning);
    if usage.output_image > 0 {
        writer.key("image_tokens").number(usage.output_image);
    }
    writer.key("audio_tokens").number(usage.output_audio).close();
    writer.close();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::json::Doc;

    #[test]
    fn sound_and_pictures_are_told_apart_for_they_have_prices_of_their_own() {
        let rows = [
            // A picture made by gpt-image, and a realtime session.
            (
                r#"{"input_tokens":60,"input_tokens_details":{"image_tokens":40,"text_tokens":20},"output_tokens":300,"output_tokens_details":{"image_tokens":280,"text_tokens":20},"total_tokens":360}"#,
                Usage { input: 60, output: 300, input_image: 40, output_image: 280, ..Usage::default() },
            ),
            (
                r#"{"total_tokens":275,"input_tokens":127,"output_tokens":148,"input_token_details":{"cached_tokens":64,"text_tokens":110,"audio_tokens":17,"cached_tokens_details":{"text_tokens":58,"audio_tokens":6}},"output_token_details":{"text_tokens":36,"audio_tokens":112}}"#,
                Usage {
                    input: 127,
                    output: 148,
                    cache_read: 64,
                    input_audio: 17,
                    cache_read_audio: 6,
                    output_audio: 112,
                    ..Usage::default()
                },
            ),
        ];
        for (told, want) in rows {
            assert_eq!(read(Doc::parse(told.as_bytes()).unwrap().root()), Some(want), "{told}");
        }
    }
}
