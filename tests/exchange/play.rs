//! Plays one exchange as Envoy would: the client's request through the gateway filter, each attempt through the filter
//! of its cluster, scripted answers back through both. Headers can be seen and changed only while they are held, a body
//! accumulates while a filter pauses, and an answer with a status worth a retry starts the next attempt.

use postern::chat::{Answer as Unified, Delta, Request, unfold};
use postern::filter::configure;
use postern::format::{Ask as FormatAsk, Loss, Quirks, Target};
use postern::host::{Exchange, Flow, Plugin, Side};
use postern::http::{Headers, Reply};
use postern::provider::{PRESETS, Preset};
use postern::surface::Operation;
use postern::wire::json::Text;
use serde_json::{Value, json};

use crate::fake::FakeHost;

/// The client's key for the gateway.
pub const CLIENT_KEY: &str = "pk-client-planted";
/// What the gateway's configuration says of it: `printf %s pk-client-planted | sha256sum`.
pub const CLIENT_KEY_SHA256: &str = "ca5db5dbed928105937b2ff2307194893785f213c822962ec2cacf6d0d54c98b";
/// What every provider's key begins with.
pub const PROVIDER_KEY: &str = "sk-provider-planted";

/// Statuses that the route retries.
const RETRIED: &[u16] = &[429, 500, 502, 503, 504, 529];

/// A client's format with a model that leads to a provider: the path, the model's name, the format the provider speaks.
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    pub client: &'static str,
    pub model: &'static str,
    pub provider: &'static str,
}

/// The two formats that have been there from the start, each with each; `pairs` has all.
pub const PAIRS: [Pair; 4] = [
    Pair { client: "openai_chat", model: "gpt", provider: "openai_chat" },
    Pair { client: "openai_chat", model: "claude", provider: "anthropic_messages" },
    Pair { client: "anthropic_messages", model: "gpt", provider: "openai_chat" },
    Pair { client: "anthropic_messages", model: "claude", provider: "anthropic_messages" },
];

/// A chat format in the tests.
pub struct Dialect {
    /// Its name.
    pub name: &'static str,
    /// Where a client calls; `{}` is the model.
    path: &'static str,
    /// The same for a stream.
    stream_path: &'static str,
    /// The name that clients use for its provider's model.
    model: &'static str,
    /// The model there; of a generation that takes all that the tests say.
    pub real_model: &'static str,
}

/// A format whose path says nothing but itself.
const fn dialect(name: &'static str, path: &'static str, model: &'static str, real_model: &'static str) -> Dialect {
    Dialect { name, path, stream_path: path, model, real_model }
}

/// Every chat format.
const DIALECTS: &[Dialect] = &[
    dialect("openai_chat", "/v1/chat/completions", "to-openai", "gpt-4.1"),
    dialect("anthropic_messages", "/v1/messages", "to-anthropic", "claude-haiku-4-5"),
    dialect("openai_responses", "/v1/responses", "to-responses", "gpt-4.1"),
    Dialect {
        name: "gemini",
        path: "/v1beta/models/{}:generateContent",
        stream_path: "/v1beta/models/{}:streamGenerateContent?alt=sse",
        model: "to-gemini",
        real_model: "gemini-2.5-flash",
    },
    Dialect {
        name: "bedrock_converse",
        path: "/model/{}/converse",
        stream_path: "/model/{}/converse-stream",
        model: "to-bedrock",
        real_model: "anthropic.claude-haiku-4-5-20251001-v1:0",
    },
    dialect("cohere_chat", "/v2/chat", "to-cohere", "command-a-03-2025"),
    dialect("ollama_chat", "/api/chat", "to-ollama", "qwen3:8b"),
];

/// The dialect of a format.
pub fn dialect_of(format: &str) -> &'static Dialect {
    DIALECTS.iter().find(|dialect| dialect.name == format).unwrap()
}

/// Every chat format there is as a client with every one as a provider.
pub fn pairs() -> Vec<Pair> {
    let there = || DIALECTS.iter().filter(|dialect| postern::format::find(dialect.name).is_some());
    let with_client = |client: &'static Dialect| {
        there().map(|provider| Pair { client: client.name, model: provider.model, provider: provider.name })
    };
    there().flat_map(with_client).collect()
}

