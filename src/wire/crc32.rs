//! The CRC-32 of Ethernet, gzip and AWS event streams: polynomial 0x04C11DB7, bits reflected.

/// What each byte does to the remainder.
const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut remainder = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            remainder = (remainder >> 1) ^ if remainder & 1 == 1 { 0xEDB8_8320 } else { 0 };
            bit += 1;
        }
        #[allow(clippy::indexing_slicing)] // at compile time
        {
            table[byte] = remainder;
        }
        byte += 1;
    }
    table
};

/// The checksum of all the bytes.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        let index = usize::from(crc as u8 ^ byte);
        (crc >> 8) ^ TABLE.get(index).copied().unwrap_or_default()
    };
    !bytes.iter().fold(!0, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_published_one() {
        for (bytes, sum) in [
            (&b""[..], 0),
            (b"123456789", 0xCBF4_3926), // the check value of its catalogue entry, CRC-32/ISO-HDLC
            (b"a", 0xE8B7_BE43),
            (&[0; 32], 0x190A_55AD),
            (&[0xFF; 32], 0xFF6C_AB0B),
        ] {
            assert_eq!(crc32(bytes), sum, "{bytes:?}");
        }
    }
}
