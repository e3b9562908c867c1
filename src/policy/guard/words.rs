//! Words of the operator's own: lists of what nobody may say, and subjects told by their words.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use super::answer::{AnswerCheck, AnswerTally};
use super::tally::Tally;
use super::{Action, Check, Role, Status};
use crate::config::{Bounded, Errors, Name, Node, settings};
use crate::format::lanes::Passage;
use crate::format::said::Said;
use crate::format::view::Replacement;
use crate::guard::fold::Folded;
use crate::guard::list::{Word, WordList};

settings! {
    /// Words that may not be said: `{"words": {"lists": [{"name": "rivals", "words": ["acme corp"]}]}}`. Upper and lower
    /// case, accents and look-alike letters make no difference.
    pub struct Words {
        /// The lists.
        pub lists: Vec<List>,
        /// Whose texts to look at.
        pub roles: Vec<Role> = vec![Role::User, Role::Tool],
        /// Look at answers as well.
        pub answers: bool = false,
        /// What to do.
        pub action: Action = Action::Block,
        /// The status of a refusal.
        pub status: Status = Bounded::of::<400>(),
    }
    check = Words::can_find;
}

settings! {
    /// A list of words.
    pub struct List {
        /// Its name, told to the client and in the record.
        pub name: Name,
        /// The words, or phrases of several.
        pub words: Vec<String>,
        /// Find whole words only. Where a script has no spaces, everywhere.
        pub whole_words: bool = true,
    }
}

settings! {
    /// Subjects: a text is about one if it has several of its words. A count of words is not a reader: it misses what is
    /// paraphrased, and takes a mention for the subject. For more, call a model.
    pub struct Topics {
        /// The subjects.
        pub topics: Vec<Topic>,
        /// Whose texts to look at.
        pub roles: Vec<Role> = vec![Role::User],
        /// What to do.
        pub action: Action = Action::Block,
        /// The status of a refusal.
        pub status: Status = Bounded::of::<400>(),
    }
    check = Topics::can_find;
}

settings! {
    /// A subject.
    pub struct Topic {
        /// Its name, told to the client and in the record.
        pub name: Name,
        /// Its words, or phrases of several.
        pub words: Vec<String>,
        /// How many different ones of them make it the subject.
        pub at_least: Bounded<1, 100> = Bounded::of::<2>(),
    }
}

thread_local! {
    static NAMES: RefCell<BTreeSet<&'static str>> = const { RefCell::new(BTreeSet::new()) };
}

/// What a finding is called: the rule, and the operator's name for the list or subject. Each name lives as long as the
/// process, once however often its configuration comes.
fn finding(rule: &str, name: &Name) -> &'static str {
    let name = format!("{rule}.{}", name.as_str());
    NAMES.with_borrow_mut(|names| match names.get(name.as_str()) {
        Some(known) => known,
        None => {
            let name: &'static str = Box::leak(name.into_boxed_str());
            names.insert(name);
            name
        }
    })
}

fn check_words(words: &[String], node: Node<'_>, errors: &mut Errors) {
    if words.is_empty() {
        errors.add(node, "an empty list finds nothing");
    }
    for (place, word) in words.iter().enumerate() {
        if !WordList::can_find(word) {
            errors.add(node.index(place), "has no letter or digit, so it can never be found");
        }
    }
}

impl Words {
    fn can_find(&self, node: Node<'_>, errors: &mut Errors) {
        let lists = node.key("lists");
        if self.lists.is_empty() {
            errors.add(lists, "an empty list finds nothing; give a list of words");
        }
        errors.refuse_repeats(lists, "name", self.lists.iter().map(|list| list.name.as_str()));
        for (place, list) in self.lists.iter().enumerate() {
            check_words(&list.words, lists.index(place).key("words"), errors);
        }
    }

    /// The rule, ready.
    pub(super) fn check(self) -> Box<dyn Check> {
        let ready = |list: &List| WordList::new(list.words.iter().map(String::as_str), list.whole_words);
        let lists = self.lists.iter().map(ready).collect();
        let words = self.lists.iter().flat_map(|list| &list.words);
        let names = self.lists.iter().map(|list| finding("words", &list.name)).collect();
        Box::new(Looking(Rc::new(Lists { ear: Ear::new(lists, words.map(String::as_str)), names, config: self })))
    }
}

/// The most bytes of a text that wait for the end of a word.
const MOST_WAITING: usize = 512;

/// Word lists, as an answer is listened to.
pub(super) struct Ear {
    lists: Vec<WordList>,
    /// No word is longer in a text, in bytes.
    longest: usize,
}

