use super::*;

/// Voice, family, text.
fn corpus(lines: &str) -> Vec<(Voice, String, String)> {
    let row = |line: &str| {
        let mut parts = line.splitn(3, '|');
        let voice = match parts.next().unwrap() {
            "user" => Voice::User,
            "tool" => Voice::Tool,
            other => panic!("{other}: {line}"),
        };
        (voice, parts.next().unwrap().to_owned(), unescape(parts.next().unwrap()))
    };
    lines.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).map(row).collect()
}

fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('n') {
            out.push('\n');
            rest = after;
        } else if let Some((code, after)) = rest.strip_prefix("u{").and_then(|rest| rest.split_once('}')) {
            out.push(char::from_u32(u32::from_str_radix(code, 16).unwrap()).unwrap());
            rest = after;
        } else {
            out.push('\\');
        }
    }
    out + rest
}

/// What the policy blocks at when nothing is said.
fn threshold(voice: Voice) -> u8 {
    match voice {
        Voice::User => 60,
        Voice::Tool => 50,
    }
}

/// The share of texts that reach the threshold, and a line for each on the wrong side.
fn flagged(lines: &str, wanted: bool) -> (usize, usize, Vec<String>) {
    let guard = Guard::new();
    let rows = corpus(lines);
    let mut wrong = Vec::new();
    for (voice, family, text) in &rows {
        let verdict = guard.look(text);
        let score = verdict.worst(*voice).map_or(0, |(_, score)| score);
        if (score >= threshold(*voice)) != wanted {
            let rules: Vec<_> =
                verdict.marks.iter().map(|mark| format!("{}={}/{}", mark.rule, mark.user, mark.tool)).collect();
            wrong.push(format!("{score:3} {voice:?} {family}: {text:.110} {rules:?}"));
        }
    }
    (rows.len() - wrong.len(), rows.len(), wrong)
}

#[test]
fn attacks_are_found_and_look_alikes_left() {
    let (caught, attacks, missed) = flagged(include_str!("../../tests/fixtures/guard/attacks.txt"), true);
    let (left, benign, disturbed) = flagged(include_str!("../../tests/fixtures/guard/benign.txt"), false);
    println!(
        "attacks: {caught} of {attacks}\n{}\nbenign: {left} of {benign}\n{}",
        missed.join("\n"),
        disturbed.join("\n")
    );
    assert!(caught * 100 >= attacks * 90, "{caught} of {attacks}");
    assert!((benign - left) * 100 <= benign, "{left} of {benign}");
}
