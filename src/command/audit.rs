//! `postern audit verify`: whether usage records are those that were written, all of them, in their order.

use std::collections::BTreeMap;

use super::{Done, Failure, Streams, lines};
use crate::telemetry::audit::{Link, Seal};

pub fn run(words: &[&str], streams: &mut Streams<'_>) -> Done {
    let ["verify", words @ ..] = words else {
        return Err(Failure::Usage("audit wants the word verify".into()));
    };
    let (mut keyed, mut later, mut paths) = (false, false, Vec::new());
    for word in words {
        match *word {
            "--key" => keyed = true,
            "--later" => later = true,
            other if other.starts_with("--") => return Err(Failure::Usage(format!("audit verify has no {other}"))),
            path => paths.push(path),
        }
    }
    if paths.is_empty() || keyed && paths.contains(&"-") {
        return Err(Failure::Usage(
            "audit verify wants files of records; standard input has the key with --key".into(),
        ));
    }
    let key = if keyed { Some(key(streams)?) } else { None };
    let mut check = Check { seal: Seal::new(key.as_deref().map(str::as_bytes)), later, ..Check::default() };
    lines::each(&paths, streams, &mut |file, number, line| check.line(&format!("{file}:{number}"), line))?;
    let (records, chains) = (check.records, check.chains.len());
    writeln!(streams.out, "{records} records in {chains} chains, {} lines without a seal", check.others)?;
    for (chain, next) in &check.chains {
        writeln!(streams.out, "chain {chain}: up to record {}", next.seq - 1)?;
    }
    if records == 0 {
        return Err(Failure::Failed("no record has a seal; the gateway's `audit` gives them one".into()));
    }
    if check.faults.is_empty() { Ok(()) } else { Err(Failure::Failed(check.faults.join("\n"))) }
}

fn key(streams: &mut Streams<'_>) -> Result<String, Failure> {
    let mut key = String::new();
    streams.input.read_to_string(&mut key)?;
    match key.trim() {
        "" => Err(Failure::Usage("--key: the key is read from standard input, and there is none".into())),
        key => Ok(key.to_owned()),
    }
}

/// What the next record of a chain has to be.
struct Next {
    seq: u64,
    prev: String,
}

#[derive(Default)]
struct Check {
    seal: Seal,
    /// Chains may have begun before the first of the files.
    later: bool,
    chains: BTreeMap<String, Next>,
    records: u64,
    others: u64,
    faults: Vec<String>,
}

impl Check {
    fn line(&mut self, place: &str, line: &[u8]) {
        let Some(link) = Link::of(line) else {
            self.others += 1;
            return;
        };
        self.records += 1;
        let Link { chain, seq, prev, hash, .. } = &link;
        if *hash != self.seal.hash(&link) {
            self.faults.push(format!("{place}: record {seq} of chain {chain} is not as it was written"));
        }
        match self.chains.get(*chain) {
            None if *seq > 0 && !self.later => {
                self.faults.push(format!("{place}: records 0 to {} of chain {chain} are missing", seq - 1));
            }
            None => {}
            Some(next) if *seq < next.seq => {
                self.faults.push(format!("{place}: record {seq} of chain {chain} comes again, or too late"));
                return;
            }
            Some(next) if *seq > next.seq => {
                let what = match next.seq + 1 == *seq {
                    true => format!("record {}", next.seq),
                    false => format!("records {} to {}", next.seq, seq - 1),
                };
                self.faults.push(format!("{place}: {what} of chain {chain} should stand before this one"));
            }
            Some(next) if next.prev != *prev => {
                self.faults.push(format!("{place}: record {seq} of chain {chain} does not follow the one before it"));
            }
            Some(_) => {}
        }
        self.chains.insert((*chain).to_owned(), Next { seq: seq + 1, prev: (*hash).to_owned() });
    }
}
