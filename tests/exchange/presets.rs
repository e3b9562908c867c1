//! What leaves for every preset's provider, as pages to be read: `tests/golden/presets/`. `BLESS=1` writes them anew.
//! And every preset answers, whole and streamed.

use std::fmt::Write;

use postern::provider::{PRESETS, Preset};
use postern::surface::Operation;
use postern::wire::json::{Doc, Kind, Value};

use crate::play::{Answer, Ask, PROVIDER_KEY, Rig, Sent};

/// Two clients, each saying the same as its format has it.
struct Case {
    name: &'static str,
    openai: &'static str,
    anthropic: &'static str,
}

/// Each case has one thing in it that providers do differently; what one refuses must not hide another.
const CASES: &[Case] = &[
    Case {
        name: "settings",
        openai: r#"{"model":"m","messages":[{"role":"developer","content":"Be brief."},{"role":"user","name":"eve","content":"Hi"}],"max_completion_tokens":99,"temperature":1.7,"top_p":0.9,"top_k":40,"presence_penalty":0.5,"frequency_penalty":-0.5,"seed":7,"stop":"END","logit_bias":{"50256":-100},"user":"u-1","metadata":{"team":"blue"},"service_tier":"default","store":true,"verbosity":"low","prompt_cache_key":"k"}"#,
        anthropic: r#"{"model":"m","system":"Be brief.","messages":[{"role":"user","content":"Hi"}],"max_tokens":99,"temperature":0.7,"top_p":0.9,"top_k":40,"stop_sequences":["END"],"metadata":{"user_id":"u-1"},"service_tier":"standard_only"}"#,
    },
    Case {
        name: "streamed",
        openai: r#"{"model":"m","messages":[{"role":"user","content":"Hi"}],"stream":true,"stream_options":{"include_usage":true}}"#,
        anthropic: r#"{"model":"m","messages":[{"role":"user","content":"Hi"}],"max_tokens":99,"stream":true}"#,
    },
    Case {
        name: "tools",
        openai: r#"{"model":"m","messages":[{"role":"user","content":"Weather?"},{"role":"assistant","content":null,"tool_calls":[{"id":"call_paris_1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Paris\"}"}},{"id":"call_rome_2","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Rome\"}"}}]},{"role":"tool","tool_call_id":"call_paris_1","content":"rain"},{"role":"tool","tool_call_id":"call_rome_2","content":"sun"},{"role":"user","content":"So?"}],"tools":[{"type":"function","function":{"name":"weather","description":"Looks out","strict":true,"parameters":{"type":"object","properties":{"city":{"type":"string"}}}}},{"type":"function","function":{"name":"clock"}}],"tool_choice":"auto","parallel_tool_calls":false}"#,
        anthropic: r#"{"model":"m","max_tokens":99,"messages":[{"role":"user","content":"Weather?"},{"role":"assistant","content":[{"type":"tool_use","id":"toolu_paris","name":"weather","input":{"city":"Paris"}},{"type":"tool_use","id":"toolu_rome","name":"weather","input":{"city":"Rome"}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_paris","content":"rain"},{"type":"tool_result","tool_use_id":"toolu_rome","content":"lost","is_error":true},{"type":"text","text":"So?"}]}],"tools":[{"name":"weather","description":"Looks out","strict":true,"input_schema":{"type":"object","properties":{"city":{"type":"string"}}}},{"name":"clock","input_schema":{"type":"object"}}],"tool_choice":{"type":"auto","disable_parallel_tool_use":true}}"#,
    },
    Case {
        name: "forced",
        openai: r#"{"model":"m","messages":[{"role":"user","content":"Hi"}],"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{}}}},{"type":"function","function":{"name":"g"}}],"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[{"type":"function","function":{"name":"f"}}]}}}"#,
        anthropic: r#"{"model":"m","max_tokens":99,"messages":[{"role":"user","content":"Hi"}],"tools":[{"name":"f","input_schema":{"type":"object"}}],"tool_choice":{"type":"tool","name":"f"}}"#,
    },
    Case {
        name: "pictures",
        openai: r#"{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"What?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo=","detail":"low"}}]}]}"#,
        anthropic: r#"{"model":"m","max_tokens":99,"messages":[{"role":"user","content":[{"type":"text","text":"What?"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw0KGgo="}}]}]}"#,
    },
    Case {
        name: "a picture by address",
        openai: r#"{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}]}]}"#,
        anthropic: r#"{"model":"m","max_tokens":99,"messages":[{"role":"user","content":[{"type":"image","source":{"type":"url","url":"https://example.com/a.png"}}]}]}"#,
    },
    Case {
        name: "a document",
        openai: r#"{"model":"m","messages":[{"role":"user","content":[{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,JVBERi0="}}]}]}"#,
        anthropic: r#"{"model":"m","max_tokens":99,"messages":[{"role":"user","content":[{"type":"document","title":"a.pdf","source":{"type":"base64","media_type":"application/pdf","data":"JVBERi0="}}]}]}"#,
    },
    Case {
        name: "a document by address, sound",
        openai: r#"{"model":"m","messages":[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"UklGRg==","format":"wav"}}]}]}"#,
        anthropic: r#"{"model":"m","max_tokens":99,"messages":[{"role":"user","content":[{"type":"document","source":{"type":"url","url":"https://example.com/a.pdf"}}]}]}"#,
    },
    Case {
        name: "a schema",
        openai: r#"{"model":"m","messages":[{"role":"user","content":"Hi"}],"response_format":{"type":"json_schema","json_schema":{"name":"out","strict":true,"schema":{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}}}}"#,
        anthropic: r#"{"model":"m","max_tokens":99,"messages":[{"role":"user","content":"Hi"}],"output_config":{"format":{"type":"json_schema","schema":{"type":"object","properties":{"a":{"type":"string"}}}}}}"#,
    },
    Case {
        name: "thinking",
        openai: r#"{"model":"m","messages":[{"role":"user","content":"Hi"},{"role":"assistant","reasoning_content":"Hm.","content":"Hello"},{"role":"user","content":"And?"}],"reasoning_effort":"xhigh"}"#,
        anthropic: r#"{"model":"m","max_tokens":9999,"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":[{"type":"thinking","thinking":"Hm.","signature":"c2ln"},{"type":"tool_use","id":"toolu_1","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":"done"}]}],"tools":[{"name":"f","input_schema":{"type":"object"}}],"thinking":{"type":"enabled","budget_tokens":3000}}"#,
    },
    Case {
        name: "no thinking, marks",
        openai: r#"{"model":"m","messages":[{"role":"system","content":[{"type":"text","text":"Long.","cache_control":{"type":"ephemeral"}}]},{"role":"user","content":"Hi"}],"reasoning_effort":"none"}"#,
        anthropic: r#"{"model":"m","max_tokens":99,"system":[{"type":"text","text":"Long.","cache_control":{"type":"ephemeral","ttl":"1h"}}],"messages":[{"role":"user","content":"Hi"}],"thinking":{"type":"disabled"}}"#,
    },
    Case {
        name: "several answers, log probabilities",
        openai: r#"{"model":"m","messages":[{"role":"user","content":"Hi"}],"n":2,"logprobs":true,"top_logprobs":3}"#,
        anthropic: r#"{"model":"m","max_tokens":99,"messages":[{"role":"user","content":"Hi"}],"container":"c-1"}"#,
    },
];

