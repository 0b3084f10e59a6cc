#include "lake/takeout/json_elements.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace lake::takeout {
namespace {

constexpr std::size_t kReadBytesMax = 1U << 20U;
constexpr std::size_t kTooLargeShown = 4096;

constexpr bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

/// Where in 64 bytes the quotes, the backslashes and the brackets stand: bit i is byte i.
struct Block {
  static constexpr std::size_t kBytes = 64;
  static_assert(kBytes <= JsonElements::kPaddingBytes);  // read whole, whatever the content has left
  explicit Block(const char* data) {
#if defined(__SSE2__)
    for (unsigned i = 0; i < 4; ++i) {
      const auto bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(data) + i);
      const auto places = [&](__m128i found) {
        return static_cast<std::uint64_t>(static_cast<unsigned>(_mm_movemask_epi8(found))) << (16 * i);
      };
      quotes |= places(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')));
      backslashes |= places(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
      // A bracket and a brace differ in one bit.
      const auto folded = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
      opening |= places(_mm_cmpeq_epi8(folded, _mm_set1_epi8('{')));
      closing |= places(_mm_cmpeq_epi8(folded, _mm_set1_epi8('}')));
    }
#else
    for (std::size_t i = 0; i < kBytes; ++i) {
      const std::uint64_t bit = std::uint64_t{1} << i;
      const char folded = static_cast<char>(data[i] | 0x20);
      if (data[i] == '"') quotes |= bit;
      if (data[i] == '\\') backslashes |= bit;
      if (folded == '{') opening |= bit;
      if (folded == '}') closing |= bit;
    }
#endif
  }
  std::uint64_t quotes = 0;
  std::uint64_t backslashes = 0;
  std::uint64_t opening = 0;
  std::uint64_t closing = 0;
};

/// Bit i is set when the number of bits set in `bits` up to and with i is odd.
std::uint64_t parity_up_to(std::uint64_t bits) {
  for (unsigned shift = 1; shift < 64; shift *= 2) bits ^= bits << shift;
  return bits;
}

/// Follows a value from its opening bracket to the closing one.
struct Nesting {
  std::uint32_t depth = 0;
  std::uint32_t depth_max = 0;
  bool in_string = false;
  bool is_escaped = false;  // the next byte is

  /// Of `data`, which Block may read, the first `count` bytes; how many it took: all unless the value ends.
  std::size_t pass(const char* data, std::size_t count) {
    const Block block(data);
    const std::uint64_t valid = count < Block::kBytes ? (std::uint64_t{1} << count) - 1 : ~std::uint64_t{0};
    const auto slashes = block.backslashes & valid;
    bool next_is_escaped = false;
    auto quotes = block.quotes & valid;
    if (is_escaped || slashes != 0) quotes &= ~escaped_by(slashes, count, next_is_escaped);
    const auto inside = parity_up_to(quotes) ^ (in_string ? ~std::uint64_t{0} : 0);
    if ((slashes & ~inside) != 0) return pass_bytes(data, count);  // no JSON: there they escape nothing
    is_escaped = next_is_escaped;
    auto brackets = (block.opening | block.closing) & ~inside & valid;
    for (; brackets != 0; brackets &= brackets - 1) {
      const auto place = static_cast<unsigned>(std::countr_zero(brackets));
      if (turn((block.opening >> place & 1U) != 0)) {
        is_escaped = false;
        return place + 1;
      }
    }
    in_string = (inside >> (count - 1) & 1U) != 0;
    return count;
  }

 private:
  /// True when the value ends.
  bool turn(bool opens) {
    depth = opens ? depth + 1 : depth - 1;
    depth_max = std::max(depth_max, depth);
    return depth == 0;
  }
  /// Bytes of a string that a backslash stands before; also of the first one behind these `count`.
  [[nodiscard]] std::uint64_t escaped_by(std::uint64_t slashes, std::size_t count, bool& next) const {
    std::uint64_t escaped = is_escaped ? 1 : 0;
    slashes &= ~escaped;
    while (slashes != 0) {
      const auto place = static_cast<unsigned>(std::countr_zero(slashes));
      next = place + 1 == count;
      if (place + 1 < Block::kBytes) escaped |= std::uint64_t{2} << place;
      slashes &= ~(std::uint64_t{3} << place);
    }
    return escaped;
  }
  std::size_t pass_bytes(const char* data, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      const char c = data[i];
      if (is_escaped) {
        is_escaped = false;
      } else if (in_string && c == '\\') {
        is_escaped = true;
      } else if (c == '"') {
        in_string = !in_string;
      } else if (!in_string && (c == '{' || c == '[' || c == '}' || c == ']')) {
        if (turn(c == '{' || c == '[')) return i + 1;
      }
    }
    return count;
  }
};

}  // namespace

