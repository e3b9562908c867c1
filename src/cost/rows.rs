//! The operator's own prices, which come before the table's.

use std::fmt::Write as _;

use super::table::{self, Section};
use super::{KINDS, Price, Usd, usd};
use crate::config::{Errors, Map, Node, Pattern, settings, words};

settings! {
    /// A price of the operator's own: a model that the bundled table does not know, a negotiated price, a server of one's
    /// own. It replaces the table's row as a whole: what it does not say costs what it is a part of (cached input costs
    /// what input does).
    pub struct PriceRow {
        /// The provider: its `id` or its preset's name; `*` stands for any run of characters.
        pub provider: Pattern = Pattern::any(),
        /// The model as the provider is asked for it, or as its answer names it; `*` stands for any run of characters.
        pub model: Pattern,
        /// The price is that of this row of the bundled table, e.g. `openai/gpt-4o`: for a deployment with a name of its
        /// own.
        pub same_as: Option<String>,
        /// US dollars for a million, e.g. `{"input": "2.50", "output": "10"}`.
        pub usd_per_million: Map<Usd, PerMillionKind> = Map::default(),
        /// US dollars for each, e.g. `{"request": "0.002"}`.
        pub usd_each: Map<Usd, EachKind> = Map::default(),
        /// What another price holds for when the input is longer, in rising order.
        pub above: Vec<PriceStep> = Vec::new(),
        /// What another price holds for in another service tier than the ordinary.
        pub tiers: Map<TierPrice, TierName> = Map::default(),
        /// The longest input, for `/v1/models`; the table's if left out.
        pub max_input_tokens: Option<u64>,
        /// The longest output, for `/v1/models`; the table's if left out.
        pub max_output_tokens: Option<u64>,
    }
    check = PriceRow::is_a_price;
}

settings! {
    /// Prices for an exchange with more input than so many tokens. They hold for all its tokens.
    pub struct PriceStep {
        /// The last number of input tokens, cached ones among them, that is still cheaper.
        pub input_tokens: u64,
        /// US dollars for a million; what is not said stays as it is below.
        pub usd_per_million: Map<Usd, PerMillionKind>,
    }
}

settings! {
    /// Prices of a service tier.
    pub struct TierPrice {
        /// US dollars for a million; what is not said stays as it is ordinarily.
        pub usd_per_million: Map<Usd, PerMillionKind>,
        /// What holds when the input is longer, in rising order.
        pub above: Vec<PriceStep> = Vec::new(),
    }
}

words! {
    /// What is paid for by the million.
    pub enum PerMillionKind {
        /// Input tokens.
        "input" => Input,
        /// Output tokens.
        "output" => Output,
        /// Input tokens read from the prompt cache; as `input` if not said.
        "cache_read" => CacheRead,
        /// Input tokens written to the prompt cache for minutes; as `input` if not said.
        "cache_write" => CacheWrite,
        /// Input tokens written to the prompt cache for an hour; as `cache_write` if not said.
        "cache_write_1h" => CacheWrite1h,
        /// Output tokens that are reasoning; as `output` if not said.
        "reasoning" => Reasoning,
        /// Input tokens that are sound; as `input` if not said.
        "input_audio" => InputAudio,
        /// Output tokens that are sound; as `output` if not said.
        "output_audio" => OutputAudio,
        /// Sound read from the prompt cache; as `cache_read` if not said.
        "cache_read_audio" => CacheReadAudio,
        /// Input tokens that are pictures; as `input` if not said.
        "input_image" => InputImage,
        /// Output tokens that are pictures; as `output` if not said.
        "output_image" => OutputImage,
        /// Characters read aloud.
        "character" => Character,
    }
}

words! {
    /// What is paid for by the piece.
    pub enum EachKind {
        /// A request, or a search unit of a ranking.
        "request" => Request,
        /// A picture made.
        "image" => Image,
    }
}

words! {
    /// A service tier that has a price of its own.
    pub enum TierName {
        /// In a batch.
        "batch" => Batch,
        /// Slower and cheaper.
        "flex" => Flex,
        /// Sooner and dearer.
        "priority" => Priority,
        /// Sooner still.
        "ultrafast" => Ultrafast,
    }
}

/// A million of nothing costs less than this, or more than that: such a price is of another unit.
const PER_MILLION: std::ops::RangeInclusive<u64> = 1_000..=10_000_000_000;

impl PriceRow {
    fn is_a_price(&self, node: Node<'_>, errors: &mut Errors) {
        let says = !self.usd_per_million.is_empty() || !self.usd_each.is_empty();
        if let Some(other) = &self.same_as {
            let rest = says || !self.above.is_empty() || !self.tiers.is_empty();
            if rest {
                errors.add(node, "give same_as or prices, not both");
            }
            if listed(other).is_none() {
                let why = "expected a row of the bundled table as provider/model, e.g. openai/gpt-4o; `postern prices \
                           show MODEL` finds it";
                errors.add(node.key("same_as"), why);
            }
        } else if !says {
            errors.add(node, "give usd_per_million, usd_each or same_as");
        }
        per_million_fits(&self.usd_per_million, node, errors);
        steps_fit(&self.above, node, errors);
        for (tier, price) in self.tiers.iter() {
            let tiers = node.key("tiers");
            let node = tiers.key(tier.word());
            per_million_fits(&price.usd_per_million, node, errors);
            steps_fit(&price.above, node, errors);
        }
    }

