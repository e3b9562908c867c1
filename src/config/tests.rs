//! The whole of `config/` on a small gateway that was made up for it.

use serde_json::{Value, json};

use super::{
    Bounded, Errors, Map, Name, Node, Pattern, Secret, Setting, Shape, choice, parse, reference, schema, settings,
    words,
};

/// A detector's name, as a room of its own would declare its leaf type.
#[derive(Clone, Debug, PartialEq)]
pub struct DetectorName(&'static str);

const DETECTORS: [&str; 13] = [
    "CREDIT_CARD",
    "CRYPTO",
    "DATE_TIME",
    "EMAIL_ADDRESS",
    "IBAN_CODE",
    "IP_ADDRESS",
    "LOCATION",
    "PERSON",
    "PHONE_NUMBER",
    "URL",
    "UK_NHS",
    "US_PASSPORT",
    "US_SSN",
];

impl Setting for DetectorName {
    fn read(node: Node<'_>, errors: &mut Errors) -> Option<Self> {
        let text = node.text(errors)?;
        let found = DETECTORS.into_iter().find(|known| *known == text).map(Self);
        if found.is_none() {
            errors.unknown(node, "detector", text, DETECTORS);
        }
        found
    }
    fn describe() -> Shape {
        Shape::leaf("detector", json!({"enum": DETECTORS}))
    }
    fn show(&self) -> Value {
        json!(self.0)
    }
}

/// The hash of a key.
#[derive(Clone, Debug, PartialEq)]
pub struct Sha256Hex(String);

impl Setting for Sha256Hex {
    fn read(node: Node<'_>, errors: &mut Errors) -> Option<Self> {
        let text = node.text(errors)?;
        if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Some(Self(text.to_ascii_lowercase()));
        }
        errors.add(node, format!("expected 64 hex digits, got {} characters", text.chars().count()));
        None
    }
    fn describe() -> Shape {
        Shape::leaf("64 hex digits", json!({"type": "string", "pattern": "^[0-9a-fA-F]{64}$"}))
    }
    fn show(&self) -> Value {
        json!(self.0)
    }
}

words! {
    /// What a policy does with what it finds.
    pub enum Mode {
        /// Act.
        "enforce" => Enforce,
        /// Only count and record.
        "audit" => Audit,
        /// Nothing | not even counting.
        "off" => Off,
    }
}

settings! {
    /// Replaces personal data.
    #[derive(Clone, PartialEq)]
    pub struct Redact {
        /// What to look for.
        detectors: Vec<DetectorName> = vec![DetectorName("EMAIL_ADDRESS")],
        /// Act or look on.
        mode: Mode = Mode::Enforce,
    }
}

settings! {
    /// Sizes that requests are held to.
    #[derive(Clone, PartialEq)]
    pub struct Limits {
        /// Longest body.
        body_bytes: Bounded<1, 1_073_741_824> = Bounded::of::<1_048_576>(),
        /// Requests at once.
        requests: u32 = 1000,
        /// Share of requests that are recorded.
        sampling: f64 = 1.0,
        /// Whether to say in a header why a request was refused.
        explain: bool = false,
    }
    check = Limits::sampling_is_a_share;
}

impl Limits {
    fn sampling_is_a_share(&self, node: Node<'_>, errors: &mut Errors) {
        if !(0.0..=1.0).contains(&self.sampling) {
            errors.add(node.key("sampling"), format!("must be between 0 and 1, got {}", self.sampling));
        }
    }
}

choice! {
    /// What may go on.
    #[derive(Clone, PartialEq)]
    pub enum Policy {
        /// Replace personal data.
        "redact" => Redact(Redact),
        /// Hold to sizes.
        "limit" => Limit(Limits),
        /// Let all pass.
        "allow_all" => AllowAll,
    }
}

choice! {
    /// How the provider is told who we are.
    pub enum Auth {
        /// `authorization: Bearer ...`.
        "bearer" => Bearer(Secret),
        /// A header of that name.
        "header" => Header(Map<Secret>),
        /// A query parameter.
        "query" => Query(Secret),
        /// Nothing.
        "none" => None,
    }
}

settings! {
    /// A key of a tenant.
    #[derive(Clone, PartialEq)]
    pub struct Key {
        /// Its SHA-256.
        pub sha256: Sha256Hex,
    }
}

