use super::*;

fn everything() -> Scanner {
    Scanner::new(&CATALOGUE.iter().collect::<Vec<_>>())
}

fn scan(scanner: &Scanner, text: &str) -> Vec<(String, &'static str)> {
    let mut hits = Vec::new();
    scanner.scan(text, None, &mut hits);
    hits.iter().map(|h| (text.get(h.start..h.end).unwrap().to_owned(), h.detector.entity)).collect()
}

/// An example without its marks, and the marked part. The marks are the first `[` and the last `]`.
fn unmark(example: &str) -> (String, String) {
    let (front, rest) = example.split_once('[').expect(example);
    let (value, back) = rest.rsplit_once(']').expect(example);
    (format!("{front}{value}{back}"), value.to_owned())
}

#[test]
fn every_example_is_found_as_its_entity_and_cut_exactly_with_all_detectors_on() {
    let (scanner, mut wrong) = (everything(), Vec::new());
    for row in CATALOGUE {
        for example in row.examples {
            let (text, value) = unmark(example);
            let seen = scan(&scanner, &text);
            if seen != [(value.clone(), row.entity)] {
                wrong.push(format!("{}: {example:?}: {seen:?}", row.entity));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_counter_example_is_found_by_the_row_it_belongs_to() {
    let mut wrong = Vec::new();
    for row in CATALOGUE {
        let scanner = Scanner::new(&[row]);
        for text in row.counter_examples {
            let seen = scan(&scanner, text);
            if !seen.is_empty() {
                wrong.push(format!("{}: {text:?}: {seen:?}", row.entity));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn entities_are_unique_and_every_row_has_examples_for_and_against() {
    for (place, row) in CATALOGUE.iter().enumerate() {
        assert!(CATALOGUE.iter().skip(place + 1).all(|other| other.entity != row.entity), "{}", row.entity);
        assert!(!row.examples.is_empty() && !row.counter_examples.is_empty(), "{}", row.entity);
        assert!(row.context.iter().all(|w| *w == w.to_lowercase()), "{}", row.entity);
        assert_eq!(find(row.entity).unwrap().what, row.what);
    }
}

#[test]
fn the_name_of_the_field_counts_as_a_word_nearby() {
    let scanner = everything();
    for (field, text, want) in [
        (Some("phoneNumber"), "4155552671", Some("PHONE_NUMBER")),
        (Some("customer_ssn"), "536904399", Some("US_SSN")),
        (Some("order_id"), "4155552671", None),
        (None, "4155552671", None),
    ] {
        let mut hits = Vec::new();
        scanner.scan(text, field, &mut hits);
        assert_eq!(hits.first().map(|h| h.detector.entity), want, "{field:?} {text}");
    }
}

#[test]
fn of_two_labels_the_nearer_one_names_the_number() {
    let scanner = everything();
    assert_eq!(scan(&scanner, "SSN: 536-90-4399, order 536904399"), [("536-90-4399".into(), "US_SSN")]);
    assert_eq!(scan(&scanner, "order 77, phone 4155552671"), [("4155552671".into(), "PHONE_NUMBER")]);
}

#[test]
fn in_a_table_the_heading_of_the_column_names_the_number() {
    let scanner = everything();
    let rows: String = (2..9).map(|i| format!("5369043{i}9,41555526{i}1,536904{i}99,12.50,Rome\n")).collect();
    let csv = format!("Here it is:\n\norder_id,phone,ssn,total,city\n{rows}");
    for text in [csv.clone(), csv.replace(',', "\t"), csv.replace(',', " | "), csv.replace(',', ";")] {
        let seen = scan(&scanner, &text);
        let want: Vec<_> = (2..9)
            .flat_map(|i| [(format!("41555526{i}1"), "PHONE_NUMBER"), (format!("536904{i}99"), "US_SSN")])
            .collect();
        assert_eq!(seen, want, "{text}");
    }
}

/// Pseudo-random numbers that are the same in every run (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }
}

#[test]
fn hits_are_in_order_disjoint_and_on_character_boundaries_on_any_text() {
    let pieces: Vec<String> = "0123456789@.+-()/: =%&\\_xAeé电话１\u{200b}\u{a0}–".chars().map(String::from).collect();
    let examples: Vec<String> = CATALOGUE.iter().flat_map(|d| d.examples).map(|e| unmark(e).0).collect();
    let (scanner, mut random) = (everything(), Random(88172645463325252));
    for _ in 0..3000 {
        let mut text = String::new();
        for _ in 0..random.below(40) {
            let from = if random.below(6) == 0 { &examples } else { &pieces };
            text.push_str(&from[random.below(from.len())]);
        }
        let mut hits = Vec::new();
        scanner.scan(&text, Some("x"), &mut hits);
        let mut last = 0;
        for hit in &hits {
            assert!(
                last <= hit.start && hit.start < hit.end && text.get(hit.start..hit.end).is_some(),
                "{text:?} {hits:?}"
            );
            last = hit.end;
        }
        assert!(text.is_char_boundary(text.len() - scanner.holdback(&text)), "{text:?}");
    }
}

#[test]
fn bytes_looked_at_grow_with_the_text_and_not_faster_whatever_it_holds() {
    let scanner = everything();
    let hostile = [
        "1",
        "@",
        "+",
        "1-",
        "1 ",
        "1.",
        "(1",
        "a@",
        "a@b.",
        "12:",
        "::",
        "-----BEGIN RSA PRIVATE KEY-----",
        "eyJ.",
        "eyJ",
        "eyJ-",
        "sk-",
        "sk-a",
        "://a:",
        "password=",
        "=",
        "DE89 ",
        "4111 1111 1111 1111 ",
        "phone 4155552671 ",
        "4155552671,",
        "4155552671,1\n",
        "%40",
        "é",
        "１",
    ];
    for piece in hostile {
        let work = |bytes: usize| scanner.scan_counting(&piece.repeat(bytes / piece.len()), None, &mut Vec::new());
        let (small, large) = (work(20_000), work(200_000));
        assert!(large <= 11 * small.max(20_000), "{piece:?}: {small} then {large}");
    }
}

#[test]
fn what_is_not_held_back_is_never_cut_through_by_a_hit_of_the_whole_text() {
    let scanner = everything();
    for example in CATALOGUE.iter().flat_map(|d| d.examples) {
        let text = format!("Hello there, {} and more words", unmark(example).0);
        let mut hits = Vec::new();
        scanner.scan(&text, None, &mut hits);
        for cut in (0..text.len()).filter(|&c| text.is_char_boundary(c)) {
            let released = cut - scanner.holdback(text.get(..cut).unwrap());
            for hit in &hits {
                let through = hit.start < released && released < hit.end;
                assert!(!through, "{text:?} cut at {cut}: {released} is inside {:?}", text.get(hit.start..hit.end));
            }
        }
    }
}

#[test]
fn prose_is_released_up_to_its_last_word() {
    let scanner = everything();
    for (text, held) in [("Hello wor", 3), ("Hello world ", 0), ("my card is 4111 11", 7), ("", 0)] {
        assert_eq!(scanner.holdback(text), held, "{text:?}");
    }
}

/// The labelled sets of `tests/fixtures/pii`: entity, value, text a line, made by generators with valid check digits in the
/// words of mails, chats, logs, tables and code. The entity `*` is any. `plain` and `like_names` were written in four parts
/// and mended between: first runs found 28 % (before there were lists of names), 78 %, 73 % and 87 %, and left 90 %, 94 %, 75 % and
/// 69 % of the look-alikes, nearly all of which are brands, figures or places named like people. `rows` is half of a set of
/// forms, SQL, HTML, logs, chat and mails over every row; on its first run 83 % of all of it was found.
macro_rules! corpus {
    ($name:literal) => {
        include_str!(concat!("../../tests/fixtures/pii/", $name, ".tsv"))
    };
}

/// The percentage of lines whose value is covered; and of lines without a value, those in which something is found.
fn covered(corpus: &str) -> (f64, Vec<&str>) {
    let scanner = Scanner::new(&CATALOGUE.iter().collect::<Vec<_>>());
    let plain =
        |text: &str| text.replace("\\\\", "\u{0}").replace("\\n", "\n").replace("\\t", "\t").replace('\u{0}', "\\");
    let (mut hits, mut others) = (Vec::new(), Vec::new());
    for line in corpus.lines() {
        let [_, value, text] = *line.split('\t').collect::<Vec<_>>() else { panic!("{line}") };
        let (value, text) = (plain(value), plain(text));
        let start = text.find(&value).unwrap();
        let end = start + value.len();
        hits.clear();
        scanner.scan(&text, None, &mut hits);
        let all: usize = hits.iter().map(|hit| hit.end.min(end).saturating_sub(hit.start.max(start))).sum();
        let found = if value.is_empty() { !hits.is_empty() } else { all * 10 >= value.len() * 8 };
        if found == value.is_empty() {
            others.push(line);
        }
    }
    let lines = corpus.lines().count() as f64;
    (100.0 * (lines - others.len() as f64) / lines, others)
}

#[test]
fn the_labelled_sets_are_covered_as_well_as_they_were() {
    for (name, corpus, least) in [
        ("english", corpus!("english"), 97.0),
        ("multilingual", corpus!("multilingual"), 97.0),
        ("hostile", corpus!("hostile"), 99.0),
        ("secrets", corpus!("secrets"), 99.0),
        ("hard negatives", corpus!("hard_negatives"), 99.0),
        ("no secrets", corpus!("no_secrets"), 99.5),
        ("names and addresses without a cue", corpus!("plain"), 93.0),
        ("what looks like them", corpus!("like_names"), 98.0),
        ("every row in the languages of its country", corpus!("rows"), 95.0),
        ("numbers of orders, logs, code, sport, chemistry", corpus!("plain_numbers"), 99.5),
    ] {
        let (percent, others) = covered(corpus);
        println!("{name}: {percent:.1} %");
        assert!(percent >= least, "{name}: {percent:.1} %\n{}", others.join("\n"));
    }
}
