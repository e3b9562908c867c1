//! Identity numbers of North and South America.

use super::{super::checksum, labelled, proven, undenied};
use crate::pii::{Detector, Shape, Tier};

/// Never issued: areas 000, 666 and 9xx, group 00, serial 0000, and two numbers printed in advertisements.
fn ssn(n: &[u8]) -> bool {
    let part = |range| checksum::number(n, range).unwrap_or(0);
    let (area, group, serial) = (part(0..3), part(3..5), part(5..9));
    !matches!(area, 0 | 666 | 900..)
        && group != 0
        && serial != 0
        && !matches!(n, b"078051120" | b"219099999")
        && !checksum::all_same(n)
}

fn itin(n: &[u8]) -> bool {
    n.first() == Some(&b'9')
        && n.get(5..) != Some(b"0000")
        && checksum::number(n, 3..5).is_some_and(|g| matches!(g, 50..=65 | 70..=88 | 90..=92 | 94..=99))
}

/// The rows.
pub const ROWS: &[Detector] = &[
    Detector {
        entity: "US_SSN",
        tier: Tier::Strong,
        what: "US social security number; without separators only beside a word",
        shape: Shape::Masks(
            &[undenied("###-##-####"), undenied("### ## ####"), labelled("###.##.####"), labelled("#########")],
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
        ],
        against: &[],
        examples: &[
            "SSN [536-90-4399]",
            "[536 90 4399].",
            "ssn: [536904399]",
            "my social security number is [536904399]",
            "[536904399] is my ssn",
            "ssn [536.90.4399]",
            "[536\u{2011}90\u{2011}4399]",
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
        entity: "US_NPI",
        tier: Tier::Checked,
        what: "US health provider number",
        shape: Shape::Masks(&[labelled("##########")], |n| {
            matches!(n.first(), Some(b'1' | b'2')) && checksum::luhn_with_prefix(b"80840", n)
        }),
        context: &["npi", "provider"],
        against: &[],
        examples: &["NPI [1234567893]"],
        counter_examples: &["NPI 1234567894", "1234567893"],
    },
    Detector {
        entity: "CA_SIN",
        tier: Tier::Checked,
        what: "Canadian social insurance number",
        shape: Shape::Masks(&[labelled("###~###~###"), labelled("#########")], |n| {
            !matches!(n.first(), Some(b'0' | b'8')) && checksum::luhn(n)
        }),
        context: &["sin", "social insurance", "assurance sociale", "nas"],
        against: &[],
        examples: &["SIN [130-692-544]", "sin: [130692544]"],
        counter_examples: &["130-692-544", "SIN 130-692-545"],
    },
    Detector {
        entity: "BR_CPF",
        tier: Tier::Strong,
        what: "Brazilian person number",
        shape: Shape::Masks(&[proven("###.###.###-##"), labelled("###########")], checksum::cpf),
        context: &["cpf", "cadastro de pessoas"],
        against: &[],
        examples: &["CPF [529.982.247-25]", "cpf [52998224725]"],
        counter_examples: &["529.982.247-26", "111.111.111-11", "52998224725"],
    },
    Detector {
        entity: "BR_CNPJ",
        tier: Tier::Strong,
        what: "Brazilian company number",
        shape: Shape::Masks(&[proven("##.###.###/####-##"), labelled("##############")], checksum::cnpj),
        context: &["cnpj"],
        against: &[],
        examples: &["[11.222.333/0001-81]"],
        counter_examples: &["11.222.333/0001-82"],
    },
];
