#include "lake/ingest/takeout_blobs.hpp"

#include <gtest/gtest.h>

#include "lake/blobs/blob_test_fixture.hpp"

namespace lake::ingest {
namespace {

TEST(TakeoutBlobs, KeysCanBeAskedFor) {
  EXPECT_EQ(blob_key_of(7, "Takeout/Fotos/a b.jpg"), "7/Takeout/Fotos/a b.jpg");
  EXPECT_EQ(blob_key_of(7, "../a\nb\x7f"), "7/../a_b_");
  std::string name;
  for (int i = 0; i < 1000; ++i) name += "\xe2\x82\xac";
  const auto key = blob_key_of(123, name);
  EXPECT_LE(key.size(), 900U);
  EXPECT_EQ((key.size() - 4) % 3, 0U) << "cut within a character";
}

TEST(TakeoutBlobs, TypesComeFromEndings) {
  EXPECT_EQ(content_type_of("a/b.JPG"), "image/jpeg");
  EXPECT_EQ(content_type_of("a.b/c"), "application/octet-stream");
  EXPECT_EQ(content_type_of(""), "application/octet-stream");
}

TEST(TakeoutBlobs, ContentIsSummedWhereItLies) {
  const std::string text = "abc";
  const object::ArchiveRange range{"/archive.zip", 10, 3, false};
  BlobTaking in_place(nullptr, range);
  for (const char& c : text) in_place.take(std::as_bytes(std::span(&c, 1)));
  const auto referred = in_place.finish();
  ASSERT_TRUE(referred);
  EXPECT_EQ(referred->place, range);
  EXPECT_EQ(referred->sums.hash, codec::sha256(text));
  EXPECT_EQ(referred->sums.bytes, 3U);
}

class AttachmentTakingTest : public blobs::BlobTest {
 protected:
  void take(AttachmentTaking& taking, const std::string& key, const std::string& text) {
    taking.begin();
    taking.take(text.substr(0, 1));
    taking.take(text.substr(1));
    taking.keep(taking.end(), key, "text/x-patch");
  }
};

TEST_F(AttachmentTakingTest, AttachmentsAreCopiedOnce) {
  AttachmentTaking taking(*blobs_, clock_);
  take(taking, "mail/1/2", "abc");
  take(taking, "mail/2/2", "abc");
  EXPECT_EQ(taking.failure(), std::nullopt);
  taking.forget();
  const auto kept = taking.kept();
  ASSERT_EQ(kept.size(), 2U);
  EXPECT_EQ(kept[0].name, (blobs::BlobName{"takeout", "mail/1/2"}));
  EXPECT_EQ(kept[0].content_type, "text/x-patch");
  EXPECT_EQ(kept[1].sums.hash, kept[0].sums.hash);
  EXPECT_EQ(files_.read_file(path_of("abc")).value(), "abc");
  EXPECT_TRUE(taking.kept().empty());
}

TEST_F(AttachmentTakingTest, TypesOfStrangersAreNotTold) {
  AttachmentTaking taking(*blobs_, clock_);
  for (const char* type : {"text/html; charset=x", "image/\rSet-Cookie: a", "", "/", "nonsense"}) {
    taking.begin();
    taking.keep(taking.end(), "k", type);
  }
  for (const auto& blob : taking.kept()) EXPECT_EQ(blob.content_type, "application/octet-stream");
}

TEST_F(AttachmentTakingTest, AFailureOfTheStoreIsTold) {
  AttachmentTaking taking(*blobs_, clock_);
  files_.faults().add({.operation = sim::Operation::kWrite, .code = ErrorCode::kResourceExhausted});
  taking.begin();
  taking.take("abc");
  taking.end();
  ASSERT_TRUE(taking.failure());
  EXPECT_EQ(taking.failure()->code(), ErrorCode::kResourceExhausted);
  EXPECT_TRUE(taking.failure()->message().starts_with(kNotKept));
  taking.forget();
  EXPECT_EQ(taking.failure(), std::nullopt);
}

TEST_F(AttachmentTakingTest, TheBoundsOfTheStoreHold) {
  open({.stored_bytes_max = 5});
  AttachmentTaking taking(*blobs_, clock_);
  take(taking, "a", "abcd");
  taking.forget();
  taking.begin();
  taking.take("efgh");
  taking.end();
  ASSERT_TRUE(taking.failure());
  EXPECT_EQ(taking.failure()->code(), ErrorCode::kResourceExhausted);
  EXPECT_FALSE(files_.stat(path_of("efgh")));
}

}  // namespace
}  // namespace lake::ingest
