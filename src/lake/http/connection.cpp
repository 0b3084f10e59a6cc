#include "lake/http/connection.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include "lake/http/error_envelope.hpp"
#include "lake/http/incoming_body.hpp"
#include "lake/http/page.hpp"
#include "lake/http/routes.hpp"

namespace lake::http {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using Code = boost::system::error_code;
using Wire = beast::http::request_parser<beast::http::string_body>;

constexpr std::chrono::seconds kDiscardTime{2};
/// In which a worker tells by itself that its time is over; it knows more about why.
constexpr std::chrono::seconds kTellTime{1};

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return result;
}

bool is_request_id(const std::string& id) {
  return !id.empty() && id.size() <= 64 &&
         id.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
             std::string::npos;
}

/// Counts while it lives.
class Counted {
 public:
  explicit Counted(std::atomic<std::uint32_t>& count, telemetry::Gauge* gauge = nullptr)
      : count_(count), gauge_(gauge) {
    ++count_;
    if (gauge_ != nullptr) gauge_->add(1);
  }
  ~Counted() {
    --count_;
    if (gauge_ != nullptr) gauge_->add(-1);
  }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

 private:
  std::atomic<std::uint32_t>& count_;
  telemetry::Gauge* const gauge_;
};

/// One request that a worker answers. Shared by the worker and the connection.
struct Exchange {
  Exchange(const asio::any_io_executor& strand, std::function<void()> notify)
      : news(strand), room(strand), pipe(std::move(notify)) {
    news.expires_at(asio::steady_timer::time_point::max());
    room.expires_at(asio::steady_timer::time_point::max());
  }
  asio::steady_timer news;  // cancelled when the pipe has something; rings when the time is over
  asio::steady_timer room;  // cancelled when the worker may want more of the request's body
  BodyPipe pipe;
  std::shared_ptr<RunningQuery> query;
  Request request;
  unsigned status = 200;  // of the answer, once it is known
  std::optional<os::MonotonicTime> deadline;
  std::atomic<bool> begun{false};  // a worker has it
  bool answered = false;           // what is still to come of the request's body is not wanted
  bool continues = false;          // its client waits for "100 Continue"
  [[nodiscard]] bool has_come() const { return !request.incoming || request.incoming->finished(); }
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(ConnectionShare& share, asio::ip::tcp::socket socket)
      : share_(share), counted_(share.connection_count, &share.connections), stream_(std::move(socket)) {}

  asio::awaitable<void> run();
  asio::awaitable<void> refuse();
  auto executor() { return stream_.get_executor(); }

 private:
  asio::awaitable<void> discard();
  asio::awaitable<bool> serve_one();
  asio::awaitable<bool> read_request(Wire& wire, Request& request, std::optional<Failure>& failure);
  std::optional<Failure> admit(const Wire& wire, Request& request, const Route*& route);
  /// Before the request is known. Gives false: the connection does not go on.
  asio::awaitable<bool> send_refusal(unsigned status, ErrorCode code, const char* what);
  [[nodiscard]] std::string new_request_id() const { return os::random_hex(share_.door.services.random, 16); }
  asio::awaitable<bool> send(Answer answer, const std::string& id, unsigned version, bool keep_alive);
  asio::awaitable<bool> work(Wire& wire, Request request, const Route& route, bool keep_alive);
  std::shared_ptr<Exchange> exchange_of(const Wire& wire, Request request, const Route& route,
                                        std::shared_ptr<RunningQuery> query);
  asio::awaitable<bool> relay_and_stop(std::shared_ptr<Exchange> exchange, unsigned version, bool keep_alive);
  asio::awaitable<void> feed(Wire& wire, std::shared_ptr<Exchange> exchange,
                             asio::cancellation_signal& watch);
  asio::awaitable<bool> relay(Exchange& exchange, unsigned version, bool keep_alive);
  asio::awaitable<bool> send_piece(const std::string& bytes, bool chunked);
  asio::awaitable<bool> send_head(const Exchange& exchange, const Answer& answer, unsigned version,
                                  bool chunked, bool keep_alive);
  asio::awaitable<void> send_continue(unsigned version);
  asio::awaitable<bool> send_events(const Request& request, const Route& route, unsigned version);
  [[nodiscard]] bool is_over(const Exchange& exchange) const;
  asio::awaitable<void> wait_for_news(Exchange& exchange);
  void log_failure(const std::string& what) const {
    share_.door.services.log.warn("http.connection_failed", {{"what", what}});
  }
  void watch_peer(const std::shared_ptr<Exchange>& exchange, asio::cancellation_signal& signal);
  void observe(std::string_view route, unsigned status, os::MonotonicTime began) const;