std::string JsonElements::end_reason() const {
  switch (end_) {
    case End::kComplete:
      return "";
    case End::kCut:
      return "the document ends inside a value";
    case End::kBroken:
      return failure_ ? failure_->message() : "";
    case End::kSyntax:
      return "the document is no JSON here";
  }
  return "";
}

std::nullopt_t JsonElements::stop(End how) {
  end_ = how;
  level_ = Level::kDone;
  return std::nullopt;
}

bool JsonElements::refill() {
  if (at_end_) return false;
  const std::size_t keep_from = in_element_ ? element_begin_ : position_;
  if (keep_from > 0) {
    std::memmove(buffer_.data(), buffer_.data() + keep_from, size_ - keep_from);
    size_ -= keep_from;
    position_ -= keep_from;
    begin_offset_ += keep_from;
    element_begin_ = 0;
  }
  const std::size_t wanted = read_bytes_;
  read_bytes_ = std::min(read_bytes_ * 2, kReadBytesMax);
  if (buffer_.size() < size_ + wanted + kPaddingBytes) buffer_.resize(size_ + wanted + kPaddingBytes);
  const auto read = content_.read({reinterpret_cast<std::byte*>(buffer_.data() + size_), wanted});
  if (!read) failure_ = read.error();
  if (!read || *read == 0) {
    at_end_ = true;
    return false;
  }
  size_ += *read;
  return true;
}

bool JsonElements::has(std::size_t count) {
  while (size_ - position_ < count) {
    if (!refill()) return false;
  }
  return true;
}

char JsonElements::peek() {
  while (has(1)) {
    if (!is_space(buffer_[position_])) return buffer_[position_];
    ++position_;
  }
  return 0;
}

bool JsonElements::take(char expected) {
  if (peek() != expected) return false;
  ++position_;
  return true;
}

bool JsonElements::begin_document() {
  if (has(3) && std::memcmp(buffer_.data() + position_, "\xEF\xBB\xBF", 3) == 0) position_ += 3;
  if (take('[')) {
    level_ = Level::kArray;
  } else if (take('{')) {
    level_ = Level::kObject;
  } else {
    return false;
  }
  return true;
}

void JsonElements::end_document() {
  const bool more = peek() != 0;
  stop(more ? End::kSyntax : failure_ ? End::kBroken : End::kComplete);
}

std::optional<JsonElements::Element> JsonElements::next() {
  if (level_ == Level::kStart && !begin_document()) {
    if (peek() == 0) return stop_at_end_of_content();
    return stop(End::kSyntax);
  }
  while (level_ != Level::kDone) {
    auto element = level_ == Level::kArray         ? next_item(']', Level::kDone)
                   : level_ == Level::kMemberArray ? next_item(']', Level::kObject)
                                                   : next_member();
    if (element) return element;
  }
  return std::nullopt;
}

/// Passes the comma before a value, or the bracket that ends the list (`closed`).
bool JsonElements::separator(char close, bool& closed) {
  bool& first = level_ == Level::kObject ? first_member_ : first_;
  const char c = peek();
  if (c == close) {
    ++position_;
    closed = true;
    return true;
  }
  if (!first) {
    if (c != ',') {
      c == 0 ? stop_at_end_of_content() : stop(End::kSyntax);
      return false;
    }
    ++position_;
    if (peek() == close) {  // a comma too many, as some exports had
      ++position_;
      closed = true;
      return true;
    }
  }
  first = false;
  if (peek() == 0) {
    stop_at_end_of_content();
    return false;
  }
  return true;
}

std::optional<JsonElements::Element> JsonElements::next_item(char close, Level above) {
  bool closed = false;
  if (!separator(close, closed)) return std::nullopt;
  if (!closed) return value(true);
  level_ = above;
  if (above == Level::kDone) end_document();
  return std::nullopt;
}

bool JsonElements::read_key() {
  if (peek() != '"') return false;
  in_element_ = true;
  element_begin_ = position_;
  ++position_;
  Element key;
  const bool whole = scan_string(key);
  in_element_ = false;
  if (!whole || key.is_too_large) return false;
  const std::size_t size = position_ - element_begin_ - 2;
  if (size > 1024) return false;
  member_.assign(buffer_, element_begin_ + 1, size);
  return take(':');
}

