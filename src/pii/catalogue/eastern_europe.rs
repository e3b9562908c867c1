//! Identity numbers of central, south-eastern and eastern Europe.

use super::{super::checksum, labelled, named, proven, undenied};
use crate::pii::{Detector, Shape, Tier, value};

fn pesel(n: &[u8]) -> bool {
    let month = checksum::number(n, 2..4).map(|m| m % 20);
    checksum::weighted(n, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]).is_some_and(|s| s % 10 == 0)
        && checksum::date(month, checksum::number(n, 4..6))
}

fn nip(n: &[u8]) -> bool {
    let n = n.strip_prefix(b"PL").unwrap_or(n);
    let sum = checksum::weighted(n, &[6, 5, 7, 2, 3, 4, 5, 6, 7]).map(|s| u64::from(s % 11));
    sum == checksum::number(n, 9..10) && !checksum::all_same(n)
}

fn regon(n: &[u8]) -> bool {
    let sum = checksum::weighted(n, &[8, 9, 2, 3, 4, 5, 6, 7]).map(|s| u64::from(s % 11 % 10));
    sum == checksum::number(n, 8..9) && !checksum::all_same(n)
}

/// Letters as 10 to 35, weights 7 3 1 for them, 9 for the check, 7 3 1 7 3 for the rest.
fn polish_card(n: &[u8]) -> bool {
    let value = |b: &u8| u32::from(if b.is_ascii_digit() { b - b'0' } else { b - b'A' + 10 });
    let sum: u32 = n.iter().zip([7, 3, 1, 9, 7, 3, 1, 7, 3]).map(|(b, w)| value(b) * w).sum();
    sum.is_multiple_of(10)
}

/// Women's months are 50 higher, since 2004 also by 20; with ten digits the whole is divisible by 11.
fn rodne_cislo(n: &[u8]) -> bool {
    let month = checksum::number(n, 2..4).map(|m| m % 50).map(|m| if m > 20 { m - 20 } else { m });
    let whole = checksum::number(n, 0..n.len());
    let nine = checksum::number(n, 0..9).map(|nine| nine % 11 % 10);
    let sum = n.len() == 9 || whole.is_some_and(|w| w % 11 == 0) || nine == checksum::number(n, 9..10);
    sum && checksum::date(month, checksum::number(n, 4..6))
}

fn cnp(n: &[u8]) -> bool {
    let sum = checksum::weighted(n, &[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]).map(|s| s % 11);
    sum.map(|s| if s == 10 { 1 } else { u64::from(s) }) == checksum::number(n, 12..13)
        && matches!(n.first(), Some(b'1'..=b'9'))
        && checksum::date(checksum::number(n, 3..5), checksum::number(n, 5..7))
}

fn egn(n: &[u8]) -> bool {
    let sum = checksum::weighted(n, &[2, 4, 8, 5, 10, 9, 7, 3, 6]).map(|s| u64::from(s % 11 % 10));
    sum == checksum::number(n, 9..10)
        && checksum::date(checksum::number(n, 2..4).map(|m| m % 20), checksum::number(n, 4..6))
}

fn taj(n: &[u8]) -> bool {
    let sum = checksum::weighted(n, &[3, 7, 3, 7, 3, 7, 3, 7]).map(|s| u64::from(s % 10));
    sum == checksum::number(n, 8..9) && !checksum::all_same(n)
}

fn hungarian_tax(n: &[u8]) -> bool {
    let sum = checksum::weighted(n, &[1, 2, 3, 4, 5, 6, 7, 8, 9]).map(|s| u64::from(s % 11));
    n.first() == Some(&b'8') && sum == checksum::number(n, 9..10)
}

fn afm(n: &[u8]) -> bool {
    let n = n.strip_prefix(b"EL").unwrap_or(n);
    let sum = checksum::weighted(n, &[256, 128, 64, 32, 16, 8, 4, 2]).map(|s| u64::from(s % 11 % 10));
    sum == checksum::number(n, 8..9) && !checksum::all_same(n)
}

