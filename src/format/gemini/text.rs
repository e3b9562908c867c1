//! Which strings of a body a policy may look at and change. What no row names is text. Both names of a field count.

use super::names::is_named;
use crate::format::{Step, TextKind};

/// A row: the path below its root, where `*` is any item and `**` (at the end) everything below.
type Row = (&'static [&'static str], TextKind);

/// From the top of a request or an answer.
const ROOT: &[Row] = &[
    (&["model"], TextKind::Opaque),
    (&["cachedContent"], TextKind::Opaque),
    (&["serviceTier"], TextKind::Opaque),
    (&["contents", "*", "role"], TextKind::Opaque),
    (&["systemInstruction", "role"], TextKind::Opaque),
    (&["safetySettings", "*", "**"], TextKind::Opaque),
    (&["toolConfig", "functionCallingConfig", "**"], TextKind::Opaque),
    (&["toolConfig", "retrievalConfig", "languageCode"], TextKind::Opaque),
    (&["tools", "*", "functionDeclarations", "*", "name"], TextKind::Opaque),
    (&["tools", "*", "functionDeclarations", "*", "behavior"], TextKind::Opaque),
    (&["tools", "*", "codeExecution", "**"], TextKind::Opaque),
    (&["tools", "*", "computerUse", "environment"], TextKind::Opaque),
    (&["tools", "*", "fileSearch", "fileSearchStoreNames", "*"], TextKind::Opaque),
    (&["tools", "*", "mcpServers", "*", "name"], TextKind::Opaque),
    (&["generationConfig", "responseMimeType"], TextKind::Opaque),
    (&["generationConfig", "responseModalities", "*"], TextKind::Opaque),
    (&["generationConfig", "mediaResolution"], TextKind::Opaque),
    (&["generationConfig", "thinkingConfig", "**"], TextKind::Opaque),
    (&["generationConfig", "speechConfig", "**"], TextKind::Opaque),
    (&["generationConfig", "imageConfig", "**"], TextKind::Opaque),
    (&["generationConfig", "seed"], TextKind::Opaque),
    (&["generationConfig", "continuationToken"], TextKind::Opaque),
    (&["candidates", "*", "finishReason"], TextKind::Opaque),
    (&["candidates", "*", "content", "role"], TextKind::Opaque),
    (&["responseId"], TextKind::Opaque),
    (&["modelVersion"], TextKind::Opaque),
    (&["createTime"], TextKind::Opaque),
];

/// From a part, wherever parts stand.
const PART: &[Row] = &[
    // Signed: a changed letter makes the whole request invalid.
    (&["thoughtSignature"], TextKind::Opaque),
    (&["inlineData", "mimeType"], TextKind::Opaque),
    (&["inlineData", "data"], TextKind::Opaque),
    (&["fileData", "mimeType"], TextKind::Opaque),
    (&["fileData", "fileUri"], TextKind::Url),
    (&["functionCall", "id"], TextKind::Opaque),
    (&["functionCall", "name"], TextKind::Opaque),
    (&["functionResponse", "id"], TextKind::Opaque),
    (&["functionResponse", "name"], TextKind::Opaque),
    (&["functionResponse", "scheduling"], TextKind::Opaque),
    (&["functionResponse", "parts", "*", "inlineData", "mimeType"], TextKind::Opaque),
    (&["functionResponse", "parts", "*", "inlineData", "data"], TextKind::Opaque),
    (&["functionResponse", "parts", "*", "fileData", "mimeType"], TextKind::Opaque),
    (&["functionResponse", "parts", "*", "fileData", "fileUri"], TextKind::Url),
    (&["executableCode", "id"], TextKind::Opaque),
    (&["executableCode", "language"], TextKind::Opaque),
    (&["codeExecutionResult", "id"], TextKind::Opaque),
    (&["codeExecutionResult", "outcome"], TextKind::Opaque),
    (&["toolCall", "id"], TextKind::Opaque),
    (&["toolCall", "toolType"], TextKind::Opaque),
    (&["toolResponse", "id"], TextKind::Opaque),
    (&["toolResponse", "toolType"], TextKind::Opaque),
    (&["mediaResolution", "**"], TextKind::Opaque),
    (&["mediaProcessing"], TextKind::Opaque),
    (&["videoMetadata", "**"], TextKind::Opaque),
];

