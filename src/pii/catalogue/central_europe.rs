//! Identity numbers of Germany, Austria and Switzerland.

use super::{super::checksum, labelled, named, proven, undenied};
use crate::pii::{Detector, Shape, Tier};

fn tax_id(n: &[u8]) -> bool {
    n.first() != Some(&b'0') && checksum::mod11_10(n)
}

/// The German alphabet of documents: no vowels, nothing that looks like a digit.
fn document_letters(n: &[u8]) -> bool {
    n.iter().all(|b| b.is_ascii_digit() || b"CFGHJKLMNPRTVWXYZ".contains(b)) && n.iter().any(u8::is_ascii_digit)
}

/// With ten characters the last is the sum with weights 7, 3, 1, letters as 10 to 35.
fn document(n: &[u8]) -> bool {
    let value = |b: &u8| {
        if b.is_ascii_digit() { u32::from(b - b'0') } else { u32::from(b - b'A') + 10 }
    };
    let Some((head, check)) = n.split_at_checked(9) else {
        return false;
    };
    let sum: u32 = head.iter().zip([7, 3, 1].iter().cycle()).map(|(b, w)| value(b) * w).sum();
    document_letters(head)
        && n.first().is_some_and(u8::is_ascii_alphabetic)
        && check.iter().all(|b| value(b) == sum % 10)
}

fn cross(n: u32) -> u32 {
    n / 10 + n % 10
}

/// The letter as two digits, then weights of which the products' digits are summed.
fn with_letter(n: &[u8], letter: usize, weights: &[u32]) -> Option<u32> {
    let digits = n.iter().enumerate().flat_map(|(place, b)| {
        let value = u32::from(if place == letter { b.wrapping_sub(b'A') + 1 } else { b.wrapping_sub(b'0') });
        let tens = (place == letter).then_some(value / 10);
        tens.into_iter().chain([value % 10])
    });
    Some(digits.zip(weights).map(|(d, w)| cross(d * w)).sum())
}

/// Deutsche Rentenversicherung: area, birth, letter, serial, check.
fn social_security(n: &[u8]) -> bool {
    let day = checksum::number(n, 2..4).map(|d| if d > 50 { d - 50 } else { d });
    let sum = with_letter(n, 8, &[2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1]).map(|s| u64::from(s % 10));
    sum == checksum::number(n, 11..12) && checksum::date(checksum::number(n, 4..6), day)
}

/// GKV-Spitzenverband: letter, eight digits, check with weights 1 and 2.
fn health_insurance(n: &[u8]) -> bool {
    let sum = with_letter(n, 0, &[1, 2, 1, 2, 1, 2, 1, 2, 1, 2]).map(|s| u64::from(s % 10));
    n.first().is_some_and(u8::is_ascii_uppercase) && sum == checksum::number(n, 9..10)
}

fn vat(n: &[u8]) -> bool {
    n.get(2..).is_some_and(|n| n.first() != Some(&b'0') && checksum::mod11_10(n))
}

/// The fourth digit is the sum of the others; what follows is the birth.
fn svnr(n: &[u8]) -> bool {
    let rest: Vec<u8> = n.iter().enumerate().filter(|(place, _)| *place != 3).map(|(_, b)| *b).collect();
    let sum = checksum::weighted(&rest, &[3, 7, 9, 5, 8, 4, 2, 1, 6]).map(|s| u64::from(s % 11));
    sum == checksum::number(n, 3..4) && n.first() != Some(&b'0')
}

fn not_same(n: &[u8]) -> bool {
    !checksum::all_same(n)
}