  ConnectionShare& share_;
  const Counted counted_;
  std::optional<Strangers::Entry> stranger_;  // until a request brought the token
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  bool head_only_ = false;  // the request is a HEAD
  bool unread_ = false;     // a refused request's body is still on its way
};

/// The answer's head, with what every answer carries.
beast::http::response<beast::http::string_body> head_of(const Answer& answer, const std::string& id,
                                                        unsigned version, bool keep_alive) {
  beast::http::response<beast::http::string_body> head;
  head.version(version);
  head.result(answer.status);
  head.set(beast::http::field::content_type, answer.content_type);
  head.set("X-Request-Id", id);
  head.set("X-Content-Type-Options", "nosniff");
  head.set(beast::http::field::cache_control, "no-store");
  for (const auto& [name, value] : answer.headers) head.set(name, value);
  head.keep_alive(keep_alive);
  return head;
}

/// A refusal before or instead of a route.
Answer refusal(unsigned status, ErrorCode code, const char* what, const std::string& id) {
  return answer_of({Error(code, what), status, {}}, id);
}

asio::awaitable<void> Connection::run() {
  stranger_.emplace(share_.strangers, [weak = weak_from_this(), executor = stream_.get_executor()] {
    asio::post(executor, [weak] {
      if (const auto self = weak.lock(); self && self->stranger_) self->stream_.close();
    });
  });
  // A failure here is one connection's, never the server's.
  std::string problem;
  try {
    while (co_await serve_one()) {
    }
  } catch (const std::exception& failure) {
    problem = failure.what();
  }
  if (!problem.empty()) log_failure(problem);
  Code code;
  stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, code);
  if (unread_) co_await discard();
}

asio::awaitable<void> Connection::discard() {
  // Closing on unread bytes resets the connection, and the client would lose the refusal it is about to read.
  constexpr std::size_t kDiscardBytesMax = 64U << 20U;
  stream_.expires_after(kDiscardTime);
  std::size_t total = 0;
  Code code;
  while (!code && total < kDiscardBytesMax) {
    buffer_.clear();
    total += co_await stream_.async_read_some(buffer_.prepare(16384),
                                              asio::redirect_error(asio::use_awaitable, code));
  }
}

asio::awaitable<bool> Connection::send_refusal(unsigned status, ErrorCode code, const char* what) {
  const std::string id = new_request_id();
  Answer answer = refusal(status, code, what, id);
  co_await send(std::move(answer), id, 11, false);
  co_return false;
}

asio::awaitable<void> Connection::refuse() {
  co_await send_refusal(503, ErrorCode::kUnavailable, "too many connections");
}

std::optional<Failure> Connection::admit(const Wire& wire, Request& request, const Route*& route) {
  const auto& message = wire.get();
  request.method = std::string(message.method_string());
  for (const auto& field : message) {
    auto& value = request.headers[lower(field.name_string())];
    value += (value.empty() ? "" : ", ") + std::string(field.value());
  }
  auto& door = share_.door;
  const auto* id = request.header("x-request-id");
  const bool bad_id = id != nullptr && !is_request_id(*id);
  request.id = id == nullptr || bad_id ? new_request_id() : *id;
  if (bad_id)
    return Failure{
        Error(ErrorCode::kInvalidArgument, "X-Request-Id is 1 to 64 letters, digits, '.', '_' or '-'"),
        0,
        {}};
  if (const auto parsed = parse_target(message.target(), request); !parsed)
    return Failure{parsed.error(), 0, {}};
  if (auto failure = door.gatekeeper.check_address(request)) return failure;
  auto stranger = door.gatekeeper.check_token(request);
  if (!stranger) stranger_.reset();
  Failure unknown{Error(ErrorCode::kNotFound, ""), 0, {}};
  const auto found = find_route(share_.routes, request, unknown);
  const bool link = found && (*found)->guard == Guard::kLink && door.gatekeeper.link_token_matches(request);
  // Who has no token does not learn which routes there are.
  if ((!found || (*found)->guard != Guard::kOpen) && !link) {
    if (stranger) return stranger;
  }
  if (!found) return unknown;
  if (!(*found)->transfer) {
    if (auto failure = door.gatekeeper.check_body(request)) return failure;
    const auto length = wire.content_length();
    if (length && *length > share_.options.body_bytes_max)
      return Failure{Error(ErrorCode::kResourceExhausted, "the body is too large"), 413, Headers()};
  }
  if ((*found)->working != nullptr && door.draining) {
    return Failure{Error(ErrorCode::kUnavailable, "the server is shutting down"), 0, {}};
  }
  route = *found;
  return std::nullopt;
}

