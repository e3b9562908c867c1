use std::io::Write as _;
use std::path::PathBuf;

use super::{Streams, run};

fn ask(words: &[&str], input: &str) -> (u8, String, String) {
    let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let status = run(&words, &mut Streams { input: &mut input.as_bytes(), out: &mut out, err: &mut err });
    (status, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
}

/// A folder of a test's own.
fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("postern-command-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(folder.join("older")).unwrap();
    folder
}

fn record(tenant: &str, model: &str, input: u64, cost: &str) -> String {
    format!(
        r#"{{"time_ms":1764115200000,"http.response.status_code":200,"gen_ai.request.model":"{model}","postern.preset":"openai","postern.target_model":"{model}","gen_ai.usage.input_tokens":{input},"gen_ai.usage.output_tokens":2,"postern.tenant":"{tenant}","postern.tags":{{"team":"a,b"}}{cost}}}"#
    )
}

#[test]
fn records_are_summed_over_files_and_what_is_unknown_is_shown() {
    let folder = folder("sum");
    let known = r#","postern.cost.micro_usd":11,"postern.cost.list_micro_usd":10"#;
    let lines = [
        record("acme", "gpt-4o", 5, known),
        record("acme", "mine", 7, r#","postern.cost.unknown_price":true"#),
        "[2026-11-26] Envoy says something".to_owned(),
        r#"{"another":"log"}"#.to_owned(),
    ];
    std::fs::write(folder.join("now.log"), lines.join("\n") + "\n").unwrap();
    let zipped = std::fs::File::create(folder.join("older/1.log.gz")).unwrap();
    let mut zipped = flate2::write::GzEncoder::new(zipped, flate2::Compression::fast());
    writeln!(zipped, "{}", record("zeta", "gpt-4o", 1_000_000, known)).unwrap();
    zipped.finish().unwrap();
    let path = folder.to_str().unwrap();

    let (status, out, err) = ask(&["usage", "--by", "tenant,model tag:team,day", path], "");
    assert_eq!((status, err.as_str()), (0, "2 lines are no usage records\n"));
    let rows: Vec<Vec<&str>> = out.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[1], ["acme", "gpt-4o", "1", "5", "0", "2", "0", "0.000011", "0.00001", "0", "0"]);
    assert_eq!(rows[2], ["acme", "mine", "1", "7", "0", "2", "0", "0", "0", "1", "0"]);
    assert_eq!(rows[4], ["total", "3", "1000012", "0", "6", "0", "0.000022", "0.00002", "1", "0"]);
    assert!(out.contains("1 requests have no known price"));
    assert!(out.contains("a,b       2025-11-26"), "{out}");

    let (_, out, _) = ask(&["usage", "--csv", "--by", "tag:team", path], "");
    assert!(out.ends_with("\"a,b\",3,1000012,6,0,0,0,0,0,0,0,0,0,0,0,0,0,0,22,20,1,0\n"), "{out}");

    // A million tokens of input and two of output, by the table: 2.5 dollars and 20 micro-dollars.
    let (status, out, _) = ask(&["usage", "--reprice", "-", "--csv", "--by", "tenant", path], "");
    assert_eq!(status, 0);
    assert!(out.contains("\nzeta,1,1000000,2,") && out.contains(",2500020,2500020,0,0\n"), "{out}");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_record_that_is_cut_off_is_told_and_not_passed_over() {
    let whole = record("acme", "gpt-4o", 5, "");
    let (status, out, err) = ask(&["usage", "-"], &format!("{whole}\n{}", whole.get(..40).unwrap()));
    assert_eq!((status, err.as_str()), (1, "1 records are cut off or broken, and in no sum\n"));
    assert!(out.contains("acme"));
    let long = format!("{}\n{whole}\n", "x".repeat(3_000_000));
    let (status, out, err) = ask(&["usage", "-"], &long);
    assert_eq!((status, err.as_str()), (0, "1 lines are no usage records\n"));
    assert!(out.contains("acme"));
}

#[test]
fn what_is_asked_wrongly_is_explained() {
    let rows = [
        (&["usage"][..], 2, "usage wants files or directories"),
        (&["usage", "--by", "nobody", "x"], 2, "--by nobody: it takes tenant, key, model"),
        (&["usage", "--all", "x"], 2, "usage has no --all"),
        (&["usage", "--csv", "x"], 2, "one table for --csv"),
        (&["usage", "/nowhere/at/all"], 1, "/nowhere/at/all: No such file"),
        (&["key"], 2, "key wants `new`, `hash`, `signing` or `token`"),
        (&["key", "token", "k", "{}"], 1, "tenant: required, but missing"),
        (&["key", "hash"], 1, "no key came on standard input"),
        (&["check"], 2, "check wants a file"),
        (&["check", "/nowhere"], 1, "/nowhere: No such file"),
        (&["prices", "show", "gpt-none"], 1, "gpt-none is not in the bundled table"),
        (&["fly"], 2, "there is no command `fly`"),
    ];
    for (words, want, says) in rows {
        let (status, out, err) = ask(words, "");
        assert_eq!((status, out.as_str()), (want, ""), "{words:?}");
        assert!(err.contains(says), "{words:?}: {err}");
    }
    assert!(ask(&[], "").1.contains("postern check FILE"));
}

#[test]
fn a_key_is_made_and_hashed_as_the_configuration_wants_it() {
    let (_, hash, _) = ask(&["key", "hash"], "secret\n");
    assert_eq!(hash, "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b\n");
    let (_, made, _) = ask(&["key", "new"], "");
    let [key, sha256] = made.lines().collect::<Vec<_>>()[..] else { panic!("{made}") };
    let (key, sha256) = (key.trim_start_matches("key").trim(), sha256.trim_start_matches("sha256").trim());
    assert!(key.starts_with("sk-postern-") && key.len() == 54, "{key}");
    assert_eq!(ask(&["key", "hash"], key).1.trim(), sha256);
    assert_ne!(ask(&["key", "new"], "").1, made);
}

#[test]
fn a_token_is_signed_as_the_filter_wants_it() {
    use crate::config::{Errors, Node};
    use crate::tenant::token::{TokenKey, Verifier};
    let (_, made, _) = ask(&["key", "signing"], "");
    let [private, public] = made.lines().collect::<Vec<_>>()[..] else { panic!("{made}") };
    let private = private.trim_start_matches("private").trim();
    let public = public.trim_start_matches("verify").trim();
    let claims = r#"{"tenant": "acme", "id": "t1", "exp": 2000000000}"#;
    let secret = "a secret of thirty-two characters";
    let tokens =
        [ask(&["key", "token", "ed", claims], private).1, ask(&["key", "token", "--hmac", "mac", claims], secret).1];
    let keys = format!(
        r#"[{{"kid":"ed","verify":{{"ed25519":"{public}"}}}},{{"kid":"mac","verify":{{"hmac":{{"inline":"{secret}"}}}}}}]"#
    );
    let (keys, _) = crate::config::parse::<Vec<TokenKey>>(keys.as_bytes()).unwrap();
    let (null, mut errors) = (serde_json::Value::Null, Errors::new());
    let verifier = Verifier::new(&keys, &crate::host::fake::FakeHost::new(), Node::root(&null), &mut errors);
    for token in tokens {
        let (claims, _) = verifier.verify(token.trim()).unwrap_or_else(|error| panic!("{token}: {error:?}"));
        assert_eq!((claims.tenant.as_str(), claims.exp), ("acme", 2_000_000_000));
    }
    let (status, _, why) = ask(&["key", "token", "ed", claims], "no hex");
    assert_eq!(status, 1, "{why}");
    assert!(why.contains("64 hex digits") && !why.contains("no hex"), "{why}");
    assert_eq!(ask(&["key", "token", "--hmac", "mac", claims], "short").0, 1);
}

#[test]
fn prices_are_shown_for_every_provider_that_has_the_model() {
    let (status, out, _) = ask(&["prices", "show", "claude-sonnet-4-5"], "");
    assert_eq!(status, 0);
    for part in ["anthropic/claude-sonnet-4-5", "vertex/claude-sonnet-4-5", "max input tokens  200000", "batch"] {
        assert!(out.contains(part), "{part} in {out}");
    }
    assert!(out.contains("    cache_write_1h     $6 a million"), "{out}");
}

#[test]
fn a_configuration_is_checked_with_the_filters_own_words_wherever_it_stands() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/envoy/quickstart.yaml");
    let (status, out, err) = ask(&["check", root], "");
    assert_eq!(status, 0, "{err}");
    assert_eq!(out.matches(": ok").count(), out.lines().count());
    assert!(out.lines().count() >= 3, "{out}");

    let folder = folder("check");
    let bad = r#"{"version":1,"gateway":{"tenants":[],"models":[],"prices":[{"model":"m","usd_per_million":{"input":"-1"}}]}}"#;
    let plain = folder.join("bad.json");
    std::fs::write(&plain, bad).unwrap();
    let (status, out, err) = ask(&["check", plain.to_str().unwrap()], "");
    assert_eq!((status, out.as_str()), (1, ""));
    assert!(err.contains("bad.json: gateway.prices[0].usd_per_million.input: a price is not negative"), "{err}");

    let envoy = serde_json::json!({"static": [{"configuration": {
        "@type": "type.googleapis.com/google.protobuf.StringValue", "value": bad}}]});
    let wrapped = folder.join("envoy.json");
    std::fs::write(&wrapped, envoy.to_string()).unwrap();
    let (status, _, err) = ask(&["check", wrapped.to_str().unwrap()], "");
    assert_eq!(status, 1);
    assert!(err.contains("envoy.json: static[0].configuration: gateway.prices[0]"), "{err}");

    // A table of tenants is one too, and one whose only key is misspelt is told so.
    let table = concat!(env!("CARGO_MANIFEST_DIR"), "/envoy/tenants.yaml");
    let (status, out, err) = ask(&["check", table], "");
    assert_eq!((status, out.matches(": ok").count()), (0, 1), "{err}");
    let misspelt = bad.replacen("gateway", "gatway", 1);
    for (name, text) in
        [("plain.json", misspelt.clone()), ("in-envoy.json", envoy.to_string().replacen("gateway", "gatway", 1))]
    {
        let file = folder.join(name);
        std::fs::write(&file, text).unwrap();
        let (_, _, err) = ask(&["check", file.to_str().unwrap()], "");
        assert!(err.contains("gatway: unknown key; did you mean \"gateway\"?"), "{name}: {err}");
    }

    let other = folder.join("other.yaml");
    std::fs::write(&other, "a: 1\n").unwrap();
    assert!(ask(&["check", other.to_str().unwrap()], "").2.contains("no configuration of Postern's in it"));
    std::fs::remove_dir_all(folder).unwrap();
}

/// Sealed records of two workers, one after the other in turn.
fn sealed(config: &str, count: usize) -> Vec<String> {
    use crate::telemetry::audit::{AuditConfig, Chain};
    let chain = |at: u8| {
        let (host, mut errors) = (crate::host::fake::FakeHost::new(), crate::config::Errors::new());
        host.random.set(at);
        Chain::new(crate::config::parse::<AuditConfig>(config.as_bytes()).unwrap().0, &host, &mut errors)
    };
    let chains = [chain(1), chain(2)];
    let line = |at: usize| {
        let mut record = record("acme", "gpt-4o", at as u64, "").into_bytes();
        chains[at % 2].seal(&mut record);
        String::from_utf8(record).unwrap()
    };
    (0..count).map(line).collect()
}

#[test]
fn records_that_were_changed_taken_out_or_moved_are_named() {
    let verify = |lines: &[String], words: &[&str]| {
        let words = [&["audit", "verify"], words, &["-"]].concat();
        ask(&words, &lines.join("\n"))
    };
    let lines = sealed("{}", 8);
    let (status, out, err) = verify(&lines, &[]);
    assert_eq!((status, err.as_str()), (0, ""), "{out}");
    assert!(out.starts_with("8 records in 2 chains, 0 lines without a seal\n") && out.contains(": up to record 3\n"));
    let with = |change: &dyn Fn(&mut Vec<String>)| {
        let mut lines = lines.clone();
        change(&mut lines);
        let (status, _, err) = verify(&lines, &[]);
        assert_eq!(status, 1, "{err}");
        err
    };
    let changed = with(&|lines| lines[4] = lines[4].replace("acme", "zeta"));
    assert!(changed.contains("-:5: record 2 of chain") && changed.contains("is not as it was written"), "{changed}");
    let short = with(&|lines| drop(lines.remove(3)));
    assert!(short.contains("-:5: record 1 of chain") && short.contains("should stand before this one"), "{short}");
    let moved = with(&|lines| lines.swap(2, 4));
    assert!(moved.contains("-:5: record 1 of chain") && moved.contains("comes again, or too late"), "{moved}");
    let doubled = with(&|lines| lines.push(lines[7].clone()));
    assert!(doubled.contains("-:9: record 3 of chain"), "{doubled}");
    let beginning = with(&|lines| drop(lines.drain(..2)));
    assert!(beginning.contains("-:1: records 0 to 0 of chain"), "{beginning}");
    assert_eq!(verify(&lines[2..], &["--later"]).0, 0);
    // Whoever hashes a changed record anew does not have the hash that the next one names.
    let forged = sealed("{}", 8);
    let mut mixed = lines.clone();
    mixed[4] = forged[4].replace("acme", "zeta");
    assert_eq!(verify(&mixed, &[]).0, 1);
    assert_eq!(verify(&["{}".to_owned()], &[]).0, 1, "nothing sealed is no proof");
}

#[test]
fn a_seal_with_a_key_wants_that_key() {
    let folder = folder("audit");
    let path = folder.join("a.log");
    std::fs::write(&path, sealed(r#"{"key":{"inline":"secret"}}"#, 3).join("\n")).unwrap();
    let path = path.to_str().unwrap();
    assert_eq!(ask(&["audit", "verify", "--key", path], "secret\n").0, 0);
    assert_eq!(ask(&["audit", "verify", "--key", path], "other").0, 1);
    assert_eq!(ask(&["audit", "verify", path], "").0, 1);
    assert_eq!(ask(&["audit", "verify", "--key", path], "").0, 2);
    std::fs::remove_dir_all(folder).unwrap();
}
