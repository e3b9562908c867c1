//! A text as the phrase grammar reads it: words in lower case without accents, look-alike letters and leet undone, with
//! the way back to the original; and what was hidden between its letters, as a text of its own.
//!
//! Folding is for matching only. It is one pass, and its memory is a small multiple of the text.

/// A word of a folded text.
#[derive(Clone, Copy, Debug)]
pub struct Word {
    /// Its bytes in the folded text.
    pub start: u32,
    /// See `start`.
    pub end: u32,
    /// Its bytes in the original.
    pub from: u32,
    /// See `from`.
    pub to: u32,
    /// The number of its sentence.
    pub sentence: u32,
    /// It stands in a short quotation.
    pub quoted: bool,
}

/// A folded text.
#[derive(Debug, Default)]
pub struct Folded {
    /// The words, each after one space; letters of scripts without spaces stand side by side.
    pub text: String,
    /// Where each is.
    pub words: Vec<Word>,
    /// What invisible characters spell: tag characters, bytes in variation selectors.
    pub hidden: String,
    /// Invisible characters that no writing system needs where they stand.
    pub invisible: u32,
    /// Characters that turn the direction of writing.
    pub bidi: u32,
    /// Words of Latin letters with letters of another script among them.
    pub mixed: u32,
}

/// A quotation longer than this is no example of a phrase, but the text itself.
const MAX_QUOTED_WORDS: usize = 40;

impl Folded {
    /// Folds a text.
    pub fn new(text: &str) -> Self {
        let json = text.trim_start().starts_with(['{', '[']);
        let mut folding = Folding { mostly_latin: mostly_latin(text), json, ..Folding::default() };
        folding.out.text.reserve(text.len() + text.len() / 4);
        folding.run(text);
        folding.out
    }

    /// A text of letters that were set apart from each other: each is a word.
    pub fn of_letters(letters: impl Iterator<Item = (char, Word)>) -> Self {
        let mut folded = Self::default();
        for (letter, word) in letters {
            let start = folded.text.len() as u32;
            folded.text.push(letter);
            folded.words.push(Word { start, end: folded.text.len() as u32, sentence: 0, quoted: false, ..word });
        }
        folded
    }

    /// The letters of a word.
    pub fn letters(&self, word: &Word) -> &str {
        self.text.get(word.start as usize..word.end as usize).unwrap_or_default()
    }

    /// Whether a word is a letter of a script without spaces.
    pub fn starts_alone(&self, word: u32) -> bool {
        let first = self.words.get(word as usize).and_then(|word| self.letters(word).chars().next());
        first.is_some_and(alone)
    }

    /// The place of the word at a byte of the folded text.
    pub fn word_at(&self, byte: usize) -> usize {
        self.words.partition_point(|word| (word.start as usize) <= byte).saturating_sub(1)
    }
}

/// Whether a text is written in Latin letters for the most part: then a word of nothing but Cyrillic or Greek letters
/// that look Latin is a disguise.
fn mostly_latin(text: &str) -> bool {
    if text.is_ascii() {
        return true;
    }
    let (mut latin, mut other) = (0usize, 0usize);
    for c in text.chars() {
        match c {
            'a'..='z' | 'A'..='Z' => latin += 1,
            '\u{370}'..='\u{52f}' => other += 1,
            _ => {}
        }
    }
    latin > other * 2
}

#[derive(Default)]
struct Folding {
    out: Folded,
    mostly_latin: bool,
    /// It looks like JSON, whose strings are no quotations.
    json: bool,
    /// The characters of the word under way, folded as far as one alone can be, and its place in the original.
    word: Vec<char>,
    from: usize,
    to: usize,
    sentence: u32,
    /// The closing sign of an open quotation, and its first word.
    quote: Option<(char, usize)>,
    /// The base character of a flag that tag characters may follow.
    flag: bool,
}

