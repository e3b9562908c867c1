//! How fast the scanner reads, in MB/s: `cargo bench --bench pii`. A word behind it: only the texts whose names hold it.
#![allow(clippy::unwrap_used, missing_docs)]

use postern::pii::{CATALOGUE, Scanner};
use std::time::Instant;

const PROSE: &str = "The committee met on Tuesday to discuss the new library. Most of the members, although tired after a \
long week, agreed that the reading room should stay open until late; a few asked who would pay for it. Nobody knew. ";
const DENSE: &str = "Jane Roe, jane.roe@example.com, +1 415 555 2671, card 4111 1111 1111 1111, SSN 536-90-4399, IBAN \
DE89 3704 0044 0532 0130 00, from 203.0.113.77, key sk-proj-Ab3dE6gH9jK2mN5pQ8sT1vW4yZ7T3BlbkFJb2c4. ";
const PERSONAL: &str = "Please write to anna.schmidt@example.com or call +49 30 901820 about invoice 4711; the card was \
4111 1111 1111 1111 and the account DE89 3704 0044 0532 0130 00. ";
const GERMAN: &str = "Der Ausschuss traf sich am Dienstag, um über die neue Bücherei zu sprechen. Die meisten Mitglieder \
waren müde, stimmten aber zu. „Wer zahlt das?“ – niemand wußte es. ";

fn main() {
    let only = std::env::args().skip(1).find(|word| !word.starts_with('-')).unwrap_or_default();
    let scanner = Scanner::new(&CATALOGUE.iter().collect::<Vec<_>>());
    let began = Instant::now();
    for _ in 0..10 {
        std::hint::black_box(Scanner::new(&CATALOGUE.iter().collect::<Vec<_>>()));
    }
    println!("building with all {} detectors: {:.2} ms", CATALOGUE.len(), began.elapsed().as_secs_f64() * 100.0);
    let prompt = format!("{}{}", PROSE.repeat(4), PERSONAL);
    for (name, piece) in [
        ("prompt of the benchmark W5", prompt.as_str()),
        ("clean English prose", PROSE),
        ("clean German prose", GERMAN),
        ("dense personal data", DENSE),
        ("digits", "1"),
        ("digits and dashes", "123-4567-"),
        ("numbers and spaces", "12 3456 7 "),
        ("at signs", "@"),
        ("plus signs", "+1"),
        ("addresses", "a@b.co,"),
        ("key beginnings", "-----BEGIN RSA PRIVATE KEY-----"),
        ("labelled digits", "phone 4155552671 "),
    ] {
        if !name.contains(&only) {
            continue;
        }
        let text = piece.repeat(1_000_000 / piece.len());
        let mut hits = Vec::new();
        let mut best = f64::MAX;
        for _ in 0..7 {
            hits.clear();
            let began = Instant::now();
            scanner.scan(&text, None, &mut hits);
            best = best.min(began.elapsed().as_secs_f64());
        }
        println!("{name:26} {:8.0} MB/s  {:6} hits", text.len() as f64 / 1e6 / best, hits.len());
    }
}
