//! What no honest text is built like: the role marks of some model's template, letters that nobody can see, HTML that
//! nobody shall see, pictures that carry data away, a conversation that never was.

use aho_corasick::AhoCorasick;

use super::fold::Folded;
use super::{Kind, Mark};

/// The marks with which chat templates part their turns. `true`: it opens a turn of the system.
const ROLE_MARKS: &[(&str, bool)] = &[
    ("<|im_start|>", false),
    ("<|im_end|>", false),
    ("<|im_start|>system", true),
    ("<|system|>", true),
    ("<|assistant|>", false),
    ("<|endoftext|>", false),
    ("<|eot_id|>", false),
    ("<|start_header_id|>", false),
    ("<|start_header_id|>system", true),
    ("<|begin_of_text|>", false),
    ("<|end_of_turn|>", false),
    ("<|start|>system", true),
    ("<|start|>developer", true),
    ("<|channel|>", false),
    ("[inst]", false),
    ("[/inst]", false),
    ("<<sys>>", true),
    ("<</sys>>", true),
    ("<start_of_turn>", false),
    ("<end_of_turn>", false),
    ("\n\nhuman:", false),
    ("\n\nassistant:", false),
    ("\"role\":\"system\"", true),
    ("\"role\": \"system\"", true),
    ("'role': 'system'", true),
    ("\"role\":\"developer\"", true),
    ("\"role\": \"developer\"", true),
    ("### system:", true),
    ("###system", true),
    ("### new instruction", true),
    ("<system>", true),
    ("</system>", true),
    ("<system_prompt>", true),
    ("</system_prompt>", true),
    ("<system-reminder>", true),
    ("[system]:", true),
    ("[system]", true),
    ("[system message]", true),
    ("[system:", true),
    ("(system:", true),
    ("[[system", true),
    ("[assistant](#", true),
    ("[system](#", true),
    ("\nsystem:", true),
    ("=== system", true),
    ("=== end of user", true),
    ("</user_input>", false),
    ("</user>", false),
    ("<admin>", true),
    ("end of document. new instructions", true),
    ("---end of", false),
    ("<function_results>", false),
    ("</function_results>", false),
    ("</tool_result>", false),
    ("<|tool|>", false),
    ("<|developer|>", true),
    ("<important>", false),
    ("<information>", false),
    ("[system override]", true),
];

/// Styles that make a text invisible, and HTML's comments.
const HIDING: &[&str] = &[
    "display:none",
    "display: none",
    "visibility:hidden",
    "visibility: hidden",
    "font-size:0",
    "font-size: 0",
    "font-size:1px",
    "font-size: 1px",
    "opacity:0",
    "opacity: 0",
    "color:white",
    "color: white",
    "color:#fff",
    "color: #fff",
    "color:transparent",
    "color: transparent",
    "left:-9999",
    "left: -9999",
    "<!--",
    "aria-hidden=\"true\"",
    "text-indent:-",
    "height:0",
    "hidden>",
    "<noscript",
    "<template",
    "[//]: #",
    "[comment]: #",
    "<title",
    "alt=\"",
    "/*",
    "# ",
    "// ",
];
/// Of these, the last are places that a reader only may overlook: comments of programs, a picture's text.
const OVERLOOKED: usize = 5;

/// The automatons.
pub struct Structure {
    marks: Option<AhoCorasick>,
    hiding: Option<AhoCorasick>,
}

/// A text that a reader of the page does not see.
pub struct Unseen {
    /// Its bytes.
    pub range: std::ops::Range<usize>,
    /// It is hidden with intent, and not only in a place that is overlooked.
    pub hidden: bool,
}

impl Structure {
    /// Makes the automatons.
    pub fn new() -> Self {
        let build = |patterns: Vec<&str>| AhoCorasick::builder().ascii_case_insensitive(true).build(patterns).ok();
        let hiding = HIDING.get(..HIDING.len() - 2).unwrap_or_default();
        Self { marks: build(ROLE_MARKS.iter().map(|(mark, _)| *mark).collect()), hiding: build(hiding.to_vec()) }
    }

