//! Google's JSON is that of protocol buffers: every field may be called by either of two names, `inlineData` or
//! `inline_data`, and every byte string may be base64 in either of two alphabets. The rest of the room knows the first of
//! each.

use std::borrow::Cow;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::chat::{ApiError, Origin, Signature};
use crate::format::field::Field;
use crate::wire::json::{Text, Value};

/// Whether a key is this field's name in either form. `name` is the one with capitals.
pub(super) fn is_named(key: &str, name: &str) -> bool {
    if key == name {
        return true;
    }
    let mut wanted = name.bytes();
    let mut up = false;
    for byte in key.bytes() {
        if byte == b'_' && !up {
            up = true;
            continue;
        }
        let byte = if std::mem::take(&mut up) { byte.to_ascii_uppercase() } else { byte };
        if wanted.next() != Some(byte) {
            return false;
        }
    }
    !up && wanted.next().is_none()
}

/// A key in the form with capitals.
pub(super) fn camel(key: &str) -> Cow<'_, str> {
    if !key.contains('_') {
        return Cow::Borrowed(key);
    }
    let mut out = String::with_capacity(key.len());
    let mut up = false;
    for c in key.chars() {
        match c {
            '_' if !out.is_empty() => up = true,
            c if std::mem::take(&mut up) => out.push(c.to_ascii_uppercase()),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// The value of a field, unless it is absent or null.
pub(super) fn get<'d, 'a>(object: Value<'d, 'a>, name: &str) -> Option<Value<'d, 'a>> {
    let found = object.members().find(|(key, value)| is_named(key.raw(), name) && !value.is_null());
    found.map(|(_, value)| value)
}

/// The text of a field; None if it is not there or no text.
pub(super) fn text<'a>(object: Value<'_, 'a>, name: &str) -> Option<Text<'a>> {
    get(object, name)?.text()
}

/// The whole number of a field. A long one may stand in quotes.
pub(super) fn count(object: Value<'_, '_>, name: &str) -> Option<u64> {
    let value = get(object, name)?;
    value.u64().or_else(|| value.text()?.decode().parse().ok())
}

/// The field of that name, unless it is absent or null; its path has the name that the client used.
pub(super) fn member<'s, 'd, 'a>(object: &'s Field<'_, 'd, 'a>, name: &str) -> Option<Field<'s, 'd, 'a>> {
    let found = object.value.members().find(|(key, value)| is_named(key.raw(), name) && !value.is_null());
    found.map(|(key, value)| object.under(key.borrowed().unwrap_or_default(), value))
}

/// The same, which must be there.
pub(super) fn need<'s, 'd, 'a>(object: &'s Field<'_, 'd, 'a>, name: &'s str) -> Result<Field<'s, 'd, 'a>, ApiError> {
    member(object, name).ok_or_else(|| object.missing(name))
}

/// The text of a field that may be absent.
pub(super) fn text_of<'a>(object: &Field<'_, '_, 'a>, name: &str) -> Result<Option<Text<'a>>, ApiError> {
    member(object, name).map(|field| field.text()).transpose()
}

/// A whole number, which may stand in quotes.
pub(super) fn count_of(field: &Field<'_, '_, '_>) -> Result<u64, ApiError> {
    let quoted = field.value.text().and_then(|text| text.decode().parse().ok());
    quoted.map_or_else(|| field.u64(), Ok)
}

/// Bytes in base64, in the alphabet and with the padding that everybody else reads. Google's Python SDK writes the
/// alphabet for addresses, and Google's servers miss no padding.
pub(super) fn bytes_of<'a>(field: &Field<'_, '_, 'a>) -> Result<Text<'a>, ApiError> {
    let mut data = field.text()?;
    if memchr::memchr(b'\\', data.raw().as_bytes()).is_some() {
        // Some write every slash with an escape.
        data = Text::from_plain(&data.decode()).into_owned();
    }
    let inside = data.raw().trim_end_matches('=');
    let alphabet = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_');
    if inside.is_empty() || inside.len() % 4 == 1 || !inside.bytes().all(alphabet) {
        return Err(field.error(format_args!("expected bytes in base64")));
    }
    let padded = inside.len().next_multiple_of(4);
    if padded == data.raw().len() && memchr::memchr2(b'-', b'_', inside.as_bytes()).is_none() {
        return Ok(data);
    }
    let mut standard = standard(inside);
    standard.extend(std::iter::repeat_n('=', padded - inside.len()));
    Ok(Text::from_raw_owned(standard))
}

/// Base64 in the usual alphabet.
fn standard(data: &str) -> String {
    let usual = |c: char| match c {
        '-' => '+',
        '_' => '/',
        c => c,
    };
    data.chars().map(usual).collect()
}

