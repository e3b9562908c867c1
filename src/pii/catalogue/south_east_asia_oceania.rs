//! Identity numbers of South-East Asia, Australia and New Zealand.

use super::{super::checksum, labelled, proven, undenied};
use crate::pii::{Detector, Shape, Tier};

fn tfn(n: &[u8]) -> bool {
    let weights: &[u32] = if n.len() == 8 { &[10, 7, 8, 4, 6, 3, 5, 1] } else { &[1, 4, 3, 7, 5, 8, 6, 9, 10] };
    checksum::weighted(n, weights).is_some_and(|s| s % 11 == 0) && !checksum::all_same(n)
}

/// The first digit less one, weights 10 1 3 5 ... 19, divisible by 89.
fn abn(n: &[u8]) -> bool {
    checksum::weighted(n, &[10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]).is_some_and(|s| s % 89 == 10)
}

fn acn(n: &[u8]) -> bool {
    let check = checksum::weighted(n, &[8, 7, 6, 5, 4, 3, 2, 1]).map(|s| u64::from((10 - s % 10) % 10));
    check == checksum::number(n, 8..9) && !checksum::all_same(n)
}

fn medicare(n: &[u8]) -> bool {
    let check = checksum::number(n, 8..9).map(|c| c as u32);
    matches!(n.first(), Some(b'2'..=b'6')) && checksum::weighted(n, &[1, 3, 7, 9, 1, 3, 7, 9]).map(|s| s % 10) == check
}

/// Inland Revenue: weights 3 2 7 6 5 4 3 2, and 7 4 3 2 5 2 7 6 when the first sum gives ten.
fn ird(n: &[u8]) -> bool {
    let padded: Vec<u8> = if n.len() == 8 { [b"0", n].concat() } else { n.to_vec() };
    let check = |weights: &[u32]| checksum::weighted(&padded, weights).map(|s| (11 - s % 11) % 11);
    let check = match check(&[3, 2, 7, 6, 5, 4, 3, 2]) {
        Some(10) => check(&[7, 4, 3, 2, 5, 2, 7, 6]),
        first => first,
    };
    check.map(u64::from) == checksum::number(&padded, 8..9)
        && matches!(checksum::number(&padded, 0..9), Some(10_000_000..=150_000_000))
}

/// Weights 2 7 6 5 4 3 2; T and G count four more, M three; each series has its letters.
fn nric(n: &[u8]) -> bool {
    let (Some(first), Some(last), Some(body)) = (n.first(), n.last(), n.get(1..8)) else {
        return false;
    };
    let Some(sum) = checksum::weighted(body, &[2, 7, 6, 5, 4, 3, 2]) else {
        return false;
    };
    let (add, letters) = match first {
        b'S' => (0, b"JZIHGFEDCBA"),
        b'T' => (4, b"JZIHGFEDCBA"),
        b'F' => (0, b"XWUTRQPNMLK"),
        b'G' => (4, b"XWUTRQPNMLK"),
        b'M' => (3, b"XWUTRQPNJLK"),
        _ => return false,
    };
    let place = (sum + add) % 11;
    letters.get(if *first == b'M' { 10 - place } else { place } as usize) == Some(last)
}

fn thai(n: &[u8]) -> bool {
    let check = checksum::weighted(n, &[13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]).map(|s| u64::from((11 - s % 11) % 10));
    check == checksum::number(n, 12..13) && matches!(n.first(), Some(b'1'..=b'8')) && !checksum::all_same(n)
}

/// Birth and place.
fn malaysian(n: &[u8]) -> bool {
    checksum::date(checksum::number(n, 2..4), checksum::number(n, 4..6))
        && matches!(checksum::number(n, 6..8), Some(1..=16 | 21..=68 | 71..=72 | 74..=79 | 82..=93 | 98..=99))
}

/// Province and birth; women's days are 40 higher.
fn indonesian(n: &[u8]) -> bool {
    matches!(checksum::number(n, 0..2), Some(11..=21 | 31..=36 | 51..=53 | 61..=65 | 71..=76 | 81..=82 | 91..=97))
        && checksum::date(
            checksum::number(n, 8..10),
            checksum::number(n, 6..8).map(|d| if d > 40 { d - 40 } else { d }),
        )
}

fn vietnamese(n: &[u8]) -> bool {
    matches!(checksum::number(n, 0..3), Some(1..=96)) && matches!(n.get(3), Some(b'0'..=b'3'))
}

