//! Byte-pair merging without a vocabulary: how many tokens a piece of text becomes.
//!
//! The pair with the lowest rank is merged first, and a token's rank is its id. Merges inside a span run in the same
//! order as they would in isolation as long as nothing crosses the span's ends, so that a token is always made of the
//! same two parts. A table from two ids to the id they become is therefore all there is to know, and no token's bytes
//! are kept: 5 bytes an entry.
//!
//! The table is a hash of sorted linear probing. A key of two ids is mixed by a bijection; its upper half is the home
//! slot, its lower half is kept in the slot, so nothing is ever mistaken for another pair. A slot is the distance from
//! home (4 bits; 15: empty), the id (18) and the kept half (18). A look-up ends at the first slot that is nearer to its
//! own home.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// No such pair.
const NONE: u32 = u32::MAX;
/// Bytes of a slot.
const SLOT: usize = 5;

/// One encoding's merges.
#[derive(Debug)]
pub(super) struct Table {
    /// Multiplier (8 bytes), ids of the single bytes (256), slots.
    bytes: &'static [u8],
    /// Of an id.
    bits: u32,
}

impl Table {
    /// A table that `tables/make.rs` made.
    pub(super) const fn new(bytes: &'static [u8], bits: u32) -> Self {
        Self { bytes, bits }
    }

    fn ready(&self) -> Merges {
        let (multiplier, rest) = self.bytes.split_at_checked(8).unwrap_or_default();
        let (singles, slots) = rest.split_at_checked(256).unwrap_or_default();
        let multiplier = u64::from_le_bytes(multiplier.try_into().unwrap_or_default());
        Merges { multiplier, singles, slots, bits: self.bits }
    }
}

/// The same, its parts found.
#[derive(Clone, Copy, Debug)]
struct Merges {
    multiplier: u64,
    singles: &'static [u8],
    slots: &'static [u8],
    bits: u32,
}

impl Merges {
    #[inline]
    fn single(&self, byte: u8) -> u32 {
        u32::from(self.singles.get(byte as usize).copied().unwrap_or(0))
    }

    /// The token that two tokens become.
    #[inline]
    fn pair(&self, left: u32, right: u32) -> u32 {
        let bits = self.bits;
        let half = (1_u64 << bits) - 1;
        let key = u64::from(left) << bits | u64::from(right);
        let key = key ^ key >> bits;
        let key = key.wrapping_mul(self.multiplier) & (half << bits | half);
        let key = key ^ key >> bits;
        let (home, kept) = (key >> bits, key & half);
        let mut at = home as usize * SLOT;
        for distance in 0..15 {
            // Eight bytes hold the five; behind the last used slot there are spare ones.
            let Some(bytes) = self.slots.get(at..at + 8) else { return NONE };
            let slot = u64::from_le_bytes(bytes.try_into().unwrap_or_default());
            let from_home = slot & 15;
            if from_home == 15 || from_home < distance {
                return NONE;
            }
            if from_home == distance && slot >> 22 & ((1 << 18) - 1) == kept {
                return (slot >> 4 & ((1 << 18) - 1)) as u32;
            }
            at += SLOT;
        }
        NONE
    }
}

/// Up to this many bytes the next pair is looked for along the piece.
const SHORT: usize = 48;
/// Longer pieces are merged in chunks of this many bytes, which are then joined.
const CHUNK: usize = 256;
/// The most bytes that are merged at once.
const MAX_AT_ONCE: usize = 1024;
/// How many bytes of settled tokens a join can still take apart.
const TAIL: usize = 256;
/// Slots of the cache of short pieces; 16 bytes each.
const CACHE: usize = 4096;

/// A token of a piece: its id and its length in bytes.
type Token = (u32, usize);

/// Counts pieces. Holds its scratch memory, some 80 kB, and a cache of the short pieces seen.
pub(super) struct Merger {
    merges: Merges,
    /// A short piece (up to 15 bytes), its length and its count.
    cache: Box<[u128]>,
    scratch: Scratch,
    tail: Vec<Token>,
    fresh: Vec<Token>,
    window: Vec<Token>,
}

/// The linked list of what is not merged yet, and the pairs in the order of their ranks.
#[derive(Default)]
struct Scratch {
    ids: Vec<u32>,
    /// What a place and the next become together.
    pairs: Vec<u32>,
    next: Vec<u16>,
    before: Vec<u16>,
    /// Rank above place.
    heap: BinaryHeap<Reverse<u32>>,
}