/// A preset that speaks a format and no other, so that every other client's chat is translated for it.
pub fn preset_of(format: &str) -> Option<&'static Preset> {
    let mut presets = PRESETS.iter().filter(|preset| {
        let mut chats = preset.endpoints.iter().filter(|endpoint| endpoint.operation == Operation::Chat).peekable();
        chats.peek().is_some() && chats.all(|endpoint| endpoint.format == format)
    });
    presets.next()
}

/// The configuration of a provider that speaks a format, whatever it has to be told.
fn provider_of(Preset { name, params, host, .. }: &Preset) -> Value {
    let params: serde_json::Map<_, _> = params.iter().map(|param| (param.name.to_owned(), "x".into())).collect();
    let key = format!("{PROVIDER_KEY}-{name}");
    let mut provider = json!({"preset": name, "key": {"inline": key}, "params": params});
    if host.is_empty() {
        provider["host"] = "provider.test".into();
    }
    json!({"version": 1, "provider": provider})
}

/// The clusters of `pairs`, with the names of their models and their configurations.
pub fn providers() -> Value {
    let there = DIALECTS.iter().filter_map(|dialect| Some((dialect, preset_of(dialect.name)?)));
    let about = |(Dialect { name, model, real_model, .. }, preset): (&Dialect, _)| json!({"cluster": name, "model": model, "real_model": real_model, "config": provider_of(preset)});
    there.map(about).collect()
}

impl Pair {
    /// A client's request in its format.
    pub fn ask(self, stream: bool) -> Ask {
        Ask::new(self.client, self.model, stream)
    }

    /// The format the client speaks.
    pub fn client_format(self) -> &'static dyn postern::format::Format {
        postern::format::find(self.client).unwrap()
    }

    /// The format the provider speaks.
    pub fn provider_format(self) -> &'static dyn postern::format::Format {
        postern::format::find(self.provider).unwrap()
    }

    /// A recorded answer of the provider's.
    pub fn fixture(self, stem: &str, kind: &str) -> Vec<u8> {
        fixture(self.provider, &format!("{stem}.{kind}"))
    }

    /// A client's request that says this, in its format's words.
    pub fn asking(self, request: &Request<'_>) -> Ask {
        // Rooms write what the model's generation takes, and the clients' names for models say no generation.
        let real_model = dialect_of(self.client).real_model;
        let target = Target { model: real_model, quirks: &Quirks::DEFAULT };
        let mut loss = Loss::default();
        let body = self
            .client_format()
            .write_request(request, &target, &mut loss)
            .unwrap_or_else(|e| panic!("{self:?} {e:?}"));
        assert!(loss.0.is_empty(), "{self:?}: {loss:?}");
        self.ask(request.stream).body(String::from_utf8(body).unwrap().replace(real_model, self.model))
    }

    /// What the provider is asked, as far as its answer needs it.
    pub fn asked_of_provider(self, stream: bool) -> FormatAsk {
        FormatAsk {
            model: self.model.to_owned(),
            stream,
            include_usage: true,
            now_secs: 1_700_000_000,
            fallback_id: "f".to_owned(),
            framing: self.provider_format().framing(),
            ..FormatAsk::default()
        }
    }

    /// A provider's whole answer.
    pub fn answering(self, answer: &Unified<'_>) -> Answer {
        Answer::json(200, self.provider_format().write_answer(answer, &self.asked_of_provider(false)))
    }

    /// A provider's stream.
    pub fn streaming(self, answer: &Unified<'_>) -> Vec<u8> {
        self.streaming_to(answer, &mut |_| ())
    }

    /// The same; `each` sees what is written after each step.
    pub fn streaming_to(self, answer: &Unified<'_>, each: &mut dyn FnMut(&[u8])) -> Vec<u8> {
        let mut writer = self.provider_format().stream_writer(&self.asked_of_provider(true));
        let mut out = Vec::new();
        for delta in steps(answer) {
            writer.write(&delta, &mut out);
            each(&out);
        }
        out
    }

    /// A provider's stream in these chunks.
    pub fn in_chunks(self, chunks: Vec<Vec<u8>>) -> Answer {
        let kind = self.provider_format().framing().media_type().to_owned();
        Answer::Is { status: 200, headers: vec![("content-type", kind)], chunks }
    }
}