bool expects_continue(const Wire& wire) {
  return lower(wire.get()[beast::http::field::expect]) == "100-continue";
}

/// A failure shows at the next read.
asio::awaitable<void> Connection::send_continue(unsigned version) {
  Code code;
  const beast::http::response<beast::http::empty_body> go_on(beast::http::status::continue_, version);
  co_await beast::http::async_write(stream_, go_on, asio::redirect_error(asio::use_awaitable, code));
}

asio::awaitable<bool> Connection::read_request(Wire& wire, Request& request,
                                               std::optional<Failure>& failure) {
  Code code;
  stream_.expires_after(share_.options.body_timeout);
  wire.body_limit(share_.options.body_bytes_max);
  if (expects_continue(wire)) co_await send_continue(wire.get().version());
  co_await beast::http::async_read(stream_, buffer_, wire, asio::redirect_error(asio::use_awaitable, code));
  if (code == beast::http::error::body_limit) {
    failure.emplace(Failure{Error(ErrorCode::kResourceExhausted, "the body is too large"), 413, Headers()});
    co_return true;
  }
  if (code) co_return false;
  request.body = std::move(wire.get().body());
  co_return true;
}

/// Whatever the route does, the client gets an answer.
Answer run_quick(Door& door, const Route& route, const Request& request) {
  try {
    return route.quick(door, request);
  } catch (const std::exception& problem) {
    door.services.log.error("http.route_failed",
                            {{"route", route.pattern}, {"request_id", request.id}, {"what", problem.what()}});
    return refusal(500, ErrorCode::kInternal, "the server failed on this request", request.id);
  }
}

asio::awaitable<bool> Connection::serve_one() {
  Wire wire;
  wire.header_limit(share_.options.header_bytes_max);
  wire.body_limit(boost::none);  // by route, once it is known
  Code code;
  if (buffer_.size() == 0) {
    // Idle until the next request begins; from then on its header has to come within its own time.
    stream_.expires_after(share_.options.idle_timeout);
    const auto count = co_await stream_.async_read_some(buffer_.prepare(4096),
                                                        asio::redirect_error(asio::use_awaitable, code));
    if (code) co_return false;
    buffer_.commit(count);
  }
  stream_.expires_after(share_.options.header_timeout);
  co_await beast::http::async_read_header(stream_, buffer_, wire,
                                          asio::redirect_error(asio::use_awaitable, code));
  const Counted exchange(share_.exchange_count);
  const auto began = share_.door.services.clock.monotonic_now();
  if (code == beast::http::error::header_limit) {
    co_return co_await send_refusal(431, ErrorCode::kResourceExhausted, "the header is too large");
  }
  const bool broke_off =
      code && (code == beast::http::error::end_of_stream || code == beast::error::timeout ||
               code.category() == boost::system::system_category());
  if (broke_off) {
    co_return false;
  }
  if (code) {
    co_return co_await send_refusal(400, ErrorCode::kInvalidArgument, "this is not an HTTP request");
  }
  Request request;
  const Route* route = nullptr;
  const unsigned version = wire.get().version();
  bool keep_alive = wire.get().keep_alive() && !share_.door.draining;
  request.received = began;
  head_only_ = wire.get().method() == beast::http::verb::head;
  auto failure = admit(wire, request, route);
  if (failure) {
    // Its body stays unread, so the connection cannot go on.
    unread_ = !wire.is_done();
    keep_alive = keep_alive && !unread_;
  } else if (!route->transfer) {
    if (!co_await read_request(wire, request, failure)) co_return false;
    unread_ = failure.has_value();
    if (unread_) keep_alive = false;
  }
  if (failure) {
    auto locked = locked_page(request, *failure);
    Answer answer = locked ? std::move(*locked) : answer_of(*failure, request.id);
    observe(route == nullptr ? "none" : route->pattern, answer.status, began);
    co_return co_await send(std::move(answer), request.id, version, keep_alive);
  }
  if (route->events != nullptr) co_return co_await send_events(request, *route, version);
  if (route->working != nullptr) co_return co_await work(wire, std::move(request), *route, keep_alive);
  Answer answer = run_quick(share_.door, *route, request);
  observe(route->pattern, answer.status, began);
  co_return co_await send(std::move(answer), request.id, version, keep_alive);
}