std::optional<JsonElements::Element> JsonElements::next_member() {
  bool closed = false;
  if (!separator('}', closed)) return std::nullopt;
  if (closed) {
    end_document();
    return std::nullopt;
  }
  if (!read_key()) {
    if (at_end_ && position_ == size_) return stop_at_end_of_content();
    return stop(End::kSyntax);
  }
  if (peek() == '[') {
    ++position_;
    level_ = Level::kMemberArray;
    first_ = true;
    return std::nullopt;
  }
  return value(false);
}

std::optional<JsonElements::Element> JsonElements::value(bool is_item) {
  Element element;
  const char first = peek();
  if (first == 0) return stop_at_end_of_content();
  if (first == ',' || first == '}' || first == ']' || first == ':') return stop(End::kSyntax);
  in_element_ = true;
  element_begin_ = position_;
  element_offset_ = begin_offset_ + position_;
  too_large_.clear();
  const bool whole = scan_value(element);
  in_element_ = false;
  if (!whole) {
    // Where it broke is the beginning of the element that is not whole.
    begin_offset_ = element_offset_;
    position_ = 0;
    return stop_at_end_of_content();
  }
  element.place = {element_offset_, begin_offset_ + position_ - element_offset_};
  element.text = element.is_too_large
                     ? std::string_view(too_large_)
                     : std::string_view(buffer_).substr(element_begin_, position_ - element_begin_);
  if (!element.is_too_large) {
    while (!element.text.empty() && is_space(element.text.back())) {  // of a scalar
      element.text.remove_suffix(1);
      --element.place.bytes;
    }
  }
  element.member = level_ == Level::kArray ? std::string_view() : std::string_view(member_);
  element.is_item = is_item;
  element.index = element_count_++;
  return element;
}

bool JsonElements::scan_value(Element& element) {
  const char first = buffer_[position_];
  if (first == '{' || first == '[') return scan_nested(element);
  if (first == '"') {
    ++position_;
    return scan_string(element);
  }
  return scan_scalar(element);
}

/// Up to the comma or bracket behind it, which is not taken. A document that is cut here cannot be told from
/// a whole scalar, so the end of the content counts as cut.
bool JsonElements::scan_scalar(Element& element) {
  while (has(1)) {
    drop_scanned(element);
    const char c = buffer_[position_];
    if (c == ',' || c == ']' || c == '}') return true;
    ++position_;
  }
  return false;
}

/// From behind the opening quote to behind the closing one.
bool JsonElements::scan_string(Element& element) {
  while (has(1)) {
    drop_scanned(element);
    const char* begin = buffer_.data() + position_;
    const auto* quote = static_cast<const char*>(std::memchr(begin, '"', size_ - position_));
    const char* end = quote != nullptr ? quote : buffer_.data() + size_;
    const auto* slash =
        static_cast<const char*>(std::memchr(begin, '\\', static_cast<std::size_t>(end - begin)));
    if (slash == nullptr) {
      position_ = static_cast<std::size_t>(end - buffer_.data());
      if (quote != nullptr) {
        ++position_;
        return true;
      }
      continue;
    }
    position_ = static_cast<std::size_t>(slash - buffer_.data());
    if (!has(2)) {
      position_ = size_;
      return false;
    }
    position_ += 2;
  }
  return false;
}

/// An element beyond the bound is not kept: its beginning is, and where it ends is still found.
void JsonElements::drop_scanned(Element& element) {
  if (position_ - element_begin_ <= kElementBytesMax) return;
  if (!element.is_too_large) too_large_ = buffer_.substr(element_begin_, kTooLargeShown);
  element.is_too_large = true;
  element_begin_ = position_;
}

/// Looks at 64 bytes at once; one by one only where a backslash is near.
bool JsonElements::scan_nested(Element& element) {
  Nesting nesting;
  while (has(1)) {
    const char* const data = buffer_.data() + position_;
    const std::size_t count = std::min(size_ - position_, Block::kBytes);
    const std::size_t used = nesting.pass(data, count);
    element.is_too_deep |= nesting.depth_max > kDepthMax;
    position_ += used;
    if (position_ == size_ || nesting.depth == 0) drop_scanned(element);
    if (nesting.depth == 0) return true;
  }
  return false;
}

}  // namespace lake::takeout
