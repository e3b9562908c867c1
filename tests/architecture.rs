//! Holds what keeps the code in its rooms: which room may use which, and what every file owes its reader. Each failure
//! names the line and the rule.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use std::fs;
use std::path::Path;

/// The rooms from top to bottom, and what each may use. A room may only use rooms further down, so there is no circle.
/// `crate::settings!` and the like are `config`'s, whatever their path says.
const ROOMS: &[(&str, &[&str])] = &[
    // Only in the command, which is built for the operator's machine.
    ("bin", &[]),
    ("command", &["chat", "config", "cost", "filter", "host", "http", "telemetry", "tenant"]),
    ("abi", &["filter", "host", "http"]),
    ("filter", &["config", "gateway", "host", "idle", "provider", "service", "tenant", "upstream"]),
    (
        "gateway",
        &[
            "chat",
            "config",
            "cost",
            "format",
            "handover",
            "host",
            "http",
            "ledger",
            "models",
            "passthrough",
            "planted",
            "policy",
            "surface",
            "telemetry",
            "tenant",
            "tokens",
            "wire",
        ],
    ),
    ("service", &["chat", "config", "format", "host", "http", "token", "webhook"]),
    ("upstream", &["chat", "format", "handover", "host", "http", "ledger", "provider", "surface", "wire"]),
    ("planted", &["host", "http"]),
    ("idle", &["handover", "host", "http"]),
    ("telemetry", &["chat", "config", "cost", "handover", "host", "policy", "tenant", "wire"]),
    // Knows no provider: a rule holds whoever answers.
    (
        "policy",
        &[
            "chat", "config", "cost", "format", "guard", "handover", "host", "http", "ledger", "pii", "surface",
            "tenant", "tokens", "wire",
        ],
    ),
    ("passthrough", &["config", "http"]),
    ("models", &["chat", "config", "cost", "handover", "tenant", "tokens", "wire"]),
    // Knows no policy: what reaches a provider may go on.
    ("provider", &["chat", "config", "format", "host", "http", "surface", "token", "wire"]),
    ("token", &["config", "host", "http"]),
    ("handover", &["chat", "format", "host", "http", "surface", "wire"]),
    ("tenant", &["chat", "config", "host", "http", "ledger", "surface", "wire"]),
    ("webhook", &["config", "host", "http", "ledger"]),
    ("ledger", &["config", "cost", "host", "http"]),
    ("surface", &["format", "http"]),
    ("format", &["chat", "http", "wire"]),
    ("cost", &["chat", "config"]),
    ("chat", &["wire"]),
    ("guard", &[]),
    ("pii", &[]),
    ("tokens", &["config"]),
    ("config", &[]),
    ("host", &["http"]),
    ("http", &[]),
    ("wire", &[]),
];

/// Macros that Rust puts at the crate's root.
const CONFIG_MACROS: [&str; 3] = ["settings", "choice", "words"];

/// The longest a file may be, without its tests: by then it tells two stories.
const MAX_LINES: usize = 900;

struct File {
    /// From `src/`, with `/`.
    path: String,
    text: String,
    /// The text up to its tests, with comments and the insides of strings blanked out.
    code: String,
}

impl File {
    fn room(&self) -> &str {
        let first = self.path.split('/').next().unwrap();
        first.strip_suffix(".rs").unwrap_or(first)
    }

    /// How many `super::` lead from this file to the crate's root.
    fn depth(&self) -> usize {
        let parts = self.path.trim_end_matches(".rs").split('/');
        parts.filter(|part| *part != "mod").count()
    }

    fn at(&self, offset: usize) -> String {
        format!("src/{}:{}", self.path, self.code[..offset].matches('\n').count() + 1)
    }