/// Where parts stand.
const PARTS: &[&[&str]] = &[
    &["contents", "*", "parts", "*"],
    &["systemInstruction", "parts", "*"],
    &["candidates", "*", "content", "parts", "*"],
];

/// Where schemas stand, of either dialect.
const SCHEMAS: &[&[&str]] = &[
    &["tools", "*", "functionDeclarations", "*", "parameters"],
    &["tools", "*", "functionDeclarations", "*", "parametersJsonSchema"],
    &["tools", "*", "functionDeclarations", "*", "response"],
    &["tools", "*", "functionDeclarations", "*", "responseJsonSchema"],
    &["generationConfig", "responseSchema"],
    &["generationConfig", "responseJsonSchema"],
];

/// What a keyword of a schema has below it, where that is not more schemas.
enum Below {
    /// Names of the client's, each with a schema.
    Names,
    /// Strings and numbers the validator reads.
    Fixed,
    /// Values the model reads.
    Values,
}

const SCHEMA_WORDS: &[(&str, Below)] = &[
    ("properties", Below::Names),
    ("patternProperties", Below::Names),
    ("$defs", Below::Names),
    ("defs", Below::Names),
    ("definitions", Below::Names),
    ("dependentSchemas", Below::Names),
    ("type", Below::Fixed),
    ("format", Below::Fixed),
    ("pattern", Below::Fixed),
    ("required", Below::Fixed),
    ("propertyOrdering", Below::Fixed),
    ("contentEncoding", Below::Fixed),
    ("contentMediaType", Below::Fixed),
    ("$ref", Below::Fixed),
    ("ref", Below::Fixed),
    ("$schema", Below::Fixed),
    ("$id", Below::Fixed),
    ("$anchor", Below::Fixed),
    ("minimum", Below::Fixed),
    ("maximum", Below::Fixed),
    ("exclusiveMinimum", Below::Fixed),
    ("exclusiveMaximum", Below::Fixed),
    ("multipleOf", Below::Fixed),
    ("minLength", Below::Fixed),
    ("maxLength", Below::Fixed),
    ("minItems", Below::Fixed),
    ("maxItems", Below::Fixed),
    ("minProperties", Below::Fixed),
    ("maxProperties", Below::Fixed),
    ("enum", Below::Values),
    ("const", Below::Values),
    ("default", Below::Values),
    ("example", Below::Values),
    ("examples", Below::Values),
];

/// See [`crate::format::Format::text_at`].
pub(super) fn text_at(path: &[Step<'_>]) -> TextKind {
    // A count of tokens may hold the request it is about.
    let path = below(&["generateContentRequest"], path).unwrap_or(path);
    if let Some(part) = PARTS.iter().find_map(|place| below(place, path)) {
        return look_up(PART, part);
    }
    match SCHEMAS.iter().find_map(|place| below(place, path)) {
        Some(schema) => in_schema(schema),
        None => look_up(ROOT, path),
    }
}

fn look_up(rows: &[Row], path: &[Step<'_>]) -> TextKind {
    let hit = rows.iter().find(|(pattern, _)| match pattern {
        [above @ .., "**"] => below(above, path).is_some_and(|rest| !rest.is_empty()),
        _ => below(pattern, path).is_some_and(<[_]>::is_empty),
    });
    hit.map_or(TextKind::Text, |(_, kind)| *kind)
}

/// The rest of the path, if it begins like the pattern.
fn below<'s, 'a>(pattern: &[&str], path: &'s [Step<'a>]) -> Option<&'s [Step<'a>]> {
    let (head, rest) = path.split_at_checked(pattern.len())?;
    let same = head.iter().zip(pattern).all(|(step, word)| match step {
        Step::Key(name) => is_named(name, word),
        Step::Item => *word == "*",
    });
    same.then_some(rest)
}

