//! Secrets: by their fixed beginning, in the rooms below; by their shape or the label in front of them, here.
//!
//! Which vendors there are, their prefixes, lengths and alphabets follow gitleaks' rules and the vendors' own pages.

pub mod clouds;
pub mod development;
pub mod models;
pub mod services;

use super::proven;
use crate::pii::secret;
use crate::pii::value;
use crate::pii::{Detector, Shape, Tier};

fn word(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')
}

fn dotted(b: u8) -> bool {
    word(b) || b == b'.'
}

fn alnum(b: u8) -> bool {
    b.is_ascii_alphanumeric()
}

fn lower(b: u8) -> bool {
    b.is_ascii_lowercase() || b.is_ascii_digit()
}

fn upper(b: u8) -> bool {
    b.is_ascii_uppercase() || b.is_ascii_digit()
}

fn hex(b: u8) -> bool {
    matches!(b, b'0'..=b'9' | b'a'..=b'f')
}

fn hexany(b: u8) -> bool {
    b.is_ascii_hexdigit()
}

fn hexdash(b: u8) -> bool {
    hex(b) || b == b'-'
}

fn base64(b: u8) -> bool {
    alnum(b) || matches!(b, b'+' | b'/' | b'=')
}

fn base64url(b: u8) -> bool {
    base64(b) || matches!(b, b'_' | b'-')
}

fn base64dot(b: u8) -> bool {
    base64url(b) || b == b'.'
}

fn atlassian(b: u8) -> bool {
    word(b) || b == b'='
}

fn path(b: u8) -> bool {
    word(b) || b == b'/'
}

fn dollar(b: u8) -> bool {
    lower(b) || b == b'$'
}

fn any(_: &[u8]) -> bool {
    true
}

/// Words joined by dashes are a name; a key has a digit, or letters as no word has them.
fn has_digit(key: &[u8]) -> bool {
    key.iter().any(u8::is_ascii_digit) || secret::tangled(key)
}

/// Or, where keys may have no digit, letters of both cases in the part without a fixed beginning.
fn mixed_case(secret: &[u8]) -> bool {
    let body = secret.get(4..).unwrap_or_default();
    body.iter().any(u8::is_ascii_lowercase) && body.iter().any(u8::is_ascii_uppercase)
}

/// `pat`, 14 characters, a dot, 64 of hexadecimal.
fn airtable(secret: &[u8]) -> bool {
    secret.get(17) == Some(&b'.') && secret.iter().skip(18).all(u8::is_ascii_hexdigit)
}

fn authress(secret: &[u8]) -> bool {
    memchr::memmem::find(secret, b".acc_").or(memchr::memmem::find(secret, b".acc-")).is_some()
}

/// Three parts, of which the first is the bot's number in base64.
fn discord(secret: &[u8]) -> bool {
    let mut parts = secret.split(|b| *b == b'.').map(<[u8]>::len);
    let sizes = (parts.next(), parts.next(), parts.next(), parts.next());
    matches!(sizes, (Some(23..=28), Some(5..=7), Some(27..=40), None)) && has_digit(secret)
}

