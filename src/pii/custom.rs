//! What operators look for themselves: patterns and lists of words, compiled once into two automata beside the
//! catalogue's.
//!
//! Patterns are regular expressions without look-around and back-references, over the folded text ([`super::shadow`]),
//! ASCII classes, leftmost match first. No match is longer than [`LONGEST`]: an open repetition ends at [`OPEN`], so a
//! search never reads far past what it finds and time grows with the text alone. If the automaton gives up, the whole
//! text counts as found: an error lets nothing through.

use super::mask::at;
use super::shadow::Shadow;
use super::{Detector, Shape, Tier};
use aho_corasick::{Anchored, automaton::Automaton, nfa::contiguous};
use regex_automata::hybrid::{dfa, regex};
use regex_automata::nfa::thompson;
use regex_automata::{Input, MatchKind, util::syntax};
use regex_syntax::hir::{Hir, HirKind, Repetition, literal};
use std::cell::RefCell;

/// No match is longer, in bytes.
const LONGEST: usize = 256;
/// Where `*`, `+` and `{n,}` end.
const OPEN: u32 = 64;
/// The automaton's states may take this much, so that a pattern like `(a{99}){99}` is refused.
const STATES: usize = 1 << 20;
/// What the lazily built tables may take, per worker.
const CACHE: usize = 1 << 20;
/// A pattern with more states than this is told to be slow.
const MANY: usize = 4000;

/// What an operator looks for, of one name.
pub struct Custom {
    /// The name, as hits and placeholders have it.
    pub name: String,
    /// Regular expressions, any of them.
    pub patterns: Vec<String>,
    /// Words or phrases, in any case, whole where their script sets words off.
    pub words: Vec<String>,
    /// Words of which one must stand nearby or be the field's name; none: always.
    pub context: Vec<String>,
}

/// Why an operator's row cannot be used, or is slow.
#[derive(Debug)]
pub struct Remark {
    /// Which of the rows.
    pub row: usize,
    /// Which of its patterns, if one.
    pub pattern: Option<usize>,
    /// What about it.
    pub reason: String,
}

/// Operators' rows made ready.
#[derive(Default)]
pub struct Compiled {
    /// A row of the catalogue for each, so that hits look alike. They live as long as the module, like their names.
    pub rows: Vec<&'static Detector>,
    patterns: Option<(regex::Regex, RefCell<regex::Cache>)>,
    /// For each pattern its row.
    pattern_rows: Vec<usize>,
    /// The longest that a pattern may match.
    longest: usize,
    words: Option<contiguous::NFA>,
    /// The words' spellings, in order.
    spellings: Vec<String>,
    word_rows: Vec<usize>,
}

thread_local! {
    /// The rows made so far: a configuration that is loaded again takes no more memory.
    static MADE: RefCell<Vec<&'static Detector>> = const { RefCell::new(Vec::new()) };
}

/// The row for an operator's name and words.
fn row(custom: &Custom) -> &'static Detector {
    MADE.with_borrow_mut(|made| {
        let same = |row: &&&'static Detector| row.entity == custom.name && row.context.iter().eq(custom.context.iter());
        if let Some(row) = made.iter().find(same) {
            return *row;
        }
        let leak = |text: &String| -> &'static str { Box::leak(text.clone().into_boxed_str()) };
        let context: Vec<&'static str> = custom.context.iter().map(leak).collect();
        let row: &'static Detector = Box::leak(Box::new(Detector {
            entity: leak(&custom.name),
            tier: Tier::Labelled,
            what: "the operator's own",
            shape: Shape::Custom,
            context: Box::leak(context.into_boxed_slice()),
            against: &[],
            examples: &[],
            counter_examples: &[],
        }));
        made.push(row);
        row
    })
}

/// The pattern with its open repetitions closed.
fn closed(hir: Hir) -> Hir {
    match hir.into_kind() {
        HirKind::Repetition(Repetition { min, max, greedy, sub }) => {
            Hir::repetition(Repetition { min, max: max.or(Some(OPEN.max(min))), greedy, sub: Box::new(closed(*sub)) })
        }
        HirKind::Concat(parts) => Hir::concat(parts.into_iter().map(closed).collect()),
        HirKind::Alternation(parts) => Hir::alternation(parts.into_iter().map(closed).collect()),
        // Groups capture nothing here.
        HirKind::Capture(group) => closed(*group.sub),
        HirKind::Empty => Hir::empty(),
        HirKind::Literal(literal) => Hir::literal(literal.0),
        HirKind::Class(class) => Hir::class(class),
        HirKind::Look(look) => Hir::look(look),
    }
}

