//! Signed tokens: keys that say themselves who has them, so that no table has to. One is
//! `pst1.<kid>.<claims>.<signature>`, claims and signature in base64url without padding, the signature over everything
//! before its dot. Whoever has the key makes tokens without asking anybody, and checking one needs no network.
//!
//! The key of that `kid` alone says which algorithm it is, so none can be talked into another; a token is no JWT for the
//! same reason. A claim that is not known here is refused: it may be a restriction that a newer version wrote.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::key::Hex32;
use crate::config::{Errors, Name, Node, Pattern, Secret, SecretText, Setting, choice, parse, settings};
use crate::host::Host;

/// How every token begins: people and scanners for leaked secrets know it by this.
pub const PREFIX: &str = "pst1.";

/// The longest token that is looked at. One with ten patterns has 600 bytes.
pub const MAX_TOKEN_BYTES: usize = 4096;

/// The least bytes of an HMAC key: as many as its digest has (RFC 2104, section 3).
const MIN_HMAC_BYTES: usize = 32;

settings! {
    /// What a token says, as JSON.
    pub struct Claims {
        /// Whose it is: a tenant's `id`, or its full name `acme/research/bot`, which then must still be that.
        pub tenant: String,
        /// The token's own name, in records and in the list of those revoked.
        pub id: Name,
        /// When it ends, in seconds since 1970.
        pub exp: u64,
        /// When it begins.
        pub nbf: u64 = 0,
        /// Models it may ask for, of those its tenant may.
        pub models: Option<Vec<Pattern>>,
    }
    check = Claims::can_be_used;
}

settings! {
    /// A key that tokens are signed with. Two at once are fine: the old one stays while its tokens last.
    pub struct TokenKey {
        /// Its name, which stands in every token it signs.
        pub kid: Name,
        /// How signatures are checked.
        pub verify: Verify,
        /// The tenant whose tokens it may sign, and those of all below it; anybody's if left out.
        pub tenant: Option<Name>,
    }
}

choice! {
    /// How a token's signature is checked.
    pub enum Verify {
        /// HMAC-SHA256 with a secret of at least 32 characters. Whoever checks can also sign.
        "hmac" => Hmac(Secret),
        /// Ed25519 with this public key. Whoever checks cannot sign.
        "ed25519" => Ed25519(Hex32),
    }
}

impl Claims {
    fn can_be_used(&self, node: Node<'_>, errors: &mut Errors) {
        if self.models.as_ref().is_some_and(Vec::is_empty) {
            errors.add(node.key("models"), "an empty list allows no model; leave it out to allow every model");
        }
        if self.exp <= self.nbf {
            errors.add(node.key("exp"), "must be later than nbf");
        }
    }
}

