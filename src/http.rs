//! HTTP values at the border: a header map and a reply.

/// A header map in one allocation: names and values lie in one buffer, in order. Names are lower case, as Envoy has them.
#[derive(Clone, Debug, Default)]
pub struct Headers {
    bytes: Vec<u8>,
    pairs: Vec<Pair>,
    /// The names set, added or removed, each once. None for a map that is not Envoy's: nobody asks.
    changed: Option<Vec<(u32, u32)>>,
}

#[derive(Clone, Copy, Debug)]
struct Pair {
    name: (u32, u32),
    value: (u32, u32),
}

/// An answer made here and not by a provider.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Headers beside `:status`, which Envoy writes.
    pub headers: Headers,
    /// The body.
    pub body: Vec<u8>,
}

/// Whether a text can be a header's name, in lower case.
pub fn is_header_name(name: &str) -> bool {
    let token = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
    !name.is_empty() && name.bytes().all(token)
}

impl Headers {
    /// An empty map.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty map with room for so many headers, and bytes of names and values.
    pub fn with_capacity(pairs: usize, bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes), pairs: Vec::with_capacity(pairs), changed: None }
    }

    /// Reads proxy-wasm's map form: u32 count, then count × (u32 name length, u32 value length), then each name and
    /// value followed by one zero byte; all little-endian. None if the bytes are not of that form.
    pub fn decode(bytes: Vec<u8>) -> Option<Self> {
        fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
            bytes.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes)
        }
        if bytes.is_empty() {
            return Some(Self { changed: Some(Vec::new()), ..Self::default() });
        }
        let count = u32_at(&bytes, 0)? as usize;
        let mut at = count.checked_mul(8)?.checked_add(4)?;
        if at > bytes.len() {
            return None;
        }
        let mut pairs = Vec::with_capacity(count);
        for index in 0..count {
            let name_len = u32_at(&bytes, 4 + index * 8)? as usize;
            let value_len = u32_at(&bytes, 8 + index * 8)? as usize;
            let name_end = at.checked_add(name_len)?;
            let value_start = name_end.checked_add(1)?;
            let value_end = value_start.checked_add(value_len)?;
            if value_end >= bytes.len() {
                return None;
            }
            pairs.push(Pair { name: (at as u32, name_end as u32), value: (value_start as u32, value_end as u32) });
            at = value_end + 1;
        }
        Some(Self { bytes, pairs, changed: Some(Vec::new()) })
    }

    /// Writes proxy-wasm's map form; see [`Headers::decode`].
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.bytes.len() + 4 + self.pairs.len() * 10);
        self.encode_into(&mut out);
        out
    }

    /// The same behind what is there already.
    pub fn encode_into(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&(self.pairs.len() as u32).to_le_bytes());
        for pair in &self.pairs {
            out.extend_from_slice(&(pair.name.1 - pair.name.0).to_le_bytes());
            out.extend_from_slice(&(pair.value.1 - pair.value.0).to_le_bytes());
        }
        for pair in &self.pairs {
            out.extend_from_slice(self.slice(pair.name));
            out.push(0);
            out.extend_from_slice(self.slice(pair.value));
            out.push(0);
        }
    }

    /// The first value of that name, if it is text. Two headers of one name are two entries; see [`Headers::iter`].
    pub fn get(&self, name: &str) -> Option<&str> {
        std::str::from_utf8(self.values(name.as_bytes()).next()?).ok()
    }

    /// Every value of that name, in order.
    fn values(&self, name: &[u8]) -> impl Iterator<Item = &[u8]> {
        self.pairs.iter().filter(move |pair| pair.has_name(name, &self.bytes)).map(|pair| self.slice(pair.value))
    }

    /// Sets the one value of that name; any others of it go.
    pub fn set(&mut self, name: &str, value: &str) {
        let value = self.store(value.as_bytes());
        let bytes = &self.bytes;
        let mut stored = None;
        self.pairs.retain_mut(|pair| {
            let same = pair.has_name(name.as_bytes(), bytes);
            let first = same && stored.is_none();
            if first {
                pair.value = value;
                stored = Some(pair.name);
            }
            first || !same
        });
        let name = stored.unwrap_or_else(|| {
            let name = self.store(name.as_bytes());
            self.pairs.push(Pair { name, value });
            name
        });
        self.change(name);
    }

    /// Adds a value, whatever is there.
    pub fn add(&mut self, name: &str, value: &str) {
        let name = self.store(name.as_bytes());
        let value = self.store(value.as_bytes());
        self.pairs.push(Pair { name, value });
        self.change(name);
    }

    /// Removes every value of that name.
    pub fn remove(&mut self, name: &str) {
        if self.values(name.as_bytes()).next().is_some() {
            self.retain(|known, _| known != name);
        }
    }

    /// Keeps the headers the rule wants.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &[u8]) -> bool) {
        let bytes = &self.bytes;
        let mut gone = Vec::new();
        self.pairs.retain(|pair| {
            let kept = keep(std::str::from_utf8(slice(bytes, pair.name)).unwrap_or(""), slice(bytes, pair.value));
            if !kept {
                gone.push(pair.name);
            }
            kept
        });
        gone.into_iter().for_each(|name| self.change(name));
    }

    /// The names that were set, added or removed since [`Headers::decode`], each once, with their values now.
    pub fn changes(&self) -> impl ExactSizeIterator<Item = (&[u8], impl Iterator<Item = &[u8]>)> {
        self.changed.as_deref().unwrap_or_default().iter().map(move |name| {
            let name = self.slice(*name);
            (name, self.values(name))
        })
    }

    /// Makes this map, which is Envoy's, the same as another; only what differs counts as changed.
    pub fn become_like(&mut self, wanted: &Self) {
        let mut new = Self { changed: Some(Vec::new()), ..wanted.clone() };
        for (pair, map) in
            self.pairs.iter().map(|pair| (pair, &*self)).chain(wanted.pairs.iter().map(|pair| (pair, wanted)))
        {
            let name = map.slice(pair.name);
            if !self.values(name).eq(wanted.values(name)) {
                let name = new.store(name);
                new.change(name);
            }
        }
        *self = new;
    }

    fn change(&mut self, name: (u32, u32)) {
        let Self { bytes, changed: Some(changed), .. } = self else { return };
        if !changed.iter().any(|known| slice(bytes, *known) == slice(bytes, name)) {
            changed.push(name);
        }
    }

    /// Every name and value, in order. A name that is not text shows as empty.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.pairs.iter().map(|pair| (std::str::from_utf8(self.slice(pair.name)).unwrap_or(""), self.slice(pair.value)))
    }

    fn store(&mut self, bytes: &[u8]) -> (u32, u32) {
        let start = self.bytes.len() as u32;
        self.bytes.extend_from_slice(bytes);
        (start, self.bytes.len() as u32)
    }

    fn slice(&self, range: (u32, u32)) -> &[u8] {
        slice(&self.bytes, range)
    }
}