settings! {
    /// One application team.
    ///
    /// Found by its key.
    #[derive(Clone, PartialEq)]
    pub struct Tenant {
        /// Its name in metrics
        /// and records.
        pub id: Name,
        /// Its keys.
        pub keys: Vec<Key> = Vec::new(),
        /// Models it may ask for; `*` stands for any run of characters.
        #[was = "allowed"]
        pub models: Vec<Pattern> = vec![Pattern::any()],
        /// Labels.
        pub tags: Map<String, Name> = Map::default(),
    }
}

settings! {
    /// The client's side.
    pub struct Gateway {
        /// Who may ask.
        pub tenants: Vec<Tenant>,
        /// What may go on.
        pub policies: Vec<Policy> = Vec::new(),
        /// Sizes.
        pub limits: Limits = Limits::default(),
        /// Sent along with every request.
        pub extra: Option<Value>,
        /// Which kind of traffic.
        pub r#match: Option<String>,
    }
    check = Gateway::names_differ;
}

impl Gateway {
    fn names_differ(&self, node: Node<'_>, errors: &mut Errors) {
        errors.refuse_repeats(node.key("tenants"), "id", self.tenants.iter().map(|tenant| tenant.id.as_str()));
    }
}

settings! {
    /// The provider's side.
    pub struct Provider {
        /// How it knows us.
        pub auth: Auth,
    }
}

choice! {
    /// What this filter is.
    pub enum Sample {
        /// In the listener.
        "gateway" => Gateway(Gateway),
        /// In a cluster.
        "provider" => Provider(Provider),
    }
}