impl Merger {
    pub(super) fn new(table: &Table) -> Self {
        Self {
            merges: table.ready(),
            cache: vec![0; CACHE].into_boxed_slice(),
            scratch: Scratch::default(),
            tail: Vec::new(),
            fresh: Vec::new(),
            window: Vec::new(),
        }
    }

    /// How many tokens a piece is. May stop early above `limit`.
    #[inline]
    pub(super) fn count(&mut self, piece: &[u8], limit: u64) -> u64 {
        match piece.len() {
            0 | 1 => piece.len() as u64,
            2..16 => self.cached(piece),
            16..=SHORT => short(&self.merges, piece),
            _ => self.long(piece, limit),
        }
    }

    fn cached(&mut self, piece: &[u8]) -> u64 {
        let mut bytes = [0; 16];
        bytes.iter_mut().zip(piece).for_each(|(to, from)| *to = *from);
        let key = u128::from_le_bytes(bytes) | (piece.len() as u128) << 120;
        let mixed = ((key as u64) ^ ((key >> 64) as u64).rotate_left(29)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let slot = (mixed >> 52) as usize;
        let known = self.cache.get(slot).copied().unwrap_or(0);
        if known & !(15 << 124) == key {
            return (known >> 124) as u64;
        }
        let count = short(&self.merges, piece);
        if let Some(slot) = self.cache.get_mut(slot) {
            *slot = key | u128::from(count) << 124;
        }
        count
    }

    /// A long piece, chunk by chunk: memory does not grow with it. Two neighbouring tokens are as merging the whole would
    /// leave them if merging their bytes alone gives the two; so chunks are merged alone, and where the two tokens at a
    /// join are not such neighbours, a growing window around it is merged again.
    fn long(&mut self, piece: &[u8], limit: u64) -> u64 {
        self.tail.clear();
        let (mut settled, mut at) = (0, 0);
        while at < piece.len() && settled <= limit {
            let chunk = piece.get(at..piece.len().min(at + CHUNK)).unwrap_or_default();
            let mut fresh = std::mem::take(&mut self.fresh);
            self.scratch.merge(&self.merges, chunk, &mut fresh);
            self.join(piece, at, &fresh);
            self.fresh = fresh;
            at += chunk.len();
            // What no join will reach again.
            let mut kept = 0;
            let keep = self.tail.iter().rev().take_while(|(_, len)| {
                kept += len;
                kept <= TAIL
            });
            let gone = self.tail.len() - keep.count().max(1);
            self.tail.drain(..gone);
            settled += gone as u64;
        }
        settled + self.tail.len() as u64
    }

    /// Puts the tokens of a chunk, which begins at `at`, behind the tail.
    fn join(&mut self, piece: &[u8], at: usize, fresh: &[Token]) {
        let (mut left, mut right) = (0, 0);
        let mut window = std::mem::take(&mut self.window);
        window.clear();
        loop {
            let kept = self.tail.len() - left;
            let start = at - length(self.tail.get(kept..).unwrap_or_default());
            let end = at + length(fresh.get(..right).unwrap_or_default());
            let before = kept.checked_sub(1).and_then(|last| self.tail.get(last)).copied();
            let after = fresh.get(right).copied();
            if left > 0 || right > 0 {
                let Some(bytes) = piece.get(start..end).filter(|bytes| bytes.len() <= MAX_AT_ONCE) else { break };
                self.scratch.merge(&self.merges, bytes, &mut window);
            }
            let first = window.first().copied().or(after);
            let last = window.last().copied().or(before);
            let left_holds = self.are_neighbours(piece, start, before, first);
            let right_holds = window.is_empty() || self.are_neighbours(piece, end, last, after);
            if left_holds && right_holds {
                self.tail.truncate(kept);
                self.tail.append(&mut window);
                self.tail.extend_from_slice(fresh.get(right..).unwrap_or_default());
                self.window = window;
                return;
            }
            // Both sides take part from the first time on.
            if !left_holds || left == 0 {
                left = (2 * left + 1).min(self.tail.len());
            }
            if !right_holds || right == 0 {
                right = (2 * right + 1).min(fresh.len());
            }
        }
        // Not seen on any text; one token too many or too few is no harm.
        self.tail.extend_from_slice(fresh);
        self.window = window;
    }

    /// Whether two tokens that meet at `at` stay two.
    fn are_neighbours(&mut self, piece: &[u8], at: usize, left: Option<Token>, right: Option<Token>) -> bool {
        let (Some((left, left_len)), Some((right, right_len))) = (left, right) else { return true };
        if self.merges.pair(left, right) != NONE {
            return false;
        }
        let Some(bytes) = piece.get(at - left_len..at + right_len) else { return true };
        let mut both = Vec::with_capacity(8);
        self.scratch.merge(&self.merges, bytes, &mut both);
        matches!(both.as_slice(), [(one, _), (two, _)] if *one == left && *two == right)
    }
}

fn length(tokens: &[Token]) -> usize {
    tokens.iter().map(|(_, len)| len).sum()
}

/// A short piece: along it for the lowest rank, again and again.
fn short(merges: &Merges, piece: &[u8]) -> u64 {
    let (mut ids, mut pairs) = ([0_u32; SHORT], [NONE; SHORT]);
    let mut len = piece.len().min(SHORT);
    ids.iter_mut().zip(piece).for_each(|(id, byte)| *id = merges.single(*byte));
    for (pair, both) in pairs.iter_mut().zip(ids.get(..len).unwrap_or_default().windows(2)) {
        if let [left, right] = both {
            *pair = merges.pair(*left, *right);
        }
    }
    while len > 1 {
        let (mut lowest, mut at) = (NONE, 0);
        for (place, pair) in pairs.iter().take(len - 1).enumerate() {
            if *pair < lowest {
                (lowest, at) = (*pair, place);
            }
        }
        if lowest == NONE {
            break;
        }
        ids.copy_within(at + 2..len, at + 1);
        pairs.copy_within((at + 2).min(len)..len, at + 1);
        len -= 1;
        let pair_at = |ids: &[u32; SHORT], at: usize| match (ids.get(at), ids.get(at + 1).filter(|_| at + 1 < len)) {
            (Some(left), Some(right)) => merges.pair(*left, *right),
            _ => NONE,
        };
        if let Some(id) = ids.get_mut(at) {
            *id = lowest;
        }
        if let Some(pair) = pairs.get_mut(at) {
            *pair = pair_at(&ids, at);
        }
        if let Some(before) = at.checked_sub(1)
            && let Some(pair) = pairs.get_mut(before)
        {
            *pair = pair_at(&ids, before);
        }
    }
    len as u64
}

impl Scratch {
    /// Merges up to [`MAX_AT_ONCE`] bytes.
    fn merge(&mut self, merges: &Merges, bytes: &[u8], tokens: &mut Vec<Token>) {
        const PLACE: u32 = 10;
        let len = bytes.len();
        self.ids.clear();
        self.ids.extend(bytes.iter().map(|byte| merges.single(*byte)));
        self.next.clear();
        self.next.extend(1..=len as u16);
        self.before.clear();
        self.before.extend((0..len as u16).map(|at| at.wrapping_sub(1)));
        self.pairs.clear();
        self.pairs.extend(self.ids.windows(2).map(|both| match both {
            [left, right] => merges.pair(*left, *right),
            _ => NONE,
        }));
        self.pairs.push(NONE);
        let mut heap = std::mem::take(&mut self.heap).into_vec();
        heap.clear();
        let there = self.pairs.iter().enumerate().filter(|(_, pair)| **pair != NONE);
        heap.extend(there.map(|(at, pair)| Reverse(pair << PLACE | at as u32)));
        self.heap = BinaryHeap::from(heap);
        while let Some(Reverse(lowest)) = self.heap.pop() {
            let (id, at) = (lowest >> PLACE, (lowest & ((1 << PLACE) - 1)) as usize);
            if self.pairs.get(at) != Some(&id) {
                continue; // One of the two is another by now.
            }
            let right = self.next.get(at).copied().unwrap_or(0) as usize;
            let behind = self.next.get(right).copied().unwrap_or(0);
            let before = self.before.get(at).copied().unwrap_or(u16::MAX);
            set(&mut self.ids, at, id);
            set(&mut self.next, at, behind);
            set(&mut self.pairs, right, NONE);
            if let Some(back) = self.before.get_mut(behind as usize) {
                *back = at as u16;
            }
            for (place, left, right) in [
                (at, Some(&id), self.ids.get(behind as usize)),
                (before as usize, self.ids.get(before as usize), Some(&id)),
            ] {
                let pair = match (left, right) {
                    (Some(left), Some(right)) => merges.pair(*left, *right),
                    _ => NONE,
                };
                set(&mut self.pairs, place, pair);
                if pair != NONE {
                    self.heap.push(Reverse(pair << PLACE | place as u32));
                }
            }
        }
        tokens.clear();
        let mut at = 0;
        while let (Some(id), Some(next)) = (self.ids.get(at), self.next.get(at)) {
            tokens.push((*id, *next as usize - at));
            at = *next as usize;
        }
    }
}

fn set<T>(list: &mut [T], at: usize, value: T) {
    if let Some(place) = list.get_mut(at) {
        *place = value;
    }
}