fn not_same(n: &[u8]) -> bool {
    !checksum::all_same(n)
}

/// The rows.
pub const ROWS: &[Detector] = &[
    Detector {
        entity: "AU_TFN",
        tier: Tier::Checked,
        what: "Australian tax file number",
        shape: Shape::Masks(
            &[labelled("###~###~###"), labelled("#########"), labelled("########"), labelled("## ### ###")],
            tfn,
        ),
        context: &["tfn", "tax file", "tax file number"],
        against: &[],
        examples: &["TFN [123 456 782]", "tfn [123456782]"],
        counter_examples: &["123456782", "TFN 123 456 783"],
    },
    Detector {
        entity: "AU_ABN",
        tier: Tier::Checked,
        what: "Australian business number",
        shape: Shape::Masks(&[labelled("## ### ### ###"), labelled("###########"), labelled("##-###-###-###")], abn),
        context: &["abn", "australian business number", "business number", "a.b.n", "abn number", "abn no"],
        against: &[],
        examples: &["ABN [60 253 701 177]", "abn: [60253701177]"],
        counter_examples: &["ABN 60 253 701 178", "60 253 701 177"],
    },
    Detector {
        entity: "AU_ACN",
        tier: Tier::Checked,
        what: "Australian company number",
        shape: Shape::Masks(&[labelled("### ### ###"), labelled("#########")], acn),
        context: &["acn", "australian company number", "company number", "arbn", "a.c.n", "acn number", "acn no"],
        against: &[],
        examples: &["ACN [181 630 491]", "ACN: [248423798]"],
        counter_examples: &["ACN 181 630 492", "248423798"],
    },
    Detector {
        entity: "AU_MEDICARE",
        tier: Tier::Checked,
        what: "Australian Medicare number",
        shape: Shape::Masks(
            &[
                labelled("#### ##### #"),
                labelled("##########"),
                labelled("####-#####-#"),
                labelled("#### ##### #-#"),
                labelled("#### ##### #/#"),
                labelled("#### ##### # #"),
                labelled("###########"),
                labelled("##########/#"),
                labelled("##########-#"),
            ],
            medicare,
        ),
        context: &["medicare", "medicare number", "medicare card", "medicare no"],
        against: &[],
        examples: &["Medicare [2123 45670 1]"],
        counter_examples: &["2123456701"],
    },
    Detector {
        entity: "NZ_IRD",
        tier: Tier::Checked,
        what: "New Zealand tax number",
        shape: Shape::Masks(
            &[
                labelled("##-###-###"),
                labelled("###-###-###"),
                labelled("#########"),
                labelled("########"),
                labelled("### ### ###"),
                labelled("## ### ###"),
            ],
            ird,
        ),
        context: &["ird", "inland revenue", "ird number", "ird no"],
        against: &[],
        examples: &["IRD [92-423-662]", "IRD number: [103742374]"],
        counter_examples: &["IRD 92-423-663", "103742374"],
    },
    Detector {
        entity: "NZ_NHI",
        tier: Tier::Labelled,
        what: "New Zealand health number",
        shape: Shape::Masks(&[labelled("AAA####"), labelled("AAA##AA")], |_| true),
        context: &["nhi", "national health index", "nhi number"],
        against: &[],
        examples: &["NHI [ZAC5361]"],
        counter_examples: &["ZAC5361"],
    },
    Detector {
        entity: "SG_NRIC_FIN",
        tier: Tier::Strong,
        what: "Singaporean identity number",
        shape: Shape::Masks(&[proven("A#######A")], nric),
        context: &["nric", "fin", "ic number", "nric no", "identity card"],
        against: &[],
        examples: &["[S1234567D]"],
        counter_examples: &["S1234567A"],
    },
    Detector {
        entity: "SG_UEN",
        tier: Tier::Checked,
        what: "Singaporean company number",
        shape: Shape::Masks(
            &[labelled("#########A"), labelled("##########A"), labelled("T##AA####A"), labelled("S##AA####A")],
            |n| n.iter().any(u8::is_ascii_digit),
        ),
        context: &["uen", "unique entity number", "business registration", "acra"],
        against: &[],
        examples: &["UEN [202049405C]", "UEN: [T08LL1234A]"],
        counter_examples: &["202049405C"],
    },
    Detector {
        entity: "TH_TNIN",
        tier: Tier::Checked,
        what: "Thai person number",
        shape: Shape::Masks(
            &[proven("#-####-#####-##-#"), labelled("#############"), proven("# #### ##### ## #")],
            thai,
        ),
        context: &[
            "บัตรประชาชน",
            "เลขบัตรประชาชน",
            "เลขประจำตัวประชาชน",
            "เลขประจำตัว",
            "thai id",
            "national id",
            "citizen id",
        ],
        against: &[],
        examples: &["บัตรประชาชน [1650414128713]", "[3-5862-61711-09-7]"],
        counter_examples: &["3-5862-61711-09-8", "1650414128713"],
    },
    Detector {
        entity: "MY_NRIC",
        tier: Tier::Strong,
        what: "Malaysian identity number",
        shape: Shape::Masks(
            &[undenied("######-##-####"), labelled("############"), labelled("###### ## ####")],
            malaysian,
        ),
        context: &["nric", "mykad", "kad pengenalan", "no kp", "ic", "ic number", "no. kad pengenalan"],
        against: &[],
        examples: &["MyKad [531008-14-1806]", "kad pengenalan: [730818141438]"],
        counter_examples: &["531308-14-1806", "730818141438"],
    },
    Detector {
        entity: "ID_NIK",
        tier: Tier::Labelled,
        what: "Indonesian person number",
        shape: Shape::Masks(
            &[labelled("################"), labelled("####.####.####.####"), labelled("###### ###### ####")],
            indonesian,
        ),
        context: &["nik", "ktp", "e-ktp", "nomor induk kependudukan", "no ktp"],
        against: &[],
        examples: &["NIK [3204111909679720]", "KTP: [3204100502843774]"],
        counter_examples: &["3204111909679720", "NIK 3204119909679720"],
    },
    Detector {
        entity: "ID_NPWP",
        tier: Tier::Labelled,
        what: "Indonesian tax number",
        shape: Shape::Masks(
            &[labelled("##.###.###.#-###.###"), labelled("###############"), labelled("################")],
            |n| !checksum::all_same(n),
        ),
        context: &["npwp", "nomor pokok wajib pajak"],
        against: &[],
        examples: &["NPWP: [09.254.294.3-407.000]", "npwp [092542943407000]"],
        counter_examples: &["09.254.294.3-407.000"],
    },
    Detector {
        entity: "VN_CCCD",
        tier: Tier::Labelled,
        what: "Vietnamese citizen number",
        shape: Shape::Masks(&[labelled("############")], vietnamese),
        context: &["cccd", "căn cước", "căn cước công dân", "cmnd", "số cccd", "định danh"],
        against: &[],
        examples: &["CCCD [001085012345]", "căn cước công dân số [079190001234]"],
        counter_examples: &["001085012345"],
    },
    Detector {
        entity: "PH_TIN",
        tier: Tier::Labelled,
        what: "Philippine tax number",
        shape: Shape::Masks(
            &[
                labelled("###-###-###"),
                labelled("###-###-###-###"),
                labelled("############"),
                labelled("#########"),
                labelled("###-###-###-#####"),
            ],
            not_same,
        ),
        context: &["tin", "bir", "tax identification", "tin no"],
        against: &[],
        examples: &["TIN [123-456-789-000]"],
        counter_examples: &["123-456-789"],
    },
    Detector {
        entity: "PH_SSS",
        tier: Tier::Labelled,
        what: "Philippine social security number",
        shape: Shape::Masks(&[labelled("##-#######-#"), labelled("##########")], not_same),
        context: &["sss", "sss number", "social security system", "sss no"],
        against: &[],
        examples: &["SSS [34-1234567-8]"],
        counter_examples: &["34-1234567-8"],
    },
    Detector {
        entity: "PH_PHILSYS",
        tier: Tier::Labelled,
        what: "Philippine national identity number",
        shape: Shape::Masks(
            &[
                labelled("####-####-####-####"),
                labelled("####-#######-#"),
                labelled("################"),
                labelled("############"),
            ],
            not_same,
        ),
        context: &[
            "philsys",
            "philid",
            "psn",
            "pcn",
            "philippine national id",
            "national id",
            "philsys number",
            "philsys card number",
            "phil id",
            "national id number",
        ],
        against: &[],
        examples: &["PhilSys [1234-5678-9012-3456]"],
        counter_examples: &["1234-5678-9012-3456"],
    },
];
