//! Times as Ollama writes them (RFC 3339, in its server's zone), and as seconds since the epoch.

/// The seconds of `2026-08-20T20:00:01.123456-07:00`. Fractions are cut off; None if it is no such time, or one before
/// the epoch.
pub(super) fn read(text: &str) -> Option<u64> {
    let (date, rest) = text.split_once(['T', 't', ' '])?;
    let mut date = date.split('-').map(str::parse::<i64>);
    let mut next = |most: i64| date.next()?.ok().filter(|number| (0..=most).contains(number));
    let (year, month, day) = (next(9999)?, next(12)?.max(1), next(31)?.max(1));
    let (clock, offset) = match rest.find(['Z', 'z', '+', '-']) {
        Some(at) => rest.split_at_checked(at)?,
        None => (rest, "Z"),
    };
    let minutes_of = |text: &str| {
        let (hours, minutes) = text.split_once(':')?;
        Some(i64::from(hours.parse::<u8>().ok()?) * 60 + i64::from(minutes.parse::<u8>().ok()?))
    };
    let offset_secs = match offset.split_at_checked(1)? {
        ("+", ahead) => minutes_of(ahead)? * 60,
        ("-", behind) => -minutes_of(behind)? * 60,
        _ => 0,
    };
    let (hours_minutes, secs) = clock.rsplit_once(':')?;
    let secs: u8 = secs.split('.').next()?.parse().ok()?;
    let of_day = minutes_of(hours_minutes)? * 60 + i64::from(secs);
    let days = days_before_year(year) + day_of_year(year, month) + day - 1;
    u64::try_from(days * 86_400 + of_day - offset_secs).ok()
}

/// The time of these seconds, in UTC.
pub(super) fn write(secs: u64) -> String {
    // Up to the year 9999, which is all the form can say.
    let secs = secs.min(253_402_300_799);
    let mut days = (secs / 86_400) as i64;
    let mut year = 1970 + days / 366;
    while days_before_year(year + 1) <= days {
        year += 1;
    }
    days -= days_before_year(year);
    let month = (1..=12).rev().find(|month| day_of_year(year, *month) <= days).unwrap_or(1);
    let day = days - day_of_year(year, month) + 1;
    let (hour, minute, second) = (secs / 3600 % 24, secs / 60 % 60, secs % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// From the epoch to the first of January.
fn days_before_year(year: i64) -> i64 {
    let years = year - 1;
    years * 365 + years / 4 - years / 100 + years / 400 - 719_162
}

/// Days of the year before the first of the month.
fn day_of_year(year: i64, month: i64) -> i64 {
    const BEFORE: [i64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let before = usize::try_from(month - 1).ok().and_then(|at| BEFORE.get(at)).copied().unwrap_or(0);
    before + i64::from(leap && month > 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_in_any_zone_and_written_in_utc() {
        let rows = [
            ("1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00Z"),
            ("2023-08-04T08:52:19.385406455-07:00", 1_691_164_339, "2023-08-04T15:52:19Z"),
            ("2024-02-29T23:59:59.5+00:30", 1_709_249_399, "2024-02-29T23:29:59Z"),
            ("2000-03-01t00:00:00z", 951_868_800, "2000-03-01T00:00:00Z"),
            ("2100-12-31T12:00:00Z", 4_133_937_600, "2100-12-31T12:00:00Z"),
            ("2026-08-21 05:59:58", 1_787_291_998, "2026-08-21T05:59:58Z"),
        ];
        for (text, secs, utc) in rows {
            assert_eq!(read(text), Some(secs), "{text}");
            assert_eq!(write(secs), utc);
        }
        for text in ["", "now", "2024-02-29", "2024-13-01T00:00:00Z", "1969-12-31T23:59:59Z", "2024-01-01T00:00:00+x"] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(write(u64::MAX), "9999-12-31T23:59:59Z");
    }

    #[test]
    fn what_is_written_is_read_as_the_same() {
        for secs in (0..253_402_300_799).step_by(86_400 * 13 + 4321) {
            assert_eq!(read(&write(secs)), Some(secs));
        }
    }
}