impl Pair {
    fn has_name(self, name: &[u8], bytes: &[u8]) -> bool {
        // Most names are told apart by their length.
        (self.name.1 - self.name.0) as usize == name.len() && slice(bytes, self.name) == name
    }
}

fn slice(bytes: &[u8], (start, end): (u32, u32)) -> &[u8] {
    bytes.get(start as usize..end as usize).unwrap_or_default()
}

impl<'a> FromIterator<(&'a str, &'a str)> for Headers {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(pairs: I) -> Self {
        let mut headers = Self::new();
        for (name, value) in pairs {
            headers.add(name, value);
        }
        headers
    }
}

/// A text whose `%41` are characters again; None if that is no text.
pub fn percent_decode(text: &str) -> Option<String> {
    if !text.contains('%') {
        return Some(text.to_owned());
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, more)) = rest.split_first() {
        rest = more;
        if *byte != b'%' {
            out.push(*byte);
            continue;
        }
        let (digits, more) = rest.split_at_checked(2)?;
        let digits = std::str::from_utf8(digits).ok().filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
        out.push(u8::from_str_radix(digits, 16).ok()?);
        rest = more;
    }
    String::from_utf8(out).ok()
}

/// A text as one segment of a path: everything but RFC 3986's unreserved characters and `keep` becomes `%41`.
pub fn percent_encode(out: &mut String, text: &str, keep: &[u8]) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || keep.contains(&byte) {
            out.push(char::from(byte));
        } else {
            let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0').to_ascii_uppercase();
            out.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_survives_its_wire_form() {
        let headers: Headers = [(":path", "/v1"), ("a", ""), ("a", "2")].into_iter().collect();
        let back = Headers::decode(headers.encode()).unwrap();
        assert_eq!(back.iter().collect::<Vec<_>>(), headers.iter().collect::<Vec<_>>());
    }

    #[test]
    fn set_leaves_one_value_in_the_first_place() {
        let mut headers: Headers = [("a", "1"), ("b", "2"), ("a", "3")].into_iter().collect();
        headers.set("a", "4");
        headers.set("c", "5");
        let pairs: Vec<_> = headers.iter().collect();
        assert_eq!(pairs, [("a", &b"4"[..]), ("b", b"2"), ("c", b"5")]);
        headers.remove("a");
        assert_eq!(headers.get("a"), None);
    }

    #[test]
    fn changes_name_each_header_once_with_what_it_is_now() {
        let map: Headers = [("a", "1"), ("b", "2"), ("c", "3"), ("c", "4"), ("d", "5")].into_iter().collect();
        let mut headers = Headers::decode(map.encode()).unwrap();
        assert_eq!(headers.changes().len(), 0);
        headers.remove("c");
        headers.remove("absent");
        headers.set("a", "6");
        headers.set("a", "7");
        headers.add("b", "8");
        headers.set("new", "9");
        headers.set("d", "x");
        headers.remove("d");
        let changes: Vec<_> = headers.changes().map(|(name, values)| (name, values.collect::<Vec<_>>())).collect();
        let rows: [(&[u8], &[&[u8]]); 5] =
            [(b"c", &[]), (b"a", &[b"7"]), (b"b", &[b"2", b"8"]), (b"new", &[b"9"]), (b"d", &[])];
        assert_eq!(changes, rows.map(|(name, values)| (name, values.to_vec())));
    }

    #[test]
    fn a_map_that_becomes_another_has_changed_where_they_differ() {
        let maps: [&[(&str, &str)]; 6] = [
            &[],
            &[("a", "1")],
            &[("a", "1"), ("b", "2"), ("a", "3")],
            &[("b", "2"), ("a", "3"), ("a", "1")],
            &[("c", "4"), ("a", "1"), ("b", "")],
            &[("b", "2"), ("bb", "2"), ("d", "5")],
        ];
        for (from, to) in maps.into_iter().flat_map(|from| maps.map(|to| (from, to))) {
            let map = |pairs: &[(&'static str, &'static str)]| pairs.iter().copied().collect::<Headers>();
            let mut headers = Headers::decode(map(from).encode()).unwrap();
            headers.become_like(&map(to));
            assert_eq!(headers.iter().collect::<Vec<_>>(), map(to).iter().collect::<Vec<_>>());
            let mut told: Vec<_> = headers.changes().map(|(name, values)| (name, values.collect::<Vec<_>>())).collect();
            told.sort_unstable();
            let of = |pairs: &[(&'static str, &'static str)], name: &str| {
                pairs.iter().filter(|(known, _)| *known == name).map(|(_, value)| value.as_bytes()).collect::<Vec<_>>()
            };
            let names = ["a", "b", "bb", "c", "d"].into_iter().filter(|name| of(from, name) != of(to, name));
            let want: Vec<_> = names.map(|name| (name.as_bytes(), of(to, name))).collect();
            assert_eq!(told, want, "{from:?} {to:?}");
        }
    }

    #[test]
    fn bytes_that_are_no_map_are_refused_at_every_length() {
        let whole = [("name", "value"), ("b", "c")].into_iter().collect::<Headers>().encode();
        for end in 1..whole.len() {
            assert!(Headers::decode(whole[..end].to_vec()).is_none(), "cut at {end}");
        }
        assert!(Headers::decode(vec![255; 64]).is_none());
    }
}
