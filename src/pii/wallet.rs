//! Wallets of cryptocurrencies: Bitcoin's base58check and bech32(m), Ethereum's hexadecimal.

use super::{Need, checksum};
use sha2::{Digest, Sha256};

/// The address that is the run `start..end`: where it ends, and what it still needs.
pub fn fit(text: &[u8], start: usize, end: usize, work: &mut usize) -> Option<(usize, Need)> {
    let run = text.get(start..end)?;
    let free = super::mask::free_before(text, start, false) && super::mask::free_behind(text, end, false);
    if !free || run.len() > 90 {
        return None;
    }
    match run {
        [b'0', b'x' | b'X', address @ ..] => {
            let fits = address.len() == 40 && address.iter().all(u8::is_ascii_hexdigit) && !checksum::all_same(address);
            fits.then_some((end, Need::NoDenial))
        }
        [b'1' | b'3', ..] if run.len() <= 35 => {
            *work += 35 * run.len();
            base58check(run).then_some((end, Need::Nothing))
        }
        [b'b' | b'B', b'c' | b'C', b'1', ..] => bech32(run).then_some((end, Need::Nothing)),
        _ => None,
    }
}

/// 25 bytes in base 58, of which the last four are the beginning of the rest's double SHA-256.
fn base58check(run: &[u8]) -> bool {
    const ALPHABET: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    let mut number = [0u8; 25];
    for byte in run {
        let Some(digit) = memchr::memchr(*byte, ALPHABET) else { return false };
        let mut carry = digit as u32;
        for place in number.iter_mut().rev() {
            carry += 58 * u32::from(*place);
            *place = carry as u8;
            carry >>= 8;
        }
        if carry > 0 {
            return false;
        }
    }
    let Some((body, sum)) = number.split_at_checked(21) else { return false };
    Sha256::digest(Sha256::digest(body)).starts_with(sum)
}

/// BIP 173 and BIP 350.
fn bech32(run: &[u8]) -> bool {
    const ALPHABET: &[u8] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    let mut check = 1u32;
    let mut add = |value: u32| {
        let top = check >> 25;
        check = (check & 0x1ff_ffff) << 5 ^ value;
        for (bit, generator) in GENERATOR.iter().enumerate() {
            check ^= if top >> bit & 1 == 1 { *generator } else { 0 };
        }
    };
    let mixed = run.iter().any(u8::is_ascii_uppercase) && run.iter().any(u8::is_ascii_lowercase);
    let human = [b'b', b'c'];
    human.iter().for_each(|b| add(u32::from(b >> 5)));
    add(0);
    human.iter().for_each(|b| add(u32::from(b & 31)));
    for byte in run.iter().skip(3) {
        let Some(value) = memchr::memchr(byte.to_ascii_lowercase(), ALPHABET) else { return false };
        add(value as u32);
    }
    run.len() >= 14 && !mixed && matches!(check, 1 | 0x2bc8_30a3)
}
