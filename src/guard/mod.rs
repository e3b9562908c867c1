//! Finds attempts to make a model do what its operator does not want: by rules, without a model.
//!
//! A text is folded ([`fold`]: disguises off), its words are looked up in those of all languages ([`lexicon`]) and a
//! grammar of attacks over them ([`grammar`]); its build is looked at ([`structure`]); what is written inside it in another
//! alphabet is decoded and read the same way ([`decode`]). Evidence is points per [`Kind`]; several pieces add up as
//! chances do. Time grows with the text alone, and memory is a small multiple of it.
//!
//! Rules are no guarantee: who knows them can write around them. They stop what is copied, and make the rest dearer.

mod decode;
pub mod fold;
mod grammar;
mod lexicon;
pub mod list;
mod structure;
mod words;

use fold::Folded;
use grammar::Reading;
use lexicon::Lexicon;
use structure::Structure;
use words::Class;

/// The languages whose attacks are known, by ISO 639-1.
pub fn languages() -> impl Iterator<Item = &'static str> {
    words::LANGUAGES.iter().map(|language| language.code)
}

/// What an attack is after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Kind {
    /// Setting the operator's instructions aside.
    Override,
    /// Bringing the system prompt to light.
    Leak,
    /// Making the model another self, without rules.
    Jailbreak,
    /// Carrying data away.
    Exfiltration,
    /// Giving orders through what a tool brought.
    Tool,
    /// Hiding something, or pretending to be another role.
    Structure,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 6] =
        [Kind::Override, Kind::Leak, Kind::Jailbreak, Kind::Exfiltration, Kind::Tool, Kind::Structure];

    /// Its name in the configuration, the metrics and the record.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Override => "override",
            Kind::Leak => "leak",
            Kind::Jailbreak => "jailbreak",
            Kind::Exfiltration => "exfiltration",
            Kind::Tool => "tool_use",
            Kind::Structure => "structure",
        }
    }
}

/// A piece of evidence.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    /// What it speaks for.
    pub kind: Kind,
    /// The rule that found it.
    pub rule: &'static str,
    /// Of the rules of one family only the best counts.
    pub family: &'static str,
    /// How often it counts, if it was found several times.
    pub repeats: u8,
    /// What it is worth where a person wrote, of 100.
    pub user: u8,
    /// What it is worth in what a tool brought.
    pub tool: u8,
    /// Its bytes in the text.
    pub start: usize,
    /// See `start`.
    pub end: usize,
}

/// Whose text it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voice {
    /// A person's, who may give orders.
    User,
    /// A tool's, a document's: nobody's who may.
    Tool,
}

/// What was found in a text.
#[derive(Debug, Default)]
pub struct Verdict {
    /// Every piece of evidence.
    pub marks: Vec<Mark>,
}

impl Verdict {
    /// How sure it is that the text attacks in this way, of 100. Evidence of other kinds counts two thirds, if there is any of
    /// this kind at all.
    pub fn score(&self, kind: Kind, voice: Voice) -> u8 {
        let mut best: Vec<(&Mark, u8, bool)> = Vec::new();
        for mark in &self.marks {
            let points = match voice {
                Voice::User => mark.user,
                Voice::Tool => mark.tool,
            };
            let own = mark.kind == kind;
            let again = best.iter().filter(|(known, ..)| known.rule == mark.rule);
            let fresh = mark.repeats > 1
                && again.clone().count() < usize::from(mark.repeats)
                && again.clone().all(|(known, ..)| known.start.abs_diff(mark.start) > 8);
            match best.iter_mut().find(|(known, ..)| known.family == mark.family) {
                Some((_, known, _)) if !fresh => *known = (*known).max(points),
                _ => best.push((mark, points, own)),
            }
        }
        if !best.iter().any(|(_, points, own)| *own && *points > 0) {
            return 0;
        }
        let doubt = best.iter().fold(10_000u32, |doubt, (_, points, own)| {
            let points = u32::from(*points);
            doubt * (100 - if *own { points } else { points * 2 / 3 }.min(99)) / 100
        });
        (100 - doubt / 100).min(100) as u8
    }

    /// The highest score of all kinds, and its kind.
    pub fn worst(&self, voice: Voice) -> Option<(Kind, u8)> {
        let scores = Kind::ALL.into_iter().map(|kind| (kind, self.score(kind, voice)));
        scores.filter(|(_, score)| *score > 0).max_by_key(|(_, score)| *score)
    }
}

