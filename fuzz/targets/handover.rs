//! The hand-over: whatever lies in the filter state, it is read whole or not at all, and what was read can be handed on.
//!
//! The input is two values: order and outcome, each after two bytes of length.

use postern::handover::{Order, Outcome};
use postern::host::Host;

use super::fake::FakeHost;

/// The law.
pub fn check(input: &[u8]) {
    let host = FakeHost::new();
    let mut rest = input;
    for key in ["postern.order.3", "postern.outcome.1"] {
        let Some((length, after)) = rest.split_first_chunk::<2>() else { break };
        let (value, after) = after.split_at(usize::from(u16::from_le_bytes(*length)).min(after.len()));
        rest = after;
        host.set_state(key, value).expect("the fake host takes it");
    }
    if let Some((order, headers)) = Order::read(&host) {
        let next = FakeHost::new();
        order.write(&headers, &next).expect("the fake host takes it");
        let (again, same_headers) = Order::read(&next).expect("what was written is read");
        assert!(same_headers.iter().eq(headers.iter()));
        assert_eq!(shown(&again), shown(&order));
    }
    if let Some(outcome) = Outcome::read(&host) {
        let next = FakeHost::new();
        outcome.write(&next).expect("the fake host takes it");
        assert_eq!(Outcome::read(&next), Some(outcome));
    }
}

fn shown(order: &Order) -> String {
    let Order { shape, format, operation, model, targets, body_bytes, .. } = order;
    let Order { stream, addressed_in_path, include_usage, packed, strict, .. } = order;
    let flags = [stream, addressed_in_path, include_usage, packed, strict];
    format!("{} {} {operation:?} {model} {targets:?} {flags:?} {body_bytes}", shape.name(), format.name())
}
