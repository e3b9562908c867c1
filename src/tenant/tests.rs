//! The order of identity sources, what each believes, and what nobody may talk it into.

use std::rc::Rc;

use sha2::{Digest, Sha256};

use super::token::{Claims, SignWith, mint, public_key};
use super::{Caller, Directory, Identity, Source, TableConfig, TablePlugin, Tree};
use crate::chat::ApiError;
use crate::config::{Errors, Name, Node, Setting, parse};
use crate::host::fake::FakeHost;
use crate::http::Headers;

const SEED: [u8; 32] = [7; 32];
const JWT: &str = "metadata.filter_metadata.envoy.filters.http.jwt_authn.jwt";

fn digest(key: &str) -> String {
    Sha256::digest(key.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn tree() -> Rc<Tree> {
    let rows = format!(
        r#"[
            {{"id":"acme","tags":{{"org":"acme"}}}},
            {{"id":"bot","parent":"acme","principals":["spiffe://acme.test/bot","CN=bot,O=Acme"],"keys":[
                {{"id":"k1","sha256":"{}"}},
                {{"id":"old","sha256":"{}","expires":"2020-01-01"}},
                {{"id":"off","sha256":"{}","disabled":true}}
            ]}},
            {{"id":"zeta"}},
            {{"id":"42"}}
        ]"#,
        digest("sk-bot"),
        digest("sk-old"),
        digest("sk-off")
    );
    Rc::new(parse::<Tree>(rows.as_bytes()).unwrap_or_else(|errors| panic!("{errors}")).0)
}

fn identity(host: &FakeHost, sources: &str) -> Identity {
    let (sources, _) = parse::<Vec<Source>>(sources.as_bytes()).unwrap_or_else(|errors| panic!("{errors}"));
    let (null, mut errors) = (serde_json::Value::Null, Errors::new());
    let identity = Identity::new(sources, host, Node::root(&null), &mut errors);
    assert!(errors.is_empty(), "{errors}");
    identity
}

fn told(caller: Result<Caller, ApiError>) -> Result<String, String> {
    let caller = caller.map_err(|error| {
        assert_eq!((error.status, error.code.as_deref()), (401, Some("invalid_api_key")));
        error.message
    })?;
    Ok(format!("{} {}", caller.tenant().path(), caller.key_id()))
}

/// 2026-11-26, in the fake host's clock.
const NOW_SECS: u64 = 1_795_651_200;

fn host() -> FakeHost {
    let host = FakeHost::new();
    host.now_ns.set(NOW_SECS * 1_000_000_000);
    host
}

fn ed25519() -> String {
    let key = public_key(&SEED).show();
    format!(
        r#"{{"token":{{"keys":[{{"kid":"a","verify":{{"ed25519":{key}}}}},{{"kid":"z","verify":{{"ed25519":{key}}},"tenant":"zeta"}}],"revoked":["gone"]}}}}"#
    )
}

fn token(kid: &str, tenant: &str, id: &str, more: &str) -> String {
    let claims = format!(r#"{{"tenant":"{tenant}","id":"{id}","exp":{}{more}}}"#, NOW_SECS + 60);
    let (claims, _) = parse::<Claims>(claims.as_bytes()).unwrap();
    mint(&Name::new(kid).unwrap(), SignWith::Ed25519(&SEED), &claims).unwrap()
}

#[test]
fn each_source_believes_what_it_is_for_and_the_first_that_finds_it_decides() {
    let order = format!(
        r#"[{{"key":{{}}}},{},{{"jwt":{{"tenant":["org","id"],"tags":{{"mail":["email"]}}}}}},{{"mtls":{{}}}},
            {{"metadata":{{"tenant":["who"],"key":["what"]}}}},{{"header":{{"tenant":"x-tenant","key":"x-client"}}}}]"#,
        ed25519()
    );
    let jwt = |claim: &str| format!("{JWT}.{claim}");
    let authz = |field: &str| format!("metadata.filter_metadata.envoy.filters.http.ext_authz.{field}");
    let certificate = || "connection.uri_san_peer_certificate".to_owned();
    let bot = "spiffe://acme.test/bot";
    type Row<'r> = (Vec<(&'r str, String)>, Vec<(String, &'r str)>, Result<&'r str, &'r str>);
    let rows: Vec<Row<'_>> = vec![
        (vec![("x-api-key", "sk-bot".into())], vec![], Ok("acme/bot k1")),
        (vec![("x-api-key", "sk-old".into())], vec![], Err("this gateway key has expired")),
        (vec![("x-api-key", "sk-off".into())], vec![], Err("this gateway key is disabled")),
        (vec![("x-api-key", "placeholder".into())], vec![], Err("this gateway key is not known here")),
        // A placeholder does not stand in the way of what is verified; a good key goes before it.
        (vec![("x-api-key", "placeholder".into())], vec![(certificate(), bot)], Ok("acme/bot spiffe://acme.test/bot")),
        (vec![("x-api-key", "sk-bot".into())], vec![(jwt("org.id"), "zeta")], Ok("acme/bot k1")),
        // But a key that is known and no good is refused there.
        (vec![("x-api-key", "sk-old".into())], vec![(jwt("org.id"), "zeta")], Err("this gateway key has expired")),
        (vec![("x-api-key", token("a", "acme/bot", "t1", ""))], vec![], Ok("acme/bot t1")),
        (vec![("authorization", format!("Bearer {}", token("a", "bot", "t1", "")))], vec![], Ok("acme/bot t1")),
        (
            vec![("x-api-key", token("a", "zeta/bot", "t1", ""))],
            vec![],
            Err("the token names a tenant that is not known here"),
        ),
        (vec![("x-api-key", token("a", "bot", "gone", ""))], vec![], Err("this token has been revoked")),
        (vec![("x-api-key", token("z", "zeta", "t1", ""))], vec![], Ok("zeta t1")),
        (vec![("x-api-key", token("z", "bot", "t1", ""))], vec![], Err("this token's key may not sign for its tenant")),
        (
            vec![("x-api-key", token("a", "bot", "t1", &format!(r#","nbf":{}"#, NOW_SECS + 40)))],
            vec![],
            Err("this token is not valid yet"),
        ),
        (
            vec![("x-api-key", "pst1.a.e30.AAAA".into())],
            vec![(certificate(), bot)],
            Err("this token's signature is wrong"),
        ),
        (vec![], vec![(jwt("org.id"), "bot"), (jwt("sub"), "ann")], Ok("acme/bot ann")),
        (vec![], vec![(jwt("org.id"), "bot")], Ok("acme/bot bot")),
        (
            vec![],
            vec![(jwt("org.id"), "nobody"), (certificate(), bot)],
            Err("the JWT names a tenant that is not known here"),
        ),
        (vec![], vec![(jwt("org.id"), "\0\0\0\0\0\0E@")], Ok("42 42")),
        (
            vec![],
            vec![(certificate(), "spiffe://evil.test/bot")],
            Err("the certificate names a tenant that is not known here"),
        ),
        (vec![], vec![(authz("who"), "zeta"), (authz("what"), "k9")], Ok("zeta k9")),
        (vec![("x-tenant", "zeta".into()), ("x-client", " c7 ".into())], vec![], Ok("zeta c7")),
        (vec![("x-tenant", "zeta".into()), ("x-tenant", "bot".into())], vec![], Err("the tenant's header came twice")),
        (
            vec![("x-tenant", "".into())],
            vec![],
            Err(
                "no gateway key was sent; send it as `Authorization: Bearer <key>`, `x-api-key`, `api-key`, `x-goog-api-key` or `?key=`",
            ),
        ),
    ];
    for (headers, properties, want) in rows {
        let host = host();
        for (path, value) in &properties {
            host.set_text(path, value);
        }
        let headers: Headers = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let got = told(identity(&host, &order).identify(&host, &tree(), &headers));
        assert_eq!(got.as_ref().map(String::as_str).map_err(String::as_str), want, "{headers:?} {properties:?}");
    }
}

#[test]
fn nothing_is_believed_that_is_not_declared() {
    let host = host();
    host.set_text(&format!("{JWT}.org.id"), "bot");
    host.set_text("connection.uri_san_peer_certificate", "spiffe://acme.test/bot");
    let headers: Headers =
        [("x-tenant", "bot"), ("x-api-key", token("a", "bot", "t1", "").as_str())].into_iter().collect();
    let refused = told(identity(&host, r#"[{"key":{}}]"#).identify(&host, &tree(), &headers));
    assert_eq!(refused, Err("signed tokens are not taken here".to_owned()));
}

#[test]
fn a_header_with_a_proof_is_believed_with_it_only() {
    let order = r#"[{"header":{"tenant":"x-tenant","proof":{"header":"x-proof","secret":{"inline":"s3cret"}}}}]"#;
    let host = host();
    let identity = identity(&host, order);
    for (proof, believed) in [(Some("s3cret"), true), (Some("s3cre"), false), (Some(""), false), (None, false)] {
        let headers = [("x-tenant", "zeta")].into_iter().chain(proof.map(|proof| ("x-proof", proof))).collect();
        assert_eq!(identity.identify(&host, &tree(), &headers).is_ok(), believed, "{proof:?}");
    }
    for name in ["x-tenant", "x-proof", "x-other"] {
        assert_eq!(identity.owns(name), name != "x-other");
    }
}

#[test]
fn a_token_narrows_its_tenant_and_what_is_verified_gives_tags() {
    let host = host();
    let order = format!(r#"[{},{{"jwt":{{"tenant":["org"],"tags":{{"mail":["email"],"org":["org"]}}}}}}]"#, ed25519());
    let identity = identity(&host, &order);
    let shown = token("a", "bot", "t1", r#","models":["gpt-*"]"#);
    let caller = identity.identify(&host, &tree(), &[("x-api-key", shown.as_str())].into_iter().collect()).unwrap();
    assert_eq!([caller.may_use("gpt-4o"), caller.may_use("claude")], [true, false]);
    assert!(caller.key_at().is_none());
    host.set_text(&format!("{JWT}.org"), "bot");
    host.set_text(&format!("{JWT}.email"), "ann@acme.test");
    let caller = identity.identify(&host, &tree(), &Headers::new()).unwrap();
    assert!(caller.tags().iter().eq([("org", "acme"), ("mail", "ann@acme.test")]));
}

#[test]
fn a_token_is_looked_at_anew_each_time_though_its_signature_is_remembered() {
    let host = host();
    let identity = identity(&host, &format!("[{}]", ed25519()));
    let shown = token("a", "bot", "t1", "");
    let headers: Headers = [("x-api-key", shown.as_str())].into_iter().collect();
    let ask = |tree: &Rc<Tree>| told(identity.identify(&host, tree, &headers));
    assert_eq!(ask(&tree()), Ok("acme/bot t1".to_owned()));
    let gone = Rc::new(Rc::into_inner(tree()).unwrap().without_tokens(vec![Name::new("t1").unwrap()]));
    assert_eq!(ask(&gone), Err("this token has been revoked".to_owned()));
    let moved = Rc::new(parse::<Tree>(br#"[{"id":"x"}]"#).unwrap().0);
    assert_eq!(ask(&moved), Err("the token names a tenant that is not known here".to_owned()));
    assert_eq!(ask(&tree()), Ok("acme/bot t1".to_owned()));
    host.now_ns.set((NOW_SECS + 91) * 1_000_000_000);
    assert_eq!(ask(&tree()), Err("this token has expired".to_owned()));
}

#[test]
fn a_wrong_order_is_refused_with_its_place() {
    let rows = [
        (r#"[{"token":{"keys":[]}}]"#, "[0].token.keys: no token could be checked; give at least one key"),
        (
            r#"[{"jwt":{"tenant":[]}}]"#,
            r#"[0].jwt.tenant: expected the way to a value, one name a step, such as ["org", "id"]"#,
        ),
        (
            r#"[{"header":{"tenant":"X-Tenant"}}]"#,
            r#"[0].header.tenant: expected the name of a header in lower case, such as "x-tenant""#,
        ),
        (
            r#"[{"header":{"tenant":":path"}}]"#,
            r#"[0].header.tenant: expected the name of a header in lower case, such as "x-tenant""#,
        ),
        (
            r#"[{"keys":{}}]"#,
            "[0].keys: unknown key; did you mean \"key\"? (known here: key, token, jwt, metadata, mtls, header)",
        ),
    ];
    for (text, want) in rows {
        assert_eq!(parse::<Vec<Source>>(text.as_bytes()).unwrap_err().to_string(), want);
    }
    let sources = parse::<Vec<Source>>(br#"[{"header":{"tenant":"t","proof":{"header":"p","secret":{"env":"NO"}}}}]"#);
    let (null, mut errors) = (serde_json::Value::Null, Errors::new());
    Identity::new(sources.unwrap().0, &host(), Node::root(&null), &mut errors);
    assert!(errors.to_string().contains("environment variable NO is not set"), "{errors}");
}

/// Puts a table in its place; what was said against it.
fn put_table(table: &str, text: &str, host: &FakeHost) -> String {
    let (whole, mut errors) = (serde_json::Value::Null, Errors::new());
    let config = parse::<TableConfig>(table.as_bytes()).unwrap().0;
    TablePlugin::new(config, text.as_bytes(), host, Node::root(&whole).key("tenant_table"), &mut errors);
    errors.to_string()
}

#[test]
fn a_table_that_names_a_model_the_gateway_has_not_is_refused_and_the_one_before_stays() {
    let host = host();
    let directory = Directory::of_table(Name::new("models").unwrap(), &host);
    let put = |id: &str, model: &str| {
        let budget = format!(r#"{{"usd":"1","per":"day","exhausted":{{"downgrade":{{"model":"{model}"}}}}}}"#);
        let table = format!(r#"{{"name":"models","tenants":[{{"id":"{id}","budgets":[{budget}]}}]}}"#);
        put_table(&table, &format!(r#"{{"version":1,"tenant_table":{table}}}"#), &host)
    };
    assert_eq!(put("first", "small"), "", "nobody knows yet");
    directory.tell_models(&host, ["gpt-*", "small"].into_iter());
    assert_eq!(put("second", "gpt-4o-mini"), "");
    let want = "tenant_table.tenants: tenant third: downgrade: no model of this gateway is called tiny";
    assert_eq!(put("third", "tiny"), want);
    assert!(directory.tree(&host).unwrap().0.find("second").is_some());
    // Nor does a virtual machine that begins anew find it.
    let (kept, _) = crate::host::Host::shared(&host, "postern/tenant_table/models").unwrap();
    assert!(!String::from_utf8(kept.unwrap()).unwrap().contains("tiny"));
}

#[test]
fn a_table_of_its_own_is_taken_anew_and_survives_its_virtual_machine() {
    let host = host();
    let name = || Name::new("live").unwrap();
    let directory = Directory::of_table(name(), &host);
    assert_eq!(directory.tree(&host).err().unwrap().status, 503);
    let put = |id: &str| {
        let text = format!(
            r#"{{"version":1,"tenant_table":{{"name":"live","tenants":[{{"id":"{id}"}}],"revoked":["t9","t1"]}}}}"#
        );
        let table = serde_json::from_str::<serde_json::Value>(&text).unwrap()["tenant_table"].to_string();
        put_table(&table, &text, &host)
    };
    put("one");
    let (first, changed) = directory.tree(&host).unwrap();
    assert!(changed && first.find("one").is_some() && first.is_revoked("t1") && !first.is_revoked("t2"));
    assert!(!directory.tree(&host).unwrap().1);
    put("two");
    let (second, changed) = directory.tree(&host).unwrap();
    assert!(changed && second.find("one").is_none() && second.find("two").is_some());
    assert!(first.find("one").is_some(), "an exchange keeps the tree it began with");
    // Another thread is another virtual machine, with nothing in its memory.
    let kept = crate::host::Host::shared(&host, "postern/tenant_table/live").unwrap().0.unwrap();
    let found = std::thread::spawn(move || {
        let host = FakeHost::new();
        crate::host::Host::set_shared(&host, "postern/tenant_table/live", &kept, 0).unwrap();
        let (tree, _) = Directory::of_table(Name::new("live").unwrap(), &host).tree(&host).unwrap();
        tree.find("two").is_some() && tree.is_revoked("t9")
    });
    assert!(found.join().unwrap());
}
