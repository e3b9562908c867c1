//! Replays what the fuzzer starts from and what it once found, without the fuzzer: every file of
//! `fuzz/corpus/<target>/` and `fuzz/crashes/<target>/` through the law of that target.

// Tests may panic; clippy's own exception ends at the functions they call.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]

#[path = "../fuzz/targets/mod.rs"]
mod targets;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use targets::{Law, TARGETS};

fn files(folder: &str, target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(folder).join(target);
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

fn assert_holds(law: Law, input: &[u8], place: &str) {
    let held = catch_unwind(AssertUnwindSafe(|| law(input)));
    assert!(held.is_ok(), "{place}: \"{}\"", input.escape_ascii());
}

#[test]
fn every_law_holds_on_its_corpus_and_on_what_once_broke_it() {
    for (name, law) in TARGETS {
        let corpus = files("corpus", name);
        assert!(!corpus.is_empty(), "{name}: no seeds in fuzz/corpus/{name}");
        for (path, input) in corpus.into_iter().chain(files("crashes", name)) {
            assert_holds(*law, &input, &path.display().to_string());
        }
    }
}

/// How many damaged inputs each law is shown.
const ROUNDS: usize = 1500;

#[test]
fn every_law_holds_on_damaged_seeds() {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 33) as usize % below
    };
    for (name, law) in TARGETS {
        let seeds = files("corpus", name);
        let rounds = (ROUNDS / seeds.len()).max(1);
        for (path, seed) in seeds {
            for round in 0..rounds {
                let mut input = seed.clone();
                for _ in 0..=random(4) {
                    if input.is_empty() {
                        break;
                    }
                    let at = random(input.len());
                    match random(4) {
                        0 => input[at] = random(256) as u8,
                        1 => input.truncate(at),
                        2 => drop(input.remove(at)),
                        _ => input.insert(at, input[random(input.len())]),
                    }
                }
                assert_holds(*law, &input, &format!("{} damaged, round {round}", path.display()));
            }
        }
    }
}

#[test]
fn every_fuzz_binary_corpus_and_crash_has_its_row() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let rows: Vec<_> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert!(rows.is_sorted(), "{rows:?}");
    let names = |folder: &str| {
        let entries = fs::read_dir(fuzz.join(folder)).into_iter().flatten();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    assert_eq!(names("corpus"), rows, "fuzz/corpus");
    for crash in names("crashes") {
        assert!(rows.contains(&crash), "fuzz/crashes/{crash} is replayed by nobody");
    }
    let manifest = fs::read_to_string(fuzz.join("Cargo.toml")).unwrap();
    let binaries = manifest.split("[[bin]]\nname = \"").skip(1).map(|rest| rest.split('"').next().unwrap());
    assert_eq!(binaries.collect::<Vec<_>>(), rows, "fuzz/Cargo.toml");
}