/// Compares with a file of `tests/golden/config/`; with `BLESS=1` in the environment, writes it instead.
fn golden(file: &str, text: &str) {
    let path = format!("{}/tests/golden/config/{file}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(&path).unwrap_or_default(), "{file}");
}

fn errors_of<T: Setting + std::fmt::Debug>(text: &str) -> String {
    match parse::<T>(text.as_bytes()) {
        Ok(read) => panic!("taken: {text}: {read:?}"),
        Err(errors) => errors.to_string(),
    }
}

#[test]
fn a_refusal_says_where_what_and_the_way_out() {
    let limits = |inner: &str| format!(r#"{{"gateway": {{"tenants": [], "limits": {inner}}}}}"#);
    let tenant = |inner: &str| format!(r#"{{"gateway": {{"tenants": [{{"id": "a"}}, {inner}]}}}}"#);
    let policy = |inner: &str| format!(r#"{{"gateway": {{"tenants": [], "policies": [{inner}]}}}}"#);
    let auth = |inner: &str| format!(r#"{{"provider": {{"auth": {inner}}}}}"#);
    let rows: Vec<(String, &str)> = vec![
        // Choices.
        ("[]".into(), "configuration: expected an object with exactly one of gateway, provider; got a list"),
        ("{}".into(), "configuration: give exactly one of gateway, provider; got an empty object"),
        (r#"{"gatewy": {}}"#.into(), r#"gatewy: unknown key; did you mean "gateway"? (known here: gateway, provider)"#),
        (
            auth(r#"{"bearer": {"env": "A"}, "header": {}}"#),
            "provider.auth: give exactly one of bearer, header, query, none; got bearer and header",
        ),
        (
            auth(r#""none""#),
            "provider.auth: expected an object with exactly one of bearer, header, query, none; \
             write {\"none\": {...}}",
        ),
        (auth(r#"{"none": null}"#), "provider.auth.none: expected an object, got null"),
        (auth(r#"{"none": {"a": 1}}"#), "provider.auth.none.a: unknown key (none is known here)"),
        ("{\"provider\": {}}".into(), "provider.auth: required, but missing"),
        // Keys.
        (
            tenant(r#"{"id": "b", "modles": []}"#),
            r#"gateway.tenants[1].modles: unknown key; did you mean "models"? (known here: id, keys, models, tags)"#,
        ),
        (
            tenant(r#"{"id": "b", "zone": []}"#),
            "gateway.tenants[1].zone: unknown key (known here: id, keys, models, tags)",
        ),
        (
            tenant(r#"{"id": "b", "models": [], "allowed": []}"#),
            r#"gateway.tenants[1].allowed: is the old name of "models"; give only the new one"#,
        ),
        (tenant("{}"), "gateway.tenants[1].id: required, but missing"),
        (tenant("\"b\""), "gateway.tenants[1]: expected an object, got a string"),
        (
            r#"{"gateway": {"tenants": [], "match": 7}}"#.into(),
            "gateway.match: expected a string, got a number; write it in double quotes",
        ),
        ("{\"gateway\": {\"tenants\": {}}}".into(), "gateway.tenants: expected a list, got an object; write it in [ ]"),
        // Leaves.
        (
            tenant(r#"{"id": "team b"}"#),
            r#"gateway.tenants[1].id: expected 1 to 64 characters of A-Z a-z 0-9 _ . -, got "team b""#,
        ),
        (
            tenant(&format!(r#"{{"id": "{}"}}"#, "a".repeat(65))),
            "gateway.tenants[1].id: expected 1 to 64 characters of A-Z a-z 0-9 _ . -, got 65 of them",
        ),
        (
            tenant(r#"{"id": "b", "tags": {"cost centre": "1"}}"#),
            "gateway.tenants[1].tags[\"cost centre\"]: expected 1 to 64 characters of A-Z a-z 0-9 _ . -, \
             got \"cost centre\"",
        ),
        (
            tenant(r#"{"id": "b", "keys": [{"sha256": "0123456789ab"}]}"#),
            "gateway.tenants[1].keys[0].sha256: expected 64 hex digits, got 12 characters",
        ),
        (
            tenant(r#"{"id": "b", "models": [""]}"#),
            r#"gateway.tenants[1].models[0]: empty; expected a model name, or a pattern such as "gpt-*""#,
        ),
        (
            tenant(r#"{"id": "b", "models": ["gpt-4 "]}"#),
            "gateway.tenants[1].models[0]: starts or ends with white space; remove it",
        ),
        (tenant(r#"{"id": "a"}"#), r#"gateway.tenants[1].id: "a" is already taken by gateway.tenants[0].id"#),
        (
            policy(r#"{"allow_all": {}}, {"redact": {"detectors": ["us_snn"]}}"#),
            r#"gateway.policies[1].redact.detectors[0]: unknown detector "us_snn"; did you mean "US_SSN"?"#,
        ),
        (
            policy(r#"{"redact": {"mode": "enforced"}}"#),
            "gateway.policies[0].redact.mode: unknown word \"enforced\"; did you mean \"enforce\"? \
             (known here: enforce, audit, off)",
        ),
        (
            policy(r#"{"redact": {"mode": false}}"#),
            "gateway.policies[0].redact.mode: expected one of enforce, audit, off, got false; \
             write \"off\" with its quotes (YAML reads it bare as false)",
        ),
        (
            policy(r#"{"redact": {"mode": 1}}"#),
            "gateway.policies[0].redact.mode: expected one of enforce, audit, off, got a number",
        ),
        (limits(r#"{"body_bytes": 0}"#), "gateway.limits.body_bytes: must be between 1 and 1073741824, got 0"),
        (limits(r#"{"body_bytes": 1e30}"#), "gateway.limits.body_bytes: must be between 1 and 1073741824, got 1e+30"),
        (limits(r#"{"requests": -1}"#), "gateway.limits.requests: must be between 0 and 4294967295, got -1"),
        (
            limits(r#"{"requests": 4294967296}"#),
            "gateway.limits.requests: must be between 0 and 4294967295, got 4294967296",
        ),
        (limits(r#"{"requests": 1.5}"#), "gateway.limits.requests: expected a whole number, got 1.5"),
        (
            limits(r#"{"requests": "10"}"#),
            "gateway.limits.requests: expected a whole number, got a string; write it without quotes",
        ),
        (
            limits(r#"{"explain": "true"}"#),
            "gateway.limits.explain: expected true or false, got a string; write it without quotes",
        ),
        (limits(r#"{"sampling": 1.5}"#), "gateway.limits.sampling: must be between 0 and 1, got 1.5"),
        (limits("null"), "gateway.limits: expected an object, got null"),
        // Secrets.
        (
            auth(r#"{"bearer": "sk-hidden"}"#),
            "provider.auth.bearer: expected an object with exactly one of env, inline; got a string",
        ),
        (
            auth(r#"{"bearer": {"sk-hidden": null}}"#),
            "provider.auth.bearer: give exactly one of env, inline; got another key, \
             not shown as it may be the secret itself",
        ),
        (
            auth(r#"{"bearer": {"inlin": "sk-hidden"}}"#),
            "provider.auth.bearer.inlin: unknown key; did you mean \"inline\"? (known here: env, inline)",
        ),
        (auth(r#"{"bearer": {"inline": ""}}"#), "provider.auth.bearer.inline: is empty"),
        (
            auth(r#"{"bearer": {"inline": "sk-hidden\n"}}"#),
            "provider.auth.bearer.inline: starts or ends with white space; remove it \
             (a line break at the end of the file it came from is the usual cause)",
        ),
        (
            auth(r#"{"bearer": {"inline": "sk-hid\u0000den"}}"#),
            "provider.auth.bearer.inline: has a character that cannot stand in a header, the 7th",
        ),
        (
            auth(r#"{"bearer": {"inline": "é-hidden"}}"#),
            "provider.auth.bearer.inline: has a character that cannot stand in a header, the 1st",
        ),
        (
            auth(r#"{"bearer": {"inline": "${HIDDEN}"}}"#),
            r#"provider.auth.bearer.inline: is a variable that nobody replaced; use {"env": "NAME"} instead"#,
        ),
        (
            auth(r#"{"bearer": {"env": "sk-hidden"}}"#),
            "provider.auth.bearer.env: expected the name of an environment variable: A-Z a-z 0-9 _, \
             not starting with a digit",
        ),
        (
            auth(r#"{"header": {"x-key": {"inline": 7}}}"#),
            "provider.auth.header.x-key.inline: expected a string, got a number; write it in double quotes",
        ),
        // Several at once: none hides another.
        (
            tenant(r#"{"modles": [], "keys": [{"sha256": ""}, 3], "models": ["\u0007"]}"#),
            "gateway.tenants[1].modles: unknown key; did you mean \"models\"? (known here: id, keys, models, tags)\n\
             gateway.tenants[1].id: required, but missing\n\
             gateway.tenants[1].keys[0].sha256: expected 64 hex digits, got 0 characters\n\
             gateway.tenants[1].keys[1]: expected an object, got a number\n\
             gateway.tenants[1].models[0]: has a control character, which no model name has",
        ),
        (
            policy(r#"{"redact": {"detectors": ["x"]}, "extra": 1}"#),
            "gateway.policies[0].extra: unknown key (known here: redact, limit, allow_all)\n\
             gateway.policies[0].redact.detectors[0]: unknown detector \"x\" (known here: CREDIT_CARD, CRYPTO, \
             DATE_TIME, EMAIL_ADDRESS, IBAN_CODE, IP_ADDRESS, LOCATION, PERSON, PHONE_NUMBER, URL, UK_NHS, \
             US_PASSPORT, US_SSN)",
        ),
        // Text.
        (
            "{\"provider\": {\"auth\": {\"none\": {}},\n \"auth\": {\"none\": {}}}}".into(),
            "line 2 column 2: key \"auth\" is given twice in one object; keep one",
        ),
        ("{".into(), "line 1 column 2: expected a key in double quotes or \"}\", got the end of the text"),
    ];
    for (text, wanted) in rows {
        let lines = errors_of::<Sample>(&text);
        assert_eq!(lines, wanted, "{text}");
        assert!(!lines.to_lowercase().contains("hidden"), "a secret leaks: {lines}");
    }
}

#[test]
fn what_is_left_out_has_its_default_and_what_is_given_is_read() {
    let (sample, warnings) = parse::<Sample>(
        br#"{"gateway": {
            "tenants": [
                {"id": "acme"},
                {"id": "b.2", "models": ["gpt-*"], "tags": {"z": "1", "a": "2"}, "keys": [{"sha256":
                    "AB00000000000000000000000000000000000000000000000000000000000000"}]}
            ],
            "policies": [
                {"redact": {"mode": "off"}}, {"limit": {"body_bytes": 1e3, "requests": 2.0}}, {"allow_all": {}}
            ],
            "extra": {"any": [1, null]}, "match": null
        }}"#,
    )
    .unwrap();
    assert_eq!(warnings, []);
    let Sample::Gateway(gateway) = &sample else { panic!("{sample:?}") };
    let [acme, other] = &gateway.tenants[..] else { panic!("{gateway:?}") };
    assert_eq!(acme.models, [Pattern::any()]);
    assert_eq!(other.models, [Pattern::new("gpt-*").unwrap()]);
    assert_eq!(other.keys[0].sha256, Sha256Hex(format!("ab{}", "0".repeat(62))));
    assert_eq!(other.tags.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["z", "a"]);
    assert_eq!(other.tags.get("a"), Some(&"2".to_owned()));
    let limit = Limits { body_bytes: Bounded::of::<1000>(), requests: 2, ..Limits::default() };
    let redact = Redact { mode: Mode::Off, ..Redact::default() };
    assert_eq!(gateway.policies, [Policy::Redact(redact), Policy::Limit(limit), Policy::AllowAll]);
    assert_eq!(gateway.limits, Limits::default());
    assert_eq!(gateway.extra, Some(json!({"any": [1, null]})));
    assert_eq!(gateway.r#match, None);
}

#[test]
fn what_is_shown_can_be_read_again_and_leaves_defaults_out() {
    let text =
        br#"{"gateway": {"tenants": [{"id": "a", "models": ["*"], "tags": {"b": "c"}}], "limits": {"requests": 1000},
        "policies": [{"allow_all": {}}, {"limit": {"body_bytes": 5, "explain": true}}]}}"#;
    let (sample, _) = parse::<Sample>(text).unwrap();
    let shown = sample.show();
    let wanted = json!({"gateway": {"tenants": [{"id": "a", "tags": {"b": "c"}}],
        "policies": [{"allow_all": {}}, {"limit": {"body_bytes": 5, "explain": true}}]}});
    assert_eq!(shown, wanted);
    let (again, _) = parse::<Sample>(shown.to_string().as_bytes()).unwrap();
    assert_eq!(format!("{again:?}"), format!("{sample:?}"));
}

#[test]
fn an_old_name_still_works_and_warns() {
    let (tenant, warnings) = parse::<Tenant>(br#"{"id": "a", "allowed": ["x"]}"#).unwrap();
    assert_eq!(tenant.models, [Pattern::new("x").unwrap()]);
    let lines: Vec<String> = warnings.iter().map(ToString::to_string).collect();
    assert_eq!(lines, [r#"allowed: DEPRECATED, is now called "models""#]);
    assert_eq!(
        errors_of::<Tenant>(r#"{"id": "a", "allowed": [""]}"#),
        r#"allowed[0]: empty; expected a model name, or a pattern such as "gpt-*""#
    );
}

#[test]
fn errors_beyond_the_cap_are_counted() {
    let text = format!("[{}]", vec!["{\"nmae\": 1}"; 30].join(","));
    let lines = errors_of::<Vec<Tenant>>(&text);
    assert_eq!(lines.lines().count(), 51);
    assert_eq!(lines.lines().last(), Some("and 10 more errors"));
    assert!(lines.lines().nth(49).unwrap().starts_with("[24].id: "), "{lines}");
}

#[test]
fn an_error_is_one_line_whatever_the_operator_wrote() {
    let lines = errors_of::<Tenant>("{\"id\": \"a\\nb\\u001b[31m\", \"x\\ny\": 1}");
    assert_eq!(
        lines,
        "[\"x\\ny\"]: unknown key (known here: id, keys, models, tags)\n\
         id: expected 1 to 64 characters of A-Z a-z 0-9 _ . -, got \"a\\nb\\u001b[31m\""
    );
    let long = errors_of::<Tenant>(&format!("{{\"id\": \"a\", \"{}\": 1}}", "k".repeat(100_000)));
    assert!(long.len() < 200, "{long}");
}

#[test]
fn a_secret_is_never_printed() {
    let text = r#"{"header": {"x-a": {"inline": "sk-hidden"}, "x-b": {"env": "HIDDEN_NAME"}}}"#;
    let (auth, _) = parse::<Auth>(text.as_bytes()).unwrap();
    let Auth::Header(secrets) = &auth else { panic!("{auth:?}") };
    let mut errors = Errors::new();
    let plain = secrets.get("x-a").unwrap().resolve(&|_| None, &mut errors).unwrap();
    assert_eq!(plain.reveal(), "sk-hidden");
    let secret = secrets.get("x-a").unwrap();
    for printed in [
        format!("{auth:?}"),
        format!("{auth:#?}"),
        auth.show().to_string(),
        secret.to_string(),
        format!("{secret:?}"),
        plain.to_string(),
        format!("{plain:?}"),
        errors.to_string(),
    ] {
        assert!(!printed.to_lowercase().contains("hidden"), "{printed}");
    }
    assert_eq!(plain.to_string(), "***");
    assert_eq!(secret.to_string(), "***");
}

#[test]
fn a_secret_from_the_environment_is_resolved_later_and_keeps_its_place() {
    let rows: &[(&str, Option<&str>, Result<&str, &str>)] = &[
        ("OPENAI_API_KEY", Some("sk-hidden"), Ok("sk-hidden")),
        (
            "OPENAI_API_KEY",
            None,
            Err("provider.auth.bearer.env: environment variable OPENAI_API_KEY is not set; \
                 set it and let Envoy pass it on (host_env_keys in the VM configuration)"),
        ),
        (
            "skhidden",
            None,
            Err("provider.auth.bearer.env: this environment variable is not set; \
                 set it and let Envoy pass it on (host_env_keys in the VM configuration)"),
        ),
        ("KEY_2", Some(""), Err("provider.auth.bearer.env: the value of environment variable KEY_2 is empty")),
        (
            "KEY_2",
            Some("sk-hidden\n"),
            Err("provider.auth.bearer.env: the value of environment variable KEY_2 starts or ends with white space; \
                 remove it (a line break at the end of the file it came from is the usual cause)"),
        ),
        (
            "KEY_2",
            Some("sk-hidden\r\nx-evil: 1"),
            Err("provider.auth.bearer.env: the value of environment variable KEY_2 has a character that cannot stand \
                 in a header, the 10th"),
        ),
    ];
    for (name, value, wanted) in rows {
        let text = format!(r#"{{"provider": {{"auth": {{"bearer": {{"env": "{name}"}}}}}}}}"#);
        let (sample, _) = parse::<Sample>(text.as_bytes()).unwrap();
        let Sample::Provider(Provider { auth: Auth::Bearer(secret) }) = &sample else { panic!("{sample:?}") };
        let mut errors = Errors::new();
        let env = |asked: &str| (asked == *name).then(|| value.map(str::to_owned)).flatten();
        match (secret.resolve(&env, &mut errors), wanted) {
            (Some(text), Ok(wanted)) => assert_eq!(text.reveal(), *wanted),
            (None, Err(wanted)) => assert_eq!(errors.to_string(), *wanted, "{name}"),
            (got, _) => panic!("{name}: {got:?} {errors}"),
        }
        assert!(!errors.to_string().contains("hidden"), "{errors}");
    }
}

mod other_room {
    //! A second struct of a name that is taken.
    use crate::config::settings;

    settings! {
        /// Limits of another kind.
        pub struct Limits {
            /// Itself, deeper.
            pub inner: Vec<Limits> = Vec::new(),
        }
    }
}

settings! {
    /// Two of one name.
    pub struct Both {
        /// The one.
        pub one: Limits = Limits::default(),
        /// The other.
        pub other: other_room::Limits = other_room::Limits::default(),
    }
}

#[test]
fn the_reference_says_what_the_reader_does() {
    golden("tenant.md", &reference(&Tenant::describe()));
    golden("policy.md", &reference(&Policy::describe()));
}

#[test]
fn the_schema_says_what_the_reader_does() {
    golden("tenant.schema.json", &schema(&Tenant::describe()));
    golden("policy.schema.json", &schema(&Policy::describe()));
}

#[test]
fn every_link_of_a_reference_leads_to_a_section_and_every_ref_of_a_schema_to_a_definition() {
    for shape in [Sample::describe(), Both::describe(), Vec::<Tenant>::describe()] {
        let page = reference(&shape);
        let anchors: Vec<String> = page
            .lines()
            .filter_map(|line| line.strip_prefix("## "))
            .map(|title| title.to_lowercase().replace(' ', "-"))
            .collect();
        assert!(
            anchors.iter().all(|anchor| anchors.iter().filter(|other| *other == anchor).count() == 1),
            "{anchors:?}"
        );
        for link in page.split("](#").skip(1) {
            let target = link.split(')').next().unwrap().to_owned();
            assert!(anchors.contains(&target), "{target} in {anchors:?}");
        }
        let schema = schema(&shape);
        let tree: Value = serde_json::from_str(&schema).unwrap();
        for reference in schema.split("\"#/").skip(1) {
            let pointer = format!("/{}", reference.split('"').next().unwrap());
            assert!(tree.pointer(&pointer).is_some(), "{pointer}");
        }
    }
    assert!(
        reference(&Both::describe())
            .contains("[Limits of config tests other_room](#limits-of-config-tests-other_room)")
    );
}
