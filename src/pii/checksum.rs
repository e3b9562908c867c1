//! The sums that tell an identity number from any other digits: Luhn, mod 97, mod 11 and their national cousins.
//!
//! Every function takes the characters of one candidate without separators (letters in upper case) and answers
//! whether it keeps its rule. None of them looks at lengths it can get from the caller's mask, all of them answer
//! `false` on anything they do not understand, and all run in one walk over at most a few dozen bytes.

/// The value of an ASCII digit.
fn digit(byte: u8) -> Option<u32> {
    byte.is_ascii_digit().then(|| u32::from(byte - b'0'))
}

/// The number that `range` of the digits spells.
pub fn number(text: &[u8], range: std::ops::Range<usize>) -> Option<u64> {
    text.get(range)?.iter().try_fold(0u64, |sum, &b| sum.checked_mul(10)?.checked_add(u64::from(digit(b)?)))
}

/// Sum of digit times weight, for as many digits as there are weights.
pub fn weighted(text: &[u8], weights: &[u32]) -> Option<u32> {
    if text.len() < weights.len() {
        return None;
    }
    text.iter().zip(weights).try_fold(0, |sum, (&b, w)| Some(sum + digit(b)? * w))
}

/// Luhn: every second digit from the right doubled, digits of the results summed, total divisible by ten.
pub fn luhn(text: &[u8]) -> bool {
    luhn_sum(text).is_some_and(|sum| sum % 10 == 0)
}

fn luhn_sum(text: &[u8]) -> Option<u32> {
    let mut sum = 0;
    for (place, &b) in text.iter().rev().enumerate() {
        let d = digit(b)?;
        sum += if place % 2 == 0 {
            d
        } else if d < 5 {
            2 * d
        } else {
            2 * d - 9
        };
    }
    Some(sum)
}

/// Luhn with `prefix` digits before the number (the US NPI is checked as if it were a card of issuer 80840).
pub fn luhn_with_prefix(prefix: &[u8], text: &[u8]) -> bool {
    let (Some(own), Some(before)) = (luhn_sum(text), luhn_sum(&[prefix, &vec![b'0'; text.len()]].concat())) else {
        return false;
    };
    (own + before) % 10 == 0
}

/// The EAN-13 check digit: weights 1 and 3 in turn, from the left.
pub fn ean13(text: &[u8]) -> bool {
    weighted(text, &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]).is_some_and(|sum| text.len() == 13 && sum % 10 == 0)
}

/// ISO 7064 mod 97-10 as IBANs use it: the first four characters moved to the end, letters as 10..35, remainder 1.
pub fn iban(text: &[u8]) -> bool {
    let (Some(head), Some(tail)) = (text.get(..4), text.get(4..)) else {
        return false;
    };
    let mut rest = 0u32;
    for &b in tail.iter().chain(head) {
        rest = match b {
            b'0'..=b'9' => rest * 10 + u32::from(b - b'0'),
            b'A'..=b'Z' => rest * 100 + u32::from(b - b'A') + 10,
            _ => return false,
        } % 97;
    }
    rest == 1
}

/// ISO 7064 mod 11-2: the Chinese resident identity number; `X` stands for ten.
pub fn mod11_2(text: &[u8]) -> bool {
    let mut rest = 0u32;
    for (place, &b) in text.iter().enumerate() {
        let value = match b {
            b'X' if place + 1 == text.len() => 10,
            _ => match digit(b) {
                Some(d) => d,
                None => return false,
            },
        };
        rest = (rest * 2 + value) % 11;
    }
    rest == 1
}

/// ISO 7064 mod 11,10: the German tax number, the Croatian OIB.
pub fn mod11_10(text: &[u8]) -> bool {
    let Some((&last, body)) = text.split_last() else {
        return false;
    };
    let mut product = 10;
    for &b in body {
        let Some(d) = digit(b) else { return false };
        let sum = (d + product) % 10;
        product = (if sum == 0 { 10 } else { sum }) * 2 % 11;
    }
    digit(last).is_some_and(|check| (11 - product) % 10 == check)
}

