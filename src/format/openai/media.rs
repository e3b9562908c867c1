//! Pictures, sounds and files as OpenAI writes them.

use crate::chat::{ApiError, MediaSource};
use crate::format::field::Field;
use crate::wire::json::{Kind, Text, Writer};

/// A `data:` URL is the medium itself, any other URL only says where it is. Works on the escaped form, since base64
/// needs no escape but `\/`, which means the same wherever it is copied to.
pub(in crate::format) fn read_url<'a>(url: &Field<'_, '_, 'a>) -> Result<MediaSource<'a>, ApiError> {
    let raw = url.raw_text()?;
    if !is_data_url(raw) {
        return Ok(MediaSource::Url(Text::from_raw(raw)));
    }
    let rest = raw.get("data:".len()..).unwrap_or_default();
    let Some((meta, data)) = rest.split_once(',').filter(|(meta, _)| meta.ends_with(";base64")) else {
        return Err(url.error(format_args!("expected base64 data, like data:image/png;base64,...")));
    };
    let media_type = meta.split(';').next().unwrap_or_default();
    // RFC 2397: what a URL without a type holds.
    let media_type = if media_type.is_empty() { "text/plain" } else { media_type };
    Ok(MediaSource::Data { media_type: Text::from_raw(media_type), data: url.base64(data)? })
}

pub(in crate::format) fn is_data_url(url: &str) -> bool {
    url.get(.."data:".len()).is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:"))
}

fn is_address(raw: &str) -> bool {
    ["http:", "https:"].iter().any(|scheme| raw.starts_with(scheme))
}

/// `file_data` is a data URL by the book; OpenRouter takes an address there too, and bare base64 is seen, which can
/// only be the one kind OpenAI reads.
pub(in crate::format) fn read_file_data<'a>(data: &Field<'_, '_, 'a>) -> Result<MediaSource<'a>, ApiError> {
    let raw = data.raw_text()?;
    match is_data_url(raw) || is_address(raw) {
        true => read_url(data),
        false => Ok(MediaSource::Data { media_type: Text::from_raw("application/pdf"), data: data.base64(raw)? }),
    }
}

/// `input_audio`: the sound and its format. Base64 by the book; Qwen takes an address or a data URL in the same place.
pub(in crate::format) fn read_audio<'a>(audio: &Field<'_, '_, 'a>) -> Result<MediaSource<'a>, ApiError> {
    // Mistral has the data alone.
    if audio.value.kind() == Kind::String {
        let raw = audio.raw_text()?;
        let wav = raw.starts_with("UklGR");
        let media_type = Text::from_raw(if wav { "audio/wav" } else { "audio/mp3" });
        return Ok(match is_address(raw) {
            true => MediaSource::Url(Text::from_raw(raw)),
            false => MediaSource::Data { media_type, data: Text::from_raw(raw) },
        });
    }
    let audio = audio.object()?;
    let data = audio.need("data")?;
    let raw = data.raw_text()?;
    if is_address(raw) {
        return Ok(MediaSource::Url(Text::from_raw(raw)));
    }
    let format = audio.need("format")?.text()?;
    let media_type = match format.raw() {
        "wav" => Text::from_raw("audio/wav"),
        "mp3" => Text::from_raw("audio/mp3"),
        other => Text::from_raw_owned(format!("audio/{other}")),
    };
    let data = match is_data_url(raw).then(|| read_url(&data)).transpose()? {
        Some(MediaSource::Data { data, .. }) => data,
        _ => data.base64(raw)?,
    };
    Ok(MediaSource::Data { media_type, data })
}

/// Which formats of sound OpenAI takes, by media type.
const AUDIO: &[(&str, &str)] =
    &[("audio/wav", "wav"), ("audio/x-wav", "wav"), ("audio/wave", "wav"), ("audio/mp3", "mp3"), ("audio/mpeg", "mp3")];

pub(in crate::format) fn audio_format(media_type: &Text<'_>) -> Option<&'static str> {
    AUDIO.iter().find(|(known, _)| media_type.is(known)).map(|(_, format)| *format)
}

/// A `data:` URL as a string.
pub(in crate::format) fn write_data_url(media_type: &Text<'_>, data: &Text<'_>, writer: &mut Writer) {
    writer.raw("\"data:");
    for piece in [media_type.raw(), ";base64,", data.raw(), "\""] {
        writer.out.extend_from_slice(piece.as_bytes());
    }
}