/// The steps of a stream that says this, its texts in pieces.
pub fn steps(answer: &Unified<'_>) -> Vec<Delta<'static>> {
    let mut steps = Vec::new();
    let in_pieces = |text: &Text<'_>, make: &mut dyn FnMut(Text<'static>)| {
        let plain: Vec<char> = text.decode().chars().collect();
        for piece in plain.chunks(7) {
            let plain: String = piece.iter().collect();
            make(Text::from_plain(&plain).into_owned());
        }
    };
    unfold(answer, &mut |delta| match delta {
        Delta::Text(choice, text) => in_pieces(&text, &mut |piece| steps.push(Delta::Text(choice, piece))),
        Delta::Thinking(choice, text) => in_pieces(&text, &mut |piece| steps.push(Delta::Thinking(choice, piece))),
        Delta::ToolArguments { choice, index, fragment } => in_pieces(&fragment, &mut |fragment| {
            steps.push(Delta::ToolArguments { choice, index, fragment });
        }),
        other => steps.push(other.to_static()),
    });
    steps
}

/// A recorded answer.
pub fn fixture(format: &str, name: &str) -> Vec<u8> {
    let root = env!("CARGO_MANIFEST_DIR");
    std::fs::read(format!("{root}/tests/fixtures/{format}/{name}")).unwrap()
}

/// Names of the recorded streams of a format.
pub fn streams(format: &str) -> &'static [&'static str] {
    match format {
        "openai_chat" => &[
            "azure",
            "deepseek_crlf",
            "google_one_index",
            "groq",
            "litellm_thinking",
            "mistral",
            "openai_refusal",
            "openai_tools",
            "openai_two_choices",
            "openai_search_logprobs",
            "openrouter_error",
            "openrouter_media",
            "openrouter_reasoning",
            "xai_repeats",
        ],
        _ => &["overloaded", "parallel_tools", "refusal", "server_tools", "text", "thinking_tools"],
    }
}

/// What a client sends.
#[derive(Clone)]
pub struct Ask {
    pub method: &'static str,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Where the network cuts the body.
    pub cut: usize,
}

