//! AWS Signature Version 4: the request as it will be sent, hashed, and the hash signed with a key of the day.
//!
//! It is made last, over the path, the host and the body that really leave, since the receiver makes it again from what
//! it gets. Signed are `host`, `content-type` and every `x-amz-*`: what no proxy on the way may touch. The rest
//! (`user-agent`, `traceparent`, `x-request-id`, `content-length`) may change and stays outside. Source: "Create a signed
//! AWS API request" in the IAM User Guide; `tests/fixtures/sigv4/` holds what botocore signs.

use std::cell::RefCell;
use std::fmt::Write;

use sha2::{Digest, Sha256};

use crate::config::SecretText;
use crate::http::{Headers, percent_encode};
use crate::wire::hmac::hmac;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

type Hash = [u8; 32];

/// Who signs, and for what.
pub struct Signer {
    /// Names the key; not a secret by itself, but nobody's business either.
    pub access_key_id: SecretText,
    /// What is signed with.
    pub secret_access_key: SecretText,
    /// Comes with a temporary key, and is sent along.
    pub session_token: Option<SecretText>,
    /// e.g. `us-east-1`.
    pub region: String,
    /// e.g. `bedrock`.
    pub service: String,
    /// The date, and the key made for it out of the secret one.
    day: RefCell<(String, Hash)>,
}

impl Signer {
    /// A signer for one region and service.
    pub fn new(
        access_key_id: SecretText,
        secret_access_key: SecretText,
        session_token: Option<SecretText>,
        region: String,
        service: String,
    ) -> Self {
        let day = RefCell::default();
        Self { access_key_id, secret_access_key, session_token, region, service, day }
    }

    /// Signs a request: its headers as they will be sent, pseudo-headers among them, and its whole body. Adds
    /// `authorization` and the `x-amz-*` it needs, in place of any that are there.
    pub fn sign(&self, headers: &mut Headers, body: &[u8], now_secs: u64) {
        let time = basic_time(now_secs);
        let date = time.get(..8).unwrap_or_default();
        let body_hash = hex(&Sha256::digest(body).into());
        headers.set("x-amz-date", &time);
        headers.set("x-amz-content-sha256", &body_hash);
        match &self.session_token {
            Some(token) => headers.set("x-amz-security-token", token.reveal()),
            None => headers.remove("x-amz-security-token"),
        }
        let (request, signed) = canonical_request(headers, &body_hash);
        let scope = format!("{date}/{}/{}/aws4_request", self.region, self.service);
        let request_hash = hex(&Sha256::digest(request).into());
        let text = format!("{ALGORITHM}\n{time}\n{scope}\n{request_hash}");
        let signature = hex(&hmac(&self.key_of(date), text.as_bytes()));
        let key = self.access_key_id.reveal();
        let value = format!("{ALGORITHM} Credential={key}/{scope}, SignedHeaders={signed}, Signature={signature}");
        headers.set("authorization", &value);
    }

    /// What of a signed request is a secret: none of it may come back to a client, should the receiver quote it.
    pub fn secrets(&self) -> impl Iterator<Item = &SecretText> {
        [&self.access_key_id, &self.secret_access_key].into_iter().chain(&self.session_token)
    }

    /// Four hashes of hashes, the same all day.
    fn key_of(&self, date: &str) -> Hash {
        let mut day = self.day.borrow_mut();
        if day.0 != date {
            let secret = format!("AWS4{}", self.secret_access_key.reveal());
            let scope = [self.region.as_str(), &self.service, "aws4_request"];
            let of_date = hmac(secret.as_bytes(), date.as_bytes());
            let key = scope.iter().fold(of_date, |key, part| hmac(&key, part.as_bytes()));
            *day = (date.to_owned(), key);
        }
        day.1
    }
}

/// The request in the one spelling that both sides hash, and the names of the headers that are signed.
fn canonical_request(headers: &Headers, body_hash: &str) -> (String, String) {
    let target = headers.get(":path").unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let (lines, signed) = canonical_headers(headers);
    let method = headers.get(":method").unwrap_or_default();
    let (path, query) = (canonical_path(path), canonical_query(query));
    (format!("{method}\n{path}\n{query}\n{lines}\n{signed}\n{body_hash}"), signed)
}

/// The path without `.`, `..` and empty segments, and each segment encoded once more, whatever it holds: a model id's
/// `:` becomes `%3A`, and one that was sent as `%3A` becomes `%253A`. (S3 alone does it otherwise.)
fn canonical_path(path: &str) -> String {
    let mut segments = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            _ => segments.push(segment),
        }
    }
    let mut out = String::with_capacity(path.len() + 8);
    for segment in &segments {
        out.push('/');
        percent_encode(&mut out, segment, b"");
    }
    if segments.is_empty() || path.ends_with('/') {
        out.push('/');
    }
    out
}

