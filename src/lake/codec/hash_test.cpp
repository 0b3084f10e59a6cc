#include "lake/codec/hash.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lake::codec {
namespace {

TEST(Xxh3, EmptyInputHasThePublishedHash) { EXPECT_EQ(xxh3_64(""), 0x2D06800538D394C2ULL); }

TEST(Xxh3, PiecesHashAsTheWhole) {
  std::string bytes;
  for (int i = 0; i < 5000; ++i) bytes.push_back(static_cast<char>(i * 31));
  Xxh3Stream stream;
  for (std::size_t i = 0; i < bytes.size(); i += 333) stream.update(std::string_view(bytes).substr(i, 333));
  EXPECT_EQ(stream.digest(), xxh3_64(bytes));
  EXPECT_NE(xxh3_64(bytes), xxh3_64(bytes.substr(1)));
}

}  // namespace
}  // namespace lake::codec
