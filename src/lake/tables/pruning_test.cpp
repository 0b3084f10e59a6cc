#include "lake/tables/pruning.hpp"

#include <gtest/gtest.h>

#include "lake/tables/partition_values.hpp"
#include "lake/tables/scan_fixture.hpp"

namespace lake::tables {
namespace {

class Pruning : public testing::Test {
 protected:
  Pruning() : directory_(make_directory()), lake_(directory_) {}
  ~Pruning() override { ignore(os::PosixFileSystem().remove_tree(directory_), "only a test's leavings"); }

  static std::string make_directory() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    os::PosixFileSystem files;
    const std::string path = os::join_path(testing::TempDir(), std::string("lake_pruning_") + test->name());
    ignore(files.remove_tree(path), "may be absent");
    EXPECT_TRUE(files.create_directories(path));
    return path;
  }
  void expect_same(const std::string& condition) {
    const std::string tail = "('') t where " + condition + " order by i";
    EXPECT_EQ(lake_.text("select i from with_pruning" + tail), lake_.text("select i from without" + tail))
        << condition;
  }

  const std::string directory_;
  ScanFixture lake_;
};

TEST_F(Pruning, FilesWithoutWantedValuesAreLeftOutAndSaidSo) {
  lake_.define("i INTEGER, s VARCHAR");
  for (int n = 0; n < 8; ++n) {
    const std::string from = std::to_string(n * 100);
    lake_.measure(lake_.add_file("select (i + " + from + ")::INTEGER i, 'v' || (i + " + from +
                                 ") s from range(100) r(i)"));
  }
  lake_.publish("t");
  EXPECT_NE(lake_.text("explain select s from t('') where i = 350").find("1 of 8"), std::string::npos);
  EXPECT_NE(lake_.text("explain select s from t('') where i between 350 and 450").find("2 of 8"),
            std::string::npos);
  EXPECT_NE(lake_.text("explain select s from t('') where i in (1, 750) or i = 5").find("2 of 8"),
            std::string::npos);
  EXPECT_EQ(lake_.text("select s from t('') where i is null"), "");
  EXPECT_EQ(lake_.text("select count(*), min(i), max(i) from t('')"), "800|0|799");
  const auto analyzed = lake_.text(
      "explain analyze select sum(t.i) from t('') t join (select (random() * 0 + 350)::INTEGER k) on t.i = "
      "k");
  EXPECT_NE(analyzed.find("7 of 8"), std::string::npos) << analyzed;
  EXPECT_NE(analyzed.find("Row groups read"), std::string::npos) << analyzed;
}

TEST_F(Pruning, ExtremesOfCountsAndBoundsComeFromFilesOnlyWhenExact) {
  lake_.define("i INTEGER");
  const auto file = lake_.add_file("select i::INTEGER i from range(100) r(i)");
  lake_.measure(file);
  lake_.erase(file, {99});
  lake_.add_run("select 1000::INTEGER i");
  lake_.publish("t");
  EXPECT_EQ(lake_.text("select count(*), min(i), max(i) from t('')"), "100|0|1000");
  EXPECT_EQ(lake_.text("select max(i) from t('') where i < 500"), "98");
  EXPECT_EQ(lake_.text("select count(*) from t('') where i >= 0"), "100");
}

// Values at which comparisons are easily wrong, and files whose ranges of them overlap a little.
const std::string kDoubles[] = {"'nan'", "'-0.0'", "'0.0'", "'inf'", "'-inf'", "1.5", "-7.25", "NULL"};
const std::string kTexts[] = {"''",
                              "'aaaaaaaaaaaaaaaaaaaaaaaaa'",
                              "'aaaaaaaaaaaaaaaaaaaaaaaab'",
                              "'zzzzzzzzzzzzzzzzzzzz'",
                              "chr(1114111) || chr(1114111)",
                              "'é'",
                              "'m'",
                              "NULL"};

void add_odd_files(ScanFixture& lake) {
  std::uint64_t state = 12345;
  const auto pick = [&state](std::uint64_t count) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (state >> 33U) % count;
  };
  int next = 0;
  for (int file = 0; file < 24; ++file) {
    std::string rows;
    const std::uint64_t base = pick(6);
    for (int row = 0; row < 4; ++row) {
      const std::string number = std::to_string(base + pick(2));
      const std::string real = kDoubles[(base + pick(3)) % 8];
      rows += (row > 0 ? ", (" : "(") + std::to_string(next++) + "::INTEGER, " + real + "::DOUBLE, " + real +
              "::FLOAT, " + kTexts[(base + pick(3)) % 8] + "::VARCHAR, " +
              (pick(5) == 0 ? "NULL" : "['z', 'm', 'a'][" + std::to_string(1 + pick(3)) + "]") +
              "::ENUM('z', 'm', 'a'), " +
              (pick(5) == 0 ? "NULL"
                            : "'" + std::string(number == "3" ? "f" : number) +
                                  "0000000-0000-0000-0000-000000000001'") +
              "::UUID, ('2024-01-0" + std::to_string(1 + base) + " 00:00:00+00')::TIMESTAMPTZ, " + number +
              ".25::DECIMAL(9,2), " + (pick(4) == 0 ? "18446744073709551615" : number) + "::UBIGINT, " +
              (base > 2 ? "true" : "false") + "::BOOLEAN, " +
              (pick(6) == 0 ? "NULL" : "{'x': " + number + ", 'y': " + real + "}") +
              "::STRUCT(x INTEGER, y DOUBLE))";
    }
    lake.measure(lake.add_file("select * from (values " + rows + ") v(i, f, g, s, e, u, t, d, w, b, n)"));
  }
}

