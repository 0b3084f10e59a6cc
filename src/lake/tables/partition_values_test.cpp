#include "lake/tables/partition_values.hpp"

#include <gtest/gtest.h>

#include "lake/codec/bounds.hpp"
#include "lake/tables/storage_types.hpp"
#include "lake/tables/written_stats.hpp"

namespace lake::tables {
namespace {

using catalog::Transform;
using duckdb::LogicalType;
using duckdb::Value;

std::int32_t number(const std::string& sql_value, const LogicalType& type, Transform transform,
                    std::int32_t argument = 0) {
  catalog::PartitionField field;
  field.transform = transform;
  field.argument = argument;
  const auto bytes = partition_value(Value(sql_value).DefaultCastAs(type), field);
  EXPECT_TRUE(bytes);
  const auto decoded = codec::decode_int32(*bytes);
  EXPECT_TRUE(decoded);
  return *decoded;
}

// Iceberg table specification, Appendix B: hash & 0x7fffffff % N
TEST(PartitionValues, buckets_are_those_of_the_specification) {
  const auto bucket = [](std::uint32_t hash, std::int32_t n) {
    return static_cast<std::int32_t>(hash & 0x7FFFFFFFU) % n;
  };
  EXPECT_EQ(number("34", LogicalType::INTEGER, Transform::kBucket, 100), bucket(2017239379U, 100));
  EXPECT_EQ(number("34", LogicalType::BIGINT, Transform::kBucket, 100), bucket(2017239379U, 100));
  EXPECT_EQ(number("14.20", LogicalType::DECIMAL(9, 2), Transform::kBucket, 100),
            bucket(static_cast<std::uint32_t>(-500754589), 100));
  EXPECT_EQ(number("2017-11-16", LogicalType::DATE, Transform::kBucket, 100),
            bucket(static_cast<std::uint32_t>(-653330422), 100));
  EXPECT_EQ(number("22:31:08", LogicalType::TIME, Transform::kBucket, 100),
            bucket(static_cast<std::uint32_t>(-662762989), 100));
  EXPECT_EQ(number("2017-11-16 22:31:08", LogicalType::TIMESTAMP, Transform::kBucket, 100),
            bucket(static_cast<std::uint32_t>(-2047944441), 100));
  EXPECT_EQ(number("2017-11-16 22:31:08", LogicalType::TIMESTAMP_S, Transform::kBucket, 100),
            bucket(static_cast<std::uint32_t>(-2047944441), 100));
  EXPECT_EQ(number("2017-11-16 22:31:08", LogicalType::TIMESTAMP_NS, Transform::kBucket, 100),
            bucket(static_cast<std::uint32_t>(-2047944441), 100));
  EXPECT_EQ(number("iceberg", LogicalType::VARCHAR, Transform::kBucket, 100), bucket(1210000089U, 100));
  EXPECT_EQ(number("f79c3e09-677c-4bbd-a479-3f349cb785e7", LogicalType::UUID, Transform::kBucket, 100),
            bucket(1488055340U, 100));
  EXPECT_EQ(number("\\x00\\x01\\x02\\x03", LogicalType::BLOB, Transform::kBucket, 100),
            bucket(static_cast<std::uint32_t>(-188683207), 100));
}

TEST(PartitionValues, time_is_cut_downwards_in_utc) {
  EXPECT_EQ(number("1969-12-31", LogicalType::DATE, Transform::kYear), -1);
  EXPECT_EQ(number("2017-11-16", LogicalType::DATE, Transform::kMonth), 47 * 12 + 10);
  EXPECT_EQ(number("1969-12-31 23:59:59", LogicalType::TIMESTAMP, Transform::kDay), -1);
  EXPECT_EQ(number("1970-01-01 01:30:00", LogicalType::TIMESTAMP_NS, Transform::kHour), 1);
  EXPECT_EQ(number("1970-01-02 00:30:00+01", LogicalType::TIMESTAMP_TZ, Transform::kDay), 0);
}

TEST(PartitionValues, truncation_goes_down_and_by_code_point) {
  EXPECT_EQ(number("-1", LogicalType::INTEGER, Transform::kTruncate, 10), -10);
  catalog::PartitionField field;
  field.transform = Transform::kTruncate;
  field.argument = 2;
  EXPECT_EQ(partition_value(Value("\u00e4\u00f6\u00fc"), field), "\u00e4\u00f6");
  EXPECT_EQ(partition_value(Value(LogicalType::VARCHAR), field), std::nullopt);
}

TEST(PartitionValues, a_transform_that_does_not_fit_is_refused) {
  EXPECT_FALSE(can_partition(LogicalType::INTEGER, Transform::kDay));
  EXPECT_FALSE(can_partition(LogicalType::DOUBLE, Transform::kBucket));
  EXPECT_FALSE(can_partition(LogicalType::LIST(LogicalType::INTEGER), Transform::kIdentity));
  EXPECT_TRUE(can_partition(LogicalType::DOUBLE, Transform::kIdentity));
}

TEST(StorageTypes, wide_numbers_keep_their_order_as_bytes) {
  const auto bytes = [](const std::string& text, const LogicalType& type) {
    duckdb::Vector from(Value(text).DefaultCastAs(type));
    duckdb::Vector to(LogicalType::BLOB);
    to_storage(from, to, 1);
    return duckdb::StringValue::Get(to.GetValue(0));
  };
  const std::vector<std::string> ascending{"-170141183460469231731687303715884105728", "-1", "0", "1",
                                           "170141183460469231731687303715884105727"};
  for (std::size_t i = 0; i + 1 < ascending.size(); ++i) {
    EXPECT_LT(bytes(ascending[i], LogicalType::HUGEINT), bytes(ascending[i + 1], LogicalType::HUGEINT));
  }
  EXPECT_LT(bytes("-12", LogicalType::BIGNUM), bytes("-2", LogicalType::BIGNUM));
  EXPECT_LT(bytes("-2", LogicalType::BIGNUM), bytes("300", LogicalType::BIGNUM));
}

TEST(WrittenStats, bounds_hold_for_their_value) {
  EXPECT_EQ(lower_bound_of(Value("a text of more than sixteen characters")), "a text of more t");
  EXPECT_EQ(upper_bound_of(Value("a text of more than sixteen characters")), "a text of more u");
  EXPECT_EQ(lower_bound_of(Value::INTEGER(5)), codec::encode_int32(5));
  EXPECT_EQ(lower_bound_of(Value::DOUBLE(std::numeric_limits<double>::quiet_NaN())), std::nullopt);
  EXPECT_EQ(lower_bound_of(Value(LogicalType::INTEGER)), std::nullopt);
  EXPECT_EQ(lower_bound_of(Value::HUGEINT(1))->size(), 16U);
}

}  // namespace
}  // namespace lake::tables