/// The rules, made ready. Build one at configuration and keep it.
pub struct Guard {
    lexicon: Lexicon,
    structure: Structure,
}

impl Default for Guard {
    fn default() -> Self {
        Self::new()
    }
}

/// Longer texts are read in pieces of this size, so that memory stays bounded.
const PIECE_BYTES: usize = 64 * 1024;
/// How much of a piece the next one reads again.
const OVERLAP_BYTES: usize = 1024;
/// What was hidden by an alphabet of its own is worth more.
const DISGUISED: u8 = 20;
/// Alphabets within alphabets are undone this often.
const MAX_LEVELS: usize = 2;

impl Guard {
    /// Makes the rules ready.
    pub fn new() -> Self {
        Self { lexicon: Lexicon::new(), structure: Structure::new() }
    }

    /// Looks at a text.
    pub fn look(&self, text: &str) -> Verdict {
        let mut verdict = Verdict::default();
        let mut start = 0;
        loop {
            let mut end = (start + PIECE_BYTES).min(text.len());
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            let before = verdict.marks.len();
            self.piece(text.get(start..end).unwrap_or_default(), 0, &mut verdict.marks);
            for mark in verdict.marks.get_mut(before..).unwrap_or_default() {
                (mark.start, mark.end) = (mark.start + start, mark.end + start);
            }
            if end == text.len() {
                return verdict;
            }
            start = end - OVERLAP_BYTES;
            while !text.is_char_boundary(start) {
                start -= 1;
            }
        }
    }

    fn piece(&self, text: &str, level: usize, marks: &mut Vec<Mark>) {
        let folded = Folded::new(text);
        let reading = Reading::new(&folded, self.lexicon.hits(&folded), false);
        reading.marks(marks);
        self.structure.marks(text, &folded, reading.about_attacks(), marks);
        if reading.count(Class::Harm) >= 2 && structure::compliant_turns(text) >= 3 {
            let rule = "turns that never were";
            marks.push(Mark {
                kind: Kind::Jailbreak,
                rule,
                family: rule,
                repeats: 1,
                user: 62,
                tool: 62,
                start: 0,
                end: text.len(),
            });
        }
        if level >= MAX_LEVELS {
            return;
        }
        let all = (0, text.len());
        for inner in decode::inner_texts(text) {
            self.inside(&inner.text, level, (inner.start, inner.end), DISGUISED, marks);
        }
        if reading.has(Class::Rot13) {
            self.inside(&decode::rot13(text), level, all, DISGUISED, marks);
        }
        if reading.has(Class::Backwards) {
            self.inside(&decode::backwards(text), level, all, DISGUISED, marks);
        }
        if folded.hidden.len() >= 8 {
            self.inside(&folded.hidden, level, all, DISGUISED, marks);
        }
        for unseen in self.structure.unseen(text) {
            let extra = if unseen.hidden { DISGUISED } else { DISGUISED / 2 };
            let place = (unseen.range.start, unseen.range.end);
            self.inside(text.get(unseen.range).unwrap_or_default(), MAX_LEVELS, place, extra, marks);
        }
        for letters in [decode::spelled(&folded), decode::joined(text, &folded)].into_iter().flatten() {
            let before = marks.len();
            Reading::new(&letters, self.lexicon.hits_in_letters(&letters), true).marks(marks);
            raise(marks.get_mut(before..).unwrap_or_default(), None, 0);
        }
    }

    /// Reads a text that stands inside another.
    fn inside(&self, text: &str, level: usize, place: (usize, usize), extra: u8, marks: &mut Vec<Mark>) {
        let before = marks.len();
        self.piece(text, level + 1, marks);
        // What the outer text says as plainly was not hidden.
        let found = marks.split_off(before);
        let plain = |mark: &Mark| marks.iter().any(|known| known.rule == mark.rule && known.user >= mark.user);
        let mut hidden: Vec<Mark> = found.into_iter().filter(|mark| !plain(mark)).collect();
        raise(&mut hidden, Some(place), extra);
        marks.append(&mut hidden);
    }
}

/// Moves marks of an inner text to where it stands, and raises what they are worth.
fn raise(marks: &mut [Mark], place: Option<(usize, usize)>, extra: u8) {
    for mark in marks {
        if let Some(place) = place {
            (mark.start, mark.end) = place;
        }
        let more = |points: u8| if points >= 30 { points.saturating_add(extra).min(99) } else { points };
        (mark.user, mark.tool) = (more(mark.user), more(mark.tool));
    }
}

#[cfg(test)]
mod tests;
