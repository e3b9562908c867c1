//! What answers usually take: learned from those that came, for each model and tenant, to guess the next one.
//!
//! A guess is the mean of the answers so far and their mean distance from it, newer ones counting more (TCP guesses its
//! round trips so, RFC 6298). It is kept in the memory of one virtual machine, in a table of fixed size: two that share a
//! place share a guess. It converges within tens of requests, and a wrong one is put right when the answer is there.

use std::cell::RefCell;

/// Places of the table: 64 KiB.
const PLACES: usize = 4_096;

/// What an answer is guessed to take before the first has come: a paragraph or two.
const FIRST_GUESS: f32 = 256.0;

/// How much a new answer counts.
const NEWER: f32 = 0.125;

#[derive(Clone, Copy, Default)]
struct Place {
    answers: u32,
    mean: f32,
    deviation: f32,
}

thread_local! {
    static TABLE: RefCell<Vec<Place>> = const { RefCell::new(Vec::new()) };
}

/// Where a model and a tenant are in the table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answers(usize);

impl Answers {
    /// The answers of a model, by its configured name, to a tenant.
    pub fn of(model: &str, tenant: &str) -> Self {
        // FNV-1a: configured names are no attack, and a collision costs a worse guess.
        let bytes = model.bytes().chain(std::iter::once(0)).chain(tenant.bytes());
        let hash =
            bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
        Self((hash >> 32) as usize % PLACES)
    }

    /// About how many output tokens the next answer takes.
    pub fn guess(self) -> u64 {
        let place = TABLE.with_borrow(|table| table.get(self.0).copied()).unwrap_or_default();
        let guess = if place.answers == 0 { FIRST_GUESS } else { place.mean + place.deviation };
        guess.ceil() as u64
    }

    /// Notes what an answer took.
    pub fn learn(self, output: u64) {
        TABLE.with_borrow_mut(|table| {
            if table.is_empty() {
                table.resize(PLACES, Place::default());
            }
            let Some(place) = table.get_mut(self.0) else { return };
            let output = output as f32;
            if place.answers == 0 {
                (place.mean, place.deviation) = (output, output / 2.0);
            } else {
                place.deviation += NEWER * 2.0 * ((output - place.mean).abs() - place.deviation);
                place.mean += NEWER * (output - place.mean);
            }
            place.answers = place.answers.saturating_add(1);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guess_follows_the_answers_and_is_theirs_alone() {
        let (own, other) = (Answers::of("m", "a"), Answers::of("m", "b"));
        assert_eq!(own.guess(), 256);
        for _ in 0..40 {
            own.learn(1_000);
        }
        assert!((1_000..1_010).contains(&own.guess()), "{}", own.guess());
        for at in 0..200 {
            own.learn(if at % 2 == 0 { 0 } else { 100 });
        }
        // Between the mean and the most there was.
        assert!((50..=110).contains(&own.guess()), "{}", own.guess());
        assert_eq!(other.guess(), 256);
    }
}