/// The rows that need a look of their own.
pub const ROWS: &[Detector] = &[
    Detector {
        entity: "JWT",
        tier: Tier::Strong,
        what: "JSON web token",
        shape: Shape::Jwt,
        context: &[],
        against: &[],
        examples: &[
            "Bearer [eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U]",
        ],
        counter_examples: &[
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9",
            "eyJmb28iOiJiYXIifQ.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abc",
        ],
    },
    Detector {
        entity: "PRIVATE_KEY",
        tier: Tier::Strong,
        what: "PEM private key, from BEGIN to END",
        shape: Shape::Pem,
        context: &[],
        against: &[],
        examples: &[
            "k: [-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\n-----END RSA PRIVATE KEY-----]\n",
            "[-----BEGIN PRIVATE KEY-----\\nMIIEowIBAAKCAQEA\\n-----END PRIVATE KEY-----]",
            "[-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQOYBGB1\n-----END PGP PRIVATE KEY BLOCK-----]",
        ],
        counter_examples: &[
            "-----BEGIN CERTIFICATE-----\nMIIEowIBAAKCAQEA\n-----END CERTIFICATE-----",
            "-----BEGIN PUBLIC KEY-----\nMIIB",
        ],
    },
    Detector {
        entity: "URL_CREDENTIALS",
        tier: Tier::Strong,
        what: "user and password of a URL",
        shape: Shape::UrlCredentials,
        context: &[],
        against: &[],
        examples: &["postgres://[app:hunter22@x]@db.example.com:5432/x", "https://[bob:s3cr3t]@example.com/"],
        counter_examples: &[
            "https://example.com:8080/a@b",
            "https://bob@example.com/",
            "mysql://root:${PASS}@db/x",
            "redis://u:<password>@h",
            "postgres://user:password@localhost/db",
        ],
    },
    Detector {
        entity: "AWS_SECRET_KEY",
        tier: Tier::Labelled,
        what: "AWS secret access key, 40 characters behind its label",
        shape: Shape::Value(&[(
            &[
                "secret access key",
                "aws secret access key",
                "aws secret key",
                "aws secret",
                "aws key",
                "aws access key",
                "secret key",
                "secretkey",
                "secret",
            ],
            secret::aws_secret,
        )]),
        context: &[],
        against: &[],
        examples: &[
            "aws_secret_access_key = [wB8rXUtnFEM3iK7MDENGqPx2fiCYzEqT0vLk5sNh]",
            "\"SecretAccessKey\": \"[q9fVh2/7RkZ+LmT4xYc1oWnPe0sUdJ8gKbAiHvE3]\"",
        ],
        counter_examples: &[
            "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "secret key 2fd4e1c67a2d28fced849ee1bb76e7391b93eb12x",
        ],
    },
    Detector {
        entity: "AZURE_STORAGE_KEY",
        tier: Tier::Labelled,
        what: "Azure storage account or shared access key, base64 behind its label",
        shape: Shape::Value(&[(
            &[
                "accountkey",
                "account key",
                "sharedaccesskey",
                "shared access key",
                "storage key",
                "primarykey",
                "secondarykey",
            ],
            secret::azure_key,
        )]),
        context: &[],
        against: &[],
        examples: &[
            "AccountKey=[q9fVh2/7RkZ+LmT4xYc1oWnPe0sUdJ8gKbAiHvE3wB8rXUtnFEM3iK7MDENGqPx2fiCYzEqT0vLk5sNhZt6uQa==];EndpointSuffix=core.windows.net",
            "SharedAccessKeyName=root;SharedAccessKey=[q9fVh2/7RkZ+LmT4xYc1oWnPe0sUdJ8gKbAiHvE3wB8=]",
        ],
        counter_examples: &["AccountKey=<key>;EndpointSuffix=core.windows.net", "AccountKey=short=="],
    },
    Detector {
        entity: "AZURE_CLIENT_SECRET",
        tier: Tier::Strong,
        what: "Microsoft Entra (Azure AD) client secret",
        shape: Shape::Around(b'~', secret::azure_client_secret),
        context: &[],
        against: &[],
        examples: &["client secret [Zx98Q~mVb7LwTf4RyUe8NcHs1JdPg6Oa.k3TqWzXa]"],
        counter_examples: &["Zx98Q~short", "a~b", "~/bin/8Q~"],
    },
    Detector {
        entity: "TELEGRAM_BOT_TOKEN",
        tier: Tier::Strong,
        what: "Telegram bot token",
        shape: Shape::Around(b':', secret::telegram),
        context: &[],
        against: &[],
        examples: &["bot [5918273645:AAGmVb7LwTf4RyUe8NcHs1JdPg6OaK3TqWz]"],
        counter_examples: &["5918273645:AAshort", "12:AAGmVb7LwTf4RyUe8NcHs1JdPg6OaK3TqWz"],
    },
    Detector {
        entity: "TERRAFORM_TOKEN",
        tier: Tier::Strong,
        what: "HCP Terraform token",
        shape: Shape::Value(&[(&["atlasv1"], secret::terraform)]),
        context: &[],
        against: &[],
        examples: &[
            "token [Zx9kQ2mVb7LwTf.atlasv1.RyUe8NcHs1JdPg6OaK3TqWzZx9kQ2mVb7LwTf4RyUe8NcHs1JdPg6OaK3TqWzZx9kQ2m]",
        ],
        counter_examples: &["x.atlasv1.y"],
    },
    Detector {
        entity: "MAXMIND_LICENSE_KEY",
        tier: Tier::Strong,
        what: "MaxMind licence key",
        shape: Shape::Value(&[(&["mmk"], secret::maxmind)]),
        context: &[],
        against: &[],
        examples: &["key [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]"],
        counter_examples: &["short_mmk"],
    },
    Detector {
        entity: "TEAMS_WEBHOOK",
        tier: Tier::Strong,
        what: "Microsoft Teams incoming webhook",
        shape: Shape::Value(&[(&["webhook.office.com/webhookb2"], secret::teams)]),
        context: &[],
        against: &[],
        examples: &[
            "[https://acme.webhook.office.com/webhookb2/0f3b8a6d-2c91-4e45-b08d-1f7a6c3e5924@9a7d3c51-6e02-4f8b-a1d4-7c5e9b2f0836/IncomingWebhook/0f3b8a6d2c917e45b08d1f7a6c3e5924/9a7d3c51-6e02-4f8b-a1d4-7c5e9b2f0836]",
        ],
        counter_examples: &["see webhook.office.com/webhookb2 in the docs"],
    },
    Detector {
        entity: "ONEPASSWORD_SECRET_KEY",
        tier: Tier::Strong,
        what: "1Password secret key",
        shape: Shape::Masks(
            &[proven("A3-******-******-*****-*****-*****-*****"), proven("A3-******-***********-*****-*****-*****")],
            |key| key.iter().skip(2).any(u8::is_ascii_digit) && !secret::placeholder(key),
        ),
        context: &[],
        against: &[],
        examples: &["[A3-ZX9KQ2-MVB7LW-TF4RY-UE8NC-HS1JD-PG6OA]"],
        counter_examples: &["A3-SHORT", "A3-XXXXXX-XXXXXX-XXXXX-XXXXX-XXXXX-XXXXX"],
    },
    Detector {
        entity: "MAILCHIMP_API_KEY",
        tier: Tier::Strong,
        what: "Mailchimp API key",
        shape: Shape::Masks(
            &[proven("********************************-us#"), proven("********************************-us##")],
            |key| key.get(..32).is_some_and(|k| k.iter().all(u8::is_ascii_hexdigit) && has_digit(k)),
        ),
        context: &[],
        against: &[],
        examples: &["[0f3b8a6d2c917e45b08d1f7a6c3e5924-us19]"],
        counter_examples: &["0f3b8a6d2c917e45b08d1f7a6c3e5924-eu19"],
    },
    Detector {
        entity: "PASSWORD",
        tier: Tier::Labelled,
        what: "the value behind a label such as `password:`, in many languages",
        shape: Shape::Value(&[
            (PASSWORD_LABELS, value::password),
            (&["sshpass -p"], value::password),
            (&["curl -u", "curl --user", "wget --user", "-u", "--user"], value::user_and_password),
        ]),
        context: &[],
        against: &[],
        examples: &[
            "sshpass -p [hunter2VLP] ssh host",
            "curl -u admin:[Falcon9477#] https://x.io",
            "password: [hunter2!x]",
            "DB_PASSWORD=[Tr0ub4dor_3x]",
            "пароль: [Qwerty12]",
            "my password is [Blue!Sky42], thanks",
            "--password [s3cr3t.Pa55] --host db",
            "<password>[s3cr3tPa55]</password>",
            "Server=db;User Id=app;Password=[n0tTh1s!One];Encrypt=true",
            "{\"name\": \"DB_PASSWORD\", \"value\": \"[n0tTh1s!One]\"}",
            "密码是[Abc12345]",
            "Das Passwort für das WLAN lautet [Sonne2024!]",
            "wachtwoord=[$8Al6pof]",
        ],
        counter_examples: &[
            "password: required",
            "password=${DB_PASSWORD}",
            "const password = 'Password used to generate key';",
            "ctx(password=None): max_token => 10_000",
            "password = get_password()",
            "password: os.environ[\"DB_PASSWORD\"]",
            "password: <your password>",
            "password: ********",
            "The password must be at least 8 characters",
            "password reset link sent",
            "PASSWORD=$DB_PASS1",
        ],
    },
    Detector {
        entity: "GENERIC_SECRET",
        tier: Tier::Labelled,
        what: "a key or token behind a label such as `api_key=` or `Authorization: Bearer`, of some length and entropy",
        shape: Shape::Value(&[(KEY_LABELS, value::key)]),
        context: &[],
        against: &[],
        examples: &[
            "\"api_key\": \"[0f3b8a6d2c917e45]\",",
            "Authorization: Bearer [Zx9kQ2mVb7LwTf4RyUe8NcHs1JdPg6Oa]",
            "export STRIPE_SECRET=[Zx9kQ2mVb7LwTf4RyUe8]",
            "clientSecret: '[Zx9kQ2mVb7LwTf4RyUe8NcHs1Jd]'",
            "https://api.example.com/v1?access_token=[Zx9kQ2mVb7LwTf4RyUe8]&limit=10",
            "x-api-key: [Zx9kQ2mVb7LwTf4RyUe8NcHs1Jd]",
        ],
        counter_examples: &[
            "token = get_token()",
            "the secret: nobody knows",
            "token = Name.Builtin",
            "api_key: your-api-key-here",
            "API_KEY=${API_KEY}",
            "token_type: bearer",
            "max_tokens: 4096",
            "secret: kubernetes-secret-name",
            "apiKey: process.env.API_KEY,",
        ],
    },
    Detector {
        entity: "VENDOR_SECRET",
        tier: Tier::Labelled,
        what: "a key without a beginning of its own behind the name of its vendor, or behind `key`",
        shape: Shape::Value(&[(VENDORS, value::weak_key)]),
        context: &[],
        against: &[],
        examples: &[
            "datadog: [0f3b8a6d2c917e45b08d1f7a6c3e5924ab7d0f3b]",
            "ALGOLIA_KEY=[0f3b8a6d2c917e45b08d1f7a6c3e5924]",
        ],
        counter_examples: &["datadog: agent-7.52.1-amd64-install", "key: value", "primary_key: user_id"],
    },
    Detector {
        entity: "USERNAME",
        tier: Tier::Labelled,
        what: "a user's name behind a label such as `username:`",
        shape: Shape::Value(&[(
            &[
                "username",
                "user name",
                "user id",
                "login",
                "login name",
                "login id",
                "userid",
                "benutzername",
                "benutzer",
                "nutzername",
                "anmeldename",
                "nom d'utilisateur",
                "identifiant",
                "utilisateur",
                "usuario",
                "nombre de usuario",
                "usuário",
                "nome utente",
                "utente",
                "gebruikersnaam",
                "nazwa użytkownika",
                "användarnamn",
                "brukernavn",
                "brugernavn",
                "käyttäjätunnus",
                "kullanıcı adı",
                "uživatelské jméno",
                "имя пользователя",
                "логин",
                "用户名",
                "ユーザー名",
                "사용자명",
                "아이디",
                "account name",
                "screen name",
                "logged in as",
                "signed in as",
                "benutzerkennung",
                "benutzer-id",
                "nutzerkennung",
                "nom utilisateur",
                "usuario id",
                "nombre usuario",
                "nome de usuário",
                "login do usuário",
                "nome do usuário",
                "username utente",
                "никнейм",
                "логина",
                "ім'я користувача",
                "kasutajanimi",
                "vartotojo vardas",
                "lietotājvārds",
                "felhasználónév",
                "nume de utilizator",
                "nume utilizator",
                "όνομα χρήστη",
                "потребителско име",
                "korisničko ime",
                "uporabniško ime",
                "שם משתמש",
                "اسم المستخدم",
                "उपयोगकर्ता नाम",
                "tên đăng nhập",
                "tên người dùng",
                "nama pengguna",
                "ชื่อผู้ใช้",
                "账号名",
                "帳號名稱",
                "使用者名稱",
                "ログインid",
                "사용자 이름",
                "사용자 id",
            ],
            value::user_name,
        )]),
        context: &[],
        against: &[],
        examples: &[
            "username: [jane_roe84]",
            "\"username\": \"[janeroe]\"",
            "Benutzername: [j.doe77]",
            "用户名：[wang_lei88]",
            "username: [rojaserica]\n",
        ],
        counter_examples: &[
            "username: string",
            "username = request.form",
            "login: failed",
            "username and password",
            "user id: admin",
            "username: required\n",
        ],
    },
];