const CLIENTS: [&str; 2] = ["openai_chat", "anthropic_messages"];

/// A model of each, of a generation that takes what the cases say where names tell.
fn model(preset: &Preset) -> &'static str {
    match preset.name {
        "openai" | "openai_responses" | "azure_openai" | "azure_openai_deployments" => "gpt-5.6",
        "openrouter" => "anthropic/claude-sonnet-4.5",
        "databricks" => "databricks-claude-sonnet-4-5",
        "aws.bedrock" | "aws.bedrock_invoke" => "anthropic.claude-haiku-4-5-20251001-v1:0",
        "gemini" | "vertex_gemini" => "gemini-2.5-flash",
        name if name.contains("anthropic") => "claude-haiku-4-5",
        _ => "its-model",
    }
}

/// The presets that chat.
fn chatting() -> impl Iterator<Item = (&'static Preset, &'static str)> {
    let chat = |preset: &'static Preset| preset.endpoints.iter().find(|it| it.operation == Operation::Chat);
    PRESETS.iter().filter_map(move |preset| Some((preset, chat(preset)?.format)))
}

fn ask(client: &str, body: &str, stream: bool) -> Ask {
    Ask::new(client, "m", stream).header("anthropic-beta", "b-1").body(body)
}

/// An answer of a provider's, of the kind it was asked for.
fn answer(format: &str, stream: bool) -> Answer {
    let stem = if format == "openai_chat" { "groq" } else { "text" };
    let root = env!("CARGO_MANIFEST_DIR");
    if !stream {
        return Answer::json(200, std::fs::read(format!("{root}/tests/fixtures/{format}/{stem}.json")).unwrap());
    }
    let files = std::fs::read_dir(format!("{root}/tests/fixtures/{format}")).unwrap();
    let path = files
        .map(|file| file.unwrap().path())
        .find(|path| path.file_stem().is_some_and(|it| it == stem) && path.extension().is_none_or(|it| it != "json"));
    let kind = postern::format::find(format).unwrap().framing().media_type().to_owned();
    let chunks = vec![std::fs::read(path.unwrap()).unwrap()];
    Answer::Is { status: 200, headers: vec![("content-type", kind)], chunks }
}

