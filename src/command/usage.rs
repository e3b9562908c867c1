//! `postern usage`: sums the usage records into bills. Whole numbers all the way, so the sums are those of the metrics.

use std::collections::BTreeMap;
use std::io::Write;

use serde_json::Value;

use super::{Done, Failure, Streams, lines};
use crate::chat::{COUNTS, ServiceTier, Usage};
use crate::config;
use crate::cost::{Asked, Prices, usd};
use crate::filter::FilterConfig;

/// What a table is by.
enum Dimension {
    /// A field of the record.
    Field(&'static str, &'static str),
    /// The day, UTC.
    Day,
    /// A tag.
    Tag(String),
}

/// Dimensions by the words for them.
const FIELDS: [(&str, &str); 6] = [
    ("tenant", "postern.tenant"),
    ("key", "postern.key"),
    ("model", "gen_ai.request.model"),
    ("target", "postern.target_model"),
    ("provider", "gen_ai.provider.name"),
    ("operation", "gen_ai.operation.name"),
];

impl Dimension {
    fn named(word: &str) -> Result<Self, Failure> {
        if let Some(tag) = word.strip_prefix("tag:").filter(|tag| !tag.is_empty()) {
            return Ok(Self::Tag(tag.to_owned()));
        }
        if word == "day" {
            return Ok(Self::Day);
        }
        let known = FIELDS.iter().find(|(known, _)| *known == word);
        known.map(|(word, field)| Self::Field(word, field)).ok_or_else(|| {
            let words: Vec<_> = FIELDS.iter().map(|(word, _)| *word).collect();
            Failure::Usage(format!("--by {word}: it takes {}, day or tag:NAME", words.join(", ")))
        })
    }

    fn title(&self) -> String {
        match self {
            Self::Field(word, _) => (*word).to_owned(),
            Self::Day => "day".to_owned(),
            Self::Tag(name) => format!("tag:{name}"),
        }
    }

    fn of(&self, record: &Value) -> String {
        let text = match self {
            Self::Field(_, field) => record.get(field).and_then(Value::as_str),
            Self::Tag(name) => record.get("postern.tags").and_then(|tags| tags.get(name)).and_then(Value::as_str),
            Self::Day => return day(record.get("time_ms").and_then(Value::as_u64).unwrap_or(0) / 86_400_000),
        };
        text.unwrap_or("-").to_owned()
    }
}

/// The day of that number since the epoch, as ISO 8601 has it.
fn day(number: u64) -> String {
    // Years begin in March, so that the day that some have more comes last; see cost::table::date_secs.
    let days = number + 719_468;
    let era = days / 146_097;
    let of_era = days % 146_097;
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (year, month) = (era * 400 + year_of_era, if month < 10 { month + 3 } else { month - 9 });
    format!("{:04}-{month:02}-{day:02}", year + u64::from(month <= 2))
}

/// The sums of a group of records.
#[derive(Default)]
struct Sums {
    requests: u64,
    usage: Usage,
    micro_usd: u64,
    list_micro_usd: u64,
    unknown_prices: u64,
    estimated: u64,
}

/// What records are read with.
struct Options {
    tables: Vec<Vec<Dimension>>,
    csv: bool,
    reprice: Option<Prices>,
}

pub fn run(words: &[&str], streams: &mut Streams<'_>) -> Done {
    let (mut by, mut csv, mut reprice, mut paths) = ("tenant model", false, None, Vec::new());
    let mut rest = words.iter().copied();
    while let Some(word) = rest.next() {
        let mut value = || rest.next().ok_or_else(|| Failure::Usage(format!("{word} wants a value")));
        match word {
            "--by" => by = value()?,
            "--csv" => csv = true,
            "--reprice" => reprice = Some(prices(value()?)?),
            "-" => paths.push(word),
            other if other.starts_with('-') => return Err(Failure::Usage(format!("usage has no {other}"))),
            path => paths.push(path),
        }
    }
    if paths.is_empty() {
        return Err(Failure::Usage("usage wants files or directories of records".into()));
    }
    let table = |words: &str| words.split(',').map(Dimension::named).collect::<Result<Vec<_>, _>>();
    let tables = by.split_whitespace().map(table).collect::<Result<Vec<_>, _>>()?;
    if tables.is_empty() || csv && tables.len() > 1 {
        return Err(Failure::Usage("--by: one table for --csv, e.g. --by tenant,model; at least one otherwise".into()));
    }
    let options = Options { tables, csv, reprice };
    let mut report = Report { groups: options.tables.iter().map(|_| BTreeMap::new()).collect(), ..Report::default() };
    lines::each(&paths, streams, &mut |_, _, line| report.read(line, &options))?;
    report.write(&options, streams.out)?;
    if report.others > 0 {
        writeln!(streams.err, "{} lines are no usage records", report.others)?;
    }
    match report.broken {
        0 => Ok(()),
        // A bill without them would be too small.
        broken => Err(Failure::Failed(format!("{broken} records are cut off or broken, and in no sum"))),
    }
}

