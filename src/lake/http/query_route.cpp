#include "lake/http/query_route.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>

#include "lake/http/error_envelope.hpp"

namespace lake::http {

namespace {

using nlohmann::json;

constexpr std::uint64_t kTimeoutMillisMax = 86'400'000;

Error bad(const std::string& what) { return Error(ErrorCode::kInvalidArgument, what); }

/// Looks for the first number that a parsed document cannot hold as it was written.
class InexactNumber {
 public:
  [[nodiscard]] const std::string& text() const { return text_; }

  bool null() { return true; }
  bool boolean(bool /*value*/) { return true; }
  bool number_integer(std::int64_t /*value*/) { return true; }
  bool number_unsigned(std::uint64_t /*value*/) { return true; }
  bool number_float(double /*value*/, const std::string& text) {
    const auto exponent = std::min(text.find_first_of("eE"), text.size());
    std::string digits;
    for (const char c : text.substr(0, exponent)) {
      if (c >= '0' && c <= '9') digits += c;
    }
    digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
    if (text.find('.') < exponent) digits.erase(digits.find_last_not_of('0') + 1);
    const bool integer = text.find_first_of(".eE") == std::string::npos;
    if (!integer && digits.size() <= std::numeric_limits<double>::max_digits10) return true;
    text_ = text;
    return false;
  }
  bool string(const std::string& /*value*/) { return true; }
  bool binary(const json::binary_t& /*value*/) { return true; }
  bool start_object(std::size_t /*count*/) { return true; }
  bool key(const std::string& /*name*/) { return true; }
  bool end_object() { return true; }
  bool start_array(std::size_t /*count*/) { return true; }
  bool end_array() { return true; }
  bool parse_error(std::size_t /*position*/, const std::string& /*token*/, const json::exception& /*error*/) {
    return false;
  }

 private:
  std::string text_;  // empty: none
};

/// Errors: kInvalidArgument.
Status check_numbers(const std::string& body) {
  InexactNumber found;
  json::sax_parse(body, &found);
  if (found.text().empty()) return ok();
  return bad("this number would lose digits, give it as a text: " + found.text());
}

Result<query::Parameter> parameter_of(const json& value) {
  if (value.is_null()) return query::Parameter(std::monostate());
  if (value.is_boolean()) return query::Parameter(value.get<bool>());
  if (value.is_string()) return query::Parameter(value.get<std::string>());
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX)) {
    return query::Parameter(value.get<std::uint64_t>());
  }
  if (value.is_number_integer()) return query::Parameter(value.get<std::int64_t>());
  if (value.is_number_float()) return query::Parameter(value.get<double>());
  return bad("a parameter is null, a boolean, a number or a text; give lists and objects as JSON text");
}

Result<query::Parameters> parameters_of(const json& value) {
  query::Parameters parameters;
  if (value.is_array()) {
    for (const auto& item : value) {
      LAKE_TRY(auto parameter, parameter_of(item));
      parameters.positional.push_back(std::move(parameter));
    }
    return parameters;
  }
  if (!value.is_object()) return bad("\"params\" is an array or an object");
  for (const auto& [name, item] : value.items()) {
    LAKE_TRY(auto parameter, parameter_of(item));
    parameters.named.emplace(name, std::move(parameter));
  }
  return parameters;
}

/// One part of an Accept header: "text/csv;q=0.5".
struct MediaRange {
  std::string type;  // lower case, without parameters
  double weight = 1;
};

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t") - first + 1));
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

MediaRange media_range(std::string_view text) {
  MediaRange range;
  for (std::size_t at = 0; at <= text.size();) {
    const auto end = std::min(text.find(';', at), text.size());
    const std::string part = lower(trimmed(text.substr(at, end - at)));
    if (at == 0) {
      range.type = part;
    } else if (part.starts_with("q=")) {
      const auto* last = part.data() + part.size();
      if (std::from_chars(part.data() + 2, last, range.weight).ptr != last) range.weight = 0;
    }
    at = end + 1;
  }
  return range;
}

std::optional<query::Format> format_of(const std::string& type) {
  if (type == "*/*" || type == "application/*") return query::Format::kJson;
  if (type == "text/*") return query::Format::kCsv;
  return type.find('/') == std::string::npos ? std::nullopt : query::format_named(type);
}

