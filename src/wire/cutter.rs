//! Cuts a stream into events when the end of each can be told from its own bytes: what is common to every framing but
//! server-sent events (whose end may hang on the byte after it).

use super::frame::{Broken, Event, MAX_EVENT_BYTES};

/// What the carry may keep allocated once its event is delivered; see [`super::sse`].
const KEPT_CARRY_BYTES: usize = 64 * 1024;

/// Finds where events end. Knows how far it has looked, so that no byte is looked at twice because more came.
pub trait Scan: Default {
    /// Reads on to the end of the event under way, given all its bytes so far and possibly more.
    fn event_end(&mut self, bytes: &[u8]) -> Result<Option<usize>, Broken>;
    /// Makes the event of its bytes, and stands at the start of the next. Not complete: the stream ended before it did.
    fn take<'a>(&mut self, raw: &'a [u8], complete: bool) -> Result<Event<'a>, Broken>;
}

/// Reads one stream. Holds at most the bytes of the one event under way.
#[derive(Debug, Default)]
pub struct Cutter<S> {
    /// The event under way, if it began in an earlier chunk.
    carry: Vec<u8>,
    scan: S,
    broken: Option<Broken>,
}

impl<S: Scan> Cutter<S> {
    /// Feeds one chunk and calls `each` for every event that is now complete, in order. An event that lies wholly in the
    /// chunk is borrowed from it. Once this has failed, every further call fails the same way.
    pub(super) fn push(&mut self, chunk: &[u8], each: &mut impl FnMut(Event<'_>)) -> Result<(), Broken> {
        self.broken.map_or(Ok(()), Err)?;
        let result = self.read(chunk, each);
        if let Err(broken) = result {
            self.broken = Some(broken);
            self.carry = Vec::new();
        }
        result
    }

    fn read(&mut self, chunk: &[u8], each: &mut impl FnMut(Event<'_>)) -> Result<(), Broken> {
        let mut rest = chunk;
        if !self.carry.is_empty() && !rest.is_empty() {
            let held = self.carry.len();
            self.carry.extend_from_slice(rest);
            let Some(end) = self.scan.event_end(&self.carry)? else { return fits(self.carry.len()) };
            fits(end)?;
            rest = rest.get(end.saturating_sub(held)..).unwrap_or_default();
            each(self.scan.take(self.carry.get(..end).unwrap_or_default(), true)?);
            self.carry.clear();
            self.carry.shrink_to(KEPT_CARRY_BYTES);
        }
        while !rest.is_empty() {
            let Some(end) = self.scan.event_end(rest)? else {
                fits(rest.len())?;
                self.carry.extend_from_slice(rest);
                break;
            };
            fits(end)?;
            let (raw, after) = rest.split_at_checked(end).unwrap_or((rest, &[]));
            rest = after;
            each(self.scan.take(raw, true)?);
        }
        Ok(())
    }

    /// The stream is over: whatever is left is given as a last event that is not complete. The reader is then as a new
    /// one.
    pub(super) fn finish(&mut self, each: &mut impl FnMut(Event<'_>)) -> Result<(), Broken> {
        let Self { carry, mut scan, broken } = std::mem::take(self);
        if let Some(broken) = broken {
            self.broken = Some(broken);
            return Err(broken);
        }
        if !carry.is_empty() {
            each(scan.take(&carry, false)?);
        }
        Ok(())
    }

    /// How many bytes of an event that is not complete yet are held.
    pub(super) fn pending(&self) -> usize {
        self.carry.len()
    }
}

fn fits(event_bytes: usize) -> Result<(), Broken> {
    if event_bytes > MAX_EVENT_BYTES { Err(Broken::TooLarge(MAX_EVENT_BYTES)) } else { Ok(()) }
}
