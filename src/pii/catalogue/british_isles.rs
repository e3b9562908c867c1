//! Identity numbers of the United Kingdom and Ireland.

use super::{super::checksum, labelled, named, proven, undenied};
use crate::pii::{Detector, Shape, Tier};

/// HMRC: no D F I Q U V first, no O second either, six pairs never issued; suffix A to D.
fn nino(n: &[u8]) -> bool {
    let (Some([a, b]), Some(last)) = (n.get(..2), n.last()) else {
        return false;
    };
    // What stands for a number not yet given, and what generators of test data write.
    if (*a, *b, *last) == (b'Z', b'Z', b'T') {
        return true;
    }
    !b"DFIQUV".contains(a)
        && !b"DFIQUVO".contains(b)
        && ![&b"BG"[..], b"GB", b"KN", b"NK", b"NT", b"TN", b"ZZ"].contains(&&[*a, *b][..])
        && (b'A'..=b'D').contains(last)
}

fn nhs(n: &[u8]) -> bool {
    let sum = checksum::weighted(n, &[10, 9, 8, 7, 6, 5, 4, 3, 2]).map(|s| (11 - s % 11) % 11);
    sum.is_some() && sum.map(u64::from) == checksum::number(n, 9..10) && !checksum::all_same(n)
}

/// The first digit is looked up by the weighted sum of the others modulo 11.
fn utr(n: &[u8]) -> bool {
    let rest = n.get(1..).and_then(|n| checksum::weighted(n, &[6, 7, 8, 9, 10, 5, 4, 3, 2]));
    rest.and_then(|s| b"21987654321".get((s % 11) as usize)) == n.first() && !checksum::all_same(n)
}

/// DVLA: five letters of the surname filled up with 9, decade, month (50 more for women), day, year, two initials, a
/// digit and two characters.
fn driving_licence(n: &[u8]) -> bool {
    let (Some(surname), Some(initials)) = (n.get(..5), n.get(11..13)) else {
        return false;
    };
    let letters = surname.iter().take_while(|b| b.is_ascii_alphabetic()).count();
    let padded = surname.iter().skip(letters).all(|b| *b == b'9');
    let month = checksum::number(n, 6..8).map(|m| if m > 50 { m - 50 } else { m });
    letters > 0
        && padded
        && checksum::date(month, checksum::number(n, 8..10))
        && initials.iter().all(|b| b.is_ascii_alphabetic() || *b == b'9')
        && n.last().is_some_and(u8::is_ascii_alphabetic)
}

/// Letters that no postcode has there.
fn postcode(n: &[u8]) -> bool {
    let inward = n.get(n.len().saturating_sub(2)..).unwrap_or_default();
    n.first().is_some_and(|b| !b"QVX".contains(b)) && !inward.iter().any(|b| b"CIKMOV".contains(b))
}

/// Revenue: weights 8 to 2, nine times the second letter, modulo 23 as a letter.
fn pps(n: &[u8]) -> bool {
    let second = n.get(8).map_or(0, |b| u32::from(b - b'A' + 1));
    let second = if n.get(8) == Some(&b'W') { 0 } else { second };
    let sum = checksum::weighted(n, &[8, 7, 6, 5, 4, 3, 2]).map(|s| (s + 9 * second) % 23);
    sum.and_then(|s| b"WABCDEFGHIJKLMNOPQRSTUV".get(s as usize)) == n.get(7)
        && n.get(8).is_none_or(|b| b"ABHW".contains(b))
}

