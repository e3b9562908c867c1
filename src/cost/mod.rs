//! What an exchange costs: a table of prices, and the sum in whole micro-dollars.
//!
//! Tokens are the ledger; money is derived from them and a price, so a corrected price corrects the past. A cost is the
//! exact sum over all kinds of token, rounded once, half up. Nothing here is a float, and a kind without a price makes
//! the whole cost unknown instead of nothing.
//!
//! Prices come from the operator's own rows ([`PriceRow`]), then from the table that is part of the module
//! ([`table`], dated [`TABLE_DATE`]).

mod money;
mod rows;
pub mod table;
#[cfg(test)]
mod tests;

pub use money::{PerMillion, Usd, micro_usd, usd};
pub use rows::{Asked, PriceRow, Prices};
pub use table::TABLE_DATE;

use crate::chat::{ServiceTier, Usage};

/// What is counted and paid for. The order is that of [`KINDS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Input tokens that are nothing of the below.
    Input,
    /// Output tokens that are nothing of the below.
    Output,
    /// Input read from the prompt cache.
    CacheRead,
    /// Input written to the prompt cache, for minutes.
    CacheWrite,
    /// Input written to the prompt cache, for an hour.
    CacheWrite1h,
    /// Output that is reasoning.
    Reasoning,
    /// Input that is sound.
    InputAudio,
    /// Output that is sound.
    OutputAudio,
    /// Sound read from the prompt cache.
    CacheReadAudio,
    /// Input that is pictures.
    InputImage,
    /// Output that is pictures, counted in tokens.
    OutputImage,
    /// Pictures, counted by piece.
    Image,
    /// Requests, or the search units that a ranking took.
    Request,
    /// Characters read aloud.
    Character,
}

/// A kind and its names.
#[derive(Debug)]
pub struct KindRow {
    /// Which.
    pub kind: Kind,
    /// In the table.
    pub letters: &'static str,
    /// In the operator's rows and in records.
    pub name: &'static str,
    /// The kind whose price it has where it has none of its own: what it is a part of. None: without a price of its own
    /// it is not paid for, as there is another that is.
    pub part_of: Option<Kind>,
    /// Whether a price is for a million, or for each.
    pub per_million: bool,
}

const fn per_million(kind: Kind, letters: &'static str, name: &'static str, part_of: Option<Kind>) -> KindRow {
    KindRow { kind, letters, name, part_of, per_million: true }
}

const fn each(kind: Kind, letters: &'static str, name: &'static str) -> KindRow {
    KindRow { kind, letters, name, part_of: None, per_million: false }
}

/// How many kinds there are.
pub const KIND_COUNT: usize = 14;

/// Every kind.
pub static KINDS: [KindRow; KIND_COUNT] = [
    per_million(Kind::Input, "i", "input", None),
    per_million(Kind::Output, "o", "output", None),
    per_million(Kind::CacheRead, "cr", "cache_read", Some(Kind::Input)),
    per_million(Kind::CacheWrite, "cw", "cache_write", Some(Kind::Input)),
    per_million(Kind::CacheWrite1h, "cw1h", "cache_write_1h", Some(Kind::CacheWrite)),
    per_million(Kind::Reasoning, "r", "reasoning", Some(Kind::Output)),
    per_million(Kind::InputAudio, "ia", "input_audio", Some(Kind::Input)),
    per_million(Kind::OutputAudio, "oa", "output_audio", Some(Kind::Output)),
    per_million(Kind::CacheReadAudio, "cra", "cache_read_audio", Some(Kind::CacheRead)),
    per_million(Kind::InputImage, "ii", "input_image", Some(Kind::Input)),
    per_million(Kind::OutputImage, "oi", "output_image", Some(Kind::Output)),
    each(Kind::Image, "img", "image"),
    each(Kind::Request, "req", "request"),
    per_million(Kind::Character, "chr", "character", None),
];

