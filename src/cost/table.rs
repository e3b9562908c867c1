//! The table of prices that is part of the module, `table/prices.txt`, which `table/make.py` makes and tells the rules
//! of. It is text, sorted by provider and grouped by price, and read as it stands: an index of its names is made once.
//!
//! A model is found by its name in any case, or by a shorter one: [`shorter`] has the rules.

use std::sync::OnceLock;

use super::Price;

const TEXT: &str = include_str!("table/prices.txt");

/// The day whose prices they are; in records it says which table a cost was made with.
pub const TABLE_DATE: &str = date();

/// What stands in the first line, always at the same place.
const fn date() -> &'static str {
    let (_, rest) = TEXT.as_bytes().split_at("# Prices of models, in US dollars, on ".len());
    let (day, _) = rest.split_at("2026-11-26".len());
    match std::str::from_utf8(day) {
        Ok(day) => day,
        Err(_) => "",
    }
}

/// The start of that day, seconds since the epoch.
pub fn date_secs() -> u64 {
    let mut parts = TABLE_DATE.split('-').filter_map(|part| part.parse::<u64>().ok());
    let mut part = || parts.next().unwrap_or(1);
    let (year, month, day) = (part(), part(), part());
    // Years begin in March, so that the day that some have more comes last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1;
    // The days from the first of March of year 0 to the epoch.
    (days - 719_468) * 86_400
}

/// The sections of the table, in the order in which a model is looked for when nobody says the provider: makers first.
static SECTIONS: [&str; 21] = [
    "openai",
    "anthropic",
    "gemini",
    "cohere",
    "mistral",
    "deepseek",
    "xai",
    "moonshot",
    "qwen",
    "zhipu",
    "jina",
    "perplexity",
    "aws.bedrock",
    "vertex",
    "azure",
    "groq",
    "cerebras",
    "together",
    "fireworks",
    "databricks",
    "openrouter",
];

/// Presets whose prices stand under another name. What has neither, a server of the operator's own, has no price here.
static PRESETS: [(&str, &str); 7] = [
    ("openai_responses", "openai"),
    ("aws.bedrock_invoke", "aws.bedrock"),
    ("vertex_gemini", "vertex"),
    ("vertex_anthropic", "vertex"),
    ("azure_openai", "azure"),
    ("azure_openai_deployments", "azure"),
    ("azure_anthropic", "azure"),
];

/// One provider's part of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Section(u8);

impl Section {
    /// That of a preset, or of its own name.
    pub fn named(preset: &str) -> Option<Self> {
        let name = PRESETS.iter().find(|(known, _)| *known == preset).map_or(preset, |(_, section)| section);
        SECTIONS.iter().position(|known| *known == name).map(|at| Self(at as u8))
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        SECTIONS.get(usize::from(self.0)).copied().unwrap_or_default()
    }

    /// Every section, makers first.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..SECTIONS.len() as u8).map(Self)
    }

    /// Whether the operator names the models there, so that only the answer says which one it was.
    pub fn has_deployments(self) -> bool {
        self.name() == "azure"
    }
}

/// A name of the table, and the line it stands in.
struct Entry {
    section: Section,
    model: &'static str,
    line: &'static str,
}

fn index() -> &'static [Entry] {
    static INDEX: OnceLock<Vec<Entry>> = OnceLock::new();
    INDEX.get_or_init(|| {
        let mut entries = Vec::with_capacity(4096);
        let mut section = None;
        for line in TEXT.lines().filter(|line| !line.starts_with('#')) {
            if let Some(name) = line.strip_prefix('[') {
                section = Section::named(name.trim_end_matches(']'));
            } else if let Some(((line, models), section)) = line.split_once(" : ").zip(section) {
                entries.extend(models.split(' ').map(|model| Entry { section, model, line }));
            }
        }
        entries.sort_unstable_by(|a, b| (a.section, a.model).cmp(&(b.section, b.model)));
        entries
    })
}

/// Makes the index, so that no request has to.
pub fn prepare() {
    index();
}