/// The rows.
pub const ROWS: &[Detector] = &[
    Detector {
        entity: "DE_TAX_ID",
        tier: Tier::Checked,
        what: "German tax identification number",
        shape: Shape::Masks(
            &[
                labelled("###########"),
                labelled("## ### ### ###"),
                labelled("##-###-###-###"),
                labelled("##/###/###/###"),
            ],
            tax_id,
        ),
        context: &[
            "steuer-id",
            "steuerid",
            "steuer id",
            "idnr",
            "id-nr",
            "steueridentifikationsnummer",
            "steuerliche identifikationsnummer",
            "identifikationsnummer",
            "steuer",
            "tin",
            "tax id",
            "tax number",
        ],
        against: &[],
        examples: &["Steuer-ID: [86095742719]", "IdNr [86 095 742 719]"],
        counter_examples: &["86095742719", "Steuer-ID 86095742718"],
    },
    Detector {
        entity: "DE_TAX_NUMBER",
        tier: Tier::Labelled,
        what: "German tax number of a tax office",
        shape: Shape::Masks(
            &[
                labelled("##/###/#####"),
                labelled("###/###/#####"),
                labelled("###/####/####"),
                labelled("### #### ####"),
                labelled("###/###/####"),
                labelled("##/###/####"),
                labelled("### ### #####"),
                labelled("## ### #####"),
                labelled("##########"),
                labelled("###########"),
                labelled("#############"),
                labelled("##### #####"),
                labelled("#####/#####"),
                labelled("### / ### / #####"),
                labelled("####/####"),
                labelled("### ### ####"),
            ],
            not_same,
        ),
        context: &[
            "steuernummer",
            "st.-nr",
            "st-nr",
            "stnr",
            "steuer-nr",
            "finanzamt",
            "steuernr",
            "steuer-nummer",
            "steuernummern",
            "st.nr",
            "st-nummer",
            "st.-nummer",
        ],
        against: &[],
        examples: &["Steuernummer [21/815/08150]", "St.-Nr. [181/815/08155]"],
        counter_examples: &["21/815/08150"],
    },
    Detector {
        entity: "DE_ID_CARD",
        tier: Tier::Checked,
        what: "German identity card number",
        shape: Shape::Masks(&[labelled("A********"), named("A*********")], |n| {
            if n.len() == 10 { document(n) } else { document_letters(n) }
        }),
        context: &[
            "personalausweis",
            "ausweis",
            "ausweisnummer",
            "personalausweisnummer",
            "perso",
            "id card",
            "identity card",
            "id-karte",
            "ausweis-nr",
            "personalausweis nr",
            "perso-nr",
            "personalausweis-nr",
            "dokumentennummer",
            "ausweis nr",
        ],
        against: &[],
        examples: &["Personalausweis [T220001293]", "Ausweisnummer: [L01X00T47]"],
        counter_examples: &["L01X00T47", "Personalausweis A12345678"],
    },
    Detector {
        entity: "DE_PASSPORT",
        tier: Tier::Checked,
        what: "German passport number",
        shape: Shape::Masks(&[named("A********"), named("A*********")], |n| {
            document_letters(n) && (n.len() == 9 || document(n))
        }),
        context: &[
            "reisepass",
            "reisepassnummer",
            "passnummer",
            "pass-nr",
            "german passport",
            "reisepass-nr",
            "passnr",
            "pass nr",
        ],
        against: &[],
        examples: &["Reisepass [C01X00T47]", "Reisepassnummer: [C01X0006H]"],
        counter_examples: &["C01X00T47", "Reisepass A12345678"],
    },
    Detector {
        entity: "DE_SOCIAL_SECURITY",
        tier: Tier::Strong,
        what: "German pension insurance number",
        shape: Shape::Masks(
            &[undenied("########A###"), undenied("## ###### A ###"), undenied("## ###### A ## #")],
            social_security,
        ),
        context: &[
            "rentenversicherung",
            "rentenversicherungsnummer",
            "sozialversicherungsnummer",
            "versicherungsnummer",
            "rvnr",
            "svnr",
            "sv-nummer",
        ],
        against: &[],
        examples: &["SV-Nummer [65170839J003]", "[65 170839 J 003]"],
        counter_examples: &["65170839J004"],
    },
    Detector {
        entity: "DE_HEALTH_INSURANCE",
        tier: Tier::Checked,
        what: "German health insurance number",
        shape: Shape::Masks(
            &[labelled("A#########"), labelled("A ### ### ###"), labelled("A### ### ###")],
            health_insurance,
        ),
        context: &[
            "krankenversicherung",
            "krankenversichertennummer",
            "versichertennummer",
            "kvnr",
            "krankenkasse",
            "gesundheitskarte",
            "kv-nummer",
            "kv-nr",
            "egk",
            "egk-nummer",
            "versicherten-nr",
            "versichertennr",
            "versicherten-id",
            "kvnr.",
            "versichertenkarte",
            "health insurance number",
        ],
        against: &[],
        examples: &["KVNR [A123456780]"],
        counter_examples: &["KVNR A123456781", "A123456780"],
    },
    Detector {
        entity: "DE_VAT_ID",
        tier: Tier::Strong,
        what: "German VAT number",
        shape: Shape::Masks(&[undenied("DE#########"), undenied("DE ### ### ###"), labelled("DE #########")], vat),
        context: &["ust-id", "ust-idnr", "umsatzsteuer", "vat", "vat id"],
        against: &[],
        examples: &["USt-IdNr. [DE136695976]", "[DE126524843]"],
        counter_examples: &["DE136695977"],
    },
    Detector {
        entity: "DE_KFZ",
        tier: Tier::Labelled,
        what: "German number plate",
        shape: Shape::Masks(
            &[
                labelled("^-^^ ####"),
                labelled("^-^^ ###"),
                labelled("^-^^ ##"),
                labelled("^^-^^ ####"),
                labelled("^^-^^ ###"),
                labelled("^^-^^ ##"),
                labelled("^^-^ ####"),
                labelled("^^-^ ###"),
                labelled("^-^ ####"),
                labelled("^^^-^^ ###"),
                labelled("^^^-^^ ##"),
                labelled("^^^-^ ###"),
                labelled("^-^^ ####E"),
                labelled("^ ^^ ####"),
                labelled("^^ ^^ ####"),
                labelled("^^ ^^ ###"),
                labelled("^ ^^ ###"),
                labelled("^-^^###"),
                labelled("^-^^####"),
                labelled("^^-^^###"),
                labelled("^^-^^####"),
                labelled("^^-^^##"),
                labelled("^-^^##"),
                labelled("^^-^####"),
                labelled("^^-^###"),
                labelled("^-^^####E"),
                labelled("^-^^###E"),
                labelled("^-^^ ###E"),
                labelled("^^-^^ ###E"),
                labelled("^^-^^###E"),
                labelled("^^^-^^ #"),
                labelled("^^^-^^ ####"),
                labelled("^^^-^ ####"),
                labelled("^-^ ###"),
                labelled("^^^-^^###"),
                labelled("^-^^ ###H"),
                labelled("^^-^^ ##H"),
            ],
            |_| true,
        ),
        context: &[
            "kennzeichen",
            "kfz",
            "nummernschild",
            "autokennzeichen",
            "kfz-kennzeichen",
            "plate",
            "amtliches kennzeichen",
            "fahrzeugkennzeichen",
            "kfz-kz",
        ],
        against: &[],
        examples: &["Kennzeichen [B-MW 1234]", "Kfz [HH-AB 123]"],
        counter_examples: &["B-MW 1234"],
    },
    Detector {
        entity: "DE_FUEHRERSCHEIN",
        tier: Tier::Labelled,
        what: "German driving licence number",
        shape: Shape::Masks(&[named("***********")], |n| {
            n.iter().filter(|b| b.is_ascii_digit()).count() >= 4 && n.iter().any(u8::is_ascii_alphabetic)
        }),
        context: &[
            "führerschein",
            "fuehrerschein",
            "führerscheinnummer",
            "fahrerlaubnis",
            "führerschein-nr",
            "führerschein nr",
            "fs-nr",
            "führerscheinnr",
            "fahrerlaubnisnummer",
            "fahrerlaubnis-nr",
            "driving licence",
            "driver license",
        ],
        against: &[],
        examples: &["Führerschein [B072RRE2I55]"],
        counter_examples: &["B072RRE2I55"],
    },
    Detector {
        entity: "DE_HANDELSREGISTER",
        tier: Tier::Labelled,
        what: "German company register number",
        shape: Shape::Masks(
            &[
                labelled("HRB #####"),
                labelled("HRB ####"),
                labelled("HRB ######"),
                labelled("HRB#####"),
                labelled("HRA #####"),
                labelled("HRA ####"),
            ],
            |_| true,
        ),
        context: &["handelsregister", "amtsgericht", "registergericht", "hrb", "hra"],
        against: &[],
        examples: &["Amtsgericht München, [HRB 12345]"],
        counter_examples: &["HRX 12345"],
    },
    Detector {
        entity: "DE_LANR",
        tier: Tier::Labelled,
        what: "German doctor number",
        shape: Shape::Masks(&[named("#########")], not_same),
        context: &["lanr", "arztnummer", "lebenslange arztnummer"],
        against: &[],
        examples: &["LANR [123456601]"],
        counter_examples: &["123456601"],
    },
    Detector {
        entity: "DE_BSNR",
        tier: Tier::Labelled,
        what: "German practice number",
        shape: Shape::Masks(&[named("#########")], not_same),
        context: &["bsnr", "betriebsstättennummer", "betriebsstaettennummer"],
        against: &[],
        examples: &["BSNR [345678901]"],
        counter_examples: &["345678901"],
    },
    Detector {
        entity: "DE_PLZ",
        tier: Tier::Labelled,
        what: "German postal code",
        shape: Shape::Masks(&[named("#####")], not_same),
        context: &["plz", "postleitzahl"],
        against: &[],
        examples: &["PLZ [10115]"],
        counter_examples: &["10115", "PLZ 00000"],
    },
    Detector {
        entity: "AT_SVNR",
        tier: Tier::Checked,
        what: "Austrian social insurance number",
        shape: Shape::Masks(&[labelled("##########"), labelled("#### ######"), labelled("####-######")], svnr),
        context: &[
            "svnr",
            "sozialversicherungsnummer",
            "sv-nummer",
            "sv-nr",
            "sozialversicherung",
            "versicherungsnummer",
            "ahv",
            "sv nr",
            "sv_nummer",
            "sv nummer",
            "vsnr",
            "versicherungsnr",
            "svnr.",
        ],
        against: &[],
        examples: &["SVNR [5679300896]", "Sozialversicherungsnummer: [5369 011175]"],
        counter_examples: &["SVNR 5679300897", "5679300896"],
    },
    Detector {
        entity: "CH_AHV",
        tier: Tier::Strong,
        what: "Swiss social insurance number",
        shape: Shape::Masks(
            &[proven("756.####.####.##"), undenied("756##########"), undenied("756 #### #### ##")],
            checksum::ean13,
        ),
        context: &["ahv", "avs", "oasi", "sozialversicherungsnummer"],
        against: &[],
        examples: &["[756.9217.0769.85]", "AHV [7562758295839]"],
        counter_examples: &["756.9217.0769.86"],
    },
];
