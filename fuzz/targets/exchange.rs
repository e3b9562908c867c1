//! The two exchanges: any order of callbacks with any headers and bodies is survived, and a request goes on only if its
//! key is known, its body was understood, and nothing of the client's credentials is in it.
//!
//! The input is a list of steps: a byte for what happens, a byte for how, and for a body two bytes of length.

use postern::filter::configure;
use postern::handover::Taken;
use postern::host::{Exchange, Flow, Plugin, Side};
use postern::http::Headers;
use postern::wire::json::Doc;

use super::fake::FakeHost;

const GATEWAY: &str = r#"{"version":1,"gateway":{
  "tenants":[{"id":"acme","keys":[{"id":"k","sha256":"b8f2e910f92b74fb182fb8c0da199c81b111d7e35e6385cfc81d90f0e25fe84f"}]}],
  "models":[{"name":"m","targets":[{"cluster":"openai","model":"gpt"},{"cluster":"anthropic","model":"claude"}]},
            {"name":"c*","targets":[{"cluster":"anthropic"}]}],
  "policies":[{"redact":{}},{"limit":{"requests_per_minute":5,"tokens_per_minute":5000}}],
  "max_body_bytes":4096}}"#;
const KEY: &str = "pk-client-1";
const PROVIDERS: [(&str, &str); 2] = [
    ("openai", r#"{"version":1,"provider":{"preset":"openai","key":{"inline":"sk-provider-1"}}}"#),
    ("anthropic", r#"{"version":1,"provider":{"preset":"anthropic","key":{"inline":"sk-provider-2"}}}"#),
];

thread_local! {
    static PLUGINS: (Box<dyn Plugin>, Vec<Box<dyn Plugin>>) = {
        let host = FakeHost::new();
        let made = |json: &str| configure(&host, json.as_bytes()).expect("the configuration is right");
        (made(GATEWAY), PROVIDERS.iter().map(|(_, json)| made(json)).collect())
    };
}

/// The law.
pub fn check(input: &[u8]) {
    PLUGINS.with(|(gateway, providers)| {
        let mut play = Play {
            host: FakeHost::new(),
            gateway: gateway.exchange(),
            upstream: None,
            providers,
            known: false,
            upstream_headers: Headers::new(),
            attempt: 0,
        };
        let mut rest = input;
        while let Some((&[what, how], after)) = rest.split_first_chunk::<2>() {
            rest = play.step(what, how, after);
        }
    });
}

struct Play<'p> {
    host: FakeHost,
    gateway: Box<dyn Exchange>,
    upstream: Option<(&'static str, Box<dyn Exchange>)>,
    providers: &'p [Box<dyn Plugin>],
    /// Whether the client's headers had a key that is known.
    known: bool,
    upstream_headers: Headers,
    attempt: u64,
}

impl Play<'_> {
    fn step<'a>(&mut self, what: u8, how: u8, rest: &'a [u8]) -> &'a [u8] {
        let end = how & 1 == 1;
        let hold = |side: Side, headers: Headers| *self.host.held[side as usize].borrow_mut() = Some(headers);
        match what % 10 {
            0 => {
                hold(Side::Request, client_headers(how));
                self.known = how & 2 != 0;
                let flow = self.gateway.on_request_headers(&self.host, end);
                assert_eq!(flow, Flow::Pause, "headers alone send nothing on");
            }
            1 => return self.gateway_body(end, rest),
            2 => {
                hold(Side::Response, provider_headers(how));
                let _ = self.gateway.on_response_headers(&self.host, end);
            }
            3 => return self.answer_body(false, end, rest),
            4 => self.gateway.on_log(&self.host),
            5 => {
                let at = usize::from(how >> 1) % PROVIDERS.len();
                let (cluster, plugin) = (PROVIDERS[at].0, &self.providers[at]);
                self.upstream = Some((cluster, plugin.exchange()));
                self.attempt += 1;
                self.host.set_text("xds.cluster_name", cluster);
                self.host.set_number("upstream.request_attempt_count", self.attempt);
                hold(Side::Request, client_headers(2));
                self.upstream_request(end, true);
            }
            6 => {
                let rest = self.buffer(Side::Request, rest);
                self.upstream_request(end, false);
                return rest;
            }
            7 => {
                hold(Side::Response, provider_headers(how));
                if let Some((_, upstream)) = &mut self.upstream {
                    let _ = upstream.on_response_headers(&self.host, end);
                }
            }
            8 => return self.answer_body(true, end, rest),
            _ => {
                let released = &self.host.held[usize::from(how & 1)];
                *released.borrow_mut() = None;
            }
        }
        rest
    }

    fn buffer<'a>(&self, side: Side, rest: &'a [u8]) -> &'a [u8] {
        let Some((length, rest)) = rest.split_first_chunk::<2>() else { return rest };
        let (bytes, rest) = rest.split_at(usize::from(u16::from_le_bytes(*length)).min(rest.len()));
        *self.host.buffered[side as usize].borrow_mut() = bytes.to_vec();
        rest
    }

    fn gateway_body<'a>(&mut self, end: bool, rest: &'a [u8]) -> &'a [u8] {
        let rest = self.buffer(Side::Request, rest);
        let size = self.host.buffered[0].borrow().len();
        self.host.reply.replace(None);
        let flow = self.gateway.on_request_body(&self.host, size, end);
        if flow == Flow::Continue {
            assert!(self.known && end && self.host.reply.borrow().is_none(), "a request goes on that was not accepted");
            let body = self.host.buffered[0].borrow();
            let doc = Doc::parse(&body).expect("what goes on is JSON");
            let taken = Taken::new(&self.host).expect("what goes on has its order");
            assert!(doc.root().get("model").is_some_and(|model| model.is(&taken.order.model)));
            assert!(!taken.order.targets.is_empty());
            assert_clean(&taken.headers);
            assert_clean(&self.host.held[0].borrow().clone().unwrap_or_default());
        }
        rest
    }

    fn upstream_request(&mut self, end: bool, start: bool) {
        let Some((cluster, upstream)) = &mut self.upstream else { return };
        self.host.reply.replace(None);
        let size = self.host.buffered[0].borrow().len();
        let flow = match start {
            true => upstream.on_request_headers(&self.host, end),
            false => upstream.on_request_body(&self.host, size, end),
        };
        if flow == Flow::Continue {
            assert!(end && self.host.reply.borrow().is_none(), "a request goes out that was refused");
            let taken = Taken::new(&self.host).expect("what goes out has its order");
            assert!(taken.order.targets.iter().any(|target| target.cluster == *cluster));
            self.upstream_headers = self.host.held[0].borrow().clone().expect("headers go out while they are held");
            assert_clean(&self.upstream_headers);
            assert!(self.upstream_headers.get(":path").is_some_and(|path| !path.contains(KEY)));
            assert_eq!(taken.outcome(&self.host).map(|outcome| outcome.attempt), Some(self.attempt));
        }
        // Only the gateway's own answer matters to the gateway.
        self.host.reply.replace(None);
    }

    fn answer_body<'a>(&mut self, upstream: bool, end: bool, rest: &'a [u8]) -> &'a [u8] {
        let rest = self.buffer(Side::Response, rest);
        let size = self.host.buffered[1].borrow().len();
        let _ = match (upstream, &mut self.upstream) {
            (true, Some((_, upstream))) => upstream.on_response_body(&self.host, size, end),
            (true, None) => Flow::Continue,
            (false, _) => self.gateway.on_response_body(&self.host, size, end),
        };
        rest
    }
}