/// How much of each kind an exchange took and is paid for. What is not billed comes off what was cached or thought
/// first, which costs no more than the rest, so that a cost is not too low.
fn amounts(usage: &Usage) -> [u64; KIND_COUNT] {
    let cached_sound = usage.cache_read_audio.min(usage.cache_read);
    let sound = usage.input_audio.saturating_sub(cached_sound);
    let cached = usage.cache_read.saturating_add(usage.cache_write);
    let input = usage.input.saturating_sub(cached).saturating_sub(sound).saturating_sub(usage.input_image);
    let kinds = [usage.reasoning, usage.output_audio, usage.output_image];
    let output = kinds.into_iter().fold(usage.output, u64::saturating_sub);
    let (unbilled_input, unbilled_output) = (usage.unbilled_input, usage.unbilled_output);
    let cache_read = usage.cache_read - cached_sound;
    let hour = usage.cache_write_1h.min(usage.cache_write);
    [
        input.saturating_sub(unbilled_input.saturating_sub(cache_read)),
        output.saturating_sub(unbilled_output.saturating_sub(usage.reasoning)),
        cache_read.saturating_sub(unbilled_input),
        usage.cache_write - hour,
        hour,
        usage.reasoning.saturating_sub(unbilled_output),
        sound,
        usage.output_audio,
        cached_sound,
        usage.input_image,
        usage.output_image,
        usage.images,
        usage.search_units.max(1),
        usage.characters,
    ]
}

/// The prices of one model in one service tier and length of context; None where a kind has no price of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rates([Option<PerMillion>; KIND_COUNT]);

impl Rates {
    /// What that kind costs: its own price, or that of what it is a part of.
    pub fn of(&self, kind: Kind) -> Option<PerMillion> {
        let mut kind = Some(kind);
        while let Some(this) = kind {
            let own = self.own(this);
            if own.is_some() {
                return own;
            }
            kind = KINDS.get(this as usize).and_then(|row| row.part_of);
        }
        None
    }

    /// Its own price.
    pub fn own(&self, kind: Kind) -> Option<PerMillion> {
        self.0.get(kind as usize).copied().flatten()
    }

    /// Whether anything has a price.
    pub fn any(&self) -> bool {
        self.0.iter().any(Option::is_some)
    }

    /// The sum in millionths of a micro-dollar. None: something that was used has no price. Pictures, requests and
    /// characters are counted beside tokens, so one of the two is enough.
    fn sum(&self, usage: &Usage) -> Option<u128> {
        let mut sum = 0u128;
        let by_piece = [Kind::Image, Kind::Request, Kind::Character].into_iter().any(|kind| self.own(kind).is_some());
        for (row, amount) in KINDS.iter().zip(amounts(usage)) {
            let price = self.of(row.kind);
            match price {
                Some(PerMillion(price)) => sum += u128::from(price) * u128::from(amount),
                None if amount == 0 || matches!(row.kind, Kind::Image | Kind::Request | Kind::Character) => {}
                None if by_piece => {}
                None => return None,
            }
        }
        // Only pieces were counted, and pieces have no price.
        let unpaid = usage.total() == 0
            && (usage.images > 0 && self.own(Kind::Image).is_none()
                || usage.characters > 0 && self.own(Kind::Character).is_none());
        (!unpaid).then_some(sum)
    }
}

/// A price of a model, with its tiers and its steps: `i2.5 o10 batch i1.25 o5 >200000 i5`, the words of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price<'p> {
    words: &'p str,
    /// Whose row it is: the table's date, or `configuration`.
    pub version: &'static str,
    /// The longest input; 0: nobody says.
    pub max_input_tokens: u64,
    /// The longest output; 0: nobody says.
    pub max_output_tokens: u64,
}

impl PerMillion {
    /// Dollars for one, with a mark-up and without rounding: `0.0000025`.
    pub fn usd_each(self, markup_basis_points: u32) -> String {
        // Twelve places make a price for one exact, and four more the mark-up.
        let units = u128::from(self.0) * u128::from(WHOLE + u64::from(markup_basis_points));
        const ONE: u128 = 10_000_000_000_000_000;
        let text = format!("{}.{:016}", units / ONE, units % ONE);
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}

/// What an exchange cost, in whole micro-dollars.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// By the price list.
    pub list_micro_usd: u64,
    /// With the caller's mark-up.
    pub micro_usd: u64,
}