impl Ask {
    /// A small chat request.
    pub fn new(format: &str, model: &str, stream: bool) -> Self {
        let Dialect { path, stream_path, .. } = dialect_of(format);
        let path = if stream { stream_path } else { path }.replace("{}", model);
        let body = match format {
            "openai_chat" => {
                format!(
                    r#"{{"model":"{model}","stream":{stream},"messages":[{{"role":"user","content":"Hello, planet"}}]}}"#
                )
            }
            "gemini" => r#"{"contents":[{"role":"user","parts":[{"text":"Hello, planet"}]}]}"#.to_owned(),
            "openai_responses" => format!(r#"{{"model":"{model}","stream":{stream},"input":"Hello, planet"}}"#),
            "bedrock_converse" => r#"{"messages":[{"role":"user","content":[{"text":"Hello, planet"}]}]}"#.to_owned(),
            _ => {
                format!(
                    r#"{{"model":"{model}","stream":{stream},"max_tokens":64,"messages":[{{"role":"user","content":"Hello, planet"}}]}}"#
                )
            }
        };
        Self {
            method: "POST",
            path,
            headers: vec![("authorization".to_owned(), format!("Bearer {CLIENT_KEY}"))],
            body: body.into_bytes(),
            cut: usize::MAX,
        }
    }

    /// The same with another body.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// The same with another header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// What happens to an attempt.
#[derive(Clone)]
pub enum Answer {
    /// The provider answers.
    Is { status: u16, headers: Vec<(&'static str, String)>, chunks: Vec<Vec<u8>> },
    /// Nobody can be reached.
    Unreachable,
}

impl Answer {
    /// A whole JSON body.
    pub fn json(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::Is { status, headers: vec![("content-type", "application/json".to_owned())], chunks: vec![body.into()] }
    }

    /// A stream in chunks.
    pub fn stream(chunks: Vec<Vec<u8>>) -> Self {
        Self::Is { status: 200, headers: vec![("content-type", "text/event-stream".to_owned())], chunks }
    }
}

/// What left for a provider.
#[derive(Clone)]
pub struct Sent {
    pub cluster: String,
    pub headers: Headers,
    pub body: Vec<u8>,
}

impl Sent {
    /// All of it as text, to search in.
    pub fn text(&self) -> String {
        format!("{}\n{}", header_text(&self.headers), String::from_utf8_lossy(&self.body))
    }

    /// Its body.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// Headers as text, to search in.
pub fn header_text(headers: &Headers) -> String {
    headers.iter().map(|(name, value)| format!("{name}: {}\n", String::from_utf8_lossy(value))).collect()
}

/// What became of an exchange.
#[derive(Default)]
pub struct Seen {
    /// Every attempt.
    pub sent: Vec<Sent>,
    /// What the client got. 0: no headers came.
    pub status: u16,
    pub headers: Headers,
    pub body: Vec<u8>,
    /// Whether the client got its end.
    pub complete: bool,
    /// Whether a filter reset the stream.
    pub reset: bool,
    /// The usage record; null if there is none.
    pub record: Value,
    /// How many callbacks there were.
    pub callbacks: usize,
}

impl Seen {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Everything the client got as text, to search in.
    pub fn client_text(&self) -> String {
        format!("{}\n{}", header_text(&self.headers), self.text())
    }

    /// The message of an error in either format.
    pub fn message(&self) -> String {
        self.json()["error"]["message"].as_str().unwrap_or_default().to_owned()
    }
}

/// A gateway with its providers.
pub struct Rig {
    pub host: FakeHost,
    pub gateway: Option<Box<dyn Plugin>>,
    pub providers: Vec<(String, Box<dyn Plugin>)>,
    /// What the metadata of the clusters says of their provider, if anything.
    pub metadata: Option<&'static str>,
}

impl Rig {
    /// The usual one, without policies.
    pub fn new() -> Self {
        Self::with_policies("[]")
    }

    /// The usual one with these policies.
    pub fn with_policies(policies: &str) -> Self {
        Self::with(policies, 65_536)
    }

    /// One with these policies that takes bodies so large.
    pub fn with(policies: &str, max_body_bytes: usize) -> Self {
        let made_for = DIALECTS.iter().filter_map(|dialect| Some((dialect, preset_of(dialect.name)?)));
        let route = |(Dialect { name, model, real_model, .. }, _): (&Dialect, _)| {
            format!(r#"{{"name":"{model}","targets":[{{"cluster":"{name}","model":"{real_model}"}}]}}"#)
        };
        let routes: Vec<_> = made_for.clone().map(route).collect();
        let routes = routes.join(",");
        let gateway = format!(
            r#"{{"version":1,"gateway":{{
              "tenants":[{{"id":"acme","keys":[{{"id":"first","sha256":"{CLIENT_KEY_SHA256}"}}],"tags":{{"team":"blue"}}}}],
              "models":[
                {{"name":"gpt","targets":[{{"cluster":"openai"}}]}},
                {{"name":"claude","targets":[{{"cluster":"anthropic"}}]}},
                {{"name":"alias","targets":[{{"cluster":"openai","model":"gpt-real"}}]}},
                {{"name":"alias-claude","targets":[{{"cluster":"anthropic","model":"claude-real"}}]}},
                {{"name":"both","targets":[{{"cluster":"openai","model":"gpt-real"}},{{"cluster":"anthropic","model":"claude-real"}}]}},
                {{"name":"both-back","targets":[{{"cluster":"anthropic","model":"claude-real"}},{{"cluster":"openai","model":"gpt-real"}}]}},
                {{"name":"family-*","targets":[{{"cluster":"openai"}}]}},
                {routes},
                {{"name":"lost","targets":[{{"cluster":"nowhere"}}]}}
              ],
              "max_body_bytes":{max_body_bytes},
              "policies":{policies}}}}}"#
        );
        let host = FakeHost::new();
        let made = |json: &str| configure(&host, json.as_bytes()).unwrap_or_else(|error| panic!("{error}"));
        let provider = |preset: &str, extra: &str| {
            let key = format!(r#""key":{{"inline":"{PROVIDER_KEY}-{preset}"}}"#);
            made(&format!(r#"{{"version":1,"provider":{{"preset":"{preset}",{key}{extra}}}}}"#))
        };
        let mut providers = vec![
            ("openai".to_owned(), provider("openai", r#","headers":{"openai-organization":"org-planted"}"#)),
            ("anthropic".to_owned(), provider("anthropic", r#","headers":{"x-workspace":"ws-planted"}"#)),
        ];
        for (dialect, preset) in made_for {
            providers.push((dialect.name.to_owned(), made(&provider_of(preset).to_string())));
        }
        let gateway = Some(made(&gateway));
        Self { host, gateway, providers, metadata: None }
    }

    /// One whose only model, `m`, is this one at this preset's provider.
    pub fn of_preset(preset: &Preset, model: &str) -> Self {
        Self::of_preset_and(preset, model, false)
    }

    /// The same, whose gateway loses nothing.
    pub fn strict(preset: &Preset, model: &str) -> Self {
        Self::of_preset_and(preset, model, true)
    }

    fn of_preset_and(preset: &Preset, model: &str, strict: bool) -> Self {
        let gateway = format!(
            r#"{{"version":1,"gateway":{{"strict":{strict},
              "tenants":[{{"id":"acme","keys":[{{"id":"first","sha256":"{CLIENT_KEY_SHA256}"}}]}}],
              "models":[{{"name":"m","targets":[{{"cluster":"only","model":"{model}"}}]}}]}}}}"#
        );
        let params = preset.params.iter().filter(|param| param.default.is_none());
        let params: Vec<_> = params.map(|param| format!(r#""{0}":"the-{0}""#, param.name)).collect();
        let named = if preset.host.is_empty() { r#","host":"provider.test""# } else { "" };
        let provider = format!(
            r#"{{"version":1,"provider":{{"preset":"{}","key":{{"inline":"{PROVIDER_KEY}"}},"params":{{{}}}{named}}}}}"#,
            preset.name,
            params.join(",")
        );
        let host = FakeHost::new();
        let made = |json: &str| configure(&host, json.as_bytes()).unwrap_or_else(|error| panic!("{error}"));
        let (gateway, provider) = (Some(made(&gateway)), made(&provider));
        Self { host, gateway, providers: vec![("only".to_owned(), provider)], metadata: None }
    }

    /// A rig whose listener has no gateway filter; every request is put to this cluster.
    pub fn without_gateway() -> Self {
        Self { gateway: None, ..Self::new() }
    }

    /// A fresh exchange of the gateway filter.
    pub fn gateway(&self) -> Box<dyn Exchange> {
        self.gateway.as_ref().unwrap().exchange()
    }

    /// A fresh attempt at a cluster.
    pub fn upstream(&self, cluster: &str) -> Option<Box<dyn Exchange>> {
        self.providers.iter().find(|(name, _)| name == cluster).map(|(_, plugin)| plugin.exchange())
    }

    /// Plays an exchange to its end.
    pub fn play(&self, ask: &Ask, answers: &[Answer]) -> Seen {
        self.play_until(ask, answers, usize::MAX)
    }

    /// Plays an exchange until the client hangs up before the callback of that number.
    pub fn play_until(&self, ask: &Ask, answers: &[Answer], callbacks: usize) -> Seen {
        self.host.new_stream();
        let gateway = self.gateway.as_ref().map(|plugin| plugin.exchange());
        let mut play =
            Play { rig: self, host: &self.host, gateway, seen: Seen::default(), left: callbacks, held: true };
        let _ = play.request(ask, answers);
        if let Some(gateway) = &mut play.gateway {
            gateway.on_log(&self.host);
        }
        play.seen.reset = self.host.reset.get();
        let state = self.host.state.borrow();
        play.seen.record =
            state.get("postern.record").map_or(Value::Null, |text| serde_json::from_slice(text).unwrap());
        play.seen
    }
}

/// The exchange is over: the client went away, or a filter said the last word.
struct Over;

struct Play<'r> {
    rig: &'r Rig,
    host: &'r FakeHost,
    gateway: Option<Box<dyn Exchange>>,
    seen: Seen,
    left: usize,
    /// Whether the gateway filter still holds the answer's headers.
    held: bool,
}

impl Play<'_> {
    /// Before each callback.
    fn tick(&mut self) -> Result<(), Over> {
        self.left = self.left.checked_sub(1).ok_or(Over)?;
        self.seen.callbacks += 1;
        Ok(())
    }

    fn hold(&self, side: Side, headers: Headers) {
        *self.host.held[side as usize].borrow_mut() = Some(headers);
    }

    fn release(&self, side: Side) -> Headers {
        self.host.held[side as usize].borrow_mut().take().unwrap()
    }

    /// Puts more into a buffer, and says how much is in it.
    fn buffer(&self, side: Side, bytes: &[u8]) -> usize {
        let mut buffer = self.host.buffered[side as usize].borrow_mut();
        buffer.extend_from_slice(bytes);
        buffer.len()
    }

    fn drain(&self, side: Side) -> Vec<u8> {
        std::mem::take(&mut *self.host.buffered[side as usize].borrow_mut())
    }

    /// A filter's own answer or reset ends the request's way.
    fn interrupted(&mut self) -> Result<(), Over> {
        if self.host.reset.get() {
            return Err(Over);
        }
        let reply = self.host.reply.borrow_mut().take();
        match reply {
            Some(reply) => self.local(reply, "postern"),
            None => Ok(()),
        }
    }

    /// An answer made in Envoy passes the gateway filter like any other.
    fn local(&mut self, reply: Reply, details: &str) -> Result<(), Over> {
        let Reply { status, mut headers, body } = reply;
        headers.set(":status", &status.to_string());
        self.host.set_text("response.code_details", details);
        self.drain(Side::Response);
        self.answer_headers(headers, body.is_empty())?;
        if !body.is_empty() {
            self.answer_body(&body, true)?;
        }
        Err(Over)
    }

    fn request(&mut self, ask: &Ask, answers: &[Answer]) -> Result<(), Over> {
        let mut headers: Headers =
            [(":method", ask.method), (":scheme", "https"), (":authority", "gateway.example"), (":path", &ask.path)]
                .into_iter()
                .collect();
        if !ask.headers.iter().any(|(name, _)| name == "content-type") {
            headers.add("content-type", "application/json");
        }
        headers.add("content-length", &ask.body.len().to_string());
        ask.headers.iter().for_each(|(name, value)| headers.add(name, value));
        self.hold(Side::Request, headers);
        self.buffer(Side::Request, &[]);
        if let Some(mut gateway) = self.gateway.take() {
            let passed = self.gateway_request(&mut *gateway, ask);
            self.gateway = Some(gateway);
            passed?;
            self.interrupted()?;
        } else {
            self.buffer(Side::Request, &ask.body);
        }
        let mut shared = self.release(Side::Request);
        let body = self.drain(Side::Request);
        for (at, answer) in answers.iter().enumerate() {
            let last = at + 1 == answers.len();
            let Some(headers) = self.attempt(at as u64 + 1, shared, &body, answer, last)? else { return Err(Over) };
            shared = headers;
        }
        Ok(())
    }

    fn gateway_request(&mut self, gateway: &mut dyn Exchange, ask: &Ask) -> Result<(), Over> {
        self.tick()?;
        let mut flow = gateway.on_request_headers(self.host, ask.body.is_empty());
        let chunks = ask.body.chunks(ask.cut.min(ask.body.len()).max(1));
        let count = chunks.len();
        for (at, chunk) in chunks.enumerate() {
            if self.host.reply.borrow().is_some() || self.host.reset.get() {
                return Ok(());
            }
            let known = matches!(postern::surface::find(ask.method, &ask.path), postern::surface::Lookup::Found(..));
            assert!(flow == Flow::Pause || !known, "the gateway let a request go on before its end");
            self.tick()?;
            let held = self.buffer(Side::Request, chunk);
            let size = if flow == Flow::Pause { held } else { chunk.len() };
            flow = gateway.on_request_body(self.host, size, at + 1 == count);
        }
        assert_eq!(flow == Flow::Continue, self.host.reply.borrow().is_none(), "goes on or is answered");
        Ok(())
    }

    /// One attempt: Some(the headers as it left them) where another follows.
    fn attempt(
        &mut self,
        number: u64,
        shared: Headers,
        body: &[u8],
        answer: &Answer,
        last: bool,
    ) -> Result<Option<Headers>, Over> {
        let next = self.host.state.borrow().get("postern.next").map(|name| String::from_utf8(name.clone()).unwrap());
        let cluster = next.unwrap_or_else(|| "openai".to_owned());
        let unavailable = |body: &str| Reply { status: 503, body: body.as_bytes().to_vec(), ..Reply::default() };
        let Some(mut upstream) = self.rig.upstream(&cluster) else {
            self.local(unavailable(""), "cluster_not_found")?;
            return Ok(None);
        };
        self.host.set_text("xds.cluster_name", &cluster);
        self.host.set_number("upstream.request_attempt_count", number);
        if let Some(named) = self.rig.metadata {
            self.host.set_text("xds.cluster_metadata.filter_metadata.postern.provider", named);
        }
        self.hold(Side::Request, shared);
        self.tick()?;
        let _ = upstream.on_request_headers(self.host, body.is_empty());
        self.interrupted()?;
        if !body.is_empty() {
            self.tick()?;
            let size = self.buffer(Side::Request, body);
            let flow = upstream.on_request_body(self.host, size, true);
            self.interrupted()?;
            assert_eq!(flow, Flow::Continue, "an attempt neither goes on nor is answered");
        }
        let headers = self.release(Side::Request);
        let body = self.drain(Side::Request);
        self.seen.sent.push(Sent { cluster, headers: headers.clone(), body });
        let Answer::Is { status, headers: answered, chunks } = answer else {
            if last {
                self.local(unavailable("upstream connect error"), "upstream_reset_before_response_started")?;
            }
            return Ok(Some(headers));
        };
        let mut response: Headers = [(":status", status.to_string().as_str())].into_iter().collect();
        answered.iter().for_each(|(name, value)| response.add(name, value));
        self.hold(Side::Response, response);
        self.drain(Side::Response);
        self.tick()?;
        let mut flow = upstream.on_response_headers(self.host, chunks.is_empty());
        self.interrupted()?;
        let mut released = false;
        let count = chunks.len();
        for (at, next) in chunks.iter().map(Some).chain([None]).enumerate() {
            if flow == Flow::Continue {
                let out = self.drain(Side::Response);
                let end = at == count;
                if !released {
                    let headers_now = self.release(Side::Response);
                    let status: u16 = headers_now.get(":status").unwrap().parse().unwrap();
                    if !last && RETRIED.contains(&status) {
                        return Ok(Some(headers));
                    }
                    self.host.set_text("response.code_details", "via_upstream");
                    self.answer_headers(headers_now, count == 0)?;
                    released = true;
                }
                if at > 0 {
                    self.answer_body(&out, end)?;
                }
            }
            if let Some(chunk) = next {
                self.tick()?;
                let size = self.buffer(Side::Response, chunk);
                flow = upstream.on_response_body(self.host, size, at + 1 == count);
                if released && self.host.reply.borrow().is_some() {
                    return Err(Over);
                }
                self.interrupted()?;
            }
        }
        assert!(released, "an answer is held for ever");
        Ok(None)
    }

    /// Hands the answer's headers to the gateway filter, and on to the client.
    fn answer_headers(&mut self, headers: Headers, end: bool) -> Result<(), Over> {
        let Some(mut gateway) = self.gateway.take() else {
            self.show_client(headers);
            self.seen.complete = end;
            return Ok(());
        };
        self.hold(Side::Response, headers);
        let ticked = self.tick();
        let flow = ticked.is_ok().then(|| gateway.on_response_headers(self.host, end));
        self.gateway = Some(gateway);
        ticked?;
        let reply = self.host.reply.borrow_mut().take();
        if let Some(Reply { status, mut headers, body }) = reply {
            headers.set(":status", &status.to_string());
            self.show_client(headers);
            self.seen.body = body;
            self.seen.complete = true;
            return Err(Over);
        }
        if flow == Some(Flow::Continue) {
            let headers = self.release(Side::Response);
            self.show_client(headers);
            self.seen.complete = end;
        } else {
            assert!(!end, "headers alone are held for ever");
        }
        Ok(())
    }

    fn show_client(&mut self, headers: Headers) {
        self.seen.status = headers.get(":status").unwrap().parse().unwrap();
        self.seen.headers = headers;
        self.held = false;
    }

    fn answer_body(&mut self, bytes: &[u8], end: bool) -> Result<(), Over> {
        let Some(mut gateway) = self.gateway.take() else {
            self.seen.body.extend_from_slice(bytes);
            self.seen.complete = end;
            return Ok(());
        };
        let ticked = self.tick();
        let size = self.buffer(Side::Response, bytes);
        let flow = ticked.is_ok().then(|| gateway.on_response_body(self.host, size, end));
        self.gateway = Some(gateway);
        ticked?;
        if flow == Some(Flow::Continue) {
            if self.held {
                let headers = self.release(Side::Response);
                self.show_client(headers);
            }
            let bytes = self.drain(Side::Response);
            self.seen.body.extend_from_slice(&bytes);
            self.seen.complete = end;
        }
        Ok(())
    }
}