TEST_F(Pruning, NeverChangesAResult) {
  lake_.define(
      "i INTEGER, f DOUBLE, g FLOAT, s VARCHAR, e ENUM('z', 'm', 'a'), u UUID, t TIMESTAMPTZ, d "
      "DECIMAL(9,2), "
      "w UBIGINT, b BOOLEAN, n STRUCT(x INTEGER, y DOUBLE)");
  add_odd_files(lake_);
  lake_.publish("with_pruning", true);
  lake_.publish("without", false);
  const std::string compared[] = {"=", "<", "<=", ">", ">=", "<>"};
  for (const std::string& op : compared) {
    for (const std::string& value : kDoubles) {
      expect_same("f " + op + " " + value + "::DOUBLE");
      expect_same("g " + op + " " + value + "::FLOAT");
      expect_same("n.y " + op + " " + value + "::DOUBLE");
      expect_same("f in (" + value + "::DOUBLE, 1.5::DOUBLE)");
      expect_same("f " + op + " (select " + value + "::DOUBLE)");
    }
    for (const std::string& value : kTexts) expect_same("s " + op + " " + value);
    for (const char* value : {"'z'", "'m'", "'a'"})
      expect_same(std::string("e ") + op + value + "::ENUM('z', 'm', 'a')");
    for (int n = 0; n < 7; ++n) {
      const std::string number = std::to_string(n);
      expect_same("d " + op + " " + number + ".25");
      expect_same("w " + op + " " + number);
      expect_same("n.x " + op + " " + number);
      expect_same("t " + op + " '2024-01-0" + std::to_string(n + 1) + " 00:00:00+00'::TIMESTAMPTZ");
      expect_same("u " + op + " '" + (n == 3 ? "f" : number) + "0000000-0000-0000-0000-000000000001'::UUID");
    }
    expect_same("b " + op + " true");
    expect_same("s collate nocase " + op + " 'M'");
  }
  for (const char* column : {"f", "g", "s", "e", "u", "t", "d", "w", "b", "n", "n.x", "n.y"}) {
    expect_same(std::string(column) + " is null");
    expect_same(std::string(column) + " is not null");
  }
  expect_same("f > 1 or s = 'm'");
  expect_same("f > 1 and (d < 2 or d > 4)");
  expect_same("isnan(f)");
  for (const char* key : {"f", "s", "d", "t", "u"}) {
    const std::string join = std::string(" t join (select distinct ") + key +
                             " k from without('') where i in (3, 17, 40)) on " + key + " = k order by i";
    EXPECT_EQ(lake_.text("select i from with_pruning('')" + join),
              lake_.text("select i from without('')" + join))
        << key;
  }
}

TEST_F(Pruning, OtherBucketsThanTheWantedOneAreLeftOut) {
  lake_.define("i BIGINT");
  catalog::PartitionField bucket;
  bucket.source = lake_.table().schema->fields[0].id;
  bucket.transform = catalog::Transform::kBucket;
  bucket.argument = 4;
  catalog::PartitionSpec spec;
  spec.fields.push_back(bucket);
  lake_.table().specs.push_back(spec);
  for (const int value : {34, 7, 100}) {
    const auto file = lake_.add_file("select " + std::to_string(value) + "::BIGINT i");
    lake_.file(file).partition.push_back(partition_value(duckdb::Value::BIGINT(value), bucket));
  }
  lake_.publish("t");
  for (const char* value : {"34", "7", "100"}) {
    EXPECT_EQ(lake_.text(std::string("select i from t('') where i = ") + value), value);
  }
  const auto same =
      partition_value(duckdb::Value::BIGINT(34), bucket) == partition_value(duckdb::Value::BIGINT(7), bucket);
  if (!same) {
    EXPECT_EQ(lake_.text("explain select i from t('') where i = 34").find("3 of 3"), std::string::npos);
  }
}

}  // namespace
}  // namespace lake::tables
