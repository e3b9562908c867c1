//! Identity numbers of India, Pakistan, Sri Lanka and Bangladesh.

use super::{super::checksum, labelled, named, undenied};
use crate::pii::{Detector, Shape, Tier};

fn aadhaar(n: &[u8]) -> bool {
    let palindrome = n.iter().eq(n.iter().rev());
    matches!(n.first(), Some(b'2'..=b'9')) && checksum::verhoeff(n) && !palindrome
}

/// The fourth letter is the kind of holder.
fn pan(n: &[u8]) -> bool {
    matches!(n.get(3), Some(b'A' | b'B' | b'C' | b'F' | b'G' | b'H' | b'J' | b'L' | b'P' | b'T'))
}

/// State, PAN, entity, Z, and a check in base 36.
fn gstin(n: &[u8]) -> bool {
    let value = |b: u8| u32::from(if b.is_ascii_digit() { b - b'0' } else { b.wrapping_sub(b'A') + 10 });
    let Some((last, body)) = n.split_last() else {
        return false;
    };
    let sum: u32 = body
        .iter()
        .enumerate()
        .map(|(place, b)| value(*b) * if place % 2 == 0 { 1 } else { 2 })
        .map(|p| p / 36 + p % 36)
        .sum();
    (36 - sum % 36) % 36 == value(*last)
        && matches!(checksum::number(n, 0..2), Some(1..=38 | 97 | 99))
        && n.get(2..12).is_some_and(pan)
}

/// The states' letters.
fn plate(n: &[u8]) -> bool {
    const STATES: &[u8] = b"ANAPARASBRCGCHDDDLDNGAGJHPHRJHJKKAKLLALDMHMLMNMPMZNLODORPBPYRJSKTNTRTSUKUPWB";
    n.get(..2).is_some_and(|state| STATES.chunks(2).any(|s| s == state))
}

fn cnic(n: &[u8]) -> bool {
    matches!(n.first(), Some(b'1'..=b'7')) && !checksum::all_same(n)
}

fn not_same(n: &[u8]) -> bool {
    !checksum::all_same(n)
}

