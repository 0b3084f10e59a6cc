#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <memory>

#include "lake/http/door.hpp"
#include "lake/http/server.hpp"

namespace lake::http {

/// What all connections of one server share. Outlives them.
struct ConnectionShare {
  Door& door;
  const ServerOptions& options;
  boost::asio::thread_pool& workers;
  telemetry::Gauge& connections;
  std::atomic<std::uint32_t> work_count{0};  // running and waiting for a worker
  std::atomic<std::uint32_t> connection_count{0};
  std::atomic<std::uint32_t> exchange_count{0};  // requests between their header and the end of their answer
};

/// Serves one accepted socket until it ends, on a strand of its own. `refuse`: there are too many; say so and
/// close.
void serve_connection(ConnectionShare& share, boost::asio::ip::tcp::socket socket, bool refuse);

}  // namespace lake::http
