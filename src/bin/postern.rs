//! The `postern` command; see `postern help`. All of it is in the library's room `command`.

use std::io::Write;
use std::process::ExitCode;

use postern::command::{Streams, run};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (mut input, mut out, mut err) =
        (std::io::stdin(), std::io::BufWriter::new(std::io::stdout()), std::io::stderr());
    let status = run(&words, &mut Streams { input: &mut input, out: &mut out, err: &mut err });
    // Who reads us may have gone: that is no fault of the sums.
    let _ = out.flush();
    ExitCode::from(status)
}