fn amka(n: &[u8]) -> bool {
    checksum::luhn(n) && checksum::date(checksum::number(n, 2..4), checksum::number(n, 0..2))
}

fn oib(n: &[u8]) -> bool {
    checksum::mod11_10(n) && !checksum::all_same(n)
}

/// What Yugoslavia left: day, month, three digits of the year, region, serial, sum.
fn emso(n: &[u8]) -> bool {
    let sum = checksum::weighted(n, &[7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]).map(|s| (11 - s % 11) % 11);
    sum.map(u64::from) == checksum::number(n, 12..13)
        && checksum::date(checksum::number(n, 2..4), checksum::number(n, 0..2))
        && matches!(n.get(4), Some(b'0' | b'9'))
}

fn rntrc(n: &[u8]) -> bool {
    let sum = checksum::weighted(n, &[10, 5, 7, 9, 4, 6, 10, 5, 7]).map(|s| s % 11 % 10);
    sum.map(u64::from) == checksum::number(n, 9..10) && !checksum::all_same(n)
}

fn inn(n: &[u8]) -> bool {
    let check = |weights: &[u32], place: usize| {
        checksum::weighted(n, weights).map(|s| u64::from(s % 11 % 10)) == checksum::number(n, place..place + 1)
    };
    let person = || check(&[7, 2, 4, 10, 3, 5, 9, 4, 6, 8], 10) && check(&[3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8], 11);
    !checksum::all_same(n) && if n.len() == 12 { person() } else { check(&[2, 4, 10, 3, 5, 9, 4, 6, 8], 9) }
}

fn snils(n: &[u8]) -> bool {
    let sum = checksum::weighted(n, &[9, 8, 7, 6, 5, 4, 3, 2, 1]).map(|s| s % 101 % 100);
    sum.map(u64::from) == checksum::number(n, 9..11) && !checksum::all_same(n)
}

