//! What a caller's tenants allow of a request, beyond the model: where it may go, which tools it may offer, which tags it
//! owes. A refusal names what was asked, never what others may.

use crate::chat::ApiError;
use crate::handover::TargetRef;
use crate::surface::Operation;
use crate::tenant::{Caller, Tags};
use crate::wire::json::{Doc, Kind, Value};

/// Whether a caller may ask for this kind of thing.
pub(super) fn operation(caller: &Caller, operation: Operation) -> Result<(), ApiError> {
    if caller.may_do(operation) {
        return Ok(());
    }
    let message = format!("tenant {} may not use the operation {}", caller.tenant().id(), operation.name());
    Err(ApiError::forbidden("operation_not_allowed", message))
}

/// Whether a caller may ask for this model.
pub(super) fn model(caller: &Caller, model: &str) -> Result<(), ApiError> {
    if caller.may_use(model) {
        return Ok(());
    }
    let message = format!("tenant {} may not use the model `{model:.100}`", caller.tenant().id());
    Err(ApiError::forbidden("model_not_allowed", message))
}

/// Whether any of a model's targets is left, of those in regions that a caller may use.
pub(super) fn region(caller: &Caller, model: &str, targets: &[TargetRef]) -> Result<(), ApiError> {
    if !targets.is_empty() {
        return Ok(());
    }
    let tenant = caller.tenant().id();
    let message = format!("the model `{model:.100}` is in no region that tenant {tenant} may use");
    Err(ApiError::forbidden("region_not_allowed", message))
}

/// Whether a request has the tags that its caller owes.
pub(super) fn tags(caller: &Caller, tags: &Tags) -> Result<(), ApiError> {
    let Some(name) = caller.missing_tag(tags) else { return Ok(()) };
    let hint = format!("send it in the header x-postern-tags, as {{\"{name}\": \"...\"}}");
    let mut error = ApiError::invalid_request("", format!("this tenant's requests need the tag {name}; {hint}"));
    error.code = Some("tag_required".to_owned());
    Err(error)
}

/// Whether a caller may offer all the tools of a body.
pub(super) fn tools(caller: &Caller, body: &Doc<'_>) -> Result<(), ApiError> {
    if !caller.restricts_tools() {
        return Ok(());
    }
    each_tool(body.root(), &mut |path, name| {
        if caller.may_offer(name) {
            return Ok(());
        }
        let message = format!("{path}: tenant {} may not offer the tool `{name:.100}`", caller.tenant().id());
        let mut error = ApiError::forbidden("tool_not_allowed", message);
        error.param = Some(path);
        Err(error)
    })
}

type Visit<'v> = dyn FnMut(String, &str) -> Result<(), ApiError> + 'v;

/// Shows every tool of a body with its path, in whichever format it is: a function by its name, a tool of the provider's
/// by its type. What tells neither is shown without a name, which no list has.
fn each_tool(body: Value<'_, '_>, visit: &mut Visit<'_>) -> Result<(), ApiError> {
    tool_list(body.some("tools"), "tools", visit)?;
    // OpenAI's older form, and its search that is no tool by its shape.
    for (index, function) in items(body.some("functions")).enumerate() {
        visit(format!("functions[{index}].name"), &word(function, "name"))?;
    }
    if body.some("web_search_options").is_some() {
        visit("web_search_options".to_owned(), "web_search")?;
    }
    // Anthropic's remote servers.
    for (index, _) in items(body.some("mcp_servers")).enumerate() {
        visit(format!("mcp_servers[{index}]"), "mcp")?;
    }
    // Bedrock's, and what passes by it to the model's own format.
    tool_list(body.some("toolConfig").and_then(|config| config.some("tools")), "toolConfig.tools", visit)?;
    let through = body.some("additionalModelRequestFields").and_then(|fields| fields.some("tools"));
    tool_list(through, "additionalModelRequestFields.tools", visit)
}

fn tool_list(list: Option<Value<'_, '_>>, path: &str, visit: &mut Visit<'_>) -> Result<(), ApiError> {
    for (index, tool) in items(list).enumerate() {
        let at = |field: &str| format!("{path}[{index}]{field}");
        if tool.kind() != Kind::Object {
            visit(at(""), "")?;
        } else if let Some(function) = tool.some("function") {
            visit(at(".function.name"), &word(function, "name"))?;
        } else if let Some(custom) = tool.some("custom") {
            visit(at(".custom.name"), &word(custom, "name"))?;
        } else if let Some(spec) = tool.some("toolSpec") {
            visit(at(".toolSpec.name"), &word(spec, "name"))?;
        } else if let Some(system) = tool.some("systemTool") {
            visit(at(".systemTool.name"), &word(system, "name"))?;
        } else if tool.get("type").is_some() {
            match word(tool, "type").as_str() {
                "function" | "custom" => visit(at(".name"), &word(tool, "name"))?,
                kind => visit(at(".type"), kind)?,
            }
        } else if tool.get("name").is_some() {
            visit(at(".name"), &word(tool, "name"))?;
        } else {
            // Gemini's, where one entry has many: declared functions, and its own tools by their fields.
            for (key, value) in tool.members() {
                let key = key.decode();
                match key.as_ref() {
                    "functionDeclarations" | "function_declarations" => {
                        for (inner, function) in items(Some(value)).enumerate() {
                            visit(at(&format!(".{key}[{inner}].name")), &word(function, "name"))?;
                        }
                    }
                    // A mark in Bedrock's list.
                    "cachePoint" => {}
                    key => visit(at(&format!(".{key}")), key)?,
                }
            }
        }
    }
    Ok(())
}

