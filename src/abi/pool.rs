//! The module's allocator: small blocks that come free are kept by size and given out again. Behind it stands the
//! standard one, which looks for the best place and joins neighbours: right for bodies, dear for the seventy small blocks
//! of every exchange.
//!
//! It is for WebAssembly, where one VM has one thread; natively only its own tests use it.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ptr;

#[cfg(target_arch = "wasm32")]
#[global_allocator]
static POOL: Pool = Pool::new();

/// The blocks of one shelf are all of a multiple of this many bytes; a smaller wish gets that much.
const STEP: usize = 32;
/// Up to 1 KB. Larger ones are few, and mostly grow.
const SHELVES: usize = 32;
/// The most blocks that a shelf keeps, so that a request with a million small values does not leave them all here: all
/// full shelves together hold 1 MB.
const KEPT: u32 = 64;
/// What the standard allocator aligns to unasked.
const ALIGN: usize = 8;

/// See the module.
pub struct Pool([Shelf; SHELVES]);

/// Free blocks of one size: each holds the address of the next.
struct Shelf {
    first: Cell<*mut Block>,
    count: Cell<u32>,
}

struct Block {
    next: *mut Block,
}

// SAFETY: a VM has one thread, and neither method calls anything that could come back here.
unsafe impl Sync for Pool {}

impl Pool {
    /// With nothing on its shelves.
    pub const fn new() -> Self {
        Self([const { Shelf { first: Cell::new(ptr::null_mut()), count: Cell::new(0) } }; SHELVES])
    }

    /// The shelf for a block and the size that its blocks have. None: not kept.
    fn shelf(&self, layout: Layout) -> Option<(&Shelf, Layout)> {
        let at = layout.size().wrapping_sub(1) / STEP;
        let shelf = self.0.get(at).filter(|_| layout.align() <= ALIGN)?;
        Some((shelf, Layout::from_size_align((at + 1) * STEP, ALIGN).ok()?))
    }
}

// SAFETY: a block of a shelf has been allocated with the layout of that shelf, which is as large as any that is given a
// block of it, and goes back with the same one. While it is free it is ours, and larger than a `Block`.
unsafe impl GlobalAlloc for Pool {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let Some((shelf, layout)) = self.shelf(layout) else { return unsafe { System.alloc(layout) } };
        let block = shelf.first.get();
        if block.is_null() {
            return unsafe { System.alloc(layout) };
        }
        shelf.first.set(unsafe { (*block).next });
        shelf.count.set(shelf.count.get() - 1);
        block.cast()
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let Some((shelf, layout)) = self.shelf(layout) else { return unsafe { System.dealloc(block, layout) } };
        if shelf.count.get() == KEPT {
            return unsafe { System.dealloc(block, layout) };
        }
        let block: *mut Block = block.cast();
        unsafe { block.write(Block { next: shelf.first.get() }) };
        shelf.first.set(block);
        shelf.count.set(shelf.count.get() + 1);
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if self.shelf(layout).is_none() {
            return unsafe { System.alloc_zeroed(layout) };
        }
        let block = unsafe { self.alloc(layout) };
        if !block.is_null() {
            unsafe { ptr::write_bytes(block, 0, layout.size()) };
        }
        block
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller vouches for the new size.
        let wanted = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        match (self.shelf(layout), self.shelf(wanted)) {
            (None, None) => unsafe { System.realloc(block, layout, size) },
            (Some((from, _)), Some((to, _))) if ptr::eq(from, to) => block,
            _ => {
                let new = unsafe { self.alloc(wanted) };
                if !new.is_null() {
                    unsafe { ptr::copy_nonoverlapping(block, new, layout.size().min(size)) };
                    unsafe { self.dealloc(block, layout) };
                }
                new
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A block filled with a byte of its own.
    fn filled(pool: &Pool, size: usize, align: usize, byte: u8) -> (*mut u8, Layout, u8) {
        let layout = Layout::from_size_align(size, align).unwrap();
        let block = unsafe { pool.alloc(layout) };
        assert!(!block.is_null() && block.addr().is_multiple_of(align), "{size} {align}");
        unsafe { block.write_bytes(byte, size) };
        (block, layout, byte)
    }

    fn check((block, layout, byte): (*mut u8, Layout, u8), size: usize) {
        let bytes = unsafe { std::slice::from_raw_parts(block, size) };
        assert!(bytes.iter().all(|there| *there == byte), "{layout:?}");
    }

    #[test]
    fn no_block_is_given_twice_and_each_keeps_its_bytes() {
        let pool = Pool::new();
        // The same steps each time: sizes from 1 byte to beyond the shelves, taken, grown, shrunk and freed in turns.
        let (mut held, mut seed) = (Vec::new(), 7usize);
        for step in 0..20_000 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let random = seed >> 33;
            if held.len() < 200 && random % 3 > 0 {
                held.push(filled(&pool, 1 + random % 1500, 1 << (random % 5), step as u8));
                continue;
            }
            let Some(at) = random.checked_rem(held.len()) else { continue };
            let (block, layout, byte) = held.swap_remove(at);
            check((block, layout, byte), layout.size());
            if random % 2 == 0 {
                unsafe { pool.dealloc(block, layout) };
                continue;
            }
            let size = 1 + (random >> 4) % 1500;
            let block = unsafe { pool.realloc(block, layout, size) };
            check((block, layout, byte), layout.size().min(size));
            unsafe { block.write_bytes(byte, size) };
            let layout = Layout::from_size_align(size, layout.align()).unwrap();
            held.push((block, layout, byte));
        }
        held.into_iter().for_each(|(block, layout, byte)| {
            check((block, layout, byte), layout.size());
            unsafe { pool.dealloc(block, layout) };
        });
        assert!(pool.0.iter().all(|shelf| shelf.count.get() <= KEPT));
    }

    #[test]
    fn a_block_that_grows_keeps_what_was_in_it() {
        let pool = Pool::new();
        for (from, to) in [(1, 32), (32, 33), (40, 2000), (2000, 4000), (4000, 40), (1024, 1025)] {
            let (block, layout, byte) = filled(&pool, from, 1, 0xab);
            let block = unsafe { pool.realloc(block, layout, to) };
            check((block, layout, byte), from.min(to));
            unsafe { pool.dealloc(block, Layout::from_size_align(to, 1).unwrap()) };
        }
    }

    #[test]
    fn what_was_used_before_is_zeroed_where_that_is_asked() {
        let pool = Pool::new();
        for size in [5, 64, 1000, 5000] {
            let (block, layout, _) = filled(&pool, size, 8, 0xff);
            unsafe { pool.dealloc(block, layout) };
            let block = unsafe { pool.alloc_zeroed(layout) };
            check((block, layout, 0), size);
            unsafe { pool.dealloc(block, layout) };
        }
    }
}
