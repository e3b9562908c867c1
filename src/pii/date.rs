//! Calendar dates as people write them: `1984-03-05`, `05.03.84`, `3/5/1984`, `5 March 1984`, `March 5th, 1984`,
//! `5 de marzo de 1984`, `1984年3月5日`.

use super::mask::{at, free_before, free_behind};

/// The months' names as dates have them, a language a row; any three letters or more of their beginning will do.
const MONTHS: &[&str] = &[
    "january february march april may june july august september october november december",
    "januar februar märz april mai juni juli august september oktober november dezember",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "januari februari maart april mei juni juli augustus september oktober november december",
    "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
    "ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık",
    "ledna února března dubna května června července srpna září října listopadu prosince",
    "januari februari mars april maj juni juli augusti september oktober november december",
    "tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesäkuuta heinäkuuta elokuuta syyskuuta lokakuuta marraskuuta joulukuuta",
    "január február március április május június július augusztus szeptember október november december",
    "ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie",
    "ιανουαρίου φεβρουαρίου μαρτίου απριλίου μαΐου ιουνίου ιουλίου αυγούστου σεπτεμβρίου οκτωβρίου νοεμβρίου δεκεμβρίου",
    "januari februari maret april mei juni juli agustus september oktober november desember",
    "जनवरी फरवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर अक्टूबर नवंबर दिसंबर",
    "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
];

/// The first three letters of the months, as far as they are ASCII, a bit each of [`letters`].
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which checks it")]
const BEGINNINGS: [u64; 512] = {
    let mut table = [0; 512];
    let mut row = 0;
    while row < MONTHS.len() {
        let names = MONTHS[row].as_bytes();
        let mut at = 0;
        while at + 2 < names.len() {
            let place = letters(names[at], names[at + 1], names[at + 2]);
            table[place >> 6] |= 1 << (place & 63);
            while at < names.len() && names[at] != b' ' {
                at += 1;
            }
            at += 1;
        }
        row += 1;
    }
    table
};

/// The place of three letters in either case.
const fn letters(a: u8, b: u8, c: u8) -> usize {
    (a as usize & 31) << 10 | (b as usize & 31) << 5 | (c as usize & 31)
}

/// Where the word at `pos` ends, if it names a month.
fn month(text: &[u8], pos: usize) -> Option<usize> {
    let word = text.get(pos..)?;
    // Nearly every word begins like none.
    if let Some(&[a, b, c]) = word.first_chunk()
        && [a, b, c].is_ascii()
        && BEGINNINGS.get(letters(a, b, c) >> 6).is_some_and(|bits| bits >> (letters(a, b, c) & 63) & 1 == 0)
    {
        return None;
    }
    let len = word.iter().take(20).take_while(|b| b.is_ascii_alphabetic() || **b >= 0x80).count();
    let word = std::str::from_utf8(word.get(..len)?).ok()?.to_lowercase();
    let named = len >= 3 && MONTHS.iter().any(|names| names.split(' ').any(|name| name.starts_with(&word)));
    named.then(|| pos + len + usize::from(at(text, pos + len) == b'.'))
}

/// Whether a word may stand inside a date.
pub fn is_month(word: &[u8]) -> bool {
    month(word, 0).is_some_and(|end| word.len() <= end + 1)
}

fn number(text: &[u8], pos: usize) -> (u32, usize) {
    let digits = text.get(pos..).unwrap_or_default().iter().take(4).take_while(|b| b.is_ascii_digit());
    digits.fold((0, pos), |(value, end), b| (value * 10 + u32::from(b - b'0'), end + 1))
}

fn year(value: u32, width: usize) -> bool {
    match width {
        2 => true,
        4 => (1900..=2035).contains(&value),
        _ => false,
    }
}

fn day(value: u32) -> bool {
    (1..=31).contains(&value)
}

fn blanks(text: &[u8], pos: usize) -> usize {
    text.get(pos..).unwrap_or_default().iter().take(2).take_while(|b| **b == b' ').count()
}

