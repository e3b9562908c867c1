//! Identity numbers of Europe.

use super::{super::checksum, labelled, proven, undenied};
use crate::pii::{Detector, Shape, Tier};

/// HMRC: no D F I Q U V first, no O second either, six pairs never issued; suffix A to D.
fn nino(n: &[u8]) -> bool {
    let (Some([a, b]), Some(last)) = (n.get(..2), n.last()) else { return false };
    !b"DFIQUV".contains(a)
        && !b"DFIQUVO".contains(b)
        && ![&b"BG"[..], b"GB", b"KN", b"NK", b"NT", b"TN", b"ZZ"].contains(&&[*a, *b][..])
        && (b'A'..=b'D').contains(last)
}

fn nhs(n: &[u8]) -> bool {
    let sum = checksum::weighted(n, &[10, 9, 8, 7, 6, 5, 4, 3, 2]).map(|s| (11 - s % 11) % 11);
    sum.is_some() && sum.map(u64::from) == checksum::number(n, 9..10) && !checksum::all_same(n)
}

/// The letter is the number modulo 23; X, Y, Z stand for 0, 1, 2 in front.
fn spanish(n: &[u8]) -> bool {
    let lead = match n.first() {
        Some(b'X') => 0,
        Some(b'Y') => 1,
        Some(b'Z') => 2,
        Some(d) if d.is_ascii_digit() => u64::from(d - b'0'),
        _ => return false,
    };
    let rest = checksum::number(n, 1..8).map(|r| lead * 10_000_000 + r);
    rest.and_then(|r| b"TRWAGMYFPDXBNJZSQVHLCKE".get((r % 23) as usize)) == n.last()
}

/// Agenzia delle Entrate: odd places by table, even places by value, sum modulo 26 is the last letter.
fn codice_fiscale(n: &[u8]) -> bool {
    const ODD: [u32; 26] =
        [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
    let value = |b: u8| u32::from(if b.is_ascii_digit() { b - b'0' } else { b.wrapping_sub(b'A') });
    let Some((last, body)) = n.split_last() else { return false };
    let sum: u32 = body
        .iter()
        .enumerate()
        .map(|(i, &b)| if i % 2 == 0 { ODD.get(value(b) as usize).copied().unwrap_or(0) } else { value(b) })
        .sum();
    sum % 26 == value(*last)
}

fn pesel(n: &[u8]) -> bool {
    let month = checksum::number(n, 2..4).map(|m| m % 20);
    checksum::weighted(n, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]).is_some_and(|s| s % 10 == 0)
        && checksum::date(month, checksum::number(n, 4..6))
}

/// Sex, year, month, department (2A and 2B in Corsica), then 97 minus the rest.
fn nir(n: &[u8]) -> bool {
    if !matches!(n.first(), Some(b'1' | b'2')) {
        return false;
    }
    let mut digits = n.to_vec();
    let corsica = match n.get(5..7) {
        Some(b"2A") => 1_000_000,
        Some(b"2B") => 2_000_000,
        _ => 0,
    };
    if corsica > 0
        && let Some(slot) = digits.get_mut(6)
    {
        *slot = b'0';
    }
    let (Some(body), Some(key)) = (checksum::number(&digits, 0..13), checksum::number(&digits, 13..15)) else {
        return false;
    };
    97 - (body - corsica) % 97 == key && matches!(checksum::number(n, 3..5), Some(1..=12 | 20..=42 | 50..=99))
}

/// DVV: six digits of birth, since 2023 a letter for the century where others write the sign (which the mask takes out),
/// three digits, one character for the number modulo 31.
fn hetu(n: &[u8]) -> bool {
    let serial = match n {
        [_, _, _, _, _, _, b'A'..=b'F' | b'U'..=b'Y', _, _, _, _] => 7..10,
        [_, _, _, _, _, _, _, _, _, _] => 6..9,
        _ => return false,
    };
    let (Some(birth), Some(serial)) = (checksum::number(n, 0..6), checksum::number(n, serial)) else { return false };
    b"0123456789ABCDEFHJKLMNPRSTUVWXY".get(((birth * 1000 + serial) % 31) as usize) == n.last()
        && checksum::date(checksum::number(n, 2..4), checksum::number(n, 0..2))
}

/// The last ten digits keep Luhn; days of coordination numbers are 60 higher.
fn personnummer(n: &[u8]) -> bool {
    let Some(ten) = n.get(n.len().saturating_sub(10)..) else { return false };
    checksum::luhn(ten) && checksum::date(checksum::number(ten, 2..4), checksum::number(ten, 4..6).map(|d| d % 60))
}

fn bsn(n: &[u8]) -> bool {
    let last = checksum::number(n, 8..9).unwrap_or(0) as u32;
    checksum::weighted(n, &[9, 8, 7, 6, 5, 4, 3, 2]).is_some_and(|s| s > 0 && s % 11 == last % 11)
}

fn belgian(n: &[u8]) -> bool {
    let (Some(body), Some(key)) = (checksum::number(n, 0..9), checksum::number(n, 9..11)) else { return false };
    97 - body % 97 == key || 97 - (2_000_000_000 + body) % 97 == key
}

fn german_tax(n: &[u8]) -> bool {
    n.first() != Some(&b'0') && checksum::mod11_10(n)
}