/// Reads one pattern; says why it cannot be used.
fn read(pattern: &str) -> Result<Hir, String> {
    let config = syntax::Config::new().unicode(false).utf8(false);
    let hir = syntax::parse_with(pattern, &config).map_err(|error| {
        // The library draws the pattern with marks under it; its last line is the reason.
        let text = error.to_string();
        text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
    })?;
    let hir = closed(hir);
    match hir.properties().minimum_len() {
        None | Some(0) => {
            return Err("it matches nothing at all; ask for at least one character".to_owned());
        }
        Some(_) => {}
    }
    match hir.properties().maximum_len() {
        Some(most) if most <= LONGEST => Ok(hir),
        most => Err(format!(
            "it may match {} bytes, more than {LONGEST}; bound its repetitions, as in `{{1,20}}`",
            most.map_or("any number of".to_owned(), |most| most.to_string())
        )),
    }
}

/// Why a pattern that can be used is slow, if it is.
fn slow(hir: &Hir) -> Option<String> {
    let beginnings = literal::Extractor::new().extract(hir);
    match beginnings.literals() {
        Some(literals) if literals.iter().all(|literal| !literal.as_bytes().is_empty()) => None,
        _ => Some(
            "slow: it may begin with nearly any character; a fixed beginning or a `\\b` and a class make it faster"
                .to_owned(),
        ),
    }
}

impl Compiled {
    /// Makes the rows ready: what is slow, too; or everything that is wrong with them.
    pub fn new(customs: &[Custom]) -> Result<(Self, Vec<Remark>), Vec<Remark>> {
        let (mut wrong, mut remarks) = (Vec::new(), Vec::new());
        let mut made = Compiled::default();
        let (mut hirs, mut words) = (Vec::new(), Vec::new());
        for (place, custom) in customs.iter().enumerate() {
            made.rows.push(row(custom));
            for (number, pattern) in custom.patterns.iter().enumerate() {
                let remark = |reason| Remark { row: place, pattern: Some(number), reason };
                match read(pattern) {
                    Err(reason) => wrong.push(remark(reason)),
                    Ok(hir) => {
                        match automaton(std::slice::from_ref(&hir), false) {
                            Err(reason) => wrong.push(remark(reason)),
                            Ok(nfa) if nfa.states().len() > MANY => {
                                remarks.push(remark(format!("slow: it needs {} states", nfa.states().len())));
                            }
                            Ok(_) => remarks.extend(slow(&hir).map(remark)),
                        }
                        made.longest = made.longest.max(hir.properties().maximum_len().unwrap_or(LONGEST));
                        hirs.push(hir);
                        made.pattern_rows.push(place);
                    }
                }
            }
            for word in &custom.words {
                for spelling in super::context::spellings(&word.to_lowercase()) {
                    words.push(spelling);
                    made.word_rows.push(place);
                }
            }
        }
        if wrong.is_empty() && !hirs.is_empty() {
            match both(&hirs) {
                Ok(regex) => {
                    let cache = RefCell::new(regex.create_cache());
                    made.patterns = Some((regex, cache));
                }
                Err(reason) => {
                    wrong.push(Remark { row: 0, pattern: None, reason: format!("all patterns together: {reason}") })
                }
            }
        }
        if !words.is_empty() {
            let built = contiguous::NFA::builder()
                .match_kind(aho_corasick::MatchKind::LeftmostLongest)
                .ascii_case_insensitive(true)
                .prefilter(false)
                .build(&words);
            match built {
                Ok(automaton) => made.words = Some(automaton),
                Err(error) => {
                    wrong.push(Remark { row: 0, pattern: None, reason: format!("all words together: {error}") })
                }
            }
        }
        made.spellings = words;
        made.spellings.sort_unstable();
        if wrong.is_empty() { Ok((made, remarks)) } else { Err(wrong) }
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_none() && self.words.is_none()
    }