/// The heaviest media type of an Accept header that we can give, the first of equals.
Result<query::Format> accepted_format(const Request& request) {
  const auto* accept = request.header("accept");
  if (accept == nullptr || accept->empty()) return query::Format::kJson;
  std::optional<query::Format> best;
  double weight = 0;
  for (std::size_t at = 0; at < accept->size();) {
    const auto comma = std::min(accept->find(',', at), accept->size());
    const auto range = media_range(std::string_view(*accept).substr(at, comma - at));
    const auto format = format_of(range.type);
    if (format && range.weight > weight) {
      best = format;
      weight = range.weight;
    }
    at = comma + 1;
  }
  if (best) return *best;
  return bad("none of the formats that Accept names can be given: " + *accept);
}

Status read_member(const std::string& name, const json& value, QueryRequest& out, bool& has_format) {
  if (name == "sql") {
    if (!value.is_string()) return bad("\"sql\" is a text");
    out.sql = value.get<std::string>();
  } else if (name == "params") {
    if (!value.is_null()) {
      LAKE_TRY(out.parameters, parameters_of(value));
    }
  } else if (name == "format") {
    const auto format = value.is_string() ? query::format_named(value.get<std::string>()) : std::nullopt;
    if (!format) return bad("\"format\" is one of json, ndjson, csv, tsv, table, markdown, parquet");
    out.format = *format;
    has_format = true;
  } else if (name == "timeout_ms") {
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > kTimeoutMillisMax)
      return bad("\"timeout_ms\" is a number from 0 to 86400000");
    out.options.timeout = std::chrono::milliseconds(value.get<std::int64_t>());
  } else if (name == "max_rows") {
    if (!value.is_number_unsigned()) return bad("\"max_rows\" is a number");
    out.options.rows_max = value.get<std::uint64_t>();
  } else {
    return bad("unknown member: \"" + name + "\"");
  }
  return ok();
}

std::string_view kind_name(query::StatementKind kind) {
  switch (kind) {
    case query::StatementKind::kRows:
      return "rows";
    case query::StatementKind::kChange:
      return "change";
    case query::StatementKind::kNothing:
      return "nothing";
  }
  return "";
}

/// Holds the first bytes back, so that a query that fails early, or ends early, is answered whole.
class AnswerWriter {
 public:
  /// `go_on`: asked while the client takes nothing.
  AnswerWriter(BodyPipe& pipe, const Request& request, query::Format format, std::function<Status()> go_on)
      : pipe_(pipe), request_(request), format_(format), go_on_(std::move(go_on)) {}

  void set_stream(const query::ResultStream& stream) {
    head_.content_type = query::media_type(format_);
    has_rows_ = stream.kind() == query::StatementKind::kRows;
    head_.headers.emplace_back("X-Dplake-Statement", kind_name(stream.kind()));
    if (stream.kind() == query::StatementKind::kChange) {
      head_.headers.emplace_back("X-Dplake-Changed-Rows", std::to_string(stream.changed_rows()));
    }
  }

  /// The rows were cut; said in the head while it waits, after the body else.
  void set_truncated() {
    if (streaming_) {
      trailers_.emplace_back(kTruncated, "true");
    } else {
      head_.headers.emplace_back(kTruncated, "true");
    }
  }

  Status write(std::string_view bytes) {
    if (!streaming_ && head_.body.size() + bytes.size() <= kWholeBytesMax) {
      head_.body += bytes;
      return ok();
    }
    if (!streaming_) {
      streaming_ = true;
      if (has_rows_) head_.headers.emplace_back("Trailer", kTruncated);
      pipe_.begin(std::move(head_));
    }
    return pipe_.write(bytes, go_on_);
  }

  /// `ending` runs before the client can know that the answer is over.
  void end(const Status& status, const std::function<void()>& ending) {
    bool whole = status.has_value();
    if (streaming_ && !status) {
      const auto tail = query::broken_off(format_, error_json(status.error(), request_.id));
      whole = tail && pipe_.write(*tail, go_on_);
    }
    ending();
    const auto* late = request_.header("x-dplake-late-error");
    if (streaming_ && !status && late != nullptr && *late == "trailer") {
      // Who asks for it looks at it, so the stream need not be cut to be known as broken off.
      whole = true;
      trailers_.emplace_back("X-Dplake-Error", error_field(status.error(), request_.id));
    }
    if (!streaming_) {
      pipe_.answer(status ? std::move(head_) : answer_of({status.error(), 0, {}}, request_.id));
    } else if (whole) {
      pipe_.finish(std::move(trailers_));
    } else {
      pipe_.abort();
    }
  }

