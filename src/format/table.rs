//! The formats, by name. A new format is a file here and a row.

use super::Format;
use super::anthropic_messages::AnthropicMessages;
use super::bedrock_converse::BedrockConverse;
use super::cohere_chat::CohereChat;
use super::gemini::Gemini;
use super::openai_chat::OpenAiChat;
use super::openai_responses::OpenAiResponses;

/// Every format there is.
pub static FORMATS: &[&dyn Format] =
    &[&OpenAiChat, &OpenAiResponses, &AnthropicMessages, &BedrockConverse, &CohereChat, &Gemini];

/// The format of that name.
pub fn find(name: &str) -> Option<&'static dyn Format> {
    FORMATS.iter().copied().find(|format| format.name() == name)
}