/// What tokens are signed with.
pub enum SignWith<'k> {
    /// HMAC-SHA256 with this secret.
    Hmac(&'k SecretText),
    /// Ed25519 with this private key, its seed.
    Ed25519(&'k [u8; 32]),
}

/// Makes a token; what is wrong with the claims or the key is said as for a configuration.
pub fn mint(kid: &Name, key: SignWith<'_>, claims: &Claims) -> Result<String, String> {
    let mut errors = Errors::new();
    let shown = claims.show();
    claims.can_be_used(Node::root(&shown), &mut errors);
    if !errors.is_empty() {
        return Err(errors.to_string());
    }
    let mut token = format!("{PREFIX}{kid}.{}", URL_SAFE_NO_PAD.encode(shown.to_string()));
    let signature = match key {
        SignWith::Hmac(secret) => {
            let mut mac = hmac_of(secret.reveal())?;
            mac.update(token.as_bytes());
            mac.finalize().into_bytes().to_vec()
        }
        SignWith::Ed25519(seed) => SigningKey::from_bytes(seed).sign(token.as_bytes()).to_bytes().to_vec(),
    };
    token.push('.');
    token.push_str(&URL_SAFE_NO_PAD.encode(signature));
    if token.len() > MAX_TOKEN_BYTES {
        return Err(format!("the token has {} bytes, and more than {MAX_TOKEN_BYTES} are refused", token.len()));
    }
    Ok(token)
}

/// The public key of a private one.
pub fn public_key(seed: &[u8; 32]) -> Hex32 {
    Hex32::new(SigningKey::from_bytes(seed).verifying_key().to_bytes())
}

fn hmac_of(secret: &str) -> Result<Hmac<Sha256>, String> {
    if secret.len() < MIN_HMAC_BYTES {
        return Err(format!("shorter than the {MIN_HMAC_BYTES} characters that HMAC-SHA256 asks for"));
    }
    Hmac::new_from_slice(secret.as_bytes()).map_err(|_| "cannot be a key of HMAC".to_owned())
}

/// The keys of tokens, ready to check with.
pub struct Verifier {
    keys: Vec<Ready>,
}

struct Ready {
    kid: Name,
    check: Check,
    tenant: Option<Name>,
}

enum Check {
    Hmac(Box<Hmac<Sha256>>),
    Ed25519(Box<VerifyingKey>),
}

/// Why a token is refused, in words for whoever holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused(pub &'static str);

impl Verifier {
    /// Fetches the secrets. What cannot be a key is an error at its place.
    pub fn new(keys: &[TokenKey], host: &dyn Host, node: Node<'_>, errors: &mut Errors) -> Self {
        let mut ready = Vec::with_capacity(keys.len());
        for (index, key) in keys.iter().enumerate() {
            let row = node.index(index);
            let check = match &key.verify {
                Verify::Hmac(secret) => secret
                    .resolve(&|name| host.env(name), errors)
                    .and_then(|text| {
                        let mac = hmac_of(text.reveal());
                        mac.map_err(|fault| errors.add_at(format!("{}.verify.hmac", row.path()), fault)).ok()
                    })
                    .map(|mac| Check::Hmac(Box::new(mac))),
                Verify::Ed25519(public) => match VerifyingKey::from_bytes(public.bytes()) {
                    Ok(key) if !key.is_weak() => Some(Check::Ed25519(Box::new(key))),
                    _ => {
                        errors.add_at(format!("{}.verify.ed25519", row.path()), "is no public key of Ed25519");
                        None
                    }
                },
            };
            let (kid, tenant) = (key.kid.clone(), key.tenant.clone());
            ready.extend(check.map(|check| Ready { kid, check, tenant }));
        }
        Self { keys: ready }
    }

    /// What a token says, and the tenant its key is for, if its signature is right. Whether it holds now is another
    /// question: [`Claims::hold`].
    pub fn verify(&self, token: &str) -> Result<(Claims, Option<&Name>), Refused> {
        const MALFORMED: Refused = Refused("this token is not whole");
        if token.len() > MAX_TOKEN_BYTES {
            return Err(Refused("this token is too long"));
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(MALFORMED)?;
        let (kid, claims) = signed.strip_prefix(PREFIX).and_then(|rest| rest.rsplit_once('.')).ok_or(MALFORMED)?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| MALFORMED)?;
        let known = self.keys.iter().find(|key| key.kid == *kid);
        let known = known.ok_or(Refused("this token is signed with a key that is not known here"))?;
        let right = match &known.check {
            Check::Hmac(mac) => {
                let mut mac = Hmac::clone(mac);
                mac.update(signed.as_bytes());
                // In constant time.
                mac.verify_slice(&signature).is_ok()
            }
            Check::Ed25519(key) => Signature::from_slice(&signature)
                .is_ok_and(|given| key.verify_strict(signed.as_bytes(), &given).is_ok()),
        };
        if !right {
            return Err(Refused("this token's signature is wrong"));
        }
        // From here on the text is the operator's own.
        let claims = URL_SAFE_NO_PAD.decode(claims).map_err(|_| MALFORMED)?;
        let (claims, _) =
            parse::<Claims>(&claims).map_err(|_| Refused("this token says what is not understood here"))?;
        Ok((claims, known.tenant.as_ref()))
    }
}

impl Claims {
    /// Whether the token holds at a moment. Clocks may differ by `skew_secs`.
    pub fn hold(&self, now_secs: u64, skew_secs: u64) -> Result<(), Refused> {
        if now_secs >= self.exp.saturating_add(skew_secs) {
            return Err(Refused("this token has expired"));
        }
        if now_secs.saturating_add(skew_secs) < self.nbf {
            return Err(Refused("this token is not valid yet"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::fake::FakeHost;

    const SECRET: &str = "0123456789abcdef0123456789abcdef";
    const SEED: [u8; 32] = [7; 32];

    fn claims(more: &str) -> Claims {
        parse(format!(r#"{{"tenant":"acme","id":"t1","exp":2000{more}}}"#).as_bytes()).unwrap().0
    }

    fn verifier() -> Verifier {
        let public = serde_json::to_string(&public_key(&SEED).show()).unwrap();
        let keys = format!(
            r#"[{{"kid":"mac.1","verify":{{"hmac":{{"inline":"{SECRET}"}}}}}},{{"kid":"ed","verify":{{"ed25519":{public}}},"tenant":"acme"}}]"#
        );
        let (keys, _) = parse::<Vec<TokenKey>>(keys.as_bytes()).unwrap();
        let mut errors = Errors::new();
        let null = serde_json::Value::Null;
        let verifier = Verifier::new(&keys, &FakeHost::new(), Node::root(&null), &mut errors);
        assert!(errors.is_empty(), "{errors}");
        verifier
    }

    fn tokens(claims: &Claims) -> [String; 2] {
        let secret = SecretText::received(SECRET).unwrap();
        [("mac.1", SignWith::Hmac(&secret)), ("ed", SignWith::Ed25519(&SEED))]
            .map(|(kid, key)| mint(&Name::new(kid).unwrap(), key, claims).unwrap())
    }

    #[test]
    fn what_is_minted_is_verified() {
        for token in tokens(&claims(r#","nbf":1000,"models":["gpt-*"]"#)) {
            let verifier = verifier();
            let (claims, tenant) = verifier.verify(&token).unwrap();
            assert_eq!(
                (claims.tenant.as_str(), claims.id.as_str(), claims.exp, claims.nbf),
                ("acme", "t1", 2000, 1000)
            );
            assert_eq!(claims.models, Some(vec![Pattern::new("gpt-*").unwrap()]));
            assert_eq!(tenant.is_some(), token.starts_with("pst1.ed."));
            assert!(token.len() < 260, "{token}");
        }
    }

    #[test]
    fn a_token_changed_anywhere_is_refused() {
        let verifier = verifier();
        for token in tokens(&claims("")) {
            for at in 0..token.len() {
                let mut bytes = token.clone().into_bytes();
                bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
                assert!(verifier.verify(std::str::from_utf8(&bytes).unwrap()).is_err(), "{at}");
                assert!(verifier.verify(token.get(..at).unwrap()).is_err(), "cut at {at}");
            }
        }
        // The signature of one algorithm is none of the other's, nor is one key's another's.
        let [mac, ed] = tokens(&claims(""));
        let signature = |token: &str| token.rsplit_once('.').unwrap().1.to_owned();
        let swapped = format!("{}.{}", ed.rsplit_once('.').unwrap().0, signature(&mac));
        assert_eq!(verifier.verify(&swapped).err(), Some(Refused("this token's signature is wrong")));
        assert_eq!(
            verifier.verify(&mac.replace("mac.1", "mac.2")).err(),
            Some(Refused("this token is signed with a key that is not known here"))
        );
        for bad in ["", "pst1.", "pst1.a.b", "pst1...", "pst1.ed..", "pst2.ed.e30.AA", &"x".repeat(5000)] {
            assert!(verifier.verify(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_claim_of_another_version_is_refused() {
        let mut mac = hmac_of(SECRET).unwrap();
        let claims = URL_SAFE_NO_PAD.encode(r#"{"tenant":"acme","id":"t1","exp":2000,"only_on":"tuesday"}"#);
        let signed = format!("pst1.mac.1.{claims}");
        mac.update(signed.as_bytes());
        let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()));
        let refused = Refused("this token says what is not understood here");
        assert_eq!(verifier().verify(&token).err(), Some(refused));
    }

    #[test]
    fn a_token_holds_from_its_beginning_to_its_end_give_or_take_the_clocks() {
        let claims = claims(r#","nbf":1000"#);
        let rows =
            [(969, false), (970, true), (1000, true), (1999, true), (2029, true), (2030, false), (u64::MAX, false)];
        for (now, holds) in rows {
            assert_eq!(claims.hold(now, 30).is_ok(), holds, "{now}");
        }
    }

    #[test]
    fn what_cannot_be_a_key_or_a_claim_is_refused() {
        let key = |verify: &str| {
            let (keys, _) = parse::<Vec<TokenKey>>(format!(r#"[{{"kid":"a","verify":{verify}}}]"#).as_bytes()).unwrap();
            let mut errors = Errors::new();
            let null = serde_json::Value::Null;
            Verifier::new(&keys, &FakeHost::new(), Node::root(&null), &mut errors);
            errors.to_string()
        };
        let short = "[0].verify.hmac: shorter than the 32 characters that HMAC-SHA256 asks for";
        assert_eq!(key(r#"{"hmac":{"inline":"short"}}"#), short);
        let weak = format!(r#"{{"ed25519":"01{}"}}"#, "0".repeat(62));
        assert_eq!(key(&weak), "[0].verify.ed25519: is no public key of Ed25519");
        let rows = [
            (r#"{"tenant":"a","id":"t","exp":5,"nbf":5}"#, "exp: must be later than nbf"),
            (
                r#"{"tenant":"a","id":"t","exp":5,"models":[]}"#,
                "models: an empty list allows no model; leave it out to allow every model",
            ),
        ];
        for (claims, want) in rows {
            assert_eq!(parse::<Claims>(claims.as_bytes()).unwrap_err().to_string(), want);
        }
    }
}
