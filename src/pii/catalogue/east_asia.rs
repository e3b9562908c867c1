//! Identity numbers of China, Japan, Korea, Taiwan, Hong Kong.

use super::{super::checksum, labelled, named, proven, undenied};
use crate::pii::{Detector, Shape, Tier};

fn chinese(n: &[u8]) -> bool {
    checksum::mod11_2(n)
        && matches!(n.first(), Some(b'1'..=b'9'))
        && matches!(checksum::number(n, 6..10), Some(1900..=2099))
        && checksum::date(checksum::number(n, 10..12), checksum::number(n, 12..14))
}

/// Before 1999: 15 digits, without century and sum.
fn chinese_old(n: &[u8]) -> bool {
    matches!(checksum::number(n, 0..2), Some(11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65))
        && checksum::date(checksum::number(n, 8..10), checksum::number(n, 10..12))
}

/// GB 32100: 18 characters, the last a sum modulo 31.
fn uscc(n: &[u8]) -> bool {
    const ALPHABET: &[u8] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    let value = |b: &u8| ALPHABET.iter().position(|a| a == b).map(|p| p as u32);
    let mut sum = 0;
    for (b, weight) in n.iter().zip([1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28]) {
        let Some(value) = value(b) else { return false };
        sum += value * weight;
    }
    let check = ALPHABET.get(((31 - sum % 31) % 31) as usize);
    // After who registered it and as what comes the region, in digits.
    let region = n.get(2..8).is_some_and(|region| region.iter().all(u8::is_ascii_digit));
    region && check == n.last() && n.iter().any(u8::is_ascii_alphabetic)
}

/// MIC: weights 6 5 4 3 2 7 6 5 4 3 2; a remainder of 0 or 1 is written 0.
fn my_number(n: &[u8]) -> bool {
    let check = checksum::weighted(n, &[6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]).map(|s| match s % 11 {
        0 | 1 => 0,
        rest => u64::from(11 - rest),
    });
    check == checksum::number(n, 11..12) && !checksum::all_same(n)
}

/// The dates are checked; the sum is not, as numbers issued since October 2020 have none.
fn rrn(n: &[u8]) -> bool {
    checksum::date(checksum::number(n, 2..4), checksum::number(n, 4..6)) && matches!(n.get(6), Some(b'0'..=b'9'))
}

fn frn(n: &[u8]) -> bool {
    rrn(n) && matches!(n.get(6), Some(b'5'..=b'8'))
}

/// The letter as two digits, then weights 1 9 8 7 6 5 4 3 2 1 1.
fn taiwanese(n: &[u8]) -> bool {
    const LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVXYWZIO";
    let Some((first, rest)) = n.split_first() else {
        return false;
    };
    let Some(place) = LETTERS.iter().position(|l| l == first) else {
        return false;
    };
    let code = place as u32 + 10;
    let sum = checksum::weighted(rest, &[8, 7, 6, 5, 4, 3, 2, 1, 1]).map(|s| s + code / 10 + code % 10 * 9);
    sum.is_some_and(|s| s % 10 == 0) && matches!(rest.first(), Some(b'1' | b'2' | b'8' | b'9'))
}

/// One or two letters as 10 to 35 (a missing one as 36), weights 9 to 2, modulo 11; A stands for ten.
fn hkid(n: &[u8]) -> bool {
    let letters = n.iter().take_while(|b| b.is_ascii_alphabetic()).count();
    let value = |b: &u8| u32::from(if b.is_ascii_digit() { b - b'0' } else { b - b'A' + 10 });
    let padded = if letters == 1 { 36 * 9 } else { 0 };
    let weights = (1..=(8 - u32::from(letters == 1)) + 1).rev();
    let sum: u32 = padded + n.iter().zip(weights).map(|(b, w)| value(b) * w).sum::<u32>();
    (1..=2).contains(&letters) && sum.is_multiple_of(11)
}