    /// Role marks, and what is invisible.
    pub fn marks(&self, text: &str, folded: &Folded, about_attacks: bool, marks: &mut Vec<Mark>) {
        let mut add = |rule: &'static str, user: u8, tool: u8, start: usize, end: usize| {
            marks.push(Mark { kind: Kind::Structure, rule, family: rule, repeats: 1, user, tool, start, end });
        };
        let mut opened = false;
        let mut first: Option<(usize, usize, bool)> = None;
        for found in self.marks.iter().flat_map(|automaton| automaton.find_overlapping_iter(text)) {
            let system = ROLE_MARKS.get(found.pattern().as_usize()).is_some_and(|(_, system)| *system);
            let shown = text.get(..found.start()).is_some_and(|before| before.ends_with(['`', '"', '\'', '“', '«']));
            if shown && !text.get(found.start()..).is_some_and(|rest| rest.starts_with('"')) {
                continue;
            }
            opened |= system;
            if first.is_none_or(|(_, _, before)| system && !before) {
                first = Some((found.start(), found.end(), system));
            }
        }
        if let Some((start, end, _)) = first {
            let (user, tool) = if opened { (48, 52) } else { (25, 38) };
            let less = if about_attacks { 2 } else { 1 };
            add(if opened { "a turn of the system" } else { "a role mark" }, user / less, tool / less, start, end);
        }
        let letters = folded.hidden.chars().filter(|c| c.is_ascii_alphabetic()).count();
        if letters >= 8 {
            add("hidden letters", 75, 85, 0, text.len());
        }
        match folded.invisible {
            0..=5 => {}
            6..=24 => add("invisible characters", 25, 30, 0, text.len()),
            _ => add("many invisible characters", 45, 52, 0, text.len()),
        }
        if folded.bidi >= 2 {
            add("turned writing", 12, 20, 0, text.len());
        }
        match folded.mixed {
            0 => {}
            1 => add("a word in two scripts", 12, 18, 0, text.len()),
            2..=3 => add("words in two scripts", 25, 32, 0, text.len()),
            _ => add("many words in two scripts", 40, 48, 0, text.len()),
        }
        if let Some((start, end)) = carrying_picture(text) {
            let rule = "a picture that carries data";
            marks.push(Mark {
                kind: Kind::Exfiltration,
                rule,
                family: rule,
                repeats: 1,
                user: 42,
                tool: 62,
                start,
                end,
            });
        }
    }

    /// The texts of a page that its reader does not see.
    pub fn unseen(&self, text: &str) -> Vec<Unseen> {
        const MAX_TEXTS: usize = 32;
        const MAX_BYTES: usize = 4096;
        let mut found = Vec::new();
        let mut done = 0;
        for hit in self.hiding.iter().flat_map(|automaton| automaton.find_iter(text)) {
            if found.len() >= MAX_TEXTS {
                break;
            }
            if hit.start() < done {
                continue;
            }
            let sign = HIDING.get(hit.pattern().as_usize()).copied().unwrap_or_default();
            let rest = text.get(hit.end()..).unwrap_or_default();
            let rest = rest
                .get(..MAX_BYTES)
                .or_else(|| rest.char_indices().nth(1024).and_then(|(at, _)| rest.get(..at)))
                .unwrap_or(rest);
            let (from, len) = match sign {
                "<!--" => (0, rest.find("-->").unwrap_or(rest.len())),
                "/*" => (0, rest.find("*/").unwrap_or(rest.len())),
                "alt=\"" => (0, rest.find('"').unwrap_or(0)),
                "[//]: #" | "[comment]: #" => (0, rest.find('\n').unwrap_or(rest.len())),
                _ => {
                    let from = rest.find('>').map_or(0, |at| at + 1);
                    let inside = rest.get(from..).unwrap_or_default();
                    (from, inside.find("</").unwrap_or(inside.len()))
                }
            };
            let start = hit.end() + from;
            let range = start..(start + len).min(text.len());
            done = range.end;
            let hidden = hit.pattern().as_usize() < HIDING.len() - OVERLOOKED;
            if range.len() >= 12 && text.get(range.clone()).is_some() {
                found.push(Unseen { range, hidden });
            }
        }
        found
    }
}

/// How many turns of a model that says yes stand in the text: a conversation that never was, to show it how.
pub fn compliant_turns(text: &str) -> usize {
    const MODELS: [&str; 8] = ["assistant:", "ai:", "chatgpt:", "bot:", "gpt:", "model:", "a:", "answer:"];
    const YES: [&str; 10] =
        ["sure", "of course", "certainly", "absolutely", "here", "yes", "step 1", "first,", "gladly", "to "];
    let says_yes = |line: &&str| {
        let line = line.trim_start().get(..48).unwrap_or(line.trim_start()).to_ascii_lowercase();
        let said = MODELS.iter().find_map(|name| line.strip_prefix(name));
        said.is_some_and(|said| YES.iter().any(|yes| said.trim_start().starts_with(yes)))
    };
    text.lines().filter(says_yes).count()
}

/// A markdown or HTML picture, or a link, whose address has a place for data: `![x](https://e.io/?q={history})`.
fn carrying_picture(text: &str) -> Option<(usize, usize)> {
    for (at, _) in text.match_indices("](http").chain(text.match_indices("src=\"http")).take(64) {
        let address = text.get(at + 2..)?;
        let address = address.get(..512).unwrap_or(address);
        let end = address.find([')', '"', ' ', '\n']).unwrap_or(address.len());
        let address = address.get(..end)?;
        let query = address.split_once('?').map_or("", |(_, query)| query);
        let indexed =
            |text: &str| text.split('[').skip(1).any(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()));
        let place = |text: &str| text.contains(['{', '<']) || text.contains("%s") || indexed(text);
        let asks = ["DATA", "CONVERSATION", "HISTORY", "SECRET", "PASSWORD", "INSERT", "BASE64", "SUMMARY", "PROMPT"];
        if place(query) || (!query.is_empty() && asks.iter().any(|word| query.contains(word))) {
            return Some((at, at + 2 + end));
        }
    }
    None
}