    /// The rooms it names, and where: `crate::x`, `crate::{x, y::z}`, and `super::` up to the root.
    fn uses(&self) -> Vec<(usize, String)> {
        let root = "super::".repeat(self.depth());
        let mut found = Vec::new();
        for start in ["crate::", root.as_str()] {
            for (at, _) in self.code.match_indices(start) {
                let before = self.code[..at].trim_end_matches("super::");
                // `$crate::`, the tail of another word, or more `super::` than the root is away.
                if before.len() < at || before.ends_with(|c: char| c.is_alphanumeric() || "_:$".contains(c)) {
                    continue;
                }
                let rest = &self.code[at + start.len()..];
                if start != "crate::" && rest.starts_with("super::") {
                    continue;
                }
                for name in first_names(rest) {
                    let name = if CONFIG_MACROS.contains(&name.as_str()) { "config".to_owned() } else { name };
                    found.push((at, name));
                }
            }
        }
        found
    }
}

/// The first segments of a path or of a braced list of paths.
fn first_names(path: &str) -> Vec<String> {
    let name = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let Some(list) = path.strip_prefix('{') else { return vec![name(path)] };
    let (mut names, mut depth, mut fresh) = (Vec::new(), 0, true);
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => fresh = true,
            c if fresh && !c.is_whitespace() => {
                names.push(name(&list[at..]));
                fresh = false;
            }
            _ => {}
        }
    }
    names
}

/// The text up to its first test module, where comments and what stands between quotes are spaces.
fn code_of(text: &str) -> String {
    let end = text.find("\n#[cfg(test)]").unwrap_or(text.len());
    let chars: Vec<char> = text[..end].chars().collect();
    let (mut code, mut at) = (String::with_capacity(end), 0);
    let blank = |c: char| if c == '\n' { '\n' } else { ' ' };
    while at < chars.len() {
        let rest = &chars[at..];
        let begins = |word: &str| word.chars().zip(rest).all(|(a, b)| a == *b) && rest.len() >= word.len();
        let skip = if begins("//") {
            rest.iter().position(|c| *c == '\n').unwrap_or(rest.len())
        } else if begins("r\"") || begins("r#") && rest.iter().skip(1).find(|c| **c != '#') == Some(&'"') {
            let hashes = rest.iter().skip(1).take_while(|c| **c == '#').count();
            let close: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
            let body = hashes + 2;
            rest[body..]
                .windows(close.len())
                .position(|end| end == close)
                .map_or(rest.len(), |n| body + n + close.len())
        } else if begins("\"") {
            let (mut end, mut escaped) = (1, false);
            while end < rest.len() && (escaped || rest[end] != '"') {
                escaped = !escaped && rest[end] == '\\';
                end += 1;
            }
            (end + 1).min(rest.len())
        } else if begins("'\"'") {
            3
        } else if begins("'\\\"'") {
            4
        } else {
            0
        };
        if skip == 0 {
            code.push(chars[at]);
            at += 1;
        } else {
            code.extend(rest[..skip].iter().map(|c| blank(*c)));
            at += skip;
        }
    }
    code
}

fn files() -> Vec<File> {
    fn walk(folder: &Path, files: &mut Vec<File>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, files);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let short = path.strip_prefix("src").unwrap().to_string_lossy().replace('\\', "/");
                files.push(File { path: short, code: code_of(&text), text });
            }
        }
    }
    let mut files = Vec::new();
    walk(Path::new("src"), &mut files);
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

/// Files of code, without those that are tests from beginning to end.
fn code_files() -> Vec<File> {
    files().into_iter().filter(|file| !file.path.ends_with("tests.rs")).collect()
}

fn hold(broken: Vec<String>) {
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}

#[test]
fn rooms_use_only_what_is_below_them() {
    let place = |room: &str| ROOMS.iter().position(|(name, _)| *name == room);
    for (at, (room, may_use)) in ROOMS.iter().enumerate() {
        for used in *may_use {
            assert!(
                place(used).is_some_and(|below| below > at),
                "the table itself: {room} may use {used}, not below it"
            );
        }
    }
    let mut broken = Vec::new();
    for file in code_files().iter().filter(|file| file.path != "lib.rs") {
        let room = file.room();
        let Some((_, may_use)) = ROOMS.iter().find(|(name, _)| *name == room) else {
            broken.push(format!("src/{}: room `{room}` has no row in tests/architecture.rs; give it one", file.path));
            continue;
        };
        for (at, used) in file.uses() {
            if used != room && !may_use.contains(&used.as_str()) {
                let place = file.at(at);
                broken.push(format!("{place}: `{room}` names `{used}`; it may use only {}", may_use.join(", ")));
            }
        }
    }
    hold(broken);
}