impl Folding {
    fn run(&mut self, text: &str) {
        let mut chars = text.char_indices().peekable();
        let mut before = ' ';
        while let Some((at, c)) = chars.next() {
            let end = at + c.len_utf8();
            let next = chars.peek().map_or(' ', |(_, c)| *c);
            if c.is_ascii() {
                self.flag = false;
                match c {
                    // JSON inside a string: an escaped line end is one.
                    '\\' if matches!(next, 'n' | 't' | 'r') => {
                        chars.next();
                        self.between('\n', before, ' ');
                    }
                    'a'..='z' | '0'..='9' => self.letter(c, at, end),
                    'A'..='Z' => self.letter(c.to_ascii_lowercase(), at, end),
                    '@' | '$' | '!' | '|' if !self.word.is_empty() && is_wordy(next) => self.letter(c, at, end),
                    '@' | '$' if before.is_whitespace() && next.is_ascii_alphabetic() => self.letter(c, at, end),
                    '\'' if !self.word.is_empty() && next.is_alphabetic() => {}
                    _ => self.between(c, before, next),
                }
                before = c;
                continue;
            }
            match invisible(c) {
                Some(Invisible::Tag(byte)) => {
                    if !self.flag {
                        self.out.hidden.push(byte as char);
                    }
                    continue;
                }
                Some(Invisible::Selector(byte)) => {
                    // The first sixteen pick the form of an emoji or an ideograph; a row of them is a message.
                    self.out.hidden.push(if (0x20..0x7f).contains(&byte) { byte as char } else { ' ' });
                    continue;
                }
                Some(Invisible::Bidi) => {
                    self.out.bidi += 1;
                    continue;
                }
                Some(Invisible::Joiner) => {
                    let joins = |c: char| ('\u{600}'..'\u{10ff}').contains(&c) || c as u32 >= 0x2190;
                    if !joins(before) && !joins(next) {
                        self.out.invisible += 1;
                    }
                    continue;
                }
                Some(Invisible::Nothing) => continue,
                None => {}
            }
            self.flag = c == '\u{1f3f4}';
            if alone(c) {
                self.end_word();
                self.word.push(c);
                (self.from, self.to) = (at, end);
                self.end_word();
            } else {
                let mut folded = false;
                fold(c, &mut |c| {
                    folded = true;
                    self.letter(c, at, end);
                });
                if !folded {
                    self.between(c, before, next);
                }
            }
            before = c;
        }
        self.end_word();
        self.end_quote(false);
    }

    fn letter(&mut self, c: char, at: usize, end: usize) {
        if self.word.is_empty() {
            self.from = at;
        }
        // No word is longer; what is goes in pieces, so that nothing grows without end.
        if self.word.len() == 64 {
            self.end_word();
            self.from = at;
        }
        self.word.push(c);
        self.to = end;
    }

    /// A character that is no part of a word.
    fn between(&mut self, c: char, before: char, next: char) {
        self.end_word();
        match c {
            '.' | '!' | '?' if next.is_whitespace() || matches!(next, '"' | '\'' | '”' | ')' | '<' | '\\') => {
                self.sentence += 1;
            }
            '。' | '！' | '？' | '．' | '｡' | '؟' | '।' | '…' => self.sentence += 1,
            '\n' if next == '\n' || before == '\n' || matches!(next, '-' | '*' | '•' | '#' | '|' | '>') => {
                self.sentence += 1;
                if next == '\n' || before == '\n' {
                    self.end_quote(false);
                }
            }
            _ => {}
        }
        if self.json && c == '"' && before != '\\' {
            return self.end_quote(false);
        }
        match self.quote {
            Some((close, _)) if c == close && (c != '\'' || !next.is_alphanumeric()) => self.end_quote(true),
            Some(_) => {}
            None => {
                let close = match c {
                    '"' | '`' | '＂' => c,
                    '\'' if !before.is_alphanumeric() && next.is_alphanumeric() => '\'',
                    '“' | '„' | '‟' => '”',
                    '‘' | '‚' => '’',
                    '«' => '»',
                    '»' => '«',
                    '「' => '」',
                    '『' => '』',
                    _ => return,
                };
                self.quote = Some((close, self.out.words.len()));
            }
        }
    }

    fn end_quote(&mut self, closed: bool) {
        let Some((_, first)) = self.quote.take() else { return };
        if closed && self.out.words.len() - first <= MAX_QUOTED_WORDS {
            for word in self.out.words.get_mut(first..).unwrap_or_default() {
                word.quoted = true;
            }
        }
    }

