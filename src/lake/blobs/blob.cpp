#include "lake/blobs/blob.hpp"

#include <algorithm>

#include "lake/codec/utf8.hpp"

namespace lake::blobs {

namespace {
constexpr std::size_t kBucketBytesMax = 63;
constexpr std::size_t kKeyBytesMax = 1024;

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto first = codec::first_code_point(text);
    if (!first) return false;
    text.remove_prefix(first->bytes);
  }
  return true;
}

bool is_text(const std::string& text) {
  const bool has_controls = std::any_of(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20U || c == 0x7F; });
  return !has_controls && is_utf8(text);
}
}  // namespace

bool is_imported_bucket(const std::string& bucket) { return bucket == "takeout"; }

Status check_bucket(const std::string& bucket) {
  const auto is_plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  bool good = !bucket.empty() && bucket.size() <= kBucketBytesMax && is_plain(bucket.front());
  for (const char c : bucket) good = good && (is_plain(c) || c == '-' || c == '_' || c == '.');
  if (good) return ok();
  return Error(
      ErrorCode::kInvalidArgument,
      "a bucket is 1 to 63 lower-case letters, digits, '-', '_' and '.', beginning with a letter or digit");
}

Status check_labels(const BlobLabels& labels) {
  std::size_t bytes = labels.content_type.size();
  bool good = is_text(labels.content_type);
  for (const auto& [name, value] : labels.metadata) {
    bytes += name.size() + value.size();
    good = good && is_text(name) && is_text(value);
  }
  if (good && bytes <= kLabelBytesMax) return ok();
  return Error(
      ErrorCode::kInvalidArgument,
      "content type and metadata of a blob are UTF-8 without control characters, at most 8192 bytes in all");
}

bool is_media_type(std::string_view type) {
  constexpr std::size_t kNameBytesMax = 127;
  const auto is_name = [](std::string_view name) {
    constexpr std::string_view kMarks = "!#$&-^_.+";
    return !name.empty() && name.size() <= kNameBytesMax &&
           std::all_of(name.begin(), name.end(), [&](char c) {
             return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    kMarks.find(c) != std::string_view::npos;
           });
  };
  const auto slash = type.find('/');
  return slash != std::string_view::npos && is_name(type.substr(0, slash)) && is_name(type.substr(slash + 1));
}

Status check_name(const BlobName& name) {
  LAKE_CHECK_OK(check_bucket(name.bucket));
  if (!name.key.empty() && name.key.size() <= kKeyBytesMax && is_text(name.key)) return ok();
  return Error(ErrorCode::kInvalidArgument, "a key is 1 to 1024 bytes of UTF-8 without control characters");
}

Status check_writable(const BlobName& name) {
  LAKE_CHECK_OK(check_name(name));
  if (!is_imported_bucket(name.bucket)) return ok();
  return Error(ErrorCode::kPermissionDenied, "this bucket is filled by imports only: " + name.bucket);
}

}  // namespace lake::blobs
