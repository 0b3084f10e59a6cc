#include "lake/access/token.hpp"

#include <algorithm>

namespace lake::access {
namespace {

constexpr std::size_t kTokenBytes = 32;
constexpr std::uint64_t kFileBytesMax = 4096;
constexpr unsigned kOwnerOnly = 0600;

std::string path_in(const std::string& data_directory) {
  return os::join_path(data_directory, "admin.token");
}

bool is_token(std::string_view text) {
  return text.size() == 2 * kTokenBytes && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

}  // namespace

Result<AdminToken> AdminToken::load(os::FileSystem& files, const std::string& data_directory) {
  const std::string path = path_in(data_directory);
  LAKE_TRY(std::string text, files.read_file(path, kFileBytesMax));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.pop_back();
  if (!is_token(text)) {
    return Error(
        ErrorCode::kCorruption,
        "not an admin token (64 hexadecimal characters); remove the file to get another one: " + path);
  }
  return AdminToken(std::move(text));
}

Result<AdminToken> AdminToken::load_or_make(os::FileSystem& files, os::Random& random,
                                            const std::string& data_directory) {
  auto loaded = load(files, data_directory);
  if (loaded || loaded.error().code() != ErrorCode::kNotFound) return loaded;
  std::string text = os::random_hex(random, kTokenBytes);
  LAKE_CHECK_OK(files.replace_file(path_in(data_directory), text + "\n", kOwnerOnly));
  return AdminToken(std::move(text));
}

bool is_same_secret(std::string_view expected, std::string_view presented) {
  if (presented.size() != expected.size()) return false;
  unsigned char difference = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto found = static_cast<unsigned char>(presented[i]);
    const auto wanted = static_cast<unsigned char>(expected[i]);
    difference = static_cast<unsigned char>(difference | (found ^ wanted));
  }
  return difference == 0;
}

bool AdminToken::matches(std::string_view presented) const { return is_same_secret(text_, presented); }

}  // namespace lake::access