void Connection::observe(std::string_view route, unsigned status, os::MonotonicTime began) const {
  auto& services = share_.door.services;
  services.metrics
      .counter("dplake_http_requests_total", "Requests answered, by route and status",
               {{"route", std::string(route)}, {"status", std::to_string(status)}})
      .add();
  const std::chrono::duration<double> took = services.clock.monotonic_now() - began;
  services.metrics
      .histogram("dplake_http_request_seconds", "Time from a request's header to the end of its answer",
                 {{"route", std::string(route)}})
      .observe(took.count());
}

asio::awaitable<bool> Connection::send(Answer answer, const std::string& id, unsigned version,
                                       bool keep_alive) {
  auto response = head_of(answer, id, version, keep_alive);
  response.body() = std::move(answer.body);
  response.prepare_payload();
  if (answer.length && head_only_) response.content_length(*answer.length);
  if (answer.status == 204 || answer.status == 304) response.erase(beast::http::field::content_length);
  Code code;
  stream_.expires_after(share_.options.write_timeout);
  if (head_only_) {
    beast::http::response_serializer<beast::http::string_body> serializer(response);
    co_await beast::http::async_write_header(stream_, serializer,
                                             asio::redirect_error(asio::use_awaitable, code));
  } else {
    co_await beast::http::async_write(stream_, response, asio::redirect_error(asio::use_awaitable, code));
  }
  co_return !code && keep_alive;
}

void Connection::watch_peer(const std::shared_ptr<Exchange>& exchange, asio::cancellation_signal& signal) {
  // Bytes of a pipelined request end the watch; only the end of the stream means that nobody waits for the
  // answer.
  stream_.socket().async_wait(
      asio::ip::tcp::socket::wait_read,
      asio::bind_cancellation_slot(signal.slot(), [self = shared_from_this(), exchange](Code code) {
        if (code) return;
        char byte = 0;
        Code peeked;
        self->stream_.socket().non_blocking(true, peeked);
        self->stream_.socket().receive(asio::buffer(&byte, 1), asio::socket_base::message_peek, peeked);
        if (!peeked || peeked == asio::error::would_block) return;
        exchange->pipe.close();
        exchange->query->cancel();
      }));
}

/// On a worker: whatever the route does, the pipe ends.
void run_route(Door& door, const Route& route, Exchange& exchange) {
  exchange.begun = true;
  try {
    route.working(door, exchange.request, *exchange.query, exchange.pipe);
  } catch (const std::exception& problem) {
    door.services.log.error(
        "http.route_failed",
        {{"route", route.pattern}, {"request_id", exchange.request.id}, {"what", problem.what()}});
    exchange.pipe.abort();
  }
  door.queries.remove(exchange.request.id);
}

std::shared_ptr<Exchange> Connection::exchange_of(const Wire& wire, Request request, const Route& route,
                                                  std::shared_ptr<RunningQuery> query) {
  auto strand = stream_.get_executor();
  // The worker speaks to the connection through its strand; the exchange may outlive the connection, not the
  // other way round.
  auto holder = std::make_shared<std::weak_ptr<Exchange>>();
  const auto notify = [strand, holder] {
    asio::post(strand, [holder] {
      if (const auto alive = holder->lock()) {
        alive->news.cancel();
        alive->room.cancel();
      }
    });
  };
  auto exchange = std::make_shared<Exchange>(strand, notify);
  *holder = exchange;
  exchange->query = std::move(query);
  exchange->query->set_pipe(&exchange->pipe);
  exchange->request = std::move(request);
  if (route.time_limit != nullptr) {
    const auto limit = route.time_limit(exchange->request).value_or(share_.door.query_timeout);
    if (limit.count() > 0) exchange->deadline = exchange->request.received + limit;
  }
  if (route.transfer) {
    const auto length = wire.content_length();
    exchange->request.incoming =
        std::make_shared<IncomingBody>(length ? std::optional<std::uint64_t>(*length) : std::nullopt, notify);
    if (wire.is_done()) exchange->request.incoming->finish();
    exchange->continues = !wire.is_done() && expects_continue(wire);
  }
  return exchange;
}

