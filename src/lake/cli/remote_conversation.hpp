#pragma once

#include <memory>
#include <string>

#include "lake/cli/conversation.hpp"
#include "lake/cli/http_client.hpp"

namespace lake::cli {

/// Talks to a running server by its HTTP door, in a session kept there, so that transactions and temporary
/// tables work. Errors: kUnavailable (nobody there), kPermissionDenied (the token is not the server's).
Result<std::unique_ptr<Conversation>> open_remote(const ServerAddress& address, const std::string& token);

}  // namespace lake::cli
