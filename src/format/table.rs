//! The formats, by name. A new format is a file here and a row.

use super::Format;
use super::anthropic_messages::AnthropicMessages;
use super::bedrock_converse::BedrockConverse;
use super::cohere_chat::CohereChat;
use super::gemini::Gemini;
use super::ollama_chat::OllamaChat;
use super::openai_chat::OpenAiChat;
use super::openai_completions::OpenAiCompletions;
use super::openai_responses::OpenAiResponses;

/// Every format there is.
pub static FORMATS: &[&dyn Format] =
    &[&OpenAiChat, &OpenAiResponses, &AnthropicMessages, &BedrockConverse, &CohereChat, &Gemini, &OllamaChat];

/// What is read as a chat and never written as one.
static OLDER: &[&dyn Format] = &[&OpenAiCompletions];

/// The format of that name.
pub fn find(name: &str) -> Option<&'static dyn Format> {
    FORMATS.iter().chain(OLDER).copied().find(|format| format.name() == name)
}

/// The chat format of a maker, by the first word of its name; OpenAI's where the maker has none of its own.
pub(super) fn of_maker(maker: &str) -> &'static dyn Format {
    let first_word = |format: &&dyn Format| format.name().split('_').next() == Some(maker);
    FORMATS.iter().copied().find(first_word).unwrap_or(&OpenAiChat)
}
