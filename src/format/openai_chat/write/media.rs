//! Pictures, sound, films and documents as parts of a turn.

use crate::chat::{Media, MediaKind, MediaSource};
use crate::format::openai::{audio_format, write_data_url};
use crate::format::{Audio, Dialect, Documents};
use crate::wire::json::{Text, Writer};

/// What it is, if [`write_media`] cannot write it. What no provider of the shape takes by address is gone by then.
pub(super) fn refused_media(media: &Media<'_>) -> Option<String> {
    match (media.kind, &media.source) {
        (MediaKind::Image, MediaSource::FileId(_)) => Some("an image by file id".to_owned()),
        (MediaKind::Audio, MediaSource::Data { media_type, .. }) if audio_format(media_type).is_none() => {
            Some(format!("sound of type {}", media_type.decode()))
        }
        (MediaKind::Audio, MediaSource::FileId(_)) => Some("sound by file id".to_owned()),
        (MediaKind::Video, MediaSource::FileId(_)) => Some("a film by file id".to_owned()),
        _ => None,
    }
}

/// The members of a part.
pub(super) fn write_media(media: &Media<'_>, dialect: &Dialect, writer: &mut Writer) {
    match (media.kind, &media.source) {
        (MediaKind::Image, source) => {
            write_addressed("image_url", source, writer);
            if let Some(detail) = &media.detail {
                writer.key("detail").text(detail);
            }
            writer.close();
        }
        (MediaKind::Video, source) => {
            write_addressed("video_url", source, writer);
            writer.close();
        }
        (MediaKind::Audio, source) => write_sound(source, dialect.audio, writer),
        (MediaKind::File, MediaSource::FileId(id)) if dialect.documents == Documents::DocumentUrl => {
            writer.key("type").raw("\"file\"").key("file_id").text(id);
        }
        (MediaKind::File, MediaSource::FileId(id)) => {
            writer.key("type").raw("\"file\"").key("file").open().key("file_id").text(id).close();
        }
        (MediaKind::File, source) => match dialect.documents {
            Documents::File => {
                writer.key("type").raw("\"file\"").key("file").open();
                // OpenAI asks for a name with data.
                let pdf = matches!(source, MediaSource::Data { media_type, .. } if media_type.is("application/pdf"));
                match &media.filename {
                    Some(name) => writer.key("filename").text(name),
                    None => writer.key("filename").string(if pdf { "document.pdf" } else { "document" }),
                };
                write_source(source, writer.key("file_data"));
                writer.close();
            }
            Documents::DocumentUrl => {
                writer.key("type").string("document_url");
                write_source(source, writer.key("document_url"));
                if let Some(name) = &media.filename {
                    writer.key("document_name").text(name);
                }
            }
            Documents::FileUrl => {
                write_addressed("file_url", source, writer);
                writer.close();
            }
        },
    }
}

fn write_sound(source: &MediaSource<'_>, form: Audio, writer: &mut Writer) {
    let data = match source {
        MediaSource::Data { media_type, data } => Some((audio_format(media_type).unwrap_or("wav"), data)),
        _ => None,
    };
    match (form, data) {
        (Audio::Bare, Some((_, data))) => {
            writer.key("type").raw("\"input_audio\"").key("input_audio").text(data);
        }
        (Audio::Object, Some((format, data))) => {
            writer.key("type").raw("\"input_audio\"").key("input_audio").open();
            writer.key("data").text(data).key("format").string(format).close();
        }
        (Audio::Url, Some((format, data))) => {
            writer.key("type").raw("\"input_audio\"").key("input_audio").open();
            write_data_url(&Text::default(), data, writer.key("data"));
            writer.key("format").string(format).close();
        }
        (Audio::Url, None) => {
            writer.key("type").raw("\"input_audio\"").key("input_audio").open();
            write_source(source, writer.key("data"));
            writer.close();
        }
        (Audio::Bare, None) => {
            writer.key("type").raw("\"input_audio\"");
            write_source(source, writer.key("input_audio"));
        }
        (Audio::Object, None) => {
            write_addressed("audio_url", source, writer);
            writer.close();
        }
    }
}

/// A part's type and its object with the address, still open.
fn write_addressed(kind: &str, source: &MediaSource<'_>, writer: &mut Writer) {
    writer.key("type").string(kind).key(kind).open();
    write_source(source, writer.key("url"));
}

/// A medium's address, or itself as a data URL.
pub(in crate::format::openai_chat) fn write_source(source: &MediaSource<'_>, writer: &mut Writer) {
    match source {
        MediaSource::Data { media_type, data } => write_data_url(media_type, data, writer),
        MediaSource::Url(url) | MediaSource::FileId(url) => {
            writer.text(url);
        }
    }
}
