//! Identity numbers of the Nordic and Baltic countries.

use super::{super::checksum, labelled, undenied};
use crate::pii::{Detector, Shape, Tier};

/// DVV: six digits of birth, since 2023 a letter for the century where others write the sign (which the mask takes out),
/// three digits, one character for the number modulo 31.
fn hetu(n: &[u8]) -> bool {
    let serial = match n {
        [_, _, _, _, _, _, b'A'..=b'F' | b'U'..=b'Y', _, _, _, _] => 7..10,
        [_, _, _, _, _, _, _, _, _, _] => 6..9,
        _ => return false,
    };
    let (Some(birth), Some(serial)) = (checksum::number(n, 0..6), checksum::number(n, serial)) else {
        return false;
    };
    b"0123456789ABCDEFHJKLMNPRSTUVWXY".get(((birth * 1000 + serial) % 31) as usize) == n.last()
        && checksum::date(checksum::number(n, 2..4), checksum::number(n, 0..2))
}

/// The last ten digits keep Luhn; days of coordination numbers are 60 higher.
fn personnummer(n: &[u8]) -> bool {
    let Some(ten) = n.get(n.len().saturating_sub(10)..) else {
        return false;
    };
    let century = n.len() == 10 || matches!(n, [b'1', b'8' | b'9', ..] | [b'2', b'0', ..]);
    century
        && checksum::luhn(ten)
        && checksum::date(checksum::number(ten, 2..4), checksum::number(ten, 4..6).map(|d| d % 60))
}

/// A company's: the third digit is two or more, which no month's first is.
fn organisation(n: &[u8]) -> bool {
    checksum::luhn(n) && n.get(2).is_some_and(|b| *b >= b'2') && matches!(n.first(), Some(b'1' | b'2' | b'5'..=b'9'))
}

/// Skatteetaten: two check digits modulo 11; days of D-numbers are 40 higher.
fn fodselsnummer(n: &[u8]) -> bool {
    let first = checksum::weighted(n, &[3, 7, 6, 1, 8, 9, 4, 5, 2, 1]);
    let second = checksum::weighted(n, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]);
    let (month, day) = (checksum::number(n, 2..4), checksum::number(n, 0..2));
    first.is_some_and(|s| s % 11 == 0)
        && second.is_some_and(|s| s % 11 == 0)
        && checksum::date(month.map(|m| m % 40), day.map(|d| d % 40))
}

/// The sum was given up in 2007: only the date can be checked.
fn cpr(n: &[u8]) -> bool {
    checksum::date(checksum::number(n, 2..4), checksum::number(n, 0..2)) && !checksum::all_same(n)
}

fn kennitala(n: &[u8]) -> bool {
    let day = checksum::number(n, 0..2).map(|d| if d > 40 { d - 40 } else { d });
    checksum::weighted(n, &[3, 2, 7, 6, 5, 4, 3, 2, 1]).is_some_and(|s| s % 11 == 0)
        && checksum::date(checksum::number(n, 2..4), day)
        && matches!(n.last(), Some(b'0' | b'9'))
}

/// Estonia and Lithuania: sex and century, birth, serial, and a sum with a second try when the first is ten.
fn isikukood(n: &[u8]) -> bool {
    let sum = |weights: &[u32]| checksum::weighted(n, weights).map(|s| s % 11);
    let check = match sum(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) {
        Some(10) => sum(&[3, 4, 5, 6, 7, 8, 9, 1, 2, 3]).map(|s| s % 10),
        first => first,
    };
    check.map(u64::from) == checksum::number(n, 10..11)
        && matches!(n.first(), Some(b'1'..=b'8'))
        && checksum::date(checksum::number(n, 3..5), checksum::number(n, 5..7))
}

/// Born before 2017: a date; later ones begin with 32.
fn latvian(n: &[u8]) -> bool {
    if n.starts_with(b"32") {
        return true;
    }
    let sum = checksum::weighted(n, &[10, 5, 8, 4, 2, 1, 6, 3, 7, 9]).map(|s| (s + 1) % 11 % 10);
    sum.map(u64::from) == checksum::number(n, 10..11)
        && checksum::date(checksum::number(n, 2..4), checksum::number(n, 0..2))
}

