//! E-mail addresses, found from the `@` outwards.
//!
//! Not addresses: `image@2x.png`, `lodash@4.17.21`, `@types/node`, `git@github.com:org/repo` (a place, not a person),
//! and the `password@host` of a URL, which is [`super::Shape::UrlCredentials`]'s.

use super::mask::at;

/// RFC 5321: at most 64 bytes before the `@`, 255 after it.
const LOCAL: usize = 64;
const DOMAIN: usize = 255;

/// Last labels that are file suffixes and no top-level domains.
const SUFFIXES: &[&str] = &[
    "png",
    "jpg",
    "jpeg",
    "gif",
    "svg",
    "webp",
    "bmp",
    "ico",
    "avif",
    "tiff",
    "pdf",
    "html",
    "htm",
    "css",
    "js",
    "jsx",
    "tsx",
    "mjs",
    "cjs",
    "json",
    "xml",
    "yaml",
    "yml",
    "toml",
    "lock",
    "txt",
    "csv",
    "log",
    "exe",
    "dll",
    "jar",
    "tgz",
    "gz",
    "tar",
    "local",
    "localdomain",
    "service",
    "timer",
    "socket",
    "internal",
    "java",
    "cpp",
    "php",
    "rb",
    "class",
];

/// Two-letter top-level domains: ISO 3166 countries, and eu, uk, su, ac.
const COUNTRIES: &str = "ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bv bw by bz ca cc \
     cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga gb \
     gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke \
     kg kh ki km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu \
     mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw \
     sa sb sc sd se sg sh si sj sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz \
     ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw";

/// The address around the `@` at `i`.
pub fn fit(text: &[u8], i: usize) -> Option<(usize, usize)> {
    let start = if at(text, i.wrapping_sub(1)) == b'"' { quoted(text, i)? } else { local(text, i)? };
    let end = domain(text, i + 1)?;
    let local_part = text.get(start..i)?;
    let front = |n: usize| at(text, start.wrapping_sub(n));
    // `scheme://user:secret@host` and `scheme://user@host`.
    if front(1) == b'/' && front(2) == b'/' {
        return None;
    }
    if front(1) == b':' {
        let from = start.saturating_sub(128);
        let before = text.get(from..start)?;
        let word = before.iter().rposition(|b| b.is_ascii_whitespace()).map_or(0, |p| p + 1);
        if before.get(word..)?.windows(3).any(|w| w == b"://") {
            return None;
        }
    }
    let path =
        at(text, end) == b':' && (at(text, end + 1).is_ascii_alphabetic() || matches!(at(text, end + 1), b'/' | b'~'));
    if path
        && (matches!(local_part, b"git" | b"hg")
            || text.get(end..)?.iter().take(64).take_while(|b| !b.is_ascii_whitespace()).any(|&b| b == b'/'))
    {
        return None;
    }
    Some((start, end))
}

/// Where the quoted local part starts that ends at `i`: `"jane..roe"@example.com`. One with a space would be cut by
/// streams, which release words.
fn quoted(text: &[u8], i: usize) -> Option<usize> {
    let window = text.get(i.saturating_sub(LOCAL + 1)..i - 1)?;
    let inside = window.len() - memchr::memrchr(b'"', window)? - 1;
    let start = i - 2 - inside;
    let plain = |b: &u8| b.is_ascii_graphic() && !matches!(b, b'$' | b'{' | b'<');
    let whole = inside > 0 && text.get(start + 1..i - 1)?.iter().all(plain);
    (whole && !at(text, start.wrapping_sub(1)).is_ascii_alphanumeric()).then_some(start)
}

/// Where the local part that ends at `i` starts.
fn local(text: &[u8], i: usize) -> Option<usize> {
    let window_start = i.saturating_sub(LOCAL + 1);
    let window = text.get(window_start..i)?;
    let mut start = i;
    // A script that does not set off words joins the address only when the address ends in it.
    let mut east_asian = None;
    for chunk in chars_backwards(window) {
        let fits = match chunk {
            [b] => b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'%' | b'+' | b'-' | b'\'' | b'~'),
            _ => {
                let Some(c) = std::str::from_utf8(chunk).ok().and_then(|s| s.chars().next()) else { break };
                let eastern = c as u32 >= 0x0E00 && !(0x1E00..0x2000).contains(&(c as u32));
                c.is_alphanumeric() && (!eastern || *east_asian.get_or_insert(start == i))
            }
        };
        if chunk.len() == 1 && start == i {
            east_asian = Some(false);
        }
        if !fits {
            break;
        }
        start -= chunk.len();
    }
    // `\nbob` in a string of source or JSON begins with an escape.
    start += usize::from(at(text, start.wrapping_sub(1)) == b'\\' && matches!(at(text, start), b'n' | b'r' | b't'));
    // `%3Abob`, `%20bob`: what a URL wrote before the address is not part of it.
    while start < i && matches!(at(text, start), b'.' | b'-' | b'\'' | b'%' | b'~') {
        let hex = |n: usize| at(text, start + n).is_ascii_hexdigit();
        start += if at(text, start) == b'%' && hex(1) && hex(2) { 3 } else { 1 };
    }
    let part = text.get(start..i)?;
    if let Some(quote) = part.iter().rposition(|&b| b == b'\'') {
        // An apostrophe inside a name is one; `'bob` after a word is a quotation.
        let name = part.get(..quote)?.iter().all(u8::is_ascii_alphabetic) && quote <= 3;
        if !name {
            start += quote + 1;
        }
    }
    let part = text.get(start..i)?;
    let plain =
        !part.is_empty() && part.len() <= LOCAL && part.last() != Some(&b'.') && !part.windows(2).any(|w| w == b"..");
    (plain && at(text, start.wrapping_sub(1)) != b'@').then_some(start)
}

