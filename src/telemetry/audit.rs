//! Seals of usage records: each has the hash of the one before it and its own, so that a record that is changed, taken out
//! or moved shows. `postern audit verify` looks.
//!
//! A chain belongs to one worker and one configuration: a restart, and a new configuration, begin another. Whoever can
//! rewrite the whole of a file can rewrite its chain, unless the hashes are made with a key they do not have. What is
//! missing at a chain's end no chain can tell: the metric `postern_requests` can.

use std::cell::RefCell;

use sha2::{Digest, Sha256};

use crate::config::{Errors, Secret, SecretText, settings};
use crate::host::Host;
use crate::wire::hmac::hmac;

settings! {
    /// Records are sealed in chains, which `postern audit verify` checks.
    pub struct AuditConfig {
        /// What the hashes are made with: who does not have it cannot make others. Any text.
        pub key: Option<Secret>,
    }
}

/// How hashes are made.
#[derive(Default)]
pub struct Seal(Option<Vec<u8>>);

impl Seal {
    /// With this key, if there is one.
    pub fn new(key: Option<&[u8]>) -> Self {
        Self(key.map(<[u8]>::to_vec))
    }

    fn digest(&self, bytes: &[u8]) -> String {
        let hash: [u8; 32] = match &self.0 {
            Some(key) => hmac(key, bytes),
            None => Sha256::digest(bytes).into(),
        };
        hex(&hash)
    }

    /// The hash that a record should have.
    pub fn hash(&self, link: &Link<'_>) -> String {
        self.digest(link.sealed)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The chain that a worker is at.
pub struct Chain {
    seal: Seal,
    id: String,
    /// The next record's number, and the hash of the last one.
    at: RefCell<(u64, String)>,
}

impl Chain {
    /// A new chain.
    pub fn new(config: AuditConfig, host: &dyn Host, errors: &mut Errors) -> Self {
        let key = config.key.and_then(|key| key.resolve(&|name| host.env(name), errors));
        let mut id = [0; 8];
        if host.random(&mut id).is_err() {
            id = host.now_ns().to_be_bytes();
        }
        let seal = Seal::new(key.as_ref().map(|key| SecretText::reveal(key).as_bytes()));
        Self { seal, id: hex(&id), at: RefCell::new((0, "0".repeat(64))) }
    }

    /// Seals a record: an object, to which `postern.audit` is added as its last member.
    pub fn seal(&self, record: &mut Vec<u8>) {
        if record.pop() != Some(b'}') {
            return;
        }
        let (seq, prev) = &mut *self.at.borrow_mut();
        let link = format!(r#",{MEMBER}{{"chain":"{}","seq":{seq},"prev":"{prev}""#, self.id);
        record.extend_from_slice(link.as_bytes());
        *prev = self.seal.digest(record);
        *seq += 1;
        record.extend_from_slice(format!(r#"{HASH}{prev}"}}}}"#).as_bytes());
    }
}

const MEMBER: &str = r#""postern.audit":"#;
const HASH: &str = r#","hash":""#;

/// A sealed record, as it stands in a log.
pub struct Link<'l> {
    /// The chain it is of.
    pub chain: &'l str,
    /// Its number there, from 0.
    pub seq: u64,
    /// The hash of the record before it.
    pub prev: &'l str,
    /// Its own.
    pub hash: &'l str,
    /// The bytes that the hash is of: the record up to there.
    sealed: &'l [u8],
}

impl<'l> Link<'l> {
    /// The seal of a line; None: it has none.
    pub fn of(line: &'l [u8]) -> Option<Self> {
        let line = std::str::from_utf8(line).ok()?;
        let record = line.get(line.find(r#"{"time_ms":"#)?..)?;
        let (front, rest) = record.split_at_checked(record.rfind(MEMBER)?)?;
        let (link, end) = rest.strip_prefix(MEMBER)?.split_once(HASH)?;
        let (chain, link) = link.strip_prefix(r#"{"chain":""#)?.split_once(r#"","seq":"#)?;
        let (seq, prev) = link.split_once(r#","prev":""#)?;
        let sealed = record.get(..front.len() + rest.find(HASH)?)?.as_bytes();
        Some(Self {
            chain,
            seq: seq.parse().ok()?,
            prev: prev.strip_suffix('"')?,
            hash: end.split_once('"')?.0,
            sealed,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;
    use crate::host::fake::FakeHost;

    fn chain(config: &str) -> Chain {
        let mut errors = Errors::new();
        Chain::new(parse::<AuditConfig>(config.as_bytes()).unwrap().0, &FakeHost::new(), &mut errors)
    }

    #[test]
    fn a_sealed_record_is_json_still_and_shows_its_link() {
        let chain = chain(r#"{"key":{"inline":"secret"}}"#);
        let mut last = "0".repeat(64);
        for seq in 0..3 {
            let mut record = format!(r#"{{"time_ms":{seq},"postern.tags":{{"a":"\"postern.audit\":"}}}}"#).into_bytes();
            chain.seal(&mut record);
            assert!(serde_json::from_slice::<serde_json::Value>(&record).is_ok());
            let line = [b"2026 ".as_slice(), &record, b"\n"].concat();
            let link = Link::of(&line).unwrap();
            assert_eq!((link.seq, link.prev), (seq, last.as_str()));
            assert_eq!(link.hash, Seal::new(Some(b"secret")).hash(&link));
            assert_ne!(link.hash, Seal::new(None).hash(&link));
            last = link.hash.to_owned();
        }
        assert!(Link::of(br#"{"time_ms":1}"#).is_none() && Link::of(b"\xff").is_none());
    }
}
