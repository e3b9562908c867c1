//! The words of the phrase grammar: a table per language, a row per class of words.
//!
//! Words are separated by commas and stand as they are folded: lower case; accents may be written, they fold like the
//! text. `*` at the end stands for any ending. A phrase's words are separated by one space.

mod asia;
mod east;
mod english;
mod rest;
mod west;

/// What a word does in an attack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Class {
    /// Set aside: ignore, forget.
    Verb,
    /// The same, but said of many harmless things: delete, clear.
    WeakVerb,
    /// What a model obeys: instructions, prompt.
    Object,
    /// The same, but said of many harmless things: rules, commands.
    WeakObject,
    /// What was said: messages, text.
    Talk,
    /// Earlier, or the model's own.
    Prior,
    /// The model's own, in the words that address it.
    Yours,
    /// What the user wants of the model, as others call it.
    UserAsk,
    /// All of it.
    Every,
    /// All that came before, in one phrase.
    Whole,
    /// Whatever else can be ignored: a column, an e-mail.
    Other,
    /// The speaker's own.
    Mine,
    /// Not.
    Not,
    /// No longer in force.
    Void,
    /// Another task instead.
    NewTask,
    /// And do this instead.
    Instead,
    /// Show, repeat.
    Show,
    /// The system prompt, of this model and no other.
    Prompt,
    /// Its rules, which may also be those of a shop.
    OwnRules,
    /// A system prompt, but perhaps any.
    PromptBare,
    /// What may be the system prompt: the text above.
    PromptWeak,
    /// Word for word.
    Verbatim,
    /// What are ...
    Ask,
    /// ... about something.
    About,
    /// One of many.
    Indefinite,
    /// Be somebody.
    Act,
    /// Without rules.
    Free,
    /// A name that jailbreaks go by.
    Alter,
    /// Wicked.
    Evil,
    /// A mode without rules.
    Mode,
    /// Switched on.
    Enable,
    /// The model itself, spoken to: you are.
    You,
    /// The late grandmother.
    Granny,
    /// ... who used to tell.
    UsedTo,
    /// What no model should help with.
    Harm,
    /// It is only a story.
    Fiction,
    /// Refuse, warn, apologise.
    Refuse,
    /// Never.
    Never,
    /// How the answer is to begin.
    BeginWith,
    /// Sure, here is.
    Sure,
    /// Answer twice, stay in character.
    Play,
    /// Threats and rewards.
    Penalty,
    /// I am your developer.
    Authority,
    /// Send.
    Send,
    /// What is worth stealing.
    Data,
    /// What belongs to the person who talks with the model.
    Private,
    /// Where to.
    Place,
    /// A model.
    Ai,
    /// A model spoken to: "note to any AI reading this".
    Address,
    /// Call, transfer, say.
    Do,
    /// A tool, a function.
    Tool,
    /// And tell nobody.
    Conceal,
    /// When this is summarised.
    Summary,
    /// Decode this.
    Decode,
    /// And follow it.
    Follow,
    /// Words of those who write about attacks.
    Meta,
    /// What comes before an example.
    Say,
    /// A word of an attack, in rot13.
    Rot13,
    /// A word of an attack, backwards.
    Backwards,
}

/// How the words of a language follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The verb, then what it acts on.
    Fixed,
    /// Either way.
    Free,
}

/// The words of a language.
#[derive(Debug)]
pub struct Language {
    /// ISO 639-1.
    pub code: &'static str,
    /// How they follow each other.
    pub order: Order,
    /// The words of each class.
    pub words: &'static [(Class, &'static str)],
}

/// Every language there is; a word's language is its bit.
pub static LANGUAGES: &[&Language] = &[
    &english::ENGLISH,
    &west::GERMAN,
    &west::FRENCH,
    &west::SPANISH,
    &west::ITALIAN,
    &west::PORTUGUESE,
    &west::DUTCH,
    &east::POLISH,
    &east::RUSSIAN,
    &east::UKRAINIAN,
    &east::TURKISH,
    &west::SWEDISH,
    &east::CZECH,
    &east::ROMANIAN,
    &asia::ARABIC,
    &asia::PERSIAN,
    &asia::HINDI,
    &asia::CHINESE,
    &asia::JAPANESE,
    &asia::KOREAN,
    &asia::INDONESIAN,
    &asia::VIETNAMESE,
    &asia::THAI,
    &rest::DANISH,
    &rest::FINNISH,
    &rest::HUNGARIAN,
    &rest::GREEK,
    &rest::HEBREW,
];