asio::awaitable<bool> Connection::work(Wire& wire, Request request, const Route& route, bool keep_alive) {
  using namespace asio::experimental::awaitable_operators;  // NOLINT(google-build-using-namespace)
  const auto began = share_.door.services.clock.monotonic_now();
  const std::string id = request.id;
  const unsigned version = wire.get().version();
  auto& workers = route.transfer ? share_.transfers : share_.queries;
  auto added = share_.door.queries.add(id);
  if (!added || workers.count >= workers.count_max) {
    unread_ = route.transfer && !wire.is_done();
    if (added) share_.door.queries.remove(id);
    Answer answer =
        added ? refusal(429, ErrorCode::kResourceExhausted, "too many requests are waiting for a worker", id)
              : refusal(409, added.error().code(), added.error().message().c_str(), id);
    observe(route.pattern, answer.status, began);
    co_return co_await send(std::move(answer), id, version, keep_alive && !unread_);
  }
  const auto exchange = exchange_of(wire, std::move(request), route, *added);
  ++workers.count;
  workers.working.add(1);
  asio::post(workers.pool, [&share = share_, &workers, exchange, &route] {
    run_route(share.door, route, *exchange);
    --workers.count;
    workers.working.add(-1);
  });
  asio::cancellation_signal watch;
  bool go_on = false;
  if (route.transfer) {
    go_on = co_await (relay_and_stop(exchange, version, keep_alive) && feed(wire, exchange, watch));
    unread_ = !exchange->has_come();
  } else {
    watch_peer(exchange, watch);
    go_on = co_await relay(*exchange, version, keep_alive);
  }
  watch.emit(asio::cancellation_type::all);
  if (!go_on) {
    exchange->pipe.close();
    exchange->query->cancel();
  }
  observe(route.pattern, exchange->status, began);
  co_return go_on;
}

/// Moves a request's body from the wire to its worker, no faster than that one takes it.
asio::awaitable<void> Connection::feed(Wire& wire, std::shared_ptr<Exchange> exchange,
                                       asio::cancellation_signal& watch) {
  constexpr std::size_t kPieceBytes = 64U << 10U;
  auto& incoming = *exchange->request.incoming;
  beast::http::request_parser<beast::http::buffer_body> parser(std::move(wire));
  std::string piece(kPieceBytes, '\0');
  Code code;
  while (!parser.is_done()) {
    while (!exchange->answered && (exchange->continues || !incoming.has_room(kPieceBytes))) {
      co_await exchange->room.async_wait(asio::redirect_error(asio::use_awaitable, code));
    }
    if (exchange->answered) co_return;
    auto& body = parser.get().body();
    body.data = piece.data();
    body.size = piece.size();
    body.more = true;
    stream_.expires_after(share_.options.body_timeout);
    co_await beast::http::async_read_some(stream_, buffer_, parser,
                                          asio::redirect_error(asio::use_awaitable, code));
    if (code == beast::http::error::need_buffer) code = {};
    incoming.put(std::string_view(piece).substr(0, piece.size() - body.size));
    if (!code) continue;
    if (exchange->answered) co_return;
    const auto& malformations = beast::http::make_error_code(beast::http::error::bad_chunk).category();
    const bool malformed = code.category() == malformations && code != beast::http::error::partial_message;
    if (malformed) {
      incoming.fail(Error(ErrorCode::kInvalidArgument, "the body is not well formed: " + code.message()));
      co_return;
    }
    // Nobody waits for an answer.
    incoming.fail(Error(ErrorCode::kCancelled, "the client has gone before its body had come"));
    exchange->pipe.close();
    exchange->query->cancel();
    co_return;
  }
  incoming.finish();
  watch_peer(exchange, watch);
}

