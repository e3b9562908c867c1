//! Names of people by what stands in front of them: `my name is`, `Dear`, `Frau`, `姓名：`; and by a common given name with
//! a family name behind it. A name of neither kind is not found, and capitals that are nobody's name are held back by stop
//! lists.

use super::given::{BRANDS, FAMILY, NO_FAMILY};
use super::mask::at;
use super::value::{Joint, Label};

/// Words with a capital behind a cue that are no name.
const NO_NAME: &[&str] = &[
    "sir",
    "madam",
    "team",
    "customer",
    "support",
    "all",
    "everyone",
    "hiring",
    "manager",
    "colleague",
    "colleagues",
    "friend",
    "friends",
    "user",
    "users",
    "customers",
    "client",
    "valued",
    "the",
    "a",
    "an",
    "in",
    "on",
    "at",
    "for",
    "from",
    "to",
    "and",
    "or",
    "not",
    "my",
    "your",
    "our",
    "this",
    "that",
    "i",
    "we",
    "you",
    "it",
    "is",
    "if",
    "as",
    "damen",
    "herren",
    "kunde",
    "kundin",
    "kollegen",
    "kolleginnen",
    "cliente",
    "equipo",
    "equipe",
    "équipe",
    "madame",
    "monsieur",
    "mesdames",
    "messieurs",
    "señor",
    "señora",
    "senhor",
    "senhora",
    "signore",
    "signora",
    "mr",
    "mrs",
    "ms",
    "dr",
    "prof",
    "herr",
    "frau",
    "service",
    "department",
    "committee",
    "admin",
    "administrator",
    "unknown",
    "none",
    "null",
    "true",
    "false",
    "string",
    "name",
    "test",
    "here",
    "there",
    "yes",
    "no",
    "ok",
    "please",
    "thanks",
    "president",
    "chairman",
    "secretary",
    "minister",
    "speaker",
    "editor",
    "god",
    "lord",
    "santa",
    "president",
    "openai",
    "google",
    "microsoft",
    "amazon",
    "linux",
    "windows",
    "python",
    "java",
    "javascript",
    "english",
    "german",
    "french",
    "spanish",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "first",
    "last",
    "full",
    "id",
    "invoice",
    "order",
    "account",
    "hello",
    "hi",
    "dear",
    "re",
    "fwd",
    "subject",
    "recruiter",
    "pepper",
    "doctor",
    "data",
    "only",
    "when",
    "what",
    "who",
    "why",
    "how",
    "where",
    "are",
    "was",
    "will",
    "can",
    "recipient",
    "applicant",
    "member",
    "members",
    "professor",
    "officer",
    "reader",
    "readers",
    "parents",
    "students",
    "student",
    "sehr",
    "geehrte",
    "geehrter",
    "liebe",
    "lieber",
    "chers",
    "cher",
    "chère",
    "guest",
    "guests",
    "partner",
];

/// Parts of a name that begin small.
const PARTICLES: &[&str] = &[
    "van", "von", "de", "der", "den", "da", "do", "dos", "das", "di", "del", "della", "la", "le", "du", "bin", "ibn",
    "al", "el", "ter", "ten", "zu", "zur", "af", "av", "y", "e", "bint", "ben", "st.",
];

/// Whether a word, of which the end may be missing, may stand inside a name without beginning large.
pub fn is_particle(word: &[u8]) -> bool {
    !word.is_empty() && PARTICLES.iter().any(|particle| particle.as_bytes().starts_with(word))
}

/// Whether a label is one that many other things have too.
pub fn is_loose(label: &[u8]) -> bool {
    LOOSE.iter().any(|word| label.eq_ignore_ascii_case(word.as_bytes()))
}