/// A mark-up of nothing, in ten thousandths.
const WHOLE: u64 = 10_000;

impl Price<'_> {
    /// The prices for an exchange with this much input in this service tier.
    ///
    /// A step (`>200000`) counts for all tokens of an exchange with more input, as every provider has it. Where a tier
    /// says nothing of a kind, the ordinary price holds; where it says nothing of a step, the higher of its own price
    /// and the ordinary step, so that a cost is never too low.
    pub fn rates(&self, tier: ServiceTier, input_tokens: u64) -> Rates {
        let mut read = Reading::default();
        for word in self.words.split_ascii_whitespace() {
            read.word(word, tier, input_tokens);
        }
        read.rates()
    }

    /// The inputs above which another price holds, in rising order.
    pub fn steps(&self) -> impl Iterator<Item = u64> {
        let mut last = 0;
        self.words.split(' ').filter_map(|word| word.strip_prefix('>')?.parse().ok()).filter(move |above| {
            let more = *above > last;
            last = last.max(*above);
            more
        })
    }

    /// What an exchange cost; None if something it used has no price here. `markup_basis_points` are added to the list
    /// price before it is rounded: 1,500 is 15 %.
    pub fn cost(&self, usage: &Usage, markup_basis_points: u32) -> Option<Cost> {
        let sum = self.rates(usage.tier, usage.input).sum(usage)?;
        let factor = u128::from(WHOLE + u64::from(markup_basis_points));
        Some(Cost {
            list_micro_usd: rounded(sum, 1_000_000),
            micro_usd: rounded(sum.saturating_mul(factor), 1_000_000 * u128::from(WHOLE)),
        })
    }
}

/// Half up; what does not fit is the most there is.
fn rounded(sum: u128, by: u128) -> u64 {
    u64::try_from((sum + by / 2) / by).unwrap_or(u64::MAX)
}

/// A price's words on their way to rates: by tier (the ordinary, the asked) and by step (none, the one reached).
#[derive(Default)]
struct Reading {
    found: [[Rates; 2]; 2],
    tier: ServiceTier,
    above: u64,
}

impl Reading {
    fn word(&mut self, word: &str, wanted: ServiceTier, input_tokens: u64) {
        if let Some(above) = word.strip_prefix('>') {
            self.above = above.parse().unwrap_or(u64::MAX);
            return;
        }
        if let Some(tier) = ServiceTier::named(word) {
            (self.tier, self.above) = (tier, 0);
            return;
        }
        let asked = self.tier != ServiceTier::Standard;
        if asked && self.tier != wanted || self.above > 0 && input_tokens <= self.above {
            return;
        }
        let letters = word.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
        let (Some(row), Some(micro)) =
            (KINDS.iter().find(|row| row.letters == letters), word.get(letters.len()..).and_then(micro_usd))
        else {
            return;
        };
        let price = if row.per_million { PerMillion(micro) } else { PerMillion::of_each(micro) };
        // Steps come in rising order, so the last one reached holds.
        let rates = self.found.get_mut(usize::from(asked)).and_then(|steps| steps.get_mut(usize::from(self.above > 0)));
        if let Some(slot) = rates.and_then(|rates| rates.0.get_mut(row.kind as usize)) {
            *slot = Some(price);
        }
    }

    fn rates(&self) -> Rates {
        let [[plain, plain_step], [tier, tier_step]] = &self.found;
        let mut rates = Rates::default();
        for (row, slot) in KINDS.iter().zip(&mut rates.0) {
            let [plain, plain_step, tier, tier_step] =
                [plain, plain_step, tier, tier_step].map(|rates| rates.own(row.kind));
            *slot = tier_step.or(match (tier, plain_step) {
                (Some(tier), Some(step)) => Some(tier.max(step)),
                (tier, step) => tier.or(step).or(plain),
            });
        }
        rates
    }
}
