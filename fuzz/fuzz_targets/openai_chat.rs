#![no_main]

#[path = "../targets/openai_chat.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|input: &[u8]| target::check(input));
