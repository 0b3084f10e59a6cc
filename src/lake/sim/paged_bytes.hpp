#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace lake::sim {

/// The bytes of a file in pages that copies share until one of them writes; pages never written read as zero.
/// Threads: none of its own.
class PagedBytes {
 public:
  static constexpr std::size_t kPageBytes = 4096;

  [[nodiscard]] std::uint64_t size() const { return size_; }
  /// Bytes copied: fewer than asked only at the end.
  std::size_t read(std::uint64_t offset, std::span<std::byte> out) const;
  /// Grows as needed; a gap reads as zero.
  void write(std::uint64_t offset, std::span<const std::byte> bytes);
  /// Cuts or grows with zeros.
  void resize(std::uint64_t size);

 private:
  using Page = std::array<std::byte, kPageBytes>;
  std::byte* writable(std::size_t page);

  std::vector<std::shared_ptr<Page>> pages_;
  std::uint64_t size_ = 0;
};

}  // namespace lake::sim
