//! What differs between the families of models on Bedrock: what only one of them takes goes into
//! `additionalModelRequestFields`, under the names of the model's own API.

/// How a family is asked to think.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Thinking {
    /// As Claude is; its generations differ.
    Claude,
    /// `reasoningConfig: {type: enabled, maxReasoningEffort}`.
    Nova,
    /// `reasoning_effort`.
    Effort,
    /// Converse's own `outputConfig.effort`.
    Converse,
    /// It cannot, or cannot be asked.
    None,
}

/// One family.
#[derive(Debug)]
pub(super) struct Family {
    /// What its models' ids have in them.
    mark: &'static str,
    /// What it calls top-k sampling, if it has it: a member, or one inside another.
    pub top_k: Option<&'static [&'static str]>,
    /// How it is asked to think.
    pub thinking: Thinking,
}

/// The first row whose mark is in a model's id counts. Sources: Amazon's pages on the inference parameters of each family.
const FAMILIES: &[Family] = &[
    Family { mark: "claude", top_k: Some(&["top_k"]), thinking: Thinking::Claude },
    Family { mark: "nova-2", top_k: Some(&["inferenceConfig", "topK"]), thinking: Thinking::Nova },
    Family { mark: "nova", top_k: Some(&["inferenceConfig", "topK"]), thinking: Thinking::None },
    Family { mark: "titan", top_k: None, thinking: Thinking::None },
    Family { mark: "llama", top_k: None, thinking: Thinking::None },
    Family { mark: "command", top_k: Some(&["k"]), thinking: Thinking::None },
    Family { mark: "jamba", top_k: None, thinking: Thinking::None },
    Family { mark: "deepseek", top_k: None, thinking: Thinking::None },
    Family { mark: "gpt-oss", top_k: None, thinking: Thinking::Effort },
    Family { mark: "mistral", top_k: Some(&["top_k"]), thinking: Thinking::None },
    OTHER,
];

/// A model whose id does not say what it is (an application's inference profile, an imported model) gets what Converse
/// itself has names for, and what most families call the rest.
const OTHER: Family = Family { mark: "", top_k: Some(&["top_k"]), thinking: Thinking::Converse };

/// The family of a model's id, an inference profile's or an ARN.
pub(super) fn family(model: &str) -> &'static Family {
    let model = model.to_ascii_lowercase();
    FAMILIES.iter().find(|family| model.contains(family.mark)).unwrap_or(&OTHER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_tells_the_family() {
        for (model, mark) in [
            ("anthropic.claude-3-5-sonnet-20240620-v1:0", "claude"),
            ("eu.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude"),
            ("arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-opus-4-7", "claude"),
            ("amazon.nova-lite-v1:0", "nova"),
            ("us.amazon.nova-2-lite-v1:0", "nova-2"),
            ("meta.llama3-1-8b-instruct-v1:0", "llama"),
            ("cohere.command-r-plus-v1:0", "command"),
            ("mistral.mistral-large-2402-v1:0", "mistral"),
            ("openai.gpt-oss-120b-1:0", "gpt-oss"),
            ("arn:aws:bedrock:eu-central-1:1:application-inference-profile/abc123", ""),
        ] {
            assert_eq!(family(model).mark, mark, "{model}");
        }
    }
}