 private:
  static constexpr std::size_t kWholeBytesMax = 128U << 10U;
  static constexpr const char* kTruncated = "X-Dplake-Truncated";
  BodyPipe& pipe_;
  const Request& request_;
  const query::Format format_;
  const std::function<Status()> go_on_;
  Answer head_;
  Headers trailers_;
  bool has_rows_ = false;
  bool streaming_ = false;
};

/// The session is detached before it goes, whatever happens.
class Attached {
 public:
  Attached(RunningQuery& query, query::Session& session) : query_(query) { query_.attach(&session); }
  ~Attached() { query_.attach(nullptr); }
  Attached(const Attached&) = delete;
  Attached& operator=(const Attached&) = delete;

 private:
  RunningQuery& query_;
};

Status run_in(query::Session& session, const QueryRequest& wanted, RunningQuery& query,
              AnswerWriter& writer) {
  const Attached attached(query, session);
  LAKE_TRY(const auto stream, session.run(wanted.sql, wanted.parameters, wanted.options));
  writer.set_stream(*stream);
  LAKE_CHECK_OK(query::encode(*stream, wanted.format,
                              [&writer](std::string_view bytes) { return writer.write(bytes); }));
  if (stream->truncated()) writer.set_truncated();
  return ok();
}

Status run(Door& door, const QueryRequest& wanted, RunningQuery& query, AnswerWriter& writer) {
  if (!wanted.session.empty()) {
    LAKE_TRY(const auto loan, door.sessions.borrow(wanted.session, query.cancelled()));
    return run_in(loan->session(), wanted, query, writer);
  }
  LAKE_TRY(const auto session, door.services.sessions.open());
  return run_in(*session, wanted, query, writer);
}

}  // namespace

Result<QueryRequest> parse_query_request(const Request& request) {
  const json body = json::parse(request.body, nullptr, false);
  if (body.is_discarded()) return bad("the body is not JSON");
  if (!body.is_object()) return bad("the body is not a JSON object");
  QueryRequest wanted;
  bool has_format = false;
  for (const auto& [name, value] : body.items()) LAKE_CHECK_OK(read_member(name, value, wanted, has_format));
  if (!body.contains("sql")) return bad("\"sql\" is missing");
  if (body.contains("params")) LAKE_CHECK_OK(check_numbers(request.body));
  if (!has_format) {
    LAKE_TRY(wanted.format, accepted_format(request));
  }
  wanted.options.from_door = true;
  if (const auto* session = request.header("x-dplake-session"); session != nullptr) wanted.session = *session;
  wanted.options.stateless = wanted.session.empty();
  wanted.options.request_id = request.id;
  return wanted;
}

std::optional<std::chrono::milliseconds> query_time_limit(const Request& request) {
  if (request.body.size() > kPeekBytesMax) return std::nullopt;
  const json body = json::parse(request.body, nullptr, false);
  if (!body.is_object()) return std::nullopt;
  const auto found = body.find("timeout_ms");
  if (found == body.end() || !found->is_number_unsigned()) return std::nullopt;
  return std::chrono::milliseconds(std::min<std::uint64_t>(found->get<std::uint64_t>(), kTimeoutMillisMax));
}

void post_query(Door& door, const Request& request, RunningQuery& query, BodyPipe& pipe) {
  auto wanted = parse_query_request(request);
  if (!wanted) {
    pipe.answer(answer_of({wanted.error(), 0, {}}, request.id));
    return;
  }
  wanted->options.cancelled = query.cancelled();
  const auto limit = wanted->options.timeout.value_or(door.query_timeout);
  if (limit.count() > 0) wanted->options.deadline = request.received + limit;
  const auto go_on = [&clock = door.services.clock, &options = wanted->options]() -> Status {
    if (*options.cancelled) return Error(ErrorCode::kCancelled, "the statement was cancelled");
    if (!options.deadline || clock.monotonic_now() < *options.deadline) return ok();
    return Error(ErrorCode::kTimeout, "the client took longer than the statement was given");
  };
  AnswerWriter writer(pipe, request, wanted->format, go_on);
  const auto status = run(door, *wanted, query, writer);
  if (!status && status_of(status.error().code()) == 500) {
    door.services.log.error("http.query_failed", {{"request_id", request.id},
                                                  {"code", name_of(status.error().code())},
                                                  {"message", status.error().message()}});
  }
  writer.end(status, [&] { door.queries.remove(request.id); });
}

}  // namespace lake::http
