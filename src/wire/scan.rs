//! Finding the end of a JSON string, or the next bracket, 16 bytes at a time: most of a prompt is inside strings, and
//! most of an embedding is between brackets, so this is where reading one takes its time. Wasm has no vectors unless
//! built with `simd128` (Envoy's V8 has them); elsewhere 8 bytes at a time in an ordinary register.

/// Where a run of ordinary string bytes stops.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stop {
    /// How many bytes before the first quote, backslash or control character, or the end of the input.
    pub len: usize,
    /// Whether all of them were ASCII. May be false for a run of ASCII whose neighbour was not: it only asks for a check.
    pub ascii: bool,
}

/// Skips string bytes up to the first `"`, `\` or control character.
pub(super) fn string_end(bytes: &[u8]) -> Stop {
    // Most strings are short: keys, words.
    if let Some((Some(len), high)) = bytes.first_chunk::<BLOCK>().map(classify) {
        return Stop { len, ascii: !high };
    }
    let mut at = 0;
    let mut ascii = true;
    // Long texts go by several blocks at once: what is asked is only whether any of them stops.
    while let Some(stride) = bytes.get(at..).and_then(<[u8]>::first_chunk::<STRIDE>) {
        let (stops, high) = any(stride);
        if stops {
            break;
        }
        ascii &= !high;
        at += STRIDE;
    }
    while let Some(block) = bytes.get(at..).and_then(<[u8]>::first_chunk::<BLOCK>) {
        let (stops, high) = classify(block);
        ascii &= !high;
        if let Some(offset) = stops {
            return Stop { len: at + offset, ascii };
        }
        at += BLOCK;
    }
    for &byte in bytes.get(at..).unwrap_or_default() {
        match byte {
            b'"' | b'\\' | 0..0x20 => break,
            0x80.. => ascii = false,
            _ => {}
        }
        at += 1;
    }
    Stop { len: at, ascii }
}

/// How many bytes stand before the first quote or bracket of either kind, or the end of the input.
pub(super) fn structure_end(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(block) = bytes.get(at..).and_then(<[u8]>::first_chunk::<BLOCK>) {
        match maybe_structure(block) {
            None => at += BLOCK,
            Some(offset) => {
                at += offset;
                match bytes.get(at) {
                    Some(b'"' | b'[' | b']' | b'{' | b'}') => return at,
                    _ => at += 1,
                }
            }
        }
    }
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().position(|b| matches!(b, b'"' | b'[' | b']' | b'{' | b'}')).unwrap_or(rest.len())
}

/// The bits in which the four brackets differ; with them set all four are 0x7F. So are some letters (`Y`, `_`, `y`),
/// which no number has.
const BRACKET_BITS: u8 = 0x26;

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
const BLOCK: usize = 16;
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
const BLOCK: usize = 8;

/// Bytes looked at together in a long text.
const STRIDE: usize = 4 * BLOCK;

/// Whether any byte of a stride stops, and whether any is not ASCII.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
fn any(stride: &[u8; STRIDE]) -> (bool, bool) {
    use std::arch::wasm32::{u8x16_bitmask, u8x16_splat, v128_any_true, v128_load, v128_or};
    let (mut stops, mut seen) = (u8x16_splat(0), u8x16_splat(0));
    for block in stride.as_chunks::<BLOCK>().0 {
        // SAFETY: the block is 16 readable bytes, and wasm loads need no alignment.
        let bytes = unsafe { v128_load(block.as_ptr().cast()) };
        stops = v128_or(stops, stopping(bytes));
        seen = v128_or(seen, bytes);
    }
    (v128_any_true(stops), u8x16_bitmask(seen) != 0)
}

/// The same, a block at a time.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
fn any(stride: &[u8; STRIDE]) -> (bool, bool) {
    stride
        .as_chunks::<BLOCK>()
        .0
        .iter()
        .map(classify)
        .fold((false, false), |(stops, seen), (stop, high)| (stops | stop.is_some(), seen | high))
}

/// All ones in the bytes that stop.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
fn stopping(bytes: std::arch::wasm32::v128) -> std::arch::wasm32::v128 {
    use std::arch::wasm32::{u8x16_eq, u8x16_lt, u8x16_splat, v128_or};
    v128_or(
        v128_or(u8x16_eq(bytes, u8x16_splat(b'"')), u8x16_eq(bytes, u8x16_splat(b'\\'))),
        u8x16_lt(bytes, u8x16_splat(0x20)),
    )
}