/// Verhoeff, the dihedral-group check of the Aadhaar number.
pub fn verhoeff(text: &[u8]) -> bool {
    /// The dihedral group D5: reflections swap the direction of the second operand.
    fn times(a: u32, b: u32) -> u32 {
        match (a < 5, b < 5) {
            (true, true) => (a + b) % 5,
            (true, false) => (a + b - 5) % 5 + 5,
            (false, true) => (a - 5 + 5 - b) % 5 + 5,
            (false, false) => (a + 5 - b) % 5,
        }
    }
    /// Verhoeff's permutation, to be applied once per place.
    const STEP: [u32; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let mut check = 0;
    for (place, &b) in text.iter().rev().enumerate() {
        let Some(mut d) = digit(b) else { return false };
        for _ in 0..place % 8 {
            d = STEP.get(d as usize).copied().unwrap_or(0);
        }
        check = times(check, d);
    }
    check == 0
}

/// Brazil's two check digits: each is the weighted sum of what is before it, mod 11, with 10 read as 0.
pub fn cpf(text: &[u8]) -> bool {
    !all_same(text)
        && two_mod11(text, &[10, 9, 8, 7, 6, 5, 4, 3, 2], &[11, 10, 9, 8, 7, 6, 5, 4, 3, 2])
        && text.len() == 11
}

/// The company number: as the CPF, but weights run 2..9 from the right.
pub fn cnpj(text: &[u8]) -> bool {
    !all_same(text)
        && two_mod11(text, &[5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2], &[6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2])
        && text.len() == 14
}

fn two_mod11(text: &[u8], first: &[u32], second: &[u32]) -> bool {
    [first, second].iter().all(|weights| {
        let check = text.get(weights.len()).copied().and_then(digit);
        let want = weighted(text, weights).map(|sum| match sum % 11 {
            0 | 1 => 0,
            rest => 11 - rest,
        });
        check.is_some() && check == want
    })
}

/// Whether one character fills the whole text: `111.111.111-11` keeps most sums and is nobody's number.
pub fn all_same(text: &[u8]) -> bool {
    text.iter().all(|b| Some(b) == text.first())
}

/// Whether year (two or four digits), month and day can be a date; the day of February is not looked at closely.
pub fn date(month: Option<u64>, day: Option<u64>) -> bool {
    let (Some(month), Some(day)) = (month, day) else {
        return false;
    };
    let days = match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    (1..=days).contains(&day)
}

/// Shannon entropy in bits per character: a random key has more than 3.5, a word or a placeholder less.
pub fn entropy(text: &[u8]) -> f32 {
    // Secrets are ASCII; folding the rest onto it costs nothing.
    let mut counts = [0u16; 128];
    for &b in text {
        if let Some(count) = counts.get_mut(usize::from(b & 0x7F)) {
            *count += 1;
        }
    }
    let total = text.len() as f32;
    -counts.iter().filter(|&&c| c > 0).map(|&c| f32::from(c) / total).map(|p| p * p.log2()).sum::<f32>()
}

/// CRC-32 (IEEE), with which GitHub ends its tokens.
pub fn crc32(text: &[u8]) -> u32 {
    !text.iter().fold(!0u32, |crc, &b| {
        (0..8).fold(crc ^ u32::from(b), |c, _| if c & 1 == 1 { (c >> 1) ^ 0xEDB8_8320 } else { c >> 1 })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_good_numbers_pass_and_any_single_wrong_digit_fails() {
        type Row = (&'static str, fn(&[u8]) -> bool, &'static str);
        let rows: &[Row] = &[
            ("luhn", luhn, "4111111111111111"),
            ("ean13", ean13, "4006381333931"),
            ("iban", iban, "DE89370400440532013000"),
            ("mod11_2", mod11_2, "11010519491231002X"),
            ("mod11_10", mod11_10, "86095742719"),
            ("verhoeff", verhoeff, "234123412346"),
            ("cpf", cpf, "52998224725"),
            ("cnpj", cnpj, "11222333000181"),
        ];
        for (name, check, good) in rows {
            assert!(check(good.as_bytes()), "{name}: {good}");
            for place in 0..good.len() {
                let mut bad = good.as_bytes().to_vec();
                if bad[place].is_ascii_digit() {
                    bad[place] = b'0' + (bad[place] - b'0' + 1) % 10;
                    assert!(!check(&bad), "{name}: place {place} of {good}");
                }
            }
        }
    }

    #[test]
    fn a_prefix_counts_as_if_it_were_written() {
        assert!(luhn_with_prefix(b"80840", b"1234567893") && luhn(b"808401234567893"));
        assert!(!luhn_with_prefix(b"80840", b"1234567894"));
    }

    #[test]
    fn entropy_tells_keys_from_words() {
        assert!(entropy(b"aaaaaaaaaaaaaaaaaaaa") < 0.1);
        assert!(entropy(b"K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72") > 4.0);
    }

    #[test]
    fn crc32_is_the_ieee_one() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }
}
