//! The rows: what can be found, each with its shape, its words, and examples from life. A new kind is a new row.

mod british_isles;
mod central_europe;
mod contact;
mod east_asia;
mod eastern_europe;
mod latin_america;
mod middle_east_africa;
mod money;
mod north_america;
mod northern_europe;
mod people;
mod records;
mod secrets;
mod south_asia;
mod south_east_asia_oceania;
mod things;
mod western_europe;

use super::{Detector, Form, Need};

/// Every detector there is; where two claim the same text with equal right, the earlier one has it.
pub static CATALOGUE: &[Detector] = &ALL;

const PARTS: &[&[Detector]] = &[
    money::ROWS,
    secrets::models::ROWS,
    secrets::clouds::ROWS,
    secrets::development::ROWS,
    secrets::services::ROWS,
    secrets::ROWS,
    north_america::ROWS,
    latin_america::ROWS,
    british_isles::ROWS,
    central_europe::ROWS,
    western_europe::ROWS,
    northern_europe::ROWS,
    eastern_europe::ROWS,
    middle_east_africa::ROWS,
    south_asia::ROWS,
    east_asia::ROWS,
    south_east_asia_oceania::ROWS,
    things::ROWS,
    people::ROWS,
    records::ROWS,
    // Any row that knows digits by more than their grouping knows them better than a telephone number's.
    contact::ROWS,
];

/// The parts that are secrets: what opens something, and identifies nobody.
const SECRETS: &[&[Detector]] =
    &[secrets::models::ROWS, secrets::clouds::ROWS, secrets::development::ROWS, secrets::services::ROWS, secrets::ROWS];

/// Whether what a detector finds is a secret.
pub fn is_secret(detector: &Detector) -> bool {
    SECRETS.iter().any(|rows| rows.iter().any(|row| row.entity == detector.entity))
}

const COUNT: usize = {
    let (mut parts, mut count) = (PARTS, 0);
    while let [part, rest @ ..] = parts {
        count += part.len();
        parts = rest;
    }
    count
};

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which checks it")]
static ALL: [Detector; COUNT] = {
    let mut all = [contact::ROWS[0]; COUNT];
    let (mut parts, mut next) = (PARTS, 0);
    while let [part, rest @ ..] = parts {
        let mut rows = *part;
        while let [row, others @ ..] = rows {
            all[next] = *row;
            next += 1;
            rows = others;
        }
        parts = rest;
    }
    all
};

/// A spelling that proves itself.
const fn proven(mask: &'static str) -> Form {
    Form { mask, need: Need::Nothing }
}

/// A spelling that counts unless something else is being named.
const fn undenied(mask: &'static str) -> Form {
    Form { mask, need: Need::NoDenial }
}

/// A spelling that only counts where it is named.
const fn labelled(mask: &'static str) -> Form {
    Form { mask, need: Need::Label }
}

/// A spelling so plain that the word must stand right beside it.
const fn named(mask: &'static str) -> Form {
    Form { mask, need: Need::Named }
}
