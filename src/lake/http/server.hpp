#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "lake/base/result.hpp"
#include "lake/http/door.hpp"
#include "lake/http/routes.hpp"

namespace lake::http {

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8080;  // 0 = any free one
  std::uint32_t io_threads = 2;
  std::uint32_t workers = 16;             // queries being answered at once
  std::uint32_t workers_queued_max = 64;  // waiting for a worker; beyond it 429
  std::uint32_t transfers = 16;           // bodies and files being moved at once; as many may wait
  std::uint32_t connections_max = 512;
  std::uint32_t header_bytes_max = 16U << 10U;
  std::uint64_t body_bytes_max = 64ULL << 20U;
  std::chrono::milliseconds header_timeout{10'000};  // from the first byte to the header's end
  std::chrono::milliseconds idle_timeout{60'000};    // from the end of the last answer to the next first byte
  std::chrono::milliseconds body_timeout{120'000};   // for a whole body, or for each piece of a streamed one
  std::chrono::milliseconds write_timeout{60'000};   // for each piece of an answer
  std::chrono::milliseconds query_timeout{0};        // of a query that says none; 0 = none
};

/// How a server ended.
enum class Stopped : std::uint8_t {
  kDrained,    // nothing had to be cancelled
  kCancelled,  // what outlasted the grace was cancelled, and ended
  kStuck,      // a statement does not end (planning cannot be interrupted): the process can only be left
};

/// The HTTP/1.1 door. Sockets are served by few io threads that never wait for anything else; queries run on
/// worker threads, and a slow client slows its own query only.
///
/// Threads: all members from one thread. Lifetime: services outlive it; stop() before destruction.
/// Bounds: ServerOptions; what is beyond them is refused with 429, 431, 413 or 503. A new connection beyond
/// connections_max takes the place of the oldest one that has not shown the token, where there is one.
class Server {
 public:
  /// Listens. Errors: kIo (address in use, not ours), kInvalidArgument (not an address).
  static Result<std::unique_ptr<Server>> open(Services services, ServerOptions options,
                                              std::span<const Route> routes = all_routes());
  virtual ~Server() = default;
  /// The port in use.
  [[nodiscard]] virtual std::uint16_t port() const = 0;
  /// "http://127.0.0.1:8080".
  [[nodiscard]] virtual std::string url() const = 0;
  /// Says 503 on /readyz and to new queries, lets running ones end until `grace` has passed, cancels the
  /// rest, closes all. Blocks until the grace and some seconds have passed. After kStuck the server
  /// and what it was given must not be destroyed.
  virtual Stopped stop(std::chrono::milliseconds grace) = 0;
};

}  // namespace lake::http
