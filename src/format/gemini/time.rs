//! Google's times, `2026-10-21T07:28:00.123456Z` (RFC 3339), as seconds since the epoch and back.

/// Days from the epoch to the first of March of the year 0, in which no leap day lies behind the months.
const EPOCH: i64 = 719_468;

/// Seconds since the epoch; None for what is no such time, or one before it.
pub(super) fn seconds(stamp: &str) -> Option<u64> {
    let (date, time) = stamp.split_once(['T', 't'])?;
    let mut date = date.splitn(3, '-').map(|number| number.parse::<i64>().ok());
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    let end = time.find(['Z', 'z', '+', '-'])?;
    let (clock, zone) = time.split_at_checked(end)?;
    let clock = clock.split('.').next()?;
    let mut clock = clock.splitn(3, ':').map(|number| number.parse::<i64>().ok());
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
    let fits = (1..=12).contains(&month) && (1..=31).contains(&day) && (0..9999).contains(&year);
    if !fits || !(0..24).contains(&hour) || !(0..60).contains(&minute) || !(0..=60).contains(&second) {
        return None;
    }
    let ahead = match zone.split_at_checked(1)? {
        ("Z" | "z", "") => 0,
        (sign, zone) => {
            let (hours, minutes) = zone.split_once(':')?;
            let minutes = hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?;
            if sign == "-" { -minutes } else { minutes }
        }
    };
    // Howard Hinnant's days_from_civil: years begin in March.
    let year = if month <= 2 { year - 1 } else { year };
    let (era, month) = (year.div_euclid(400), (month + 9) % 12);
    let of_era = year - era * 400;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + (153 * month + 2) / 5 + day - 1 - EPOCH;
    u64::try_from(days * 86_400 + (hour * 60 + minute - ahead) * 60 + second).ok()
}

/// The time of that second.
pub(super) fn stamp(seconds: u64) -> String {
    let (days, rest) = ((seconds / 86_400) as i64 + EPOCH, seconds % 86_400);
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", rest / 3600, rest / 60 % 60, rest % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_written() {
        let rows = [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2000-02-29T23:59:59Z", Some(951_868_799)),
            ("2023-11-14T22:13:20Z", Some(1_700_000_000)),
            ("2026-10-21T07:28:00Z", Some(1_792_567_680)),
            ("2100-03-01T00:00:00Z", Some(4_107_542_400)),
        ];
        for (time, want) in rows {
            assert_eq!(seconds(time), want, "{time}");
            assert_eq!(want.map(stamp).as_deref(), Some(time));
        }
        assert_eq!(seconds("2023-11-14T22:13:20.123456Z"), Some(1_700_000_000));
        assert_eq!(seconds("2023-11-15T00:13:20+02:00"), Some(1_700_000_000));
        assert_eq!(seconds("2023-11-14T21:43:20-00:30"), Some(1_700_000_000));
        for odd in [
            "",
            "2023",
            "2023-11-14",
            "2023-13-14T22:13:20Z",
            "2023-11-14T22:13Z",
            "x-1-1T1:1:1Z",
            "1960-01-01T00:00:00Z",
            "2023-11-14T22:13:20",
        ] {
            assert_eq!(seconds(odd), None, "{odd}");
        }
    }
}
