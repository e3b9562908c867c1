//! Pictures, sounds, films and documents: Converse names each by a word of its own where everybody else has a media type.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::chat::MediaKind;
pub(super) use crate::format::field::is_base64;

/// What Converse calls a block of the kind.
pub(super) const BLOCKS: &[(MediaKind, &str)] = &[
    (MediaKind::Image, "image"),
    (MediaKind::Audio, "audio"),
    (MediaKind::Video, "video"),
    (MediaKind::File, "document"),
];

/// Converse's word and the media type. Of several rows for one word the first is what it is read as, of several for one
/// type what it is written as.
const FORMATS: &[(MediaKind, &str, &str)] = &[
    (MediaKind::Image, "png", "image/png"),
    (MediaKind::Image, "jpeg", "image/jpeg"),
    // The wrong name is common.
    (MediaKind::Image, "jpeg", "image/jpg"),
    (MediaKind::Image, "gif", "image/gif"),
    (MediaKind::Image, "webp", "image/webp"),
    (MediaKind::Audio, "wav", "audio/wav"),
    (MediaKind::Audio, "wav", "audio/x-wav"),
    (MediaKind::Audio, "wav", "audio/wave"),
    (MediaKind::Audio, "mp3", "audio/mp3"),
    (MediaKind::Audio, "mp3", "audio/mpeg"),
    (MediaKind::Audio, "mpeg", "audio/mpeg"),
    (MediaKind::Audio, "mpga", "audio/mpga"),
    (MediaKind::Audio, "opus", "audio/opus"),
    (MediaKind::Audio, "aac", "audio/aac"),
    (MediaKind::Audio, "x-aac", "audio/x-aac"),
    (MediaKind::Audio, "flac", "audio/flac"),
    (MediaKind::Audio, "ogg", "audio/ogg"),
    (MediaKind::Audio, "mp4", "audio/mp4"),
    (MediaKind::Audio, "m4a", "audio/m4a"),
    (MediaKind::Audio, "m4a", "audio/x-m4a"),
    (MediaKind::Audio, "mka", "audio/x-matroska"),
    (MediaKind::Audio, "mkv", "audio/x-matroska"),
    (MediaKind::Audio, "pcm", "audio/pcm"),
    (MediaKind::Audio, "pcm", "audio/l16"),
    (MediaKind::Audio, "webm", "audio/webm"),
    (MediaKind::Video, "mp4", "video/mp4"),
    (MediaKind::Video, "mov", "video/quicktime"),
    (MediaKind::Video, "mov", "video/mov"),
    (MediaKind::Video, "mkv", "video/x-matroska"),
    (MediaKind::Video, "webm", "video/webm"),
    (MediaKind::Video, "flv", "video/x-flv"),
    (MediaKind::Video, "mpeg", "video/mpeg"),
    (MediaKind::Video, "mpg", "video/mpg"),
    (MediaKind::Video, "wmv", "video/x-ms-wmv"),
    (MediaKind::Video, "three_gp", "video/3gpp"),
    (MediaKind::File, "pdf", "application/pdf"),
    (MediaKind::File, "txt", "text/plain"),
    (MediaKind::File, "md", "text/markdown"),
    (MediaKind::File, "html", "text/html"),
    (MediaKind::File, "csv", "text/csv"),
    (MediaKind::File, "doc", "application/msword"),
    (MediaKind::File, "docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (MediaKind::File, "xls", "application/vnd.ms-excel"),
    (MediaKind::File, "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
];

/// The block of a kind.
pub(super) fn block_of(kind: MediaKind) -> &'static str {
    BLOCKS.iter().find(|(known, _)| *known == kind).map_or("document", |(_, block)| block)
}

/// The media type of a word. One from the future is most likely a subtype.
pub(super) fn type_of(kind: MediaKind, format: &str) -> String {
    let known = FORMATS.iter().find(|(known, word, _)| *known == kind && *word == format);
    match (known, kind) {
        (Some((.., media_type)), _) => (*media_type).to_owned(),
        (None, MediaKind::File) => format!("application/{format}"),
        (None, _) => format!("{}/{format}", block_of(kind)),
    }
}

/// The kind and the word of a media type. A file may be anything: a picture sent as a file is a picture.
pub(super) fn format_of(kind: MediaKind, media_type: &str) -> Option<(MediaKind, &'static str)> {
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    let row = FORMATS
        .iter()
        .find(|(known, _, name)| name.eq_ignore_ascii_case(media_type) && (*known == kind || kind == MediaKind::File));
    row.map(|(kind, word, _)| (*kind, *word))
}

/// The kind and the word of a file in S3, by how its name ends.
pub(super) fn format_of_file(kind: MediaKind, address: &str) -> Option<(MediaKind, &'static str)> {
    let (_, ending) = address.rsplit('/').next()?.rsplit_once('.')?;
    let ending = match ending.to_ascii_lowercase().as_str() {
        "jpg" => "jpeg",
        "3gp" => "three_gp",
        "htm" => "html",
        ending => return known(kind, ending),
    };
    known(kind, ending)
}

fn known(kind: MediaKind, ending: &str) -> Option<(MediaKind, &'static str)> {
    FORMATS.iter().find(|(known, word, _)| *known == kind && *word == ending).map(|(kind, word, _)| (*kind, *word))
}

/// Gives the documents of one request names that Converse takes: letters, digits, single spaces, `-`, `(`, `)`, `[` and
/// `]`, without the ending, up to 200, and no two alike in all turns. By order of appearance, so that a conversation that
/// goes on keeps its names, and its prompt cache.
#[derive(Default)]
pub(super) struct Names {
    /// In lower case, since case may not tell two apart, with how often each was asked for.
    taken: HashMap<String, u32>,
}

impl Names {
    pub fn next(&mut self, filename: &str) -> String {
        const MAX_CHARS: usize = 180;
        let ending = |(stem, ending): (&'_ str, &'_ str)| (ending.len() <= 5).then_some(stem.len());
        let stem = filename.rsplit_once('.').and_then(ending).and_then(|len| filename.get(..len)).unwrap_or(filename);
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '(' | ')' | '[' | ']');
        let words: String = stem.chars().map(|c| if fits(c) { c } else { ' ' }).take(MAX_CHARS).collect();
        let mut base = words.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
        if base.is_empty() {
            base.push_str("document");
        }
        loop {
            let count = self.taken.entry(base.to_ascii_lowercase()).or_default();
            *count += 1;
            let name = if *count == 1 { base.clone() } else { format!("{base} ({count})") };
            if *count == 1 {
                return name;
            }
            if let Entry::Vacant(free) = self.taken.entry(name.to_ascii_lowercase()) {
                free.insert(1);
                return name;
            }
        }
    }
}

