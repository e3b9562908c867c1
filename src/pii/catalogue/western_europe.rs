//! Identity numbers of France, the Low Countries, Spain, Portugal and Italy.

use super::{super::checksum, labelled, named, proven, undenied};
use crate::pii::{Detector, Shape, Tier};

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

fn foreigner(n: &[u8]) -> bool {
    matches!(n.first(), Some(b'X' | b'Y' | b'Z')) && spanish(n)
}

/// Letter of the company's kind, seven digits, and a digit or letter of the sum in which odd places count double.
fn cif(n: &[u8]) -> bool {
    let (Some(first), Some(body), Some(last)) = (n.first(), n.get(1..8), n.last()) else {
        return false;
    };
    let sum: u32 = body
        .iter()
        .enumerate()
        .map(|(place, b)| u32::from(b.wrapping_sub(b'0')) * if place % 2 == 0 { 2 } else { 1 })
        .map(|d| d / 10 + d % 10)
        .sum();
    let check = (10 - sum % 10) % 10;
    let letter = b"JABCDEFGHI".get(check as usize) == Some(last) && !b"ABEH".contains(first);
    b"ABCDEFGHJNPQRSUVW".contains(first)
        && (letter || u32::from(last.wrapping_sub(b'0')) == check && !b"KPQS".contains(first))
}

/// Seguridad Social: the first ten digits modulo 97.
fn nuss(n: &[u8]) -> bool {
    let (Some(province), Some(rest)) = (checksum::number(n, 0..2), checksum::number(n, 2..10)) else {
        return false;
    };
    let whole = if rest < 10_000_000 { rest + province * 10_000_000 } else { rest + province * 100_000_000 };
    Some(whole % 97) == checksum::number(n, 10..12) && (1..=53).contains(&province)
}

