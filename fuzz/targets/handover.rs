//! The hand-over between two virtual machines: whatever lies in the filter state, it is read whole or not at all, and what
//! was read can be handed on.
//!
//! The input is two values: the order without its ticket, and the outcome, each after two bytes of length.

use std::rc::Rc;

use postern::handover::{Given, ORDER, OUTCOME, Order, Outcome, Taken};
use postern::host::Host;

use super::fake::FakeHost;

/// The ticket of no exchange.
const NO_TICKET: [u8; 24] = [0; 24];

/// The law.
pub fn check(input: &[u8]) {
    let host = FakeHost::new();
    let mut rest = input;
    for (key, before) in [(ORDER, &NO_TICKET[..]), (OUTCOME, &[])] {
        let Some((length, after)) = rest.split_first_chunk::<2>() else { break };
        let (value, after) = after.split_at(usize::from(u16::from_le_bytes(*length)).min(after.len()));
        rest = after;
        host.set_state(key, &[before, value].concat()).expect("the fake host takes it");
    }
    if let Some(taken) = Taken::new(&host) {
        let next = FakeHost::new();
        let given = Given::new(Rc::clone(&taken.order), Rc::clone(&taken.headers), &next);
        // What is over in memory is read from its bytes.
        drop(given.expect("the fake host takes it"));
        let again = Taken::new(&next).expect("what was written is read");
        assert!(!again.is_in_memory());
        assert!(again.headers.iter().eq(taken.headers.iter()));
        assert_eq!(shown(&again.order), shown(&taken.order));
    }
    if let Some(outcome) = Outcome::read(&host) {
        let next = FakeHost::new();
        outcome.write_elsewhere(&next).expect("the fake host takes it");
        assert_eq!(Outcome::read(&next), Some(outcome));
    }
}

fn shown(order: &Order) -> String {
    let Order { shape, format, operation, model, targets, body_bytes, .. } = order;
    let Order { stream, addressed_in_path, include_usage, packed, strict, .. } = order;
    let flags = [stream, addressed_in_path, include_usage, packed, strict];
    format!("{} {} {operation:?} {model} {targets:?} {flags:?} {body_bytes}", shape.name(), format.name())
}