/// The characters of `window` from its end, as byte slices; stops at a cut character.
fn chars_backwards(window: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut end = window.len();
    std::iter::from_fn(move || {
        let mut start = end.checked_sub(1)?;
        while at(window, start) & 0xC0 == 0x80 {
            start = start.checked_sub(1)?;
        }
        let chunk = window.get(start..end)?;
        end = start;
        Some(chunk)
    })
}

/// Where the domain that starts at `start` ends.
fn domain(text: &[u8], start: usize) -> Option<usize> {
    if at(text, start) == b'[' {
        let inside = text.get(start + 1..)?;
        let close = inside.iter().take(45).position(|&b| b == b']')?;
        let address = std::str::from_utf8(inside.get(..close)?).ok()?;
        let literal = address.strip_prefix("IPv6:").unwrap_or(address);
        return literal.parse::<std::net::IpAddr>().is_ok().then_some(start + close + 2);
    }
    let limit = text.len().min(start + DOMAIN);
    let mut labels = 0;
    let mut good = None; // the end of the last label that may end a domain
    let mut pos = start;
    loop {
        let from = pos;
        let end = label(text, from, limit);
        let mut kept = text.get(from..end)?;
        while let [head @ .., b'-' | b'_'] = kept {
            kept = head;
        }
        if kept.is_empty() || kept.first() == Some(&b'-') || kept.len() > 63 {
            break;
        }
        labels += 1;
        if labels == 1 && matches!(kept, [b'0'..=b'9', b'x' | b'X']) {
            return None; // `icon@2x.png`
        }
        let stop = from + kept.len();
        if labels > 1 && top_level(kept) {
            // `bob@example.com.Then` is a sentence without its space.
            if good.is_some() && matches!(kept, [b'A'..=b'Z', b'a'..=b'z', ..]) {
                break;
            }
            good = Some(stop);
        }
        if stop != end || at(text, end) != b'.' {
            if labels > 1
                && good != Some(stop)
                && kept.iter().all(u8::is_ascii_alphanumeric)
                && !kept.iter().all(u8::is_ascii_digit)
            {
                // The last label is no top-level domain: then this is a file or a module, unless a sentence goes on.
                let sentence = kept.first().is_some_and(u8::is_ascii_uppercase);
                return if sentence { good } else { None };
            }
            break;
        }
        pos = end + 1;
    }
    good
}

/// The end of the label that starts at `from`: letters, digits, dashes of one script's kind.
fn label(text: &[u8], from: usize, limit: usize) -> usize {
    let mut pos = from;
    let western = at(text, from).is_ascii();
    while pos < limit {
        let b = at(text, pos);
        if b.is_ascii() {
            if !(b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')) {
                break;
            }
            pos += 1;
            continue;
        }
        let width = match b {
            0xC0..=0xDF => 2,
            0xE0..=0xEF => 3,
            _ => 4,
        };
        let c = text.get(pos..pos + width).and_then(|s| std::str::from_utf8(s).ok()).and_then(|s| s.chars().next());
        match c {
            Some(c) if c.is_alphanumeric() && !(western && c as u32 >= 0x2E80) => pos += width,
            _ => break,
        }
    }
    pos
}

/// Looks `name` up in the sorted list, whose entries are three bytes apart.
fn country(name: &[u8]) -> bool {
    let entry = |i: usize| COUNTRIES.as_bytes().get(3 * i..3 * i + 2).unwrap_or_default();
    let (mut low, mut high) = (0, COUNTRIES.len().div_ceil(3));
    while low < high {
        let middle = (low + high) / 2;
        match entry(middle).cmp(name) {
            std::cmp::Ordering::Equal => return true,
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
        }
    }
    false
}

fn top_level(label: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(label) else { return false };
    if !text.is_ascii() {
        return text.chars().count() >= 2;
    }
    let lower = text.to_ascii_lowercase();
    match lower.len() {
        0 | 1 => false,
        2 => country(lower.as_bytes()),
        _ if lower.starts_with("xn--") => true,
        _ => lower.bytes().all(|b| b.is_ascii_alphabetic()) && !SUFFIXES.contains(&lower.as_str()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_country_is_found_in_the_list_and_other_pairs_are_not() {
        assert!(COUNTRIES.split(' ').all(|c| c.len() == 2 && country(c.as_bytes())));
        assert!(!["xx", "aa", "zz", "js"].iter().any(|c| country(c.as_bytes())));
    }
}
