#pragma once

#include <nlohmann/json.hpp>

#include "lake/http/message.hpp"

namespace lake::http {

/// An answer whose body is one JSON document and a line break. Bytes that are no UTF-8 are replaced, so that
/// every document can be sent. For .cpp files of this module. Threads: any.
Answer json_answer(const nlohmann::ordered_json& body, unsigned status = 200);

}  // namespace lake::http
