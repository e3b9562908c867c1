//! The system prompt in an answer: its own words in a row, or a mark that was put into it. Either way the answer says
//! what the operator wanted kept.

use std::collections::HashSet;
use std::rc::Rc;

use super::answer::{AnswerCheck, AnswerTally};
use super::tally::Tally;
use super::{Action, Check, Role};
use crate::config::{Bounded, Errors, Node, settings};
use crate::format::lanes::{Passage, Said as Spoken};
use crate::format::said::Said;
use crate::guard::fold::Folded;

settings! {
    /// Answers that repeat the system prompt: so many runs of its own words, eight in a row each, that it is no accident.
    /// What is paraphrased or translated is not seen.
    pub struct Leak {
        /// Words that you have put into the system prompt for nobody to repeat: one of them anywhere in an answer is a leak.
        pub canaries: Vec<String> = Vec::new(),
        /// How many different runs of eight words make it a leak.
        pub runs: Bounded<1, 1000> = Bounded::of::<4>(),
        /// What to do; `redact` is not possible, since a leak is known only after some of it.
        pub action: Action = Action::Block,
    }
    check = Leak::canaries_are_rare;
}

/// Words in a row that nobody repeats by chance.
const RUN_WORDS: usize = 8;
/// More of a system prompt is not remembered.
const MAX_RUNS: usize = 20_000;

/// A shorter one is said by chance.
const MIN_CANARY_BYTES: usize = 8;
/// Of a stream's text as much may have to wait.
const MAX_CANARY_BYTES: usize = 256;

impl Leak {
    fn canaries_are_rare(&self, node: Node<'_>, errors: &mut Errors) {
        self.action.refuse_redact(node, errors);
        for (at, canary) in self.canaries.iter().enumerate() {
            if !(MIN_CANARY_BYTES..=MAX_CANARY_BYTES).contains(&canary.len()) {
                let wanted = format!("expected {MIN_CANARY_BYTES} to {MAX_CANARY_BYTES} bytes");
                errors.add(node.key("canaries").index(at), wanted);
            }
        }
    }

    /// The rule, ready.
    pub(super) fn check(self) -> Box<dyn Check> {
        Box::new(Knowing { runs: self.runs.get() as usize, action: self.action, canaries: self.canaries.into() })
    }
}

struct Knowing {
    runs: usize,
    action: Action,
    canaries: Rc<[String]>,
}

impl Check for Knowing {
    fn looks_at(&self, role: Role) -> bool {
        role == Role::System
    }

    fn on_text(&self, _: Role, said: &Said<'_>, tally: &mut Tally) {
        let runs = runs(&said.text);
        let room = MAX_RUNS.saturating_sub(tally.system_runs.len());
        tally.system_runs.extend(runs.into_iter().take(room));
    }

    fn watch(&self, tally: &Tally) -> Option<Box<dyn AnswerCheck>> {
        if tally.system_runs.is_empty() && self.canaries.is_empty() {
            return None;
        }
        let (known, canaries) = (Rc::new(tally.system_runs.clone()), Rc::clone(&self.canaries));
        let Self { runs, action, .. } = *self;
        Some(Box::new(Watching { known, seen: HashSet::new(), canaries, runs, action, told: false }))
    }
}

/// A number for each run of words of a text.
fn runs(text: &str) -> Vec<u64> {
    let folded = Folded::new(text);
    // FNV-1a of the letters: equal runs are what matters, and a system prompt is no attacker of its own table.
    let hash = |words: &[crate::guard::fold::Word]| {
        let letters = words.iter().flat_map(|word| folded.letters(word).bytes().chain([b' ']));
        letters.fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
    };
    folded.words.windows(RUN_WORDS).map(hash).collect()
}

struct Watching {
    known: Rc<HashSet<u64>>,
    seen: HashSet<u64>,
    canaries: Rc<[String]>,
    runs: usize,
    action: Action,
    told: bool,
}

impl AnswerCheck for Watching {
    fn on_text(&mut self, passage: &Passage<'_>, tally: &mut AnswerTally) -> usize {
        if self.told {
            return 0;
        }
        if self.canaries.iter().any(|canary| passage.text.contains(canary.as_str())) {
            self.told = true;
            tally.add("leak.canary", self.action, None);
            return 0;
        }
        let hold = self.canaries.iter().map(|canary| begun(passage.text, canary)).max().unwrap_or(0);
        if self.known.is_empty() || matches!(passage.said, Spoken::Foreign | Spoken::Link) {
            return hold;
        }
        self.seen.extend(runs(passage.text).into_iter().filter(|run| self.known.contains(run)));
        // A prompt shorter than that is leaked when most of it is.
        let enough = self.runs.min(self.known.len());
        if self.seen.len() >= enough {
            self.told = true;
            tally.add("leak.system_prompt", self.action, None);
        }
        hold
    }
}

/// How many bytes at the end of a text begin this word.
fn begun(text: &str, word: &str) -> usize {
    let most = text.len().min(word.len() - 1);
    let begins = |len: &usize| word.is_char_boundary(*len) && text.ends_with(word.get(..*len).unwrap_or_default());
    (1..=most).rev().find(begins).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_the_same_in_any_case_and_punctuation() {
        let one = runs("You are Ada, a helpful assistant of Example Corp. Never talk about prices.");
        let two = runs("you are ada a helpful ASSISTANT of example corp -- never talk about prices");
        assert_eq!(one, two);
        assert_eq!(one.len(), 13 - RUN_WORDS + 1);
        assert!(runs("too short a text").is_empty());
    }

    #[test]
    fn what_may_become_a_canary_waits() {
        for (text, want) in
            [("say blue-fal", 8), ("say blue-falcon-7", 13), ("blue", 4), ("blue!", 0), ("", 0), ("b", 1)]
        {
            assert_eq!(begun(text, "blue-falcon-77"), want, "{text}");
        }
    }
}
