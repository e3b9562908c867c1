use super::*;
use crate::host::fake::{FakeHost, START_NS};

const KEY: &str = "postern/ledger/test";
const START_MS: u64 = START_NS / 1_000_000;

fn meter(row: &str) -> Meter {
    crate::config::parse::<LimitRow>(row.as_bytes()).unwrap().0.meter().unwrap()
}

fn tokens(input: u64, output: u64) -> Amounts {
    Amounts { input, output, micro_usd: 0 }
}

fn made() -> FakeHost {
    let host = FakeHost::new();
    make(&host, KEY).unwrap();
    host
}

/// Asks for `input` and a guess; the receipt, if it may go on.
fn ask(host: &FakeHost, meters: &[Meter], now_ms: u64, input: u64, guess: u64) -> Option<Receipt> {
    match reserve(host, KEY, meters, now_ms, &tokens(input, 0), &tokens(0, guess), false).unwrap() {
        Verdict::Held { receipt, .. } => Some(receipt),
        Verdict::Refused { .. } => None,
    }
}

fn used(host: &FakeHost, meters: &[Meter], now_ms: u64) -> (u64, u64) {
    let standing = look(host, KEY, meters, now_ms).unwrap().unwrap()[0];
    (standing.used, standing.held)
}

#[test]
fn what_is_held_counts_until_it_is_settled() {
    let host = made();
    let meters = [meter(r#"{"of":"tokens","limit":100,"per":"minute"}"#)];
    let first = ask(&host, &meters, START_MS, 30, 30).unwrap();
    assert_eq!(used(&host, &meters, START_MS), (0, 60));
    assert!(ask(&host, &meters, START_MS, 30, 30).is_none());
    let second = ask(&host, &meters, START_MS, 30, 10).unwrap();
    // It took less than was guessed, and what is left is free again.
    settle(&host, &first, &meters, START_MS, &tokens(30, 5)).unwrap();
    assert_eq!(used(&host, &meters, START_MS), (35, 40));
    // It took nothing: an error, a hit, a hang-up before the first byte.
    settle(&host, &second, &meters, START_MS, &Amounts::default()).unwrap();
    assert_eq!(used(&host, &meters, START_MS), (35, 0));
    // In the next minute the count begins anew.
    assert_eq!(used(&host, &meters, START_MS + 60_000), (0, 0));
}

#[test]
fn a_limit_smaller_than_every_guess_starves_nobody_but_input_must_fit() {
    let host = made();
    let meters = [meter(r#"{"of":"tokens","limit":100,"per":"minute"}"#)];
    let one = ask(&host, &meters, START_MS, 30, 500).unwrap();
    assert_eq!(used(&host, &meters, START_MS), (0, 100), "it holds what is left");
    assert!(ask(&host, &meters, START_MS, 1, 500).is_none(), "only where nothing is held");
    settle(&host, &one, &meters, START_MS, &tokens(30, 20)).unwrap();
    assert!(ask(&host, &meters, START_MS, 51, 500).is_none(), "51 do not fit into 50");
    assert!(ask(&host, &meters, START_MS, 50, 500).is_some());
}

#[test]
fn a_hold_that_nobody_settles_ends_with_its_lease() {
    let host = made();
    let meters = [meter(r#"{"of":"concurrent_requests","limit":1}"#)];
    let lost = ask(&host, &meters, START_MS, 0, 0).unwrap();
    assert!(ask(&host, &meters, START_MS + LEASE_MS - 1, 0, 0).is_none());
    let later = START_MS + 2 * LEASE_MS;
    let other = ask(&host, &meters, later, 0, 0).unwrap();
    // The lost one comes after all: it may not let go what is another's.
    settle(&host, &lost, &meters, later, &Amounts::default()).unwrap();
    assert_eq!(used(&host, &meters, later).1, 1);
    // One that goes on renews its lease.
    let mut other = other;
    for step in 1..6 {
        hold_more(&host, &mut other, &meters, later + step * LEASE_MS / 2, &Amounts::default(), &Amounts::default())
            .unwrap();
    }
    assert_eq!(used(&host, &meters, later + 3 * LEASE_MS).1, 1);
    settle(&host, &other, &meters, later + 3 * LEASE_MS, &Amounts::default()).unwrap();
    assert_eq!(used(&host, &meters, later + 3 * LEASE_MS).1, 0);
}

#[test]
fn a_sliding_window_forgets_as_time_passes() {
    let host = made();
    let meters = [meter(r#"{"of":"requests","limit":10,"per":"minute","window":"sliding"}"#)];
    for _ in 0..10 {
        assert!(ask(&host, &meters, START_MS + 30_000, 0, 0).is_some());
    }
    assert!(ask(&host, &meters, START_MS + 59_999, 0, 0).is_none());
    // A minute later: a new minute by the calendar, but all ten still count; half of them in the middle of it.
    assert!(ask(&host, &meters, START_MS + 60_000, 0, 0).is_none());
    let passed = (0..10).filter(|_| ask(&host, &meters, START_MS + 90_000, 0, 0).is_some()).count();
    assert_eq!(passed, 5);
    assert_eq!(used(&host, &meters, START_MS + 240_000), (0, 0));
}

#[test]
fn a_bucket_takes_a_burst_and_then_its_rate() {
    let host = made();
    let meters = [meter(r#"{"of":"requests","limit":60,"per":"minute","window":"bucket","burst":5}"#)];
    let at = |ms: u64| ask(&host, &meters, START_MS + ms, 0, 0).is_some();
    assert_eq!((0..8).filter(|_| at(0)).count(), 5);
    assert!(!at(999) && at(1_000) && !at(1_500) && at(2_000));
    // A rate that is no whole number of milliseconds loses nothing.
    let meters = [meter(r#"{"of":"requests","limit":7,"per":"second","window":"bucket","burst":1}"#)];
    let host = made();
    let passed = (0..10_000).filter(|ms| ask(&host, &meters, START_MS + ms, 0, 0).is_some()).count();
    assert!((69..=71).contains(&passed), "{passed}");
}

#[test]
fn what_watches_refuses_nobody_and_says_what_it_would_have_done() {
    let host = made();
    let meters = [meter(r#"{"of":"requests","limit":1,"per":"day","mode":"audit"}"#)];
    let over = |verdict| match verdict {
        Verdict::Held { over, .. } => over.len(),
        Verdict::Refused { .. } => panic!("refused"),
    };
    let ask = || over(reserve(&host, KEY, &meters, START_MS, &tokens(0, 0), &tokens(0, 0), false).unwrap());
    assert_eq!([ask(), ask(), ask()], [0, 1, 1]);
}

#[test]
fn one_meter_that_refuses_leaves_the_others_uncounted() {
    let host = made();
    let meters = [
        meter(r#"{"of":"requests","limit":10,"per":"minute"}"#),
        meter(r#"{"of":"input_tokens","limit":5,"per":"minute"}"#),
    ];
    match reserve(&host, KEY, &meters, START_MS + 10_000, &tokens(6, 0), &tokens(0, 0), false).unwrap() {
        Verdict::Refused { standing, needs, retry_ms } => {
            assert_eq!((standing.of.name(), standing.limit, needs, retry_ms), ("input_tokens", 5, 6, 50_000));
        }
        Verdict::Held { .. } => panic!("held"),
    }
    assert_eq!(used(&host, &meters, START_MS), (0, 0));
}

#[test]
fn a_threshold_is_told_once_in_a_window() {
    let host = made();
    let row = r#"{"of":"tokens","limit":100,"per":"minute"}"#;
    let meters = [Meter { thresholds: vec![50, 80, 100], ..meter(row) }];
    let spend = |now_ms: u64, amount: u64| {
        let receipt = ask(&host, &meters, now_ms, 0, 0).unwrap();
        let passed = settle(&host, &receipt, &meters, now_ms, &tokens(amount, 0)).unwrap();
        passed.iter().map(|passed| passed.percent).collect::<Vec<_>>()
    };
    assert_eq!(spend(START_MS, 49), Vec::<u64>::new());
    assert_eq!(spend(START_MS, 40), [50, 80]);
    assert_eq!(spend(START_MS, 1), Vec::<u64>::new());
    assert_eq!(spend(START_MS, 10), [100]);
    assert_eq!(spend(START_MS + 60_000, 60), [50]);
}

#[test]
fn another_configuration_keeps_the_counts_of_what_it_still_has() {
    let host = made();
    let minute = meter(r#"{"of":"requests","limit":10,"per":"minute"}"#);
    let day = meter(r#"{"of":"requests","limit":10,"per":"day"}"#);
    ask(&host, &[minute.clone(), day.clone()], START_MS, 0, 0).unwrap();
    let raised = meter(r#"{"of":"requests","limit":20,"per":"day"}"#);
    make(&host, KEY).unwrap();
    ask(&host, std::slice::from_ref(&raised), START_MS, 0, 0).unwrap();
    assert_eq!(used(&host, &[raised, minute], START_MS), (2, 0));
}

#[test]
fn a_slot_stays_small_whatever_configurations_come_and_go() {
    let mut slot = Slot::default();
    for at in 0..200_u32 {
        let meters = [Meter { id: at, ..meter(r#"{"of":"requests","limit":10,"per":"minute"}"#) }];
        slot.at(&meters, START_MS + u64::from(at));
        assert!(slot.entries.len() <= 32 && slot.entries.iter().any(|entry| entry.id == at));
    }
    slot.at(&[], START_MS);
    assert_eq!(Slot::read(&slot.bytes()), slot);
    for cut in 0..slot.bytes().len() {
        let _ = Slot::read(&slot.bytes()[..cut]);
    }
}

#[test]
fn workers_that_write_at_once_lose_nothing() {
    let host = made();
    let meters = [meter(r#"{"of":"requests","limit":10,"per":"minute"}"#)];
    host.quicker.set(3);
    ask(&host, &meters, START_MS, 0, 0).unwrap();
    assert_eq!(used(&host, &meters, START_MS), (1, 0));
    assert!(reserve(&host, "postern/ledger/none", &meters, START_MS, &tokens(0, 0), &tokens(0, 0), false).is_err());
    assert!(host.common.borrow().get("postern/ledger/none").is_none(), "nothing at run time makes a slot");
}

#[test]
fn a_worker_a_moment_late_does_not_begin_the_last_minute_again() {
    let meter = meter(r#"{"of":"requests","limit":10,"per":"minute"}"#);
    let begun = Entry { start_ms: START_MS + 60_000, current: 7, previous: 3, ..Entry::default() };
    let rows = [(START_MS + 59_999, 7), (START_MS + 60_000, 7), (START_MS + 120_000, 0), (START_MS - 600_000, 0)];
    for (now_ms, want) in rows {
        let mut entry = begun;
        entry.at(&meter, now_ms);
        assert_eq!(entry.current, want, "{now_ms}");
    }
}

#[test]
fn a_wrong_limit_is_refused_by_its_path() {
    let rows = [
        (r#"{"of":"requests","limit":-1,"per":"minute"}"#, "limit: "),
        (r#"{"of":"requests","limit":0,"per":"minute"}"#, "limit: "),
        (r#"{"of":"requests","limit":1}"#, "per: missing"),
        (r#"{"of":"concurrent_requests","limit":1,"per":"minute"}"#, "per: concurrent_requests"),
        (r#"{"of":"requests","limit":1,"per":"minute","burst":2}"#, "burst: only a bucket"),
        (r#"{"of":"tokns","limit":1,"per":"minute"}"#, "of: "),
    ];
    for (row, want) in rows {
        let errors = crate::config::parse::<LimitRow>(row.as_bytes()).unwrap_err().to_string();
        assert!(errors.starts_with(want), "{row}: {errors}");
    }
}

#[test]
fn what_was_decided_otherwise_is_held_whatever_stands_against_it() {
    let host = made();
    let meters = [meter(r#"{"of":"tokens","limit":10,"per":"day"}"#)];
    let forced = reserve(&host, KEY, &meters, START_MS, &tokens(20, 0), &tokens(0, 5), true).unwrap();
    assert!(matches!(forced, Verdict::Held { over, .. } if over.len() == 1));
    assert_eq!(used(&host, &meters, START_MS), (0, 25));
}

#[test]
fn what_is_refused_elsewhere_is_taken_back() {
    let host = made();
    let meters =
        [meter(r#"{"of":"requests","limit":10,"per":"day"}"#), meter(r#"{"of":"tokens","limit":99,"per":"day"}"#)];
    let receipt = ask(&host, &meters, START_MS, 5, 5).unwrap();
    undo(&host, &receipt, &meters, START_MS).unwrap();
    let standings = look(&host, KEY, &meters, START_MS).unwrap().unwrap();
    assert!(standings.iter().all(|standing| standing.used == 0 && standing.held == 0), "{standings:?}");
}
