//! How large a picture is, read from the first bytes of its file, and how many tokens that is.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// How a model counts pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Picture {
    /// OpenAI: fitted into 2048 squared, the short side to 768 at most, `tile` for each square of 512, and `base`.
    Tiles { base: u64, tile: u64 },
    /// OpenAI's smaller models: squares of 32, at most 1,536, times so much.
    Patches { percent: u64 },
    /// Anthropic: an area for each token.
    Area { per_token: u64, most: u64 },
    /// Google: one of them where both sides are small, else one for each square.
    Squares { small: u64, side: u64, each: u64 },
}

/// The tokens of a picture of a size.
pub(super) fn tokens(picture: Picture, (width, height): (u64, u64), low: bool) -> u64 {
    let (width, height) = (width.clamp(1, 1 << 20), height.clamp(1, 1 << 20));
    match picture {
        Picture::Tiles { base, .. } if low => base,
        Picture::Tiles { base, tile } => {
            let (mut w, mut h) = (width as f64, height as f64);
            let fit = (2_048.0 / w.max(h)).min(1.0);
            (w, h) = (w * fit, h * fit);
            let short = (768.0 / w.min(h)).min(1.0);
            let tiles = |side: f64| (side * short / 512.0).ceil().max(1.0) as u64;
            base + tile * tiles(w) * tiles(h)
        }
        Picture::Patches { percent } => {
            let patches = (width.div_ceil(32) * height.div_ceil(32)).min(1_536);
            (patches * percent).div_ceil(100)
        }
        Picture::Area { per_token, most } => (width * height).div_ceil(per_token).min(most),
        Picture::Squares { small, each, .. } if width <= small && height <= small => each,
        Picture::Squares { side, each, .. } => width.div_ceil(side) * height.div_ceil(side) * each,
    }
}

/// Base64 letters looked at: JPEG may have an embedded preview before its size.
const LOOKED_AT: usize = 87_380;

/// Width and height of a picture in base64: PNG, JPEG, GIF, WebP. None: it says nothing that is understood.
pub(super) fn size(data: &str) -> Option<(u64, u64)> {
    let part = data.get(..data.len().min(LOOKED_AT) / 4 * 4)?;
    let read = |part: &str| STANDARD.decode(part).ok();
    // A short picture may be all there is; of a long one the header is enough, JPEG apart.
    let head = read(part.get(..part.len().min(64))?)?;
    if head.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Some((big(&head, 16, 4)?, big(&head, 20, 4)?));
    }
    if head.starts_with(b"GIF8") {
        return Some((little(&head, 6, 2)?, little(&head, 8, 2)?));
    }
    if head.starts_with(b"RIFF") && head.get(8..12)? == b"WEBP" {
        return match head.get(12..16)? {
            b"VP8X" => Some((little(&head, 24, 3)? + 1, little(&head, 27, 3)? + 1)),
            b"VP8L" => {
                let bits = little(&head, 21, 4)?;
                Some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
            }
            b"VP8 " => Some((little(&head, 26, 2)? & 0x3fff, little(&head, 28, 2)? & 0x3fff)),
            _ => None,
        };
    }
    if head.starts_with(b"\xff\xd8") { jpeg(&read(part)?) } else { None }
}

/// Goes from marker to marker to the frame's header (ITU T.81, annex B).
fn jpeg(bytes: &[u8]) -> Option<(u64, u64)> {
    let mut at = 2;
    loop {
        if *bytes.get(at)? != 0xff {
            return None;
        }
        match *bytes.get(at + 1)? {
            0xff => at += 1,
            0x01 | 0xd0..=0xd8 => at += 2,
            0xc0..=0xcf if !matches!(bytes.get(at + 1), Some(0xc4 | 0xc8 | 0xcc)) => {
                return Some((big(bytes, at + 7, 2)?, big(bytes, at + 5, 2)?));
            }
            0xd9 | 0xda => return None,
            _ => at += 2 + usize::try_from(big(bytes, at + 2, 2)?).ok()?.max(2),
        }
    }
}

fn big(bytes: &[u8], at: usize, len: usize) -> Option<u64> {
    Some(bytes.get(at..at + len)?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

fn little(bytes: &[u8], at: usize, len: usize) -> Option<u64> {
    Some(bytes.get(at..at + len)?.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pictures_size_is_read_from_its_first_bytes() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\x80\0\0\x01\xe0\x08\x06\0\0\0";
        let gif = b"GIF89a\x40\x01\xc8\0\0\0\0";
        let jpeg = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xdb\0\x03x\xff\xc0\0\x11\x08\x01\xe0\x02\x80\x03";
        let webp = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x7f\x02\0\xdf\x01\0";
        let rows: [(&[u8], Option<(u64, u64)>); 6] = [
            (png, Some((640, 480))),
            (gif, Some((320, 200))),
            (jpeg, Some((640, 480))),
            (webp, Some((640, 480))),
            (b"not a picture at all", None),
            (b"\xff\xd8\xff", None),
        ];
        for (bytes, want) in rows {
            assert_eq!(size(&STANDARD.encode(bytes)), want, "{}", bytes.escape_ascii());
        }
        assert_eq!(size("no base64!"), None);
        assert_eq!(size(""), None);
    }

    #[test]
    fn a_picture_has_the_tokens_its_maker_says() {
        let tiles = Picture::Tiles { base: 85, tile: 170 };
        let rows = [
            (tiles, (1_024, 1_024), false, 765),
            (tiles, (2_048, 4_096), false, 1_105),
            (tiles, (4_096, 8_192), true, 85),
            (tiles, (100, 100), false, 255),
            (Picture::Patches { percent: 162 }, (1_024, 1_024), false, 1_659),
            (Picture::Area { per_token: 750, most: 1_600 }, (1_000, 1_000), false, 1_334),
            (Picture::Area { per_token: 750, most: 1_600 }, (9_000, 9_000), false, 1_600),
            (Picture::Squares { small: 384, side: 768, each: 258 }, (384, 384), false, 258),
            (Picture::Squares { small: 384, side: 768, each: 258 }, (1_000, 1_000), false, 1_032),
        ];
        for (picture, size, low, want) in rows {
            assert_eq!(tokens(picture, size, low), want, "{picture:?} {size:?}");
        }
    }
}
