//! Header maps: what is read can be written and read again, and the changes do what they say.

use postern::http::Headers;

/// The law.
pub fn check(input: &[u8]) {
    let Some(mut headers) = Headers::decode(input.to_vec()) else { return };
    let written = headers.encode();
    assert!(written.len() <= input.len().max(4), "the form grows");
    let again = Headers::decode(written.clone()).expect("what was written is read");
    assert!(again.iter().eq(headers.iter()));
    assert_eq!(again.encode(), written);

    let Some(name) = headers.iter().map(|(name, _)| name.to_owned()).find(|name| !name.is_empty()) else { return };
    let others: Vec<_> = headers.iter().filter(|(other, _)| *other != name).map(|(_, value)| value.to_vec()).collect();
    headers.set(&name, "one");
    assert_eq!(headers.iter().filter(|(other, _)| *other == name).count(), 1);
    assert_eq!(headers.get(&name), Some("one"));
    headers.add(&name, "two");
    headers.remove(&name);
    assert_eq!(headers.get(&name), None);
    assert!(headers.iter().map(|(_, value)| value).eq(others.iter().map(Vec::as_slice)), "another header changed");
}