/// What stands in a `thoughtSignature`.
pub(super) enum Sealed<'a> {
    /// A signature, Gemini's own or another model's.
    Signature(Signature<'a>),
    /// Secret reasoning of another model.
    Redacted(Text<'a>),
}

/// What marks secret reasoning of another model, which needs no origin: only Claude has any.
const REDACTED: &str = "redacted#";
/// How base64 of the marks begins: `anthropic#`, `openai#`, `azure#`, `xai#`, and the one above.
const MARKS: [&str; 5] = ["YW50aHJvcGljI", "b3BlbmFpI", "YXp1cmUj", "eGFpI", "cmVkYWN0ZWQj"];

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Reads a `thoughtSignature`. It is bytes, so what another model signed stands there in base64 once more, with its
/// origin.
pub(super) fn unseal(value: Text<'_>) -> Sealed<'_> {
    let plain = MARKS.iter().any(|mark| value.raw().starts_with(mark)).then(|| {
        let bytes = BASE64.decode(standard(value.raw())).ok()?;
        String::from_utf8(bytes).ok()
    });
    match plain.flatten() {
        Some(plain) => match plain.strip_prefix(REDACTED) {
            Some(data) => Sealed::Redacted(Text::from_plain(data).into_owned()),
            None => Sealed::Signature(Signature::unseal(Text::from_plain(&plain).into_owned(), Origin::Gemini)),
        },
        None => Sealed::Signature(Signature { origin: Origin::Gemini, value }),
    }
}

/// The other way round.
pub(super) fn seal<'s>(signature: &'s Signature<'_>) -> Cow<'s, str> {
    match signature.of(Origin::Gemini) {
        Some(own) => Cow::Borrowed(own.raw()),
        None => Cow::Owned(BASE64.encode(signature.seal(Origin::Gemini).decode().as_bytes())),
    }
}

/// Secret reasoning of another model as a `thoughtSignature`.
pub(super) fn seal_redacted(data: &Text<'_>) -> String {
    BASE64.encode(format!("{REDACTED}{}", data.decode()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::json::Doc;

    #[test]
    fn a_field_has_two_names() {
        let rows = [
            ("inlineData", "inlineData", true),
            ("inline_data", "inlineData", true),
            ("inlinedata", "inlineData", false),
            ("inline__data", "inlineData", false),
            ("inline_data_", "inlineData", false),
            ("_inline_data", "inlineData", false),
            ("text", "text", true),
            ("top_p", "topP", true),
            ("topP", "topP", true),
            ("top", "topP", false),
            ("", "topP", false),
        ];
        for (key, name, want) in rows {
            assert_eq!(is_named(key, name), want, "{key} {name}");
        }
        let rows = [("inline_data", "inlineData"), ("topP", "topP"), ("_x", "_x"), ("a_1_b", "a1B"), ("a_", "a")];
        for (key, want) in rows {
            assert_eq!(camel(key), want, "{key}");
        }
        let doc = Doc::parse(br#"{"a_b":null,"aB":"x","n":"12","m":7}"#).unwrap();
        assert_eq!(text(doc.root(), "aB").unwrap().raw(), "x");
        assert_eq!(
            (count(doc.root(), "n"), count(doc.root(), "m"), count(doc.root(), "aB")),
            (Some(12), Some(7), None)
        );
    }

    #[test]
    fn bytes_come_in_two_alphabets_and_go_in_one() {
        let rows = [
            ("-_8=", Some("+/8=")),
            ("-_8", Some("+/8=")),
            ("QUJD", Some("QUJD")),
            ("QUI", Some("QUI=")),
            ("QUJDQQ", Some("QUJDQQ==")),
            (r"QU\/D", Some("QU/D")),
            ("", None),
            ("=", None),
            ("Q", None),
            ("QU=D", None),
            ("QU D", None),
            ("jane@x.io", None),
        ];
        for (data, want) in rows {
            let json = format!(r#"{{"data":"{data}"}}"#);
            let doc = Doc::parse(json.as_bytes()).unwrap();
            let root = Field::root(&doc).unwrap();
            let read = bytes_of(&root.need("data").unwrap());
            match want {
                Some(want) => assert_eq!(read.unwrap().raw(), want),
                None => assert_eq!(read.unwrap_err().message, "data: expected bytes in base64", "{data}"),
            }
        }
    }

    #[test]
    fn what_others_signed_travels_as_bytes_and_comes_back() {
        for (origin, _) in Origin::ALL {
            let signature = Signature { origin, value: Text::from_raw("Eq+/c2ln==") };
            let sealed = seal(&signature).into_owned();
            assert!(sealed.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte)), "{sealed}");
            // Google's SDK gives it back in the other alphabet.
            for sealed in [sealed.clone(), sealed.replace('+', "-").replace('/', "_").replace('=', "")] {
                let Sealed::Signature(back) = unseal(Text::from_raw(&sealed)) else { panic!("{sealed}") };
                if origin != Origin::Gemini {
                    assert_eq!(back, signature);
                }
                assert_eq!(back.origin, origin);
            }
        }
        let sealed = seal_redacted(&Text::from_raw("c2Vj+/=="));
        let Sealed::Redacted(back) = unseal(Text::from_raw(&sealed)) else { panic!("{sealed}") };
        assert_eq!(back.raw(), "c2Vj+/==");
        let Sealed::Signature(own) = unseal(Text::from_raw("YW50aHJvcGljInot")) else { panic!() };
        assert_eq!(own.origin, Origin::Gemini);
    }
}
