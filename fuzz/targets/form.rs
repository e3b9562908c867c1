//! Forms: what is read is in order and within the body, and another model's name leaves every other part as it was.

use postern::wire::json::Edits;
use postern::wire::multipart::{Form, boundary};

/// The law. The boundary is `B0`; as a content type an input is read or not, quietly.
pub fn check(input: &[u8]) {
    if let Ok(text) = std::str::from_utf8(input) {
        let _ = boundary(text);
    }
    let Ok(form) = Form::parse(input, "B0") else { return };
    let mut end = 0;
    for part in form.parts() {
        assert!(part.span.start >= end && part.span.end >= part.span.start && part.span.end <= input.len());
        assert!(!form.content(part).windows(6).any(|bytes| bytes == b"\r\n--B0"));
        end = part.span.end;
    }
    let Some((model, _)) = form.text("model") else { return };
    let mut edits = Edits::new();
    edits.replace(model.span.clone(), "another");
    let changed = edits.apply(input);
    let again = Form::parse(&changed, "B0").expect("it is a form still");
    assert_eq!(again.text("model").map(|(_, text)| text), Some("another"));
    let others = |form: &Form<'_>, body: &[u8]| -> Vec<(String, Vec<u8>)> {
        let parts = form.parts().iter().filter(|part| part.name != "model");
        parts.map(|part| (part.name.clone(), body[part.span.clone()].to_vec())).collect()
    };
    assert_eq!(others(&form, input), others(&again, &changed));
}
