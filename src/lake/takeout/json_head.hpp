#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

namespace lake::takeout {

/// What the beginning of a JSON document shows: the names of its members down to kDepthMax levels, as paths.
/// "locations[].latitudeE7" is a member of an item of the array `locations`; "[].time" of an item of a
/// top-level array. Names in Google's JSON are English in every language, so paths tell what a file is.
class JsonHead {
 public:
  static constexpr std::size_t kPathsMax = 512;
  static constexpr std::uint32_t kDepthMax = 8;

  /// `text` may be cut anywhere.
  explicit JsonHead(std::string_view text);
  /// The text begins as an object or an array does.
  [[nodiscard]] bool is_json() const { return is_array_ || is_object_; }
  [[nodiscard]] bool is_array() const { return is_array_; }
  [[nodiscard]] bool is_object() const { return is_object_; }
  [[nodiscard]] bool has(std::string_view path) const { return paths_.contains(path); }
  [[nodiscard]] const std::set<std::string, std::less<>>& paths() const { return paths_; }

 private:
  bool is_array_ = false;
  bool is_object_ = false;
  std::set<std::string, std::less<>> paths_;
};

}  // namespace lake::takeout
