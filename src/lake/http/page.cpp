#include "lake/http/page.hpp"

#include <algorithm>
#include <string>

#include "lake/http/door.hpp"

namespace lake::http {

namespace {

constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
    "trusted-types 'none'";
// A browser that comes from another site's page sends the cookie of SameSite=Strict only from the second step
// on.
constexpr std::string_view kLocked =
    "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Datapunk Lake</title>"
    "<meta name=\"viewport\" content=\"width=device-width\"><meta name=\"color-scheme\" content=\"light "
    "dark\">"
    "</head><body><h1>Datapunk Lake</h1>\n<p>This browser is not let in: it never was, the server was "
    "started "
    "again since, or 12 hours have passed.</p>\n<p>Open the link that <code>dplake serve</code> prints when "
    "it "
    "starts. If you just did, from a page of another site, <a href=\"/\">go on</a>.</p></body></html>\n";

Headers page_headers() {
  return {{"Content-Security-Policy", std::string(kPolicy)},
          {"Referrer-Policy", "no-referrer"},
          {"Cross-Origin-Resource-Policy", "same-origin"}};
}

/// True when the client's copy has this tag.
bool has_tag(const Request& request, std::string_view tag) {
  const auto* known = request.header("if-none-match");
  return known != nullptr && known->find(tag) != std::string::npos;
}

}  // namespace

Answer page_answer(std::string_view name, const Request& request) {
  const auto files = page_files();
  const auto file =
      std::find_if(files.begin(), files.end(), [&](const auto& each) { return each.name == name; });
  if (file == files.end()) {
    return answer_of({Error(ErrorCode::kNotFound, "the page has no such file: " + std::string(name)), 0, {}},
                     request.id);
  }
  Answer answer;
  answer.content_type = file->content_type;
  answer.headers = page_headers();
  // A browser asks each time whether its copy is that of this program, which costs no content.
  answer.headers.emplace_back("Cache-Control", "private, no-cache");
  answer.headers.emplace_back("ETag", file->tag);
  if (has_tag(request, file->tag)) {
    answer.status = 304;
  } else {
    answer.body = file->content;
  }
  return answer;
}

Answer get_page(Door& door, const Request& request) {
  if (!request.query.contains("token")) return page_answer("index.html", request);
  // The token moves from the address, which browsers keep and show, into a cookie.
  Answer answer;
  answer.status = 303;
  answer.content_type = "text/plain; charset=utf-8";
  answer.headers = page_headers();
  answer.headers.emplace_back("Location", "/");
  answer.headers.emplace_back("Set-Cookie", door.gatekeeper.cookie());
  return answer;
}

Answer get_page_file(Door& /*door*/, const Request& request) {
  return page_answer(request.path_parts.at("file"), request);
}

std::optional<Answer> locked_page(const Request& request, const Failure& failure) {
  const auto* accept = request.header("accept");
  if (failure.status != 401 || request.path != "/" || accept == nullptr ||
      accept->find("text/html") == std::string::npos) {
    return std::nullopt;
  }
  Answer answer;
  answer.status = failure.status;
  answer.content_type = "text/html; charset=utf-8";
  answer.headers = page_headers();
  answer.headers.insert(answer.headers.end(), failure.headers.begin(), failure.headers.end());
  answer.body = kLocked;
  return answer;
}

}  // namespace lake::http