#[test]
fn policies_and_providers_never_meet() {
    let far = |room: &str| ROOMS.iter().find(|(name, _)| *name == room).map(|(_, may_use)| *may_use).unwrap();
    let reach = |room: &'static str| {
        let mut seen = vec![room];
        let mut at = 0;
        while at < seen.len() {
            let below = far(seen[at]).iter().filter(|room| !seen.contains(room)).copied().collect::<Vec<_>>();
            seen.extend(below);
            at += 1;
        }
        seen
    };
    assert!(!reach("policy").contains(&"provider"), "policy reaches provider: {:?}", reach("policy"));
    assert!(!reach("provider").contains(&"policy"), "provider reaches policy: {:?}", reach("provider"));
    for above in ["gateway", "upstream", "policy", "provider"] {
        assert!(!reach("format").contains(&above), "format reaches {above}: {:?}", reach("format"));
    }
}

#[test]
fn only_the_edge_speaks_proxy_wasm() {
    let mut broken = Vec::new();
    for file in code_files().iter().filter(|file| file.room() != "abi") {
        for word in ["proxy_", "no_mangle", "extern"] {
            let begins_there = |at: usize| {
                let before = file.code[..at].chars().next_back();
                !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
            };
            for (at, _) in file.code.match_indices(word).filter(|(at, _)| begins_there(*at)) {
                broken.push(format!("{}: `{word}` belongs into src/abi/, behind the Host trait", file.at(at)));
            }
        }
    }
    hold(broken);
}

#[test]
fn every_file_says_what_it_is_for() {
    let silent = |file: &&File| !file.text.starts_with("//! ") && !file.path.ends_with("tests.rs");
    hold(
        files()
            .iter()
            .filter(silent)
            .map(|file| format!("src/{}:1: begin with `//! what it is for`", file.path))
            .collect(),
    );
}

#[test]
fn no_file_tells_two_stories() {
    let lines = |file: &File| file.code.lines().count();
    let long = code_files().into_iter().filter(|file| lines(file) > MAX_LINES);
    let say = |file: File| {
        format!("src/{}: {} lines without tests, the most is {MAX_LINES}; split it by story", file.path, lines(&file))
    };
    hold(long.map(say).collect());
}

#[test]
fn the_reader_of_the_code_is_not_fooled_by_comments_strings_and_lists() {
    let file = |path: &str, text: &str| File { path: path.to_owned(), code: code_of(text), text: text.to_owned() };
    let uses = |path: &str, text: &str| {
        let mut names: Vec<_> = file(path, text).uses().into_iter().map(|(_, name)| name).collect();
        names.sort();
        names.join(" ")
    };
    for (path, text, wanted) in [
        ("a.rs", "use crate::chat::ApiError;\nfn f() -> crate::wire::X {}", "chat wire"),
        ("a.rs", "use crate::{chat::{A, B}, http,\n wire};", "chat http wire"),
        ("a.rs", "// crate::chat\n/// [`crate::chat`]\nlet x = \"crate::chat \\\" crate::wire\";", ""),
        ("a.rs", "let x = r#\"crate::chat \" \"#; let y = '\"'; crate::http::x();", "http"),
        ("a.rs", "$crate::config::x; mycrate::chat::x; crate::settings! {}", "config"),
        ("a.rs", "use super::chat::X;\n#[cfg(test)]\nmod tests { use crate::pii::X; }", "chat"),
        ("a/b.rs", "use super::b::X; use super::super::chat::X;", "chat"),
        ("a/mod.rs", "use super::chat::X;", "chat"),
    ] {
        assert_eq!(uses(path, text), wanted, "{path}: {text}");
    }
    let text = "\n\nuse crate::chat;\n";
    let file = file("a.rs", text);
    assert_eq!(file.at(file.uses()[0].0), "src/a.rs:3");
}
