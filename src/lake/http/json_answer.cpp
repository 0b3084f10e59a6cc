#include "lake/http/json_answer.hpp"

namespace lake::http {

Answer json_answer(const nlohmann::ordered_json& body, unsigned status) {
  Answer answer;
  answer.status = status;
  answer.body = body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
  return answer;
}

}  // namespace lake::http