/// The operator's prices, out of a configuration; `-` for none.
fn prices(file: &str) -> Result<Prices, Failure> {
    if file == "-" {
        return Ok(Prices::new(Vec::new()));
    }
    let failed = |why: String| Failure::Failed(format!("{file}: {why}"));
    let bytes = std::fs::read(file).map_err(|error| failed(error.to_string()))?;
    let (config, _) = config::parse::<FilterConfig>(&bytes).map_err(|errors| failed(errors.to_string()))?;
    let gateway = config.gateway.ok_or_else(|| failed("not a gateway's configuration".into()))?;
    Ok(Prices::new(gateway.prices))
}

#[derive(Default)]
struct Report {
    groups: Vec<BTreeMap<Vec<String>, Sums>>,
    /// Lines that are something else.
    others: u64,
    /// Lines that were to be records.
    broken: u64,
}

impl Report {
    fn read(&mut self, line: &[u8], options: &Options) {
        if line.first() != Some(&b'{') {
            self.others += 1;
            return;
        }
        match serde_json::from_slice::<Value>(line) {
            Ok(record) if record.get("time_ms").is_some() && record.get("http.response.status_code").is_some() => {
                self.add(&record, options);
            }
            Ok(_) => self.others += 1,
            Err(_) => self.broken += 1,
        }
    }

    fn add(&mut self, record: &Value, options: &Options) {
        let usage = usage_of(record);
        let number = |field: &str| record.get(field).and_then(Value::as_u64);
        let flag = |field: &str| record.get(field).and_then(Value::as_bool).unwrap_or(false);
        let cost = match &options.reprice {
            Some(prices) => usage.map(|usage| reprice_all(record, &usage, prices)),
            None if flag("postern.cost.unknown_price") => Some(None),
            None => number("postern.cost.micro_usd").zip(number("postern.cost.list_micro_usd")).map(Some),
        };
        for (table, groups) in options.tables.iter().zip(&mut self.groups) {
            let sums = groups.entry(table.iter().map(|dimension| dimension.of(record)).collect()).or_default();
            sums.requests += 1;
            sums.usage = sums.usage.plus(&usage.unwrap_or_default());
            sums.estimated += u64::from(flag("postern.usage.estimated"));
            match cost {
                Some(Some((micro_usd, list_micro_usd))) => {
                    sums.micro_usd = sums.micro_usd.saturating_add(micro_usd);
                    sums.list_micro_usd = sums.list_micro_usd.saturating_add(list_micro_usd);
                }
                Some(None) => sums.unknown_prices += 1,
                None => {}
            }
        }
    }

    fn write(&self, options: &Options, out: &mut dyn Write) -> std::io::Result<()> {
        for (at, (table, groups)) in options.tables.iter().zip(&self.groups).enumerate() {
            let titles = table.iter().map(Dimension::title);
            if options.csv {
                csv(titles.collect(), groups, out)?;
                continue;
            }
            if at > 0 {
                writeln!(out)?;
            }
            text(titles.collect(), groups, out)?;
        }
        Ok(())
    }
}

/// The usage of a record; None: it has none.
fn usage_of(record: &Value) -> Option<Usage> {
    let number = |field: &str| record.get(field).and_then(Value::as_u64);
    let mut usage = Usage::default();
    let mut any = false;
    for count in &COUNTS {
        if let Some(number) = number(count.field) {
            *(count.of)(&mut usage) = number;
            any = true;
        }
    }
    let tier = record.get("postern.usage.service_tier").and_then(Value::as_str).and_then(ServiceTier::named);
    usage.tier = tier.unwrap_or_default();
    any.then_some(usage)
}

/// A record's costs anew, marked-up and by the list; None: no price is known. An answer that was thrown away is paid for by
/// itself, as it was asked for.
fn reprice_all(record: &Value, usage: &Usage, prices: &Prices) -> Option<(u64, u64)> {
    let markup = record.get("postern.cost.markup_basis_points").and_then(Value::as_u64).unwrap_or(0);
    let Some(thrown) = record.get("postern.thrown_away") else { return reprice(record, usage, markup, prices) };
    let spent = usage_of(thrown)?;
    let (first, first_list) = reprice(thrown, &spent, markup, prices)?;
    let rest = usage.minus(&spent);
    if rest.total() == 0 {
        return Some((first, first_list));
    }
    let (second, second_list) = reprice(record, &rest, markup, prices)?;
    Some((first + second, first_list + second_list))
}

