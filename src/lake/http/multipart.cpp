#include "lake/http/multipart.hpp"

#include <algorithm>

namespace lake::http {

namespace {

Error broken(const char* what) {
  return {ErrorCode::kInvalidArgument, std::string("the multipart body is broken: ") + what};
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return result;
}

std::string_view trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(" \t");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

/// The value of `name` among "; name=value; name="quoted value"".
std::optional<std::string> parameter(std::string_view text, std::string_view name) {
  std::size_t at = text.find(';');
  while (at < text.size()) {
    const auto equals = text.find('=', at);
    if (equals == std::string_view::npos) return std::nullopt;
    const auto found = lower(trimmed(text.substr(at + 1, equals - at - 1)));
    std::string value;
    if (equals + 1 < text.size() && text[equals + 1] == '"') {
      for (at = equals + 2; at < text.size() && text[at] != '"'; ++at) {
        if (text[at] == '\\' && at + 1 < text.size() && (text[at + 1] == '"' || text[at + 1] == '\\')) ++at;
        value += text[at];
      }
      at = text.find(';', at);
    } else {
      at = text.find(';', equals);
      value = trimmed(text.substr(equals + 1, at == std::string_view::npos ? at : at - equals - 1));
    }
    if (found == name) return value;
  }
  return std::nullopt;
}

Result<MultipartReader::Head> head_of(std::string_view lines) {
  while (!lines.empty()) {
    const auto end = lines.find("\r\n");
    const auto line = lines.substr(0, end);
    lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 2);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || lower(line.substr(0, colon)) != "content-disposition") continue;
    auto name = parameter(line, "name");
    if (!name) break;
    return MultipartReader::Head{std::move(*name), parameter(line, "filename")};
  }
  return broken("a part has no name");
}

}  // namespace

std::optional<std::string> multipart_boundary(std::string_view content_type) {
  constexpr std::size_t kBoundaryBytesMax = 70;
  if (lower(trimmed(content_type.substr(0, content_type.find(';')))) != "multipart/form-data")
    return std::nullopt;
  auto boundary = parameter(content_type, "boundary");
  if (!boundary || boundary->empty() || boundary->size() > kBoundaryBytesMax) return std::nullopt;
  return boundary;
}

MultipartReader::MultipartReader(std::string_view boundary, Sink& sink)
    : delimiter_("\r\n--" + std::string(boundary)), sink_(sink) {}

Status MultipartReader::feed(std::string_view bytes) {
  if (place_ == Place::kEpilogue) return ok();
  pending_ += bytes;
  while (true) {
    LAKE_TRY(const bool stepped, step());
    if (!stepped) return ok();
  }
}

Status MultipartReader::finish() {
  return place_ == Place::kEpilogue ? ok() : Status(broken("it ends before its last boundary"));
}

Result<bool> MultipartReader::step() {
  switch (place_) {
    case Place::kPreamble:
    case Place::kContent:
      return step_text();
    case Place::kBoundary:
      return step_boundary();
    case Place::kHeader:
      return step_header();
    case Place::kEpilogue:
      break;
  }
  pending_.clear();
  return false;
}

/// Up to the next boundary; what may be its beginning waits.
Result<bool> MultipartReader::step_text() {
  const auto found = pending_.find(delimiter_);
  const bool is_found = found != std::string::npos;
  const auto count = is_found ? found : pending_.size() - std::min(pending_.size(), delimiter_.size() - 1);
  if (count > 0 && place_ == Place::kContent)
    LAKE_CHECK_OK(sink_.bytes(std::string_view(pending_).substr(0, count)));
  pending_.erase(0, count);
  if (!is_found) return false;
  pending_.erase(0, delimiter_.size());
  if (place_ == Place::kContent) LAKE_CHECK_OK(sink_.end());
  place_ = Place::kBoundary;
  return true;
}

Result<bool> MultipartReader::step_boundary() {
  if (pending_.size() < 2) return false;
  if (pending_.starts_with("--")) {
    place_ = Place::kEpilogue;
    return true;
  }
  const auto text = pending_.find_first_not_of(" \t");
  if (text == std::string::npos || text + 2 > pending_.size()) {
    if (pending_.size() > kHeaderBytesMax) return broken("a boundary's line does not end");
    return false;
  }
  if (pending_.compare(text, 2, "\r\n") != 0) return broken("something stands behind a boundary");
  // Its line break stays: a part without headers has the empty line right away.
  pending_.erase(0, text);
  place_ = Place::kHeader;
  return true;
}

Result<bool> MultipartReader::step_header() {
  const auto end = pending_.find("\r\n\r\n");
  if (end == std::string::npos) {
    if (pending_.size() > kHeaderBytesMax) return broken("a part's header is too large");
    return false;
  }
  const auto lines = std::string_view(pending_).substr(0, end);
  LAKE_TRY(const auto head, head_of(lines.substr(std::min<std::size_t>(end, 2))));
  pending_.erase(0, end + 4);
  LAKE_CHECK_OK(sink_.begin(head));
  place_ = Place::kContent;
  return true;
}

}  // namespace lake::http
