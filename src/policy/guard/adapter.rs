//! What each guard outside is asked, and what its answer means: a row of [`Adapter`] per kind, each with its address, its
//! question and its verdict. Shapes are those of the services' own references.

use std::ops::Range;

use serde_json::{Value, json};

use crate::config::{Errors, Node, choice, settings};

choice! {
    /// What a guard outside is.
    pub enum Adapter {
        /// Presidio's analyzer: `POST /analyze`. Finds personal data, names and addresses among it.
        "presidio" => Presidio(Presidio),
        /// OpenAI's moderation, or a server that speaks like it: `POST /v1/moderations`.
        "openai_moderation" => OpenAiModeration(OpenAiModeration),
        /// Llama Guard, or another chat model that answers `safe` or `unsafe`: `POST /v1/chat/completions`.
        "llama_guard" => LlamaGuard(LlamaGuard),
        /// A guardrail of Bedrock's: `ApplyGuardrail`. The cluster signs the call.
        "bedrock_guardrail" => BedrockGuardrail(BedrockGuardrail),
        /// Azure AI Content Safety's Prompt Shields: `POST /contentsafety/text:shieldPrompt`.
        "azure_prompt_shields" => AzurePromptShields(AzurePromptShields),
        /// A service of your own.
        "webhook" => Webhook(Webhook),
    }
}

settings! {
    /// Presidio's analyzer.
    pub struct Presidio {
        /// The language of the texts.
        pub language: String = "en".to_owned(),
        /// What to look for; empty = everything it knows.
        pub entities: Vec<String> = Vec::new(),
        /// How sure it has to be.
        pub score_threshold: f64 = 0.5,
        /// Its path.
        pub path: String = "/analyze".to_owned(),
    }
    check = Presidio::can_find;
}

impl Presidio {
    fn can_find(&self, node: Node<'_>, errors: &mut Errors) {
        if !(0.0..=1.0).contains(&self.score_threshold) {
            errors.add(node.key("score_threshold"), "must be between 0 and 1");
        }
    }
}

settings! {
    /// OpenAI's moderation.
    pub struct OpenAiModeration {
        /// The model.
        pub model: String = "omni-moderation-latest".to_owned(),
        /// The categories that count; empty = whatever it flags.
        pub categories: Vec<String> = Vec::new(),
        /// Its path.
        pub path: String = "/v1/moderations".to_owned(),
    }
}

settings! {
    /// A chat model that answers `safe` or `unsafe` with the hazards on the next line.
    pub struct LlamaGuard {
        /// The model.
        pub model: String,
        /// The hazards that count (`S1`, `S14`); empty = all.
        pub categories: Vec<String> = Vec::new(),
        /// Its path.
        pub path: String = "/v1/chat/completions".to_owned(),
    }
}

settings! {
    /// A guardrail of Bedrock's.
    pub struct BedrockGuardrail {
        /// The guardrail's id.
        pub guardrail: String,
        /// Its version.
        pub version: String = "DRAFT".to_owned(),
    }
}

settings! {
    /// Azure AI Content Safety's Prompt Shields.
    pub struct AzurePromptShields {
        /// The version of its interface.
        pub api_version: String = "2024-09-01".to_owned(),
    }
}

settings! {
    /// A service of your own. It is sent `{"direction": "request", "text": ..., "user": [...], "documents": [...]}` (after
    /// the model: `"response"`, and `text` is the answer's) and answers
    /// `{"flagged": true, "reason": "...", "spans": [{"start": 0, "end": 4, "type": "NAME"}]}`; spans count code points of
    /// `text` and may be left out.
    pub struct Webhook {
        /// Its path.
        pub path: String = "/".to_owned(),
    }
}

/// What a guard is told.
pub(super) struct About<'t> {
    /// What it is to judge.
    pub text: &'t str,
    /// What persons said in the request.
    pub user: Vec<&'t str>,
    /// What tools and documents brought.
    pub documents: Vec<&'t str>,
    /// The text is that of the model's answer, and not all of the request's.
    pub answer: bool,
}

