#pragma once

#include <simdjson.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lake/takeout/entry_sink.hpp"
#include "lake/takeout/times.hpp"

namespace lake::takeout {

/// What no column takes of one element: collected as one JSON object for the column `extra`, each name told
/// to the sink's drift report. Threads: one.
class Extra {
 public:
  Extra(EntrySink& sink, const TableSpec& table) : sink_(sink), table_(table) {}
  /// `json`: the value as it stands in the file. False when it is no JSON.
  bool add(std::string_view path, std::string_view json);
  /// The object, empty when nothing was added.
  [[nodiscard]] std::string json() const { return members_.empty() ? "" : "{" + members_ + "}"; }

 private:
  EntrySink& sink_;
  const TableSpec& table_;
  std::string members_;
};

class JsonReader;

/// The members of a JSON object, in the order of the file; next() until false, then ok().
///
/// For the present member call one of the readers, or keep(). A reader that meets a value of another type or
/// out of range keeps it in Extra instead, so nothing is lost; JSON null counts as absent. A member that
/// occurs twice: the last counts. Texts live until the next element is read. Threads: one.
class Members {
 public:
  Members(JsonReader& reader, simdjson::ondemand::object object, Extra& extra, std::string path = {});

  bool next();
  [[nodiscard]] std::string_view key() const { return key_; }
  /// False when the object is no JSON.
  [[nodiscard]] bool ok() const { return error_ == simdjson::SUCCESS; }

  /// A whole number that fits `type`, also as text of digits.
  void integer(std::optional<std::int64_t>& value, ColumnType type = ColumnType::kInt64);
  /// A number up to 1e18 and down to its negative, also as text.
  void real(std::optional<double>& value);
  void flag(std::optional<bool>& value);
  void text(std::optional<std::string_view>& value);
  void iso_time(std::optional<Timestamp>& value);
  /// A number or a text of digits since 1970.
  void epoch_time(std::optional<Timestamp>& value, std::int64_t per_second);
  /// The value as JSON text, whatever it is.
  void raw(std::optional<std::string>& value);
  /// A list of texts; anything else is kept.
  void texts(std::vector<std::string_view>& values);
  /// The members of an object; what it does not take is kept under "key.member".
  void object(const std::function<void(Members&)>& take);
  /// The same for each object of an array; other items are kept under "key[index]".
  void objects(const std::function<void(Members&)>& take);
  /// Into Extra.
  void keep();

 private:
  friend class JsonReader;
  bool is_null();
  void keep_at(const std::string& path, simdjson::ondemand::value value);
  void fail(simdjson::error_code error) {
    if (error_ == simdjson::SUCCESS) error_ = error;
  }
  void take_object(simdjson::ondemand::value value, const std::string& path,
                   const std::function<void(Members&)>& take);
  [[nodiscard]] std::string path_of(std::string_view key) const;

  JsonReader& reader_;
  Extra& extra_;
  std::string path_;
  simdjson::simdjson_result<simdjson::ondemand::object_iterator> position_;
  simdjson::simdjson_result<simdjson::ondemand::object_iterator> end_;
  simdjson::ondemand::value value_;
  std::string_view key_;
  bool started_ = false;
  simdjson::error_code error_ = simdjson::SUCCESS;
};

/// Reads elements with one simdjson parser. Threads: one.
class JsonReader {
 public:
  enum class Outcome : std::uint8_t { kRead, kSyntax, kShape };
  /// Calls `take` with the members of the object `text`, behind which kPaddingBytes can be read. kShape: no
  /// object. Wrong UTF-8 is replaced by U+FFFD, was_repaired() then tells.
  Outcome read(std::string_view text, Extra& extra, const std::function<void(Members&)>& take);
  [[nodiscard]] bool was_repaired() const { return was_repaired_; }

 private:
  friend class Members;
  /// A string with a surrogate that stands alone, which simdjson refuses: U+FFFD in its place.
  std::optional<std::string_view> lenient_text(simdjson::ondemand::value& value);

  simdjson::ondemand::parser parser_;
  simdjson::ondemand::document document_;
  simdjson::padded_string repaired_;
  std::vector<std::unique_ptr<std::string>> texts_;  // of lenient_text(), of this element
  bool was_repaired_ = false;
};

/// True for exactly one JSON value (RFC 8259), at most JsonElements::kDepthMax deep.
bool is_json(std::string_view text);
/// The text as a JSON string with its quotes.
std::string json_quoted(std::string_view text);
/// `text` with U+FFFD for each byte that belongs to no well-formed UTF-8.
std::string repaired_utf8(std::string_view text);
bool is_utf8(std::string_view text);

}  // namespace lake::takeout
