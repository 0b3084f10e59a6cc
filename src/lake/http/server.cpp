#include "lake/http/server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <thread>

#include "lake/http/connection.hpp"

namespace lake::http {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Code = boost::system::error_code;

constexpr std::chrono::milliseconds kPoll{10};
constexpr std::chrono::seconds kCancelPatience{5};
constexpr std::chrono::seconds kIdleCheck{30};

telemetry::Gauge& working(const Services& services, const char* kind) {
  return services.metrics.gauge("dplake_http_working", "Requests running and waiting for a worker, by kind",
                                {{"kind", kind}});
}

class BeastServer final : public Server {
 public:
  BeastServer(Services services, ServerOptions options, std::uint16_t port,
              std::unique_ptr<asio::io_context> io, tcp::acceptor acceptor, std::span<const Route> routes)
      : options_(std::move(options)),
        port_(port),
        io_(std::move(io)),
        acceptor_(std::move(acceptor)),
        workers_(options_.workers),
        transfers_(options_.transfers),
        door_{.services = services,
              .gatekeeper = {services.token, services.clock, services.random, options_.address, port},
              .queries = {},
              .sessions = {services.sessions, services.clock, services.random, services.metrics},
              .query_timeout = options_.query_timeout,
              .draining = false},
        share_{.door = door_,
               .options = options_,
               .routes = routes,
               .queries = {.pool = workers_,
                           .count_max = options_.workers + options_.workers_queued_max,
                           .working = working(services, "query")},
               .transfers = {.pool = transfers_,
                             .count_max = 2 * options_.transfers,
                             .working = working(services, "transfer")},
               .connections = services.metrics.gauge("dplake_http_connections", "Open HTTP connections"),
               .connection_count = 0,
               .exchange_count = 0,
               .strangers = {}} {}

  ~BeastServer() override {
    if (!stopped_) stop(std::chrono::milliseconds(0));
  }

  void start() {
    asio::co_spawn(*io_, accept_all(this), asio::detached);
    asio::co_spawn(*io_, end_idle_sessions(this), asio::detached);
    for (std::uint32_t i = 0; i < options_.io_threads; ++i) threads_.emplace_back([this] { io_->run(); });
  }

  std::uint16_t port() const override { return port_; }

  std::string url() const override {
    const bool six = options_.address.find(':') != std::string::npos;
    std::string host = six ? "[" + options_.address + "]" : options_.address;
    if (options_.address == "0.0.0.0" || options_.address == "::") host = "127.0.0.1";
    return "http://" + host + ":" + std::to_string(port_);
  }

  Stopped stop(std::chrono::milliseconds grace) override {
    door_.draining = true;
    const bool idle = wait_until_none(share_.exchange_count, grace);
    if (!idle) {
      door_.queries.cancel_all();
      wait_until_none(share_.exchange_count, kCancelPatience);
    }
    io_->stop();
    for (auto& thread : threads_) thread.join();
    threads_.clear();
    // What still runs has lost its client; its next write must not wait for one.
    door_.queries.abandon_all();
    if (!wait_until_none(share_.queries.count, kCancelPatience)) return Stopped::kStuck;
    if (!wait_until_none(share_.transfers.count, kCancelPatience)) return Stopped::kStuck;
    workers_.join();
    transfers_.join();
    door_.sessions.close_all();
    acceptor_.reset();
    io_.reset();
    stopped_ = true;
    return idle ? Stopped::kDrained : Stopped::kCancelled;
  }

 private:
  static asio::awaitable<void> accept_all(BeastServer* self) {
    while (true) {
      Code code;
      tcp::socket socket(asio::make_strand(*self->io_));
      co_await self->acceptor_->async_accept(socket, asio::redirect_error(asio::use_awaitable, code));
      if (code == asio::error::operation_aborted || !self->acceptor_->is_open()) co_return;
      if (code) {
        // Out of descriptors: what is open goes on, and accepting again waits for one to end.
        asio::steady_timer pause(*self->io_, std::chrono::milliseconds(50));
        co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, code));
        continue;
      }
      socket.set_option(tcp::no_delay(true), code);
      const bool full = self->share_.connection_count >= self->options_.connections_max;
      // Who has shown no token must not keep others out.
      const bool refuse = full && !self->share_.strangers.close_oldest();
      serve_connection(self->share_, std::move(socket), refuse);
    }
  }

  static asio::awaitable<void> end_idle_sessions(BeastServer* self) {
    asio::steady_timer pause(*self->io_);
    while (true) {
      Code code;
      pause.expires_after(kIdleCheck);
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, code));
      // A rollback may take its time, which io threads do not have.
      asio::post(self->workers_, [self] { self->door_.sessions.end_idle(); });
    }
  }

  bool wait_until_none(const std::atomic<std::uint32_t>& count, std::chrono::milliseconds limit) {
    auto& clock = door_.services.clock;
    const auto until = clock.monotonic_now() + limit;
    while (count > 0) {
      if (clock.monotonic_now() >= until) return false;
      clock.sleep(kPoll);
    }
    return true;
  }

  const ServerOptions options_;
  const std::uint16_t port_;
  std::unique_ptr<asio::io_context> io_;
  std::optional<tcp::acceptor> acceptor_;
  asio::thread_pool workers_;
  asio::thread_pool transfers_;
  Door door_;
  ConnectionShare share_;
  std::vector<std::thread> threads_;
  bool stopped_ = false;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::open(Services services, ServerOptions options,
                                             std::span<const Route> routes) {
  Code code;
  const auto address = asio::ip::make_address(options.address, code);
  if (code)
    return Error(ErrorCode::kInvalidArgument, "server.address is not an IP address: " + options.address);
  auto io = std::make_unique<asio::io_context>();
  tcp::acceptor acceptor(*io);
  const tcp::endpoint endpoint(address, options.port);
  acceptor.open(endpoint.protocol(), code);
  if (!code) acceptor.set_option(asio::socket_base::reuse_address(true), code);
  if (!code) acceptor.bind(endpoint, code);
  if (!code) acceptor.listen(asio::socket_base::max_listen_connections, code);
  if (code) {
    return Error(ErrorCode::kIo, "cannot listen on " + options.address + ":" + std::to_string(options.port) +
                                     ": " + code.message());
  }
  const auto port = acceptor.local_endpoint().port();
  auto server = std::make_unique<BeastServer>(services, std::move(options), port, std::move(io),
                                              std::move(acceptor), routes);
  server->start();
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace lake::http