/// The first stopping byte of a block, and whether any byte of the block is not ASCII.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
fn classify(block: &[u8; BLOCK]) -> (Option<usize>, bool) {
    use std::arch::wasm32::{u8x16_bitmask, v128_load};
    // SAFETY: the block is 16 readable bytes, and wasm loads need no alignment.
    let bytes = unsafe { v128_load(block.as_ptr().cast()) };
    let stops = stopping(bytes);
    let mask = u8x16_bitmask(stops);
    ((mask != 0).then(|| mask.trailing_zeros() as usize), u8x16_bitmask(bytes) != 0)
}

/// The first byte of a block that may be a quote or a bracket.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
fn maybe_structure(block: &[u8; BLOCK]) -> Option<usize> {
    use std::arch::wasm32::{u8x16_bitmask, u8x16_eq, u8x16_splat, v128_load, v128_or};
    // SAFETY: as in `classify`.
    let bytes = unsafe { v128_load(block.as_ptr().cast()) };
    let brackets = u8x16_eq(v128_or(bytes, u8x16_splat(BRACKET_BITS)), u8x16_splat(0x7f));
    let mask = u8x16_bitmask(v128_or(brackets, u8x16_eq(bytes, u8x16_splat(b'"'))));
    (mask != 0).then(|| mask.trailing_zeros() as usize)
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
fn maybe_structure(block: &[u8; BLOCK]) -> Option<usize> {
    const ONES: u64 = u64::MAX / 255;
    const HIGHS: u64 = ONES * 128;
    let word = u64::from_le_bytes(*block);
    let zero = |x: u64| x.wrapping_sub(ONES) & !x & HIGHS;
    let stops = zero((word | (ONES * BRACKET_BITS as u64)) ^ (ONES * 0x7f)) | zero(word ^ (ONES * b'"' as u64));
    (stops != 0).then(|| stops.trailing_zeros() as usize / 8)
}

/// The same in a 64-bit word ("determine if a word has a byte less than n / equal to n", Bit Twiddling Hacks). Carries
/// can flag a byte after the first true one, never before it, and only the first counts.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
fn classify(block: &[u8; BLOCK]) -> (Option<usize>, bool) {
    const ONES: u64 = u64::MAX / 255;
    const HIGHS: u64 = ONES * 128;
    let word = u64::from_le_bytes(*block);
    let zero = |x: u64| x.wrapping_sub(ONES) & !x & HIGHS;
    let below_space = word.wrapping_sub(ONES * 0x20) & !word & HIGHS;
    let stops = below_space | zero(word ^ (ONES * b'"' as u64)) | zero(word ^ (ONES * b'\\' as u64));
    ((stops != 0).then(|| stops.trailing_zeros() as usize / 8), word & HIGHS != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structure_is_found_wherever_it_stands_and_nothing_else_is() {
        for len in 0..140 {
            for stop in *b"\"[]{}" {
                for filler in *b"0yY_-\x7f" {
                    let mut bytes = vec![filler; 160];
                    bytes[len] = stop;
                    assert_eq!(structure_end(&bytes), len, "{stop} at {len} after {filler}");
                }
            }
        }
        let plain: Vec<u8> = (0..=255).filter(|b| !b"\"[]{}".contains(b)).collect();
        assert_eq!(structure_end(&plain), plain.len());
    }

    #[test]
    fn stops_at_the_first_special_byte_wherever_it_stands() {
        for len in 0..140 {
            for stop in [b'"', b'\\', b'\n', 0, 0x1f] {
                let mut bytes = vec![b'a'; 160];
                bytes[len] = stop;
                assert_eq!(string_end(&bytes), Stop { len, ascii: true }, "{stop} at {len}");
                if len > 0 {
                    bytes[len - 1] = 0xc3;
                    assert_eq!(string_end(&bytes), Stop { len, ascii: false }, "{stop} at {len} after high");
                }
            }
        }
        assert_eq!(string_end(b"\x7f ~!#[]").len, 7);
    }
}