/// One word of a name at `pos`: where it ends; and whether it is a whole word, not an initial.
fn word(text: &[u8], pos: usize) -> Option<(usize, bool)> {
    let rest = text.get(pos..text.len().min(pos + 48))?;
    let valid = match std::str::from_utf8(rest) {
        Ok(valid) => valid,
        Err(error) => std::str::from_utf8(rest.get(..error.valid_up_to())?).ok()?,
    };
    let first = valid.chars().next()?;
    let unicase = !first.is_ascii() && first.is_alphabetic() && !first.is_lowercase();
    if !(first.is_uppercase() || unicase) {
        return None;
    }
    let mut len = 0;
    let mut letters = 0;
    for c in valid.chars() {
        let joins = matches!(c, '\'' | '-' | '\u{2019}') && letters > 0;
        // Vowel signs of Indic and Thai scripts are no letters.
        let sign = matches!(c as u32, 0x0900..=0x0E7F | 0x0300..=0x036F);
        if !(c.is_alphabetic() || joins || sign) {
            break;
        }
        letters += 1;
        len += c.len_utf8();
    }
    while valid.get(..len).is_some_and(|word| word.ends_with(['\'', '-', '\u{2019}'])) {
        len -= valid.get(..len).and_then(|w| w.chars().next_back()).map_or(1, char::len_utf8);
    }
    let written = valid.get(..len)?;
    // `Jane's`
    let written = written.strip_suffix("'s").or(written.strip_suffix("\u{2019}s")).unwrap_or(written);
    let end = pos + written.len();
    if letters == 1 {
        return Some((end + usize::from(at(text, end) == b'.'), false));
    }
    let lower = written.to_lowercase();
    let stopped = NO_NAME.contains(&lower.as_str());
    let shouted = written.len() > 1 && written.bytes().all(|b| b.is_ascii_uppercase()) && written.len() < 3;
    (!stopped && !shouted && !at(text, end).is_ascii_digit() && at(text, end) != b'_').then_some((end, true))
}

/// The name at `pos`, of at least so many words.
fn name(text: &[u8], pos: usize, least: usize) -> Option<(usize, usize)> {
    name_of(text, pos, least, 5)
}

/// The same, of at most so many.
fn name_of(text: &[u8], pos: usize, least: usize, most: usize) -> Option<(usize, usize)> {
    let mut end = pos;
    let (mut words, mut whole) = (0, 0);
    let mut next = pos;
    while words < most {
        let mut from = next;
        let particle = PARTICLES.iter().find(|p| {
            words > 0 && text.get(from..from + p.len()) == Some(p.as_bytes()) && at(text, from + p.len()) == b' '
        });
        if let Some(particle) = particle {
            from += particle.len() + 1;
            // `van der Berg`
            if let Some(second) = PARTICLES
                .iter()
                .find(|p| text.get(from..from + p.len()) == Some(p.as_bytes()) && at(text, from + p.len()) == b' ')
            {
                from += second.len() + 1;
            }
        }
        let Some((to, long)) = word(text, from) else {
            break;
        };
        words += 1;
        whole += usize::from(long);
        end = to;
        if at(text, to) != b' ' {
            break;
        }
        next = to + 1;
    }
    // `Amazon.com`, `Jane@`, `Foo()`: no name; `Foo:` names a key.
    let tail = at(text, end);
    let code = matches!(tail, b'@' | b'(' | b'=' | b'/' | b'\\' | b'_')
        || tail == b'.' && at(text, end + 1).is_ascii_alphanumeric();
    (words >= least && whole > 0 && !code).then_some((pos, end))
}

/// Han, Hangul or kana names: two to five characters.
fn eastern(text: &[u8], pos: usize) -> Option<(usize, usize)> {
    let rest = text.get(pos..text.len().min(pos + 24))?;
    let valid = match std::str::from_utf8(rest) {
        Ok(valid) => valid,
        Err(error) => std::str::from_utf8(rest.get(..error.valid_up_to())?).ok()?,
    };
    let fits = |c: char| matches!(c as u32, 0x4E00..=0x9FFF | 0xAC00..=0xD7A3 | 0x30A0..=0x30FF);
    let ending = |rest: &str| {
        ["です", "と申", "という", "입니다", "이에요", "예요", "씨", "님", "さん", "様", "先生", "，", "。", "的"]
            .iter()
            .any(|e| rest.starts_with(e))
    };
    let mut end = 0;
    for (count, (place, c)) in valid.char_indices().enumerate() {
        let spaced = c == ' ' && count > 0 && valid.get(place + 1..).and_then(|r| r.chars().next()).is_some_and(fits);
        // `我是一名...`: a number and its counter.
        if count >= 6 || count == 0 && c == '一' || !(fits(c) || spaced) || count >= 2 && ending(valid.get(place..)?) {
            break;
        }
        end = place + c.len_utf8();
    }
    let count = valid.get(..end)?.chars().count();
    (2..=6).contains(&count).then_some((pos, pos + end))
}

fn decorated(text: &[u8], pos: usize) -> usize {
    pos + text
        .get(pos..)
        .unwrap_or_default()
        .iter()
        .take(3)
        .take_while(|b| matches!(b, b'"' | b'\'' | b'*' | b'_'))
        .count()
}

