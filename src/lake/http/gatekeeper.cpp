#include "lake/http/gatekeeper.hpp"

#include <algorithm>
#include <cctype>

namespace lake::http {

namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

Failure forbidden(const char* why) { return {Error(ErrorCode::kPermissionDenied, why), 403, {}}; }

bool is_numeric_address(const std::string& host) {
  if (host.starts_with('['))
    return host.ends_with(']') && host.find_first_not_of("0123456789abcdef:.[]") == std::string::npos;
  return !host.empty() && host.find_first_not_of("0123456789.") == std::string::npos;
}

}  // namespace

Gatekeeper::Gatekeeper(const access::AdminToken& token, os::Clock& clock, os::Random& random,
                       std::string address, std::uint16_t port)
    : token_(token),
      clock_(clock),
      random_(random),
      address_(lower(std::move(address))),
      port_(std::to_string(port)) {}

bool Gatekeeper::is_our_host(std::string host) const {
  host = lower(std::move(host));
  const std::string suffix = ":" + port_;
  if (host.ends_with(suffix)) {
    host.resize(host.size() - suffix.size());
  } else if (port_ != "80") {
    return false;
  }
  if (host == "localhost" || host == "127.0.0.1" || host == "[::1]") return true;
  if (host == address_ || host == "[" + address_ + "]") return true;
  const bool wildcard = address_ == "0.0.0.0" || address_ == "::";
  return wildcard && is_numeric_address(host);
}

std::optional<Failure> Gatekeeper::check_address(const Request& request) const {
  const auto* host = request.header("host");
  if (host == nullptr)
    return Failure{Error(ErrorCode::kInvalidArgument, "the Host header is missing"), 400, {}};
  if (!is_our_host(*host)) return forbidden("the Host header does not name this server");
  const auto* origin = request.header("origin");
  if (origin != nullptr && lower(*origin) != "http://" + lower(*host)) {
    return forbidden("requests from other web pages are refused");
  }
  return std::nullopt;
}

std::optional<Failure> Gatekeeper::check_token(const Request& request) const {
  if (const auto* header = request.header("authorization")) {
    constexpr std::string_view kScheme = "bearer ";
    if (lower(header->substr(0, kScheme.size())) == kScheme &&
        token_.matches(header->substr(kScheme.size()))) {
      return std::nullopt;
    }
  } else if (const auto* cookies = request.header("cookie")) {
    const std::string name = "dplake_" + port_ + "=";
    for (std::size_t at = 0; at != std::string::npos && at < cookies->size();) {
      at = cookies->find_first_not_of(" ;", at);
      if (at == std::string::npos) break;
      const auto end = cookies->find(';', at);
      const auto cookie_text = cookies->substr(at, end == std::string::npos ? end : end - at);
      if (cookie_text.starts_with(name) &&
          is_known_browser(std::string_view(cookie_text).substr(name.size())))
        return std::nullopt;
      at = end;
    }
  }
  return Failure{Error(ErrorCode::kPermissionDenied,
                       "the token is missing or wrong; it is in the file admin.token of the data directory"),
                 401,
                 {{"WWW-Authenticate", "Bearer"}}};
}

std::optional<Failure> Gatekeeper::check_body(const Request& request) const {
  if (request.method != "POST" && request.method != "PUT" && request.method != "PATCH") return std::nullopt;
  const auto* type = request.header("content-type");
  std::string media = type == nullptr ? std::string() : lower(type->substr(0, type->find(';')));
  while (!media.empty() && media.back() == ' ') media.pop_back();
  if (media == "application/json") return std::nullopt;
  return Failure{
      Error(ErrorCode::kInvalidArgument, "the body must be sent as Content-Type: application/json"), 415, {}};
}

bool Gatekeeper::link_token_matches(const Request& request) const {
  const auto found = request.query.find("token");
  return found != request.query.end() && token_.matches(found->second);
}

bool Gatekeeper::is_known_browser(std::string_view text) const {
  const auto now = clock_.monotonic_now();
  const MutexLock lock(mutex_);
  bool known = false;
  // All of them, and all of each: how long it takes tells nothing.
  for (const auto& browser : browsers_) {
    known |= access::is_same_secret(browser.text, text) && now < browser.until;
  }
  return known;
}

std::string Gatekeeper::cookie() {
  constexpr std::size_t kBytes = 32;
  const std::string text = os::random_hex(random_, kBytes);
  const auto now = clock_.monotonic_now();
  {
    const MutexLock lock(mutex_);
    while (!browsers_.empty() && (browsers_.size() >= kBrowsersMax || browsers_.front().until <= now)) {
      browsers_.pop_front();
    }
    browsers_.push_back({text, now + kBrowserTime});
  }
  return "dplake_" + port_ + "=" + text + "; Path=/; HttpOnly; SameSite=Strict; Max-Age=" +
         std::to_string(std::chrono::seconds(kBrowserTime).count());
}

}  // namespace lake::http