/// The rows.
pub const ROWS: &[Detector] = &[
    Detector {
        entity: "FI_PERSONAL_IDENTITY_CODE",
        tier: Tier::Strong,
        what: "Finnish person code",
        shape: Shape::Masks(&[undenied("######-###*"), undenied("######+###*"), undenied("######A###*")], hetu),
        context: &["hetu", "henkilötunnus", "henkilötunnukseni", "personbeteckning", "personal identity code"],
        against: &[],
        examples: &["[131052-308T]", "[050365-0877]", "hetu [251209A473C]"],
        counter_examples: &["131052-308U"],
    },
    Detector {
        entity: "SE_PERSONNUMMER",
        tier: Tier::Strong,
        what: "Swedish person number",
        shape: Shape::Masks(
            &[
                undenied("######-####"),
                undenied("########-####"),
                undenied("######+####"),
                labelled("############"),
                labelled("##########"),
            ],
            personnummer,
        ),
        context: &["personnummer", "samordningsnummer", "pnr", "personnr", "person-nr", "personnumret"],
        against: &[],
        examples: &["[811228-9874]", "[19811228-9874]", "personnummer [198112289874]"],
        counter_examples: &["811228-9875", "8112289874"],
    },
    Detector {
        entity: "SE_ORGANISATIONSNUMMER",
        tier: Tier::Checked,
        what: "Swedish company number",
        shape: Shape::Masks(&[labelled("######-####"), labelled("##########")], organisation),
        context: &["organisationsnummer", "orgnr", "org.nr", "org nr", "org.-nr", "organisationsnr"],
        against: &[],
        examples: &["org.nr [559526-8789]", "organisationsnummer [5544313561]"],
        counter_examples: &["559526-8789", "orgnr 559526-8780"],
    },
    Detector {
        entity: "NO_FNR",
        tier: Tier::Checked,
        what: "Norwegian person number",
        shape: Shape::Masks(
            &[labelled("###########"), undenied("###### #####"), labelled("######-#####")],
            fodselsnummer,
        ),
        context: &["fødselsnummer", "fodselsnummer", "fnr", "personnummer", "d-nummer", "fødselsnr", "fødselsnummeret"],
        against: &[],
        examples: &["fødselsnummer [01075334830]", "[020462 44365]"],
        counter_examples: &["01075334830", "fødselsnummer 01075334831"],
    },
    Detector {
        entity: "DK_CPR",
        tier: Tier::Labelled,
        what: "Danish person number",
        shape: Shape::Masks(&[labelled("######-####"), labelled("##########"), labelled("###### ####")], cpr),
        context: &["cpr", "cpr-nummer", "cpr-nr", "cpr nummer", "personnummer", "cpr nr"],
        against: &[],
        examples: &["CPR [060285-7861]", "cpr-nummer: [0604606740]"],
        counter_examples: &["060285-7861", "CPR 061385-7861"],
    },
    Detector {
        entity: "IS_KENNITALA",
        tier: Tier::Strong,
        what: "Icelandic person number",
        shape: Shape::Masks(&[undenied("######-####"), labelled("##########")], kennitala),
        context: &["kennitala", "kt", "kennitölu"],
        against: &[],
        examples: &["kennitala [010550-1570]", "kt. [0408730070]"],
        counter_examples: &["0408730070", "010550-1571"],
    },
    Detector {
        entity: "EE_ISIKUKOOD",
        tier: Tier::Checked,
        what: "Estonian person code",
        shape: Shape::Masks(&[labelled("###########")], isikukood),
        context: &[
            "isikukood",
            "personal code",
            "isikukoodi",
            "ik",
            "id-kood",
            "isikukoodiga",
            "personal identification code",
        ],
        against: &[],
        examples: &["isikukood [48903230062]"],
        counter_examples: &["48903230062", "isikukood 48903230063"],
    },
    Detector {
        entity: "LT_ASMENS_KODAS",
        tier: Tier::Checked,
        what: "Lithuanian person code",
        shape: Shape::Masks(&[labelled("###########")], isikukood),
        context: &["asmens kodas", "a.k", "asmens kodą"],
        against: &[],
        examples: &["asmens kodas [48309238344]"],
        counter_examples: &["48309238344", "asmens kodas 48309238345"],
    },
    Detector {
        entity: "LV_PERSONAS_KODS",
        tier: Tier::Checked,
        what: "Latvian person code",
        shape: Shape::Masks(&[undenied("######-#####"), labelled("###########")], latvian),
        context: &["personas kods", "personas kodu", "p.k", "pers. kods", "pers.kods", "personas kodam"],
        against: &[],
        examples: &["personas kods [311273-10316]", "[260356-19969]"],
        counter_examples: &["311273-10317", "31127310316"],
    },
];
