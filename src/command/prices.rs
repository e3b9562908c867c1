//! `postern prices`: the bundled table, as a person reads it.

use super::{Done, Failure, Streams};
use crate::chat::ServiceTier;
use crate::cost::{KINDS, TABLE_DATE, table, usd};

pub fn run(words: &[&str], streams: &mut Streams<'_>) -> Done {
    let ["show", model] = words else { return Err(Failure::Usage("prices wants `show MODEL`".into())) };
    let mut found = false;
    for section in table::Section::all() {
        let Some(price) = table::find(section, model) else { continue };
        found = true;
        writeln!(streams.out, "{}/{model}  ({TABLE_DATE})", section.name())?;
        for (what, tokens) in [("input", price.max_input_tokens), ("output", price.max_output_tokens)] {
            if tokens > 0 {
                writeln!(streams.out, "  max {what} tokens  {tokens}")?;
            }
        }
        let steps = std::iter::once(0).chain(price.steps());
        for (above, tier) in steps.flat_map(|above| ServiceTier::ALL.map(|tier| (above, tier))) {
            let rates = price.rates(tier, above.saturating_add(u64::from(above > 0)));
            let ordinary = price.rates(ServiceTier::Standard, above.saturating_add(u64::from(above > 0)));
            if tier != ServiceTier::Standard && rates == ordinary {
                continue;
            }
            let above = if above > 0 { format!(", input above {above} tokens") } else { String::new() };
            writeln!(streams.out, "  {}{above}", tier.name())?;
            for row in &KINDS {
                let Some(price) = rates.own(row.kind) else { continue };
                let (dollars, per) =
                    if row.per_million { (price.0, "a million") } else { (price.0 / 1_000_000, "each") };
                writeln!(streams.out, "    {:<18} ${} {per}", row.name, usd(dollars))?;
            }
        }
    }
    if !found {
        return Err(Failure::Failed(format!(
            "{model} is not in the bundled table of {TABLE_DATE}; its price is unknown"
        )));
    }
    Ok(())
}
