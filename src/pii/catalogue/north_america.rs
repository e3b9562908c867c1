//! Identity numbers of the United States and Canada.

use super::{super::checksum, labelled, named, proven, undenied};
use crate::pii::{Detector, Shape, Tier};

/// Never issued: areas 000, 666 and 9xx, group 00, serial 0000, and two numbers printed in advertisements.
fn ssn(n: &[u8]) -> bool {
    let part = |range| checksum::number(n, range).unwrap_or(0);
    let (area, group, serial) = (part(0..3), part(3..5), part(5..9));
    !matches!(area, 0 | 666 | 900..)
        && group != 0
        && serial != 0
        && !matches!(n, b"078051120" | b"219099999" | b"123456789")
        && !checksum::all_same(n)
}

fn itin(n: &[u8]) -> bool {
    n.first() == Some(&b'9')
        && n.get(5..) != Some(b"0000")
        && checksum::number(n, 3..5).is_some_and(|g| matches!(g, 50..=65 | 70..=88 | 90..=92 | 94..=99))
}

/// The campuses' and the internet's prefixes that the IRS has assigned.
fn ein(n: &[u8]) -> bool {
    matches!(
        checksum::number(n, 0..2),
        Some(1..=6 | 10..=16 | 20..=27 | 30..=48 | 50..=68 | 71..=77 | 80..=88 | 90..=95 | 98..=99)
    )
}

/// Odd places once, even places twice, the last digit of the sum.
fn dea(n: &[u8]) -> bool {
    let sum = n.get(2..).and_then(|n| checksum::weighted(n, &[1, 2, 1, 2, 1, 2])).map(|s| u64::from(s % 10));
    let holder = n.first().is_some_and(|b| b"ABCDEFGHJKLMPRSTUX".contains(b));
    holder && sum == checksum::number(n, 8..9)
}

/// CMS: no S L O I B Z, which look like digits.
fn mbi(n: &[u8]) -> bool {
    n.first() != Some(&b'0') && !n.iter().any(|b| b"SLOIBZ".contains(b))
}

fn not_same(n: &[u8]) -> bool {
    !checksum::all_same(n)
}

fn some_digits(n: &[u8]) -> bool {
    n.iter().filter(|b| b.is_ascii_digit()).count() >= 4 && !checksum::all_same(n)
}

