//! `postern key`: gateway keys and their digests.

use std::io::Read;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::{Done, Failure, Streams};

pub fn run(words: &[&str], streams: &mut Streams<'_>) -> Done {
    match words {
        ["new"] => {
            let mut bytes = [0; 32];
            random(&mut bytes).map_err(|error| Failure::Failed(format!("/dev/urandom: {error}")))?;
            let key = format!("sk-postern-{}", BASE64_URL_SAFE_NO_PAD.encode(bytes));
            writeln!(streams.out, "key     {key}\nsha256  {}", sha256(key.as_bytes()))?;
            writeln!(streams.err, "The key goes to its tenant and is kept nowhere; the digest goes into `keys`.")?;
            Ok(())
        }
        ["hash"] => {
            let mut key = Vec::new();
            streams.input.read_to_end(&mut key)?;
            // What `echo` adds is no part of a key.
            let key = key.trim_ascii();
            if key.is_empty() {
                return Err(Failure::Failed(
                    "no key came on standard input: printf %s \"$KEY\" | postern key hash".into(),
                ));
            }
            writeln!(streams.out, "{}", sha256(key))?;
            Ok(())
        }
        _ => Err(Failure::Usage("key wants `new` or `hash`".into())),
    }
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn random(bytes: &mut [u8]) -> std::io::Result<()> {
    std::fs::File::open("/dev/urandom")?.read_exact(bytes)
}