/// The rows.
pub const ROWS: &[Detector] = &[
    Detector {
        entity: "UK_NINO",
        tier: Tier::Strong,
        what: "British national insurance number",
        shape: Shape::Masks(
            &[undenied("AA######A"), proven("AA ## ## ## A"), proven("AA-##-##-##-A"), undenied("AA ###### A")],
            nino,
        ),
        context: &["nino", "national insurance", "ni number", "ni no", "insurance number"],
        against: &[],
        examples: &["[AB 12 34 56 C]", "[jg121316a]", "NINO [ZZ 12 34 56 T]"],
        counter_examples: &["BG123456A", "AB123456E", "AB1234567C"],
    },
    Detector {
        entity: "UK_NHS",
        tier: Tier::Checked,
        what: "British health service number",
        shape: Shape::Masks(&[labelled("###~###~####"), labelled("##########")], nhs),
        context: &["nhs", "national health", "patient", "nhs number", "nhs no"],
        against: &[],
        examples: &["NHS number [943 476 5919]", "nhs: [9434765919]", "NHS no. [524-273-1672]"],
        counter_examples: &["9434765919", "NHS 9434765918"],
    },
    Detector {
        entity: "UK_UTR",
        tier: Tier::Checked,
        what: "British unique taxpayer reference",
        shape: Shape::Masks(&[labelled("##########"), labelled("##### #####")], utr),
        context: &["utr", "unique taxpayer", "self assessment", "taxpayer reference", "hmrc"],
        against: &[],
        examples: &["UTR [3933633875]", "UTR: [33043 48395]"],
        counter_examples: &["UTR 3933633876", "3933633875"],
    },
    Detector {
        entity: "UK_PASSPORT",
        tier: Tier::Labelled,
        what: "British passport number",
        shape: Shape::Masks(&[named("#########"), named("AA#######")], |n| !checksum::all_same(n)),
        context: &["uk passport", "british passport", "hmpo", "hm passport"],
        against: &[],
        examples: &["UK passport [533401372]"],
        counter_examples: &["533401372", "UK passport 000000000"],
    },
    Detector {
        entity: "UK_DRIVING_LICENCE",
        tier: Tier::Strong,
        what: "British driving licence number",
        shape: Shape::Masks(&[undenied("*****######*****")], driving_licence),
        context: &["dvla", "driving licence", "driver licence", "licence number", "license number"],
        against: &[],
        examples: &["licence [MORGA753116SM9IJ]", "[FARME110165AB5EW]"],
        counter_examples: &["MORGA759916SM9IJ", "ABCDEFGHIJKLMNOP"],
    },
    Detector {
        entity: "UK_POSTCODE",
        tier: Tier::Labelled,
        what: "British postcode",
        shape: Shape::Masks(
            &[
                named("A# #AA"),
                named("A## #AA"),
                named("AA# #AA"),
                named("AA## #AA"),
                named("A#A #AA"),
                named("AA#A #AA"),
            ],
            postcode,
        ),
        context: &["postcode", "post code", "postal code", "zip", "post-code", "delivery postcode", "home postcode"],
        against: &[],
        examples: &["postcode [SW1A 2AA]", "Postcode: [M1 1AE]"],
        counter_examples: &["SW1A 2AA", "postcode SW1A 2CA"],
    },
    Detector {
        entity: "UK_VEHICLE_REGISTRATION",
        tier: Tier::Labelled,
        what: "British number plate",
        shape: Shape::Masks(&[labelled("AA## AAA"), labelled("AA##AAA"), named("A### AAA"), named("A###AAA")], |n| {
            !n.iter().take(2).any(|b| b"IQZ".contains(b))
        }),
        context: &[
            "registration",
            "number plate",
            "licence plate",
            "license plate",
            "plate",
            "vehicle",
            "reg",
            "vrm",
            "car",
        ],
        against: &[],
        examples: &["plate [BD51 SMR]", "my car, reg [BD51SMR]"],
        counter_examples: &["BD51 SMR", "plate QQ51 SMR"],
    },
    Detector {
        entity: "UK_SORT_CODE",
        tier: Tier::Labelled,
        what: "British bank sort code",
        shape: Shape::Masks(&[labelled("##-##-##"), labelled("## ## ##"), named("######")], |n| !checksum::all_same(n)),
        context: &["sort code", "sortcode", "sort-code", "sc", "s/c", "bank sort code", "sort no"],
        against: &[],
        examples: &["sort code [20-00-00]", "Sort Code: [40 47 84]"],
        counter_examples: &["20-00-00", "sort code 00-00-00"],
    },
    Detector {
        entity: "IE_PPS",
        tier: Tier::Strong,
        what: "Irish personal public service number",
        shape: Shape::Masks(
            &[undenied("#######A"), undenied("#######AA"), labelled("#######~A"), labelled("#######~AA")],
            pps,
        ),
        context: &["pps", "ppsn", "pps no", "pps number", "public service number"],
        against: &[],
        examples: &["PPSN [7198166G]", "[2996374FA]"],
        counter_examples: &["PPSN 7198166H", "7198166H"],
    },
];
