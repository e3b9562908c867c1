use super::*;
use crate::host::fake::FakeHost;

fn order(model: &str) -> Order {
    let target = |name: &str| TargetRef { cluster: name.to_owned(), model: format!("{model}-{name}") };
    Order {
        shape: Shape::named("openai_chat").unwrap(),
        format: crate::format::find("openai_chat").unwrap(),
        operation: Operation::Chat,
        model: model.to_owned(),
        targets: vec![target("one"), target("two")],
        stream: true,
        addressed_in_path: false,
        include_usage: true,
        packed: true,
        strict: true,
        refit: true,
        body_bytes: 77,
    }
}

fn headers() -> Rc<Headers> {
    Rc::new([(":path", "/v1"), ("a", "b")].into_iter().collect())
}

fn outcome(attempt: u64) -> Outcome {
    Outcome {
        preset: Some("openai".into()),
        target: 1,
        provider: format!("p{attempt}"),
        model: "m".to_owned(),
        attempt,
        status: 200,
        usage: Some(Usage { input: 3, output: 4, cache_read: 1, estimated: true, ..Usage::default() }),
        finish: Some(Finish::Length),
        spent: Some(Rc::new(Spent {
            provider: "first".to_owned(),
            preset: Some("openai".into()),
            asked: "n".to_owned(),
            model: "m".to_owned(),
            usage: Usage { input: 3, output: 4, estimated: true, ..Usage::default() },
        })),
        lossy: vec!["seed".to_owned()],
        error: Some("provider".to_owned()),
        complete: true,
    }
}

/// Filter state as another virtual machine would see it: no ticket of it is known there.
fn move_elsewhere(host: &FakeHost) {
    host.state.borrow_mut().get_mut(ORDER).unwrap()[0] ^= 1;
}

fn same(taken: &Taken, order: &Order) {
    let of = |order: &Order| {
        let flags =
            (order.stream, order.addressed_in_path, order.include_usage, order.packed, order.strict, order.refit);
        (
            order.shape.name(),
            order.format.name(),
            order.operation,
            order.model.clone(),
            order.targets.clone(),
            flags,
            order.body_bytes,
        )
    };
    assert_eq!(of(&taken.order), of(order));
    assert_eq!(taken.headers.iter().collect::<Vec<_>>(), headers().iter().collect::<Vec<_>>());
}

#[test]
fn an_order_and_its_outcome_arrive_in_memory_and_elsewhere() {
    for elsewhere in [false, true] {
        let host = FakeHost::new();
        let given = Given::new(Rc::new(order("m")), headers(), &host).unwrap();
        assert_eq!(host.state(NEXT).unwrap(), b"one");
        if elsewhere {
            move_elsewhere(&host);
        }
        let taken = Taken::new(&host).unwrap();
        assert_eq!((taken.is_in_memory(), taken.attempt), (!elsewhere, 1));
        same(&taken, &order("m"));
        assert_eq!(given.outcome(&host), None);
        for word in [Outcome::default(), outcome(1)] {
            taken.report(&word, &host).unwrap();
            assert_eq!(given.outcome(&host), Some(word.clone()));
            assert_eq!(given.told().map(|told| told.clone()), (!elsewhere).then_some(word));
            assert_eq!(host.state(OUTCOME).is_some(), elsewhere, "memory spares Envoy");
        }
    }
}

#[test]
fn the_first_attempt_is_counted_here_and_later_ones_by_envoy() {
    let host = FakeHost::new();
    let _given = Given::new(Rc::new(order("m")), headers(), &host).unwrap();
    host.set_number("upstream.request_attempt_count", 1);
    assert_eq!(Taken::new(&host).unwrap().attempt, 1);
    host.set_number("upstream.request_attempt_count", 3);
    assert_eq!(Taken::new(&host).unwrap().attempt, 3);
    move_elsewhere(&host);
    assert_eq!(Taken::new(&host).unwrap().attempt, 3);
}

