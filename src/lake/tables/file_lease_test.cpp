#include "lake/tables/file_lease.hpp"

#include <gtest/gtest.h>

namespace lake::tables {
namespace {

using Paths = std::set<std::string>;

TEST(FileLeases, APathIsHeldUntilItsLastCopyIsGone) {
  const auto leases = std::make_shared<FileLeases>();
  auto first = leases->take("tables/a.parquet");
  auto copy = first;
  auto other = leases->take("tables/b.parquet");
  EXPECT_EQ(leases->held(), (Paths{"tables/a.parquet", "tables/b.parquet"}));
  first.reset();
  EXPECT_EQ(leases->held(), (Paths{"tables/a.parquet", "tables/b.parquet"}));
  copy.reset();
  EXPECT_EQ(leases->held(), (Paths{"tables/b.parquet"}));
}

TEST(FileLeases, TwoLeasesOfOnePathCountEach) {
  const auto leases = std::make_shared<FileLeases>();
  auto first = leases->take("a");
  auto second = leases->take("a");
  first.reset();
  EXPECT_EQ(leases->held(), (Paths{"a"}));
  second.reset();
  EXPECT_TRUE(leases->held().empty());
}

TEST(FileLeases, ALeaseMayOutliveItsOwner) {
  auto leases = std::make_shared<FileLeases>();
  auto held = leases->take("a");
  leases.reset();
  held.reset();
}

}  // namespace
}  // namespace lake::tables
