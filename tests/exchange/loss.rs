//! Loss is explicit: what a format's table says of a thing is what becomes of it, for every pair of formats and every
//! thing a client can say, and so for every preset's own rules. What is lost is named in a header, counted and recorded;
//! a strict gateway refuses instead.

use postern::chat::{
    Arguments, Effort, Feature, Media, MediaKind, MediaSource, Message, Origin, Part, Reasoning, Request,
    ResponseFormat, Role, Signature, Tool, ToolCall, ToolChoice,
};
use postern::format::rules::{Rule, field};
use postern::format::{FORMATS, Format, Loss, Quirks, Target, translate};
use postern::provider::PRESETS;
use postern::surface::Operation;
use postern::wire::json::{Doc, Text};

use crate::play::{Answer, Ask, Rig, dialect_of, preset_of};

fn text(raw: &'static str) -> Text<'static> {
    Text::from_raw(raw)
}

fn said() -> Part<'static> {
    Part::Text { text: text("said"), cache: None }
}

fn turn(at: u32, role: Role, parts: Vec<Part<'static>>) -> Message<'static> {
    Message { at, role, name: None, parts }
}

fn medium(kind: MediaKind, source: MediaSource<'static>) -> Media<'static> {
    Media { kind, source, detail: None, filename: None, cache: None }
}

fn data(media_type: &'static str) -> MediaSource<'static> {
    let data = text(if media_type == "image/png" { "iVBORw0KGgo=" } else { "AAAA" });
    MediaSource::Data { media_type: text(media_type), data }
}

fn call() -> Part<'static> {
    let arguments = Arguments::Json("{}");
    Part::ToolCall(ToolCall { id: text("call_1"), name: text("f"), arguments, signature: None, cache: None })
}

fn result(is_error: Option<bool>, parts: Vec<Part<'static>>) -> Message<'static> {
    turn(2, Role::Tool, vec![Part::ToolResult { id: text("call_1"), is_error, parts, cache: None }])
}

fn function(strict: Option<bool>) -> Tool<'static> {
    let parameters = Some(r#"{"type":"object","properties":{}}"#.into());
    Tool::Function { name: text("f"), description: None, parameters, strict, cache: None }
}

/// A small request that says this, and little else.
fn saying(feature: Feature) -> Request<'static> {
    let url = || MediaSource::Url(text("https://example.com/x"));
    let mut request =
        Request { model: text("m"), messages: vec![turn(0, Role::User, vec![said()])], ..Request::default() };
    let mut user = |media| request.messages[0].parts.push(Part::Media(media));
    let earlier = |parts| vec![turn(0, Role::User, vec![said()]), turn(1, Role::Assistant, parts)];
    let called = |result| {
        let mut turns = earlier(vec![call()]);
        turns.push(result);
        turns
    };
    let choosing = |choice| Request { tools: vec![function(None)], tool_choice: Some(choice), ..Request::default() };
    let signed = Signature { origin: Origin::Anthropic, value: text("c2ln") };
    match feature {
        Feature::SystemInPlace => {
            request.messages = earlier(vec![said()]);
            request.messages.push(turn(2, Role::System, vec![said()]));
            request.messages.push(turn(3, Role::User, vec![said()]));
        }
        Feature::SpeakerName => request.messages[0].name = Some(text("eve")),
        Feature::ImageData => user(medium(MediaKind::Image, data("image/png"))),
        Feature::ImageUrl => user(medium(MediaKind::Image, url())),
        Feature::ImageDetail => {
            user(Media { detail: Some(text("low")), ..medium(MediaKind::Image, data("image/png")) });
        }
        Feature::AudioData => user(medium(MediaKind::Audio, data("audio/wav"))),
        Feature::AudioUrl => user(medium(MediaKind::Audio, url())),
        Feature::VideoData => user(medium(MediaKind::Video, data("video/mp4"))),
        Feature::VideoUrl => user(medium(MediaKind::Video, url())),
        Feature::FileData => {
            user(Media { filename: Some(text("a.pdf")), ..medium(MediaKind::File, data("application/pdf")) });
        }
        Feature::FileUrl => user(medium(MediaKind::File, url())),
        Feature::FileId => user(medium(MediaKind::File, MediaSource::FileId(text("file-1")))),
        Feature::Refusal => request.messages = earlier(vec![Part::Refusal(text("no"))]),
        Feature::Thinking => {
            request.messages = earlier(vec![Part::Thinking { text: text("hm"), signature: None }, said()]);
        }
        Feature::Signature => {
            request.messages = earlier(vec![Part::Thinking { text: text(""), signature: Some(signed) }, said()]);
        }
        Feature::RedactedThinking => {
            request.messages = earlier(vec![Part::RedactedThinking(text("c2Vj")), said()]);
        }
        Feature::CacheMark => {
            request.messages[0].parts = vec![Part::Text { text: text("a"), cache: Some(r#"{"type":"ephemeral"}"#) }];
        }
        Feature::ToolCall => {
            (request.messages, request.tools) = (called(result(None, vec![said()])), vec![function(None)])
        }
        Feature::ToolResultMedia => {
            let picture = Part::Media(medium(MediaKind::Image, data("image/png")));
            (request.messages, request.tools) = (called(result(None, vec![said(), picture])), vec![function(None)]);
        }
        Feature::ToolResultError => {
            (request.messages, request.tools) = (called(result(Some(true), vec![said()])), vec![function(None)]);
        }
        Feature::OtherPart => {
            request.messages[0].parts.push(Part::Other { kind: text("its_own"), raw: r#"{"type":"its_own"}"# });
        }
        Feature::Tools => request.tools = vec![function(None)],
        Feature::BuiltinTool => {
            request.tools = vec![Tool::Other { kind: text("its_own"), raw: r#"{"type":"its_own"}"# }]
        }
        Feature::ToolStrict => request.tools = vec![function(Some(true))],
        Feature::ToolChoiceNone => request = Request { messages: request.messages, ..choosing(ToolChoice::None) },
        Feature::ToolChoiceRequired => {
            request = Request { messages: request.messages, ..choosing(ToolChoice::Required) }
        }
        Feature::ToolChoiceNamed => {
            request = Request { messages: request.messages, ..choosing(ToolChoice::Named(text("f"))) };
        }
        Feature::ToolChoiceAllowed => {
            let allowed = ToolChoice::Allowed { required: false, names: vec![text("f")] };
            request = Request { messages: request.messages, ..choosing(allowed) };
        }
        Feature::NoParallelToolCalls => {
            (request.tools, request.parallel_tool_calls) = (vec![function(None)], Some(false));
        }
        Feature::MaxTokens => request.max_tokens = Some(4000),
        Feature::Temperature => request.temperature = Some("0.5"),
        Feature::TopP => request.top_p = Some("0.5"),
        Feature::TopK => request.top_k = Some("5"),
        Feature::Stop => request.stop = vec![text("END")],
        Feature::Seed => request.seed = Some("7"),
        Feature::SeveralChoices => request.n = Some(2),
        Feature::PresencePenalty => request.presence_penalty = Some("0.5"),
        Feature::FrequencyPenalty => request.frequency_penalty = Some("0.5"),
        Feature::LogitBias => request.logit_bias = Some(r#"{"5":1}"#),
        Feature::Logprobs => request.logprobs = true,
        Feature::JsonObject => request.response_format = Some(ResponseFormat::JsonObject),
        Feature::JsonSchema => {
            let schema = r#"{"type":"object","properties":{}}"#.into();
            let (name, description, strict) = (Some(text("out")), None, None);
            request.response_format = Some(ResponseFormat::JsonSchema { name, description, schema, strict });
        }
        Feature::ReasoningEffort => request.reasoning = Some(Reasoning::Effort(Effort::High)),
        Feature::ReasoningBudget => request.reasoning = Some(Reasoning::Budget(2000)),
        Feature::ReasoningOff => request.reasoning = Some(Reasoning::Off),
        Feature::Verbosity => request.verbosity = Some(text("low")),
        Feature::User => request.user = Some(text("u-1")),
        Feature::Metadata => request.metadata = Some(r#"{"team":"blue"}"#),
        Feature::ServiceTier => request.service_tier = Some(text("default")),
        Feature::Store => request.store = Some(true),
        Feature::PromptCacheKey => request.prompt_cache_key = Some(text("k")),
    }
    if feature != Feature::MaxTokens {
        // Some demand it; it is everybody's.
        request.max_tokens = Some(9000);
    }
    request
}

fn says(request: &Request<'_>, feature: Feature) -> bool {
    let mut found = false;
    Feature::of(request, &mut |other, _| found |= other == feature);
    found
}

/// A model of the format's own that takes what is asked here where names tell.
fn model(format: &dyn Format) -> &'static str {
    match format.name() {
        // Thinks by effort, and takes sampling numbers.
        "anthropic_messages" => "claude-sonnet-4-6",
        "openai_chat" | "openai_responses" => "our-deployment",
        other => dialect_of(other).real_model,
    }
}

/// What this format's clients can say.
fn sayable(format: &dyn Format) -> impl Iterator<Item = Feature> {
    format.fields().iter().filter(|field| !field.name.is_empty()).map(|field| field.feature)
}

/// What became of a request.
enum Fate {
    Written { body: Vec<u8>, lost: Vec<String> },
    Refused { param: String, message: String },
}

fn played(request: Request<'_>, from: &dyn Format, to: &dyn Format, target: &Target<'_>) -> Fate {
    let mut loss = Loss::default();
    match translate(request, from, to, target, &mut loss) {
        Ok(body) => Fate::Written { body, lost: loss.0 },
        Err(error) => {
            assert_eq!(error.status, 400, "{error:?}");
            Fate::Refused { param: error.param.unwrap_or_default(), message: error.message }
        }
    }
}

/// Whether that is what the rule says; else what is wrong. `name`: what the client calls the thing.
fn held(fate: &Fate, rule: Rule, feature: Feature, name: &str, to: &dyn Format) -> Result<(), String> {
    let shown = |body: &[u8]| String::from_utf8_lossy(body).into_owned();
    let still = |body: &[u8]| {
        let doc = Doc::parse(body).unwrap();
        to.read_request(&doc).is_ok_and(|request| says(&request, feature))
    };
    match (rule, fate) {
        (Rule::Maps, Fate::Written { body, lost }) => {
            if !lost.is_empty() {
                return Err(format!("maps, but is told as lost: {lost:?}"));
            }
            if !still(body) {
                return Err(format!("maps, but is not in {}", shown(body)));
            }
            Ok(())
        }
        (Rule::Maps, Fate::Refused { message, .. }) => Err(format!("maps, but is refused: {message}")),
        // How far depends on the value; but whatever becomes of it, nothing else is told.
        (Rule::Emulates(_), Fate::Written { lost, .. }) => match lost.iter().all(|lost| lost == name) {
            true => Ok(()),
            false => Err(format!("is told as lost under another name: {lost:?}, not {name}")),
        },
        (Rule::Drops(_), Fate::Written { body, lost }) => {
            if *lost != [name] {
                return Err(format!("drops, but is told as {lost:?}, not {name}"));
            }
            if still(body) {
                return Err(format!("drops, but is in {}", shown(body)));
            }
            Ok(())
        }
        (Rule::Drops(_), Fate::Refused { message, .. }) => Err(format!("drops, but is refused: {message}")),
        (Rule::Refuses(_), Fate::Written { body, .. }) => Err(format!("refuses, but is written: {}", shown(body))),
        (Rule::Emulates(how), Fate::Refused { param, message }) => {
            let may = ["refused", "another is", "others are"].iter().any(|word| how.contains(word));
            match may {
                true => named(param, name, message),
                false => Err(format!("emulates, but is refused: {message}")),
            }
        }
        (Rule::Refuses(_), Fate::Refused { param, message }) => named(param, name, message),
    }
}

/// A refusal begins with the place, as the client calls it.
fn named(param: &str, name: &str, message: &str) -> Result<(), String> {
    let bare: String = param.split('[').map(|piece| piece.split_once(']').map_or(piece, |(_, rest)| rest)).collect();
    let wanted = name.replace("[]", "");
    // A writer knows the part and not the member of it that is wrong.
    match wanted.starts_with(&bare) && message.starts_with(param) && !bare.is_empty() {
        true => Ok(()),
        false => Err(format!("is refused under another name: {param} and not {name}: {message}")),
    }
}

#[test]
fn a_client_can_say_in_its_format_what_the_table_has_a_name_for() {
    let mut wrong = Vec::new();
    for format in FORMATS {
        for feature in sayable(*format) {
            // Kinds that no other format knows; and what a provider of the format would not be sent, so that no writer
            // of ours says it.
            if matches!(feature, Feature::OtherPart | Feature::BuiltinTool) {
                continue;
            }
            let rule = field(*format, feature).unwrap().rule;
            let target = Target { model: model(*format), quirks: &Quirks::DEFAULT };
            let written = format.write_request(&saying(feature), &target, &mut Loss::default());
            let read = |body: &Vec<u8>| {
                let doc = Doc::parse(body).unwrap();
                format.read_request(&doc).is_ok_and(|request| says(&request, feature))
            };
            if rule == Rule::Maps && !written.as_ref().is_ok_and(read) {
                wrong.push(format!("{} {feature:?}: {written:?}", format.name()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// And what is sent is written to `target/features.json`, for `tests/sdk/test_types.py` to hold against the types of the
/// providers' own clients.
#[test]
fn what_a_table_says_is_what_becomes_of_it_for_every_pair() {
    let (mut wrong, mut sent) = (Vec::new(), Vec::new());
    for from in FORMATS {
        for to in FORMATS.iter().filter(|to| to.name() != from.name()) {
            for feature in sayable(*from) {
                let name = field(*from, feature).unwrap().name;
                let rule = field(*to, feature).unwrap().rule;
                let target = Target { model: model(*to), quirks: &Quirks::DEFAULT };
                let mut only_here = Loss::default();
                if from.only_here(&mut saying(feature), &mut only_here).is_err() || !only_here.0.is_empty() {
                    continue;
                }
                let fate = played(saying(feature), *from, *to, &target);
                if let Err(why) = held(&fate, rule, feature, name, *to) {
                    wrong.push(format!("{} to {}, {feature:?}: {why}", from.name(), to.name()));
                }
                if let Fate::Written { body, .. } = fate {
                    let (body, feature) = (String::from_utf8(body).unwrap(), format!("{feature:?}"));
                    let row =
                        serde_json::json!({"from": from.name(), "to": to.name(), "feature": feature, "body": body});
                    sent.push(row);
                }
            }
        }
    }
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target/features.json");
    std::fs::write(path, serde_json::Value::from(sent).to_string()).unwrap();
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn what_a_presets_row_says_is_what_becomes_of_it() {
    let mut wrong = Vec::new();
    for preset in PRESETS {
        let Some(chat) = preset.endpoints.iter().find(|it| it.operation == Operation::Chat) else { continue };
        let to = postern::format::find(chat.format).unwrap();
        for (feature, rule) in preset.quirks.rules {
            for from in FORMATS.iter().filter(|from| from.name() != to.name()) {
                let name = field(*from, *feature).unwrap().name;
                if name.is_empty() {
                    continue;
                }
                let target = Target { model: model(to), quirks: &preset.quirks };
                let fate = played(saying(*feature), *from, to, &target);
                if let Err(why) = held(&fate, *rule, *feature, name, to) {
                    wrong.push(format!("{} to {}, {feature:?}: {why}", from.name(), preset.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn what_is_lost_is_named_counted_and_recorded_and_a_strict_gateway_refuses() {
    let mut played = 0;
    for from in FORMATS {
        for to in FORMATS.iter().filter(|to| to.name() != from.name()) {
            let preset = preset_of(to.name()).unwrap();
            for feature in sayable(*from) {
                let rule = |format: &dyn Format| field(format, feature).unwrap().rule;
                if rule(*from) != Rule::Maps || !matches!(rule(*to), Rule::Drops(_)) {
                    continue;
                }
                if preset.quirks.rules.iter().any(|(known, _)| *known == feature) {
                    continue;
                }
                let own = Target { model: "m", quirks: &Quirks::DEFAULT };
                let body = from.write_request(&saying(feature), &own, &mut Loss::default()).unwrap();
                let name = field(*from, feature).unwrap().name;
                let ask = Ask::new(from.name(), "m", false).body(body);
                let place = format!("{} to {}, {feature:?}", from.name(), to.name());

                let rig = Rig::of_preset(preset, model(*to));
                let seen = rig.play(&ask, &[Answer::json(200, whole(*to))]);
                assert_eq!((seen.status, seen.sent.len()), (200, 1), "{place}: {}", seen.text());
                let told: Vec<&str> = seen.headers.get("x-postern-lossy").unwrap_or_default().split(',').collect();
                let (asked, answered): (Vec<&str>, Vec<&str>) =
                    told.iter().partition(|name| !name.starts_with("answer:"));
                assert_eq!(asked, [name], "{place}: beside {answered:?}");
                assert_eq!(seen.record["postern.lossy"], serde_json::json!(told), "{place}");
                let counted = |(known, sum): &(String, i64)| known.contains("postern_lossy_fields").then_some(*sum);
                let sum: i64 = rig.host.metrics.borrow().iter().filter_map(counted).sum();
                assert_eq!(usize::try_from(sum), Ok(told.len()), "{place}");

                let seen = Rig::strict(preset, model(*to)).play(&ask, &[Answer::json(200, whole(*to))]);
                assert_eq!((seen.status, seen.sent.len()), (400, 0), "{place}: {}", seen.text());
                let error = from.read_error(seen.status, &seen.headers, &seen.body);
                assert_eq!(error.message, format!("the target cannot hold {name}, and strict is set"), "{place}");
                played += 1;
            }
        }
    }
    assert!(played > 90, "{played}");
}

/// An answer of a provider's.
fn whole(format: &dyn Format) -> Vec<u8> {
    let stem = if format.name() == "openai_chat" { "groq" } else { "text" };
    let root = env!("CARGO_MANIFEST_DIR");
    std::fs::read(format!("{root}/tests/fixtures/{}/{stem}.json", format.name())).unwrap()
}