    /// How many bytes at the end of `text` may still become something: what the longest pattern may reach back to, and what
    /// begins a word.
    pub fn holdback(&self, text: &str) -> usize {
        let words = self.spellings.iter().map(String::len).max().unwrap_or(0);
        if self.longest.max(words) == 0 {
            return 0;
        }
        // A folded character may have taken four bytes.
        let mut cut = text.len().saturating_sub(4 * self.longest.max(words));
        while !text.is_char_boundary(cut) {
            cut += 1;
        }
        let tail = text.get(cut..).unwrap_or_default();
        let folded = Shadow::new(tail);
        let bytes = folded.bytes();
        let mut start = bytes.len().saturating_sub(self.longest.saturating_sub(1));
        let begins = |at: &usize| bytes.get(*at..).is_some_and(|rest| self.begins_word(rest));
        start = (bytes.len().saturating_sub(words)..start).find(begins).unwrap_or(start);
        if start >= bytes.len() { 0 } else { tail.len() - folded.range(start, start + 1).0 }
    }

    /// Whether some word begins with these bytes.
    fn begins_word(&self, bytes: &[u8]) -> bool {
        let small = bytes.to_ascii_lowercase();
        let at = self.spellings.partition_point(|word| word.as_bytes() < small.as_slice());
        self.spellings.get(at).is_some_and(|word| word.as_bytes().starts_with(&small))
    }

    /// Calls `found` with the row, start and end of everything in `text`.
    pub fn scan(&self, text: &[u8], work: &mut usize, mut found: impl FnMut(usize, usize, usize)) {
        if let Some((regex, cache)) = &self.patterns {
            let mut cache = cache.borrow_mut();
            let mut from = 0;
            while from < text.len() {
                match regex.try_search(&mut cache, &Input::new(text).range(from..)) {
                    Ok(Some(hit)) => {
                        *work += hit.end() - from + LONGEST;
                        if let Some(&row) = self.pattern_rows.get(hit.pattern().as_usize()) {
                            found(row, hit.start(), hit.end());
                        }
                        from = hit.end().max(from + 1);
                    }
                    Ok(None) => break,
                    Err(_) => {
                        found(0, 0, text.len());
                        break;
                    }
                }
            }
            *work += text.len();
        }
        if let Some(words) = &self.words {
            *work += text.len();
            let mut from = 0;
            let input = |from| aho_corasick::Input::new(text).range(from..).anchored(Anchored::No);
            while let Ok(Some(hit)) = words.try_find(&input(from)) {
                if is_whole(text, hit.start(), hit.end())
                    && let Some(&row) = self.word_rows.get(hit.pattern().as_usize())
                {
                    found(row, hit.start(), hit.end());
                    from = hit.end();
                } else {
                    from = hit.start() + 1;
                }
            }
        }
    }
}

/// Whether a word is set off, where its script does that.
fn is_whole(text: &[u8], start: usize, end: usize) -> bool {
    let letter = |b: u8| b.is_ascii_alphanumeric() || (0xC3..0xE0).contains(&b);
    let before = start.checked_sub(1).map_or(0, |before| at(text, before));
    let inside = |b: u8| {
        b.is_ascii_alphanumeric() || (0x80..0xC0).contains(&b) && matches!(at(text, start.wrapping_sub(2)), 0xC3..0xE0)
    };
    let free_before = at(text, start) >= 0xE0 || !inside(before);
    let last_wide = text
        .get(start..end)
        .is_some_and(|word| word.iter().rev().find(|b| **b & 0xC0 != 0x80).is_some_and(|b| *b >= 0xE0));
    free_before && (last_wide || !letter(at(text, end)))
}

fn automaton(hirs: &[Hir], reverse: bool) -> Result<thompson::NFA, String> {
    let config = thompson::Config::new().reverse(reverse).nfa_size_limit(Some(STATES)).utf8(false);
    let config =
        config.which_captures(if reverse { thompson::WhichCaptures::None } else { thompson::WhichCaptures::Implicit });
    let built = thompson::NFA::compiler().configure(config).build_many_from_hir(hirs);
    built.map_err(|_| format!("it needs more than {} KiB; bound its repetitions", STATES / 1024))
}