/// Names of fields that only people's names have.
pub const FIELDS: &[&str] = &[
    "full name",
    "fullname",
    "first name",
    "firstname",
    "last name",
    "lastname",
    "surname",
    "middle name",
    "maiden name",
    "given name",
    "family name",
    "forename",
    "customer name",
    "patient name",
    "employee name",
    "contact name",
    "account holder",
    "cardholder",
    "cardholder name",
    "card holder",
    "name on card",
    "beneficiary",
    "next of kin",
    "display name",
    "emergency contact",
    "your name",
    "applicant name",
    "recipient name",
    "sender name",
    "student name",
    "user full name",
    "vorname",
    "nachname",
    "vollständiger name",
    "kundenname",
    "kontoinhaber",
    "karteninhaber",
    "ansprechpartner",
    "geburtsname",
    "prénom",
    "nom de famille",
    "nom complet",
    "nom et prénom",
    "titulaire",
    "nombre completo",
    "nombre y apellidos",
    "apellidos",
    "apellido",
    "titular",
    "nome completo",
    "sobrenome",
    "cognome",
    "nome e cognome",
    "intestatario",
    "voornaam",
    "achternaam",
    "volledige naam",
    "imię",
    "nazwisko",
    "imię i nazwisko",
    "förnamn",
    "efternamn",
    "fornavn",
    "etternavn",
    "efternavn",
    "etunimi",
    "sukunimi",
    "jméno",
    "příjmení",
    "jméno a příjmení",
    "keresztnév",
    "vezetéknév",
    "teljes név",
    "prenume",
    "nume și prenume",
    "ad soyad",
    "soyadı",
    "adı soyadı",
    "имя",
    "фамилия",
    "фио",
    "отчество",
    "прізвище",
    "ім'я",
    "піб",
    "име",
    "фамилно име",
    "презиме",
    "ονοματεπώνυμο",
    "όνομα",
    "επώνυμο",
    "שם מלא",
    "שם פרטי",
    "الاسم",
    "الاسم الكامل",
    "اسم العميل",
    "नाम",
    "पूरा नाम",
    "姓名",
    "名字",
    "客户姓名",
    "联系人",
    "收件人",
    "氏名",
    "名前",
    "お名前",
    "担当者",
    "이름",
    "성명",
    "성함",
    "고객명",
    "ชื่อ",
    "ชื่อ-นามสกุล",
    "họ tên",
    "họ và tên",
    "nama lengkap",
    "nama",
];

/// Names of fields that many other things have too.
pub const LOOSE: &[&str] = &[
    "name",
    "from",
    "to",
    "cc",
    "attn",
    "fao",
    "contact",
    "author",
    "customer",
    "client",
    "patient",
    "employee",
    "passenger",
    "attendee",
    "tenant",
    "applicant",
    "owner",
    "signed",
    "signed by",
    "assigned to",
    "reported by",
    "requested by",
    "manager",
    "doctor",
    "guest",
    "student",
    "teacher",
    "witness",
    "recipient",
    "sender",
    "kunde",
    "kundin",
    "patientin",
    "mitarbeiter",
    "von",
    "an",
    "absender",
    "empfänger",
    "nom",
    "client",
    "de la part de",
    "nombre",
    "cliente",
    "paciente",
    "nome",
    "paziente",
    "naam",
    "klant",
    "pacjent",
    "klient",
    "namn",
    "kund",
    "navn",
    "nimi",
    "asiakas",
    "zákazník",
    "név",
    "nume",
    "isim",
    "hasta",
    "müşteri",
    "клиент",
    "пациент",
    "от",
    "кому",
];