#[test]
fn every_preset_is_asked_as_its_page_says() {
    let mut wrong = Vec::new();
    for (preset, first) in chatting() {
        let model = model(preset);
        let mut page = format!("# {}, asked for {model}\n", preset.name);
        for client in CLIENTS {
            let formats: Vec<_> = preset.endpoints.iter().filter(|it| it.operation == Operation::Chat).collect();
            let own = formats.iter().any(|endpoint| endpoint.format == client);
            let spoken = if own { client } else { first };
            writeln!(page, "\n## A client of {client}, spoken to in {spoken}").unwrap();
            let mut shown = String::new();
            for case in CASES {
                let body = if client == "openai_chat" { case.openai } else { case.anthropic };
                let stream = case.name == "streamed";
                let seen = Rig::of_preset(preset, model).play(&ask(client, body, stream), &[answer(spoken, stream)]);
                writeln!(page, "\n### {}\n\n```", case.name).unwrap();
                match seen.sent.first() {
                    None => writeln!(page, "{}: {}", seen.status, seen.message()).unwrap(),
                    Some(sent) => {
                        let head = head(sent);
                        if head != shown {
                            page.push_str(&head);
                            shown = head;
                        }
                        if let Some(lossy) = seen.headers.get("x-postern-lossy") {
                            writeln!(page, "told as lost: {}", lossy.replace(',', ", ")).unwrap();
                        }
                        if own {
                            changes(&mut page, body, sent);
                        } else {
                            lines(&mut page, &sent.body);
                        }
                        assert_eq!(seen.status, 200, "{} {client} {}: {}", preset.name, case.name, seen.text());
                    }
                }
                page.push_str("```\n");
            }
        }
        let path = format!("{}/tests/golden/presets/{}.md", env!("CARGO_MANIFEST_DIR"), preset.name);
        if std::env::var_os("BLESS").is_some() {
            std::fs::create_dir_all(std::path::Path::new(&path).parent().unwrap()).unwrap();
            std::fs::write(&path, page).unwrap();
        } else if std::fs::read_to_string(&path).unwrap_or_default() != page {
            wrong.push(preset.name);
        }
    }
    assert!(wrong.is_empty(), "BLESS=1 writes the pages of these anew; read what has changed: {wrong:?}");
}

#[test]
fn no_page_is_left_of_a_preset_that_is_gone() {
    for file in std::fs::read_dir(format!("{}/tests/golden/presets", env!("CARGO_MANIFEST_DIR"))).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let name = if path.extension().is_some_and(|it| it == "md") { name } else { String::new() };
        assert!(chatting().any(|(preset, _)| preset.name == name), "{}", path.display());
    }
}

