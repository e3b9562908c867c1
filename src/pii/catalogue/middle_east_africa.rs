//! Identity numbers of Turkey, the Middle East, Africa.

use super::{super::checksum, labelled, named, undenied};
use crate::pii::{Detector, Shape, Tier};

fn turkish(n: &[u8]) -> bool {
    let digits: Vec<u32> = n.iter().map(|b| u32::from(b.wrapping_sub(b'0'))).collect();
    let [a, b, c, d, e, f, g, h, i, tenth, last] = digits[..] else {
        return false;
    };
    let (odd, even) = (a + c + e + g + i, b + d + f + h);
    a != 0 && (odd * 7 + 90 - even) % 10 == tenth && (odd + even + tenth) % 10 == last
}

/// Weights 1 and 2 in turn from the left, digits of the products summed.
fn israeli(n: &[u8]) -> bool {
    checksum::luhn(n) && !checksum::all_same(n)
}

/// Birth, serial, citizenship, an old digit, Luhn.
fn south_african(n: &[u8]) -> bool {
    checksum::luhn(n)
        && checksum::date(checksum::number(n, 2..4), checksum::number(n, 4..6))
        && matches!(n.get(10), Some(b'0'..=b'2'))
}

/// Century, birth, governorate.
fn egyptian(n: &[u8]) -> bool {
    matches!(n.first(), Some(b'2' | b'3'))
        && checksum::date(checksum::number(n, 3..5), checksum::number(n, 5..7))
        && matches!(checksum::number(n, 7..9), Some(1..=35 | 88))
}

fn saudi(n: &[u8]) -> bool {
    matches!(n.first(), Some(b'1' | b'2')) && checksum::luhn(n)
}

fn not_same(n: &[u8]) -> bool {
    !checksum::all_same(n)
}