/// Words only used in front of names.
pub const ADDRESSED: &[&str] = &[
    "my name is",
    "name is",
    "i'm called",
    "i am called",
    "this is",
    "named",
    "dear",
    "mr",
    "mrs",
    "ms",
    "miss",
    "dr",
    "prof",
    "professor",
    "doctor",
    "signed by",
    "signed,",
    "on behalf of",
    "best regards",
    "kind regards",
    "sincerely",
    "yours sincerely",
    "yours truly",
    "regards",
    "cheers",
    "thanks,",
    "mein name ist",
    "ich heiße",
    "ich bin",
    "herr",
    "herrn",
    "frau",
    "liebe",
    "lieber",
    "sehr geehrte frau",
    "sehr geehrter herr",
    "viele grüße",
    "mit freundlichen grüßen",
    "je m'appelle",
    "mon nom est",
    "je suis",
    "monsieur",
    "madame",
    "mademoiselle",
    "mme",
    "cher",
    "chère",
    "cordialement",
    "me llamo",
    "mi nombre es",
    "soy",
    "señor",
    "señora",
    "sr",
    "sra",
    "srta",
    "estimado",
    "estimada",
    "querido",
    "querida",
    "atentamente",
    "saludos",
    "meu nome é",
    "me chamo",
    "chamo-me",
    "senhor",
    "senhora",
    "prezado",
    "prezada",
    "caro",
    "cara",
    "atenciosamente",
    "mi chiamo",
    "sono",
    "il mio nome è",
    "signor",
    "signora",
    "sig",
    "sig.ra",
    "dott",
    "dott.ssa",
    "gentile",
    "cordiali saluti",
    "mijn naam is",
    "ik heet",
    "ik ben",
    "meneer",
    "mevrouw",
    "dhr",
    "mevr",
    "beste",
    "met vriendelijke groet",
    "nazywam się",
    "mam na imię",
    "pani",
    "szanowny panie",
    "szanowna pani",
    "z poważaniem",
    "pozdrawiam",
    "jag heter",
    "mitt namn är",
    "hej",
    "med vänliga hälsningar",
    "jeg hedder",
    "jeg heter",
    "mit navn er",
    "mitt navn er",
    "med venlig hilsen",
    "med vennlig hilsen",
    "kære",
    "kjære",
    "käre",
    "kära",
    "nimeni on",
    "minun nimeni on",
    "hyvä",
    "ystävällisin terveisin",
    "jmenuji se",
    "jmenuju se",
    "paní",
    "vážený pane",
    "vážená paní",
    "volám sa",
    "a nevem",
    "a nevem",
    "tisztelt",
    "kedves",
    "mă numesc",
    "numele meu este",
    "domnul",
    "doamna",
    "stimate",
    "stimată",
    "benim adım",
    "adım",
    "sayın",
    "меня зовут",
    "моё имя",
    "мое имя",
    "господин",
    "госпожа",
    "уважаемый",
    "уважаемая",
    "дорогой",
    "дорогая",
    "с уважением",
    "мене звати",
    "пан",
    "пані",
    "шановний",
    "шановна",
    "казвам се",
    "зовем се",
    "zovem se",
    "moje ime je",
    "ime mi je",
    "με λένε",
    "ονομάζομαι",
    "κύριε",
    "κυρία",
    "αγαπητέ",
    "αγαπητή",
    "שמי",
    "קוראים לי",
    "מר",
    "גברת",
    "اسمي",
    "السيد",
    "السيدة",
    "मेरा नाम",
    "श्री",
    "श्रीमती",
    "我叫",
    "我的名字是",
    "我的名字叫",
    "我是",
    "名叫",
    "私の名前は",
    "はじめまして、",
    "私は",
    "と申します",
    "제 이름은",
    "저는",
    "내 이름은",
    "ผมชื่อ",
    "ฉันชื่อ",
    "ดิฉันชื่อ",
    "คุณ",
    "tên tôi là",
    "tôi tên là",
    "nama saya",
];

/// Behind words that many other things may follow too, if it is two words or more.
pub fn introduced(label: Label<'_>) -> Option<(usize, usize)> {
    let text = label.text;
    let pos = label.end + usize::from(at(text, label.end) == b' ');
    name(text, pos, 2).filter(|_| !label.is_field() && pos > label.end)
}

/// Words people introduce themselves with.
pub const INTRODUCED: &[&str] = &[
    "i'm",
    "i am",
    "ich bin der",
    "ich bin die",
    "eu sou",
    "sou o",
    "sou a",
    "jag är",
    "jestem",
    "son",
    // Whom people speak of.
    "my husband",
    "my wife",
    "husband",
    "wife",
    "my son",
    "my daughter",
    "my father",
    "my mother",
    "my brother",
    "my sister",
    "my neighbour",
    "my neighbor",
    "neighbour",
    "neighbor",
    "my colleague",
    "my boss",
    "my friend",
    "my partner",
    "my landlord",
    "my roommate",
    "my flatmate",
    "my uncle",
    "my aunt",
    "my cousin",
    "my nephew",
    "my niece",
    "my client",
    "her lawyer",
    "his lawyer",
    "my lawyer",
    "lawyer",
    "attorney",
    "accountant",
    "witness,",
    "teacher,",
    "landlord",
    "plumber",
    "electrician",
    "nurse",
    "therapist",
    "dentist",
    "surgeon",
    "detective",
    "technician",
    "receptionist",
    "co-worker",
    "coworker",
    "fiancé",
    "fiancée",
    "girlfriend",
    "boyfriend",
    "widow of",
    "late husband",
    "late wife",
];

