//! Every fuzz binary: the law whose name the binary has.
#![no_main]

#[path = "../targets/mod.rs"]
mod targets;

use std::sync::LazyLock;

static LAW: LazyLock<targets::Law> = LazyLock::new(|| targets::law(env!("CARGO_BIN_NAME")));

libfuzzer_sys::fuzz_target!(|input: &[u8]| LAW(input));