fn items<'d, 'a>(list: Option<Value<'d, 'a>>) -> impl Iterator<Item = Value<'d, 'a>> {
    list.into_iter().flat_map(Value::items)
}

/// The text at a key; empty where there is none.
fn word(object: Value<'_, '_>, key: &str) -> String {
    object.some(key).and_then(Value::text).map(|text| text.decode().into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(row: &str, body: &str) -> Option<String> {
        let body = Doc::parse(body.as_bytes()).unwrap();
        tools(&Caller::planted(row), &body).err().map(|error| {
            assert_eq!((error.status, error.code.as_deref()), (403, Some("tool_not_allowed")));
            assert!(error.message.starts_with(error.param.as_deref().unwrap()));
            error.param.unwrap()
        })
    }

    #[test]
    fn a_tool_is_found_in_every_format_and_refused_with_its_path() {
        let rows = [
            (r#"{"tools":[{"type":"function","function":{"name":"evil"}}]}"#, "tools[0].function.name"),
            (r#"{"tools":[{"type":"custom","custom":{"name":"evil"}}]}"#, "tools[0].custom.name"),
            (r#"{"functions":[{"name":"good"},{"name":"evil"}]}"#, "functions[1].name"),
            (r#"{"web_search_options":{}}"#, "web_search_options"),
            // Responses.
            (r#"{"tools":[{"type":"function","name":"evil"}]}"#, "tools[0].name"),
            (r#"{"tools":[{"type":"custom","name":"evil"}]}"#, "tools[0].name"),
            (r#"{"tools":[{"type":"mcp","server_label":"good"}]}"#, "tools[0].type"),
            (
                r#"{"tools":[{"type":"function","name":"good"},{"type":"code_interpreter","name":"good"}]}"#,
                "tools[1].type",
            ),
            // Anthropic.
            (r#"{"tools":[{"name":"evil","input_schema":{}}]}"#, "tools[0].name"),
            (r#"{"tools":[{"type":"web_search_20250305","name":"good"}]}"#, "tools[0].type"),
            (r#"{"mcp_servers":[{"type":"url","url":"https://x","name":"good"}]}"#, "mcp_servers[0]"),
            // Gemini.
            (
                r#"{"tools":[{"functionDeclarations":[{"name":"good"},{"name":"evil"}]}]}"#,
                "tools[0].functionDeclarations[1].name",
            ),
            (r#"{"tools":[{"function_declarations":[{"name":"evil"}]}]}"#, "tools[0].function_declarations[0].name"),
            (r#"{"tools":[{"googleSearch":{}}]}"#, "tools[0].googleSearch"),
            (r#"{"tools":[{"functionDeclarations":[],"codeExecution":{}}]}"#, "tools[0].codeExecution"),
            // Bedrock.
            (
                r#"{"toolConfig":{"tools":[{"cachePoint":{}},{"toolSpec":{"name":"evil"}}]}}"#,
                "toolConfig.tools[1].toolSpec.name",
            ),
            (
                r#"{"toolConfig":{"tools":[{"systemTool":{"name":"nova_grounding"}}]}}"#,
                "toolConfig.tools[0].systemTool.name",
            ),
            (
                r#"{"additionalModelRequestFields":{"tools":[{"name":"evil"}]}}"#,
                "additionalModelRequestFields.tools[0].name",
            ),
            // What nobody knows.
            (r#"{"tools":[{"function":"evil"}]}"#, "tools[0].function.name"),
            (r#"{"tools":["evil"]}"#, "tools[0]"),
            (r#"{"tools":[{"\u006eame":"evil"}]}"#, "tools[0].name"),
            (r#"{"tools":[{"type":"function","name":"ev\u0069l"}]}"#, "tools[0].name"),
        ];
        for (body, path) in rows {
            assert_eq!(refused(r#"{"tools":["good"]}"#, body).as_deref(), Some(path), "{body}");
            assert_eq!(refused("{}", body), None, "{body}");
        }
        for body in [r#"{"tools":[{"type":"function","function":{"name":"good"}}]}"#, r#"{"tools":null}"#, "{}"] {
            assert_eq!(refused(r#"{"tools":["good"]}"#, body), None, "{body}");
        }
    }

    #[test]
    fn a_denied_tool_is_denied_whatever_else_is_allowed() {
        let search = r#"{"tools":[{"type":"web_search_20250305","name":"web_search"}]}"#;
        assert_eq!(refused(r#"{"deny_tools":["web_search*"]}"#, search).as_deref(), Some("tools[0].type"));
        assert_eq!(refused(r#"{"deny_tools":["mcp"]}"#, search), None);
        assert_eq!(refused(r#"{"tools":[]}"#, search).as_deref(), Some("tools[0].type"));
    }
}
