#include "lake/blobs/blob_export.hpp"

#include "lake/blobs/blob_test_fixture.hpp"

namespace lake::blobs {
namespace {

class BlobExportTest : public BlobTest {
 protected:
  Result<BlobExport> run() {
    const auto session = engine_.session();
    return export_blobs(*session, *blobs_, files_, random_, "/out", [](std::uint64_t) { return ok(); });
  }
  std::string at(const std::string& text) {
    return "/out/blobs/" + object::object_name_of(codec::hex_of(codec::sha256(text)));
  }
};

TEST_F(BlobExportTest, EachContentIsWrittenOnce) {
  EXPECT_EQ(run()->contents, 0U);
  ASSERT_TRUE(put("one", "abc"));
  ASSERT_TRUE(put("two", "abc"));
  ASSERT_TRUE(put("three", ""));
  ASSERT_TRUE(put("four", "gone"));
  ASSERT_TRUE(blobs_->remove({"b", "four"}, {}));
  const auto exported = run();
  ASSERT_TRUE(exported) << exported.error().message();
  EXPECT_EQ(exported->contents, 2U);
  EXPECT_EQ(exported->bytes, 3U);
  EXPECT_EQ(files_.read_file(at("abc")).value(), "abc");
  EXPECT_EQ(files_.read_file(at("")).value(), "");
  EXPECT_FALSE(files_.stat(at("gone")));
  EXPECT_FALSE(files_.stat("/out/blobs/.partial"));
}

TEST_F(BlobExportTest, DamagedContentIsToldAndNotWritten) {
  ASSERT_TRUE(put("one", "abc"));
  ASSERT_TRUE(put("two", "precious"));
  flip(path_of("precious"), 1);
  const auto exported = run();
  ASSERT_TRUE(exported);
  EXPECT_EQ(exported->contents, 1U);
  ASSERT_EQ(exported->failures.size(), 1U);
  EXPECT_EQ(exported->failures[0].code(), ErrorCode::kCorruption);
  EXPECT_FALSE(files_.stat(at("precious")));
}

}  // namespace
}  // namespace lake::blobs
