#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>
#include <type_traits>
#include <utility>

namespace lake::codec {

/// Plain values beside each other, added at the end. Grows in large steps: memory that is not written to
/// costs nothing, and what is large the machine moves without copying it. Errors: std::bad_alloc. Threads:
/// one.
template <class T>
class GrowingArray {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  GrowingArray() = default;
  GrowingArray(GrowingArray&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        room_(std::exchange(other.room_, 0)) {}
  GrowingArray(const GrowingArray& other) {
    if (other.size_ > 0) std::memcpy(extend(other.size_), other.data_, other.size_ * sizeof(T));
  }
  GrowingArray& operator=(GrowingArray other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(room_, other.room_);
    return *this;
  }
  ~GrowingArray() { std::free(data_); }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] const T* data() const { return data_; }
  const T& operator[](std::size_t index) const { return data_[index]; }
  [[nodiscard]] const T& back() const { return data_[size_ - 1]; }

  void push_back(T value) { *extend(1) = value; }
  /// Room for so many more values, which the caller writes.
  T* extend(std::size_t more) {
    if (room_ - size_ < more) grow(more);
    return data_ + std::exchange(size_, size_ + more);
  }
  /// So many values: the first ones, or all and `value` behind them.
  void resize(std::size_t size, T value = {}) {
    if (size > size_) {
      const auto more = size - size_;
      std::fill_n(extend(more), more, value);
    }
    size_ = size;
  }

 private:
  void grow(std::size_t more) {
    constexpr std::size_t kManyFrom = 1024;
    const auto room = std::max(size_ + more, room_ * (room_ < kManyFrom ? 2 : 8));
    auto* grown = static_cast<T*>(std::realloc(data_, room * sizeof(T)));
    if (grown == nullptr) throw std::bad_alloc();
    data_ = grown;
    room_ = room;
  }
  T* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t room_ = 0;
};

}  // namespace lake::codec
