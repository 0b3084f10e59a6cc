#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <map>
#include <memory>
#include <span>

#include "lake/http/door.hpp"
#include "lake/http/server.hpp"

namespace lake::http {

/// Connections that have not shown the token yet, oldest first. Threads: any.
class Strangers {
 public:
  /// A connection's place in the list, while it lives.
  class Entry {
   public:
    /// `close`: called at most once, from any thread; must not call back into the list.
    Entry(Strangers& list, std::function<void()> close) : list_(list), number_(list.add(std::move(close))) {}
    ~Entry() { list_.remove(number_); }
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

   private:
    Strangers& list_;
    const std::uint64_t number_;
  };
  /// Closes the oldest one; false when there is none.
  bool close_oldest();

 private:
  std::uint64_t add(std::function<void()> close);
  void remove(std::uint64_t number);
  Mutex mutex_;
  std::map<std::uint64_t, std::function<void()>> entries_ LAKE_GUARDED_BY(mutex_);
  std::uint64_t next_ LAKE_GUARDED_BY(mutex_) = 0;
};

/// Threads that answer requests.
struct Workers {
  boost::asio::thread_pool& pool;
  std::uint32_t count_max;  // of requests, running and waiting
  telemetry::Gauge& working;
  std::atomic<std::uint32_t> count{0};
};

/// What all connections of one server share. Outlives them.
struct ConnectionShare {
  Door& door;
  const ServerOptions& options;
  std::span<const Route> routes;
  Workers queries;
  Workers transfers;  // for routes that move bytes, so that slow clients keep no query waiting
  telemetry::Gauge& connections;
  std::atomic<std::uint32_t> connection_count{0};
  std::atomic<std::uint32_t> exchange_count{0};  // requests between their header and the end of their answer
  Strangers strangers{};
};

/// Serves one accepted socket until it ends, on a strand of its own. `refuse`: there are too many; say so and
/// close.
void serve_connection(ConnectionShare& share, boost::asio::ip::tcp::socket socket, bool refuse);

}  // namespace lake::http