/// Behind the name of a field that only people's names have.
pub fn field(label: Label<'_>) -> Option<(usize, usize)> {
    let text = label.text;
    let (pos, _) = label.joined().filter(|(_, joint)| *joint != Joint::Space)?;
    let pos = decorated(text, pos);
    let found = name(text, pos, if label.is_field() { 2 } else { 1 }).or_else(|| eastern(text, pos))?;
    whole_field(label, found)
}

/// Behind the name of a field that many other things have too: two words or more.
pub fn loose(label: Label<'_>) -> Option<(usize, usize)> {
    let text = label.text;
    let (pos, _) = label.joined().filter(|(_, joint)| *joint == Joint::Sign)?;
    let pos = decorated(text, pos);
    let found = name(text, pos, 2).or_else(|| eastern(text, pos))?;
    whole_field(label, found)
}

/// A field that goes on behind the name holds a sentence.
fn whole_field(label: Label<'_>, found: (usize, usize)) -> Option<(usize, usize)> {
    (!label.is_field() || found.1 == label.text.trim_ascii_end().len()).then_some(found)
}

/// Behind a word that is only used in front of names.
pub fn addressed(label: Label<'_>) -> Option<(usize, usize)> {
    let text = label.text;
    if label.is_field() {
        return None;
    }
    // `Regards,\nJane`
    let marks = |b: &&u8| matches!(b, b'.' | b' ' | b':' | b',' | b'\n');
    let gap = text.get(label.end..)?.iter().take(4).take_while(marks).count();
    let pos = decorated(text, label.end + gap);
    // `Dear Mr. Roe`, `Sehr geehrte Frau Dr. Roe`: the title is the next label's.
    let small = text.get(label.start).is_some_and(u8::is_ascii_lowercase) && label.end - label.start <= 4;
    match at(text, pos) {
        0xE3.. => eastern(text, pos),
        _ if gap > 0 => name(text, pos, if small { 2 } else { 1 }),
        _ => None,
    }
}

/// In front of a given name these make it another thing's: `the Alexander technique`, `Fort Wayne`.
const NO_GIVEN: &[&str] = &[
    "the",
    "a",
    "an",
    "saint",
    "st.",
    "st",
    "san",
    "santa",
    "fort",
    "port",
    "mount",
    "mt.",
    "lake",
    "cape",
    "new",
    "air",
    "point",
    "camp",
    "hurricane",
    "storm",
    "project",
    "operation",
];

/// The words of a name that hold letters, in lower case, without an `'s`.
fn lowered(text: &[u8]) -> String {
    String::from_utf8_lossy(text).to_lowercase()
}

/// A given name that is hardly anything else, and a family name.
pub fn given(label: Label<'_>) -> Option<(usize, usize)> {
    full(label, false)
}

/// A given name that is a word too, and a family name that is known.
pub fn torn(label: Label<'_>) -> Option<(usize, usize)> {
    full(label, true)
}

