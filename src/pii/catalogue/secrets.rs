//! Secrets: keys and tokens by their fixed beginning, web tokens, private keys, credentials in URLs, values behind labels.

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

fn upper(b: u8) -> bool {
    b.is_ascii_uppercase() || b.is_ascii_digit() || b.is_ascii_lowercase()
}

fn any(_: &[u8]) -> bool {
    true
}

/// Words joined by dashes are a name; a key has a digit.
fn has_digit(secret: &[u8]) -> bool {
    secret.iter().any(u8::is_ascii_digit)
}

fn no_lower(secret: &[u8]) -> bool {
    !secret.iter().any(u8::is_ascii_lowercase)
}

/// The rows.
pub const ROWS: &[Detector] = &[
    Detector {
        entity: "ANTHROPIC_API_KEY",
        tier: Tier::Strong,
        what: "Anthropic API key",
        shape: Shape::Token { prefixes: &["sk-ant-"], body: word, min: 20, max: 140, valid: has_digit },
        context: &[],
        examples: &[
            "key=[sk-ant-api03-Zx9kQ2mVb7LwTf4RyUe8NcHs1JdPg6Oa]",
            "\"[sk-ant-api03-Zx9kQ2mVb7LwTf4RyUe8NcHs1JdPg6Oa]\",",
        ],
        counter_examples: &["sk-ant-api03-xxxxxxxxxxxxxxxxxxxxxxx"],
    },
    Detector {
        entity: "OPENROUTER_API_KEY",
        tier: Tier::Strong,
        what: "OpenRouter API key",
        shape: Shape::Token { prefixes: &["sk-or-v1-"], body: alnum, min: 32, max: 80, valid: any },
        context: &[],
        examples: &[
            "key=[sk-or-v1-0f3b8a6d2c917e45b08d1f7a6c3e5924ab7d]",
            "\"[sk-or-v1-0f3b8a6d2c917e45b08d1f7a6c3e5924ab7d]\",",
        ],
        counter_examples: &["sk-or-v1-short"],
    },
    Detector {
        entity: "OPENAI_API_KEY",
        tier: Tier::Strong,
        what: "OpenAI API key, and the many that look like it",
        shape: Shape::Token {
            prefixes: &["sk-proj-", "sk-svcacct-", "sk-admin-", "sk-None-", "sk-"],
            body: word,
            min: 20,
            max: 220,
            valid: has_digit,
        },
        context: &[],
        examples: &[
            "key=[sk-proj-Ab3dE6gH9jK2mN5pQ8sT1vW4yZ7T3BlbkFJb2c4]",
            "\"[sk-proj-Ab3dE6gH9jK2mN5pQ8sT1vW4yZ7T3BlbkFJb2c4]\",",
        ],
        counter_examples: &[
            "sk-learn-and-more",
            "sk-your-key-goes-right-here-please",
            "task-sk-xxxxxxxxxxxxxxxxxxxxxxxxx",
        ],
    },
    Detector {
        entity: "AWS_ACCESS_KEY",
        tier: Tier::Strong,
        what: "AWS access key id",
        shape: Shape::Token {
            prefixes: &["AKIA", "ASIA", "ABIA", "ACCA"],
            body: upper,
            min: 16,
            max: 16,
            valid: no_lower,
        },
        context: &[],
        examples: &["key=[AKIAIOSFODNN7EXAMPLE]", "\"[AKIAIOSFODNN7EXAMPLE]\","],
        counter_examples: &["AKIASHORT", "AKIAIOSFODNN7EXAMPLEX"],
    },
    Detector {
        entity: "GCP_API_KEY",
        tier: Tier::Strong,
        what: "Google API key",
        shape: Shape::Token { prefixes: &["AIza"], body: word, min: 35, max: 35, valid: has_digit },
        context: &[],
        examples: &["key=[AIzaSyD4x7Kq9mN2bV8wZ3rT6yU1pL5sJ0hG-Fc]", "\"[AIzaSyD4x7Kq9mN2bV8wZ3rT6yU1pL5sJ0hG-Fc]\","],
        counter_examples: &["AIzaShort"],
    },
    Detector {
        entity: "GITHUB_TOKEN",
        tier: Tier::Strong,
        what: "GitHub token",
        shape: Shape::Token {
            prefixes: &["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"],
            body: word,
            min: 36,
            max: 255,
            valid: has_digit,
        },
        context: &[],
        examples: &[
            "key=[ghp_aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0fG3iL6]",
            "\"[ghp_aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0fG3iL6]\",",
        ],
        counter_examples: &["ghp_short"],
    },
    Detector {
        entity: "GITLAB_TOKEN",
        tier: Tier::Strong,
        what: "GitLab token",
        shape: Shape::Token {
            prefixes: &["glpat-", "gldt-", "glrt-", "glptt-"],
            body: word,
            min: 20,
            max: 60,
            valid: has_digit,
        },
        context: &[],
        examples: &["key=[glpat-Zx9kQ2mVb7LwTf4RyUe8]", "\"[glpat-Zx9kQ2mVb7LwTf4RyUe8]\","],
        counter_examples: &["glpat-x"],
    },
    Detector {
        entity: "SLACK_TOKEN",
        tier: Tier::Strong,
        what: "Slack token",
        shape: Shape::Token {
            prefixes: &["xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xoxe-", "xapp-"],
            body: word,
            min: 20,
            max: 200,
            valid: has_digit,
        },
        context: &[],
        examples: &[
            "key=[xoxb-2048372910-59182736450-aB3dE6gH9jK2mN5pQ8sT]",
            "\"[xoxb-2048372910-59182736450-aB3dE6gH9jK2mN5pQ8sT]\",",
        ],
        counter_examples: &["xoxb-"],
    },
    Detector {
        entity: "STRIPE_KEY",
        tier: Tier::Strong,
        what: "Stripe secret or restricted key, webhook secret",
        shape: Shape::Token {
            prefixes: &["sk_live_", "sk_test_", "rk_live_", "rk_test_", "whsec_"],
            body: alnum,
            min: 16,
            max: 250,
            valid: any,
        },
        context: &[],
        examples: &["key=[sk_live_4eC39HqLyjWDarjtT1zdp7dc]", "\"[sk_live_4eC39HqLyjWDarjtT1zdp7dc]\","],
        counter_examples: &["pk_live_4eC39HqLyjWDarjtT1zdp7dc"],
    },
    Detector {
        entity: "HUGGINGFACE_TOKEN",
        tier: Tier::Strong,
        what: "Hugging Face token",
        shape: Shape::Token { prefixes: &["hf_"], body: alnum, min: 30, max: 40, valid: any },
        context: &[],
        examples: &["key=[hf_aBcDeFgHiJkLmNoPqRsTuVwXyZaBcDeFgH]", "\"[hf_aBcDeFgHiJkLmNoPqRsTuVwXyZaBcDeFgH]\","],
        counter_examples: &["hf_hub_download"],
    },
    Detector {
        entity: "GROQ_API_KEY",
        tier: Tier::Strong,
        what: "Groq API key",
        shape: Shape::Token { prefixes: &["gsk_"], body: alnum, min: 40, max: 60, valid: any },
        context: &[],
        examples: &[
            "key=[gsk_aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0fG3iL6oR9uX2A5dG8j]",
            "\"[gsk_aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0fG3iL6oR9uX2A5dG8j]\",",
        ],
        counter_examples: &["gsk_x"],
    },
    Detector {
        entity: "XAI_API_KEY",
        tier: Tier::Strong,
        what: "xAI API key",
        shape: Shape::Token { prefixes: &["xai-"], body: alnum, min: 60, max: 100, valid: any },
        context: &[],
        examples: &[
            "key=[xai-aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0fG3iL6oR9uX2A5dG8jM1pS4vY7bE0hK3nQ6tW9]",
            "\"[xai-aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0fG3iL6oR9uX2A5dG8jM1pS4vY7bE0hK3nQ6tW9]\",",
        ],
        counter_examples: &["xai-org"],
    },
    Detector {
        entity: "PERPLEXITY_API_KEY",
        tier: Tier::Strong,
        what: "Perplexity API key",
        shape: Shape::Token { prefixes: &["pplx-"], body: alnum, min: 32, max: 60, valid: any },
        context: &[],
        examples: &[
            "key=[pplx-aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0fG3iL6oR9u]",
            "\"[pplx-aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0fG3iL6oR9u]\",",
        ],
        counter_examples: &["pplx-7b-online"],
    },
    Detector {
        entity: "REPLICATE_TOKEN",
        tier: Tier::Strong,
        what: "Replicate token",
        shape: Shape::Token { prefixes: &["r8_"], body: alnum, min: 37, max: 37, valid: any },
        context: &[],
        examples: &[
            "key=[r8_aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0fG3iL6o]",
            "\"[r8_aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0fG3iL6o]\",",
        ],
        counter_examples: &["r8_x"],
    },
    Detector {
        entity: "NPM_TOKEN",
        tier: Tier::Strong,
        what: "npm token",
        shape: Shape::Token { prefixes: &["npm_"], body: alnum, min: 36, max: 36, valid: any },
        context: &[],
        examples: &[
            "key=[npm_aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0fG3iL6]",
            "\"[npm_aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0fG3iL6]\",",
        ],
        counter_examples: &["npm_config_registry"],
    },
    Detector {
        entity: "PYPI_TOKEN",
        tier: Tier::Strong,
        what: "PyPI token",
        shape: Shape::Token { prefixes: &["pypi-AgEIcHlwaS5vcmc"], body: word, min: 40, max: 250, valid: has_digit },
        context: &[],
        examples: &[
            "key=[pypi-AgEIcHlwaS5vcmcCJDk3ZjQ2YjE3LTQ5ZTctNDc2Zi05ZDFhLWI2ZWU4YzQ1]",
            "\"[pypi-AgEIcHlwaS5vcmcCJDk3ZjQ2YjE3LTQ5ZTctNDc2Zi05ZDFhLWI2ZWU4YzQ1]\",",
        ],
        counter_examples: &["pypi-server"],
    },
    Detector {
        entity: "SENDGRID_API_KEY",
        tier: Tier::Strong,
        what: "SendGrid API key",
        shape: Shape::Token { prefixes: &["SG."], body: dotted, min: 60, max: 70, valid: any },
        context: &[],
        examples: &[
            "key=[SG.aB3dE6gH9jK2mN5pQ8sT1v.W4yZ7bC0fG3iL6oR9uX2A5dG8jM1pS4vY7bE0hK3nQ]",
            "\"[SG.aB3dE6gH9jK2mN5pQ8sT1v.W4yZ7bC0fG3iL6oR9uX2A5dG8jM1pS4vY7bE0hK3nQ]\",",
        ],
        counter_examples: &["SG.com"],
    },
    Detector {
        entity: "DIGITALOCEAN_TOKEN",
        tier: Tier::Strong,
        what: "DigitalOcean token",
        shape: Shape::Token { prefixes: &["dop_v1_", "doo_v1_", "dor_v1_"], body: alnum, min: 64, max: 64, valid: any },
        context: &[],
        examples: &[
            "key=[dop_v1_0f3b8a6d2c917e45b08d1f7a6c3e5924ab7d0f3b8a6d2c917e45b08d1f7a6c3e]",
            "\"[dop_v1_0f3b8a6d2c917e45b08d1f7a6c3e5924ab7d0f3b8a6d2c917e45b08d1f7a6c3e]\",",
        ],
        counter_examples: &["dop_v1_x"],
    },
    Detector {
        entity: "SHOPIFY_TOKEN",
        tier: Tier::Strong,
        what: "Shopify token",
        shape: Shape::Token {
            prefixes: &["shpat_", "shpca_", "shppa_", "shpss_"],
            body: alnum,
            min: 32,
            max: 32,
            valid: any,
        },
        context: &[],
        examples: &["key=[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]", "\"[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]\","],
        counter_examples: &["shpat_x"],
    },
    Detector {
        entity: "DATABRICKS_TOKEN",
        tier: Tier::Strong,
        what: "Databricks token",
        shape: Shape::Token { prefixes: &["dapi"], body: alnum, min: 32, max: 32, valid: any },
        context: &[],
        examples: &["key=[dapi0f3b8a6d2c917e45b08d1f7a6c3e5924]", "\"[dapi0f3b8a6d2c917e45b08d1f7a6c3e5924]\","],
        counter_examples: &["dapi"],
    },
    Detector {
        entity: "GRAFANA_TOKEN",
        tier: Tier::Strong,
        what: "Grafana token",
        shape: Shape::Token { prefixes: &["glsa_", "glc_"], body: word, min: 32, max: 200, valid: has_digit },
        context: &[],
        examples: &[
            "key=[glsa_aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0fG_0f3b8a6d]",
            "\"[glsa_aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0fG_0f3b8a6d]\",",
        ],
        counter_examples: &["glc_x"],
    },
    Detector {
        entity: "VAULT_TOKEN",
        tier: Tier::Strong,
        what: "HashiCorp Vault token",
        shape: Shape::Token { prefixes: &["hvs.", "hvb."], body: word, min: 24, max: 200, valid: has_digit },
        context: &[],
        examples: &["key=[hvs.CAESIJlWh3kQ9mVb7LwTf4RyUe8NcHs1]", "\"[hvs.CAESIJlWh3kQ9mVb7LwTf4RyUe8NcHs1]\","],
        counter_examples: &["hvs.x"],
    },
    Detector {
        entity: "LINEAR_API_KEY",
        tier: Tier::Strong,
        what: "Linear API key",
        shape: Shape::Token { prefixes: &["lin_api_"], body: alnum, min: 32, max: 48, valid: any },
        context: &[],
        examples: &[
            "key=[lin_api_aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0fG3iL6oR9u]",
            "\"[lin_api_aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0fG3iL6oR9u]\",",
        ],
        counter_examples: &["lin_api_x"],
    },
    Detector {
        entity: "NOTION_TOKEN",
        tier: Tier::Strong,
        what: "Notion token",
        shape: Shape::Token { prefixes: &["ntn_", "secret_"], body: alnum, min: 43, max: 50, valid: any },
        context: &[],
        examples: &[
            "key=[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]",
            "\"[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]\",",
        ],
        counter_examples: &["secret_key_base"],
    },
    Detector {
        entity: "LANGSMITH_KEY",
        tier: Tier::Strong,
        what: "LangSmith key",
        shape: Shape::Token { prefixes: &["lsv2_pt_", "lsv2_sk_"], body: word, min: 40, max: 60, valid: has_digit },
        context: &[],
        examples: &[
            "key=[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]",
            "\"[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]\",",
        ],
        counter_examples: &["lsv2_pt_x"],
    },
    Detector {
        entity: "NEWRELIC_KEY",
        tier: Tier::Strong,
        what: "New Relic user key",
        shape: Shape::Token { prefixes: &["NRAK-"], body: alnum, min: 27, max: 27, valid: any },
        context: &[],
        examples: &["key=[NRAK-A3DE6GH9JK2MN5PQ8ST1VW4YZ7B]", "\"[NRAK-A3DE6GH9JK2MN5PQ8ST1VW4YZ7B]\","],
        counter_examples: &["NRAK-1"],
    },
    Detector {
        entity: "AGE_SECRET_KEY",
        tier: Tier::Strong,
        what: "age secret key",
        shape: Shape::Token { prefixes: &["AGE-SECRET-KEY-1"], body: alnum, min: 58, max: 58, valid: any },
        context: &[],
        examples: &[
            "key=[AGE-SECRET-KEY-1QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7LQPZRY9X8GF2TVDW0S3JN54KHCE]",
            "\"[AGE-SECRET-KEY-1QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7LQPZRY9X8GF2TVDW0S3JN54KHCE]\",",
        ],
        counter_examples: &["AGE-SECRET-KEY-1"],
    },
    Detector {
        entity: "JWT",
        tier: Tier::Strong,
        what: "JSON web token",
        shape: Shape::Jwt,
        context: &[],
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
        examples: &[
            "k: [-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\n-----END RSA PRIVATE KEY-----]\n",
            "[-----BEGIN PRIVATE KEY-----\\nMIIEowIBAAKCAQEA\\n-----END PRIVATE KEY-----]",
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
        examples: &["postgres://[app:hunter22@x]@db.example.com:5432/x", "https://[bob:s3cr3t]@example.com/"],
        counter_examples: &[
            "https://example.com:8080/a@b",
            "https://bob@example.com/",
            "mysql://root:${PASS}@db/x",
            "redis://u:<password>@h",
        ],
    },
    Detector {
        entity: "PASSWORD",
        tier: Tier::Labelled,
        what: "the value behind a label such as `password:` or `api_key=`",
        shape: Shape::AfterLabel,
        context: &[
            "password",
            "passwd",
            "passwort",
            "pwd",
            "passphrase",
            "secret",
            "secretkey",
            "apikey",
            "accesskey",
            "authtoken",
            "accesstoken",
            "clientsecret",
            "kennwort",
            "contraseña",
            "senha",
            "motdepasse",
            "密码",
            "пароль",
            "token",
        ],
        examples: &[
            "password: [hunter2!x]",
            "DB_PASSWORD=[Tr0ub4dor_3x]",
            "\"api_key\": \"[0f3b8a6d2c917e45]\",",
            "пароль: [Qwerty12]",
        ],
        counter_examples: &[
            "password: required",
            "token = get_token()",
            "password=${DB_PASSWORD}",
            "the secret: nobody knows",
            "const password = 'Password used to generate key';",
            "ctx(password=None): max_token => 10_000, token = Name.Builtin",
        ],
    },
];
