//! Access tokens: fetched from a token server before they are needed, kept for all workers, handed to whoever sends.
//!
//! There are two sides. A [`Keeper`] has the credential and a tick, and keeps one token fresh: it asks the token server
//! well before the old token ends, and again, ever less often, when that fails. A [`Reader`] has nothing but the token's
//! place, and tells a request to go, to wait or to give up. The place is one value in Envoy's shared data, which all
//! threads of the process see; several keepers of one token (each worker has one, where no service keeps it) agree there
//! by a lease, so that one of them asks and the others find the answer. A token never leaves the process's memory but in
//! a request, and no word of a token server reaches a client.

mod google;
mod issuer;
mod oauth;
#[cfg(test)]
mod tests;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

pub use google::{GoogleMetadata, GoogleServiceAccount};
pub use issuer::Issuer;
pub use oauth::{AzureEntra, OauthClient};

use crate::config::SecretText;
use crate::host::{CallId, Host, HostResult, Level};
use crate::http::Headers;

/// How often a keeper looks whether there is something to do.
const TICK_MS: u32 = 1_000;

/// How soon it looks first: a token that is fetched before the first request keeps nobody waiting.
const FIRST_TICK_MS: u32 = 20;

/// A token is asked for anew this long before it ends. Google's metadata server has a new one four minutes before.
const EARLY_MS: u64 = 300_000;

/// Nobody is sent out with a token that ends within this: the request is still to arrive, and clocks differ.
const LATE_MS: u64 = 30_000;

/// Longest pause between two tries, after failures; the first is [`TICK_MS`], and each one doubles it.
const MAX_PAUSE_MS: u64 = 60_000;

/// A token that a provider refused is replaced at most this often: what it refused may have been something else.
const REPLACE_MS: u64 = 60_000;

/// The lease outlasts the call it is for by this much.
const LEASE_MS: u64 = 1_000;

/// Longest token taken. Entra's are 2 KB; Envoy refuses requests with headers beyond 60 KiB anyway.
const MAX_TOKEN_BYTES: usize = 16_384;

/// A token, while it may be used.
#[derive(Debug)]
struct Token {
    text: Rc<SecretText>,
    /// When a newer one may be there.
    refresh_ms: u64,
    /// When it may be used no more.
    until_ms: u64,
}

/// What all keepers and readers of a token know of it, as it stands in shared data.
#[derive(Default)]
struct Record {
    /// Empty while there is none.
    token: String,
    issued_ms: u64,
    refresh_ms: u64,
    until_ms: u64,
    /// Somebody is asking for a new one, until then.
    lease_ms: u64,
    /// How often asking has failed since it last worked, and when it is tried again.
    failures: u64,
    retry_ms: u64,
    /// Why it failed, in words for the operator.
    why: String,
}

impl Record {
    /// Reads it, with the ticket for writing it; a place nobody has written to is an empty record.
    fn read(host: &dyn Host, place: &str) -> HostResult<(Self, u32)> {
        let (bytes, ticket) = host.shared(place)?;
        Ok((bytes.and_then(|bytes| Self::parse(&bytes)).unwrap_or_default(), ticket))
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let mut lines = std::str::from_utf8(bytes).ok()?.splitn(3, '\n');
        let mut numbers = lines.next()?.split(' ').map(|number| number.parse().ok());
        let mut number = || numbers.next().flatten();
        Some(Self {
            issued_ms: number()?,
            refresh_ms: number()?,
            until_ms: number()?,
            lease_ms: number()?,
            failures: number()?,
            retry_ms: number()?,
            why: lines.next()?.to_owned(),
            token: lines.next()?.to_owned(),
        })
    }

    fn write(&self, host: &dyn Host, place: &str, ticket: u32) -> HostResult<bool> {
        let Self { token, issued_ms, refresh_ms, until_ms, lease_ms, failures, retry_ms, why } = self;
        let why = why.replace('\n', " ");
        let text = format!("{issued_ms} {refresh_ms} {until_ms} {lease_ms} {failures} {retry_ms}\n{why}\n{token}");
        host.set_shared(place, text.as_bytes(), ticket)
    }

