//! Tells somebody outside what happens: the alerts that wait in the [`ledger`](crate::ledger) go to a webhook, one after
//! the other, signed, until it has taken them. Headers and signature are those of Standard Webhooks (1.0.0), for which
//! receivers have libraries: `webhook-id` is the same whenever the same is told, `webhook-signature` is the HMAC-SHA256 of
//! `<id>.<timestamp>.<body>`.

use std::cell::{Cell, RefCell};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::config::{Bounded, Errors, Node, Secret, settings};
use crate::host::{CallId, Host, Level};
use crate::http::Headers;
use crate::ledger::alerts::{self, Alert};

settings! {
    /// Where alerts go: thresholds of budgets that were passed.
    pub struct WebhookConfig {
        /// The Envoy cluster that the call goes to.
        pub cluster: String,
        /// The address there, e.g. `https://hooks.example.com/postern`; its host and path are what the receiver sees.
        pub url: String,
        /// What signs it: a Standard Webhooks secret (`whsec_` and base64), or any text.
        pub secret: Secret,
        /// How long an answer may take.
        pub timeout_ms: Bounded<1, 60_000> = Bounded::of::<5_000>(),
    }
    check = WebhookConfig::has_an_address;
}

impl WebhookConfig {
    fn has_an_address(&self, node: Node<'_>, errors: &mut Errors) {
        if self.cluster.is_empty() {
            errors.add(node.key("cluster"), "expected the name of an Envoy cluster, got an empty text");
        }
        if address(&self.url).is_none() {
            errors.add(node.key("url"), "expected an address such as https://hooks.example.com/postern");
        }
    }
}

/// Host and path of an address.
fn address(url: &str) -> Option<(&str, String)> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
    (!host.is_empty() && plain(host) && plain(path)).then(|| (host, format!("/{path}")))
}

/// How often it is looked whether there is something to tell.
const TICK_MS: u32 = 1_000;

/// The longest pause between two tries; the first is a second, and each one doubles it.
const MAX_PAUSE_MS: u64 = 300_000;

/// A try in some two hours is the last.
const MAX_TRIES: u32 = 32;

/// Tells one receiver.
pub struct Webhook {
    cluster: String,
    host: String,
    path: String,
    key: Vec<u8>,
    timeout_ms: u32,
    /// The call under way, and what it tells.
    call: RefCell<Option<(CallId, String)>>,
    tries: Cell<u32>,
    not_before_ms: Cell<u64>,
}

impl Webhook {
    /// A webhook; its ticks are asked for here, while the plugin is configured.
    pub fn new(config: &WebhookConfig, host: &dyn Host, errors: &mut Errors) -> Option<Self> {
        let secret = config.secret.resolve(&|name| host.env(name), errors)?;
        let (address, path) = address(&config.url)?;
        let key = match secret.reveal().strip_prefix("whsec_").map(|text| STANDARD.decode(text)) {
            None => secret.reveal().as_bytes().to_vec(),
            Some(Ok(key)) => key,
            // Its receiver would decode it otherwise, and take every signature for a forged one.
            Some(Err(_)) => {
                errors
                    .add_at("service.alerts.secret", "expected base64 behind whsec_, or a text that does not begin so");
                return None;
            }
        };
        let _ = host.tick_every(TICK_MS);
        Some(Self {
            cluster: config.cluster.clone(),
            host: address.to_owned(),
            path,
            key,
            timeout_ms: config.timeout_ms.get() as u32,
            call: RefCell::new(None),
            tries: Cell::new(0),
            not_before_ms: Cell::new(0),
        })
    }

    /// Tells the oldest alert, unless one is being told.
    pub fn on_tick(&self, host: &dyn Host) {
        let now_ms = host.now_ns() / 1_000_000;
        if self.call.borrow().is_some() || now_ms < self.not_before_ms.get() {
            return;
        }
        let Some(alert) = alerts::waiting(host).unwrap_or_default().into_iter().next() else { return };
        match host.call(&self.cluster, &self.headers(&alert, now_ms / 1_000), alert.body.as_bytes(), self.timeout_ms) {
            Ok(call) => *self.call.borrow_mut() = Some((call, alert.id)),
            Err(error) => self.failed(host, &alert.id, &error.to_string()),
        }
    }

    /// Takes a reply, if it is to this webhook's call.
    pub fn on_call_reply(&self, host: &dyn Host, call: CallId, headers: &Headers) {
        let told = self.call.borrow_mut().take_if(|(known, _)| *known == call);
        let Some((_, id)) = told else { return };
        let status = headers.get(":status").and_then(|status| status.parse().ok()).unwrap_or(0_u16);
        if (200..300).contains(&status) {
            self.tries.set(0);
            self.not_before_ms.set(0);
            let _ = alerts::done(host, &id);
            // The next one need not wait for a tick.
            self.on_tick(host);
        } else {
            self.failed(host, &id, &format!("it answered {status}"));
        }
    }