fn client_headers(how: u8) -> Headers {
    let path = match how >> 4 {
        0..8 => "/v1/chat/completions",
        8..13 => "/v1/messages?beta=true&key=pk-client-1",
        13 => "/v1/embeddings",
        14 => "/v1/models",
        _ => "/nowhere",
    };
    let key = if how & 2 != 0 { KEY } else { "pk-unknown" };
    let mut headers: Headers =
        [(":method", "POST"), (":path", path), (":authority", "gateway"), ("cookie", "session=pk-client-1")]
            .into_iter()
            .collect();
    headers.add("x-api-key", key);
    if how & 4 != 0 {
        headers.add("content-encoding", "gzip");
    }
    headers
}

fn provider_headers(how: u8) -> Headers {
    let status = ["200", "200", "400", "401", "429", "500", "529", "x"][usize::from(how >> 5)];
    let content_type = ["text/event-stream", "application/json", "text/html", ""][usize::from(how >> 1 & 3)];
    let mut headers: Headers = [(":status", status), ("content-type", content_type)].into_iter().collect();
    if how & 8 != 0 {
        headers.add("content-encoding", "gzip");
    }
    headers
}

fn assert_clean(headers: &Headers) {
    // The path is rebuilt by the provider filter, which is looked at when it has done so.
    for (name, value) in headers.iter().filter(|(name, _)| *name != ":path") {
        assert!(!value.windows(KEY.len()).any(|part| part == KEY.as_bytes()), "the client's key is in {name}");
        assert_ne!(name, "cookie");
    }
}
