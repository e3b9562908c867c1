//! The messages of a WebSocket (RFC 6455) as they go by: text only, for what they tell of usage. Nothing is changed, and
//! a connection that cannot be read goes by all the same.

/// The longest message that is kept. A piece of sound is some ten kilobytes, and what tells usage is a few.
const MAX_MESSAGE_BYTES: usize = 1024 * 1024;
/// The longest head of a frame: two bytes, a length of eight, a mask of four.
const MAX_HEAD_BYTES: usize = 14;

/// Reads one direction.
#[derive(Debug, Default)]
pub struct Reader {
    head: Vec<u8>,
    frame: Option<Frame>,
    /// The text message so far. None: a message of another kind, or one that is too long.
    message: Option<Vec<u8>>,
    /// Compressed, or no WebSocket at all.
    broken: bool,
}

#[derive(Clone, Copy, Debug)]
struct Frame {
    opcode: u8,
    last: bool,
    left: u64,
    mask: [u8; 4],
    /// Bytes of the payload so far, for the mask.
    at: usize,
}

const CONTINUATION: u8 = 0;
const TEXT: u8 = 1;
/// From here on frames are about the connection, and may come between those of a message.
const CONTROL: u8 = 8;

impl Reader {
    /// Looks at the next bytes, and hands on each text message that is whole.
    pub fn push(&mut self, bytes: &[u8], mut each: impl FnMut(&[u8])) {
        let mut rest = bytes;
        while !self.broken {
            let Some(mut frame) = self.frame else {
                let Some((byte, after)) = rest.split_first() else { return };
                rest = after;
                self.head.push(*byte);
                self.begin();
                continue;
            };
            let take = usize::try_from(frame.left).unwrap_or(usize::MAX).min(rest.len());
            let (payload, after) = rest.split_at(take);
            rest = after;
            if frame.opcode < CONTROL {
                self.keep(payload, &frame);
            }
            frame.left -= take as u64;
            frame.at += take;
            self.frame = Some(frame);
            if frame.left > 0 {
                return;
            }
            self.frame = None;
            if frame.last
                && frame.opcode < CONTROL
                && let Some(message) = self.message.take()
            {
                each(&message);
            }
        }
    }

    /// Begins a frame, once its head is whole.
    fn begin(&mut self) {
        let [first, second, length @ ..] = self.head.as_slice() else { return };
        let wide = match second & 0x7f {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        let masked = second & 0x80 != 0;
        if self.head.len() < 2 + wide + if masked { 4 } else { 0 } && self.head.len() < MAX_HEAD_BYTES {
            return;
        }
        let (length, mask) = length.split_at_checked(wide).unwrap_or_default();
        let left = match wide {
            0 => u64::from(second & 0x7f),
            _ => length.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
        };
        let opcode = first & 0x0f;
        // Bits for extensions; none was agreed on.
        self.broken = first & 0x70 != 0 || left > u64::from(u32::MAX);
        match opcode {
            TEXT => self.message = Some(Vec::new()),
            CONTINUATION | CONTROL.. => {}
            _ => self.message = None,
        }
        let mask = mask.try_into().unwrap_or([0; 4]);
        self.frame = Some(Frame { opcode, last: first & 0x80 != 0, left, mask, at: 0 });
        self.head.clear();
    }

    fn keep(&mut self, payload: &[u8], frame: &Frame) {
        let Some(message) = &mut self.message else { return };
        if message.len() + payload.len() > MAX_MESSAGE_BYTES {
            self.message = None;
            return;
        }
        let mask = frame.mask.iter().cycle().skip(frame.at % 4);
        message.extend(payload.iter().zip(mask).map(|(byte, mask)| byte ^ mask));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(first: u8, payload: &[u8], mask: Option<[u8; 4]>) -> Vec<u8> {
        let bit = if mask.is_some() { 0x80 } else { 0 };
        let mut out = vec![first];
        match payload.len() {
            0..126 => out.push(bit | payload.len() as u8),
            126..0x10000 => {
                out.push(bit | 126);
                out.extend_from_slice(&(payload.len() as u16).to_be_bytes());
            }
            _ => {
                out.push(bit | 127);
                out.extend_from_slice(&(payload.len() as u64).to_be_bytes());
            }
        }
        out.extend_from_slice(&mask.unwrap_or_default()[..if mask.is_some() { 4 } else { 0 }]);
        let mask = mask.unwrap_or_default();
        out.extend(payload.iter().enumerate().map(|(at, byte)| byte ^ mask[at % 4]));
        out
    }

    fn read(bytes: &[u8], cut: usize) -> Vec<String> {
        let (mut reader, mut found) = (Reader::default(), Vec::new());
        for piece in bytes.chunks(cut) {
            reader.push(piece, |message| found.push(String::from_utf8_lossy(message).into_owned()));
        }
        found
    }

    #[test]
    fn text_messages_are_found_for_every_cut() {
        let long = "x".repeat(70_000);
        let medium = "y".repeat(300);
        let bytes = [
            frame(0x81, b"one", None),
            frame(0x82, b"binary", None),
            frame(0x01, b"tw", None),
            frame(0x89, b"ping", None),
            frame(0x00, b"", None),
            frame(0x80, b"o", None),
            frame(0x81, medium.as_bytes(), Some([1, 2, 3, 4])),
            frame(0x81, long.as_bytes(), None),
            frame(0x81, b"", None),
            frame(0x88, b"\x03\xe8", None),
        ]
        .concat();
        let want = ["one", "two", &medium, &long, ""];
        for cut in [1, 2, 3, 5, 7, 64, 1000, usize::MAX] {
            assert_eq!(read(&bytes, cut), want, "cut at {cut}");
        }
    }

    #[test]
    fn what_cannot_be_read_says_nothing_and_what_is_too_long_is_not_kept() {
        let compressed = [frame(0xc1, b"zzz", None), frame(0x81, b"after", None)].concat();
        assert_eq!(read(&compressed, 3), [] as [&str; 0]);
        let huge = [frame(0x81, &vec![b'x'; MAX_MESSAGE_BYTES + 1], None), frame(0x81, b"after", None)].concat();
        assert_eq!(read(&huge, 4096), ["after"]);
        assert_eq!(read(b"HTTP/1.1 400 Bad Request\r\n", 5), [] as [&str; 0]);
    }
}