    /// Whether a keeper should ask for a token now.
    fn is_due(&self, now_ms: u64) -> bool {
        now_ms >= self.refresh_ms && now_ms >= self.lease_ms && now_ms >= self.retry_ms
    }

    fn is_usable(&self, now_ms: u64) -> bool {
        !self.token.is_empty() && now_ms < self.until_ms
    }
}

/// The place of a token that a service keeps under a name.
pub fn named_place(name: &str) -> String {
    format!("postern.token.name.{name}")
}

/// Keeps one token fresh.
pub struct Keeper {
    issuer: Issuer,
    place: String,
    /// Who the token is for, in the log.
    name: String,
    /// The call under way, if it is this thread's.
    call: Cell<Option<CallId>>,
}

impl Keeper {
    /// A keeper of the token at that place. `name` is for the log.
    pub fn new(issuer: Issuer, place: String, name: String, host: &dyn Host) -> Self {
        // Shared data has no "create if absent": without this, two that write first would both believe they did.
        if let Ok((None, _)) = host.shared(&place) {
            let _ = Record::default().write(host, &place, 0);
        }
        Self { issuer, place, name, call: Cell::new(None) }
    }

    /// Looks whether a token is to be asked for, and asks, unless somebody else does.
    pub fn on_tick(&self, host: &dyn Host) {
        let now_ms = now_ms(host);
        let Ok((record, ticket)) = Record::read(host, &self.place) else { return };
        if !record.is_due(now_ms) {
            return;
        }
        let leased = Record { lease_ms: now_ms + u64::from(self.issuer.timeout_ms()) + LEASE_MS, ..record };
        if !leased.write(host, &self.place, ticket).unwrap_or(false) {
            return;
        }
        match self.issuer.ask(host) {
            Ok(call) => self.call.set(Some(call)),
            Err(why) => self.failed(host, why),
        }
    }

    /// Takes a reply, if it is to this keeper's call.
    pub fn on_call_reply(&self, host: &dyn Host, call: CallId, headers: &Headers, body: &[u8]) {
        if self.call.get() != Some(call) {
            return;
        }
        self.call.set(None);
        match self.issuer.read(headers, body) {
            Ok((token, lasts_ms)) => self.succeeded(host, token, lasts_ms),
            Err(why) => self.failed(host, why),
        }
    }

    fn succeeded(&self, host: &dyn Host, token: String, lasts_ms: u64) {
        let now_ms = now_ms(host);
        let record = Record {
            token,
            issued_ms: now_ms,
            // Half its time at least, so that a server which gives short ones, or the old one again, is not pestered.
            refresh_ms: now_ms + lasts_ms.saturating_sub(EARLY_MS).max(lasts_ms / 2).max(u64::from(TICK_MS)),
            until_ms: now_ms + lasts_ms - LATE_MS.min(lasts_ms / 10),
            ..Record::default()
        };
        let line = match record.write(host, &self.place, 0) {
            Ok(_) => format!("{}: an access token, good for {} s", self.name, lasts_ms / 1000),
            Err(error) => format!("{}: an access token that cannot be kept: {error}", self.name),
        };
        host.log(Level::Info, &line);
    }

    fn failed(&self, host: &dyn Host, why: String) {
        let now_ms = now_ms(host);
        let (mut record, _) = Record::read(host, &self.place).unwrap_or_default();
        let pause_ms = (u64::from(TICK_MS) << record.failures.min(16)).min(MAX_PAUSE_MS);
        record.failures += 1;
        record.lease_ms = 0;
        record.retry_ms = now_ms + pause_ms;
        let usable = record.is_usable(now_ms);
        let level = if usable { Level::Warn } else { Level::Error };
        let left = if usable { "the old one still serves" } else { "requests are refused" };
        let line = format!("{}: no new access token: {why}; {left}; next try in {} s", self.name, pause_ms / 1000);
        host.log(level, &line);
        record.why = why;
        let _ = record.write(host, &self.place, 0);
    }
}