impl Ear {
    /// An ear for the words of these lists.
    pub fn new<'w>(lists: Vec<WordList>, words: impl Iterator<Item = &'w str>) -> Self {
        // What is written with signs between its words is longer than they are.
        let longest = words.map(|word| word.len() * 2 + 8).max().unwrap_or(0);
        Self { lists, longest }
    }

    /// Whether no word is longer than what waits of a text that comes in pieces.
    pub fn hears_whole(&self) -> bool {
        self.longest <= MOST_WAITING
    }

    /// The words that are decided, where they stand in the passage, and how many bytes of its end are to wait.
    pub fn listen(&self, passage: &Passage<'_>) -> (Vec<Word>, usize) {
        let open = passage.text.len() - passage.start;
        // The end of a word is known when another has begun.
        let hold = if passage.end { 0 } else { self.longest.min(MOST_WAITING).min(open) };
        let folded = Folded::new(passage.text);
        let of = |(place, list): (usize, &WordList)| {
            list.find(&folded).into_iter().map(move |word| Word { list: place, ..word })
        };
        let mut found: Vec<_> = self.lists.iter().enumerate().flat_map(of).collect();
        found.sort_by_key(|word| word.range.end);
        let mut decided = passage.text.len() - hold;
        // No word is let go by halves.
        for word in found.iter().rev() {
            if word.range.start < decided && decided < word.range.end {
                decided = word.range.start.max(passage.start);
            }
        }
        while !passage.text.is_char_boundary(decided) {
            decided -= 1;
        }
        found.retain(|word| word.range.end <= decided && word.range.end > passage.start);
        found.iter_mut().for_each(|word| word.range.start = word.range.start.max(passage.start));
        (found, passage.text.len() - decided.max(passage.start))
    }
}

/// The lists, ready.
struct Lists {
    ear: Ear,
    /// What the findings of each are called.
    names: Vec<&'static str>,
    config: Words,
}

struct Looking(Rc<Lists>);

/// The lists at work on one answer.
struct Listening(Rc<Lists>);

impl AnswerCheck for Listening {
    fn on_text(&mut self, passage: &Passage<'_>, tally: &mut AnswerTally) -> usize {
        let (words, hold) = self.0.ear.listen(passage);
        for word in words {
            let cut = Replacement { range: word.range, with: "[removed]".to_owned() };
            tally.add(self.0.names.get(word.list).copied().unwrap_or("words"), self.0.config.action, Some(cut));
        }
        hold
    }
}

impl Check for Looking {
    fn watch(&self, _: &Tally) -> Option<Box<dyn AnswerCheck>> {
        self.0.config.answers.then(|| Box::new(Listening(Rc::clone(&self.0))) as Box<dyn AnswerCheck>)
    }

    fn looks_at(&self, role: Role) -> bool {
        self.0.config.roles.contains(&role)
    }

    fn on_text(&self, _: Role, said: &Said<'_>, tally: &mut Tally) {
        let Lists { ear, names, config } = &*self.0;
        let folded = Folded::new(&said.text);
        for ((list, ready), name) in config.lists.iter().zip(&ear.lists).zip(names) {
            for word in ready.find(&folded) {
                let why = || format!("the text has a word of the list `{}`, which may not be used here", list.name);
                tally.add(name, config.action, config.status, None, Some((said, word.range)), why);
            }
        }
    }
}

impl Topics {
    fn can_find(&self, node: Node<'_>, errors: &mut Errors) {
        let topics = node.key("topics");
        if self.topics.is_empty() {
            errors.add(topics, "an empty list finds nothing; give a topic");
        }
        errors.refuse_repeats(topics, "name", self.topics.iter().map(|topic| topic.name.as_str()));
        for (place, topic) in self.topics.iter().enumerate() {
            let node = topics.index(place);
            check_words(&topic.words, node.key("words"), errors);
            if topic.at_least.get() > topic.words.len() as u64 {
                errors.add(node.key("at_least"), "more than there are words, so it can never be found");
            }
        }
    }

    /// The rule, ready.
    pub(super) fn check(self) -> Box<dyn Check> {
        let ready = |topic: &Topic| WordList::new(topic.words.iter().map(String::as_str), true);
        let topics = self.topics.iter().map(ready).collect();
        let names = self.topics.iter().map(|topic| finding("topics", &topic.name)).collect();
        Box::new(Subjects { topics, names, config: self })
    }
}

struct Subjects {
    topics: Vec<WordList>,
    /// What the findings of each are called.
    names: Vec<&'static str>,
    config: Topics,
}

impl Check for Subjects {
    fn looks_at(&self, role: Role) -> bool {
        self.config.roles.contains(&role)
    }

    fn on_text(&self, _: Role, said: &Said<'_>, tally: &mut Tally) {
        let folded = Folded::new(&said.text);
        for ((topic, ready), name) in self.config.topics.iter().zip(&self.topics).zip(&self.names) {
            let mut words: Vec<usize> = ready.find(&folded).into_iter().map(|word| word.word).collect();
            words.sort_unstable();
            words.dedup();
            if words.len() as u64 >= topic.at_least.get() {
                let whole = 0..said.text.len();
                let why = || format!("the text is about `{}`, which is no subject here", topic.name);
                tally.add(name, self.config.action, self.config.status, None, Some((said, whole)), why);
            }
        }
    }
}