/// The rows.
pub const ROWS: &[Detector] = &[
    Detector {
        entity: "US_SSN",
        tier: Tier::Strong,
        what: "US social security number; without separators only beside a word",
        shape: Shape::Masks(
            &[
                undenied("###-##-####"),
                undenied("### ## ####"),
                labelled("###.##.####"),
                labelled("#########"),
                labelled("###/##/####"),
                labelled("###_##_####"),
            ],
            ssn,
        ),
        context: &[
            "ssn",
            "social security",
            "social sec",
            "soc sec",
            "social",
            "ss#",
            "ss number",
            "ss no",
            "ssns",
            "ssa",
            "tax id",
            "taxpayer",
            "seguro social",
            "número de seguro social",
            "sozialversicherung",
            "社会安全号",
            "social insurance",
        ],
        against: &[],
        examples: &[
            "SSN [536-90-4399]",
            "[536 90 4399].",
            "ssn: [536904399]",
            "my social security number is [536904399]",
            "[536904399] is my ssn",
            "ssn [536.90.4399]",
            "[536‑90‑4399]",
            "[５３６-９０-４３９９]",
            "[093-66-7541]",
        ],
        counter_examples: &[
            "000-12-3456",
            "666-12-3456",
            "900-12-3456",
            "536-00-4399",
            "536-90-0000",
            "536904399",
            "078-05-1120",
            "order 536904399",
            "536-90-4399-1",
            "1536-90-4399",
            "part 536-90-4399",
        ],
    },
    Detector {
        entity: "US_ITIN",
        tier: Tier::Strong,
        what: "US individual taxpayer number",
        shape: Shape::Masks(&[undenied("###-##-####"), undenied("### ## ####"), labelled("#########")], itin),
        context: &["itin", "taxpayer", "tax id", "individual taxpayer"],
        against: &[],
        examples: &["ITIN [912-70-1234]", "itin [912701234]"],
        counter_examples: &["912-10-1234", "912701234"],
    },
    Detector {
        entity: "US_EIN",
        tier: Tier::Labelled,
        what: "US employer number",
        shape: Shape::Masks(&[labelled("##-#######"), named("#########")], ein),
        context: &["ein", "fein", "employer", "employer identification", "federal tax id", "tax id", "employer id"],
        against: &[],
        examples: &["EIN [52-6018159]", "employer identification number: [94-6030824]"],
        counter_examples: &["52-6018159", "EIN 07-1234567"],
    },
    Detector {
        entity: "US_PASSPORT",
        tier: Tier::Labelled,
        what: "US passport number",
        shape: Shape::Masks(&[named("#########"), named("A########")], not_same),
        context: &[
            "passport",
            "passport number",
            "passport no",
            "passport #",
            "us passport",
            "travel document",
            "passport card",
        ],
        against: &[],
        examples: &["passport number [912803456]", "Passport No: [C01234567]"],
        counter_examples: &["912803456", "passport number 000000000"],
    },
    Detector {
        entity: "US_DRIVER_LICENSE",
        tier: Tier::Labelled,
        what: "US driving licence number, in the spellings of the states",
        shape: Shape::Masks(
            &[
                named("A#######"),
                named("A########"),
                named("A############"),
                named("A##############"),
                named("AA######"),
                named("AA######A"),
                named("#######"),
                named("########"),
                named("#########"),
                named("##########"),
                named("############"),
                named("A###-####-####"),
                named("A###-###-##-###-#"),
                named("A###-###-###-###"),
                named("A######"),
                named("A#########"),
                named("##AAA#####"),
                named("AA#####"),
                named("A###-#######"),
                named("A#-###-###"),
                named("######A"),
            ],
            some_digits,
        ),
        context: &[
            "driver's license",
            "drivers license",
            "driver license",
            "driving license",
            "driving licence",
            "driver licence",
            "driver's licence",
            "dl",
            "dl number",
            "dl no",
            "dl #",
            "licence number",
            "license number",
            "license no",
            "driver's license number",
            "dmv",
            "drivers licence",
            "licence no",
            "drivers lic",
            "driver lic",
            "operator license",
            "operator licence",
            "dln",
            "license #",
            "licence #",
            "driver id",
        ],
        against: &[],
        examples: &["driver's license [D1234567]", "DL: [F255-921-50-094-0]", "driver license number is [08476213]"],
        counter_examples: &["D1234567"],
    },
    Detector {
        entity: "US_NPI",
        tier: Tier::Checked,
        what: "US health provider number",
        shape: Shape::Masks(&[labelled("##########"), labelled("####-###-###")], |n| {
            matches!(n.first(), Some(b'1' | b'2')) && checksum::luhn_with_prefix(b"80840", n)
        }),
        context: &["npi", "provider", "national provider"],
        against: &[],
        examples: &["NPI [1234567893]"],
        counter_examples: &["NPI 1234567894", "1234567893"],
    },
    Detector {
        entity: "MEDICAL_LICENSE",
        tier: Tier::Checked,
        what: "US DEA number of prescribers",
        shape: Shape::Masks(&[labelled("AA#######"), labelled("A9#######"), labelled("AA-#######")], dea),
        context: &["dea", "prescriber", "medical license", "dea number", "dea no", "dea #", "medical certificate"],
        against: &[],
        examples: &["DEA [AB1234563]", "DEA number: [BB1388568]"],
        counter_examples: &["DEA AB1234564", "AB1234563"],
    },
    Detector {
        entity: "US_MBI",
        tier: Tier::Strong,
        what: "US Medicare number",
        shape: Shape::Masks(&[proven("#A*#-A*#-AA##"), undenied("#A*#A*#AA##"), undenied("#A*# A*# AA##")], mbi),
        context: &["medicare", "mbi", "medicare number", "beneficiary"],
        against: &[],
        examples: &["[1EG4-TE5-MK73]", "Medicare: [1EG4TE5MK73]"],
        counter_examples: &["1SG4-TE5-MK73"],
    },
    Detector {
        entity: "US_MEDICARE_HICN",
        tier: Tier::Labelled,
        what: "US Medicare number of before 2020",
        shape: Shape::Masks(
            &[
                labelled("#########A"),
                labelled("###-##-####-A"),
                labelled("###-##-####A"),
                labelled("#########A#"),
                labelled("###-##-####-A#"),
                labelled("###-##-####A#"),
            ],
            |n| n.last().is_some_and(|b| b"ABCDEFJKMTW".contains(b)),
        ),
        context: &["hicn", "medicare", "medicare claim", "health insurance claim number", "medicare claim number"],
        against: &[],
        examples: &["HICN [536904399A]"],
        counter_examples: &["536904399A"],
    },
    Detector {
        entity: "CA_SIN",
        tier: Tier::Checked,
        what: "Canadian social insurance number",
        shape: Shape::Masks(&[labelled("###~###~###"), labelled("#########")], |n| {
            !matches!(n.first(), Some(b'0' | b'8')) && checksum::luhn(n) && !checksum::all_same(n)
        }),
        context: &[
            "sin",
            "social insurance",
            "social insurance number",
            "assurance sociale",
            "numéro d'assurance sociale",
            "nas",
            "s.i.n",
            "n.a.s",
            "sin number",
            "sin no",
        ],
        against: &[],
        examples: &["SIN [130-692-544]", "sin: [130692544]"],
        counter_examples: &["130-692-544", "SIN 130-692-545"],
    },
    Detector {
        entity: "CA_HEALTH_NUMBER",
        tier: Tier::Labelled,
        what: "Canadian health card number",
        shape: Shape::Masks(
            &[
                labelled("####-###-###"),
                labelled("####-###-###-AA"),
                labelled("##########"),
                labelled("#### ### ###"),
                labelled("#### ### ### AA"),
                labelled("#########"),
                labelled("AAAA########"),
                labelled("AAAA #### ####"),
                labelled("##### ####"),
                labelled("#####-####"),
                labelled("AAAA ########"),
                labelled("AAAA-####-####"),
            ],
            not_same,
        ),
        context: &[
            "health card",
            "health card number",
            "ohip",
            "ramq",
            "carte soleil",
            "msp",
            "phn",
            "personal health number",
            "carte santé",
            "assurance maladie",
            "care card",
            "carte d'assurance maladie",
            "numéro d'assurance maladie",
            "health number",
            "health insurance number",
            "medicare number",
            "ahcip",
            "mcp number",
            "health card no",
        ],
        against: &[],
        examples: &["OHIP [5584-486-674]", "health card number: [5584486674]"],
        counter_examples: &["5584-486-674"],
    },
    Detector {
        entity: "CA_BUSINESS_NUMBER",
        tier: Tier::Checked,
        what: "Canadian business number",
        shape: Shape::Masks(
            &[
                labelled("#########RT####"),
                labelled("#########RC####"),
                labelled("#########RP####"),
                labelled("######### RT ####"),
                labelled("#########"),
                labelled("##### ####"),
                labelled("#########RM####"),
                labelled("#########RZ####"),
            ],
            |n| n.get(..9).is_some_and(checksum::luhn),
        ),
        context: &[
            "business number",
            "bn",
            "gst",
            "hst",
            "gst/hst",
            "numéro d'entreprise",
            "gst number",
            "hst number",
            "gst no",
            "cra business number",
            "gst/hst number",
            "numéro de tps",
            "numéro de tvh",
        ],
        against: &[],
        examples: &["GST/HST [760926030RT0001]"],
        counter_examples: &["760926030RT0001", "GST 760926031RT0001"],
    },
    Detector {
        entity: "CA_DRIVER_LICENSE",
        tier: Tier::Labelled,
        what: "Canadian driving licence number",
        shape: Shape::Masks(
            &[named("A####-#####-#####"), named("A##############"), named("A####-######-##"), named("######-###")],
            some_digits,
        ),
        context: &[
            "driver's licence",
            "driver licence",
            "driver license",
            "permis de conduire",
            "driver's license",
            "licence number",
            "dl",
            "dl number",
            "licence no",
            "driver licence number",
            "drivers licence",
            "numéro de permis",
        ],
        against: &[],
        examples: &["driver's licence [A1234-56789-01234]"],
        counter_examples: &["A1234-56789-01234"],
    },
];