    /// The row in the words of the table.
    fn words(&self) -> String {
        let mut words = String::new();
        for (kind, price) in self.usd_each.iter() {
            word(&mut words, kind.word(), *price);
        }
        group(&mut words, &self.usd_per_million, &self.above);
        for (tier, price) in self.tiers.iter() {
            let _ = write!(words, "{} ", tier.word());
            group(&mut words, &price.usd_per_million, &price.above);
        }
        words
    }
}

fn per_million_fits(prices: &Map<Usd, PerMillionKind>, node: Node<'_>, errors: &mut Errors) {
    for (kind, price) in prices.iter() {
        if price.micro != 0 && !PER_MILLION.contains(&price.micro) {
            let why = format!(
                "{} dollars for a million is no price of a model, 0.001 to 10000 are; per token it would be a million \
                 times less, per thousand a thousand times",
                usd(price.micro)
            );
            let prices = node.key("usd_per_million");
            errors.add(prices.key(kind.word()), why);
        }
    }
}

fn steps_fit(steps: &[PriceStep], node: Node<'_>, errors: &mut Errors) {
    let list = node.key("above");
    for (at, step) in steps.iter().enumerate() {
        per_million_fits(&step.usd_per_million, list.index(at), errors);
    }
    for (at, pair) in steps.windows(2).enumerate() {
        if let [first, second] = pair
            && first.input_tokens >= second.input_tokens
        {
            errors.add(list.index(at + 1).key("input_tokens"), "expected more than the step before has");
        }
    }
}

fn word(words: &mut String, name: &str, price: Usd) {
    if let Some(row) = KINDS.iter().find(|row| row.name == name) {
        let _ = write!(words, "{}{} ", row.letters, usd(price.micro));
    }
}

fn group(words: &mut String, prices: &Map<Usd, PerMillionKind>, steps: &[PriceStep]) {
    prices.iter().for_each(|(kind, price)| word(words, kind.word(), *price));
    for step in steps {
        let _ = write!(words, ">{} ", step.input_tokens);
        step.usd_per_million.iter().for_each(|(kind, price)| word(words, kind.word(), *price));
    }
}

/// A row of the table by `provider/model`.
fn listed(name: &str) -> Option<Price<'static>> {
    let (section, model) = name.split_once('/')?;
    table::find(Section::named(section)?, model)
}

/// All prices, ready to be asked.
#[derive(Default)]
pub struct Prices {
    own: Vec<Own>,
}

/// A row of the operator's.
struct Own {
    provider: Pattern,
    model: Pattern,
    words: String,
    max_input_tokens: Option<u64>,
    max_output_tokens: Option<u64>,
}

/// What in a record says that a price was the operator's own.
pub const OWN_VERSION: &str = "configuration";

/// Who was asked for what, as far as a price needs it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked<'a> {
    /// The provider's id; empty if it is not known yet.
    pub provider: &'a str,
    /// Its preset; empty if it is not known yet.
    pub preset: &'a str,
    /// The model it was asked for.
    pub model: &'a str,
    /// The model its answer named; empty if it has not, or nothing has been answered yet.
    pub answered: &'a str,
}

impl Prices {
    /// Reads the rows into the words of the table, and makes the table's index.
    pub fn new(rows: Vec<PriceRow>) -> Self {
        table::prepare();
        let own = rows.into_iter().map(|row| Own {
            words: match row.same_as.as_deref().and_then(listed) {
                Some(price) => price.words.to_owned(),
                None => row.words(),
            },
            provider: row.provider,
            model: row.model,
            max_input_tokens: row.max_input_tokens,
            max_output_tokens: row.max_output_tokens,
        });
        Self { own: own.collect() }
    }

    /// The price of what was asked: of the operator's rows the first that fits, then the table's. The name that was asked
    /// for comes before the one in the answer, which leaves out the region that a price may hang on; where the operator
    /// names the models (Azure's deployments), it is the other way round. None: the price is unknown.
    pub fn find(&self, asked: &Asked<'_>) -> Option<Price<'_>> {
        let section = Section::named(asked.preset);
        let names = match section {
            Some(section) if section.has_deployments() => [asked.answered, asked.model],
            _ => [asked.model, asked.answered],
        };
        let names = || names.into_iter().filter(|name| !name.is_empty());
        let listed = || match section {
            Some(section) => names().find_map(|name| table::find(section, name)),
            // Before any answer nobody has said which provider it is.
            None if asked.preset.is_empty() => names().find_map(|name| Some(table::find_anywhere(name)?.1)),
            None => None,
        };
        let fits = |own: &&Own| {
            let provider = own.provider.matches(asked.provider) || own.provider.matches(asked.preset);
            provider && names().any(|name| own.model.matches(name))
        };
        let Some(own) = self.own.iter().find(fits) else { return listed() };
        let windows = listed().map(|price| (price.max_input_tokens, price.max_output_tokens)).unwrap_or_default();
        Some(Price {
            words: &own.words,
            version: OWN_VERSION,
            max_input_tokens: own.max_input_tokens.unwrap_or(windows.0),
            max_output_tokens: own.max_output_tokens.unwrap_or(windows.1),
        })
    }
}