    fn end_word(&mut self) {
        if self.word.is_empty() {
            return;
        }
        let lone = self.word.len() == 1 && self.word.first().is_some_and(|c| alone(*c));
        if !lone {
            self.undisguise();
            self.out.text.push(' ');
        }
        let start = self.out.text.len();
        self.out.text.extend(self.word.drain(..));
        let word = Word {
            start: start as u32,
            end: self.out.text.len() as u32,
            from: self.from as u32,
            to: self.to as u32,
            sentence: self.sentence,
            quoted: false,
        };
        self.out.words.push(word);
    }

    /// Letters of other scripts that look Latin become Latin, where the word is a mix or the text is Latin; digits
    /// that stand for letters become letters.
    fn undisguise(&mut self) {
        let (mut ascii, mut foreign, mut looks, mut leet) = (0, 0, 0, 0);
        for &c in &self.word {
            match c {
                'a'..='z' => ascii += 1,
                '0'..='9' | '@' | '$' | '!' | '|' => leet += 1,
                _ if ('\u{370}'..='\u{58f}').contains(&c) || ('\u{13a0}'..='\u{13ff}').contains(&c) => {
                    foreign += 1;
                    looks += usize::from(look_alike(c).is_some());
                }
                _ => {}
            }
        }
        if foreign > 0 && (ascii > 0 || (self.mostly_latin && looks == foreign && foreign > 2)) {
            self.out.mixed += u32::from(ascii > 1);
            for c in &mut self.word {
                *c = look_alike(*c).unwrap_or(*c);
            }
            ascii += looks;
        }
        if leet > 0 && ascii > 0 {
            let ones = self.word.windows(2).any(|pair| pair == ['1', '1']);
            for c in &mut self.word {
                *c = match *c {
                    '0' => 'o',
                    '1' if ones => 'l',
                    '1' | '!' => 'i',
                    '3' => 'e',
                    '4' | '@' => 'a',
                    '5' | '$' => 's',
                    '7' => 't',
                    '|' => 'l',
                    c => c,
                };
            }
        }
    }
}

fn is_wordy(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '@' | '$' | '!' | '|')
}

/// Whether a letter is a word by itself, as far as distances go: scripts without spaces.
pub fn alone(c: char) -> bool {
    matches!(c as u32, 0x0E00..=0x0E7F | 0x3040..=0x30FF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0x20000..=0x2FFFF)
}

/// What an invisible character is for.
enum Invisible {
    /// A letter in the tag block.
    Tag(u8),
    /// A byte, as variation selectors carry them.
    Selector(u8),
    /// Turns the direction of writing.
    Bidi,
    /// Joins letters of scripts that need it, or emoji.
    Joiner,
    /// Hints at where a line may break, and the like.
    Nothing,
}

fn invisible(c: char) -> Option<Invisible> {
    let code = c as u32;
    Some(match code {
        0xE0020..=0xE007E => Invisible::Tag((code - 0xE0000) as u8),
        0xE0000..=0xE00FF => Invisible::Nothing,
        0xE0100..=0xE01EF => Invisible::Selector((code - 0xE0100 + 16) as u8),
        0xFE00..=0xFE0F => Invisible::Nothing,
        0x202A..=0x202E | 0x2066..=0x2069 => Invisible::Bidi,
        0x200B..=0x200D | 0x2060..=0x2064 | 0x180E | 0x115F | 0x1160 | 0x3164 => Invisible::Joiner,
        0x00AD | 0x034F | 0x061C | 0x200E | 0x200F | 0x206A..=0x206F | 0xFEFF => Invisible::Nothing,
        0x0300..=0x036F | 0x0640 | 0x064B..=0x0655 | 0x0670 => Invisible::Nothing, // accents, written apart
        _ => return None,
    })
}

/// Latin letters with accents, row by row, and what they are without.
const ACCENTS: &[(&str, char)] = &[
    ("àáâãäåāăąǎạảấầẩẫậắằẳẵặǻ", 'a'),
    ("çćĉċč", 'c'),
    ("ďđð", 'd'),
    ("èéêëēĕėęěẹẻẽếềểễệ", 'e'),
    ("ĝğġģ", 'g'),
    ("ĥħ", 'h'),
    ("ìíîïĩīĭįıǐỉị", 'i'),
    ("ĵ", 'j'),
    ("ķ", 'k'),
    ("ĺļľŀł", 'l'),
    ("ñńņňŋ", 'n'),
    ("òóôõöøōŏőơọỏốồổỗộớờởỡợǒ", 'o'),
    ("ŕŗř", 'r'),
    ("śŝşšș", 's'),
    ("ţťŧț", 't'),
    ("ùúûüũūŭůűųưụủứừửữựǔ", 'u'),
    ("ŵ", 'w'),
    ("ýÿŷỳỵỷỹ", 'y'),
    ("źżž", 'z'),
];

