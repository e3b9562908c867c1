//! International bank account numbers: country, its length, mod 97.

use super::{checksum, mask};

/// Country and total length. The 89 countries of SWIFT's IBAN registry, release 101 (python-stdnum 2.2 and schwifty
/// carry it), and the partial users banks print (schwifty).
#[rustfmt::skip]
const COUNTRIES: &[(&[u8; 2], u8)] = &[
    (b"AD", 24), (b"AE", 23), (b"AL", 28), (b"AO", 25), (b"AT", 20), (b"AZ", 28), (b"BA", 20), (b"BE", 16),
    (b"BF", 28), (b"BG", 22), (b"BH", 22), (b"BI", 27), (b"BJ", 28), (b"BR", 29), (b"BY", 28), (b"CF", 27),
    (b"CG", 27), (b"CH", 21), (b"CI", 28), (b"CM", 27), (b"CR", 22), (b"CV", 25), (b"CY", 28), (b"CZ", 24),
    (b"DE", 22), (b"DJ", 27), (b"DK", 18), (b"DO", 28), (b"DZ", 26), (b"EE", 20), (b"EG", 29), (b"ES", 24),
    (b"FI", 18), (b"FK", 18), (b"FO", 18), (b"FR", 27), (b"GA", 27), (b"GB", 22), (b"GE", 22), (b"GI", 23),
    (b"GL", 18), (b"GQ", 27), (b"GR", 27), (b"GT", 28), (b"GW", 25), (b"HN", 28), (b"HR", 21), (b"HU", 28),
    (b"IE", 22), (b"IL", 23), (b"IQ", 23), (b"IR", 26), (b"IS", 26), (b"IT", 27), (b"JO", 30), (b"KM", 27),
    (b"KW", 30), (b"KZ", 20), (b"LB", 28), (b"LC", 32), (b"LI", 21), (b"LT", 20), (b"LU", 20), (b"LV", 21),
    (b"LY", 25), (b"MA", 28), (b"MC", 27), (b"MD", 24), (b"ME", 22), (b"MG", 27), (b"MK", 19), (b"ML", 28),
    (b"MN", 20), (b"MR", 27), (b"MT", 31), (b"MU", 30), (b"MZ", 25), (b"NE", 28), (b"NI", 28), (b"NL", 18),
    (b"NO", 15), (b"OM", 23), (b"PK", 24), (b"PL", 28), (b"PS", 29), (b"PT", 25), (b"QA", 29), (b"RO", 24),
    (b"RS", 22), (b"RU", 33), (b"SA", 24), (b"SC", 31), (b"SD", 18), (b"SE", 24), (b"SI", 19), (b"SK", 24),
    (b"SM", 27), (b"SN", 28), (b"SO", 23), (b"ST", 25), (b"SV", 28), (b"TD", 27), (b"TG", 28), (b"TL", 23),
    (b"TN", 24), (b"TR", 26), (b"UA", 29), (b"VA", 22), (b"VG", 24), (b"XK", 20), (b"YE", 30),
];

/// [`COUNTRIES`] by their letters, `AA` first; zero where there is none.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which checks it")]
static LENGTHS: [u8; 26 * 26] = {
    let mut table = [0; 26 * 26];
    let mut rows = COUNTRIES;
    while let [([a, b], length), rest @ ..] = rows {
        table[(*a - b'A') as usize * 26 + (*b - b'A') as usize] = *length;
        rows = rest;
    }
    table
};

/// How long an account number of the country is, whose two letters stand at `start` in either case.
fn length(text: &[u8], start: usize) -> Option<usize> {
    let letter = |i: usize| mask::at(text, i).to_ascii_uppercase().checked_sub(b'A').filter(|l| *l < 26);
    let place = usize::from(letter(start)?) * 26 + usize::from(letter(start + 1)?);
    LENGTHS.get(place).map(|l| usize::from(*l)).filter(|l| *l > 0)
}

/// The end of the account number that starts at `start`, if one does.
pub fn fit(text: &[u8], start: usize) -> Option<usize> {
    let length = length(text, start)?;
    if mask::at(text, start.wrapping_sub(1)) == b'_' {
        return None;
    }
    let mut bare = [0u8; 34];
    let mut len = 0;
    let mut end = start;
    let mut gap = 0; // separators since the last character
    while len < length {
        let b = mask::at(text, end);
        if b.is_ascii_alphanumeric() {
            *bare.get_mut(len)? = b.to_ascii_uppercase();
            len += 1;
            gap = 0;
        } else if matches!(b, b' ' | b'-' | b'.') && gap < 2 && len >= 4 {
            gap += 1;
        } else {
            return None;
        }
        end += 1;
    }
    if mask::at(text, end).is_ascii_alphanumeric() || mask::at(text, end) == b'_' {
        return None;
    }
    checksum::iban(bare.get(..length)?).then_some(end)
}

/// Whether two letters stand for a country: one with account numbers like these, or one of the others with banks.
pub fn is_country(letters: &[u8]) -> bool {
    const OTHERS: &[u8] = b"AFAGAIAMARAUAWBBBDBMBNBOBSBTBWBZCACDCKCLCNCOCUCWDMECERETFJFMGDGGGHGMGNGUGYHKHTIDIMINJEJMJPKEKGKHKIKNKPKRKYLALKLRLSMHMMMOMSMVMWMXMYNANGNPNRNZPAPEPFPGPHPWPYRWSBSGSLSRSSSXSYSZTCTHTJTMTOTTTVTWTZUGUSUYUZVCVEVNVUWSZAZMZW";
    length(letters, 0).is_some() || OTHERS.chunks(2).any(|country| country == letters)
}
