//! Counts texts for `compare.py`: JSON strings, one a line, on standard input; for each a line with the exact counts of o200k
//! and cl100k and the estimate of each family, in the order of the first line. For `fit.py` (`--features`): a line with how
//! often each feature of the estimator stands in the text.

use std::error::Error;
use std::io::{BufRead, Write};

use postern::tokens::{Counter, Encoding, Family, estimate, features};

fn main() -> Result<(), Box<dyn Error>> {
    if std::env::args().any(|word| word == "--features") {
        let mut out = std::io::BufWriter::new(std::io::stdout().lock());
        for line in std::io::stdin().lock().lines() {
            let text: String = serde_json::from_str(&line?)?;
            for (place, times) in features(&text).iter().enumerate().filter(|(_, times)| **times > 0) {
                write!(out, "{place} {times} ")?;
            }
            writeln!(out)?;
        }
        return Ok(());
    }
    let encodings = [("o200k", Encoding::O200k), ("cl100k", Encoding::Cl100k)];
    let families = [
        ("o200k", Family::O200k),
        ("cl100k", Family::Cl100k),
        ("llama3", Family::Llama3),
        ("qwen2", Family::Qwen2),
        ("tekken", Family::Tekken),
        ("deepseek", Family::DeepSeek),
        ("gemma3", Family::Gemma3),
        ("claude2", Family::Claude2),
    ];
    let mut counters = encodings.into_iter().map(|(_, encoding)| Counter::new(encoding)).collect::<Option<Vec<_>>>();
    let counters = counters.as_mut().ok_or("this build has no vocabularies")?;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let names = encodings.iter().map(|(name, _)| name).chain(families.iter().map(|(name, _)| name));
    writeln!(out, "{}", names.copied().collect::<Vec<_>>().join("\t"))?;
    for line in std::io::stdin().lock().lines() {
        let text: String = serde_json::from_str(&line?)?;
        let exact = counters.iter_mut().map(|counter| counter.count(&text).to_string());
        let estimates = families.iter().map(|(_, family)| format!("{:.2}", estimate(&text, *family)));
        writeln!(out, "{}", exact.chain(estimates).collect::<Vec<_>>().join("\t"))?;
    }
    Ok(())
}