fn full(label: Label<'_>, torn: bool) -> Option<(usize, usize)> {
    let Label { text, start, end } = label;
    let before = text.get(..start)?;
    let joined = matches!(before.last(), Some(b'_' | b'@' | b'/' | b'.' | b'&' | b'$' | b'#' | b'-' | b'\'' | b'+'))
        || before.last().is_some_and(u8::is_ascii_alphanumeric);
    // Names are written `Jane Roe`; most words that begin like one end here.
    let capital =
        !text.get(start)?.is_ascii_lowercase() && text.get(start + 1).is_some_and(|b| !b.is_ascii_uppercase());
    if end <= start || joined || !capital || !matches!(at(text, end), b' ' | b'-') {
        return None;
    }
    let front = before.get(before.len().saturating_sub(12)..)?.strip_suffix(b" ").unwrap_or_default();
    let last = front.rsplit(|b| b.is_ascii_whitespace()).next().unwrap_or_default();
    if NO_GIVEN.iter().any(|word| last.eq_ignore_ascii_case(word.as_bytes())) {
        return None;
    }
    let found = name_of(text, start, 2, 4)?;
    let name = lowered(text.get(start..found.1)?);
    let mut words = name.split(' ');
    let first = words.next()?;
    let rest = name.get(first.len() + 1..)?;
    let other = words.clone().any(|word| NO_FAMILY.binary_search(&word).is_ok());
    let initial = |word: &str| word.trim_end_matches('.').chars().count() < 2;
    let brand = BRANDS.iter().any(|brand| {
        name.strip_prefix(brand).is_some_and(|behind| behind.is_empty() || behind.starts_with([' ', '\'']))
    });
    let known = || rest.split([' ', '-']).any(|word| FAMILY.binary_search(&word).is_ok() || is_built(word));
    // `Frank Lloyd Wright`: the brand began in front.
    let begun = BRANDS.contains(&format!("{} {first}", lowered(last)).as_str());
    // `Crystal H. Huber`
    let initials = words.clone().any(|word| word.ends_with('.'));
    if other || brand || begun || words.all(initial) || torn && !initials && !known() {
        return None;
    }
    (!goes_on(text, found.1)).then_some(found)
}

/// Whether what follows makes the name a thing's: `Robert Bosch GmbH`, `Kelly Green paint`.
fn goes_on(text: &[u8], end: usize) -> bool {
    let behind = text.get(end..).and_then(|rest| rest.strip_prefix(b" ")).unwrap_or_default();
    let len = behind.iter().take(16).take_while(|b| b.is_ascii_alphabetic()).count();
    let next = behind.get(..len).unwrap_or_default();
    let word = lowered(next);
    let capital = next.first().is_some_and(u8::is_ascii_uppercase);
    capital && NO_FAMILY.binary_search(&word.as_str()).is_ok() || !capital && WARES.contains(&word.as_str())
}

/// Whether a family name is built like one, though it is not known.
fn is_built(word: &str) -> bool {
    const ENDINGS: [&str; 20] = [
        "son", "sen", "ez", "ski", "sky", "ska", "wicz", "czyk", "enko", "ova", "eva", "stein", "mann", "quist",
        "qvist", "opoulos", "idis", "vić", "yan", "oğlu",
    ];
    const FRONTS: [&str; 4] = ["mc", "o'", "fitz", "d'"];
    word.len() >= 6
        && (ENDINGS.iter().any(|end| word.ends_with(end)) || FRONTS.iter().any(|front| word.starts_with(front)))
}

/// Words that follow the names of makers, figures and artists, and hardly a person's.
const WARES: &[&str] = &[
    "coat",
    "shoes",
    "boots",
    "sneakers",
    "jeans",
    "shirt",
    "dress",
    "suit",
    "suits",
    "belt",
    "bag",
    "bags",
    "handbag",
    "perfume",
    "candle",
    "candles",
    "paint",
    "coffee",
    "tea",
    "beer",
    "ale",
    "wine",
    "whisky",
    "whiskey",
    "bourbon",
    "gin",
    "chocolate",
    "chips",
    "pizza",
    "sandwich",
    "burger",
    "cookies",
    "mix",
    "voucher",
    "coupon",
    "outlet",
    "sale",
    "store",
    "costume",
    "mask",
    "poster",
    "posters",
    "mug",
    "doll",
    "toy",
    "dvd",
    "movie",
    "movies",
    "film",
    "films",
    "novel",
    "novels",
    "book",
    "books",
    "series",
    "albums",
    "album",
    "song",
    "songs",
    "tickets",
    "concert",
    "tour",
    "parade",
    "statue",
    "museum",
    "exhibition",
    "marathon",
    "tractor",
    "bike",
    "motorcycle",
    "parts",
    "lens",
    "watch",
    "watches",
    "lipstick",
    "cosmetics",
    "furniture",
    "wallpaper",
    "lamp",
    "sofa",
    "weather",
    "airport",
    "stock",
    "shares",
    "earnings",
    "theorem",
    "law",
    "test",
    "distribution",
    "algorithm",
    "method",
    "equation",
    "gas",
    "branch",
    "franchise",
    "brand",
    "collection",
    "episode",
    "episodes",
    "poem",
    "poems",
    "sheet",
    "vinyl",
    "sticker",
    "backpack",
    "catalogue",
    "catalog",
    "display",
    "story",
    "stories",
    "paperback",
    "fragrance",
    "sneaker",
    "jacket",
    "hat",
    "scarf",
    "paintings",
    "prints",
    "sculpture",
    "lyrics",
    "biography",
    "documentary",
    "character",
    "fan",
    "merch",
    "soundtrack",
    "recipe",
    "cocktail",
    "sauce",
    "cake",
    "bread",
];

