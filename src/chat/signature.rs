//! The proof that reasoning is the model's own: opaque text that must come back as it went, to the family of models that
//! made it and to no other. A conversation may change its provider, and a client's format may have room for another
//! family's signatures only; so a signature that travels in a foreign format says whose it is.

use crate::wire::json::Text;

/// Who made a signature, and can read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Claude, wherever it runs: Anthropic, Bedrock and Vertex take each other's.
    Anthropic,
    /// Gemini's `thoughtSignature`.
    Gemini,
    /// OpenAI's `encrypted_content` of a reasoning item.
    OpenAi,
    /// The same of Azure, which has keys of its own.
    Azure,
    /// The same of xAI.
    Xai,
}

impl Origin {
    /// Each, and how it is called where it is a guest.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::Anthropic, "anthropic"),
        (Self::Gemini, "gemini"),
        (Self::OpenAi, "openai"),
        (Self::Azure, "azure"),
        (Self::Xai, "xai"),
    ];

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(known, _)| *known == self).map_or("", |(_, name)| name)
    }
}

/// A signature and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature<'a> {
    /// Who made it.
    pub origin: Origin,
    /// Opaque; never altered.
    pub value: Text<'a>,
}

/// Stands between a foreign signature's origin and its value. In no base64, so no signature has it by itself.
const MARK: char = '#';

impl<'a> Signature<'a> {
    /// Reads one from a format whose own signatures are `native`'s: those of others say whose they are.
    pub fn unseal(text: Text<'a>, native: Origin) -> Self {
        let foreign = text.raw().split_once(MARK).and_then(|(name, value)| {
            let (origin, _) = Origin::ALL.iter().find(|(_, known)| *known == name)?;
            Some(Self { origin: *origin, value: Text::from_raw_owned(value.to_owned()) })
        });
        foreign.unwrap_or(Self { origin: native, value: text })
    }

    /// What it is written as in a format whose own signatures are `native`'s.
    pub fn seal(&self, native: Origin) -> Text<'_> {
        match self.origin == native {
            true => Text::from_raw(self.value.raw()),
            false => Text::from_raw_owned(format!("{}{MARK}{}", self.origin.name(), self.value.raw())),
        }
    }

    /// The value, if this is a signature that `origin` can read.
    pub fn of(&self, origin: Origin) -> Option<&Text<'a>> {
        (self.origin == origin).then_some(&self.value)
    }

    /// The same, borrowed.
    pub fn by_ref(&self) -> Signature<'_> {
        Signature { origin: self.origin, value: self.value.by_ref() }
    }

    /// A copy that borrows nothing.
    pub fn to_static(&self) -> Signature<'static> {
        Signature { origin: self.origin, value: Text::from_raw_owned(self.value.raw().to_owned()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_comes_back_with_its_origin_through_any_format() {
        for (origin, _) in Origin::ALL {
            for (native, _) in Origin::ALL {
                let signature = Signature { origin, value: Text::from_raw("c2ln+/==") };
                let sealed = signature.seal(native);
                assert_eq!(sealed.raw() == "c2ln+/==", origin == native);
                assert_eq!(Signature::unseal(sealed, native), signature);
            }
        }
        let odd = Signature::unseal(Text::from_raw("nobody#c2ln"), Origin::Gemini);
        assert_eq!((odd.origin, odd.value.raw()), (Origin::Gemini, "nobody#c2ln"));
    }
}
