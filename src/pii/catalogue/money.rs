//! Where somebody's money is: cards, accounts, wallets.

use super::{super::checksum, labelled};
use crate::pii::{Detector, Shape, Tier};

/// Fedwire's ranges of the first two digits, and the sum with weights 3, 7, 1.
fn aba(n: &[u8]) -> bool {
    let head = checksum::number(n, 0..2).unwrap_or(99);
    matches!(head, 0..=12 | 21..=32 | 61..=72 | 80)
        && checksum::weighted(n, &[3, 7, 1, 3, 7, 1, 3, 7, 1]).is_some_and(|s| s % 10 == 0)
        && !checksum::all_same(n)
}

/// The rows.
pub const ROWS: &[Detector] = &[
    Detector {
        entity: "CREDIT_CARD",
        tier: Tier::Strong,
        what: "payment card number of any scheme: issuer range, length, grouping and Luhn",
        shape: Shape::Card,
        context: &[
            "card", "credit", "debit", "visa", "mastercard", "amex", "maestro", "discover", "diners", "jcb", "unionpay", "cc",
            "pan", "charge", "payment", "karte", "kreditkarte", "carte", "tarjeta", "carta", "cartão", "карта", "карты", "卡号",
            "信用卡", "カード", "카드", "karta", "kart", "kort",
        ],
        examples: &[
            "[4111 1111 1111 1111]",
            "[4111-1111-1111-1111] 12/26 123",
            "[4242424242424242]",
            "[5555 5555 5555 4444]",
            "[2223003122003222]",
            "[3782 822463 10005]",
            "[371449635398431]",
            "[6011 1111 1111 1117]",
            "[3056 930902 5904]",
            "[38520000023237]",
            "[3566002020360505]",
            "[6200000000000005]",
            "[6205500000000000004]",
            "[6759 6498 2643 8453]",
            "[2200 1234 5678 9019]",
            "visa [4222222222222]",
            "[4111 1111 1111 1111] 2027",
            "card:[4111\u{a0}1111\u{a0}1111\u{a0}1111]",
            "[４１１１１１１１１１１１１１１１]",
            "[4111\u{2013}1111\u{2013}1111\u{2013}1111]",
            "[4111\u{200b}1111\u{200b}1111\u{200b}1111]",
        ],
        counter_examples: &[
            "4111 1111 1111 1112",
            "411111111111111100000",
            "4111-1111-1111-1111-22",
            "0000 0000 0000 0000",
            "EAN 4006381333931",
            "1700000000000000",
            "6011-9156-6859-6609",
            "a4111111111111111",
            "1234 4111 1111 1111 1111",
            "3.4111111111111111",
        ],
    },
    Detector {
        entity: "IBAN_CODE",
        tier: Tier::Strong,
        what: "international bank account number: country, length, mod 97",
        shape: Shape::Iban,
        context: &["iban"],
        examples: &[
            "IBAN [DE89 3704 0044 0532 0130 00].",
            "[DE89370400440532013000],",
            "[gb82west12345698765432]",
            "[FR14 2004 1010 0505 0001 3M02 606]",
            "[NO93 8601 1117 947]",
            "[MT84MALT011000012345MTLCAST001S]",
            "[NL91-ABNA-0417-1643-00]",
            "IBAN:[CH93\u{a0}0076\u{a0}2011\u{a0}6238\u{a0}5295\u{a0}7]",
        ],
        counter_examples: &["DE89 3704 0044 0532 0130 01", "DE89370400440532013000X", "GB82WEST1234569876543", "XX82WEST12345698765432"],
    },
    Detector {
        entity: "ABA_ROUTING_NUMBER",
        tier: Tier::Checked,
        what: "US bank routing number",
        shape: Shape::Masks(&[labelled("#########")], aba),
        context: &["routing", "aba", "rtn", "bank"],
        examples: &["routing number [021000021]", "ABA: [121000358]"],
        counter_examples: &["021000021", "routing 021000022", "order 121000358"],
    },
    Detector {
        entity: "US_BANK_NUMBER",
        tier: Tier::Labelled,
        what: "US bank account number, 8 to 17 digits beside a word",
        shape: Shape::Masks(
            &[
                labelled("########"), labelled("#########"), labelled("##########"), labelled("###########"),
                labelled("############"), labelled("#############"), labelled("##############"),
                labelled("#################"),
            ],
            |n| !checksum::all_same(n),
        ),
        context: &["bank account", "account number", "account no", "acct", "checking", "savings", "account #", "acct no"],
        examples: &["account number [945456787654]", "checking [12345678901]"],
        counter_examples: &["945456787654", "order 945456787654"],
    },
];
