//! Identity numbers of Latin America.

use super::{super::checksum, labelled, named, proven, undenied};
use crate::pii::{Detector, Shape, Tier};

/// RENAPO: alphabet 0-9 A-N Ñ O-Z, weights 18 to 2, ten minus the sum.
fn curp(n: &[u8]) -> bool {
    let value = |b: u8| match b {
        b'0'..=b'9' => u32::from(b - b'0'),
        b'A'..=b'N' => u32::from(b - b'A') + 10,
        _ => u32::from(b.wrapping_sub(b'O')) + 25,
    };
    let Some((last, body)) = n.split_last() else {
        return false;
    };
    let sum: u32 = body.iter().zip((2..=18).rev()).map(|(b, w)| value(*b) * w).sum();
    u32::from(last.wrapping_sub(b'0')) == (10 - sum % 10) % 10
        && matches!(n.get(10), Some(b'H' | b'M' | b'X'))
        && checksum::date(checksum::number(n, 6..8), checksum::number(n, 8..10))
}

/// SAT: letters, birth or founding, and three characters.
fn rfc(n: &[u8]) -> bool {
    let letters = n.iter().take_while(|b| b.is_ascii_alphabetic() || **b == b'&').count();
    (3..=4).contains(&letters)
        && checksum::date(checksum::number(n, letters + 2..letters + 4), checksum::number(n, letters + 4..letters + 6))
        && n.last().is_some_and(|b| b.is_ascii_digit() || *b == b'A')
        && !n.iter().skip(letters).take(6).any(|b| !b.is_ascii_digit())
}

fn cuit(n: &[u8]) -> bool {
    let check = checksum::weighted(n, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]).map(|s| match (11 - s % 11) % 11 {
        10 => 9,
        check => check,
    });
    matches!(n.get(..2), Some(b"20" | b"23" | b"24" | b"25" | b"26" | b"27" | b"30" | b"33" | b"34"))
        && check.map(u64::from) == checksum::number(n, 10..11)
}

/// Weights 2 to 7 from the right; K stands for ten.
fn rut(n: &[u8]) -> bool {
    let Some((last, body)) = n.split_last() else {
        return false;
    };
    let sum: u32 = body.iter().rev().zip((2..=7).cycle()).map(|(b, w)| u32::from(b.wrapping_sub(b'0')) * w).sum();
    let check = match (11 - sum % 11) % 11 {
        10 => b'K',
        digit => b'0' + digit as u8,
    };
    check == *last && !checksum::all_same(body)
}

/// DIAN: primes as weights from the right.
fn nit(n: &[u8]) -> bool {
    let Some((last, body)) = n.split_last() else {
        return false;
    };
    let primes = [3, 7, 13, 17, 19, 23, 29, 37, 41, 43];
    let sum: u32 = body.iter().rev().zip(primes).map(|(b, w)| u32::from(b.wrapping_sub(b'0')) * w).sum();
    let rest = sum % 11;
    u32::from(last.wrapping_sub(b'0')) == if rest < 2 { rest } else { 11 - rest }
}

fn ruc(n: &[u8]) -> bool {
    let check = checksum::weighted(n, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]).map(|s| u64::from((11 - s % 11) % 10));
    matches!(n.get(..2), Some(b"10" | b"15" | b"16" | b"17" | b"20")) && check == checksum::number(n, 10..11)
}

fn uruguayan(n: &[u8]) -> bool {
    let n: Vec<u8> = if n.len() == 7 { [b"0", n].concat() } else { n.to_vec() };
    let check = checksum::weighted(&n, &[2, 9, 8, 7, 6, 3, 4]).map(|s| u64::from((10 - s % 10) % 10));
    check == checksum::number(&n, 7..8)
}

fn ecuadorian(n: &[u8]) -> bool {
    matches!(checksum::number(n, 0..2), Some(1..=24 | 30)) && checksum::luhn(n)
}

/// The company number that since 2026 may have letters, each counting as its code less 48.
fn cnpj(n: &[u8]) -> bool {
    let value = |b: &u8| u32::from(b.wrapping_sub(b'0'));
    let check = |len: usize| {
        let sum: u32 = n.iter().take(len).rev().zip((2..=9).cycle()).map(|(b, w)| value(b) * w).sum();
        let want = if sum % 11 < 2 { 0 } else { 11 - sum % 11 };
        n.get(len).is_some_and(|b| value(b) == want)
    };
    check(12) && check(13) && !checksum::all_same(n) && n.iter().skip(12).all(u8::is_ascii_digit)
}