const PASSWORD_LABELS: &[&str] = &[
    "password",
    "passwd",
    "passwort",
    "pwd",
    "passphrase",
    "passcode",
    "pass",
    "pw",
    "pgpassword",
    "dbpassword",
    "dbpass",
    "db pass",
    "mysql pwd",
    "userpassword",
    "passwrd",
    "psw",
    "kennwort",
    "losungswort",
    "mot de passe",
    "mdp",
    "contraseña",
    "contrasena",
    "clave",
    "senha",
    "palavra passe",
    "palavra-passe",
    "parola",
    "parola d'ordine",
    "wachtwoord",
    "hasło",
    "haslo",
    "lösenord",
    "losenord",
    "passord",
    "adgangskode",
    "kodeord",
    "salasana",
    "heslo",
    "jelszó",
    "şifre",
    "sifre",
    "şifrem",
    "parolă",
    "лозинка",
    "пароль",
    "пароля",
    "парола",
    "κωδικός",
    "סיסמה",
    "סיסמא",
    "كلمة المرور",
    "كلمة السر",
    "पासवर्ड",
    "รหัสผ่าน",
    "mật khẩu",
    "kata sandi",
    "密码",
    "密碼",
    "口令",
    "パスワード",
    "비밀번호",
    "암호",
    "wifi key",
    "wlan key",
    "wpa key",
    "root password",
    "sudo password",
    "identified by",
    "lozinka",
    "wifi password",
    "parole",
    "slaptažodis",
    "zaporka",
    "geslo",
    "adgangsord",
    "lykilorð",
];

