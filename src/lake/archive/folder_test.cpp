#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "lake/archive/archive_test_fixture.hpp"

namespace lake::archive {
namespace {

class FolderTest : public ArchiveTest {
 protected:
  std::unique_ptr<Container> folder(const OpenOptions& options = {}) {
    auto container = Container::open(files_, metrics_, "/export", options);
    EXPECT_TRUE(container) << container.error().message();
    return std::move(*container);
  }
};

TEST_F(FolderTest, FilesBelowAreEntriesInOrder) {
  put("/export/Takeout/b.json", "second");
  put("/export/Takeout/a/x.json", "first");
  put("/export/z\xFF", "odd name");
  const auto container = folder();
  EXPECT_EQ(container->summary().kind, ContainerKind::kFolder);
  const auto walked = walk(*container);
  EXPECT_EQ(names(walked), "Takeout Takeout/a Takeout/a/x.json Takeout/b.json z\xEF\xBF\xBD");
  EXPECT_EQ(walked.entries[4].stored_name, "z\xFF");
  EXPECT_EQ(take(container->open_entry(walked.entries[2])).content, "first");
  EXPECT_EQ(take(container->open_entry(walked.entries[3])).content, "second");
  EXPECT_EQ(take(container->open_entry(walked.entries[4])).content, "odd name");
  EXPECT_EQ(walked.entries[0].kind, EntryKind::kDirectory);
  EXPECT_FALSE(container->open_entry(walked.entries[0]));
  EXPECT_TRUE(walked.entries[3].is_verbatim);
}

TEST_F(FolderTest, AnEntryMadeUpLeadsNowhere) {
  put("/export/a", "x");
  put("/secret", "y");
  const auto container = folder();
  Entry entry = walk(*container).entries.at(0);
  for (const char* name : {"../secret", "/secret", "a/../../secret", "", ".", "a//b"}) {
    entry.name = name;
    EXPECT_EQ(container->open_entry(entry).error().code(), ErrorCode::kInvalidArgument) << name;
  }
}

TEST_F(FolderTest, AFileThatChangesIsUnstable) {
  put("/export/a", "0123456789");
  const auto container = folder();
  const Entry entry = walk(*container).entries.at(0);
  auto reader = std::move(*container->open_entry(entry));
  std::string piece(4, '\0');
  ASSERT_TRUE(reader->read(std::as_writable_bytes(std::span(piece))));
  clock_.advance(std::chrono::seconds(1));
  put("/export/a", "9876543210");  // same size, another time
  const auto read = take(std::move(reader));
  EXPECT_EQ(read.verdict, "unstable");
  EXPECT_EQ(read.code, ErrorCode::kUnavailable);
  EXPECT_EQ(container->open_entry(entry).error().code(), ErrorCode::kUnavailable);
}

TEST_F(FolderTest, CountAndDepthAreBounded) {
  put("/export/a/b/c/d", "deep");
  put("/export/e", "x");
  OpenOptions options;
  options.bounds.folder_depth_max = 2;
  const auto walked = walk(*folder(options));
  EXPECT_EQ(names(walked), "a a/b e");
  EXPECT_EQ(walked.entries[1].flaw->flaw, Flaw::kBound);
  options = {};
  options.bounds.entry_count_max = 3;
  EXPECT_EQ(walk(*folder(options)).verdict, "bound");
}

TEST_F(FolderTest, AFolderThatCannotBeListedIsOneFlaw) {
  put("/export/a/x", "x");
  put("/export/b/y", "y");
  files_.faults().add({.operation = sim::Operation::kList, .path_part = "/export/a"});
  const auto walked = walk(*folder());
  EXPECT_EQ(names(walked), "a b b/y");
  EXPECT_EQ(walked.entries[0].flaw->flaw, Flaw::kIo);
  EXPECT_EQ(walked.verdict, "complete");
}

TEST_F(FolderTest, ABareFileIsOneEntry) {
  const auto container = opened("{\"semanticSegments\":[]}");
  EXPECT_EQ(container->summary().kind, ContainerKind::kFile);
  const auto walked = walk(*container);
  EXPECT_EQ(names(walked), "part.bin");
  EXPECT_EQ(take(container->open_entry(walked.entries[0])).content, "{\"semanticSegments\":[]}");
  ZipTestWriter docx;
  docx.add("word/document.xml", "x");
  EXPECT_EQ(
      opened(docx.finish(), {.bounds = {}, .salvage = false, .kind = ContainerKind::kFile})->summary().kind,
      ContainerKind::kFile);
  EXPECT_EQ(opened("")->summary().kind, ContainerKind::kFile);
  EXPECT_EQ(opened(deflated("one file, no tar", 31))->summary().kind, ContainerKind::kFile);
  EXPECT_EQ(Container::open(files_, metrics_, "/absent").error().code(), ErrorCode::kNotFound);
}

TEST(FolderOnDisk, LinksAndPipesAreReportedAndNeverOpened) {
  char pattern[] = "/tmp/lake_archive_XXXXXX";
  const std::string root = ::mkdtemp(pattern);
  os::PosixFileSystem files;
  telemetry::Metrics metrics;
  ASSERT_TRUE(files.create_directory(root + "/dir"));
  ASSERT_TRUE(files.replace_file(root + "/dir/real", "inside"));
  ASSERT_TRUE(files.replace_file(root + "/zfile", "plain"));
  ASSERT_EQ(::symlink("/etc/hostname", (root + "/link").c_str()), 0);
  ASSERT_EQ(::symlink("/etc", (root + "/linked-dir").c_str()), 0);
  ASSERT_EQ(::mkfifo((root + "/pipe").c_str(), 0600), 0);
  const auto container = std::move(*Container::open(files, metrics, root));
  const auto cursor = std::move(*container->entries());
  std::vector<Entry> entries;
  while (auto entry = cursor->next().value()) entries.push_back(*entry);
  ASSERT_EQ(entries.size(), 6U) << "nothing behind a link is listed";
  for (const auto& entry : entries) {
    const auto reader = container->open_entry(entry);
    if (entry.kind == EntryKind::kSpecial) {
      EXPECT_EQ(reader.error().code(), ErrorCode::kPermissionDenied);
    }
    if (entry.kind == EntryKind::kFile) {
      EXPECT_TRUE(reader);
    }
  }
  // swapped after the listing: the file, and a folder on the way to it
  const auto find = [&entries](std::string_view name) {
    for (const auto& entry : entries) {
      if (entry.name == name) return entry;
    }
    return Entry{};
  };
  ASSERT_TRUE(files.remove_file(root + "/zfile"));
  ASSERT_EQ(::symlink("dir/real", (root + "/zfile").c_str()), 0);
  EXPECT_EQ(container->open_entry(find("zfile")).error().code(), ErrorCode::kPermissionDenied);
  ASSERT_TRUE(files.rename(root + "/dir", root + "/elsewhere"));
  ASSERT_EQ(::symlink("elsewhere", (root + "/dir").c_str()), 0);
  EXPECT_FALSE(container->open_entry(find("dir/real")));
  EXPECT_TRUE(files.remove_tree(root));
}

}  // namespace
}  // namespace lake::archive
