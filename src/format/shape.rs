//! The shape of a body, whatever is asked with it: a chat format, or one of the smaller shapes that only some operations
//! have. Surfaces and presets name shapes; two that have one name need no translation.

use super::{Format, Step, TextKind, embeddings, plain, rerank};

/// A shape.
#[derive(Clone, Copy)]
pub enum Shape {
    /// A chat, or what has its body (counting its tokens).
    Chat(&'static dyn Format),
    /// Texts to vectors.
    Embeddings(&'static dyn embeddings::Shape),
    /// Documents to be ranked.
    Rerank(&'static rerank::Shape),
    /// Something that is never translated.
    Plain(&'static plain::Plain),
}

impl Shape {
    /// The shape of that name.
    pub fn named(name: &str) -> Option<Self> {
        let chat = || super::find(name).map(Self::Chat);
        let vectors = || embeddings::find(name).map(Self::Embeddings);
        let ranks = || rerank::find(name).map(Self::Rerank);
        chat().or_else(vectors).or_else(ranks).or_else(|| plain::find(name).map(Self::Plain))
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Chat(format) => format.name(),
            Self::Embeddings(shape) => shape.name(),
            Self::Rerank(shape) => shape.name,
            Self::Plain(plain) => plain.name,
        }
    }

    /// The chat format of the same maker: errors come in its words.
    pub fn dialect(&self) -> &'static dyn Format {
        let (maker, _) = self.name().split_once('_').unwrap_or((self.name(), ""));
        match self {
            Self::Chat(format) => *format,
            _ => super::of_maker(maker),
        }
    }

    /// Whether the string at a path is text; see [`Format::text_at`].
    pub fn text_at(&self, path: &[Step<'_>]) -> TextKind {
        match self {
            Self::Chat(format) => format.text_at(path),
            Self::Embeddings(shape) => shape.text_at(path),
            Self::Rerank(shape) => shape.text_at(path),
            Self::Plain(plain) => plain.text_at(path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_shapes_have_one_name() {
        let chats = super::super::FORMATS.iter().map(|format| format.name());
        let vectors = embeddings::SHAPES.iter().map(|shape| shape.name());
        let others = rerank::SHAPES.iter().map(|shape| shape.name).chain(plain::PLAIN.iter().map(|plain| plain.name));
        let names: Vec<_> = chats.chain(vectors).chain(others).collect();
        for (at, name) in names.iter().enumerate() {
            assert!(!names[..at].contains(name), "{name}");
            assert_eq!(Shape::named(name).unwrap().name(), *name);
        }
    }

    #[test]
    fn errors_are_told_in_the_makers_words() {
        let rows =
            [("openai_embeddings", "openai_chat"), ("openai_images", "openai_chat"), ("jina_rerank", "openai_chat")];
        for (shape, format) in rows {
            assert_eq!(Shape::named(shape).unwrap().dialect().name(), format, "{shape}");
        }
    }
}