/// The price of a model at a provider. Its name is looked for as it is, then by ever [`shorter`] ones.
pub fn find(section: Section, model: &str) -> Option<Price<'static>> {
    let mut name = Some(model);
    // Each step takes something off the name, and there are few things to take.
    while let Some(this) = name {
        if let Some(entry) = exactly(section, this) {
            return Some(entry.price());
        }
        name = without_address(this).or_else(|| shorter(section, this));
    }
    None
}

/// The price of a model whose provider is not known: the first section's that has it.
pub fn find_anywhere(model: &str) -> Option<(Section, Price<'static>)> {
    Section::all().find_map(|section| Some((section, find(section, model)?)))
}

fn exactly(section: Section, model: &str) -> Option<&'static Entry> {
    let lower = |entry: &Entry| {
        let ours = entry.model.bytes();
        entry.section.cmp(&section).then_with(|| ours.cmp(model.bytes().map(|byte| byte.to_ascii_lowercase())))
    };
    let entries = index();
    entries.get(entries.binary_search_by(lower).ok()?)
}

impl Entry {
    fn price(&self) -> Price<'static> {
        let mut words = self.line.splitn(3, ' ');
        let mut number = || words.next().and_then(|word| word.parse().ok()).unwrap_or(0);
        let (max_input_tokens, max_output_tokens) = (number(), number());
        let words = words.next().unwrap_or_default();
        Price { words, version: TABLE_DATE, max_input_tokens, max_output_tokens }
    }
}

/// A name without the address that some providers write before it: `models/gemini-3`, `publishers/google/models/...`,
/// `accounts/fireworks/models/...`, `arn:aws:bedrock:...:inference-profile/us.anthropic...`.
fn without_address(model: &str) -> Option<&str> {
    let is_address = model.starts_with("arn:") || model.starts_with("models/") || model.contains("/models/");
    let (_, name) = model.rsplit_once('/').filter(|_| is_address)?;
    Some(name)
}

/// A name with something less, for a model that has no row of its own:
///
/// - `ft:gpt-4o-2024-08-06:acme::id` → `ft:gpt-4o-2024-08-06`: what is fine-tuned costs what all of that base do. Never
///   less: a fine-tuned model without a row has no price, for it costs more than its base.
/// - Bedrock's regions: `us.anthropic.claude...` → `anthropic.claude...`
/// - a date: `gpt-4o-2024-08-06` → `gpt-4o`, `claude-sonnet-4-5@20250929` → `claude-sonnet-4-5`
/// - `@default`, `@latest`, `-latest`, and `@001`: a version of a model costs what the model does.
fn shorter(section: Section, model: &str) -> Option<&str> {
    if let Some(rest) = model.strip_prefix("ft:")
        && let Some((base, _)) = rest.split_once(':')
    {
        return model.get(.."ft:".len() + base.len());
    }
    const REGIONS: [&str; 8] = ["us", "eu", "apac", "au", "jp", "ca", "global", "us-gov"];
    if section.name() == "aws.bedrock"
        && let Some((region, rest)) = model.split_once('.')
        && REGIONS.contains(&region)
    {
        return Some(rest);
    }
    let fits = |suffix: &&str| fits_a_date(suffix) || matches!(*suffix, "-latest" | "@default" | "@latest");
    let suffix = |bytes: usize| model.len().checked_sub(bytes).filter(|at| *at > 0).and_then(|at| model.get(at..));
    let at = [11, 9, 7, 8, 4].into_iter().filter_map(suffix).find(fits)?;
    model.get(..model.len() - at.len())
}

/// `-2024-08-06`, `-20250929`, `@20250929`, `@001`.
fn fits_a_date(suffix: &str) -> bool {
    match suffix.as_bytes() {
        [b'-', rest @ ..] if rest.len() == 10 => rest
            .iter()
            .enumerate()
            .all(|(at, byte)| if matches!(at, 4 | 7) { *byte == b'-' } else { byte.is_ascii_digit() }),
        [b'-' | b'@', rest @ ..] if rest.len() == 8 => rest.iter().all(u8::is_ascii_digit),
        [b'@', rest @ ..] => rest.len() == 3 && rest.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}