const KEY_LABELS: &[&str] = &[
    "api key",
    "apikey",
    "api token",
    "api secret",
    "access key",
    "accesskey",
    "access token",
    "accesstoken",
    "auth token",
    "authtoken",
    "auth key",
    "secret",
    "secret key",
    "secretkey",
    "client secret",
    "clientsecret",
    "token",
    "bearer",
    "authorization",
    "x-api-key",
    "x-auth-token",
    "private key",
    "encryption key",
    "signing key",
    "signing secret",
    "webhook secret",
    "master key",
    "app secret",
    "app key",
    "consumer secret",
    "consumer key",
    "refresh token",
    "refreshtoken",
    "id token",
    "session token",
    "bot token",
    "deploy key",
    "deploy token",
    "credentials",
    "credential",
    "creds",
    "service key",
    "account key",
    "shared secret",
    "jwt secret",
    "secret key base",
    "hmac key",
    "license key",
    "licence key",
    "subscription key",
    "ocp-apim-subscription-key",
    "sessionid",
    "phpsessid",
    "jsessionid",
    "connect.sid",
    "session cookie",
    "x-amz-security-token",
    "x-amz-signature",
    "x-goog-signature",
    "sig",
    "signature key",
    "personal access token",
    "pat token",
    "zugriffstoken",
    "geheimnis",
    "schlüssel",
    "api-schlüssel",
    "jeton",
    "clé api",
    "clé secrète",
    "clave api",
    "clave secreta",
    "token de acceso",
    "chave api",
    "chave secreta",
    "chiave api",
    "chiave segreta",
    "klucz api",
    "ключ api",
    "api ключ",
    "api-ключ",
    "секретный ключ",
    "токен",
    "密钥",
    "令牌",
    "秘密鍵",
    "トークン",
    "apiキー",
    "토큰",
    "api 키",
    "비밀키",
];

const VENDORS: &[&str] = &[
    "adafruit",
    "airtable",
    "algolia",
    "algolia key",
    "asana",
    "beamer",
    "bittrex",
    "codecov",
    "coinbase",
    "cohere",
    "contentful",
    "datadog",
    "droneci",
    "dropbox",
    "etsy",
    "facebook secret",
    "fastly",
    "finicity",
    "finnhub",
    "flickr",
    "freshbooks",
    "gitter",
    "gocardless",
    "hubspot",
    "intercom",
    "jfrog",
    "kraken",
    "kucoin",
    "launchdarkly",
    "linkedin",
    "lob",
    "looker",
    "mailgun",
    "mapbox",
    "mattermost",
    "meraki",
    "messagebird",
    "mistral",
    "netlify",
    "nytimes",
    "okta",
    "opsgenie",
    "pagerduty",
    "plaid",
    "rapidapi",
    "sendbird",
    "snyk",
    "splunk",
    "squarespace",
    "sumologic",
    "telegram",
    "travis",
    "twitch",
    "twitter",
    "typeform",
    "yandex",
    "zendesk",
    "key",
    "stripe key",
    "cloudflare",
    "heroku",
];