/// All that one plugin keeps.
pub struct Keepers {
    keepers: Vec<Keeper>,
    /// The first tick has been.
    started: Cell<bool>,
}

impl Keepers {
    /// Keepers, and the first tick for them if there are any. To be made while the plugin is configured.
    pub fn new(keepers: Vec<Keeper>, host: &dyn Host) -> Self {
        if !keepers.is_empty() {
            // Refused where there is no plugin to tick, as in a mere check of a configuration.
            let _ = host.tick_every(FIRST_TICK_MS);
        }
        Self { keepers, started: Cell::new(false) }
    }

    /// The plugin's tick.
    pub fn on_tick(&self, host: &dyn Host) {
        if !self.keepers.is_empty() && !self.started.replace(true) {
            let _ = host.tick_every(TICK_MS);
        }
        self.keepers.iter().for_each(|keeper| keeper.on_tick(host));
    }

    /// The reply to a call of the plugin.
    pub fn on_call_reply(&self, host: &dyn Host, call: CallId, headers: &Headers, body: &[u8]) {
        self.keepers.iter().for_each(|keeper| keeper.on_call_reply(host, call, headers, body));
    }
}

/// What a reader finds.
#[derive(Debug)]
pub enum Found {
    /// A token to send.
    Token(Rc<SecretText>),
    /// Not yet, but it may come.
    NotYet,
    /// None, and none will come in time.
    None,
}

/// Hands out a token.
pub struct Reader {
    place: String,
    /// The last one read: shared data is asked only when there may be a newer one.
    kept: RefCell<Option<Token>>,
}

impl Reader {
    /// A reader of the token at that place.
    pub fn new(place: String) -> Self {
        Self { place, kept: RefCell::new(None) }
    }

    /// The token, for a request that waits until then at the latest.
    pub fn find(&self, host: &dyn Host, deadline_ms: u64) -> Found {
        let now_ms = now_ms(host);
        if let Some(token) = &*self.kept.borrow()
            && now_ms < token.refresh_ms.min(token.until_ms)
        {
            return Found::Token(Rc::clone(&token.text));
        }
        let Ok((record, _)) = Record::read(host, &self.place) else { return Found::None };
        if record.is_usable(now_ms)
            && let Some(text) = SecretText::received(&record.token)
        {
            let text = Rc::new(text);
            let (refresh_ms, until_ms) = (record.refresh_ms, record.until_ms);
            self.kept.replace(Some(Token { text: Rc::clone(&text), refresh_ms, until_ms }));
            return Found::Token(text);
        }
        let in_time = record.retry_ms.max(now_ms) < deadline_ms;
        if in_time { Found::NotYet } else { Found::None }
    }

    /// A provider has refused the token: a keeper is to fetch another one.
    pub fn refused(&self, host: &dyn Host) {
        let now_ms = now_ms(host);
        let Ok((mut record, ticket)) = Record::read(host, &self.place) else { return };
        if record.is_usable(now_ms) && now_ms >= record.issued_ms + REPLACE_MS {
            record.refresh_ms = now_ms;
            let _ = record.write(host, &self.place, ticket);
        }
        // It stays known, since the refusal may quote it.
        if let Some(token) = &mut *self.kept.borrow_mut() {
            token.refresh_ms = 0;
        }
    }

    /// The token last handed out: what of it a provider quotes must not reach a client.
    pub fn kept(&self) -> Option<Rc<SecretText>> {
        self.kept.borrow().as_ref().map(|token| Rc::clone(&token.text))
    }
}

/// The host's clock in milliseconds.
pub fn now_ms(host: &dyn Host) -> u64 {
    host.now_ns() / 1_000_000
}