/// Small capitals and the like.
const SMALL: &[(char, char)] = &[
    ('ᴀ', 'a'),
    ('ʙ', 'b'),
    ('ᴄ', 'c'),
    ('ᴅ', 'd'),
    ('ᴇ', 'e'),
    ('ꜰ', 'f'),
    ('ɢ', 'g'),
    ('ʜ', 'h'),
    ('ɪ', 'i'),
    ('ᴊ', 'j'),
    ('ᴋ', 'k'),
    ('ʟ', 'l'),
    ('ᴍ', 'm'),
    ('ɴ', 'n'),
    ('ᴏ', 'o'),
    ('ᴘ', 'p'),
    ('ʀ', 'r'),
    ('ꜱ', 's'),
    ('ᴛ', 't'),
    ('ᴜ', 'u'),
    ('ᴠ', 'v'),
    ('ᴡ', 'w'),
    ('ʏ', 'y'),
    ('ᴢ', 'z'),
    ('ɑ', 'a'),
    ('ɡ', 'g'),
    ('ⅰ', 'i'),
    ('ⅼ', 'l'),
    ('ⅽ', 'c'),
    ('ⅾ', 'd'),
    ('ⅿ', 'm'),
    ('ⅴ', 'v'),
    ('ⅹ', 'x'),
];

/// Gives the folded letters of a character; none for one that is no letter or digit.
fn fold(c: char, give: &mut dyn FnMut(char)) {
    let code = c as u32;
    let ascii = |base: u8, place: u32| char::from(base.saturating_add((place % 26) as u8));
    match code {
        0xFF10..=0xFF19 => give(char::from(b'0' + (code - 0xFF10) as u8)),
        0xFF21..=0xFF3A => give(ascii(b'a', code - 0xFF21)),
        0xFF41..=0xFF5A => give(ascii(b'a', code - 0xFF41)),
        0x1D400..=0x1D6A3 => give(ascii(b'a', (code - 0x1D400) % 52)),
        0x1D7CE..=0x1D7FF => give(char::from(b'0' + ((code - 0x1D7CE) % 10) as u8)),
        0x24B6..=0x24CF => give(ascii(b'a', code - 0x24B6)),
        0x24D0..=0x24E9 => give(ascii(b'a', code - 0x24D0)),
        0x249C..=0x24B5 => give(ascii(b'a', code - 0x249C)),
        0x1F110..=0x1F129 => give(ascii(b'a', code - 0x1F110)),
        0x1F130..=0x1F149 => give(ascii(b'a', code - 0x1F130)),
        0x1F150..=0x1F169 => give(ascii(b'a', code - 0x1F150)),
        0x1F170..=0x1F189 => give(ascii(b'a', code - 0x1F170)),
        0x1F1E6..=0x1F1FF => give(ascii(b'a', code - 0x1F1E6)),
        // Arabic: one alef, one yeh, one heh.
        0x0622 | 0x0623 | 0x0625 => give('\u{627}'),
        0x0649 => give('\u{64a}'),
        0x0629 => give('\u{647}'),
        // Marks and letters of the scripts of India belong to the word, whatever their class.
        0x0900..=0x0963 | 0x0966..=0x0D7F => give(c),
        0x2100..=0x214F => {
            const LETTERS: &[(char, char)] = &[
                ('ℂ', 'c'),
                ('ℊ', 'g'),
                ('ℋ', 'h'),
                ('ℌ', 'h'),
                ('ℍ', 'h'),
                ('ℎ', 'h'),
                ('ℐ', 'i'),
                ('ℑ', 'i'),
                ('ℒ', 'l'),
                ('ℓ', 'l'),
                ('ℕ', 'n'),
                ('ℙ', 'p'),
                ('ℚ', 'q'),
                ('ℛ', 'r'),
                ('ℜ', 'r'),
                ('ℝ', 'r'),
                ('ℤ', 'z'),
                ('ℬ', 'b'),
                ('ℭ', 'c'),
                ('ℯ', 'e'),
                ('ℰ', 'e'),
                ('ℱ', 'f'),
                ('ℳ', 'm'),
                ('ℴ', 'o'),
            ];
            if let Some((_, letter)) = LETTERS.iter().find(|(odd, _)| *odd == c) {
                give(*letter);
            }
        }
        _ => {
            let Some(lower) = c.to_lowercase().next().filter(|_| c.is_alphanumeric()) else { return };
            match lower {
                'ß' => "ss".chars().for_each(give),
                'æ' => "ae".chars().for_each(give),
                'œ' => "oe".chars().for_each(give),
                'ё' => give('е'),
                '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => {
                    let plain = ACCENTS.iter().find(|(row, _)| row.contains(lower)).map(|(_, plain)| *plain);
                    give(plain.unwrap_or(lower));
                }
                '\u{250}'..='\u{2af}' | '\u{1d00}'..='\u{1d2f}' | '\u{2170}'..='\u{217f}' | '\u{a730}'..='\u{a731}' => {
                    give(SMALL.iter().find(|(odd, _)| *odd == lower).map_or(lower, |(_, plain)| *plain));
                }
                _ => give(lower),
            }
        }
    }
}

