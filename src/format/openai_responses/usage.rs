//! `usage` as the Responses API spells it; it is read as OpenAI's other spelling is.

use crate::chat::Usage;
use crate::wire::json::Writer;

/// Writes a usage object as OpenAI's SDKs know it.
pub(super) fn write(usage: &Usage, writer: &mut Writer) {
    writer.open().key("input_tokens").number(usage.input);
    writer.key("input_tokens_details").open().key("cached_tokens").number(usage.cache_read);
    writer.key("cache_write_tokens").number(usage.cache_write).close();
    writer.key("output_tokens").number(usage.output);
    writer.key("output_tokens_details").open().key("reasoning_tokens").number(usage.reasoning).close();
    writer.key("total_tokens").number(usage.total()).close();
}