    fn failed(&self, host: &dyn Host, id: &str, why: &str) {
        let tries = self.tries.get() + 1;
        let pause_ms = (1_000_u64 << (tries - 1).min(16)).min(MAX_PAUSE_MS);
        if tries >= MAX_TRIES {
            host.log(Level::Error, &format!("alert {id} could not be told, and is given up: {why}"));
            let _ = alerts::done(host, id);
            self.tries.set(0);
            return;
        }
        host.log(Level::Warn, &format!("alert {id} could not be told: {why}; next try in {} s", pause_ms / 1_000));
        self.tries.set(tries);
        self.not_before_ms.set(host.now_ns() / 1_000_000 + pause_ms);
    }

    fn headers(&self, alert: &Alert, now_secs: u64) -> Headers {
        let now = now_secs.to_string();
        let signed = [alert.id.as_str(), ".", &now, ".", &alert.body].concat();
        let signature = format!("v1,{}", STANDARD.encode(hmac(&self.key, signed.as_bytes())));
        let headers = [
            (":method", "POST"),
            (":path", &self.path),
            (":authority", &self.host),
            ("content-type", "application/json"),
            ("webhook-id", &alert.id),
            ("webhook-timestamp", &now),
            ("webhook-signature", &signature),
        ];
        headers.into_iter().collect()
    }
}

/// HMAC-SHA256 (RFC 2104).
fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    const BLOCK: usize = 64;
    let hashed: [u8; 32];
    let key = if key.len() > BLOCK {
        hashed = Sha256::digest(key).into();
        &hashed[..]
    } else {
        key
    };
    let pad = |with: u8| {
        let mut block = [with; BLOCK];
        block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
        block
    };
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::fake::FakeHost;

    fn webhook(host: &FakeHost) -> Webhook {
        let text = r#"{"cluster":"hooks","url":"https://h.test/a?b=1","secret":{"inline":"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}}"#;
        let (config, _) = crate::config::parse::<WebhookConfig>(text.as_bytes()).unwrap();
        Webhook::new(&config, host, &mut Errors::new()).unwrap()
    }

    fn reply(host: &FakeHost, webhook: &Webhook, status: &str) {
        let call = CallId(host.calls.borrow().len() as u32);
        webhook.on_call_reply(host, call, &[(":status", status)].into_iter().collect());
    }

    #[test]
    fn a_secret_that_no_receiver_could_decode_is_refused() {
        let text = r#"{"cluster":"hooks","url":"https://h.test/a","secret":{"inline":"whsec_not base64"}}"#;
        let (config, _) = crate::config::parse::<WebhookConfig>(text.as_bytes()).unwrap();
        let mut errors = Errors::new();
        assert!(Webhook::new(&config, &FakeHost::new(), &mut errors).is_none());
        assert!(errors.to_string().starts_with("service.alerts.secret: expected base64 behind whsec_"), "{errors}");
    }

    #[test]
    fn a_signature_is_that_of_standard_webhooks() {
        // The example of its reference implementation.
        let host = FakeHost::new();
        let alert = Alert { id: "msg_p5jXN8AQM9LWM0D4loKWxJek".to_owned(), body: r#"{"test": 2432232314}"#.to_owned() };
        let headers = webhook(&host).headers(&alert, 1_614_265_330);
        assert_eq!(headers.get("webhook-signature"), Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
        assert_eq!((headers.get(":authority"), headers.get(":path")), (Some("h.test"), Some("/a?b=1")));
    }

    #[test]
    fn an_alert_is_told_until_it_is_taken_ever_less_often() {
        let host = FakeHost::new();
        let webhook = webhook(&host);
        alerts::make(&host).unwrap();
        for id in ["a", "b"] {
            alerts::push(&host, &Alert { id: id.to_owned(), body: "{}".to_owned() }).unwrap();
        }
        webhook.on_tick(&host);
        webhook.on_tick(&host);
        assert_eq!(host.calls.borrow().len(), 1, "one at a time");
        reply(&host, &webhook, "503");
        webhook.on_tick(&host);
        assert_eq!(host.calls.borrow().len(), 1, "it waits");
        host.now_ns.set(host.now_ns.get() + 1_000_000_000);
        webhook.on_tick(&host);
        reply(&host, &webhook, "204");
        let ids: Vec<_> =
            host.calls.borrow().iter().map(|call| call.headers.get("webhook-id").unwrap().to_owned()).collect();
        assert_eq!(ids, ["a", "a", "b"], "the next one follows at once");
        reply(&host, &webhook, "200");
        assert!(alerts::waiting(&host).unwrap().is_empty());
    }

    #[test]
    fn a_wrong_address_is_refused() {
        for url in ["", "hooks.test", "https:///x", "ftp://h"] {
            let text = format!(r#"{{"cluster":"c","url":"{url}","secret":{{"inline":"s"}}}}"#);
            let errors = crate::config::parse::<WebhookConfig>(text.as_bytes()).unwrap_err().to_string();
            assert!(errors.starts_with("url: expected an address"), "{errors}");
        }
    }
}
