use serde_json::json;

use super::*;
use crate::config::{Errors, parse};
use crate::host::fake::{FakeHost, START_NS};

const PEM: &str = "-----BEGIN PRIVATE KEY-----\nAQID\nBAUG\n-----END PRIVATE KEY-----\n";
const SECOND: u64 = 1_000_000_000;

fn entra(host: &FakeHost) -> Issuer {
    let text = r#"{"tenant_id": "contoso", "client_id": "app", "client_secret": {"inline": "s&cret"}, "cluster": "c"}"#;
    let (config, _) = parse::<AzureEntra>(text.as_bytes()).unwrap();
    config.issuer(host, &mut Errors::new()).unwrap()
}

fn keeper(host: &FakeHost) -> Keeper {
    Keeper::new(entra(host), "place".to_owned(), "provider p".to_owned(), host)
}

fn later(host: &FakeHost, ms: u64) {
    host.now_ns.set(host.now_ns.get() + ms * 1_000_000);
}

fn reply(host: &FakeHost, keeper: &Keeper, status: &str, body: &str) {
    let call = CallId(host.calls.borrow().len() as u32);
    let headers: Headers = [(":status", status)].into_iter().collect();
    keeper.on_call_reply(host, call, &headers, body.as_bytes());
}

fn token_of(secs: u64) -> String {
    json!({"access_token": "t1", "expires_in": secs, "token_type": "Bearer"}).to_string()
}

/// What a reader finds that waits no longer than this.
fn find(host: &FakeHost, reader: &Reader, wait_ms: u64) -> String {
    match reader.find(host, now_ms(host) + wait_ms) {
        Found::Token(token) => token.reveal().to_owned(),
        Found::NotYet => "not yet".to_owned(),
        Found::None => "none".to_owned(),
    }
}

