//! Makes the tables beside it out of OpenAI's rank files: `cargo run --release --example token_tables -- o200k_base.tiktoken
//! cl100k_base.tiktoken`. The rank files are in the MIT-licensed crate `tiktoken-rs` (folder `assets`); their digests are
//! below, and are those that `tiktoken` itself checks.
//!
//! What a table holds and why it is enough is told in `../merge.rs`; the classes are told in `../classes.rs`.

// Run by hand; a panic here is nobody's.
#![allow(clippy::indexing_slicing)]

use std::collections::HashMap;
use std::error::Error;
use std::path::Path;

use base64::Engine;
use sha2::{Digest, Sha256};

/// A rank file's digest, the table made of it, and the bits of an id.
const ENCODINGS: [(&str, &str, u32); 2] = [
    ("446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d", "o200k.bin", 18),
    ("223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7", "cl100k.bin", 17),
];

/// Slots behind the last home, so that no probe has to wrap.
const SPARE_SLOTS: usize = 16;
/// What the displacement of an empty slot says.
const EMPTY: u64 = 15;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tokens/tables");
    std::fs::write(folder.join("classes.bin"), classes()?)?;
    for file in std::env::args().skip(1) {
        let text = std::fs::read_to_string(&file)?;
        let digest = Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let Some((_, name, bits)) = ENCODINGS.iter().find(|(known, ..)| *known == digest) else {
            return Err(format!("{file} is no rank file known here: its SHA-256 is {digest}").into());
        };
        let table = pack(&pairs(&text)?, *bits)?;
        println!("{name}: {} bytes", table.len());
        std::fs::write(folder.join(name), table)?;
    }
    Ok(())
}

/// The ids of the single bytes, and for every longer token its one pair.
struct Pairs {
    bytes: Vec<u8>,
    pairs: Vec<(u64, u64, u64)>,
}

fn pairs(text: &str) -> Result<Pairs, Box<dyn Error>> {
    let mut ranks: HashMap<Vec<u8>, u64> = HashMap::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        let (token, rank) = line.split_once(' ').ok_or("a line without a rank")?;
        ranks.insert(base64::prelude::BASE64_STANDARD.decode(token).map_err(|error| error.to_string())?, rank.parse()?);
    }
    let rank = |bytes: &[u8]| ranks.get(bytes).copied();
    let bytes: Option<Vec<u8>> = (0..=255_u8).map(|byte| rank(&[byte]).and_then(|id| u8::try_from(id).ok())).collect();
    let bytes = bytes.ok_or("the single bytes do not have the lowest ranks")?;
    let mut pairs = Vec::new();
    for (token, id) in ranks.iter().filter(|(token, _)| token.len() > 1) {
        // Merges what has a lower rank than the token itself, lowest first; two parts must be left.
        let mut parts: Vec<&[u8]> = token.chunks(1).collect();
        while parts.len() > 2 {
            let merged = |pair: &[&[u8]]| rank(&pair.concat()).filter(|rank| rank < id).unwrap_or(u64::MAX);
            let (at, best) =
                parts.windows(2).map(merged).enumerate().min_by_key(|(at, rank)| (*rank, *at)).ok_or("")?;
            if best == u64::MAX {
                return Err(format!("token {id} cannot be merged").into());
            }
            let from: usize = parts.iter().take(at).map(|part| part.len()).sum();
            let len = parts[at].len() + parts[at + 1].len();
            parts.splice(at..at + 2, [&token[from..from + len]]);
        }
        let ids: Option<Vec<u64>> = parts.iter().map(|part| rank(part)).collect();
        let ids = ids.ok_or("a part without a rank")?;
        pairs.push((ids[0], ids[1], *id));
    }
    Ok(Pairs { bytes, pairs })
}

/// Sorted linear probing; a multiplier is searched for which no entry stands farther than 14 slots from its home.
fn pack(table: &Pairs, bits: u32) -> Result<Vec<u8>, Box<dyn Error>> {
    let mask = (1_u64 << (2 * bits)) - 1;
    for seed in 0..5000_u64 {
        let multiplier = (0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(2 * seed + 1) | 1) & mask;
        let mut entries: Vec<(u64, u64, u64)> = table
            .pairs
            .iter()
            .map(|(left, right, id)| {
                let mixed = mix(left << bits | right, multiplier, bits);
                (mixed >> bits, mixed & ((1 << bits) - 1), *id)
            })
            .collect();
        entries.sort_unstable();
        let mut slots = vec![EMPTY; (1 << bits) + SPARE_SLOTS];
        let mut free = 0;
        let mut fits = true;
        for (home, rest, id) in entries {
            let at = free.max(home);
            if at - home >= EMPTY || at as usize >= slots.len() {
                fits = false;
                break;
            }
            slots[at as usize] = (at - home) | id << 4 | rest << 22;
            free = at + 1;
        }
        if fits {
            let mut out = multiplier.to_le_bytes().to_vec();
            out.extend_from_slice(&table.bytes);
            slots.iter().for_each(|slot| out.extend_from_slice(&slot.to_le_bytes()[..5]));
            return Ok(out);
        }
    }
    Err("no multiplier keeps every entry near its home".into())
}

/// The same as in `../merge.rs`; a test there holds the tables against their digests.
fn mix(key: u64, multiplier: u64, bits: u32) -> u64 {
    let mask = (1_u64 << (2 * bits)) - 1;
    let key = key ^ key >> bits;
    let key = key.wrapping_mul(multiplier) & mask;
    key ^ key >> bits
}

/// Every code point's class in four bits: the number of a block of 256 for each block, then the blocks there are.
fn classes() -> Result<Vec<u8>, Box<dyn Error>> {
    // In the order of `Class` in ../classes.rs; what is in none is `Other`.
    let patterns =
        ["[\\p{Lu}\\p{Lt}]", "\\p{Ll}", "[\\p{Lm}\\p{Lo}]", "\\p{M}", "\\p{N}", "[\\s&&[^\\r\\n]]", "[\\r\\n]"];
    let patterns = patterns.map(|pattern| regex::Regex::new(&format!("^{pattern}$")));
    let patterns = patterns.into_iter().collect::<Result<Vec<_>, _>>()?;
    let class = |code: u32| {
        let text = char::from_u32(code).map(String::from).unwrap_or_default();
        patterns.iter().position(|pattern| pattern.is_match(&text)).map_or(0, |at| at as u8 + 1)
    };
    let (mut numbers, mut blocks) = (Vec::new(), Vec::<Vec<u8>>::new());
    for block in 0..0x1100_u32 {
        let codes: Vec<u8> =
            (0..128).map(|at| class((block << 8) + at * 2) | (class((block << 8) + at * 2 + 1) << 4)).collect();
        let known = blocks.iter().position(|known| *known == codes).unwrap_or(blocks.len());
        if known == blocks.len() {
            blocks.push(codes);
        }
        numbers.push(u8::try_from(known)?);
    }
    println!("classes.bin: {} blocks", blocks.len());
    Ok([numbers, blocks.concat()].concat())
}
