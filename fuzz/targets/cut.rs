//! How a network may cut a stream.

/// Chunks of 0 to 15 bytes, or of one byte for seed 0.
pub fn cuts(seed: u8, stream: &[u8]) -> Vec<&[u8]> {
    let mut state = u32::from(seed);
    let mut chunks = Vec::new();
    let mut rest = stream;
    while !rest.is_empty() {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let size = if seed == 0 { 1 } else { (state >> 28) as usize };
        let (chunk, after) = rest.split_at(size.min(rest.len()));
        chunks.push(chunk);
        rest = after;
    }
    chunks
}
