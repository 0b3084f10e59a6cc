#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "lake/access/token.hpp"
#include "lake/http/message.hpp"

namespace lake::http {

/// Decides whether a request may be looked at: who it is addressed to, where it comes from, what it carries.
///
/// Against other accounts of the machine: the bearer token, compared in constant time. Against web pages in
/// the owner's browser: the Host must be a name of this server (a page that rebinds its own name to us is
/// refused), an Origin must be this server itself, and a body must be application/json, which no form can
/// send. Threads: any.
class Gatekeeper {
 public:
  /// `address`: what the server listens on; a wildcard lets any numeric address be the Host. Lifetime:
  /// `token` outlives it.
  Gatekeeper(const access::AdminToken& token, std::string address, std::uint16_t port);

  /// Host and Origin. Errors: 403 as kPermissionDenied, 400 for a missing Host.
  [[nodiscard]] std::optional<Failure> check_address(const Request& request) const;
  /// The token: Authorization, or the cookie. Errors: 401.
  [[nodiscard]] std::optional<Failure> check_token(const Request& request) const;
  /// The media type of a body. Errors: 415.
  [[nodiscard]] std::optional<Failure> check_body(const Request& request) const;

  /// True when `?token=` of the page's link is right.
  [[nodiscard]] bool link_token_matches(const Request& request) const;
  /// The Set-Cookie value that lets a browser in afterwards.
  [[nodiscard]] std::string cookie() const;

 private:
  [[nodiscard]] bool is_our_host(std::string host) const;
  const access::AdminToken& token_;
  const std::string address_;
  const std::string port_;
};

}  // namespace lake::http
