#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "lake/base/result.hpp"

namespace lake::takeout {

/// Takes files that lie inside elements, decoded: what is attached to mail. Each is taken while its element
/// is read, and kept or forgotten when the element ends. Threads: one.
class FileTaker {
 public:
  virtual ~FileTaker() = default;
  virtual void begin() = 0;
  virtual void take(std::string_view bytes) = 0;
  /// After the last byte: the number by which keep() knows the file.
  virtual std::size_t end() = 0;
  /// The file belongs to an element whose rows are stored. `key`: its name in the lake, made of the natural
  /// key of the row that tells of it.
  virtual void keep(std::size_t file, std::string key, std::string_view media_type) = 0;
  /// Memory of kept files that wait to be stored: their bytes, and what is known of them.
  [[nodiscard]] virtual std::size_t waiting_bytes() const = 0;
  /// Forgets what was not kept.
  virtual void forget() = 0;
  /// Why a file since the last forget() could not be taken.
  [[nodiscard]] virtual const std::optional<Error>& failure() const = 0;
};

}  // namespace lake::takeout
