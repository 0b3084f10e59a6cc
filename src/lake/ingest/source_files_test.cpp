#include "lake/ingest/source_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

namespace lake::ingest {
namespace {

using testing::ElementsAre;

/// A tree of names; contents do not matter here.
class NamedFiles final : public os::FileSystem {
 public:
  explicit NamedFiles(std::set<std::string> paths) : paths_(std::move(paths)) {}

  Result<std::unique_ptr<os::File>> open(const std::string& path, os::OpenMode) override {
    return refuse(path);
  }
  Result<os::FileInfo> stat(const std::string& path) override {
    if (paths_.contains(path)) return os::FileInfo{os::FileKind::kFile, 10, 0};
    for (const auto& one : paths_) {
      if (path == "." || one.starts_with(path + "/")) return os::FileInfo{os::FileKind::kDirectory, 0, 0};
    }
    return refuse(path);
  }
  Result<std::vector<os::DirectoryEntry>> list(const std::string& path) override {
    const std::string prefix = path == "." ? "" : path + "/";
    std::map<std::string, os::FileKind> names;
    for (const auto& one : paths_) {
      if (!one.starts_with(prefix)) continue;
      const std::string rest = one.substr(prefix.size());
      const std::size_t slash = rest.find('/');
      names[rest.substr(0, slash)] =
          slash == std::string::npos ? os::FileKind::kFile : os::FileKind::kDirectory;
    }
    if (names.empty()) return refuse(path);
    std::vector<os::DirectoryEntry> entries;
    for (const auto& [name, kind] : names) entries.push_back({name, kind});
    return entries;
  }
  Status remove_file(const std::string& path) override { return refuse(path); }
  Status remove_directory(const std::string& path) override { return refuse(path); }
  Status rename(const std::string& from, const std::string&) override { return refuse(from); }
  Status create_directory(const std::string& path) override { return refuse(path); }
  Status sync_directory(const std::string& path) override { return refuse(path); }
  Result<std::string> canonical(const std::string& path) override { return path; }

 protected:
  Status set_permissions(const std::string& path, unsigned) override { return refuse(path); }

 private:
  static Error refuse(const std::string& path) { return {ErrorCode::kNotFound, "no such file: " + path}; }
  std::set<std::string> paths_;
};

std::vector<std::string> paths_of(const Result<SourceList>& list) {
  std::vector<std::string> paths;
  if (!list) return {list.error().message()};
  for (const auto& file : list->files) paths.push_back(file.path);
  return paths;
}

TEST(SourceFiles, NamesTellFormatAndTable) {
  struct Case {
    const char* path;
    FileFormat format;
    const char* table;
  };
  constexpr Case kCases[] = {{"2024 Sales.csv.gz", FileFormat::kCsv, "t_2024_sales"},
                             {"a-b.c.TSV", FileFormat::kTsv, "a_b_c"},
                             {"x.jsonl.zst", FileFormat::kNdjson, "x"},
                             {"x.json", FileFormat::kJson, "x"},
                             {"größe.parquet", FileFormat::kParquet, "größe"},
                             {"--.csv", FileFormat::kCsv, "t_"}};
  for (const Case& one : kCases) {
    NamedFiles files({one.path});
    const auto list = find_sources(files, {one.path}, std::nullopt);
    ASSERT_TRUE(list.has_value()) << one.path;
    EXPECT_EQ(list->files[0].format, one.format) << one.path;
    EXPECT_EQ(list->files[0].table, one.table);
  }
}

TEST(SourceFiles, AFileWithoutAFormatIsRefusedUnlessOneIsGiven) {
  NamedFiles files({"data.txt", "p.parquet.gz"});
  EXPECT_EQ(find_sources(files, {"data.txt"}, std::nullopt).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(find_sources(files, {"p.parquet.gz"}, std::nullopt).error().code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(paths_of(find_sources(files, {"data.txt"}, FileFormat::kCsv)), ElementsAre("data.txt"));
}

TEST(SourceFiles, ADirectoryGivesItsTreeAndTellsWhatItIgnores) {
  NamedFiles files({"d/b.csv", "d/a/x.json", "d/readme.md", "d/.hidden.csv"});
  const auto list = find_sources(files, {"d"}, std::nullopt);
  EXPECT_THAT(paths_of(list), ElementsAre("d/a/x.json", "d/b.csv"));
  EXPECT_THAT(list->ignored, ElementsAre("d/readme.md"));
}

TEST(SourceFiles, PatternsMatchWithinAndAcrossDirectories) {
  NamedFiles files({"d/b1.csv", "d/b2.csv", "d/e/b3.csv", "d/e/c.csv", "d/b[1].csv"});
  EXPECT_THAT(paths_of(find_sources(files, {"d/b?.csv"}, std::nullopt)), ElementsAre("d/b1.csv", "d/b2.csv"));
  EXPECT_THAT(paths_of(find_sources(files, {"d/**/[bc]*.csv"}, std::nullopt)),
              ElementsAre("d/b1.csv", "d/b2.csv", "d/b[1].csv", "d/e/b3.csv", "d/e/c.csv"));
  EXPECT_THAT(paths_of(find_sources(files, {"d/b[1].csv"}, std::nullopt)), ElementsAre("d/b[1].csv"));
}

TEST(SourceFiles, NothingFoundIsAnError) {
  NamedFiles files({"d/x.md"});
  EXPECT_EQ(find_sources(files, {"nowhere.csv"}, std::nullopt).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(find_sources(files, {"d/*.csv"}, std::nullopt).error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(find_sources(files, {"d"}, std::nullopt).error().code(), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace lake::ingest