/// Keywords count only where a schema stands: a property may be called `type`, and a default may hold a `format`.
fn in_schema(path: &[Step<'_>]) -> TextKind {
    let mut is_name = false;
    for step in path {
        let Step::Key(word) = step else { continue };
        if std::mem::take(&mut is_name) {
            continue;
        }
        match SCHEMA_WORDS.iter().find(|(known, _)| is_named(word, known)) {
            Some((_, Below::Names)) => is_name = true,
            Some((_, Below::Fixed)) => return TextKind::Opaque,
            Some((_, Below::Values)) => return TextKind::Text,
            None => {}
        }
    }
    TextKind::Text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_string_of_a_body_is_what_its_row_says() {
        use TextKind::{Opaque, Text, Url};
        let rows = [
            ("contents.[].role", Opaque),
            ("contents.[].parts.[].text", Text),
            ("contents.[].parts.[].thoughtSignature", Opaque),
            ("contents.[].parts.[].thought_signature", Opaque),
            ("contents.[].parts.[].inlineData.data", Opaque),
            ("contents.[].parts.[].inline_data.mime_type", Opaque),
            ("contents.[].parts.[].inlineData.displayName", Text),
            ("contents.[].parts.[].fileData.fileUri", Url),
            ("contents.[].parts.[].functionCall.name", Opaque),
            ("contents.[].parts.[].functionCall.args.name", Text),
            ("contents.[].parts.[].functionCall.args.id.[]", Text),
            ("contents.[].parts.[].function_response.response.output", Text),
            ("contents.[].parts.[].functionResponse.response.id", Text),
            ("contents.[].parts.[].functionResponse.parts.[].inlineData.data", Opaque),
            ("contents.[].parts.[].executableCode.code", Text),
            ("contents.[].parts.[].executableCode.language", Opaque),
            ("contents.[].parts.[].from_the_future", Text),
            ("systemInstruction.parts.[].text", Text),
            ("system_instruction.role", Opaque),
            ("systemInstruction", Text),
            ("tools.[].functionDeclarations.[].name", Opaque),
            ("tools.[].functionDeclarations.[].description", Text),
            ("tools.[].function_declarations.[].parameters.type", Opaque),
            ("tools.[].functionDeclarations.[].parameters.properties.type.description", Text),
            ("tools.[].functionDeclarations.[].parametersJsonSchema.properties.x.enum.[]", Text),
            ("tools.[].functionDeclarations.[].parametersJsonSchema.$defs.x.$ref", Opaque),
            ("tools.[].functionDeclarations.[].parameters.any_of.[].property_ordering.[]", Opaque),
            ("tools.[].googleSearch.excludeDomains.[]", Text),
            ("toolConfig.functionCallingConfig.allowedFunctionNames.[]", Opaque),
            ("generationConfig.stopSequences.[]", Text),
            ("generationConfig.responseSchema.properties.a.format", Opaque),
            ("generationConfig.responseMimeType", Opaque),
            ("generation_config.thinking_config.thinking_level", Opaque),
            ("safetySettings.[].category", Opaque),
            ("cachedContent", Opaque),
            ("labels.team", Text),
            ("generateContentRequest.contents.[].parts.[].text", Text),
            ("generateContentRequest.contents.[].parts.[].inlineData.data", Opaque),
            ("candidates.[].content.parts.[].thoughtSignature", Opaque),
            ("candidates.[].content.parts.[].text", Text),
            ("candidates.[].finishReason", Opaque),
            ("responseId", Opaque),
            ("something_new.deep.[]", Text),
        ];
        for (path, kind) in rows {
            let steps: Vec<_> =
                path.split('.').map(|word| if word == "[]" { Step::Item } else { Step::Key(word) }).collect();
            assert_eq!(text_at(&steps), kind, "{path}");
        }
    }
}