/// Words that begin sentences, and titles and things in front of a family name.
const NO_FRONT: &[&str] = &[
    "ask",
    "tell",
    "while",
    "but",
    "so",
    "then",
    "after",
    "before",
    "because",
    "although",
    "since",
    "until",
    "though",
    "dow",
    "aston",
    "granny",
    "fort",
    "port",
    "mount",
    "lake",
    "hotel",
    "bank",
    "club",
    "team",
    "judge",
    "senator",
    "president",
    "governor",
    "mayor",
    "captain",
    "sergeant",
    "officer",
    "agent",
    "aunt",
    "uncle",
    "grandma",
    "general",
    "coach",
    "justice",
    "inspector",
    "detective",
    "nurse",
    "pastor",
    "father",
    "sister",
    "brother",
    "king",
    "queen",
    "lady",
    "call",
    "email",
    "contact",
    "meet",
    "see",
    "with",
    "by",
    "of",
    "both",
    "neither",
    "either",
    "however",
    "meanwhile",
    "yesterday",
    "today",
    "tomorrow",
    "later",
    "now",
    "did",
    "does",
    "do",
    "has",
    "had",
    "have",
    "is",
    "would",
    "could",
    "should",
    "let",
    "also",
    "even",
    "again",
    "perhaps",
    "maybe",
    "unlike",
    "like",
    "via",
    "per",
    "team",
    "house",
    "family",
    "st",
    "mc",
    "de",
    "la",
    "los",
    "las",
    "el",
    "north",
    "south",
    "east",
    "west",
    "group",
];

/// A family name that is hardly anything else, and the capitals in front of it.
pub fn family(label: Label<'_>) -> Option<(usize, usize)> {
    let Label { text, start, end } = label;
    let capital = |at: usize| {
        text.get(at).is_some_and(u8::is_ascii_uppercase) && text.get(at + 1).is_some_and(|b| !b.is_ascii_uppercase())
    };
    // `Jones@`, `Jones()`, `Jones.com`: no name.
    let code = matches!(at(text, end), b'@' | b'(' | b'=' | b'/' | b'\\' | b'_' | b'&')
        || at(text, end).is_ascii_alphanumeric()
        || at(text, end) == b'.' && at(text, end + 1).is_ascii_alphanumeric();
    let front = text.get(start.saturating_sub(32)..start)?.strip_suffix(b" ")?;
    if end <= start || !capital(start) || code {
        return None;
    }
    // `Blake E. Murphy`
    let front = match front {
        [head @ .., b' ', initial, b'.'] if initial.is_ascii_uppercase() => head,
        [head @ .., b' ', initial] if initial.is_ascii_uppercase() => head,
        front => front,
    };
    let letters = front.iter().rev().take_while(|b| b.is_ascii_alphabetic() || **b >= 0x80 || **b == b'-').count();
    let first = front.get(front.len() - letters..)?;
    let from = start.saturating_sub(32) + front.len() - letters;
    let free = from == 0
        || matches!(
            at(text, from - 1),
            b' ' | b'\n' | b'\t' | b',' | b';' | b'"' | b'\'' | b'(' | b'>' | b'|' | b'*' | b':' | b'=' | b'['
        );
    let beside = lowered(first);
    let known = [NO_FRONT, NO_NAME, NO_GIVEN].iter().any(|list| list.contains(&beside.as_str()));
    let other = NO_FAMILY.binary_search(&beside.as_str()).is_ok();
    let (to, _) = word(text, from)?;
    let brand = BRANDS.contains(&lowered(text.get(from..end)?).as_str());
    let titled = goes_on(text, end);
    let fits = letters >= 3 && capital_word(first) && free && to > from && !known && !other && !brand && !titled;
    fits.then_some((from, end))
}

/// `Jane`, not `JANE` and not `jane`.
fn capital_word(word: &[u8]) -> bool {
    let large = word.iter().filter(|b| b.is_ascii_uppercase()).count();
    word.first().is_some_and(|b| b.is_ascii_uppercase() || *b >= 0x80) && large <= 2 && word.len() > large + 1
}
