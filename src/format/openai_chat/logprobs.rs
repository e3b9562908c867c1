//! Log probabilities of an answer's tokens, in OpenAI's form and in the older one that Together still has.

use crate::chat::Logprob;
use crate::wire::json::{Text, Value, Writer};

/// Reads a `logprobs` object: the tokens of the text and of the refusal, one after the other.
pub(super) fn read<'a>(logprobs: Value<'_, 'a>) -> Vec<Logprob<'a>> {
    let lists = ["content", "refusal"].into_iter().filter_map(|name| logprobs.some(name));
    let found: Vec<_> = lists.flat_map(|list| list.items()).filter_map(read_token).collect();
    if !found.is_empty() {
        return found;
    }
    let tokens = logprobs.some("tokens").into_iter().flat_map(|list| list.items()).filter_map(Value::text);
    let numbers = logprobs.some("token_logprobs").into_iter().flat_map(|list| list.items()).filter_map(number);
    tokens.zip(numbers).map(|(token, logprob)| Logprob { token, logprob, top: Vec::new() }).collect()
}

fn number<'a>(value: Value<'_, 'a>) -> Option<Text<'a>> {
    value.number().map(Text::from_raw)
}

fn read_token<'a>(item: Value<'_, 'a>) -> Option<Logprob<'a>> {
    let of = |item: Value<'_, 'a>| Some((item.get("token")?.text()?, item.get("logprob").and_then(number)?));
    let (token, logprob) = of(item)?;
    let top = item.some("top_logprobs").into_iter().flat_map(|list| list.items()).filter_map(of).collect();
    Some(Logprob { token, logprob, top })
}

/// Writes the object, or null where there are none. The bytes of a token are not told: another provider's text of it
/// need not be its bytes.
pub(super) fn write(logprobs: &[Logprob<'_>], writer: &mut Writer) {
    if logprobs.is_empty() {
        writer.null();
        return;
    }
    let members = |token: &Text<'_>, logprob: &Text<'_>, writer: &mut Writer| {
        writer.open().key("token").text(token).key("logprob").raw(logprob.raw()).key("bytes").null();
    };
    writer.open().key("content").open_array();
    for Logprob { token, logprob, top } in logprobs {
        members(token, logprob, writer);
        writer.key("top_logprobs").open_array();
        for (token, logprob) in top {
            members(token, logprob, writer);
            writer.close();
        }
        writer.close_array().close();
    }
    writer.close_array().key("refusal").null().close();
}
