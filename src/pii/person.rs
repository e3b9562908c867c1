//! Names of people by what stands in front of them: `my name is`, `Dear`, `Frau`, `姓名：`. Capitals behind a cue that are
//! nobody's name are held back by a stop list. Names without a cue: [`super::uncued`].

use super::mask::at;
use super::value::{Joint, Label};

/// Words with a capital behind a cue that are no name.
pub const NO_NAME: &[&str] = &[
    "a",
    "account",
    "admin",
    "administrator",
    "all",
    "amazon",
    "an",
    "and",
    "applicant",
    "are",
    "as",
    "at",
    "can",
    "chairman",
    "cher",
    "chers",
    "chère",
    "client",
    "cliente",
    "colleague",
    "colleagues",
    "committee",
    "customer",
    "customers",
    "damen",
    "data",
    "dear",
    "department",
    "doctor",
    "dr",
    "editor",
    "english",
    "equipe",
    "equipo",
    "everyone",
    "false",
    "first",
    "for",
    "frau",
    "french",
    "friday",
    "friend",
    "friends",
    "from",
    "full",
    "fwd",
    "geehrte",
    "geehrter",
    "german",
    "god",
    "google",
    "guest",
    "guests",
    "hello",
    "here",
    "herr",
    "herren",
    "hi",
    "hiring",
    "how",
    "i",
    "id",
    "if",
    "in",
    "invoice",
    "is",
    "it",
    "java",
    "javascript",
    "kollegen",
    "kolleginnen",
    "kunde",
    "kundin",
    "last",
    "liebe",
    "lieber",
    "linux",
    "lord",
    "madam",
    "madame",
    "manager",
    "member",
    "members",
    "mesdames",
    "messieurs",
    "microsoft",
    "minister",
    "monday",
    "monsieur",
    "mr",
    "mrs",
    "ms",
    "my",
    "name",
    "no",
    "none",
    "not",
    "null",
    "officer",
    "ok",
    "on",
    "only",
    "openai",
    "or",
    "order",
    "our",
    "parents",
    "partner",
    "pepper",
    "please",
    "president",
    "prof",
    "professor",
    "python",
    "re",
    "reader",
    "readers",
    "recipient",
    "recruiter",
    "santa",
    "saturday",
    "secretary",
    "sehr",
    "senhor",
    "senhora",
    "service",
    "señor",
    "señora",
    "signora",
    "signore",
    "sir",
    "spanish",
    "speaker",
    "string",
    "student",
    "students",
    "subject",
    "sunday",
    "support",
    "team",
    "test",
    "thanks",
    "that",
    "the",
    "there",
    "this",
    "thursday",
    "to",
    "true",
    "tuesday",
    "unknown",
    "user",
    "users",
    "valued",
    "was",
    "we",
    "wednesday",
    "what",
    "when",
    "where",
    "who",
    "why",
    "will",
    "windows",
    "yes",
    "you",
    "your",
    "équipe",
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
pub fn word(text: &[u8], pos: usize) -> Option<(usize, bool)> {
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
    let stopped = NO_NAME.binary_search(&lower.as_str()).is_ok();
    let shouted = written.len() > 1 && written.bytes().all(|b| b.is_ascii_uppercase()) && written.len() < 3;
    (!stopped && !shouted && !at(text, end).is_ascii_digit() && at(text, end) != b'_').then_some((end, true))
}

/// The name at `pos`, of at least so many words.
fn name(text: &[u8], pos: usize, least: usize) -> Option<(usize, usize)> {
    name_of(text, pos, least, 5)
}

/// The same, of at most so many.
pub fn name_of(text: &[u8], pos: usize, least: usize, most: usize) -> Option<(usize, usize)> {
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