/// Stands before secret reasoning of a format whose own is no base64, which a blob must be.
const FOREIGN: &str = "postern:";

/// Secret reasoning as a blob.
pub(super) fn seal_redacted(data: &str) -> Option<String> {
    (!is_base64(data)).then(|| BASE64.encode(format!("{FOREIGN}{data}")))
}

/// The same back; None: it is what it was.
pub(super) fn unseal_redacted(blob: &str) -> Option<String> {
    // In base64 the prefix is always the same letters, up to where the rest begins.
    if !blob.starts_with("cG9zdGVybj") {
        return None;
    }
    let bytes = BASE64.decode(blob).ok()?;
    Some(String::from_utf8(bytes).ok()?.strip_prefix(FOREIGN)?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_comes_back_from_its_type_and_every_type_has_a_word() {
        for (kind, word, media_type) in FORMATS {
            let (back_kind, back) = format_of(*kind, media_type).unwrap();
            assert_eq!(back_kind, *kind, "{media_type}");
            assert_eq!(format_of(*kind, &type_of(*kind, back)), Some((*kind, back)), "{word}");
        }
    }

    #[test]
    fn types_and_endings_have_their_words() {
        use MediaKind::{Audio, File, Image, Video};
        for (kind, media_type, want) in [
            (Image, "image/jpg", Some((Image, "jpeg"))),
            (Image, "Image/PNG", Some((Image, "png"))),
            (Image, "image/tiff", None),
            (Image, "application/pdf", None),
            (File, "image/png", Some((Image, "png"))),
            (File, "application/pdf", Some((File, "pdf"))),
            (File, "text/plain; charset=utf-8", Some((File, "txt"))),
            (File, "audio/mp3", Some((Audio, "mp3"))),
            (Audio, "audio/mpeg", Some((Audio, "mp3"))),
            (Video, "video/3gpp", Some((Video, "three_gp"))),
        ] {
            assert_eq!(format_of(kind, media_type), want, "{media_type}");
        }
        for (kind, address, want) in [
            (Image, "s3://b/a/x.JPG", Some((Image, "jpeg"))),
            (Image, "s3://b.png/x", None),
            (Video, "s3://b/x.3gp", Some((Video, "three_gp"))),
            (File, "s3://b/x.y.pdf", Some((File, "pdf"))),
            (File, "s3://b/x.png", None),
        ] {
            assert_eq!(format_of_file(kind, address), want, "{address}");
        }
        assert_eq!(type_of(Image, "avif"), "image/avif");
        assert_eq!(type_of(File, "epub"), "application/epub");
    }

    #[test]
    fn a_document_gets_a_name_that_converse_takes_and_nobody_else_has() {
        let mut names = Names::default();
        for (filename, want) in [
            ("report.pdf", "report"),
            ("Q3 report_final (v2).pdf", "Q3 report final (v2)"),
            ("report.docx", "report (2)"),
            ("REPORT.pdf", "REPORT (3)"),
            ("a (2).pdf", "a (2)"),
            ("a", "a"),
            ("a", "a (3)"),
            ("", "document"),
            ("отчёт.pdf", "document (2)"),
            ("a.b/c\\d  e", "a b c d e"),
            ("no ending. But a sentence", "no ending But a sentence"),
        ] {
            assert_eq!(names.next(filename), want, "{filename}");
        }
        assert_eq!(names.next(&"x".repeat(500)).len(), 180);
    }

    #[test]
    fn base64_is_told_from_what_is_none() {
        for good in ["QQ==", "QUI=", "QUJD", "+/+/"] {
            assert!(is_base64(good), "{good}");
        }
        for bad in ["", "=", "====", "QUJ", "Q===", "QU=D", "QU-_", "QUJD\\n", "ä"] {
            assert!(!is_base64(bad), "{bad}");
        }
    }

    #[test]
    fn secret_reasoning_of_any_shape_comes_back() {
        for data in ["EmwKAhgBEgy3va3p", "a-b_c", "", "postern:", "ä"] {
            let sealed = seal_redacted(data);
            assert!(is_base64(sealed.as_deref().unwrap_or(data)), "{data}");
            let blob = sealed.as_deref().unwrap_or(data);
            assert_eq!(unseal_redacted(blob).as_deref().unwrap_or(blob), data);
        }
    }
}