/// The rows.
pub const ROWS: &[Detector] = &[
    Detector {
        entity: "IN_AADHAAR",
        tier: Tier::Checked,
        what: "Indian resident number",
        shape: Shape::Masks(
            &[undenied("#### #### ####"), undenied("####-####-####"), labelled("############")],
            aadhaar,
        ),
        context: &[
            "aadhaar",
            "aadhar",
            "adhaar",
            "uidai",
            "uid",
            "आधार",
            "आधार संख्या",
            "আধার",
            "ஆதார்",
            "adhar",
            "aadhar card",
            "aadhaar number",
            "adhaar card",
            "आधार कार्ड",
            "आधार नंबर",
        ],
        against: &[],
        examples: &["Aadhaar [2341 2341 2346]", "aadhaar: [234123412346]"],
        counter_examples: &["2341 2341 2347", "234123412346", "784C 7826 7845 7850"],
    },
    Detector {
        entity: "IN_PAN",
        tier: Tier::Strong,
        what: "Indian tax number",
        shape: Shape::Masks(&[undenied("AAAAA####A")], pan),
        context: &["pan", "permanent account", "pan card", "पैन", "income tax"],
        against: &[],
        examples: &["PAN [ABCPE1234F]"],
        counter_examples: &["ABCDE1234F", "model ABCPE1234F"],
    },
    Detector {
        entity: "IN_GSTIN",
        tier: Tier::Strong,
        what: "Indian number for the goods and services tax",
        shape: Shape::Masks(&[undenied("##AAAAA####A*Z*")], gstin),
        context: &["gst", "gstin", "gst no"],
        against: &[],
        examples: &["GSTIN [29LJMCR9605J1ZV]", "[27PCPCP1066M1ZC]"],
        counter_examples: &["29LJMCR9605J1ZW"],
    },
    Detector {
        entity: "IN_VOTER",
        tier: Tier::Labelled,
        what: "Indian voter number",
        shape: Shape::Masks(&[labelled("AAA#######")], |_| true),
        context: &["voter", "epic", "voter id", "election", "मतदाता", "voter card"],
        against: &[],
        examples: &["voter ID [IMO8328130]"],
        counter_examples: &["IMO8328130"],
    },
    Detector {
        entity: "IN_PASSPORT",
        tier: Tier::Labelled,
        what: "Indian passport number",
        shape: Shape::Masks(&[named("A#######"), named("A## #####")], |_| true),
        context: &["indian passport", "passport", "पासपोर्ट", "passport no", "passport number"],
        against: &[],
        examples: &["passport no. [J8369854]", "पासपोर्ट [K1234567]"],
        counter_examples: &["J8369854"],
    },
    Detector {
        entity: "IN_VEHICLE_REGISTRATION",
        tier: Tier::Labelled,
        what: "Indian number plate",
        shape: Shape::Masks(
            &[
                labelled("AA##AA####"),
                labelled("AA ## AA ####"),
                labelled("AA-##-AA-####"),
                labelled("AA##A####"),
                labelled("AA ## A ####"),
                labelled("AA##AAA####"),
                labelled("AA#AA####"),
                labelled("AA-##-A-####"),
                labelled("AA-#A-AA-####"),
                labelled("AA#AAA####"),
                labelled("AA-##AA-####"),
                labelled("AA ##AA ####"),
            ],
            plate,
        ),
        context: &[
            "vehicle",
            "registration",
            "number plate",
            "plate",
            "car",
            "bike",
            "rto",
            "गाड़ी",
            "वाहन",
            "reg no",
            "registration no",
            "rc number",
            "rc no",
            "car number",
            "vehicle number",
            "vehicle no",
            "vehicle registration number",
            "gaadi number",
        ],
        against: &[],
        examples: &["vehicle no. [MH12AB1234]", "registration [KA-01-MJ-2022]"],
        counter_examples: &["MH12AB1234", "vehicle XX12AB1234"],
    },
    Detector {
        entity: "IN_DRIVING_LICENSE",
        tier: Tier::Labelled,
        what: "Indian driving licence number",
        shape: Shape::Masks(
            &[
                labelled("AA##***********"),
                labelled("AA## ###########"),
                labelled("AA-#############"),
                labelled("AA##-###########"),
                labelled("AA-##***********"),
                labelled("AA-##-###########"),
                labelled("AA-##-####-#######"),
                labelled("AA## ####*******"),
            ],
            |n| plate(n) && n.iter().filter(|b| b.is_ascii_digit()).count() >= 11,
        ),
        context: &[
            "driving licence",
            "driving license",
            "dl no",
            "licence",
            "license",
            "dl",
            "dl number",
            "driving license number",
            "driving licence number",
        ],
        against: &[],
        examples: &["driving licence [MH1420110062821]", "DL no: [KA05 20150012345]"],
        counter_examples: &["MH1420110062821"],
    },
    Detector {
        entity: "PK_CNIC",
        tier: Tier::Strong,
        what: "Pakistani identity number",
        shape: Shape::Masks(&[undenied("#####-#######-#"), labelled("#############")], cnic),
        context: &["cnic", "nadra", "شناختی کارڈ", "national id", "nic"],
        against: &[],
        examples: &["CNIC [35657-6619998-3]", "CNIC: [3790488077348]"],
        counter_examples: &["3790488077348", "order 35657-6619998-3"],
    },
    Detector {
        entity: "LK_NIC",
        tier: Tier::Labelled,
        what: "Sri Lankan identity number",
        shape: Shape::Masks(&[labelled("#########V"), labelled("#########X"), labelled("############")], not_same),
        context: &["nic", "national identity card", "sri lanka"],
        against: &[],
        examples: &["NIC [853400937V]"],
        counter_examples: &["853400937V"],
    },
    Detector {
        entity: "BD_NID",
        tier: Tier::Labelled,
        what: "Bangladeshi identity number",
        shape: Shape::Masks(
            &[labelled("##########"), labelled("#############"), labelled("#################")],
            not_same,
        ),
        context: &["nid", "national id", "জাতীয় পরিচয়পত্র", "এনআইডি"],
        against: &[],
        examples: &["NID [1985123456]", "NID: [19851234567890123]"],
        counter_examples: &["1985123456"],
    },
];