/// The rows.
pub const ROWS: &[Detector] = &[
    Detector {
        entity: "PL_PESEL",
        tier: Tier::Checked,
        what: "Polish person number",
        shape: Shape::Masks(&[labelled("###########")], pesel),
        context: &["pesel", "numer pesel", "nr pesel", "pesela"],
        against: &[],
        examples: &["PESEL [44051401359]", "nr PESEL: [83112021583]"],
        counter_examples: &["44051401359", "PESEL 44051401358"],
    },
    Detector {
        entity: "PL_NIP",
        tier: Tier::Checked,
        what: "Polish tax number",
        shape: Shape::Masks(
            &[labelled("##########"), labelled("###-###-##-##"), labelled("###-##-##-###"), labelled("PL##########")],
            nip,
        ),
        context: &["nip", "numer identyfikacji podatkowej", "nr nip"],
        against: &[],
        examples: &["NIP [649-253-37-44]", "NIP: [7572880939]"],
        counter_examples: &["NIP 6492533745", "6492533744"],
    },
    Detector {
        entity: "PL_REGON",
        tier: Tier::Checked,
        what: "Polish company number",
        shape: Shape::Masks(&[labelled("#########")], regon),
        context: &["regon", "nr regon"],
        against: &[],
        examples: &["REGON [545519639]"],
        counter_examples: &["REGON 545519638", "545519639"],
    },
    Detector {
        entity: "PL_ID_CARD",
        tier: Tier::Checked,
        what: "Polish identity card number",
        shape: Shape::Masks(&[labelled("AAA######"), labelled("AAA ######")], polish_card),
        context: &[
            "dowód",
            "dowód osobisty",
            "dowodu osobistego",
            "dowodu",
            "nr dowodu",
            "seria i numer",
            "dowodem osobistym",
            "dowodem",
            "nr dow",
            "seria dowodu",
            "dow. os",
            "dowodzie osobistym",
            "legitymujący",
        ],
        against: &[],
        examples: &["dowód osobisty [ABS123456]", "nr dowodu: [ABS 123456]"],
        counter_examples: &["dowód ABA300001", "ABS123456"],
    },
    Detector {
        entity: "CZ_RC",
        tier: Tier::Checked,
        what: "Czech or Slovak birth number",
        shape: Shape::Masks(
            &[undenied("######/####"), labelled("##########"), labelled("######/###"), labelled("###### ####")],
            rodne_cislo,
        ),
        context: &["rodné číslo", "rodne cislo", "rodného čísla", "rč", "r.č", "r. č", "rodné"],
        against: &[],
        examples: &["[620816/8296]", "rodné číslo: [7004088135]"],
        counter_examples: &["620816/8297", "7004088135"],
    },
    Detector {
        entity: "RO_CNP",
        tier: Tier::Checked,
        what: "Romanian person number",
        shape: Shape::Masks(&[labelled("#############")], cnp),
        context: &["cnp", "cod numeric personal", "codul numeric", "c.n.p", "cod personal", "cnp-ul"],
        against: &[],
        examples: &["CNP [1500425400001]"],
        counter_examples: &["CNP 1500425400002", "1500425400001"],
    },
    Detector {
        entity: "BG_EGN",
        tier: Tier::Checked,
        what: "Bulgarian person number",
        shape: Shape::Masks(&[labelled("##########")], egn),
        context: &["егн", "egn", "единен граждански номер"],
        against: &[],
        examples: &["ЕГН [8107304493]", "EGN: [5012274780]"],
        counter_examples: &["ЕГН 8107304494", "8107304493"],
    },
    Detector {
        entity: "HU_TAJ",
        tier: Tier::Checked,
        what: "Hungarian social insurance number",
        shape: Shape::Masks(&[labelled("### ### ###"), labelled("#########"), labelled("###-###-###")], taj),
        context: &["taj", "taj szám", "taj-szám", "tajszám", "társadalombiztosítási"],
        against: &[],
        examples: &["TAJ szám: [111 111 110]", "TAJ [123456788]"],
        counter_examples: &["TAJ 123456789", "123456788"],
    },
    Detector {
        entity: "HU_TAX_ID",
        tier: Tier::Checked,
        what: "Hungarian tax number of a person",
        shape: Shape::Masks(&[labelled("##########")], hungarian_tax),
        context: &["adóazonosító", "adóazonosító jel", "adószám"],
        against: &[],
        examples: &["adóazonosító jel [8398259795]"],
        counter_examples: &["8398259795", "adóazonosító jel 8398259796"],
    },
    Detector {
        entity: "GR_AFM",
        tier: Tier::Checked,
        what: "Greek tax number",
        shape: Shape::Masks(&[labelled("#########"), labelled("EL#########")], afm),
        context: &["αφμ", "α.φ.μ", "afm", "αριθμός φορολογικού μητρώου"],
        against: &[],
        examples: &["ΑΦΜ [579076739]", "AFM: [630207620]"],
        counter_examples: &["ΑΦΜ 579076738", "579076739"],
    },
    Detector {
        entity: "GR_AMKA",
        tier: Tier::Checked,
        what: "Greek social security number",
        shape: Shape::Masks(&[labelled("###########")], amka),
        context: &["αμκα", "α.μ.κ.α", "amka"],
        against: &[],
        examples: &["ΑΜΚΑ [17056338761]"],
        counter_examples: &["ΑΜΚΑ 17056338762", "17056338761"],
    },
    Detector {
        entity: "GR_ID_CARD",
        tier: Tier::Labelled,
        what: "Greek identity card number",
        shape: Shape::Value(&[(
            &[
                "αδτ",
                "α.δ.τ",
                "αριθμός ταυτότητας",
                "αρ. ταυτότητας",
                "αριθμός δελτίου ταυτότητας",
                "δελτίο ταυτότητας",
                "ταυτότητα",
                "ταυτότητας",
            ],
            value::series,
        )]),
        context: &[],
        against: &[],
        examples: &["ΑΔΤ: [ΑΒ 123456]", "ταυτότητα [Χ123456]"],
        counter_examples: &["ΑΒ 123456", "ταυτότητα: ναι"],
    },
    Detector {
        entity: "HR_OIB",
        tier: Tier::Checked,
        what: "Croatian person number",
        shape: Shape::Masks(&[labelled("###########")], oib),
        context: &["oib", "osobni identifikacijski broj"],
        against: &[],
        examples: &["OIB [76883565748]"],
        counter_examples: &["OIB 76883565749", "76883565748"],
    },
    Detector {
        entity: "JMBG",
        tier: Tier::Checked,
        what: "person number of Serbia, Bosnia, North Macedonia, Montenegro, and Slovenia (EMŠO)",
        shape: Shape::Masks(&[labelled("#############")], emso),
        context: &[
            "jmbg",
            "emšo",
            "emso",
            "јмбг",
            "ембг",
            "матичен број",
            "matični broj",
            "матични број",
            "jedinstveni matični broj",
            "jedinstveni_matični_broj",
            "maticni broj",
            "matični br",
            "matični_broj",
            "јединствени матични број",
        ],
        against: &[],
        examples: &["EMŠO [0101006500006]", "JMBG: [0710003730015]"],
        counter_examples: &["0101006500006", "JMBG 0101006500007"],
    },
    Detector {
        entity: "UA_RNTRC",
        tier: Tier::Checked,
        what: "Ukrainian tax number of a person",
        shape: Shape::Masks(&[labelled("##########")], rntrc),
        context: &[
            "іпн",
            "рнокпп",
            "инн",
            "ідентифікаційний код",
            "ідентифікаційний номер",
            "rntrc",
            "податковий номер",
            "код платника",
            "і.п.н",
            "номер платника податків",
            "обліковий номер",
        ],
        against: &[],
        examples: &["РНОКПП [7945737264]", "ІПН: [7211467325]"],
        counter_examples: &["РНОКПП 7945737265", "7945737264"],
    },
    Detector {
        entity: "UA_PASSPORT",
        tier: Tier::Labelled,
        what: "Ukrainian or Belarusian passport number: a series of two letters and digits",
        shape: Shape::Value(&[(
            &["паспорт", "паспорта", "паспорт серії", "паспорт серии", "серія та номер", "серія", "пашпарт"],
            value::series,
        )]),
        context: &[],
        against: &[],
        examples: &["паспорт [СН 123456]", "паспорт серії [КМ123456]"],
        counter_examples: &["СН 123456", "паспорт потрібен"],
    },
    Detector {
        entity: "RU_INN",
        tier: Tier::Checked,
        what: "Russian tax number",
        shape: Shape::Masks(&[labelled("##########"), labelled("############")], inn),
        context: &["инн", "inn", "идентификационный номер"],
        against: &[],
        examples: &["ИНН [510762300793]", "ИНН: [7707083893]"],
        counter_examples: &["ИНН 510762300794", "7707083893"],
    },
    Detector {
        entity: "RU_SNILS",
        tier: Tier::Strong,
        what: "Russian pension number",
        shape: Shape::Masks(
            &[
                proven("###-###-### ##"),
                labelled("###-###-###-##"),
                labelled("###########"),
                labelled("### ### ### ##"),
            ],
            snils,
        ),
        context: &["снилс", "snils", "страховой номер", "пенсионное"],
        against: &[],
        examples: &["[112-233-445 95]", "СНИЛС: [11223344595]"],
        counter_examples: &["112-233-445 96", "11223344595"],
    },
    Detector {
        entity: "RU_PASSPORT",
        tier: Tier::Labelled,
        what: "Russian passport number",
        shape: Shape::Masks(
            &[
                named("#### ######"),
                named("## ## ######"),
                named("##########"),
                named("## #######"),
                named("#### № ######"),
            ],
            |n| !checksum::all_same(n),
        ),
        context: &["паспорт", "паспорта", "серия", "серия и номер", "паспортные данные", "паспорт рф", "загранпаспорт"],
        against: &[],
        examples: &["паспорт [4509 123456]", "серия и номер: [45 09 123456]"],
        counter_examples: &["4509 123456"],
    },
];