#[test]
fn of_attempts_here_and_elsewhere_the_later_one_counts() {
    for (here, there, want) in [(1, 2, 2), (2, 1, 2), (1, 1, 1)] {
        let host = FakeHost::new();
        let given = Given::new(Rc::new(order("m")), headers(), &host).unwrap();
        Taken::new(&host).unwrap().report(&Outcome { lossy: Vec::new(), ..outcome(here) }, &host).unwrap();
        outcome(there).write_elsewhere(&host).unwrap();
        let found = given.outcome(&host).unwrap();
        assert_eq!((found.attempt, found.lossy.is_empty()), (want, here >= there));
    }
}

#[test]
fn an_exchange_that_is_over_is_not_found_in_memory() {
    let host = FakeHost::new();
    let given = Given::new(Rc::new(order("m")), headers(), &host).unwrap();
    let late = Taken::new(&host).unwrap();
    assert_eq!(memory::entered(), 1);
    drop(given);
    assert_eq!(memory::entered(), 0);
    // The attempt that is under way goes on; a new one reads the bytes.
    late.report(&outcome(1), &host).unwrap();
    let next = Taken::new(&host).unwrap();
    assert!(!next.is_in_memory());
    same(&next, &order("m"));
}

#[test]
fn a_panic_leaves_nothing_behind() {
    let panicked = std::panic::catch_unwind(|| {
        let _given = Given::new(Rc::new(order("m")), headers(), &FakeHost::new()).unwrap();
        assert_eq!(memory::entered(), 1);
        panic!("planted");
    });
    assert!(panicked.is_err());
    assert_eq!(memory::entered(), 0);
}

#[test]
fn exchanges_at_the_same_time_are_not_mixed_up() {
    let hosts: Vec<_> = (0..50).map(|_| FakeHost::new()).collect();
    let mut given = Vec::new();
    for (number, host) in hosts.iter().enumerate() {
        given.push(Given::new(Rc::new(order(&number.to_string())), headers(), host).unwrap());
        if number % 3 == 0 {
            // Numbers of those that are over are not given again.
            drop(Given::new(Rc::new(order("gone")), headers(), &FakeHost::new()).unwrap());
        }
    }
    for (number, (host, given)) in hosts.iter().zip(&given).enumerate().rev() {
        let taken = Taken::new(host).unwrap();
        assert!(taken.is_in_memory());
        same(&taken, &order(&number.to_string()));
        taken.report(&outcome(number as u64), host).unwrap();
        assert_eq!(given.outcome(host), Some(outcome(number as u64)));
    }
}

#[test]
fn a_ticket_of_another_machine_or_of_no_exchange_finds_nothing() {
    let host = FakeHost::new();
    let _given = Given::new(Rc::new(order("m")), headers(), &host).unwrap();
    let ticket = host.state(ORDER).unwrap()[..TICKET_BYTES].to_vec();
    assert!(memory::find(&ticket).is_some());
    for place in 0..TICKET_BYTES {
        let mut other = ticket.clone();
        other[place] ^= 1;
        assert!(memory::find(&other).is_none(), "byte {place}");
    }
    assert!(memory::find(&memory::NO_TICKET).is_none());
    assert!(memory::find(&ticket[..TICKET_BYTES - 1]).is_none());
    // A thread is a virtual machine.
    assert!(std::thread::spawn(move || memory::find(&ticket).is_none()).join().unwrap());
}

#[test]
fn bytes_cut_anywhere_are_no_order() {
    let host = FakeHost::new();
    drop(Given::new(Rc::new(order("m")), headers(), &host).unwrap());
    let whole = host.state(ORDER).unwrap();
    for end in 0..whole.len() {
        host.set_state(ORDER, &whole[..end]).unwrap();
        // Headers that are cut off whole are none.
        assert!(Taken::new(&host).is_none_or(|taken| taken.headers.iter().count() == 0), "cut at {end}");
    }
}
