//! `usage`: `tokens` is what the model read and wrote, `billed_units` the smaller number that is paid for.

use crate::chat::Usage;
use crate::wire::json::{Value, Writer};

/// Reads a usage object; None if it counts nothing. Numbers are floats there, mostly whole.
pub(super) fn read(usage: Value<'_, '_>) -> Option<Usage> {
    let of = |part: &str, name: &str| usage.some(part).and_then(|part| part.get(name)).and_then(Value::u64);
    let billed = |name: &str| of("billed_units", name);
    let count = |name: &str| of("tokens", name).or_else(|| billed(name));
    let (input, output) = (count("input_tokens"), count("output_tokens"));
    input.or(output)?;
    let cache_read = usage.some("cached_tokens").and_then(Value::u64).unwrap_or(0);
    let counted = Usage {
        // Cached tokens are counted as input, too.
        input: input.unwrap_or(0).max(cache_read),
        output: output.unwrap_or(0),
        cache_read,
        ..Usage::default()
    };
    Some(counted.billed(billed("input_tokens"), billed("output_tokens")))
}

/// Writes a usage object.
pub(super) fn write(usage: &Usage, writer: &mut Writer) {
    writer.open();
    let billed = (usage.input.saturating_sub(usage.unbilled_input), usage.output.saturating_sub(usage.unbilled_output));
    for (part, (input, output)) in [("billed_units", billed), ("tokens", (usage.input, usage.output))] {
        writer.key(part).open().key("input_tokens").number(input).key("output_tokens").number(output).close();
    }
    writer.key("cached_tokens").number(usage.cache_read).close();
}
