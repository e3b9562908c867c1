//! The hand-over in the memory of one virtual machine: the usual set-up has both filters in the same one, and a call to
//! Envoy costs more than all that is handed over.
//!
//! Filter state still carries the whole order, and in front of it a ticket: the number of the virtual machine and that of
//! the exchange. A provider filter of the same virtual machine finds the order by it, ready to be used, and leaves what
//! became of its attempt there; one of another reads the bytes, and writes filter state. No number is given twice: that of
//! a virtual machine is random, and its exchanges are counted. An entry goes with its gateway exchange, in whatever way that
//! ends, so there are never more of them than streams.

use std::cell::{Cell, Ref, RefCell};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::rc::Rc;

use super::{Order, Outcome};
use crate::host::Host;
use crate::http::Headers;

/// The bytes of a ticket: 16 say which virtual machine, 8 which exchange.
pub(super) const TICKET_BYTES: usize = 24;
/// Where there is no hand-over in memory.
pub(super) const NO_TICKET: [u8; TICKET_BYTES] = [0; TICKET_BYTES];

/// What both filters know of one exchange.
pub(super) struct Entry {
    pub order: Rc<Order>,
    pub headers: Rc<Headers>,
    /// How many attempts have begun.
    pub attempts: Cell<u64>,
    /// Whether its stream is to end before its time.
    pub stop: Cell<Stop>,
    /// The latest word on what became of it.
    pub outcome: RefCell<Option<Outcome>>,
}

/// Whether a stream is to end before its time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Stop {
    /// It never is.
    #[default]
    Never,
    /// It may be told to.
    Perhaps,
    /// It is, now.
    Now,
}

impl Entry {
    pub fn told(&self) -> Option<Ref<'_, Outcome>> {
        Ref::filter_map(self.outcome.borrow(), Option::as_ref).ok()
    }
}

/// Exchanges are counted up: spread the number, no more.
#[derive(Default)]
struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0 ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

struct Table {
    /// This virtual machine's number; None until the first exchange asks Envoy for it.
    machine: Option<[u8; 16]>,
    exchanges: u64,
    entries: HashMap<u64, Rc<Entry>, BuildHasherDefault<Spread>>,
}

thread_local! {
    // One thread runs one virtual machine's code; natively this keeps tests apart.
    static TABLE: RefCell<Table> = const {
        RefCell::new(Table { machine: None, exchanges: 0, entries: HashMap::with_hasher(BuildHasherDefault::new()) })
    };
}

/// Enters an exchange and gives its ticket; [`NO_TICKET`] where Envoy has no random numbers.
pub(super) fn enter(entry: Rc<Entry>, host: &dyn Host) -> [u8; TICKET_BYTES] {
    let known = TABLE.with_borrow(|table| table.machine);
    let machine = known.or_else(|| {
        let mut number = [0; 16];
        host.random(&mut number).ok()?;
        TABLE.with_borrow_mut(|table| table.machine = Some(number));
        Some(number)
    });
    let Some(machine) = machine else { return NO_TICKET };
    let exchange = TABLE.with_borrow_mut(|table| {
        table.exchanges += 1;
        table.entries.insert(table.exchanges, entry);
        table.exchanges
    });
    let mut ticket = NO_TICKET;
    let numbers = machine.into_iter().chain(exchange.to_le_bytes());
    ticket.iter_mut().zip(numbers).for_each(|(place, byte)| *place = byte);
    ticket
}

/// The exchange of a ticket, if it was entered in this virtual machine and is not over.
pub(super) fn find(ticket: &[u8]) -> Option<Rc<Entry>> {
    TABLE.with_borrow(|table| table.entries.get(&number(ticket, table.machine)?).cloned())
}

/// The exchange is over.
pub(super) fn leave(ticket: &[u8]) {
    // At the end of a thread the table may be gone before its exchanges.
    let entry = TABLE.try_with(|table| {
        let mut table = table.try_borrow_mut().ok()?;
        let number = number(ticket, table.machine)?;
        table.entries.remove(&number)
    });
    drop(entry);
}

fn number(ticket: &[u8], machine: Option<[u8; 16]>) -> Option<u64> {
    let exchange = ticket.strip_prefix(&machine?)?;
    exchange.try_into().ok().map(u64::from_le_bytes)
}

/// How many exchanges there are; for tests.
#[cfg(test)]
pub(super) fn entered() -> usize {
    TABLE.with_borrow(|table| table.entries.len())
}
