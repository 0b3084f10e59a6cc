#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lake/base/result.hpp"
#include "lake/object/content.hpp"

namespace lake::blobs {

/// A blob's name: a key in a bucket.
struct BlobName {
  std::string bucket;
  std::string key;
  auto operator<=>(const BlobName&) const = default;
};

/// Buckets that imports fill; nobody else writes to them.
bool is_imported_bucket(const std::string& bucket);
/// A bucket is 1 to 63 lower-case letters, digits, '-', '_' and '.', beginning with a letter or digit; a key
/// 1 to 1024 bytes of UTF-8 without control characters. Errors: kInvalidArgument.
Status check_bucket(const std::string& bucket);
Status check_name(const BlobName& name);
/// The same for one that is to be changed; kPermissionDenied in a bucket of imports.
Status check_writable(const BlobName& name);

/// What is told of a blob beside its bytes.
struct BlobLabels {
  std::string content_type = "application/octet-stream";
  std::map<std::string, std::string> metadata{};  // of whoever put it
};

/// Texts are UTF-8 without control characters, kLabelBytesMax bytes in all. Errors: kInvalidArgument.
inline constexpr std::size_t kLabelBytesMax = 8192;
Status check_labels(const BlobLabels& labels);
/// Whether it has the form "type/subtype" without parameters (RFC 6838): one that others tell may be
/// anything.
bool is_media_type(std::string_view type);

struct BlobInfo {
  BlobName name;
  codec::Sha256 hash{};
  std::uint64_t bytes = 0;
  BlobLabels labels;
  std::int64_t created_us = 0;  // since 1970, UTC
};

/// A blob that an import brings: a range of an archive, or content of the store held by `lease`.
struct ImportedBlob {
  BlobName name;
  object::ContentSums sums;
  object::ContentPlace place;
  std::string content_type = "application/octet-stream";
  std::int64_t created_us = 0;
  std::shared_ptr<const void> lease{};
  /// Met before: where another blob has the content, it is one more place of that and no blob of its own.
  bool is_repeat = false;
  /// The store had the content before: its place is known.
  bool is_placed = false;
};

}  // namespace lake::blobs
