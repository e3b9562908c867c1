use super::table::{self, Section};
use super::*;
use crate::config::parse;

fn price(words: &str) -> Price<'_> {
    Price { words, version: "test", max_input_tokens: 0, max_output_tokens: 0 }
}

fn of(preset: &str, model: &str) -> Option<String> {
    Some(table::find(Section::named(preset)?, model)?.words.to_owned())
}

fn refused(row: &str) -> String {
    parse::<PriceRow>(row.as_bytes()).unwrap_err().to_string()
}

#[test]
fn a_cost_is_the_exact_sum_rounded_once() {
    let all = price("i2.5 o10 cr1.25 cw3.75 cw1h6 r12 ia40 oa80 cra20 ii5 oi30");
    let usage = Usage {
        input: 1_000,
        cache_read: 200,
        cache_read_audio: 50,
        cache_write: 300,
        cache_write_1h: 100,
        input_audio: 150,
        input_image: 40,
        output: 500,
        reasoning: 100,
        output_audio: 60,
        output_image: 40,
        ..Usage::default()
    };
    // 360 input, 150 + 50 cached, 200 + 100 written, 100 sound, 40 pictures; 300 output, 100, 60 and 40 of a kind.
    let by_hand = 360.0 * 2.5
        + 150.0 * 1.25
        + 50.0 * 20.0
        + 200.0 * 3.75
        + 100.0 * 6.0
        + 100.0 * 40.0
        + 40.0 * 5.0
        + 300.0 * 10.0
        + 100.0 * 12.0
        + 60.0 * 80.0
        + 40.0 * 30.0;
    assert_eq!(by_hand, 17_837.5);
    assert_eq!(all.cost(&usage, 0), Some(Cost { list_micro_usd: 17_838, micro_usd: 17_838 }));
    // The mark-up is on the exact sum: 17,837.5 x 1.15 is 20,513.125.
    assert_eq!(all.cost(&usage, 1_500).unwrap().micro_usd, 20_513);
    let tiny = Usage { input: 24, ..Usage::default() };
    assert_eq!(price("i0.02").cost(&tiny, 0).unwrap().list_micro_usd, 0, "0.48");
    assert_eq!(price("i0.02").cost(&Usage { input: 25, ..tiny }, 0).unwrap().list_micro_usd, 1, "0.5");
}

#[test]
fn what_is_not_billed_costs_nothing() {
    let usage = Usage { input: 600, output: 20, ..Usage::default() };
    // (tokens billed, cached, thought): the cost, with input at 2, cached at 1, output at 10 and thoughts at 5.
    let rows = [
        ((None, None), (0, 0), 1_400),
        ((Some(100), Some(20)), (0, 0), 400),
        ((Some(100), Some(3)), (0, 0), 230),
        ((Some(0), Some(0)), (0, 0), 0),
        ((Some(700), Some(70)), (0, 0), 1_400),
        // The cached ones cost least, and are the first that are not billed.
        ((Some(550), None), (500, 0), 200 + 450 + 200),
        ((Some(550), None), (540, 0), 120 + 490 + 200),
        ((Some(5), Some(3)), (540, 18), 10 + 20 + 5),
    ];
    for ((input, output), (cache_read, reasoning), want) in rows {
        let usage = Usage { cache_read, reasoning, ..usage }.billed(input, output);
        let cost = price("i2 o10 cr1 r5").cost(&usage, 0).unwrap().list_micro_usd;
        assert_eq!(cost, want, "{input:?} {output:?} {cache_read} {reasoning}");
    }
}

#[test]
fn what_has_no_price_of_its_own_costs_what_it_is_a_part_of() {
    let usage = Usage { input: 100, cache_read: 50, cache_write: 50, cache_write_1h: 50, ..Usage::default() };
    assert_eq!(price("i2").cost(&usage, 0).unwrap().list_micro_usd, 200);
    assert_eq!(price("i2 cr1 cw4").cost(&usage, 0).unwrap().list_micro_usd, 250);
    let thought = Usage { output: 10, reasoning: 4, output_audio: 4, ..Usage::default() };
    assert_eq!(price("i1 o3").cost(&thought, 0).unwrap().list_micro_usd, 30);
}