#[test]
fn each_source_asks_in_its_own_way() {
    let file = json!({
        "type": "service_account", "client_email": "a@b.c", "private_key": PEM, "private_key_id": "k1",
        "token_uri": "https://oauth2.test/a/token",
    });
    let file = json!({"inline": file.to_string()});
    let form = "application/x-www-form-urlencoded";
    // {"alg":"RS256","typ":"JWT","kid":"k1"} and its claims, signed by the fake: the key, then the text.
    let signed = |host: &FakeHost| {
        let body = String::from_utf8(host.calls.borrow()[0].body.clone()).unwrap();
        let assertion = body.rsplit_once("assertion=").unwrap().1.to_owned();
        let parts: Vec<_> = assertion.split('.').map(str::to_owned).collect();
        use base64::Engine;
        let decode = |part: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part.as_bytes()).unwrap();
        let text = |part: &str| String::from_utf8_lossy(&decode(part)).into_owned();
        assert_eq!(decode(&parts[2])[..18], *b"signed with \x01\x02\x03\x04\x05\x06");
        assert!(text(&parts[2]).ends_with(&format!("{}.{}", parts[0], parts[1])), "over head and claims");
        (text(&parts[0]), text(&parts[1]))
    };
    type Row<'a> = (Issuer, [&'a str; 4], Option<&'a str>, &'a str);
    let host = FakeHost::new();
    let errors = &mut Errors::new();
    let source = |text: serde_json::Value| text.to_string();
    let service =
        parse::<GoogleServiceAccount>(source(json!({"key_file": file, "cluster": "g"})).as_bytes()).unwrap().0;
    let fields = json!({"client_email": "a@b.c", "private_key": {"inline": PEM}, "scope": "s", "cluster": "g"});
    let fields = parse::<GoogleServiceAccount>(source(fields).as_bytes()).unwrap().0;
    let machine = parse::<GoogleMetadata>(br#"{"cluster": "m", "account": "x@y.z", "timeout_ms": 200}"#).unwrap().0;
    let client = json!({
        "token_url": "https://dbx.test/oidc/v1/token", "client_id": "i:d", "client_secret": {"inline": "s c"}, "scope": "all",
        "cluster": "o",
    });
    let client = parse::<OauthClient>(source(client).as_bytes()).unwrap().0;
    let rows: [Row; 5] = [
        (
            service.issuer(&host, errors).unwrap(),
            ["g", "POST", "oauth2.test", "/a/token"],
            Some(form),
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=",
        ),
        (
            fields.issuer(&host, errors).unwrap(),
            ["g", "POST", "oauth2.googleapis.com", "/token"],
            Some(form),
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=",
        ),
        (
            machine.issuer(),
            ["m", "GET", "metadata.google.internal", "/computeMetadata/v1/instance/service-accounts/x@y.z/token"],
            None,
            "",
        ),
        (
            entra(&host),
            ["c", "POST", "login.microsoftonline.com", "/contoso/oauth2/v2.0/token"],
            Some(form),
            "grant_type=client_credentials&client_id=app&client_secret=s%26cret\
             &scope=https%3A%2F%2Fcognitiveservices.azure.com%2F.default",
        ),
        (
            client.issuer(&host, errors).unwrap(),
            ["o", "POST", "dbx.test", "/oidc/v1/token"],
            Some(form),
            "grant_type=client_credentials&scope=all",
        ),
    ];
    for (issuer, [cluster, method, authority, path], content_type, body) in &rows {
        host.calls.borrow_mut().clear();
        issuer.ask(&host).unwrap();
        let calls = host.calls.borrow();
        let call = &calls[0];
        let header = |name: &str| call.headers.get(name);
        assert_eq!(call.cluster, *cluster);
        assert_eq!((header(":method"), header(":authority")), (Some(*method), Some(*authority)));
        assert_eq!((header(":path"), header("content-type")), (Some(*path), *content_type));
        assert!(String::from_utf8_lossy(&call.body).starts_with(body), "{path}");
        let authorization = (*cluster == "o").then_some("Basic aSUzQWQ6cyUyMGM="); // i%3Ad:s%20c
        assert_eq!(header("authorization"), authorization);
        assert_eq!(header("metadata-flavor"), (*cluster == "m").then_some("Google"));
        assert_eq!(call.timeout_ms, if *cluster == "m" { 200 } else { 5_000 });
    }
    host.calls.borrow_mut().clear();
    rows[0].0.ask(&host).unwrap();
    let (head, claims) = signed(&host);
    assert_eq!(head, r#"{"alg":"RS256","typ":"JWT","kid":"k1"}"#);
    assert_eq!(
        claims,
        r#"{"iss":"a@b.c","scope":"https://www.googleapis.com/auth/cloud-platform","aud":"https://oauth2.test/a/token","iat":1767225600,"exp":1767229200}"#
    );
    assert_eq!(START_NS / SECOND, 1_767_225_600);
    host.calls.borrow_mut().clear();
    rows[1].0.ask(&host).unwrap();
    assert_eq!(signed(&host).0, r#"{"alg":"RS256","typ":"JWT"}"#, "no id is no id");
    assert!(errors.is_empty());
}

#[test]
fn a_configuration_that_cannot_work_is_refused_with_its_place() {
    fn all<T: crate::config::Setting>(
        text: &str,
        make: impl Fn(&T, &FakeHost, &mut Errors) -> Option<Issuer>,
    ) -> String {
        let host = FakeHost::new();
        host.env.borrow_mut().insert("BLANK".to_owned(), " \n".to_owned());
        host.no_signing.set(text.contains("no signing"));
        match parse::<T>(text.as_bytes()) {
            Err(errors) => errors.to_string(),
            Ok((config, _)) => {
                let mut errors = Errors::new();
                assert!(make(&config, &host, &mut errors).is_none(), "{text}");
                errors.to_string()
            }
        }
    }
    let google = |text: &str| all::<GoogleServiceAccount>(text, |config, host, errors| config.issuer(host, errors));
    let pem = PEM.replace('\n', "\\n");
    let rows = [
        (r#"{"cluster": "c"}"#, "configuration: give key_file, or client_email and private_key"),
        (r#"{"cluster": "c", "client_email": "a@b"}"#, "configuration: give key_file, or client_email and private_key"),
        (
            r#"{"cluster": "c", "key_file": {"inline": "x"}, "client_email": "a@b"}"#,
            "configuration: give key_file alone: client_email and private_key are in it",
        ),
        (r#"{"cluster": "", "key_file": {"inline": "x"}}"#, "cluster: expected the name of an Envoy cluster"),
        (
            r#"{"cluster": "c", "key_file": {"inline": "x"}}"#,
            "key_file: expected the JSON key file of a service account",
        ),
        (
            r#"{"cluster": "c", "key_file": {"inline": "{}"}}"#,
            "key_file: a service account's key file has client_email and private_key; this has not",
        ),
        (
            r#"{"cluster": "c", "key_file": {"env": "BLANK"}}"#,
            "key_file.env: the value of environment variable BLANK is empty",
        ),
        (
            r#"{"cluster": "c", "key_file": {"inline": "${KEY}"}}"#,
            r#"key_file.inline: is a variable that nobody replaced; use {"env": "NAME"} instead"#,
        ),
        (
            r#"{"cluster": "c", "client_email": "a@b", "private_key": {"inline": "-----BEGIN RSA PRIVATE KEY-----"}}"#,
            "private_key: expected a private key in PEM that begins with -----BEGIN PRIVATE KEY-----",
        ),
        (
            r#"{"cluster": "c", "client_email": "nobody", "private_key": {"inline": "x"}}"#,
            "client_email: expected an account's address, e.g. gateway@my-project.iam.gserviceaccount.com",
        ),
        (
            &format!(r#"{{"cluster": "no signing", "client_email": "a@b", "private_key": {{"inline": "{pem}"}}}}"#),
            "private_key: Envoy cannot sign with this private key (proxy_call_foreign_function answered status 2); \
             it has to be an RSA key",
        ),
        (
            &format!(
                r#"{{"cluster": "c", "key_file": {{"inline": {}}}}}"#,
                json!(json!({"client_email": "a@b", "private_key": PEM, "token_uri": "http://x/y"}).to_string())
            ),
            "key_file: its token_uri is no https address",
        ),
    ];
    for (text, want) in rows {
        assert_eq!(google(text), want, "{text}");
    }
    let rows = [
        (r#"{"cluster": "c", "account": "../x"}"#, "account: expected default or an account's address"),
        (r#"{"cluster": "c", "host": "a b"}"#, "host: expected a host name with an optional port"),
    ];
    for (text, want) in rows {
        assert_eq!(all::<GoogleMetadata>(text, |config, _, _| Some(config.issuer())), want, "{text}");
    }
    let base = r#""client_id": "i", "client_secret": {"inline": "s"}, "cluster": "c""#;
    let rows = [
        (r#""tenant_id": "a/b""#, "tenant_id: expected a directory's id or domain, e.g. contoso.onmicrosoft.com"),
        (r#""tenant_id": "t", "host": "https://x""#, "host: expected a host name with an optional port"),
    ];
    for (text, want) in rows {
        let text = format!("{{{text}, {base}}}");
        assert_eq!(all::<AzureEntra>(&text, |config, host, errors| config.issuer(host, errors)), want, "{text}");
    }
    for url in ["http://x/y", "https://x", "https:///y", "https://x y/"] {
        let text = format!(r#"{{"token_url": "{url}", {base}}}"#);
        let want = "token_url: expected an address, e.g. https://login.example.com/oauth/token";
        assert_eq!(all::<OauthClient>(&text, |config, host, errors| config.issuer(host, errors)), want);
    }
}

#[test]
fn an_answer_is_a_token_or_a_reason_without_secrets() {
    let long = "x".repeat(MAX_TOKEN_BYTES + 1);
    let assertion = format!("who is {}?", "e".repeat(81));
    let rows: [(&str, String, Result<(&str, u64), &str>); 15] = [
        ("200", token_of(3599), Ok(("t1", 3_599_000))),
        (
            "200",
            r#"{"access_token": "a.b-c_d", "expires_in": "60", "token_type": "bearer"}"#.into(),
            Ok(("a.b-c_d", 60_000)),
        ),
        ("200", r#"{"access_token": "t", "ext_expires_in": 9}"#.into(), Ok(("t", 300_000))),
        ("200", r#"{"access_token": "t", "expires_in": 99999999999}"#.into(), Ok(("t", 86_400_000))),
        ("200", r#"{"access_token": "t", "expires_in": -1}"#.into(), Ok(("t", 300_000))),
        ("200", "{}".into(), Err("answered without a token that can be sent")),
        ("200", "<html>".into(), Err("answered without a token that can be sent")),
        ("200", r#"{"access_token": "a\r\nx: b"}"#.into(), Err("answered without a token that can be sent")),
        ("200", r#"{"access_token": "a b"}"#.into(), Err("answered without a token that can be sent")),
        ("200", format!(r#"{{"access_token": "{long}"}}"#), Err("answered without a token that can be sent")),
        (
            "200",
            r#"{"access_token": "t", "token_type": "mac"}"#.into(),
            Err("gave a token of a type that is not bearer"),
        ),
        ("302", String::new(), Err("answered 302")),
        ("503", "upstream connect\n error".into(), Err("answered 503: upstream connect error")),
        (
            "400",
            json!({"error": "invalid_grant", "error_description": assertion}).to_string(),
            Err("answered 400: invalid_grant: who is ***"),
        ),
        (
            "401",
            json!({"error": "invalid_client", "error_description": "not s&cret\u{7}!"}).to_string(),
            Err("answered 401: invalid_client: not ***!"),
        ),
    ];
    let issuer = entra(&FakeHost::new());
    for (status, body, want) in rows {
        let headers: Headers = [(":status", status)].into_iter().collect();
        let want = match want {
            Ok((token, ms)) => Ok((token.to_owned(), ms)),
            Err(why) if why.starts_with("answered") || why.starts_with("gave") => {
                Err(format!("login.microsoftonline.com {why}"))
            }
            Err(why) => Err(why.to_owned()),
        };
        assert_eq!(issuer.read(&headers, body.as_bytes()), want, "{status} {body:.80}");
    }
    assert_eq!(issuer.read(&Headers::new(), b""), Err("login.microsoftonline.com answered none".to_owned()));
    let headers: Headers = [(":status", "500")].into_iter().collect();
    let why = issuer.read(&headers, "word ".repeat(1_000).as_bytes()).unwrap_err();
    assert!(why.len() < 400, "{}", why.len());
}

#[test]
fn one_of_many_keepers_asks_and_all_have_the_token() {
    let host = FakeHost::new();
    let keepers = [keeper(&host), keeper(&host), keeper(&host)];
    let reader = Reader::new("place".to_owned());
    assert_eq!(find(&host, &reader, 1_000), "not yet");
    for _ in 0..3 {
        keepers.iter().for_each(|keeper| keeper.on_tick(&host));
    }
    assert_eq!(host.calls.borrow().len(), 1);
    // A reply to somebody else's call is nothing to the others.
    reply(&host, &keepers[1], "200", &token_of(60));
    assert_eq!(find(&host, &reader, 1_000), "not yet");
    reply(&host, &keepers[0], "200", &token_of(3_600));
    assert_eq!(find(&host, &reader, 0), "t1");
    keepers.iter().for_each(|keeper| keeper.on_tick(&host));
    assert_eq!(host.calls.borrow().len(), 1);
    assert_eq!(host.log_text(), "provider p: an access token, good for 3600 s\n");
}

#[test]
fn who_was_slower_does_not_ask() {
    let host = FakeHost::new();
    let keeper = keeper(&host);
    host.quicker.set(1);
    keeper.on_tick(&host);
    assert_eq!(host.calls.borrow().len(), 0);
    keeper.on_tick(&host);
    assert_eq!(host.calls.borrow().len(), 1);
}

#[test]
fn a_lease_of_somebody_who_is_gone_ends() {
    let host = FakeHost::new();
    keeper(&host).on_tick(&host);
    let next = keeper(&host);
    for (ms, calls) in [(0, 1), (5_999, 1), (1, 2)] {
        later(&host, ms);
        next.on_tick(&host);
        assert_eq!(host.calls.borrow().len(), calls, "after {ms} more");
    }
}

#[test]
fn a_token_is_renewed_early_and_used_until_shortly_before_its_end() {
    for (lasts_secs, renewed_ms, until_ms) in [
        (3_600, 3_300_000, 3_570_000),
        (86_400, 86_100_000, 86_370_000),
        (600, 300_000, 570_000),
        (300, 150_000, 270_000),
        (10, 5_000, 9_000),
        (1, 1_000, 900),
        (0, 1_000, 0),
    ] {
        let host = FakeHost::new();
        let keeper = keeper(&host);
        keeper.on_tick(&host);
        reply(&host, &keeper, "200", &token_of(lasts_secs));
        let (record, _) = Record::read(&host, "place").unwrap();
        let now = now_ms(&host);
        assert_eq!((record.refresh_ms - now, record.until_ms - now), (renewed_ms, until_ms), "{lasts_secs}");
        later(&host, renewed_ms - 1);
        keeper.on_tick(&host);
        assert_eq!(host.calls.borrow().len(), 1, "{lasts_secs}");
        later(&host, 1);
        keeper.on_tick(&host);
        assert_eq!(host.calls.borrow().len(), 2, "{lasts_secs}");
    }
}

#[test]
fn failures_space_the_tries_and_say_so() {
    let host = FakeHost::new();
    let keeper = keeper(&host);
    for pause_secs in [1, 2, 4, 8, 16, 32, 60, 60] {
        keeper.on_tick(&host);
        reply(&host, &keeper, "401", r#"{"error": "invalid_client"}"#);
        let made = host.calls.borrow().len();
        later(&host, pause_secs * 1_000 - 1);
        keeper.on_tick(&host);
        assert_eq!(host.calls.borrow().len(), made);
        let why = "login.microsoftonline.com answered 401: invalid_client; requests are refused";
        let (level, line) = host.lines.borrow_mut().pop().unwrap();
        assert_eq!(line, format!("provider p: no new access token: {why}; next try in {pause_secs} s"));
        assert_eq!(level, Level::Error);
        later(&host, 1);
    }
    keeper.on_tick(&host);
    reply(&host, &keeper, "200", &token_of(100));
    assert_eq!(Record::read(&host, "place").unwrap().0.failures, 0, "forgotten with the first success");
    later(&host, 50_000);
    keeper.on_tick(&host);
    reply(&host, &keeper, "500", "");
    let (level, line) = host.lines.borrow_mut().pop().unwrap();
    assert!(level == Level::Warn && line.ends_with("the old one still serves; next try in 1 s"), "{line}");
}

#[test]
fn a_call_that_cannot_be_made_is_a_failure_like_others() {
    let host = FakeHost::new();
    host.no_cluster.set(true);
    keeper(&host).on_tick(&host);
    let why = "cluster c cannot be called: proxy_http_call answered status 2";
    assert!(host.log_text().contains(why), "{}", host.log_text());
    host.no_signing.set(true);
    let text = json!({"client_email": "a@b", "private_key": {"inline": PEM}, "cluster": "c"}).to_string();
    let (config, _) = parse::<GoogleServiceAccount>(text.as_bytes()).unwrap();
    host.no_signing.set(false);
    let issuer = config.issuer(&host, &mut Errors::new()).unwrap();
    host.no_signing.set(true);
    Keeper::new(issuer, "other".to_owned(), "token t".to_owned(), &host).on_tick(&host);
    let why = "token t: no new access token: the assertion cannot be signed: proxy_call_foreign_function answered";
    assert!(host.log_text().contains(why), "{}", host.log_text());
}

#[test]
fn who_waits_is_told_when_it_is_in_vain() {
    let host = FakeHost::new();
    let keeper = keeper(&host);
    let reader = Reader::new("place".to_owned());
    assert_eq!((find(&host, &reader, 1), find(&host, &reader, 0)), ("not yet".to_owned(), "none".to_owned()));
    keeper.on_tick(&host);
    reply(&host, &keeper, "500", "");
    assert_eq!(find(&host, &reader, 1_001), "not yet", "the next try is within its time");
    assert_eq!(find(&host, &reader, 999), "none");
    later(&host, 1_000);
    assert_eq!(find(&host, &reader, 100), "not yet");
}

#[test]
fn a_reader_looks_for_a_newer_token_only_when_there_may_be_one() {
    let host = FakeHost::new();
    let keeper = keeper(&host);
    keeper.on_tick(&host);
    reply(&host, &keeper, "200", &token_of(600));
    let reader = Reader::new("place".to_owned());
    assert_eq!(find(&host, &reader, 0), "t1");
    let (mut record, _) = Record::read(&host, "place").unwrap();
    record.token = "t2".to_owned();
    record.write(&host, "place", 0).unwrap();
    assert_eq!(find(&host, &reader, 0), "t1");
    later(&host, 300_000);
    assert_eq!(find(&host, &reader, 0), "t2");
    later(&host, 269_999);
    assert_eq!(find(&host, &reader, 0), "t2");
    later(&host, 1);
    assert_eq!(find(&host, &reader, 1), "not yet", "its time is over");
}

#[test]
fn a_refused_token_is_replaced_but_not_more_than_once_a_minute() {
    let host = FakeHost::new();
    let keeper = keeper(&host);
    let reader = Reader::new("place".to_owned());
    reader.refused(&host);
    keeper.on_tick(&host);
    reply(&host, &keeper, "200", &token_of(3_600));
    for (ms, calls) in [(0, 1), (59_999, 1), (1, 2)] {
        later(&host, ms);
        assert_eq!(find(&host, &reader, 0), "t1", "it goes on serving: what was refused may have been something else");
        reader.refused(&host);
        keeper.on_tick(&host);
        assert_eq!(host.calls.borrow().len(), calls);
    }
}

#[test]
fn a_place_is_that_of_one_credential() {
    let host = FakeHost::new();
    let of = |text: &str| {
        let (config, _) = parse::<AzureEntra>(text.as_bytes()).unwrap();
        config.issuer(&host, &mut Errors::new()).unwrap().fingerprint()
    };
    let base = r#"{"tenant_id": "t", "client_id": "i", "client_secret": {"inline": "s"}, "cluster": "c"}"#;
    let print = of(base);
    assert!(print.len() == 32 && print.bytes().all(|byte| byte.is_ascii_hexdigit()), "{print}");
    assert_eq!(of(&base.replace(r#""cluster": "c""#, r#""cluster": "d", "timeout_ms": 100"#)), print);
    for (from, to) in [(r#""t""#, r#""u""#), (r#""i""#, r#""j""#), (r#""s""#, r#""r""#)] {
        assert_ne!(of(&base.replace(from, to)), print, "{to}");
    }
    assert_ne!(of(&base.replace(r#""cluster""#, r#""scope": "x", "cluster""#)), print);
}

#[test]
fn what_stands_in_shared_data_is_read_back_or_is_nothing() {
    let host = FakeHost::new();
    let record =
        Record { why: "a\nb".to_owned(), token: "t".to_owned(), failures: 3, until_ms: 9, ..Record::default() };
    record.write(&host, "place", 0).unwrap();
    let (read, ticket) = Record::read(&host, "place").unwrap();
    assert_eq!((read.why.as_str(), read.token.as_str(), read.failures, read.until_ms), ("a b", "t", 3, 9));
    assert_ne!(ticket, 0);
    for bytes in [&b""[..], b"1 2 3", b"1 2 3 4 5 6", b"x 2 3 4 5 6\n\nt", b"\xff\n\n"] {
        host.set_shared("place", bytes, 0).unwrap();
        assert_eq!(Record::read(&host, "place").unwrap().0.token, "", "{bytes:?}");
        assert_eq!(find(&host, &Reader::new("place".to_owned()), 1), "not yet");
    }
}

#[test]
fn the_first_look_is_soon_and_then_there_is_time() {
    let host = FakeHost::new();
    let none = Keepers::new(Vec::new(), &host);
    none.on_tick(&host);
    assert_eq!(host.tick_ms.get(), 0);
    let keepers = Keepers::new(vec![keeper(&host)], &host);
    assert_eq!(host.tick_ms.get(), FIRST_TICK_MS);
    keepers.on_tick(&host);
    assert_eq!((host.tick_ms.get(), host.calls.borrow().len()), (TICK_MS, 1));
}
