//! Identity numbers of Asia and Oceania.

use super::{super::checksum, labelled, proven, undenied};
use crate::pii::{Detector, Shape, Tier};

fn chinese(n: &[u8]) -> bool {
    checksum::mod11_2(n)
        && matches!(checksum::number(n, 6..10), Some(1900..=2099))
        && checksum::date(checksum::number(n, 10..12), checksum::number(n, 12..14))
}

fn tfn(n: &[u8]) -> bool {
    checksum::weighted(n, &[1, 4, 3, 7, 5, 8, 6, 9, 10]).is_some_and(|s| s % 11 == 0) && !checksum::all_same(n)
}

/// The first digit less one, weights 10 1 3 5 ... 19, divisible by 89.
fn abn(n: &[u8]) -> bool {
    checksum::weighted(n, &[10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]).is_some_and(|s| s % 89 == 10)
}

fn medicare(n: &[u8]) -> bool {
    let check = checksum::number(n, 8..9).map(|c| c as u32);
    matches!(n.first(), Some(b'2'..=b'6')) && checksum::weighted(n, &[1, 3, 7, 9, 1, 3, 7, 9]).map(|s| s % 10) == check
}

/// Weights 2 7 6 5 4 3 2; T and G count four more, M three; each series has its letters.
fn nric(n: &[u8]) -> bool {
    let (Some(first), Some(last), Some(body)) = (n.first(), n.last(), n.get(1..8)) else { return false };
    let Some(sum) = checksum::weighted(body, &[2, 7, 6, 5, 4, 3, 2]) else { return false };
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

/// The dates are checked; the sum is not, as numbers issued since October 2020 have none.
fn rrn(n: &[u8]) -> bool {
    checksum::date(checksum::number(n, 2..4), checksum::number(n, 4..6)) && matches!(n.get(6), Some(b'1'..=b'8'))
}

/// The rows.
pub const ROWS: &[Detector] = &[
    Detector {
        entity: "CN_RESIDENT_ID",
        tier: Tier::Strong,
        what: "Chinese resident identity number",
        shape: Shape::Masks(&[proven("##################"), proven("#################X")], chinese),
        context: &["身份证"],
        against: &[],
        examples: &["身份证[11010519491231002X]"],
        counter_examples: &["110105194912310021"],
    },
    Detector {
        entity: "IN_AADHAAR",
        tier: Tier::Checked,
        what: "Indian resident number",
        shape: Shape::Masks(&[undenied("#### #### ####"), undenied("####-####-####"), labelled("############")], |n| {
            matches!(n.first(), Some(b'2'..=b'9')) && checksum::verhoeff(n) && !checksum::all_same(n)
        }),
        context: &["aadhaar", "aadhar", "uidai", "आधार"],
        against: &[],
        examples: &["Aadhaar [2341 2341 2346]", "aadhaar: [234123412346]"],
        counter_examples: &["2341 2341 2347", "234123412346", "784C 7826 7845 7850"],
    },
    Detector {
        entity: "IN_PAN",
        tier: Tier::Strong,
        what: "Indian tax number",
        shape: Shape::Masks(&[undenied("AAAAA####A")], |n| {
            matches!(n.get(3), Some(b'A' | b'B' | b'C' | b'F' | b'G' | b'H' | b'J' | b'L' | b'P' | b'T'))
        }),
        context: &["pan", "permanent account"],
        against: &[],
        examples: &["PAN [ABCPE1234F]"],
        counter_examples: &["ABCDE1234F", "model ABCPE1234F"],
    },
    Detector {
        entity: "AU_TFN",
        tier: Tier::Checked,
        what: "Australian tax file number",
        shape: Shape::Masks(&[labelled("###~###~###"), labelled("#########")], tfn),
        context: &["tfn", "tax file"],
        against: &[],
        examples: &["TFN [123 456 782]", "tfn [123456782]"],
        counter_examples: &["123456782", "TFN 123 456 783"],
    },
    Detector {
        entity: "AU_ABN",
        tier: Tier::Checked,
        what: "Australian business number",
        shape: Shape::Masks(&[labelled("## ### ### ###"), labelled("###########")], abn),
        context: &["abn", "australian business number"],
        against: &[],
        examples: &["ABN [60 253 701 177]", "abn: [60253701177]"],
        counter_examples: &["ABN 60 253 701 178", "60 253 701 177"],
    },
    Detector {
        entity: "AU_MEDICARE",
        tier: Tier::Checked,
        what: "Australian Medicare number",
        shape: Shape::Masks(&[labelled("#### ##### #"), labelled("##########")], medicare),
        context: &["medicare"],
        against: &[],
        examples: &["Medicare [2123 45670 1]"],
        counter_examples: &["2123456701"],
    },
    Detector {
        entity: "SG_NRIC_FIN",
        tier: Tier::Strong,
        what: "Singaporean identity number",
        shape: Shape::Masks(&[proven("A#######A")], nric),
        context: &["nric", "fin"],
        against: &[],
        examples: &["[S1234567D]"],
        counter_examples: &["S1234567A"],
    },
    Detector {
        entity: "KR_RRN",
        tier: Tier::Strong,
        what: "Korean resident number",
        shape: Shape::Masks(&[undenied("######-#######"), labelled("#############")], rrn),
        context: &["rrn", "주민", "주민등록번호"],
        against: &[],
        examples: &["[900101-1234567]"],
        counter_examples: &["901301-1234567"],
    },
];
