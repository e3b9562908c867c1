//! A moment as an operator writes it: UTC by RFC 3339, `2027-01-31T12:00:00Z`, or a day, which means its first second.

use serde_json::{Value, json};

use super::Setting;
use super::errors::{Errors, quote};
use super::node::Node;
use super::shape::{Body, Named, Shape};

/// A moment, in seconds since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(u64);

impl Time {
    /// That many seconds after 1970 began.
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs)
    }

    /// The moment that a text says; None if it says none.
    pub fn new(text: &str) -> Option<Self> {
        let (date, time) = match text.split_once(['T', 't']) {
            Some((date, time)) => (date, time.strip_suffix(['Z', 'z'])?),
            None => (text, "00:00:00"),
        };
        let fields = |text: &str, mark, lens: [usize; 3]| -> Option<[u64; 3]> {
            let mut parts = text.split(mark);
            let mut read = [0; 3];
            for (slot, len) in read.iter_mut().zip(lens) {
                let part = parts.next().filter(|part| part.len() == len && part.bytes().all(|b| b.is_ascii_digit()))?;
                *slot = part.parse().ok()?;
            }
            parts.next().is_none().then_some(read)
        };
        let [year, month, day] = fields(date, '-', [4, 2, 2])?;
        let [hour, minute, second] = fields(time, ':', [2, 2, 2])?;
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let days = match month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return None,
        };
        if year < 1970 || !(1..=days).contains(&day) || hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        // Howard Hinnant's days from civil: years begin in March, so that the leap day is the last.
        let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
        let of_era = year % 400;
        let days = year / 400 * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + (153 * month + 2) / 5 + day - 1;
        Some(Self((days - 719_468) * 86_400 + hour * 3600 + minute * 60 + second))
    }

    /// Seconds since the Unix epoch.
    pub const fn secs(self) -> u64 {
        self.0
    }
}

impl std::fmt::Display for Time {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (days, secs) = (self.0 / 86_400 + 719_468, self.0 % 86_400);
        let (era, of_era) = (days / 146_097, days % 146_097);
        let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let shifted = (5 * of_year + 2) / 153;
        let day = of_year - (153 * shifted + 2) / 5 + 1;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = era * 400 + year + u64::from(month <= 2);
        let (hour, minute, second) = (secs / 3600, secs / 60 % 60, secs % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

impl Setting for Time {
    fn read(node: Node<'_>, errors: &mut Errors) -> Option<Self> {
        let text = node.text(errors)?;
        let time = Self::new(text);
        if time.is_none() {
            let wanted = "expected a moment in UTC such as \"2027-01-31T12:00:00Z\", or a day";
            errors.add(node, format!("{wanted}, got {}", quote(text)));
        }
        time
    }
    fn describe() -> Shape {
        Shape::Named(Named {
            name: "Time",
            module: module_path!(),
            docs: &[" A moment in UTC by RFC 3339: `2027-01-31T12:00:00Z`; or a day, which means its first second."],
            body: Body::Leaf(
                || json!({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)?$"}),
            ),
        })
    }
    fn show(&self) -> Value {
        json!(self.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_and_written_again() {
        let rows = [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T23:59:59Z", 951_868_799),
            ("2027-01-31T12:00:00Z", 1_801_396_800),
            ("2100-03-01T00:00:00Z", 4_107_542_400),
        ];
        for (text, secs) in rows {
            assert_eq!(Time::new(text), Some(Time(secs)), "{text}");
            assert_eq!(Time(secs).to_string(), text);
        }
        assert_eq!(Time::new("2027-01-31"), Time::new("2027-01-31T00:00:00Z"));
        for day in 0..80_000 {
            let time = Time(day * 86_400 + 1);
            assert_eq!(Time::new(&time.to_string()), Some(time));
        }
    }

    #[test]
    fn what_is_no_moment_is_none() {
        let rows = [
            "",
            "2027",
            "2027-02-29",
            "2027-13-01",
            "2027-00-01",
            "2027-01-00",
            "27-01-01",
            "2027-1-1",
            "1969-12-31",
            "2027-01-31T12:00:00",
            "2027-01-31T24:00:00Z",
            "2027-01-31T12:60:00Z",
            "2027-01-31T12:00:00+01:00",
            "2027-01-31T12:00Z",
            "2027-01-31T12:00:00.5Z",
            "+027-01-01",
        ];
        for text in rows {
            assert_eq!(Time::new(text), None, "{text}");
        }
    }
}
