#include "lake/http/blob_conditions.hpp"

#include <gtest/gtest.h>

namespace lake::http {
namespace {

constexpr std::string_view kAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const codec::Sha256 kHash = codec::sha256("abc");
const std::string kTag = "\"" + std::string(kAbc) + "\"";
const std::string kDate = "Sun, 06 Nov 1994 08:49:37 GMT";

Request with(const std::string& name, const std::string& value) {
  Request request;
  request.headers[name] = value;
  return request;
}

TEST(BlobConditions, Ranges) {
  using Kind = AskedRange::Kind;
  struct Case {
    std::string header;
    std::uint64_t size;
    Kind kind;
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
  };
  const std::vector<Case> cases = {
      {"bytes=0-0", 10, Kind::kPart, 0, 1},
      {"bytes=2-5", 10, Kind::kPart, 2, 4},
      {"bytes=2-", 10, Kind::kPart, 2, 8},
      {"bytes=-3", 10, Kind::kPart, 7, 3},
      {"bytes=-30", 10, Kind::kPart, 0, 10},
      {"bytes=9-99999999999999999", 10, Kind::kPart, 9, 1},
      {"bytes=0-18446744073709551615", 10, Kind::kPart, 0, 10},
      {"bytes=10-", 10, Kind::kUnsatisfiable},
      {"bytes=-0", 10, Kind::kUnsatisfiable},
      {"bytes=0-", 0, Kind::kUnsatisfiable},
      {"bytes=-1", 0, Kind::kUnsatisfiable},
      {"bytes=5-2", 10, Kind::kWhole},
      {"bytes=-", 10, Kind::kWhole},
      {"bytes=a-b", 10, Kind::kWhole},
      {"bytes=1-2,4-5", 10, Kind::kWhole},
      {"bytes=1-99999999999999999999999", 10, Kind::kWhole},
      {"lines=1-2", 10, Kind::kWhole},
      {"", 10, Kind::kWhole},
  };
  for (const auto& each : cases) {
    const auto range = asked_range(&each.header, each.size);
    EXPECT_EQ(range.kind, each.kind) << each.header;
    EXPECT_EQ(range.offset, each.offset) << each.header;
    EXPECT_EQ(range.bytes, each.bytes) << each.header;
  }
  EXPECT_EQ(asked_range(nullptr, 10).kind, Kind::kWhole);
}

TEST(BlobConditions, ConditionsOfChanges) {
  EXPECT_TRUE(conditions_of(with("if-none-match", "*")).must_not_exist);
  EXPECT_EQ(conditions_of(with("if-none-match", "W/" + kTag)).none_match.size(), 1U);
  const auto match = conditions_of(with("if-match", "\"other\", " + kTag));
  EXPECT_EQ(match.match->size(), 1U);
  EXPECT_TRUE(match.must_exist);
  EXPECT_TRUE(conditions_of(with("if-match", "W/" + kTag)).match->empty());
  EXPECT_FALSE(conditions_of(with("if-match", "*")).match);
}

TEST(BlobConditions, VerdictsOfReads) {
  EXPECT_EQ(verdict_of({}, kHash, kDate), ReadVerdict::kGo);
  EXPECT_EQ(verdict_of(with("if-none-match", kTag), kHash, kDate), ReadVerdict::kNotModified);
  EXPECT_EQ(verdict_of(with("if-none-match", "*"), kHash, kDate), ReadVerdict::kNotModified);
  EXPECT_EQ(verdict_of(with("if-none-match", "\"x\""), kHash, kDate), ReadVerdict::kGo);
  EXPECT_EQ(verdict_of(with("if-match", "\"x\""), kHash, kDate), ReadVerdict::kFailed);
  EXPECT_EQ(verdict_of(with("if-match", kTag), kHash, kDate), ReadVerdict::kGo);
  EXPECT_EQ(verdict_of(with("if-modified-since", kDate), kHash, kDate), ReadVerdict::kNotModified);
  EXPECT_TRUE(allows_range({}, kHash, kDate));
  EXPECT_TRUE(allows_range(with("if-range", kTag), kHash, kDate));
  EXPECT_FALSE(allows_range(with("if-range", "W/" + kTag), kHash, kDate));
  EXPECT_TRUE(allows_range(with("if-range", kDate), kHash, kDate));
  EXPECT_FALSE(allows_range(with("if-range", "Sun, 06 Nov 1994 08:49:38 GMT"), kHash, kDate));
}

TEST(BlobConditions, HashesThatClientsTell) {
  const std::string base64 = "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";
  EXPECT_EQ(told_hash({}).value(), std::nullopt);
  EXPECT_EQ(told_hash(with("x-content-sha256", std::string(kAbc))).value(), kHash);
  EXPECT_EQ(told_hash(with("repr-digest", "md5=:x:, sha-256=:" + base64 + ":")).value(), kHash);
  EXPECT_EQ(told_hash(with("digest", "SHA-256=" + base64)).value(), kHash);
  EXPECT_EQ(told_hash(with("digest", "md5=x")).value(), std::nullopt);
  EXPECT_FALSE(told_hash(with("x-content-sha256", "abc")));
  EXPECT_FALSE(told_hash(with("repr-digest", "sha-256=" + base64)));
  EXPECT_FALSE(told_hash(with("digest", "sha-256=abc")));
}

TEST(BlobConditions, Dates) {
  EXPECT_EQ(http_date(784'111'777'000'000), kDate);
  EXPECT_EQ(http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
}

}  // namespace
}  // namespace lake::http
