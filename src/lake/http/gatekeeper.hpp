#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "lake/access/token.hpp"
#include "lake/base/mutex.hpp"
#include "lake/http/message.hpp"
#include "lake/os/clock.hpp"
#include "lake/os/random.hpp"

namespace lake::http {

/// Decides whether a request may be looked at: who it is addressed to, where it comes from, what it carries.
///
/// Against other accounts of the machine: the bearer token, compared in constant time. A browser gets a
/// random text in a cookie instead of it, good at this server only and for kBrowserTime: cookies go to every
/// port of a host, so another local server may come to see it. Against web pages in the owner's browser: the
/// Host must be a name of this server (a page that rebinds its own name to us is refused), an Origin must be
/// this server itself, and a body must be application/json, which no form can send. Threads: any. Bounds:
/// kBrowsersMax cookies are good at once; the oldest one gives way.
class Gatekeeper {
 public:
  static constexpr std::chrono::hours kBrowserTime{12};
  static constexpr std::size_t kBrowsersMax = 64;

  /// `address`: what the server listens on; a wildcard lets any numeric address be the Host. Lifetime: the
  /// references outlive it.
  Gatekeeper(const access::AdminToken& token, os::Clock& clock, os::Random& random, std::string address,
             std::uint16_t port);

  /// Host and Origin. Errors: 403 as kPermissionDenied, 400 for a missing Host.
  [[nodiscard]] std::optional<Failure> check_address(const Request& request) const;
  /// The token in Authorization, or a browser's cookie. Errors: 401.
  [[nodiscard]] std::optional<Failure> check_token(const Request& request) const;
  /// The media type of a body. Errors: 415.
  [[nodiscard]] std::optional<Failure> check_body(const Request& request) const;

  /// True when `?token=` of the page's link is right.
  [[nodiscard]] bool link_token_matches(const Request& request) const;
  /// A new Set-Cookie value that lets a browser in afterwards.
  [[nodiscard]] std::string cookie();

 private:
  [[nodiscard]] bool is_our_host(std::string host) const;
  [[nodiscard]] bool is_known_browser(std::string_view text) const;
  const access::AdminToken& token_;
  os::Clock& clock_;
  os::Random& random_;
  const std::string address_;
  const std::string port_;
  struct Browser {
    std::string text;
    os::MonotonicTime until;
  };
  mutable Mutex mutex_;
  std::deque<Browser> browsers_ LAKE_GUARDED_BY(mutex_);  // oldest first
};

}  // namespace lake::http
