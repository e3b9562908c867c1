//! One exchange through both filters over a host without Envoy: what our own code costs, apart from Envoy's calls.
//! `cargo bench --bench exchange`; the host here is a table in memory and adds about a microsecond.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, dead_code, missing_docs)]

#[path = "../tests/fake/mod.rs"]
mod fake;
#[path = "../tests/exchange/play.rs"]
mod play;

use play::{Answer, PAIRS, Rig};
use std::time::Instant;

fn main() {
    const ROUNDS: u32 = 20_000;
    for pair in PAIRS {
        let rig = Rig::new();
        let filler = "A sentence of a prompt, neither short nor long. ".repeat(40);
        let body = match pair.client {
            "openai_chat" => format!(
                r#"{{"model":"{}","messages":[{{"role":"system","content":"Be brief."}},{{"role":"user","content":"{filler}"}}]}}"#,
                pair.model
            ),
            _ => format!(
                r#"{{"model":"{}","max_tokens":100,"messages":[{{"role":"user","content":"{filler}"}}]}}"#,
                pair.model
            ),
        };
        let ask = pair.ask(false).body(body.as_str());
        let answer = match pair.provider {
            "openai_chat" => {
                r#"{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"gpt","choices":[{"index":0,"message":{"role":"assistant","content":"Hello.","refusal":null},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}}"#
            }
            _ => {
                r#"{"id":"msg_1","type":"message","role":"assistant","model":"claude","content":[{"type":"text","text":"Hello."}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":9,"output_tokens":2}}"#
            }
        };
        let answers = [Answer::json(200, answer)];
        let mut best = f64::MAX;
        for _ in 0..5 {
            let start = Instant::now();
            for _ in 0..ROUNDS / 5 {
                assert_eq!(rig.play(&ask, &answers).status, 200);
                rig.host.metrics.borrow_mut().iter_mut().for_each(|row| row.1 = 0);
            }
            best = best.min(start.elapsed().as_secs_f64() * 5e6 / f64::from(ROUNDS));
        }
        println!("{:<20} -> {:<20} {best:6.2} µs an exchange", pair.client, pair.provider);
    }
}
