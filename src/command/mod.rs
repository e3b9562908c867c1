//! The `postern` command: the same crate, built for the operator's machine. Each word is a file; what they print and
//! where they fail is here.

mod audit;
mod check;
mod host;
mod key;
mod lines;
mod prices;
#[cfg(test)]
mod tests;
mod usage;

use std::io::{Read, Write};

/// What `postern` alone, and `postern help`, say.
const HELP: &str = "postern: the operator's side of Postern

  postern check FILE...              would the filters take this configuration? The filter's JSON, or an Envoy
                                     configuration (YAML or JSON) with Postern filters in it
  postern key new                    make a gateway key, with the SHA-256 that goes into the configuration
  postern key hash                   the SHA-256 of the key on standard input
  postern key signing                make a signing key for tokens (Ed25519), with the public one that checks them
  postern key token [--hmac] KID CLAIMS
                                     sign a token with the key on standard input; CLAIMS is JSON, as docs/tenants.md has it
  postern usage [options] PATH...    sum usage records: files and directories of JSON lines, also .gz; - is standard input
      --by LIST                      tables by tenant, key, model, target, provider, operation, day or tag:NAME; the
                                     tables' lists of them are divided by commas, the tables by spaces
                                     (default: \"tenant model\")
      --csv                          one table as CSV, with every count
      --reprice CONFIG               costs anew from the tokens: the bundled table, and the `prices` of this configuration
                                     (`-` for the table alone)
  postern audit verify [options] PATH...
                                     are these sealed usage records as they were written, all and in their order?
      --key                          they were sealed with the key on standard input
      --later                        their chains may have begun before the first file
  postern prices show MODEL          the bundled price of a model, at every provider that has it
";

/// Where a command reads and writes.
pub struct Streams<'s> {
    /// Standard input.
    pub input: &'s mut dyn Read,
    /// Standard output.
    pub out: &'s mut dyn Write,
    /// Standard error.
    pub err: &'s mut dyn Write,
}

/// Why a command did not do what it was asked.
enum Failure {
    /// It was asked in words it does not know: the reason.
    Usage(String),
    /// It could not do it, or found what it looks for: the reason, already with its place.
    Failed(String),
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

type Done = Result<(), Failure>;

/// Runs the command of these words; gives the exit status: 0, 1 where it found or had a fault, 2 where it was not
/// understood.
pub fn run(words: &[String], streams: &mut Streams<'_>) -> u8 {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        [] | ["help" | "--help" | "-h", ..] => streams.out.write_all(HELP.as_bytes()).map_err(Failure::from),
        ["check", files @ ..] => check::run(files, streams),
        ["key", words @ ..] => key::run(words, streams),
        ["usage", words @ ..] => usage::run(words, streams),
        ["audit", words @ ..] => audit::run(words, streams),
        ["prices", words @ ..] => prices::run(words, streams),
        [other, ..] => Err(Failure::Usage(format!("there is no command `{other}`"))),
    };
    match done {
        Ok(()) => 0,
        Err(Failure::Failed(why)) => {
            let _ = writeln!(streams.err, "{why}");
            1
        }
        Err(Failure::Usage(why)) => {
            let _ = writeln!(streams.err, "postern: {why}; `postern help` has the words");
            2
        }
    }
}
