//! Network addresses, and the credentials some URLs carry.

use super::Need;
use super::mask::at;
use super::secret::placeholder;

/// The IPv4 address that starts at `start`.
pub fn v4(text: &[u8], start: usize) -> Option<(usize, Need)> {
    let before = at(text, start.wrapping_sub(1));
    if before.is_ascii_alphanumeric() || matches!(before, b'.' | b'_' | b'-' | b'+') {
        return None;
    }
    let mut octets = [0u8; 4];
    let mut pos = start;
    for (place, octet) in octets.iter_mut().enumerate() {
        if place > 0 {
            if at(text, pos) != b'.' {
                return None;
            }
            pos += 1;
        }
        let len = (0..4).take_while(|&i| at(text, pos + i).is_ascii_digit()).count();
        let digits = text.get(pos..pos + len)?;
        if len == 0 || len > 3 || (len > 1 && digits.first() == Some(&b'0')) {
            return None;
        }
        *octet = std::str::from_utf8(digits).ok()?.parse().ok()?;
        pos += len;
    }
    let (next, other) = (at(text, pos), at(text, pos + 1));
    if next.is_ascii_alphanumeric() || next == b'_' || (matches!(next, b'.' | b'-') && other.is_ascii_alphanumeric()) {
        return None;
    }
    let [a, b, c, d] = octets;
    // This host, loopback, masks: nobody's address.
    if matches!(a, 0 | 127 | 255) || (a, b, c, d) == (1, 2, 3, 4) {
        return None;
    }
    // Four small numbers are a version or a section more often than a host.
    let small = octets.iter().all(|&o| o < 32) && a != 10;
    // `Chrome/58.0.91.61`, while `http://58.0.91.61` has two slashes.
    let product = before == b'/' && at(text, start.wrapping_sub(2)).is_ascii_alphanumeric();
    let need = if small || product { Need::Label } else { Need::NoDenial };
    Some((pos, need))
}

/// The IPv6 address that starts at `start`.
pub fn v6(text: &[u8], start: usize) -> Option<(usize, Need)> {
    let before = at(text, start.wrapping_sub(1));
    if before.is_ascii_alphanumeric() || matches!(before, b':' | b'_' | b'.') {
        return None;
    }
    let fits = |b: &u8| b.is_ascii_hexdigit() || matches!(b, b':' | b'.');
    let len = text.get(start..)?.iter().take(46).take_while(|b| fits(b)).count();
    let mut run = text.get(start..start + len)?;
    let next = at(text, start + len);
    if next.is_ascii_alphanumeric() || next == b'_' || len > 45 {
        return None;
    }
    while let [head @ .., b'.'] | [head @ .., b':'] = run {
        if head.last() == Some(&b':') {
            break;
        }
        run = head;
    }
    let address: std::net::Ipv6Addr = std::str::from_utf8(run).ok()?.parse().ok()?;
    // `std::add`, `A::B` parse too: a digit and some length make it an address.
    let groups = address.segments().iter().filter(|&&s| s != 0).count();
    let sure =
        run.iter().any(u8::is_ascii_digit) && (groups >= 3 || run.iter().take_while(|b| **b != b':').count() >= 3);
    (sure && !address.is_loopback()).then_some((start + run.len(), Need::NoDenial))
}

/// For the `://` at `colon`: the `user:secret` behind it.
pub fn credentials(text: &[u8], colon: usize) -> Option<(usize, usize)> {
    let start = colon + 3;
    let rest = text.get(start..)?;
    let stop = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'/' | b'"' | b'\'' | b'<' | b'>' | b'?' | b'#' | b'`');
    let len = rest.iter().take(256).take_while(|b| !stop(b)).count();
    let authority = rest.get(..len)?;
    let end = authority.iter().rposition(|&b| b == b'@')?;
    let user = authority.get(..end)?;
    let secret = user.get(user.iter().position(|&b| b == b':')? + 1..)?;
    (!placeholder(secret) && end + 1 < len).then_some((start, start + end))
}
