//! Memory that Envoy fills for us: it asks for a block with `proxy_on_memory_allocate`, writes the answer of a host
//! call there, and names pointer and size in that call's results. The block then becomes a `Vec` without a copy.
//!
//! A block is owned by exactly one side. The last one given out is remembered, and only that one is taken: a host that
//! names anything else gets an error, not our allocator.

use std::alloc::Layout;
use std::cell::Cell;
use std::ptr::NonNull;

thread_local! {
    /// The block given out and not yet taken. Each host call fills at most one, so one place is enough.
    static GIVEN: Cell<(*mut u8, usize)> = const { Cell::new((std::ptr::null_mut(), 0)) };
}

/// Gives the host a block of exactly `size` bytes; null if there is no memory, which the host reports as a status.
pub fn give(size: usize) -> *mut u8 {
    let Ok(layout) = Layout::array::<u8>(size) else {
        return std::ptr::null_mut();
    };
    let block = match size {
        // Null would read as "no memory"; an empty block is any non-null address, and is never freed.
        0 => NonNull::dangling().as_ptr(),
        // SAFETY: the layout's size is not zero.
        _ => unsafe { std::alloc::alloc(layout) },
    };
    GIVEN.set((block, size));
    block
}

/// Takes over the block a host call answered with. Nothing (null or no bytes) is an empty `Vec`; None if the host names
/// a block that it was not given, or another size.
pub fn take(block: *mut u8, size: usize) -> Option<Vec<u8>> {
    if block.is_null() || size == 0 {
        return Some(Vec::new());
    }
    if GIVEN.get() != (block, size) {
        return None;
    }
    GIVEN.set((std::ptr::null_mut(), 0));
    // SAFETY: `give` made this block in the global allocator with this very size and alignment 1, it is taken once
    // because `GIVEN` is empty now, and the host has written all of it.
    Some(unsafe { Vec::from_raw_parts(block, size, size) })
}