/// The rows.
pub const ROWS: &[Detector] = &[
    Detector {
        entity: "TR_NATIONAL_ID",
        tier: Tier::Checked,
        what: "Turkish person number",
        shape: Shape::Masks(&[labelled("###########")], turkish),
        context: &[
            "kimlik",
            "tc kimlik",
            "tc",
            "t.c",
            "tckn",
            "kimlik no",
            "kimlik numarası",
            "kimlik numaram",
            "t.c. no",
            "t_c_no",
            "tc no",
            "t.c. kimlik",
            "tc nosu",
            "vatandaşlık no",
        ],
        against: &[],
        examples: &["TC Kimlik No: [82367322520]", "TCKN [20992754132]"],
        counter_examples: &["TC Kimlik No 82367322521", "82367322520"],
    },
    Detector {
        entity: "TR_LICENSE_PLATE",
        tier: Tier::Labelled,
        what: "Turkish number plate",
        shape: Shape::Masks(
            &[
                labelled("## A ####"),
                labelled("## AA ###"),
                labelled("## AA ####"),
                labelled("## AAA ##"),
                labelled("## AAA ###"),
                labelled("##AA###"),
                labelled("##AAA##"),
                labelled("##AAA###"),
                labelled("##A####"),
            ],
            |n| matches!(checksum::number(n, 0..2), Some(1..=81)),
        ),
        context: &["plaka", "plakası", "plakalı", "araç"],
        against: &[],
        examples: &["plaka [34 ABC 123]", "plakası: [06ABC12]"],
        counter_examples: &["34 ABC 123", "plaka 99 ABC 123"],
    },
    Detector {
        entity: "IL_ID",
        tier: Tier::Checked,
        what: "Israeli person number",
        shape: Shape::Masks(&[labelled("#########"), labelled("########-#")], israeli),
        context: &[
            "תעודת זהות",
            "תעודת הזהות",
            "זהות",
            "ת.ז",
            "ת\"ז",
            "תז",
            "מספר זהות",
            "teudat zehut",
            "israeli id",
            "id number",
        ],
        against: &[],
        examples: &["תעודת זהות [938582236]", "ת.ז. [103771911]"],
        counter_examples: &["תעודת זהות 938582237", "938582236"],
    },
    Detector {
        entity: "ZA_ID_NUMBER",
        tier: Tier::Checked,
        what: "South African person number",
        shape: Shape::Masks(
            &[labelled("#############"), labelled("###### #### ###"), labelled("###### #### # # #")],
            south_african,
        ),
        context: &[
            "id number",
            "id no",
            "identity number",
            "identiteitsnommer",
            "sa id",
            "rsa id",
            "south african id",
            "said",
        ],
        against: &[],
        examples: &["ID number [8110190088061]", "SA ID: [890727 3703 080]"],
        counter_examples: &["8110190088061", "ID number 8110190088062"],
    },
    Detector {
        entity: "EG_NATIONAL_ID",
        tier: Tier::Labelled,
        what: "Egyptian person number",
        shape: Shape::Masks(&[labelled("##############")], egyptian),
        context: &["الرقم القومي", "رقم قومي", "national id", "بطاقة"],
        against: &[],
        examples: &["الرقم القومي [29001011234567]"],
        counter_examples: &["29001011234567", "national id 29013011234567"],
    },
    Detector {
        entity: "NG_NIN",
        tier: Tier::Labelled,
        what: "Nigerian person number",
        shape: Shape::Masks(&[labelled("###########"), labelled("#### ### ####")], not_same),
        context: &[
            "nin",
            "national identification number",
            "nimc",
            "national identity number",
            "national identification no",
            "nin number",
            "nin no",
        ],
        against: &[],
        examples: &["NIN [12345678901]"],
        counter_examples: &["12345678901"],
    },
    Detector {
        entity: "NG_VEHICLE_REGISTRATION",
        tier: Tier::Labelled,
        what: "Nigerian number plate",
        shape: Shape::Masks(
            &[labelled("AAA-###AA"), labelled("AAA-### AA"), labelled("AAA###AA"), labelled("AAA ### AA")],
            |_| true,
        ),
        context: &["plate number", "plate", "number plate", "registration", "vehicle"],
        against: &[],
        examples: &["plate number [ABC-123DE]"],
        counter_examples: &["ABC-123DE"],
    },
    Detector {
        entity: "KE_ID",
        tier: Tier::Labelled,
        what: "Kenyan identity number",
        shape: Shape::Masks(&[named("########"), named("#######")], not_same),
        context: &[
            "kenyan id",
            "kenya id",
            "huduma",
            "kitambulisho",
            "national id",
            "identity number",
            "national id no",
        ],
        against: &[],
        examples: &["Kitambulisho [23456789]"],
        counter_examples: &["23456789"],
    },
    Detector {
        entity: "SA_NATIONAL_ID",
        tier: Tier::Checked,
        what: "Saudi identity or residence number",
        shape: Shape::Masks(&[labelled("##########")], saudi),
        context: &[
            "رقم الهوية",
            "هوية وطنية",
            "الهوية الوطنية",
            "iqama",
            "إقامة",
            "رقم الإقامة",
            "saudi id",
            "national id",
            "السجل المدني",
            "رقم السجل المدني",
            "هوية",
            "saudi national id",
            "iqama number",
            "iqama no",
        ],
        against: &[],
        examples: &["رقم الهوية [1058529940]", "Iqama [2058529948]"],
        counter_examples: &["1058529940", "Iqama 2058529949"],
    },
    Detector {
        entity: "AE_EMIRATES_ID",
        tier: Tier::Strong,
        what: "identity number of the United Arab Emirates",
        shape: Shape::Masks(
            &[undenied("784-####-#######-#"), labelled("784############"), undenied("784 #### ####### #")],
            checksum::luhn,
        ),
        context: &["emirates id", "eid", "الهوية الإماراتية", "هوية"],
        against: &[],
        examples: &["Emirates ID [784-1985-1234567-3]"],
        counter_examples: &["784-1985-1234567-4", "784-1985-123456-7"],
    },
];
