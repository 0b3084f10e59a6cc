#include "lake/codec/sha256.hpp"

#include <gtest/gtest.h>

namespace lake::codec {
namespace {

// FIPS 180-4 examples, as NIST publishes them.
constexpr const char* kOfNothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr const char* kOfAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr const char* kOfTwoBlocks = "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1";
constexpr const char* kOfMillionA = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

TEST(Sha256, PublishedExamples) {
  EXPECT_EQ(hex_of(sha256("")), kOfNothing);
  EXPECT_EQ(hex_of(sha256("abc")), kOfAbc);
  EXPECT_EQ(hex_of(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")), kOfTwoBlocks);
}

TEST(Sha256, PiecesAreOneText) {
  Sha256Stream stream;
  const std::string piece(1000, 'a');
  for (int i = 0; i < 1000; ++i) {
    stream.update(std::as_bytes(std::span(piece)));
    if (i == 500) static_cast<void>(stream.digest());
  }
  EXPECT_EQ(hex_of(stream.digest()), kOfMillionA);
}

TEST(Sha256, TextsAreReadBack) {
  const auto digest = sha256("abc");
  EXPECT_EQ(sha256_of_hex(kOfAbc), digest);
  EXPECT_EQ(sha256_of_hex("BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD"), digest);
  EXPECT_EQ(sha256_of_base64("ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="), digest);
  for (const auto* wrong : {"", "ba78", "zz7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}) {
    EXPECT_FALSE(sha256_of_hex(wrong)) << wrong;
  }
  for (const auto* wrong :
       {"", "ungW", "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0",
        "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa1=", "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="}) {
    EXPECT_FALSE(sha256_of_base64(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace lake::codec