/// Agenzia delle Entrate: odd places by table, even places by value, sum modulo 26 is the last letter. Where two people
/// would have the same code, digits become letters.
fn codice_fiscale(n: &[u8]) -> bool {
    const ODD: [u32; 26] =
        [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
    let value = |b: u8| u32::from(if b.is_ascii_digit() { b - b'0' } else { b.wrapping_sub(b'A') });
    let digits = |places: &[usize]| {
        places.iter().all(|p| n.get(*p).is_some_and(|b| b.is_ascii_digit() || b"LMNPQRSTUV".contains(b)))
    };
    let Some((last, body)) = n.split_last() else {
        return false;
    };
    let sum: u32 = body
        .iter()
        .enumerate()
        .map(|(i, &b)| if i % 2 == 0 { ODD.get(value(b) as usize).copied().unwrap_or(0) } else { value(b) })
        .sum();
    last.is_ascii_alphabetic()
        && sum % 26 == value(*last)
        && digits(&[6, 7, 9, 10, 12, 13, 14])
        && n.get(8).is_some_and(|b| b"ABCDEHLMPRST".contains(b))
}

fn italian_vat(n: &[u8]) -> bool {
    let n = n.strip_prefix(b"IT").unwrap_or(n);
    checksum::luhn(n)
        && matches!(checksum::number(n, 7..10), Some(1..=100 | 120 | 121 | 888 | 999))
        && !checksum::all_same(n)
}

/// Sex, year, month, department (2A and 2B in Corsica), then 97 minus the rest.
fn nir(n: &[u8]) -> bool {
    if !matches!(n.first(), Some(b'1' | b'2' | b'3' | b'4' | b'7' | b'8')) {
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
    if corsica > 0
        && let Some(slot) = digits.get_mut(5)
    {
        *slot = b'2';
    }
    let (Some(body), Some(key)) = (checksum::number(&digits, 0..13), checksum::number(&digits, 13..15)) else {
        return false;
    };
    97 - body.saturating_sub(corsica) % 97 == key
        && matches!(checksum::number(n, 3..5), Some(1..=12 | 20..=42 | 50..=99))
}

fn luhn(n: &[u8]) -> bool {
    checksum::luhn(n) && !checksum::all_same(n)
}

fn bsn(n: &[u8]) -> bool {
    let last = checksum::number(n, 8..9).unwrap_or(0) as u32;
    checksum::weighted(n, &[9, 8, 7, 6, 5, 4, 3, 2]).is_some_and(|s| s > 0 && s % 11 == last % 11)
        && !checksum::all_same(n)
}

fn belgian(n: &[u8]) -> bool {
    let (Some(body), Some(key)) = (checksum::number(n, 0..9), checksum::number(n, 9..11)) else {
        return false;
    };
    let month = checksum::number(n, 2..4).map(|m| m % 20);
    (97 - body % 97 == key || 97 - (2_000_000_000 + body) % 97 == key) && month.is_some_and(|m| m <= 12)
}

fn portuguese(n: &[u8]) -> bool {
    let check = checksum::weighted(n, &[9, 8, 7, 6, 5, 4, 3, 2]).map(|s| u64::from((11 - s % 11) % 11 % 10));
    matches!(n.first(), Some(b'1' | b'2' | b'3' | b'5' | b'6' | b'8' | b'9'))
        && check == checksum::number(n, 8..9)
        && !checksum::all_same(n)
}

/// The rows.
pub const ROWS: &[Detector] = &[
    Detector {
        entity: "FR_NIR",
        tier: Tier::Strong,
        what: "French social security number",
        shape: Shape::Masks(
            &[
                proven("###############"),
                proven("# ## ## ## ### ### ##"),
                proven("# ## ## #A ### ### ##"),
                proven("#####2A########"),
                proven("#####2B########"),
                proven("#-##-##-##-###-###-##"),
                labelled("# ## ## ## ### ###"),
                undenied("#############~##"),
            ],
            nir,
        ),
        context: &[
            "nir",
            "sécu",
            "sécurité sociale",
            "securite sociale",
            "insee",
            "numéro de sécurité sociale",
            "n° sécu",
        ],
        against: &[],
        examples: &["[2 55 08 14 168 025 38]", "[255081416802538]", "sécu : [187091358691274]"],
        counter_examples: &["255081416802539", "1 87 09 13 586 912 75"],
    },
    Detector {
        entity: "FR_CNI",
        tier: Tier::Labelled,
        what: "French identity card number",
        shape: Shape::Masks(&[named("############"), named("*********")], |n| {
            n.iter().filter(|b| b.is_ascii_digit()).count() >= 2 && !checksum::all_same(n)
        }),
        context: &["cni", "carte d'identité", "carte nationale d'identité", "carte identité"],
        against: &[],
        examples: &["CNI [880692310285]", "carte d'identité : [X4RTBPFW4]"],
        counter_examples: &["880692310285"],
    },
    Detector {
        entity: "FR_SIREN",
        tier: Tier::Checked,
        what: "French company number",
        shape: Shape::Masks(&[labelled("#########"), labelled("### ### ###")], luhn),
        context: &["siren", "rcs", "numéro siren"],
        against: &[],
        examples: &["SIREN [732 829 320]", "RCS Paris [732829320]"],
        counter_examples: &["SIREN 732829321", "732829320"],
    },
    Detector {
        entity: "FR_SIRET",
        tier: Tier::Checked,
        what: "French establishment number",
        shape: Shape::Masks(&[labelled("##############"), labelled("### ### ### #####")], luhn),
        context: &["siret", "numéro siret"],
        against: &[],
        examples: &["SIRET [732 829 320 00074]", "siret: [73282932000074]"],
        counter_examples: &["SIRET 73282932000075", "73282932000074"],
    },
    Detector {
        entity: "ES_NIF",
        tier: Tier::Strong,
        what: "Spanish identity number, or a company's",
        shape: Shape::Masks(
            &[
                proven("########A"),
                proven("########-A"),
                proven("##.###.###-A"),
                proven("##.###.###A"),
                labelled("######## A"),
                labelled("A########"),
                labelled("A#######A"),
                labelled("A-########"),
                labelled("A-#######-A"),
            ],
            |n| spanish(n) && n.first().is_some_and(u8::is_ascii_digit) || cif(n),
        ),
        context: &[
            "dni",
            "nif",
            "cif",
            "documento nacional",
            "documento de identidad",
            "identificación fiscal",
            "c.i.f",
            "n.i.f",
            "d.n.i",
            "nif/cif",
            "dni/nie",
            "nº dni",
        ],
        against: &[],
        examples: &["DNI [12345678Z]", "[12345678-Z]", "CIF [A76343912]"],
        counter_examples: &["12345678A", "CIF A76343913"],
    },
    Detector {
        entity: "ES_NIE",
        tier: Tier::Strong,
        what: "Spanish foreigner number",
        shape: Shape::Masks(&[proven("A#######A"), proven("A-#######-A"), proven("A-#######A")], foreigner),
        context: &["nie", "número de identidad de extranjero"],
        against: &[],
        examples: &["NIE [X1234567L]", "[X-1234567-L]"],
        counter_examples: &["X1234567A", "A1234567L"],
    },
    Detector {
        entity: "ES_SSN",
        tier: Tier::Checked,
        what: "Spanish social security number",
        shape: Shape::Masks(
            &[
                labelled("############"),
                labelled("##/########/##"),
                labelled("## ######## ##"),
                labelled("##-########-##"),
            ],
            nuss,
        ),
        context: &[
            "seguridad social",
            "nuss",
            "número de afiliación",
            "naf",
            "nº afiliación",
            "afiliación",
            "nº seg. social",
            "seg. social",
            "número seguridad social",
            "n.a.f",
            "nss",
            "nº ss",
        ],
        against: &[],
        examples: &["Seguridad Social [28/12345678/40]", "NUSS: [281234567840]"],
        counter_examples: &["NUSS 281234567899", "280123456789"],
    },
    Detector {
        entity: "ES_PASSPORT",
        tier: Tier::Labelled,
        what: "Spanish passport number",
        shape: Shape::Masks(&[named("AAA######")], |_| true),
        context: &["pasaporte", "spanish passport", "número de pasaporte"],
        against: &[],
        examples: &["pasaporte [XDB123456]"],
        counter_examples: &["XDB123456"],
    },
    Detector {
        entity: "PT_NIF",
        tier: Tier::Checked,
        what: "Portuguese tax number",
        shape: Shape::Masks(&[labelled("#########"), labelled("### ### ###"), labelled("PT#########")], |n| {
            portuguese(n.strip_prefix(b"PT").unwrap_or(n))
        }),
        context: &[
            "nif",
            "contribuinte",
            "número de contribuinte",
            "número fiscal",
            "nipc",
            "n.i.f",
            "n.º contribuinte",
            "nº contribuinte",
            "nif/nipc",
        ],
        against: &[],
        examples: &["NIF [172130123]", "contribuinte: [168 108 623]"],
        counter_examples: &["NIF 172130124", "172130123"],
    },
    Detector {
        entity: "PT_CITIZEN_CARD",
        tier: Tier::Labelled,
        what: "Portuguese citizen card number",
        shape: Shape::Masks(
            &[
                labelled("########*AA#"),
                labelled("######## # AA#"),
                labelled("######## # **#"),
                labelled("########-#-AA#"),
                named("######## #"),
                named("########"),
            ],
            |n| !checksum::all_same(n),
        ),
        context: &["cartão de cidadão", "cartão do cidadão", "cartao de cidadao", "cc", "bilhete de identidade", "b.i"],
        against: &["to", "bcc"],
        examples: &["cartão de cidadão [12345678 9 ZX1]", "CC: [123456789ZX1]"],
        counter_examples: &["123456789ZX1", "cartão de cidadão 12/2030"],
    },
    Detector {
        entity: "IT_FISCAL_CODE",
        tier: Tier::Strong,
        what: "Italian tax code",
        shape: Shape::Masks(&[proven("AAAAAA**A**A***A"), labelled("^^^ ^^^ **^** ^***^")], codice_fiscale),
        context: &[
            "codice fiscale",
            "cod. fisc",
            "c.f",
            "cf",
            "c_f",
            "codfiscale",
            "cod fiscale",
            "cod. fiscale",
            "codicefiscale",
        ],
        against: &[],
        examples: &["[RSSMRA85T10A562S]", "C.F. [rssmra85t10a562s]"],
        counter_examples: &["RSSMRA85T10A562T"],
    },
    Detector {
        entity: "IT_VAT_CODE",
        tier: Tier::Checked,
        what: "Italian VAT number",
        shape: Shape::Masks(
            &[labelled("###########"), undenied("IT###########"), labelled("IT ###########")],
            italian_vat,
        ),
        context: &[
            "partita iva",
            "p.iva",
            "p. iva",
            "piva",
            "iva",
            "vat",
            "p.i",
            "part. iva",
            "partita i.v.a",
            "p.iva/c.f",
            "vat number",
        ],
        against: &[],
        examples: &["P.IVA [08782580156]", "[IT58196740581]"],
        counter_examples: &["P.IVA 08782580157", "08782580156"],
    },
    Detector {
        entity: "IT_IDENTITY_CARD",
        tier: Tier::Labelled,
        what: "Italian identity card number",
        shape: Shape::Masks(&[named("AA#######"), named("AA#####AA"), named("AA #######")], |_| true),
        context: &[
            "carta d'identità",
            "carta d'identita",
            "carta di identità",
            "carta identità",
            "cie",
            "c.i",
            "carta d identità",
            "carta_d_identità",
            "carta_identità",
            "documento d'identità",
            "documento di identità",
            "numero carta d'identità",
        ],
        against: &[],
        examples: &["carta d'identità [CA12345AA]", "carta d'identità n. [AX1234567]"],
        counter_examples: &["CA12345AA"],
    },
    Detector {
        entity: "IT_PASSPORT",
        tier: Tier::Labelled,
        what: "Italian passport number",
        shape: Shape::Masks(&[named("AA#######")], |_| true),
        context: &["passaporto", "italian passport", "numero passaporto"],
        against: &[],
        examples: &["passaporto [YA1234567]"],
        counter_examples: &["YA1234567"],
    },
    Detector {
        entity: "IT_DRIVER_LICENSE",
        tier: Tier::Labelled,
        what: "Italian driving licence number",
        shape: Shape::Masks(
            &[
                named("AA#######A"),
                named("U1#######A"),
                named("U1*#######"),
                named("U#A######A"),
                named("AA ####### A"),
            ],
            |_| true,
        ),
        context: &[
            "patente",
            "patente di guida",
            "driving licence",
            "driver license",
            "numero patente",
            "patente n",
            "patente n.",
            "n. patente",
            "patente b",
        ],
        against: &[],
        examples: &["patente [MI1234567A]"],
        counter_examples: &["MI1234567A"],
    },
    Detector {
        entity: "NL_BSN",
        tier: Tier::Checked,
        what: "Dutch citizen number",
        shape: Shape::Masks(
            &[labelled("#########"), labelled("####.##.###"), labelled("### ### ###"), labelled("####-##-###")],
            bsn,
        ),
        context: &["bsn", "burgerservicenummer", "sofinummer", "burgerservice", "citizen service number"],
        against: &[],
        examples: &["BSN [111222333]", "burgerservicenummer: [1112.22.333]"],
        counter_examples: &["111222333", "BSN 111222334"],
    },
    Detector {
        entity: "BE_NRN",
        tier: Tier::Strong,
        what: "Belgian national number",
        shape: Shape::Masks(
            &[
                proven("##.##.##-###.##"),
                undenied("######-###-##"),
                labelled("###########"),
                labelled("## ## ## ### ##"),
                proven("##.##.##-###-##"),
            ],
            belgian,
        ),
        context: &[
            "rijksregister",
            "rijksregisternummer",
            "registre national",
            "numéro national",
            "nrn",
            "insz",
            "niss",
            "nationaal nummer",
            "rrn",
            "rr-nummer",
            "rijksregisternr",
            "rr nr",
            "numéro de registre national",
            "niss-nummer",
            "numéro niss",
        ],
        against: &[],
        examples: &["[85.07.30-033.28]", "rijksregisternummer [85073003328]"],
        counter_examples: &["85.07.30-033.29", "85073003328"],
    },
    Detector {
        entity: "LU_ID",
        tier: Tier::Labelled,
        what: "Luxembourgish national number",
        shape: Shape::Masks(&[labelled("#############")], |n| {
            checksum::number(n, 0..4).is_some_and(|y| (1900..=2035).contains(&y))
                && checksum::date(checksum::number(n, 4..6), checksum::number(n, 6..8))
        }),
        context: &[
            "matricule",
            "luxembourg",
            "numéro national",
            "matricule national",
            "numéro d'identification national",
            "identification national",
            "numéro de matricule",
            "n° matricule",
            "cns",
        ],
        against: &[],
        examples: &["matricule [1985073001234]"],
        counter_examples: &["1985073001234", "matricule 1985133001234"],
    },
];