/// relay(), and the end of the body's transfer: once there is an answer, the rest is not wanted.
asio::awaitable<bool> Connection::relay_and_stop(std::shared_ptr<Exchange> exchange, unsigned version,
                                                 bool keep_alive) {
  const bool go_on = co_await relay(*exchange, version, keep_alive);
  exchange->answered = true;
  exchange->room.cancel();
  // Of its operations only a read of the body can still be under way.
  if (!exchange->has_come()) stream_.cancel();
  co_return go_on;
}

asio::awaitable<bool> Connection::send_piece(const std::string& bytes, bool chunked) {
  Code code;
  stream_.expires_after(share_.options.write_timeout);
  if (chunked) {
    co_await asio::async_write(stream_, beast::http::make_chunk(asio::buffer(bytes)),
                               asio::redirect_error(asio::use_awaitable, code));
  } else {
    co_await asio::async_write(stream_, asio::buffer(bytes), asio::redirect_error(asio::use_awaitable, code));
  }
  co_return !code;
}

/// A worker gets the time to tell by itself that its time is over.
bool Connection::is_over(const Exchange& exchange) const {
  if (!exchange.deadline) return false;
  const os::MonotonicTime patience = exchange.begun ? os::MonotonicTime(kTellTime) : os::MonotonicTime(0);
  return share_.door.services.clock.monotonic_now() >= *exchange.deadline + patience;
}

/// Until the pipe may have something, or the time may be over.
asio::awaitable<void> Connection::wait_for_news(Exchange& exchange) {
  stream_.expires_never();
  if (exchange.deadline) {
    const auto left = *exchange.deadline - share_.door.services.clock.monotonic_now();
    exchange.news.expires_after(left.count() > 0 ? left : left + kTellTime);
  }
  Code code;
  co_await exchange.news.async_wait(asio::redirect_error(asio::use_awaitable, code));
  exchange.news.expires_at(asio::steady_timer::time_point::max());
}

asio::awaitable<bool> Connection::send_head(const Exchange& exchange, const Answer& answer, unsigned version,
                                            bool chunked, bool keep_alive) {
  auto response = head_of(answer, exchange.request.id, version, keep_alive);
  if (answer.length) {
    response.content_length(*answer.length);
  } else {
    response.chunked(chunked);
  }
  const beast::http::response<beast::http::empty_body> head(std::move(response.base()));
  beast::http::response_serializer<beast::http::empty_body> serializer(head);
  Code code;
  stream_.expires_after(share_.options.write_timeout);
  co_await beast::http::async_write_header(stream_, serializer,
                                           asio::redirect_error(asio::use_awaitable, code));
  co_return !code;
}

asio::awaitable<bool> Connection::relay(Exchange& exchange, unsigned version, bool keep_alive) {
  bool chunked = version >= 11;
  bool go_on = false;  // after a streamed answer
  bool has_head = false;
  while (true) {
    if (exchange.continues && exchange.request.incoming->wanted()) {
      co_await send_continue(version);
      exchange.continues = false;
      exchange.room.cancel();
    }
    auto taken = exchange.pipe.take();
    if (!taken.anything()) {
      if (!is_over(exchange)) {
        co_await wait_for_news(exchange);
        continue;
      }
      // What the worker may still be doing is nobody's any more.
      exchange.pipe.close();
      exchange.query->cancel();
      if (has_head) co_return false;
      exchange.status = 504;
      Answer answer = refusal(504, ErrorCode::kTimeout,
                              "the statement ran or waited longer than it was given", exchange.request.id);
      co_return co_await send(std::move(answer), exchange.request.id, version,
                              keep_alive && exchange.has_come());
    }
    if (taken.whole) {
      exchange.status = taken.whole->status;
      co_return co_await send(std::move(*taken.whole), exchange.request.id, version,
                              keep_alive && exchange.has_come());
    }
    if (taken.head) {
      has_head = true;
      exchange.status = taken.head->status;
      go_on = keep_alive && exchange.has_come() && (chunked || taken.head->length);
      if (!co_await send_head(exchange, *taken.head, version, chunked, go_on)) co_return false;
      chunked = chunked && !taken.head->length;
      taken.bytes.insert(0, taken.head->body);
    }
    if (!taken.bytes.empty() && !co_await send_piece(taken.bytes, chunked)) co_return false;
    // Without the last chunk the client knows that the answer is not whole.
    if (taken.aborted) co_return false;
    if (taken.finished) {
      if (!chunked) co_return go_on;
      Code code;
      beast::http::fields trailers;
      for (const auto& [name, value] : taken.trailers) trailers.set(name, value);
      co_await asio::async_write(stream_, beast::http::make_chunk_last(trailers),
                                 asio::redirect_error(asio::use_awaitable, code));
      co_return !code && go_on;
    }
  }
}

