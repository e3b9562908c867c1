//! `postern key`: gateway keys and their digests; signed tokens and what they are signed with.

use std::io::Read;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::{Done, Failure, Streams};
use crate::config::{Name, SecretText, parse};
use crate::tenant::Hex32;
use crate::tenant::token::{Claims, SignWith, mint, public_key};

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
            let key = given(streams, "printf %s \"$KEY\" | postern key hash")?;
            writeln!(streams.out, "{}", sha256(&key))?;
            Ok(())
        }
        ["signing"] => {
            let mut seed = [0; 32];
            random(&mut seed).map_err(|error| Failure::Failed(format!("/dev/urandom: {error}")))?;
            writeln!(streams.out, "private  {}\nverify   {}", hex(&seed), hex(public_key(&seed).bytes()))?;
            writeln!(
                streams.err,
                "The private key signs tokens and goes nowhere else; the other goes into `ed25519`."
            )?;
            Ok(())
        }
        ["token", kid, claims] => token(kid, claims, false, streams),
        ["token", "--hmac", kid, claims] => token(kid, claims, true, streams),
        _ => Err(Failure::Usage("key wants `new`, `hash`, `signing` or `token`".into())),
    }
}

/// A signed token; what it is signed with comes on standard input, since others can read a command's words.
fn token(kid: &str, claims: &str, hmac: bool, streams: &mut Streams<'_>) -> Done {
    let kid = Name::new(kid).ok_or_else(|| Failure::Usage("KID is 1 to 64 characters of A-Z a-z 0-9 _ . -".into()))?;
    let (claims, _) = parse::<Claims>(claims.as_bytes()).map_err(|errors| Failure::Failed(errors.to_string()))?;
    let key = given(streams, "printf %s \"$SIGNING_KEY\" | postern key token KID CLAIMS")?;
    let key = String::from_utf8(key).map_err(|_| Failure::Failed("the signing key is no text".into()))?;
    let token = if hmac {
        let secret = SecretText::received(&key);
        let secret = secret.ok_or_else(|| Failure::Failed("the signing key is more than printable ASCII".into()))?;
        mint(&kid, SignWith::Hmac(&secret), &claims)
    } else {
        let (seed, _) = parse::<Hex32>(serde_json::Value::from(key).to_string().as_bytes()).map_err(|_| {
            Failure::Failed("the signing key is not 64 hex digits; with --hmac it may be any text".into())
        })?;
        mint(&kid, SignWith::Ed25519(seed.bytes()), &claims)
    };
    writeln!(streams.out, "{}", token.map_err(Failure::Failed)?)?;
    Ok(())
}

/// The key on standard input, without what `echo` adds.
fn given(streams: &mut Streams<'_>, how: &str) -> Result<Vec<u8>, Failure> {
    let mut key = Vec::new();
    streams.input.read_to_end(&mut key)?;
    let key = key.trim_ascii().to_vec();
    if key.is_empty() {
        return Err(Failure::Failed(format!("no key came on standard input: {how}")));
    }
    Ok(key)
}

fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn random(bytes: &mut [u8]) -> std::io::Result<()> {
    std::fs::File::open("/dev/urandom")?.read_exact(bytes)
}
