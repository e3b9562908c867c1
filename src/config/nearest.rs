//! Which known word somebody meant by an unknown one.
//!
//! The distance is Damerau-Levenshtein in its restricted form (a letter more, less, other, or two neighbours swapped),
//! with letters compared without case and `-` equal to `_`.

/// Longer words are not compared: a name is shorter, and the work stays small.
const MAX_BYTES: usize = 64;

/// The candidate nearest to `word`, if one is near enough to be meant: about one slip in three letters, three at most.
/// Of two equally near the first wins.
pub fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let mut best: Option<(usize, &'c str)> = None;
    for candidate in candidates {
        let longer = word.len().max(candidate.len());
        if longer > MAX_BYTES {
            continue;
        }
        let distance = distance(word.as_bytes(), candidate.as_bytes());
        let slips = (longer / 3).min(3);
        if distance <= slips && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

fn distance(left: &[u8], right: &[u8]) -> usize {
    let fold = |byte: &u8| if *byte == b'-' { b'_' } else { byte.to_ascii_lowercase() };
    let right: Vec<u8> = right.iter().map(fold).collect();
    let at = |row: &[usize], index: usize| row.get(index).copied().unwrap_or(usize::MAX / 2);
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=right.len()).collect();
    let mut last = None;
    for (row, byte) in left.iter().map(fold).enumerate() {
        let mut current = vec![row + 1];
        let mut last_right = None;
        for (column, other) in right.iter().copied().enumerate() {
            let replaced = at(&above, column) + usize::from(byte != other);
            let mut least = replaced.min(at(&above, column + 1) + 1).min(at(&current, column) + 1);
            if column > 0 && last == Some(other) && last_right == Some(byte) {
                least = least.min(at(&before, column - 1) + 1);
            }
            current.push(least);
            last_right = Some(other);
        }
        before = std::mem::replace(&mut above, current);
        last = Some(byte);
    }
    at(&above, right.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_the_one_meant_or_none() {
        let known = ["EMAIL_ADDRESS", "US_SSN", "models", "mode", "id", "keys", "any-thing"];
        let rows = [
            ("us_snn", Some("US_SSN")),
            ("us-ssn", Some("US_SSN")),
            ("modles", Some("models")),
            ("model", Some("models")),
            ("Mode", Some("mode")),
            ("emial_adress", Some("EMAIL_ADDRESS")),
            ("ID", Some("id")),
            ("ie", None),
            ("kes", Some("keys")),
            ("any_thing", Some("any-thing")),
            ("tenants", None),
            ("", None),
        ];
        for (word, meant) in rows {
            assert_eq!(nearest(word, known), meant, "{word}");
        }
    }

    #[test]
    fn a_distance_counts_slips() {
        let rows = [("", "", 0), ("", "abc", 3), ("abc", "", 3), ("ab", "ba", 1), ("abc", "ac", 1), ("ca", "abc", 3)];
        for (left, right, slips) in rows {
            assert_eq!(distance(left.as_bytes(), right.as_bytes()), slips, "{left} {right}");
        }
    }

    #[test]
    fn a_very_long_word_is_not_compared() {
        let long = "m".repeat(100_000);
        assert_eq!(nearest(&long, ["models"]), None);
    }
}