fn rg(n: &[u8]) -> bool {
    !checksum::all_same(n)
}

/// The rows.
pub const ROWS: &[Detector] = &[
    Detector {
        entity: "BR_CPF",
        tier: Tier::Strong,
        what: "Brazilian person number",
        shape: Shape::Masks(
            &[
                proven("###.###.###-##"),
                labelled("###########"),
                undenied("#########-##"),
                labelled("### ### ### ##"),
                labelled("###.###.###.##"),
                undenied("###-###-###-##"),
            ],
            checksum::cpf,
        ),
        context: &["cpf", "cadastro de pessoas", "cadastro de pessoa física", "c.p.f"],
        against: &[],
        examples: &["CPF [529.982.247-25]", "cpf [52998224725]"],
        counter_examples: &["529.982.247-26", "111.111.111-11", "52998224725"],
    },
    Detector {
        entity: "BR_CNPJ",
        tier: Tier::Strong,
        what: "Brazilian company number, with letters since 2026",
        shape: Shape::Masks(
            &[proven("**.***.***/****-##"), labelled("##############"), labelled("********/****-##")],
            cnpj,
        ),
        context: &["cnpj", "cadastro nacional da pessoa jurídica"],
        against: &[],
        examples: &["[11.222.333/0001-81]", "CNPJ [12.ABC.345/01DE-35]"],
        counter_examples: &["11.222.333/0001-82"],
    },
    Detector {
        entity: "BR_RG",
        tier: Tier::Labelled,
        what: "Brazilian identity card number",
        shape: Shape::Masks(
            &[
                labelled("##.###.###-#"),
                labelled("##.###.###-X"),
                named("#########"),
                labelled("########-#"),
                labelled("##.###.###"),
                named("########"),
                labelled("########-X"),
                labelled("#.###.###"),
            ],
            rg,
        ),
        context: &[
            "rg",
            "registro geral",
            "identidade",
            "carteira de identidade",
            "r.g",
            "documento de identidade",
            "cédula de identidade",
            "identidade rg",
            "nº rg",
            "ci rg",
            "órgão expedidor",
        ],
        against: &[],
        examples: &["RG [12.345.678-9]"],
        counter_examples: &["12.345.678-9"],
    },
    Detector {
        entity: "MX_CURP",
        tier: Tier::Strong,
        what: "Mexican population number",
        shape: Shape::Masks(&[proven("AAAA######AAAAAA*#")], curp),
        context: &["curp", "clave única de registro"],
        against: &[],
        examples: &["[JULN870513HNLZJQ63]", "CURP: [HAIH530625HNLLCL86]"],
        counter_examples: &["JULN871313HNLZJQ63", "JULN870513HNLZJQ64"],
    },
    Detector {
        entity: "MX_RFC",
        tier: Tier::Strong,
        what: "Mexican taxpayer number",
        shape: Shape::Masks(&[undenied("AAAA######***"), labelled("AAA######***"), undenied("AAAA-######-***")], rfc),
        context: &["rfc", "registro federal de contribuyentes", "r.f.c"],
        against: &["issue"],
        examples: &["RFC [ZAYU751013PD2]", "[DEJK800310NI0]"],
        counter_examples: &["ZAYU751313PD2"],
    },
    Detector {
        entity: "AR_CUIT",
        tier: Tier::Strong,
        what: "Argentine tax or labour number",
        shape: Shape::Masks(&[proven("##-########-#"), labelled("###########"), labelled("## ######## #")], cuit),
        context: &["cuit", "cuil", "c.u.i.t"],
        against: &[],
        examples: &["[27-27958492-4]", "CUIL [23121362244]"],
        counter_examples: &["27-27958492-5", "23121362244"],
    },
    Detector {
        entity: "AR_DNI",
        tier: Tier::Labelled,
        what: "Argentine identity number",
        shape: Shape::Masks(&[labelled("##.###.###"), named("########"), labelled("#.###.###")], rg),
        context: &["dni", "documento", "d.n.i", "documento nacional de identidad"],
        against: &[],
        examples: &["DNI [39.321.765]", "DNI: [39321765]"],
        counter_examples: &["39.321.765"],
    },
    Detector {
        entity: "CL_RUT",
        tier: Tier::Strong,
        what: "Chilean person or company number",
        shape: Shape::Masks(
            &[
                proven("##.###.###-*"),
                proven("#.###.###-*"),
                undenied("########-*"),
                undenied("#######-*"),
                labelled("########*"),
            ],
            rut,
        ),
        context: &["rut", "run", "r.u.t", "rol único tributario", "cédula"],
        against: &[],
        examples: &["RUT [26.836.732-2]", "[10.751.571-2]", "RUT: [26836732-2]"],
        counter_examples: &["26.836.732-3"],
    },
    Detector {
        entity: "CO_NIT",
        tier: Tier::Checked,
        what: "Colombian tax number",
        shape: Shape::Masks(&[labelled("###.###.###-#"), labelled("#########-#"), labelled("##########")], nit),
        context: &["nit", "n.i.t", "número de identificación tributaria"],
        against: &[],
        examples: &["NIT [952.471.577-1]", "NIT: [818608554-7]"],
        counter_examples: &["NIT 952.471.577-2", "952.471.577-1"],
    },
    Detector {
        entity: "CO_CEDULA",
        tier: Tier::Labelled,
        what: "Colombian citizen number",
        shape: Shape::Masks(
            &[labelled("#.###.###.###"), labelled("##.###.###"), named("##########"), named("########")],
            rg,
        ),
        context: &["cédula", "cedula", "cédula de ciudadanía", "c.c", "cc no", "cédula no"],
        against: &[],
        examples: &["cédula [1.023.456.789]", "cédula No. [52.345.678]"],
        counter_examples: &["1.023.456.789"],
    },
    Detector {
        entity: "PE_RUC",
        tier: Tier::Checked,
        what: "Peruvian taxpayer number",
        shape: Shape::Masks(&[labelled("###########")], ruc),
        context: &["ruc", "r.u.c", "registro único de contribuyentes"],
        against: &[],
        examples: &["RUC [10824694431]"],
        counter_examples: &["RUC 10824694432", "10824694431"],
    },
    Detector {
        entity: "PE_DNI",
        tier: Tier::Labelled,
        what: "Peruvian identity number",
        shape: Shape::Masks(&[named("########"), named("########-#")], rg),
        context: &["dni", "dni peruano", "documento nacional de identidad", "reniec"],
        against: &[],
        examples: &["DNI peruano [45678912]"],
        counter_examples: &["45678912"],
    },
    Detector {
        entity: "UY_CI",
        tier: Tier::Strong,
        what: "Uruguayan identity number",
        shape: Shape::Masks(&[labelled("#.###.###-#"), labelled("#######-#"), labelled("###.###-#")], uruguayan),
        context: &["cédula de identidad", "cédula", "c.i", "ci", "cedula"],
        against: &[],
        examples: &["C.I. [1.234.567-2]"],
        counter_examples: &["C.I. 1.234.567-3"],
    },
    Detector {
        entity: "EC_CEDULA",
        tier: Tier::Checked,
        what: "Ecuadorian identity number",
        shape: Shape::Masks(&[labelled("##########"), labelled("#########-#")], ecuadorian),
        context: &["cédula", "cedula", "c.i", "cédula de identidad", "ecuador"],
        against: &[],
        examples: &["cédula [1716185259]"],
        counter_examples: &["cédula 1716185258", "1716185259"],
    },
    Detector {
        entity: "DO_CEDULA",
        tier: Tier::Strong,
        what: "Dominican identity number",
        shape: Shape::Masks(&[undenied("###-#######-#"), labelled("###########")], checksum::luhn),
        context: &["cédula", "cedula", "cédula de identidad"],
        against: &[],
        examples: &["cédula [001-8293541-1]", "[001-2581702-3]"],
        counter_examples: &["001-8293541-2", "00182935411"],
    },
    Detector {
        entity: "VE_CEDULA",
        tier: Tier::Labelled,
        what: "Venezuelan identity or tax number",
        shape: Shape::Masks(
            &[
                labelled("A-########"),
                labelled("A-##.###.###"),
                labelled("A-########-#"),
                labelled("A########"),
                labelled("A#########"),
                labelled("A-#######"),
                labelled("A-#.###.###"),
            ],
            |n| matches!(n.first(), Some(b'V' | b'E' | b'J' | b'G')),
        ),
        context: &["cédula", "cedula", "rif", "c.i", "cédula de identidad", "r.i.f", "rif no"],
        against: &[],
        examples: &["cédula [V-12.345.678]", "RIF [J-12345678-9]"],
        counter_examples: &["V-12.345.678"],
    },
];