/// The rows.
pub const ROWS: &[Detector] = &[
    Detector {
        entity: "UK_NINO",
        tier: Tier::Strong,
        what: "British national insurance number",
        shape: Shape::Masks(&[undenied("AA######A"), proven("AA ## ## ## A"), proven("AA-##-##-##-A")], nino),
        context: &["nino", "national insurance", "ni number", "ni no"],
        against: &[],
        examples: &["[AB 12 34 56 C]", "[jg121316a]"],
        counter_examples: &["BG123456A", "AB123456E", "AB1234567C"],
    },
    Detector {
        entity: "UK_NHS",
        tier: Tier::Checked,
        what: "British health service number",
        shape: Shape::Masks(&[labelled("### ### ####"), labelled("###-###-####"), labelled("##########")], nhs),
        context: &["nhs", "national health", "patient"],
        against: &[],
        examples: &["NHS number [943 476 5919]", "nhs: [9434765919]"],
        counter_examples: &["9434765919", "NHS 9434765918"],
    },
    Detector {
        entity: "DE_TAX_ID",
        tier: Tier::Checked,
        what: "German tax identification number",
        shape: Shape::Masks(&[labelled("###########"), labelled("## ### ### ###")], german_tax),
        context: &[
            "steuer-id",
            "steuerid",
            "idnr",
            "steueridentifikationsnummer",
            "identifikationsnummer",
            "steuer",
            "tax id",
            "tin",
        ],
        against: &[],
        examples: &["Steuer-ID: [86095742719]", "IdNr [86 095 742 719]"],
        counter_examples: &["86095742719", "Steuer-ID 86095742718"],
    },
    Detector {
        entity: "FR_NIR",
        tier: Tier::Strong,
        what: "French social security number",
        shape: Shape::Masks(
            &[
                proven("###############"),
                proven("# ## ## ## ### ### ##"),
                proven("# ## ## #A ### ### ##"),
                proven("######A########"),
            ],
            nir,
        ),
        context: &["nir", "sécu", "sécurité sociale", "insee"],
        against: &[],
        examples: &["[2 55 08 14 168 025 38]", "[255081416802538]"],
        counter_examples: &["255081416802539"],
    },
    Detector {
        entity: "ES_NIF",
        tier: Tier::Strong,
        what: "Spanish identity number",
        shape: Shape::Masks(&[proven("########A"), proven("########-A"), proven("##.###.###-A")], spanish),
        context: &["dni", "nif"],
        against: &[],
        examples: &["DNI [12345678Z]", "[12345678-Z]"],
        counter_examples: &["12345678A"],
    },
    Detector {
        entity: "ES_NIE",
        tier: Tier::Strong,
        what: "Spanish foreigner number",
        shape: Shape::Masks(&[proven("A#######A"), proven("A-#######-A")], |n| {
            matches!(n.first(), Some(b'X' | b'Y' | b'Z')) && spanish(n)
        }),
        context: &["nie"],
        against: &[],
        examples: &["NIE [X1234567L]", "[X-1234567-L]"],
        counter_examples: &["X1234567A", "A1234567L"],
    },
    Detector {
        entity: "IT_FISCAL_CODE",
        tier: Tier::Strong,
        what: "Italian tax code",
        shape: Shape::Masks(&[proven("AAAAAA##A##A###A")], codice_fiscale),
        context: &["codice fiscale"],
        against: &[],
        examples: &["[RSSMRA85T10A562S]"],
        counter_examples: &["RSSMRA85T10A562T"],
    },
    Detector {
        entity: "NL_BSN",
        tier: Tier::Checked,
        what: "Dutch citizen number",
        shape: Shape::Masks(&[labelled("#########"), labelled("####.##.###")], bsn),
        context: &["bsn", "burgerservicenummer", "sofinummer"],
        against: &[],
        examples: &["BSN [111222333]"],
        counter_examples: &["111222333", "BSN 111222334"],
    },
    Detector {
        entity: "PL_PESEL",
        tier: Tier::Checked,
        what: "Polish person number",
        shape: Shape::Masks(&[labelled("###########")], pesel),
        context: &["pesel"],
        against: &[],
        examples: &["PESEL [44051401359]"],
        counter_examples: &["44051401359", "PESEL 44051401358"],
    },
    Detector {
        entity: "BE_NRN",
        tier: Tier::Strong,
        what: "Belgian national number",
        shape: Shape::Masks(&[proven("##.##.##-###.##"), labelled("###########")], belgian),
        context: &["rijksregister", "registre national", "nrn", "insz", "niss"],
        against: &[],
        examples: &["[85.07.30-033.28]"],
        counter_examples: &["85.07.30-033.29"],
    },
    Detector {
        entity: "SE_PERSONNUMMER",
        tier: Tier::Strong,
        what: "Swedish person number",
        shape: Shape::Masks(
            &[undenied("######-####"), undenied("########-####"), labelled("############"), labelled("##########")],
            personnummer,
        ),
        context: &["personnummer", "samordningsnummer", "pnr"],
        against: &[],
        examples: &["[811228-9874]", "[19811228-9874]", "personnummer [198112289874]"],
        counter_examples: &["811228-9875", "8112289874"],
    },
    Detector {
        entity: "FI_PERSONAL_IDENTITY_CODE",
        tier: Tier::Strong,
        what: "Finnish person code",
        shape: Shape::Masks(&[undenied("######-###*"), undenied("######+###*"), undenied("######A###*")], hetu),
        context: &["hetu", "henkilötunnus"],
        against: &[],
        examples: &["[131052-308T]", "[050365-0877]", "hetu [251209A473C]"],
        counter_examples: &["131052-308U"],
    },
    Detector {
        entity: "CH_AHV",
        tier: Tier::Strong,
        what: "Swiss social insurance number",
        shape: Shape::Masks(&[proven("756.####.####.##"), undenied("756##########")], checksum::ean13),
        context: &["ahv", "avs"],
        against: &[],
        examples: &["[756.9217.0769.85]"],
        counter_examples: &["756.9217.0769.86"],
    },
];
