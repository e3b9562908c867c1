//! One vector in either form: numbers, or the same as little-endian 32-bit floats in base64.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::wire::json::Writer;

/// One vector as it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vector<'a> {
    /// A JSON array of numbers.
    Numbers(&'a str),
    /// The inside of a string of base64.
    Packed(&'a str),
}

impl<'a> Vector<'a> {
    /// From the text of a JSON value; None if it is neither form. Only its characters are looked at.
    pub fn of(text: &'a [u8]) -> Option<Self> {
        // Each byte that passes is ASCII.
        let ascii = |bytes: &'a [u8], fits: fn(u8) -> bool| {
            bytes.iter().all(|byte| fits(*byte)).then(|| std::str::from_utf8(bytes).ok()).flatten()
        };
        match text {
            [b'"', base64 @ .., b'"'] => {
                ascii(base64, |b| b.is_ascii_alphanumeric() || b"+/=".contains(&b)).map(Self::Packed)
            }
            [b'[', inside @ .., b']'] => {
                ascii(inside, |b| b.is_ascii_digit() || b"-+.eE, \n\r\t".contains(&b))?;
                std::str::from_utf8(text).ok().map(Self::Numbers)
            }
            _ => None,
        }
    }

    /// Writes it in the form wanted. None if what came is not of its form after all.
    pub fn write(&self, packed: bool, writer: &mut Writer) -> Option<()> {
        match self {
            Self::Numbers(numbers) if packed => {
                writer.string(&BASE64.encode(pack(numbers)?));
            }
            Self::Packed(base64) if !packed => unpack(&BASE64.decode(base64).ok()?, writer)?,
            Self::Numbers(same) => {
                writer.raw(same);
            }
            Self::Packed(same) => {
                writer.string(same);
            }
        }
        Some(())
    }
}

/// The numbers of a JSON array as little-endian floats.
fn pack(numbers: &str) -> Option<Vec<u8>> {
    let inside = numbers.strip_prefix('[')?.strip_suffix(']')?.trim();
    // A number with its comma takes ten bytes and more.
    let mut bytes = Vec::with_capacity(inside.len() / 2);
    if inside.is_empty() {
        return Some(bytes);
    }
    for number in inside.split(',') {
        let number = number.trim();
        // Rust would take `inf` and `.5` as well, JSON does not.
        let first = number.strip_prefix('-').unwrap_or(number).as_bytes().first()?;
        if !first.is_ascii_digit() {
            return None;
        }
        let value: f32 = number.parse().ok()?;
        bytes.extend_from_slice(&value.to_le_bytes());
    }
    Some(bytes)
}

/// Little-endian floats as a JSON array: each number in as few digits as tell it from its neighbours.
fn unpack(bytes: &[u8], writer: &mut Writer) -> Option<()> {
    use std::io::Write as _;
    writer.open_array();
    let (floats, rest) = bytes.as_chunks::<4>();
    for (at, float) in floats.iter().enumerate() {
        let value = f32::from_le_bytes(*float);
        if !value.is_finite() {
            return None;
        }
        let comma = if at > 0 { "," } else { "" };
        write!(writer.out, "{comma}{value:?}").ok()?;
    }
    writer.close_array();
    rest.is_empty().then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str, packed: bool) -> Option<String> {
        let mut writer = Writer::default();
        Vector::of(text.as_bytes())?.write(packed, &mut writer)?;
        Some(String::from_utf8(writer.out).unwrap())
    }

    #[test]
    fn numbers_are_packed_and_unpacked_as_openai_does() {
        // Python: base64.b64encode(struct.pack("<3f", 0.5, -1.25e-7, 3)).
        let rows = [
            ("[0.5, -1.25e-7,3]", r#""AAAAP703BrQAAEBA""#, "[0.5,-1.25e-7,3.0]"),
            ("[]", r#""""#, "[]"),
            ("[ 1 ]", r#""AACAPw==""#, "[1.0]"),
        ];
        for (numbers, packed, back) in rows {
            assert_eq!(written(numbers, true).as_deref(), Some(packed), "{numbers}");
            assert_eq!(written(packed, false).as_deref(), Some(back), "{packed}");
            assert_eq!(written(numbers, false).as_deref(), Some(numbers), "nothing is changed for nothing");
            assert_eq!(written(packed, true).as_deref(), Some(packed));
        }
    }

    #[test]
    fn what_is_no_vector_is_none() {
        for text in ["7", "null", "{}", "[\"a\"]", "[[1]]", "\"a b\"", "\"\\u0041\"", "[NaN]", ""] {
            assert_eq!(Vector::of(text.as_bytes()), None, "{text}");
        }
        for (text, packed) in [("[1,,2]", true), ("[.5]", true), ("[+1]", true), ("[1-]", true), ("\"AAA\"", false)] {
            assert_eq!(written(text, packed), None, "{text}");
        }
        // Three bytes are no float, and neither is infinity one that JSON has.
        assert_eq!(written("\"AAAA\"", false), None);
        assert_eq!(written("\"AACAfw==\"", false), None);
    }
}
