//! Spans of time that counts are kept for, and how much of a count still stands at a moment.

use crate::config::words;

words! {
    /// How long a count is kept.
    pub enum Period {
        /// 1 s.
        "second" => Second,
        /// 60 s.
        "minute" => Minute,
        /// 60 min.
        "hour" => Hour,
        /// 24 h; by the calendar from midnight UTC.
        "day" => Day,
        /// By the calendar from the first of the month, UTC; else 30 days.
        "month" => Month,
    }
}

words! {
    /// How a count ends.
    pub enum Window {
        /// It begins anew with each second, minute, hour, day or month, UTC.
        "calendar" => Calendar,
        /// The last period, whenever it is looked at: of the period before, the share that still lies in it counts.
        "sliding" => Sliding,
        /// A bucket of `burst`, which empties at the rate of `limit` per period.
        "bucket" => Bucket,
    }
}

const SECOND_MS: u64 = 1_000;
const DAY_MS: u64 = 86_400_000;

impl Period {
    /// Its length; a month's is that of 30 days.
    pub fn ms(self) -> u64 {
        match self {
            Self::Second => SECOND_MS,
            Self::Minute => 60 * SECOND_MS,
            Self::Hour => 3_600 * SECOND_MS,
            Self::Day => DAY_MS,
            Self::Month => 30 * DAY_MS,
        }
    }

    /// Where the period that a moment lies in begins and ends, by the calendar.
    pub fn around(self, now_ms: u64) -> (u64, u64) {
        if self != Self::Month {
            let start = now_ms - now_ms % self.ms();
            return (start, start + self.ms());
        }
        let (year, month) = year_and_month(now_ms / DAY_MS);
        let next = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
        (days_to(year, month) * DAY_MS, days_to(next.0, next.1) * DAY_MS)
    }
}

/// The year and month of a day counted from 1970-01-01: the proleptic Gregorian calendar by eras of 400 years that begin
/// in March, so that the leap day is the last of its year.
fn year_and_month(day: u64) -> (u64, u64) {
    const ERA_DAYS: u64 = 146_097;
    let from_march_0000 = day + 719_468;
    let era = from_march_0000 / ERA_DAYS;
    let day = from_march_0000 % ERA_DAYS;
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month_from_march = (5 * day + 2) / 153;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (era * 400 + year + u64::from(month <= 2), month)
}

/// Days from 1970-01-01 to the first of a month.
pub(super) fn days_to(year: u64, month: u64) -> u64 {
    let year = year - u64::from(month <= 2);
    let (era, year) = (year / 400, year % 400);
    let month_from_march = if month > 2 { month - 3 } else { month + 9 };
    let day = (153 * month_from_march + 2) / 5;
    (era * 146_097 + year * 365 + year / 4 - year / 100 + day).saturating_sub(719_468)
}

/// A moment as RFC 3339 has it, in whole seconds.
pub fn rfc3339(ms: u64) -> String {
    let day = ms / DAY_MS;
    let (year, month) = year_and_month(day);
    let date = day - days_to(year, month) + 1;
    let secs = ms % DAY_MS / 1_000;
    format!("{year:04}-{month:02}-{date:02}T{:02}:{:02}:{:02}Z", secs / 3_600, secs / 60 % 60, secs % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_begin_where_the_calendar_says() {
        // Seconds since the epoch, from `date -u -d ... +%s`.
        let rows = [
            (Period::Month, 1_772_000_000, 1_769_904_000, 1_772_323_200), // February 2026
            (Period::Month, 1_709_210_000, 1_706_745_600, 1_709_251_200), // 29 February 2024
            (Period::Month, 1_798_761_599, 1_796_083_200, 1_798_761_600), // the last second of 2026
            (Period::Day, 1_772_000_000, 1_771_977_600, 1_772_064_000),
            (Period::Hour, 1_772_000_000, 1_771_999_200, 1_772_002_800),
            (Period::Minute, 1_772_000_000, 1_771_999_980, 1_772_000_040),
        ];
        for (period, now, start, end) in rows {
            assert_eq!(period.around(now * 1_000 + 5), (start * 1_000, end * 1_000), "{period:?} {now}");
        }
        assert_eq!(rfc3339(1_709_210_000_999), "2024-02-29T12:33:20Z");
    }
}
