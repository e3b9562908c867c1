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
    assert!(out.ends_with("\"a,b\",3,1000012,6,0,0,0,0,0,0,0,0,0,0,0,0,22,20,1,0\n"), "{out}");

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
        (&["key"], 2, "key wants `new` or `hash`"),
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

    let other = folder.join("other.yaml");
    std::fs::write(&other, "a: 1\n").unwrap();
    assert!(ask(&["check", other.to_str().unwrap()], "").2.contains("no configuration of Postern's in it"));
    std::fs::remove_dir_all(folder).unwrap();
}