/// The date whose first number is `start..run`: where it starts (a month's name may stand in front) and ends.
pub fn fit(text: &[u8], start: usize, run: usize) -> Option<(usize, usize)> {
    let (first, end) = number(text, start);
    if end != run {
        return compact(text, start, run);
    }
    let width = run - start;
    if !matches!(width, 1 | 2 | 4) || !free_before(text, start, false) && at(text, start.wrapping_sub(1)) != b'-' {
        return None;
    }
    let joint = at(text, run);
    // 1984年3月5日
    for (marks, marked) in [(["年", "月", "日"], width >= 2), (["년", "월", "일"], width >= 2)] {
        if let Some(end) = marked.then(|| eastern(text, run, marks)).flatten().filter(|_| year(first, width)) {
            return Some((start, end));
        }
    }
    let spaced = usize::from(joint == b'.' && at(text, run + 1) == b' ');
    if matches!(joint, b'-' | b'/' | b'.') && at(text, run + 1 + spaced).is_ascii_digit() {
        let (second, end) = number(text, run + 1 + spaced);
        let spaced = usize::from(joint == b'.' && at(text, end + 1) == b' ');
        if at(text, end) != joint || end - run > 4 {
            return None;
        }
        let (third, last) = number(text, end + 1 + spaced);
        let sizes = (width, last - end - 1 - spaced);
        let plausible = match sizes {
            (4, 1 | 2) => year(first, 4) && (1..=12).contains(&second) && day(third),
            (1 | 2, 2 | 4) => year(third, sizes.1) && day(first) && day(second) && (first <= 12 || second <= 12),
            _ => false,
        };
        let time = at(text, last) == b'T' && at(text, last + 1).is_ascii_digit();
        return (plausible && (free_behind(text, last, false) || time)).then_some((start, last));
    }
    if width > 2 || !day(first) {
        return None;
    }
    // March 5, 1984
    let ordinal = [&b"st"[..], b"nd", b"rd", b"th"].iter().any(|o| text.get(run..run + 2) == Some(o));
    let after = run + if ordinal { 2 } else { usize::from(matches!(joint, b'.')) };
    if let Some(from) = month_before(text, start) {
        let comma = after + usize::from(at(text, after) == b',');
        let pos = comma + blanks(text, comma);
        let (value, end) = number(text, pos);
        return (pos > after && end - pos == 4 && year(value, 4) && free_behind(text, end, false))
            .then_some((from, end));
    }
    // 5 March 1984, 5. März 1984, 5 de marzo de 1984, 5-Mar-1984
    let mut pos = after + blanks(text, after);
    pos += usize::from(pos == after && at(text, pos) == b'-');
    for filler in ["de ", "of ", "d'"] {
        pos += if text.get(pos..pos + filler.len()) == Some(filler.as_bytes()) { filler.len() } else { 0 };
    }
    let end = month(text, pos)?;
    let mut pos = end + usize::from(matches!(at(text, end), b',' | b'-'));
    pos += blanks(text, pos);
    for filler in ["de ", "del "] {
        pos += if text.get(pos..pos + filler.len()) == Some(filler.as_bytes()) { filler.len() } else { 0 };
    }
    let (value, last) = number(text, pos);
    (last - pos == 4 && year(value, 4) && free_behind(text, last, false)).then_some((start, last))
}

/// `19840305`
fn compact(text: &[u8], start: usize, run: usize) -> Option<(usize, usize)> {
    let digits = text.get(start..run).filter(|digits| digits.len() == 8)?;
    let part = |range: std::ops::Range<usize>| super::checksum::number(digits, range).unwrap_or(0);
    let fits = (1900..=2035).contains(&part(0..4)) && (1..=12).contains(&part(4..6)) && (1..=31).contains(&part(6..8));
    (fits && free_before(text, start, false) && free_behind(text, run, false)).then_some((start, run))
}

fn eastern(text: &[u8], year_end: usize, marks: [&str; 3]) -> Option<usize> {
    let mut pos = year_end;
    for (place, mark) in marks.iter().enumerate() {
        if place > 0 {
            let from = pos + blanks(text, pos);
            let (value, end) = number(text, from);
            if !day(value) || end == from {
                return None;
            }
            pos = end;
        }
        pos += if text.get(pos..pos + mark.len()) == Some(mark.as_bytes()) {
            mark.len()
        } else {
            return None;
        };
    }
    Some(pos)
}

/// Where the month's name starts that ends one space before `start`.
fn month_before(text: &[u8], start: usize) -> Option<usize> {
    let end = start.checked_sub(1).filter(|end| at(text, *end) == b' ')?;
    let end = end - usize::from(at(text, end.wrapping_sub(1)) == b'.');
    let letters =
        text.get(end.saturating_sub(20)..end)?.iter().rev().take_while(|b| b.is_ascii_alphabetic() || **b >= 0x80);
    let from = end - letters.count();
    (from < end).then(|| month(text, from)).flatten().map(|_| from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_whole_and_other_numbers_are_none() {
        for (text, want) in [
            ("1984-03-05", "1984-03-05"),
            ("05.03.84", "05.03.84"),
            ("3/5/1984", "3/5/1984"),
            ("5 March 1984", "5 March 1984"),
            ("born March 5th, 1984.", "March 5th, 1984"),
            ("Sept. 5, 1984", "Sept. 5, 1984"),
            ("am 5. März 1984 in", "5. März 1984"),
            ("el 5 de marzo de 1984", "5 de marzo de 1984"),
            ("1984年3月5日", "1984年3月5日"),
            ("5-Mar-1984", "5-Mar-1984"),
            ("19840305", "19840305"),
            ("1.2.3", ""),
            ("99/99/1999", ""),
            ("2024.1", ""),
            ("5 marketing 1984", ""),
        ] {
            let start = text.bytes().position(|b| b.is_ascii_digit()).unwrap();
            let run = start + text.bytes().skip(start).take_while(u8::is_ascii_digit).count();
            let seen = fit(text.as_bytes(), start, run).map_or("", |(from, to)| text.get(from..to).unwrap());
            assert_eq!(seen, want, "{text}");
        }
    }
}