#[test]
fn what_has_no_price_at_all_makes_the_cost_unknown_and_not_nothing() {
    let both = Usage { input: 10, output: 10, ..Usage::default() };
    assert_eq!(price("i2").cost(&both, 0), None);
    assert_eq!(price("o2").cost(&both, 0), None);
    assert_eq!(price("").cost(&both, 0), None);
    assert_eq!(price("i0 o0").cost(&both, 0).unwrap().list_micro_usd, 0, "said to be nothing");
    let pictures = Usage { images: 2, ..Usage::default() };
    assert_eq!(price("i2 o2").cost(&pictures, 0), None);
    assert_eq!(price("img0.04").cost(&pictures, 0).unwrap().list_micro_usd, 80_000);
    // By the piece: the tokens that an estimate says are not what is paid for.
    assert_eq!(price("req0.002").cost(&both, 0).unwrap().list_micro_usd, 2_000);
    assert_eq!(price("req0.002").cost(&Usage { search_units: 3, ..both }, 0).unwrap().list_micro_usd, 6_000);
    assert_eq!(price("chr15").cost(&Usage { characters: 1_000, ..both }, 0).unwrap().list_micro_usd, 15_000);
}

#[test]
fn nothing_overflows() {
    let most = 1_000_000_000;
    let usage = Usage { input: u64::MAX, output: u64::MAX, cache_read: most, ..Usage::default() };
    assert_eq!(price("i1000 o1000").cost(&usage, u32::MAX).unwrap().micro_usd, u64::MAX);
}

#[test]
fn a_step_and_a_tier_change_the_price_and_never_make_it_too_low() {
    let words = "i2 o10 cr1 >128000 i3 >200000 i4 o15 batch i1 o5 priority i5 o20 >200000 i8";
    let rows = [
        (ServiceTier::Standard, 128_000, "2 10 1"),
        (ServiceTier::Standard, 128_001, "3 10 1"),
        (ServiceTier::Standard, 200_001, "4 15 1"),
        (ServiceTier::Priority, 1, "5 20 1"),
        // Priority says its step for input only; output is the higher of 20 and 15.
        (ServiceTier::Priority, 200_001, "8 20 1"),
        // A batch says no step: the ordinary one is higher.
        (ServiceTier::Batch, 1, "1 5 1"),
        (ServiceTier::Batch, 200_001, "4 15 1"),
        (ServiceTier::Flex, 200_001, "4 15 1"),
    ];
    for (tier, input, want) in rows {
        let rates = price(words).rates(tier, input);
        let got = [Kind::Input, Kind::Output, Kind::CacheRead].map(|kind| usd(rates.of(kind).unwrap().0));
        assert_eq!(got.join(" "), want, "{tier:?} {input}");
    }
}

#[test]
fn every_row_of_the_table_can_be_read() {
    let text = include_str!("table/prices.txt");
    let mut names = std::collections::BTreeSet::new();
    let mut section = "";
    for line in text.lines() {
        if line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']');
            assert_eq!(Section::named(section).map(Section::name), Some(section));
            continue;
        }
        let (cell, models) = line.split_once(" : ").unwrap();
        let mut words = cell.split(' ');
        assert!(words.by_ref().take(2).all(|word| word.parse::<u64>().is_ok()), "{line}");
        for word in words {
            let letters = word.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
            let price = KINDS.iter().any(|row| row.letters == letters)
                && word.get(letters.len()..).and_then(micro_usd).is_some();
            let step = word.strip_prefix('>').is_some_and(|above| above.parse::<u64>().is_ok());
            assert!(price || step || ServiceTier::named(word).is_some(), "{word} of {line}");
        }
        for model in models.split(' ') {
            assert!(names.insert((section, model)), "{section}/{model} stands there twice");
            assert!(table::find(Section::named(section).unwrap(), model).is_some(), "{section}/{model}");
        }
    }
    assert!(names.len() > 2_000, "{}", names.len());
    assert_eq!(TABLE_DATE.len(), 10);
    assert!(text.starts_with(&format!("# Prices of models, in US dollars, on {TABLE_DATE}.")));
}

