//! What goes by: a cut does not show in what is found of it. The first byte seeds the cuts.

use postern::wire::json::Doc;
use postern::wire::shallow::root_member;
use postern::wire::watch::Watch;
use postern::wire::websocket;

use super::cut::cuts;

/// The law.
pub fn check(input: &[u8]) {
    let Some((&seed, bytes)) = input.split_first() else { return };
    let watched = |pieces: Vec<&[u8]>| {
        let mut watch = Watch::new("usage");
        pieces.into_iter().for_each(|piece| watch.push(piece));
        watch.found().map(<[u8]>::to_vec)
    };
    let whole = watched(vec![bytes]);
    assert_eq!(whole, watched(cuts(seed, bytes).into_iter().collect()));
    if let Ok(doc) = Doc::parse(bytes)
        && bytes.len() < 65_536
        && doc.root().members().all(|(key, _)| !key.raw().contains('\\'))
    {
        let found = whole.as_deref().map(<[u8]>::trim_ascii);
        assert_eq!(found, root_member(bytes, "usage"));
    }
    let messages = |pieces: Vec<&[u8]>| {
        let (mut reader, mut found) = (websocket::Reader::default(), Vec::new());
        pieces.into_iter().for_each(|piece| reader.push(piece, |message| found.push(message.to_vec())));
        found
    };
    assert_eq!(messages(vec![bytes]), messages(cuts(seed, bytes).into_iter().collect()));
}