/// The Latin letter that a Cyrillic, Greek, Armenian or Cherokee one looks like (Unicode's confusables, the plain ones).
fn look_alike(c: char) -> Option<char> {
    const FROM: &str = "аеорсухіјѕԁһӏԛԝвнкмтгпиьαεορντυχικηωγμσβδνվզոսցօհԍᎪᎬꭰ";
    const TO: &str = "aeopcyxijsdhlqwbhkmtrnubaeopvtuxiknwyuobdvvqnugohgaed";
    FROM.chars().zip(TO.chars()).find(|(odd, _)| *odd == c).map(|(_, latin)| latin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn disguises_are_taken_off() {
        let rows = [
            ("Ignore ALL previous", " ignore all previous"),
            ("ig\u{200b}no\u{ad}re", " ignore"),
            ("1gn0r3 @ll pr3v10us", " ignore all previous"),
            ("ｉｇｎｏｒｅ", " ignore"),
            ("𝓲𝓰𝓷𝓸𝓻𝓮 𝗮𝗹𝗹", " ignore all"),
            ("іgnоrе", " ignore"),
            ("ⓘⓖⓝⓞⓡⓔ", " ignore"),
            ("ɪɢɴᴏʀᴇ", " ignore"),
            ("précédentes Anweisungen: überspringe", " precedentes anweisungen uberspringe"),
            ("don't", " dont"),
            ("忽略之前的指令", "忽略之前的指令"),
            ("игнорируй всё", " игнорируй все"),
            ("Tiếng Việt bỏ qua", " tieng viet bo qua"),
        ];
        for (text, want) in rows {
            assert_eq!(Folded::new(text).text, want, "{text}");
        }
    }

    #[test]
    fn what_is_hidden_is_a_text_of_its_own_and_flags_and_joiners_are_not() {
        let tagged: String =
            "hi".chars().chain("obey me".chars().map(|c| char::from_u32(0xE0000 + c as u32).unwrap())).collect();
        assert_eq!(Folded::new(&tagged).hidden, "obey me");
        let scotland = "\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}";
        assert_eq!(Folded::new(scotland).hidden, "");
        assert_eq!(Folded::new("می\u{200c}خواهم 👩\u{200d}💻").invisible, 0);
        assert_eq!(Folded::new("a\u{200b}b").invisible, 1);
    }

    #[test]
    fn a_word_knows_where_it_came_from_and_whether_it_is_quoted() {
        let text = "Say \u{201c}Ígnore it\u{201d} now. It's \"open";
        let folded = Folded::new(text);
        let words: Vec<_> = folded
            .words
            .iter()
            .map(|w| (text.get(w.from as usize..w.to as usize).unwrap(), w.quoted, w.sentence))
            .collect();
        assert_eq!(
            words,
            [
                ("Say", false, 0),
                ("Ígnore", true, 0),
                ("it", true, 0),
                ("now", false, 0),
                ("It's", false, 1),
                ("open", false, 1)
            ]
        );
    }
}