#[test]
fn a_model_is_found_under_the_names_that_providers_take_for_it() {
    let rows = [
        ("openai", "gpt-4o-2024-08-06", "openai", "gpt-4o"),
        ("openai_responses", "GPT-4o", "openai", "gpt-4o"),
        ("openai", "gpt-4o-mini-2099-01-01", "openai", "gpt-4o-mini"),
        ("openai", "ft:gpt-4o-2024-08-06:acme::AbC12", "openai", "ft:gpt-4o-2024-08-06"),
        ("anthropic", "claude-sonnet-4-5-20250929", "anthropic", "claude-sonnet-4-5"),
        ("vertex_anthropic", "claude-sonnet-4-5@20250929", "vertex", "claude-sonnet-4-5@20250929"),
        ("vertex_anthropic", "claude-opus-4-8@20990101", "vertex", "claude-opus-4-8"),
        ("vertex_gemini", "publishers/google/models/gemini-2.5-pro", "vertex", "gemini-2.5-pro"),
        ("gemini", "models/gemini-2.5-pro", "gemini", "gemini-2.5-pro"),
        ("fireworks", "accounts/fireworks/models/deepseek-v3", "fireworks", "deepseek-v3"),
        (
            "aws.bedrock",
            "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-5-20250929-v1:0",
            "aws.bedrock_invoke",
            "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        ),
        ("aws.bedrock", "us-gov.amazon.nova-micro-v1:0", "aws.bedrock", "amazon.nova-micro-v1:0"),
        ("azure_openai", "gpt-4o-2024-11-20", "azure", "gpt-4o-2024-11-20"),
    ];
    for (preset, model, same_preset, same) in rows {
        let found = of(preset, model);
        assert!(found.is_some(), "{preset} {model}");
        assert_eq!(found, of(same_preset, same), "{preset} {model}");
    }
    // A region can cost more, and then has a row of its own.
    assert_ne!(
        of("aws.bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        of("aws.bedrock", "global.anthropic.claude-sonnet-4-5-20250929-v1:0"),
    );
    let unknown = [
        ("openai", "gpt-none"),
        ("openai", "ft:gpt-none:acme::x"),
        ("openai", "-2024-08-06"),
        ("openai", ""),
        ("azure_openai", "gpt-4o-2024-08-06.ft-0123456789abcdef"),
        ("openai_compatible", "gpt-4o"),
        ("openrouter", "openai/gpt-4o:free"),
        ("aws.bedrock", "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc"),
        ("openai", "\u{e9}\u{e9}\u{e9}-2024-08-06"),
    ];
    for (preset, model) in unknown {
        assert_eq!(of(preset, model), None, "{preset} {model}");
    }
    let (section, _) = table::find_anywhere("claude-sonnet-4-5").unwrap();
    assert_eq!(section.name(), "anthropic");
}

#[test]
fn the_operators_rows_come_first() {
    let rows = [
        r#"{"provider":"eu","model":"gpt-4o","usd_per_million":{"input":"2","output":8}}"#,
        r#"{"provider":"azure_openai","model":"chat-*","same_as":"openai/gpt-4o-mini"}"#,
        r#"{"model":"llama","usd_per_million":{"input":0.1,"output":"0.2"},"usd_each":{"request":"0.001"},
            "above":[{"input_tokens":8000,"usd_per_million":{"input":1}}],
            "tiers":{"flex":{"usd_per_million":{"input":"0.05"}}},"max_input_tokens":9000}"#,
    ];
    let prices = Prices::new(rows.map(|row| parse(row.as_bytes()).unwrap().0).into());
    let find = |provider, preset, model, answered| {
        let price = prices.find(&Asked { provider, preset, model, answered })?;
        Some((price.words.trim().to_owned(), price.version, price.max_input_tokens))
    };
    let own = Some(("i2 o8".to_owned(), "configuration", 128_000));
    assert_eq!(find("eu", "openai", "gpt-4o", "gpt-4o-2024-08-06"), own);
    assert_eq!(find("us", "openai", "gpt-4o", "").unwrap().1, TABLE_DATE);
    let mini = find("", "openai", "gpt-4o-mini", "").unwrap();
    assert_eq!(find("a", "azure_openai", "chat-1", "").unwrap().0, mini.0);
    let llama = Some(("req0.001 i0.1 o0.2 >8000 i1 flex i0.05".to_owned(), "configuration", 9_000));
    assert_eq!(find("home", "vllm", "llama", ""), llama);
    assert_eq!(find("home", "vllm", "gpt-4o", ""), None, "a server of one's own has no list price");
    // Azure's answer says what stands behind a deployment's name; elsewhere the name asked for is the one priced.
    assert_eq!(find("a", "azure_openai", "my-deployment", "gpt-4o-2024-11-20").map(|found| found.1), Some(TABLE_DATE));
    assert_ne!(
        find("b", "aws.bedrock_invoke", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5-20250929"),
        find("b", "anthropic", "claude-sonnet-4-5", ""),
    );
    assert_eq!(find("", "", "gpt-4o", "").unwrap().1, TABLE_DATE, "before anybody was asked");
}

#[test]
fn a_row_of_another_unit_is_refused_with_its_path() {
    let rows = [
        (
            r#"{"model":"m","usd_per_million":{"input":"0.0000025"}}"#,
            "usd_per_million.input: expected dollars with at most six places behind the point, e.g. \"2.50\", got 0.0000025",
        ),
        (
            r#"{"model":"m","usd_per_million":{"input":"0.000025"}}"#,
            "usd_per_million.input: 0.000025 dollars for a million is no price of a model, 0.001 to 10000 are; per token \
             it would be a million times less, per thousand a thousand times",
        ),
        (r#"{"model":"m","usd_per_million":{"input":"-1"}}"#, "usd_per_million.input: a price is not negative"),
        (r#"{"model":"m","usd_per_million":{"input":-1}}"#, "usd_per_million.input: a price is not negative"),
        (r#"{"model":"m","usd_per_million":{"input":true}}"#, "usd_per_million.input: expected dollars, e.g. \"2.50\""),
        (r#"{"model":"m"}"#, "configuration: give usd_per_million, usd_each or same_as"),
        (
            r#"{"model":"m","usd_per_million":{"input":1},"above":[{"input_tokens":9,"usd_per_million":{}},
                {"input_tokens":9,"usd_per_million":{}}]}"#,
            "above[1].input_tokens: expected more than the step before has",
        ),
        (
            r#"{"model":"m","usd_per_million":{"input":1},"tiers":{"flex":{"usd_per_million":{"input":99999}}}}"#,
            "tiers.flex.usd_per_million.input: 99999 dollars for a million is no price of a model, 0.001 to 10000 are; \
             per token it would be a million times less, per thousand a thousand times",
        ),
    ];
    for (row, want) in rows {
        assert_eq!(refused(row), want, "{row}");
    }
    assert!(refused(r#"{"model":"m","usd_per_token":{"input":1}}"#).contains("usd_per_token"));
    assert!(refused(r#"{"model":"m","usd_per_million":{"inputs":1}}"#).contains("did you mean \"input\"?"));
    assert!(refused(r#"{"model":"m","same_as":"openai/gpt-none"}"#).starts_with("same_as: expected a row"));
}

#[test]
fn a_price_says_its_steps_and_what_one_of_it_costs() {
    let words = "i2 >128000 i3 >200000 i4 batch i1 >200000 i2";
    assert_eq!(price(words).steps().collect::<Vec<_>>(), [128_000, 200_000]);
    for (micro, markup, want) in
        [(2_500_000, 0, "0.0000025"), (150_000, 1_500, "0.0000001725"), (1, 1, "0.0000000000010001"), (0, 0, "0")]
    {
        assert_eq!(PerMillion(micro).usd_each(markup), want);
    }
    assert_eq!(PerMillion::of_each(40_000).usd_each(0), "0.04");
}