/// The query's pairs in order of name and value. What is encoded in it already stays as it is.
fn canonical_query(query: &str) -> String {
    let encoded = |text: &str| {
        let mut out = String::with_capacity(text.len());
        percent_encode(&mut out, text, b"%");
        out
    };
    if query.is_empty() {
        return String::new();
    }
    let mut pairs: Vec<_> = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, ""))).collect();
    pairs.sort_unstable();
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
    pairs.join("&")
}

/// The signed headers, one a line and in order of their names, and those names.
fn canonical_headers(headers: &Headers) -> (String, String) {
    let mut rows: Vec<(&str, String)> = Vec::new();
    for (name, value) in headers.iter() {
        let name = match name {
            ":authority" => "host",
            "content-type" => name,
            _ if name.starts_with("x-amz-") => name,
            _ => continue,
        };
        let value = String::from_utf8_lossy(value);
        let value = value.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
        match rows.iter_mut().find(|(known, _)| *known == name) {
            Some((_, values)) => {
                values.push(',');
                values.push_str(&value);
            }
            None => rows.push((name, value)),
        }
    }
    rows.sort_unstable();
    let lines = rows.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let names: Vec<_> = rows.iter().map(|(name, _)| *name).collect();
    (lines, names.join(";"))
}

fn hex(hash: &Hash) -> String {
    hash.iter().fold(String::with_capacity(64), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// `20260101T000000Z`, ISO 8601's basic form.
fn basic_time(now_secs: u64) -> String {
    let (days, secs) = (now_secs / 86_400, now_secs % 86_400);
    // Howard Hinnant's days-to-civil: years begin in March, so that the leap day is the last one.
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}{month:02}{day:02}T{:02}{:02}{:02}Z", secs / 3_600, secs / 60 % 60, secs % 60)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn secret(text: &str) -> SecretText {
        SecretText::planted(text)
    }

    #[test]
    fn every_request_gets_botocores_signature() {
        let cases = include_str!("../../tests/fixtures/sigv4/cases.json");
        let cases: Vec<Value> = serde_json::from_str(cases).unwrap();
        assert!(cases.len() > 100, "only {} cases; see make.py beside them", cases.len());
        for case in &cases {
            let text = |key: &str| case[key].as_str().unwrap();
            let name = text("name");
            let signer = Signer::new(
                secret(text("access_key_id")),
                secret(text("secret_access_key")),
                case["session_token"].as_str().map(secret),
                text("region").to_owned(),
                text("service").to_owned(),
            );
            let mut headers: Headers =
                [(":method", text("method")), (":authority", text("host")), (":path", text("path"))]
                    .into_iter()
                    .collect();
            for header in case["headers"].as_array().unwrap() {
                headers.add(header[0].as_str().unwrap(), header[1].as_str().unwrap());
            }
            let body = text("body").repeat(case["body_times"].as_u64().unwrap() as usize);
            // Twice, as after a retry: nothing of the first signature is in the second.
            for _ in 0..2 {
                signer.sign(&mut headers, body.as_bytes(), case["time_secs"].as_u64().unwrap());
            }
            let (canonical, _) = canonical_request(&headers, headers.get("x-amz-content-sha256").unwrap());
            assert_eq!(canonical, case["want"]["canonical_request"].as_str().unwrap(), "{name}");
            assert_eq!(headers.get("authorization"), case["want"]["authorization"].as_str(), "{name}");
            assert_eq!(headers.get("x-amz-security-token"), case["session_token"].as_str(), "{name}");
        }
    }

    #[test]
    fn what_a_query_has_not_encoded_is_encoded_once() {
        assert_eq!(canonical_query("version=2024:10 a&name=%7e"), "name=%7e&version=2024%3A10%20a");
    }

    #[test]
    fn the_key_of_a_day_is_made_anew_the_next_day() {
        let signer = Signer::new(secret("id"), secret("key"), None, "r".to_owned(), "s".to_owned());
        let first = signer.key_of("20260101");
        assert_eq!(signer.key_of("20260101"), first);
        assert_ne!(signer.key_of("20260102"), first);
        assert_eq!(signer.key_of("20260101"), first);
    }

    #[test]
    fn a_hash_with_a_key_is_that_of_rfc_4231() {
        let rows: [(&[u8], &[u8], &str); 3] = [
            (&[0x0b; 20], b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
            (
                b"Jefe",
                b"what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                &[0xaa; 131],
                b"Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
        ];
        for (key, message, want) in rows {
            assert_eq!(hex(&hmac(key, message)), want);
        }
    }
}
