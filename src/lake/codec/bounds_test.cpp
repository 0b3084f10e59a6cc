#include "lake/codec/bounds.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace lake::codec {
namespace {

TEST(Bounds, FixedWidthValuesAreLittleEndian) {
  EXPECT_EQ(encode_bool(true), std::string("\x01", 1));
  EXPECT_EQ(encode_int32(1), std::string("\x01\x00\x00\x00", 4));
  EXPECT_EQ(encode_int64(-2), std::string("\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 8));
  EXPECT_EQ(encode_double(1.0), std::string("\x00\x00\x00\x00\x00\x00\xF0\x3F", 8));
}

TEST(Bounds, ValuesRoundTrip) {
  EXPECT_TRUE(decode_bool(encode_bool(true)).value());
  EXPECT_EQ(decode_int32(encode_int32(-7)).value(), -7);
  EXPECT_EQ(decode_int64(encode_int64(std::numeric_limits<std::int64_t>::min())).value(),
            std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(decode_float(encode_float(1.5F)).value(), 1.5F);
  EXPECT_EQ(decode_double(encode_double(-INFINITY)).value(), -INFINITY);
  const UuidBytes uuid{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
  EXPECT_EQ(decode_uuid(encode_uuid(uuid)).value(), uuid);
}

TEST(Bounds, PromotedTypesReadTheirOldForm) {
  EXPECT_EQ(decode_int64(encode_int32(-7)).value(), -7);
  EXPECT_EQ(decode_double(encode_float(1.5F)).value(), 1.5);
}

TEST(Bounds, DecimalsAreMinimalBigEndian) {
  struct Case {
    Int128 value;
    std::string bytes;
  };
  const Case cases[] = {{0, std::string(1, '\0')},
                        {127, "\x7F"},
                        {128, std::string("\x00\x80", 2)},
                        {-1, "\xFF"},
                        {-128, "\x80"},
                        {-129, "\xFF\x7F"},
                        {1420, "\x05\x8C"}};
  for (const auto& [value, bytes] : cases) {
    EXPECT_EQ(encode_decimal(value), bytes);
    EXPECT_TRUE(decode_decimal(bytes).value() == value);
  }
  const auto least = static_cast<Int128>(static_cast<Uint128>(1) << 127U);
  for (const Int128 value : {least, static_cast<Int128>(~least)}) {
    EXPECT_EQ(encode_decimal(value).size(), 16U);
    EXPECT_TRUE(decode_decimal(encode_decimal(value)).value() == value);
  }
}

TEST(Bounds, WrongLengthsAreCorruption) {
  EXPECT_EQ(decode_bool("").error().code(), ErrorCode::kCorruption);
  EXPECT_EQ(decode_int32("12345").error().code(), ErrorCode::kCorruption);
  EXPECT_EQ(decode_int64("123").error().code(), ErrorCode::kCorruption);
  EXPECT_EQ(decode_double("123456789").error().code(), ErrorCode::kCorruption);
  EXPECT_EQ(decode_decimal("").error().code(), ErrorCode::kCorruption);
  EXPECT_EQ(decode_decimal(std::string(17, 'x')).error().code(), ErrorCode::kCorruption);
  EXPECT_EQ(decode_uuid("x").error().code(), ErrorCode::kCorruption);
}

TEST(Bounds, ZeroCoversBothSigns) {
  EXPECT_TRUE(std::signbit(lower_bound_double(0.0)));
  EXPECT_FALSE(std::signbit(upper_bound_double(-0.0)));
  EXPECT_EQ(lower_bound_double(-3.0), -3.0);
}

TEST(Bounds, ShortTextIsItsOwnBound) {
  EXPECT_EQ(lower_bound_text("abc"), "abc");
  EXPECT_EQ(upper_bound_text("abc").value(), "abc");
  EXPECT_EQ(upper_bound_text("0123456789abcdef").value(), "0123456789abcdef");
}

TEST(Bounds, LongTextIsRoundedOutward) {
  const std::string text = "0123456789abcdefghij";
  EXPECT_EQ(lower_bound_text(text), "0123456789abcdef");
  EXPECT_EQ(upper_bound_text(text).value(), "0123456789abcdeg");
  EXPECT_EQ(upper_bound_binary(text).value(), "0123456789abcdeg");
}

TEST(Bounds, RoundingUpKeepsCodePointsWhole) {
  EXPECT_EQ(upper_bound_text("\x7F\x7F", 1).value(), "\xC2\x80");           // U+007F -> U+0080
  EXPECT_EQ(upper_bound_text("\xED\x9F\xBFx", 1).value(), "\xEE\x80\x80");  // jumps over the surrogates
  EXPECT_EQ(upper_bound_text("a\xF4\x8F\xBF\xBFx", 2).value(), "b");        // U+10FFFF cannot grow
  EXPECT_EQ(upper_bound_text("\xF4\x8F\xBF\xBFx", 1), std::nullopt);
  EXPECT_EQ(upper_bound_text("\xFF\xFFxx", 2), std::nullopt);  // not UTF-8
  EXPECT_EQ(upper_bound_binary("a\xFF\xFFx", 3).value(), "b");
  EXPECT_EQ(upper_bound_binary("\xFF\xFFx", 2), std::nullopt);
}

TEST(Bounds, TextBoundsEncloseTheText) {
  for (const std::string text :
       {"\xC3\xA9t\xC3\xA9", "zzzz", "\xF0\x9F\x98\x80\xF0\x9F\x98\x80z", "a\xF4\x8F\xBF\xBF!"}) {
    for (std::size_t length = 1; length < 4; ++length) {
      EXPECT_LE(lower_bound_text(text, length), text);
      EXPECT_GE(upper_bound_text(text, length).value_or("\xFF"), text);
    }
  }
}

}  // namespace
}  // namespace lake::codec