/// The rows.
pub const ROWS: &[Detector] = &[
    Detector {
        entity: "CN_RESIDENT_ID",
        tier: Tier::Strong,
        what: "Chinese resident identity number",
        shape: Shape::Masks(
            &[
                proven("##################"),
                proven("#################X"),
                proven("###### ######## ####"),
                undenied("######-########-####"),
                proven("###### ######## ###X"),
            ],
            chinese,
        ),
        context: &["身份证", "身份证号", "身份證", "公民身份号码", "居民身份证", "id card"],
        against: &[],
        examples: &["身份证[11010519491231002X]", "[110105198102119360]"],
        counter_examples: &["110105194912310021"],
    },
    Detector {
        entity: "CN_RESIDENT_ID_OLD",
        tier: Tier::Labelled,
        what: "Chinese resident identity number of before 1999, 15 digits",
        shape: Shape::Masks(&[labelled("###############")], chinese_old),
        context: &["身份证", "身份证号", "居民身份证", "旧身份证"],
        against: &[],
        examples: &["身份证号：[110105491231002]"],
        counter_examples: &["110105491231002", "身份证 990105491231002"],
    },
    Detector {
        entity: "CN_USCC",
        tier: Tier::Strong,
        what: "Chinese company number (unified social credit code)",
        shape: Shape::Masks(&[undenied("******************")], uscc),
        context: &["统一社会信用代码", "信用代码", "uscc", "税号"],
        against: &[],
        examples: &["统一社会信用代码：[91110000600037341L]"],
        counter_examples: &["91110000600037341M"],
    },
    Detector {
        entity: "JP_MY_NUMBER",
        tier: Tier::Checked,
        what: "Japanese individual number",
        shape: Shape::Masks(
            &[labelled("############"), labelled("#### #### ####"), labelled("####-####-####")],
            my_number,
        ),
        context: &["マイナンバー", "個人番号", "my number", "mynumber", "マイナンバーは"],
        against: &[],
        examples: &["マイナンバー：[168400588137]", "個人番号は[0711 5890 0585]"],
        counter_examples: &["マイナンバー 168400588138", "168400588137"],
    },
    Detector {
        entity: "JP_DRIVER_LICENSE",
        tier: Tier::Labelled,
        what: "Japanese driving licence number",
        shape: Shape::Masks(&[labelled("############")], |n| !checksum::all_same(n)),
        context: &["運転免許証番号", "免許証番号", "運転免許証", "運転免許", "免許番号"],
        against: &[],
        examples: &["運転免許証番号：[305012345670]"],
        counter_examples: &["305012345670"],
    },
    Detector {
        entity: "KR_RRN",
        tier: Tier::Strong,
        what: "Korean resident number",
        shape: Shape::Masks(&[undenied("######-#######"), labelled("#############")], rrn),
        context: &["rrn", "주민", "주민등록번호", "주민번호"],
        against: &[],
        examples: &["[900101-1234567]", "주민등록번호 [8905291189282]"],
        counter_examples: &["901301-1234567", "8905291189282"],
    },
    Detector {
        entity: "KR_FRN",
        tier: Tier::Strong,
        what: "Korean number of foreign residents",
        shape: Shape::Masks(&[labelled("######-#######"), labelled("#############")], frn),
        context: &["외국인등록번호", "외국인", "frn", "foreigner registration"],
        against: &[],
        examples: &["외국인등록번호 [900101-5234567]"],
        counter_examples: &["외국인등록번호 900101-1234567"],
    },
    Detector {
        entity: "KR_BRN",
        tier: Tier::Labelled,
        what: "Korean business number",
        shape: Shape::Masks(&[labelled("###-##-#####"), labelled("##########")], |n| {
            checksum::number(n, 0..3) > Some(100) && n.get(3..5) != Some(b"00")
        }),
        context: &[
            "사업자등록번호",
            "사업자번호",
            "brn",
            "business registration",
            "사업자 등록번호",
            "사업자 번호",
            "사업자 등록 번호",
        ],
        against: &[],
        examples: &["사업자등록번호 [124-81-00998]", "사업자번호: [2208162517]"],
        counter_examples: &["사업자등록번호 024-81-00998", "124-81-00998"],
    },
    Detector {
        entity: "KR_DRIVER_LICENSE",
        tier: Tier::Checked,
        what: "Korean driving licence number",
        shape: Shape::Masks(&[undenied("##-##-######-##"), labelled("############")], |n| {
            !checksum::all_same(n) && matches!(checksum::number(n, 0..2), Some(11..=28))
        }),
        context: &["운전면허", "운전면허번호", "면허번호", "driver license"],
        against: &[],
        examples: &["운전면허 [11-20-123456-78]", "면허번호: [112012345678]"],
        counter_examples: &["운전면허 99-20-123456-78", "112012345678"],
    },
    Detector {
        entity: "KR_PASSPORT",
        tier: Tier::Labelled,
        what: "Korean passport number",
        shape: Shape::Masks(&[named("M########"), named("M###A####"), named("S########"), named("R########")], |_| {
            true
        }),
        context: &["여권", "여권번호", "passport", "korean passport"],
        against: &[],
        examples: &["여권번호 [M12345678]", "여권번호: [M123A4567]"],
        counter_examples: &["M12345678"],
    },
    Detector {
        entity: "TW_ID",
        tier: Tier::Strong,
        what: "Taiwanese identity number",
        shape: Shape::Masks(&[undenied("A#########")], taiwanese),
        context: &["身分證", "身分證字號", "身份證字號", "統一編號", "taiwan id"],
        against: &[],
        examples: &["身分證字號 [A123456789]"],
        counter_examples: &["A123456788"],
    },
    Detector {
        entity: "HK_HKID",
        tier: Tier::Strong,
        what: "Hong Kong identity card number",
        shape: Shape::Masks(
            &[
                proven("A######(*)"),
                proven("AA######(*)"),
                labelled("A######*"),
                labelled("AA######*"),
                proven("A###### (*)"),
            ],
            hkid,
        ),
        context: &["hkid", "香港身份證", "身份證", "身份証", "identity card"],
        against: &[],
        examples: &["HKID [A123456(3)]", "身份證：[A1234563]"],
        counter_examples: &["A123456(4)", "A1234563"],
    },
];
