//! The grammar of attacks: rows of classes of words that stand near each other, each worth points as evidence of one kind
//! of attack. A row is written once and holds in every language that has words for its classes.

use super::fold::Folded;
use super::lexicon::{Hit, fixed_order};
use super::words::Class::{self, *};
use super::{Kind, Mark};

/// What stands near what.
struct Row {
    /// For the record and the tests.
    name: &'static str,
    kind: Kind,
    /// What it is worth where a person writes, of 100.
    user: u8,
    /// What it is worth in what a tool brought, where nobody has to give orders.
    tool: u8,
    /// The classes, the first being the one that is looked for. Between one and the next there may be `gap` words.
    parts: &'static [&'static [Class]],
    gap: u32,
    /// What may not stand between the first and the last.
    unless: &'static [Class],
    /// It may reach over the ends of this many sentences.
    sentences: u32,
    /// The first must be said as an order: not "they ignore", not "do not ignore".
    order: bool,
    /// What may not follow right after the last.
    not_before: &'static [Class],
    /// Rows that see the same thing: only the best of them counts.
    family: &'static str,
    /// How often it counts, if it is there several times.
    repeats: u8,
}

const fn row(name: &'static str, kind: Kind, user: u8, tool: u8, parts: &'static [&'static [Class]]) -> Row {
    Row {
        name,
        kind,
        user,
        tool,
        parts,
        gap: 4,
        unless: &[],
        sentences: 0,
        order: false,
        not_before: &[],
        family: name,
        repeats: 1,
    }
}

/// A row of the family that sets instructions aside.
const fn aside(name: &'static str, user: u8, tool: u8, parts: &'static [&'static [Class]]) -> Row {
    row(name, Kind::Override, user, tool, parts).order().unless(HARMLESS).not_before(&[Other]).family("aside")
}

impl Row {
    const fn gap(self, gap: u32) -> Self {
        Self { gap, ..self }
    }
    const fn unless(self, unless: &'static [Class]) -> Self {
        Self { unless, ..self }
    }
    const fn sentences(self, sentences: u32) -> Self {
        Self { sentences, ..self }
    }
    const fn not_before(self, not_before: &'static [Class]) -> Self {
        Self { not_before, ..self }
    }
    const fn family(self, family: &'static str) -> Self {
        Self { family, ..self }
    }
    const fn repeats(self, repeats: u8) -> Self {
        Self { repeats, ..self }
    }
    const fn order(self) -> Self {
        Self { order: true, ..self }
    }
}

const HARMLESS: &[Class] = &[Other, Mine];
const NOT_THE_PROMPT: &[Class] = &[Indefinite, Mine, Other, Not];
const ANY_OBJECT: &[Class] = &[Object, WeakObject];

/// The rows. Points are set by the corpora in `tests.rs`: one row alone passes the threshold only where hardly anybody
/// says so in good faith.
static ROWS: &[Row] = &[
    // Setting instructions aside.
    aside("ignore previous instructions", 85, 95, &[&[Verb], &[Prior], &[Object]]),
    aside("ignore instructions above", 80, 90, &[&[Verb], &[Object], &[Prior]]),
    aside("ignore all instructions", 62, 75, &[&[Verb], &[Every], &[Object]]),
    aside("ignore instructions", 35, 45, &[&[Verb], &[Object]]).gap(3),
    aside("ignore previous rules", 65, 75, &[&[Verb], &[Prior], &[WeakObject]]),
    aside("ignore rules above", 60, 70, &[&[Verb], &[WeakObject], &[Prior]]),
    aside("ignore all rules", 45, 55, &[&[Verb], &[Every], &[WeakObject]]),
    aside("ignore previous messages", 30, 45, &[&[Verb], &[Prior], &[Talk]]),
    aside("ignore everything above", 58, 70, &[&[Verb], &[Whole]]).gap(2),
    aside("ignore text above", 30, 40, &[&[Verb], &[Talk], &[Prior]]).gap(2),
    aside("ignore what the user asked", 12, 54, &[&[Verb], &[UserAsk]]).gap(6),
    aside("delete your instructions", 62, 70, &[&[WeakVerb], &[Yours], &[Object]]).gap(1),
    aside("delete your rules", 50, 58, &[&[WeakVerb], &[Yours], &[WeakObject]]).gap(1),
    aside("delete previous instructions", 45, 55, &[&[WeakVerb], &[Prior], &[Object]]).gap(2),
    aside("delete all instructions", 50, 55, &[&[WeakVerb], &[Every], ANY_OBJECT, &[Prior]]),
    row("instructions no longer apply", Kind::Override, 42, 38, &[&[Prior], ANY_OBJECT, &[Void]])
        .gap(6)
        .unless(HARMLESS)
        .family("void"),
    row("instructions above no longer apply", Kind::Override, 42, 38, &[ANY_OBJECT, &[Prior], &[Void]])
        .gap(6)
        .unless(HARMLESS)
        .family("void"),
    row("all rules no longer apply", Kind::Override, 35, 35, &[&[Every], ANY_OBJECT, &[Void]])
        .unless(HARMLESS)
        .family("void"),
    row("no longer apply, new task", Kind::Override, 40, 45, &[ANY_OBJECT, &[Void], &[NewTask, Instead, Free, Mode]])
        .gap(8)
        .sentences(2),
    row("new task", Kind::Override, 18, 30, &[&[NewTask]]),
    row(
        "ignore and instead",
        Kind::Override,
        45,
        45,
        &[&[Verb, WeakVerb], &[Object, Whole, WeakObject, Talk], &[Instead]],
    )
    .order()
    .gap(8)
    .unless(HARMLESS)
    .sentences(1),
    row(
        "ignore, new task",
        Kind::Override,
        45,
        50,
        &[&[Verb, WeakVerb], &[Object, Whole, WeakObject, Talk], &[NewTask]],
    )
    .order()
    .gap(10)
    .unless(HARMLESS)
    .sentences(2),
    row("new task first", Kind::Override, 35, 40, &[&[NewTask], &[Verb], &[Object, Whole, WeakObject]])
        .gap(8)
        .sentences(2),
    row(
        "free, ignoring rules",
        Kind::Override,
        40,
        40,
        &[&[Verb], &[Prior, Every], &[WeakObject, Object], &[Free, Mode, Alter]],
    )
    .order()
    .gap(20)
    .sentences(3),
    // Bringing the system prompt to light.
    row("show your prompt", Kind::Leak, 72, 80, &[&[Show], &[Prompt]])
        .gap(6)
        .unless(NOT_THE_PROMPT)
        .not_before(&[About, Other])
        .order()
        .family("show"),
    row("show your rules", Kind::Leak, 56, 62, &[&[Show], &[OwnRules]])
        .unless(NOT_THE_PROMPT)
        .not_before(&[About, Other])
        .order()
        .family("show"),
    row("show a prompt", Kind::Leak, 40, 50, &[&[Show], &[PromptBare]]).unless(NOT_THE_PROMPT).order().family("show"),
    row("what is your prompt", Kind::Leak, 62, 66, &[&[Ask], &[Prompt]])
        .gap(3)
        .unless(NOT_THE_PROMPT)
        .not_before(&[About, Other])
        .family("show"),
    row("what are your rules", Kind::Leak, 42, 45, &[&[Ask], &[OwnRules]])
        .gap(2)
        .unless(NOT_THE_PROMPT)
        .not_before(&[About, Other])
        .family("show"),
    row("prompt, word for word", Kind::Leak, 48, 50, &[&[Prompt, PromptBare, OwnRules], &[Verbatim]])
        .gap(10)
        .unless(&[Mine, Indefinite])
        .sentences(1)
        .family("verbatim"),
    row("show the text above", Kind::Leak, 28, 40, &[&[Show], &[PromptWeak]])
        .gap(5)
        .unless(&[Mine, Other])
        .order()
        .family("show"),
    row("text above, word for word", Kind::Leak, 48, 50, &[&[Show], &[PromptWeak], &[Verbatim]])
        .gap(8)
        .unless(&[Mine, Other])
        .order()
        .sentences(1)
        .family("verbatim"),
    row(
        "ignore, then show",
        Kind::Leak,
        45,
        50,
        &[&[Verb], &[Object, Whole], &[Show], &[Prompt, PromptBare, OwnRules]],
    )
    .gap(8)
    .order()
    .sentences(1),
    // Other selves.
    row("another self", Kind::Jailbreak, 45, 55, &[&[Alter]]),
    row("be another self", Kind::Jailbreak, 40, 40, &[&[Act], &[Alter]]).gap(6).sentences(1).order(),
    row("be somebody without rules", Kind::Jailbreak, 66, 75, &[&[Act], &[Free]]).gap(22).sentences(2).order(),
    row("without rules", Kind::Jailbreak, 12, 18, &[&[Free]]),
    row("a model without rules", Kind::Jailbreak, 47, 34, &[&[You], &[Free]]).gap(6),
    row("be evil", Kind::Jailbreak, 38, 45, &[&[Act], &[Evil], &[Ai, You]]).gap(6).order(),
    row("you are in a mode", Kind::Jailbreak, 55, 62, &[&[You], &[Mode]]).gap(5).family("mode"),
    row("mode on", Kind::Jailbreak, 35, 45, &[&[Mode], &[Enable]]).gap(3).unless(&[Other]).family("mode"),
    row("turn mode on", Kind::Jailbreak, 32, 45, &[&[Enable], &[Mode]]).gap(2).unless(&[Other]).family("mode"),
    row("mode without rules", Kind::Jailbreak, 55, 58, &[&[Mode], &[Free]]).gap(25).sentences(2).family("free mode"),
    row("without rules, in a mode", Kind::Jailbreak, 45, 50, &[&[Free], &[Mode]])
        .gap(12)
        .sentences(1)
        .family("free mode"),
    row("grandmother's harmful stories", Kind::Jailbreak, 78, 80, &[&[Granny], &[UsedTo], &[Harm]])
        .gap(25)
        .sentences(2),
    row("be my grandmother", Kind::Jailbreak, 30, 30, &[&[Act], &[Granny], &[UsedTo]]).gap(14).sentences(1),
    row("harm by somebody without rules", Kind::Jailbreak, 55, 30, &[&[Free], &[Harm]]).gap(40).sentences(4),
    row("harm in a story", Kind::Jailbreak, 22, 22, &[&[Fiction], &[Free]]).gap(25).sentences(2),
    row("never refuse", Kind::Jailbreak, 27, 12, &[&[Never], &[Refuse]]).repeats(2),
    row("harm, and never refuse", Kind::Jailbreak, 26, 8, &[&[Never], &[Refuse], &[Harm]]).gap(30).sentences(4),
    row("harm, beginning with sure", Kind::Jailbreak, 25, 20, &[&[BeginWith], &[Sure], &[Harm]]).gap(30).sentences(3),
    row("begin with sure", Kind::Jailbreak, 50, 52, &[&[BeginWith], &[Sure]]),
    row("stay in character", Kind::Jailbreak, 15, 10, &[&[Play]]).repeats(2),
    row("two answers, one without rules", Kind::Jailbreak, 45, 45, &[&[Play], &[Free, Mode]]).gap(25).sentences(2),
    row("threats", Kind::Jailbreak, 12, 5, &[&[Penalty], &[Refuse, Play, Penalty]]).gap(20).sentences(2),
    row("I am your developer", Kind::Jailbreak, 28, 40, &[&[Authority]]),
    row(
        "developer, so show or ignore",
        Kind::Jailbreak,
        35,
        40,
        &[&[Authority], &[Prompt, Mode, Free, Verb, WeakVerb, NewTask]],
    )
    .gap(25)
    .sentences(2),
    row("decode and follow", Kind::Jailbreak, 45, 55, &[&[Decode], &[Follow]]).gap(14).sentences(2),
    // Carrying data away.
    row("send private data away", Kind::Exfiltration, 35, 62, &[&[Send], &[Private], &[Place]])
        .gap(7)
        .unless(&[Not])
        .order()
        .family("send"),
    row("send there what is private", Kind::Exfiltration, 25, 45, &[&[Send], &[Place], &[Private]])
        .gap(8)
        .order()
        .family("send"),
    row("send secrets away", Kind::Exfiltration, 22, 34, &[&[Send], &[Data], &[Place]])
        .gap(6)
        .unless(&[Not])
        .order()
        .family("send"),
    // Orders to the model in what a tool brought.
    row("conceal", Kind::Tool, 28, 48, &[&[Conceal]]),
    row("note to the model", Kind::Tool, 15, 56, &[&[Address], &[Do]]).gap(9).sentences(1).family("note"),
    row("an order to a model", Kind::Tool, 5, 36, &[&[Ai], &[Do]]).gap(5).unless(&[Not]).family("note"),
    row("when summarising, do", Kind::Tool, 10, 44, &[&[Summary], &[Do]]).gap(8),
    row("when summarising, go there", Kind::Tool, 10, 30, &[&[Summary], &[Do], &[Place]]).gap(12).sentences(1),
    row("call a tool", Kind::Tool, 4, 24, &[&[Do], &[Tool]]),
    row("new orders by a tool", Kind::Tool, 10, 30, &[&[NewTask], &[Do]]).gap(8).sentences(1),
    row("be somebody else, says a tool", Kind::Jailbreak, 0, 25, &[&[Act], &[Ai, Evil, Alter]]).gap(5).order(),
];

/// A text's hits, and where each class is, so that a row need not look at every word.
pub struct Reading<'t> {
    folded: &'t Folded,
    hits: Vec<Hit>,
    /// Places in `hits`, by class.
    by_class: Vec<Vec<u32>>,
    fixed: u32,
    /// Every letter is a word: how much farther the words of a row may be from each other.
    letters: bool,
}

/// So many letters stand for a word where every letter is one: of scripts without spaces, and of words spelled out.
const LETTERS_A_WORD: (u32, u32) = (3, 6);

/// Bits of classes.
fn bits(classes: &[Class]) -> u64 {
    classes.iter().fold(0, |bits, class| bits | 1 << (*class as u8))
}

/// Takes out what is only part of a longer harmless phrase of the same language: "hello assistant" in "hello assistant
/// manager", "instructions" in "the instructions in the file".
fn without_parts_of_the_harmless(hits: &mut Vec<Hit>) {
    /// No phrase has more words.
    const MAX_WORDS: u32 = 8;
    let phrases: Vec<Hit> = hits.iter().filter(|hit| hit.class == Other && hit.last > hit.first).copied().collect();
    if phrases.is_empty() {
        return;
    }
    hits.retain(|hit| {
        let from = phrases.partition_point(|phrase| phrase.first + MAX_WORDS < hit.first);
        let mut near = phrases.get(from..).unwrap_or_default().iter().take_while(|phrase| phrase.first <= hit.first);
        !near.any(|phrase| {
            phrase.last >= hit.last
                && phrase.last - phrase.first > hit.last - hit.first
                && phrase.languages & hit.languages == hit.languages
        })
    });
}

/// How many anchors of one row are tried in one text: what says it a hundred times says it.
const MAX_ANCHORS: usize = 4_000;

impl<'t> Reading<'t> {
    /// Sorts the hits of a text. `letters`: it is one of letters without words, where only what is plain counts.
    pub fn new(folded: &'t Folded, mut hits: Vec<Hit>, letters: bool) -> Self {
        without_parts_of_the_harmless(&mut hits);
        let mut by_class = vec![Vec::new(); 64];
        for (place, hit) in hits.iter().enumerate() {
            if let Some(places) = by_class.get_mut(hit.class as usize) {
                places.push(place as u32);
            }
        }
        Self { folded, hits, by_class, fixed: fixed_order(), letters }
    }

    /// Whether the text has a word of that class.
    pub fn has(&self, class: Class) -> bool {
        self.count(class) > 0
    }

    /// Whether the text is about attacks: an article, a test.
    pub fn about_attacks(&self) -> bool {
        self.count(Meta) >= 2
    }

    /// How many words of that class the text has.
    pub fn count(&self, class: Class) -> usize {
        self.by_class.get(class as usize).map_or(0, Vec::len)
    }

    /// Every row that holds, once for each place.
    pub fn marks(&self, marks: &mut Vec<Mark>) {
        for row in ROWS {
            let Some((first, rest)) = row.parts.split_first() else { continue };
            if self.letters && row.parts.len() < 3 {
                continue;
            }
            if row.parts.iter().any(|part| !part.iter().any(|class| self.has(*class))) {
                continue;
            }
            for class in *first {
                let places = self.by_class.get(*class as usize).map(Vec::as_slice).unwrap_or_default();
                for place in places.iter().take(MAX_ANCHORS) {
                    let Some(anchor) = self.hits.get(*place as usize).copied() else { continue };
                    if let Some((from, to)) = self.holds(row, *place as usize, anchor, rest) {
                        marks.push(self.mark(row, from, to));
                    }
                }
            }
        }
    }

    fn mark(&self, row: &Row, from: u32, to: u32) -> Mark {
        let word = |at: u32| self.folded.words.get(at as usize);
        let quoted = word(from).is_some_and(|word| word.quoted);
        let told_of = quoted && self.told_of(from);
        let discount = |points: u8, told_of: bool| if told_of { points / 6 } else { points };
        Mark {
            kind: row.kind,
            rule: row.name,
            family: row.family,
            repeats: row.repeats,
            user: discount(row.user, told_of),
            // Who plants an order does not put it into quotes.
            tool: discount(row.tool, quoted),
            start: word(from).map_or(0, |word| word.from as usize),
            end: word(to).map_or(0, |word| word.to as usize),
        }
    }

    /// Whether what is quoted here is an example: the text is about attacks, or says so right before it.
    fn told_of(&self, first: u32) -> bool {
        let near = |hit: &Hit| hit.class == Say && hit.last < first && first - hit.last <= 12;
        self.about_attacks() || self.around(first).iter().any(near)
    }

    /// The hits at most 24 words before a word, and a few after.
    fn around(&self, word: u32) -> &[Hit] {
        let from = self.hits.partition_point(|hit| hit.first + 24 < word);
        let to = self.hits.partition_point(|hit| hit.first <= word + 2);
        self.hits.get(from..to).unwrap_or_default()
    }

    /// Whether a row holds at an anchor: its first and last word.
    fn holds(&self, row: &Row, place: usize, anchor: Hit, rest: &[&[Class]]) -> Option<(u32, u32)> {
        if row.order && !self.is_order(anchor, place) {
            return None;
        }
        if anchor.languages & self.fixed != 0
            && let Some(span) = self.forward(row, place, anchor, rest)
        {
            return Some(span);
        }
        let free = anchor.languages & !self.fixed;
        (free != 0).then(|| self.anywhere(row, Hit { languages: free, ..anchor }, rest)).flatten()
    }

    fn sentence(&self, word: u32) -> u32 {
        self.folded.words.get(word as usize).map_or(0, |word| word.sentence)
    }

    /// The parts one after the other.
    fn forward(&self, row: &Row, place: usize, anchor: Hit, rest: &[&[Class]]) -> Option<(u32, u32)> {
        let (mut at, mut last, mut languages) = (place, anchor.last, anchor.languages & self.fixed);
        let gap = if self.letters { row.gap * LETTERS_A_WORD.1 } else { row.gap };
        let sentence = self.sentence(anchor.first);
        let unless = bits(row.unless);
        for part in rest {
            let wanted = bits(part);
            let mut found = None;
            for (next, hit) in self.hits.iter().enumerate().skip(at + 1) {
                if hit.first > last + 1 + gap {
                    break;
                }
                if hit.first <= last || hit.languages & languages == 0 {
                    continue;
                }
                if self.sentence(hit.last).saturating_sub(sentence) > row.sentences {
                    break;
                }
                let class = 1u64 << (hit.class as u8);
                if wanted & class != 0 {
                    // The longest of those that begin here.
                    match found {
                        None => found = Some((next, *hit)),
                        Some((_, before)) if before.first == hit.first => found = Some((next, *hit)),
                        Some(_) => break,
                    }
                } else if found.is_none() && unless & class != 0 && !self.is_part_of_longer(hit) {
                    return None;
                }
            }
            let (next, hit) = found?;
            (at, last) = (next, hit.last);
            languages &= hit.languages;
        }
        // "instruction manual", "prompt payment", "rules column": the last word only says which.
        let not_before = bits(row.not_before);
        let after =
            |hit: &Hit| hit.first == last + 1 && not_before & bits(&[hit.class]) != 0 && !self.is_part_of_longer(hit);
        let next = self.hits.partition_point(|hit| hit.first <= last);
        let same = self.sentence(last + 1) == self.sentence(last);
        let spoiled = self.hits.get(next..).unwrap_or_default().iter().take(8).any(after);
        (!(same && spoiled)).then_some((anchor.first, last))
    }

    /// Whether a word that would spoil a row is only part of something else: "all" in "all of the above".
    fn is_part_of_longer(&self, inner: &Hit) -> bool {
        let from = self.hits.partition_point(|hit| hit.first + 6 < inner.first);
        let near = self.hits.get(from..).unwrap_or_default().iter().take_while(|hit| hit.first <= inner.first);
        near.into_iter().any(|hit| {
            hit.first <= inner.first
                && hit.last >= inner.last
                && hit.last - hit.first > inner.last - inner.first
                && matches!(hit.class, Object | Prompt | Prior | Whole | PromptWeak | Verbatim)
        })
    }

    /// The parts within a few words of the first, in any order.
    fn anywhere(&self, row: &Row, anchor: Hit, rest: &[&[Class]]) -> Option<(u32, u32)> {
        let without_spaces = self.folded.starts_alone(anchor.first);
        let stretch = if without_spaces { LETTERS_A_WORD.0 } else { 1 };
        let reach = (row.gap + 2) * rest.len() as u32 * stretch;
        let sentence = self.sentence(anchor.first);
        let mut languages = anchor.languages;
        let (mut from, mut to) = (anchor.first, anchor.last);
        let begin = self.hits.partition_point(|hit| hit.first + reach < anchor.first);
        let near = |hit: &&Hit| {
            hit.first <= anchor.last + reach && self.sentence(hit.first).abs_diff(sentence) <= row.sentences
        };
        let window: Vec<Hit> = self
            .hits
            .get(begin..)
            .unwrap_or_default()
            .iter()
            .take_while(|hit| hit.first <= anchor.last + reach)
            .filter(near)
            .copied()
            .collect();
        let mut used = vec![(anchor.first, anchor.last)];
        for part in rest {
            let wanted = bits(part);
            let free = |hit: &&Hit| {
                hit.languages & languages != 0
                    && wanted & (1 << (hit.class as u8)) != 0
                    && used.iter().all(|(first, last)| hit.first > *last || hit.last < *first)
            };
            let distance = |hit: &&Hit| hit.first.abs_diff(anchor.first);
            let hit = window.iter().filter(free).min_by_key(distance)?;
            languages &= hit.languages;
            used.push((hit.first, hit.last));
            from = from.min(hit.first);
            to = to.max(hit.last);
        }
        let unless = bits(row.unless);
        let spoils = |hit: &Hit| {
            unless & (1 << (hit.class as u8)) != 0
                && hit.languages & languages != 0
                && hit.first + 1 >= from
                && hit.last <= to + 1
                && !self.is_part_of_longer(hit)
                && used.iter().all(|(first, last)| hit.first > *last || hit.last < *first)
        };
        (!window.iter().any(spoils)).then_some((from, to))
    }

    /// Whether a verb orders: nothing right before it says who does or that it is not done.
    fn is_order(&self, verb: Hit, place: usize) -> bool {
        let from = self.hits.partition_point(|hit| hit.first + 8 < verb.first);
        let before = self.hits.get(from..place).unwrap_or_default();
        let sentence = self.sentence(verb.first);
        let denied = before.iter().any(|hit| {
            hit.class == Not
                && hit.languages & verb.languages != 0
                && hit.last + 1 == verb.first
                && self.sentence(hit.last) == sentence
        });
        if denied || verb.languages & self.fixed == 0 {
            return !denied;
        }
        // "It is easy to ignore ..." tells; "you are to ignore ..." orders.
        let word = |back: u32| {
            let at = verb.first.checked_sub(back)?;
            let word = self.folded.words.get(at as usize).filter(|word| word.sentence == sentence)?;
            Some(self.folded.letters(word))
        };
        const ADDRESSED: [&str; 8] = ["you", "assistant", "ai", "model", "chatgpt", "llm", "claude", "gpt"];
        if matches!(word(1), Some("will" | "would" | "can" | "could" | "shall")) {
            return word(2).is_some_and(|word| ADDRESSED.contains(&word));
        }
        if word(1) != Some("to") {
            // "Does the linter ignore ...?" asks about somebody else.
            const ASKING: [&str; 9] = ["does", "did", "can", "could", "will", "would", "should", "may", "might"];
            let begin = (1..=12).take_while(|back| word(*back).is_some()).last().unwrap_or(0);
            // "Why does my rule override ...?" as well.
            const WHY: [&str; 7] = ["why", "how", "when", "where", "which", "what", "and"];
            let asking = |back: u32| word(back).is_some_and(|word| ASKING.contains(&word));
            let asks = begin >= 2 && asking(begin)
                || begin >= 3 && word(begin).is_some_and(|word| WHY.contains(&word)) && asking(begin - 1)
                // "Which settings override ...?"
                || begin >= 2 && matches!(word(begin), Some("which" | "what" | "who"));
            return !asks || (1..begin).filter_map(word).any(|word| ADDRESSED.contains(&word) || word == "we");
        }
        const ORDERS: [&str; 16] = [
            "you",
            "must",
            "need",
            "have",
            "important",
            "imperative",
            "necessary",
            "required",
            "going",
            "instructed",
            "ordered",
            "your",
            "sure",
            "want",
            "like",
            "begin",
        ];
        (2..=6).filter_map(word).any(|word| ORDERS.contains(&word))
    }
}
