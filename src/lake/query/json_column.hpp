#pragma once

#include <memory>
#include <string>
#include <vector>

namespace duckdb {
class ClientContext;
class Vector;
}  // namespace duckdb

namespace lake::query {

/// Appends `text` as a JSON string, quotes included. Each byte that is not part of UTF-8 (functions can make
/// such texts) becomes U+FFFD: an answer is always JSON.
void append_json_string(std::string& out, std::string_view text);
/// Appends `bytes` in base64 (RFC 4648, padded).
void append_base64(std::string& out, std::string_view bytes);

/// A column of one batch, or a child of a nested one, made ready to be written as JSON or as text. Reads
/// `vector`, which must outlive it. Exceptions: DuckDB's, from casts; call inside engine::guarded.
class JsonColumn {
 public:
  JsonColumn(duckdb::Vector& vector, std::uint64_t count, duckdb::ClientContext* context);
  ~JsonColumn();
  JsonColumn(JsonColumn&&) noexcept;
  JsonColumn& operator=(JsonColumn&&) noexcept;

  [[nodiscard]] bool is_null(std::uint64_t row) const;
  void append_json(std::string& out, std::uint64_t row) const;
  /// Scalars as SQL prints them, BLOB as base64, nested values as JSON; nothing for NULL.
  void append_text(std::string& out, std::uint64_t row) const;

 private:
  void append_items(std::string& out, std::uint64_t begin, std::uint64_t count) const;
  void append_struct(std::string& out, std::uint64_t row) const;
  void append_map(std::string& out, std::uint64_t row) const;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace lake::query