/// The automaton that finds ends, and the one that finds starts from them.
fn both(hirs: &[Hir]) -> Result<regex::Regex, String> {
    let config = dfa::Config::new().cache_capacity(CACHE).skip_cache_capacity_check(true);
    let build =
        |nfa, config| dfa::Builder::new().configure(config).build_from_nfa(nfa).map_err(|error| error.to_string());
    let forward = build(automaton(hirs, false)?, config.clone())?;
    let backward = build(automaton(hirs, true)?, config.match_kind(MatchKind::All))?;
    Ok(regex::Builder::new().build_from_dfas(forward, backward))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn custom(patterns: &[&str], words: &[&str], context: &[&str]) -> Custom {
        let owned = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect();
        Custom {
            name: "EMPLOYEE_ID".to_owned(),
            patterns: owned(patterns),
            words: owned(words),
            context: owned(context),
        }
    }

    fn found(custom: Custom, text: &str, field: Option<&str>) -> Vec<String> {
        let (compiled, _) = Compiled::new(&[custom]).unwrap();
        let scanner = super::super::Scanner::new(&[]).with_custom(compiled);
        let mut hits = Vec::new();
        scanner.scan(text, field, &mut hits);
        assert!(hits.iter().all(|hit| hit.detector.entity == "EMPLOYEE_ID"));
        hits.iter().map(|hit| text.get(hit.start..hit.end).unwrap().to_owned()).collect()
    }

    #[test]
    fn patterns_and_words_are_found_folded_whole_and_with_their_context() {
        let pattern = || custom(&[r"EMP-\d{6}", r"\bK[0-9]{4}\b"], &[], &[]);
        assert_eq!(found(pattern(), "ask EMP-482913 or K1234, not K12345", None), ["EMP-482913", "K1234"]);
        assert_eq!(found(pattern(), "ＥＭＰ－４８２９１３", None), ["ＥＭＰ－４８２９１３"]);
        assert_eq!(found(pattern(), "E\u{200b}MP-482913", None), ["E\u{200b}MP-482913"]);
        let words = || custom(&[], &["Project Aurora", "Ærø", "极光"], &[]);
        assert_eq!(found(words(), "project aurora, PROJECT_AURORA", None), ["project aurora", "PROJECT_AURORA"]);
        assert_eq!(found(words(), "projects auroral, Ærøskøbing", None), [] as [&str; 0]);
        assert_eq!(found(words(), "代号极光计划 ÆRØ", None), ["极光", "ÆRØ"]);
        let labelled = || custom(&[r"\d{6}"], &[], &["badge"]);
        assert_eq!(found(labelled(), "badge 482913", None), ["482913"]);
        assert_eq!(found(labelled(), "total 482913", None), [] as [&str; 0]);
        assert_eq!(found(labelled(), "482913", Some("badgeNumber")), ["482913"]);
    }

    #[test]
    fn what_cannot_be_compiled_within_bounds_is_refused_with_its_reason() {
        for (pattern, want) in [
            ("a(", "unclosed group"),
            ("x*", "it matches nothing at all; ask for at least one character"),
            (r"(?=x)y", "look-around, including look-ahead and look-behind, is not supported"),
            ("a{300}", "it may match 300 bytes, more than 256; bound its repetitions, as in `{1,20}`"),
            (r"(\w+ )+", "it may match 4160 bytes, more than 256; bound its repetitions, as in `{1,20}`"),
        ] {
            let Err(remarks) = Compiled::new(&[custom(&[pattern], &[], &[])]) else { panic!("{pattern} is taken") };
            let reasons: Vec<_> = remarks.iter().map(|remark| remark.reason.as_str()).collect();
            assert_eq!(reasons, [want], "{pattern}");
        }
    }

    #[test]
    fn a_pattern_that_begins_with_anything_is_reported_as_slow() {
        for (pattern, slow) in [("EMP-[0-9]+", false), (r"[^ ]+@corp", true), (r".{1,20}x", true)] {
            let (_, remarks) = Compiled::new(&[custom(&[pattern], &[], &[])]).unwrap();
            assert_eq!(!remarks.is_empty(), slow, "{pattern}: {remarks:?}");
        }
    }

    #[test]
    fn steps_grow_with_the_text_whatever_pattern_and_text() {
        for pattern in ["a+b", "(a|aa)+c", "[^x]{1,200}x", r"\w+@\w+", "a.{1,100}b|a"] {
            let (compiled, _) = Compiled::new(&[custom(&[pattern], &[], &[])]).unwrap();
            for piece in ["a", "ab", "ax", "@", "a@"] {
                let steps = |bytes: usize| {
                    let mut work = 0;
                    compiled.scan(piece.repeat(bytes / piece.len()).as_bytes(), &mut work, |_, _, _| {});
                    work
                };
                let (small, large) = (steps(5_000), steps(50_000));
                assert!(large <= 11 * small, "{pattern} over {piece}: {small} then {large}");
            }
        }
    }
}
