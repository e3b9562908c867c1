//! The rows: what can be found, each with its shape, its words, and examples from life. A new kind is a new row.

mod americas;
mod asia_pacific;
mod contact;
mod europe;
mod money;
mod secrets;

use super::{Detector, Form, Need};

/// Every detector there is; where two claim the same text with equal right, the earlier one has it.
pub static CATALOGUE: &[Detector] = &ALL;

const PARTS: &[&[Detector]] = &[
    contact::ROWS,
    money::ROWS,
    secrets::models::ROWS,
    secrets::clouds::ROWS,
    secrets::development::ROWS,
    secrets::services::ROWS,
    secrets::ROWS,
    americas::ROWS,
    europe::ROWS,
    asia_pacific::ROWS,
];

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