/// What a guard thinks.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Verdict {
    /// It found something.
    pub flagged: bool,
    /// Names of what it found.
    pub what: String,
    /// Where, in code points of the text that was sent, and what.
    pub spans: Vec<(Range<usize>, String)>,
}

/// Names out of a guard's answer go into an error message: short, and of harmless letters.
fn name(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '/' | ' ' | '.')).take(64).collect()
}

fn flagged(names: Vec<String>) -> Verdict {
    Verdict { flagged: !names.is_empty(), what: names.join(", "), spans: Vec::new() }
}

/// Spans with a type, and only such as make sense.
fn spans(items: &[Value], entity: &str) -> Option<Vec<(Range<usize>, String)>> {
    let span = |item: &Value| {
        let start = item.get("start")?.as_u64()? as usize;
        let end = item.get("end")?.as_u64()? as usize;
        let entity: String = item
            .get(entity)
            .and_then(Value::as_str)
            .unwrap_or("REDACTED")
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || *c == '_')
            .take(64)
            .collect();
        (start < end).then_some((start..end, entity))
    };
    let mut spans: Vec<_> = items.iter().map(span).collect::<Option<_>>()?;
    // The longest wins where several meet.
    spans.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
    let mut kept: Vec<(Range<usize>, String)> = Vec::new();
    for (range, entity) in spans {
        match kept.last_mut() {
            Some((last, _)) if range.start < last.end => last.end = last.end.max(range.end),
            _ => kept.push((range, entity)),
        }
    }
    Some(kept)
}