/// Method, address and headers.
fn head(sent: &Sent) -> String {
    let get = |name| sent.headers.get(name).unwrap_or_default();
    let mut head = format!("{} {}://{}{}\n", get(":method"), get(":scheme"), get(":authority"), get(":path"));
    for (name, value) in sent.headers.iter() {
        if !name.starts_with(':') && name != "content-length" {
            let value = String::from_utf8_lossy(value).replace(PROVIDER_KEY, "<key>");
            writeln!(head, "{name}: {value}").unwrap();
        }
    }
    head
}

/// A line for each member of the root, and for each item of those that are lists.
fn lines(page: &mut String, body: &[u8]) {
    let doc = Doc::parse(body).unwrap();
    for (name, value) in doc.root().members() {
        member(page, "", &name.decode(), value);
    }
}

fn member(page: &mut String, sign: &str, name: &str, value: Value<'_, '_>) {
    if value.kind() != Kind::Array || value.items().count() < 2 {
        writeln!(page, "{sign}{name}: {}", value.raw()).unwrap();
        return;
    }
    writeln!(page, "{sign}{name}:").unwrap();
    value.items().for_each(|item| writeln!(page, "{sign}- {}", item.raw()).unwrap());
}

/// The members that are not as the client sent them.
fn changes(page: &mut String, body: &str, sent: &Sent) {
    let (before, after) = (Doc::parse(body.as_bytes()).unwrap(), Doc::parse(&sent.body).unwrap());
    let other = |doc: &Doc<'_>, name: &str| doc.root().get(name).map(|value| value.raw().to_owned());
    let mut same = true;
    for (name, value) in before.root().members() {
        if other(&after, &name.decode()).as_deref() != Some(value.raw()) {
            same = false;
            member(page, "< ", &name.decode(), value);
        }
    }
    for (name, value) in after.root().members() {
        if other(&before, &name.decode()).as_deref() != Some(value.raw()) {
            same = false;
            member(page, "> ", &name.decode(), value);
        }
    }
    if same {
        page.push_str("(the body as it came)\n");
    }
}

#[test]
fn every_preset_answers_every_client_whole_and_streamed() {
    for (preset, first) in chatting() {
        for client in CLIENTS {
            let own = preset.endpoints.iter().any(|it| it.operation == Operation::Chat && it.format == client);
            let spoken = if own { client } else { first };
            for (asked, given) in [(false, false), (true, true), (false, true), (true, false)] {
                let place = format!("{} {client}, stream {asked}, given {given}", preset.name);
                let seen =
                    Rig::of_preset(preset, model(preset)).play(&Ask::new(client, "m", asked), &[answer(spoken, given)]);
                assert_eq!((seen.status, seen.complete), (200, true), "{place}: {}", seen.text());
                let kind = if asked { "text/event-stream" } else { "application/json" };
                assert_eq!(seen.headers.get("content-type"), Some(kind), "{place}");
                let format = postern::format::find(client).unwrap();
                if asked {
                    let mut reader = format.stream_reader();
                    let mut frames = postern::wire::frame::Reader::new(format.framing());
                    let mut each = |event: postern::wire::frame::Event<'_>| {
                        let _ = reader.read(&event, &mut |_| ());
                    };
                    frames.push(&seen.body, &mut each).and_then(|()| frames.finish(&mut each)).unwrap();
                    assert!(reader.ended(), "{place}: {}", seen.text());
                } else {
                    let doc = Doc::parse(&seen.body).unwrap();
                    assert!(!format.read_answer(&doc).unwrap().choices[0].parts.is_empty(), "{place}: {}", seen.text());
                }
                assert_eq!(seen.record["postern.usage.estimated"], false, "{place}: {}", seen.record);
                assert_eq!(seen.record["gen_ai.provider.name"], preset.name, "{place}");
            }
        }
    }
}

#[test]
fn every_preset_has_prices_or_is_known_to_have_none() {
    // Servers of the operator's own, and providers that neither source of the table has.
    let none = [
        "openai_compatible",
        "vllm",
        "tgi",
        "ollama",
        "ollama_native",
        "model_server",
        "huggingface",
        "nvidia_nim",
        "github_models",
    ];
    for preset in PRESETS {
        let known = postern::cost::table::Section::named(preset.name).is_some();
        assert_ne!(known, none.contains(&preset.name), "{}", preset.name);
    }
}
