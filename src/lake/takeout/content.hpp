#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "lake/base/result.hpp"

namespace lake::takeout {

/// The bytes of one entry, in order. Threads: one.
class Content {
 public:
  virtual ~Content() = default;
  /// Up to `out.size()` bytes; 0 at the end. An error is final: bytes given before it are good.
  virtual Result<std::size_t> read(std::span<std::byte> out) = 0;
};

/// Text as content, for tests and for what was read already. The text outlives it.
class TextContent final : public Content {
 public:
  /// Gives at most `chunk_bytes` a read, so that tests meet every boundary.
  explicit TextContent(std::string_view text, std::size_t chunk_bytes = SIZE_MAX)
      : text_(text), chunk_bytes_(chunk_bytes) {}
  Result<std::size_t> read(std::span<std::byte> out) override;

 private:
  std::string_view text_;
  std::size_t chunk_bytes_;
};

}  // namespace lake::takeout