impl Adapter {
    /// What findings and messages call it.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Presidio(_) => "hook.presidio",
            Self::OpenAiModeration(_) => "hook.openai_moderation",
            Self::LlamaGuard(_) => "hook.llama_guard",
            Self::BedrockGuardrail(_) => "hook.bedrock_guardrail",
            Self::AzurePromptShields(_) => "hook.azure_prompt_shields",
            Self::Webhook(_) => "hook.webhook",
        }
    }

    /// Whether it says where it found something.
    pub(super) fn gives_spans(&self) -> bool {
        matches!(self, Self::Presidio(_) | Self::Webhook(_))
    }

    /// Whether it knows what to make of an answer.
    pub(super) fn judges_answers(&self) -> bool {
        !matches!(self, Self::AzurePromptShields(_))
    }

    /// The path of the question.
    pub(super) fn path(&self) -> String {
        match self {
            Self::Presidio(it) => it.path.clone(),
            Self::OpenAiModeration(it) => it.path.clone(),
            Self::LlamaGuard(it) => it.path.clone(),
            Self::BedrockGuardrail(it) => format!("/guardrail/{}/version/{}/apply", it.guardrail, it.version),
            Self::AzurePromptShields(it) => format!("/contentsafety/text:shieldPrompt?api-version={}", it.api_version),
            Self::Webhook(it) => it.path.clone(),
        }
    }

    /// The path and body of the question.
    pub(super) fn request(&self, about: &About<'_>) -> (String, Vec<u8>) {
        let About { text, user, documents, answer } = about;
        let body = match self {
            Self::Presidio(it) => {
                let mut body = json!({"text": text, "language": it.language, "score_threshold": it.score_threshold});
                if let Some(body) = body.as_object_mut().filter(|_| !it.entities.is_empty()) {
                    body.insert("entities".to_owned(), json!(it.entities));
                }
                body
            }
            Self::OpenAiModeration(it) => json!({"model": it.model, "input": text}),
            Self::LlamaGuard(it) => {
                let turn = |role: &str, content: &str| json!({"role": role, "content": content});
                let messages = match answer {
                    // It judges whoever spoke last.
                    true => vec![turn("user", &user.join("\n\n")), turn("assistant", text)],
                    false => vec![turn("user", text)],
                };
                json!({"model": it.model, "messages": messages, "max_tokens": 64, "temperature": 0})
            }
            Self::BedrockGuardrail(_) => {
                json!({"source": if *answer { "OUTPUT" } else { "INPUT" }, "content": [{"text": {"text": text}}]})
            }
            Self::AzurePromptShields(_) => json!({"userPrompt": user.join("\n\n"), "documents": documents}),
            Self::Webhook(_) => {
                let direction = if *answer { "response" } else { "request" };
                json!({"direction": direction, "text": text, "user": user, "documents": documents})
            }
        };
        (self.path(), body.to_string().into_bytes())
    }

    /// What an answer means; None if it is none.
    pub(super) fn verdict(&self, body: &[u8]) -> Option<Verdict> {
        let body: Value = serde_json::from_slice(body).ok()?;
        match self {
            Self::Presidio(_) => {
                let spans = spans(body.as_array()?, "entity_type")?;
                let mut names: Vec<String> = spans.iter().map(|(_, entity)| entity.clone()).collect();
                names.sort();
                names.dedup();
                Some(Verdict { spans, ..flagged(names) })
            }
            Self::OpenAiModeration(it) => {
                let result = body.get("results")?.get(0)?;
                if !result.get("flagged")?.as_bool()? {
                    return Some(Verdict::default());
                }
                let categories = result.get("categories").and_then(Value::as_object);
                let hit = categories.into_iter().flatten().filter(|(_, hit)| **hit == Value::Bool(true));
                let names: Vec<String> = hit.map(|(category, _)| category.clone()).collect();
                let counts = |category: &String| it.categories.is_empty() || it.categories.contains(category);
                if names.is_empty() && it.categories.is_empty() {
                    return Some(flagged(vec!["flagged".to_owned()]));
                }
                Some(flagged(names.iter().filter(|category| counts(category)).map(|category| name(category)).collect()))
            }
            Self::LlamaGuard(it) => {
                let content = body.get("choices")?.get(0)?.get("message")?.get("content")?.as_str()?.trim();
                let (word, hazards) = content.split_once('\n').unwrap_or((content, ""));
                match word.trim() {
                    "safe" => Some(Verdict::default()),
                    "unsafe" => {
                        let names: Vec<String> =
                            hazards.split([',', '\n', ' ']).map(name).filter(|it| !it.is_empty()).collect();
                        let counts = |hazard: &String| it.categories.is_empty() || it.categories.contains(hazard);
                        if names.is_empty() {
                            return Some(flagged(vec!["unsafe".to_owned()]));
                        }
                        Some(flagged(names.into_iter().filter(counts).collect()))
                    }
                    _ => None,
                }
            }
            Self::BedrockGuardrail(_) => match body.get("action")?.as_str()? {
                "NONE" => Some(Verdict::default()),
                "GUARDRAIL_INTERVENED" => {
                    let kinds = body.get("assessments").and_then(Value::as_array).into_iter().flatten();
                    let mut names: Vec<String> = kinds
                        .filter_map(Value::as_object)
                        .flat_map(|kinds| kinds.keys())
                        .map(|kind| name(kind))
                        .collect();
                    names.sort();
                    names.dedup();
                    if names.is_empty() {
                        names.push("intervened".to_owned());
                    }
                    Some(flagged(names))
                }
                _ => None,
            },
            Self::AzurePromptShields(_) => {
                let hit = |analysis: &Value| analysis.get("attackDetected").and_then(Value::as_bool);
                let mut names = Vec::new();
                if hit(body.get("userPromptAnalysis")?)? {
                    names.push("user prompt".to_owned());
                }
                let documents = body.get("documentsAnalysis").and_then(Value::as_array);
                if documents.into_iter().flatten().any(|document| hit(document) == Some(true)) {
                    names.push("document".to_owned());
                }
                Some(flagged(names))
            }
            Self::Webhook(_) => {
                let spans = match body.get("spans") {
                    None | Some(Value::Null) => Vec::new(),
                    Some(items) => spans(items.as_array()?, "type")?,
                };
                let reason = body.get("reason").and_then(Value::as_str).map(name).unwrap_or_default();
                Some(Verdict { flagged: body.get("flagged")?.as_bool()?, what: reason, spans })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;

    fn verdict(adapter: &str, body: &str) -> Option<Verdict> {
        parse::<Adapter>(adapter.as_bytes()).unwrap().0.verdict(body.as_bytes())
    }

    #[test]
    fn each_guards_words_are_understood_and_no_others() {
        let rows = [
            (
                r#"{"openai_moderation":{}}"#,
                r#"{"results":[{"flagged":false,"categories":{"violence":false}}]}"#,
                Some((false, "")),
            ),
            (
                r#"{"openai_moderation":{}}"#,
                r#"{"results":[{"flagged":true,"categories":{"violence":true,"hate":false}}]}"#,
                Some((true, "violence")),
            ),
            (
                r#"{"openai_moderation":{"categories":["hate"]}}"#,
                r#"{"results":[{"flagged":true,"categories":{"violence":true}}]}"#,
                Some((false, "")),
            ),
            (r#"{"openai_moderation":{}}"#, r#"{"error":{"message":"x"}}"#, None),
            (
                r#"{"llama_guard":{"model":"m"}}"#,
                r#"{"choices":[{"message":{"content":"\n\nsafe"}}]}"#,
                Some((false, "")),
            ),
            (
                r#"{"llama_guard":{"model":"m"}}"#,
                r#"{"choices":[{"message":{"content":"unsafe\nS1,S9"}}]}"#,
                Some((true, "S1, S9")),
            ),
            (
                r#"{"llama_guard":{"model":"m","categories":["S2"]}}"#,
                r#"{"choices":[{"message":{"content":"unsafe\nS1"}}]}"#,
                Some((false, "")),
            ),
            (r#"{"llama_guard":{"model":"m"}}"#, r#"{"choices":[{"message":{"content":"I think it is fine"}}]}"#, None),
            (r#"{"bedrock_guardrail":{"guardrail":"g"}}"#, r#"{"action":"NONE"}"#, Some((false, ""))),
            (
                r#"{"bedrock_guardrail":{"guardrail":"g"}}"#,
                r#"{"action":"GUARDRAIL_INTERVENED","assessments":[{"contentPolicy":{"filters":[]}}]}"#,
                Some((true, "contentPolicy")),
            ),
            (
                r#"{"azure_prompt_shields":{}}"#,
                r#"{"userPromptAnalysis":{"attackDetected":false},"documentsAnalysis":[{"attackDetected":true}]}"#,
                Some((true, "document")),
            ),
            (r#"{"webhook":{}}"#, r#"{"flagged":true,"reason":"no <b>way"}"#, Some((true, "no bway"))),
            (r#"{"webhook":{}}"#, r#"{"ok":true}"#, None),
            (r#"{"presidio":{}}"#, "[]", Some((false, ""))),
            (r#"{"presidio":{}}"#, r#"{"error":"No analyzer"}"#, None),
        ];
        for (adapter, body, want) in rows {
            let got = verdict(adapter, body);
            assert_eq!(got.as_ref().map(|it| (it.flagged, it.what.as_str())), want, "{adapter} {body}");
        }
        let spans = r#"[{"start":5,"end":9,"entity_type":"PERSON","score":0.8},{"start":7,"end":12,"entity_type":"ORG","score":0.6},{"start":0,"end":2,"entity_type":"X"}]"#;
        let got = verdict(r#"{"presidio":{}}"#, spans).unwrap();
        assert_eq!(got.spans, [(0..2, "X".to_owned()), (5..12, "PERSON".to_owned())]);
    }
}
