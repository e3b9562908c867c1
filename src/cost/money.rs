//! Dollars without fractions: amounts in micro-dollars, prices in micro-dollars for a million.

use serde_json::{Value, json};

use crate::config::{Errors, Node, Setting, Shape};

/// What a million of something costs in micro-dollars. It is also what one of it costs in millionths of a micro-dollar,
/// in which costs are summed; one sum is rounded once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct PerMillion(pub u64);

impl PerMillion {
    /// A price for one, as a price for a million.
    pub const fn of_each(micro_usd: u64) -> Self {
        Self(micro_usd.saturating_mul(1_000_000))
    }
}

/// Micro-dollars of an amount in dollars, written in decimals: `2.50`. None: no such amount, negative, with more than six
/// places behind the point, or beyond a billion dollars.
pub fn micro_usd(text: &str) -> Option<u64> {
    const MOST: u64 = 1_000_000_000_000_000;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 10 || fraction.len() > 6 || !digits(whole) || !digits(fraction) {
        return None;
    }
    let tail = fraction.bytes().chain(std::iter::repeat(b'0')).take(6);
    let micro = whole.bytes().chain(tail).fold(0u64, |sum, digit| sum * 10 + u64::from(digit - b'0'));
    (micro <= MOST).then_some(micro)
}

/// Dollars of micro-dollars, exactly: `0.000125`, `2.5`.
pub fn usd(micro: u64) -> String {
    let (whole, fraction) = (micro / 1_000_000, micro % 1_000_000);
    let text = format!("{whole}.{fraction:06}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// An amount in dollars that the operator writes, to six places behind the point: `"2.50"`, or the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usd {
    /// In micro-dollars.
    pub micro: u64,
}

impl Setting for Usd {
    fn read(node: Node<'_>, errors: &mut Errors) -> Option<Self> {
        // A number is taken as it was written: its shortest text is that, as far as anybody writes prices.
        let text = match node.value() {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => {
                errors.add(node, "expected dollars, e.g. \"2.50\"");
                return None;
            }
        };
        let micro = micro_usd(&text);
        if micro.is_none() {
            let why = match text.as_bytes() {
                [b'-', ..] => "a price is not negative".to_owned(),
                _ => {
                    format!("expected dollars with at most six places behind the point, e.g. \"2.50\", got {text:.40}")
                }
            };
            errors.add(node, why);
        }
        Some(Self { micro: micro? })
    }

    fn describe() -> Shape {
        let schema = json!({"anyOf": [
            {"type": "string", "pattern": "^[0-9]{1,10}(\\.[0-9]{0,6})?$"},
            {"type": "number", "minimum": 0},
        ]});
        Shape::leaf("US dollars, e.g. \"2.50\"", schema)
    }

    fn show(&self) -> Value {
        json!(usd(self.micro))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollars_are_read_and_written_exactly() {
        let rows = [
            ("2.50", Some(2_500_000)),
            ("0.000001", Some(1)),
            ("10", Some(10_000_000)),
            ("0.1", Some(100_000)),
            ("7.", Some(7_000_000)),
            ("0.0000001", None),
            ("-1", None),
            ("1e-6", None),
            (".5", None),
            ("", None),
            ("9999999999", None),
        ];
        for (text, want) in rows {
            assert_eq!(micro_usd(text), want, "{text}");
        }
        for (micro, want) in
            [(0, "0"), (1, "0.000001"), (2_500_000, "2.5"), (10_000_000, "10"), (123_456_789, "123.456789")]
        {
            assert_eq!(usd(micro), want);
            assert_eq!(micro_usd(want), Some(micro));
        }
    }
}