/// Ends the wait of `timer`, from any thread.
std::function<void()> waker_of(const std::shared_ptr<asio::steady_timer>& timer) {
  return [executor = timer->get_executor(), weak = std::weak_ptr(timer)] {
    asio::post(executor, [weak] {
      if (const auto alive = weak.lock()) alive->cancel();
    });
  };
}

/// The events of a request, which wake `timer`; or why there are none.
std::unique_ptr<JobEvents> events_of(Door& door, const Route& route, const Request& request,
                                     const std::shared_ptr<asio::steady_timer>& timer, Answer& refused) {
  auto events = route.events(door, request);
  const Status followed = events ? (*events)->notify(waker_of(timer)) : Status(events.error());
  if (followed) return std::move(*events);
  refused = answer_of({followed.error(), 0, {}}, request.id);
  return nullptr;
}

/// The connection ends with the events.
asio::awaitable<bool> Connection::send_events(const Request& request, const Route& route, unsigned version) {
  const auto began = share_.door.services.clock.monotonic_now();
  const auto timer = std::make_shared<asio::steady_timer>(stream_.get_executor());
  Answer answer;
  const auto events = events_of(share_.door, route, request, timer, answer);
  observe(route.pattern, answer.status, began);
  if (!events) co_return co_await send(std::move(answer), request.id, version, false);
  const bool chunked = version >= 11;
  answer.content_type = "text/event-stream";
  auto response = head_of(answer, request.id, version, false);
  response.chunked(chunked);
  const beast::http::response<beast::http::empty_body> head(std::move(response.base()));
  beast::http::response_serializer<beast::http::empty_body> serializer(head);
  Code code;
  stream_.expires_after(share_.options.write_timeout);
  co_await beast::http::async_write_header(stream_, serializer,
                                           asio::redirect_error(asio::use_awaitable, code));
  while (!code && !share_.door.draining) {
    const std::string text = events->take();
    if (!text.empty()) {
      if (!co_await send_piece(text, chunked)) co_return false;
      if (!events->ended()) continue;
    }
    if (events->ended()) break;
    stream_.expires_never();
    timer->expires_after(JobEvents::kStep);
    Code woken;
    co_await timer->async_wait(asio::redirect_error(asio::use_awaitable, woken));
  }
  if (chunked && events->ended()) {
    const beast::http::fields none;
    co_await asio::async_write(stream_, beast::http::make_chunk_last(none),
                               asio::redirect_error(asio::use_awaitable, code));
  }
  co_return false;
}

}  // namespace

std::uint64_t Strangers::add(std::function<void()> close) {
  const MutexLock lock(mutex_);
  entries_.emplace(next_, std::move(close));
  return next_++;
}

void Strangers::remove(std::uint64_t number) {
  const MutexLock lock(mutex_);
  entries_.erase(number);
}

bool Strangers::close_oldest() {
  const MutexLock lock(mutex_);
  if (entries_.empty()) return false;
  const auto close = std::move(entries_.extract(entries_.begin()).mapped());
  close();
  return true;
}

void serve_connection(ConnectionShare& share, asio::ip::tcp::socket socket, bool refuse) {
  auto connection = std::make_shared<Connection>(share, std::move(socket));
  auto executor = connection->executor();
  asio::co_spawn(
      executor,
      [](std::shared_ptr<Connection> self, bool refused) -> asio::awaitable<void> {
        if (refused) {
          co_await self->refuse();
        } else {
          co_await self->run();
        }
      }(std::move(connection), refuse),
      asio::detached);
}

}  // namespace lake::http
