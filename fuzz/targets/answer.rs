//! Whole answers and errors of one format: read, or told to be bad; what is written from them is an answer of its format.

use postern::format::{Ask, FORMATS, find};
use postern::http::Headers;
use postern::wire::json::Doc;

/// The law. The first byte gives the status of an error.
pub fn check(name: &str, input: &[u8]) {
    let reader = find(name).expect("the format is registered");
    let ask = Ask {
        model: "asked".into(),
        stream: false,
        include_usage: true,
        now_secs: 1,
        fallback_id: "x".into(),
        ..Ask::default()
    };
    reader.answer_usage(input);
    let status = 400 + u16::from(input.first().copied().unwrap_or(0)) % 200;
    let error = reader.read_error(status, &Headers::new(), input);
    assert!((400..600).contains(&error.status) && !error.message.is_empty(), "{error:?}");
    for format in FORMATS {
        let body = format.write_error(&error);
        let doc = Doc::parse(&body).expect("an error is JSON");
        assert!(format.is_error(doc.root()), "{} does not know it for an error", format.name());
    }

    let Ok(doc) = Doc::parse(input) else { return };
    let Ok(answer) = reader.read_answer(&doc) else { return };
    for format in FORMATS {
        let body = format.write_answer(&answer, &ask);
        let doc = Doc::parse(&body).unwrap_or_else(|error| panic!("{error}: {}", body.escape_ascii()));
        if let Err(error) = format.read_answer(&doc) {
            panic!("{} does not read {}: {error:?}", format.name(), body.escape_ascii());
        }
    }
}
