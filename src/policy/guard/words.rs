//! Words of the operator's own: lists of what nobody may say, and subjects told by their words.

use super::tally::Tally;
use super::{Action, Check, Role, Status};
use crate::config::{Bounded, Errors, Name, Node, settings};
use crate::format::said::Said;
use crate::guard::fold::Folded;
use crate::guard::list::WordList;

settings! {
    /// Words that may not be said: `{"words": {"lists": [{"name": "rivals", "words": ["acme corp"]}]}}`. Upper and lower
    /// case, accents and look-alike letters make no difference.
    pub struct Words {
        /// The lists.
        pub lists: Vec<List>,
        /// Whose texts to look at.
        pub roles: Vec<Role> = vec![Role::User, Role::Tool],
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
        /// Its name, told to the client.
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
        /// Its name, told to the client.
        pub name: Name,
        /// Its words, or phrases of several.
        pub words: Vec<String>,
        /// How many different ones of them make it the subject.
        pub at_least: Bounded<1, 100> = Bounded::of::<2>(),
    }
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
        Box::new(Looking { lists, config: self })
    }
}

struct Looking {
    lists: Vec<WordList>,
    config: Words,
}

impl Check for Looking {
    fn looks_at(&self, role: Role) -> bool {
        self.config.roles.contains(&role)
    }

    fn on_text(&self, _: Role, said: &Said<'_>, tally: &mut Tally) {
        let folded = Folded::new(&said.text);
        for (list, ready) in self.config.lists.iter().zip(&self.lists) {
            for word in ready.find(&folded) {
                let why = || format!("the text has a word of the list `{}`, which may not be used here", list.name);
                tally.add("words", self.config.action, self.config.status, None, Some((said, word.range)), why);
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
        Box::new(Subjects { topics, config: self })
    }
}

struct Subjects {
    topics: Vec<WordList>,
    config: Topics,
}

impl Check for Subjects {
    fn looks_at(&self, role: Role) -> bool {
        self.config.roles.contains(&role)
    }

    fn on_text(&self, _: Role, said: &Said<'_>, tally: &mut Tally) {
        let folded = Folded::new(&said.text);
        for (topic, ready) in self.config.topics.iter().zip(&self.topics) {
            let mut words: Vec<usize> = ready.find(&folded).into_iter().map(|word| word.word).collect();
            words.sort_unstable();
            words.dedup();
            if words.len() as u64 >= topic.at_least.get() {
                let whole = 0..said.text.len();
                let why = || format!("the text is about `{}`, which is no subject here", topic.name);
                tally.add("topics", self.config.action, self.config.status, None, Some((said, whole)), why);
            }
        }
    }
}