fn reprice(record: &Value, usage: &Usage, markup: u64, prices: &Prices) -> Option<(u64, u64)> {
    let text = |field: &str| record.get(field).and_then(Value::as_str).unwrap_or_default();
    let asked = Asked {
        provider: text("gen_ai.provider.name"),
        preset: text("postern.preset"),
        model: text("postern.target_model"),
        answered: text("gen_ai.response.model"),
    };
    let cost = prices.find(&asked)?.cost(usage, u32::try_from(markup).unwrap_or(u32::MAX))?;
    Some((cost.micro_usd, cost.list_micro_usd))
}

fn csv(titles: Vec<String>, groups: &BTreeMap<Vec<String>, Sums>, out: &mut dyn Write) -> std::io::Result<()> {
    let cell = |text: &str| {
        // A spreadsheet would take these for formulas.
        let safe =
            if text.starts_with(['=', '+', '-', '@']) && text != "-" { format!("'{text}") } else { text.to_owned() };
        let quoted = safe.contains([',', '"', '\n', '\r']);
        if quoted { format!("\"{}\"", safe.replace('"', "\"\"")) } else { safe }
    };
    let mut head: Vec<String> = titles;
    head.push("requests".to_owned());
    head.extend(
        COUNTS.iter().map(|count| if count.tokens { format!("{}_tokens", count.name) } else { count.name.into() }),
    );
    head.extend(["micro_usd", "list_micro_usd", "unknown_prices", "estimated"].map(str::to_owned));
    writeln!(out, "{}", head.join(","))?;
    for (names, sums) in groups {
        let mut row: Vec<String> = names.iter().map(|name| cell(name)).collect();
        row.push(sums.requests.to_string());
        row.extend(COUNTS.iter().map(|count| count.get(&sums.usage).to_string()));
        let rest = [sums.micro_usd, sums.list_micro_usd, sums.unknown_prices, sums.estimated];
        row.extend(rest.map(|number| number.to_string()));
        writeln!(out, "{}", row.join(","))?;
    }
    Ok(())
}

fn text(titles: Vec<String>, groups: &BTreeMap<Vec<String>, Sums>, out: &mut dyn Write) -> std::io::Result<()> {
    let mut total = Sums::default();
    let numbers = |sums: &Sums| {
        let counts = [sums.requests, sums.usage.input, sums.usage.cache_read, sums.usage.output, sums.usage.reasoning];
        let mut cells: Vec<String> = counts.map(|number| number.to_string()).into();
        cells.extend([usd(sums.micro_usd), usd(sums.list_micro_usd)]);
        cells.extend([sums.unknown_prices.to_string(), sums.estimated.to_string()]);
        cells
    };
    let columns = [
        "requests",
        "input",
        "of it cached",
        "output",
        "of it reasoning",
        "usd",
        "list usd",
        "unknown prices",
        "estimated",
    ];
    let names = titles.len();
    let mut lines = vec![titles.into_iter().chain(columns.map(str::to_owned)).collect::<Vec<_>>()];
    for (group, sums) in groups {
        // A name may hold anything that a client said; a terminal need not obey it.
        let shown = |name: &String| name.chars().map(|c| if c.is_control() { '?' } else { c }).collect::<String>();
        lines.push(group.iter().map(shown).chain(numbers(sums)).collect());
        total.requests += sums.requests;
        total.usage = total.usage.plus(&sums.usage);
        total.micro_usd = total.micro_usd.saturating_add(sums.micro_usd);
        total.list_micro_usd = total.list_micro_usd.saturating_add(sums.list_micro_usd);
        total.unknown_prices += sums.unknown_prices;
        total.estimated += sums.estimated;
    }
    let all = (0..names).map(|at| if at == 0 { "total".to_owned() } else { String::new() });
    lines.push(all.chain(numbers(&total)).collect());
    let mut widths = vec![0; names + columns.len()];
    for line in &lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = cell.chars().count().max(*width);
        }
    }
    for line in &lines {
        let cells = line.iter().zip(&widths).enumerate().map(|(at, (cell, &width))| match at < names {
            true => format!("{cell:<width$}"),
            false => format!("{cell:>width$}"),
        });
        writeln!(out, "{}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
    }
    if total.unknown_prices > 0 {
        writeln!(out, "{} requests have no known price and are in no sum of money", total.unknown_prices)?;
    }
    Ok(())
}
